//! Files that were read, with their parsed content.

use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::kustomization::{Kustomization, Located, Used, repeated_fields};
use crate::resource::{Resource, manifest};
use crate::secret;
use crate::yaml::{
    FileId, InlineText, ParseError, ParseLimits, Position, Span, Tree, decode_text, document_after_empty,
    further_document, parse_single, parse_stream, second_document,
};

use super::lines::{Line, Lines};

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// The id by which positions refer to the file.
    pub id: FileId,
    /// The path under which it was first requested.
    pub path: String,
    /// The path after links are followed.
    pub real: String,
    content: Content,
    text: OnceLock<Result<Arc<String>>>,
    /// The text for display of bytes that are not text.
    lossy_text: OnceLock<String>,
    lines: OnceLock<Lines>,
    resources: OnceLock<Result<Vec<Resource>>>,
    kustomization: OnceLock<Result<Arc<ReadKustomization>>>,
    hidden_values: OnceLock<Vec<String>>,
}

/// The content of a file.
#[derive(Debug)]
enum Content {
    /// Text that can be parsed unchanged.
    Text(Arc<String>),
    /// Bytes that are not text, or text whose line breaks need conversion.
    Bytes(Vec<u8>),
}

/// A parsed kustomization file.
#[derive(Debug)]
pub struct ReadKustomization {
    pub kustomization: Kustomization,
    pub warnings: Vec<Diagnostic>,
}

impl File {
    pub(super) fn new(id: FileId, path: String, real: String, bytes: Vec<u8>) -> File {
        let content = match String::from_utf8(bytes) {
            Ok(text) if !text.contains("\r\n") => Content::Text(Arc::new(text)),
            Ok(text) => Content::Bytes(text.into_bytes()),
            Err(error) => Content::Bytes(error.into_bytes()),
        };
        File {
            id,
            path,
            real,
            content,
            text: OnceLock::new(),
            lossy_text: OnceLock::new(),
            lines: OnceLock::new(),
            resources: OnceLock::new(),
            kustomization: OnceLock::new(),
            hidden_values: OnceLock::new(),
        }
    }

    /// Returns the content of the file.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }

    /// Returns the content of the file as text; `None` if it is not text or needs conversion.
    pub(crate) fn shared_text(&self) -> Option<&Arc<String>> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// Returns the content of the file as text with `\n` line breaks.
    ///
    /// # Errors
    /// Fails on bytes that are not text.
    pub fn text(&self) -> Result<&Arc<String>> {
        let bytes = match &self.content {
            Content::Text(text) => return Ok(text),
            Content::Bytes(bytes) => bytes,
        };
        let text = self.text.get_or_init(|| {
            decode_text(bytes).map_err(|(offset, message)| {
                Diagnostic::error(Code::NotText, format!("the file is not text: {message}"))
                    .at(Position::new(self.id, offset), "invalid byte")
            })
        });
        text.as_ref().map_err(Clone::clone)
    }

