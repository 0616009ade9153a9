//! Generates scalars: ordinary ones, and those on which YAML parsers and emitters disagree.

use crate::document::{Node, Value, double_quoted, is_plain_word, raw, text};
use crate::random::Random;

/// Scalars as they are written, whose type differs from their appearance, or nearly does.
const ODD: &[&str] = &[
    "0",
    "1",
    "-1",
    "+1",
    "007",
    "08",
    "0o17",
    "0x1F",
    "-0x1f",
    "0b101",
    "1_000",
    "1.0",
    "1.50",
    ".5",
    "5.",
    "-.5e-3",
    "1e3",
    "1E5",
    "1e-7",
    "1e20",
    "1e21",
    "-0.0",
    "1234567.5",
    "0.1",
    "3.141592653589793238",
    "100000000000000000000",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775808",
    "1e400",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "yes",
    "Yes",
    "no",
    "NO",
    "on",
    "Off",
    "y",
    "N",
    "null",
    "Null",
    "NULL",
    "~",
    "nan",
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "2001-01-01T00:00:00Z",
    "12:30",
    "1:30:45",
    "190:20:30.5",
    "=",
    "<<",
    "1.2.3",
    "v1.2",
    "a:b",
    "a#b",
    "http://example.com:80/a?b=c&d=e#f",
    "100m",
    "1Gi",
    "50%",
    "/path/to",
    "$(NAME)",
    "${NAME}",
    "--flag=value",
    "-x",
    "a, b",
    "a {b} [c]",
    "\"\"",
    "''",
    "\"null\"",
    "'1'",
    "\"true\"",
    "'yes'",
    "\"1e3\"",
    "'0x10'",
    "\"2001-01-01\"",
    "'12:30'",
    "'~'",
    "'<<'",
    "'a: b'",
    "'it''s'",
    "'#x'",
    "'- x'",
    "' leading'",
    "'trailing '",
    "\"tab\\there\"",
    "\"line\\nbreak\"",
    "\"line\\nbreaks\\n\"",
    "\"\\n\"",
    "\"\\nx\"",
    "\"a \\nb\"",
    "\"cr\\rlf\\n\"",
    "\"\\u00e9\"",
    "\"\\x07\"",
    "\"\\U0001F600\"",
    "\"\\\\ \\\"\"",
    "\"\\u2028\"",
    "\"\\ufeffbom\"",
    "\"\\0\"",
    "\"\\e\"",
    "\"\\_\"",
    "\u{e9}t\u{e9}",
    "\u{65e5}\u{672c}\u{8a9e}",
    "\u{1F600}",
    "\"quoted \u{1F600} emoji\"",
    "'@at'",
    "'`tick'",
    "'%percent'",
    "'!bang'",
    "'&amp'",
    "'*star'",
    "'|pipe'",
    "'>greater'",
    "'?'",
    "'? x'",
    "'[x'",
    "'{x'",
    "'x]'",
    "','",
    "':'",
    "'a:'",
    "'---'",
    "'--- a'",
    "'...'",
    "'\"'",
    "<html>&amp;</html>",
    "\"<html>&amp;</html>\\n\"",
    "!!str 1",
    "!!str true",
    "!!int \"3\"",
    "!!float 1",
    "!!bool \"true\"",
    "!!null ''",
    "!!binary aGk=",
    "!custom x",
    "! 1",
    "an ordinary sentence that is longer than eighty columns so that a writer which folds has to fold it somewhere",
    "'an ordinary sentence: longer than eighty columns so that a writer which folds has to fold it somewhere'",
    "\"a tab\\tand a sentence longer than eighty columns so that a writer which folds has to fold it\\tsomewhere\"",
    "a-very-long-word-without-any-space-that-is-longer-than-eighty-columns-and-therefore-cannot-be-folded-anywhere",
    "words  with  double  spaces  that  are  longer  than  eighty  columns  so  that  folding  has  to  keep  the  spaces",
    "two\nlines",
    "'quoted\n\n  lines'",
    "\"escaped \\\n  lines\"",
];

/// Contents of block scalars.
const BLOCKS: &[&str] = &[
    "one line\n",
    "two\nlines\n",
    "key: value\nlist:\n- a\n- b\n",
    "#!/bin/sh\nset -e\n\necho \"$HOME\"\n",
    "tab\tinside\n",
    "trailing space \nnext\n",
    "a\n\n\nb\n",
    "a\n  indented\nb\n",
    "unicode \u{e9}\u{1F600}\n",
    "{\"json\": true}\n",
    "--- not a separator\n",
    "a line that is longer than eighty columns so that a writer which folds has to fold it somewhere, perhaps\nb\n",
    "\\backslash \"quotes\" 'single'\n",
    "[section]\nkey = value\n",
    "true\n",
    "1\n",
    "# comment\n",
    "x",
];

const WORDS: &[&str] =
    &["alpha", "beta", "gamma", "delta", "info", "debug", "production", "value", "x", "some-value", "a.b.c", "path/x"];

/// Returns an ordinary scalar: a word or a small number.
pub fn ordinary(random: &mut Random) -> Node {
    match random.below(10) {
        0 => raw(random.below(100).to_string()),
        1 => text(random.below(100).to_string()),
        2 => raw(*random.pick(&["true", "false"])),
        3 => text(*random.pick(&["", "true", "two words", "a=b"])),
        _ => text(*random.pick(WORDS)),
    }
}

