//! The outside world as data: the requests of a render and their answers.

mod file;
pub mod kustomization_file;
mod lines;
mod location;
mod secrets;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use crate::request::{Answer, Failure, Request};
use crate::yaml::FileId;

pub use file::{File, ReadKustomization};
pub use lines::Line;
pub use location::SourceLocation;

/// The result of a request for a path, a repository, a URL or a chart.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found {
    /// A file.
    File(Arc<File>),
    /// A directory.
    Directory {
        /// The path after links are followed.
        real: String,
    },
    /// The path does not exist.
    Missing,
    /// The file is outside the directory that must contain it.
    Outside {
        /// The path after links are followed.
        real: String,
    },
    /// The path could not be read.
    Failed(Failure),
}

/// The output of a program, or the reason why it failed.
pub type Output = Result<Arc<[u8]>, Failure>;

/// The stored answer to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KnownAnswer {
    /// The result of a request for a path, a repository, a URL or a chart.
    Found(Found),
    /// The output of a program.
    Output(Output),
}

/// All answers so far. A render reads nothing else.
///
/// # Example
/// What a render has read, and what it looked for:
/// ```
/// use boutique::{Found, KnownAnswer, Options, Request, io};
///
/// let host = io::MemoryHost::new([("/kustomization.yaml", "configMapGenerator: [{name: shop, literals: [a=b]}]\n")]);
/// let inputs = io::render(&host, "/", &Options::default()).inputs;
/// let mut seen: Vec<String> = Vec::new();
/// for (request, known) in inputs.answers() {
///     match (request, known) {
///         (_, KnownAnswer::Found(Found::File(file))) => seen.push(format!("read {}", file.path)),
///         (Request::Path { path, .. }, KnownAnswer::Found(Found::Missing)) => seen.push(format!("no {path}")),
///         _ => {}
///     }
/// }
/// seen.sort();
/// assert_eq!(seen, ["no /Kustomization", "no /kustomization.yml", "read /kustomization.yaml"]);
/// ```
#[derive(Debug, Default)]
pub struct Inputs {
    answers: HashMap<Request, KnownAnswer>,
    files: Vec<Arc<File>>,
    by_real_path: HashMap<String, Arc<File>>,
    by_id: HashMap<FileId, Arc<File>>,
    ids: Arc<AtomicU32>,
    secrets: Secrets,
}

/// What is found out about all files for the first message that needs it.
#[derive(Debug, Default)]
struct Secrets {
    /// The values of Secrets by their first word: the numbers of their file, and among the values of the file.
    values: OnceLock<HashMap<String, Vec<(usize, usize)>>>,
    /// The real paths of the files that cannot contain values, because of their uses.
    public_files: OnceLock<HashSet<String>>,
}

impl Inputs {
    /// Returns inputs without answers.
    pub fn new() -> Inputs {
        Inputs::default()
    }

    /// Returns inputs without answers that share the counter of file ids, so that the ids of both are distinct.
    pub(crate) fn with_shared_ids(&self) -> Inputs {
        Inputs { ids: self.ids.clone(), ..Inputs::default() }
    }

    /// Records the answer to a request, and returns it as it is stored.
    pub fn insert(&mut self, request: Request, answer: Answer) -> KnownAnswer {
        if !request.runs_program() {
            return KnownAnswer::Found(self.insert_found(request, answer));
        }
        let output: Output = match answer {
            Answer::Output(bytes) => Ok(bytes.into()),
            Answer::Failed(failure) => Err(failure),
            _ => Err("the program printed nothing".into()),
        };
        self.answers.insert(request, KnownAnswer::Output(output.clone()));
        KnownAnswer::Output(output)
    }

    /// Records the answer to a request that does not run a program, and returns it as it is stored.
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
        self.answers.insert(request, KnownAnswer::Found(found.clone()));
        found
    }

    /// Records an answer from other inputs.
    pub(crate) fn insert_known(&mut self, request: Request, known: KnownAnswer) {
        if let KnownAnswer::Found(Found::File(file)) = &known
            && !self.by_real_path.contains_key(&file.real)
        {
            self.store_file(file.clone());
        }
        self.answers.insert(request, known);
    }

    fn add_file(&mut self, path: String, real: String, bytes: Vec<u8>) -> Arc<File> {
        if let Some(file) = self.by_real_path.get(&real) {
            return file.clone();
        }
        let id = FileId(self.ids.fetch_add(1, Ordering::Relaxed) + 1);
        let file = Arc::new(File::new(id, path, real, bytes));
        self.store_file(file.clone());
        file
    }

    /// Adds the files of other inputs, for diagnostics that refer to them.
    pub(crate) fn add_files(&mut self, other: &Inputs) {
        for file in &other.files {
            if !self.by_real_path.contains_key(&file.real) {
                self.store_file(file.clone());
            }
        }
    }

    fn store_file(&mut self, file: Arc<File>) {
        self.secrets = Secrets::default();
        self.by_real_path.insert(file.real.clone(), file.clone());
        self.by_id.entry(file.id).or_insert_with(|| file.clone());
        self.files.push(file);
    }

    /// Returns the answer to a request.
    pub(crate) fn get(&self, request: &Request) -> Option<&KnownAnswer> {
        self.answers.get(request)
    }

    /// Returns the result of a request that does not run a program; `None` if there is no answer.
    pub fn found(&self, request: &Request) -> Option<&Found> {
        match self.answers.get(request)? {
            KnownAnswer::Found(found) => Some(found),
            KnownAnswer::Output(_) => None,
        }
    }

    /// Returns the output of a request that runs a program; `None` if there is no answer.
    pub fn output(&self, request: &Request) -> Option<&Output> {
        match self.answers.get(request)? {
            KnownAnswer::Output(output) => Some(output),
            KnownAnswer::Found(_) => None,
        }
    }

    /// Returns the file with an id.
    pub fn file(&self, id: FileId) -> Option<&Arc<File>> {
        self.by_id.get(&id)
    }

    /// Iterates over all files that were read.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files.iter()
    }

    /// Iterates over all requests and their answers.
    pub fn answers(&self) -> impl Iterator<Item = (&Request, &KnownAnswer)> {
        self.answers.iter()
    }
}
