//! `boutique lint`: what often is a mistake, in all targets of a tree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::inputs::{Found, Known};
use crate::io::{Host as _, OsHost, Outcome, Workspace};
use crate::lint::{Finding, Key, Need, Outputs, Provided};
use crate::policy::Policy;
use crate::request::Request;
use crate::yaml::ParseLimits;
use crate::{Inputs, Options, lint, parallel};
use clap::Args;

use crate::cli::exit::Code;
use crate::cli::flags::policy::PolicyFlags;
use crate::cli::flags::render::RenderFlags;
use crate::cli::messages::report::CommandWords;
use crate::cli::messages::report::{Format, Reporter};
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::targets;
use crate::message::Message;

pub const AFTER_HELP: &str = "\
Targets are the kustomizations that no other one includes, as with `render --all`. What is told, and what it means,
`boutique explain CODE` says.

A comment turns a diagnostic off: `# boutique: allow(CODE)` at the end of the line, on the line before it, or at the
top of the file.

Examples:
  boutique lint                                        the tree in this directory
  boutique lint --strict --allow overwritten-key       fail on anything but this
  boutique lint --format github                        annotate the lines of a pull request
  boutique lint --format sarif > boutique.sarif        for code scanning

Exit codes:
  0  no errors    1  errors; with --strict, warnings are    2  mistakes on the command line";

/// The command line of `lint`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory to look for targets in
    #[arg(value_name = "ROOT", default_value = ".")]
    root: PathBuf,

    #[command(flatten)]
    policy: PolicyFlags,

    /// How to write what is found
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Diagnostics")]
    format: Format,

    /// Print no summary
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    render_flags: RenderFlags,
}

/// Prints what is found, and tells by the exit code whether there are errors.
pub fn run(arguments: &Arguments) -> Code {
    match parallel::on_a_large_stack(|| lint(arguments)) {
        Ok(code) => code,
        Err(error) => Reporter::for_stderr().fail(&error),
    }
}

fn lint(arguments: &Arguments) -> anyhow::Result<Code> {
    let policy = arguments.policy.policy(true);
    let host = arguments.render_flags.host();
    let options = Options { advice: true, ..arguments.render_flags.options() };
    let targets = targets::find(&arguments.root, false, &host, &options)?;
    let workspace = Workspace::new(&host, options);
    let checked = parallel::map(&targets, targets::default_jobs(), |target| check(target, &workspace, &policy));
    let mut messages = messages_of_targets(&checked);
    // What a target that fails would read is not known.
    if checked.iter().all(|checked| checked.provided.is_some()) {
        messages.extend(unused_files(&arguments.root, &checked, &host, &policy)?);
    }
    messages.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let errors = messages.iter().filter(|message| message.is_error()).count();
    let warnings = messages.len() - errors;
    let reporter = Reporter::new(style_of(&std::io::stdout()), arguments.format);
    let text: String = messages.into_iter().map(|message| reporter.message_text(message)).collect();
    output::print(&(text + &reporter.collected_text()))?;
    if !arguments.quiet && arguments.format == Format::Text {
        let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let (errors, warnings) = (plural(errors, "error"), plural(warnings, "warning"));
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "checked {}: {errors}, {warnings}", plural(targets.len(), "target"));
    }
    Ok(if errors == 0 { Code::Success } else { Code::Failure })
}

/// What is known of a target.
struct Checked {
    messages: Vec<Message>,
    /// What is only told if no other output has what is needed.
    open: Vec<((Key, Need), Message)>,
    /// What the output has for others; `None` if there is none.
    provided: Option<Provided>,
    /// The files that were read, by the paths under which messages name them.
    read: HashSet<String>,
    /// The same, with links followed.
    read_real: Vec<String>,
}

