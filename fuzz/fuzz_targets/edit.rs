//! Edited files contain the new data, and other lines are preserved: `cargo fuzz run edit`.
#![no_main]

use boutique::properties::edits_preserve_other_lines;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = edits_preserve_other_lines(input) {
        panic!("{difference}");
    }
});
