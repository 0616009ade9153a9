//! JSON patches agree with another implementation: `cargo fuzz run json_patch`.
#![no_main]

use boutique::properties::json_patch_agrees;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let other = |document: &_, patch: &_| {
        let mut patched = serde_json::Value::clone(document);
        let operations: json_patch::Patch = serde_json::from_value(serde_json::Value::clone(patch)).ok()?;
        json_patch::patch(&mut patched, &operations).ok().map(|()| patched)
    };
    if let Err(difference) = json_patch_agrees(input, other) {
        panic!("{difference}");
    }
});
