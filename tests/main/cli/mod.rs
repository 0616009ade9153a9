//! The command line: help, flags, exit codes, output, and error messages.

mod hints;
mod input;
mod messages;
mod output;
mod usage;

use crate::sandbox::Sandbox;

pub const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

/// A sandbox with a kustomization that prefixes one service.
pub fn shop() -> Sandbox {
    Sandbox::new(&[("kustomization.yaml", "namePrefix: shop-\nresources: [service.yaml]\n"), ("service.yaml", SERVICE)])
}

pub const RENDERED: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\n";
