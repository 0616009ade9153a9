//! The implicit types of plain scalars in Go's YAML parsers.
//!
//! kustomize parses manifests with yaml v3, and kustomization files and its own JSON with yaml v2. For plain scalars,
//! they differ only in the words that are booleans.

use super::tree::Tag;

/// The major version of Go's yaml library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoYaml {
    /// Only `true` and `false` are booleans.
    V3,
    /// `yes`, `no`, `on`, `off`, `y` and `n` are booleans, too.
    V2,
}

/// The value of a plain scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Uint(u64),
    Float(f64),
    /// Normalized as RFC 3339, as Go prints it.
    Timestamp(String),
    Str,
}

impl Plain {
    pub fn tag(&self) -> Tag {
        match self {
            Plain::Null => Tag::Null,
            Plain::Bool(_) => Tag::Bool,
            Plain::Int(_) | Plain::Uint(_) => Tag::Int,
            Plain::Float(_) => Tag::Float,
            Plain::Timestamp(_) => Tag::Timestamp,
            Plain::Str => Tag::Str,
        }
    }
}

/// The first bytes of plain scalars that may not be strings.
const NON_STRING_STARTS: [bool; 256] = {
    let starts = b"+-.0123456789~yYnNtTfFoO";
    let mut found = [false; 256];
    let mut at = 0;
    while at < starts.len() {
        found[starts[at] as usize] = true;
        at += 1;
    }
    found
};

/// Returns the tag that an untagged plain scalar resolves to.
pub fn plain_tag(text: &str, version: GoYaml) -> Tag {
    match text.as_bytes() {
        [first, ..] if !NON_STRING_STARTS[*first as usize] => Tag::Str,
        // No word is longer than `false`.
        [b'a'..=b'z' | b'A'..=b'Z', _, _, _, _, _, ..] => Tag::Str,
        [b'1'..=b'9', rest @ ..] if rest.len() < 17 && rest.iter().all(u8::is_ascii_digit) => Tag::Int,
        _ => resolve(text, version).tag(),
    }
}

/// Resolves an untagged plain scalar.
pub fn resolve(text: &str, version: GoYaml) -> Plain {
    let Some(first) = text.as_bytes().first() else { return Plain::Null };
    match first {
        b'+' | b'-' | b'0'..=b'9' => {
            if let Some(infinity) = special_float(text) {
                return Plain::Float(infinity);
            }
            timestamp(text).map_or_else(|| number(text), Plain::Timestamp)
        }
        b'.' => special_float(text).or_else(|| fraction(text)).map_or(Plain::Str, Plain::Float),
        b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text, version),
        _ => Plain::Str,
    }
}

fn word(text: &str, version: GoYaml) -> Plain {
    match text {
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        _ if version == GoYaml::V2 => yaml_1_1_bool(text).map_or(Plain::Str, Plain::Bool),
        _ => Plain::Str,
    }
}

/// Returns the value of a boolean of YAML 1.1 other than `true` and `false`.
pub fn yaml_1_1_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Parses a decimal float; `None` if it is out of range.
fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// Parses a float that starts with a point. Go allows underscores between its digits (fixture
/// `yaml/underscores-in-a-fraction`).
fn fraction(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let is_between_digits = |at: usize| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        is_digit(bytes.get(at.wrapping_sub(1))) && is_digit(bytes.get(at + 1))
    };
    match text.match_indices('_').map(|(at, _)| at).all(is_between_digits) {
        true if text.contains('_') => finite(&text.replace('_', "")),
        true => finite(text),
        false => None,
    }
}

fn number(text: &str) -> Plain {
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    if let Some(integer) = integer(plain) {
        return integer;
    }
    if is_float(plain)
        && let Some(float) = finite(plain)
    {
        return Plain::Float(float);
    }
    Plain::Str
}

/// Parses an integer with the prefixes of Go's `strconv.ParseInt(text, 0, 64)`: `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<Plain> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let prefix = digits.as_bytes();
    let (base, digits) = match prefix {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0'] => (10, digits),
        [b'0', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Plain::Int(value)),
        (true, Ok(value)) => Some(Plain::Int(-value)),
        (true, Err(_)) if magnitude == 1 << 63 => Some(Plain::Int(i64::MIN)),
        (false, Err(_)) if !signed => Some(Plain::Uint(magnitude)),
        _ => None,
    }
}

/// Matches `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn is_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits_from = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = digits_from(start);
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits_from(end + 1);
        if end == start && fraction == end + 1 {
            return false;
        }
        end = fraction;
    } else if end == start {
        return false;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_from(sign);
        if exponent == sign {
            return false;
        }
        end = exponent;
    }
    end == bytes.len()
}

/// Returns whether a string looks like a base 60 number of YAML 1.1, which emitters quote.
pub fn is_base60(text: &str) -> bool {
    if !text.starts_with(|c: char| matches!(c, '+' | '-' | '0'..='9')) {
        return false;
    }
    let mut parts = text.split(':');
    let head = parts.next().unwrap_or_default();
    let head = head.strip_prefix(['+', '-']).unwrap_or(head);
    if !head.starts_with(|c: char| c.is_ascii_digit()) || !head.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let (part, fraction) = match (parts.peek(), part.split_once('.')) {
            (None, Some((part, fraction))) => (part, fraction),
            _ => (part, ""),
        };
        let sexagesimal = match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [tens, digit] => (b'0'..=b'5').contains(tens) && digit.is_ascii_digit(),
            _ => false,
        };
        if !sexagesimal || !fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
            return false;
        }
    }
    true
}

