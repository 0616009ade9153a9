//! Severity policy: which diagnostics are reported, and which of them are errors.

use std::collections::HashSet;

use crate::inputs::{File, Inputs};

use crate::diagnostic::{Code, Diagnostic, Level, Severity};

/// The start of a comment that suppresses diagnostics. A list of codes and a closing parenthesis follow.
const ALLOW: &str = "# boutique: allow(";

/// A policy for the diagnostics that are reported, and those that are errors. Errors in the input are always reported.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Whether every reported diagnostic is an error.
    pub is_strict: bool,
    /// Whether advice is reported.
    pub has_advice: bool,
    /// Codes that are suppressed unless they are denied.
    pub allowed: HashSet<Code>,
    /// Codes that are errors.
    pub denied: HashSet<Code>,
}

impl Policy {
    /// Returns whether any advice may be reported, so that a render has to check for it.
    pub fn wants_advice(&self) -> bool {
        self.has_advice || self.is_strict || self.denied.iter().any(|code| code.level() == Level::Advice)
    }

    /// Returns the diagnostics to report, with their severity. Comments in the files may suppress diagnostics.
    pub fn apply(&self, diagnostics: impl IntoIterator<Item = Diagnostic>, inputs: &Inputs) -> Vec<Diagnostic> {
        let reported = diagnostics.into_iter().filter_map(|mut diagnostic| {
            if diagnostic.is_error() {
                return Some(diagnostic);
            }
            diagnostic.severity = self.severity(diagnostic.code)?;
            (!is_allowed_by_comment(&diagnostic, inputs)).then_some(diagnostic)
        });
        reported.collect()
    }

    /// Returns the severity of a code; `None` if it is not reported.
    fn severity(&self, code: Code) -> Option<Severity> {
        let is_reported = code.level() != Level::Advice || self.has_advice || self.is_strict;
        if self.denied.contains(&code) {
            Some(Severity::Error)
        } else if self.allowed.contains(&code) || !is_reported {
            None
        } else if self.is_strict {
            Some(Severity::Error)
        } else {
            Some(Severity::Warning)
        }
    }
}

/// Returns whether a comment suppresses a diagnostic. It may be at the end of the line that the diagnostic points to,
/// on the comment lines directly before it, or on those at the top of the file.
fn is_allowed_by_comment(diagnostic: &Diagnostic, inputs: &Inputs) -> bool {
    let Some(start) = diagnostic.labels.first().map(|label| label.span.start) else { return false };
    let Some(text) = inputs.file(start.file).map(|file| File::shown_text(file)) else { return false };
    if !text.contains(ALLOW) {
        return false;
    }
    let offset = start.offset as usize;
    // The offset may be past the end, or inside a character.
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
        let is_reported = |code, part: &str| {
            let warning = Diagnostic::warning(code, "").at(Position::new(file.id, text.find(part).unwrap()), "");
            !Policy { has_advice: true, ..Policy::default() }.apply([*warning], &inputs).is_empty()
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
        assert_eq!(Policy::default().severity(Code::UnusedFile), None);
    }
}
