//! The guard of the process: ends a run that takes too much time or memory, whatever code it is in.
//!
//! A thread samples the computing time and the memory of the process. It is idle during short runs, and then takes samples so
//! often that memory cannot grow far beyond the limit in between: pages are given to a process at a few gigabytes per second.
//! An allocator that counts would cost every allocation of every run, could not be written without unsafe code, and would end
//! in an abort instead of a message. A limit of the operating system would do the same, and the programs that are started
//! would inherit it.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Arg, ArgMatches, value_parser};

use crate::budget::{Budget, Task};
use crate::diagnostic::{Diagnostic, Limit};
use crate::inputs::Inputs;
use crate::io::{bytes_read, clean_up_before_exit, computing_time, memory_in_use, wait_for_files};
use crate::message::Message;
use crate::remote::without_credentials;

use crate::cli::allowance::Allowance;
use crate::cli::exit::Code;
use crate::cli::messages::report::{CommandWords, Reporter};
use crate::cli::paths;

const MAX_TIME: &str = "max-time";
const MAX_MEMORY: &str = "max-memory";

/// The default of `--max-time`.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

/// The time before the first sample. Most runs end earlier.
const IDLE: Duration = Duration::from_millis(100);
/// The time between two samples.
const INTERVAL: Duration = Duration::from_millis(10);
/// The stack of the thread, which formats a message at most.
const STACK: usize = 256 << 10;

/// The commands whose exit code 1 has another meaning.
const COMPARISONS: [&str; 2] = ["diff", "snapshot"];

/// What this process is working on. It belongs to the process, like its memory; no render reads it.
static BUDGET: OnceLock<Budget> = OnceLock::new();

/// Returns the budget of this process, for the options of its renders.
pub fn budget() -> Budget {
    BUDGET.get_or_init(Budget::new).clone()
}

/// Returns the flags, which all commands have.
pub fn flags() -> [Arg; 2] {
    let flag = |name, value, help| {
        let flag = Arg::new(name).long(name).value_name(value).help(help).help_heading("Limits");
        flag.value_parser(value_parser!(u64).range(1..)).global(true)
    };
    [
        flag(
            MAX_TIME,
            "SECONDS",
            "Limit the computing time for each target, in seconds; less for small inputs  [default: 60]",
        ),
        flag(
            MAX_MEMORY,
            "BYTES",
            "Limit the memory of the process, in bytes; less for small inputs  [default: 1073741824]",
        ),
    ]
}

/// The limits of a run.
struct Guard {
    command: String,
    /// The limits of the flags.
    time: Option<Duration>,
    memory: Option<u64>,
    budget: Budget,
}

/// Starts to watch this process.
pub fn start(command: &str, matches: &ArgMatches) {
    let value = |name| matches.get_one::<u64>(name).copied();
    let guard = Guard {
        command: command.to_string(),
        time: value(MAX_TIME).map(Duration::from_secs),
        memory: value(MAX_MEMORY),
        budget: budget(),
    };
    // If the system refuses to start a thread, the other limits remain.
    let _ = thread::Builder::new().stack_size(STACK).spawn(move || guard.watch());
}

impl Guard {
    fn watch(&self) {
        let mut last = (Instant::now(), Duration::ZERO);
        thread::sleep(IDLE);
        loop {
            let now = Instant::now();
            let elapsed = now.duration_since(last.0);
            // Without such a clock, the time that passes counts.
            let computed = computing_time().unwrap_or(last.1 + elapsed);
            let allowance = Allowance::for_input(bytes_read(), self.budget.input_bytes());
            let time = self.time.unwrap_or(DEFAULT_TIME);
            if self.budget.charge(elapsed, computed.saturating_sub(last.1), time) {
                self.end(Limit::Time, time.as_secs());
            }
            if self.time.is_none() && computed > allowance.time {
                self.end(Limit::Time, allowance.time.as_secs());
            }
            let max_memory = self.memory.unwrap_or(allowance.memory);
            if memory_in_use().is_some_and(|memory| memory > max_memory) {
                self.end(Limit::Memory, max_memory);
            }
            last = (now, computed);
            thread::sleep(INTERVAL);
        }
    }

    /// Prints a message, ends what was started, and exits.
    fn end(&self, limit: Limit, max: u64) -> ! {
        let exceeded = match limit {
            Limit::Memory => format!("memory limit exceeded: more than {max} bytes are in use"),
            _ => format!("time limit exceeded: more than {max} s of computing time were used"),
        };
        let message = format!("{exceeded}; {}", self.activity());
        let message = Message::new(&Diagnostic::exceeds(limit, message), &Inputs::new(), &CommandWords);
        // A file that is being written is complete.
        let _writing = wait_for_files();
        let reporter = Reporter::current();
        reporter.raw(&reporter.message_text(message));
        reporter.finish();
        clean_up_before_exit();
        let is_comparison = COMPARISONS.contains(&self.command.as_str());
        std::process::exit(if is_comparison { Code::COMPARISON_FAILED } else { Code::Failure } as i32)
    }

    /// Describes what the process is working on.
    fn activity(&self) -> String {
        let shown = |path: &str| paths::shown(&without_credentials(path));
        match self.budget.busiest() {
            Some((Task { target, phase, place, .. }, true)) => {
                format!("the target `{}` was being rendered ({phase}), at `{}`", shown(&target), shown(&place))
            }
            Some((Task { target, .. }, false)) => {
                format!("`{}` was running, after rendering `{}`", self.command, shown(&target))
            }
            None => format!("`{}` was running", self.command),
        }
    }
}
