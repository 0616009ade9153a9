//! Processes that outlive the program that started them, unless they are killed.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command};

use rustix::fs::OFlags;

use crate::sandbox::Sandbox;

/// A process that a script starts in the background. It waits until it is woken, and then writes that it survived. This shows
/// whether it was killed, without a clock.
pub struct BackgroundProcess {
    script: String,
    /// Wakes the process.
    wake: File,
    /// The output of the process. It ends once no process has the pipe open.
    output: File,
    read: String,
}

impl BackgroundProcess {
    pub fn new(sandbox: &Sandbox) -> BackgroundProcess {
        let (wake, output) = (sandbox.path("background-wake"), sandbox.path("background-output"));
        let made = Command::new("mkfifo").args([&wake, &output]).status().expect("the tests need mkfifo");
        assert!(made.success());
        let (wake_path, output_path) = (wake.display(), output.display());
        let script = format!("(echo started; read line; echo survived) <{wake_path} >{output_path} &\n");
        // Opened in these ways, a pipe does not wait for another process that opens it.
        let wake = File::options().read(true).write(true).open(wake).unwrap();
        let output =
            File::options().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(output).unwrap();
        BackgroundProcess { script, wake, output, read: String::new() }
    }

    /// Returns the line of a shell script that starts the process.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// Waits until the process runs. Fails if the program that should start it ends before.
    #[track_caller]
    pub fn wait_until_started(&mut self, program: &mut Child) {
        while self.read != "started\n" {
            self.read_more();
            assert!(program.try_wait().unwrap().is_none(), "the program ended before it started the process");
        }
    }

    /// Asserts that the process was started and killed.
    #[track_caller]
    pub fn assert_killed(mut self) {
        self.wake.write_all(b"\n").unwrap();
        while !self.read_more() {}
        assert_eq!(self.read, "started\n");
    }

    /// Reads what has been written, and returns whether the end is reached.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 64];
        match self.output.read(&mut buffer) {
            Ok(count) => {
                self.read.push_str(str::from_utf8(&buffer[..count]).expect("it is UTF-8"));
                count == 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::yield_now();
                false
            }
            Err(error) => panic!("{error}"),
        }
    }
}
