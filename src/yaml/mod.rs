//! YAML text and trees, independent of Kubernetes.
//!
//! # Example
//! The trees of resources can be read; a render makes them.
//! ```
//! use boutique::yaml::{Kind, Style, Tag};
//! use boutique::{Options, io};
//!
//! let host = io::MemoryHost::new([
//!     ("/kustomization.yaml", "resources: [a.yaml]\n"),
//!     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1', y: two}\n"),
//! ]);
//! let rendered = io::render(&host, "/", &Options::default()).result.expect("it is valid");
//! let tree = rendered.resources()[0].tree();
//! let data = tree.get(tree.root(), "data").expect("it has data");
//! assert_eq!((tree.kind(data), tree.len(data)), (Kind::Mapping, 2));
//! let entries: Vec<(&str, &str)> =
//!     tree.entries(data).map(|(key, value)| (tree.text(key), tree.text(value))).collect();
//! assert_eq!(entries, [("x", "1"), ("y", "two")]);
//! let (_, x) = tree.entries(data).next().expect("it has entries");
//! assert_eq!((tree.tag(x), tree.style(x)), (Tag::Str, Style::SingleQuoted));
//! ```
//!
//! A search through all values:
//! ```
//! use boutique::yaml::{Children, Entries, NodeId, Tree};
//! use boutique::{Options, io};
//!
//! /// Returns the values of all fields with a name.
//! fn values<'a>(tree: &'a Tree, node: NodeId, name: &str) -> Vec<&'a str> {
//!     let entries: Entries<'_> = tree.entries(node);
//!     let mut found = Vec::new();
//!     for (key, value) in entries {
//!         if tree.text(key) == name && tree.is_scalar(value) {
//!             found.push(tree.text(value));
//!         }
//!         found.extend(values(tree, value, name));
//!     }
//!     let elements: Children<'_> = tree.elements(node);
//!     found.extend(elements.flat_map(|element| values(tree, element, name)));
//!     found
//! }
//!
//! let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: web}, {image: log}]}\n";
//! let host = io::MemoryHost::new([("/kustomization.yaml", "resources: [pod.yaml]\n"), ("/pod.yaml", pod)]);
//! let rendered = io::render(&host, "/", &Options::default()).result.expect("it is valid");
//! let tree = rendered.resources()[0].tree();
//! assert_eq!(values(tree, tree.root(), "image"), ["web", "log"]);
//! ```

mod agreement;
mod analysis;
mod blank_scalar;
mod builder;
mod documents;
mod emit;
mod events;
mod inline;
mod limits;
mod natural_order;
mod old_breaks;
mod parse;
mod position;
mod presentation;
mod reformat;
mod rejected;
mod resolve;
mod scan;
mod string_style;
mod text_writer;
mod tree;
mod typed;

#[doc(hidden)]
pub use agreement::{Agreement, scanner_agrees};
pub(crate) use analysis::analyses_agree;
pub(crate) use documents::{document_after_empty, further_document, second_document};
pub(crate) use emit::{
    EmitError, Mark, UNREADABLE_BLOCK, is_block_scalar, is_unreadable_block, multi_line_style, one_line_style, write,
    write_in_flow, write_plain_or_quoted, write_with_marks,
};
pub(crate) use events::with_missing_space;
pub(crate) use inline::InlineText;
pub(crate) use limits::{ParseError, ParseLimit};
pub(crate) use natural_order::sort as sort_by_relation;
pub(crate) use old_breaks::{
    MARKER_AFTER_NEXT_LINE, NEXT_LINE, NEXT_LINE_IN_A_KEY, has_marker_after_next_line, may_have_next_lines,
    read_from_json,
};
pub(crate) use parse::{decode_text, parse_single, parse_stream, parse_strict, parse_value};
pub(crate) use presentation::{Presentation, parse_presented};
pub(crate) use reformat::{Sink, json_float, json_string, node_to_json, to_json};
pub(crate) use resolve::{
    GoYaml, Plain, float_through_json, format_float, format_short_float, is_base60, plain_tag, resolve, yaml_1_1_bool,
};
pub(crate) use string_style::{resolves_to_non_string, string_style};
pub(crate) use text_writer::{to_text, to_text_with};
pub(crate) use typed::{Context, Scalar, typed};

pub use limits::ParseLimits;
pub use position::{FileId, Position, Span};
pub use tree::{Children, Entries, Kind, NodeId, Style, Tag, Tree};
