//! Random kustomization trees. A seed and an index give one tree, always the same for one version of this program.
//!
//! Most trees are meant to be accepted: references lead to files, patches to resources. So the generator keeps what a
//! kustomization hands up ([`Scope`]) and lets the fields of the next level choose from it.

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

/// A resource as the generator knows it.
#[derive(Clone, Debug)]
pub struct Known {
    pub api_version: String,
    pub kind: String,
    /// The names it has had, the present one last.
    pub names: Vec<String>,
    /// The namespaces it has had, the present one last; empty strings where it has none.
    pub namespaces: Vec<String>,
    /// As it was written, before anything changed it.
    pub node: Node,
    /// It comes from a generator of ConfigMaps or Secrets.
    pub generated: bool,
    /// Patches may have changed it.
    pub patched: bool,
}

impl Known {
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
pub type Scope = Vec<Known>;

/// What a directory is referred to as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Kustomization,
    Component,
}

/// Generates the tree with this seed and index.
pub fn generate(seed: u64, index: u64, features: &Features) -> Tree {
    let mut random = Random::new(seed, index);
    let depth = *random.pick(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    let mistakes = features.has("mistakes") && random.chance(15);
    let variables = ["APP", "SERVICE_NAME", "SOME.VAR"].map(String::from);
    let mut generator = Generator {
        random,
        features,
        files: BTreeMap::new(),
        used: HashSet::new(),
        directories: 0,
        file_names: 0,
        mistakes,
        shared: false,
        variables: variables.to_vec(),
        defined_variables: HashSet::new(),
    };
    generator.directory("root", depth, Role::Kustomization, &[]);
    let reorder = match generator.random.below(10) {
        0 if features.has("reorder") => Reorder::Legacy,
        1 if features.has("reorder") => Reorder::None,
        _ => Reorder::Unspecified,
    };
    Tree { files: generator.files, root: "root".to_string(), reorder }
}

/// The state of generating one tree.
struct Generator<'a> {
    random: Random,
    features: &'a Features,
    files: BTreeMap<String, File>,
    /// Kinds and names that exist somewhere.
    used: HashSet<(String, String)>,
    directories: usize,
    file_names: usize,
    /// This tree may hold mistakes.
    mistakes: bool,
    /// This part of the tree has several users.
    shared: bool,
    /// Names for `vars`.
    variables: Vec<String>,
    defined_variables: HashSet<String>,
}

