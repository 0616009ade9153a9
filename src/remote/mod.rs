//! Remote bases and files: which entries are URLs, and what they say. Nothing here looks at the world.
//!
//! Anything that is no URL by these rules is a local path, so they are kustomize's own, oddities included.

pub mod transport;

use crate::path::clean;
use crate::request::{GitRequest, Request};

/// A directory in a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoSpec {
    /// The URL as written.
    pub raw: String,
    /// What git clones.
    pub url: String,
    /// The part of it that is the path on the host.
    pub repository: String,
    /// The directory with the kustomization, inside the repository; empty for its root.
    pub path: String,
    /// A branch, a tag or a commit; the default branch if empty.
    pub reference: String,
    pub submodules: bool,
    pub timeout_seconds: u64,
}

impl RepoSpec {
    /// Returns the part of the URL in front of the path on the host: scheme, user, host and port.
    pub fn host(&self) -> &str {
        self.url.strip_suffix(&self.repository).unwrap_or(&self.url)
    }

    /// Returns the request for a clone.
    pub fn request(&self) -> Request {
        Request::Git(self.git_request())
    }

    /// Returns what the request is for.
    pub fn git_request(&self) -> GitRequest {
        GitRequest {
            url: self.url.clone(),
            reference: self.reference.clone(),
            submodules: self.submodules,
            timeout_seconds: self.timeout_seconds,
        }
    }
}

/// How long one run of git may take if the URL does not say.
const DEFAULT_TIMEOUT_SECONDS: u64 = 27;

const SSH: &str = "ssh://";
const HTTPS: &str = "https://";
const HTTP: &str = "http://";
const FILE: &str = "file://";

/// Reads a URL; `None` if it is none of a git repository.
///
/// The rules are those of kustomize's `NewRepoSpecFromURL`. A `git::` in front is dropped, as there. A `gh:` in front
/// means nothing any more.
pub fn parse(url: &str) -> Option<RepoSpec> {
    if url.starts_with('/') {
        return None;
    }
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    let query = Query::parse(query);
    let (host, rest) = split_host(location)?;
    let (repository, path) = split_path(rest, host.starts_with(FILE))?;
    Some(RepoSpec {
        raw: url.to_string(),
        url: format!("{host}{repository}"),
        repository: repository.to_string(),
        path: path.to_string(),
        reference: query.reference,
        submodules: query.submodules,
        timeout_seconds: query.timeout_seconds,
    })
}

