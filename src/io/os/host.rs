//! The operating system's files.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use crate::diagnostic::{Limit, Permission};
use crate::path::is_within;
use crate::remote::transport::host;
use crate::remote::without_credentials;
use crate::request::{Answer, Failure, Request};

use super::options::OsOptions;
use super::{git, helm, http, nearest_real, open, program};
use crate::io::Host;

/// Answers from the file system, and by running git, helm and functions.
#[derive(Debug, Default)]
pub struct OsHost {
    /// What the host may do and spend.
    pub options: OsOptions,
    /// The clones of this process; they go away with it.
    clones: git::Clones,
    /// When the first thing was fetched.
    first_fetch: OnceLock<Instant>,
}

impl OsHost {
    /// Returns a host.
    pub fn new(options: OsOptions) -> OsHost {
        OsHost { options, ..OsHost::default() }
    }

    fn read(&self, path: &str, within: Option<&str>) -> std::io::Result<Answer> {
        // Opening first tells missing files, which are most of what is asked for, with one system call.
        let file = open::open(Path::new(path))?;
        let metadata = file.metadata()?;
        let real = open::real_path(&file, &metadata, Path::new(path))?;
        let Some(real) = real.to_str().map(ToString::to_string) else {
            return Ok(Answer::Failed("its path is not UTF-8".into()));
        };
        if !self.is_in_load_roots(&real) {
            return Ok(Answer::Outside { real });
        }
        if may_hold_credentials(&real) {
            return Ok(Answer::Failed("it belongs to git, and may hold credentials".into()));
        }
        if metadata.is_dir() {
            return Ok(Answer::Directory { real });
        }
        if let Some(directory) = within {
            let parent = Path::new(&real).parent().and_then(Path::to_str).unwrap_or("/");
            if !is_within(parent, directory) {
                return Ok(Answer::Outside { real });
            }
        }
        let limit = self.options.limits.file;
        Ok(match open::read(file, &metadata, limit)? {
            Some(bytes) => Answer::File { real, bytes },
            None => {
                let message = format!("file size limit exceeded: larger than {limit} bytes");
                Answer::Failed(Failure::exceeds(Limit::FileSize, message))
            }
        })
    }

    /// Returns the answer instead of what is to be fetched if there is no time left for it.
    fn too_late(&self) -> Option<Answer> {
        let limit = self.options.limits.fetching;
        let is_over = self.first_fetch.get_or_init(Instant::now).elapsed() >= limit;
        is_over.then(|| {
            let message = format!("fetch time limit exceeded: fetching takes longer than {} seconds", limit.as_secs());
            Answer::Failed(Failure::exceeds(Limit::FetchTime, message))
        })
    }

    fn is_in_load_roots(&self, real: &str) -> bool {
        let roots = &self.options.load_roots;
        roots.is_empty() || roots.iter().any(|root| is_within(real, root)) || self.clones.hold(real)
    }
}

/// Returns whether a file, with links followed, is one of those in which git and CI systems keep what they log in with.
fn may_hold_credentials(real: &str) -> bool {
    let (directory, name) = real.rsplit_once('/').unwrap_or(("", real));
    let is_of_git = directory.split('/').any(|part| part.eq_ignore_ascii_case(".git"));
    is_of_git && ["config", "credentials"].iter().any(|start| name.to_ascii_lowercase().starts_with(start))
}

impl Host for OsHost {
    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Path { path, within } => match self.read(path, within.as_deref()) {
                Ok(answer) => answer,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Answer::Missing,
                Err(error) => Answer::Failed(error.to_string().into()),
            },
            // A repository can borrow from any other on this machine.
            Request::Git(request) if !self.options.load_roots.is_empty() && host(&request.url).is_none() => {
                let message = format!("`{}` may lead out of the load roots", without_credentials(&request.url));
                Answer::Failed(Failure::denied(Permission::LoadRoot, message))
            }
            Request::Git(request) => {
                self.too_late().unwrap_or_else(|| git::clone(request, &self.clones, &self.options))
            }
            Request::Http { url } => self.too_late().unwrap_or_else(|| http::get(url, &self.options)),
            Request::HelmChart(request) => {
                let home = nearest_real(Path::new(&request.home));
                if !home.to_str().is_some_and(|home| self.is_in_load_roots(home)) {
                    let message = format!("`{}` is outside of all load roots", request.home);
                    return Answer::Failed(Failure::denied(Permission::LoadRoot, message));
                }
                helm::chart(request, &self.options)
            }
            Request::HelmTemplate(request) => helm::template(request, &self.options),
            Request::Program(request) => program::run(request, &self.options),
        }
    }
}
