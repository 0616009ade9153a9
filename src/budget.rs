//! The budget of a run: what it is working on, and whether it has to end.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Limit, Result};

/// A budget of time and memory, which renders ask before each part of their work. The library reads no clock: the caller
/// watches time and memory, and stops the renders that use too much. Clones are the same budget.
///
/// # Example
/// A time limit of ten seconds:
/// ```
/// use std::time::Duration;
///
/// use boutique::{Budget, Limit, Options, io};
///
/// let budget = Budget::new();
/// let watched = budget.clone();
/// std::thread::spawn(move || {
///     std::thread::sleep(Duration::from_secs(10));
///     let _tasks = watched.tasks();
///     watched.stop(Limit::Time);
/// });
/// let mut options = Options::default();
/// options.budget = budget.clone();
/// let host = io::MemoryHost::new([("/kustomization.yaml", "namePrefix: a-\n")]);
/// assert!(io::render(&host, "/", &options).result.is_ok());
///
/// budget.stop(Limit::Time);
/// let errors = io::render(&host, "/", &options).result.expect_err("the time is up");
/// assert!(errors[0].message.starts_with("time limit exceeded"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Budget(Option<Arc<State>>);

#[derive(Debug, Default)]
struct State {
    /// Whether the renders have to end, and why.
    stopped: AtomicU8,
    /// The size of the inputs of all renders in bytes. What several targets include counts for each of them.
    inputs: AtomicU64,
    tasks: Mutex<Tasks>,
}

#[derive(Debug, Default)]
struct Tasks {
    running: Vec<Running>,
    /// The last target that was finished.
    finished: Option<Task>,
    /// The time that was spent outside of targets.
    outside: Duration,
}

/// A target, and the time spent on it.
#[derive(Debug)]
struct Running {
    task: Task,
    /// The number of activities, including those that wait.
    held: usize,
    /// The number of activities that do not wait for a host.
    active: usize,
    spent: Duration,
}

/// What is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// The target, as given by the caller.
    pub target: String,
    /// The phase of its render.
    pub phase: Phase,
    /// The last file or directory.
    pub place: String,
}

/// A phase of a render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Reading the tree of kustomizations.
    Load,
    /// Reading, generating and transforming resources.
    Accumulate,
    /// Resolving names and variables.
    Resolve,
    /// Ordering and checking the output.
    Finish,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Load => "loading",
            Phase::Accumulate => "generating and transforming resources",
            Phase::Resolve => "resolving names and variables",
            Phase::Finish => "finishing the output",
        })
    }
}

/// The values of [`State::stopped`].
const STOPPED_BY_TIME: u8 = 1;
const STOPPED_BY_MEMORY: u8 = 2;

impl Budget {
    /// Returns a budget that records tasks and can be stopped.
    pub fn new() -> Budget {
        Budget(Some(Arc::default()))
    }

    /// Ends the renders that have this budget with an error about a limit, [`Limit::Time`] or [`Limit::Memory`], before the
    /// next part of their work.
    pub fn stop(&self, limit: Limit) {
        let Some(state) = &self.0 else { return };
        let reason = if limit == Limit::Memory { STOPPED_BY_MEMORY } else { STOPPED_BY_TIME };
        state.stopped.store(reason, Ordering::Relaxed);
    }

    /// Returns what is being worked on.
    pub fn tasks(&self) -> Vec<Task> {
        let Some(state) = &self.0 else { return Vec::new() };
        state.tasks().running.iter().map(|running| running.task.clone()).collect()
    }

