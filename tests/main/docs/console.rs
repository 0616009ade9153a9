//! The `console` examples of all pages are run, and print what the pages show.
//!
//! Each page has a directory of its own. Blocks of files, whose first line is a comment with a path, are written to it, and
//! comments like this one are run in it by bash:
//!
//! ```text
//! <!-- setup
//! cp -r "$REPOSITORY/overlays" .
//! -->
//! ```
//!
//! Every `console` block starts in that directory. A line `...` in its output stands for any lines.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;

use super::pages::{Block, Page, root};
use crate::sandbox::{PROGRAM, Sandbox, search_path};

/// The separator between the outputs of two commands.
const SEPARATOR: &str = "\u{1e}";

/// Runs the examples of a page. Returns the text of the page with what they print, and their number.
pub fn run_examples(page: &Page) -> (String, usize) {
    let sandbox = Sandbox::new(&[]);
    let mut changes = Vec::new();
    let mut count = 0;
    for block in page.blocks() {
        match block.language {
            "<!--" => run(&sandbox, block.content, page, &block).assert_empty(page, &block),
            "console" => {
                count += 1;
                if let Some(shown) = differing(&sandbox, page, &block) {
                    changes.push((block.range, shown));
                }
            }
            _ => {
                if let Some(path) = file_path(&block) {
                    sandbox.write(path, block.content);
                }
            }
        }
    }
    let mut text = page.text.clone();
    // From the end, so that the ranges of the blocks before stay what they are.
    for (range, shown) in changes.into_iter().rev() {
        text.replace_range(range, &shown);
    }
    (text, count)
}

/// Returns the path in the first line of a block that is a file.
fn file_path<'a>(block: &Block<'a>) -> Option<&'a str> {
    let path = block.content.lines().next()?.strip_prefix("# ")?;
    let is_path = !path.contains([' ', '<']) && (path.contains('.') || path.contains('/'));
    is_path.then_some(path)
}

/// The output of all commands of a script.
struct Printed(String);

impl Printed {
    #[track_caller]
    fn assert_empty(&self, page: &Page, block: &Block<'_>) {
        assert_eq!(self.0, "", "{}:{}: the setup prints something", page.path.display(), block.line);
    }
}

/// Runs a script in the directory of a page, and returns what it prints.
fn run(sandbox: &Sandbox, script: &str, page: &Page, block: &Block<'_>) -> Printed {
    let programs = Path::new(PROGRAM).parent().expect("the program is in a directory");
    let path =
        std::env::join_paths(std::iter::once(programs.to_path_buf()).chain(std::env::split_paths(&search_path())));
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-c", &format!("exec 2>&1\n{script}")]);
    command.current_dir(sandbox.path(".")).env_clear().stdin(Stdio::null());
    command.env("PATH", path.expect("no directory has a colon")).env("HOME", sandbox.temporary());
    command.env("REPOSITORY", root()).env("LC_ALL", "C.UTF-8").env("TMPDIR", sandbox.temporary());
    for (key, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "init.defaultBranch"),
        ("GIT_CONFIG_VALUE_0", "main"),
    ] {
        command.env(key, value);
    }
    let output = command.output().expect("the tests need bash");
    let text = String::from_utf8(output.stdout).expect("output is UTF-8");
    let directory = sandbox.path(".");
    let directory = directory.to_str().expect("the path is UTF-8").trim_end_matches("/.");
    assert!(
        !text.contains("command not found"),
        "{}:{}: a command of the example is not installed: {text}",
        page.path.display(),
        block.line
    );
    // The time that a run takes is different every time.
    let time = Regex::new(r"in \d+\.\d\d s\b").expect("it is valid");
    Printed(time.replace_all(&text.replace(directory, "/work"), "in 0.00 s").into_owned())
}

/// Runs the commands of an example. Returns the example with the output that they print, if it shows another one.
fn differing(sandbox: &Sandbox, page: &Page, block: &Block<'_>) -> Option<String> {
    let indent = &block.content[..block.content.len() - block.content.trim_start_matches(' ').len()];
    let lines = block.content.lines().map(|line| line.strip_prefix(indent).unwrap_or(line));
    let mut examples: Vec<(&str, String)> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push((command, String::new())),
            (None, Some((_, output))) => writeln!(output, "{line}").expect("writing to a string"),
            (None, None) => panic!("{}:{}: an example starts with `$ `", page.path.display(), block.line),
        }
    }
    let script: String = examples.iter().map(|(command, _)| format!("{command}\nprintf '{SEPARATOR}'\n")).collect();
    let Printed(printed) = run(sandbox, &script, page, block);
    let printed: Vec<&str> = printed.split(SEPARATOR).collect();
    assert_eq!(printed.len(), examples.len() + 1, "{}:{}: {printed:?}", page.path.display(), block.line);
    let mut shown = String::new();
    let mut differs = false;
    for ((command, expected), printed) in examples.iter().zip(printed) {
        // A line that is not finished would run into the next command.
        let mut printed = printed.to_string();
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        let matches = matches(expected, &printed);
        differs |= !matches;
        let output = if matches { expected } else { &printed };
        for line in std::iter::once(format!("$ {command}")).chain(output.lines().map(str::to_string)) {
            let indent = if line.is_empty() { "" } else { indent };
            writeln!(shown, "{indent}{line}").expect("writing to a string");
        }
    }
    differs.then_some(shown)
}

/// Returns whether an output is what an example shows.
fn matches(expected: &str, printed: &str) -> bool {
    let parts: Vec<&str> = expected.split("...\n").collect();
    let [first, middle @ .., last] = parts.as_slice() else { return expected == printed };
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn left_out_lines_match_any() {
    for (expected, printed, is_match) in [
        ("a\n", "a\n", true),
        ("a\n", "a\nb\n", false),
        ("a\n...\n", "a\nb\n", true),
        ("a\n...\nc\n", "a\nb\nc\n", true),
        ("a\n...\nc\n", "a\nb\n", false),
        ("...\nb\n...\n", "a\nb\nc\n", true),
    ] {
        assert_eq!(matches(expected, printed), is_match, "{expected:?} {printed:?}");
    }
}
