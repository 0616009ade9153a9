//! Reads, changes and writes the kustomization file of the working directory.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::edit::{self, Mapping, fix};
use crate::inputs::{File, Found};
use crate::io::{Host, OsHost};
use crate::request::Request;
use crate::{Code, Inputs, LoadRestrictions, Options};
use anyhow::{Context as _, bail};

use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets;

/// Reads a kustomization file like a render, so that only a valid file is changed. An empty file is valid here. Errors in the
/// file are printed.
///
/// # Errors
/// Fails when the file cannot be read, and when it is invalid.
pub fn read(path: &Path, host: &dyn Host, options: &Options) -> anyhow::Result<(Arc<File>, String)> {
    let mut inputs = Inputs::new();
    let file = paths::absolute_or_url(path)?;
    let within = match options.load_restrictions {
        LoadRestrictions::RootOnly => Some(real(path.parent().unwrap_or(Path::new(".")))?),
        LoadRestrictions::None => None,
    };
    let request = Request::Path { path: file, within };
    let answer = host.answer(&request);
    let file = match inputs.insert_found(request, answer) {
        Found::File(file) => file,
        Found::Failed(message) => bail!("cannot read {}: {message}", path.display()),
        Found::Outside { real } => {
            bail!("{} is a symbolic link to {real}, outside of the kustomization directory", path.display())
        }
        _ => bail!("{} does not exist", path.display()),
    };
    let errors = errors(&file, options);
    if !errors.is_empty() {
        Reporter::for_stderr().print(&errors, &inputs);
        bail!("the kustomization file has errors; nothing was changed");
    }
    let text =
        String::from_utf8(file.bytes().to_vec()).with_context(|| format!("{} is not valid UTF-8", path.display()))?;
    Ok((file, text))
}

/// Returns the errors in a kustomization file. Parts that a render ignores are errors here: it is unknown whether a change
/// should be made to them, or to the parts that are used.
fn errors(file: &File, options: &Options) -> Vec<Diagnostic> {
    let ignored = match file.kustomization(options.limits) {
        Ok(read) => read.warnings.iter().filter(|warning| warning.code == Code::RepeatedField).cloned().collect(),
        Err(error) if error.code == Code::EmptyKustomization => Vec::new(),
        Err(error) => return vec![*error],
    };
    let as_error = |warning: Diagnostic| Diagnostic { severity: Severity::Error, ..warning };
    ignored.into_iter().chain(file.second_document()).map(as_error).collect()
}

/// Returns the path of the kustomization file of the working directory, with symbolic links resolved.
///
/// # Errors
/// Fails when there is no such file, when there is more than one, and when its path is not UTF-8.
pub fn real_path() -> anyhow::Result<String> {
    real(&targets::kustomization_file(Path::new("."))?)
}

fn real(path: &Path) -> anyhow::Result<String> {
    paths::absolute_or_url(&path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?)
}

/// Changes a field of the kustomization file, after moving the content of its deprecated counterpart into it as kustomize
/// does. The file is replaced atomically, and only if `change` changes the data.
///
/// # Errors
/// Fails when there is not exactly one kustomization file, when it is invalid, when `change` fails, and when another program
/// modifies the file at the same time.
pub fn change(field: &str, change: impl FnOnce(&mut Mapping) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let path = targets::kustomization_file(Path::new("."))?;
    let (file, text) = read(&path, &OsHost::default(), &Options::default())?;
    let moved = fix::move_into(&text, field)?;
    let mut data = edit::read(&moved)?;
    change(&mut data)?;
    let changed = edit::update(&moved, &data)?;
    if changed == moved {
        return Ok(());
    }
    // A symbolic link is kept; the file that it refers to is changed.
    output::replace_file(Path::new(&file.real), &text, &changed)
}
