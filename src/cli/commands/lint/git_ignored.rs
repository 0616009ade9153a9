//! The paths that the `.gitignore` files of a tree exclude.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::Inputs;
use crate::inputs::Found;
use crate::io::Host;
use crate::request::Request;

use super::patterns::Patterns;
use crate::cli::paths;

/// The `.gitignore` files of the directories from `top` on downwards. Each is read when a path next to it is looked up.
pub struct GitIgnored<'a> {
    top: PathBuf,
    host: &'a dyn Host,
    read: RefCell<HashMap<PathBuf, Option<Patterns>>>,
    unreadable: RefCell<Vec<String>>,
}

impl<'a> GitIgnored<'a> {
    pub fn new(top: PathBuf, host: &'a dyn Host) -> GitIgnored<'a> {
        GitIgnored { top, host, read: RefCell::default(), unreadable: RefCell::default() }
    }

    /// Returns whether a path is excluded, provided that the directory that contains it is not.
    pub fn contains(&self, path: &Path, is_directory: bool) -> bool {
        let directories = path.ancestors().skip(1).take_while(|directory| directory.starts_with(&self.top));
        let mut read = self.read.borrow_mut();
        for directory in directories {
            if !read.contains_key(directory) {
                read.insert(directory.to_path_buf(), self.read(directory));
            }
            let patterns = read.get(directory).and_then(Option::as_ref);
            if let Some(is_excluded) = patterns.and_then(|patterns| patterns.excludes(path, is_directory)) {
                return is_excluded;
            }
        }
        false
    }

    /// Returns the errors of files that could not be read.
    pub fn into_unreadable(self) -> Vec<String> {
        self.unreadable.into_inner()
    }

    fn read(&self, directory: &Path) -> Option<Patterns> {
        let path = directory.join(".gitignore").to_str()?.to_string();
        let request = Request::Path { path: path.clone(), within: directory.to_str().map(ToString::to_string) };
        let reason = match Inputs::new().insert_found(request.clone(), self.host.answer(&request)) {
            Found::Missing => return None,
            Found::File(file) => match Patterns::new(directory, file.shown_text().lines()) {
                Ok(patterns) => return Some(patterns).filter(|patterns| !patterns.is_empty()),
                Err(error) => format!("{error:#}"),
            },
            Found::Outside { .. } => "it is a link to another directory".to_string(),
            Found::Directory { .. } => return None,
            Found::Failed(failure) => failure.message,
        };
        self.unreadable.borrow_mut().push(format!("cannot read {}: {reason}", paths::shown(&path)));
        None
    }
}
