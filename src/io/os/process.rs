//! Runs programs without a shell, with limits on time and output, and without leaving child processes running.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::diagnostic::Limit;
use crate::request::Failure;

use super::options::HostLimits;
use super::temporary::{end_program, has_exited, spawn_group};
use super::usage::count_bytes;

/// The maximum number of bytes quoted from a program's error output.
const MAX_QUOTED_ERROR: usize = 4000;

/// The minimum time between two calls of `watch`.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// The limits of one run of a program.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub time: Duration,
    /// The maximum output in bytes.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { time: Duration::from_secs(300), output: 256 << 20 }
    }
}

impl Limits {
    /// Returns the limits of the host's options, with these as defaults.
    pub fn or(self, limits: &HostLimits) -> Limits {
        Limits { time: limits.time.unwrap_or(self.time), output: limits.output.unwrap_or(self.output) }
    }
}

/// Runs a program with an input, and returns its output.
///
/// # Errors
/// Fails if the program cannot be started, fails, prints too much, or takes too long.
pub fn run(command: Command, input: Vec<u8>, limits: Limits) -> Result<Vec<u8>, Failure> {
    run_watched(command, input, limits, || Ok(()))
}

/// Runs a program like [`run`], and stops it if `watch`, which is called periodically, fails.
///
/// # Errors
/// Fails like [`run`], and with the error of `watch`.
pub fn run_watched(
    mut command: Command,
    input: Vec<u8>,
    limits: Limits,
    watch: impl Fn() -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    remove_relative_search_paths(&mut command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn_group(&mut command).map_err(|error| format!("cannot run `{name}`: {error}"))?;
    let stdin = child.stdin.take();
    // Nothing waits for this thread: it ends when the last process that has the other end of the pipe does.
    std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program may ignore its input.
            let _ = stdin.write_all(&input);
        }
    });
    let output = collect(child.stdout.take(), limits.output);
    let errors = collect(child.stderr.take(), limits.output);
    // A time beyond the range of the clock is not a limit.
    let deadline = Instant::now().checked_add(limits.time);
    let (output, watched) = receive(&output, limits.time, watch);
    let finished = watched.is_ok() && output.is_ok() && wait_until(&mut child, deadline);
    let status = end_program(&mut child).map_err(|error| format!("cannot wait for `{name}`: {error}"))?;
    let errors = errors.recv_timeout(Duration::from_secs(1)).unwrap_or(Ok(Vec::new())).unwrap_or_default();
    let errors = String::from_utf8_lossy(&errors[..errors.len().min(MAX_QUOTED_ERROR)]).trim().to_string();
    watched?;
    match output {
        _ if !finished => {
            let message = format!("`{name}` took longer than {} seconds and was stopped", limits.time.as_secs());
            Err(Failure::exceeds(Limit::ProgramTime, message))
        }
        Err(_) => Err(format!("`{name}` printed nothing").into()),
        Ok(Err(failure)) => Err(failure.map_message(|message| format!("`{name}` {message}"))),
        Ok(Ok(_)) if !status.success() => {
            let status = described(status);
            let errors = if errors.is_empty() { errors } else { format!(": {errors}") };
            Err(format!("`{name}` failed with {status}{errors}").into())
        }
        Ok(Ok(output)) => Ok(output),
    }
}

/// Returns a status without the colon that the standard library writes: `exit status 1`, or `signal: 9 (SIGKILL)`.
fn described(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit status {code}"))
}

/// Removes relative entries from a program's search path, since its working directory belongs to the tree.
fn remove_relative_search_paths(command: &mut Command) {
    let own = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value.map(OsStr::to_owned));
    let Some(path) = own.or_else(|| std::env::var_os("PATH")) else { return };
    let (absolute, relative): (Vec<_>, Vec<_>) = std::env::split_paths(&path).partition(|entry| entry.is_absolute());
    if relative.is_empty() {
        return;
    }
    match std::env::join_paths(&absolute) {
        Ok(path) if !absolute.is_empty() => command.env("PATH", path),
        // An empty path would mean the working directory. Without the variable, the system's default applies.
        _ => command.env_remove("PATH"),
    };
}

/// Reads a stream to its end on a separate thread.
fn collect<R: Read + Send + 'static>(stream: Option<R>, limit: usize) -> mpsc::Receiver<Result<Vec<u8>, Failure>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = match stream {
            Some(stream) => stream.take(limit as u64 + 1).read_to_end(&mut bytes).map(|_| ()),
            None => Ok(()),
        };
        let result = match read {
            Err(error) => Err(format!("output could not be read: {error}").into()),
            Ok(()) if bytes.len() > limit => {
                Err(Failure::exceeds(Limit::ProgramOutput, format!("printed more than {limit} bytes")))
            }
            Ok(()) => {
                count_bytes(bytes.len());
                Ok(bytes)
            }
        };
        // There is no receiver if the program took too long.
        let _ = sender.send(result);
    });
    receiver
}

/// Waits for the output, and calls `watch` periodically: less often if it takes long.
fn receive<T>(
    output: &mpsc::Receiver<T>,
    time: Duration,
    watch: impl Fn() -> Result<(), Failure>,
) -> (Result<T, RecvTimeoutError>, Result<(), Failure>) {
    let started = Instant::now();
    let mut pause = MIN_PAUSE;
    loop {
        let left = time.saturating_sub(started.elapsed());
        let received = output.recv_timeout(pause.min(left));
        let is_over = left <= pause || !matches!(received, Err(RecvTimeoutError::Timeout));
        let watch_started = Instant::now();
        let watched = watch();
        if is_over || watched.is_err() {
            return (received, watched);
        }
        pause = MIN_PAUSE.max(watch_started.elapsed() * 10);
    }
}

/// Waits for a program to exit. Returns whether it did in time.
fn wait_until(child: &mut Child, deadline: Option<Instant>) -> bool {
    loop {
        match has_exited(child) {
            true => return true,
            false if deadline.is_none_or(|deadline| Instant::now() < deadline) => {
                std::thread::sleep(Duration::from_millis(2))
            }
            false => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_exit_status() {
        let failure = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            run(command, Vec::new(), Limits::default()).expect_err("the script fails").message
        };
        assert_eq!(failure("exit 3"), "`sh` failed with exit status 3");
        assert_eq!(failure("echo broken >&2; exit 1"), "`sh` failed with exit status 1: broken");
    }

    #[test]
    fn time_may_be_unlimited() {
        let limits = Limits { time: Duration::MAX, ..Limits::default() };
        assert_eq!(run(Command::new("cat"), b"text".to_vec(), limits), Ok(b"text".to_vec()));
    }
}
