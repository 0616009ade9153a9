//! The `crds` field: OpenAPI definitions of custom resources, whose extensions add field specs for the transformers.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::inputs::File;
use crate::kustomization::Located;
use crate::resource::Work;
use crate::resource::identity::Gvk;
use crate::resource::paths::field_spec::FieldSpec;
use crate::target::Target;
use crate::yaml::{NodeId, Position, Span, Tag, Tree};

use super::crd_types;
use crate::resource::transformer_config::{FieldList, NameReference, TransformerConfig};

/// Reads all files listed under `crds`.
///
/// # Errors
/// Fails on files that are not definitions, and if they contain too many properties.
pub fn load(target: &Target, work: &mut Work) -> Result<TransformerConfig> {
    let mut config = TransformerConfig::default();
    // A file that is listed again adds nothing.
    let mut seen = HashSet::new();
    for path in &target.kustomization().crds {
        let file = target.file(path)?;
        if !seen.insert(file.id) {
            continue;
        }
        check_text(file, path)?;
        let Some(tree) = file.document(target.limits)? else { continue };
        crd_types::check(&tree).map_err(|error| error.hint("a `crds` file maps type names to OpenAPI definitions"))?;
        let mut written = TransformerConfig::default();
        let index = Index::new(&tree);
        for (name, definition) in tree.entries(tree.root()) {
            let is_resource = properties(&tree, definition).is_some_and(|properties| {
                ["kind", "apiVersion", "metadata"].iter().all(|field| tree.get(properties, field).is_some())
            });
            if is_resource {
                let name = tree.text(name);
                let kind = name.rsplit('.').next().unwrap_or(name);
                let gvk = Gvk::new("", "", kind);
                let mut definitions =
                    Definitions { tree: &tree, index: &index, gvk, config: &mut written, work: &mut *work };
                definitions.walk(name, &mut Vec::new())?;
            }
        }
        config.add(&written)?;
    }
    Ok(config)
}

/// Checks that the file is not empty, and that it is valid JSON if it starts with a brace.
fn check_text(file: &File, path: &Located<String>) -> Result<()> {
    let text = file.text()?;
    if text.is_empty() {
        return Err(Diagnostic::error(Code::InvalidValue, format!("`{}` is empty", path.value))
            .at(Span::new(path.position, path.len()), "contains no definitions"));
    }
    if !text.starts_with('{') {
        return Ok(());
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| {
        let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let position = Position::new(file.id, line_start + error.column().saturating_sub(1));
        Diagnostic::error(Code::InvalidYaml, format!("invalid JSON: {error}"))
            .at(position, "not valid JSON")
            .hint("a file that starts with `{` is parsed as JSON")
    })
}

/// Returns the properties of a definition.
fn properties(tree: &Tree, definition: NodeId) -> Option<NodeId> {
    let field = |node: NodeId, name: &str| {
        tree.entries(node).find(|&(key, _)| tree.text(key).eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    field(field(definition, "Schema")?, "properties")
}

/// The number of extensions that are looked up in each property.
const EXTENSIONS: usize = 7;

const ANNOTATION: &str = "x-kubernetes-annotation";
const LABEL_SELECTOR: &str = "x-kubernetes-label-selector";
const IDENTITY: &str = "x-kubernetes-identity";
const REFERENCE_VERSION: &str = "x-kubernetes-object-ref-api-version";

/// The extensions that add field specs.
const SPEC_EXTENSIONS: [&str; 4] = [ANNOTATION, LABEL_SELECTOR, IDENTITY, REFERENCE_VERSION];

/// The definitions of a file that lead to an extension: their properties, by name. References may multiply the others, which
/// add nothing.
struct Index<'a>(HashMap<&'a str, Vec<(NodeId, NodeId)>>);

impl<'a> Index<'a> {
    fn new(tree: &'a Tree) -> Index<'a> {
        let mut all: HashMap<&str, Vec<(NodeId, NodeId)>> = HashMap::new();
        for (name, definition) in tree.entries(tree.root()) {
            // Of equal names, the first counts.
            all.entry(tree.text(name)).or_insert_with(|| {
                properties(tree, definition).map_or_else(Vec::new, |properties| tree.entries(properties).collect())
            });
        }
        let mut referring: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut open = Vec::new();
        for (&name, properties) in &all {
            for &(_, property) in properties {
                if SPEC_EXTENSIONS.iter().any(|extension| tree.get(property, extension).is_some()) {
                    open.push(name);
                }
                if let Some(reference) = tree.get(property, "$ref") {
                    referring.entry(tree.text(reference)).or_default().push(name);
                }
            }
        }
        let mut leading = HashMap::new();
        while let Some(name) = open.pop() {
            if let Some(properties) = all.remove(name) {
                leading.insert(name, properties);
                open.extend(referring.get(name).into_iter().flatten());
            }
        }
        Index(leading)
    }
}

struct Definitions<'a> {
    tree: &'a Tree,
    index: &'a Index<'a>,
    gvk: Gvk,
    config: &'a mut TransformerConfig,
    work: &'a mut Work,
}

impl Definitions<'_> {
    fn walk(&mut self, name: &str, path: &mut Vec<String>) -> Result<()> {
        let Some(properties) = self.index.0.get(name) else { return Ok(()) };
        // A definition may contain itself; properties below this depth are ignored.
        if path.len() > 32 {
            return Ok(());
        }
        // The work doubles with each level if each definition contains the next one twice.
        self.work.count(EXTENSIONS * properties.len())?;
        for &(field, property) in properties {
            path.push(self.tree.text(field).to_string());
            self.property(property, path)?;
            path.pop();
        }
        Ok(())
    }

    fn extension(&self, property: NodeId, name: &str) -> Option<String> {
        let value = self.tree.get(property, name)?;
        (self.tree.tag(value) == Tag::Str).then(|| self.tree.text(value).to_string())
    }

    fn field_spec(&self, property: NodeId, path: &[String]) -> FieldSpec {
        FieldSpec::new(self.gvk.clone(), &path.join("/"), false).written_at(self.tree.position(property))
    }

    fn property(&mut self, property: NodeId, path: &mut Vec<String>) -> Result<()> {
        if self.extension(property, ANNOTATION).is_some() {
            let spec = self.field_spec(property, path);
            self.config[FieldList::CommonAnnotations].push(spec);
        }
        if self.extension(property, LABEL_SELECTOR).is_some() {
            let spec = self.field_spec(property, path);
            self.config[FieldList::CommonLabels].push(spec);
        }
        if self.extension(property, IDENTITY).is_some() {
            let spec = self.field_spec(property, path);
            self.config[FieldList::NamePrefix].push(spec);
        }
        let version = self.extension(property, REFERENCE_VERSION);
        let kind = self.extension(property, "x-kubernetes-object-ref-kind");
        if let (Some(version), Some(kind)) = (version, kind) {
            let key =
                self.extension(property, "x-kubernetes-object-ref-name-key").unwrap_or_else(|| "name".to_string());
            path.push(key);
            let fields = vec![self.field_spec(property, path)];
            path.pop();
            self.config.name_reference.push(NameReference { gvk: Gvk::new("", &version, &kind), fields });
        }
        if let Some(reference) = self.extension(property, "$ref") {
            self.walk(&reference, path)?;
        }
        Ok(())
    }
}
