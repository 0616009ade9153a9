//! Warns about entries that the kustomization in the working directory does not need, after they were set.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::io::{self, Host, OsHost};
use crate::request::{Answer, Request};
use crate::{Code, Options};

use crate::cli::messages::report::Reporter;
use crate::cli::name::is_kustomize;
use crate::cli::paths;

/// A host that only reads local files, so that an edit neither runs programs nor waits for the network.
struct LocalHost(OsHost);

impl Host for LocalHost {
    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Path { .. } => self.0.answer(request),
            _ => Answer::Failed("only local files are read".into()),
        }
    }
}

/// Reports those of the given names of images or replica entries that match nothing. Says nothing about a kustomization that
/// cannot be rendered from local files, and nothing in place of kustomize, which does not check.
pub fn report(names: &[&str], reporter: &Reporter) {
    if is_kustomize() {
        return;
    }
    let Ok(target) = paths::absolute_or_url(Path::new(".")) else { return };
    let outcome = io::render(&LocalHost(OsHost::default()), &target, &Options::default());
    let found: Vec<Diagnostic> = match outcome.result {
        Ok(rendered) => rendered.warnings().to_vec(),
        Err(errors) => errors,
    };
    let is_about = |diagnostic: &Diagnostic| names.iter().any(|name| diagnostic.message.contains(&format!("`{name}`")));
    for mut diagnostic in found {
        let is_unmatched = matches!(diagnostic.code, Code::UnmatchedImage | Code::NoTarget);
        if is_unmatched && diagnostic.chain.is_empty() && is_about(&diagnostic) {
            diagnostic.severity = Severity::Warning;
            reporter.print(&[diagnostic], &outcome.inputs);
        }
    }
}
