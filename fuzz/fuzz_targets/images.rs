//! Image references keep their parts: `cargo fuzz run images`.
#![no_main]

use boutique::properties::images_keep_their_parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = images_keep_their_parts(input) {
        panic!("{difference}");
    }
});
