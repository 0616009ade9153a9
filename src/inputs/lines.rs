//! The lines of a file: an index that is made once, so that a lookup takes no longer in a long file.

use std::sync::{Arc, OnceLock};

use crate::remote::credentials_in;
use crate::secret::{MASK, shown_lengths};

/// The lines of a text.
#[derive(Debug)]
pub struct Lines {
    /// The offset of the start of each line.
    starts: Vec<usize>,
    /// Whether characters are bytes.
    is_ascii: bool,
    /// The length of the visible part of each line.
    shown: OnceLock<Vec<usize>>,
    /// What messages have shown of each line: with masks, and in full.
    masked: [OnceLock<Vec<OnceLock<Masked>>>; 2],
}

/// A line without its secrets.
#[derive(Debug)]
struct Masked {
    text: Arc<str>,
    credentials: Vec<String>,
}

/// A line as messages show it.
pub struct Line<'a> {
    /// The line without its line break. A mask replaces the values of Secrets.
    pub masked: &'a Arc<str>,
    /// The passwords and tokens of the URLs in the part that is shown, which messages mask.
    pub credentials: &'a [String],
    /// The line without its line break, for comparison.
    pub text: &'a str,
    /// The length of the part that is shown.
    pub shown: usize,
    /// The number of characters, including those that are not shown.
    pub characters: usize,
}

impl Lines {
    pub(super) fn new(text: &str) -> Lines {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { starts, is_ascii: text.is_ascii(), shown: OnceLock::new(), masked: Default::default() }
    }

    /// Returns the line of an offset, starting at 1.
    pub(super) fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset)
    }

    /// Returns the line and the column of an offset, both starting at 1. Columns count characters. An offset inside a
    /// character means its start.
    pub(super) fn line_and_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.number(offset);
        (line, self.characters(&text[self.starts[line - 1]..offset]) + 1)
    }

    /// Returns a line as messages show it. Nothing is hidden in a public file.
    pub(super) fn line<'a>(&'a self, path: &str, text: &'a str, number: usize, is_public: bool) -> Line<'a> {
        let line = text[self.starts[number - 1]..].split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let shown = match is_public {
            true => line.len(),
            false => self.shown.get_or_init(|| shown_lengths(path, text))[number - 1].min(line.len()),
        };
        let (visible, hidden) = line.split_at(shown);
        let masked =
            self.masked[usize::from(is_public)].get_or_init(|| self.starts.iter().map(|_| OnceLock::new()).collect());
        let Masked { text: masked, credentials } = masked[number - 1].get_or_init(|| Masked {
            text: if hidden.is_empty() { visible.into() } else { format!("{visible}{MASK}").into() },
            credentials: credentials_in(visible),
        });
        Line { masked, credentials, text: line, shown, characters: self.characters(line) }
    }

    fn characters(&self, part: &str) -> usize {
        if self.is_ascii { part.len() } else { part.chars().count() }
    }
}
