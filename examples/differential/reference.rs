//! The reference renderer, a process that serves many renders.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use boutique::{KUSTOMIZE_API_VERSION, KUSTOMIZE_VERSION};

use crate::tree::Reorder;

/// The time limit for one tree.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The answer of the reference renderer for a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Rendered(Vec<u8>),
    Failed(String),
    /// The process crashed or timed out, and will be restarted.
    None,
}

/// The reference renderer, which is started on demand.
pub struct Reference {
    command: Vec<String>,
    process: Option<Process>,
}

struct Process {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Answer>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reference {
    /// Returns a reference renderer for a command, whose words are separated by spaces.
    pub fn new(command: &str) -> Reference {
        Reference { command: command.split_whitespace().map(String::from).collect(), process: None }
    }

    /// Renders the kustomization in a directory.
    ///
    /// # Errors
    /// Fails if the command cannot be started.
    pub fn render(&mut self, directory: &Path, reorder: Reorder) -> Result<Answer, String> {
        let process = match &mut self.process {
            Some(process) => process,
            none => none.insert(start(&self.command)?),
        };
        let request = format!("{}\treorder={}\n", directory.display(), reorder.as_str());
        let sent = process.input.write_all(request.as_bytes()).and_then(|()| process.input.flush());
        let answer = match sent {
            Ok(()) => process.answers.recv_timeout(TIMEOUT),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        Ok(answer.unwrap_or_else(|_| {
            self.process = None;
            Answer::None
        }))
    }
}

fn start(command: &[String]) -> Result<Process, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("the command of the reference renderer is empty".to_string());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `{program}`: {error}"))?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the reference renderer has no pipes".to_string());
    };
    let (sender, answers) = channel();
    // A separate thread reads the answers, so that waiting can time out. It ends with the process.
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        while let Some(answer) = read_answer(&mut output) {
            if sender.send(answer).is_err() {
                break;
            }
        }
    });
    Ok(Process { child, input, answers })
}

/// Replaces the version in the label of `managedByLabel`: the library names its own, and the released program names its
/// release, as boutique does.
fn as_released(output: Vec<u8>) -> Vec<u8> {
    let label = |version: &str| format!("app.kubernetes.io/managed-by: kustomize-{version}\n");
    match String::from_utf8(output) {
        Ok(text) => text.replace(&label(KUSTOMIZE_API_VERSION), &label(KUSTOMIZE_VERSION)).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Reads one answer; `None` if the process has exited or violates the protocol.
fn read_answer(output: &mut impl BufRead) -> Option<Answer> {
    let mut line = String::new();
    output.read_line(&mut line).ok()?;
    let (status, length) = line.trim_end().split_once(' ')?;
    let mut bytes = vec![0; length.parse().ok()?];
    output.read_exact(&mut bytes).ok()?;
    match status {
        "ok" => Some(Answer::Rendered(as_released(bytes))),
        "error" => Some(Answer::Failed(String::from_utf8_lossy(&bytes).into_owned())),
        _ => None,
    }
}
