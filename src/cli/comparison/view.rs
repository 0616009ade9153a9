//! The flags that control how differences are shown.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::comparison::report::{Detail, Report};
use crate::cli::comparison::{html, json, markdown, terminal, unified};
use crate::cli::messages::style::style_of;
use crate::cli::output;
use crate::diff::Secrets;
use crate::message::Style;

/// The flags of the commands that compare.
#[derive(Debug, Args)]
pub struct ViewFlags {
    /// Set the output format
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,

    /// Write the output to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Show the source location of each new value
    #[arg(long)]
    explain: bool,

    /// Show the values of Secrets
    #[arg(long)]
    show_secrets: bool,

    /// Limit the length of Markdown output; further differences are only counted
    #[arg(long, value_name = "CHARACTERS", default_value_t = 60_000)]
    max_size: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Changed fields with both values
    Terminal,
    /// Unified diff of the manifests, like `diff -u`
    Unified,
    /// Markdown for a pull request comment
    Markdown,
    /// JSON
    Json,
    /// Self-contained HTML page
    Html,
}

impl ViewFlags {
    pub fn explains(&self) -> bool {
        self.explain
    }

    /// Returns the level of detail of the comparison.
    pub fn detail(&self) -> Detail {
        let secrets = if self.show_secrets { Secrets::Shown } else { Secrets::Masked };
        Detail { secrets, has_sources: self.explain }
    }

    /// Prints or writes a report, unless every comparison failed.
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
