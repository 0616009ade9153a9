//! A tree of files renders, or fails with a message: `cargo fuzz run render`.
#![no_main]

use boutique::properties::renders_or_says_why;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tree: &[u8]| {
    if let Err(difference) = renders_or_says_why(tree) {
        panic!("{difference}");
    }
});
