//! Remote bases and files: recognizes and parses URLs. Nothing here accesses the network.
//!
//! Anything that is not a URL by these rules is a local path, so the rules are exactly those of kustomize.

mod credentials;
mod file_url;
mod percent;
mod query;
pub mod transport;

use crate::path::clean;
use crate::request::{GitRequest, Request};

use query::Query;

pub use credentials::{credentials_in, without_credentials};
pub use file_url::is_remote_file;
pub use percent::percent_decode;

/// A directory in a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoSpec {
    /// The URL as written.
    pub raw: String,
    /// The URL that git clones.
    pub url: String,
    /// The part of `url` that is the path on the host.
    pub repository: String,
    /// The directory of the kustomization inside the repository; empty for the root.
    pub path: String,
    /// A branch, a tag or a commit; the default branch if empty.
    pub git_ref: String,
    pub submodules: bool,
    pub timeout_seconds: u64,
}

impl RepoSpec {
    /// Returns the part of the URL before the path on the host: scheme, user, host and port.
    pub fn host(&self) -> &str {
        self.url.strip_suffix(&self.repository).unwrap_or(&self.url)
    }

    /// Returns the request for a clone.
    pub fn request(&self) -> Request {
        Request::Git(self.git_request())
    }

    /// Returns the git request for a clone.
    pub fn git_request(&self) -> GitRequest {
        GitRequest {
            url: self.url.clone(),
            git_ref: self.git_ref.clone(),
            submodules: self.submodules,
            timeout_seconds: self.timeout_seconds,
        }
    }
}

/// Returns the URL of the directory whose web page on GitHub a URL names: `.../org/repo/tree/main/path`.
pub fn of_web_page(spec: &RepoSpec) -> Option<String> {
    let mut parts = spec.path.trim_matches('/').splitn(3, '/');
    parts.next().filter(|part| matches!(*part, "tree" | "blob"))?;
    let git_ref = parts.next()?;
    let repository = without_credentials(&spec.url);
    let repository = repository.trim_end_matches('/').trim_end_matches(".git");
    Some(match parts.next() {
        Some(path) => format!("{repository}//{path}?ref={git_ref}"),
        None => format!("{repository}?ref={git_ref}"),
    })
}

const SSH: &str = "ssh://";
const HTTPS: &str = "https://";
const HTTP: &str = "http://";
const FILE: &str = "file://";

/// Parses the URL of a git repository; `None` if it is not one.
///
/// The rules are those of kustomize's `NewRepoSpecFromURL`, which removes the prefix `git::`, and no longer supports the
/// prefix `gh:`.
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
        git_ref: query.git_ref,
        submodules: query.submodules,
        timeout_seconds: query.timeout_seconds,
    })
}

/// Splits the scheme, user and host from the path. For github.com, they are normalized.
fn split_host(location: &str) -> Option<(String, &str)> {
    let location = strip_prefix_ignoring_case(location, "git::").unwrap_or(location);
    let (scheme, after_scheme) = [SSH, HTTPS, HTTP, FILE]
        .into_iter()
        .find_map(|scheme| Some((scheme, strip_prefix_ignoring_case(location, scheme)?)))
        .unwrap_or(("", location));
    let (user, after_user) = after_scheme.split_at(user_length(after_scheme));
    let is_github =
        ["github.com/", "github.com:"].iter().any(|host| strip_prefix_ignoring_case(after_user, host).is_some());
    // `user@host:path` has no scheme. Without a user it could also be a local path.
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

/// Returns the length of the user before a host, including the `@`; zero if there is none or if it has a password.
fn user_length(text: &str) -> usize {
    let Some(at) = text.find('@') else {
        return 0;
    };
    let name = &text[..at];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_name { at + 1 } else { 0 }
}

/// Splits the repository from the directory in it: after `_git/NAME`, at `//`, after `.git`, or after two segments.
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
        let organization = text.find('/')? + 1;
        split_at_slash(text, text[organization..].find('/').map(|at| organization + at))
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    let is_outside = clean(path).split('/').next() == Some("..");
    (!repository.is_empty() && !is_outside).then_some((repository, path))
}

fn split_at_slash(text: &str, slash: Option<usize>) -> (&str, &str) {
    slash.map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns URL, path and git ref.
    fn parts(url: &str) -> Option<(String, String, String)> {
        parse(url).map(|spec| (spec.url, spec.path, spec.git_ref))
    }

    #[test]
    fn repositories_are_recognized() {
        for (url, repository, path, git_ref) in [
            // By default the repository has two segments.
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
            // The query is not part of the path.
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
            // Users and passwords are preserved.
            ("http://git@host/a/b.git//c", "http://git@host/a/b.git", "c", ""),
            ("https://user:word@host/org/repo/a", "https://user:word@host/org/repo", "a", ""),
            // The repository is the entire path of a file URL.
            ("file:///a/b/c", "file:///a/b/c", "", ""),
            ("file:///", "file:///", "", ""),
            ("file://a/b/c?ref=d", "file://a/b/c", "", "d"),
            ("file://a/b/c//d?ref=e", "file://a/b/c", "d", "e"),
            ("file://a/b/c.git/d?ref=e", "file://a/b/c.git", "d", "e"),
            ("file://git@home/a/b.git//c", "file://git@home/a/b.git", "c", ""),
            ("FILE:///a//b", "file:///a", "b", ""),
        ] {
            let expected = (repository.to_string(), path.to_string(), git_ref.to_string());
            assert_eq!(parts(url), Some(expected), "{url}");
            assert_eq!(parse(url).map(|spec| spec.raw).as_deref(), Some(url));
        }
    }

    #[test]
    fn all_forms_of_hosts_paths_and_refs_combine() {
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
                for git_ref in ["", "group/version", "v0.1.0"] {
                    let separator = if path.is_empty() { "" } else { "/" };
                    let query = if git_ref.is_empty() { "" } else { "?ref=" };
                    let url = format!("{host}org/repo{separator}{path}{query}{git_ref}");
                    let parsed = parts(&url);
                    let expected = (format!("{expected}org/repo"), path.to_string(), git_ref.to_string());
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
}
