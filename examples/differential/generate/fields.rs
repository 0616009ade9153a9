//! Generates the fields of transformers and their configuration.

use crate::document::{Node, list, raw, text, texts};
use crate::map;
use crate::tree::{File, YamlFile};

use super::patches::{Lists, Step, paths};
use super::{Generator, KnownResource, Scope, manifests, rename, scalars};

/// Paths for field specs, not all of which exist.
const FIELD_SPEC_PATHS: &[&str] = &[
    "metadata/annotations",
    "metadata/labels",
    "spec/template/metadata/labels",
    "spec/template/metadata/annotations",
    "spec/selector/matchLabels",
    "spec/selector",
    "spec/template/spec/containers/image",
    "spec/containers[]/image",
    "spec/image",
    "spec/alpha",
    "spec/beta/gamma",
    "spec/configMapRef/name",
    "spec/replicas",
    "spec/list[]/name",
    "data/key",
    "data",
    "extra/info",
    "spec",
    "metadata/annotations/example.com\\/owner",
];

/// Paths of fields that may contain names.
const NAME_PATHS: &[&str] = &[
    "spec/configMapRef/name",
    "spec/alpha",
    "spec/list[]/name",
    "spec/template/spec/containers/name",
    "metadata/annotations/example.com\\/owner",
    "data/key",
    "extra/info",
    "roleRef",
    "spec/configMapRef",
];

