//! Applies fixes: in memory first, where all targets are checked again after each step.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::Context as _;

use crate::edit::{FileEdit, apply_fixes};
use crate::io::{Host as _, OsHost, OverlayHost};
use crate::message::{Fix, Message};
use crate::request::{Answer, Request};

use super::linter::{Linter, Report};
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;

/// The maximum number of steps, each of which checks all targets. Fixes may enable other fixes, or undo each other.
const MAX_STEPS: usize = 50;

/// A file with its old and new content.
pub struct FileChange {
    /// The real path.
    pub path: String,
    /// `None` if the file does not exist.
    pub old: Option<String>,
    pub new: String,
}

impl FileChange {
    /// Makes the change.
    ///
    /// # Errors
    /// Fails when the file cannot be written, or has been modified by another program.
    fn write(&self) -> anyhow::Result<()> {
        let path = Path::new(&self.path);
        match &self.old {
            Some(old) => output::replace_file(path, old, &self.new),
            None => output::create_file(path, &self.new),
        }
    }

    /// Undoes the change as far as possible.
    fn undo(&self) {
        if let Some(old) = &self.old {
            // The error that is the reason for this is reported.
            let _ = output::replace_file(Path::new(&self.path), &self.new, old);
        }
    }
}

/// The result of applying fixes.
pub struct Fixed {
    /// The problems that remain.
    pub report: Report,
    /// The changes, which are not yet made.
    pub changes: Vec<FileChange>,
    /// The number of problems that the changes fix.
    pub count: usize,
}

impl Fixed {
    /// Returns the result without fixes.
    pub fn nothing(report: Report) -> Fixed {
        Fixed { report, changes: Vec::new(), count: 0 }
    }

