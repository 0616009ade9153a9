//! Comparisons in both directions find the same: `cargo fuzz run diff`.
#![no_main]

use boutique::properties::differences_are_symmetric;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tree: &[u8]| {
    if let Err(difference) = differences_are_symmetric(tree) {
        panic!("{difference}");
    }
});
