//! URLs give nothing that git could take for an option: `cargo fuzz run urls`.
#![no_main]

use boutique::properties::urls_are_no_options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|url: &str| {
    if let Err(difference) = urls_are_no_options(url) {
        panic!("{difference}");
    }
});
