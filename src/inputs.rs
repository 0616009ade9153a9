//! The world as data: what a render asked for and what it was answered.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Code, Diagnostic, Result, invalid_yaml};
use crate::kustomization::Kustomization;
use crate::request::{Answer, Request};
use crate::resource::Resource;
use crate::yaml::{FileId, ParseLimits, Position, Tree, decode_text, parse_single, parse_stream};

/// Why something is not known.
#[derive(Clone, Debug)]
pub struct Failure {
    message: String,
    is_limit: bool,
}

impl Failure {
    /// Returns the code of the failure: that of a limit, or else the one given.
    pub fn code(&self, otherwise: Code) -> Code {
        if self.is_limit { Code::LimitExceeded } else { otherwise }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// A file that was read.
#[derive(Debug)]
pub struct File {
    pub id: FileId,
    /// The path under which it was first asked for.
    pub path: String,
    /// The path after links were followed.
    pub real: String,
    content: Content,
    text: OnceLock<Result<Arc<String>>>,
    resources: OnceLock<Result<Vec<Resource>>>,
    kustomization: OnceLock<Result<Arc<ReadKustomization>>>,
}

/// What is in a file, held once.
#[derive(Debug)]
enum Content {
    /// Text that is read as it stands.
    Text(Arc<String>),
    /// No text, or one in which line ends have to change.
    Bytes(Vec<u8>),
}

/// A kustomization file after reading.
#[derive(Debug)]
pub struct ReadKustomization {
    pub kustomization: Kustomization,
    pub warnings: Vec<Diagnostic>,
}

impl File {
    fn new(id: FileId, path: String, real: String, bytes: Vec<u8>) -> File {
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
            resources: OnceLock::new(),
            kustomization: OnceLock::new(),
        }
    }

    /// Returns what is in the file.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }

    /// Returns the bytes of the file as text, if they are text that is read as it stands.
    pub fn shared_text(&self) -> Option<&Arc<String>> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// Returns the file as text with `\n` line ends.
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
                    .at(Position::new(self.id, offset), "up to here it is text")
            })
        });
        text.as_ref().map_err(Clone::clone)
    }

    /// Returns the file as text to show to people: what is not text is U+FFFD.
    pub fn shown_text(&self) -> Cow<'_, str> {
        match self.text() {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(String::from_utf8_lossy(self.bytes()).replace("\r\n", "\n")),
        }
    }

    /// Returns the documents of a stream of manifests.
    ///
    /// # Errors
    /// Fails on what is not YAML.
    pub fn documents(&self, limits: ParseLimits) -> Result<Vec<Tree>> {
        parse_stream(self.text()?, self.id, limits).map_err(invalid_yaml)
    }

    /// Returns the only or first document.
    ///
    /// # Errors
    /// Fails on what is not YAML.
    pub fn document(&self, limits: ParseLimits) -> Result<Option<Tree>> {
        parse_single(self.text()?, self.id, limits).map_err(invalid_yaml)
    }

    /// Returns the resources of a manifest file; they are read once.
    ///
    /// # Errors
    /// Fails on what is not YAML and on documents that are no resources.
    pub fn resources(&self, limits: ParseLimits) -> Result<&[Resource]> {
        let resources = self.resources.get_or_init(|| crate::load::manifest::resources(self.documents(limits)?));
        resources.as_deref().map_err(Clone::clone)
    }

    /// Returns the file as a kustomization file; it is read once.
    ///
    /// # Errors
    /// Fails on what is no kustomization.
    pub fn kustomization(&self, limits: ParseLimits) -> Result<&Arc<ReadKustomization>> {
        let read = self.kustomization.get_or_init(|| {
            let tree = self.document(limits)?.unwrap_or_else(|| Tree::new_mapping(Position::new(self.id, 0)));
            let (kustomization, warnings) = Kustomization::from_tree(&tree)?;
            Ok(Arc::new(ReadKustomization { kustomization, warnings }))
        });
        read.as_ref().map_err(Clone::clone)
    }
}

/// An answer as it is kept.
#[derive(Clone, Debug)]
pub enum Known {
    File(Arc<File>),
    Directory { real: String },
    Missing,
    Outside { real: String },
    Output(Arc<[u8]>),
    Failed(Failure),
}

/// All answers so far. Rendering reads nothing else.
#[derive(Debug, Default)]
pub struct Inputs {
    answers: HashMap<Request, Known>,
    files: Vec<Arc<File>>,
    by_real_path: HashMap<String, Arc<File>>,
    ids: Arc<AtomicU32>,
}

impl Inputs {
    pub fn new() -> Inputs {
        Inputs::default()
    }

    /// Returns inputs without answers, whose files have ids that those of this one do not have.
    pub fn beside(&self) -> Inputs {
        Inputs { ids: self.ids.clone(), ..Inputs::default() }
    }

    /// Records the answer to a request, and returns what is known by it.
    pub fn insert(&mut self, request: Request, answer: Answer) -> Known {
        let known = match answer {
            Answer::File { real, bytes } => {
                let path = match &request {
                    Request::Path { path, .. } => path.clone(),
                    _ => real.clone(),
                };
                Known::File(self.add_file(path, real, bytes))
            }
            Answer::Directory { real } => Known::Directory { real },
            Answer::Missing => Known::Missing,
            Answer::Outside { real } => Known::Outside { real },
            Answer::Output(bytes) => Known::Output(bytes.into()),
            Answer::Failed(message) => Known::Failed(Failure { message, is_limit: false }),
            Answer::TooLarge(message) => Known::Failed(Failure { message, is_limit: true }),
        };
        self.answers.insert(request, known.clone());
        known
    }

    /// Records what other inputs know about a request.
    pub fn insert_known(&mut self, request: Request, known: Known) {
        if let Known::File(file) = &known
            && !self.by_real_path.contains_key(&file.real)
        {
            self.keep_file(file.clone());
        }
        self.answers.insert(request, known);
    }

    fn add_file(&mut self, path: String, real: String, bytes: Vec<u8>) -> Arc<File> {
        if let Some(file) = self.by_real_path.get(&real) {
            return file.clone();
        }
        let id = FileId(self.ids.fetch_add(1, Ordering::Relaxed) + 1);
        let file = Arc::new(File::new(id, path, real, bytes));
        self.keep_file(file.clone());
        file
    }

    /// Adds the files of other inputs, for diagnostics that refer to them.
    pub fn add_files(&mut self, other: &Inputs) {
        for file in &other.files {
            if !self.by_real_path.contains_key(&file.real) {
                self.keep_file(file.clone());
            }
        }
    }

    fn keep_file(&mut self, file: Arc<File>) {
        self.by_real_path.insert(file.real.clone(), file.clone());
        self.files.push(file);
    }

    /// Returns what is known about a request.
    pub fn get(&self, request: &Request) -> Option<&Known> {
        self.answers.get(request)
    }

    /// Returns a file by the id that positions carry.
    pub fn file(&self, id: FileId) -> Option<&Arc<File>> {
        self.files.iter().find(|file| file.id == id)
    }

    /// Iterates over all files that were read.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files.iter()
    }

    /// Iterates over all requests and their answers.
    pub fn answers(&self) -> impl Iterator<Item = (&Request, &Known)> {
        self.answers.iter()
    }
}
