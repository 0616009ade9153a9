//! The pages, and the blocks that they consist of.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A Markdown file.
pub struct Page {
    /// The path in the repository.
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block of code, or a comment.
#[derive(Debug)]
pub struct Block<'a> {
    /// The text after the fence, or `<!--` for a comment.
    pub language: &'a str,
    /// The range of the content in the page.
    pub range: Range<usize>,
    pub content: &'a str,
    /// The line that the content starts on, counted from 1.
    pub line: usize,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns whether the documentation is to be updated rather than checked.
pub fn updates() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0")
}

/// Writes or checks a file of the repository.
#[track_caller]
pub fn expect(path: &Path, text: &str) {
    let full = root().join(path);
    if fs::read_to_string(&full).is_ok_and(|current| current == text) {
        return;
    }
    assert!(updates(), "{} is out of date: run `UPDATE_DOCS=1 cargo test --test main docs`", path.display());
    fs::write(full, text).expect("the repository is writable");
}

impl Page {
    pub fn read(path: impl Into<PathBuf>) -> Page {
        let path = path.into();
        let text = fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Page { path, text }
    }

    /// Returns the pages that are for users: the README and the book.
    pub fn all() -> Vec<Page> {
        let mut pages = vec![Page::read("README.md")];
        let entries = WalkDir::new(root().join("docs/src")).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "md"));
        let paths = files.map(|entry| entry.path().strip_prefix(root()).unwrap().to_path_buf());
        pages.extend(paths.map(Page::read));
        assert!(pages.len() > 20, "only {} pages were found", pages.len());
        pages
    }

    /// Returns the blocks of the page, in order.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<(&str, &str, usize, usize)> = None;
        let mut offset = 0;
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            let next = offset + line.len();
            let trimmed = line.trim();
            match open {
                Some((language, end, start, line_number)) if trimmed == end => {
                    let range = start..offset;
                    let content = &self.text[range.clone()];
                    blocks.push(Block { language, range, content, line: line_number });
                    open = None;
                }
                Some(_) => {}
                None if trimmed.starts_with("```") => {
                    let fence = &trimmed[..trimmed.len() - trimmed.trim_start_matches('`').len()];
                    open = Some((&trimmed[fence.len()..], fence, next, index + 2));
                }
                None if trimmed == "<!-- setup" => open = Some(("<!--", "-->", next, index + 2)),
                None => {}
            }
            offset = next;
        }
        assert!(open.is_none(), "{}: a block is not closed", self.path.display());
        blocks
    }
}