    /// Charges the targets that are worked on, which share the computing time of the process. Returns whether a target, or
    /// the work outside of targets, has exceeded the limit.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn charge(&self, elapsed: Duration, computed: Duration, limit: Duration) -> bool {
        let Some(state) = &self.0 else { return false };
        let mut tasks = state.tasks();
        let active = tasks.running.iter().filter(|running| running.active > 0).count();
        if active == 0 {
            tasks.outside += elapsed.min(computed);
            return tasks.outside > limit;
        }
        let share = elapsed.min(computed / u32::try_from(active).unwrap_or(u32::MAX));
        let charged = tasks.running.iter_mut().filter(|running| running.active > 0);
        charged.for_each(|running| running.spent += share);
        tasks.running.iter().any(|running| running.spent > limit)
    }

    /// Returns the size of the inputs of all renders in bytes. What several targets include counts for each of them.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn input_bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |state| state.inputs.load(Ordering::Relaxed))
    }

    /// Returns the task on which most time was spent, and whether it is still running. Otherwise, it is the last one that was
    /// finished.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn busiest(&self) -> Option<(Task, bool)> {
        let tasks = self.0.as_ref()?.tasks();
        let running = tasks.running.iter().filter(|running| running.active > 0).max_by_key(|running| running.spent);
        let running = running.map(|running| (running.task.clone(), true));
        running.or_else(|| tasks.finished.clone().map(|task| (task, false)))
    }

    /// Begins or continues the work on a target.
    pub(crate) fn begin(&self, target: &str) -> Activity {
        self.activity(target, true)
    }

    /// Keeps the record of a target while its render waits for a host.
    pub(crate) fn keep(&self, target: &str) -> Activity {
        self.activity(target, false)
    }

    fn activity(&self, target: &str, is_active: bool) -> Activity {
        if let Some(state) = &self.0 {
            let mut tasks = state.tasks();
            let at = tasks.running.iter().position(|running| running.task.target == target).unwrap_or_else(|| {
                let task = Task { target: target.to_string(), phase: Phase::Load, place: target.to_string() };
                tasks.running.push(Running { task, held: 0, active: 0, spent: Duration::ZERO });
                tasks.running.len() - 1
            });
            tasks.running[at].held += 1;
            tasks.running[at].active += usize::from(is_active);
        }
        let target = if self.0.is_some() { target.to_string() } else { String::new() };
        Activity { budget: self.clone(), target, is_active }
    }
}

impl State {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<()> {
        let (limit, name) = match self.stopped.load(Ordering::Relaxed) {
            0 => return Ok(()),
            STOPPED_BY_MEMORY => (Limit::Memory, "memory"),
            _ => (Limit::Time, "time"),
        };
        Err(Diagnostic::exceeds(limit, format!("{name} limit exceeded: the render was stopped")))
    }
}

/// The work on a target, which ends when the value is dropped.
#[derive(Debug)]
pub struct Activity {
    budget: Budget,
    target: String,
    is_active: bool,
}

impl Activity {
    /// Records the phase and the place of the work that follows: a directory, and a file in it.
    ///
    /// # Errors
    /// Fails if the work has to end.
    pub fn at(&self, phase: Phase, directory: &str, file: &str) -> Result<()> {
        let Some(state) = &self.budget.0 else { return Ok(()) };
        let mut tasks = state.tasks();
        if let Some(Running { task, .. }) = tasks.running.iter_mut().find(|running| running.task.target == self.target)
        {
            task.phase = phase;
            task.place.clear();
            task.place.push_str(directory);
            if !file.is_empty() {
                task.place.push('/');
                task.place.push_str(file);
            }
        }
        state.check()
    }
}

impl Activity {
    /// Adds the size of the inputs of a render in bytes.
    pub fn count_input(&self, bytes: usize) {
        if let Some(state) = &self.budget.0 {
            state.inputs.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let Some(state) = &self.budget.0 else { return };
        let mut tasks = state.tasks();
        let Some(at) = tasks.running.iter().position(|running| running.task.target == self.target) else { return };
        tasks.running[at].held -= 1;
        tasks.running[at].active -= usize::from(self.is_active);
        if tasks.running[at].held == 0 {
            tasks.finished = Some(tasks.running.swap_remove(at).task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn targets_share_the_time_of_the_process() {
        let budget = Budget::new();
        let (a, _b) = (budget.begin("a"), budget.begin("b"));
        assert!(!budget.charge(2 * SECOND, 2 * SECOND, SECOND), "each has computed for a second");
        assert!(budget.charge(SECOND, SECOND, SECOND));
        a.at(Phase::Resolve, "base", "x.yaml").unwrap();
        drop(a);
        let (task, is_running) = budget.busiest().unwrap();
        assert_eq!((task.target.as_str(), is_running), ("b", true));
    }

    #[test]
    fn the_time_of_a_target_includes_all_rounds_but_no_waiting() {
        let budget = Budget::new();
        let _kept = budget.keep("a");
        drop(budget.begin("a"));
        assert!(!budget.charge(10 * SECOND, SECOND / 2, SECOND), "the target waits");
        for _ in 0..2 {
            let _round = budget.begin("a");
            assert!(!budget.charge(SECOND / 2, SECOND, SECOND));
        }
        let round = budget.begin("a");
        assert!(budget.charge(SECOND, SECOND, SECOND));
        drop(round);
        assert_eq!(budget.tasks().len(), 1);
    }

    #[test]
    fn work_outside_of_targets_counts() {
        let budget = Budget::new();
        drop(budget.begin("a"));
        assert!(!budget.charge(SECOND, SECOND, SECOND));
        assert!(budget.charge(SECOND, SECOND, SECOND));
        assert!(matches!(budget.busiest(), Some((task, false)) if task.target == "a"));
    }
}
