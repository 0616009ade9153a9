//! An HTTP server for pages and repositories.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::sandbox::search_path;

/// The response to a path.
#[derive(Clone)]
pub enum Page {
    Content(Vec<u8>),
    Redirect(String),
    Status(u16),
    /// A body without an end.
    Endless,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub authorization: Option<String>,
}

/// An HTTP server for pages, and for repositories below `/git/`. Those below `/git/private/` need a password.
pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub fn new(repositories: &Path, pages: &[(&str, Page)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let pages: HashMap<String, Page> =
            pages.iter().map(|(path, page)| ((*path).to_string(), page.clone())).collect();
        let (repositories, log) = (repositories.to_path_buf(), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (repositories, pages, log) = (repositories.clone(), pages.clone(), log.clone());
                // A client may close the connection early.
                std::thread::spawn(move || serve(stream, &repositories, &pages, &log).unwrap_or_default());
            }
        });
        Server { port, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn url_with_user(&self, user: &str, path: &str) -> String {
        format!("http://{user}@127.0.0.1:{}{path}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Counts how often a repository was cloned.
    pub fn clones(&self, repository: &str) -> usize {
        let path = format!("/git/{repository}/git-upload-pack");
        // Version 2 of the protocol lists refs in one request, and fetches in another.
        self.seen().iter().filter(|seen| seen.path == path).count().div_ceil(2)
    }
}

fn serve(
    mut stream: TcpStream,
    repositories: &Path,
    pages: &HashMap<String, Page>,
    log: &Mutex<Vec<Seen>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_string()),
        }
    }
    let header = |name: &str| {
        let found = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
        found.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_string()).next()
    };
    let mut words = lines.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let authorization = header("Authorization");
    log.lock().unwrap().push(Seen { path: path.to_string(), authorization: authorization.clone() });
    let mut body = vec![0; header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    if let Some(repository) = path.strip_prefix("/git/") {
        if repository.starts_with("private/") && authorization.as_deref() != Some("Basic dXNlcjpzM2NyM3Q=") {
            let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\n";
            return write!(stream, "{challenge}Content-Length: 0\r\nConnection: close\r\n\r\n");
        }
        let mut backend = Command::new("git");
        backend.env_clear().env("PATH", search_path());
        backend.arg("http-backend").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        backend.env("GIT_PROJECT_ROOT", repositories).env("GIT_HTTP_EXPORT_ALL", "1").env("REQUEST_METHOD", method);
        backend.env("PATH_INFO", format!("/{repository}")).env("QUERY_STRING", query);
        for (variable, name) in [
            ("CONTENT_TYPE", "Content-Type"),
            ("CONTENT_LENGTH", "Content-Length"),
            ("HTTP_GIT_PROTOCOL", "Git-Protocol"),
            ("HTTP_CONTENT_ENCODING", "Content-Encoding"),
        ] {
            backend.envs(header(name).map(|value| (variable, value)));
        }
        let mut backend = backend.spawn()?;
        backend.stdin.take().unwrap().write_all(&body)?;
        let output = backend.wait_with_output()?.stdout;
        let head_length = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
        let head = String::from_utf8_lossy(&output[..head_length]).into_owned();
        let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
        write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\n\r\n")?;
        return stream.write_all(output.get(head_length + 4..).unwrap_or_default());
    }
    match pages.get(path) {
        Some(Page::Content(content)) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", content.len())?;
            stream.write_all(content)
        }
        Some(Page::Redirect(location)) => {
            let length = "Content-Length: 0\r\nConnection: close";
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: {location}\r\n{length}\r\n\r\n")
        }
        Some(Page::Endless) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b'#'; 1 << 16])?;
            }
        }
        page => {
            let status = if let Some(Page::Status(status)) = page { *status } else { 404 };
            write!(stream, "HTTP/1.1 {status} Whatever\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
        }
    }
}
