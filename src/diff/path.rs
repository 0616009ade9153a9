//! The path of a field on both sides.

use std::fmt;

use crate::resource::paths::{FieldPath, Segment as FieldSegment};

/// The segments from the root of a resource to a field.
///
/// # Example
/// A filter of changes by the name of the field:
/// ```
/// use boutique::diff::{ChangePath, Segment};
///
/// fn is_image(ChangePath(segments): &ChangePath) -> bool {
///     matches!(segments.last(), Some(Segment::Field(name)) if name == "image")
/// }
///
/// let field = |name: &str| Segment::Field(name.to_string());
/// let second = Segment::Item { before: Some(0), after: Some(1) };
/// let path = ChangePath(vec![field("spec"), field("containers"), second, field("image")]);
/// assert!(is_image(&path));
/// assert_eq!(path.to_string(), "spec.containers[1].image");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangePath(pub Vec<Segment>);

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value of a key.
    Field(String),
    /// The list element with these values in the fields that identify the elements.
    Selector(Vec<(String, String)>),
    /// An element of another list, by its index on each side.
    Item {
        /// The index on the old side.
        before: Option<usize>,
        /// The index on the new side.
        after: Option<usize>,
    },
}

impl ChangePath {
    /// Returns the path on the new side, or on the old one if the field was removed.
    pub fn to_field_path(&self) -> FieldPath {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Field(name) => FieldSegment::Name(name.clone()),
            Segment::Selector(pairs) => FieldSegment::Selector(pairs.clone()),
            Segment::Item { before, after } => FieldSegment::Index(after.or(*before).unwrap_or_default()),
        });
        FieldPath::new(segments.collect())
    }

    /// Returns whether it is `metadata.name`.
    pub fn is_name(&self) -> bool {
        self.to_field_path().is(&["metadata", "name"])
    }
}

impl fmt::Display for ChangePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_field_path().fmt(f)
    }
}