impl Generator<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.chance(percent)
    }

    /// Returns true in some calls, when the tree may hold mistakes.
    fn mistake(&mut self, percent: usize) -> bool {
        self.mistakes && self.random.chance(percent)
    }

    /// Returns true in `percent` of a hundred calls when the group is on.
    fn wants(&mut self, feature: &str, percent: usize) -> bool {
        self.features.has(feature) && self.random.chance(percent)
    }

    /// Generates a kustomization and everything below, and returns what it hands up.
    fn directory(&mut self, directory: &str, depth: usize, role: Role, inherited: &[Known]) -> Scope {
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

    /// Generates the kustomizations below this one, and returns how this one refers to them.
    fn bases(&mut self, directory: &str, depth: usize, scope: &mut Scope, kustomization: &mut Node) -> Vec<String> {
        if depth == 0 || !self.features.has("bases") {
            return Vec::new();
        }
        let mut references = Vec::new();
        if self.chance(12) {
            references.extend(self.diamond(directory, scope));
        } else {
            let count = *self.random.pick(&[1, 1, 1, 1, 2, 2, 3]);
            for _ in 0..count {
                let (reference, path) = self.new_directory(directory, "base");
                let below = self.directory(&path, depth - 1, Role::Kustomization, &[]);
                scope.extend(below);
                references.push(reference);
            }
        }
        if self.chance(10) {
            kustomization.set("bases", texts(std::mem::take(&mut references)));
        }
        references
    }

    /// Generates two variants of one base.
    fn diamond(&mut self, directory: &str, scope: &mut Scope) -> Vec<String> {
        let (_, shared) = self.new_directory(directory, "shared");
        // Variables of the base would come twice.
        let outside = std::mem::replace(&mut self.shared, !self.mistakes);
        let below = self.directory(&shared, 0, Role::Kustomization, &[]);
        self.shared = outside;
        let mut references = Vec::new();
        for variant in ["one-", "two-"] {
            let (reference, path) = self.new_directory(directory, "variant");
            let mut kustomization = map! { "namePrefix" => text(variant) };
            kustomization.set("resources", texts([relative(&path, &shared)]));
            let mut variant_scope = below.clone();
            if self.chance(30) {
                // Whatever prefix this sets is replaced; so are the names.
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
            references.push(reference);
        }
        references
    }

    fn components(&mut self, directory: &str, depth: usize, scope: &mut Scope, kustomization: &mut Node) {
        if !self.wants("components", 12) {
            return;
        }
        let mut references = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let (reference, path) = self.new_directory(directory, "component");
            let inherited = scope.clone();
            let depth = depth.min(self.random.below(2));
            *scope = self.directory(&path, depth, Role::Component, &inherited);
            references.push(reference);
        }
        kustomization.set("components", texts(references));
    }

    /// Returns a new directory: how `from` refers to it, and its path.
    fn new_directory(&mut self, from: &str, word: &str) -> (String, String) {
        self.directories += 1;
        let name = format!("{word}{}", self.directories);
        if self.chance(25) {
            let reference = if self.chance(20) { format!("./{name}/") } else { name.clone() };
            return (reference, format!("{from}/{name}"));
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
        // Merge keys would bring unknown fields into it.
        noise::restyle(&mut self.random, self.features, &mut kustomization, false);
        self.write_styled(&format!("{directory}/{name}"), vec![kustomization]);
    }

    /// Writes a file of documents in some style.
    fn write_yaml(&mut self, path: &str, mut documents: Vec<Node>) {
        for document in &mut documents {
            noise::restyle(&mut self.random, self.features, document, true);
        }
        self.write_styled(path, documents);
    }

    /// Writes a file of documents as they are.
    fn write_styled(&mut self, path: &str, documents: Vec<Node>) {
        let mut file = YamlFile::new(documents);
        file.marked = self.chance(15);
        file.crlf = self.wants("crlf", 3);
        self.files.insert(path.to_string(), File::Yaml(file));
    }

    /// Returns a new file name that ends with `ending`.
    fn new_file_name(&mut self, word: &str, ending: &str) -> String {
        self.file_names += 1;
        let folder = if self.random.chance(8) { "files/" } else { "" };
        format!("{folder}{word}{}{ending}", self.file_names)
    }

    /// Returns the writer of manifests with what it may refer to.
    fn manifests<'b>(&'b mut self, referents: &'b [Referent]) -> Manifests<'b> {
        Manifests { random: &mut self.random, features: self.features, referents, variables: &self.variables }
    }

    /// Returns a scalar for a place that takes anything.
    fn scalar(&mut self) -> Node {
        self.manifests(&[]).scalar()
    }

    /// Returns a scalar for a place that takes strings.
    fn string(&mut self) -> Node {
        self.manifests(&[]).string()
    }

    /// Writes files with new resources and returns their names.
    fn manifest_files(&mut self, directory: &str, count: usize, scope: &mut Scope) -> Vec<String> {
        let plan: Vec<(Kind, String)> = (0..count).filter_map(|_| self.new_resource()).collect();
        let mut referents: Vec<Referent> = scope.iter().map(referent).collect();
        for (kind, name) in &plan {
            referents.push(Referent { kind: kind.kind.to_string(), name: unquoted(name) });
        }
        // The generators of this directory come later; their names are drawn from the same words.
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
            scope.push(Known {
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

    /// Returns a kind and a name, as it is written, that is not in use.
    fn new_resource(&mut self) -> Option<(Kind, String)> {
        for _ in 0..4 {
            let kind = manifests::random_kind(&mut self.random, self.features);
            let name = manifests::random_name(&mut self.random, self.features);
            // Prefixes, which tell the variants of a base apart, leave these alone.
            if self.shared && matches!(kind.kind, "Namespace" | "CustomResourceDefinition" | "APIService") {
                continue;
            }
            // Namespaces are renamed by the namespace transformer, all to the same name.
            let unique = if kind.kind == "Namespace" { String::new() } else { unquoted(&name) };
            if self.used.insert((kind.kind.to_string(), unique)) || self.mistake(10) {
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
                let place = self.random.below(part.len() + 1);
                part.insert(place, empty);
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

fn referent(known: &Known) -> Referent {
    Referent { kind: known.kind.clone(), name: known.name().to_string() }
}

/// Notes that a transformer renamed the resources.
fn rename(scope: &mut Scope, prefix: &str, suffix: &str) {
    for known in scope {
        if !matches!(known.kind.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            known.names.push(format!("{prefix}{}{suffix}", known.name()));
        }
    }
}

/// Returns how one directory refers to another.
fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count() + 1))
}
