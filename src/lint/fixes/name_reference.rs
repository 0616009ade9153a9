//! Names in fields that kustomize does not follow, which a configuration can list.

use crate::diagnostic::{Applicability, Fix, MissingReference, NewFile};
use crate::edit::{self, Mapping, Value, fields};
use crate::inputs::{File, Inputs};
use crate::kustomization::FILE_NAMES;
use crate::path::{base_name, join};

use super::lines;

/// The name of the file that is created if the kustomization has no configuration.
const FILE_NAME: &str = "name-references.yaml";

/// Returns the fix that adds a field to the configuration of the kustomization that contains the object in `file`: to the first
/// file under `configurations`, or to a new one. Kustomizations that include this one have the same configuration.
pub fn fix(missing: &MissingReference, file: &File, inputs: &Inputs) -> Option<Fix> {
    let is_kustomization = |file: &File| FILE_NAMES.contains(&base_name(&file.path));
    let directory = directory_of(file);
    let mut all = inputs.files();
    let kustomization = all.find(|other| is_kustomization(other) && directory_of(other) == directory)?;
    let text = kustomization.text().ok()?;
    let mut data = edit::read(text).ok()?;
    let title = format!("add `{}` of {} to `nameReference`", missing.path, missing.of);
    let title = title.as_str();
    let listed = fields::get(&data, "configurations").and_then(Value::as_sequence).and_then(|list| list.first());
    if let Some(path) = listed {
        let path = join(directory, path.as_str()?);
        let configuration = inputs.files().find(|file| file.path == path)?;
        let text = configuration.text().ok()?;
        let new = with_reference(text, missing)?;
        return Some(Fix::new(title, Applicability::Unsafe, lines::edits(configuration.id, text, &new)));
    }
    fields::set(&mut data, "configurations", vec![Value::from(FILE_NAME)]);
    let new = edit::update(text, &data).ok()?;
    let mut fix = Fix::new(title, Applicability::Unsafe, lines::edits(kustomization.id, text, &new));
    fix.new_file = Some(NewFile { path: join(directory, FILE_NAME), text: with_reference("", missing)? });
    Some(fix)
}

fn directory_of(file: &File) -> &str {
    file.path.rsplit_once('/').map_or("/", |(directory, _)| directory)
}

/// Returns the text of a configuration with another entry.
fn with_reference(text: &str, missing: &MissingReference) -> Option<String> {
    let mut data = edit::read(text).ok()?;
    let field = || {
        let entries = [("kind", &missing.of), ("path", &missing.path)];
        Value::Mapping(entries.into_iter().map(|(name, text)| (name.into(), text.as_str().into())).collect())
    };
    if fields::get(&data, "nameReference").is_none() {
        fields::set(&mut data, "nameReference", Vec::<Value>::new());
    }
    let references = fields::get_mut(&mut data, "nameReference")?.as_sequence_mut()?;
    let is_same = |reference: &&mut Mapping| {
        let has = |name| fields::get(reference, name).is_some();
        fields::text(reference, "kind") == missing.kind && !has("group") && !has("version")
    };
    let known = references.iter_mut().filter_map(Value::as_mapping_mut).find(is_same);
    match known.and_then(|reference| fields::get_mut(reference, "fieldSpecs")?.as_sequence_mut()) {
        Some(specs) => specs.push(field()),
        None => {
            let kind = ("kind".into(), missing.kind.as_str().into());
            let specs = ("fieldSpecs".into(), Value::Sequence(vec![field()]));
            references.push(Value::Mapping([kind, specs].into_iter().collect()));
        }
    }
    edit::update(text, &data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_added() {
        let missing = |of: &str| MissingReference { kind: "Secret".into(), of: of.into(), path: "spec/name".into() };
        let first = with_reference("", &missing("A")).unwrap();
        assert_eq!(first, "nameReference:\n- kind: Secret\n  fieldSpecs:\n  - kind: A\n    path: spec/name\n");
        let second = with_reference(&first, &missing("B")).unwrap();
        assert_eq!(second, first + "  - kind: B\n    path: spec/name\n");
        let other = "# ours\nnameReference:\n- kind: ConfigMap\n  fieldSpecs: []\n";
        let added = with_reference(other, &missing("A")).unwrap();
        assert_eq!(added, format!("{other}- kind: Secret\n  fieldSpecs:\n  - kind: A\n    path: spec/name\n"));
    }
}
