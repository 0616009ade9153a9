//! Why a render stops.

use crate::diagnostic::{Diagnostic, without_repetitions};
use crate::request::Request;
use crate::yaml::Span;

/// Why a render stopped.
#[derive(Debug)]
pub enum Halt {
    /// It has to know these things first.
    Needs(Vec<Request>),
    /// The input has mistakes.
    Failed(Vec<Diagnostic>),
}

impl Halt {
    /// Leaves out mistakes that are told already, such as those of a base that is included twice.
    pub(crate) fn without_repetitions(self) -> Halt {
        match self {
            Halt::Failed(diagnostics) => Halt::Failed(without_repetitions(diagnostics)),
            needs => needs,
        }
    }

    /// Adds the reference that led to the file of the mistake.
    pub(crate) fn via(self, span: Span) -> Halt {
        match self {
            Halt::Failed(diagnostics) => {
                Halt::Failed(diagnostics.into_iter().map(|diagnostic| *Box::new(diagnostic).via(span)).collect())
            }
            needs => needs,
        }
    }
}

impl From<Box<Diagnostic>> for Halt {
    fn from(error: Box<Diagnostic>) -> Halt {
        Halt::Failed(error.apart())
    }
}
