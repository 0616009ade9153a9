//! What the user thinks of each kind of diagnostic: which are told, and which are errors.

use std::collections::HashSet;

use crate::inputs::{File, Inputs};

use crate::diagnostic::{Code, Diagnostic, Level, Severity};

/// What a comment that turns diagnostics off starts with; codes and a closing parenthesis follow.
const ALLOW: &str = "# boutique: allow(";

/// Which diagnostics are told, and which of them are errors. Errors themselves are always told.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// All that is told is an error.
    pub is_strict: bool,
    /// Advice is told, too.
    pub has_advice: bool,
    /// Never told, unless denied.
    pub allowed: HashSet<Code>,
    /// Errors.
    pub denied: HashSet<Code>,
}

impl Policy {
    /// Returns whether advice has to be looked for.
    pub fn wants_advice(&self) -> bool {
        self.has_advice || self.is_strict || self.denied.iter().any(|code| code.level() == Level::Advice)
    }

    /// Returns what is to be told, those that are errors as such. Comments in the files turn some off.
    pub fn judge(&self, diagnostics: impl IntoIterator<Item = Diagnostic>, inputs: &Inputs) -> Vec<Diagnostic> {
        let judged = diagnostics.into_iter().filter_map(|mut diagnostic| {
            if diagnostic.is_error() {
                return Some(diagnostic);
            }
            diagnostic.severity = self.severity(diagnostic.code)?;
            (!is_allowed_by_comment(&diagnostic, inputs)).then_some(diagnostic)
        });
        judged.collect()
    }

    /// Returns how much a kind of diagnostic matters; `None` if it is not told.
    fn severity(&self, code: Code) -> Option<Severity> {
        let is_told = code.level() != Level::Advice || self.has_advice || self.is_strict;
        if self.denied.contains(&code) {
            Some(Severity::Error)
        } else if self.allowed.contains(&code) || !is_told {
            None
        } else if self.is_strict {
            Some(Severity::Error)
        } else {
            Some(Severity::Warning)
        }
    }
}

/// Returns whether a comment turns a diagnostic off: at the end of the line that it points to, on the lines of comments
/// before it, or on those at the top of the file.
fn is_allowed_by_comment(diagnostic: &Diagnostic, inputs: &Inputs) -> bool {
    let Some(start) = diagnostic.labels.first().map(|label| label.span.start) else { return false };
    let Some(text) = inputs.file(start.file).map(|file| File::shown_text(file)) else { return false };
    if !text.contains(ALLOW) {
        return false;
    }
    let offset = start.offset as usize;
    // The place may be behind the end, and need not be the start of a character.
    let before = text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count();
    let lines: Vec<&str> = text.lines().collect();
    let is_comment = |line: &&&str| line.trim_start().starts_with('#');
    let above = lines[..before.min(lines.len())].iter().rev().take_while(is_comment);
    let at_the_top = lines.iter().take_while(is_comment);
    let mut relevant = lines.get(before).into_iter().chain(above).chain(at_the_top);
    relevant.any(|line| allows(line, diagnostic.code))
}

/// Returns whether a line has a comment that allows a code.
fn allows(line: &str, code: Code) -> bool {
    let comment = line.find(ALLOW).filter(|&at| at == 0 || line[..at].ends_with([' ', '\t']));
    let codes = comment.and_then(|at| line[at + ALLOW.len()..].split_once(')'));
    codes.is_some_and(|(codes, _)| codes.split(',').any(|word| word.trim() == code.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::inputs::Found;
    use crate::request::{Answer, Request};
    use crate::yaml::Position;

    use super::*;

    #[test]
    fn comments_allow() {
        let text = "# boutique: allow(unused-file)\n\na: 1 # boutique: allow(unmatched-image, no-target)\n\
            # boutique: allow(listed-twice)\n# why\nb: 2\nc: '# boutique: allow(mutable-tag'\n";
        let request = Request::Path { path: "/a".to_string(), within: None };
        let mut inputs = Inputs::new();
        let answer = Answer::File { real: "/a".to_string(), bytes: text.as_bytes().to_vec() };
        let Found::File(file) = inputs.insert_found(request, answer) else { panic!("a file was inserted") };
        let is_told = |code, part: &str| {
            let warning = Diagnostic::warning(code, "").at(Position::new(file.id, text.find(part).unwrap()), "");
            !Policy { has_advice: true, ..Policy::default() }.judge([*warning], &inputs).is_empty()
        };
        for (code, part, told) in [
            (Code::UnusedFile, "b: 2", false),
            (Code::UnmatchedImage, "a: 1", false),
            (Code::UnmatchedImage, "b: 2", true),
            (Code::ListedTwice, "b: 2", false),
            (Code::ListedTwice, "c: ", true),
            (Code::MutableTag, "c: ", true),
        ] {
            assert_eq!(is_told(code, part), told, "{code:?} at {part}");
        }
    }

    #[test]
    fn what_is_denied_wins_over_what_is_allowed() {
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
        assert_eq!(Policy::default().severity(Code::UnusedFile), None);
    }
}
