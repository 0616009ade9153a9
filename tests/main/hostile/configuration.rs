//! The files that configure lint: `boutique.toml` and `.gitignore`, which belong to the tree.

use std::fs;
use std::os::unix::fs::symlink;

use super::{MAP, make_pipe};
use crate::sandbox::Sandbox;

fn tree() -> Sandbox {
    Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n"), ("app/a.yaml", MAP)])
}

#[test]
fn configurations_of_lint_are_small_regular_files() {
    for (name, code) in [("boutique.toml", 2), (".gitignore", 1)] {
        let fails_with = |sandbox: &Sandbox, reason: &str| {
            let run = sandbox.run(&["lint", "--quiet", "app"]);
            let text = run.stdout + &run.stderr;
            assert!(run.code == code && text.contains(name) && text.contains(reason), "{name}: {} {text}", run.code);
        };
        let path = format!("app/{name}");
        let sandbox = tree();
        make_pipe(&sandbox, &path);
        fails_with(&sandbox, "not a regular file");
        fs::remove_file(sandbox.path(&path)).unwrap();
        symlink("/dev/zero", sandbox.path(&path)).unwrap();
        fails_with(&sandbox, "link to another directory");
        fs::remove_file(sandbox.path(&path)).unwrap();
        sandbox.write("outside", "[lint]\nselect = ['secret-of-another-file']\n");
        symlink("../outside", sandbox.path(&path)).unwrap();
        fails_with(&sandbox, "link to another directory");
        fs::remove_file(sandbox.path(&path)).unwrap();
        sandbox.write(&path, "#".repeat(2 << 20));
        fails_with(&sandbox, "file size limit exceeded");
    }
}

#[test]
fn configurations_of_lint_are_cheap() {
    let nested = "[".repeat(300_000);
    let key = format!("a{} = 1", ".a".repeat(300_000));
    for text in [format!("lint = {nested}"), nested.clone(), key, format!("lint.exclude = ['{}']", "{".repeat(900_000))]
    {
        let sandbox = tree();
        sandbox.write("app/boutique.toml", &text);
        assert_eq!(sandbox.run(&["lint", "--quiet", "app"]).code, 2, "{}", &text[..20]);
    }
    let braces = format!("{}a{}\n", "{a,".repeat(500), "}".repeat(500)).repeat(100);
    for text in ["{".repeat(900_000), braces, "*a".repeat(2000), "a*b?[a-z]\n".repeat(50_000)] {
        let sandbox = tree();
        sandbox.write("app/.gitignore", &text);
        let run = sandbox.run(&["lint", "--quiet", "app"]);
        assert!(run.code == 0 || run.stdout.contains(".gitignore"), "{} {}", run.stdout, run.stderr);
    }
}
