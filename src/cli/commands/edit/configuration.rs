//! `boutique edit add configuration`: lists files under `configurations`, and writes entries of `nameReference` to them.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use crate::Inputs;
use crate::edit;
use crate::edit::name_references::NameReference;
use crate::inputs::Found;
use crate::io::{Host as _, OsHost};
use crate::path::join;
use crate::request::Request;

use crate::cli::output;
use crate::cli::paths;

/// The file that is written if none is given.
const DEFAULT_FILE: &str = "name-references.yaml";

/// The command line of `edit add configuration`.
#[derive(Debug, Args)]
pub struct ConfigurationArguments {
    /// Files and patterns; with --name-reference, the file to write  [default: name-references.yaml]
    #[arg(required_unless_present = "name_references", value_name = "FILE")]
    pub files: Vec<String>,

    /// Let kustomize update names of REFERENT objects in this field of KIND objects (repeatable)
    #[arg(long = "name-reference", value_name = "REFERENT=KIND:PATH", value_parser = name_reference)]
    name_references: Vec<NameReference>,
}

fn name_reference(text: &str) -> Result<NameReference, String> {
    let expected = "expected REFERENT=KIND:PATH, such as Secret=ClusterIssuer:spec/acme/privateKeySecretRef/name";
    NameReference::parse(text).ok_or_else(|| expected.to_string())
}

impl ConfigurationArguments {
    /// Writes the name references to their file. Returns the files to list.
    ///
    /// # Errors
    /// Fails if there is more than one file for name references, and if it cannot be edited.
    pub fn write(&self) -> anyhow::Result<Option<Vec<String>>> {
        if self.name_references.is_empty() {
            return Ok(None);
        }
        let [file] = match &self.files[..] {
            [] => [DEFAULT_FILE.to_string()],
            [file] => [file.clone()],
            _ => return Err(anyhow!("--name-reference takes one file to write to")),
        };
        let here =
            paths::absolute_or_url(&Path::new(".").canonicalize().context("cannot read the working directory")?)?;
        let mut inputs = Inputs::new();
        let request = Request::Path { path: join(&here, &file), within: Some(here.clone()) };
        let answer = OsHost::default().answer(&request);
        let existing = match inputs.insert_found(request, answer) {
            Found::File(found) => Some(found),
            Found::Missing => None,
            Found::Failed(failure) => bail!("cannot read {file}: {failure}"),
            _ => bail!("{file} is not a file in this directory"),
        };
        let text = match &existing {
            Some(found) => {
                String::from_utf8(found.bytes().to_vec()).with_context(|| format!("{file} is not valid UTF-8"))?
            }
            None => String::new(),
        };
        let mut data = edit::read(&text).with_context(|| format!("cannot edit {file}"))?;
        for reference in &self.name_references {
            reference.add(&mut data);
        }
        let changed = edit::update(&text, &data).with_context(|| format!("cannot edit {file}"))?;
        match existing {
            Some(found) if changed != text => output::replace_file(Path::new(&found.real), &text, &changed)?,
            Some(_) => {}
            None => output::write_file(Path::new(&join(&here, &file)), &changed)?,
        }
        Ok(Some(vec![file]))
    }
}
