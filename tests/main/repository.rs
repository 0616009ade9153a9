//! The repository itself: whatever its documents, comments and modules name has to exist.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::cases;
use crate::sandbox::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the files of a directory and its subdirectories that have one of these extensions.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = WalkDir::new(root().join(directory)).sort_by_file_name().into_iter().map(Result::unwrap);
    let has_extension =
        |path: &Path| path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known));
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.is_file() && has_extension(path)).collect()
}

// ---- fixtures ----

/// Returns the fixtures that comments name, such as `labels/fields` or `labels/*`: what follows the word "fixture", in
/// backticks, also over the end of a line.
fn cited_fixtures(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '#']).trim());
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut cited = Vec::new();
    for after in text.split("fixture").skip(1) {
        let mut rest = after.strip_prefix('s').unwrap_or(after);
        let separators = [" `", ", `", " and `", ", and `"];
        while let Some(start) = separators.iter().find_map(|separator| rest.strip_prefix(separator)) {
            let Some((name, after)) = start.split_once('`') else { break };
            cited.push(name.to_string());
            rest = after;
        }
    }
    cited
}

#[test]
fn cited_fixtures_are_found_in_comments() {
    let text = "/// A rule (fixture `a/b`).\n// Another one (fixtures\n// `c/d-*`, `e/f` and `g/h`). A fixture is a `directory`.\n";
    assert_eq!(cited_fixtures(text), ["a/b", "c/d-*", "e/f", "g/h"]);
}

#[test]
fn fixtures_cited_in_comments_exist() {
    let names = cases::names();
    let exists = |cited: &str| match cited.strip_suffix('*') {
        Some(start) => names.iter().any(|name| name.starts_with(start)),
        None => names.iter().any(|name| name == cited),
    };
    let mut count = 0;
    for directory in ["src", "tests", "examples", "benches", "fuzz", "docs"] {
        if !root().join(directory).exists() {
            continue;
        }
        for file in files(directory, &["rs", "md"]) {
            // Its own example is not a citation.
            if file.ends_with("tests/main/repository.rs") {
                continue;
            }
            for cited in cited_fixtures(&read(&file)) {
                assert!(exists(&cited), "{} cites the fixture {cited}, which does not exist", file.display());
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count} citations were found");
}

// ---- tests ----

/// A file without a `mod` is not compiled, and its tests never run.
#[test]
fn every_file_of_tests_is_a_module() {
    for file in files("tests/main", &["rs"]) {
        let directory = file.parent().unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let (parent, name) = match stem {
            "main" => continue,
            "mod" => (directory.parent().unwrap(), directory.file_name().unwrap().to_str().unwrap()),
            name => (directory, name),
        };
        let parents = ["main.rs", "mod.rs"].map(|name| parent.join(name));
        let parent = parents.iter().find(|parent| parent.exists());
        let parent = parent.unwrap_or_else(|| panic!("{} has no parent module", file.display()));
        let declares = read(parent).lines().any(|line| line.trim_start_matches("pub ") == format!("mod {name};"));
        assert!(declares, "{} does not declare `mod {name};`", parent.display());
    }
}

/// Returns the file of a module, such as `hostile::files`.
fn module_file(module: &str) -> Option<PathBuf> {
    let path = root().join("tests/main").join(module.replace("::", "/"));
    [path.with_extension("rs"), path.join("mod.rs")].into_iter().find(|path| path.exists())
}

#[test]
fn tests_named_in_the_security_policy_exist() {
    let policy = read("SECURITY.md");
    let named = policy.split('`').skip(1).step_by(2).filter_map(|name| name.rsplit_once("::"));
    let mut count = 0;
    for (module, name) in named {
        let tests = module_file(module).map(read).unwrap_or_default();
        assert!(tests.contains(&format!("#[test]\nfn {name}()")), "there is no test {module}::{name}");
        count += 1;
    }
    assert!(count > 20, "only {count} tests are named");
}

#[test]
fn flags_named_in_the_security_policy_exist() {
    let policy = read("SECURITY.md");
    let help = Sandbox::new(&[]).run(&["render", "--help"]).succeeds();
    for flag in policy.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.starts_with("--")) {
        assert!(flag.trim_matches('-').is_empty() || help.contains(flag), "there is no {flag}");
    }
}
