//! Values that are planted wherever the fixtures have a Secret, also in broken variants, and that nothing but a render may show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::cases::{self, Case};
use crate::sandbox::{Run, Sandbox};

/// A value without punctuation, so that it stays in one piece. Its first half is unlikely to occur elsewhere, too.
const CANARY: &str = "Kanary7Zq";

/// The value in base64.
const ENCODED: &str = "S2FuYXJ5N1px";

/// The parts of both that count as shown: texts may be shortened.
const PARTS: [&str; 2] = ["Kanary", "S2FuYXJ5"];

/// Everything that shows a tree. Of a render only the messages count.
const VIEWS: [&[&str]; 20] = [
    &["render"],
    &["render", "--message-format", "json"],
    &["render", "--message-format", "github"],
    &["render", "--message-format", "sarif"],
    &["explain"],
    &["explain", "--format", "json"],
    &["diff"],
    &["diff", "--format", "unified", "--explain"],
    &["diff", "--format", "markdown"],
    &["diff", "--format", "json"],
    &["diff", "--format", "html"],
    &["lint"],
    &["tree"],
    &["tree", "--format", "json"],
    &["graph", "--format", "html"],
    &["graph", "--resources", "--format", "html"],
    &["graph", "--resources", "--format", "dot"],
    &["inputs", "--format", "json"],
    &["localize"],
    &["edit", "fix"],
];

/// Changes a line.
type Change = fn(&str) -> String;

/// The changes that break a line.
const BREAKS: [(&str, Change); 12] = [
    ("nothing", ToString::to_string),
    ("one space less", |line| line.strip_prefix(' ').unwrap_or(line).to_string()),
    ("one space more", |line| format!(" {line}")),
    ("no indentation", |line| line.trim_start().to_string()),
    ("a tab", |line| format!("\t{line}")),
    ("twice", |line| format!("{line}\n{line}")),
    ("a separator before it", |line| format!("---\n{line}")),
    ("an open bracket", |line| format!("{line} : [")),
    ("a wrong character", |line| line.replacen(": ", ": @", 1)),
    ("no colon", |line| line.replacen(':', "", 1)),
    ("no line break", |line| format!("{line} ")),
    ("a misspelled key", misspelled),
];

/// Removes a letter of the key, and changes its case.
fn misspelled(line: &str) -> String {
    let Some(end) = line.find(':') else { return line.to_string() };
    let start = line[..end].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let key = if line[start..end].contains("Data") {
        line[start..end].to_lowercase()
    } else {
        line[start..end].chars().skip(1).collect()
    };
    format!("{}{key}{}", &line[..start], &line[end..])
}

/// A planted value: the file, its text, and the number of the line.
struct Plant {
    file: String,
    text: String,
    line: usize,
}

/// Returns the texts of a file with a value at each position of a Secret.
fn plants(file: &str, text: &str) -> Vec<Plant> {
    let mut plants = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut positions = BTreeSet::new();
    if file.ends_with(".env") {
        positions.extend(0..lines.len());
    }
    let mut first = 0;
    for document in lines.chunk_by(|_, next| !next.starts_with("---")) {
        let has = |text: &str| document.iter().any(|line| line.trim_end().ends_with(text));
        // A document may patch a ConfigMap, too.
        let is_secret = (has("kind: Secret") || has("kind: SecretGenerator")) && !has("kind: ConfigMap");
        positions.extend(value_lines(document, is_secret).into_iter().map(|at| first + at));
        first += document.len();
    }
    for line in positions {
        if let Some(planted) = planted(lines[line], &lines[..line]) {
            let mut changed: Vec<&str> = lines.clone();
            changed[line] = &planted;
            plants.push(Plant { file: file.to_string(), text: changed.join("\n") + "\n", line });
        }
    }
    plants
}

