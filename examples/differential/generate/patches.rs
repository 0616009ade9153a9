//! Generates patches of known resources, and target selectors.

use crate::document::{Entry, Node, Value, is_plain_word, list, raw, text, texts, unquoted};
use crate::map;

use super::{Generator, KnownResource, manifests, scalars};

/// A step of a path into a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// The notation for items of lists in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// An index in brackets: `ports[0]`.
    Indexes,
    /// An index, or a field and its value.
    Keys,
    /// Like `Keys`, or `*`.
    Wildcards,
}

/// Returns the nodes of a document with their paths. The annotations in which kustomize keeps records are excluded, and what
/// contains them: patches, replacements and variables would read and write them while kustomize does.
pub fn paths(node: &Node) -> Vec<(Vec<Step>, &Node)> {
    fn walk<'a>(node: &'a Node, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, &'a Node)>) {
        if !has_records(node) {
            found.push((path.clone(), node));
        }
        for entry in node.entries().iter().filter(|entry| !is_record(entry)) {
            path.push(Step::Key(unquoted(&entry.key)));
            walk(&entry.value, path, found);
            path.pop();
        }
        for (index, item) in node.items().iter().enumerate() {
            path.push(Step::Index(index));
            walk(item, path, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    walk(node, &mut Vec::new(), &mut found);
    found
}

/// Returns whether an entry is an annotation in which kustomize keeps records.
fn is_record(entry: &Entry) -> bool {
    entry.key.contains("config.kubernetes.io/")
}

fn has_records(node: &Node) -> bool {
    node.entries().iter().any(|entry| is_record(entry) || has_records(&entry.value))
}

/// Returns a path as a JSON pointer.
fn pointer(path: &[Step]) -> String {
    let mut pointer = String::new();
    for step in path {
        pointer.push('/');
        match step {
            Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
    }
    pointer
}

/// Returns whether a path refers to the identity of a resource.
fn is_identity(path: &[Step]) -> bool {
    let key = |index: usize| match path.get(index) {
        Some(Step::Key(key)) => key.as_str(),
        _ => "",
    };
    match path.len() {
        0 => true,
        1 => matches!(key(0), "apiVersion" | "kind" | "metadata"),
        _ => key(0) == "metadata" && matches!(key(1), "name" | "namespace"),
    }
}

impl Generator<'_> {
    /// Returns the nodes of a document that may be changed, with their paths. The kind is excluded by default.
    pub fn changeable<'a>(&self, node: &'a Node) -> Vec<(Vec<Step>, &'a Node)> {
        let mut all = paths(node);
        if !self.may_change_kinds() {
            all.retain(|(path, _)| !matches!(&path[..], [Step::Key(key)] if key == "kind"));
        }
        all
    }

    fn may_change_kinds(&self) -> bool {
        self.features.has("kind-changes") && !self.has_generated || self.features.has("generated-kind-changes")
    }

    /// Returns a random resource.
    pub fn random_resource(&mut self, scope: &[KnownResource]) -> Option<KnownResource> {
        self.random.choose(scope).cloned()
    }

    /// Returns an entry of `patches`.
    pub fn patch(&mut self, directory: &str, known: &KnownResource) -> Node {
        let mut entry = Node::mapping();
        let json = self.chance(40);
        let by_target = json || self.chance(40);
        if by_target {
            // Operations usually fit a single resource.
            let target = if json && self.chance(75) { self.exact_selector(known) } else { self.selector(known) };
            entry.set("target", target);
        }
        let document = if json { self.operations(known) } else { self.strategic_merge(known, by_target) };
        let mut documents = vec![document];
        if !json && !by_target && self.chance(8) {
            documents.push(self.strategic_merge(known, false));
        }
        self.inline_or_file(directory, &mut entry, "patch", documents);
        if self.chance(12) && (json || !by_target || self.allows_errors) {
            let mut options = Node::mapping();
            for option in ["allowNameChange", "allowKindChange"] {
                // A patch without a target has the kind of its resource.
                let changes_kind = option == "allowKindChange" && by_target && !json;
                if self.chance(60) && (!changes_kind || self.may_change_kinds()) {
                    options.set(option, raw(*self.random.pick(&["true", "true", "false"])));
                }
            }
            entry.set("options", options);
        }
        entry
    }

    /// Returns an entry of `patchesJson6902`.
    pub fn json_patch(&mut self, directory: &str, known: &KnownResource) -> Node {
        let mut entry = map! { "target" => self.exact_selector(known) };
        let document = self.operations(known);
        self.inline_or_file(directory, &mut entry, "patch", vec![document]);
        entry
    }

    /// Returns an entry of `patchesStrategicMerge`.
    pub fn strategic_merge_entry(&mut self, directory: &str, known: &KnownResource) -> Node {
        let mut documents = vec![self.strategic_merge(known, false)];
        if self.chance(10) {
            documents.push(self.strategic_merge(known, false));
        }
        let mut entry = Node::mapping();
        self.inline_or_file(directory, &mut entry, "patch", documents);
        entry.get("patch").or(entry.get("path")).cloned().unwrap_or_else(Node::null)
    }

    /// Sets `field` to the documents as text, or `path` to a new file with them.
    pub fn inline_or_file(&mut self, directory: &str, entry: &mut Node, field: &str, mut documents: Vec<Node>) {
        if self.chance(60) {
            for document in &mut documents {
                if self.chance(30) {
                    super::noise::restyle(&mut self.random, self.features, document, self.allows_errors);
                }
                // A patch that starts like JSON must be JSON.
                if let Value::Sequence { flow, .. } | Value::Mapping { flow, .. } = &mut document.value {
                    *flow &= self.allows_errors;
                }
            }
            let json = documents.len() == 1 && self.wants("json", 15);
            entry.set(field, Node::embedded(documents, json));
        } else {
            let name = self.new_file_name(field, ".yaml");
            for document in &mut documents {
                super::noise::restyle(&mut self.random, self.features, document, self.allows_errors);
                if let Value::Sequence { flow, .. } | Value::Mapping { flow, .. } = &mut document.value {
                    *flow &= self.allows_errors;
                }
            }
            self.write_styled(&format!("{directory}/{name}"), documents);
            entry.set("path", text(name));
        }
    }

    /// Returns a selector that matches only this resource.
    fn exact_selector(&mut self, known: &KnownResource) -> Node {
        let (group, version) = known.group_version();
        let mut target = Node::mapping();
        if !group.is_empty() && self.chance(70) {
            target.set("group", text(group));
        }
        if self.chance(70) {
            target.set("version", text(version));
        }
        target.set("kind", text(&known.kind));
        target.set("name", text(self.random.pick(&known.names)));
        if !known.namespace().is_empty() && self.chance(50) {
            target.set("namespace", text(known.namespace()));
        }
        target
    }

    /// Returns a selector that usually matches a resource.
    pub fn selector(&mut self, known: &KnownResource) -> Node {
        let (group, version) = known.group_version();
        let (group, version) = (group.to_string(), version.to_string());
        let mut selector = Node::mapping();
        if self.chance(20) && !group.is_empty() {
            selector.set("group", text(group));
        }
        if self.chance(20) {
            selector.set("version", text(version));
        }
        if self.chance(75) {
            let kind = match self.random.below(20) {
                0 => format!("{}|Service", known.kind),
                1 => ".*".to_string(),
                _ => known.kind.clone(),
            };
            selector.set("kind", text(kind));
        }
        if self.chance(60) {
            let name = self.random.pick(&known.names).clone();
            let name = if self.wants("selectors", 40) { self.pattern(&name) } else { name };
            selector.set("name", text(name));
        }
        if self.chance(12) {
            let namespace = self.random.pick(&known.namespaces).clone();
            let namespace = if namespace.is_empty() { "default".to_string() } else { namespace };
            let namespace = if self.wants("selectors", 30) { self.pattern(&namespace) } else { namespace };
            selector.set("namespace", text(namespace));
        }
        for (field, percent) in [("labelSelector", 15), ("annotationSelector", 6)] {
            if self.wants("selectors", percent) {
                let expression = self.label_expression(known, field == "annotationSelector");
                selector.set(field, text(expression));
            }
        }
        if self.wants_error(4) {
            let bad = [("labelSelector", "a=b=c"), ("name", "("), ("name", "[a"), ("labelSelector", "a in b")];
            let (field, value) = *self.random.pick(&bad);
            selector.set(field, text(value));
        }
        selector
    }

    /// Returns a regular expression that usually matches a word.
    fn pattern(&mut self, word: &str) -> String {
        // Special characters would need escaping.
        if word.contains(|c: char| "*$()".contains(c)) {
            return ".*".to_string();
        }
        let half: String = word.chars().take(word.chars().count() / 2 + 1).collect();
        match self.random.below(10) {
            0 => ".*".to_string(),
            1 => format!("{half}.*"),
            2 => format!("^{word}$"),
            3 => format!("{word}|api"),
            4 => format!("({word}|x)"),
            5 => half,
            6 => format!("[a-z]{}", word.chars().skip(1).collect::<String>()),
            7 => "\\w+".to_string(),
            8 => format!("(?i){}", word.to_uppercase()),
            _ => format!(".{{{}}}", word.chars().count()),
        }
    }

    fn label_expression(&mut self, known: &KnownResource, annotations: bool) -> String {
        let field = if annotations { "annotations" } else { "labels" };
        let labels = known.node.get("metadata").and_then(|metadata| metadata.get(field));
        let pairs: Vec<(String, String)> = labels
            .map(|labels| {
                let pair = |entry: &Entry| Some((unquoted(&entry.key), entry.value.as_text()?));
                labels.entries().iter().filter_map(pair).collect()
            })
            .unwrap_or_default();
        let default = ("app".to_string(), "web".to_string());
        let (key, value) = self.random.choose(&pairs).unwrap_or(&default).clone();
        let simple = is_plain_word(&value) || value.chars().all(|c| c.is_ascii_digit());
        let value = if simple { value } else { "web".to_string() };
        match self.random.below(9) {
            0 => key,
            1 => format!("!{key}"),
            2 => format!("{key}!={value}"),
            3 => format!("{key} in ({value},other)"),
            4 => format!("{key} notin (other)"),
            5 => format!("{key}=={value}"),
            6 => format!("{key}={value},!absent"),
            _ => format!("{key}={value}"),
        }
    }

    /// Returns a strategic merge patch of a resource. With a target, the name in the patch does not matter.
    pub fn strategic_merge(&mut self, known: &KnownResource, has_target: bool) -> Node {
        let mut metadata = Node::mapping();
        let index = self.random.below(known.names.len());
        let name = known.names[index].clone();
        metadata.set("name", if has_target && self.chance(40) { text("not-important") } else { text(name) });
        // The original name goes with the original namespace.
        let namespace = if index == 0 { known.namespaces.first() } else { known.namespaces.last() };
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
            metadata.set("namespace", text(namespace));
        }
        let mut patch = Node::mapping();
        patch.set("apiVersion", text(&known.api_version));
        patch.set("kind", text(&known.kind));
        for field in ["labels", "annotations"] {
            if self.chance(15) {
                let existing = known.node.get("metadata").and_then(|metadata| metadata.get(field)).cloned();
                let change = self.part(&existing.unwrap_or_else(Node::mapping), 1);
                metadata.set(field, change);
            }
        }
        patch.set("metadata", metadata);
        if self.wants("directives", 3) {
            patch.set("$patch", text(*self.random.pick(&["delete", "replace", "merge"])));
        }
        let body: Vec<Entry> = known
            .node
            .entries()
            .iter()
            .filter(|entry| !matches!(entry.key.as_str(), "apiVersion" | "kind" | "metadata"))
            .cloned()
            .collect();
        for entry in &body {
            if self.chance(80) {
                let value = self.part(&entry.value, 0);
                patch.set(unquoted(&entry.key), value);
            }
        }
        if body.is_empty() || self.chance(5) {
            let value = self.scalar();
            patch.set(self.random.pick(&["data", "spec", "extra"]), map! { "added" => value });
        }
        patch
    }

    /// Returns a patch of a part of a document.
    fn part(&mut self, node: &Node, depth: usize) -> Node {
        match &node.value {
            Value::Mapping { entries, .. } => self.part_of_mapping(entries, depth),
            Value::Sequence { items, .. } => self.part_of_list(items, depth),
            _ if self.chance(10) => node.clone(),
            _ if self.wants("empty", 4) => Node::null(),
            _ => self.scalar(),
        }
    }

    fn part_of_mapping(&mut self, entries: &[Entry], depth: usize) -> Node {
        let mut part = Node::mapping();
        if self.wants("directives", 3) {
            part.set("$patch", text(*self.random.pick(&["replace", "replace", "merge", "delete"])));
        }
        if depth > 0 && self.wants("directives", 1) {
            let key = entries.first().map_or("x".to_string(), |entry| unquoted(&entry.key));
            part.set("$retainKeys", texts([key]));
        }
        let mut chosen = 0;
        for entry in entries {
            if chosen > 2 || !self.chance(45) && chosen + 1 < entries.len() {
                continue;
            }
            chosen += 1;
            let key = unquoted(&entry.key);
            if self.chance(8) {
                part.set(key, Node::null());
            } else {
                let value = self.part(&entry.value, depth + 1);
                part.set(key, value);
            }
        }
        if self.chance(20) || entries.is_empty() {
            let key = scalars::word(&mut self.random);
            let value = self.scalar();
            part.set(key, value);
        }
        part
    }

    fn part_of_list(&mut self, items: &[Node], depth: usize) -> Node {
        if items.iter().all(|item| !item.is_mapping()) {
            let mut new: Vec<Node> = items.iter().filter(|_| self.random.chance(50)).cloned().collect();
            new.push(self.scalar());
            return list(new);
        }
        let mut new = Vec::new();
        if self.wants("directives", 4) {
            new.push(map! { "$patch" => text("replace") });
        }
        for item in items {
            if !self.chance(60) {
                continue;
            }
            let mut part = Node::mapping();
            for key in manifests::MERGE_KEYS {
                if let Some(value) = item.get(key)
                    && self.chance(92)
                {
                    part.set(key, value.clone());
                }
            }
            if self.wants("directives", 8) {
                part.set("$patch", text(*self.random.pick(&["delete", "delete", "replace", "merge"])));
            } else {
                let rest: Vec<Entry> = item
                    .entries()
                    .iter()
                    .filter(|entry| !manifests::MERGE_KEYS.contains(&entry.key.as_str()))
                    .cloned()
                    .collect();
                let change = self.part_of_mapping(&rest, depth + 1);
                for entry in change.entries() {
                    part.set(unquoted(&entry.key), entry.value.clone());
                }
            }
            new.push(part);
        }
        if self.chance(30) || new.is_empty() {
            let mut added = items.first().cloned().unwrap_or_else(Node::mapping);
            for key in manifests::MERGE_KEYS {
                if added.get(key).and_then(Node::as_text).is_some() {
                    let value = match *key {
                        "containerPort" | "port" => raw(self.random.between(1, 9).to_string()),
                        "protocol" => text("UDP"),
                        _ => text("added"),
                    };
                    added.set(key, value);
                }
            }
            new.push(added);
        }
        self.random.shuffle(&mut new);
        list(new)
    }

    /// Returns the operations of a JSON patch.
    pub fn operations(&mut self, known: &KnownResource) -> Node {
        let node = known.node.clone();
        let all = self.changeable(&node);
        let (identity, free): (Vec<_>, Vec<_>) = all.iter().partition(|(path, _)| is_identity(path));
        let mut operations = Vec::new();
        for _ in 0..*self.random.pick(&[1, 1, 1, 2, 3]) {
            let pool = if free.is_empty() || self.chance(6) { &identity } else { &free };
            // After other patches, only the outermost fields are likely to exist.
            let outer: Vec<_> =
                all.iter().filter(|(path, _)| matches!(&path[..], [Step::Key(key)] if key == "metadata")).collect();
            let pool = if known.patched && !self.wants_error(50) { &outer } else { pool };
            let Some((path, target)) = self.random.choose(pool).map(|(path, target)| (path.clone(), *target)) else {
                continue;
            };
            let shape = if self.chance(10) { self.random.below(3) } else { usize::from(target.is_sequence()) };
            let value = match shape {
                0 if target.is_mapping() => map! { "name" => self.scalar(), "other" => self.scalar() },
                1 => texts(["a", "b"]),
                _ => self.scalar(),
            };
            let kind = *self.random.pick(&[
                "add", "add", "add", "add", "add", "replace", "replace", "replace", "remove", "test", "copy", "move",
            ]);
            let kind = if known.patched { "add" } else { kind };
            let mut operation = map! { "op" => text(kind) };
            match kind {
                "add" if target.is_mapping() => {
                    let mut path = pointer(&path);
                    path.push('/');
                    path.push_str(self.random.pick::<&str>(&["new", "a~1b", "m~0n", "0"]));
                    operation.set("path", text(path));
                    operation.set("value", value);
                }
                "add" if target.is_sequence() => {
                    let end = *self.random.pick(&["-", "-", "0", "1"]);
                    operation.set("path", text(format!("{}/{end}", pointer(&path))));
                    operation.set("value", value);
                }
                "add" | "replace" => {
                    operation.set("path", text(pointer(&path)));
                    operation.set("value", value);
                }
                "test" => {
                    operation.set("path", text(pointer(&path)));
                    operation.set("value", target.clone());
                }
                "copy" | "move" => {
                    operation.set("from", text(pointer(&path)));
                    operation
                        .set("path", text(format!("/metadata/{}", scalars::word(&mut self.random).replace('/', "~1"))));
                }
                _ => operation.set("path", text(pointer(&path))),
            }
            if self.wants_error(5) {
                let path = *self.random.pick(&["/absent/x", "absent", "", "/spec/-", "/metadata/labels/0", "/spec/01"]);
                operation.set("path", text(path));
            }
            operations.push(operation);
            if matches!(kind, "remove" | "move" | "replace") && !self.allows_errors {
                break;
            }
        }
        list(operations)
    }

    /// Returns a dotted path as in replacements and variables, with items of lists in a notation that `lists` allows.
    pub fn field_path(&mut self, root: &Node, path: &[Step], lists: Lists) -> String {
        let mut written: Vec<String> = Vec::new();
        let mut node = Some(root);
        for step in path {
            match step {
                Step::Key(key) => {
                    node = node.and_then(|node| node.get(key));
                    let in_brackets = key.contains('.') && self.chance(70);
                    written.push(if in_brackets { format!("[{key}]") } else { key.replace('.', "\\.") });
                }
                Step::Index(index) => {
                    node = node.and_then(|node| node.items().get(*index));
                    let by_key = manifests::MERGE_KEYS.iter().find_map(|key| {
                        let value = node?.get(key)?.as_text()?;
                        Some(format!("[{key}={value}]"))
                    });
                    let choice = match lists {
                        Lists::Indexes => {
                            let last = written.last_mut().map(|last| last.push_str(&format!("[{index}]")));
                            if last.is_some() {
                                continue;
                            }
                            1
                        }
                        Lists::Keys => self.random.between(1, 3),
                        Lists::Wildcards => self.random.below(4),
                    };
                    written.push(match (choice, by_key) {
                        (0, _) => "*".to_string(),
                        (2.., Some(by_key)) => by_key,
                        _ => index.to_string(),
                    });
                }
            }
        }
        written.join(".")
    }
}
