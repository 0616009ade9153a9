//! Shrinks a tree while a difference of the same kind remains.

use std::time::{Duration, Instant};

use crate::compare::{Comparer, Difference, Outcome};
use crate::document::{Node, Value, quoted, raw};
use crate::flatten::flattened;
use crate::tree::{File, Reorder, Tree};

/// The time limit for shrinking one tree.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Returns a smaller tree with a difference of the same kind, and that difference.
///
/// # Errors
/// Fails if trees cannot be compared.
pub fn shrink(comparer: &mut Comparer, tree: &Tree, difference: &Difference) -> Result<(Tree, Difference), String> {
    let mut shrinker =
        Shrinker { comparer, tree: tree.clone(), difference: difference.clone(), deadline: Instant::now() + TIMEOUT };
    loop {
        let before = shrinker.tree.clone();
        shrinker.other_roots()?;
        shrinker.flatten()?;
        shrinker.files()?;
        shrinker.parts()?;
        shrinker.bytes()?;
        shrinker.styles()?;
        shrinker.scalars()?;
        if shrinker.tree == before || Instant::now() > shrinker.deadline {
            return Ok((shrinker.tree, shrinker.difference));
        }
    }
}

struct Shrinker<'a> {
    comparer: &'a mut Comparer,
    tree: Tree,
    difference: Difference,
    deadline: Instant,
}

