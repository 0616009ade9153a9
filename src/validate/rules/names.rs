//! What the API server accepts as names, keys and values of labels.
//!
//! Each function returns what is wrong with a text, in the server's words.

use std::net::{IpAddr, Ipv6Addr};

/// What is wrong with a text.
pub type Fault = Option<&'static str>;

/// A rule for texts.
pub type Rule = fn(&str) -> Fault;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or `-`, and must start \
                     and end with an alphanumeric character";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, `-` or `.`, and \
                         must start and end with an alphanumeric character";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, `-`, `_` or `.`, \
                           and must start and end with an alphanumeric character";
const NAME_PART: &str = "the name part must consist of alphanumeric characters, `-`, `_` or `.`, and must start and end \
                         with an alphanumeric character";
const TOO_LONG_63: &str = "must be no more than 63 characters";
const TOO_LONG_253: &str = "must be no more than 253 characters";

fn is_lower(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// Returns whether a text is not empty, consists of the characters that `inside` accepts, and starts and ends with those that
/// `outside` accepts.
fn is_framed(text: &str, outside: fn(u8) -> bool, inside: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    outside(first) && outside(last) && bytes.iter().all(|&c| inside(c))
}

fn is_dns_label(text: &str) -> bool {
    is_framed(text, is_lower, |c| is_lower(c) || c == b'-')
}

fn is_label_text(text: &str) -> bool {
    let inside = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    is_framed(text, |c| c.is_ascii_alphanumeric(), inside)
}

/// A label of RFC 1123: `my-name`.
pub fn dns_label(text: &str) -> Fault {
    match text {
        _ if text.len() > 63 => Some(TOO_LONG_63),
        _ if !is_dns_label(text) => Some(LABEL),
        _ => None,
    }
}

/// A subdomain of RFC 1123: `my.example.com`.
pub fn dns_subdomain(text: &str) -> Fault {
    match text {
        _ if text.len() > 253 => Some(TOO_LONG_253),
        _ if !text.split('.').all(is_dns_label) => Some(SUBDOMAIN),
        _ => None,
    }
}

/// A subdomain whose first label may be `*`.
pub fn wildcard_subdomain(text: &str) -> Fault {
    match text.strip_prefix("*.") {
        Some(rest) if text.len() <= 253 && dns_subdomain(rest).is_none() => None,
        _ => Some("a wildcard DNS-1123 subdomain must start with `*.`, followed by a valid DNS subdomain"),
    }
}

/// A subdomain or one whose first label is `*`.
pub fn host_name(text: &str) -> Fault {
    if text.contains('*') { wildcard_subdomain(text) } else { dns_subdomain(text) }
}

/// A subdomain that may end with a dot.
pub fn absolute_subdomain(text: &str) -> Fault {
    dns_subdomain(text.strip_suffix('.').unwrap_or(text))
}

/// The name of an object that is a segment of a URL and has no other rules.
pub fn path_segment(text: &str) -> Fault {
    match text {
        "." => Some("may not be `.`"),
        ".." => Some("may not be `..`"),
        _ if text.contains('/') => Some("may not contain `/`"),
        _ if text.contains('%') => Some("may not contain `%`"),
        _ => None,
    }
}

/// The value of a label.
pub fn label_value(text: &str) -> Fault {
    match text {
        _ if text.len() > 63 => Some(TOO_LONG_63),
        "" => None,
        _ if !is_label_text(text) => Some(LABEL_VALUE),
        _ => None,
    }
}

/// A name with an optional prefix, as the keys of labels are: `example.com/name`.
pub fn qualified_name(text: &str) -> Fault {
    let mut parts = text.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => name,
        (Some(""), Some(_), None) => return Some("the prefix part must be non-empty"),
        (Some(prefix), Some(name), None) => match dns_subdomain(prefix) {
            Some(_) => return Some("the prefix part must be a valid DNS subdomain"),
            None => name,
        },
        _ => return Some("a qualified name must consist of a name with an optional DNS subdomain prefix and `/`"),
    };
    match name {
        "" => Some("the name part must be non-empty"),
        _ if name.len() > 63 => Some("the name part must be no more than 63 characters"),
        _ if !is_label_text(name) => Some(NAME_PART),
        _ => None,
    }
}

/// The key of an annotation, in which upper case counts as lower case.
pub fn annotation_key(text: &str) -> Fault {
    qualified_name(&text.to_ascii_lowercase())
}

/// A qualified name that must have a prefix.
pub fn prefixed_name(text: &str) -> Fault {
    match qualified_name(text) {
        None if !text.contains('/') => Some("must be a domain-prefixed path (such as `acme.io/foo`)"),
        fault => fault,
    }
}

/// The name of an environment variable, as Kubernetes accepts it since 1.34.
pub fn environment_name(text: &str) -> Fault {
    let is_valid = !text.is_empty() && text.bytes().all(|c| matches!(c, b' '..=b'~') && c != b'=');
    (!is_valid)
        .then_some("a valid environment variable name must consist only of printable ASCII characters other than `=`")
}

/// A key of a ConfigMap or a Secret.
pub fn data_key(text: &str) -> Fault {
    let is_valid = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    match text {
        _ if text.len() > 253 => Some(TOO_LONG_253),
        _ if text.is_empty() || !text.bytes().all(is_valid) => {
            Some("a valid config key must consist of alphanumeric characters, `-`, `_` or `.`")
        }
        "." => Some("must not be `.`"),
        ".." => Some("must not be `..`"),
        _ if text.starts_with("..") => Some("must not start with `..`"),
        _ => None,
    }
}

