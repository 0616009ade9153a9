//! The `secretGenerator` field.

use std::sync::Arc;

use crate::diagnostic::Result;
use crate::kustomization::{GeneratorArgs, GeneratorOptions, Located};
use crate::resource::Resource;
use crate::resource::data::base64_lines;
use crate::target::Target;
use crate::yaml::{Tag, string_style};

use super::config_map_generator::check_name;
use super::generated::{end, start};
use super::sources;

/// Generates a Secret, whose values are encoded in base64.
///
/// # Errors
/// Fails if the name is missing, and on malformed sources.
pub fn generate(args: &Located<GeneratorArgs>, global: Option<&GeneratorOptions>, target: &Target) -> Result<Resource> {
    check_name(args)?;
    let mut tree = start("Secret", args, Arc::default());
    let root = tree.root();
    let (secret_type, position) = match &args.secret_type {
        written if written.is_empty() => ("Opaque", args.position),
        written => (written.as_str(), written.position),
    };
    let secret_type = tree.string(secret_type, position);
    tree.append_entry(root, "type", secret_type);
    let data = tree.mapping(args.position);
    tree.append_entry(root, "data", data);
    for (key, source) in sources::collect(args, target)? {
        let text = base64_lines(&source.bytes);
        let node = tree.scalar(&text, Tag::Str, string_style(&text), source.position);
        tree.append_entry(data, &key, node);
    }
    Ok(end(tree, args, global))
}
