//! The source of each line of a document's text.

use crate::diagnostic::{Result, unwritable};
use crate::parallel::with_large_stack;
use crate::yaml::{Mark, NodeId, Position, Tree, write_with_marks};

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
    let (text, marks) = write_with_marks(tree).map_err(unwritable)?;
    let mut marks = marks.into_iter().peekable();
    let mut end = 0;
    let line = |text: &str| {
        end += text.len();
        let mut line = Line { text: text.trim_end_matches('\n').to_string(), node: None, position: Position::NONE };
        // The innermost node comes last.
        while let Some(Mark { node, key, .. }) = marks.next_if(|mark| mark.offset < end) {
            line.node = Some(node);
            line.position = tree.position(key.filter(|_| !tree.is_scalar(node)).unwrap_or(node));
        }
        line
    };
    Ok(text.split_inclusive('\n').map(line).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::{FileId, ParseLimits, parse_single};

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
