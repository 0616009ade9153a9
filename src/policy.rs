//! Severity policy: which diagnostics are reported, and which of them are errors.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::inputs::{File, Inputs};
use crate::yaml::{FileId, Position, Span};

use crate::diagnostic::{Applicability, Code, Diagnostic, Level, Severity, nearest, only_nearest};

/// The start of a comment that suppresses diagnostics. A list of codes and a closing parenthesis follow.
const ALLOW: &str = "# boutique: allow(";

/// A policy for the diagnostics that are reported, and those that are errors. Errors in the input are always reported.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Whether every reported diagnostic is an error.
    pub is_strict: bool,
    /// Whether the diagnostics of lint are reported.
    pub has_lint: bool,
    /// Whether advice is reported.
    pub has_advice: bool,
    /// The only codes that are reported, whatever their level; `None` for those of the reported levels.
    pub selected: Option<HashSet<Code>>,
    /// Codes that are suppressed unless they are denied.
    pub allowed: HashSet<Code>,
    /// Codes that are errors.
    pub denied: HashSet<Code>,
}

impl Policy {
    /// Returns whether diagnostics of lint may be reported, so that a render has to check for them.
    pub fn wants_lint(&self) -> bool {
        let is_of_lint = |code: &Code| matches!(code.level(), Level::Lint | Level::Advice);
        self.has_lint || self.has_advice || self.is_strict || self.denied.iter().any(is_of_lint)
    }

    /// Returns the diagnostics to report, with their severity. Comments in the files may suppress diagnostics.
    pub fn apply(&self, diagnostics: impl IntoIterator<Item = Diagnostic>, inputs: &Inputs) -> Vec<Diagnostic> {
        self.apply_with(diagnostics, &Comments::new(inputs))
    }

    /// Returns the diagnostics to report like [`Policy::apply`], with comments that are looked up many times.
    pub fn apply_with(
        &self,
        diagnostics: impl IntoIterator<Item = Diagnostic>,
        comments: &Comments<'_>,
    ) -> Vec<Diagnostic> {
        let reported = diagnostics.into_iter().filter_map(|mut diagnostic| {
            if diagnostic.is_error() {
                return Some(diagnostic);
            }
            diagnostic.severity = self.severity(diagnostic.code)?;
            (!comments.allow(&diagnostic)).then_some(diagnostic)
        });
        reported.collect()
    }

    /// Returns the severity of a code; `None` if it is not reported.
    fn severity(&self, code: Code) -> Option<Severity> {
        let is_reported = match (&self.selected, code.level()) {
            (Some(selected), _) => selected.contains(&code),
            (None, Level::Error | Level::Warning | Level::Api) => true,
            (None, Level::Lint) => self.has_lint || self.has_advice || self.is_strict,
            (None, Level::Advice) => self.has_advice,
        };
        if self.denied.contains(&code) {
            Some(Severity::Error)
        } else if self.allowed.contains(&code) || !is_reported {
            None
        } else if self.is_strict || code.level() == Level::Api {
            Some(Severity::Error)
        } else {
            Some(Severity::Warning)
        }
    }
}

/// The comments of files that suppress diagnostics. Each file is searched once.
pub struct Comments<'a> {
    inputs: &'a Inputs,
    files: RefCell<HashMap<FileId, FileComments>>,
}

impl<'a> Comments<'a> {
    pub fn new(inputs: &'a Inputs) -> Comments<'a> {
        Comments { inputs, files: RefCell::default() }
    }

    /// Returns whether a comment suppresses a diagnostic. It may be at the end of the line that the diagnostic points to,
    /// on the comment lines directly before it, or on those at the top of the file.
    fn allow(&self, diagnostic: &Diagnostic) -> bool {
        let Some(start) = diagnostic.labels.first().map(|label| label.span.start) else { return false };
        let Some(file) = self.inputs.file(start.file) else { return false };
        let mut files = self.files.borrow_mut();
        let comments = files.entry(start.file).or_insert_with(|| FileComments::new(file.shown_text()));
        let line = || file.line_and_column(start.offset as usize).0 - 1;
        !comments.is_empty() && comments.allow(line(), diagnostic.code)
    }
}

/// Returns a warning for each code in the comments of a file that does not exist.
pub fn unknown_codes(file: &File) -> Vec<Diagnostic> {
    let text = file.shown_text();
    if !text.contains(ALLOW) {
        return Vec::new();
    }
    let codes = text.lines().flat_map(allowed_codes);
    let unknown = codes.filter(|code| !code.is_empty() && Code::from_name(code).is_none());
    let warning = |code: &str| {
        let at = Position::new(file.id, code.as_ptr() as usize - text.as_ptr() as usize);
        let warning = Diagnostic::warning(Code::UnknownCode, format!("unknown code `{code}`"))
            .at(Span::new(at, code.len()), "suppresses nothing");
        let names = || Code::ALL.iter().map(|code| code.as_str());
        let warning = match nearest(code, names()) {
            Some(similar) => warning.hint(format!("did you mean `{similar}`?")),
            None => warning,
        };
        *match only_nearest(code, names()) {
            Some(meant) => warning.misspelled(at, code, meant, Applicability::Safe),
            None => warning,
        }
    };
    unknown.map(warning).collect()
}

/// The comments of one file that suppress diagnostics. Lines start at 0.
#[derive(Default)]
struct FileComments {
    /// The lines with such comments for each code, in ascending order.
    allowed: HashMap<String, Vec<usize>>,
    /// The number of comment lines at the top of the file.
    at_the_top: usize,
    /// The first of the comment lines directly before each line.
    above: Vec<usize>,
}

impl FileComments {
    fn new(text: &str) -> FileComments {
        let mut comments = FileComments::default();
        if !text.contains(ALLOW) {
            return comments;
        }
        let mut above = 0;
        for (number, line) in text.lines().enumerate() {
            comments.above.push(above);
            if !line.trim_start().starts_with('#') {
                above = number + 1;
            } else if above == 0 {
                comments.at_the_top = number + 1;
            }
            for code in allowed_codes(line) {
                comments.allowed.entry(code.to_string()).or_default().push(number);
            }
        }
        comments.above.push(above);
        comments
    }

    fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    fn allow(&self, line: usize, code: Code) -> bool {
        let Some(lines) = self.allowed.get(code.as_str()) else { return false };
        // The diagnostic may point past the end.
        let from = self.above.get(line).or(self.above.last()).copied().unwrap_or_default();
        let is_above = lines.get(lines.partition_point(|&allowed| allowed < from)).is_some_and(|&first| first <= line);
        is_above || lines[0] < self.at_the_top
    }
}

/// Returns the codes that a comment at the end of a line allows.
fn allowed_codes(line: &str) -> impl Iterator<Item = &str> {
    let comment = line.find(ALLOW).filter(|&at| at == 0 || line[..at].ends_with([' ', '\t']));
    let codes = comment.and_then(|at| line[at + ALLOW.len()..].split_once(')'));
    codes.into_iter().flat_map(|(codes, _)| codes.split(',').map(str::trim))
}

#[cfg(test)]
mod tests {
    use crate::inputs::Found;
    use crate::request::{Answer, Request};

    use super::*;

    #[test]
    fn comments_allow() {
        let text = "# boutique: allow(unused-file)\n\na: 1 # boutique: allow(unmatched-image, no-target)\n\
            # boutique: allow(listed-twice)\n# why\nb: 2\nc: '# boutique: allow(mutable-tag'\n";
        let request = Request::Path { path: "/a".to_string(), within: None };
        let mut inputs = Inputs::new();
        let answer = Answer::File { real: "/a".to_string(), bytes: text.as_bytes().to_vec() };
        let Found::File(file) = inputs.insert_found(request, answer) else { panic!("a file was inserted") };
        let is_reported = |code, part: &str| {
            let warning = Diagnostic::warning(code, "").at(Position::new(file.id, text.find(part).unwrap()), "");
            !Policy { has_lint: true, ..Policy::default() }.apply([*warning], &inputs).is_empty()
        };
        for (code, part, expected) in [
            (Code::UnusedFile, "b: 2", false),
            (Code::UnmatchedImage, "a: 1", false),
            (Code::UnmatchedImage, "b: 2", true),
            (Code::ListedTwice, "b: 2", false),
            (Code::ListedTwice, "c: ", true),
            (Code::MutableTag, "c: ", true),
        ] {
            assert_eq!(is_reported(code, part), expected, "{code:?} at {part}");
        }
    }

    #[test]
    fn denied_codes_take_precedence_over_allowed_ones() {
        let code = Code::UnmatchedImage;
        let one = |codes: &[Code]| codes.iter().copied().collect::<HashSet<_>>();
        let strict = Policy { is_strict: true, ..Policy::default() };
        for (policy, expected) in [
            (Policy::default(), Some(Severity::Warning)),
            (strict.clone(), Some(Severity::Error)),
            (Policy { allowed: one(&[code]), ..strict.clone() }, None),
            (Policy { allowed: one(&[code]), denied: one(&[code]), ..strict }, Some(Severity::Error)),
        ] {
            assert_eq!(policy.severity(code), expected, "{policy:?}");
        }
    }

    #[test]
    fn levels_are_reported_on_request() {
        let reported = |policy: &Policy, code| policy.severity(code).is_some();
        let (lint, advice) = (Code::UnusedFile, Code::UnusedComponent);
        let strict = Policy { is_strict: true, ..Policy::default() };
        let with_advice = Policy { has_advice: true, ..Policy::default() };
        let selected = Policy { selected: Some([advice].into_iter().collect()), ..Policy::default() };
        for (policy, of_lint, of_advice) in [
            (Policy::default(), false, false),
            (strict, true, false),
            (with_advice, true, true),
            (selected, false, true),
        ] {
            assert_eq!((reported(&policy, lint), reported(&policy, advice)), (of_lint, of_advice), "{policy:?}");
        }
    }
}
