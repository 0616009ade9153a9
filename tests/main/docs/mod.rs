//! The documentation: its examples are run, its generated parts are up to date, and its links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test --test main docs` writes the output of examples, the generated parts and the pictures anew.

mod console;
mod generated;
mod links;
mod pages;
mod pictures;
mod usage;

use pages::{Page, expect};

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