impl Generator<'_> {
    /// Adds the fields of transformers, and records their changes in the scope.
    pub fn fields(&mut self, directory: &str, is_component: bool, scope: &mut Scope, kustomization: &mut Node) {
        self.configurations(directory, kustomization);
        self.all_patches(directory, scope, kustomization);
        self.variables(scope, kustomization);
        self.rewrites(scope, kustomization);
        self.replacements(directory, scope, kustomization);
        self.labels_and_annotations(kustomization);
        self.plugins(directory, "transformers", scope, kustomization);
        self.plugins(directory, "validators", scope, kustomization);
        self.others(is_component, kustomization);
        self.names(scope, kustomization);
    }

    /// Adds `namespace`, `namePrefix` and `nameSuffix`.
    fn names(&mut self, scope: &mut Scope, kustomization: &mut Node) {
        if self.wants("namespace", 25) {
            let namespace = *self.random.pick(manifests::NAMESPACES);
            kustomization.set("namespace", text(namespace));
            for known in scope.iter_mut() {
                if !manifests::is_cluster_scoped(&known.kind) {
                    known.namespaces.push(namespace.to_string());
                }
            }
        }
        let mut affixes = ["", ""];
        if self.wants("namePrefix", 25) {
            affixes[0] = *self.random.pick(&["dev-", "prod-", "x", "a.b-", "1-", "Dev_", "very-long-prefix-"]);
            kustomization.set("namePrefix", text(affixes[0]));
        }
        if self.wants("nameSuffix", 18) {
            affixes[1] = *self.random.pick(&["-v1", "-x", ".y", "-2"]);
            kustomization.set("nameSuffix", text(affixes[1]));
        }
        if affixes != ["", ""] {
            rename(scope, affixes[0], affixes[1]);
        }
    }

    fn pairs(&mut self, keys: &[&str]) -> Node {
        let mut pairs = Node::mapping();
        for _ in 0..self.random.between(1, 2) {
            let key = *self.random.pick(keys);
            let value = self.string();
            pairs.set(key, value);
        }
        pairs
    }

    fn labels_and_annotations(&mut self, kustomization: &mut Node) {
        if self.wants("commonLabels", 12) {
            let labels = self.pairs(manifests::LABEL_KEYS);
            kustomization.set("commonLabels", labels);
        }
        if self.wants("labels", 18) {
            let mut entries = Vec::new();
            // The same key in two entries is an error.
            let keys: &[&[&str]] = &[&["team", "app"], &["part-of", "env"], &["example.com/x"]];
            for keys in &keys[..self.random.between(1, 3)] {
                let mut entry = map! { "pairs" => self.pairs(keys) };
                for option in ["includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"] {
                    if self.chance(25) {
                        entry.set(option, raw(*self.random.pick(&["true", "true", "false"])));
                    }
                }
                if self.chance(20) {
                    let specs = self.field_specs(&FIELD_SPEC_PATHS[..6], true);
                    entry.set("fields", specs);
                }
                entries.push(entry);
            }
            kustomization.set("labels", list(entries));
        }
        if self.wants("commonAnnotations", 15) {
            let annotations = self.pairs(&["note", "example.com/owner", "a", "checksum"]);
            kustomization.set("commonAnnotations", annotations);
        }
    }

    /// Returns a list of field specs.
    fn field_specs(&mut self, paths: &[&str], creates: bool) -> Node {
        let mut specs = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let path = *self.random.pick(paths);
            let mut spec = map! { "path" => text(path) };
            // Conflicting specs for the same field are an error.
            if creates != self.wants_error(30) {
                spec.set("create", raw("true"));
            }
            if self.chance(70) {
                let kind = manifests::random_kind(&mut self.random, self.features);
                spec.set("kind", text(kind.kind));
                if self.chance(40) {
                    let (group, version) = kind.api_version.split_once('/').unwrap_or(("", kind.api_version));
                    spec.set("version", text(version));
                    if !group.is_empty() {
                        spec.set("group", text(group));
                    }
                }
            }
            specs.push(spec);
        }
        list(specs)
    }

    /// Adds `images`, `imageTags` and `replicas`.
    fn rewrites(&mut self, scope: &Scope, kustomization: &mut Node) {
        for (field, percent) in [("images", 22), ("imageTags", 2)] {
            if self.wants(field, percent) {
                let mut entries = Vec::new();
                for _ in 0..self.random.between(1, 2) {
                    entries.push(self.image());
                }
                kustomization.set(field, list(entries));
            }
        }
        if self.wants("replicas", 12) {
            let scalable = |known: &&KnownResource| {
                matches!(known.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")
            };
            let known: Vec<KnownResource> = scope.iter().filter(scalable).cloned().collect();
            if let Some(known) = self.random.choose(&known) {
                let name = if self.wants_error(15) { "absent" } else { &known.names[0] };
                let count = self.random.below(12).to_string();
                kustomization.set("replicas", list([map! { "name" => text(name), "count" => raw(count) }]));
            }
        }
    }

    /// Returns an entry of `images`.
    pub fn image(&mut self) -> Node {
        let names = [
            "nginx",
            "nginx",
            "redis",
            "busybox",
            "library/nginx",
            "docker.io/library/nginx",
            "gcr.io/project/web",
            "localhost:5000/app",
            "ngin.",
            ".*",
            "gcr.io/.*",
            "mycompany.com/nginx-extra",
            "(nginx|redis)",
            "nginx:1.14",
            "$(IMAGE)",
            "",
        ];
        let mut image = map! { "name" => text(*self.random.pick(&names)) };
        if self.chance(40) {
            let new = ["my.registry/nginx", "other", "localhost:5001/x", "$1", "a:b", ""];
            image.set("newName", text(*self.random.pick(&new)));
        }
        if self.chance(60) {
            image.set("newTag", text(*self.random.pick(&["v2", "1.20", "1e3", "latest", "", "007", "$0"])));
        }
        if self.chance(15) {
            image.set("digest", text(*self.random.pick(&["sha256:abc123", "sha256:24a0c4b4", ""])));
        }
        if self.chance(12) {
            image.set("tagSuffix", text(*self.random.pick(&["-fips", "-1", ""])));
        }
        image
    }

    /// Adds `patches`, `patchesStrategicMerge` and `patchesJson6902`.
    fn all_patches(&mut self, directory: &str, scope: &mut Scope, kustomization: &mut Node) {
        for (field, percent) in [("patches", 35), ("patchesStrategicMerge", 14), ("patchesJson6902", 12)] {
            if !self.wants(field, percent) {
                continue;
            }
            let mut entries = Vec::new();
            for _ in 0..*self.random.pick(&[1, 1, 1, 2, 3]) {
                let index = self.random.below(scope.len());
                let Some(patched) = scope.get_mut(index) else { continue };
                let known = patched.clone();
                patched.patched = true;
                entries.push(match field {
                    "patches" => self.patch(directory, &known),
                    "patchesStrategicMerge" => self.strategic_merge_entry(directory, &known),
                    _ => self.json_patch(directory, &known),
                });
            }
            if !entries.is_empty() {
                kustomization.set(field, list(entries));
            }
        }
    }

    /// Adds `vars`.
    fn variables(&mut self, scope: &Scope, kustomization: &mut Node) {
        if self.shared || !self.wants("vars", 12) {
            return;
        }
        let mut entries = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let name = self.random.pick(&self.variables).clone();
            if !self.defined_variables.insert(name.clone()) && !self.wants_error(20) {
                continue;
            }
            let Some(known) = self.random_resource(scope) else { continue };
            let mut object = map! { "kind" => text(&known.kind), "name" => text(&known.names[0]) };
            if known.api_version != "v1" || !self.wants_error(20) {
                object.set("apiVersion", text(&known.api_version));
            }
            if let Some(namespace) = known.namespaces.first().filter(|namespace| !namespace.is_empty()) {
                object.set("namespace", text(namespace));
            }
            let mut entry = map! { "name" => text(name), "objref" => object };
            if self.chance(50) {
                let path = self.scalar_path(&known, Lists::Indexes).unwrap_or_else(|| "metadata.name".to_string());
                entry.set("fieldref", map! { "fieldpath" => text(path) });
            }
            entries.push(entry);
        }
        if !entries.is_empty() {
            kustomization.set("vars", list(entries));
        }
    }

    /// Returns the path of a scalar of a resource, separated by dots.
    pub fn scalar_path(&mut self, known: &KnownResource, lists: Lists) -> Option<String> {
        let all = paths(&known.node);
        let scalars: Vec<&Vec<Step>> =
            all.iter().filter(|(_, node)| node.as_text().is_some()).map(|(path, _)| path).collect();
        let path = (*self.random.choose(&scalars)?).clone();
        Some(self.field_path(&known.node, &path, lists))
    }

    /// Adds `configurations` and `crds`.
    fn configurations(&mut self, directory: &str, kustomization: &mut Node) {
        if self.wants("configurations", 8) {
            let mut file = Node::mapping();
            for field in [
                "namePrefix",
                "nameSuffix",
                "namespace",
                "commonLabels",
                "labels",
                "templateLabels",
                "commonAnnotations",
                "varReference",
                "images",
                "replicas",
            ] {
                if self.chance(20) {
                    let specs = match field {
                        "namePrefix" | "nameSuffix" => {
                            let paths = ["spec/alpha", "data/key", "spec/beta/gamma", "metadata/name"];
                            let usable = if self.chance(20) { paths.len() } else { paths.len() - 1 };
                            self.field_specs(&paths[..usable], false)
                        }
                        "namespace" => self.field_specs(&["spec/namespace", "spec/alpha"], true),
                        "commonLabels" | "labels" | "templateLabels" => self.field_specs(&FIELD_SPEC_PATHS[..6], true),
                        "commonAnnotations" => self.field_specs(&FIELD_SPEC_PATHS[..4], true),
                        "replicas" => self.field_specs(&["spec/replicas", "spec/alpha", "spec/added/count"], true),
                        // The first path is all annotations, which are not an image. kustomize reports this error only
                        // if it has added annotations of its own.
                        "images" => self.field_specs(&FIELD_SPEC_PATHS[1..], false),
                        _ => self.field_specs(FIELD_SPEC_PATHS, false),
                    };
                    file.set(field, specs);
                }
            }
            if self.chance(50) {
                let kind = manifests::random_kind(&mut self.random, self.features);
                let mut reference = map! {
                    "kind" => text(*self.random.pick(&["ConfigMap", "Secret", "Widget", kind.kind])),
                    "fieldSpecs" => self.field_specs(NAME_PATHS, false),
                };
                if self.chance(40) {
                    reference.set("version", text("v1"));
                }
                file.set("nameReference", list([reference]));
            }
            let name = self.new_file_name("configuration", ".yaml");
            self.write_yaml(&format!("{directory}/{name}"), vec![file]);
            kustomization.set("configurations", texts([name]));
        }
        if self.wants("crds", 5) {
            let name = self.new_file_name("crd", ".json");
            let file = YamlFile { json: self.chance(70), ..YamlFile::new(vec![self.crd_definitions()]) };
            self.files.insert(format!("{directory}/{name}"), File::Yaml(file));
            kustomization.set("crds", texts([name]));
        }
    }

    /// Returns a file of OpenAPI definitions with kustomize's extensions.
    fn crd_definitions(&mut self) -> Node {
        let package = "com.example.v1";
        let mut properties = map! { "alpha" => map! { "type" => text("string") } };
        let extensions = [
            ("labels", "x-kubernetes-label-selector", "selector"),
            ("annotations", "x-kubernetes-annotation", "notes"),
            ("identity", "x-kubernetes-identity", "beta"),
        ];
        for (_, extension, field) in extensions {
            if self.chance(40) {
                properties.set(field, map! { "type" => text("object"), extension => text("") });
            }
        }
        if self.chance(60) {
            let reference = map! {
                "x-kubernetes-object-ref-api-version" => text("v1"),
                "x-kubernetes-object-ref-kind" => text(*self.random.pick(&["ConfigMap", "Secret"])),
                "type" => text("object"),
            };
            properties.set("configMapRef", reference);
        }
        let top = map! {
            "apiVersion" => map! { "type" => text("string") },
            "kind" => map! { "type" => text("string") },
            "metadata" => map! { "type" => text("object") },
            "spec" => map! { "$ref" => text(format!("{package}.WidgetSpec")) },
        };
        let definition = |properties: Node| map! { "Schema" => map! { "properties" => properties } };
        map! {
            format!("{package}.Widget") => definition(top),
            format!("{package}.WidgetSpec") => definition(properties),
        }
    }

    /// Adds the remaining fields of a kustomization.
    fn others(&mut self, is_component: bool, kustomization: &mut Node) {
        if self.wants("metadata", 6) {
            let mut metadata = map! { "name" => text("the-kustomization") };
            if self.chance(40) {
                metadata.set("labels", map! { "a" => text("b") });
            }
            if self.chance(30) {
                metadata.set("annotations", map! { "config.kubernetes.io/local-config" => text("true") });
            }
            kustomization.set("metadata", metadata);
        }
        if !is_component && self.wants("sortOptions", 12) {
            let order = *self.random.pick(&["legacy", "legacy", "fifo"]);
            let mut options = map! { "order" => text(order) };
            if order == "legacy" && self.chance(40) {
                let mut legacy = Node::mapping();
                for field in ["orderFirst", "orderLast"] {
                    if self.chance(70) {
                        let kinds = ["Namespace", "Secret", "Deployment", "Service", "Widget", "ConfigMap"];
                        let first = *self.random.pick(&kinds);
                        let second = *self.random.pick(&kinds);
                        legacy.set(field, texts(if first == second { vec![first] } else { vec![first, second] }));
                    }
                }
                options.set("legacySortOptions", legacy);
            }
            kustomization.set("sortOptions", options);
        }
        if self.wants("buildMetadata", 10) {
            let mut options = vec!["managedByLabel", "originAnnotations", "transformerAnnotations"];
            self.random.shuffle(&mut options);
            options.truncate(self.random.between(1, 3));
            kustomization.set("buildMetadata", texts(options));
        }
        if self.wants("openapi", 10) {
            kustomization.set("openapi", map! { "version" => text("v1.21.2") });
        }
        if self.wants("empty", 4) {
            let field = *self.random.pick(&["patches", "images", "labels", "commonAnnotations", "namePrefix", "vars"]);
            if kustomization.get(field).is_none() {
                let empty = match field {
                    "commonAnnotations" => self.random.pick(&[Node::null(), raw("{}"), raw("")]).clone(),
                    "namePrefix" => self.random.pick(&[Node::null(), raw("''"), raw("")]).clone(),
                    _ => self.random.pick(&[Node::null(), raw("[]"), raw("")]).clone(),
                };
                kustomization.set(field, empty);
            }
        }
        if self.wants_error(4) {
            let key = *self.random.pick(&["namePrefixes", "Resources", "nameprefix", "spec", "x-extra"]);
            let value = text(scalars::word(&mut self.random));
            kustomization.set(key, value);
        }
    }
}
