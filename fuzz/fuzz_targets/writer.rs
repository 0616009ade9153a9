//! What is written reads as the same: `cargo fuzz run writer`.
#![no_main]

use boutique::properties::written_reads_the_same;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(difference) = written_reads_the_same(text) {
        panic!("{difference}");
    }
});
