//! Image references are split without loss, and setting them is idempotent: `cargo fuzz run images`.
#![no_main]

use boutique::properties::image_edits_are_idempotent;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = image_edits_are_idempotent(input) {
        panic!("{difference}");
    }
});
