//! Block scalars without text.

/// Returns whether a text contains only line breaks.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b == b'\n')
}

/// Returns the offset of a blank block scalar, which is the end of its header. The parser crate reports the start of
/// the line after it.
pub(super) fn blank_scalar_offset(body: &str, from: usize) -> usize {
    body[..from].trim_end_matches([' ', '\r', '\n']).len()
}
