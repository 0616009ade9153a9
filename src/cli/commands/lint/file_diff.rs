//! The changes of files as a unified diff, without the values of Secrets.

use std::sync::Arc;

use crate::Inputs;
use crate::diff::lines::{self, Line, Sign};
use crate::inputs::{File, Found};
use crate::message::Style;
use crate::request::{Answer, Request};
use crate::secret::{MASK, mask_values};

use super::fix::FileChange;
use crate::cli::comparison::terminal::sign_color;
use crate::cli::messages::style::{printable, visible};
use crate::cli::paths;

/// The number of context lines around changes.
const CONTEXT: usize = 3;

/// Returns the changes of files in the format of `diff -u`.
pub fn text(changes: &[FileChange], style: Style) -> String {
    changes.iter().map(|change| of_file(change, style)).collect()
}

fn of_file(change: &FileChange, style: Style) -> String {
    let old_text = change.old.as_deref().unwrap_or_default();
    let (Some(old), Some(new)) = (file(&change.path, old_text), file(&change.path, &change.new)) else {
        return String::new();
    };
    let path = printable(&paths::shown(&change.path));
    let old_path = if change.old.is_some() { &path } else { "/dev/null" };
    let heading = |mark: &str, path: &str| style.paint(&format!("{mark} {path}"), "1") + "\n";
    let mut out = heading("---", old_path) + &heading("+++", &path);
    let lines = lines::compare(old.shown_text(), new.shown_text());
    for hunk in lines::hunks(&lines, CONTEXT) {
        let hunk: &[Line<'_>] = &lines[hunk];
        out.push_str(&(style.paint(&lines::hunk_header(hunk), "36") + "\n"));
        for line in hunk {
            let shown = match line.sign {
                Sign::Added => masked(&new, line.after),
                Sign::Removed | Sign::Both => masked(&old, line.before),
            };
            let shown = visible(&format!("{}{shown}", line.sign.mark()));
            out.push_str(&(style.paint(&shown, sign_color(line.sign)) + "\n"));
            if line.lacks_line_break {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

fn file(path: &str, text: &str) -> Option<Arc<File>> {
    let request = Request::Path { path: path.to_string(), within: None };
    let answer = Answer::File { real: path.to_string(), bytes: text.as_bytes().to_vec() };
    match Inputs::new().insert_found(request, answer) {
        Found::File(file) => Some(file),
        _ => None,
    }
}

/// Returns a line without secrets.
fn masked(file: &File, number: usize) -> String {
    let line = file.masked_line(number);
    let text = mask_values(line.masked, file.hidden_values().iter().map(String::as_str));
    line.credentials.iter().fold(text, |text, credential| text.replace(credential.as_str(), MASK))
}
