//! No part of a URL can be interpreted as an option by git: `cargo fuzz run urls`.
#![no_main]

use boutique::properties::urls_are_safe_for_git;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|url: &str| {
    if let Err(difference) = urls_are_safe_for_git(url) {
        panic!("{difference}");
    }
});