    /// Returns the content of the file as text for display. Bytes that are not text become U+FFFD.
    pub fn shown_text(&self) -> &str {
        let lossy = || String::from_utf8_lossy(self.bytes()).replace("\r\n", "\n");
        match self.text() {
            Ok(text) => text,
            Err(_) => self.lossy_text.get_or_init(lossy),
        }
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::new(self.shown_text()))
    }

    /// Returns the line of an offset, starting at 1.
    pub(crate) fn line_number(&self, offset: usize) -> usize {
        self.lines().number(offset)
    }

    /// Returns the line and the column of an offset, both starting at 1. Columns count characters.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        self.lines().line_and_column(self.shown_text(), offset)
    }

    /// Returns a line as messages show it. The first one has the number 1. Nothing is hidden in a public file, see
    /// [`super::Inputs::line`].
    pub(super) fn line(&self, number: usize, is_public: bool) -> Line<'_> {
        self.lines().line(&self.path, self.shown_text(), number, is_public)
    }

    /// Returns a line as messages show it, for which it is unknown what the file is used for.
    pub(crate) fn masked_line(&self, number: usize) -> Line<'_> {
        self.line(number, false)
    }

    /// Returns the values of Secrets in the file, which messages must not contain.
    pub(crate) fn hidden_values(&self) -> &[String] {
        self.hidden_values.get_or_init(|| secret::hidden_values(&self.path, self.shown_text()))
    }

    /// Returns the documents of a stream of manifests.
    ///
    /// # Errors
    /// Fails on invalid YAML.
    pub(crate) fn documents(&self, limits: ParseLimits) -> Result<Vec<Tree>> {
        parse_stream(self.text()?, self.id, limits).map_err(invalid_yaml)
    }

    /// Returns the first document.
    ///
    /// # Errors
    /// Fails on invalid YAML.
    pub(crate) fn document(&self, limits: ParseLimits) -> Result<Option<Tree>> {
        parse_single(self.text()?, self.id, limits).map_err(invalid_yaml)
    }

    /// Returns the resources of a manifest file, which is parsed once.
    ///
    /// # Errors
    /// Fails on invalid YAML and on documents that are not resources.
    pub(crate) fn resources(&self, limits: ParseLimits) -> Result<&[Resource]> {
        let resources = self.resources.get_or_init(|| manifest::resources(self.documents(limits)?));
        resources.as_deref().map_err(Clone::clone)
    }

    /// Returns the content of a kustomization file, which is parsed once.
    ///
    /// # Errors
    /// Fails if the file is not a kustomization file.
    pub(crate) fn kustomization(&self, limits: ParseLimits) -> Result<&Arc<ReadKustomization>> {
        let read = self.kustomization.get_or_init(|| {
            let tree = self.document(limits)?.unwrap_or_else(|| Tree::new_mapping(Position::new(self.id, 0)));
            let (kustomization, mut warnings) =
                Kustomization::from_tree(&tree).map_err(|error| self.explain_empty_document(error))?;
            warnings.extend(repeated_fields(&tree, Used::Last));
            warnings.extend(self.ignored_document());
            Ok(Arc::new(ReadKustomization { kustomization, warnings }))
        });
        read.as_ref().map_err(Clone::clone)
    }

    /// Returns a warning about a second document of a file of which only the first is read.
    pub(crate) fn ignored_document(&self) -> Option<Diagnostic> {
        let offset = further_document(self.text().ok()?)?;
        Some(ignored_document(Position::new(self.id, offset)))
    }

    /// Returns a warning about a second document, which may be empty.
    pub(crate) fn second_document(&self) -> Option<Diagnostic> {
        let offset = second_document(self.text().ok()?)?;
        Some(ignored_document(Position::new(self.id, offset)))
    }

    /// Returns a warning about a second document of an inline text of which only the first is read.
    pub(crate) fn ignored_document_inside(&self, text: &Located<String>) -> Option<Diagnostic> {
        let offset = further_document(&text.value)?;
        Some(ignored_document(self.inline_text(text).position(offset as u32)))
    }

    /// Adds the reason to the error about an empty kustomization: a document before the one with content.
    fn explain_empty_document(&self, error: Box<Diagnostic>) -> Box<Diagnostic> {
        let separator = self.text().ok().and_then(|text| document_after_empty(text));
        match separator.filter(|_| error.code == Code::EmptyKustomization) {
            Some(offset) => {
                let message = "the first document of the kustomization file is empty, and the others are not read";
                Diagnostic::error(Code::EmptyKustomization, message)
                    .at(Span::new(Position::new(self.id, offset), 3), "the second document starts here")
                    .hint("remove this `---`")
            }
            None => error,
        }
    }

    /// Returns the documents of an inline text, which is a value in this file.
    ///
    /// # Errors
    /// Fails on invalid YAML.
    pub(crate) fn documents_inside(&self, text: &Located<String>, limits: ParseLimits) -> Result<Vec<Tree>> {
        let inline = self.inline_text(text);
        let documents = parse_stream(&Arc::new(text.value.clone()), text.position.file, limits);
        let documents = documents.map_err(|error| invalid_inline_yaml(error, &inline))?;
        Ok(documents.into_iter().map(|tree| inline.relocate(tree)).collect())
    }

    /// Returns the first document of an inline text, which is a value in this file.
    ///
    /// # Errors
    /// Fails on invalid YAML.
    pub(crate) fn document_inside(&self, text: &Located<String>, limits: ParseLimits) -> Result<Option<Tree>> {
        let inline = self.inline_text(text);
        let document = parse_single(&Arc::new(text.value.clone()), text.position.file, limits);
        let document = document.map_err(|error| invalid_inline_yaml(error, &inline))?;
        Ok(document.map(|tree| inline.relocate(tree)))
    }

    fn inline_text(&self, text: &Located<String>) -> InlineText {
        let source = if text.position.file == self.id { self.text().map_or("", |text| &**text) } else { "" };
        InlineText::new(&text.value, text.position, source)
    }
}

fn ignored_document(separator: Position) -> Diagnostic {
    *Diagnostic::warning(Code::IgnoredDocument, "only the first document is read")
        .at(Span::new(separator, 3), "this document is ignored")
        .hint("remove the `---`, or move the document to a file of its own")
}

fn invalid_inline_yaml(mut error: ParseError, inline: &InlineText) -> Box<Diagnostic> {
    error.position = inline.position(error.position.offset);
    invalid_yaml(error)
}
