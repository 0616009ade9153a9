//! The flags for showing differences.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::comparison::report::{Detail, Report};
use crate::cli::comparison::{html, json, markdown, terminal, unified};
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::diff::Secrets;
use crate::message::Style;

/// How to show differences.
#[derive(Debug, Args)]
pub struct ViewFlags {
    /// How to show the differences
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,

    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Tell where each new value was written
    #[arg(long)]
    explain: bool,

    /// Show the values of Secrets
    #[arg(long)]
    show_secrets: bool,

    /// The most characters of a markdown text; what is beyond is only counted
    #[arg(long, value_name = "CHARACTERS", default_value_t = 60_000)]
    max_size: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The fields that differ, with both values
    Terminal,
    /// The manifests line by line, as `diff -u` shows them
    Unified,
    /// A comment on a pull request
    Markdown,
    /// For programs
    Json,
    /// A page for browsers, in one file
    Html,
}

impl ViewFlags {
    pub fn explains(&self) -> bool {
        self.explain
    }

    /// Returns what a comparison has to find out.
    pub fn detail(&self) -> Detail {
        let secrets = if self.show_secrets { Secrets::Shown } else { Secrets::Masked };
        Detail { secrets, has_sources: self.explain }
    }

    /// Prints or writes a report; nothing if nothing could be compared.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub fn show(&self, report: &Report) -> anyhow::Result<()> {
        if report.failed > 0 && report.comparisons.is_empty() {
            return Ok(());
        }
        let style = match self.output {
            Some(_) => Style::plain(),
            None => style_of(&std::io::stdout()),
        };
        let text = match self.format {
            Format::Terminal => terminal::text(report, style),
            Format::Unified => unified::text(report, style),
            Format::Markdown => markdown::text(report, self.max_size),
            Format::Json => json::text(report)?,
            Format::Html => html::text(report),
        };
        match &self.output {
            Some(path) => output::write_file(path, &text),
            None => output::show(&text).map(drop),
        }
    }
}
