//! Remote bases and files, from servers on this machine.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use boutique::io::{Host as _, OsHost};
use boutique::request::GitRequest;
use boutique::{Answer, Request};

use crate::sandbox::{Run, Sandbox, search_path};

// ---- a world to render in ----

/// A sandbox with repositories, and a tree that refers to them.
struct World {
    sandbox: Sandbox,
}

impl Deref for World {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl World {
    fn new() -> World {
        let world = World { sandbox: Sandbox::new(&[]) };
        for folder in ["repositories", "home"] {
            fs::create_dir(world.path(folder)).unwrap();
        }
        world
    }

    /// Writes the kustomization of the tree `tree`, which lists these resources.
    fn tree(&self, resources: &[&str]) {
        self.write("tree/kustomization.yaml", list("resources", resources));
    }

    fn render(&self) -> Run {
        self.render_with(&[])
    }

    fn render_with(&self, environment: &[(&str, &str)]) -> Run {
        self.run_with_git(&["render", "tree"], environment)
    }

    /// Runs the program where it can find git.
    fn run_with_git(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut command = self.command(arguments);
        command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1").envs(environment.iter().copied());
        self.finish(command)
    }

    fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(directory).env_clear().env("PATH", search_path()).env("HOME", self.path("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null());
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        command.args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]).args(arguments);
        let output = command.output().expect("the tests need git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    /// Makes a repository whose only commit is what `files` are.
    fn repository(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = self.path("repositories").join(name);
        fs::create_dir_all(&path).unwrap();
        self.git(&path, &["init", "--quiet"]);
        self.commit(&path, files);
        path
    }

    fn commit(&self, repository: &Path, files: &[(&str, &str)]) {
        for (file, text) in files {
            self.write(repository.join(file).to_str().unwrap(), text);
        }
        self.git(repository, &["add", "--all"]);
        self.git(repository, &["commit", "--quiet", "--message", "more"]);
    }
}

fn list(field: &str, entries: &[&str]) -> String {
    entries.iter().fold(format!("{field}:\n"), |text, entry| format!("{text}- {entry}\n"))
}

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

// ---- a server ----

/// What the server says to a path.
#[derive(Clone)]
pub enum Page {
    Content(Vec<u8>),
    Redirect(String),
    Status(u16),
    /// More than anyone wants.
    Endless,
}

/// One request as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    path: String,
    authorization: Option<String>,
}

/// An HTTP server for pages, and for repositories below `/git/`; those below `/git/private/` want a password.
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
                // A client may hang up when it has enough.
                std::thread::spawn(move || serve(stream, &repositories, &pages, &log).unwrap_or_default());
            }
        });
        Server { port, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn url_with_user(&self, user: &str, path: &str) -> String {
        format!("http://{user}@127.0.0.1:{}{path}", self.port)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Counts how often a repository was cloned.
    fn clones(&self, repository: &str) -> usize {
        let path = format!("/git/{repository}/git-upload-pack");
        // The version 2 of the protocol lists references with one request and fetches with another.
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

// ---- repositories ----

/// A repository with a base, an overlay of it, a component, and a tag of an earlier state.
fn shop(world: &World) -> PathBuf {
    let repository = world.repository(
        "shop",
        &[
            ("kustomization.yaml", "resources: [old.yaml]\n"),
            ("old.yaml", &config_map("old")),
            ("base/kustomization.yaml", "resources: [shop.yaml]\n"),
            ("base/shop.yaml", &config_map("shop")),
        ],
    );
    world.git(&repository, &["tag", "v1"]);
    world.commit(
        &repository,
        &[
            ("kustomization.yaml", "resources: [new.yaml]\n"),
            ("new.yaml", &config_map("new")),
            ("overlays/dev/kustomization.yaml", "resources: [../../base]\nnamePrefix: dev-\n"),
            (
                "components/labels/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {tier: web}}]\n",
            ),
        ],
    );
    repository
}

#[test]
fn repositories_are_cloned_over_http() {
    let world = World::new();
    shop(&world);
    let server = Server::new(&world.path("repositories"), &[]);
    world.tree(&[&server.url("/git/shop/.git")]);
    assert_eq!(world.render().succeeds(), config_map("new"));
    world.tree(&[&server.url("/git/shop/.git?ref=v1")]);
    assert_eq!(world.render().succeeds(), config_map("old"));
    world.tree(&[&server.url("/git/shop/.git/overlays/dev?ref=main&timeout=1m")]);
    assert_eq!(world.render().succeeds(), config_map("dev-shop"));
    world.tree(&[&server.url("/git/shop//base")]);
    assert_eq!(world.render().succeeds(), config_map("shop"));
}

#[test]
fn repositories_are_cloned_from_files_and_by_commit() {
    let world = World::new();
    let repository = shop(&world);
    let url = format!("file://{}", repository.display());
    let commit = world.git(&repository, &["rev-parse", "v1"]);
    world.tree(&[&format!("{url}?ref={commit}")]);
    assert_eq!(world.render().succeeds(), config_map("old"));
    world.tree(&[&format!("git::{url}//overlays/dev")]);
    assert_eq!(world.render().succeeds(), config_map("dev-shop"));
}

#[test]
fn a_url_can_be_rendered_itself() {
    let world = World::new();
    let url = format!("file://{}//overlays/dev", shop(&world).display());
    assert_eq!(world.run_with_git(&["build", &url], &[]).succeeds(), config_map("dev-shop"));
}

#[test]
fn components_can_be_remote() {
    let world = World::new();
    let url = format!("file://{}//components/labels", shop(&world).display());
    world.write("tree/kustomization.yaml", format!("resources: [a.yaml]\n{}", list("components", &[&url])));
    world.write("tree/a.yaml", config_map("a"));
    assert_eq!(
        world.render().succeeds(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    tier: web\n  name: a\n"
    );
}

#[test]
fn a_repository_is_cloned_once_for_all_its_bases() {
    let world = World::new();
    shop(&world);
    let server = Server::new(&world.path("repositories"), &[]);
    world.write(
        "tree/kustomization.yaml",
        format!("{}namePrefix: a-\n", list("resources", &["../one", "../two", &server.url("/git/shop/.git?ref=main")])),
    );
    world.write("one/kustomization.yaml", list("resources", &[&server.url("/git/shop/.git/base?ref=main")]));
    world.write("two/kustomization.yaml", list("resources", &[&server.url("/git/shop/.git/overlays/dev?ref=main")]));
    let expected = ["a-dev-shop", "a-new", "a-shop"].map(config_map).join("---\n");
    let rendered = world.render();
    assert_eq!(rendered.succeeds(), expected);
    assert_eq!(server.clones("shop/.git"), 1, "{:?}", server.seen());
}

#[test]
fn variables_of_a_surrounding_hook_do_not_matter() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    let other = world.repository("other", &[("file", "")]);
    world.tree(&[&url]);
    let git_dir = other.join(".git");
    let (git_dir, index) = (git_dir.to_str().unwrap(), git_dir.join("index"));
    let environment = [("GIT_DIR", git_dir), ("GIT_INDEX_FILE", index.to_str().unwrap())];
    assert_eq!(world.render_with(&environment).succeeds(), config_map("new"));
    assert_eq!(world.git(&other, &["status", "--porcelain"]), "");
}

#[test]
fn submodules_are_cloned_unless_the_url_says_no() {
    let world = World::new();
    shop(&world);
    let outer = world.repository("outer", &[("kustomization.yaml", "resources: [shop/base]\n")]);
    let server = Server::new(&world.path("repositories"), &[]);
    // Relative to the URL of the repository that holds it.
    world.git(&outer, &["submodule", "--quiet", "add", "--name", "shop", &server.url("/git/shop/.git"), "shop"]);
    world.commit(&outer, &[(".gitmodules", "[submodule \"shop\"]\n\tpath = shop\n\turl = ../../shop/.git\n")]);
    let url = server.url("/git/outer/.git");
    world.tree(&[&url]);
    assert_eq!(world.render().succeeds(), config_map("shop"));
    world.tree(&[&format!("{url}?submodules=false")]);
    world.render().fails_with("kustomization");
}

#[test]
fn a_submodule_cannot_be_a_local_directory() {
    let world = World::new();
    let secret = format!("file://{}", shop(&world).display());
    let outer = world.repository("outer", &[("kustomization.yaml", "resources: [shop/base]\n")]);
    world.git(&outer, &["submodule", "--quiet", "add", &secret, "shop"]);
    world.commit(&outer, &[]);
    let server = Server::new(&world.path("repositories"), &[]);
    world.tree(&[&server.url("/git/outer/.git")]);
    world.render().fails_with("transport 'file' not allowed");
}

// ---- what a repository must not do ----

#[test]
fn a_base_cannot_leave_its_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    world.write("outside/a.yaml", config_map("a"));
    let outside = world.path("outside");
    let climbing = format!("../../../../../../../../../../../..{}", outside.display());
    let repository = world.repository("bad", &[("kustomization.yaml", &list("resources", &[&climbing]))]);
    let url = format!("file://{}", repository.display());
    world.tree(&[&url]);
    world.render().fails_with("must be within the repo");
    world.commit(&repository, &[("kustomization.yaml", &list("resources", &[outside.to_str().unwrap()]))]);
    world.render().fails_with("error");
    world.tree(&[&format!("{url}//..")]);
    world.render().fails_with("error");
}

#[test]
fn links_cannot_leave_their_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    world.write("outside/a.yaml", config_map("a"));
    let repository = world.repository("bad", &[("file/kustomization.yaml", "resources: [link.yaml]\n")]);
    symlink(world.path("outside"), repository.join("directory")).unwrap();
    symlink(world.path("outside/a.yaml"), repository.join("file/link.yaml")).unwrap();
    world.commit(&repository, &[("base/kustomization.yaml", "resources: [../directory]\n")]);
    let url = format!("file://{}", repository.display());
    for (path, message) in [
        ("directory", "outside of the repository"),
        ("base", "must be within the repo"),
        ("file", "is not in or below"),
    ] {
        world.tree(&[&format!("{url}//{path}")]);
        world.render().fails_with(message);
        // Flags for local trees widen nothing here.
        let flags = ["--load-restrictor", "LoadRestrictionsNone"];
        world.run_with_git(&[&["build", "tree"], &flags[..]].concat(), &[]).fails_with(message);
    }
}

#[test]
fn a_linked_kustomization_cannot_leave_its_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    let repository = world.repository("bad", &[("a.yaml", &config_map("a"))]);
    symlink(world.path("outside/kustomization.yaml"), repository.join("kustomization.yaml")).unwrap();
    world.commit(&repository, &[]);
    world.tree(&[&format!("file://{}", repository.display())]);
    world.render().fails_with("unable to find one of 'kustomization.yaml'");
}

