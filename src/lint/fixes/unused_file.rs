//! Manifests that the kustomization of their directory does not list.

use crate::diagnostic::{Applicability, Fix};
use crate::edit::{self, Value, fields};
use crate::inputs::{File, Inputs};
use crate::kustomization::FILE_NAMES;
use crate::path::base_name;

use super::lines;

/// Returns the fix that lists a file under `resources`. The kustomization file is part of the inputs.
pub fn fix(file: &File, inputs: &Inputs) -> Option<Fix> {
    let directory = |file: &File| file.path.rsplit_once('/').map(|(directory, _)| directory.to_string());
    let is_kustomization = |other: &File| FILE_NAMES.contains(&base_name(&other.path));
    let kustomization = inputs.files().find(|other| is_kustomization(other) && directory(other) == directory(file))?;
    let name = base_name(&file.path);
    let text = kustomization.text().ok()?;
    let mut data = edit::read(text).ok()?;
    match fields::get_mut(&mut data, "resources") {
        Some(Value::Sequence(resources)) => resources.push(name.into()),
        Some(Value::Null) | None => fields::set(&mut data, "resources", vec![Value::from(name)]),
        Some(_) => return None,
    }
    let new = edit::update(text, &data).ok()?;
    let title = format!("list `{name}` under `resources`");
    Some(Fix::new(title, Applicability::Unsafe, lines::edits(kustomization.id, text, &new)))
}
