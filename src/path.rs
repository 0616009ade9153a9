//! Lexical operations on paths, without access to the file system.

/// Returns the shortest equivalent path. `..` is resolved lexically.
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_string(),
        (false, false) => joined,
    }
}

/// Resolves a path relative to the directory `root`, and returns the clean result.
pub fn join(root: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { clean(&format!("{root}/{path}")) }
}

/// Returns the relative path from a directory to a path. Both must be absolute and clean.
pub fn relative(path: &str, directory: &str) -> String {
    let (path, directory): (Vec<&str>, Vec<&str>) = (names(path).collect(), names(directory).collect());
    let shared = path.iter().zip(&directory).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", directory.len() - shared);
    let joined: Vec<&str> = up.chain(path[shared..].iter().copied()).collect();
    if joined.is_empty() { ".".to_string() } else { joined.join("/") }
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// Returns a path that no program interprets as an option.
pub fn as_argument(path: String) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path }
}

/// Returns whether `path` is `directory` or is inside it.
pub fn is_within(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the last component of a path, as Go's `path.Base` does.
pub fn base_name(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("") if path.starts_with('/') => "/",
        Some("") | None => ".",
        Some(name) => name,
    }
}

/// Returns whether a path names a `.git` or anything below one, which may contain credentials and settings. All spellings count
/// that some file system takes for the same name, as in git itself.
pub fn belongs_to_git(path: &str) -> bool {
    path.split(['/', std::path::MAIN_SEPARATOR]).any(is_git_directory)
}

/// Returns whether a file system may take a name for `.git`.
pub fn is_git_directory(name: &str) -> bool {
    // HFS+ ignores these characters.
    let is_ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    // NTFS ignores case, and what follows a colon is the name of a stream.
    let mut letters = name.chars().filter(|c| !is_ignored(c)).map(|c| c.to_ascii_lowercase()).take_while(|c| *c != ':');
    match [letters.next(), letters.next(), letters.next(), letters.next()] {
        // Windows ignores spaces and dots at the end.
        [Some('.'), Some('g'), Some('i'), Some('t')] => letters.all(|c| matches!(c, '.' | ' ')),
        // The short name.
        [Some('g'), Some('i'), Some('t'), Some('~')] => {
            letters.next().is_some_and(|c| c.is_ascii_digit())
                && letters.all(|c| c.is_ascii_digit() || matches!(c, '.' | ' '))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_in_go() {
        for (path, expected) in [
            ("/a/../b/./c/", "/b/c"),
            ("../a/..", ".."),
            ("", "."),
            ("/..", "/"),
            ("a//b", "a/b"),
            ("../../x", "../../x"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
        for (path, directory, expected) in
            [("/a/b", "/a", "b"), ("/a/b", "/a/c/d", "../../b"), ("/a", "/a", "."), ("/", "/a", ".."), ("/a", "/", "a")]
        {
            assert_eq!(relative(path, directory), expected, "{path} from {directory}");
        }
        assert_eq!(["-a/b", "--", "a/-b"].map(|path| as_argument(path.into())), ["./-a/b", "./--", "a/-b"]);
        assert!(is_within("/a/b", "/a"));
        assert!(is_within("/a", "/"));
        assert!(!is_within("/ab", "/a"));
        assert_eq!(base_name("a/b.txt"), "b.txt");
    }

    #[test]
    fn all_spellings_of_git_directories_are_recognized() {
        for path in [
            ".git",
            "/a/.git",
            "/a/.git/config",
            "a/.GIT/x",
            ".Git.",
            ".git. .",
            ".git ",
            ".git::$INDEX_ALLOCATION",
            ".git:stream",
            ".g\u{200c}it",
            "\u{feff}.git",
            "git~1",
            "GIT~12.",
        ] {
            assert!(belongs_to_git(path), "{path:?}");
        }
        for path in
            ["", "/", ".", "..", "git", "a.git", ".gitignore", ".git-x", ".github", "git~", "git~a", "x/.gitmodules"]
        {
            assert!(!belongs_to_git(path), "{path:?}");
        }
    }
}