#[test]
fn hooks_and_filters_of_a_repository_do_not_run() {
    let world = World::new();
    let marker = world.path("marker");
    let touch = format!("#!/bin/sh\ntouch {}\n", marker.display());
    let repository = shop(&world);
    world.commit(&repository, &[(".gitattributes", "* filter=evil\n"), (".githooks/post-checkout", &touch)]);
    // Hooks that a template of the user would install into every new repository.
    world.write("home/.config/git/config", format!("[init]\n\ttemplateDir = {}\n", world.path("template").display()));
    world.write_program("template/hooks/post-checkout", &touch);
    world.tree(&[&format!("file://{}", repository.display())]);
    assert_eq!(world.render().succeeds(), config_map("new"));
    assert!(!marker.exists());
}

// ---- mistakes ----

#[test]
fn a_reference_or_path_that_does_not_exist_is_named() {
    let world = World::new();
    let repository = shop(&world);
    let url = format!("file://{}", repository.display());
    world.tree(&[&format!("{url}?ref=nowhere")]);
    let rendered = world.render();
    rendered.fails_with("cannot clone `file://[sandbox]/repositories/shop` at `nowhere`");
    rendered.fails_with("couldn't find remote ref nowhere");
    rendered.fails_with("tree/kustomization.yaml:2:3");
    world.tree(&[&format!("{url}//nowhere?ref=v1")]);
    world.render().fails_with("the repository has no directory `nowhere`");
    world.tree(&["file:///nowhere/at/all"]);
    world.render().fails_with("cannot clone `file:///nowhere/at/all`");
}