fn check(target: &str, workspace: &Workspace<'_>, policy: &Policy) -> Checked {
    let Outcome { result, inputs } = workspace.render(target);
    let told = |diagnostics: Vec<Diagnostic>| -> Vec<Message> {
        policy
            .judge(diagnostics, &inputs)
            .iter()
            .map(|diagnostic| Message::new(diagnostic, &inputs, &CommandWords))
            .collect()
    };
    let (mut messages, mut open, mut provided) = (Vec::new(), Vec::new(), None);
    match result {
        Ok(rendered) => {
            messages.extend(told(rendered.warnings().to_vec()));
            messages.extend(told(lint::check(&rendered)));
            for Finding { diagnostic, open: need } in lint::check_target(target, &rendered) {
                match need {
                    Some(need) => {
                        open.extend(told(vec![diagnostic]).into_iter().map(|message| (need.clone(), message)))
                    }
                    None => messages.extend(told(vec![diagnostic])),
                }
            }
            provided = Some(Provided::new(rendered.resources()));
        }
        Err(errors) => messages.extend(told(errors)),
    }
    // The files beside the answers are those of all targets.
    let file_of = |(_, known): (_, &Known)| match known {
        Known::Found(Found::File(file)) => Some(file.clone()),
        _ => None,
    };
    let read: Vec<_> = inputs.answers().filter_map(file_of).collect();
    Checked {
        messages,
        open,
        provided,
        read: read.iter().map(|file| paths::shown(&file.path)).collect(),
        read_real: read.iter().map(|file| file.real.clone()).collect(),
    }
}

/// Returns what is told about the targets, once if several tell the same. That a component finds nothing to change is only
/// told if no target that includes it has what it is for.
fn messages_of_targets(checked: &[Checked]) -> Vec<Message> {
    let mut outputs = Outputs::new(checked.iter().filter_map(|checked| checked.provided.as_ref()));
    let mut by_place: BTreeMap<_, (&Message, usize)> = BTreeMap::new();
    for checked in checked {
        let open = checked.open.iter().filter(|((object, need), _)| !outputs.have(object, need));
        // Names differ among the targets that include a base, so the text does not count.
        let mut in_target: HashMap<_, usize> = HashMap::new();
        for message in checked.messages.iter().chain(open.map(|(_, message)| message)) {
            let (path, line, column, code, _) = message.sort_key();
            let nth = in_target.entry((path, line, column, code)).or_default();
            by_place.entry((path, line, column, code, *nth)).or_insert((message, 0)).1 += 1;
            *nth += 1;
        }
    }
    let mut readers: HashMap<&str, usize> = HashMap::new();
    for path in checked.iter().filter(|checked| checked.provided.is_some()).flat_map(|checked| &checked.read) {
        *readers.entry(path).or_default() += 1;
    }
    let is_true_everywhere = |message: &Message, count: usize| {
        let depends = message.kind().is_some_and(|code| code.depends_on_resources());
        let readers = message.place().and_then(|place| readers.get(place.path.as_str()));
        !depends || readers.is_none_or(|&readers| count >= readers)
    };
    let told = by_place.into_values().filter(|&(message, count)| is_true_everywhere(message, count));
    told.map(|(message, _)| message.clone()).collect()
}

/// Returns what is to say about files that no target reads, in and below directories that have a kustomization. The files
/// of a component that nothing includes go without saying.
fn unused_files(root: &Path, checked: &[Checked], host: &OsHost, policy: &Policy) -> anyhow::Result<Vec<Message>> {
    let read: HashSet<&str> = checked.iter().flat_map(|checked| &checked.read_real).map(String::as_str).collect();
    let mut messages = Vec::new();
    let mut unused_components = Vec::new();
    let mut paths = targets::files_of_kustomizations(root)?;
    let within = Some(paths::absolute_or_url(&root.canonicalize()?)?);
    paths.retain(|path| !read.contains(path.as_str()));
    // Kustomizations first.
    paths.sort_by_key(|path| !targets::is_kustomization_file(Path::new(path)));
    for path in paths {
        if unused_components.iter().any(|directory| Path::new(&path).starts_with(directory)) {
            continue;
        }
        let mut inputs = Inputs::new();
        let request = Request::Path { path: path.clone(), within: within.clone() };
        let answer = host.answer(&request);
        let Found::File(file) = inputs.insert_found(request, answer) else { continue };
        let Some(diagnostic) = lint::unused(&file, ParseLimits::default()) else { continue };
        if diagnostic.code == crate::Code::UnusedComponent {
            unused_components.extend(Path::new(&path).parent().map(Path::to_path_buf));
        }
        let told = policy.judge([diagnostic], &inputs);
        messages.extend(told.iter().map(|diagnostic| Message::new(diagnostic, &inputs, &CommandWords)));
    }
    Ok(messages)
}
