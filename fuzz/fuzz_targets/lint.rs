//! Lint never panics: `cargo fuzz run lint`.
#![no_main]

use boutique::properties::lint_never_panics;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tree: &[u8]| {
    if let Err(difference) = lint_never_panics(tree) {
        panic!("{difference}");
    }
});
