//! The `configMapGenerator` field.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{GeneratorArgs, GeneratorOptions, Located};
use crate::resource::Resource;
use crate::resource::data::base64_lines;
use crate::target::Target;
use crate::yaml::{Tag, string_style};

use super::generated::{end, start};
use super::sources;

/// Generates a ConfigMap. Text is stored in `data`, everything else in `binaryData`.
///
/// # Errors
/// Fails if the name is missing, and on malformed sources.
pub fn generate(args: &Located<GeneratorArgs>, global: Option<&GeneratorOptions>, target: &Target) -> Result<Resource> {
    check_name(args)?;
    let sources = sources::collect(args, target)?;
    // The largest file is shared instead of copied.
    let shared = sources.values().filter_map(|source| source.text).max_by_key(|text| text.len());
    let mut tree = start("ConfigMap", args, shared.cloned().unwrap_or_default());
    let root = tree.root();
    for (key, source) in &sources {
        let (field, text) = match std::str::from_utf8(&source.bytes) {
            Ok(text) => ("data", Cow::Borrowed(text)),
            Err(_) => ("binaryData", Cow::Owned(base64_lines(&source.bytes))),
        };
        let map = match tree.get(root, field) {
            Some(map) => map,
            None => {
                let map = tree.mapping(args.position);
                tree.append_entry(root, field, map);
                map
            }
        };
        let (style, position) = (string_style(&text), source.position);
        let is_shared = source.text.zip(shared).is_some_and(|(text, shared)| Arc::ptr_eq(text, shared));
        let node = match is_shared {
            true => tree.source_as_scalar(Tag::Str, style, position),
            false => tree.scalar(&text, Tag::Str, style, position),
        };
        tree.append_entry(map, key, node);
    }
    Ok(end(tree, args, global))
}

/// Checks that a generator has a name.
///
/// # Errors
/// Fails if the name is missing.
pub fn check_name(args: &Located<GeneratorArgs>) -> Result<()> {
    if args.name.is_empty() {
        return Err(Diagnostic::error(Code::InvalidGenerator, "a generator must have a name")
            .at(args.position, "missing `name`"));
    }
    Ok(())
}
