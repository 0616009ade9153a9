//! `boutique edit fix`: deprecated fields, replaced where that provably changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Options;
use crate::edit::fix::{Fixed, PatchOrder, VarsFile, fix, replace_vars};
use crate::edit::{self, Mapping, Value, fields};
use crate::io::{Host as _, OsHost, OverlayHost, Workspace};
use crate::kustomization::Located;
use crate::path::{is_within, join};
use crate::remote;
use crate::request::{Answer, Request};
use crate::target::{Source, Target};
use anyhow::bail;
use clap::Args;

use crate::cli::comparison::side::{Read, render};
use crate::cli::comparison::terminal::first_difference;
use crate::cli::exit::Code;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::Reporter;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets;

pub const AFTER_HELP: &str = "\
bases becomes resources, imageTags images, commonLabels labels, patchesJson6902 and patchesStrategicMerge become patches, \
helmChartInflationGenerator becomes helmCharts, and env of generators envs. apiVersion and kind are added if they are \
missing. The rest of the file stays as it is, and the kustomizations that it includes are not changed.

The kustomization is rendered before and after, and nothing is written unless both renders are the same.

Examples:
  boutique edit fix                       the kustomization in this directory
  boutique edit fix overlays/prod --vars  with vars as replacements; files that use them get placeholders

Exit codes:
  0  fixed, or nothing to fix    1  not fixed    2  mistakes on the command line";

/// The command line of `edit fix`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory with the kustomization file
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Replace vars by replacements, and their uses in resources and patches by placeholders
    #[arg(long)]
    vars: bool,

    /// Write without rendering, also if the kustomization does not render now
    #[arg(long)]
    no_verify: bool,

    #[command(flatten, next_help_heading = "How to render")]
    render_flags: RenderFlags,
}

/// A file with its old and new text.
struct Change {
    path: String,
    old: String,
    new: String,
}

/// What is fixed, and where.
struct Fix<'a> {
    arguments: &'a Arguments,
    reporter: &'a Reporter,
    host: OsHost,
    target: String,
    options: Options,
    /// The kustomization file, with links followed.
    file: String,
    text: String,
}

/// Fixes the kustomization file.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    run_fix(arguments, &reporter).unwrap_or_else(|error| reporter.fail(&error))
}

fn run_fix(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let path = targets::kustomization_file(&arguments.directory)?;
    let target = paths::absolute_or_url(&arguments.directory)?;
    let options = arguments.render_flags.options();
    let host = arguments.render_flags.host();
    let (file, text) = crate::cli::commands::edit::file::read(&path, &host, &options)?;
    Fix { arguments, reporter, host, target, options, file: file.real.clone(), text }.run()
}

