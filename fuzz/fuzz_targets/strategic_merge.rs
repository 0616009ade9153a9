//! Merged resources can be read, and stay as they are: `cargo fuzz run strategic_merge`.
#![no_main]

use boutique::properties::strategic_merge_settles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = strategic_merge_settles(input) {
        panic!("{difference}");
    }
});
