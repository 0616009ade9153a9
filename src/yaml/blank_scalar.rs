//! Block scalars without text.

/// Returns whether a text has nothing but line ends.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b == b'\n')
}

/// Returns where a blank block scalar is: at the end of its header. The parser crate sees it where the line behind it starts.
pub(super) fn place_of_blank(body: &str, from: usize) -> usize {
    body[..from].trim_end_matches([' ', '\n']).len()
}
