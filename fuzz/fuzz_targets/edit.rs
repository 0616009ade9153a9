//! Edited files hold the new data and keep the rest: `cargo fuzz run edit`.
#![no_main]

use boutique::properties::edits_keep_the_rest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = edits_keep_the_rest(input) {
        panic!("{difference}");
    }
});
