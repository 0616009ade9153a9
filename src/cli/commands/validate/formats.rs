//! The formats with a test for each object.

use std::fmt::Write as _;

use super::check::{Checked, CheckedObject, Status};
use crate::cli::messages::style::{escaped, without_commands};
use crate::message::Message;

/// Returns a JUnit report: a suite for each source, a test for each object.
pub fn junit(checked: &Checked) -> String {
    let failures = checked.objects.iter().filter(|object| object.status == Status::Invalid).count();
    let (tests, errors) = (checked.objects.len(), checked.failures.len());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"boutique validate\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\">\n"
    );
    for (source, objects) in checked.by_source() {
        let count = |status| objects.iter().filter(|object| object.status == status).count();
        let (invalid, skipped) = (count(Status::Invalid), count(Status::Skipped));
        let (name, tests) = (escape(source), objects.len());
        line(
            &mut text,
            &format!("  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{invalid}\" skipped=\"{skipped}\">"),
        );
        objects.iter().for_each(|object| test_case(&mut text, object));
        line(&mut text, "  </testsuite>");
    }
    if errors > 0 {
        line(&mut text, &format!("  <testsuite name=\"render\" tests=\"{errors}\" errors=\"{errors}\">"));
        for message in &checked.failures {
            line(&mut text, "    <testcase classname=\"render\" name=\"render\">");
            line(&mut text, &format!("      <error message=\"{}\"/>", escape(&located(message))));
            line(&mut text, "    </testcase>");
        }
        line(&mut text, "  </testsuite>");
    }
    text + "</testsuites>\n"
}

fn test_case(text: &mut String, object: &CheckedObject) {
    let start = format!("    <testcase classname=\"{}\" name=\"{}\"", escape(&object.source), escape(&object.label));
    if object.status == Status::Valid {
        return line(text, &format!("{start}/>"));
    }
    line(text, &format!("{start}>"));
    if object.status == Status::Skipped {
        line(text, "      <skipped message=\"unknown kind\"/>");
    }
    for message in object.messages.iter().filter(|message| message.is_error()) {
        let code = message.code.unwrap_or_default();
        line(text, &format!("      <failure type=\"{code}\" message=\"{}\"/>", escape(&located(message))));
    }
    line(text, "    </testcase>");
}

/// Returns a stream of the Test Anything Protocol, version 13.
pub fn tap(checked: &Checked) -> String {
    let mut text = format!("TAP version 13\n1..{}\n", checked.objects.len() + checked.failures.len());
    for (at, object) in checked.objects.iter().enumerate() {
        let is_ok = if object.status == Status::Invalid { "not ok" } else { "ok" };
        let skip = if object.status == Status::Skipped { " # SKIP unknown kind" } else { "" };
        line(
            &mut text,
            &format!("{is_ok} {} - {}: {}{skip}", at + 1, tap_text(&object.source), tap_text(&object.label)),
        );
        for message in object.messages.iter().filter(|message| message.is_error()) {
            line(&mut text, &format!("  # {}", tap_text(&located(message))));
        }
    }
    for (at, message) in checked.failures.iter().enumerate() {
        line(&mut text, &format!("not ok {} - {}", checked.objects.len() + at + 1, tap_text(&located(message))));
    }
    without_commands(&text)
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string");
}

/// Returns a message after its location.
fn located(message: &Message) -> String {
    let location = message.location().map(|at| format!("{}:{}:{}: ", at.path, at.line, at.column)).unwrap_or_default();
    format!("{location}{}", message.full_text())
}

/// Returns a text on one line without the character that starts a directive.
fn tap_text(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('#', "\\#")
}

/// Escapes a text for an attribute of XML, which cannot contain control characters.
fn escape(text: &str) -> String {
    let replaced = text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        c => c,
    });
    escaped(&replaced.collect::<String>())
}
