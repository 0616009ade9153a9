//! Private copies of charts. What helm reads is what was checked: the files of the chart, without links.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diagnostic::Limit;
use crate::path;
use crate::request::{Failure, HelmChartRequest};

use super::options::OsOptions;
use super::{nearest_real, open};

/// The directories of version control systems, which may contain credentials. They are not part of a chart.
const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The maximum number of files and directories of a chart, which links can repeat.
const MAX_ENTRIES: usize = 100_000;

/// The maximum size of a chart in bytes. helm reads all of it.
const MAX_SIZE: u64 = 1 << 29;

/// Returns the directory of a chart.
pub(super) fn directory(request: &HelmChartRequest) -> String {
    path::clean(&format!("{}/{}", request.home, request.name))
}

/// Checks that a chart is where the kustomization may read it, and returns its directory with links resolved.
///
/// # Errors
/// Fails on a link that leads elsewhere, and on a directory of git.
pub(super) fn check_location(request: &HelmChartRequest, options: &OsOptions) -> Result<PathBuf, Failure> {
    let chart = nearest_real(Path::new(&directory(request)));
    let home = nearest_real(Path::new(&request.home));
    let mut allowed = request.within.iter().chain(&options.load_roots).peekable();
    if allowed.peek().is_some() && !chart.starts_with(home) && !allowed.any(|directory| chart.starts_with(directory)) {
        return Err(format!("the chart is a symbolic link to `{}`", chart.display()).into());
    }
    check_is_not_of_git(&chart)?;
    Ok(chart)
}

/// Copies a chart, with the content of links in place of the links.
///
/// # Errors
/// Fails on links that leave the chart if files are restricted, on files of git, on files that are not regular, on large
/// charts, and with the errors of the system.
pub(super) fn copy(request: &HelmChartRequest, options: &OsOptions, to: &Path) -> Result<(), Failure> {
    let chart = check_location(request, options)?;
    let is_restricted = request.within.is_some() || !options.load_roots.is_empty();
    let check = |real: &Path, path: &Path| {
        check_is_not_of_git(real)?;
        match real.starts_with(&chart) || !is_restricted {
            true => Ok(()),
            false => Err(Failure::from(format!("the symbolic link `{}` leads outside the chart", path.display()))),
        }
    };
    let mut left = MAX_SIZE;
    let walk = WalkDir::new(&chart).follow_links(true).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_version_control(entry.path()));
    for (at, entry) in entries.enumerate() {
        let entry = entry.map_err(|error| error.to_string())?;
        let path = entry.path();
        let destination = to.join(path.strip_prefix(&chart).map_err(|error| error.to_string())?);
        if at == MAX_ENTRIES {
            return Err(format!("chart limit exceeded: more than {MAX_ENTRIES} files").into());
        }
        if entry.file_type().is_dir() {
            if entry.path_is_symlink() {
                check(&nearest_real(path), path)?;
            }
            fs::create_dir_all(&destination).map_err(|error| cannot("create", &destination, &error))?;
            continue;
        }
        let read = read(path, options.limits.file.min(left), |real| check(real, path))?;
        left -= read.len() as u64;
        fs::write(&destination, read).map_err(|error| cannot("write", &destination, &error))?;
    }
    Ok(())
}

/// Reads a file whose real path is allowed.
fn read(path: &Path, limit: u64, check: impl Fn(&Path) -> Result<(), Failure>) -> Result<Vec<u8>, Failure> {
    let failed = |error| cannot("read", path, &error);
    let not_regular = || format!("`{}` is not a regular file", path.display());
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(not_regular().into());
    }
    let file = open::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check(&open::real_path(&file, &metadata, path).map_err(failed)?)?;
    if !metadata.is_file() {
        return Err(not_regular().into());
    }
    open::read(file, &metadata, limit).map_err(failed)?.ok_or_else(|| {
        let message = format!("file size limit exceeded: `{}` or its chart is too large", path.display());
        Failure::exceeds(Limit::FileSize, message)
    })
}

fn is_version_control(path: &Path) -> bool {
    path.file_name().is_some_and(|name| VERSION_CONTROL.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn check_is_not_of_git(real: &Path) -> Result<(), Failure> {
    match real.iter().any(|part| part.eq_ignore_ascii_case(".git")) {
        true => Err(format!("`{}` belongs to git and may contain credentials", real.display()).into()),
        false => Ok(()),
    }
}

fn cannot(action: &str, path: &Path, error: &std::io::Error) -> Failure {
    format!("cannot {action} {}: {error}", path.display()).into()
}