/// Splits the scheme, the user and the host from the path. Those of github.com become the one spelling that works.
fn split_host(location: &str) -> Option<(String, &str)> {
    let location = strip_prefix_ignoring_case(location, "git::").unwrap_or(location);
    let (scheme, after_scheme) = [SSH, HTTPS, HTTP, FILE]
        .into_iter()
        .find_map(|scheme| Some((scheme, strip_prefix_ignoring_case(location, scheme)?)))
        .unwrap_or(("", location));
    let (user, after_user) = after_scheme.split_at(user_length(after_scheme));
    let is_github =
        ["github.com/", "github.com:"].iter().any(|host| strip_prefix_ignoring_case(after_user, host).is_some());
    // `user@host:path` has no scheme. Without a user it could as well be a local path.
    let is_scp_like = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !is_scp_like {
        return None;
    }
    if scheme == FILE {
        return Some((FILE.to_string(), after_scheme));
    }
    let slash = after_user.find('/');
    let colon = after_user.find(':').filter(|&colon| is_scp_like && (slash.is_none() || colon > 0));
    let separator = match (slash, colon) {
        (Some(slash), Some(colon)) => Some(slash.min(colon)),
        (slash, colon) => slash.or(colon),
    };
    let (host, rest) = separator.map_or((after_user, ""), |at| after_user.split_at(at + 1));
    if is_github && (scheme == SSH || !user.is_empty()) {
        return Some((format!("{user}github.com:"), rest));
    }
    if is_github {
        return Some((format!("{HTTPS}github.com/"), rest));
    }
    (!host.is_empty()).then(|| (format!("{scheme}{user}{host}"), rest))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Returns the length of a user's name with its `@` in front of a host, or zero. A password makes it something else.
fn user_length(text: &str) -> usize {
    let Some(at) = text.find('@') else {
        return 0;
    };
    let name = &text[..at];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_name { at + 1 } else { 0 }
}

/// Splits the repository from the directory in it: behind `_git/NAME`, at `//`, behind `.git`, or after two parts.
fn split_path(text: &str, is_file: bool) -> Option<(&str, &str)> {
    const AZURE: &str = "_git/";
    const SUFFIX: &str = ".git";
    let (repository, path) = if let Some(at) = text.find(AZURE) {
        let name = at + AZURE.len();
        split_at_slash(text, text[name..].find('/').map(|at| name + at))
    } else if let Some((repository, path)) = text.split_once("//") {
        (repository, path)
    } else if let Some(at) = text.find(SUFFIX) {
        text.split_at(at + SUFFIX.len())
    } else if is_file {
        (text, "")
    } else {
        let organisation = text.find('/')? + 1;
        split_at_slash(text, text[organisation..].find('/').map(|at| organisation + at))
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    let leaves = clean(path).split('/').next() == Some("..");
    (!repository.is_empty() && !leaves).then_some((repository, path))
}

fn split_at_slash(text: &str, slash: Option<usize>) -> (&str, &str) {
    slash.map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

/// What stands behind the `?`.
#[derive(Debug, PartialEq, Eq)]
struct Query {
    reference: String,
    submodules: bool,
    timeout_seconds: u64,
}

impl Query {
    /// Reads a query. What it cannot read has no effect; if a part of it is malformed, all of it has none.
    fn parse(text: &str) -> Query {
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
            reference: get("ref").or(get("version")).unwrap_or_default().to_string(),
            submodules: get("submodules").and_then(boolean).unwrap_or(true),
            timeout_seconds: get("timeout").and_then(seconds).unwrap_or(DEFAULT_TIMEOUT_SECONDS),
        }
    }
}

/// Reads a query as Go's `url.ParseQuery` does; `None` if any part is malformed.
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

/// Replaces `%XX` by the byte it stands for; `None` where a percent sign stands for none.
pub(crate) fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(bytes)
}

/// Reads a duration as Go writes it (`1m30s`, `1.5h`), in seconds, rounded up; `None` if it is none or not positive.
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
    /// Digits of a fraction that can matter.
    const PRECISION: usize = 18;
    let is_digit = |c: char| c.is_ascii_digit();
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (whole, after_whole) = rest.split_at(rest.find(|c| !is_digit(c))?);
        let (fraction, after) = match after_whole.strip_prefix('.') {
            Some(after_dot) => after_dot.split_at(after_dot.find(|c| !is_digit(c))?),
            None => ("", after_whole),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (unit, after_unit) = after.split_at(after.find(|c| c == '.' || is_digit(c)).unwrap_or(after.len()));
        let nanoseconds = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction: u128 = format!("{fraction:0<PRECISION$.PRECISION$}").parse().ok()?;
        total += u128::from(whole) * nanoseconds + fraction * nanoseconds / 10u128.pow(PRECISION as u32);
        if total > i64::MAX as u128 {
            return None;
        }
        rest = after_unit;
    }
    u64::try_from(total.div_ceil(1_000_000_000)).ok().filter(|&seconds| seconds > 0)
}

/// Returns whether a path is the URL of a single file: whether Go's `url.Parse` reads it, and its scheme is HTTP's.
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
        // Without an authority it cannot be fetched, but it is a URL.
        return !rest.starts_with('/') || percent_decode(rest).is_some();
    };
    let (authority, path) = after_slashes.split_at(after_slashes.find('/').unwrap_or(after_slashes.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_user = user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte))
        && percent_decode(user).is_some();
    is_user && is_host(host) && percent_decode(path).is_some()
}

/// Returns whether Go takes a host with its port.
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
    // In a host only what is not ASCII may be written as `%XX`.
    let escapes_are_fine = percent_decode(name).is_some()
        && name.split('%').skip(1).all(|escape| escape.starts_with("25") || escape.as_bytes()[0] >= b'8');
    is_port(port) && escapes_are_fine && !name.contains([' ', '[', '\\', '^', '`', '{', '|', '}'])
}

/// The words in names of parameters of URLs whose values are secret, as signed URLs have them.
const SECRET_PARAMETERS: [&str; 9] = ["auth", "credential", "jwt", "key", "passw", "secret", "session", "sig", "token"];

