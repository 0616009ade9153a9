//! Generates random kustomization trees. A seed and an index always give the same tree in one version of this program.
//!
//! Most trees should be valid: paths refer to files, and patches to resources. So the generator tracks the resources of
//! a kustomization ([`Scope`]), from which the fields of the next level choose.

mod fields;
mod generators;
mod manifests;
mod noise;
mod patches;
mod plugins;
mod replacements;
mod scalars;

use std::collections::{BTreeMap, HashSet};

use crate::document::{Entry, Node, Value, list, raw, text, texts, unquoted};
use crate::features::Features;
use crate::map;
use crate::random::Random;
use crate::tree::{File, Reorder, Tree, YamlFile};

use manifests::{Kind, Manifests, Referent};

/// The generator's knowledge about a resource.
#[derive(Clone, Debug)]
pub struct KnownResource {
    pub api_version: String,
    pub kind: String,
    /// All names so far, the current one last.
    pub names: Vec<String>,
    /// All namespaces so far, the current one last; empty strings for none.
    pub namespaces: Vec<String>,
    /// The original document.
    pub node: Node,
    /// Whether a ConfigMap or Secret generator created the resource.
    pub generated: bool,
    /// Whether patches may have changed the resource.
    pub patched: bool,
}

impl KnownResource {
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    pub fn namespace(&self) -> &str {
        self.namespaces.last().map_or("", String::as_str)
    }

    /// Returns group and version.
    pub fn group_version(&self) -> (&str, &str) {
        self.api_version.split_once('/').unwrap_or(("", &self.api_version))
    }
}

/// The resources that a kustomization sees.
pub type Scope = Vec<KnownResource>;

/// Beginnings of files.
const BEFORE: &[&str] = &[
    "%YAML 1.1\n---\n",
    "# comment\n%YAML 1.1 # comment\n---\n",
    "%TAG !e! tag:example.com,2000:\n---\n",
    "%YAML 1.2\n---\n",
    "# comment\n\n---\n# comment\n",
    "--- # comment\n",
    "---\n---\n",
    "\u{feff}",
];

/// Ends of files.
const AFTER: &[&str] = &[
    "---\n",
    "---\n---\n",
    "--- # comment\n",
    "...\n",
    "...\n# comment\n",
    "# comment\n",
    "---\n# only a comment\n",
    "---\nsecond: document\n",
    "...\n---\nsecond: document\n",
    "---\n{}\n",
    "\n\n",
    "%YAML 1.1\n---\nsecond: document\n",
];

/// The kind of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Kustomization,
    Component,
}

/// Generates the tree with this seed and index.
pub fn generate(seed: u64, index: u64, features: &Features) -> Tree {
    let mut random = Random::new(seed, index);
    let depth = *random.pick(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    let allows_errors = features.has("errors") && random.chance(15);
    let has_generated = features.has("internal-annotations") && random.chance(50);
    let variables = ["APP", "SERVICE_NAME", "SOME.VAR"].map(String::from);
    let mut generator = Generator {
        random,
        features,
        files: BTreeMap::new(),
        used: HashSet::new(),
        directories: 0,
        file_names: 0,
        allows_errors,
        shared: false,
        variables: variables.to_vec(),
        defined_variables: HashSet::new(),
        has_generated,
    };
    generator.directory("root", depth, Role::Kustomization, &[]);
    let reorder = match generator.random.below(10) {
        0 if features.has("reorder") => Reorder::Legacy,
        1 if features.has("reorder") => Reorder::None,
        _ => Reorder::Unspecified,
    };
    Tree { files: generator.files, root: "root".to_string(), reorder }
}

/// The state of the generation of one tree.
struct Generator<'a> {
    random: Random,
    features: &'a Features,
    files: BTreeMap<String, File>,
    /// The kinds and names of all resources.
    used: HashSet<(String, String)>,
    directories: usize,
    file_names: usize,
    /// Whether the tree may be invalid.
    allows_errors: bool,
    /// Whether several kustomizations include this part of the tree.
    shared: bool,
    /// Names for `vars`.
    variables: Vec<String>,
    defined_variables: HashSet<String>,
    /// Whether the names of some resources get a hash.
    has_generated: bool,
}

