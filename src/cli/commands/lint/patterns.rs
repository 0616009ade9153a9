//! Lists of patterns with the syntax of `.gitignore`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The maximum length of a pattern in bytes. No path is longer on any system.
const MAX_LENGTH: usize = 4096;

/// A list of patterns for the paths below a directory.
#[derive(Clone, Debug)]
pub struct Patterns {
    directory: PathBuf,
    matcher: Gitignore,
}

impl Patterns {
    /// Returns a list of patterns for the paths below `directory`. The lines may be comments.
    ///
    /// # Errors
    /// Fails on malformed patterns.
    pub fn new<'a>(directory: &Path, lines: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Patterns> {
        let mut builder = GitignoreBuilder::new(directory);
        for line in lines {
            ensure!(line.len() <= MAX_LENGTH, "a pattern is longer than {MAX_LENGTH} bytes");
            builder.add_line(None, line).with_context(|| format!("invalid pattern `{line}`"))?;
        }
        Ok(Patterns { directory: directory.to_path_buf(), matcher: builder.build().context("invalid patterns")? })
    }

    /// Returns whether the list has no patterns.
    pub fn is_empty(&self) -> bool {
        self.matcher.is_empty()
    }

    /// Returns whether the last pattern that matches a path itself excludes it; `None` if none matches.
    pub fn excludes(&self, path: &Path, is_directory: bool) -> Option<bool> {
        match self.matcher.matched(path.strip_prefix(&self.directory).ok()?, is_directory) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }

    /// Returns whether a path, or a directory that contains it, matches.
    pub fn contain(&self, path: &Path, is_directory: bool) -> bool {
        let Ok(below) = path.strip_prefix(&self.directory) else { return false };
        // No pattern is about the directory of the patterns itself.
        !below.as_os_str().is_empty() && self.matcher.matched_path_or_any_parents(below, is_directory).is_ignore()
    }
}

/// Returns an argument that is a pattern.
///
/// # Errors
/// Fails on a malformed pattern.
pub fn pattern(text: &str) -> Result<String, String> {
    Patterns::new(Path::new("/"), [text]).map_err(|error| format!("{error:#}"))?;
    Ok(text.to_string())
}