/// Returns a text with `***` for the user and the password of every URL in it, and for tokens and signatures in its query. A
/// user alone stays where it is no secret: `ssh://git@host`.
pub fn without_credentials(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        masked.push_str(before);
        let url_end = after.find(|c: char| c.is_whitespace()).unwrap_or(after.len());
        let host_end = after[..url_end].find(['/', '?', '#']).unwrap_or(url_end);
        // A password with a slash in it is a mistake, but a secret one. A port has only digits.
        let is_password = |text: &str| !text.is_empty() && !text.bytes().all(|byte| byte.is_ascii_digit());
        let has_password = after[..host_end].split_once(':').is_some_and(|(_, behind)| is_password(behind));
        let at_sign = after[..url_end].rfind('@').filter(|_| has_password && !after[..host_end].contains(['@', '[']));
        let end = at_sign
            .map_or(host_end, |at| after[at..url_end].find(['/', '?', '#']).map_or(url_end, |length| at + length));
        let (authority, after_authority) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) if user.contains(':') || !before.to_ascii_lowercase().ends_with(SSH) => {
                masked.push_str("***@");
                masked.push_str(host);
            }
            _ => masked.push_str(authority),
        }
        rest = &after_authority[mask_query(&after_authority[..url_end - end], &mut masked)..];
    }
    masked.push_str(rest);
    masked
}

