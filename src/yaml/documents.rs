//! The documents of a text of which only the first is read.

/// Returns the offset of the `---` or `...` after which a text has content in a second document.
pub fn further_document(text: &str) -> Option<usize> {
    documents(text).into_iter().skip(1).find(|document| document.has_content).map(|document| document.marker)
}

/// Returns the offset of the marker of a second document, which may be empty.
pub fn second_document(text: &str) -> Option<usize> {
    let is_document = |document: &Document| document.has_content || document.has_marker;
    documents(text).into_iter().skip(1).find(is_document).map(|document| document.marker)
}

/// Returns the offset of the `---` after which an empty first document is followed by one with content.
pub fn document_after_empty(text: &str) -> Option<usize> {
    let documents = documents(text);
    let is_empty = documents.first().is_some_and(|first| !first.has_content);
    further_document(text).filter(|_| is_empty)
}

struct Document {
    /// The offset of the marker at which it starts; zero for the start of the text.
    marker: usize,
    has_marker: bool,
    has_content: bool,
}

fn documents(text: &str) -> Vec<Document> {
    let mut documents = vec![Document { marker: 0, has_marker: false, has_content: false }];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.strip_prefix('\u{feff}').unwrap_or(line).trim_end();
        let last = documents.last_mut().expect("there is one");
        let is_directive = content.starts_with('%') && !last.has_marker && !last.has_content;
        if let Some(rest) = after_marker(content, "---") {
            let has_content = !is_blank(rest);
            if last.has_marker || last.has_content {
                documents.push(Document { marker: offset, has_marker: true, has_content });
            } else {
                *last = Document { marker: offset, has_marker: true, has_content };
            }
        } else if after_marker(content, "...").is_some() {
            documents.push(Document { marker: offset, has_marker: false, has_content: false });
        } else if !is_blank(content) && !is_directive {
            last.has_content = true;
        }
        offset += line.len();
    }
    documents
}

fn after_marker<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    line.strip_prefix(marker).filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn is_blank(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_document_starts_at_its_marker() {
        fn second(text: &str) -> Option<&str> {
            further_document(text).and_then(|at| text[at..].lines().next())
        }
        assert_eq!(second("a: b\n--- # two\nc: d\n"), Some("--- # two"));
        assert_eq!(second("---\na: b\n---\nc: d\n"), Some("---"));
        assert_eq!(second("a: b\n...\nc: d\n"), Some("..."));
        assert_eq!(second("--- {a: b}\n--- {c: d}\n"), Some("--- {c: d}"));
        for single in [
            "",
            "a: b\n",
            "# x\n---\na: b\n",
            "a: b\n---\n",
            "a: b\n---\n# end\n...\n",
            "a: |\n  ---\n",
            "---a\n",
            "%YAML 1.1\n---\na: b\n",
        ] {
            assert_eq!(second(single), None, "{single:?}");
        }
        assert_eq!(second_document("a: b\n---\n"), Some(5));
        assert_eq!(second_document("a: b\n...\n"), None);
    }

    #[test]
    fn the_document_after_an_empty_one_is_found() {
        assert_eq!(document_after_empty("# a\n---\n# b\n---\nc: d\n"), Some(12));
        assert_eq!(document_after_empty("a: b\n---\nc: d\n"), None);
        assert_eq!(document_after_empty("---\nc: d\n"), None);
    }
}
