//! Finds the files that differ between a revision and the working tree.
//!
//! git does not see the working tree, in which it would follow links, wait for pipes, and obey `.gitattributes`: files are
//! compared here, as they are, and to judge which are ignored it gets copies of the `.gitignore` files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use walkdir::WalkDir;

use crate::io::os::open;
use crate::io::os::options::OsOptions;
use crate::path::is_git_directory;
use crate::request::Failure;

use super::isolated::IsolatedGit;
use super::plain;
use super::repository::Repository;
use super::tree::{BATCH, Entry, Kind, contents, entries, sizes, unpack};

/// The maximum size of a `.gitignore` file in bytes.
const MAX_IGNORE_FILE: u64 = 16 << 20;

/// The maximum size of the list of tracked files in bytes.
const MAX_LIST: usize = 256 << 20;

/// A revision to compare the working tree with.
#[derive(Debug)]
pub struct Changes {
    git: IsolatedGit,
    options: OsOptions,
    /// The top directory of the working tree, with links resolved.
    top: String,
    /// The entries of the revision by path. Others cannot be referred to by a kustomization, which is UTF-8.
    entries: BTreeMap<String, Entry>,
    /// Whether files have modes.
    has_modes: bool,
}

impl Changes {
    /// Returns the changes since a revision of the repository that contains a directory.
    ///
    /// # Errors
    /// Fails with git's message if there is no such repository or revision.
    pub fn since(directory: &Path, revision: &str, options: &OsOptions) -> Result<Changes, Failure> {
        let mut git = IsolatedGit::new(&options.limits)?;
        let repository = Repository::find(directory, &options.load_roots, &git)?;
        let has_modes = repository.open_in(&mut git, revision)?;
        let top = repository.top.to_str().ok_or("the path of the repository is not UTF-8")?.to_string();
        let entries = entries(&git, revision, &options.limits)?;
        let entries =
            entries.into_iter().filter_map(|entry| Some((String::from_utf8(entry.path.clone()).ok()?, entry)));
        let entries = entries.collect();
        Ok(Changes { git, options: options.clone(), top, entries, has_modes })
    }

    /// Returns which of these files, and of the files in these directories, have changed, with everything that contains them
    /// and that git lists as one file: submodules and links. All paths are absolute. Files that git ignores do not count.
    ///
    /// # Errors
    /// Fails if git does, and on `.gitignore` files that cannot be read.
    pub fn among(&self, files: &BTreeSet<String>, directories: &BTreeSet<String>) -> Result<HashSet<String>, Failure> {
        let mut known = BTreeSet::new();
        let mut unknown = BTreeSet::new();
        for path in files.iter().chain(directories).filter_map(|path| self.below_top(path)) {
            let entries = self.entries_above(path);
            let is_file = || self.real(path).symlink_metadata().is_ok_and(|metadata| !metadata.is_dir());
            if entries.is_empty() && is_file() {
                unknown.insert(path.to_string());
            }
            known.extend(entries);
        }
        for directory in directories.iter().filter_map(|path| self.below_top(path)) {
            let start = if directory.is_empty() { String::new() } else { format!("{directory}/") };
            let below = self.entries.range(start.clone()..).take_while(|(path, _)| path.starts_with(&start));
            known.extend(below.map(|(path, _)| path.as_str()));
            unknown.extend(self.untracked_below(directory));
        }
        let mut changed = self.changed(&known)?;
        changed.extend(self.untracked(&unknown)?);
        Ok(changed.into_iter().map(|path| format!("{}/{path}", self.top.trim_end_matches('/'))).collect())
    }

