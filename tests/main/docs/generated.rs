//! The parts of the pages that are made from the program: usage and options of commands, codes, and exit codes.
//!
//! Such a part stands between `<!-- generated: KIND ARGUMENTS -->` and `<!-- end -->`.

use std::fmt::Write as _;
use std::path::PathBuf;

use boutique::{Code, Level};
use clap::{Arg, ArgAction, Command};

use super::pages::Page;

const START: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";

/// Returns the text of a page with regenerated parts, and their number.
pub fn regenerate(page: &Page) -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    let mut rest = page.text.as_str();
    while let Some((before, after)) = rest.split_once(START) {
        let (what, after) = after.split_once(" -->\n").expect("the marker is on a line of its own");
        let (_, after) = after.split_once(END).unwrap_or_else(|| panic!("{what} has no end"));
        write!(text, "{before}{START}{what} -->\n{}{END}", generate(what)).expect("writing to a string");
        rest = after;
        count += 1;
    }
    text.push_str(rest);
    (text, count)
}

#[test]
fn every_command_has_a_page() {
    let summary = Page::read("docs/src/SUMMARY.md").text;
    for command in commands() {
        let name = command.get_name();
        let page = Page::read(format!("docs/src/commands/{name}.md"));
        assert!(page.text.starts_with(&format!("# boutique {name}\n")), "{} has another heading", page.path.display());
        assert!(page.text.contains(&format!("{START}options {name} -->")), "{} has no options", page.path.display());
        assert!(summary.contains(&format!("](commands/{name}.md)")), "{name} is not in the summary");
    }
}

/// Returns the commands of the program.
fn commands() -> Vec<Command> {
    let mut root = boutique::cli::command();
    root.build();
    root.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect()
}

/// Returns a part of a page, with a line end before and after it.
fn generate(what: &str) -> String {
    let words: Vec<&str> = what.split(' ').collect();
    let text = match words[..] {
        ["options", name] => {
            let command = commands().into_iter().find(|command| command.get_name() == name);
            options(&command.unwrap_or_else(|| panic!("there is no command {name}")), 2)
        }
        ["commands"] => command_table(),
        ["group", heading] => {
            let render = commands().into_iter().find(|command| command.get_name() == "render").expect("there is one");
            let arguments = render.get_arguments().filter(|argument| argument.get_help_heading() == Some(heading));
            arguments.map(|argument| option(argument) + "\n").collect()
        }
        ["codes", level] => codes(match level {
            "error" => Level::Error,
            "warning" => Level::Warning,
            "lint" => Level::Lint,
            "advice" => Level::Advice,
            "api" => Level::Api,
            _ => panic!("there is no level {level}"),
        }),
        _ => panic!("nobody knows how to generate {what}"),
    };
    format!("\n{}\n\n", text.trim_end())
}

fn command_table() -> String {
    let rows = commands().into_iter().map(|command| {
        let name = command.get_name();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        format!("| [`{name}`](commands/{name}.md) | {about} |\n")
    });
    format!("| command | purpose |\n| --- | --- |\n{}", rows.collect::<String>())
}

/// Returns the usage of a command, its options by heading, and the commands below it.
fn options(command: &Command, level: usize) -> String {
    let heading = "#".repeat(level);
    let mut text = String::new();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").expect("clap's usage starts with this");
    writeln!(text, "{heading} Usage\n\n```text\n{usage}\n```\n").expect("writing to a string");
    let mut groups: Vec<(&str, Vec<&Arg>)> = Vec::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let name = match argument.get_help_heading() {
            Some(heading) => heading,
            None if argument.is_positional() => "Arguments",
            None => "Options",
        };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, arguments)) => arguments.push(argument),
            None => groups.push((name, vec![argument])),
        }
    }
    for (name, arguments) in groups {
        writeln!(text, "{heading} {name}\n").expect("writing to a string");
        for argument in arguments {
            writeln!(text, "{}", option(argument)).expect("writing to a string");
        }
        text.push('\n');
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let name = below.get_bin_name().unwrap_or(below.get_name());
        let about = below.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(text, "{heading} {name}\n\n{about}.\n").expect("writing to a string");
        text.push_str(&options(below, level + 1));
    }
    text
}

