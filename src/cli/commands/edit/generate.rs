//! Changes to generators, which are verified by running the generator.

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

/// Changes a generator. `name` and `namespace` are those after the change.
///
/// # Errors
/// Fails when `change` fails, and when the generator fails: for example, because of a missing file or a duplicate key.
pub fn change(
    generator: Generator,
    (name, namespace): (&str, &str),
    change: impl FnOnce(&mut Mapping) -> Result<(), String>,
) -> anyhow::Result<()> {
    file::change(generator.field(), |data| {
        change(data).map_err(failed)?;
        check(generator, &generators::only(data, generator, name, namespace))
    })
}

/// Checks that a kustomization renders when it replaces the file in the working directory.
fn check(generator: Generator, kustomization: &Mapping) -> anyhow::Result<()> {
    let files = BTreeMap::from([(file::real_path()?, edit::update("", kustomization)?.into_bytes())]);
    let host = OsHost::default();
    let target = paths::absolute_or_url(Path::new("."))?;
    match io::render(&OverlayHost::new(&host, files), &target, &Options::default()).result {
        Ok(_) => Ok(()),
        Err(errors) => {
            let messages: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            bail!("cannot generate the {}: {}", generator.name(), messages.join("; "))
        }
    }
}