#[test]
fn a_missing_git_is_named() {
    let world = World::new();
    world.tree(&[&format!("file://{}", shop(&world).display())]);
    world.render_with(&[("PATH", "/nowhere")]).fails_with("cannot run `git`");
}

#[test]
fn hosts_that_do_not_answer_fail_at_once() {
    let world = World::new();
    world.tree(&["http://127.0.0.1:1/org/repo"]);
    world.render().fails_with("cannot clone `http://127.0.0.1:1/org/repo`");
    world.tree(&["http://127.0.0.1:1/file.yaml"]);
    world.render().fails_with("Connection refused");
    world.tree(&["ssh://git@127.0.0.1:1/org/repo"]);
    world.render().fails_with("cannot clone `ssh://git@127.0.0.1:1/org/repo`");
}

#[test]
fn a_clone_that_stalls_is_killed_with_all_that_it_started() {
    let world = World::new();
    let started = world.path("started");
    let path = replace_git(&world, &format!("sleep 600 &\necho $! > {}\nwait\n", started.display()));
    world.tree(&["file:///nowhere?timeout=1"]);
    let rendered = world.render_with(&[("PATH", &path)]);
    rendered.fails_with("cannot clone `file:///nowhere`: `git` took longer than 1 seconds");
    rendered.fails_with("`--timeout` allows more; `?timeout=SECONDS` in the URL does, too");
    let process = fs::read_to_string(started).unwrap();
    // What has ended but was not collected yet has an empty command line.
    let command_line = fs::read(format!("/proc/{}/cmdline", process.trim())).unwrap_or_default();
    assert_eq!(String::from_utf8_lossy(&command_line), "");
}

