//! Reading, changing and writing the kustomization file of the working directory.

use std::path::Path;
use std::sync::Arc;

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

/// Reads a kustomization file as a render does, so that only a correct one is changed; one that says nothing yet is correct,
/// too. Prints mistakes that it has.
///
/// # Errors
/// Fails when it cannot be read, and when it has mistakes.
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
        Found::Outside { real } => bail!("{} is a link to {real}, which no render would read", path.display()),
        _ => bail!("there is no file {}", path.display()),
    };
    if let Some(diagnostic) =
        file.kustomization(options.limits).err().filter(|found| found.code != Code::EmptyKustomization)
    {
        Reporter::for_stderr().print(&[*diagnostic], &inputs);
        bail!("only a correct kustomization file can be edited; nothing is changed");
    }
    let text = String::from_utf8(file.bytes().to_vec()).with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok((file, text))
}

/// Returns the path of the kustomization file of the working directory, with links followed.
///
/// # Errors
/// Fails when there is no such file or more than one, and when its path is not UTF-8.
pub fn real_path() -> anyhow::Result<String> {
    real(&targets::kustomization_file(Path::new("."))?)
}

fn real(path: &Path) -> anyhow::Result<String> {
    paths::absolute_or_url(&path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?)
}

/// Changes a field in the data of the kustomization file, together with the deprecated one that kustomize takes for a part
/// of it. The file is replaced in one step, and only if the change changes something.
///
/// # Errors
/// Fails when there is no such file or more than one, when it has mistakes, when the change fails, and when another program
/// writes the file meanwhile.
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
    // A link stays one: what it leads to in the same directory is changed.
    output::replace_file(Path::new(&file.real), &text, &changed)
}
