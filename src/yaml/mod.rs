//! YAML text and trees. Knows nothing of Kubernetes.

mod builder;
mod emit;
mod inline;
mod natural_order;
mod parse;
mod position;
mod reformat;
mod resolve;
mod scan;
mod tree;
mod typed;

pub use emit::{EmitError, is_block_scalar, one_line_style, write, write_in_flow, write_plain_or_quoted};
pub use inline::InlineText;
pub use natural_order::{less as natural_less, sort as sort_by_relation};
pub use parse::{
    ParseError, ParseLimit, ParseLimits, decode_text, parse_single, parse_stream, parse_strict, parse_value,
};
pub use position::{FileId, Position, Span};
pub use reformat::{Sink, json_float, json_string, node_to_json, to_json, to_text};
pub use resolve::{
    Plain, Words, float_through_json, format_float, format_short_float, is_base60, old_bool, plain_tag, resolve,
};
#[doc(hidden)]
pub use scan::{Agreement, scanner_agrees};
pub use tree::{Children, Entries, Kind, NodeId, Style, Tag, Tree};
pub use typed::{Context, Scalar, typed};
