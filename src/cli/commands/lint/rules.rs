//! The table of codes, and counts by code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::diagnostic::{Code, Level};
use crate::message::Message;

/// Returns the table of codes as text.
pub fn table() -> String {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let mut text = format!("{:width$}  {:7}  {:3}  SUMMARY\n", "CODE", "LEVEL", "FIX");
    for &code in Code::ALL {
        let fix = if code.fix().is_some() { "yes" } else { "" };
        let row = format!("{:width$}  {:7}  {fix:3}  {}", code.as_str(), level(code), code.summary());
        writeln!(text, "{row}").expect("writing to a string");
    }
    text
}

/// Returns the table of codes as one JSON object for each line.
pub fn json() -> String {
    let line = |&code: &Code| {
        json!({
            "code": code.as_str(),
            "level": level(code),
            "summary": code.summary(),
            "explanation": code.explanation(),
            "fix": code.fix(),
        })
        .to_string()
            + "\n"
    };
    Code::ALL.iter().map(line).collect()
}

/// Returns the number of messages for each code, the most frequent first. Messages without a code count as errors of the
/// system.
pub fn counts(messages: &[Message]) -> Vec<(&'static str, usize)> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for message in messages {
        *counts.entry(message.code.unwrap_or("other")).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
    counts
}

/// Returns counts as text.
pub fn counts_as_text(counts: &[(&'static str, usize)]) -> String {
    let width = counts.first().map_or(0, |(_, count)| count.to_string().len());
    counts.iter().map(|(code, count)| format!("{count:width$}  {code}\n")).collect()
}

/// Returns counts as one JSON object for each line.
pub fn counts_as_json(counts: &[(&'static str, usize)]) -> String {
    counts.iter().map(|(code, count)| json!({"code": code, "count": count}).to_string() + "\n").collect()
}

fn level(code: Code) -> &'static str {
    match code.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Lint => "lint",
        Level::Advice => "advice",
        Level::Api => "api",
    }
}
