//! Phase 1: loads a directory into a [`Target`], the tree of kustomizations with all files that they refer to. After it,
//! no more files are requested.

mod ahead;
mod entry;
mod files;
mod helm;
mod kustomization;
mod loader;
mod remote;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::halt::Halt;
use crate::inputs::Found;
use crate::path;
use crate::remote::parse;
use crate::request::Request;
use crate::target::Target;
use crate::world::World;

use loader::Loader;

pub use ahead::{Ahead, Reader};
pub use files::outside_load_roots;
pub use kustomization::too_many_bases;
pub use loader::PluginConfigurations;

/// Loads the kustomization in a directory, or the one that a repository URL refers to.
///
/// A plugin configuration may be a directory, which must be rendered to find out which files it refers to. Loading comes
/// before rendering, so the function that renders is passed in.
///
/// # Errors
/// Halts with the requests that must be answered first, or with all errors found.
pub fn load(directory: &str, world: World<'_>, configurations: PluginConfigurations) -> Result<Arc<Target>, Halt> {
    let mut loader = Loader::new(world, configurations);
    let target = loader.top(directory);
    if !loader.needs.is_empty() {
        return Err(Halt::Needs(loader.needs));
    }
    match target {
        Some(target) if loader.errors.is_empty() => Ok(target),
        _ => Err(Halt::Failed(loader.errors)),
    }
}

impl Loader<'_> {
    fn top(&mut self, directory: &str) -> Option<Arc<Target>> {
        if let Some(spec) = parse(directory) {
            return self.repository(&spec, None);
        }
        let directory = &path::clean(directory);
        self.request_kustomization(directory);
        let found = self.find(Request::Path { path: directory.to_string(), within: None })?;
        match real_target(directory, found) {
            Ok(real) => self.directory(real, None, None),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }
}

/// Returns the path of a target with links resolved.
///
/// # Errors
/// Fails if the target is not a directory, or cannot be read.
pub fn real_target<'a>(target: &str, found: &'a Found) -> Result<&'a str> {
    Err(match found {
        Found::Directory { real } => return Ok(real),
        Found::Missing => Diagnostic::error(Code::NotFound, format!("no such directory: `{target}`")),
        Found::Failed(failure) => failure.error(Code::Unreadable, format!("cannot read `{target}`: {failure}")),
        Found::Outside { real } => outside_load_roots(target, real),
        Found::File(_) => Diagnostic::error(Code::WrongFileType, format!("`{target}` is not a directory"))
            .hint("specify the directory that contains the kustomization file"),
    })
}
