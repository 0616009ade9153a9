//! Merged resources can be parsed, and repeated empty merges converge: `cargo fuzz run strategic_merge`.
#![no_main]

use boutique::properties::strategic_merge_converges;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = strategic_merge_converges(input) {
        panic!("{difference}");
    }
});
