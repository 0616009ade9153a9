//! Exit codes. They are documented in the README and do not change.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It did what was asked.
    Success = 0,
    /// The input has mistakes, or something could not be read or written.
    Failure = 1,
    /// The command line has mistakes.
    Usage = 2,
    /// The program itself failed. Please report it.
    Internal = 70,
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> std::process::ExitCode {
        std::process::ExitCode::from(code as u8)
    }
}
