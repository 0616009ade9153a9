//! The source of each line of a document's text.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Result, unwritable};
use crate::parallel::with_large_stack;
use crate::yaml::{FileId, NodeId, ParseLimits, Position, Tree, parse_single, write};

/// A line of a document's text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// The text without its line break.
    pub text: String,
    /// The innermost node that starts on the line; `None` for the other lines of a multi-line string.
    pub node: Option<NodeId>,
    /// The position of the value, or of the key of a collection.
    pub position: Position,
}

/// Returns the lines of a document's text with the nodes of the document that they show.
///
/// The writer sorts and reformats, so the text is parsed again to find the line of each value.
///
/// # Errors
/// Fails on values that cannot be represented in JSON.
///
/// # Example
/// ```
/// use boutique::{Options, explain, io};
///
/// let host = io::MemoryHost::new([
///     ("/kustomization.yaml", "namePrefix: dev-\nresources: [a.yaml]\n"),
///     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
/// ]);
/// let io::Outcome { result, inputs } = io::render(&host, "/", &Options::default());
/// let rendered = result.expect("it is valid");
/// let lines = explain::lines(rendered.resources()[0].tree()).expect("it can be written");
/// assert_eq!(lines[3].text, "  name: dev-a");
/// let location = inputs.location(lines[3].position).expect("it is written in a file");
/// assert_eq!(location.to_string(), "/kustomization.yaml:1:13");
/// ```
pub fn lines(tree: &Tree) -> Result<Vec<Line>> {
    with_large_stack(|| source_lines(tree))
}

fn source_lines(tree: &Tree) -> Result<Vec<Line>> {
    let mut text = String::new();
    write(tree, &mut text).map_err(unwritable)?;
    let mut lines: Vec<Line> =
        text.lines().map(|line| Line { text: line.to_string(), node: None, position: Position::NONE }).collect();
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let source = Arc::new(text);
    // The text should always parse; if it does not, the lines have no nodes.
    if let Ok(Some(written)) = parse_single(&source, FileId::NONE, ParseLimits::default()) {
        let mut pairing = Pairing { written: &written, tree, starts: &starts, lines: &mut lines };
        pairing.pair(written.root(), tree.root());
    }
    Ok(lines)
}

struct Pairing<'a> {
    written: &'a Tree,
    tree: &'a Tree,
    /// The offsets of the lines.
    starts: &'a [usize],
    lines: &'a mut [Line],
}

impl Pairing<'_> {
    /// Records the document's nodes for a node of the text and all nodes below it. On the same line, the innermost one wins.
    fn pair(&mut self, written: NodeId, node: NodeId) {
        let mut originals: HashMap<&str, (NodeId, NodeId)> = HashMap::new();
        for (key, value) in self.tree.entries(node) {
            originals.entry(self.tree.text(key)).or_insert((key, value));
        }
        for (key, value) in self.written.entries(written) {
            let name = self.written.text(key);
            let original = originals.get(name).copied();
            if let Some((original_key, original)) = original {
                let located = if self.tree.is_scalar(original) { original } else { original_key };
                self.record(key, original, self.tree.position(located));
                self.pair(value, original);
            }
        }
        for (element, original) in self.written.elements(written).zip(self.tree.elements(node)) {
            self.record(element, original, self.tree.position(original));
            self.pair(element, original);
        }
    }

    fn record(&mut self, written: NodeId, node: NodeId, position: Position) {
        let offset = self.written.position(written).offset as usize;
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        if let Some(line) = self.lines.get_mut(line) {
            line.node = Some(node);
            line.position = position;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_nodes_and_positions() {
        let text = "b:\n  - k: 1\n    x: |\n      one\n      two\n  - [q]\na: {z: 2}\n";
        let tree = parse_single(&Arc::new(text.to_string()), FileId(1), ParseLimits::default()).unwrap().unwrap();
        let shown: Vec<String> = lines(&tree)
            .unwrap()
            .into_iter()
            .map(|line| {
                let offset = line.node.map(|_| line.position.offset as usize);
                format!("{} <- {}", line.text, offset.map_or("", |offset| text[offset..].lines().next().unwrap()))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "a: <- a: {z: 2}",
                "  z: 2 <- 2}",
                "b: <- b:",
                "- k: 1 <- 1",
                "  x: | <- |",
                "    one <- ",
                "    two <- ",
                "- - q <- q]",
            ]
        );
    }
}
