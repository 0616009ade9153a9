//! The paths of copies of remote files and directories. The layout is that of kustomize.

use crate::path::{base_name, clean, join};
use crate::remote::{RepoSpec, percent_decode};

/// The directory for remote content, next to the kustomization file.
pub const REMOTE_DIRECTORY: &str = "localized-files";

/// The subdirectory for repositories on this machine, which have no host.
const FILE_SCHEME_DIRECTORY: &str = "file-schemed";

/// Returns the default name of the new directory. `directory` is the target, and `spec` is its repository if it is remote;
/// `is_root` is true if the target is the root of the repository.
pub fn default_name(directory: &str, spec: Option<&RepoSpec>, is_root: bool) -> String {
    match (spec, base_name(directory)) {
        (Some(spec), base) => {
            let name = if is_root { base_name(&spec.repository) } else { base };
            format!("localized-{name}-{}", spec.git_ref.replace('/', "-"))
        }
        (None, "/") => "localized".to_string(),
        (None, name) => format!("localized-{name}"),
    }
}

/// Returns the path of the copy of a remote file: the host and path of its URL, without user, port and query.
pub fn file_path(url: &str) -> String {
    let location = url.split(['#', '?']).next().unwrap_or_default();
    let rest = location.split_once("://").map_or("", |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    clean(&format!("{REMOTE_DIRECTORY}/{}/{}", host_name(authority), inside(&escaped(path))))
}

/// Returns the path of the copy of a remote directory: host, path of the repository, git ref, and `in_repository`, the path
/// of the directory in the repository.
pub fn directory_path(spec: &RepoSpec, in_repository: &str) -> String {
    let host = match spec.host().split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("file") => FILE_SCHEME_DIRECTORY.to_string(),
        Some((_, authority)) => host_name(authority),
        None => host_name(spec.host()),
    };
    let repository = spec.repository.strip_suffix(".git").unwrap_or(&spec.repository);
    let parts = [REMOTE_DIRECTORY, &host, &inside(repository), &inside(&spec.git_ref), in_repository];
    clean(&parts.join("/"))
}

/// Returns a relative path without leading `..` segments.
fn inside(path: &str) -> String {
    join("/", path.trim_start_matches('/')).trim_start_matches('/').to_string()
}

/// Returns the host name in `user@name:port/`.
fn host_name(authority: &str) -> String {
    let host = authority.trim_end_matches(['/', ':']);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if let Some((address, _)) = host.strip_prefix('[').and_then(|address| address.split_once(']')) {
        return address.to_string();
    }
    let host = host.split_once(':').map_or(host, |(name, _)| name);
    // A host must not lead to another directory.
    if matches!(host, "." | "..") { String::new() } else { host.to_string() }
}

/// Returns the path of a URL like Go's `URL.EscapedPath`: unchanged if it is a valid encoding, otherwise with `%XX` escapes.
fn escaped(path: &str) -> String {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/[]%".contains(&byte);
    if path.bytes().all(is_valid) {
        return path.to_string();
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$&+,/:;=@".contains(&byte);
    let bytes = percent_decode(path).unwrap_or_else(|| path.as_bytes().to_vec());
    bytes
        .into_iter()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::parse;

    #[test]
    fn files_are_below_their_hosts() {
        for (url, path) in [
            (
                "https://raw.githubusercontent.com/org/repo/ref/a/file.yaml",
                "raw.githubusercontent.com/org/repo/ref/a/file.yaml",
            ),
            ("http://user@host:1234/path/file?query", "host/path/file"),
            ("https://host", "host"),
            ("https://host//", "host"),
            ("https://host/file%2Eyaml", "host/file%2Eyaml"),
            ("https://host/a b", "host/a%20b"),
            ("https://host/path/blah/../to/foo/bar/../../file/./", "host/path/to/file"),
            ("https://host/foo/bar/../../../../file", "host/file"),
            ("https://[2001:4860:4860::8888]/file.yaml", "2001:4860:4860::8888/file.yaml"),
            ("https://../../a", "a"),
            ("https://host/.../.file", "host/.../.file"),
        ] {
            assert_eq!(file_path(url), format!("localized-files/{path}"), "{url}");
        }
    }

    #[test]
    fn directories_are_below_host_repository_and_ref() {
        for (url, path) in [
            ("ssh://git@github.com/org/repo//a?ref=value", "github.com/org/repo/value"),
            ("git@github.com:org/repo//a?ref=value", "github.com/org/repo/value"),
            ("https://gitlab.com/org/repo//a?ref=value", "gitlab.com/org/repo/value"),
            ("file:///var/run/repo//a?ref=value", "file-schemed/var/run/repo/value"),
            ("https://[2001:4860:4860::8888]/org/repo//a?ref=value", "2001:4860:4860::8888/org/repo/value"),
            ("https://localhost.com:8080/org/repo//a?ref=value", "localhost.com/org/repo/value"),
            ("https://github.com/repo//a?ref=value", "github.com/repo/value"),
            ("https://github.com/org1/org2/repo.git//a?ref=value", "github.com/org1/org2/repo/value"),
            ("https://github.com/./../org/../org/repo.git//a?ref=value", "github.com/org/repo/value"),
            ("https://gitlab.com/org./repo..git//a?ref=value", "gitlab.com/org./repo./value"),
            ("https://gitlab.com/org/repo//a?ref=group/version/kind", "gitlab.com/org/repo/group/version/kind"),
            ("https://gitlab.com/org/repo//a?ref=../../..", "gitlab.com/org/repo"),
        ] {
            let spec = parse(url).expect("it is a repository");
            assert_eq!(directory_path(&spec, "a"), format!("localized-files/{path}/a"), "{url}");
        }
    }

    #[test]
    fn copies_are_named_after_their_targets() {
        let spec = parse("https://github.com/org/repo//?ref=group/version");
        assert_eq!(default_name("/tmp/x", spec.as_ref(), true), "localized-repo-group-version");
        assert_eq!(default_name("/tmp/x/app", spec.as_ref(), false), "localized-app-group-version");
        assert_eq!(default_name("/tmp/app", None, false), "localized-app");
        assert_eq!(default_name("/", None, false), "localized");
    }
}
