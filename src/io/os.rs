//! The operating system's files.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::inputs::{Answer, Request};
use crate::load::path::is_within;

use super::{Host, git, helm, http, program};

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 30;

/// What programs may be run, and how. The tree decides nothing of this.
#[derive(Clone, Debug)]
pub struct OsOptions {
    /// The command for Helm charts.
    pub helm_command: String,
    /// Let containers use this network.
    pub network_name: String,
    /// Run containers as the present user rather than as nobody.
    pub as_current_user: bool,
}

impl Default for OsOptions {
    fn default() -> OsOptions {
        OsOptions { helm_command: "helm".to_string(), network_name: "bridge".to_string(), as_current_user: false }
    }
}

/// Answers from the file system, and by running git, helm and functions.
#[derive(Debug, Default)]
pub struct OsHost {
    pub options: OsOptions,
    /// The clones of this process; they go away with it.
    clones: git::Clones,
}

impl OsHost {
    pub fn new(options: OsOptions) -> OsHost {
        OsHost { options, ..OsHost::default() }
    }
}

impl Host for OsHost {
    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Path { path, within } => match read(path, within.as_deref()) {
                Ok(answer) => answer,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Answer::Missing,
                Err(error) => Answer::Failed(error.to_string()),
            },
            Request::Git(request) => git::clone(request, &self.clones),
            Request::Http { url } => http::get(url),
            Request::HelmChart(request) => helm::chart(request, &self.options),
            Request::HelmTemplate(request) => helm::template(request, &self.options),
            Request::Program(request) => program::run(request, &self.options),
        }
    }
}

fn read(path: &str, within: Option<&str>) -> std::io::Result<Answer> {
    // Opening first tells missing files, which are most of what is asked for, with one system call.
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let real = fs::canonicalize(path)?;
    let Some(real) = real.to_str().map(ToString::to_string) else {
        return Ok(Answer::Failed("its path is not UTF-8".to_string()));
    };
    if metadata.is_dir() {
        return Ok(Answer::Directory { real });
    }
    if let Some(directory) = within {
        let parent = Path::new(&real).parent().and_then(Path::to_str).unwrap_or("/");
        if !is_within(parent, directory) {
            return Ok(Answer::Outside { real });
        }
    }
    if !metadata.is_file() {
        return Ok(Answer::Failed("it is not a regular file".to_string()));
    }
    if metadata.len() > LARGEST_FILE {
        return Ok(Answer::Failed(format!("it is larger than {LARGEST_FILE} bytes")));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.read_to_end(&mut bytes)?;
    Ok(Answer::File { real, bytes })
}
