//! `ValueAddTransformer`: sets fields to a value, or inserts it into file paths.

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Located, Mode, SelectorConfig, decode};
use crate::path;
use crate::resource::paths::field_spec::{set_scalar, wrong_kind};
use crate::resource::paths::written_path::{element_selector, lookup_part, split_path};
use crate::resource::{Resource, Resources};
use crate::target::Target;
use crate::transform::namespace::{NamespaceArgs, Subjects, set_in_resource};
use crate::transform::selector::Selector;
use crate::yaml::{NodeId, Position, Style, Tag, Tree};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    value: Located<String>,
    targets: Vec<ValueTarget>,
    target_file_path: Located<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ValueTarget {
    selector: Option<SelectorConfig>,
    field_path: Located<String>,
    file_path_position: i64,
}

/// Adds the value to all target fields.
///
/// # Errors
/// Fails if there are no targets, and on invalid selectors and paths.
pub fn transform(configuration: &Resource, target: &Target, resources: &mut Resources) -> Result<()> {
    let mut config: Config = super::configuration::read(configuration)?;
    let mut value = Located { value: config.value.trim().to_string(), position: config.value.position };
    if value.is_empty() {
        value = Located { value: path::base_name(&target.directory).to_string(), position: configuration.position() };
    }
    if !config.target_file_path.is_empty() {
        let file = target.file(&config.target_file_path)?;
        if let Some(tree) = file.document(target.limits)? {
            let more: Config = decode(&tree, tree.root(), Mode::Lenient)?;
            config.targets.extend(more.targets);
        }
    }
    let invalid =
        |message: &str| Err(Diagnostic::error(Code::InvalidValue, message).at(configuration.position(), "this plugin"));
    if config.targets.is_empty() {
        return invalid("must specify at least one target");
    }
    if config.targets.iter().any(|target| target.field_path.is_empty()) {
        return invalid("fieldPath cannot be empty");
    }
    if let Some(negative) = config.targets.iter().find(|target| target.file_path_position < 0) {
        return invalid(&format!("value of FilePathPosition ({}) cannot be negative", negative.file_path_position));
    }
    let schema = resources.schema().clone();
    let patterns = resources.patterns().clone();
    for target in &config.targets {
        let selector = target.selector.as_ref().map(|selector| Selector::new(selector, &patterns)).transpose()?;
        for resource in resources.iter_mut() {
            if let Some(selector) = &selector
                && !selector.matches(resource, &schema)?
            {
                continue;
            }
            if target.field_path.value == "metadata/namespace" {
                let subjects = Subjects::DefaultOnly;
                let args = NamespaceArgs { namespace: &value, fields: &[], subjects, unset_only: false };
                let cluster_scoped = resource.is_cluster_scoped(&schema);
                set_in_resource(&args, resource, cluster_scoped)?;
                continue;
            }
            add_value(resource.tree_mut(), target, &value)?;
        }
    }
    Ok(())
}

fn add_value(tree: &mut Tree, target: &ValueTarget, value: &Located<String>) -> Result<()> {
    let root = tree.root();
    let parts = split_path(&target.field_path, '/');
    let node = lookup_or_create(tree, root, &parts, value.position)?;
    let text = match usize::try_from(target.file_path_position) {
        Ok(position) if position > 0 => insert_path_part(tree.text(node), position - 1, value),
        _ => value.value.clone(),
    };
    set_scalar(tree, node, &text, Tag::None, value.position)
}

/// Returns the node at a path, and creates missing nodes. The last one is created as a scalar.
fn lookup_or_create(tree: &mut Tree, root: NodeId, parts: &[String], position: Position) -> Result<NodeId> {
    let mut node = root;
    for (at, part) in parts.iter().map(|part| part.trim()).enumerate().filter(|(_, part)| !part.is_empty()) {
        if let Some(found) = lookup_part(tree, node, part) {
            node = found;
            continue;
        }
        let next = parts.get(at + 1).map(|next| next.trim());
        let selector = element_selector(part);
        let created = match (next, selector) {
            (_, Some((field, text))) => {
                let value = tree.scalar(text, Tag::None, Style::Plain, position);
                if field.is_empty() {
                    value
                } else {
                    let element = tree.mapping(position);
                    tree.append_entry(element, field, value);
                    element
                }
            }
            (None, None) => tree.scalar("", Tag::None, Style::Plain, position),
            (Some(next), None) if next.parse::<usize>().is_ok() || element_selector(next).is_some() => {
                tree.sequence(position)
            }
            (Some(_), None) => tree.mapping(position),
        };
        if selector.is_some() {
            if !tree.is_sequence(node) {
                return Err(wrong_kind(tree, node, "a sequence"));
            }
            tree.append(node, created);
        } else if tree.is_mapping(node) {
            tree.append_entry(node, part, created);
        } else {
            return Err(wrong_kind(tree, node, "a mapping"));
        }
        node = created;
    }
    Ok(node)
}

/// Inserts a part into a file path, and returns the shortest equivalent path (fixture
/// `transformers/value-add-cleans-paths`). An absolute path remains absolute.
fn insert_path_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    parts.insert(position.min(parts.len()), part);
    parts.retain(|part| !part.is_empty());
    let joined = path::clean(&parts.join("/"));
    if absolute { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::insert_path_part;

    #[test]
    fn parts_are_inserted_as_in_kustomize() {
        for (path, position, expected) in [
            ("", 5, "PEACH"),
            ("/", 0, "/PEACH"),
            ("pie", 0, "PEACH/pie"),
            ("/pie", 0, "/PEACH/pie"),
            ("raw", 1, "raw/PEACH"),
            ("a/nice/warm/pie", 3, "a/nice/warm/PEACH/pie"),
        ] {
            assert_eq!(insert_path_part(path, position, "PEACH"), expected);
        }
    }
}
