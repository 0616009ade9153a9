//! The properties hold for the corpora of the fuzz targets, which contain every input that a fuzzer found.

use std::collections::BTreeMap;
use std::fs;

use boutique::properties::{self, PropertyResult};
use serde_json::Value;

/// Checks an input of a fuzz target, which need not be UTF-8.
type Property = fn(&[u8]) -> PropertyResult;

/// The fuzz targets and their properties.
pub const TARGETS: [(&str, Property); 13] = [
    ("diff", properties::differences_are_symmetric),
    ("edit", |input| on_text(input, properties::edits_preserve_other_lines)),
    ("explain", properties::explanations_fit_the_output),
    ("git_requests", |input| on_text(input, properties::git_requests_are_checked)),
    ("images", |input| on_text(input, properties::image_edits_are_idempotent)),
    ("json_patch", |input| on_text(input, |input| properties::json_patch_agrees(input, patched))),
    ("lint", properties::lint_never_panics),
    ("render", properties::render_never_panics),
    ("selectors_and_paths", |input| on_text(input, properties::selectors_and_paths_are_consistent)),
    ("strategic_merge", |input| on_text(input, properties::strategic_merge_converges)),
    ("urls", |input| on_text(input, properties::urls_are_safe_for_git)),
    ("writer", |input| on_text(input, |input| properties::yaml_round_trips(input).map(drop))),
    ("yaml_scanner", |input| on_text(input, |input| properties::scanner_agrees(input).map(drop))),
];

fn on_text(input: &[u8], property: impl Fn(&str) -> PropertyResult) -> PropertyResult {
    std::str::from_utf8(input).map_or(Ok(()), property)
}

/// Applies a patch with the crate `json_patch`.
pub fn patched(document: &Value, patch: &Value) -> Option<Value> {
    let mut patched = document.clone();
    let operations: json_patch::Patch = serde_json::from_value(patch.clone()).ok()?;
    json_patch::patch(&mut patched, &operations).ok().map(|()| patched)
}

#[test]
fn properties_hold_for_the_corpora() {
    let corpora = format!("{}/fuzz/corpus", env!("CARGO_MANIFEST_DIR"));
    let mut properties = BTreeMap::from(TARGETS);
    for corpus in fs::read_dir(corpora).expect("there are corpora") {
        let corpus = corpus.expect("the directory is readable");
        let target = corpus.file_name().into_string().expect("names are UTF-8");
        let property = properties.remove(target.as_str()).unwrap_or_else(|| panic!("no target is named {target}"));
        for input in fs::read_dir(corpus.path()).expect("the directory is readable") {
            let path = input.expect("the directory is readable").path();
            let input = fs::read(&path).expect("the file is readable");
            property(&input).unwrap_or_else(|difference| panic!("{}: {difference}", path.display()));
        }
    }
    assert!(properties.is_empty(), "there is no corpus for {:?}", properties.keys());
}
