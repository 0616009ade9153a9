//! Resources, their identities, and the ways to select and change them.

pub mod data;
pub mod field_path;
pub mod field_spec;
pub mod gvk;
pub mod journal;
pub mod json6902;
pub mod label_selector;
pub mod limits;
pub mod notes;
pub mod origin;
pub mod path_matcher;
pub mod pattern;
#[allow(clippy::module_inception)]
pub mod resource;
pub mod resources;
pub mod schema;
pub mod selector;
pub mod strategic_merge;

pub use field_spec::FieldSpec;
pub use gvk::{Gvk, ResId};
pub use journal::{Journal, Removed, State, Step};
pub use limits::{RenderLimits, Work};
pub use origin::{ConfiguredBy, Origin};
pub use resource::{Behavior, Resource};
pub use resources::{Resources, Wanted};
pub use schema::Schema;
pub use selector::Selector;
