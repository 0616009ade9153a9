//! A tree of files is rendered reproducibly, or fails with a message: `cargo fuzz run render`.
#![no_main]

use boutique::properties::render_never_panics;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tree: &[u8]| {
    if let Err(difference) = render_never_panics(tree) {
        panic!("{difference}");
    }
});
