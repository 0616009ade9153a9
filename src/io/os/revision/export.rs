//! Writes the files of a revision to a private directory.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::io::os::options::HostLimits;
use crate::request::Failure;

use super::isolated::IsolatedGit;
use super::tree::{BATCH, Entry, Kind, contents, sizes, too_large, unpack};

/// The minimum size that a file counts in bytes, so that the limit also applies to many small files.
const BLOCK: u64 = 4096;

/// The maximum length of the target of a link.
const MAX_LINK: u64 = 4096;

/// Writes all files and links of a revision as they are stored: without filters, conversions of line ends, and submodules.
///
/// # Errors
/// Fails if the revision is larger than the limits, if an object is missing, and if a file cannot be written.
pub fn export(git: &IsolatedGit, entries: &[Entry], directory: &Path, limits: &HostLimits) -> Result<(), Failure> {
    let (submodules, stored): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.kind == Kind::Submodule);
    let objects: Vec<&str> = stored.iter().map(|entry| entry.object.as_str()).collect();
    let sizes = sizes(git, &objects)?;
    if sizes.iter().map(|size| (*size).max(BLOCK)).fold(0, u64::saturating_add) > limits.clone {
        return Err(too_large(limits.clone));
    }
    let mut writer = Writer { directory, created: BTreeSet::new() };
    for entry in submodules {
        writer.create_directory(&writer.path(entry)?)?;
    }
    // Links are written last, so that no file is written through one.
    let sized: Vec<(&Entry, u64)> = stored.into_iter().zip(sizes).collect();
    let (links, files): (Vec<_>, Vec<_>) = sized.into_iter().partition(|(entry, _)| entry.kind == Kind::Link);
    let (large, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, size)| *size > limits.file);
    for (entry, size) in large {
        // A render refuses to read it.
        let file = writer.create(entry)?;
        file.set_len(size).map_err(|error| cannot_write(entry, &error))?;
    }
    let (unpacked, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, size)| *size > BATCH);
    for (entry, _) in unpacked {
        let unpacked = unpack(git, &entry.object)?;
        let mut file = writer.create(entry)?;
        let copied = fs::File::open(&unpacked).and_then(|mut unpacked| std::io::copy(&mut unpacked, &mut file));
        copied.and_then(|_| fs::remove_file(&unpacked)).map_err(|error| cannot_write(entry, &error))?;
    }
    let objects: Vec<(&str, u64)> = files.iter().map(|(entry, size)| (entry.object.as_str(), *size)).collect();
    contents(git, &objects, |index, bytes| {
        let entry = files[index].0;
        writer.create(entry)?.write_all(bytes).map_err(|error| cannot_write(entry, &error).into())
    })?;
    if let Some((entry, _)) = links.iter().find(|(_, size)| *size > MAX_LINK) {
        return Err(format!("the link `{}` is too long", String::from_utf8_lossy(&entry.path)).into());
    }
    let objects: Vec<(&str, u64)> = links.iter().map(|(entry, size)| (entry.object.as_str(), *size)).collect();
    let mut targets = Vec::new();
    contents(git, &objects, |_, bytes| {
        targets.push(bytes.to_vec());
        Ok(())
    })?;
    for ((entry, _), _) in links.iter().zip(&targets) {
        let path = writer.path(entry)?;
        path.parent().map_or(Ok(()), |parent| writer.create_directory(parent))?;
    }
    for ((entry, _), target) in links.iter().zip(&targets) {
        link(&system_path(target)?, &writer.path(entry)?).map_err(|error| cannot_write(entry, &error))?;
    }
    Ok(())
}

struct Writer<'a> {
    directory: &'a Path,
    /// The directories that exist.
    created: BTreeSet<PathBuf>,
}

impl Writer<'_> {
    fn path(&self, entry: &Entry) -> Result<PathBuf, Failure> {
        Ok(self.directory.join(system_path(&entry.path)?))
    }

    fn create_directory(&mut self, path: &Path) -> Result<(), Failure> {
        if !self.created.contains(path) {
            fs::create_dir_all(path).map_err(|error| format!("cannot create `{}`: {error}", path.display()))?;
            self.created.insert(path.to_path_buf());
        }
        Ok(())
    }

    /// Creates the file of an entry, which must not exist.
    fn create(&mut self, entry: &Entry) -> Result<fs::File, Failure> {
        let path = self.path(entry)?;
        path.parent().map_or(Ok(()), |parent| self.create_directory(parent))?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            let mode = if entry.kind == Kind::Executable { 0o700 } else { 0o600 };
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        }
        Ok(options.open(&path).map_err(|error| cannot_write(entry, &error))?)
    }
}

fn cannot_write(entry: &Entry, error: &std::io::Error) -> String {
    format!("cannot write `{}` of the revision: {error}", String::from_utf8_lossy(&entry.path))
}

/// Returns the path that git stores as bytes.
fn system_path(bytes: &[u8]) -> Result<PathBuf, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        let text = String::from_utf8(bytes.to_vec());
        Ok(PathBuf::from(text.map_err(|_| "a path of the revision is not UTF-8")?))
    }
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Writes the target as text, as git does where it cannot create links.
#[cfg(not(unix))]
fn link(target: &Path, path: &Path) -> std::io::Result<()> {
    fs::write(path, target.as_os_str().as_encoded_bytes())
}
