//! boutique as a library: renders the kustomization in a directory, and prints the output with diagnostics, or the
//! history of a value.
//!
//! ```text
//! cargo run --example embed -- overlays/prod Deployment/frontend spec.replicas
//! ```
#![allow(clippy::disallowed_methods)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use boutique::explain::{self, Event};
use boutique::io::{self, OsHost, Outcome};
use boutique::{Diagnostic, FieldPath, Inputs, Options, Rendered, lint};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (directory, value) = match arguments.as_slice() {
        [directory] => (directory, None),
        [directory, resource, path] => (directory, Some((resource.as_str(), path.parse::<FieldPath>()?))),
        _ => return Err("usage: embed DIRECTORY [KIND/NAME PATH]".into()),
    };
    // The target must be an absolute path.
    let target = Path::new(directory).canonicalize()?;
    let target = target.to_str().ok_or("the path is not UTF-8")?;

    // By default, no programs are run: neither helm nor functions. Histories take memory, so they are optional.
    let host = OsHost::default();
    let mut options = Options::default();
    options.trace = value.is_some();

    let Outcome { result, inputs } = io::render(&host, target, &options);
    let rendered = match result {
        Ok(rendered) => rendered,
        Err(errors) => {
            print_diagnostics(&errors, &inputs);
            return Ok(ExitCode::FAILURE);
        }
    };
    print_diagnostics(rendered.warnings(), &inputs);
    print_diagnostics(&lint::check(&rendered), &inputs);
    match value {
        None => print!("{}", rendered.to_yaml()?),
        Some((resource, path)) => print_history(&rendered, &inputs, resource, &path)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints diagnostics as the command does.
fn print_diagnostics(diagnostics: &[Diagnostic], inputs: &Inputs) {
    for diagnostic in diagnostics {
        eprintln!("{}", diagnostic.to_text(inputs));
    }
}

/// Prints the changes of a field, newest first.
fn print_history(rendered: &Rendered, inputs: &Inputs, resource: &str, path: &FieldPath) -> Result<(), Box<dyn Error>> {
    let is_wanted = |candidate: &&boutique::Resource| format!("{}/{}", candidate.kind(), candidate.name()) == resource;
    let resource = rendered.resources().iter().find(is_wanted).ok_or("resource not found")?;
    for Event { step, after, .. } in explain::history(resource, path) {
        let text = match &after {
            Some(value) => value.text().unwrap_or("(a collection)"),
            None => "(removed)",
        };
        let location = after.as_ref().and_then(|value| inputs.location(value.position()));
        let location = location.map_or_else(|| "set by boutique".to_string(), |location| location.to_string());
        println!("{text}  from `{}`, {location}", step.field);
    }
    Ok(())
}
