//! `boutique edit fix`: replaces deprecated fields, and verifies that the output stays the same.

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
use crate::cli::name;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets;

pub const AFTER_HELP: &str = "\
Replaced fields:
  bases                                     -> resources
  imageTags                                 -> images
  commonLabels                              -> labels
  patchesJson6902, patchesStrategicMerge    -> patches
  helmChartInflationGenerator               -> helmCharts
  env (of generators)                       -> envs

apiVersion and kind are added if they are missing. The rest of the file is preserved, and included kustomizations are not \
changed.

The kustomization is rendered before and after the fix. Files are written only if the output is identical.

Examples:
  boutique edit fix                         Fix the kustomization in this directory
  boutique edit fix overlays/prod --vars    Also convert vars to replacements

Exit codes:
  0  Fixed, or nothing to fix
  1  Not fixed
  2  Usage error";

/// The fields that kustomize lists; the last one with `--vars`.
const KUSTOMIZE_LIST: [(&str, &str); 4] = [
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("commonLabels", "labels"),
    ("vars", "replacements"),
];

/// The command line of `edit fix`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kustomization directory
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Convert vars to replacements, and write placeholders where resources and patches use them
    #[arg(long)]
    vars: bool,

    /// Do not verify the fix by rendering
    #[arg(long)]
    no_verify: bool,

    #[command(flatten, next_help_heading = "Render options")]
    render_flags: RenderFlags,
}

/// A file with its old and new content.
struct Change {
    path: String,
    old: String,
    new: String,
}

/// A run of the command.
struct Fix<'a> {
    arguments: &'a Arguments,
    reporter: &'a Reporter,
    host: OsHost,
    target: String,
    options: Options,
    /// The real path of the kustomization file.
    file: String,
    text: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    run_fix(arguments, &reporter).unwrap_or_else(|error| reporter.fail(&error))
}

fn run_fix(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let path = targets::kustomization_file(&arguments.directory)?;
    let target = paths::absolute_or_url(&arguments.directory)?;
    let options = arguments.render_flags.options();
    let host = arguments.render_flags.host(std::slice::from_ref(&arguments.directory));
    let (file, text) = crate::cli::commands::edit::file::read(&path, &host, &options)?;
    Fix { arguments, reporter, host, target, options, file: file.real.clone(), text }.run()
}

