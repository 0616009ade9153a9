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

/// What the commands that compare say, like `diff` does: one code for each answer.
impl Code {
    /// The two sides are the same.
    pub const SAME: Code = Code::Success;
    /// They differ.
    pub const DIFFERENT: Code = Code::Failure;
    /// It could not be found out: a mistake in the input or on the command line.
    pub const COMPARISON_FAILED: Code = Code::Usage;
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> std::process::ExitCode {
        std::process::ExitCode::from(code as u8)
    }
}
