//! URLs of single files.

use super::percent::percent_decode;

/// Returns whether a path is the URL of a single file: whether Go's `url.Parse` accepts it, and the scheme is HTTP or HTTPS.
pub fn is_remote_file(path: &str) -> bool {
    let (location, fragment) = path.split_once('#').unwrap_or((path, ""));
    let Some((scheme, rest)) = location.split_once(':') else {
        return false;
    };
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !is_http || location.bytes().any(|byte| byte.is_ascii_control()) || percent_decode(fragment).is_none() {
        return false;
    }
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    let Some(after_slashes) = rest.strip_prefix("//") else {
        // A URL without an authority cannot be fetched, but is still a URL.
        return !rest.starts_with('/') || percent_decode(rest).is_some();
    };
    let (authority, path) = after_slashes.split_at(after_slashes.find('/').unwrap_or(after_slashes.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_user = user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte))
        && percent_decode(user).is_some();
    is_user && is_host(host) && percent_decode(path).is_some()
}

/// Returns whether Go accepts a host with its port.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if let Some(literal) = text.strip_prefix('[') {
        let Some((address, port)) = literal.rsplit_once(']') else {
            return false;
        };
        let (address, zone) = address.split_once("%25").unwrap_or((address, "zone"));
        return is_port(port) && !zone.is_empty() && address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
    // In a host, only bytes outside ASCII may be escaped as `%XX`.
    let has_valid_escapes = percent_decode(name).is_some()
        && name.split('%').skip(1).all(|escape| escape.starts_with("25") || escape.as_bytes()[0] >= b'8');
    is_port(port) && has_valid_escapes && !name.contains([' ', '[', '\\', '^', '`', '{', '|', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_files_have_a_scheme_and_are_urls() {
        for (path, expected) in [
            ("https://raw.githubusercontent.com/org/repo/main/a.yaml", true),
            ("http://host/a.yaml?x=y#z", true),
            ("HTTPS://host:8443/a", true),
            ("https:/host/a.yaml", true),
            ("https:a", true),
            ("https:", true),
            ("https://", true),
            ("https://user:p%40ss@host/a%20b", true),
            ("http://[::1]:80/a", true),
            ("http://[fe80::1%25eth0]/a", true),
            ("http://hé/é", true),
            ("http://h%C3%A9/", true),
            ("http://host/%-a", false),
            ("http://host/a#%-a", false),
            ("http://host/a?%-a", true),
            ("http://h%41/", false),
            ("http://ho st/", false),
            ("http://host:port/", false),
            ("http://a:1:2/", false),
            ("http://[::1/", false),
            ("http://[1.2.3.4]/", false),
            ("http://us er@host/", false),
            ("http://host/a\nb", false),
            ("http://host/a#b\nc", true),
            ("github.com/org/repo", false),
            ("ssh://git@github.com/org/repo.git", false),
            ("file:///a", false),
            ("xhttp://host/a", false),
            (" http://host/a", false),
            ("a/http://host/a", false),
            ("http", false),
            ("a.yaml", false),
            ("", false),
        ] {
            assert_eq!(is_remote_file(path), expected, "{path}");
        }
    }
}
