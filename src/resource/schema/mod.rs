//! The Kubernetes schema: the merge keys of lists, and the scope of resource types.

mod built_in;
mod custom;
mod hash;

use std::sync::Arc;

use built_in::{BuiltInNode, Row, Scope, row};
use custom::{CustomNode, Resolved};

pub use built_in::{Document, DocumentField, ListMerge, documents_with_merge_keys};
pub use custom::CustomSchema;

/// The schema that a render uses.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    custom: Option<Arc<CustomSchema>>,
}

/// The schema of a node.
#[derive(Clone, Copy)]
pub enum SchemaNode<'a> {
    /// A node of the built-in table.
    BuiltIn(BuiltInNode),
    /// A node of a custom schema.
    Custom(CustomNode<'a>),
}

impl Schema {
    /// Returns whether there is a custom schema.
    pub fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    pub fn with_custom(custom: Arc<CustomSchema>) -> Schema {
        Schema { custom: Some(custom) }
    }

    /// Returns whether the built-in schema contains the scope of a resource type.
    pub fn knows_scope(api_version: &str, kind: &str) -> bool {
        row(api_version, kind).is_some_and(|row| row.scope.is_some())
    }

    /// Returns whether a resource type is cluster-scoped according to the schema.
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
        let built_in = || row(api_version, kind).and_then(Row::schema).map(SchemaNode::BuiltIn);
        match &self.custom {
            Some(custom) if custom.replaces_built_in => custom.of_resource(api_version, kind).map(SchemaNode::Custom),
            Some(custom) => built_in().or_else(|| custom.of_resource(api_version, kind).map(SchemaNode::Custom)),
            None => built_in(),
        }
    }
}

impl<'a> SchemaNode<'a> {
    /// Returns the schema of a field, if it has one.
    pub fn field(self, name: &str) -> Option<SchemaNode<'a>> {
        match self {
            SchemaNode::BuiltIn(node) => node.field(name).map(SchemaNode::BuiltIn),
            SchemaNode::Custom(node) => node.field(name).map(Resolved::into_node),
        }
    }

    /// Returns the schema of a list's elements.
    pub fn elements(self) -> Option<SchemaNode<'a>> {
        match self {
            SchemaNode::BuiltIn(node) => node.elements().map(SchemaNode::BuiltIn),
            SchemaNode::Custom(node) => node.elements().map(Resolved::into_node),
        }
    }

    /// Returns the merge behavior of a list.
    pub fn list_merge(self) -> ListMerge<'a> {
        match self {
            SchemaNode::BuiltIn(node) => node.list_merge(),
            SchemaNode::Custom(node) => node.list_merge(),
        }
    }
}

impl CustomSchema {
    /// Returns the root of the document as a schema.
    pub fn root(&self) -> SchemaNode<'_> {
        SchemaNode::Custom(self.root_node())
    }
}

impl<'a> Resolved<'a> {
    fn into_node(self) -> SchemaNode<'a> {
        match self {
            Resolved::BuiltIn(node) => SchemaNode::BuiltIn(node),
            Resolved::Custom(node) => SchemaNode::Custom(node),
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