impl Fix<'_> {
    fn run(&self) -> anyhow::Result<Code> {
        let verify = !self.arguments.no_verify;
        let before = verify.then(|| self.render(&[]));
        if let Some(Err(messages)) = &before {
            self.reporter.raw(messages);
            bail!("the kustomization does not render, so that a fix cannot be checked; --no-verify fixes it anyway");
        }
        let mut first_reason = None;
        let mut tried: Option<String> = None;
        for order in [PatchOrder::AsKustomize, PatchOrder::AsApplied] {
            let (fixed, changes) = self.changes(order)?;
            if changes.is_empty() {
                self.reporter.info(&format!("nothing to fix in {}", paths::shown(&self.file)));
                return Ok(Code::Success);
            }
            if tried.as_ref() == Some(&fixed.text) {
                break;
            }
            let reason = match &before {
                Some(before) => self.difference(before, &changes),
                None => None,
            };
            match reason {
                None => {
                    self.write(&changes)?;
                    self.tell(&fixed, &changes);
                    return Ok(Code::Success);
                }
                Some(reason) => _ = first_reason.get_or_insert(reason),
            }
            tried = Some(fixed.text);
        }
        self.reporter.raw(&first_reason.unwrap_or_default());
        bail!("the fixed kustomization does not render to the same; nothing is changed");
    }

    /// Renders with changed files.
    fn render(&self, changes: &[Change]) -> Read {
        let files = changes.iter().map(|change| (change.path.clone(), change.new.clone().into_bytes()));
        let host = OverlayHost::new(&self.host, files.collect());
        let workspace = Workspace::new(&host, self.options.clone());
        render(&self.target, &workspace, true, self.reporter)
    }

    /// Returns what the changes change in what is rendered, as text.
    fn difference(&self, before: &Read, changes: &[Change]) -> Option<String> {
        let after = match self.render(changes) {
            Ok(after) => after,
            Err(messages) => return Some(messages),
        };
        match before {
            Ok(before) => first_difference(("now", before), ("fixed", &after)),
            Err(messages) => Some(messages.clone()),
        }
    }

    /// Returns what to change.
    fn changes(&self, order: PatchOrder) -> anyhow::Result<(Fixed, Vec<Change>)> {
        let file = &self.file;
        let in_place = |error: edit::Error| anyhow::Error::new(error).context(paths::shown(file));
        let is_file = |path: &str| {
            let request = Request::Path { path: join(&self.target, path), within: None };
            !path.contains(['\n', '\0']) && matches!(self.host.answer(&request), Answer::File { .. })
        };
        let mut fixed = fix(&self.text, order, &is_file).map_err(in_place)?;
        let mut changes = Vec::new();
        if self.arguments.vars {
            let (target, mut files) = self.files_with_vars()?;
            let vars = target.kustomization().vars.iter().flatten().map(|var| &var.value);
            let old: Vec<VarsFile> = files.values().cloned().collect();
            let mut new = old.clone();
            let text = replace_vars(&fixed.text, &vars.collect::<Vec<_>>(), &mut new).map_err(in_place)?;
            if text != fixed.text {
                fixed.replaced.push(("vars", "replacements"));
                fixed.text = text;
            }
            let paths = std::mem::take(&mut files).into_keys();
            let all = paths.zip(old).zip(new).map(|((path, old), new)| Change { path, old: old.text, new: new.text });
            changes.extend(all.filter(|change| change.old != change.new));
        }
        if fixed.text != self.text {
            changes.push(Change { path: file.clone(), old: self.text.clone(), new: fixed.text.clone() });
        }
        Ok((fixed, changes))
    }

    /// Returns the kustomization, and the files of this machine in which it may use variables: resources and patches, also
    /// those of its bases.
    fn files_with_vars(&self) -> anyhow::Result<(Arc<Target>, BTreeMap<String, VarsFile>)> {
        let workspace = Workspace::new(&self.host, self.options.clone());
        let loaded = workspace.load(&self.target);
        let target = loaded.result.map_err(|diagnostics| {
            self.reporter.print(&diagnostics, &loaded.inputs);
            anyhow::anyhow!("the files that use variables cannot be found")
        })?;
        let mut files = BTreeMap::new();
        collect_files(&target, &mut files);
        Ok((target, files))
    }

    /// Writes all files, or none.
    fn write(&self, changes: &[Change]) -> anyhow::Result<()> {
        for (at, change) in changes.iter().enumerate() {
            let written = output::replace_file(Path::new(&change.path), &change.old, &change.new);
            if written.is_err() {
                // What cannot be written back is told by the error that is already there.
                let _ = changes[..at]
                    .iter()
                    .try_for_each(|old| output::replace_file(Path::new(&old.path), &old.new, &old.old));
            }
            written?;
        }
        Ok(())
    }

    fn tell(&self, fixed: &Fixed, changes: &[Change]) {
        for (from, to) in &fixed.replaced {
            self.reporter.info(&format!("{from} -> {to}"));
        }
        for change in changes {
            self.reporter.info(&format!("changed {}", paths::shown(&change.path)));
        }
        let directory = Path::new(&self.file).parent().and_then(Path::to_str).unwrap_or("/");
        if changes.iter().any(|change| !is_within(&change.path, directory)) {
            self.reporter.warn("other kustomizations may use the changed files outside of this one; render them, too");
        }
    }
}

/// Collects the files of resources and patches.
fn collect_files(target: &Target, files: &mut BTreeMap<String, VarsFile>) {
    let is_local = |path: &str| remote::parse(path).is_none() && !remote::is_remote_file(path);
    let mut add = |file: &crate::inputs::File, patch: Option<Mapping>| {
        if let Ok(text) = std::str::from_utf8(file.bytes()) {
            files.entry(file.real.clone()).or_insert_with(|| VarsFile { text: text.to_string(), patch });
        }
    };
    for entry in target.resources.iter().chain(&target.components).filter(|entry| is_local(&entry.path)) {
        if let Source::Manifest(file) = &entry.source {
            add(file, None);
        }
    }
    for patch in patches(target) {
        let path = Located { value: fields::text(&patch, "path").to_string(), ..Located::default() };
        if let Some(file) = target.file(&path).ok().filter(|_| is_local(&path)) {
            add(file, Some(patch));
        }
    }
    for entry in target.resources.iter().chain(&target.components).filter(|entry| is_local(&entry.path)) {
        if let Source::Directory(included) = &entry.source {
            collect_files(included, files);
        }
    }
}

/// Returns the patches of a kustomization as entries of `patches`.
fn patches(target: &Target) -> Vec<Mapping> {
    let data = target.file.text().ok().and_then(|text| edit::read(text).ok()).unwrap_or_default();
    let list = |field: &str| fields::get(&data, field).and_then(Value::as_sequence).cloned().unwrap_or_default();
    let merges = list("patchesStrategicMerge").into_iter().map(|path| Mapping::from_iter([("path".into(), path)]));
    let patches = list("patches").into_iter().filter_map(|patch| patch.as_mapping().cloned());
    patches.chain(merges).collect()
}
