//! Converts `vars` and their uses to `replacements`.

use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use super::mapping;
use crate::edit::{self, Error, fields};
use crate::kustomization::Var;
use crate::yaml::{FileId, Kind, NodeId, ParseLimits, Tree, parse_stream};

/// A file that may use variables.
#[derive(Clone, Debug)]
pub struct VarsFile {
    pub text: String,
    /// The entry of `patches` for the file; `None` for a file of resources.
    pub patch: Option<Mapping>,
}

/// Converts `vars` to `replacements`, and replaces each `$(NAME)` in the files with `NAME_PLACEHOLDER`. Returns the text of
/// the kustomization file. Variables that no file uses are removed.
///
/// # Errors
/// Fails if a variable is a part of a value without a delimiter around it, and on a kustomization file that cannot be edited
/// in place.
pub fn replace_vars(text: &str, vars: &[&Var], files: &mut [VarsFile]) -> Result<String, Error> {
    let mut data = edit::read(text)?;
    if fields::take(&mut data, "vars").is_none() {
        return Ok(text.to_string());
    }
    let mut replacements = Vec::new();
    for var in vars {
        let usage = format!("$({})", var.name);
        let mut targets: Vec<Value> = Vec::new();
        for file in files.iter_mut().filter(|file| file.text.contains(&usage)) {
            for document in documents(&file.text) {
                let mut uses = Vec::new();
                find(&document, document.root(), &usage, &mut Vec::new(), &mut uses)?;
                for (path, options) in uses {
                    add_target(&mut targets, select(&document, file.patch.as_ref()), options, path);
                }
            }
            file.text = file.text.replace(&usage, &format!("{}_PLACEHOLDER", var.name));
        }
        if !targets.is_empty() {
            replacements.push(mapping([("source", source(var)), ("targets", targets.into())]));
        }
    }
    let mut text = text.to_string();
    match fields::get_mut(&mut data, "replacements") {
        Some(Value::Sequence(existing)) => existing.extend(replacements),
        _ if replacements.is_empty() => {}
        existing => {
            if existing.is_none() {
                let key = fields::spelling(&edit::read(&text)?, "vars").unwrap_or_default();
                text = edit::rename(&text, &key, "replacements")?;
            }
            fields::set(&mut data, "replacements", replacements);
        }
    }
    edit::update(&text, &data)
}

/// Returns the documents of a file; none if it is not YAML.
fn documents(text: &str) -> Vec<Tree> {
    parse_stream(&Arc::new(text.to_string()), FileId::default(), ParseLimits::default()).unwrap_or_default()
}

/// Finds the values that use a variable: their paths, and the options for the part that is the variable.
fn find(
    tree: &Tree,
    node: NodeId,
    usage: &str,
    path: &mut Vec<String>,
    uses: &mut Vec<(String, Option<Value>)>,
) -> Result<(), Error> {
    let mut inside = |name: String, node: NodeId| {
        path.push(name);
        let result = find(tree, node, usage, path, uses);
        path.pop();
        result
    };
    match tree.kind(node) {
        Kind::Mapping => tree.entries(node).try_for_each(|(key, value)| {
            let name = tree.text(key).trim();
            inside(if name.contains('.') { format!("[{name}]") } else { name.to_string() }, value)
        }),
        Kind::Sequence => {
            tree.elements(node).enumerate().try_for_each(|(index, element)| inside(index.to_string(), element))
        }
        Kind::Scalar if tree.text(node).contains(usage) => {
            uses.push((path.join("."), part(tree.text(node), usage)?));
            Ok(())
        }
        Kind::Scalar => Ok(()),
    }
}

/// Returns the options that select a variable in a value; `None` if it is the entire value.
fn part(value: &str, usage: &str) -> Result<Option<Value>, Error> {
    let not_delimited = || Error::NotDelimited { variable: usage.to_string(), value: value.to_string() };
    let Some((before, after)) = value.split_once(usage) else { return Ok(None) };
    let delimiter = match (before.chars().next_back(), after.chars().next()) {
        (None, None) => return Ok(None),
        (Some(delimiter), None) | (None, Some(delimiter)) => delimiter,
        (Some(before), Some(after)) if before == after => before,
        _ => return Err(not_delimited()),
    };
    let index = value.split(delimiter).position(|part| part == usage).ok_or_else(not_delimited)?;
    let index = (index > 0).then(|| ("index", Value::from(index)));
    Ok(Some(mapping([("delimiter", delimiter.to_string().into())].into_iter().chain(index))))
}

/// Returns the selector for the resource that uses a variable. For a patch with a target, it is that target with the name,
/// kind and namespace that the patch sets.
fn select(document: &Tree, patch: Option<&Mapping>) -> Value {
    let root = document.root();
    let text = |path: &[&str]| document.get_path(root, path).map_or("", |node| document.text(node));
    let (name, namespace, kind) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]), text(&["kind"]));
    let target = patch.and_then(|patch| fields::get(patch, "target")?.as_mapping());
    let allows = |option: &str| {
        let options = patch.and_then(|patch| fields::get(patch, "options")?.as_mapping());
        options.and_then(|options| fields::get(options, option)?.as_bool()).unwrap_or(false)
    };
    let (name_changes, kind_changes) = (allows("allowNameChange"), allows("allowKindChange"));
    if let Some(target) = target.filter(|_| !(name_changes && kind_changes)) {
        let mut select = target.clone();
        let changes = [("name", name, name_changes), ("kind", kind, kind_changes), ("namespace", namespace, true)];
        for (field, value, changes) in changes {
            if changes && !value.is_empty() {
                fields::set(&mut select, field, value);
            }
        }
        return Value::Mapping(select);
    }
    let (group, version) = group_and_version(text(&["apiVersion"]));
    non_empty([("group", group), ("version", version), ("kind", kind), ("name", name), ("namespace", namespace)])
}

fn source(var: &Var) -> Value {
    let (object, gvk) = (&var.object, var.object.gvk());
    non_empty([
        ("group", &*gvk.group),
        ("version", &*gvk.version),
        ("kind", &*gvk.kind),
        ("name", &*object.name),
        ("namespace", &*object.namespace),
        ("fieldPath", &*var.field.field_path),
    ])
}

/// Adds a field to the target with the same selector and options, or to a new one.
fn add_target(targets: &mut Vec<Value>, select: Value, options: Option<Value>, path: String) {
    let is_same =
        |target: &&mut Mapping| target.get("select") == Some(&select) && target.get("options") == options.as_ref();
    let same = targets.iter_mut().filter_map(Value::as_mapping_mut).find(is_same);
    match same.and_then(|target| target.get_mut("fieldPaths")?.as_sequence_mut()) {
        Some(paths) => paths.push(path.into()),
        None => {
            let target = [("select", select), ("fieldPaths", vec![Value::from(path)].into())];
            targets.push(mapping(target.into_iter().chain(options.map(|options| ("options", options)))));
        }
    }
}

fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Returns a mapping of the strings that are not empty.
fn non_empty<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    mapping(entries.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.into())))
}
