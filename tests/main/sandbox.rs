//! A directory of its own in which the program runs, without anything from the surroundings.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_boutique");

/// A temporary directory with files, and one beside it for the temporary files of the program.
pub struct Sandbox {
    _directory: TempDir,
    path: PathBuf,
    temporary: PathBuf,
}

/// What a run of the program left behind, with the sandbox's path replaced by `[sandbox]`.
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
            fs::create_dir(directory).expect("the directory is ours");
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

    /// Writes a file, and the directories above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files are inside")).expect("the directory is ours");
        fs::write(path, content).expect("the directory is ours");
    }

    /// Writes a file that can be run as a program. Another process does it: what other tests start meanwhile would hold a
    /// file open that this one writes, and what is open for writing cannot be run (`Text file busy`).
    #[cfg(unix)]
    pub fn write_program(&self, name: &str, script: &str) {
        use std::io::Write as _;
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files are inside")).expect("the directory is ours");
        let mut writer = Command::new("sh");
        writer.args(["-c", "cat >\"$0\" && chmod 755 \"$0\""]).arg(&path).stdin(Stdio::piped());
        let mut writer = writer.spawn().expect("the tests need sh");
        writer.stdin.take().expect("it is piped").write_all(script.as_bytes()).expect("it is read");
        assert!(writer.wait().expect("it ends").success(), "{name} is not written");
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

    /// Returns the program with its arguments, ready to run in the sandbox.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.path);
        command.args(arguments).env("TMPDIR", &self.temporary);
        command
    }

    /// Runs the program in the sandbox.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments))
    }

    /// Runs a command that was made ready for the sandbox, and asserts that no temporary files are left.
    #[track_caller]
    pub fn finish(&self, mut command: Command) -> Run {
        let run = Run::new(command.output().expect("the program runs"), &self.path);
        let left: Vec<_> = fs::read_dir(&self.temporary).expect("the directory exists").collect();
        assert!(left.is_empty(), "temporary files are left behind: {left:?}");
        run
    }
}

/// Returns where programs are found, for the tests that need others than the one under test.
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
    String::from_utf8(output.stdout).expect("output is text")
}

/// Returns the program, ready to run in a directory: nothing of the environment reaches it, and it has nothing to read.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(directory).env_clear().env("HOME", directory.join("home")).stdin(Stdio::null());
    command
}

impl Run {
    pub fn new(output: Output, directory: &Path) -> Run {
        let directory = directory.to_str().expect("the path is text");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text").replace(directory, "[sandbox]");
        // A signal has no code.
        let code = output.status.code().unwrap_or(-1);
        Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts the exit code, and shows the messages if it is another one.
    #[track_caller]
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.stderr);
    }

    /// Asserts success without complaint, and returns the output.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""));
        self.stdout
    }

    /// Asserts that the input was refused: exit code 1, no output, and a message, which it returns.
    #[track_caller]
    pub fn fails(&self) -> String {
        assert_eq!(self.code, 1, "{}", self.stderr);
        assert!(self.stdout.is_empty(), "something is printed beside the message");
        assert!(self.stderr.starts_with("error") || self.stderr.contains("\nerror"), "{}", self.stderr);
        self.stderr.clone()
    }

    /// Asserts that the input was refused with a message that holds this text.
    #[track_caller]
    pub fn fails_with(&self, text: &str) {
        let message = self.fails();
        assert!(message.contains(text), "no `{text}` in: {message}");
    }
}
