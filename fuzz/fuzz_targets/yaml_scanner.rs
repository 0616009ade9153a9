//! The scanner and the parser crate agree: `cargo fuzz run yaml_scanner`.
#![no_main]

use boutique::properties::scanner_agrees;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(difference) = scanner_agrees(text) {
        panic!("{difference}");
    }
});
