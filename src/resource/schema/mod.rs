//! The Kubernetes schema: which lists merge by which keys, and which kinds have no namespace.
//!
//! The built-in table is that of Kubernetes 1.21.2, as in the reference, compiled into the binary (`build.rs`).

include!(concat!(env!("OUT_DIR"), "/kubernetes_schema.rs"));

mod custom;
mod hash;

use std::sync::Arc;

pub use custom::CustomSchema;
use hash::hash_of_type;

/// A stretch of `TEXTS`.
#[derive(Clone, Copy)]
struct Text {
    at: u32,
    len: u8,
}

impl Text {
    fn get(self) -> &'static str {
        &TEXTS[self.at as usize..][..self.len as usize]
    }
}

/// A type of resource. Rows are sorted by their hash.
struct Row {
    hash: u32,
    kind: Text,
    api_version: Text,
    scope: Option<Scope>,
    definition: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Cluster,
    Namespaced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Scalar,
    Object,
    List,
    Map,
}

struct Field {
    name: Text,
    shape: Shape,
    /// The definition of the object, the elements or the values; `u16::MAX` where there is none.
    of: u16,
    merge: bool,
    has_strategy: bool,
    /// The place of the keys in `LISTS_OF_KEYS`.
    keys: u8,
}

/// The schema that a render uses.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    custom: Option<Arc<CustomSchema>>,
}

/// What the schema says of one node.
#[derive(Clone, Copy)]
pub enum SchemaNode<'a> {
    /// An object of the built-in table.
    Definition(u16),
    /// A list of the built-in table.
    List(BuiltIn),
    /// A mapping of the built-in table with arbitrary keys.
    Map(BuiltIn),
    /// A node that the schema knows but says nothing about, such as a scalar.
    Opaque,
    /// A node of a schema that the kustomization brought.
    Custom(&'a CustomSchema, custom::CustomNode<'a>),
}

/// A field of the built-in table.
#[derive(Clone, Copy)]
pub struct BuiltIn(&'static Field);

/// How a list is merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListMerge<'a> {
    /// The schema names a patch strategy.
    pub has_strategy: bool,
    /// That strategy is to merge.
    pub merge: bool,
    /// The fields that identify an element; none for lists of scalars.
    pub keys: Vec<&'a str>,
}

impl Schema {
    /// Returns whether there is more than the built-in schema.
    pub fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    pub fn with_custom(custom: Arc<CustomSchema>) -> Schema {
        Schema { custom: Some(custom) }
    }

    /// Returns whether the built-in schema says if resources of this type have a namespace.
    pub fn knows_scope(api_version: &str, kind: &str) -> bool {
        row(api_version, kind).is_some_and(|row| row.scope.is_some())
    }

    /// Returns whether resources of this type are known to have no namespace.
    pub fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        if let Some(row) = row(api_version, kind)
            && row.scope.is_some()
        {
            return row.scope == Some(Scope::Cluster);
        }
        self.custom.as_ref().is_some_and(|custom| custom.is_cluster_scoped(api_version, kind))
    }

    /// Returns the schema of a resource type.
    pub fn of_resource(&self, api_version: &str, kind: &str) -> Option<SchemaNode<'_>> {
        let built_in =
            || row(api_version, kind).filter(|row| row.definition != u16::MAX).map(|row| definition(row.definition));
        match &self.custom {
            Some(custom) if custom.replaces_built_in => custom.of_resource(api_version, kind),
            Some(custom) => built_in().or_else(|| custom.of_resource(api_version, kind)),
            None => built_in(),
        }
    }
}

fn row(api_version: &str, kind: &str) -> Option<&'static Row> {
    let hash = hash_of_type(api_version, kind);
    let from = RESOURCES.partition_point(|row| row.hash < hash);
    let rows = RESOURCES[from..].iter().take_while(|row| row.hash == hash);
    rows.into_iter().find(|row| row.kind.get() == kind && row.api_version.get() == api_version)
}

/// Returns the number of a built-in definition.
fn definition_named(name: &str) -> Option<u16> {
    DEFINITION_NAMES.binary_search_by_key(&name, |text| text.get()).ok().map(|number| number as u16)
}

fn definition<'a>(number: u16) -> SchemaNode<'a> {
    if number == u16::MAX { SchemaNode::Opaque } else { SchemaNode::Definition(number) }
}

impl<'a> SchemaNode<'a> {
    /// Returns the schema of a field, where there is one.
    pub fn field(self, name: &str) -> Option<SchemaNode<'a>> {
        match self {
            SchemaNode::Definition(number) => {
                let (start, end) = DEFINITIONS[number as usize];
                let fields = &FIELDS[start as usize..end as usize];
                let field = &fields[fields.binary_search_by_key(&name, |field| field.name.get()).ok()?];
                Some(match field.shape {
                    Shape::Scalar => SchemaNode::Opaque,
                    Shape::Object => definition(field.of),
                    Shape::List => SchemaNode::List(BuiltIn(field)),
                    Shape::Map => SchemaNode::Map(BuiltIn(field)),
                })
            }
            SchemaNode::Map(field) => Some(definition(field.0.of)),
            SchemaNode::List(_) | SchemaNode::Opaque => None,
            SchemaNode::Custom(schema, node) => schema.field(node, name),
        }
    }

    /// Returns the schema of a list's elements.
    pub fn elements(self) -> Option<SchemaNode<'a>> {
        match self {
            SchemaNode::List(field) => Some(definition(field.0.of)),
            SchemaNode::Custom(schema, node) => schema.elements(node),
            _ => None,
        }
    }

    /// Returns how a list is merged.
    pub fn list_merge(self) -> ListMerge<'a> {
        match self {
            SchemaNode::List(BuiltIn(field)) if field.has_strategy => {
                ListMerge { has_strategy: true, merge: field.merge, keys: LISTS_OF_KEYS[field.keys as usize].to_vec() }
            }
            SchemaNode::Custom(schema, node) => schema.list_merge(node),
            _ => ListMerge::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_merge_by_name_and_ports_by_two_keys() {
        let schema = Schema::default();
        let path = |path: &str| {
            path.split('.').fold(schema.of_resource("apps/v1", "Deployment"), |node, name| node?.field(name))
        };
        assert_eq!(path("spec.template.spec.containers").map(|node| node.list_merge().keys), Some(vec!["name"]));
        let ports = path("spec.template.spec.containers").and_then(SchemaNode::elements).and_then(|c| c.field("ports"));
        assert_eq!(ports.map(|node| node.list_merge().keys), Some(vec!["containerPort", "protocol"]));
        assert!(path("spec.template.spec.tolerations").is_some_and(|node| !node.list_merge().has_strategy));
        assert!(path("spec.nothing").is_none());
    }

    #[test]
    fn scopes_are_known() {
        let schema = Schema::default();
        assert!(schema.is_cluster_scoped("v1", "Namespace"));
        assert!(!schema.is_cluster_scoped("v1", "Service"));
        assert!(!schema.is_cluster_scoped("example.com/v1", "Widget"));
    }
}
