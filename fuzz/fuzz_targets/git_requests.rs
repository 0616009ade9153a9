//! Requests reach git without options, and only if their host is checked: `cargo fuzz run git_requests`.
#![no_main]

use boutique::properties::git_requests_are_checked;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|requests: &str| {
    if let Err(difference) = git_requests_are_checked(requests) {
        panic!("{difference}");
    }
});
