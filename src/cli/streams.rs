//! The standard streams. They may be shared with a program that has switched them to non-blocking mode.

use std::io::{Error, ErrorKind, Read as _, Result, Stdin, Write};

use crate::io::count_bytes;

/// Writes to standard output.
///
/// # Errors
/// Fails when the text cannot be written.
pub fn print(text: &str) -> Result<()> {
    write(&mut std::io::stdout().lock(), text.as_bytes())
}

/// Writes to standard error.
pub fn print_error(text: &str) {
    // If standard error is closed, there is nowhere to report it.
    let _ = write(&mut std::io::stderr().lock(), text.as_bytes());
}

/// Reads standard input.
///
/// # Errors
/// Fails when it cannot be read.
pub fn read_input() -> Result<Vec<u8>> {
    let mut stdin: Stdin = std::io::stdin();
    let mut bytes = Vec::new();
    // What was read before an error is kept.
    while let Err(error) = stdin.read_to_end(&mut bytes) {
        retry(&error, || wait(&stdin, Direction::Read)).ok_or(error)?;
    }
    count_bytes(bytes.len());
    Ok(bytes)
}

fn write(stream: &mut (impl Write + Stream), bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) => retry(&error, || wait(stream, Direction::Write)).ok_or(error)?,
        }
    }
    while let Err(error) = stream.flush() {
        retry(&error, || wait(stream, Direction::Write)).ok_or(error)?;
    }
    Ok(())
}

/// Prepares for another try after an error; `None` if that is useless.
fn retry(error: &Error, wait: impl FnOnce() -> Option<()>) -> Option<()> {
    match error.kind() {
        ErrorKind::Interrupted => Some(()),
        ErrorKind::WouldBlock => wait(),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Read,
    Write,
}

#[cfg(unix)]
use std::os::fd::AsFd as Stream;

/// Waits until a stream is ready; `None` if that cannot be found out.
#[cfg(unix)]
fn wait(stream: &impl Stream, direction: Direction) -> Option<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let flags = match direction {
        Direction::Read => PollFlags::IN,
        Direction::Write => PollFlags::OUT,
    };
    match poll(&mut [PollFd::new(stream, flags)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Some(()),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
trait Stream {}

#[cfg(not(unix))]
impl<T> Stream for T {}

#[cfg(not(unix))]
fn wait(_: &impl Stream, _: Direction) -> Option<()> {
    None
}