#[test]
fn absurd_timeouts_do_no_harm() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    world.tree(&[&format!("{url}?timeout=9223372036854775807")]);
    assert_eq!(world.render().succeeds(), config_map("new"));
}

// ---- attacks by URL ----

/// Puts a script first on the path as `git`, and returns that path.
fn replace_git(world: &World, script: &str) -> String {
    world.write_program("trap/git", &format!("#!/bin/sh\n{script}"));
    format!("{}:{}", world.path("trap").display(), search_path().to_string_lossy())
}

#[test]
fn urls_and_references_that_look_like_options_never_reach_git() {
    let world = World::new();
    let repository = shop(&world);
    let marker = world.path("git-was-run");
    let path = replace_git(&world, &format!("touch {}\nexit 1\n", marker.display()));
    for url in [
        format!("file://{}?ref=--upload-pack=touch%20{}", repository.display(), marker.display()),
        format!("file://{}?ref=-v", repository.display()),
        format!("file://{}?ref=main%0aother", repository.display()),
        format!("ssh://-oProxyCommand=touch${{IFS}}{}/org/repo", marker.display()),
        format!("ssh://-oProxyCommand=touch {}@host/org/repo", marker.display()),
        "https://-host/org/repo".to_string(),
        format!("ext::sh -c touch% {}", marker.display()),
        format!("git::ext::sh -c touch% {}", marker.display()),
        format!("--upload-pack=touch {}", marker.display()),
        "transport::address/org/repo.git".to_string(),
        "ftp://host/org/repo".to_string(),
    ] {
        world.write("tree/kustomization.yaml", format!("resources:\n- '{url}'\n"));
        let rendered = world.render_with(&[("PATH", &path)]);
        assert_eq!(rendered.code, 1, "{url}: {}", rendered.stderr);
        assert!(!marker.exists(), "{url}: {}", rendered.stderr);
    }
    world.tree(&[&format!("file://{}", repository.display())]);
    world.render_with(&[("PATH", &path)]).fails_with("cannot clone");
    assert!(marker.exists(), "the trap does not work");
}

