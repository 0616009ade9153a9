//! The sides of a comparison: resources, and the files that their positions refer to.

use std::path::{Path, PathBuf};

use crate::Inputs;
use crate::inputs::Found;
use crate::io::{Host as _, OsHost, Outcome, Workspace, check_not_of_git};
use crate::request::{Answer, Request};
use crate::resource::Resource;
use crate::yaml::ParseLimits;
use anyhow::Context as _;

use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::streams::read_input;

/// The resources of a side, or its errors as text.
pub type Read = Result<Resources, String>;

pub struct Resources {
    pub resources: Vec<Resource>,
    pub inputs: Inputs,
}

/// Renders a target. Its warnings are not reported; that is left to the `render` command.
pub fn render(target: &str, workspace: &Workspace<'_>, with_files: bool, reporter: &Reporter) -> Read {
    let Outcome { result, mut inputs } = workspace.render(target);
    match result {
        Ok(rendered) => {
            if with_files {
                workspace.add_shared_files(&mut inputs);
            }
            Ok(Resources { resources: rendered.resources().to_vec(), inputs })
        }
        Err(diagnostics) => Err(reporter.text(&diagnostics, &inputs)),
    }
}

/// Reads saved manifests: from a file, from all YAML files of a directory, or from standard input for `-`.
pub fn read_saved(path: &Path, reporter: &Reporter) -> Read {
    let failed = |error: anyhow::Error| reporter.error_text(&error);
    let mut inputs = Inputs::new();
    let mut resources = Vec::new();
    let paths = if path.is_dir() { yaml_files(path).map_err(failed)? } else { vec![path.to_path_buf()] };
    for path in paths {
        let found = read_file(&path, &mut inputs).map_err(failed)?;
        let file = match found {
            Found::File(file) => file,
            Found::Failed(message) => return Err(failed(anyhow::anyhow!("cannot read {}: {message}", path.display()))),
            _ => return Err(failed(anyhow::anyhow!("{} does not exist", path.display()))),
        };
        match file.resources(ParseLimits::default()) {
            Ok(list) => resources.extend_from_slice(list),
            Err(diagnostic) => return Err(reporter.text(&[*diagnostic], &inputs)),
        }
    }
    Ok(Resources { resources, inputs })
}

fn read_file(path: &Path, inputs: &mut Inputs) -> anyhow::Result<Found> {
    if path == Path::new("-") {
        let bytes = read_input().context("cannot read standard input")?;
        let name = "standard input".to_string();
        let request = Request::Path { path: name.clone(), within: None };
        return Ok(inputs.insert_found(request, Answer::File { real: name, bytes }));
    }
    let request = Request::Path { path: paths::absolute_or_url(path)?, within: None };
    let answer = OsHost::default().answer(&request);
    Ok(inputs.insert_found(request, answer))
}

/// Returns the YAML files in a directory, sorted.
///
/// # Errors
/// Fails when the directory cannot be read, and on a symbolic link that leads out of it.
fn yaml_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let context = || format!("cannot read {}", directory.display());
    let mut paths = Vec::new();
    check_not_of_git(directory).with_context(context)?;
    for entry in directory.read_dir().with_context(context)? {
        let name = PathBuf::from(entry.with_context(context)?.file_name());
        if name.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(output::inside(directory, &name)?);
        }
    }
    paths.sort();
    Ok(paths)
}
