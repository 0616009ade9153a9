//! The common parts of generated resources.

use std::sync::Arc;

use crate::kustomization::{GeneratorArgs, GeneratorOptions, Located};
use crate::resource::{Behavior, Resource};
use crate::yaml::{Position, Style, Tag, Tree, resolves_to_non_string};

/// Returns the start of a generated resource: type and metadata. Values may refer to `source`.
pub(super) fn start(kind: &str, args: &Located<GeneratorArgs>, source: Arc<String>) -> Tree {
    let mut tree = Tree::new_mapping_of(source, args.position);
    let root = tree.root();
    let field = |tree: &mut Tree, parent, key: &str, text: &str, position: Position| {
        let style = if resolves_to_non_string(text) { Style::DoubleQuoted } else { Style::Plain };
        let value = tree.scalar(text, Tag::Str, style, position);
        tree.append_entry(parent, key, value);
    };
    field(&mut tree, root, "apiVersion", "v1", args.position);
    field(&mut tree, root, "kind", kind, args.position);
    let metadata = tree.mapping(args.position);
    tree.append_entry(root, "metadata", metadata);
    field(&mut tree, metadata, "name", &args.name, args.name.position);
    if !args.namespace.is_empty() {
        field(&mut tree, metadata, "namespace", &args.namespace, args.namespace.position);
    }
    tree
}

/// Completes a generated resource: adds labels, annotations and the other options.
pub(super) fn end(mut tree: Tree, args: &GeneratorArgs, global: Option<&GeneratorOptions>) -> Resource {
    let options = merge_options(args.options.as_ref(), global);
    let root = tree.root();
    if let Some(options) = &options {
        let metadata = tree.get(root, "metadata").expect("a generated resource starts with metadata");
        for (field, entries) in [("labels", &options.labels), ("annotations", &options.annotations)] {
            if entries.is_empty() {
                continue;
            }
            let map = tree.mapping(tree.position(metadata));
            for (key, text) in entries {
                let value = tree.scalar(text, Tag::Str, Style::SingleQuoted, text.position);
                tree.append_entry(map, key, value);
            }
            tree.append_entry(metadata, field, map);
        }
        if options.immutable.value {
            let value = tree.scalar("true", Tag::Bool, Style::Plain, options.immutable.position);
            tree.append_entry(root, "immutable", value);
        }
    }
    let mut resource = Resource::new(Arc::new(tree));
    resource.needs_hash = !options.is_some_and(|options| options.disable_name_suffix_hash);
    resource.behavior = Some(Behavior::from_name(&args.behavior));
    resource.is_annotated = true;
    resource
}

/// Merges the options of the kustomization into those of a generator, which take precedence.
fn merge_options(local: Option<&GeneratorOptions>, global: Option<&GeneratorOptions>) -> Option<GeneratorOptions> {
    let Some(global) = global else { return local.cloned() };
    let mut merged = local.cloned().unwrap_or_default();
    for (key, value) in &global.labels {
        merged.labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    for (key, value) in &global.annotations {
        merged.annotations.entry(key.clone()).or_insert_with(|| value.clone());
    }
    merged.disable_name_suffix_hash |= global.disable_name_suffix_hash;
    if !merged.immutable.value {
        merged.immutable = global.immutable.clone();
    }
    Some(merged)
}
