//! Fixes of diagnostics: edits of the files that cause them.

mod deprecated;
mod lines;
mod name_reference;
mod paths;
mod quotes;
mod repeated;
mod spelling;
mod unused_file;

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::inputs::{File, Inputs};
use crate::yaml::FileId;

pub use paths::List;

/// Adds fixes to the diagnostics that have one. `inputs` are those of the render that reported them.
///
/// # Example
/// ```
/// use boutique::{Applicability, Options, io, lint};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "namePrefx: dev-\nresources: []\n")]);
/// let io::Outcome { result, inputs } = io::render(&host, "/", &Options::default());
/// let mut errors = result.expect_err("a field is misspelled");
/// lint::add_fixes(&mut errors, &inputs);
/// let fix = errors[0].fix.as_ref().expect("there is only one similar field");
/// assert_eq!((fix.edits[0].text.as_str(), fix.applicability), ("namePrefix", Applicability::Safe));
/// ```
pub fn add_fixes(diagnostics: &mut [Diagnostic], inputs: &Inputs) {
    add_fixes_with(diagnostics, inputs, &|_| Vec::new());
}

/// The maximum number of diagnostics of a file for which fixes are looked for at once. Many fixes parse the whole file.
const MAX_FIXES: usize = 50;

/// Adds fixes like [`add_fixes`], also for paths that are misspelled.
pub fn add_fixes_with(diagnostics: &mut [Diagnostic], inputs: &Inputs, list: &List<'_>) {
    let mut counts: HashMap<FileId, usize> = HashMap::new();
    for diagnostic in diagnostics {
        let file = diagnostic.labels.first().map_or(FileId::NONE, |label| label.span.start.file);
        let count = counts.entry(file).or_default();
        if *count < MAX_FIXES {
            diagnostic.fix = fix(diagnostic, inputs, list).map(Box::new);
            *count += 1;
        }
    }
}

fn fix(diagnostic: &Diagnostic, inputs: &Inputs, list: &List<'_>) -> Option<Fix> {
    if let Some(misspelling) = &diagnostic.misspelling {
        let file = inputs.file(misspelling.position.file)?;
        return spelling::fix(misspelling, file.text().ok()?);
    }
    let file: &File = inputs.file(diagnostic.labels.first()?.span.start.file)?;
    if let Some(missing) = &diagnostic.missing_reference {
        return name_reference::fix(missing, file, inputs);
    }
    match diagnostic.code {
        Code::NotFound => spelling::fix(&paths::misspelling(diagnostic, file, list)?, file.text().ok()?),
        Code::DeprecatedField => deprecated::fix(&diagnostic.message, file, inputs),
        Code::RepeatedField => repeated::fix(diagnostic, file),
        Code::NotAString => quotes::fix(diagnostic, file),
        Code::UnusedFile => unused_file::fix(file, inputs),
        _ => None,
    }
}
