//! The repository itself: whatever its documents, comments and modules name has to exist.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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
