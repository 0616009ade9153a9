//! Explanations fit the output: `cargo fuzz run explain`.
#![no_main]

use boutique::properties::explanations_fit_the_output;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tree: &[u8]| {
    if let Err(difference) = explanations_fit_the_output(tree) {
        panic!("{difference}");
    }
});
