//! The forms of scalars: quantities, dates, addresses and others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// The form of a scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Any.
    #[default]
    None,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// Base64.
    Byte,
    /// A quantity: `500m`, `1Gi`.
    Quantity,
    /// An integer of 32 bits, or a string.
    IntOrString,
    /// A date with a time, as Go reads it.
    Time,
    /// A date with a time, as JSON Schema defines it.
    DateTime,
    /// A date.
    Date,
    /// A duration: `1h30m`.
    Duration,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An IP address with the length of a prefix.
    Cidr,
    /// A hardware address.
    Mac,
    /// A UUID.
    Uuid,
    /// A URI.
    Uri,
    /// An email address.
    Email,
    /// A host name.
    Hostname,
}

const NAMES: &[(&str, Format)] = &[
    ("int32", Format::Int32),
    ("int64", Format::Int64),
    ("byte", Format::Byte),
    ("date-time", Format::DateTime),
    ("datetime", Format::DateTime),
    ("date", Format::Date),
    ("duration", Format::Duration),
    ("ipv4", Format::Ipv4),
    ("ipv6", Format::Ipv6),
    ("cidr", Format::Cidr),
    ("mac", Format::Mac),
    ("uuid", Format::Uuid),
    ("uri", Format::Uri),
    ("email", Format::Email),
    ("hostname", Format::Hostname),
];

impl Format {
    /// Returns the format with a name of OpenAPI. API servers ignore those that they do not know.
    pub fn from_name(name: &str) -> Format {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Format::None, |(_, format)| *format)
    }

    /// Returns what a text must be; `None` if it is.
    pub fn fault_of_text(self, text: &str) -> Option<&'static str> {
        let (is_valid, expected): (fn(&str) -> bool, _) = match self {
            Format::None | Format::Int32 | Format::Int64 | Format::IntOrString => return None,
            Format::Byte => (is_base64, "base64"),
            Format::Quantity => (is_quantity, "a quantity such as `500m` or `1Gi`"),
            Format::Time => (is_time, "a time such as `2026-01-02T15:04:05Z`"),
            Format::DateTime => (is_date_time, "a time such as `2026-01-02T15:04:05Z`"),
            Format::Date => (is_date, "a date such as `2026-01-02`"),
            Format::Duration => (is_duration, "a duration such as `1h30m`"),
            Format::Ipv4 => (is_ipv4, "an IPv4 address"),
            Format::Ipv6 => (is_ipv6, "an IPv6 address"),
            Format::Cidr => (is_cidr, "a range of IP addresses such as `10.0.0.0/8`"),
            Format::Mac => (is_mac, "a hardware address such as `00:00:5e:00:53:01`"),
            Format::Uuid => (is_uuid, "a UUID"),
            Format::Uri => (is_uri, "a URI"),
            Format::Email => (is_email, "an email address"),
            Format::Hostname => (is_hostname, "a host name"),
        };
        (!is_valid(text)).then_some(expected)
    }

    /// Returns the range of an integer.
    pub fn range(self) -> (i128, i128) {
        match self {
            Format::Int32 | Format::IntOrString => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN.into(), i64::MAX.into()),
        }
    }
}

/// Returns whether a text is base64 as Go decodes it: with padding, and with line breaks anywhere.
fn is_base64(text: &str) -> bool {
    const ENGINE: GeneralPurpose =
        GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let packed: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    ENGINE.decode(packed).is_ok()
}

