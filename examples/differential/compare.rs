//! One tree, rendered by both.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use boutique::{Options, io};

use crate::reference::{Answer, Reference};
use crate::tree::{Reorder, Tree};

/// How long boutique may take for one tree.
const PATIENCE: Duration = Duration::from_secs(10);

/// Renderers nest with the input; they get the stack of a main thread and more.
const STACK: usize = 64 << 20;

/// What boutique says about a tree.
#[derive(Clone, Debug, PartialEq)]
enum Ours {
    Rendered(Vec<u8>),
    /// It failed: the code of the first diagnostic, and all messages.
    Failed(String, String),
    Panicked,
    Silent,
}

/// What comparing a tree gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Both rendered the same bytes.
    Same,
    /// Both failed; this is what remains of the reference's error without the names in it.
    BothFailed(String),
    /// The reference died or kept silent.
    Lost,
    /// The reference does not always say the same.
    Unstable,
    Different(Box<Difference>),
}

/// A difference between the renderers.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub kind: Kind,
    /// The output or the error of the reference.
    pub expected: String,
    /// The output or the error of boutique.
    pub actual: String,
}

/// What differs. Shrinking keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Both rendered, but not the same.
    Output,
    /// Only the reference rendered; this is the code of boutique's error.
    OnlyReference(String),
    /// Only boutique rendered; this is what remains of the reference's error without the names in it.
    OnlyBoutique(String),
    Panic,
    Hang,
}

/// Compares trees, in a directory that it may write to.
pub struct Comparer {
    reference: Reference,
    directory: PathBuf,
}

impl Comparer {
    pub fn new(reference: Reference, directory: PathBuf) -> Comparer {
        Comparer { reference, directory }
    }

    /// Renders a tree with both.
    ///
    /// # Errors
    /// Fails when the tree cannot be written or the reference not be started.
    pub fn compare(&mut self, tree: &Tree) -> Result<Outcome, String> {
        let write = tree.write(&self.directory);
        write.map_err(|error| format!("cannot write to `{}`: {error}", self.directory.display()))?;
        let target = self.directory.join(&tree.root);
        let expected = self.reference.render(&target, tree.reorder)?;
        if expected == Answer::Lost {
            return Ok(Outcome::Lost);
        }
        let Some(difference) = difference(&expected, &render(tree, &self.directory)) else {
            return Ok(match expected {
                Answer::Failed(message) => Outcome::BothFailed(essence(&message)),
                _ => Outcome::Same,
            });
        };
        // A reference that is not sure itself is no judge.
        for _ in 0..2 {
            let again = self.reference.render(&target, tree.reorder)?;
            let same = match (&expected, &again) {
                (Answer::Rendered(one), Answer::Rendered(other)) => one == other,
                (Answer::Failed(_), Answer::Failed(_)) => true,
                _ => false,
            };
            if !same {
                return Ok(Outcome::Unstable);
            }
        }
        Ok(Outcome::Different(Box::new(difference)))
    }
}

fn difference(expected: &Answer, actual: &Ours) -> Option<Difference> {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (kind, expected) = match (expected, actual) {
        (Answer::Rendered(expected), Ours::Rendered(actual)) if expected == actual => return None,
        (Answer::Failed(_), Ours::Failed(..)) | (Answer::Lost, _) => return None,
        (Answer::Rendered(expected), Ours::Rendered(_)) => (Kind::Output, lossy(expected)),
        (Answer::Rendered(expected), Ours::Failed(code, _)) => (Kind::OnlyReference(code.clone()), lossy(expected)),
        (Answer::Failed(message), Ours::Rendered(_)) => {
            (Kind::OnlyBoutique(essence(message)), format!("error: {message}\n"))
        }
        (Answer::Rendered(expected), Ours::Panicked) => (Kind::Panic, lossy(expected)),
        (Answer::Rendered(expected), Ours::Silent) => (Kind::Hang, lossy(expected)),
        (Answer::Failed(message), Ours::Panicked) => (Kind::Panic, format!("error: {message}\n")),
        (Answer::Failed(message), Ours::Silent) => (Kind::Hang, format!("error: {message}\n")),
    };
    let actual = match actual {
        Ours::Rendered(actual) => lossy(actual),
        Ours::Failed(_, messages) => messages.clone(),
        Ours::Panicked => "panicked\n".to_string(),
        Ours::Silent => format!("no answer in {} seconds\n", PATIENCE.as_secs()),
    };
    Some(Difference { kind, expected, actual })
}

/// Returns the innermost part of an error, without names, numbers and paths.
fn essence(message: &str) -> String {
    let innermost = message.trim().rsplit(": ").next().unwrap_or_default();
    let mut words = Vec::new();
    for word in innermost.split_whitespace() {
        let is_name = word.contains(|c: char| c.is_ascii_digit() || "'\"`/\\[]{}=".contains(c));
        words.push(if is_name { "_" } else { word });
    }
    words.truncate(8);
    words.join(" ")
}

/// Renders with boutique, in a thread of its own: what panics or hangs there does not stop the run.
fn render(tree: &Tree, directory: &Path) -> Ours {
    let base = directory.to_string_lossy().into_owned();
    let files: Vec<(String, Vec<u8>)> =
        tree.files.iter().map(|(path, file)| (format!("{base}/{path}"), file.bytes())).collect();
    let target = format!("{base}/{}", tree.root);
    let reorder = match tree.reorder {
        Reorder::Unspecified | Reorder::Legacy => boutique::Reorder::Legacy,
        Reorder::None => boutique::Reorder::None,
    };
    let (sender, answer) = channel();
    let work = move || {
        let host = io::MemoryHost::new(files);
        let mut options = Options::default();
        options.reorder = reorder;
        let rendered = io::render(&host, &target, &options).result;
        let result = rendered.and_then(|rendered| rendered.to_yaml().map_err(|error| vec![*error]));
        let ours = match result {
            Ok(yaml) => Ours::Rendered(yaml.into_bytes()),
            Err(errors) => {
                let code = errors.first().map_or("", |error| error.code.as_str()).to_string();
                let line =
                    |error: &boutique::Diagnostic| format!("error[{}]: {}\n", error.code.as_str(), error.message);
                Ours::Failed(code, errors.iter().map(line).collect())
            }
        };
        // Nobody listens any more when it took too long.
        let _ = sender.send(ours);
    };
    if thread::Builder::new().stack_size(STACK).spawn(work).is_err() {
        return Ours::Silent;
    }
    answer.recv_timeout(PATIENCE).unwrap_or_else(|error| match error {
        RecvTimeoutError::Disconnected => Ours::Panicked,
        RecvTimeoutError::Timeout => Ours::Silent,
    })
}
