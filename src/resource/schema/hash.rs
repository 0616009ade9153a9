//! The hash of resource types, by which the build script sorts the schema table.

/// Returns the FNV-1a hash of a type.
pub const fn hash_of_type(api_version: &str, kind: &str) -> u32 {
    hash(kind.as_bytes(), hash(api_version.as_bytes(), 0x811c_9dc5))
}

const fn hash(bytes: &[u8], mut state: u32) -> u32 {
    let mut at = 0;
    while at < bytes.len() {
        state = (state ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    state
}