/// Returns whether a text is a quantity: a decimal number with a suffix.
fn is_quantity(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let has_digits = number.bytes().any(|b| b.is_ascii_digit());
    let is_exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.len() < 19 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    const SUFFIXES: &[&str] = &["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let is_suffix = SUFFIXES.contains(&suffix) || suffix.strip_prefix(['e', 'E']).is_some_and(is_exponent);
    has_digits && number.matches('.').count() <= 1 && is_suffix
}

/// Returns a number of exactly `digits` digits at the start of a text, and the rest.
fn digits(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

fn is_date(text: &str) -> bool {
    date(text).is_some_and(|rest| rest.is_empty())
}

/// Returns what follows a date.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// Returns whether a text is a time of a day with a zone.
fn is_time_of_day(text: &str) -> bool {
    let time = || {
        let (hour, rest) = digits(text, 2)?;
        let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
        let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
        let rest = match rest.strip_prefix(['.', ',']) {
            Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
                fraction.trim_start_matches(|c: char| c.is_ascii_digit())
            }
            Some(_) => return None,
            None => rest,
        };
        let is_zone = rest == "Z" || is_offset(rest);
        Some(is_zone && hour < 24 && minute < 60 && second < 60)
    };
    time().unwrap_or_default()
}

fn is_offset(text: &str) -> bool {
    let offset = || {
        let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
        let (minutes, rest) = digits(rest.strip_prefix(':')?, 2)?;
        Some(hours <= 24 && minutes < 60 && rest.is_empty())
    };
    offset().unwrap_or_default()
}

fn is_time(text: &str) -> bool {
    date(text).and_then(|rest| rest.strip_prefix('T')).is_some_and(is_time_of_day)
}

fn is_date_time(text: &str) -> bool {
    is_time(&text.to_ascii_uppercase())
}

/// Returns whether a text is a duration, as Go reads it, or in words (`2 weeks`).
fn is_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut rest = unsigned;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = &rest[..rest.len() - after.len()];
        let is_number = number.bytes().any(|b| b.is_ascii_digit()) && number.matches('.').count() <= 1;
        let after = after.trim_start_matches(' ');
        let unit_end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let unit = after[..unit_end].to_ascii_lowercase();
        let is_unit = ["n", "u", "µ", "μ", "m", "s", "h", "d", "w"].iter().any(|start| unit.starts_with(start));
        if !is_number || !is_unit {
            return unsigned == "0";
        }
        rest = after[unit_end..].trim_start_matches(' ');
    }
    !unsigned.is_empty()
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let bits = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    is_number && length.parse::<u8>().is_ok_and(|length| length <= bits)
}

fn is_mac(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ':' };
    let parts: Vec<&str> = text.split(separator).collect();
    let is_byte = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let has_dots = text.contains('.') && text.split('.').all(|part| part.len() == 4);
    has_dots || matches!(parts.len(), 6 | 8 | 20) && parts.iter().all(is_byte)
}

fn is_uuid(text: &str) -> bool {
    let packed: String = text.chars().filter(|&c| c != '-').collect();
    packed.len() == 32 && packed.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns whether a text may be an absolute path or a URI with a scheme.
fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_valid)
    };
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    (text.starts_with('/') || has_scheme) && !text.contains(|c: char| c.is_control())
}

fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_valid = label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        !label.is_empty() && label.len() <= 63 && is_valid && !label.starts_with('-') && !label.ends_with('-')
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    !text.is_empty() && text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_formats() {
        for (format, valid, invalid) in [
            (Format::Quantity, "1 1. .5 +1.5Gi 1e3 1E-3 100m -2k 1E 0", "1ki 1e . Gi 1.2.3 1Gib 0x1 1,5 12e+"),
            (Format::Byte, "YQ== YWI= YWJj", "YQ YQ= a !!!! YWJj="),
            (Format::Time, "2026-01-02T15:04:05Z 2024-02-29T00:00:00.5+01:00", "2026-02-29T00:00:00Z 2026-01-02 x"),
            (Format::DateTime, "2026-01-02t15:04:05z", "2026-01-02T24:00:00Z 2026-01-02T15:04:05"),
            (Format::Duration, "1h30m 1.5s 0 -2ms 10us", "1 h 1x 1h3 ."),
            (Format::Ipv4, "10.0.0.1", "10.0.0.256 010.0.0.1 ::1"),
            (Format::Ipv6, "::1 fe80::1", "10.0.0.1 g::1"),
            (Format::Cidr, "10.0.0.0/8 ::/0", "10.0.0.0 10.0.0.0/33 10.0.0.0/+8"),
            (Format::Uuid, "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
            (Format::Mac, "00:00:5e:00:53:01", "00:00:5e"),
            (Format::Uri, "https://a.b/c /c urn:x", "a.b"),
            (Format::Hostname, "a.example a-b.", "-a a..b"),
        ] {
            let is_valid = |text: &&str| format.fault_of_text(text).is_none();
            assert_eq!(valid.split(' ').find(|text| !is_valid(text)), None, "{format:?}");
            assert_eq!(invalid.split(' ').find(is_valid), None, "{format:?}");
        }
    }
}
