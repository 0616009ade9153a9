//! The query of a repository URL.

use super::percent::percent_decode;

/// The default time limit of one run of git.
const DEFAULT_TIMEOUT_SECONDS: u64 = 27;

/// The parameters in a query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) git_ref: String,
    pub(super) submodules: bool,
    pub(super) timeout_seconds: u64,
}

impl Query {
    /// Parses a query. Invalid values are ignored; if any part is malformed, the entire query is.
    pub(super) fn parse(text: &str) -> Query {
        let pairs = query_pairs(text).unwrap_or_default();
        let get = |key: &str| {
            let first = pairs.iter().find(|(known, _)| known == key);
            first.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        let seconds = |text: &str| match text.parse::<i64>() {
            Ok(seconds) => u64::try_from(seconds).ok().filter(|&seconds| seconds > 0),
            Err(_) => duration_seconds(text),
        };
        let boolean = |text: &str| match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        };
        Query {
            git_ref: get("ref").or(get("version")).unwrap_or_default().to_string(),
            submodules: get("submodules").and_then(boolean).unwrap_or(true),
            timeout_seconds: get("timeout").and_then(seconds).unwrap_or(DEFAULT_TIMEOUT_SECONDS),
        }
    }
}

/// Parses a query like Go's `url.ParseQuery`; `None` if any part is malformed.
fn query_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let decode = |text: &str| {
        let bytes = percent_decode(&text.replace('+', " "))?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if part.contains(';') { None } else { Some((decode(key)?, decode(value)?)) }
        })
        .collect()
}

/// Parses a duration in Go's format (`1m30s`, `1.5h`) into seconds, rounded up; `None` if it is malformed or not positive.
fn duration_seconds(text: &str) -> Option<u64> {
    const UNITS: [(&str, u128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    /// The number of significant digits in a fraction.
    const PRECISION: usize = 18;
    let is_digit = |c: char| c.is_ascii_digit();
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (integer, after_integer) = rest.split_at(rest.find(|c| !is_digit(c))?);
        let (fraction, after) = match after_integer.strip_prefix('.') {
            Some(after_dot) => after_dot.split_at(after_dot.find(|c| !is_digit(c))?),
            None => ("", after_integer),
        };
        if integer.is_empty() && fraction.is_empty() {
            return None;
        }
        let (unit, after_unit) = after.split_at(after.find(|c| c == '.' || is_digit(c)).unwrap_or(after.len()));
        let nanoseconds = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let integer: u64 = if integer.is_empty() { 0 } else { integer.parse().ok()? };
        let fraction: u128 = format!("{fraction:0<PRECISION$.PRECISION$}").parse().ok()?;
        total += u128::from(integer) * nanoseconds + fraction * nanoseconds / 10u128.pow(PRECISION as u32);
        if total > i64::MAX as u128 {
            return None;
        }
        rest = after_unit;
    }
    u64::try_from(total.div_ceil(1_000_000_000)).ok().filter(|&seconds| seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_parsed_as_in_go() {
        let query = |git_ref: &str, submodules, timeout_seconds| Query {
            git_ref: git_ref.to_string(),
            submodules,
            timeout_seconds,
        };
        for (text, expected) in [
            ("", query("", true, 27)),
            ("ref=kustomize/v4.5.7", query("kustomize/v4.5.7", true, 27)),
            ("version=a", query("a", true, 27)),
            ("version=a&ref=b", query("b", true, 27)),
            ("version=a&ref=", query("a", true, 27)),
            ("ref=&ref=b", query("", true, 27)),
            ("ref=a&ref=b", query("a", true, 27)),
            ("ref=a=b", query("a=b", true, 27)),
            ("Ref=a", query("", true, 27)),
            ("ref=a%2Fb+c&&x", query("a/b c", true, 27)),
            ("ref=a?b", query("a?b", true, 27)),
            // One malformed part invalidates the query.
            ("ref=a&x=%zz", query("", true, 27)),
            ("ref=a&x=%+1", query("", true, 27)),
            ("ref=a&x=%4", query("", true, 27)),
            ("ref=a;b&timeout=5", query("", true, 27)),
            ("submodules=", query("", true, 27)),
            ("submodules=maybe", query("", true, 27)),
            ("submodules=true", query("", true, 27)),
            ("submodules=false", query("", false, 27)),
            ("submodules=F", query("", false, 27)),
            ("submodules=0", query("", false, 27)),
            ("submodules=fALSE", query("", true, 27)),
            ("timeout=", query("", true, 27)),
            ("timeout=61", query("", true, 61)),
            ("timeout=%2B61", query("", true, 61)),
            ("timeout=1m1s", query("", true, 61)),
            ("timeout=0", query("", true, 27)),
            ("timeout=0s", query("", true, 27)),
            ("timeout=-5", query("", true, 27)),
            ("timeout=-5s", query("", true, 27)),
            ("timeout=jiffy", query("", true, 27)),
            ("timeout=99999999999999999999", query("", true, 27)),
            ("version=a&submodules=false&timeout=1m1s", query("a", false, 61)),
        ] {
            assert_eq!(Query::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_parsed_as_in_go() {
        for (text, expected) in [
            ("1s", Some(1)),
            ("1.5h", Some(5400)),
            ("1h2m3s", Some(3723)),
            ("3s1m", Some(63)),
            (".5m", Some(30)),
            ("2.m", Some(120)),
            // Fractions of a second are rounded up.
            ("1.1s", Some(2)),
            ("1ns", Some(1)),
            ("1500us", Some(1)),
            ("2000000µs", Some(2)),
            ("2000000μs", Some(2)),
            ("2500ms", Some(3)),
            ("2562047h", Some(9_223_369_200)),
            ("2562048h", None),
            ("1.0000000000000000000000000001s", Some(1)),
            ("", None),
            ("+", None),
            ("5", None),
            (".s", None),
            ("1.2.3s", None),
            ("1d", None),
            ("1 s", None),
            ("1S", None),
            ("0h0m", None),
            ("99999999999999999999999s", None),
        ] {
            assert_eq!(duration_seconds(text), expected, "{text}");
        }
    }
}
