//! A temporary directory in which the program runs, isolated from the environment.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_boutique");

/// A temporary directory with files, and another one for the temporary files of the program.
pub struct Sandbox {
    _directory: TempDir,
    path: PathBuf,
    temporary: PathBuf,
}

/// The exit code and output of a run, with the path of the sandbox replaced by `[sandbox]`.
#[must_use = "assert at least the exit code"]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    /// Creates a sandbox with these files.
    pub fn new(files: &[(&str, &str)]) -> Sandbox {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("the directory exists");
        let sandbox = Sandbox { _directory: directory, path: root.join("sandbox"), temporary: root.join("temporary") };
        for directory in [&sandbox.path, &sandbox.temporary] {
            fs::create_dir(directory).expect("the directory is writable");
        }
        for (name, text) in files {
            sandbox.write(name, text);
        }
        sandbox
    }

    /// Creates a sandbox with a manifest `a.yaml` and a kustomization that lists it.
    pub fn with_manifest(manifest: impl AsRef<[u8]>) -> Sandbox {
        let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a.yaml]\n")]);
        sandbox.write("a.yaml", manifest);
        sandbox
    }

    /// Writes a file, and creates its directory.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files are inside")).expect("the directory is writable");
        fs::write(path, content).expect("the directory is writable");
    }

    /// Writes an executable file. Another process does it: programs that other tests start at the same time would inherit a file
    /// that this process has open for writing, and such a file cannot be executed (`Text file busy`).
    #[cfg(unix)]
    pub fn write_program(&self, name: &str, script: &str) {
        use std::io::Write as _;
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files are inside")).expect("the directory is writable");
        let mut writer = Command::new("sh");
        writer.args(["-c", "cat >\"$0\" && chmod 755 \"$0\""]).arg(&path).stdin(Stdio::piped());
        let mut writer = writer.spawn().expect("the tests need sh");
        writer.stdin.take().expect("it is piped").write_all(script.as_bytes()).expect("it is read");
        assert!(writer.wait().expect("it ends").success(), "{name} could not be written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the directory for the temporary files of the program.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns the names in a directory, sorted.
    pub fn list(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).expect("the directory exists");
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Returns a command that runs the program in the sandbox.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.path);
        command.args(arguments).env("TMPDIR", &self.temporary);
        command
    }

    /// Runs the program in the sandbox.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments))
    }

    /// Runs a command of the sandbox, and asserts that it leaves no temporary files.
    #[track_caller]
    pub fn finish(&self, mut command: Command) -> Run {
        let run = Run::new(command.output().expect("the program runs"), &self.path);
        let left: Vec<_> = fs::read_dir(&self.temporary).expect("the directory exists").collect();
        assert!(left.is_empty(), "temporary files are left: {left:?}");
        run
    }
}

/// Returns the search path, for tests that need other programs than the one under test.
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Runs git in a sandbox, and returns what it prints.
#[track_caller]
pub fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(sandbox.path(".")).env_clear().env("PATH", search_path()).env("HOME", sandbox.path("home"));
    command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null());
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
    let output = command.args(arguments).output().expect("the tests need git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Returns a command that runs the program in a directory, with an empty environment and no input.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(directory).env_clear().env("HOME", directory.join("home")).stdin(Stdio::null());
    command
}

impl Run {
    pub fn new(output: Output, directory: &Path) -> Run {
        let directory = directory.to_str().expect("the path is UTF-8");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8").replace(directory, "[sandbox]");
        // A process that a signal ended has no exit code.
        let code = output.status.code().unwrap_or(-1);
        Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts the exit code, and shows the messages otherwise.
    #[track_caller]
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.stderr);
    }

    /// Asserts success without any message, and returns the output.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""));
        self.stdout
    }

    /// Asserts failure: exit code 1, no output, and an error message, which it returns.
    #[track_caller]
    pub fn fails(&self) -> String {
        assert_eq!(self.code, 1, "{}", self.stderr);
        assert!(self.stdout.is_empty(), "there is output besides the message");
        assert!(self.stderr.starts_with("error") || self.stderr.contains("\nerror"), "{}", self.stderr);
        self.stderr.clone()
    }

    /// Asserts failure with an error message that contains this text.
    #[track_caller]
    pub fn fails_with(&self, text: &str) {
        let message = self.fails();
        assert!(message.contains(text), "no `{text}` in: {message}");
    }
}
