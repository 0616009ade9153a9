//! Compares the renders of one tree.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use boutique::{Options, io};

use crate::reference::{Answer, Reference};
use crate::tree::{Reorder, Tree};

/// The time limit for boutique to render one tree.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The stack size of the render thread in bytes. Renderers recurse over the input.
const STACK: usize = 64 << 20;

/// The result of boutique for a tree.
#[derive(Clone, Debug, PartialEq)]
enum Actual {
    Rendered(Vec<u8>),
    /// The code of the first diagnostic, and all messages.
    Failed(String, String),
    Panicked,
    TimedOut,
}

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Both rendered the same bytes.
    Same,
    /// Both failed. Contains the reference renderer's error without names.
    BothFailed(String),
    /// The reference renderer crashed or timed out.
    NoAnswer,
    /// The reference renderer is not deterministic.
    Unstable,
    Different(Box<Difference>),
}

/// A difference between the renderers.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub kind: Kind,
    /// The output or error of the reference renderer.
    pub expected: String,
    /// The output or error of boutique.
    pub actual: String,
}

/// The kind of a difference, which shrinking preserves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Both rendered, with different outputs.
    Output,
    /// Only the reference renderer succeeded. Contains the code of boutique's error.
    OnlyReference(String),
    /// Only boutique succeeded. Contains the reference renderer's error without names.
    OnlyBoutique(String),
    Panic,
    Hang,
}

/// Compares trees, using a scratch directory.
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
    /// Fails if the tree cannot be written, or the reference renderer cannot be started.
    pub fn compare(&mut self, tree: &Tree) -> Result<Outcome, String> {
        let write = tree.write(&self.directory);
        write.map_err(|error| format!("cannot write to `{}`: {error}", self.directory.display()))?;
        let target = self.directory.join(&tree.root);
        let expected = self.reference.render(&target, tree.reorder)?;
        if expected == Answer::None || is_crash(&expected) {
            return Ok(Outcome::NoAnswer);
        }
        let Some(difference) = difference(&expected, &render(tree, &self.directory)) else {
            return Ok(match expected {
                Answer::Failed(message) => Outcome::BothFailed(normalize_error(&message)),
                _ => Outcome::Same,
            });
        };
        // A reference renderer that is not deterministic proves nothing.
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
        if tree.has_inner_byte_order_mark() && self.agrees_when_shifted(tree)? {
            return Ok(Outcome::Unstable);
        }
        Ok(Outcome::Different(Box::new(difference)))
    }

    /// Returns whether there is no difference, or a crash of the reference, once a comment precedes each YAML file. The reference's YAML parser drops the first
    /// character of a line while a byte order mark is at the start of its buffer, so the result depends on the offset of the
    /// mark.
    fn agrees_when_shifted(&mut self, tree: &Tree) -> Result<bool, String> {
        for comment in ["#\n", "# shift\n", "# one more shift\n"] {
            let write = tree.write_with(comment, &self.directory);
            write.map_err(|error| format!("cannot write to `{}`: {error}", self.directory.display()))?;
            let expected = self.reference.render(&self.directory.join(&tree.root), tree.reorder)?;
            if is_crash(&expected) || difference(&expected, &render(tree, &self.directory)).is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns whether kustomize would have crashed. A library that contains it may report a panic as an error.
fn is_crash(answer: &Answer) -> bool {
    let panics = ["number of previous names, number of previous namespaces"];
    matches!(answer, Answer::Failed(message) if panics.iter().any(|panic| message.contains(panic)))
}

fn difference(expected: &Answer, actual: &Actual) -> Option<Difference> {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (kind, expected) = match (expected, actual) {
        (Answer::Rendered(expected), Actual::Rendered(actual)) if expected == actual => return None,
        (Answer::Failed(_), Actual::Failed(..)) | (Answer::None, _) => return None,
        (Answer::Rendered(expected), Actual::Rendered(_)) => (Kind::Output, lossy(expected)),
        (Answer::Rendered(expected), Actual::Failed(code, _)) => (Kind::OnlyReference(code.clone()), lossy(expected)),
        (Answer::Failed(message), Actual::Rendered(_)) => {
            (Kind::OnlyBoutique(normalize_error(message)), format!("error: {message}\n"))
        }
        (Answer::Rendered(expected), Actual::Panicked) => (Kind::Panic, lossy(expected)),
        (Answer::Rendered(expected), Actual::TimedOut) => (Kind::Hang, lossy(expected)),
        (Answer::Failed(message), Actual::Panicked) => (Kind::Panic, format!("error: {message}\n")),
        (Answer::Failed(message), Actual::TimedOut) => (Kind::Hang, format!("error: {message}\n")),
    };
    let actual = match actual {
        Actual::Rendered(actual) => lossy(actual),
        Actual::Failed(_, messages) => messages.clone(),
        Actual::Panicked => "panicked\n".to_string(),
        Actual::TimedOut => format!("no answer in {} seconds\n", TIMEOUT.as_secs()),
    };
    Some(Difference { kind, expected, actual })
}

/// Returns the innermost part of an error without names, numbers and paths.
fn normalize_error(message: &str) -> String {
    let innermost = message.trim().rsplit(": ").next().unwrap_or_default();
    let mut words = Vec::new();
    for word in innermost.split_whitespace() {
        let is_name = word.contains(|c: char| c.is_ascii_digit() || "'\"`/\\[]{}=".contains(c));
        words.push(if is_name { "_" } else { word });
    }
    words.truncate(8);
    words.join(" ")
}

/// Renders with boutique in a separate thread, so that a panic or hang does not stop the run.
fn render(tree: &Tree, directory: &Path) -> Actual {
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
        let actual = match result {
            Ok(yaml) => Actual::Rendered(yaml.into_bytes()),
            Err(errors) => {
                let code = errors.first().map_or("", |error| error.code.as_str()).to_string();
                let line =
                    |error: &boutique::Diagnostic| format!("error[{}]: {}\n", error.code.as_str(), error.message);
                Actual::Failed(code, errors.iter().map(line).collect())
            }
        };
        // After a timeout, there is no receiver.
        let _ = sender.send(actual);
    };
    if thread::Builder::new().stack_size(STACK).spawn(work).is_err() {
        return Actual::TimedOut;
    }
    answer.recv_timeout(TIMEOUT).unwrap_or_else(|error| match error {
        RecvTimeoutError::Disconnected => Actual::Panicked,
        RecvTimeoutError::Timeout => Actual::TimedOut,
    })
}
