//! A host for the operating system's files and programs.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use crate::diagnostic::{Limit, Permission};
use crate::path::{belongs_to_git, is_within, join};
use crate::remote::transport::host;
use crate::remote::without_credentials;
use crate::request::{Answer, Failure, Request};

use super::open::{BELONGS_TO_GIT, check_not_of_git};
use super::options::OsOptions;
use super::{git, helm, http, nearest_real, open, program};
use crate::io::Host;

/// Answers requests from the file system, and by running git, helm and functions.
#[derive(Debug, Default)]
pub struct OsHost {
    /// The permissions and limits.
    pub options: OsOptions,
    /// The clones, which are removed with the host.
    clones: git::Clones,
    /// The time of the first fetch.
    first_fetch: OnceLock<Instant>,
}

impl OsHost {
    /// Returns a host.
    pub fn new(options: OsOptions) -> OsHost {
        OsHost { options, ..OsHost::default() }
    }

    fn read(&self, path: &str, within: Option<&str>) -> std::io::Result<Answer> {
        // Opening the file first detects missing files, which are the most frequent, with one system call.
        let file = open::open(Path::new(path))?;
        let metadata = file.metadata()?;
        let real = open::real_path(&file, &metadata, Path::new(path))?;
        let Some(real) = real.to_str().map(ToString::to_string) else {
            return Ok(Answer::Failed("the path is not UTF-8".into()));
        };
        if !self.is_in_load_roots(&real) {
            return Ok(Answer::Outside { real });
        }
        // A link out of a `.git` is not followed, either.
        if belongs_to_git(&real) || belongs_to_git(path) {
            return Ok(Answer::Failed(BELONGS_TO_GIT.into()));
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

    /// Returns the answer to requests that fetch something if the time limit has been exceeded.
    fn fetch_timeout(&self) -> Option<Answer> {
        let limit = self.options.limits.fetching;
        let is_over = self.first_fetch.get_or_init(Instant::now).elapsed() >= limit;
        is_over.then(|| {
            let message = format!("fetch time limit exceeded: fetching takes longer than {} seconds", limit.as_secs());
            Answer::Failed(Failure::exceeds(Limit::FetchTime, message))
        })
    }

    fn is_in_load_roots(&self, real: &str) -> bool {
        let roots = &self.options.load_roots;
        roots.is_empty() || roots.iter().any(|root| is_within(real, root)) || self.clones.contain(real)
    }
}

impl Host for OsHost {
    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Path { path, within } => match self.read(path, within.as_deref()) {
                Ok(answer) => answer,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Answer::Missing,
                Err(error) => Answer::Failed(error.to_string().into()),
            },
            // A local repository can use the objects of any other one on this machine.
            Request::Git(request) if !self.options.load_roots.is_empty() && host(&request.url).is_none() => {
                let message =
                    format!("`{}` may refer to files outside the load roots", without_credentials(&request.url));
                Answer::Failed(Failure::denied(Permission::LoadRoot, message))
            }
            Request::Git(request) => {
                self.fetch_timeout().unwrap_or_else(|| git::clone(request, &self.clones, &self.options))
            }
            Request::Http { url } => self.fetch_timeout().unwrap_or_else(|| http::get(url, &self.options)),
            Request::HelmChart(request) => {
                let chart = join(&request.home, &request.name);
                if check_not_of_git(Path::new(&chart)).is_err() {
                    return Answer::Failed(BELONGS_TO_GIT.into());
                }
                let home = nearest_real(Path::new(&request.home));
                if !home.to_str().is_some_and(|home| self.is_in_load_roots(home)) {
                    let message = format!("`{}` is outside all load roots", request.home);
                    return Answer::Failed(Failure::denied(Permission::LoadRoot, message));
                }
                helm::find_chart(request, &self.options)
            }
            Request::HelmTemplate(request) => helm::template(request, &self.options),
            Request::Program(request) => program::run(request, &self.options),
        }
    }
}
