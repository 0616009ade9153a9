//! A host for files in memory.

use std::collections::BTreeMap;

use crate::path::{clean, is_within};
use crate::request::{Answer, Request};

use super::Host;

/// Answers requests from files in memory, for tests and for programs that already have the files.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryHost {
    /// Returns a host for files by absolute path.
    pub fn new<P: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> MemoryHost {
        MemoryHost { files: files.into_iter().map(|(path, bytes)| (clean(&path.into()), bytes.into())).collect() }
    }
}

impl Host for MemoryHost {
    fn answer(&self, request: &Request) -> Answer {
        let Request::Path { path, within } = request else {
            return Answer::Failed("not supported by a host in memory".into());
        };
        if let Some(bytes) = self.files.get(path) {
            return match within {
                Some(directory) if !is_within(path, directory) => Answer::Outside { real: path.clone() },
                _ => Answer::File { real: path.clone(), bytes: bytes.clone() },
            };
        }
        let is_directory = self.files.keys().any(|file| is_within(file, path));
        if is_directory { Answer::Directory { real: path.clone() } } else { Answer::Missing }
    }
}
