//! The name the program was invoked as.

use std::path::Path;

/// The name that turns the program into a drop-in replacement for kustomize.
pub const KUSTOMIZE: &str = "kustomize";

/// Returns whether the program was invoked as `kustomize`, through a link or a copy with that name.
pub fn is_kustomize() -> bool {
    let invoked = std::env::args_os().next().unwrap_or_default();
    Path::new(&invoked).file_stem().is_some_and(|name| name == KUSTOMIZE)
}

/// Returns the program name that the help shows.
pub fn program() -> &'static str {
    if is_kustomize() { KUSTOMIZE } else { "boutique" }
}
