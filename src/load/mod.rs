//! Phase 1: loads a directory into a [`Target`], the tree of kustomizations with all files that they refer to. After it,
//! no more files are requested.

mod entry;
mod files;
mod helm;
mod kustomization;
mod loader;
mod remote;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::halt::Halt;
use crate::inputs::Found;
use crate::path;
use crate::remote::parse;
use crate::request::Request;
use crate::target::Target;
use crate::world::World;

use loader::Loader;

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
        match self.find(Request::Path { path: directory.to_string(), within: None })? {
            Found::Directory { real } => self.directory(real, None, None),
            Found::Missing => {
                self.fail(Diagnostic::error(Code::NotFound, format!("no such directory: `{directory}`")));
                None
            }
            Found::Failed(failure) => {
                let message = format!("cannot read `{directory}`: {failure}");
                self.fail(failure.error(Code::Unreadable, message));
                None
            }
            Found::Outside { real } => {
                self.fail(outside_load_roots(directory, real));
                None
            }
            Found::File(_) => {
                self.fail(
                    Diagnostic::error(Code::WrongFileType, format!("`{directory}` is not a directory"))
                        .hint("specify the directory that contains the kustomization file"),
                );
                None
            }
        }
    }
}
