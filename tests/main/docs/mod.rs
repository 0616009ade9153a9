//! The documentation: its examples are run, its generated parts are up to date, and its links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test --test main docs` writes the output of examples, the generated parts and the pictures anew.

mod console;
mod generated;
mod links;
mod pages;
mod pictures;
mod usage;

use std::collections::BTreeSet;

use boutique::Code;

use pages::{Page, expect, root};

#[test]
fn every_code_has_a_page() {
    let pages: Vec<_> = Code::ALL.iter().map(|&code| generated::code_page(code)).collect();
    for (path, text) in &pages {
        expect(path, text);
    }
    let summary = Page::read("docs/src/SUMMARY.md");
    expect(&summary.path, &generated::summary(&summary.text));
    let expected: BTreeSet<_> = pages.into_iter().map(|(path, _)| root().join(path)).collect();
    let directory = root().join("docs/src/reference/diagnostics").read_dir().expect("there are pages of codes");
    let written: BTreeSet<_> = directory.map(|entry| entry.expect("the directory is readable").path()).collect();
    assert_eq!(written, expected);
}

#[test]
fn pages_show_what_the_program_prints() {
    let (mut parts, mut examples) = (0, 0);
    for page in Page::all() {
        let (text, generated) = generated::regenerate(&page);
        let (text, run) = console::run_examples(&Page { path: page.path.clone(), text });
        if text != page.text {
            eprint!("{}", similar::TextDiff::from_lines(&page.text, &text).unified_diff());
        }
        expect(&page.path, &text);
        parts += generated;
        examples += run;
    }
    assert!(parts > 20 && examples > 15, "only {parts} generated parts and {examples} examples were found");
}