#[test]
fn requests_from_elsewhere_are_checked_too() {
    let world = World::new();
    let marker = world.path("marker");
    let host = OsHost::default();
    let command = format!("ext::sh -c touch% {}", marker.display());
    for (url, reference, reason) in [
        (command.as_str(), "", "its transport is none of"),
        ("helper::address", "", "its transport is none of"),
        ("ftp://host/path", "", "its transport is none of"),
        ("/etc", "", "its transport is none of"),
        ("", "", "its transport is none of"),
        ("--upload-pack=x", "", "the URL looks like an option"),
        ("ssh://-oProxyCommand=x/a", "", "its host looks like an option"),
        ("ssh://user@-oProxyCommand=x/a", "", "its host looks like an option"),
        ("file:///x", "--upload-pack=x", "the reference looks like an option"),
        ("file:///x", "a\nb", "the reference holds a control character"),
        ("file:///x\0y", "", "the URL holds a control character"),
    ] {
        let request =
            GitRequest { url: url.to_string(), reference: reference.to_string(), submodules: true, timeout_seconds: 5 };
        match host.answer(&Request::Git(request)) {
            Answer::Failed(failure) => assert!(failure.message.contains(reason), "{url} {reference}: {failure}"),
            answer => panic!("{url} {reference}: {answer:?}"),
        }
    }
    assert!(!marker.exists());
}

#[test]
fn what_git_may_not_speak_is_not_widened() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    world.tree(&[&url]);
    world.render_with(&[("GIT_ALLOW_PROTOCOL", "https:ext")]).fails_with("transport 'file' not allowed");
    // Settings that would turn an accepted URL into a command.
    let marker = world.path("marker");
    let config = format!(
        "[protocol \"ext\"]\n\tallow = always\n[url \"ext::sh -c touch% {} \"]\n\tinsteadOf = \"{url}\"\n",
        marker.display()
    );
    world.write("home/.config/git/config", &config);
    world.render().fails_with("transport 'ext' not allowed");
    assert!(!marker.exists());
}

// ---- credentials ----

#[test]
fn credentials_in_urls_are_used_and_not_printed() {
    let world = World::new();
    world.repository("private/shop", &[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &config_map("a"))]);
    let server = Server::new(&world.path("repositories"), &[]);
    let url = server.url_with_user("user:s3cr3t", "/git/private/shop/.git");
    world.tree(&[&url]);
    assert_eq!(world.render().succeeds(), config_map("a"));
    for url in [
        server.url_with_user("user:wr0ng", "/git/private/shop/.git"),
        server.url_with_user("user:wr0ng", "/git/private/shop/.git?ref=nowhere"),
        server.url_with_user("wr0ng", "/git/private/shop/.git"),
        "https://user:wr0ng@127.0.0.1:1/org/repo".to_string(),
        "file://user:wr0ng@host/org/repo".to_string(),
    ] {
        world.tree(&[&url]);
        let rendered = world.render();
        rendered.fails_with("cannot clone `");
        let errors = rendered.stderr;
        let message = errors.lines().next().unwrap_or_default();
        // The line of the kustomization itself is shown as it is.
        assert!(!message.contains("wr0ng"), "{message}");
        assert!(message.contains("***@"), "{message}");
    }
}

