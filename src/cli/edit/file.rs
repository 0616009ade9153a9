//! Reading, changing and writing the kustomization file of the working directory.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use boutique::edit::{self, Mapping};

use crate::cli::{output, targets};

/// Changes the data of the kustomization file. It is replaced in one step, and only if the change changes something.
///
/// # Errors
/// Fails when there is no such file or more than one, when the change does, and when another program writes the file
/// meanwhile.
pub fn change(change: impl FnOnce(&mut Mapping) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let path = targets::kustomization_file(Path::new("."))?;
    // A link stays one: what it leads to is changed.
    let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    let read = || fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
    let text = read()?;
    let mut data = edit::read(&text)?;
    change(&mut data)?;
    let changed = edit::update(&text, &data)?;
    if changed == text {
        return Ok(());
    }
    ensure!(read()? == text, "{} was changed by another program meanwhile", path.display());
    output::write_file(&path, &changed)
}
