//! Messages as a log in the Static Analysis Results Interchange Format, version 2.1.0.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Code, diagnostic::Level};
use serde_json::{Value, json};

use crate::cli::flags::help::explanation;
use crate::cli::messages::style::safe_json;
use crate::message::{Fix, Location, Message};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Returns the log of one run.
pub fn log(messages: &[Message]) -> String {
    let used: BTreeSet<Code> = messages.iter().filter_map(Message::kind).collect();
    let rules: Vec<Code> = used.into_iter().collect();
    let results: Vec<Value> = messages.iter().map(|message| result(message, &rules)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "boutique",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|&code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    safe_json(&format!("{log:#}\n"))
}

fn rule(code: Code) -> Value {
    let explanation = explanation(code);
    let level = match code.level() {
        Level::Error | Level::Api => "error",
        Level::Warning | Level::Lint => "warning",
        Level::Advice => "note",
    };
    json!({
        "id": code.as_str(),
        "name": pascal_case(code.as_str()),
        "shortDescription": {"text": code.summary()},
        "fullDescription": {"text": explanation},
        "help": {"text": explanation, "markdown": explanation},
        "defaultConfiguration": {"level": level},
    })
}

/// Converts `no-target` to `NoTarget`, the spelling of rule names.
fn pascal_case(name: &str) -> String {
    let capitalized = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').map(capitalized).collect()
}

fn result(message: &Message, rules: &[Code]) -> Value {
    let mut result = json!({
        "level": message.severity,
        "message": {"text": plain(&message.full_text())},
        "locations": message.location().map(|location| json!({"physicalLocation": physical_location(location)})).into_iter().collect::<Vec<_>>(),
    });
    if let Some(code) = message.kind() {
        result["ruleId"] = code.as_str().into();
        result["ruleIndex"] = rules.binary_search(&code).unwrap_or_default().into();
    }
    let others = message.labels.iter().skip(1).map(|label| (&label.location, label.text.as_str()));
    let chain = message.chain.iter().map(|location| (location, "included from here"));
    let related: Vec<Value> = others
        .chain(chain)
        .enumerate()
        .map(|(id, (location, text))| {
            let text = if text.is_empty() { "see here" } else { text };
            json!({"id": id, "physicalLocation": physical_location(location), "message": {"text": plain(text)}})
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(fix) = message.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result["fixes"] = json!([fix_of(fix)]);
    }
    result
}

/// Returns the edits of a fix, by files.
fn fix_of(fix: &Fix) -> Value {
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let region = json!({
            "startLine": edit.line,
            "startColumn": edit.column,
            "endLine": edit.end_line,
            "endColumn": edit.end_column,
        });
        let replacement = json!({"deletedRegion": region, "insertedContent": {"text": edit.text}});
        files.entry(&edit.path).or_default().push(replacement);
    }
    let changes = files
        .into_iter()
        .map(|(path, replacements)| json!({"artifactLocation": {"uri": uri(path)}, "replacements": replacements}));
    json!({"description": {"text": plain(&fix.title)}, "artifactChanges": changes.collect::<Vec<_>>()})
}

fn physical_location(location: &Location) -> Value {
    json!({
        "artifactLocation": {"uri": uri(&location.path)},
        "region": {
            "startLine": location.line,
            "startColumn": location.column,
            "endLine": location.end_line,
            "endColumn": location.end_column,
        },
    })
}

/// Returns a text in which nothing is a link, which SARIF writes as `[text](target)`.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

/// Returns a path as a URI: relative to the working directory, or absolute.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_string() } else { String::new() };
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("a b/ä:c.yaml"), "a%20b/%C3%A4%3Ac.yaml");
        assert_eq!(uri("/a/b"), "file:///a/b");
    }
}
