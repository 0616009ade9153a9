//! Edits of `configMapGenerator` and `secretGenerator`.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use super::{fields, lists};

/// A kind of generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    ConfigMap,
    Secret,
}

impl Generator {
    pub fn field(self) -> &'static str {
        match self {
            Generator::ConfigMap => "configMapGenerator",
            Generator::Secret => "secretGenerator",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Generator::ConfigMap => "ConfigMap",
            Generator::Secret => "Secret",
        }
    }
}

/// The sources and options to add to a generator.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    pub name: String,
    pub namespace: String,
    pub literals: Vec<String>,
    pub files: Vec<String>,
    pub env_file: String,
    pub behavior: String,
    /// Only for a new Secret.
    pub secret_type: String,
    pub disable_name_suffix_hash: bool,
}

/// Adds sources to a generator, which is created if it does not exist.
///
/// # Errors
/// Fails if the field is not a list of generators.
pub fn add(data: &mut Mapping, generator: Generator, addition: &Addition) -> Result<(), String> {
    if find(data, generator, &addition.name, &addition.namespace).is_none() {
        let mut entry = Mapping::from_iter([("name".into(), addition.name.as_str().into())]);
        lists::set_text(&mut entry, "namespace", &addition.namespace);
        lists::set_text(&mut entry, "type", &addition.secret_type);
        lists::push(data, generator.field(), entry.into());
    }
    let Some(entry) = find(data, generator, &addition.name, &addition.namespace) else {
        return Err(format!("{} is not a list of generators", generator.field()));
    };
    let sources = [("literals", &addition.literals), ("files", &addition.files)];
    for (field, texts) in sources {
        texts.iter().for_each(|text| lists::push(entry, field, text.as_str().into()));
    }
    if !addition.env_file.is_empty() {
        lists::push(entry, "envs", addition.env_file.as_str().into());
    }
    if addition.disable_name_suffix_hash {
        fields::set(entry, "options", Mapping::from_iter([("disableNameSuffixHash".into(), true.into())]));
    }
    if !addition.behavior.is_empty() {
        fields::set(entry, "behavior", addition.behavior.as_str());
    }
    Ok(())
}

/// Returns a kustomization with only one generator, without its `behavior`, to check that it can generate.
pub fn only(data: &Mapping, generator: Generator, name: &str, namespace: &str) -> Mapping {
    let mut only: Mapping = data.clone();
    only.retain(|key, _| key.as_str().is_some_and(|key| key.eq_ignore_ascii_case(generator.field())));
    lists::retain(&mut only, generator.field(), |entry| {
        entry.as_mapping().is_some_and(|entry| is_named(entry, name, namespace))
    });
    if let Some(entry) = find(&mut only, generator, name, namespace) {
        fields::take(entry, "behavior");
    }
    only
}

/// Changes the values of existing literals, and the namespace if a new one is given.
///
/// # Errors
/// Fails if the generator does not exist, or if it has no such key.
pub fn set(
    data: &mut Mapping,
    generator: Generator,
    (name, namespace): (&str, &str),
    literals: &[String],
    new_namespace: &str,
) -> Result<(), String> {
    let entry = find(data, generator, name, namespace);
    let entry = entry.ok_or_else(|| format!("no {} named \"{name}\" in the kustomization file", generator.name()))?;
    let one_key = |literal: &str| match literal.split_once('=') {
        Some((key, value)) if !value.contains('=') => Ok(key.to_string()),
        _ => Err(format!("`{literal}` is not of the form key=value")),
    };
    for literal in literals {
        let key = one_key(literal)?;
        let existing = fields::get_mut(entry, "literals").and_then(Value::as_sequence_mut);
        let mut found = None;
        for element in existing.into_iter().flatten() {
            let text = element.as_str().unwrap_or_default();
            if one_key(text)? == key {
                found = Some(element);
            }
        }
        let element = found.ok_or_else(|| format!("key '{key}' is not in the {}", generator.name()))?;
        *element = literal.as_str().into();
    }
    if !new_namespace.is_empty() {
        fields::set(entry, "namespace", new_namespace);
    }
    Ok(())
}

/// Removes generators. Returns the names that do not exist.
///
/// # Errors
/// Fails if none of the names exists.
pub fn remove(
    data: &mut Mapping,
    generator: Generator,
    names: &[String],
    namespace: &str,
) -> Result<Vec<String>, String> {
    let mut found = BTreeSet::new();
    lists::retain(data, generator.field(), |entry| {
        let Some(entry) = entry.as_mapping() else { return true };
        let name = fields::text(entry, "name");
        let is_selected = names.iter().any(|selected| selected == name) && is_in(entry, namespace);
        if is_selected {
            found.insert(name.to_string());
        }
        !is_selected
    });
    if found.is_empty() {
        return Err(format!("no such {} in the kustomization file", generator.name()));
    }
    Ok(names.iter().filter(|name| !found.contains(*name)).cloned().collect())
}

fn find<'a>(data: &'a mut Mapping, generator: Generator, name: &str, namespace: &str) -> Option<&'a mut Mapping> {
    let entries = fields::get_mut(data, generator.field())?.as_sequence_mut()?;
    let mut generators = entries.iter_mut().filter_map(Value::as_mapping_mut);
    generators.find(|entry| is_named(entry, name, namespace))
}

fn is_named(entry: &Mapping, name: &str, namespace: &str) -> bool {
    fields::text(entry, "name") == name && is_in(entry, namespace)
}

/// Returns whether a generator is in a namespace. An empty namespace means `default`.
fn is_in(entry: &Mapping, namespace: &str) -> bool {
    let or_default = |namespace: &str| if namespace.is_empty() { "default" } else { namespace }.to_string();
    or_default(fields::text(entry, "namespace")) == or_default(namespace)
}
