//! Paths, label selectors and patterns never panic: `cargo fuzz run selectors_and_paths`.
#![no_main]

use boutique::properties::selectors_and_paths_are_consistent;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Err(difference) = selectors_and_paths_are_consistent(input) {
        panic!("{difference}");
    }
});