    /// Returns an absolute path relative to the top directory; `None` if it is not below it.
    fn below_top<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.top.trim_end_matches('/'))?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    fn real(&self, path: &str) -> std::path::PathBuf {
        Path::new(&self.top).join(path)
    }

    /// Returns the entries that are at or above a path.
    fn entries_above<'a>(&'a self, path: &str) -> Vec<&'a str> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.filter_map(|end| self.entries.get_key_value(&path[..end]).map(|(path, _)| path.as_str())).collect()
    }

    /// Returns the files in a directory that are not in the revision.
    fn untracked_below(&self, directory: &str) -> Vec<String> {
        let is_searched = |entry: &walkdir::DirEntry| !is_git_directory(&entry.file_name().to_string_lossy());
        let walk = WalkDir::new(self.real(directory)).into_iter().filter_entry(is_searched).filter_map(Result::ok);
        let files = walk.filter(|entry| !entry.file_type().is_dir());
        let paths = files.filter_map(|entry| Some(self.below_top(entry.path().to_str()?)?.to_string()));
        paths.filter(|path| self.entries_above(path).is_empty()).collect()
    }

    /// Returns the entries whose files are gone or have another type, mode or content.
    fn changed(&self, paths: &BTreeSet<&str>) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        let mut to_compare = Vec::new();
        for &path in paths {
            let entry = &self.entries[path];
            match self.real(path).symlink_metadata() {
                Ok(metadata) if entry.kind == Kind::Submodule => {
                    if !metadata.is_dir() || self.is_other_commit(path, &entry.object)? {
                        changed.push(path.to_string());
                    }
                }
                Ok(metadata) if self.has_type(&metadata, entry.kind) => {
                    let size = if metadata.is_symlink() { None } else { Some(metadata.len()) };
                    to_compare.push((path, entry.object.as_str(), size));
                }
                _ => changed.push(path.to_string()),
            }
        }
        let objects: Vec<&str> = to_compare.iter().map(|(_, object, _)| *object).collect();
        let sizes = sizes(&self.git, &objects)?;
        let sized: Vec<_> = to_compare.into_iter().zip(sizes).collect();
        let has_same_size =
            |((_, _, size), stored): &((&str, &str, Option<u64>), u64)| size.is_none_or(|size| size == *stored);
        let (same, other): (Vec<_>, Vec<_>) = sized.into_iter().partition(has_same_size);
        changed.extend(other.into_iter().map(|((path, ..), _)| path.to_string()));
        let (large, same): (Vec<_>, Vec<_>) = same.into_iter().partition(|(_, size)| *size > BATCH);
        for ((path, object, size), _) in large {
            if size.is_none() || !self.has_large_content(path, &unpack(&self.git, object)?) {
                changed.push(path.to_string());
            }
        }
        let objects: Vec<(&str, u64)> = same.iter().map(|((_, object, _), size)| (*object, *size)).collect();
        contents(&self.git, &objects, |index, stored| {
            let ((path, _, size), _) = same[index];
            if !self.has_content(path, size.is_none(), stored) {
                changed.push(path.to_string());
            }
            Ok(())
        })?;
        Ok(changed)
    }

    fn has_type(&self, metadata: &fs::Metadata, kind: Kind) -> bool {
        if kind == Kind::Link {
            return metadata.is_symlink();
        }
        #[cfg(unix)]
        let is_executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
        #[cfg(not(unix))]
        let is_executable = kind == Kind::Executable;
        metadata.is_file() && (!self.has_modes || is_executable == (kind == Kind::Executable))
    }

    /// Returns whether a file or the target of a link has this content.
    fn has_content(&self, path: &str, is_link: bool, stored: &[u8]) -> bool {
        let path = self.real(path);
        if is_link {
            return fs::read_link(path).is_ok_and(|target| target.as_os_str().as_encoded_bytes() == stored);
        }
        plain::read(&path, stored.len() as u64).is_ok_and(|content| content.as_deref() == Some(stored))
    }

    /// Returns whether a file has the content of another one, without reading both into memory.
    fn has_large_content(&self, path: &str, stored: &Path) -> bool {
        let compare = || {
            let (file, stored) = (open::open(&self.real(path))?, fs::File::open(stored)?);
            let (mut file, mut stored) = (BufReader::new(file), BufReader::new(stored));
            loop {
                let (a, b) = (file.fill_buf()?, stored.fill_buf()?);
                let length = a.len().min(b.len());
                if length == 0 || a[..length] != b[..length] {
                    return Ok::<bool, std::io::Error>(a.is_empty() && b.is_empty());
                }
                file.consume(length);
                stored.consume(length);
            }
        };
        compare().unwrap_or(false)
    }

    /// Returns whether a submodule that is checked out is at another commit. If that cannot be found out, it counts.
    fn is_other_commit(&self, path: &str, commit: &str) -> Result<bool, Failure> {
        let directory = self.real(path);
        if directory.join(".git").symlink_metadata().is_err() {
            return Ok(false);
        }
        let head = || {
            let mut git = IsolatedGit::new(&self.options.limits)?;
            Repository::find(&directory, &self.options.load_roots, &git)?.open_in(&mut git, "HEAD")?;
            git.line(&["rev-parse", "--verify", "HEAD"])
        };
        Ok(head().map_or(true, |head| head != commit))
    }

    /// Returns the files among these that git knows since the revision, or that it does not ignore.
    fn untracked(&self, paths: &BTreeSet<String>) -> Result<Vec<String>, Failure> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let tracked = self.git.run(&["ls-files", "--cached", "-z"], Vec::new(), MAX_LIST)?;
        let tracked: HashSet<&[u8]> = tracked.split(|byte| *byte == 0).collect();
        let ignored = self.ignored(paths)?;
        let ignored: HashSet<&[u8]> = ignored.split(|byte| *byte == 0).collect();
        let counts = |path: &&String| tracked.contains(path.as_bytes()) || !ignored.contains(path.as_bytes());
        Ok(paths.iter().filter(counts).cloned().collect())
    }

    /// Returns the list of those paths that git ignores, each followed by a zero byte.
    fn ignored(&self, paths: &BTreeSet<String>) -> Result<Vec<u8>, Failure> {
        let mut visited = BTreeSet::new();
        for path in paths {
            let directories = [""].into_iter().chain(path.match_indices('/').map(|(end, _)| &path[..end]));
            for directory in directories {
                let is_link = self.real(directory).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
                if !directory.is_empty() && is_link {
                    break;
                }
                if visited.insert(directory) {
                    self.copy_ignore_file(directory)?;
                }
            }
        }
        let input = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
        match self.git.run(&["check-ignore", "--no-index", "-z", "--stdin"], input, MAX_LIST) {
            // None is ignored.
            Err(failure) if failure.message.ends_with("exit status 1") => Ok(Vec::new()),
            result => result,
        }
    }

    /// Copies the `.gitignore` of a directory to the working tree that git sees. git does not follow links to such files.
    fn copy_ignore_file(&self, directory: &str) -> Result<(), Failure> {
        const NAME: &str = ".gitignore";
        let path = self.real(directory).join(NAME);
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink() || metadata.is_dir()) {
            return Ok(());
        }
        match plain::read(&path, MAX_IGNORE_FILE)? {
            Some(bytes) => plain::write(&self.git.path("worktree").join(directory).join(NAME), &bytes),
            None => Ok(()),
        }
    }
}