/// Returns the list item of an option or argument.
fn option(argument: &Arg) -> String {
    let values: Vec<String> = match argument.get_action() {
        ArgAction::Set | ArgAction::Append => {
            let names = argument.get_value_names().unwrap_or_default();
            names.iter().map(|name| format!("<{name}>")).collect()
        }
        _ => Vec::new(),
    };
    let long = argument.get_long().map(|name| format!("--{name}"));
    let short = argument.get_short().map(|name| format!("-{name}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join("`, `");
    let name = [vec![names], values].concat().into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let (help, mut default) = split_default(&help);
    let mut text = format!("- `{name}`: {}", sentence(&help).replace("\n\n", "\n\n  "));
    let values: Vec<_> = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        text.push('\n');
        for value in &values {
            write!(text, "\n  - `{}`", value.get_name()).expect("writing to a string");
            if let Some(help) = value.get_help() {
                write!(text, ": {help}").expect("writing to a string");
            }
        }
    }
    let values_of_clap = argument.get_default_values().iter().filter(|value| !value.is_empty());
    let defaults: Vec<String> = values_of_clap.map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() {
        default = Some(defaults.join(", "));
    }
    if let Some(default) = default {
        let gap = if values.is_empty() { " " } else { "\n\n  " };
        write!(text, "{gap}Default: {default}.").expect("writing to a string");
    }
    text
}

/// Splits a default off that the help describes in words.
fn split_default(help: &str) -> (String, Option<String>) {
    let Some((before, rest)) = help.split_once("[default: ") else { return (help.to_string(), None) };
    let (default, after) = rest.split_once(']').expect("the bracket is closed");
    (format!("{}{after}", before.trim_end()), Some(default.to_string()))
}

fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', ')', ':']) { text.to_string() } else { format!("{text}.") }
}

/// Returns the table of the codes of a level.
fn codes(level: Level) -> String {
    let codes = Code::ALL.iter().filter(|code| code.level() == level);
    let rows = codes.map(|code| {
        let fix = if code.fix().is_some() { "yes" } else { "" };
        let name = code.as_str();
        format!("| [`{name}`](diagnostics/{name}.md) | {} | {fix} |\n", code.summary().replace('|', "\\|"))
    });
    format!("| code | meaning | fix |\n| --- | --- | --- |\n{}", rows.collect::<String>())
}

/// Returns the summary of the book with an entry for the page of each code.
pub fn summary(text: &str) -> String {
    let (before, after) = text.split_once(DIAGNOSTICS).expect("the summary has the page of all codes");
    let after: String = after.split_inclusive('\n').skip_while(|line| line.starts_with("  - ")).collect();
    format!("{before}{DIAGNOSTICS}{}{after}", code_entries())
}

const DIAGNOSTICS: &str = "- [Diagnostics](reference/diagnostics.md)\n";

fn code_entries() -> String {
    let entries = Code::ALL.iter().map(|code| {
        let name = code.as_str();
        format!("  - [{name}](reference/diagnostics/{name}.md)\n")
    });
    entries.collect()
}

/// Returns the path and text of the page of a code.
pub fn code_page(code: Code) -> (PathBuf, String) {
    let name = code.as_str();
    let level = match code.level() {
        Level::Error => "Error: the input is invalid, and nothing is rendered.",
        Level::Warning => "Warning: always reported.",
        Level::Lint => "Lint: reported by `boutique lint`, and by a render with `--strict`.",
        Level::Advice => "Advice: reported by `boutique lint --advice`, or if the code is selected.",
        Level::Api => "API error: reported by `boutique validate`; an API server refuses the object.",
    };
    let mut text = format!("# {name}\n\n{level}\n\n{}\n", code.explanation().trim());
    if let Some(fix) = code.fix() {
        write!(text, "\n## Fix\n\n[`boutique lint --fix`](../../commands/lint.md#fixes): {fix}\n")
            .expect("writing to a string");
    }
    if code.is_suppressible() {
        write!(
            text,
            "\n## Suppression\n\nThe comment `# boutique: allow({name})` at the end of the line, on the line before it, or at the top \
             of the file\nsuppresses it, and so does `ignore` in [boutique.toml](../boutique-toml.md).\n"
        )
        .expect("writing to a string");
    }
    (PathBuf::from(format!("docs/src/reference/diagnostics/{name}.md")), text)
}
