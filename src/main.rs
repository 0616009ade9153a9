//! The command: parses the command line, runs, and exits with a documented code.

mod cli;

/// Deep documents recurse deep; the main thread's stack is not ours to choose.
const STACK: usize = 512 << 20;

fn main() -> std::process::ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(cli::run);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code.into(),
        Ok(Err(_)) | Err(_) => cli::exit::Code::Internal.into(),
    }
}
