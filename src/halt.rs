//! The reasons why a render stops early.

use crate::diagnostic::{Diagnostic, without_duplicates};
use crate::request::Request;
use crate::yaml::Span;

/// The reason why a render stopped early.
#[derive(Debug)]
pub enum Halt {
    /// The render needs the answers to these requests.
    Needs(Vec<Request>),
    /// The input has errors.
    Failed(Vec<Diagnostic>),
}

impl Halt {
    /// Removes duplicate errors, such as those of a base that is included twice.
    pub(crate) fn without_duplicates(self) -> Halt {
        match self {
            Halt::Failed(diagnostics) => Halt::Failed(without_duplicates(diagnostics)),
            needs => needs,
        }
    }

    /// Adds the span of the entry that included the file with the errors.
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
        Halt::Failed(error.flatten())
    }
}
