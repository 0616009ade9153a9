//! The names by which Secrets and their values are recognized. A name that is misspelled by one character counts, and case
//! does not matter: a field that is not read is a likely reason for a message.

use memchr::memchr_iter;

/// The kinds that contain values of Secrets.
const KINDS: [&[u8]; 4] = [b"secret", b"secrets", b"secretlist", b"secretgenerator"];

/// Returns whether a kind is that of Secrets, of lists of them or of their generator.
pub(super) fn is_secret_kind_name(kind: &str) -> bool {
    let kind = Normalized::new(kind);
    KINDS.contains(&kind.bytes()) || kind.is_like(b"secret")
}

/// Returns whether a key is `stringData`.
pub(super) fn is_string_data_name(key: &str) -> bool {
    // Most keys are shorter.
    key.len() + 1 >= STRING_DATA.len() && Normalized::new(key).is_like(STRING_DATA)
}

const STRING_DATA: &[u8] = b"stringdata";

/// Returns whether a key is one of the fields of a Secret that contain values.
pub(super) fn is_data_name(key: &str) -> bool {
    let key = Normalized::new(key);
    key.bytes() == b"binarydata" || key.is_like(b"data") || key.is_like(b"stringdata")
}

/// Returns whether a key is the field of a generator that contains values, or one that it may stand for.
pub(super) fn is_literals_name(key: &str) -> bool {
    Normalized::new(key).is_like(b"literals")
}

/// Returns whether a key is the field of a kustomization that generates Secrets.
pub(super) fn is_generator_name(key: &str) -> bool {
    Normalized::new(key).is_like(b"secretgenerator")
}

/// Returns whether a text contains a manifest of a Secret, or a kustomization that generates one. It may be YAML or JSON, and
/// part of a larger text.
pub fn mentions_secret(text: &str) -> bool {
    // All names end in one of these words, and few texts contain them.
    if !text.contains(':') || !["ata", "kind", "enerator"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let mut has_kind = false;
    let mut has_data = false;
    for (key, after) in keys(text) {
        match mark(key) {
            Some(Mark::StringData | Mark::Generator) => return true,
            Some(Mark::Data) => has_data = true,
            Some(Mark::Kind) => has_kind |= is_secret_kind_name(first_word(after)),
            None => {}
        }
    }
    has_kind && has_data
}

/// Returns the words before a colon in a text, with the text after the colon, which [`first_word`] starts.
pub(super) fn keys(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let bytes = text.as_bytes();
    memchr_iter(b':', bytes).map(move |at| {
        let mut end = at;
        while end > 0 && matches!(bytes[end - 1], b'"' | b'\'' | b'\\') {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && is_word(bytes[start - 1]) {
            start -= 1;
        }
        // In a text inside of a text, a line break is an escape sequence.
        let is_escape = start > 0 && start < end && bytes[start - 1] == b'\\' && bytes[start] == b'n';
        (&text[start + usize::from(is_escape)..end], &text[at + 1..])
    })
}

/// Returns the first word of the text after a colon.
pub(super) fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t', '"', '\'', '\\']);
    let end = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    &text[..end]
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// A key that may show that a document contains a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Kind,
    Data,
    StringData,
    Generator,
}

/// Returns the meaning of a key.
pub(super) fn mark(key: &str) -> Option<Mark> {
    let (&first, &last) = (key.as_bytes().first()?, key.as_bytes().last()?);
    // A name with one wrong character has the right first or last one. Most other keys have neither.
    let has_end = matches!(first | 0x20, b'b' | b'd' | b'k' | b's') || matches!(last | 0x20, b'a' | b'd' | b'r');
    if !has_end && first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return None;
    }
    let name = Normalized::new(key);
    match () {
        () if key.eq_ignore_ascii_case("kind") => Some(Mark::Kind),
        () if name.is_like(b"stringdata") => Some(Mark::StringData),
        () if name.is_like(b"secretgenerator") => Some(Mark::Generator),
        () if name.bytes() == b"binarydata" || name.is_like(b"data") => Some(Mark::Data),
        () => None,
    }
}

/// The letters and digits of a name in lower case.
struct Normalized {
    bytes: [u8; MAX_NAME],
    length: usize,
}

/// The maximum length of a name in bytes. Longer names are other names.
const MAX_NAME: usize = 24;

impl Normalized {
    fn new(name: &str) -> Normalized {
        let mut normalized = Normalized { bytes: [0; MAX_NAME], length: 0 };
        let name = if name.len() > MAX_NAME { "" } else { name };
        for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
            normalized.bytes[normalized.length] = byte.to_ascii_lowercase();
            normalized.length += 1;
        }
        normalized
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Returns whether the name is another one, or that one misspelled.
    fn is_like(&self, other: &[u8]) -> bool {
        is_misspelled(self.bytes(), other)
    }
}

/// Returns whether a word is another one, also with one character added, removed or replaced, or with two neighbors swapped.
fn is_misspelled(word: &[u8], other: &[u8]) -> bool {
    if word.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same_start = word.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (word, other) = (&word[same_start..], &other[same_start..]);
    match word.len().cmp(&other.len()) {
        std::cmp::Ordering::Less => word == &other[1..],
        std::cmp::Ordering::Greater => &word[1..] == other,
        std::cmp::Ordering::Equal if word.is_empty() => true,
        std::cmp::Ordering::Equal => {
            let is_swapped = word.len() > 1 && word[0] == other[1] && word[1] == other[0] && word[2..] == other[2..];
            word[1..] == other[1..] || is_swapped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_are_recognized() {
        for kind in ["Secret", "secret", "Secrets", "Secert", "Sercet", "Secre", "Secrett", "SecretList"] {
            assert!(is_secret_kind_name(kind), "{kind}");
        }
        for kind in ["SecretStore", "ExternalSecret", "Server", "Service", "ConfigMap", "Socket", ""] {
            assert!(!is_secret_kind_name(kind), "{kind}");
        }
        for key in ["stringData", "stringdata", "string_data", "StringData", "strigData", "stringDatas"] {
            assert!(is_string_data_name(key), "{key}");
        }
        assert!(is_data_name("Data") && is_data_name("dat") && is_data_name("date") && !is_data_name("metadata"));
        assert!(is_generator_name("secretGenerators") && is_generator_name("secretgenerator"));
        assert!(!is_generator_name("configMapGenerator"));
    }

    #[test]
    fn texts_with_secrets_are_recognized() {
        for text in [
            "kind: Secret\ndata: {a: b}",
            "{\"kind\": \"Secret\", \"data\": {}}",
            "a: \"kind: Secret\\ndata:\\n  a: b\"",
            "stringData: {a: b}",
            "secretGenerator: []",
        ] {
            assert!(mentions_secret(text), "{text}");
        }
        for text in ["the field `kind: Secret` is required", "data: {a: b}", "kind: SecretStore\ndata: {}", "a: b"] {
            assert!(!mentions_secret(text), "{text}");
        }
    }
}
