//! The name that the program was called by.

use std::path::Path;

/// The name of the command that this one can take the place of.
pub const KUSTOMIZE: &str = "kustomize";

/// Returns whether the program was called as `kustomize`, through a link or a copy of that name.
pub fn is_kustomize() -> bool {
    let called = std::env::args_os().next().unwrap_or_default();
    Path::new(&called).file_stem().is_some_and(|name| name == KUSTOMIZE)
}

/// Returns the name to call the program by in its help.
pub fn program() -> &'static str {
    if is_kustomize() { KUSTOMIZE } else { "boutique" }
}
