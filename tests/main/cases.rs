//! The fixtures as data. `fixtures/README.md` says what a case is made of.

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
    pub expected: Expected,
}

/// What the reference said.
pub enum Expected {
    Yaml(String),
    /// The text of its error, which is for people to read.
    Error(String),
}

/// What may lie in a case.
const PARTS: [&str; 5] = ["case.txt", "expected-error.txt", "expected.yaml", "input", "target"];

/// Returns the directory of all fixtures, with links followed, as messages name it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").canonicalize().expect("there are fixtures")
}

/// Returns all cases by name, and what is wrong with those that are none.
pub fn all() -> (Vec<Case>, Vec<String>) {
    let mut cases = Vec::new();
    let mut problems = Vec::new();
    for field in directories(&root()) {
        let inside = directories(&field);
        if inside.is_empty() {
            problems.push(format!("{} has no cases", field.display()));
        }
        for directory in inside {
            match Case::read(&field, &directory) {
                Ok(case) => cases.push(case),
                Err(problem) => problems.push(format!("{}: {problem}", directory.display())),
            }
        }
    }
    (cases, problems)
}

/// Returns the cases of which the reference renders something.
pub fn rendered() -> impl Iterator<Item = (Case, String)> {
    all().0.into_iter().filter_map(|case| match &case.expected {
        Expected::Yaml(yaml) => {
            let yaml = yaml.clone();
            Some((case, yaml))
        }
        Expected::Error(_) => None,
    })
}

/// Returns how an output differs from what the reference wrote, as a unified diff; nothing if it does not.
pub fn difference(expected: &str, actual: &str) -> String {
    unified_diff(Algorithm::default(), expected, actual, 3, Some(("reference", "boutique")))
}

fn directories(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

impl Case {
    fn read(field: &Path, directory: &Path) -> Result<Case, String> {
        let base_name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        for entry in fs::read_dir(directory).unwrap() {
            let name = base_name(&entry.unwrap().path());
            if !PARTS.contains(&name.as_str()) {
                return Err(format!("`{name}` is no part of a case"));
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
            (Some(yaml), None) => Expected::Yaml(yaml),
            (None, Some(error)) if !error.trim().is_empty() => Expected::Error(error),
            (None, Some(_)) => return Err("expected-error.txt is empty".to_string()),
            _ => return Err("there should be either expected.yaml or expected-error.txt".to_string()),
        };
        Ok(Case {
            name: format!("{}/{}", base_name(field), base_name(directory)),
            directory: directory.to_path_buf(),
            target,
            flags: line("case.txt")?.unwrap_or_default().split_whitespace().map(ToString::to_string).collect(),
            expected,
        })
    }

    /// Returns the directory to render, as an absolute path.
    pub fn path(&self) -> String {
        self.directory.join(&self.target).to_str().expect("paths of fixtures are text").to_string()
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