impl Fix<'_> {
    fn run(&self) -> anyhow::Result<Code> {
        let verify = !self.arguments.no_verify;
        let before = verify.then(|| self.render(&[]));
        if let Some(Err(messages)) = &before {
            self.reporter.raw(messages);
            bail!("cannot verify the fix, as the kustomization does not render; use --no-verify to skip verification");
        }
        let mut first_reason = None;
        let mut tried: Option<String> = None;
        for order in [PatchOrder::AsKustomize, PatchOrder::AsApplied] {
            let (fixed, changes) = self.changes(order)?;
            if changes.is_empty() {
                self.print_replaced(&[])?;
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
                    self.report(&fixed, &changes)?;
                    return Ok(Code::Success);
                }
                Some(reason) => _ = first_reason.get_or_insert(reason),
            }
            tried = Some(fixed.text);
        }
        self.reporter.raw(&first_reason.unwrap_or_default());
        bail!("the fix would change the rendered output; nothing was changed");
    }

    /// Renders the kustomization with changes applied.
    fn render(&self, changes: &[Change]) -> Read {
        let files = changes.iter().map(|change| (change.path.clone(), change.new.clone().into_bytes()));
        let host = OverlayHost::new(&self.host, files.collect());
        let workspace = Workspace::new(&host, self.options.clone());
        render(&self.target, &workspace, true, self.reporter)
    }

    /// Returns how changes affect the rendered output, as text; `None` if the output is identical.
    fn difference(&self, before: &Read, changes: &[Change]) -> Option<String> {
        let after = match self.render(changes) {
            Ok(after) => after,
            Err(messages) => return Some(messages),
        };
        match before {
            Ok(before) => first_difference(("before", before), ("after", &after)),
            Err(messages) => Some(messages.clone()),
        }
    }

    /// Returns the fixed kustomization and the changed files.
    fn changes(&self, order: PatchOrder) -> anyhow::Result<(Fixed, Vec<Change>)> {
        let file = &self.file;
        let with_path = |error: edit::Error| anyhow::Error::new(error).context(paths::shown(file));
        let is_file = |path: &str| {
            let request = Request::Path { path: join(&self.target, path), within: None };
            !path.contains(['\n', '\0']) && matches!(self.host.answer(&request), Answer::File { .. })
        };
        let mut fixed = fix(&self.text, order, &is_file).map_err(with_path)?;
        let mut changes = Vec::new();
        if self.arguments.vars {
            let (target, mut files) = self.files_with_vars()?;
            let vars = target.kustomization().vars.iter().flatten().map(|var| &var.value);
            let old: Vec<VarsFile> = files.values().cloned().collect();
            let mut new = old.clone();
            let text = replace_vars(&fixed.text, &vars.collect::<Vec<_>>(), &mut new).map_err(with_path)?;
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

    /// Returns the kustomization and the local files that may use its vars: its resources and patches, and those of its
    /// bases.
    fn files_with_vars(&self) -> anyhow::Result<(Arc<Target>, BTreeMap<String, VarsFile>)> {
        let workspace = Workspace::new(&self.host, self.options.clone());
        let loaded = workspace.load(&self.target);
        let target = loaded.result.map_err(|diagnostics| {
            self.reporter.print(&diagnostics, &loaded.inputs);
            anyhow::anyhow!("cannot find the files that use vars")
        })?;
        let mut files = BTreeMap::new();
        collect_files(&target, &mut files);
        Ok((target, files))
    }

    /// Writes all files, or none of them.
    fn write(&self, changes: &[Change]) -> anyhow::Result<()> {
        for (at, change) in changes.iter().enumerate() {
            let result = output::replace_file(Path::new(&change.path), &change.old, &change.new);
            if result.is_err() {
                // The original error is reported, even if a file cannot be restored.
                let _ = changes[..at]
                    .iter()
                    .try_for_each(|old| output::replace_file(Path::new(&old.path), &old.new, &old.old));
            }
            result?;
        }
        Ok(())
    }

    /// Prints the replaced fields in the format of kustomize, which lists all fields, whether or not the file has them.
    ///
    /// # Errors
    /// Fails when standard output cannot be written.
    fn print_replaced(&self, replaced: &[(&str, &str)]) -> anyhow::Result<()> {
        let replaced = match (name::is_kustomize(), self.arguments.vars) {
            (true, true) => &KUSTOMIZE_LIST[..],
            (true, false) => &KUSTOMIZE_LIST[..KUSTOMIZE_LIST.len() - 1],
            (false, _) => replaced,
        };
        let lines: String = replaced.iter().map(|(from, to)| format!("  {from} -> {to}\n")).collect();
        if lines.is_empty() { Ok(()) } else { output::print(&format!("\nFixed fields:\n{lines}")).map(drop) }
    }

    /// Reports the replaced fields and the changed files.
    ///
    /// # Errors
    /// Fails when standard output cannot be written.
    fn report(&self, fixed: &Fixed, changes: &[Change]) -> anyhow::Result<()> {
        self.print_replaced(&fixed.replaced)?;
        for change in changes {
            self.reporter.info(&format!("changed {}", paths::shown(&change.path)));
        }
        let directory = Path::new(&self.file).parent().and_then(Path::to_str).unwrap_or("/");
        if changes.iter().any(|change| !is_within(&change.path, directory)) {
            self.reporter
                .warn("files outside of this directory were changed; check other kustomizations that use them");
        }
        if !self.arguments.vars && edit::read(&fixed.text).is_ok_and(|data| fields::get(&data, "vars").is_some()) {
            self.reporter.hint(&format!("to convert vars to replacements, run `{} edit fix --vars`", name::program()));
        }
        Ok(())
    }
}

/// Collects the local files of resources and patches, recursively.
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
