//! `boutique tree`: shows the dependency tree of a kustomization.

use std::collections::VecDeque;
use std::path::PathBuf;

use crate::io::{self, OsHost, Outcome};
use crate::options::Options;
use crate::path::relative;
use crate::survey::{Include, Part, PartKind, Repositories, Setting, SettingValue, Structure};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::cli::commands::deployers;
use crate::cli::exit::Code;
use crate::cli::flags::limits::LimitFlags;
use crate::cli::guard;
use crate::cli::messages::report::Reporter;
use crate::cli::messages::style::{pretty_json, printable, style_of};
use crate::cli::output;
use crate::cli::paths;
use crate::cli::paths::working_directory;
use crate::message::Style;

pub const AFTER_HELP: &str = "\
Entries are shown as written in the kustomization file. Entries of fields other than `resources` are prefixed with the name \
of the field. The content of a kustomization that is included repeatedly is shown once. No programs are run, and remote \
content is fetched only with --fetch.

Examples:
  boutique tree overlays/prod
  boutique tree overlays/prod --depth 1        Show only direct dependencies
  boutique tree overlays/prod --fetch          Also show the dependencies of remote bases
  boutique tree overlays/prod --format json    Print JSON
  boutique tree --roots                        Show which directories Flux and Argo CD deploy

Exit codes:
  0  Success
  1  A file is missing or could not be read; the rest is shown
  2  Usage error";

/// The command line of `tree`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    survey: SurveyArguments,

    #[command(flatten)]
    limit_flags: LimitFlags,

    /// Limit the depth of the tree
    #[arg(long, value_name = "N")]
    depth: Option<usize>,

    /// Show what Flux Kustomizations and Argo CD Applications below DIR deploy
    #[arg(long, conflicts_with_all = ["depth", "fetch"])]
    roots: bool,

    /// Draw the lines with ASCII characters
    #[arg(long)]
    ascii: bool,

    /// Set the output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The kustomization to survey.
#[derive(Debug, Args)]
pub struct SurveyArguments {
    /// The kustomization directory
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,

    /// Fetch git repositories to show their dependencies
    #[arg(long)]
    fetch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text with tree lines
    Text,
    /// JSON list of parts, which refer to each other by id
    Json,
}

impl SurveyArguments {
    /// Surveys the kustomization.
    ///
    /// # Errors
    /// Fails on paths that are not UTF-8.
    pub fn survey(&self, host: &OsHost, options: &Options) -> anyhow::Result<Outcome<Structure>> {
        let repositories = if self.fetch { Repositories::Fetched } else { Repositories::Named };
        Ok(io::survey(host, &paths::absolute_or_url(&self.directory)?, repositories, options))
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    show(arguments, &reporter).unwrap_or_else(|error| reporter.fail(&error))
}

fn show(arguments: &Arguments, reporter: &Reporter) -> anyhow::Result<Code> {
    let flags = &arguments.limit_flags;
    let options = Options {
        load_restrictions: flags.load_restrictions(),
        limits: flags.parse_limits(),
        render_limits: flags.render_limits(),
        budget: guard::budget(),
        ..Options::default()
    };
    if arguments.roots {
        let host = OsHost::new(flags.host_options());
        let (is_json, lines) = (arguments.format == Format::Json, if arguments.ascii { ASCII } else { UNICODE });
        let text = match is_json {
            true => deployers::json(&arguments.survey.directory, &host, &options)?,
            false => {
                let style = style_of(&std::io::stdout());
                deployers::text(&arguments.survey.directory, &host, &options, &style, [lines.entry, lines.last_entry])?
            }
        };
        output::show(&text)?;
        return Ok(Code::Success);
    }
    let Outcome { result, inputs } = arguments.survey.survey(&OsHost::new(flags.host_options()), &options)?;
    let structure = match result {
        Ok(structure) => structure,
        Err(diagnostics) => {
            reporter.print(&diagnostics, &inputs);
            return Ok(Code::Failure);
        }
    };
    let depth = arguments.depth.unwrap_or(usize::MAX);
    let here = working_directory()?;
    let text = match arguments.format {
        Format::Text => {
            let style = style_of(&std::io::stdout());
            let lines = if arguments.ascii { ASCII } else { UNICODE };
            Printer { structure: &structure, depth, style, lines }.text(&here)
        }
        Format::Json => pretty_json(&json(&structure, depth, &here))?,
    };
    output::show(&text)?;
    reporter.print(&structure.problems, &inputs);
    Ok(if structure.problems.is_empty() { Code::Success } else { Code::Failure })
}

/// Returns the name of a part. Paths are shown relative to the directory `here`.
pub fn shown_name(part: &Part, here: &str) -> String {
    if part.name.starts_with('/') && part.kind.may_be_path() { relative(&part.name, here) } else { part.name.clone() }
}

/// The prefixes that draw the lines of the tree.
struct Lines {
    /// The prefix of an entry that is followed by a sibling.
    entry: &'static str,
    /// The prefix of the last entry.
    last_entry: &'static str,
    /// The prefix of the descendants of an entry that is followed by a sibling.
    continuation: &'static str,
}

const UNICODE: Lines = Lines { entry: "├── ", last_entry: "└── ", continuation: "│   " };
const ASCII: Lines = Lines { entry: "|-- ", last_entry: "`-- ", continuation: "|   " };

/// The prefix of the descendants of the last entry.
const BLANK: &str = "    ";

struct Printer<'a> {
    structure: &'a Structure,
    depth: usize,
    style: Style,
    lines: Lines,
}

