//! Validates URLs passed to git. Nothing here accesses the network.
//!
//! URLs and git refs come from the tree, and become arguments of a program that accepts much more than is intended: options,
//! transports that run commands, and disguised host names.

use crate::request::GitRequest;

/// The allowed transports. `ext` would run a command from the tree.
pub const PROTOCOLS: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// Returns the arguments with which git fetches the repository of a request.
///
/// # Errors
/// Fails if the URL or the git ref must not be passed to git, with the reason.
pub fn fetch_arguments(request: &GitRequest) -> Result<[&str; 6], String> {
    check_url(&request.url)?;
    check_argument(&request.git_ref, "the ref")?;
    let git_ref = if request.git_ref.is_empty() { "HEAD" } else { &request.git_ref };
    Ok(["fetch", "--quiet", "--depth=1", "--", &request.url, git_ref])
}

/// Checks an argument of git: it must not look like an option, or contain characters that control a terminal.
///
/// # Errors
/// Fails with the reason. `what` names the argument.
pub fn check_argument(argument: &str, what: &str) -> Result<(), String> {
    if argument.starts_with('-') {
        return Err(format!("{what} looks like an option"));
    }
    if argument.contains(char::is_control) {
        return Err(format!("{what} contains a control character"));
    }
    Ok(())
}

fn check_url(url: &str) -> Result<(), String> {
    check_argument(url, "the URL")?;
    let (scheme, rest) = split_scheme(url);
    let is_known = if scheme.is_empty() { is_scp_like(rest) } else { PROTOCOLS.contains(&scheme) };
    if !is_known {
        return Err(format!("its transport is not one of {}", PROTOCOLS.join(", ")));
    }
    let Some(host) = host(url) else { return Ok(()) };
    if host.starts_with('-') || authority(scheme, rest).starts_with('-') {
        return Err("its host looks like an option".to_string());
    }
    // git decodes the entire URL for ssh before it looks for the host; curl decodes the host.
    if host.contains('%') || matches!(scheme, "ssh" | "git") && authority(scheme, rest).contains('%') {
        return Err("its host contains an escape sequence".to_string());
    }
    if host.contains(['[', '\\', '@']) || host.contains(char::is_whitespace) {
        return Err("its host is malformed".to_string());
    }
    Ok(())
}

/// Returns whether a text is `user@host:path`, the only form without a scheme. Without the colon it would be a directory,
/// and only git interprets brackets in the path as the host.
fn is_scp_like(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let host_and_path = match rest.strip_prefix('[') {
        Some(literal) => literal.split_once("]:"),
        None => rest.split_once(':'),
    };
    let has_host = host_and_path.is_some_and(|(host, _)| !host.is_empty() && !host.contains(['/', ']', '@']));
    let is_user = |user: &str| user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !user.is_empty() && is_user(user) && has_host && !rest.contains("@[") && !rest.contains("://")
}

/// Returns the host of a URL or of `user@host:path`; `None` for a repository on this machine.
pub fn host(url: &str) -> Option<&str> {
    let (scheme, rest) = split_scheme(url);
    if scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let authority = authority(scheme, rest);
    let host = match scheme {
        // The path starts at the first colon, and may look as if it contained users and hosts.
        "" => authority.split_once('@').map_or(authority, |(_, host)| host),
        _ => authority.rsplit_once('@').map_or(authority, |(_, host)| host),
    };
    Some(match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    })
}

/// Splits a URL after its scheme, which is empty if there is none.
fn split_scheme(url: &str) -> (&str, &str) {
    let is_scheme = |scheme: &str| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", url))
}

/// Returns user, host and port of the part after a scheme. git's own transports give no meaning to `?` and `#`.
fn authority<'a>(scheme: &str, rest: &'a str) -> &'a str {
    let ends: &[char] = if matches!(scheme, "" | "ssh" | "git") { &['/'] } else { &['/', '?', '#'] };
    rest.split(ends).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(url: &str, git_ref: &str) -> Result<Vec<String>, String> {
        let (url, reference) = (url.to_string(), git_ref.to_string());
        let request = GitRequest { url, git_ref: reference, submodules: false, timeout_seconds: 1 };
        fetch_arguments(&request).map(|arguments| arguments.map(ToString::to_string).to_vec())
    }

    #[test]
    fn git_gets_neither_options_nor_commands() {
        let valid = arguments("https://host/org/repo", "").expect("it may be fetched");
        assert_eq!(valid, ["fetch", "--quiet", "--depth=1", "--", "https://host/org/repo", "HEAD"]);
        for (url, expected) in [
            ("git@host:org/repo", None),
            ("git@[::1]:org/repo", None),
            ("ssh://git@host:22/org/repo", None),
            ("https://us%40er:word@host/org", None),
            ("file:///a%20b", None),
            ("--upload-pack=x", Some("looks like an option")),
            ("ext::sh -c x", Some("transport")),
            ("ext://x", Some("transport")),
            ("a+b@host:x", Some("transport")),
            ("git@host/org/repo", Some("transport")),
            ("git@host:x@[other]:y", Some("transport")),
            ("git@[::1]x/y", Some("transport")),
            ("git@host:a://other/x", Some("transport")),
            ("/org/repo", Some("transport")),
            ("git@-oProxyCommand=x:y", Some("its host looks")),
            ("ssh://-oProxyCommand=x/y", Some("its host looks")),
            ("ssh://git@-oProxyCommand=x/y", Some("its host looks")),
            ("ssh://%2doProxyCommand=x/y", Some("escape")),
            ("ssh://other%2F@host/x", Some("escape")),
            ("https://other%2f.host/x", Some("escape")),
            ("https://[[host/x", Some("malformed")),
            ("https://other\\.host/x", Some("malformed")),
            ("https://host/\u{7}", Some("control character")),
        ] {
            let reason = arguments(url, "main").err();
            assert_eq!(reason.is_some(), expected.is_some(), "{url}: {reason:?}");
            assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()), "{url}");
        }
        for git_ref in ["--output=x", "-x", "a\nb"] {
            assert!(arguments("https://host/org/repo", git_ref).is_err(), "{git_ref}");
        }
    }

    #[test]
    fn the_host_is_the_one_that_git_contacts() {
        for (url, expected) in [
            ("https://host/path", Some("host")),
            ("HTTPS://user:word@host:80?x@y", Some("host")),
            ("https://host#@other", Some("host")),
            ("http://[::1]:80/x", Some("::1")),
            ("git@host:org/repo", Some("host")),
            ("git@[::1]:org/repo", Some("::1")),
            ("git@host:x@other/org", Some("host")),
            ("git@host:a://other/org", Some("host")),
            ("ssh://a:b@host/x", Some("host")),
            ("ssh://other#@host/x", Some("host")),
            ("FILE:///a", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
