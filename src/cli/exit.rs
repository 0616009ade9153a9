//! Exit codes. They are documented in the README and are stable.

/// The exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Success.
    Success = 0,
    /// The input is invalid, or a file could not be read or written.
    Failure = 1,
    /// The command line is invalid.
    Usage = 2,
    /// Internal error: a bug in boutique.
    Internal = 70,
}

/// Exit codes of the commands that compare. They follow `diff`.
impl Code {
    /// There are no differences.
    pub const SAME: Code = Code::Success;
    /// There are differences.
    pub const DIFFERENT: Code = Code::Failure;
    /// The comparison failed: the input or the command line is invalid.
    pub const COMPARISON_FAILED: Code = Code::Usage;
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> std::process::ExitCode {
        std::process::ExitCode::from(code as u8)
    }
}