/// An entry to print.
struct Line<'a> {
    include: &'a Include,
    /// The prefixes of its ancestors.
    margin: String,
    is_last: bool,
    level: usize,
}

impl Printer<'_> {
    fn text(&self, here: &str) -> String {
        let root = &self.structure.parts[0];
        let mut text = format!("{}{}\n", self.bold(&shown_name(root, here)), self.details(root, None));
        let mut printed = vec![false; self.structure.parts.len()];
        printed[0] = true;
        let mut to_print = Vec::new();
        self.push_entries(root, "", 1, &mut to_print);
        while let Some(line) = to_print.pop() {
            let part = &self.structure.parts[line.include.part];
            let (branch, continuation) = match line.is_last {
                true => (self.lines.last_entry, BLANK),
                false => (self.lines.entry, self.lines.continuation),
            };
            let is_repeated = printed[line.include.part] && part.kind.is_kustomization();
            let is_truncated = line.level >= self.depth && !part.includes.is_empty();
            let status = match part.kind {
                PartKind::Missing => Some("not found".to_string()),
                PartKind::Unreadable => Some("unreadable".to_string()),
                PartKind::Repository => Some("not fetched".to_string()),
                _ if is_repeated => Some("shown above".to_string()),
                _ if is_truncated && part.includes.len() == 1 => Some("1 entry".to_string()),
                _ if is_truncated => Some(format!("{} entries", part.includes.len())),
                _ => None,
            };
            text.push_str(&format!("{}{branch}{}\n", line.margin, self.entry(line.include, part, status, is_repeated)));
            if !is_repeated && !is_truncated {
                printed[line.include.part] = true;
                self.push_entries(part, &format!("{}{continuation}", line.margin), line.level + 1, &mut to_print);
            }
        }
        text
    }

    /// Pushes the includes of a part on a stack, with the first on top. Includes below the maximum depth are skipped.
    fn push_entries<'a>(&self, part: &'a Part, margin: &str, level: usize, to_print: &mut Vec<Line<'a>>) {
        if level > self.depth {
            return;
        }
        let last = part.includes.len().saturating_sub(1);
        for (at, include) in part.includes.iter().enumerate().rev() {
            to_print.push(Line { include, margin: margin.to_string(), is_last: at == last, level });
        }
    }

    fn entry(&self, include: &Include, part: &Part, status: Option<String>, is_repeated: bool) -> String {
        let field = if include.field == "resources" { String::new() } else { format!("{}: ", include.field) };
        let name = match part.kind {
            PartKind::Missing | PartKind::Unreadable => self.style.paint(&printable(&include.written), "31"),
            kind if kind.is_kustomization() => self.bold(&include.written),
            _ => printable(&include.written),
        };
        let details = if is_repeated { self.parenthesis(status) } else { self.details(part, status) };
        format!("{}{name}{details}", self.style.paint(&field, "36"))
    }

    fn bold(&self, text: &str) -> String {
        self.style.paint(&printable(text), "1")
    }

    /// Returns the settings of a part and its status, in parentheses.
    fn details(&self, part: &Part, status: Option<String>) -> String {
        self.parenthesis(part.settings.iter().map(setting_text).chain(status))
    }

    fn parenthesis(&self, texts: impl IntoIterator<Item = String>) -> String {
        let texts: Vec<String> = texts.into_iter().collect();
        if texts.is_empty() {
            return String::new();
        }
        self.style.paint(&format!(" ({})", printable(&texts.join("; "))), "2")
    }
}

/// Returns a setting of a part as text.
pub fn setting_text(setting: &Setting) -> String {
    match &setting.value {
        SettingValue::Text(text) => format!("{}: {text}", setting.field),
        SettingValue::Count(count) => format!("{}: {count}", setting.field),
    }
}

/// Returns the parts up to a depth below the first one, as JSON.
fn json(structure: &Structure, depth: usize, here: &str) -> Value {
    let mut levels = vec![None; structure.parts.len()];
    levels[0] = Some(0);
    let mut to_visit = VecDeque::from([0]);
    while let Some(at) = to_visit.pop_front() {
        let level = levels[at].unwrap_or_default() + 1;
        for include in structure.parts[at].includes.iter().filter(|_| level <= depth) {
            if levels[include.part].is_none() {
                levels[include.part] = Some(level);
                to_visit.push_back(include.part);
            }
        }
    }
    let include = |include: &Include| json!({"field": include.field, "written": include.written, "id": include.part});
    let parts = structure.parts.iter().zip(levels).enumerate().filter_map(|(id, (part, level))| {
        let is_shown = level? < depth;
        let notes: Map<String, Value> =
            part.settings.iter().map(|setting| (setting.field.to_string(), json!(setting.value))).collect();
        let includes: Vec<Value> = part.includes.iter().filter(|_| is_shown).map(include).collect();
        Some(json!({
            "id": id,
            "kind": part.kind,
            "name": shown_name(part, here),
            "notes": notes,
            "includes": includes,
        }))
    });
    parts.collect()
}