/// Adds the rest of a URL, up to its fragment or another URL in it, without the values that are secret. Returns its length.
fn mask_query(rest: &str, masked: &mut String) -> usize {
    let end = rest.find("://").unwrap_or(rest.len());
    let Some((path, query)) = rest[..end].split_once('?') else { return 0 };
    masked.push_str(path);
    for (at, parameter) in query.split('&').enumerate() {
        masked.push(if at == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, value)) if is_secret_parameter(name) => {
                // A quote may stand behind the URL.
                let quotes = value.len() - value.trim_end_matches(['`', '\'', '"', ')', ',', '.', ':', ';']).len();
                masked.push_str(&format!("{name}=***{}", &value[value.len() - quotes..]));
            }
            _ => masked.push_str(parameter),
        }
    }
    end
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns URL, path and reference.
    fn parts(url: &str) -> Option<(String, String, String)> {
        parse(url).map(|spec| (spec.url, spec.path, spec.reference))
    }

    #[test]
    fn repositories_are_recognised() {
        for (url, repository, path, reference) in [
            // Two parts are the repository, unless something says otherwise.
            ("https://host/org/repo", "https://host/org/repo", "", ""),
            ("https://host/org/repo/", "https://host/org/repo", "", ""),
            ("https://host/org/repo/a/b", "https://host/org/repo", "a/b", ""),
            ("https://host/org/", "https://host/org/", "", ""),
            ("http://host/org/repo/a", "http://host/org/repo", "a", ""),
            ("ssh://host:7999/org/repo/a", "ssh://host:7999/org/repo", "a", ""),
            (
                "https://git-codecommit.us-east-2.amazonaws.com/org/repo/a?ref=b",
                "https://git-codecommit.us-east-2.amazonaws.com/org/repo",
                "a",
                "b",
            ),
            ("https://host.visualstudio.com/org/repo?ref=b", "https://host.visualstudio.com/org/repo", "", "b"),
            ("https://host/org/repo/%-no-escape/b", "https://host/org/repo", "%-no-escape/b", ""),
            // Two slashes.
            ("https://host/a/b/c//d/e", "https://host/a/b/c", "d/e", ""),
            ("https://host/a/b/c//d/e/?ref=v1.0.6", "https://host/a/b/c", "d/e/", "v1.0.6"),
            ("https://host/a///b", "https://host/a", "b", ""),
            ("https://host/a////b", "https://host/a", "/b", ""),
            ("https://host/a//b//c", "https://host/a", "b//c", ""),
            ("https://host/a//b/../c", "https://host/a", "b/../c", ""),
            ("ssh://alice@host/a/b//c", "ssh://alice@host/a/b", "c", ""),
            ("https://host//a", "https://host//a", "", ""),
            ("https:///org/repo/a", "https:///org/repo", "a", ""),
            // `.git`.
            ("https://host/a/b/c.git", "https://host/a/b/c.git", "", ""),
            ("https://host/a/b/c.git/d/e", "https://host/a/b/c.git", "d/e", ""),
            ("https://host/a/b/c.git//d/e", "https://host/a/b/c.git", "d/e", ""),
            ("https://host/a.git", "https://host/a.git", "", ""),
            ("https://host/a.github/b", "https://host/a.git", "hub/b", ""),
            ("ssh://me@host/a/b.git//c?ref=d", "ssh://me@host/a/b.git", "c", "d"),
            ("ssh://git@ssh.github.com:443/A-B/C.git", "ssh://git@ssh.github.com:443/A-B/C.git", "", ""),
            // `_git` of Azure.
            ("https://host/a/b/_git/c", "https://host/a/b/_git/c", "", ""),
            ("https://host/a/b/_git/c/d/e?version=v1", "https://host/a/b/_git/c", "d/e", "v1"),
            ("https://user@dev.azure.com/a/b/_git/c//d/e", "https://user@dev.azure.com/a/b/_git/c", "d/e", ""),
            ("https://org.visualstudio.com/a/_git/c.git/d", "https://org.visualstudio.com/a/_git/c.git", "d", ""),
            // The query is no part of the path.
            ("https://host/org/repo?ref=group/version", "https://host/org/repo", "", "group/version"),
            ("https://host/org/repo/?ref=a_git/b", "https://host/org/repo", "", "a_git/b"),
            ("https://host/org/repo/?ref=a.git/b", "https://host/org/repo", "", "a.git/b"),
            ("https://host/org/repo?ref=a//b", "https://host/org/repo", "", "a//b"),
            // `git::` is dropped once.
            ("git::https://host/org/repo", "https://host/org/repo", "", ""),
            ("GIT::https://host/a/_git/b", "https://host/a/_git/b", "", ""),
            ("git::git@github.com:org/repo", "git@github.com:org/repo", "", ""),
            // github.com in all spellings.
            ("github.com/org/repo", "https://github.com/org/repo", "", ""),
            ("gitHub.com/org/repo/a?ref=b", "https://github.com/org/repo", "a", "b"),
            ("github.com:org/repo", "https://github.com/org/repo", "", ""),
            ("http://github.com/org/repo.git/a", "https://github.com/org/repo.git", "a", ""),
            ("hTTps://github.com/org/repo", "https://github.com/org/repo", "", ""),
            ("https://github.com/org/repo//a/b?ref=c", "https://github.com/org/repo", "a/b", "c"),
            ("git@github.com:org/repo.git/a", "git@github.com:org/repo.git", "a", ""),
            ("git@github.com/org/repo/a", "git@github.com:org/repo", "a", ""),
            ("ssh://git@github.com/org/repo//a?ref=b", "git@github.com:org/repo", "a", "b"),
            ("ssh://github.com/org/repo", "github.com:org/repo", "", ""),
            ("https://git@github.com/org/repo", "git@github.com:org/repo", "", ""),
            ("org-12345@github.com:org/repo", "org-12345@github.com:org/repo", "", ""),
            ("ssh://org-12345@github.com/org/repo", "org-12345@github.com:org/repo", "", ""),
            ("https://user:word@github.com/org/repo", "https://user:word@github.com/org/repo", "", ""),
            ("https://gist.github.com/0123abcd.git", "https://gist.github.com/0123abcd.git", "", ""),
            // `user@host:path`.
            ("git@host:org/repo", "git@host:org/repo", "", ""),
            ("git@host:org/repo.git//a?ref=b", "git@host:org/repo.git", "a", "b"),
            ("git@host:a/b/c.git?ref=v0.1.0", "git@host:a/b/c.git", "", "v0.1.0"),
            ("git@gist.github.com:0123abcd.git", "git@gist.github.com:0123abcd.git", "", ""),
            ("git@host/org/repo.git//a", "git@host/org/repo.git", "a", ""),
            ("git@host/user:name/repo.git/a", "git@host/user:name/repo.git", "a", ""),
            // Users and passwords stay.
            ("http://git@host/a/b.git//c", "http://git@host/a/b.git", "c", ""),
            ("https://user:word@host/org/repo/a", "https://user:word@host/org/repo", "a", ""),
            // All of a file's path is the repository.
            ("file:///a/b/c", "file:///a/b/c", "", ""),
            ("file:///", "file:///", "", ""),
            ("file://a/b/c?ref=d", "file://a/b/c", "", "d"),
            ("file://a/b/c//d?ref=e", "file://a/b/c", "d", "e"),
            ("file://a/b/c.git/d?ref=e", "file://a/b/c.git", "d", "e"),
            ("file://git@home/a/b.git//c", "file://git@home/a/b.git", "c", ""),
            ("FILE:///a//b", "file:///a", "b", ""),
        ] {
            let expected = (repository.to_string(), path.to_string(), reference.to_string());
            assert_eq!(parts(url), Some(expected), "{url}");
            assert_eq!(parse(url).map(|spec| spec.raw).as_deref(), Some(url));
        }
    }

    #[test]
    fn all_ways_of_writing_hosts_paths_and_references_combine() {
        let hosts = [
            ("gitHub.com/", "https://github.com/"),
            ("github.com:", "https://github.com/"),
            ("http://github.com/", "https://github.com/"),
            ("ssh://git.example.com:7999/", "ssh://git.example.com:7999/"),
            ("git::https://gitlab.com/", "https://gitlab.com/"),
            ("git::http://git.example.com/", "http://git.example.com/"),
            ("git@github.com:", "git@github.com:"),
            ("git::git@github.com/", "git@github.com:"),
            ("org-12345@github.com/", "org-12345@github.com:"),
        ];
        for (host, expected) in hosts {
            for path in ["", "README.md", "foo/krusty.txt"] {
                for reference in ["", "group/version", "v0.1.0"] {
                    let separator = if path.is_empty() { "" } else { "/" };
                    let query = if reference.is_empty() { "" } else { "?ref=" };
                    let url = format!("{host}org/repo{separator}{path}{query}{reference}");
                    let parsed = parts(&url);
                    let expected = (format!("{expected}org/repo"), path.to_string(), reference.to_string());
                    assert_eq!(parsed, Some(expected), "{url}");
                }
            }
        }
    }

    #[test]
    fn everything_else_is_a_local_path() {
        for path in [
            "",
            "/tmp",
            "/github.com/org/repo",
            "../../tmp",
            "base",
            "iauhsdiuashduas",
            "src/github.com/org/repo/path",
            "./github.com/org/repo",
            "host:org/repo",
            "1user@host:org/repo",
            "user.name@host:org/repo",
            "user:word@host:org/repo",
            "htxxxtp://github.com/",
            "ftp://host/org/repo",
            "git://host/org/repo",
            "https:/host/org/repo",
            "git::___",
            "git::git::https://host/org/repo",
            "gh:org/repo",
            "ext::sh -c x",
            "github.com!org/repo.git//path",
            "github.com",
            "github.com/",
            "github.com/org",
            "https://github.com/thisisa404.yaml",
            "https://",
            "ssh://git.example.com",
            "https://host/org",
            "https://host?ref=group/version/minor_version",
            "git@host",
            "git@",
            "git@scp://github.com/org/repo.git//path",
            "git@ssh://github.com/org/repo.git//path",
            "file://",
            "file:////tmp//path/to/whatever",
            "https://github.com/org/repo.git//path/../../exits/repo",
            "https://host/org/repo//..",
            "https://host/org/repo/../../a",
            "hĀttps://host/org/repo",
            "é",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn queries_are_read_as_in_go() {
        let query = |reference: &str, submodules, timeout_seconds| Query {
            reference: reference.to_string(),
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
            // One malformed part spoils all.
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
    fn durations_are_read_as_in_go() {
        for (text, expected) in [
            ("1s", Some(1)),
            ("1.5h", Some(5400)),
            ("1h2m3s", Some(3723)),
            ("3s1m", Some(63)),
            (".5m", Some(30)),
            ("2.m", Some(120)),
            // What is left of a second counts as one.
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

    #[test]
    fn credentials_are_masked() {
        for (text, expected) in [
            ("https://user:word@host/org", "https://***@host/org"),
            ("https://token@host/org", "https://***@host/org"),
            ("https://user:wo/rd@host/org", "https://***@host/org"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("get `https://host/a?token=b`: no", "get `https://host/a?token=***`: no"),
            (
                "https://host/a?ref=b&X-Amz-Signature=c https://d?sig=e",
                "https://host/a?ref=b&X-Amz-Signature=*** https://d?sig=***",
            ),
            ("https://host/a?ref=b&timeout=3", "https://host/a?ref=b&timeout=3"),
            ("https://a?b=https://c:d@e", "https://a?b=https://***@e"),
            ("https://user:p@ss'w@host/org", "https://***@host/org"),
            ("ssh://git@host/org", "ssh://git@host/org"),
            ("ssh://git:word@host/org", "ssh://***@host/org"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://host?a@b", "https://host?a@b"),
            ("git@host:org/repo", "git@host:org/repo"),
            ("cannot get 'http://a:b@c' or http://d:e@f/g: no", "cannot get 'http://***@c' or http://***@f/g: no"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }
}