/// Returns the lines of a document below the fields of a Secret and of a generator of Secrets.
fn value_lines(document: &[&str], is_secret: bool) -> Vec<usize> {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let mut field: Option<usize> = None;
    let mut in_generator = false;
    let mut found = Vec::new();
    for (at, line) in document.iter().enumerate() {
        let content = line.trim_start().trim_start_matches("- ");
        if !line.starts_with([' ', '-', '#']) {
            in_generator = line.starts_with("secretGenerator:");
        }
        let is_inside = field.is_some_and(|column| {
            indentation(line) > column || indentation(line) == column && line.trim_start().starts_with('-')
        });
        if is_inside {
            found.push(at);
            continue;
        }
        field = None;
        let names: &[&str] = if is_secret { &["data:", "stringData:", "literals:"] } else { &["literals:"] };
        if (is_secret || in_generator) && names.iter().any(|name| content.starts_with(name)) {
            field = Some(line.len() - content.len());
            if content.contains(['{', '[']) {
                found.push(at);
            }
        }
    }
    found
}

/// Returns a line with the value in place of its own; `None` if it has none.
fn planted(line: &str, above: &[&str]) -> Option<String> {
    let is_base64 = above.iter().rev().chain([&line]).find_map(|line| {
        let content = line.trim_start();
        (content.starts_with("data:") || content.starts_with("stringData:")).then(|| content.starts_with("data:"))
    });
    let value = if is_base64.unwrap_or(false) { ENCODED } else { CANARY };
    if line.trim().is_empty() || line.trim_start().starts_with('#') {
        return None;
    }
    if let Some((before, rest)) = line.split_once(['{', '[']) {
        let open = &line[before.len()..=before.len()];
        let key = rest.find([':', '=']).filter(|_| !rest.starts_with(['}', ']']))?;
        let end = rest[key..].find([',', '}', ']']).map(|end| key + end)?;
        let separator = if rest[key..].starts_with('=') { "=" } else { ": " };
        return Some(format!("{before}{open}{}{separator}{value}{}", &rest[..key], &rest[end..]));
    }
    if let Some((key, _)) = line.split_once(": ") {
        return Some(format!("{key}: {value}"));
    }
    if let Some((key, _)) = line.split_once('=') {
        return Some(format!("{key}={value}"));
    }
    let start = line.len() - line.trim_start().len();
    (!line.ends_with(':')).then(|| format!("{}{value}", &line[..start]))
}

/// A tree that has a planted value and may be broken.
struct Variant {
    case: Case,
    plant: Plant,
    what: &'static str,
    text: String,
}

/// Returns every variant of every fixture with a Secret.
fn variants() -> Vec<Variant> {
    let mut variants = Vec::new();
    for case in cases::all() {
        let input = case.directory.join("input");
        let uses = |field| {
            let kustomization = fs::read_to_string(input.join("kustomization.yaml")).unwrap_or_default();
            kustomization.contains(field)
        };
        // Elsewhere, env files may be those of ConfigMaps.
        let has_secret_env = uses("secretGenerator") && !uses("configMapGenerator");
        for entry in
            WalkDir::new(&input).sort_by_file_name().into_iter().flatten().filter(|entry| entry.file_type().is_file())
        {
            let Ok(text) = fs::read_to_string(entry.path()) else { continue };
            if entry.path().extension().is_some_and(|extension| extension == "env") && !has_secret_env {
                continue;
            }
            let file = entry.path().strip_prefix(&input).expect("it is below").to_str().expect("it is UTF-8");
            for plant in plants(file, &text) {
                let lines: Vec<String> = plant.text.lines().map(ToString::to_string).collect();
                // The line itself, those around it, and the keys above it.
                let first = plant.line.saturating_sub(3);
                for at in first..=(plant.line + 1).min(lines.len() - 1) {
                    for (what, change) in BREAKS {
                        let mut changed = lines.clone();
                        changed[at] = change(&lines[at]);
                        let mut text = changed.join("\n") + "\n";
                        if what == "no line break" && at + 1 < lines.len() {
                            text = text.replacen(&format!("{}\n", changed[at]), changed[at].trim_end(), 1);
                        }
                        if at > first && what == "nothing" || what != "nothing" && text == plant.text {
                            continue;
                        }
                        let case = Case::read(&case.name).expect("it was read before");
                        let plant = Plant { file: plant.file.clone(), text: String::new(), line: plant.line };
                        variants.push(Variant { case, plant, what, text });
                    }
                }
            }
        }
    }
    variants
}

