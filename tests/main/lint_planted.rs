//! Trees that each contain one deliberate error of a kind that users report, and their corrected versions.
//!
//! `tests/lint/planted/NAME` has a tree in `broken`, what lint has to report about it in `expected` (`PATH:LINE CODE`), and the
//! corrected files in `fixed`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::WalkDir;

use crate::sandbox::Sandbox;

fn planted() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/planted");
    let mut found: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Writes the files of a directory to a sandbox.
fn copy(directory: &Path, sandbox: &Sandbox) {
    for entry in WalkDir::new(directory).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(directory).unwrap().to_str().unwrap();
        sandbox.write(path, fs::read(entry.path()).unwrap());
    }
}

/// Returns what lint reports, sorted.
fn reported(sandbox: &Sandbox) -> Vec<String> {
    let output = sandbox.run(&["lint", "--quiet", "--format", "json"]).stdout;
    let place = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap();
        let label = &message["labels"][0];
        format!("{}:{} {}", label["path"].as_str().unwrap(), label["line"], message["code"].as_str().unwrap())
    };
    let mut reported: Vec<String> = output.lines().map(place).collect();
    reported.sort();
    reported
}

#[test]
fn planted_mistakes_are_found() {
    let mut failures = Vec::new();
    for case in planted() {
        let sandbox = Sandbox::new(&[]);
        copy(&case.join("broken"), &sandbox);
        let expected = fs::read_to_string(case.join("expected")).unwrap();
        let found = reported(&sandbox);
        if found != expected.lines().collect::<Vec<_>>() {
            failures.push(format!("{}: {found:?}", case.display()));
        }
    }
    assert!(planted().len() >= 40);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn corrected_trees_are_clean() {
    for case in planted() {
        let sandbox = Sandbox::new(&[]);
        copy(&case.join("broken"), &sandbox);
        copy(&case.join("fixed"), &sandbox);
        let found = reported(&sandbox);
        assert!(found.is_empty(), "{}: {found:?}", case.display());
    }
}
