//! The fixtures as data. `fixtures/README.md` describes the files of a case.

use std::fs;
use std::path::{Path, PathBuf};

use boutique::{LoadRestrictions, Options, Reorder};
use similar::Algorithm;
use similar::udiff::unified_diff;

/// One directory `fixtures/<field>/<case>`.
pub struct Case {
    /// Its name: `<field>/<case>`.
    pub name: String,
    pub directory: PathBuf,
    /// The directory to render, relative to the case.
    pub target: String,
    /// The flags of `boutique build`.
    pub flags: Vec<String>,
    /// The output of kustomize, or its error message, which no test compares.
    pub expected: Result<String, String>,
}

/// The files that a case may contain. A message is pending until `cargo insta review` accepts it.
const PARTS: [&str; 7] =
    ["case.txt", "expected-error.txt", "expected.yaml", "input", "message.snap", "message.snap.new", "target"];

/// Returns the directory of all fixtures, with links resolved, as messages name it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").canonicalize().expect("the fixtures exist")
}

/// Returns the name of every directory that should be a case: `<field>/<case>`.
pub fn names() -> Vec<String> {
    let root = root();
    let cases = directories(&root).into_iter().flat_map(|field| directories(&field));
    let name = |case: PathBuf| case.strip_prefix(&root).ok()?.to_str().map(ToString::to_string);
    cases.map(|case| name(case).expect("names of cases are UTF-8")).collect()
}

/// Returns all cases, by name.
pub fn all() -> impl Iterator<Item = Case> {
    names().into_iter().map(|name| Case::read(&name).unwrap_or_else(|problem| panic!("{name}: {problem}")))
}

/// Returns the cases that kustomize renders, with its output.
pub fn rendered() -> impl Iterator<Item = (Case, String)> {
    all().filter_map(|case| {
        let yaml = case.expected.clone().ok()?;
        Some((case, yaml))
    })
}

/// Returns how an output differs from that of kustomize, as a unified diff; empty if it does not.
pub fn difference(expected: &str, actual: &str) -> String {
    unified_diff(Algorithm::default(), expected, actual, 3, Some(("kustomize", "boutique")))
}

fn directories(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// Fails if the directory does not have the files of a case.
    pub fn read(name: &str) -> Result<Case, String> {
        let directory = root().join(name);
        for entry in fs::read_dir(&directory).map_err(|error| error.to_string())? {
            let part = entry.map_err(|error| error.to_string())?.file_name();
            if !PARTS.iter().any(|known| part == *known) {
                return Err(format!("`{}` is not part of a case", part.display()));
            }
        }
        let text = |name: &str| fs::read_to_string(directory.join(name)).ok();
        let line = |name: &str| match text(name) {
            Some(text) if text.trim().is_empty() || text.lines().count() != 1 => Err(format!("{name} is not one line")),
            text => Ok(text.map(|text| text.trim().to_string())),
        };
        let target = line("target")?.map_or("input".to_string(), |target| format!("input/{target}"));
        if !directory.join(&target).is_dir() {
            return Err(format!("there is no directory {target}"));
        }
        let expected = match (text("expected.yaml"), text("expected-error.txt")) {
            (Some(yaml), None) => Ok(yaml),
            (None, Some(error)) if !error.trim().is_empty() => Err(error),
            (None, Some(_)) => return Err("expected-error.txt is empty".to_string()),
            _ => return Err("there should be either expected.yaml or expected-error.txt".to_string()),
        };
        let has_message = directory.join("message.snap").exists();
        if has_message && expected.is_ok() {
            return Err("message.snap is for cases with expected-error.txt".to_string());
        }
        let flags = line("case.txt")?.unwrap_or_default().split_whitespace().map(ToString::to_string).collect();
        Ok(Case { name: name.to_string(), directory, target, flags, expected })
    }

    /// Returns the directory to render, as an absolute path.
    pub fn path(&self) -> String {
        self.directory.join(&self.target).to_str().expect("paths of fixtures are UTF-8").to_string()
    }

    /// Returns the options that the flags stand for.
    pub fn options(&self) -> Options {
        let mut options = Options::default();
        for flag in self.flags.chunks(2) {
            match flag {
                [name, value] if name == "--reorder" && value == "none" => options.reorder = Reorder::None,
                [name, value] if name == "--load-restrictor" && value == "LoadRestrictionsNone" => {
                    options.load_restrictions = LoadRestrictions::None;
                }
                unknown => panic!("{}: unknown flag {unknown:?}", self.name),
            }
        }
        options
    }
}