/// Runs a view, and returns what it shows besides a render.
fn view(sandbox: &Sandbox, target: &str, arguments: &[&str]) -> Run {
    let split = if arguments[0] == "edit" { 2 } else { 1 };
    let mut all: Vec<&str> = arguments[..split].to_vec();
    if arguments[0] == "diff" {
        all.push("empty");
    }
    all.push(target);
    if arguments[0] == "localize" {
        all.push("localized");
    }
    all.extend(&arguments[split..]);
    let mut run = sandbox.run(&all);
    if arguments[0] == "render" {
        run.stdout.clear();
    }
    let _ = fs::remove_dir_all(sandbox.path("localized"));
    run
}

/// Returns what shows the value in a variant, one line a view.
fn leaks(variant: &Variant, views: &[&[&str]]) -> Vec<String> {
    let Variant { case, plant, what, text } = variant;
    let sandbox = Sandbox::new(&[("empty/empty.yaml", "")]);
    copy(&case.directory.join("input"), &sandbox, "input");
    let target = case.target.as_str();
    let mut leaks = Vec::new();
    for arguments in views {
        sandbox.write(&format!("input/{}", plant.file), text);
        let run = view(&sandbox, target, arguments);
        let shown =
            run.stdout.lines().chain(run.stderr.lines()).find(|line| PARTS.iter().any(|part| line.contains(part)));
        if let Some(line) = shown {
            leaks.push(format!("{} {}:{} ({what}) {arguments:?}: {line}", case.name, plant.file, plant.line + 1));
        }
    }
    leaks
}

fn copy(from: &Path, sandbox: &Sandbox, to: &str) {
    for entry in WalkDir::new(from).into_iter().flatten() {
        let name = entry.path().strip_prefix(from).expect("it is below").display();
        let to = format!("{to}/{name}");
        match entry.file_type() {
            kind if kind.is_dir() => fs::create_dir_all(sandbox.path(&to)).expect("the sandbox is writable"),
            kind if kind.is_file() => sandbox.write(&to, fs::read(entry.path()).expect("fixtures are readable")),
            _ => {}
        }
    }
}

/// Checks every nth variant, with some of the views each.
fn check(stride: usize, views_of_each: usize) {
    let variants = variants();
    assert!(variants.len() > 1000, "only {} variants", variants.len());
    let chosen: Vec<&Variant> = variants.iter().step_by(stride).collect();
    let views = |at: usize| -> Vec<&[&str]> {
        let start = at * views_of_each;
        (start..start + views_of_each).map(|at| VIEWS[at % VIEWS.len()]).collect()
    };
    let found: Vec<String> =
        chosen.iter().enumerate().flat_map(|(number, variant)| leaks(variant, &views(number))).collect();
    println!("{} of {} variants, {} views each", chosen.len(), variants.len(), views_of_each);
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
}

#[test]
fn planted_values_are_masked_everywhere() {
    // A prime, so that every kind of damage is in the sample.
    check(37, 4);
}

/// Returns which variants the long test tries: every one, or every nth with `BOUTIQUE_CANARIES=n`.
fn stride() -> usize {
    std::env::var("BOUTIQUE_CANARIES").ok().and_then(|stride| stride.parse().ok()).unwrap_or(1)
}

#[test]
#[ignore = "it takes minutes"]
fn planted_values_are_masked_everywhere_in_all_variants() {
    check(stride(), VIEWS.len());
}