impl Generator<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.chance(percent)
    }

    /// Returns true with a probability of `percent` if the tree may be invalid.
    fn wants_error(&mut self, percent: usize) -> bool {
        self.allows_errors && self.random.chance(percent)
    }

    /// Returns true with a probability of `percent` if the feature group is enabled.
    fn wants(&mut self, feature: &str, percent: usize) -> bool {
        self.features.has(feature) && self.random.chance(percent)
    }

    /// Generates a kustomization and everything that it includes, and returns its resources.
    fn directory(&mut self, directory: &str, depth: usize, role: Role, inherited: &[KnownResource]) -> Scope {
        let mut kustomization = Node::mapping();
        if role == Role::Component {
            kustomization.set("apiVersion", text("kustomize.config.k8s.io/v1alpha1"));
            kustomization.set("kind", text("Component"));
        } else if self.chance(40) {
            kustomization.set("apiVersion", text("kustomize.config.k8s.io/v1beta1"));
            kustomization.set("kind", text("Kustomization"));
        }
        let mut scope: Scope = inherited.to_vec();
        let mut resources = self.bases(directory, depth, &mut scope, &mut kustomization);
        let wanted = match role {
            Role::Kustomization if resources.is_empty() => *self.random.pick(&[1, 1, 2, 2, 3, 4, 5]),
            _ => *self.random.pick(&[0, 0, 1, 1, 2]),
        };
        let wanted = if self.features.has("resources") { wanted } else { 0 };
        resources.extend(self.manifest_files(directory, wanted, &mut scope));
        self.random.shuffle(&mut resources);
        if !resources.is_empty() || self.wants("empty", 3) {
            kustomization.set("resources", texts(resources));
        }
        self.config_maps_and_secrets(directory, &mut scope, &mut kustomization);
        self.plugins(directory, "generators", &mut scope, &mut kustomization);
        if role == Role::Kustomization || self.chance(10) {
            self.components(directory, depth, &mut scope, &mut kustomization);
        }
        self.fields(directory, role == Role::Component, &mut scope, &mut kustomization);
        self.write_kustomization(directory, kustomization);
        scope
    }

    /// Generates the bases of a kustomization, and returns their paths.
    fn bases(&mut self, directory: &str, depth: usize, scope: &mut Scope, kustomization: &mut Node) -> Vec<String> {
        if depth == 0 || !self.features.has("bases") {
            return Vec::new();
        }
        let mut paths = Vec::new();
        if self.chance(12) {
            paths.extend(self.diamond(directory, scope));
        } else {
            let count = *self.random.pick(&[1, 1, 1, 1, 2, 2, 3]);
            for _ in 0..count {
                let (relative_path, path) = self.new_directory(directory, "base");
                let base_scope = self.directory(&path, depth - 1, Role::Kustomization, &[]);
                scope.extend(base_scope);
                paths.push(relative_path);
            }
        }
        if self.chance(10) {
            kustomization.set("bases", texts(std::mem::take(&mut paths)));
        }
        paths
    }

    /// Generates two variants of one base, and returns their paths.
    fn diamond(&mut self, directory: &str, scope: &mut Scope) -> Vec<String> {
        let (_, shared) = self.new_directory(directory, "shared");
        // Variables of the base would be defined twice.
        let was_shared = std::mem::replace(&mut self.shared, !self.allows_errors);
        let base_scope = self.directory(&shared, 0, Role::Kustomization, &[]);
        self.shared = was_shared;
        let mut paths = Vec::new();
        for variant in ["one-", "two-"] {
            let (relative_path, path) = self.new_directory(directory, "variant");
            let mut kustomization = map! { "namePrefix" => text(variant) };
            kustomization.set("resources", texts([relative(&path, &shared)]));
            let mut variant_scope = base_scope.clone();
            if self.chance(30) {
                // A prefix that this sets is replaced, which invalidates the names.
                let mut changed = variant_scope.clone();
                self.fields(&path, false, &mut changed, &mut kustomization);
                kustomization.set("namePrefix", text(variant));
                variant_scope.clear();
            }
            rename(&mut variant_scope, variant, "");
            // The original names are no longer unique.
            for known in &mut variant_scope {
                known.names = vec![known.name().to_string()];
            }
            scope.extend(variant_scope);
            self.write_kustomization(&path, kustomization);
            paths.push(relative_path);
        }
        paths
    }

    fn components(&mut self, directory: &str, depth: usize, scope: &mut Scope, kustomization: &mut Node) {
        if !self.wants("components", 12) {
            return;
        }
        let mut paths = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let (relative_path, path) = self.new_directory(directory, "component");
            let inherited = scope.clone();
            let depth = depth.min(self.random.below(2));
            *scope = self.directory(&path, depth, Role::Component, &inherited);
            paths.push(relative_path);
        }
        kustomization.set("components", texts(paths));
    }

    /// Returns a new directory: its path relative to `from`, and its path in the tree.
    fn new_directory(&mut self, from: &str, word: &str) -> (String, String) {
        self.directories += 1;
        let name = format!("{word}{}", self.directories);
        if self.chance(25) {
            let relative_path = if self.chance(20) { format!("./{name}/") } else { name.clone() };
            return (relative_path, format!("{from}/{name}"));
        }
        // A sibling of the topmost directory.
        let up = "../".repeat(from.matches('/').count() + 1);
        (format!("{up}{name}"), name)
    }

    /// Writes the kustomization file of a directory.
    fn write_kustomization(&mut self, directory: &str, mut kustomization: Node) {
        if let Value::Mapping { entries, .. } = &mut kustomization.value {
            if entries.is_empty() {
                entries.push(Entry { key: "resources".to_string(), value: Node::empty_list(), comment: None });
            }
            if self.random.chance(30) {
                self.random.shuffle(entries);
            }
        }
        let name = *self.random.pick(&[
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
        ]);
        // Merge keys would add unknown fields.
        noise::restyle(&mut self.random, self.features, &mut kustomization, false);
        self.write_styled(&format!("{directory}/{name}"), vec![kustomization]);
    }

    /// Writes a file of documents in a random style.
    fn write_yaml(&mut self, path: &str, mut documents: Vec<Node>) {
        for document in &mut documents {
            noise::restyle(&mut self.random, self.features, document, true);
        }
        self.write_styled(path, documents);
    }

    /// Writes a file of documents in their current style.
    fn write_styled(&mut self, path: &str, documents: Vec<Node>) {
        let mut file = YamlFile::new(documents);
        file.marked = self.chance(15);
        file.crlf = self.wants("crlf", 3);
        if self.wants("streams", 2) {
            file.marked = false;
            file.before = *self.random.pick(BEFORE);
        }
        if self.wants("streams", 2) {
            file.after = *self.random.pick(AFTER);
        }
        self.files.insert(path.to_string(), File::Yaml(file));
    }

    /// Returns a new file name that ends with `ending`.
    fn new_file_name(&mut self, word: &str, ending: &str) -> String {
        self.file_names += 1;
        let folder = if self.random.chance(8) { "files/" } else { "" };
        format!("{folder}{word}{}{ending}", self.file_names)
    }

    /// Returns a generator of manifests that may refer to `referents`.
    fn manifests<'b>(&'b mut self, referents: &'b [Referent]) -> Manifests<'b> {
        Manifests {
            random: &mut self.random,
            features: self.features,
            referents,
            variables: &self.variables,
            has_generated: self.has_generated,
        }
    }

    /// Returns a scalar for a field of any type.
    fn scalar(&mut self) -> Node {
        self.manifests(&[]).scalar()
    }

    /// Returns a scalar for a string field.
    fn string(&mut self) -> Node {
        self.manifests(&[]).string()
    }

    /// Writes files with new resources, and returns the names of the files.
    fn manifest_files(&mut self, directory: &str, count: usize, scope: &mut Scope) -> Vec<String> {
        let plan: Vec<(Kind, String)> = (0..count).filter_map(|_| self.new_resource()).collect();
        let mut referents: Vec<Referent> = scope.iter().map(referent).collect();
        for (kind, name) in &plan {
            referents.push(Referent { kind: kind.kind.to_string(), name: unquoted(name) });
        }
        // The generators of this directory come later; their names are chosen from the same list.
        let mut documents = Vec::new();
        for (kind, name) in &plan {
            let cluster_scoped = manifests::is_cluster_scoped(kind.kind);
            let namespace = match self.random.below(100) {
                0..20 if !cluster_scoped => Some(text(*self.random.pick(manifests::NAMESPACES))),
                20 if cluster_scoped => Some(text("dev")),
                _ => None,
            };
            let namespace = namespace.and_then(|node| match node.value {
                Value::Raw(written) => Some(written),
                _ => None,
            });
            let node = self.manifests(&referents).manifest(*kind, name, namespace.as_deref());
            scope.push(KnownResource {
                api_version: kind.api_version.to_string(),
                kind: kind.kind.to_string(),
                names: vec![unquoted(name)],
                namespaces: vec![namespace.unwrap_or_default()],
                node: node.clone(),
                generated: false,
                patched: false,
            });
            documents.push(node);
        }
        self.split_into_files(directory, documents)
    }

    /// Returns a kind and an unused name, as it is written.
    fn new_resource(&mut self) -> Option<(Kind, String)> {
        for _ in 0..4 {
            let kind = manifests::random_kind(&mut self.random, self.features);
            let name = manifests::random_name(&mut self.random, self.features);
            // Prefixes, which make the variants of a base distinct, do not change these.
            if self.shared && matches!(kind.kind, "Namespace" | "CustomResourceDefinition" | "APIService") {
                continue;
            }
            // The namespace transformer renames all Namespaces to the same name.
            let unique = if kind.kind == "Namespace" { String::new() } else { unquoted(&name) };
            if self.used.insert((kind.kind.to_string(), unique)) || self.wants_error(10) {
                return Some((kind, name));
            }
        }
        None
    }

    fn split_into_files(&mut self, directory: &str, mut documents: Vec<Node>) -> Vec<String> {
        let mut names = Vec::new();
        while !documents.is_empty() {
            let size = self.random.between(1, documents.len());
            let mut part: Vec<Node> = documents.drain(..size).collect();
            if self.wants("lists", 5) {
                let kind = *self.random.pick(&["List", "List", "WidgetList", "ConfigMapList"]);
                part = vec![map! { "apiVersion" => text("v1"), "kind" => text(kind), "items" => list(part) }];
            }
            if self.wants("empty", 4) {
                let empty = self.random.pick(&[raw(""), Node::null(), raw("# only a comment"), raw("{}")]).clone();
                let index = self.random.below(part.len() + 1);
                part.insert(index, empty);
            }
            let is_json = part.len() == 1 && self.wants("json", 4);
            let name = self.new_file_name("file", if is_json { ".json" } else { ".yaml" });
            let path = format!("{directory}/{name}");
            if is_json {
                self.files.insert(path, File::Yaml(YamlFile { json: true, ..YamlFile::new(part) }));
            } else {
                self.write_yaml(&path, part);
            }
            names.push(name);
        }
        names
    }
}

fn referent(known: &KnownResource) -> Referent {
    Referent { kind: known.kind.clone(), name: known.name().to_string() }
}

/// Records new names after a transformer has renamed the resources.
fn rename(scope: &mut Scope, prefix: &str, suffix: &str) {
    for known in scope {
        if !matches!(known.kind.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            known.names.push(format!("{prefix}{}{suffix}", known.name()));
        }
    }
}

/// Returns the relative path from one directory to another.
fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count() + 1))
}
