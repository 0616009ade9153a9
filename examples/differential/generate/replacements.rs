//! Generates `replacements`.

use crate::document::{Node, list, raw, text, texts};
use crate::map;

use super::patches::{Lists, Step};
use super::{Generator, KnownResource, Scope, manifests, scalars};

impl Generator<'_> {
    /// Adds `replacements`.
    pub fn replacements(&mut self, directory: &str, scope: &Scope, kustomization: &mut Node) {
        if !self.wants("replacements", 20) {
            return;
        }
        let mut entries = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let Some(replacement) = self.replacement(scope) else { continue };
            if self.chance(15) {
                let name = self.new_file_name("replacement", ".yaml");
                let several = self.chance(30);
                let content = if several { list([replacement]) } else { replacement };
                self.write_yaml(&format!("{directory}/{name}"), vec![content]);
                entries.push(map! { "path" => text(name) });
            } else {
                entries.push(replacement);
            }
        }
        if !entries.is_empty() {
            kustomization.set("replacements", list(entries));
        }
    }

    /// Returns one replacement.
    pub fn replacement(&mut self, scope: &Scope) -> Option<Node> {
        let source = self.random_resource(scope)?;
        let mut replacement = Node::mapping();
        if self.chance(15) {
            let value = self.string();
            replacement.set("sourceValue", value);
        } else {
            let mut selector = self.resource_selector(&source);
            if self.chance(75) {
                let path = if source.patched {
                    self.random.pick(&["metadata.name", "kind", "apiVersion"]).to_string()
                } else {
                    self.scalar_path(&source, Lists::Keys)?
                };
                selector.set("fieldPath", text(path));
            }
            if self.chance(15) {
                selector.set("options", self.delimiter(false));
            }
            replacement.set("source", selector);
        }
        let mut targets = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let known = self.random_resource(scope)?;
            targets.push(self.target(&known, scope)?);
        }
        replacement.set("targets", list(targets));
        Some(replacement)
    }

    /// Returns a selector that usually matches only this resource.
    fn resource_selector(&mut self, known: &KnownResource) -> Node {
        let mut selector = map! { "kind" => text(&known.kind), "name" => text(self.random.pick(&known.names)) };
        let (group, version) = known.group_version();
        if self.chance(15) {
            selector.set("version", text(version));
        }
        if self.chance(15) && !group.is_empty() {
            selector.set("group", text(group));
        }
        if self.chance(10) && !known.namespace().is_empty() {
            selector.set("namespace", text(known.namespace()));
        }
        selector
    }

    fn delimiter(&mut self, create: bool) -> Node {
        let mut options = Node::mapping();
        if self.chance(if create { 30 } else { 90 }) {
            options.set("delimiter", text(*self.random.pick(&[":", "-", "/", ".", "e", ", ", "="])));
            if self.chance(60) {
                let indexes =
                    if create || self.allows_errors { &["0", "1", "2", "-1", "5"][..] } else { &["0", "0", "0", "1"] };
                options.set("index", raw(*self.random.pick(indexes)));
            }
        }
        if create && self.chance(60) {
            options.set("create", raw("true"));
        }
        options
    }

    fn target(&mut self, known: &KnownResource, scope: &Scope) -> Option<Node> {
        let select = if self.chance(85) { self.resource_selector(known) } else { self.selector(known) };
        let mut target = map! { "select" => select };
        if self.chance(12) {
            let rejected = self.random_resource(scope)?;
            target.set("reject", list([self.resource_selector(&rejected)]));
        }
        let mut field_paths = Vec::new();
        let mut create = false;
        for _ in 0..*self.random.pick(&[1, 1, 2]) {
            let has_template = known.node.get("spec").is_some_and(|spec| spec.get("template").is_some());
            let new = [
                "metadata.annotations.replaced",
                "metadata.labels[example.com/x]",
                "metadata.labels.new",
                "metadata.annotations.a\\.b/c",
                "spec.added.field",
                "data.new",
                "spec.template.spec.containers.[name=main].env.[name=NEW].value",
                "spec.template.spec.containers.0.image",
                "spec.template.spec.containers.*.image",
                "spec.template.spec.containers.*.args.-",
                "spec.list.-",
                "spec.rules.*.http.paths.*.path",
            ];
            // Paths that create fields in one kind may find values of other types in another.
            let usable = match (self.allows_errors, has_template) {
                (true, _) => new.len(),
                (false, true) => new.len() - 3,
                (false, false) => 4,
            };
            field_paths.push(if known.patched || self.chance(25) {
                create = true;
                self.random.pick(&new[..usable]).to_string()
            } else {
                self.any_path(known)?
            });
        }
        target.set("fieldPaths", texts(field_paths));
        if create && !self.allows_errors || self.chance(15) {
            let mut options = self.delimiter(true);
            if create {
                options.set("create", raw("true"));
            }
            target.set("options", options);
        }
        Some(target)
    }

    /// Returns the path of a node of a resource, usually of a string.
    fn any_path(&mut self, known: &KnownResource) -> Option<String> {
        let is_structured = known.node.get("data").is_some_and(|data| data.get(manifests::STRUCTURED_KEY).is_some());
        if is_structured && self.chance(70) {
            let key = manifests::STRUCTURED_KEY.replace('.', "\\.");
            return Some(format!("data.{key}.{}", self.random.pick(scalars::INNER_PATHS)));
        }
        let all = self.changeable(&known.node);
        if self.chance(95) {
            // A number must remain a number, but most sources are not numbers.
            let is_string = |node: &Node| node.as_text().is_some_and(|text| text.parse::<f64>().is_err());
            let strings: Vec<&Vec<Step>> =
                all.iter().filter(|(_, node)| is_string(node)).map(|(path, _)| path).collect();
            let path = (*self.random.choose(&strings)?).clone();
            return Some(self.field_path(&known.node, &path, Lists::Wildcards));
        }
        let inner: Vec<&Vec<Step>> = all.iter().map(|(path, _)| path).filter(|path| path.len() > 1).collect();
        let path = (*self.random.choose(&inner)?).clone();
        Some(self.field_path(&known.node, &path, Lists::Wildcards))
    }
}