impl Shrinker<'_> {
    /// Accepts a tree if it has a difference of the same kind.
    fn attempt(&mut self, tree: Tree) -> Result<bool, String> {
        if tree == self.tree || Instant::now() > self.deadline {
            return Ok(false);
        }
        match self.comparer.compare(&tree)? {
            Outcome::Different(difference) if difference.kind == self.difference.kind => {
                self.tree = tree;
                self.difference = *difference;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Tries each kustomization of the tree as the target.
    fn other_roots(&mut self) -> Result<(), String> {
        let mut tree = self.tree.clone();
        tree.reorder = Reorder::Unspecified;
        self.attempt(tree)?;
        for root in self.tree.kustomization_directories() {
            let mut tree = self.tree.clone();
            let count = tree.files.keys().filter(|path| path.starts_with(&format!("{root}/"))).count();
            if root != tree.root && count > 0 {
                tree.root = root;
                self.attempt(tree)?;
            }
        }
        Ok(())
    }

    /// Merges kustomizations into those that include them.
    fn flatten(&mut self) -> Result<(), String> {
        'again: loop {
            for tree in flattened(&self.tree) {
                if self.attempt(tree)? {
                    continue 'again;
                }
            }
            return Ok(());
        }
    }

    /// Removes files.
    fn files(&mut self) -> Result<(), String> {
        let paths: Vec<String> = self.tree.files.keys().cloned().collect();
        for path in paths {
            let mut tree = self.tree.clone();
            tree.files.remove(&path);
            self.attempt(tree)?;
        }
        Ok(())
    }

    fn yaml_paths(&self) -> Vec<String> {
        let is_yaml = |(path, file): (&String, &File)| matches!(file, File::Yaml(_)).then(|| path.clone());
        self.tree.files.iter().filter_map(is_yaml).collect()
    }

    /// Tries the tree with changes in the documents of one file.
    fn attempt_change(&mut self, path: &str, change: impl FnOnce(&mut Vec<Node>) -> bool) -> Result<bool, String> {
        let mut tree = self.tree.clone();
        let Some(File::Yaml(file)) = tree.files.get_mut(path) else { return Ok(false) };
        if !change(&mut file.documents) {
            return Ok(false);
        }
        self.attempt(tree)
    }

    fn documents(&self, path: &str) -> &[Node] {
        match self.tree.files.get(path) {
            Some(File::Yaml(file)) => &file.documents,
            _ => &[],
        }
    }

    /// Removes documents, entries of mappings and items of lists, starting with large groups.
    fn parts(&mut self) -> Result<(), String> {
        for path in self.yaml_paths() {
            let mut document = 0;
            while document < self.documents(&path).len() {
                let removed = self.attempt_change(&path, |documents| {
                    documents.remove(document);
                    true
                })?;
                document += usize::from(!removed);
            }
            for document in 0..self.documents(&path).len() {
                let mut index = 0;
                while let Some(node) = self.documents(&path)[document].nth(index) {
                    let mut size = node.children().len();
                    while size > 0 {
                        self.part(&path, document, index, size)?;
                        size /= 2;
                    }
                    self.hoist(&path, document, index)?;
                    index += 1;
                }
            }
        }
        Ok(())
    }

    /// Removes groups of `size` consecutive children of a node.
    fn part(&mut self, path: &str, document: usize, index: usize, size: usize) -> Result<(), String> {
        let mut start = 0;
        loop {
            let count = self.documents(path)[document].nth(index).map_or(0, |node| node.children().len());
            if start >= count {
                return Ok(());
            }
            let end = (start + size).min(count);
            let removed = self.attempt_change(path, |documents| {
                match documents[document].nth_mut(index).map(|node| &mut node.value) {
                    Some(Value::Mapping { entries, .. }) => drop(entries.drain(start..end)),
                    Some(Value::Sequence { items, .. } | Value::Embedded { documents: items, .. }) => {
                        drop(items.drain(start..end));
                    }
                    _ => return false,
                }
                true
            })?;
            if !removed {
                start = end;
            }
        }
    }

    /// Replaces a collection by a scalar.
    fn hoist(&mut self, path: &str, document: usize, index: usize) -> Result<(), String> {
        if index == 0 {
            return Ok(());
        }
        self.attempt_change(path, |documents| {
            let Some(node) = documents[document].nth_mut(index) else { return false };
            if !node.is_mapping() && !node.is_sequence() {
                return false;
            }
            *node = raw("x");
            true
        })?;
        Ok(())
    }

    /// Shortens files that are not YAML.
    fn bytes(&mut self) -> Result<(), String> {
        let paths: Vec<String> = self.tree.files.keys().cloned().collect();
        for path in paths {
            let Some(File::Bytes(bytes)) = self.tree.files.get(&path) else { continue };
            let mut size = bytes.len();
            while size > 0 {
                let mut start = 0;
                while let Some(File::Bytes(bytes)) = self.tree.files.get(&path)
                    && start < bytes.len()
                {
                    let mut bytes = bytes.clone();
                    bytes.drain(start..(start + size).min(bytes.len()));
                    let mut tree = self.tree.clone();
                    tree.files.insert(path.clone(), File::Bytes(bytes));
                    if !self.attempt(tree)? {
                        start += size;
                    }
                }
                size /= 2;
            }
        }
        Ok(())
    }

    /// Simplifies the style of files.
    fn styles(&mut self) -> Result<(), String> {
        for path in self.yaml_paths() {
            let changes: [fn(&mut crate::tree::YamlFile); 5] = [
                |file| file.crlf = false,
                |file| file.marked = false,
                |file| file.json = false,
                |file| file.before = "",
                |file| file.after = "",
            ];
            for change in changes {
                let mut tree = self.tree.clone();
                if let Some(File::Yaml(file)) = tree.files.get_mut(&path) {
                    change(file);
                }
                self.attempt(tree)?;
            }
            for document in 0..self.documents(&path).len() {
                let mut all = self.tree.clone();
                if let Some(File::Yaml(file)) = all.files.get_mut(&path) {
                    plain_everywhere(&mut file.documents[document]);
                }
                if self.attempt(all)? {
                    continue;
                }
                let mut index = 0;
                while self.documents(&path)[document].nth(index).is_some() {
                    for aspect in 0..4 {
                        self.attempt_change(&path, |documents| {
                            let copy = documents[document].clone();
                            let Some(node) = documents[document].nth_mut(index) else { return false };
                            plain(node, &copy, aspect)
                        })?;
                    }
                    index += 1;
                }
            }
        }
        Ok(())
    }

    /// Simplifies scalars.
    fn scalars(&mut self) -> Result<(), String> {
        for path in self.yaml_paths() {
            for document in 0..self.documents(&path).len() {
                let mut index = 0;
                while let Some(node) = self.documents(&path)[document].nth(index) {
                    let mut simple = vec![raw("x"), raw("1"), raw("null")];
                    if let Some(text) = node.as_text() {
                        simple.insert(0, raw(quoted(&text)));
                        let half = text.chars().take(text.chars().count() / 2).collect::<String>();
                        simple.push(raw(quoted(&half)));
                        simple.push(raw(quoted(&text.replace(char::is_whitespace, ""))));
                    }
                    let known = simple.iter().position(|simple| simple == node).unwrap_or(simple.len());
                    if matches!(node.value, Value::Raw(_) | Value::Block { .. }) {
                        for new in simple.into_iter().take(known) {
                            let shorter = |node: &Node| {
                                let (old, new) =
                                    (node.as_text().unwrap_or_default(), new.as_text().unwrap_or_default());
                                new.len() < old.len() || matches!(node.value, Value::Block { .. })
                            };
                            let changed = self.attempt_change(&path, |documents| {
                                let Some(node) = documents[document].nth_mut(index) else { return false };
                                if !shorter(node) {
                                    return false;
                                }
                                node.value = new.value.clone();
                                true
                            })?;
                            if changed {
                                break;
                            }
                        }
                    }
                    index += 1;
                }
            }
        }
        Ok(())
    }
}

/// Simplifies one aspect of a node: flow style, comments, aliases or anchors. Returns whether the node changed.
fn plain(node: &mut Node, document: &Node, aspect: usize) -> bool {
    let before = node.clone();
    match (aspect, &mut node.value) {
        (0, Value::Mapping { flow, .. } | Value::Sequence { flow, .. }) => *flow = false,
        (1, Value::Mapping { entries, .. }) => entries.iter_mut().for_each(|entry| entry.comment = None),
        (2, Value::Alias(anchor)) => {
            if let Some(target) = find_anchor(document, anchor) {
                node.value = target.value.clone();
            }
        }
        (2, Value::Embedded { json, .. }) => *json = false,
        (3, _) => node.anchor = None,
        _ => {}
    }
    *node != before
}

fn plain_everywhere(node: &mut Node) {
    let copy = node.clone();
    for aspect in 0..2 {
        plain(node, &copy, aspect);
    }
    for child in node.children_mut() {
        plain_everywhere(child);
    }
}

fn find_anchor<'a>(node: &'a Node, anchor: &str) -> Option<&'a Node> {
    if node.anchor.as_deref() == Some(anchor) {
        return Some(node);
    }
    node.children().into_iter().find_map(|child| find_anchor(child, anchor))
}
