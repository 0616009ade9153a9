//! The pictures of the README and the book: what the program prints to a terminal, as SVG.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::pages::{Page, expect};
use crate::sandbox::{Sandbox, git};

/// The width of a character, the height of a line, and the margin, in pixels.
const CHARACTER: f64 = 8.4;
const LINE: f64 = 20.0;
const MARGIN: f64 = 18.0;

/// The height of the window's title bar.
const BAR: f64 = 34.0;

const DEFAULT: &str = "#d6deeb";

/// The colors of the terminal by their codes.
const COLORS: &[(&str, &str)] = &[
    ("31", "#ff6b68"),
    ("32", "#7ec699"),
    ("33", "#e5c07b"),
    ("34", "#6cb6ff"),
    ("35", "#c792ea"),
    ("36", "#56c8d8"),
    ("90", "#7f8fa6"),
];

/// The example of the README, as files.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new(&[]);
    for block in Page::read("docs/src/first-overlay.md").blocks() {
        let first = block.content.lines().next().unwrap_or_default();
        if let Some(path) = first.strip_prefix("# shop/") {
            sandbox.write(&format!("shop/{path}"), block.content);
        }
    }
    sandbox
}

/// Runs the program as on a terminal, and returns the picture of a terminal in which it was called.
fn picture(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command: Command = sandbox.command(arguments);
    command.env("CLICOLOR_FORCE", "1");
    let output = command.output().expect("the program runs");
    let quoted = |argument: &&str| if argument.contains('[') { format!("'{argument}'") } else { argument.to_string() };
    let arguments: Vec<String> = arguments.iter().map(quoted).collect();
    let mut text = format!("\u{1b}[32m$\u{1b}[0m boutique {}\n", arguments.join(" "));
    for bytes in [output.stdout, output.stderr] {
        text.push_str(&String::from_utf8(bytes).expect("output is UTF-8"));
    }
    svg(text.trim_end())
}

#[test]
fn pictures_are_up_to_date() {
    let sandbox = shop();
    let valid = sandbox.read("shop/prod/kustomization.yaml");
    let check = |name: &str, picture: String| expect(&Path::new("docs/src/pictures").join(name), &picture);

    sandbox.write("shop/prod/kustomization.yaml", valid.replace("namePrefix", "namePrefx"));
    check("error.svg", picture(&sandbox, &["render", "shop/prod"]));

    sandbox.write("shop/prod/kustomization.yaml", &valid);
    let path = "spec.template.spec.containers[name=server].image";
    check("explain.svg", picture(&sandbox, &["explain", "shop/prod", "deploy/web", path]));

    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "-qm", "The shop"]);
    sandbox.write("shop/prod/kustomization.yaml", valid.replace("v2", "v3"));
    let base = sandbox.read("shop/base/kustomization.yaml");
    sandbox.write("shop/base/kustomization.yaml", base.replace("light", "dark"));
    check("diff.svg", picture(&sandbox, &["diff", "shop/prod", "--since", "main"]));
}

/// A stretch of text that looks the same.
#[derive(Clone, Debug, Default, PartialEq)]
struct Run {
    text: String,
    color: Option<&'static str>,
    is_bold: bool,
    is_dim: bool,
}

/// Draws text with the escape sequences of a terminal.
fn svg(text: &str) -> String {
    let lines: Vec<Vec<Run>> = text.lines().map(runs).collect();
    let columns = lines.iter().map(|line| width(line)).max().unwrap_or_default().max(60);
    let width = columns as f64 * CHARACTER + 2.0 * MARGIN;
    let height = lines.len() as f64 * LINE + BAR + 2.0 * MARGIN - 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b2330\"/>\n"
    );
    for (index, color) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = 20 + index * 20;
        writeln!(svg, "<circle cx=\"{x}\" cy=\"18\" r=\"6\" fill=\"{color}\"/>").expect("writing to a string");
    }
    for (index, line) in lines.iter().enumerate() {
        let y = BAR + MARGIN + 4.0 + index as f64 * LINE;
        let mut column = 0;
        for run in line {
            let length = run.text.chars().count();
            if !run.text.trim().is_empty() {
                text_element(&mut svg, run, column, y);
            }
            column += length;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Adds a run. Its width is fixed, so that columns are aligned whatever the font is.
fn text_element(svg: &mut String, run: &Run, column: usize, y: f64) {
    let shown = run.text.trim_end();
    let leading = shown.chars().take_while(|c| *c == ' ').count();
    let shown = shown.trim_start();
    let x = MARGIN + (column + leading) as f64 * CHARACTER;
    let length = shown.chars().count() as f64 * CHARACTER;
    let fill = run.color.unwrap_or(DEFAULT);
    let weight = if run.is_bold { " font-weight=\"bold\"" } else { "" };
    let opacity = if run.is_dim { " opacity=\"0.6\"" } else { "" };
    let text = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    writeln!(
        svg,
        "<text xml:space=\"preserve\" x=\"{x:.1}\" y=\"{y:.0}\" textLength=\"{length:.1}\" fill=\"{fill}\"{weight}{opacity}>{text}</text>"
    )
    .expect("writing to a string");
}

fn width(line: &[Run]) -> usize {
    line.iter().map(|run| run.text.chars().count()).sum()
}

/// Splits a line where its look changes.
fn runs(line: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut current = Run::default();
    let mut parts = line.split("\u{1b}[");
    current.text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (codes, text) = part.split_once('m').expect("only looks are set");
        runs.push(current.clone());
        for code in codes.split(';') {
            match code {
                "" | "0" => current = Run::default(),
                "1" => current.is_bold = true,
                "2" => current.is_dim = true,
                code => current.color = Some(color(code)),
            }
        }
        current.text = text.to_string();
    }
    runs.push(current);
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn color(code: &str) -> &'static str {
    let known = COLORS.iter().find(|(known, _)| *known == code);
    known.unwrap_or_else(|| panic!("there is no color for the code {code}")).1
}

#[test]
fn looks_are_read() {
    let runs = runs("a\u{1b}[1;31mb\u{1b}[0m c");
    let looks: Vec<(&str, Option<&str>, bool)> =
        runs.iter().map(|run| (run.text.as_str(), run.color, run.is_bold)).collect();
    assert_eq!(looks, [("a", None, false), ("b", Some("#ff6b68"), true), (" c", None, false)]);
}
