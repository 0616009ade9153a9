//! The world as data: what a render asked for and what it was answered.

mod file;
pub mod kustomization_file;
mod location;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::request::{Answer, Failure, Request};
use crate::yaml::FileId;

pub use file::{File, ReadKustomization};
pub use location::{SourceLocation, line_and_column, line_start};

/// What a request for a path, a repository, a URL or a chart found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found {
    /// A file.
    File(Arc<File>),
    /// A directory.
    Directory {
        /// The path with links followed.
        real: String,
    },
    /// Nothing.
    Missing,
    /// It is outside the directory that it has to be in.
    Outside {
        /// The path with links followed.
        real: String,
    },
    /// It could not be read.
    Failed(Failure),
}

/// What a program printed, or why it failed.
pub type Output = Result<Arc<[u8]>, Failure>;

/// An answer as it is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Known {
    /// What was found.
    Found(Found),
    /// What a program printed.
    Output(Output),
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
    /// Returns inputs without answers.
    pub fn new() -> Inputs {
        Inputs::default()
    }

    /// Returns inputs without answers, whose files have ids that those of this one do not have.
    pub(crate) fn with_shared_ids(&self) -> Inputs {
        Inputs { ids: self.ids.clone(), ..Inputs::default() }
    }

    /// Records the answer to a request, and returns it as it is kept.
    pub fn insert(&mut self, request: Request, answer: Answer) -> Known {
        if !request.runs_program() {
            return Known::Found(self.insert_found(request, answer));
        }
        let output: Output = match answer {
            Answer::Output(bytes) => Ok(bytes.into()),
            Answer::Failed(failure) => Err(failure),
            _ => Err("the program printed nothing".into()),
        };
        self.answers.insert(request, Known::Output(output.clone()));
        Known::Output(output)
    }

    /// Records the answer to a request that runs no program, and returns what it found.
    pub(crate) fn insert_found(&mut self, request: Request, answer: Answer) -> Found {
        let found = match answer {
            Answer::File { real, bytes } => {
                let path = match &request {
                    Request::Path { path, .. } => path.clone(),
                    _ => real.clone(),
                };
                Found::File(self.add_file(path, real, bytes))
            }
            Answer::Directory { real } => Found::Directory { real },
            Answer::Missing | Answer::Output(_) => Found::Missing,
            Answer::Outside { real } => Found::Outside { real },
            Answer::Failed(failure) => Found::Failed(failure),
        };
        self.answers.insert(request, Known::Found(found.clone()));
        found
    }

    /// Records what other inputs know about a request.
    pub(crate) fn insert_known(&mut self, request: Request, known: Known) {
        if let Known::Found(Found::File(file)) = &known
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
    pub(crate) fn add_files(&mut self, other: &Inputs) {
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
    pub(crate) fn get(&self, request: &Request) -> Option<&Known> {
        self.answers.get(request)
    }

    /// Returns what a request found; `None` for one without an answer.
    pub fn found(&self, request: &Request) -> Option<&Found> {
        match self.answers.get(request)? {
            Known::Found(found) => Some(found),
            Known::Output(_) => None,
        }
    }

    /// Returns what the program of a request printed; `None` for one without an answer.
    pub fn output(&self, request: &Request) -> Option<&Output> {
        match self.answers.get(request)? {
            Known::Output(output) => Some(output),
            Known::Found(_) => None,
        }
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