#[test]
fn credentials_for_files_are_sent_decoded_and_not_printed() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/a.yaml", Page::Content(config_map("a").into_bytes())),
            ("/there.yaml", Page::Redirect("/a.yaml".to_string())),
        ],
    );
    let get =
        |path: &str| OsHost::default().answer(&Request::Http { url: server.url_with_user("us%40er:s3cr3t:x", path) });
    let Answer::File { real, bytes } = get("/a.yaml") else { panic!("there is a file") };
    assert_eq!(bytes, config_map("a").into_bytes());
    assert_eq!(real, server.url_with_user("***", "/a.yaml"));
    let Answer::File { .. } = get("/there.yaml") else { panic!("there is a file") };
    let Answer::Failed(message) = get("/nothing.yaml") else { panic!("there is no file") };
    assert_eq!(message.to_string(), "status code 404 (Not Found)");
    let seen: Vec<(String, bool)> = server
        .seen()
        .into_iter()
        .map(|seen| (seen.path, seen.authorization.as_deref() == Some("Basic dXNAZXI6czNjcjN0Ong=")))
        .collect();
    let expected = [("/a.yaml", true), ("/there.yaml", true), ("/a.yaml", false), ("/nothing.yaml", true)];
    assert_eq!(seen, expected.map(|(path, is_sent)| (path.to_string(), is_sent)));
}

// ---- files ----

#[test]
fn files_come_over_http() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/a.yaml", Page::Content(config_map("a").into_bytes())),
            ("/moved/b.yaml", Page::Redirect("../c%20d.yaml?x=1".to_string())),
            ("/c%20d.yaml", Page::Content(config_map("b").into_bytes())),
            ("/data.txt", Page::Content(b"hello".to_vec())),
            ("/patch.yaml", Page::Content(br#"[{"op": "add", "path": "/data", "value": {"k": "v"}}]"#.to_vec())),
        ],
    );
    let resources = list("resources", &[&server.url("/a.yaml"), &server.url("/moved/b.yaml")]);
    let generator = format!("configMapGenerator: [{{name: g, files: [x={}]}}]\n", server.url("/data.txt"));
    let patch = format!("patches: [{{path: {}, target: {{name: a}}}}]\n", server.url("/patch.yaml"));
    let options = "generatorOptions: {disableNameSuffixHash: true}\n";
    world.write("tree/kustomization.yaml", format!("{resources}{generator}{patch}{options}"));
    assert_eq!(
        world.render().succeeds(),
        [
            "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: a\n",
            &config_map("b"),
            "apiVersion: v1\ndata:\n  x: hello\nkind: ConfigMap\nmetadata:\n  name: g\n",
        ]
        .join("---\n")
    );
    world.tree(&[&format!("'{}'", server.url("/c d.yaml#z"))]);
    // In a request a `#` is part of the path.
    world.render().fails_with("404");
    assert_eq!(server.seen().last().unwrap().path, "/c%20d.yaml%23z");
}

#[test]
fn files_that_cannot_be_fetched_say_why() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/loop.yaml", Page::Redirect("/loop.yaml".to_string())),
            ("/broken.yaml", Page::Status(500)),
            ("/endless.yaml", Page::Endless),
            ("/local.yaml", Page::Redirect("file:///etc/passwd".to_string())),
        ],
    );
    let failure = |url: String| match OsHost::default().answer(&Request::Http { url: url.clone() }) {
        Answer::Failed(failure) => failure.message,
        answer => panic!("{url}: {answer:?}"),
    };
    for (path, expected) in [
        ("/nothing.yaml", "status code 404 (Not Found)"),
        ("/broken.yaml", "status code 500 (Internal Server Error)"),
        ("/loop.yaml", "stopped after 10 redirects"),
        ("/endless.yaml", "it is larger than 67108864 bytes; `--max-download-size` allows more"),
        // Files are never read through a redirect.
        ("/local.yaml", "it redirects to what is no HTTP"),
    ] {
        assert_eq!(failure(server.url(path)), expected, "{path}");
    }
    assert_eq!(failure("https:/host/a.yaml".to_string()), "the URL has no host");
    assert_eq!(failure("http://a b/c.yaml".to_string()), "the URL is malformed");
    assert!(failure("http://127.0.0.1:1/a.yaml".to_string()).contains("Connection refused"));
    let loops = server.seen().iter().filter(|seen| seen.path == "/loop.yaml").count();
    assert_eq!(loops, 11);
    world.tree(&[&server.url("/nothing.yaml")]);
    world.render().fails_with("status code 404 (Not Found)");
}
