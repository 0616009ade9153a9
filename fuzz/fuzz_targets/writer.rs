//! Written documents are parsed unchanged: `cargo fuzz run writer`.
#![no_main]

use boutique::properties::yaml_round_trips;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(difference) = yaml_round_trips(text) {
        panic!("{difference}");
    }
});