    /// Changes the files: all of them, or none.
    ///
    /// # Errors
    /// Fails when a file cannot be written, or has been modified by another program.
    pub fn write(&self) -> anyhow::Result<()> {
        for (at, change) in self.changes.iter().enumerate() {
            if let Err(error) = change.write() {
                self.changes[..at].iter().for_each(FileChange::undo);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Applies the safe fixes, and the unsafe ones if they are wanted, and returns the changes of files without making them. A
/// fix that makes a target fail is left out, and so is a safe one that changes an output.
///
/// # Errors
/// Fails when a directory cannot be read.
pub fn fix(linter: &Linter, host: &OsHost, report: Report, with_unsafe: bool) -> anyhow::Result<Fixed> {
    let mut fixer = Fixer {
        linter,
        host,
        report,
        old: BTreeMap::new(),
        new: BTreeMap::new(),
        refused: HashSet::new(),
        steps: 0,
        count: 0,
    };
    loop {
        let count = fixer.count;
        fixer.run(true)?;
        if with_unsafe {
            fixer.run(false)?;
        }
        // Each kind may enable fixes of the other one.
        if fixer.count == count || !with_unsafe {
            break;
        }
    }
    let Fixer { report, mut old, new, count, .. } = fixer;
    let text = |bytes| String::from_utf8(bytes).context("a file is not UTF-8");
    let mut changes = Vec::new();
    for (path, new) in new {
        let old = old.remove(&path).unwrap_or_default();
        if old.as_ref() != Some(&new) {
            changes.push(FileChange { path, old: old.map(text).transpose()?, new: text(new)? });
        }
    }
    Ok(Fixed { report, changes, count })
}

/// A fix with the problems that it fixes.
struct Candidate {
    /// What identifies the fix when the positions of its edits have changed.
    key: Key,
    edits: Vec<FileEdit>,
    /// The problems, as they are counted.
    problems: Vec<Problem>,
}

/// A problem by its path, its code and its message.
type Problem = (String, Option<&'static str>, String);

fn problem(message: &Message) -> Problem {
    let path = message.location().map_or("", |location| location.path.as_str());
    (path.to_string(), message.code, message.message.clone())
}

/// Returns how often each problem is reported.
fn problems(report: &Report) -> HashMap<Problem, usize> {
    let mut counts = HashMap::new();
    report.messages.iter().for_each(|message| *counts.entry(problem(message)).or_default() += 1);
    counts
}

/// The title of a fix, and the files and new texts of its edits.
type Key = (String, Vec<(String, String)>);

struct Fixer<'a> {
    linter: &'a Linter,
    host: &'a OsHost,
    /// The report about the new contents.
    report: Report,
    /// The contents of the files, as they are; `None` for those that do not exist.
    old: BTreeMap<String, Option<Vec<u8>>>,
    /// The contents of the files with fixes.
    new: BTreeMap<String, Vec<u8>>,
    /// The fixes that have another effect than they should.
    refused: HashSet<Key>,
    steps: usize,
    count: usize,
}

impl Fixer<'_> {
    /// Applies all fixes that are safe, or all that are not, until there are none left.
    fn run(&mut self, is_safe: bool) -> anyhow::Result<()> {
        let mut limit = usize::MAX;
        while self.steps < MAX_STEPS {
            let mut candidates = self.candidates(is_safe);
            candidates.truncate(limit);
            if candidates.is_empty() {
                return Ok(());
            }
            self.steps += 1;
            limit = match self.step(&candidates, is_safe)? {
                true => usize::MAX,
                false if candidates.len() == 1 => {
                    self.refused.extend(candidates.into_iter().map(|candidate| candidate.key));
                    usize::MAX
                }
                // One of them is the cause.
                false => candidates.len() / 2,
            };
        }
        Ok(())
    }

    /// Returns the fixes of all problems, without those that were refused.
    fn candidates(&self, is_safe: bool) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut known: BTreeMap<Vec<(&str, usize, usize, &str)>, usize> = BTreeMap::new();
        let fixes = self.report.messages.iter().filter_map(|message| Some((message, message.fix.as_ref()?)));
        for (message, fix) in fixes.filter(|(_, fix)| fix.is_safe() == is_safe && !self.refused.contains(&key(fix))) {
            let edits = fix.changes.iter();
            let edits = edits.map(|edit| (edit.file.as_str(), edit.range.start, edit.range.end, edit.text.as_str()));
            let at = *known.entry(edits.collect()).or_insert_with(|| {
                candidates.push(Candidate { key: key(fix), edits: edits_of(fix), problems: Vec::new() });
                candidates.len() - 1
            });
            candidates[at].problems.push(problem(message));
        }
        candidates
    }

    /// Applies fixes as far as they do not overlap. Returns whether that was possible.
    fn step(&mut self, candidates: &[Candidate], is_safe: bool) -> anyhow::Result<bool> {
        let files: HashSet<&String> = candidates.iter().flat_map(|fix| &fix.edits).map(|edit| &edit.file).collect();
        files.into_iter().for_each(|file| self.read(file));
        let old = self.old.iter().map(|(path, content)| (path.clone(), content.clone().unwrap_or_default()));
        let new = self.new.iter().map(|(path, content)| (path.clone(), content.clone()));
        let edits: Vec<Vec<FileEdit>> = candidates.iter().map(|candidate| candidate.edits.clone()).collect();
        let applied = apply_fixes(&old.chain(new).collect(), &edits);
        if applied.contents.is_empty() {
            return Ok(false);
        }
        let mut new = self.new.clone();
        new.extend(applied.contents);
        let report = self.linter.lint(&OverlayHost::new(self.host, new.clone()))?;
        if !is_kept(&self.report, &report, is_safe) {
            return Ok(false);
        }
        let fixed = candidates.iter().zip(applied.is_applied).filter(|(_, is_applied)| *is_applied);
        let fixed: Vec<&Problem> = fixed.flat_map(|(candidate, _)| &candidate.problems).collect();
        let (before, after) = (problems(&self.report), problems(&report));
        // A fix without an effect would be tried again and again.
        if fixed.iter().any(|problem| after.get(*problem) >= before.get(*problem)) {
            return Ok(false);
        }
        self.count += fixed.len();
        (self.new, self.report) = (new, report);
        Ok(true)
    }

    /// Reads a file, unless it is known. A file that cannot be read is not changed.
    fn read(&mut self, file: &str) {
        if self.old.contains_key(file) {
            return;
        }
        let request = Request::Path { path: file.to_string(), within: None };
        match self.host.answer(&request) {
            Answer::File { real, bytes } if real == file => drop(self.old.insert(real, Some(bytes))),
            Answer::Missing => drop(self.old.insert(file.to_string(), None)),
            _ => {}
        }
    }
}

/// Returns whether all targets that rendered before still do and, for safe fixes, have the same output.
fn is_kept(before: &Report, after: &Report, is_safe: bool) -> bool {
    let rendered = before.outputs.iter().filter_map(|(target, output)| Some((target, (*output)?)));
    rendered.into_iter().all(|(target, old)| match after.outputs.get(target) {
        Some(Some(new)) => !is_safe || old == *new,
        Some(None) => false,
        // A target that did not render before includes it now.
        None => true,
    })
}

fn key(fix: &Fix) -> Key {
    let edits = fix.changes.iter().map(|edit| (edit.file.clone(), edit.text.clone()));
    (fix.title.clone(), edits.collect())
}

fn edits_of(fix: &Fix) -> Vec<FileEdit> {
    let edit = |edit: &crate::message::Change| FileEdit {
        file: edit.file.clone(),
        range: edit.range.clone(),
        text: edit.text.clone(),
    };
    fix.changes.iter().map(edit).collect()
}

/// Returns the lines of the summary that are about fixes, and prints the names of the files that were changed.
pub fn summary(fixed: &Fixed, is_fixing: bool, is_diff: bool, with_unsafe: bool) -> String {
    let messages = &fixed.report.messages;
    let fixes = || messages.iter().filter_map(|message: &Message| message.fix.as_ref());
    let unsafe_count = fixes().filter(|fix| !fix.is_safe()).count();
    let problems = |count: usize| format!("{count} problem{}", if count == 1 { "" } else { "s" });
    if is_diff {
        let more = match unsafe_count {
            0 => String::new(),
            _ if with_unsafe => String::new(),
            count => format!(" ({count} more with `--unsafe-fixes`)"),
        };
        return match fixed.count {
            0 => format!("No problems would be fixed{more}\n"),
            count => format!("Would fix {}{more}\n", problems(count)),
        };
    }
    if is_fixing {
        let reporter = Reporter::for_stderr();
        for change in &fixed.changes {
            reporter.info(&format!("changed {}", paths::shown(&change.path)));
        }
        let (count, remaining) = (fixed.count, messages.len());
        let more = match unsafe_count {
            0 => String::new(),
            _ if with_unsafe => String::new(),
            count => format!("{count} fixable with `--unsafe-fixes`\n"),
        };
        return format!("Found {} ({count} fixed, {remaining} remaining)\n{more}", problems(count + remaining));
    }
    match (fixes().count() - unsafe_count, unsafe_count) {
        (0, 0) => String::new(),
        (safe, 0) => format!("{safe} fixable with `--fix`\n"),
        (safe, more) if with_unsafe => format!("{} fixable with `--fix --unsafe-fixes`\n", safe + more),
        (0, more) => format!("{more} fixable with `--fix --unsafe-fixes`\n"),
        (safe, more) => format!("{safe} fixable with `--fix`, {more} more with `--unsafe-fixes`\n"),
    }
}
