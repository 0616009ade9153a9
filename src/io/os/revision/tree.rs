//! The files of a revision: their list, and their content, which git reads from the objects and nothing else.

use std::path::PathBuf;

use crate::diagnostic::{Help, Limit};
use crate::io::os::git::CLONE_BYTES_PER_LIST_BYTE;
use crate::io::os::options::HostLimits;
use crate::path::is_git_directory;
use crate::remote::transport::check_argument;
use crate::request::Failure;

use super::isolated::IsolatedGit;

/// The number of bytes of content that one run of git returns. Larger files are unpacked by git.
pub const BATCH: u64 = 16 << 20;

/// The number of bytes of output for each object in addition to its content.
const OBJECT_OVERHEAD: usize = 256;

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Executable,
    Link,
    /// A submodule, whose files belong to another repository.
    Submodule,
}

/// A file, link or submodule.
#[derive(Debug)]
pub struct Entry {
    pub kind: Kind,
    /// The name of the object.
    pub object: String,
    /// The path relative to the top of the working tree.
    pub path: Vec<u8>,
}

/// Lists the entries of a revision.
///
/// # Errors
/// Fails with git's message if there is no such revision, on entries that no directory can have, and if there are more than a
/// clone may have.
pub fn entries(git: &IsolatedGit, revision: &str, limits: &HostLimits) -> Result<Vec<Entry>, Failure> {
    check_argument(revision, "the revision")?;
    let tree = git
        .line(&["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{tree}}")])
        .map_err(|failure| failure.map_message(|message| format!("`{revision}` is not a revision: {message}")))?;
    // A few small objects can describe more files than fit into memory.
    let max_list = usize::try_from(limits.clone).unwrap_or(usize::MAX) / CLONE_BYTES_PER_LIST_BYTE;
    let list = git.run(&["ls-tree", "-r", "-z", "--full-tree", &tree], Vec::new(), max_list);
    let list = list.map_err(|failure| match failure.help {
        Some(Help::Raise(Limit::ProgramOutput)) => too_large(limits.clone),
        _ => failure,
    })?;
    list.split(|byte| *byte == 0).filter(|line| !line.is_empty()).map(entry).collect()
}

/// Parses a line `MODE TYPE OBJECT<tab>PATH`.
fn entry(line: &[u8]) -> Result<Entry, Failure> {
    let tab = line.iter().position(|byte| *byte == b'\t').unwrap_or(line.len());
    let (fields, path) = (String::from_utf8_lossy(&line[..tab]), line.get(tab + 1..).unwrap_or_default());
    let fields: Vec<&str> = fields.split(' ').collect();
    let [mode, _, object] = fields[..] else { return Err("the output of git is malformed".into()) };
    let kind = match mode {
        "120000" => Kind::Link,
        "160000" => Kind::Submodule,
        "100755" => Kind::Executable,
        _ => Kind::File,
    };
    if !path.split(|byte| *byte == b'/').all(is_allowed) {
        let path = String::from_utf8_lossy(path);
        return Err(format!("the revision has a file with the invalid path `{path}`").into());
    }
    Ok(Entry { kind, object: object.to_string(), path: path.to_vec() })
}

/// Returns whether a file or directory of a revision may have a name, as in git itself.
fn is_allowed(name: &[u8]) -> bool {
    let is_windows_path = cfg!(windows) && name.iter().any(|byte| matches!(byte, b'\\' | b':'));
    !matches!(name, b"" | b"." | b"..") && !is_windows_path && !is_git_directory(&String::from_utf8_lossy(name))
}

/// Returns the sizes of objects.
///
/// # Errors
/// Fails if an object is missing, and on objects that are not files.
pub fn sizes(git: &IsolatedGit, objects: &[&str]) -> Result<Vec<u64>, Failure> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let max_output = objects.len() * OBJECT_OVERHEAD;
    let output = git.run(&["cat-file", "--batch-check"], lines(objects.iter()), max_output)?;
    let output = String::from_utf8_lossy(&output);
    let sizes: Vec<u64> = output.lines().map(size).collect::<Result<_, _>>()?;
    if sizes.len() == objects.len() { Ok(sizes) } else { Err("the output of git is malformed".into()) }
}

/// Parses a line `OBJECT blob SIZE`.
fn size(line: &str) -> Result<u64, Failure> {
    let fields: Vec<&str> = line.split(' ').collect();
    match fields[..] {
        [_, "blob", size] => Ok(size.parse().map_err(|_| "the output of git is malformed")?),
        [object, "missing"] => {
            Err(format!("the repository does not have the object `{object}`, and missing objects are not fetched")
                .into())
        }
        _ => Err(format!("`{line}` is not a file").into()),
    }
}

/// Calls `visit` with the index and the content of each object, which should not be larger than [`BATCH`].
///
/// # Errors
/// Fails if git does, and with the error of `visit`.
pub fn contents(
    git: &IsolatedGit,
    objects: &[(&str, u64)],
    mut visit: impl FnMut(usize, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut start = 0;
    while start < objects.len() {
        let mut end = start;
        let mut total = 0;
        while end < objects.len() && (end == start || total + objects[end].1 <= BATCH) {
            total += objects[end].1;
            end += 1;
        }
        let batch = &objects[start..end];
        let max_output = usize::try_from(total).unwrap_or(usize::MAX).saturating_add(batch.len() * OBJECT_OVERHEAD);
        let output = git.run(&["cat-file", "--batch"], lines(batch.iter().map(|(object, _)| object)), max_output)?;
        let mut rest = output.as_slice();
        for (index, (_, expected)) in (start..).zip(batch) {
            let header = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if size(&String::from_utf8_lossy(header))? != *expected {
                return Err("an object has two sizes".into());
            }
            let content = rest.get(header.len() + 1..).unwrap_or_default();
            let length = usize::try_from(*expected).unwrap_or(usize::MAX);
            visit(index, content.get(..length).ok_or("the output of git is malformed")?)?;
            rest = content.get(length + 1..).unwrap_or_default();
        }
        start = end;
    }
    Ok(())
}

/// Writes an object to a file in the private directory, and returns its path.
///
/// # Errors
/// Fails if git does.
pub fn unpack(git: &IsolatedGit, object: &str) -> Result<PathBuf, Failure> {
    let name = git.line(&["unpack-file", object])?;
    Ok(git.path("worktree").join(name))
}

fn lines<'a, S: AsRef<str> + 'a>(objects: impl Iterator<Item = &'a S>) -> Vec<u8> {
    objects.flat_map(|object| [object.as_ref().as_bytes(), b"\n"].concat()).collect()
}

/// Returns the failure for a revision that is larger than the limit on clones.
pub fn too_large(limit: u64) -> Failure {
    Failure::exceeds(Limit::CloneSize, format!("clone size limit exceeded: the revision is larger than {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_with_dangerous_names_are_rejected() {
        let parse = |path: &str| entry(format!("100644 blob 1234\t{path}").as_bytes());
        for path in ["a", "a/b", ".gitignore", "a/.gitmodules", "-a", "a b\n"] {
            assert_eq!(parse(path).expect("it is allowed").path, path.as_bytes());
        }
        for path in
            ["", "..", "a/../b", ".", "a//b", "/a", "a/", ".git", ".git/config", "a/.GIT/x", "git~1/x", ".git./x"]
        {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
