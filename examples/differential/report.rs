//! The report of a run: counts and differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use similar::udiff::unified_diff;
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::compare::{Difference, Kind, Outcome};
use crate::document::Node;
use crate::tree::{File, Tree, YamlFile};

/// The results of a run so far.
pub struct Report {
    keep: Option<PathBuf>,
    same: u64,
    both_failed: u64,
    skipped: u64,
    different: u64,
    /// The total size of all trees in bytes.
    size: usize,
    /// The number of trees on which both failed, by the error of the reference renderer, and the index of one of them.
    errors: BTreeMap<String, (u64, u64)>,
    /// The number of occurrences of each distinct difference.
    distinct: BTreeMap<String, u64>,
}

impl Report {
    pub fn new(keep: Option<PathBuf>) -> Report {
        Report {
            keep,
            same: 0,
            both_failed: 0,
            skipped: 0,
            different: 0,
            size: 0,
            errors: BTreeMap::new(),
            distinct: BTreeMap::new(),
        }
    }

    /// Returns the number of trees that differ.
    pub fn different(&self) -> u64 {
        self.different
    }

    /// Returns the number of distinct differences.
    pub fn distinct(&self) -> usize {
        self.distinct.len()
    }

    /// Counts an outcome, and prints and saves a new difference.
    ///
    /// # Errors
    /// Fails if the difference cannot be saved.
    pub fn add(
        &mut self,
        seed: u64,
        index: u64,
        tree: &Tree,
        outcome: &Outcome,
        shrunk: Option<(Tree, Difference)>,
    ) -> Result<(), String> {
        self.size += tree.len();
        match outcome {
            Outcome::Same => self.same += 1,
            Outcome::BothFailed(error) => {
                self.both_failed += 1;
                let entry = self.errors.entry(error.clone()).or_insert((0, index));
                entry.0 += 1;
            }
            Outcome::NoAnswer | Outcome::Unstable => {
                self.skipped += 1;
                let reason = if *outcome == Outcome::NoAnswer { "no answer" } else { "varying answers" };
                println!("skipped ({reason}): --seed {seed} --first {index} --count 1");
            }
            Outcome::Different(_) => self.different += 1,
        }
        let Some((tree, difference)) = shrunk else { return Ok(()) };
        let count = self.distinct.entry(signature(&tree, &difference)).or_default();
        *count += 1;
        if *count > 1 {
            return Ok(());
        }
        let names = Some(("reference", "boutique"));
        let diff = unified_diff(Algorithm::default(), &difference.expected, &difference.actual, 3, names);
        let title = format!("{:?}, --seed {seed} --first {index} --count 1", difference.kind);
        println!("##### {title}\n{}{diff}", tree.show());
        if let Some(keep) = &self.keep {
            let directory = keep.join(format!("{seed}-{index}"));
            save(&directory, &tree, &difference, &format!("{title}\n{}{diff}", tree.show()))
                .map_err(|error| format!("cannot save to `{}`: {error}", directory.display()))?;
        }
        Ok(())
    }

    /// Returns the errors for trees on which both failed, most frequent first.
    pub fn errors(&self) -> String {
        let mut errors: Vec<(&String, &(u64, u64))> = self.errors.iter().collect();
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(count.0));
        errors.into_iter().map(|(error, (count, index))| format!("{count:7} {error} (--first {index})\n")).collect()
    }

    /// Returns the counts as text.
    pub fn summary(&self, elapsed: Duration) -> String {
        let trees = self.same + self.both_failed + self.skipped + self.different;
        let compared = (trees - self.skipped).max(1);
        let only_boutique: u64 = self
            .distinct
            .iter()
            .filter(|(signature, _)| signature.starts_with("OnlyBoutique"))
            .map(|(_, count)| count)
            .sum();
        let accepted = compared - self.both_failed - only_boutique;
        let mut out = format!(
            "{trees} trees in {:.1} s ({:.0}/s), {} bytes on average; the reference renderer accepts {:.1}%\n",
            elapsed.as_secs_f64(),
            trees as f64 / elapsed.as_secs_f64().max(0.001),
            self.size as u64 / trees.max(1),
            accepted as f64 * 100.0 / compared as f64,
        );
        let _ = writeln!(
            out,
            "{} identical, {} failed in both, {} skipped, {} different ({} distinct)",
            self.same,
            self.both_failed,
            self.skipped,
            self.different,
            self.distinct.len(),
        );
        out
    }
}

/// Returns a signature that differences with the same cause are likely to share.
fn signature(tree: &Tree, difference: &Difference) -> String {
    let mut signature = format!("{:?}", difference.kind);
    if matches!(difference.kind, Kind::Output) {
        let diff = TextDiff::from_lines(&difference.expected, &difference.actual);
        let edits = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
        let shapes: BTreeSet<String> =
            edits.map(|change| format!("|{}{}", change.tag(), shape(change.value()))).collect();
        signature.extend(shapes);
    } else {
        signature.extend(difference.actual.chars().filter(|c| c.is_alphabetic()).take(24));
    }
    let mut fields = BTreeSet::new();
    for file in tree.files.values() {
        if let File::Yaml(YamlFile { documents, .. }) = file {
            fields.extend(documents.iter().flat_map(Node::entries).map(|entry| entry.key.as_str()));
        }
    }
    for common in ["resources", "bases", "components", "kind", "apiVersion", "metadata"] {
        fields.remove(common);
    }
    let _ = write!(signature, "|{}", fields.into_iter().collect::<Vec<_>>().join(","));
    signature
}

/// Returns a line with words replaced by `x`.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for c in line.trim().chars() {
        let c = if c.is_alphanumeric() || "-_./$%".contains(c) { 'x' } else { c };
        if c != 'x' || !shape.ends_with('x') {
            shape.push(c);
        }
    }
    shape
}

fn save(directory: &Path, tree: &Tree, difference: &Difference, report: &str) -> std::io::Result<()> {
    tree.write(&directory.join("tree"))?;
    let is_error = difference.expected.starts_with("error: ");
    fs::write(directory.join(if is_error { "expected-error.txt" } else { "expected.yaml" }), &difference.expected)?;
    fs::write(directory.join("actual.txt"), &difference.actual)?;
    fs::write(directory.join("report.txt"), report)
}
