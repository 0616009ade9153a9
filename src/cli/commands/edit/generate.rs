//! Changing a generator, and seeing whether it can still generate.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Options;
use crate::edit::generators::{self, Generator};
use crate::edit::{self, Mapping};
use crate::io::{self, OsHost, OverlayHost};
use anyhow::bail;

use crate::cli::commands::edit::arguments::failed;
use crate::cli::commands::edit::file;
use crate::cli::paths;

/// Changes a generator, which has this name and namespace afterwards.
///
/// # Errors
/// Fails when the change does, and when the generator cannot generate: because of a file that is missing, for example, or
/// of a key that comes twice.
pub fn change(
    generator: Generator,
    (name, namespace): (&str, &str),
    change: impl FnOnce(&mut Mapping) -> Result<(), String>,
) -> anyhow::Result<()> {
    file::change(generator.field(), |data| {
        change(data).map_err(failed)?;
        check(generator, &generators::alone(data, generator, name, namespace))
    })
}

/// Renders a kustomization in the place of the one in the working directory.
fn check(generator: Generator, kustomization: &Mapping) -> anyhow::Result<()> {
    let files = BTreeMap::from([(file::real_path()?, edit::update("", kustomization)?.into_bytes())]);
    let host = OsHost::default();
    let target = paths::absolute_or_url(Path::new("."))?;
    match io::render(&OverlayHost::new(&host, files), &target, &Options::default()).result {
        Ok(_) => Ok(()),
        Err(mistakes) => {
            let messages: Vec<String> = mistakes.into_iter().map(|mistake| mistake.message).collect();
            bail!("the {} cannot be generated: {}", generator.name(), messages.join("; "))
        }
    }
}
