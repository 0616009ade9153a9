//! `boutique version`: prints version information, in the formats of `kustomize version`.

use clap::{Args, ValueEnum};

use crate::cli::exit::Code;
use crate::cli::messages::report::Reporter;
use crate::cli::name::is_kustomize;
use crate::cli::output;
use crate::emit::{KUSTOMIZE_API_VERSION, KUSTOMIZE_VERSION};

pub const AFTER_HELP: &str = "\
The first version is that of the compatible kustomize release, so scripts that check the kustomize version keep working.

Examples:
  boutique version
  boutique version -o json";

/// The value of fields that would make builds of the same source differ.
const UNKNOWN: &str = "unknown";

/// The command line of `version`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the version and build date in braces (deprecated by kustomize)
    #[arg(long, conflicts_with = "output")]
    short: bool,

    /// Print all version information in this format
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Code {
    let reporter = Reporter::for_stderr();
    if arguments.short {
        reporter.deprecated_flag("short", "and will be removed in the future.");
    }
    output::print(&text(arguments)).map_or_else(|error| reporter.fail(&error), |_| Code::Success)
}

fn text(arguments: &Arguments) -> String {
    let fields = [
        ("version", KUSTOMIZE_VERSION),
        ("gitCommit", UNKNOWN),
        ("buildDate", UNKNOWN),
        ("goOs", operating_system()),
        ("goArch", architecture()),
        ("boutiqueVersion", env!("CARGO_PKG_VERSION")),
        ("kustomizeApiVersion", KUSTOMIZE_API_VERSION),
    ];
    match arguments.output {
        // The commit and the fields about Go are empty.
        None if arguments.short => format!("{{kustomize/{KUSTOMIZE_VERSION}  {UNKNOWN}   }}\n"),
        None if is_kustomize() => format!("{KUSTOMIZE_VERSION}\n"),
        None => format!(
            "{KUSTOMIZE_VERSION} (boutique {}, kustomize api {})\n",
            env!("CARGO_PKG_VERSION"),
            KUSTOMIZE_API_VERSION
        ),
        // kustomize prints an empty line after both formats.
        Some(Format::Yaml) => {
            let lines: String = fields.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
            lines + "\n"
        }
        Some(Format::Json) => {
            let lines: Vec<String> = fields.iter().map(|(key, value)| format!("  \"{key}\": \"{value}\"")).collect();
            format!("{{\n{}\n}}\n", lines.join(",\n"))
        }
    }
}

/// Returns Go's name for the operating system.
fn operating_system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// Returns Go's name for the CPU architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