/// Parses a timestamp that Go's parsers accept, and returns it as Go prints it in JSON.
fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let mut rest = &text[5..];
    let year: u32 = text[..4].parse().ok()?;
    let month = small_number(&mut rest, 1..=12)?;
    rest = rest.strip_prefix('-')?;
    let day = small_number(&mut rest, 1..=days_in(month, year))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.is_empty() {
        return Some(date + "T00:00:00Z");
    }
    let separator = rest.as_bytes()[0];
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    rest = &rest[1..];
    let hour = small_number(&mut rest, 0..=23)?;
    rest = rest.strip_prefix(':')?;
    let minute = small_number(&mut rest, 0..=59)?;
    rest = rest.strip_prefix(':')?;
    let second = small_number(&mut rest, 0..=59)?;
    let mut fraction = "";
    if let Some(digits) = rest.strip_prefix(['.', ',']) {
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        if len > 0 {
            fraction = digits[..len.min(9)].trim_end_matches('0');
            rest = &digits[len..];
        }
    }
    let zone = match (separator, rest) {
        (b' ', "") | (b'T' | b't', "Z") => "Z",
        (b'T' | b't', zone) if is_zone_offset(zone) => {
            if zone[1..] == *"00:00" {
                "Z"
            } else {
                zone
            }
        }
        _ => return None,
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}"))
}

fn small_number(rest: &mut &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let len = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let value = rest[..len].parse().ok()?;
    *rest = &rest[len..];
    range.contains(&value).then_some(value)
}

fn is_zone_offset(zone: &str) -> bool {
    match zone.as_bytes() {
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) && zone[1..3] < *"24" && zone[4..] < *"60"
        }
        _ => false,
    }
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Formats a float as Go's `strconv.FormatFloat(value, 'g', -1, 64)` does.
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_string();
    }
    format_finite(value)
}

/// Formats a float as Go's `strconv.FormatFloat(value, 'g', -1, 32)` does: with the digits of a 32-bit float.
pub fn format_short_float(value: f64) -> String {
    let short = value as f32;
    if short.is_finite() { format_finite(short) } else { format_float(short.into()) }
}

fn format_finite(value: impl std::fmt::Display + std::fmt::LowerExp) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("{:e} writes an exponent");
    let exponent: i32 = exponent.parse().expect("{:e} writes a decimal exponent");
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Returns the value of a float after a round trip through JSON, where whole numbers become integers.
pub fn float_through_json(value: f64) -> Plain {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        // Like `Display`, JSON pads the shortest digits with zeros.
        if let Some(integer) = integer(&value.to_string()) {
            return integer;
        }
    }
    Plain::Float(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_go() {
        for (text, expected) in [
            ("017", Plain::Int(15)),
            ("0o17", Plain::Int(15)),
            ("0x1F", Plain::Int(31)),
            ("1_000", Plain::Int(1000)),
            ("-0b11", Plain::Int(-3)),
            ("08", Plain::Float(8.0)),
            ("18446744073709551615", Plain::Uint(u64::MAX)),
            ("18446744073709551616", Plain::Float(18446744073709551616.0)),
            ("1e400", Plain::Str),
            ("0x", Plain::Str),
            ("1.", Plain::Float(1.0)),
            (".5", Plain::Float(0.5)),
            ("+1", Plain::Int(1)),
            ("1:30", Plain::Str),
            ("yes", Plain::Str),
            ("2001-1-2", Plain::Timestamp("2001-01-02T00:00:00Z".into())),
            ("2001-02-30", Plain::Str),
            ("2001-12-14t21:59:43.10-05:00", Plain::Timestamp("2001-12-14T21:59:43.1-05:00".into())),
        ] {
            assert_eq!(resolve(text, GoYaml::V3), expected, "{text}");
        }
        assert_eq!(resolve("yes", GoYaml::V2), Plain::Bool(true));
    }

    #[test]
    fn floats_print_as_go_prints_them() {
        for (value, expected) in
            [(1234567.5, "1.2345675e+06"), (1e20, "1e+20"), (1e-7, "1e-07"), (0.5, "0.5"), (100000.25, "100000.25")]
        {
            assert_eq!(format_float(value), expected);
        }
        assert_eq!(format_short_float(1234567890.5), "1.234568e+09");
        assert_eq!(format_short_float(1e300), "+Inf");
        assert_eq!(float_through_json(1.0), Plain::Int(1));
        assert_eq!(float_through_json(-0.0), Plain::Int(0));
        assert_eq!(float_through_json(1e20), Plain::Float(1e20));
    }

    #[test]
    fn base60_is_recognized() {
        for text in ["1:30", "190:20:30", "1:30.5", "-1:5"] {
            assert!(is_base60(text), "{text}");
        }
        for text in ["1", "1:60", "a:30", "1:", "1:300", "1:2.5:3"] {
            assert!(!is_base60(text), "{text}");
        }
    }
}
