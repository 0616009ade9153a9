//! The only place that touches the world: hosts answer what a render asks for.
#![allow(clippy::disallowed_methods)]

#[cfg(feature = "cli")]
mod git;
#[cfg(feature = "cli")]
mod helm;
#[cfg(feature = "cli")]
mod http;
mod memory;
#[cfg(feature = "cli")]
mod os;
#[cfg(feature = "cli")]
mod process;
#[cfg(feature = "cli")]
mod program;

use crate::diagnostic::Diagnostic;
use crate::inputs::{Answer, Inputs, Request};
use crate::render::{Halt, Options, Rendered, render as render_once};

pub use memory::MemoryHost;
#[cfg(feature = "cli")]
pub use os::{OsHost, OsOptions};

/// Answers requests about the world.
pub trait Host {
    fn answer(&self, request: &Request) -> Answer;
}

/// Renders, answering from `host` until nothing is missing. The inputs come back too: diagnostics refer to their files.
pub fn render(host: &dyn Host, options: &Options) -> (Result<Rendered, Vec<Diagnostic>>, Inputs) {
    let mut inputs = Inputs::new();
    loop {
        match render_once(&inputs, options) {
            Ok(rendered) => return (Ok(rendered), inputs),
            Err(Halt::Failed(diagnostics)) => return (Err(diagnostics), inputs),
            Err(Halt::Needs(requests)) => {
                for request in requests {
                    if inputs.get(&request).is_none() {
                        let answer = host.answer(&request);
                        inputs.insert(request, answer);
                    }
                }
            }
        }
    }
}
