//! The `crds` field: OpenAPI definitions of custom resources, whose extensions name fields for the transformers.

use crate::diagnostic::Result;
use crate::load::Target;
use crate::resource::field_spec::{self, FieldSpec};
use crate::resource::gvk::Gvk;
use crate::yaml::{NodeId, Tree};

use super::config::{NameReference, TransformerConfig};

/// Reads all files that `crds` lists.
///
/// # Errors
/// Fails on files that are no definitions.
pub fn load(target: &Target) -> Result<TransformerConfig> {
    let mut config = TransformerConfig::default();
    for path in &target.kustomization().crds {
        let Some(tree) = target.file(path)?.document(target.limits)? else { continue };
        for (name, definition) in tree.entries(tree.root()) {
            let properties = tree.get_path(definition, &["Schema", "properties"]);
            let is_resource = properties.is_some_and(|properties| {
                ["kind", "apiVersion", "metadata"].iter().all(|field| tree.get(properties, field).is_some())
            });
            if is_resource {
                let name = tree.text(name);
                let kind = name.rsplit('.').next().unwrap_or(name);
                let mut definitions = Definitions { tree: &tree, gvk: Gvk::new("", "", kind), config: &mut config };
                definitions.walk(name, &mut Vec::new())?;
            }
        }
    }
    Ok(config)
}

struct Definitions<'a> {
    tree: &'a Tree,
    gvk: Gvk,
    config: &'a mut TransformerConfig,
}

impl Definitions<'_> {
    fn walk(&mut self, name: &str, path: &mut Vec<String>) -> Result<()> {
        let root = self.tree.root();
        let Some(properties) = self.tree.get_path(root, &[name, "Schema", "properties"]) else { return Ok(()) };
        // A definition may contain itself; deeper than this nothing is named.
        if path.len() > 32 {
            return Ok(());
        }
        let properties: Vec<(NodeId, NodeId)> = self.tree.entries(properties).collect();
        for (field, property) in properties {
            path.push(self.tree.text(field).to_string());
            self.property(property, path)?;
            path.pop();
        }
        Ok(())
    }

    fn extension(&self, property: NodeId, name: &str) -> Option<String> {
        self.tree.get(property, name).map(|value| self.tree.text(value).to_string())
    }

    fn field_spec(&self, path: &[String]) -> FieldSpec {
        FieldSpec::new(self.gvk.clone(), &path.join("/"), false)
    }

    fn property(&mut self, property: NodeId, path: &mut Vec<String>) -> Result<()> {
        if self.extension(property, "x-kubernetes-annotation").is_some() {
            let spec = self.field_spec(path);
            field_spec::merge_one(&mut self.config.common_annotations, spec)?;
        }
        if self.extension(property, "x-kubernetes-label-selector").is_some() {
            let spec = self.field_spec(path);
            field_spec::merge_one(&mut self.config.common_labels, spec)?;
        }
        if self.extension(property, "x-kubernetes-identity").is_some() {
            let spec = self.field_spec(path);
            field_spec::merge_one(&mut self.config.name_prefix, spec)?;
        }
        let version = self.extension(property, "x-kubernetes-object-ref-api-version");
        let kind = self.extension(property, "x-kubernetes-object-ref-kind");
        if let (Some(version), Some(kind)) = (version, kind) {
            let key =
                self.extension(property, "x-kubernetes-object-ref-name-key").unwrap_or_else(|| "name".to_string());
            path.push(key);
            let fields = vec![self.field_spec(path)];
            path.pop();
            self.config.add_name_reference(NameReference { gvk: Gvk::new("", &version, &kind), fields })?;
        }
        if let Some(reference) = self.extension(property, "$ref") {
            self.walk(&reference, path)?;
        }
        Ok(())
    }
}