/// Returns a word.
pub fn word(random: &mut Random) -> &'static str {
    random.pick::<&str>(WORDS)
}

/// Returns a scalar that parsers and emitters are likely to handle wrongly.
pub fn odd(random: &mut Random) -> Node {
    if random.chance(15) {
        return block(random);
    }
    raw(*random.pick(ODD))
}

/// Returns a string scalar that parsers and emitters are likely to handle wrongly.
pub fn odd_string(random: &mut Random) -> Node {
    if random.chance(20) {
        return block(random);
    }
    let written = *random.pick(ODD);
    if written.starts_with(['\'', '"'])
        || written.contains('\n')
        || written.starts_with("!!str")
        || is_plain_word(written)
    {
        return raw(written);
    }
    match random.below(2) {
        0 => raw(double_quoted(written)),
        _ => raw(format!("'{}'", written.replace('\'', "''"))),
    }
}

/// Returns a block scalar.
pub fn block(random: &mut Random) -> Node {
    let content = *random.pick(BLOCKS);
    let style = *random.pick(&["|", "|", "|", ">"]);
    let chomping = *random.pick(&["", "", "-", "+"]);
    Node::new(Value::Block { header: format!("{style}{chomping}"), content: content.to_string() })
}

/// Pieces of random texts.
const PIECES: &[&str] = &[
    "a",
    "b",
    "word ",
    "x: y",
    "# c",
    " #",
    "- ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n\n",
    "\t",
    "\t",
    "\r",
    "\u{1F600}",
    "\u{1D11E}",
    "\u{10FFFD}",
    "\u{E000}",
    "\u{FFFD}",
    "\u{e9}",
    "\u{65e5}\u{672c}",
    "\u{301}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\"",
    "'",
    "\\",
    "%",
    "{",
    "]",
    ",",
    "|",
    ">",
    "&",
    "*",
    "!",
    "@",
    "`",
    "?",
    ":",
    "0",
    "true",
    "~",
    "---",
    "...",
    "<<",
    "$(APP)",
];

/// Lengths in bytes around which readers and writers change their ways: they fold long lines, write long keys differently, and
/// take quick paths for long texts.
const THRESHOLDS: &[usize] = &[16, 64, 80, 128, 256, 1024];

/// Returns a text of random pieces.
pub fn random_text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.between(1, 7) {
        text.push_str(random.pick::<&str>(PIECES));
    }
    if random.chance(30) {
        let length = *random.pick(THRESHOLDS) + random.between(0, 6) - 3;
        let filler = *random.pick(&["z", "z", "zz z ", "z\n", "z\u{1F600}"]);
        while text.len() < length {
            text.push_str(filler);
        }
        if random.chance(50) {
            text.push_str(random.pick::<&str>(PIECES));
        }
        // kustomize folds a long line with a byte order mark in a way that it cannot read.
        text = text.replace('\u{feff}', "");
    }
    // kustomize prints what follows a block scalar that ends with one of them on the same line.
    if text.ends_with(['\u{2028}', '\u{2029}']) {
        text.push('x');
    }
    text
}

/// Returns a random text as a scalar of any style that can hold it.
pub fn random_string(random: &mut Random) -> Node {
    let text = random_text(random);
    let has_odd_breaks = text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']);
    match random.below(4) {
        0 if !has_odd_breaks && !text.trim_start_matches('\n').starts_with([' ', '\t']) && !text.trim().is_empty() => {
            let style = *random.pick(&["|", "|", ">"]);
            let chomping = *random.pick(&["", "", "-", "+"]);
            Node::new(Value::Block { header: format!("{style}{chomping}"), content: text })
        }
        1 if !has_odd_breaks && !text.contains('\n') => raw(format!("'{}'", text.replace('\'', "''"))),
        _ => raw(double_quoted(&text)),
    }
}

/// YAML and JSON in strings, with fields that [`INNER_PATHS`] lead to.
const STRUCTURED: &[&str] = &[
    "server:\n  port: 80\n  hosts:\n  - a\n  - b\nname: x\nlist:\n- name: one\n  value: 1\n- name: two\n  value: \"2\"\n",
    "name: 'x'\nserver: {port: 80, hosts: [a, b]}\nlist: []\n",
    "{\"name\": \"x\", \"server\": {\"port\": 80, \"hosts\": [\"a\"]}}\n",
    "{\n  \"server\": {\n    \"port\": 80\n  },\n  \"name\": \"<x>\"\n}\n",
    "name: |\n  two\n  lines\nserver:\n    port: 0x50\n    hosts:\n        - a: b\n",
    "---\nname: x\n...\n",
    "name: !!str 1\nserver: {port: 1e3}\n",
];

/// Paths inside of structured texts, which usually exist.
pub const INNER_PATHS: &[&str] = &[
    "name",
    "name",
    "server.port",
    "server.port",
    "server.hosts.0",
    "server.hosts.*",
    "list.[name=one].value",
    "server.new",
];

/// Returns a block scalar with YAML or JSON.
pub fn structured(random: &mut Random) -> Node {
    let content = *random.pick(STRUCTURED);
    Node::new(Value::Block { header: "|".to_string(), content: content.to_string() })
}
