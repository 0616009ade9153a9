//! Writes the files of a copy, with the permissions of their originals: what is private stays private.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::io::{Host as _, OsHost};
use crate::localize::LocalCopy;
use crate::path::is_git_directory;
use crate::request::{Answer, Request};
use anyhow::{Context as _, bail, ensure};
use walkdir::WalkDir;

use crate::cli::targets;

/// Writes a copy to a new directory. `scope` is the local directory that corresponds to it; a remote one has no permissions to
/// keep.
///
/// # Errors
/// Fails when a file cannot be read or written, and when it would be outside of the directory.
pub fn write_copy(copy: &LocalCopy, root: &Path, scope: Option<&Path>, host: &OsHost) -> anyhow::Result<()> {
    let mut paths = copy.files.keys().chain(copy.directories.keys());
    ensure!(!paths.any(|path| path.starts_with("..") || path.starts_with('/')), "a file would be outside of the copy");
    let mut writer = Writer { root, scope, host, directories: BTreeMap::new() };
    for (path, bytes) in &copy.files {
        writer.file(Path::new(path), bytes, copy.originals.get(path).map(Path::new))?;
    }
    for (path, original) in &copy.directories {
        writer.tree(Path::new(path), Path::new(original))?;
    }
    writer.finish()
}

struct Writer<'a> {
    root: &'a Path,
    scope: Option<&'a Path>,
    host: &'a OsHost,
    /// The directories of the copy, and the permissions that they get when all files are written.
    directories: BTreeMap<PathBuf, Option<Permissions>>,
}

impl Writer<'_> {
    /// Writes a new file, and creates the directories that contain it.
    fn file(&mut self, path: &Path, bytes: &[u8], original: Option<&Path>) -> anyhow::Result<()> {
        let scope = self.scope.map(Path::to_path_buf);
        for directory in path.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
            self.directory(directory, scope.as_ref().map(|scope| scope.join(directory)).as_deref())?;
        }
        let path = self.root.join(path);
        let context = || format!("cannot write {}", path.display());
        let permissions =
            original.and_then(|original| fs::metadata(original).ok()).map(|metadata| metadata.permissions());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(permissions) = &permissions {
            use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
            options.mode(permissions.mode() & 0o777);
        }
        let mut file = options.open(&path).with_context(context)?;
        file.write_all(bytes).with_context(context)?;
        #[cfg(unix)]
        if let Some(permissions) = permissions {
            file.set_permissions(without_special_bits(&permissions)).with_context(context)?;
        }
        Ok(())
    }

    /// Creates a directory with the permissions of an original, if there is one. Until all files are written, nobody else can
    /// read them.
    fn directory(&mut self, path: &Path, original: Option<&Path>) -> anyhow::Result<()> {
        if self.directories.contains_key(path) {
            return Ok(());
        }
        let metadata = original.and_then(|original| original.symlink_metadata().ok()).filter(fs::Metadata::is_dir);
        let permissions = metadata.map(|metadata| metadata.permissions());
        let directory = self.root.join(path);
        // The root exists.
        if !path.as_os_str().is_empty() {
            #[cfg_attr(not(unix), allow(unused_mut))]
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            if permissions.is_some() {
                std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            }
            builder.create(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        }
        self.directories.insert(path.to_path_buf(), permissions);
        Ok(())
    }

    /// Copies the files in a directory, without symbolic links. Skips the copy itself, which may be inside of the directory,
    /// files that are already in the copy, as their references may have been updated, and what belongs to git.
    fn tree(&mut self, path: &Path, original: &Path) -> anyhow::Result<()> {
        let root = self.root.to_path_buf();
        let is_copied =
            |entry: &walkdir::DirEntry| entry.path() != root && !is_git_directory(&entry.file_name().to_string_lossy());
        for entry in WalkDir::new(original).into_iter().filter_entry(is_copied) {
            let entry = entry.map_err(targets::unreadable)?;
            let below = path.join(entry.path().strip_prefix(original)?);
            // Joining an empty path adds a slash.
            let below: PathBuf = below.components().collect();
            if entry.file_type().is_dir() {
                let scope = self.scope.map(Path::to_path_buf);
                for above in below.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
                    self.directory(above, scope.as_ref().map(|scope| scope.join(above)).as_deref())?;
                }
                self.directory(&below, Some(entry.path()))?;
            } else if entry.file_type().is_file() && self.root.join(&below).symlink_metadata().is_err() {
                let bytes = self.read(entry.path(), original)?;
                self.file(&below, &bytes, Some(entry.path()))?;
            }
        }
        Ok(())
    }

    /// Reads a file with the restrictions of the host.
    fn read(&self, path: &Path, directory: &Path) -> anyhow::Result<Vec<u8>> {
        let shown = path.display();
        let text =
            |path: &Path| path.to_str().map(ToString::to_string).with_context(|| format!("{shown} is not UTF-8"));
        let request = Request::Path { path: text(path)?, within: Some(text(directory)?) };
        match self.host.answer(&request) {
            Answer::File { bytes, .. } => Ok(bytes),
            Answer::Failed(failure) => bail!("cannot read {shown}: {failure}"),
            _ => bail!("cannot read {shown}"),
        }
    }

    /// Gives the directories their permissions.
    fn finish(self) -> anyhow::Result<()> {
        #[cfg(unix)]
        for (path, permissions) in self.directories.iter().rev() {
            let Some(permissions) = permissions else { continue };
            let path = self.root.join(path);
            let set = fs::set_permissions(&path, without_special_bits(permissions));
            set.with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Returns permissions without the bits that make a program run as another user.
#[cfg(unix)]
fn without_special_bits(permissions: &Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    Permissions::from_mode(permissions.mode() & 0o777)
}