/// The name of a port, as RFC 6335 has it for services.
pub fn port_name(text: &str) -> Fault {
    match text {
        _ if text.len() > 15 => Some("must be no more than 15 characters"),
        _ if text.is_empty() || !text.bytes().all(|c| is_lower(c) || c == b'-') => {
            Some("must contain only alphanumeric characters (a-z, 0-9) and hyphens (-)")
        }
        _ if !text.bytes().any(|c| c.is_ascii_lowercase()) => Some("must contain at least one letter (a-z)"),
        _ if text.contains("--") => Some("must not contain consecutive hyphens"),
        _ if text.starts_with('-') || text.ends_with('-') => Some("must not begin or end with a hyphen"),
        _ => None,
    }
}

/// The name of a header of an HTTP request.
pub fn http_header_name(text: &str) -> Fault {
    let is_valid = !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    (!is_valid).then_some("a valid HTTP header must consist of alphanumeric characters or `-`")
}

/// The name of a driver of the Container Storage Interface.
pub fn csi_driver(text: &str) -> Fault {
    if text.len() > 63 { Some(TOO_LONG_63) } else { dns_subdomain(&text.to_ascii_lowercase()) }
}

/// A path without `..`.
pub fn path_without_backsteps(text: &str) -> Fault {
    text.split(['/', '\\']).any(|part| part == "..").then_some("must not contain `..`")
}

/// A relative path without `..`.
pub fn descending_path(text: &str) -> Fault {
    if text.starts_with('/') { Some("must be a relative path") } else { path_without_backsteps(text) }
}

/// A relative path that does not start with `..`, as for files in volumes.
pub fn volume_file(text: &str) -> Fault {
    match descending_path(text) {
        None if text.starts_with("..") => Some("must not start with `..`"),
        fault => fault,
    }
}

/// The name of a kernel setting.
pub fn sysctl(text: &str) -> Fault {
    let is_segment = |part: &str| is_framed(part, is_lower, |c| is_lower(c) || matches!(c, b'-' | b'_'));
    let is_valid = text.len() <= 253 && text.split(['.', '/']).all(is_segment);
    (!is_valid).then_some("must be the name of a kernel setting of at most 253 characters")
}

/// An IP network in CIDR notation.
pub fn cidr(text: &str) -> Fault {
    network(text).is_none().then_some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
}

/// An IP address.
pub fn ip(text: &str) -> Fault {
    address(text).is_none().then_some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
}

/// Returns the address in a text. Numbers may start with zeros, as the API server accepts them.
pub fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.bytes().all(|c| c.is_ascii_digit()))?;
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| IpAddr::from(octets))
}

/// Returns the address and the length of the prefix of an IP network.
pub fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (start, length) = text.split_once('/')?;
    let start = address(start)?;
    let length = length.parse().ok().filter(|_| length.bytes().all(|c| c.is_ascii_digit()))?;
    (length <= if start.is_ipv4() { 32 } else { 128 }).then_some((start, length))
}

/// Returns what is wrong with a prefix of names, to which more will be added: it may end with a hyphen.
pub fn prefix(text: &str, rule: Rule) -> Fault {
    match text.strip_suffix('-') {
        Some(start) if !start.is_empty() => rule(&format!("{start}a")),
        _ => rule(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: Rule, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), None, "{text:?}");
        }
        for text in bad {
            assert!(rule(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn names_of_objects() {
        let long = "a".repeat(64);
        check(dns_label, &["a", "a-1", "0"], &["", "-a", "a-", "A", "a.b", "a_b", "ü", &long]);
        check(dns_subdomain, &["a", "a.b-1", "0.1", &long], &["", "a..b", ".a", "a.", "A", "a b", "*.a"]);
        check(path_segment, &["a", "system:node", "A B"], &[".", "..", "a/b", "50%"]);
        check(host_name, &["a.b", "*.a.b"], &["*", "a.*.b", "*a.b", "A"]);
        assert_eq!(prefix("web-", dns_label), None);
        assert!(prefix("-", dns_label).is_some());
    }

    #[test]
    fn keys_and_values_of_labels() {
        let long = "a".repeat(64);
        check(label_value, &["", "a", "A_b.c-1"], &["-a", "a-", "ü", "a b", "a/b", &long]);
        check(qualified_name, &["a", "a.b/C_d", "a/b"], &["", "/a", "a/", "A/b", "a/b/c", "a b", &long]);
        check(annotation_key, &["A.b/C"], &["a b"]);
        check(prefixed_name, &["a/b"], &["a"]);
    }

    #[test]
    fn names_in_pods() {
        check(port_name, &["http", "a-1"], &["", "80", "HTTP", "a--b", "-a", "a-", "abcdefghijklmnop"]);
        check(environment_name, &["A", "a b", "1-x.y"], &["", "A=B", "ü", "\t"]);
        check(data_key, &["a", "A_b.c-d", "...a".trim_start_matches("..")], &["", ".", "..", "..a", "a/b", "a b"]);
        check(volume_file, &["a", "a/b", ".a"], &["/a", "../a", "a/../b", "..a"]);
        check(sysctl, &["net.ipv4.tcp_syncookies", "kernel/shm_rmid_forced"], &["", "A", "a..b"]);
    }

    #[test]
    fn addresses() {
        check(
            cidr,
            &["10.0.0.0/8", "10.1.2.3/0", "2001:db8::/64"],
            &["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/+8", ""],
        );
        check(ip, &["10.0.0.1", "010.0.0.1", "::1"], &["", "10.0.0", "10.0.0.256", "1.2.3.4.5", "a"]);
    }
}
