//! Generates `generators`, `transformers` and `validators` of built-in kinds: inline, in files and in directories.

use std::collections::HashSet;

use crate::document::{Node, list, raw, text, texts};
use crate::map;

use super::{Generator, Scope, manifests};

impl Generator<'_> {
    /// Adds a field of plugins.
    pub fn plugins(&mut self, directory: &str, field: &str, scope: &mut Scope, kustomization: &mut Node) {
        let percent = if field == "transformers" { 16 } else { 6 };
        if !self.wants(field, percent) {
            return;
        }
        let mut entries = Vec::new();
        let mut ids = HashSet::new();
        for _ in 0..self.random.between(1, 2) {
            let mut documents: Vec<Node> = Vec::new();
            for _ in 0..*self.random.pick(&[1, 1, 1, 2]) {
                documents.extend(match field {
                    "generators" => self.generator_plugin(directory, scope),
                    "validators" => Some(self.validator()),
                    _ => self.transformer(directory, scope),
                });
            }
            // Plugins are resources, whose identities must be distinct.
            documents.retain(|document| {
                let name = document.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_text);
                ids.insert((document.get("kind").and_then(Node::as_text), name))
            });
            if documents.is_empty() {
                continue;
            }
            entries.push(match self.random.below(10) {
                0..5 => Node::embedded(documents, false),
                5..8 => {
                    let name = self.new_file_name("plugin", ".yaml");
                    self.write_yaml(&format!("{directory}/{name}"), documents);
                    text(name)
                }
                _ => {
                    let (relative_path, path) = self.new_directory(directory, "plugins");
                    let mut inner = map! { "resources" => texts(["plugin.yaml"]) };
                    if self.chance(20) {
                        inner.set("namePrefix", text("p-"));
                    }
                    self.write_yaml(&format!("{path}/plugin.yaml"), documents);
                    self.write_kustomization(&path, inner);
                    text(relative_path)
                }
            });
        }
        if !entries.is_empty() {
            kustomization.set(field, list(entries));
        }
    }

    fn plugin(&mut self, kind: &str) -> Node {
        let mut metadata = map! { "name" => text(format!("plugin-{}", self.random.below(1000))) };
        if self.chance(8) {
            let key = "config.kubernetes.io/local-config";
            metadata.set("annotations", map! { key => text("true") });
        }
        map! { "apiVersion" => text("builtin"), "kind" => text(kind), "metadata" => metadata }
    }

    fn generator_plugin(&mut self, directory: &str, scope: &mut Scope) -> Option<Node> {
        let kind =
            *self.random.pick(&["ConfigMapGenerator", "ConfigMapGenerator", "SecretGenerator", "IAMPolicyGenerator"]);
        let mut plugin = self.plugin(kind);
        match kind {
            "IAMPolicyGenerator" => {
                plugin.set("cloud", text("gke"));
                plugin.set("kubernetesService", map! { "name" => text(self.new_file_name("account-", "")) });
                plugin.set("serviceAccount", map! { "name" => text("gsa"), "projectId" => text("project") });
            }
            _ => {
                let generated = if kind == "ConfigMapGenerator" { "ConfigMap" } else { "Secret" };
                let entry = self.generator(directory, generated, scope)?;
                for field in entry.entries() {
                    match field.key.as_str() {
                        "name" => {
                            let mut metadata = plugin.get("metadata").cloned().unwrap_or_else(Node::mapping);
                            metadata.set("name", field.value.clone());
                            plugin.set("metadata", metadata);
                        }
                        key => plugin.set(key, field.value.clone()),
                    }
                }
            }
        }
        Some(plugin)
    }

    fn validator(&mut self) -> Node {
        // Validators must not change resources, and these do not.
        let mut plugin = self.plugin("LabelTransformer");
        if self.wants_error(30) {
            plugin.set("labels", map! { "a" => text("b") });
            plugin.set("fieldSpecs", list([map! { "path" => text("metadata/labels"), "create" => raw("true") }]));
        }
        plugin
    }

    fn transformer(&mut self, directory: &str, scope: &mut Scope) -> Option<Node> {
        let kinds = [
            "PrefixTransformer",
            "SuffixTransformer",
            "PrefixSuffixTransformer",
            "LabelTransformer",
            "AnnotationsTransformer",
            "NamespaceTransformer",
            "ImageTagTransformer",
            "ReplicaCountTransformer",
            "PatchTransformer",
            "PatchJson6902Transformer",
            "PatchStrategicMergeTransformer",
            "ReplacementTransformer",
            "ValueAddTransformer",
            // Not all releases have these.
            "SortOrderTransformer",
            "HashTransformer",
        ];
        let usable = if self.allows_errors { kinds.len() } else { kinds.len() - 2 };
        let kind = *self.random.pick(&kinds[..usable]);
        let mut plugin = self.plugin(kind);
        let paths = match kind {
            "PatchTransformer" | "PatchJson6902Transformer" | "PatchStrategicMergeTransformer" => {
                self.set_patch(kind, directory, scope, &mut plugin)?;
                Vec::new()
            }
            "ReplacementTransformer" | "ValueAddTransformer" => {
                self.set_values(kind, scope, &mut plugin)?;
                Vec::new()
            }
            _ => self.set_fields(kind, scope, &mut plugin)?,
        };
        if !paths.is_empty() {
            plugin.set("fieldSpecs", self.plugin_field_specs(kind, &paths));
        }
        Some(plugin)
    }

    /// Sets the fields of a plugin with `fieldSpecs`. Returns the possible paths in them.
    fn set_fields(&mut self, kind: &str, scope: &mut Scope, plugin: &mut Node) -> Option<Vec<&'static str>> {
        let mut specs = Vec::new();
        match kind {
            "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => {
                if kind != "SuffixTransformer" {
                    plugin.set("prefix", text("plugin-"));
                }
                if kind != "PrefixTransformer" {
                    plugin.set("suffix", text("-plugin"));
                }
                specs = vec!["metadata/name", "metadata/name", "spec/alpha"];
            }
            "LabelTransformer" => {
                plugin.set("labels", map! { "plugin" => self.string() });
                specs = vec!["metadata/labels", "spec/selector/matchLabels", "spec/template/metadata/labels"];
            }
            "AnnotationsTransformer" => {
                plugin.set("annotations", map! { "plugin" => self.string() });
                specs = vec!["metadata/annotations", "spec/template/metadata/annotations"];
            }
            "NamespaceTransformer" => {
                let mut metadata = plugin.get("metadata").cloned().unwrap_or_else(Node::mapping);
                metadata.set("namespace", text(*self.random.pick(manifests::NAMESPACES)));
                plugin.set("metadata", metadata);
                if self.chance(40) {
                    plugin.set("unsetOnly", raw("true"));
                }
                if self.chance(40) {
                    let modes = ["allServiceAccounts", "defaultOnly", "none"];
                    plugin.set("setRoleBindingSubjects", text(*self.random.pick(&modes)));
                }
                if self.chance(60) {
                    specs = vec!["metadata/namespace", "spec/namespace", "subjects"];
                }
            }
            "ImageTagTransformer" => {
                plugin.set("imageTag", self.image());
                if self.chance(40) {
                    specs = vec!["spec/template/spec/containers[]/image", "spec/image"];
                }
            }
            "ReplicaCountTransformer" => {
                let known = self.random_resource(scope)?;
                plugin.set("replica", map! { "name" => text(&known.names[0]), "count" => raw("7") });
                specs = vec!["spec/replicas", "spec/replicas", "spec/alpha"];
            }
            "SortOrderTransformer" => {
                let order = *self.random.pick(&["legacy", "fifo"]);
                plugin.set("sortOptions", map! { "order" => text(order) });
            }
            _ => {}
        }
        Some(specs)
    }

    /// Sets the patch of a plugin.
    fn set_patch(&mut self, kind: &str, directory: &str, scope: &mut Scope, plugin: &mut Node) -> Option<()> {
        let known = self.random_resource(scope)?;
        match kind {
            "PatchTransformer" => {
                let patch = self.patch(directory, &known);
                for field in patch.entries() {
                    plugin.set(&field.key, field.value.clone());
                }
            }
            "PatchJson6902Transformer" => {
                let patch = self.json_patch(directory, &known);
                for field in patch.entries() {
                    let key = if field.key == "patch" { "jsonOp" } else { &field.key };
                    plugin.set(key, field.value.clone());
                }
            }
            _ => {
                let document = self.strategic_merge(&known, false);
                if self.chance(60) {
                    plugin.set("patches", Node::embedded(vec![document], false));
                } else {
                    let name = self.new_file_name("patch", ".yaml");
                    self.write_yaml(&format!("{directory}/{name}"), vec![document]);
                    plugin.set("paths", texts([name]));
                }
            }
        }
        Some(())
    }

    /// Sets the replacements or the values of a plugin.
    fn set_values(&mut self, kind: &str, scope: &mut Scope, plugin: &mut Node) -> Option<()> {
        if kind == "ReplacementTransformer" {
            let replacement = self.replacement(scope)?;
            plugin.set("replacements", list([replacement]));
            return Some(());
        }
        let path = *self.random.pick(&["metadata/annotations/added", "metadata/namespace", "data/x"]);
        // kustomize stores former namespaces separated by commas, so a namespace cannot contain a comma.
        let is_namespace = path == "metadata/namespace";
        let value = if is_namespace { text(*self.random.pick(manifests::NAMESPACES)) } else { self.string() };
        plugin.set("value", value);
        let known = self.random_resource(scope)?;
        let mut target = map! { "selector" => map! { "kind" => text(&known.kind) }, "fieldPath" => text(path) };
        if self.chance(30) {
            target.set("filePathPosition", raw(if self.allows_errors { "-1" } else { "1" }));
        }
        plugin.set("targets", list([target]));
        Some(())
    }

    fn plugin_field_specs(&mut self, kind: &str, paths: &[&str]) -> Node {
        let mut field_specs = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let mut spec = map! { "path" => text(*self.random.pick(paths)) };
            if self.chance(40) {
                spec.set("create", raw("true"));
            }
            if kind != "ReplicaCountTransformer" && self.chance(20) {
                let kind = manifests::random_kind(&mut self.random, self.features);
                spec.set("kind", text(kind.kind));
            }
            field_specs.push(spec);
        }
        list(field_specs)
    }
}
