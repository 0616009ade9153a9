//! The command: parses the command line, runs, and exits with a documented code.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    boutique::cli::run().into()
}
