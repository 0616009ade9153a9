//! `lint --fix`, which writes to the tree.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{MAP, run_in_tree, tree_with_outside};
use crate::sandbox::{Run, Sandbox};

/// A kustomization with a safe fix.
const DEPRECATED: &str =
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\ncommonLabels: {a: b}\n";

const FIX: [&str; 4] = ["lint", "--advice", "--fix", "--unsafe-fixes"];

/// A tree whose target includes a base at a path from the directory of the tree.
fn tree_with_base(base: &str) -> Sandbox {
    let sandbox = tree_with_outside();
    sandbox.write("tree/app/kustomization.yaml", format!("resources: [../{base}]\n"));
    sandbox.write(&format!("tree/{base}/kustomization.yaml"), DEPRECATED);
    sandbox.write(&format!("tree/{base}/a.yaml"), MAP);
    sandbox
}

/// Returns what a run prints, which may have warnings.
#[track_caller]
fn passes(run: Run) -> String {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.stdout
}

#[test]
fn fixes_change_only_files_of_the_tree() {
    for base in ["../outside/base", ".hidden/base", "ignored/base"] {
        let sandbox = tree_with_base(base);
        sandbox.write("tree/.gitignore", "ignored\n");
        let run = run_in_tree(&sandbox, &FIX);
        assert_eq!(sandbox.read(&format!("tree/{base}/kustomization.yaml")), DEPRECATED, "{}", run.stdout);
        assert!(!run.stderr.contains("changed"), "{}", run.stderr);
    }
    let sandbox = tree_with_base("base");
    let run = run_in_tree(&sandbox, &["lint", "--fix", "app"]);
    assert_eq!(sandbox.read("tree/base/kustomization.yaml"), DEPRECATED, "{}", run.stdout);
    passes(run_in_tree(&sandbox, &FIX));
    assert!(sandbox.read("tree/base/kustomization.yaml").contains("\nlabels:\n"));
}

#[test]
fn fixes_do_not_follow_links_out_of_the_tree() {
    let sandbox = tree_with_outside();
    let numbers = MAP.replace("name: a", "name: a\n  labels: {a: 1}");
    sandbox.write("outside/a.yaml", &numbers);
    sandbox.write("tree/app/kustomization.yaml", "resources: [a.yaml]\n");
    symlink("../../outside/a.yaml", sandbox.path("tree/app/a.yaml")).unwrap();
    let run = run_in_tree(&sandbox, &[&FIX[..], &["--load-restrictor", "LoadRestrictionsNone"]].concat());
    assert!(run.stdout.contains("[not-a-string]"), "{}", run.stdout);
    assert_eq!(sandbox.read("outside/a.yaml"), numbers);
    assert!(sandbox.path("tree/app/a.yaml").is_symlink());
    // Similar names are not looked for outside of the tree.
    fs::remove_file(sandbox.path("tree/app/a.yaml")).unwrap();
    for path in ["../../outside/keeep.yaml", "../../outsde"] {
        sandbox.write("tree/app/kustomization.yaml", format!("resources: [{path}]\n"));
        let run = run_in_tree(&sandbox, &FIX);
        assert!(!run.stdout.contains("fix: "), "{}", run.stdout);
    }
}

#[test]
fn fixes_keep_permissions() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", DEPRECATED), ("a.yaml", MAP)]);
    let path = sandbox.path("kustomization.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    passes(sandbox.run(&["lint", "--fix"]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(sandbox.list("."), ["a.yaml", "kustomization.yaml"]);
}

#[test]
fn fixes_do_not_show_secrets_or_control_characters() {
    let generator = |name: &str| format!("secretGenerator:\n- name: {name}\n  literals: [password=hunter2]\n");
    let text = format!("# \u{202e} ::error::a\n{}{}{DEPRECATED}namePrefx: a-\n", generator("a"), generator("b"));
    let files = [("kustomization.yaml", text.as_str()), ("a.yaml", MAP)];
    for format in [&["--diff"][..], &[], &["--format", "json"], &["--format", "sarif"]] {
        let sandbox = Sandbox::new(&files);
        let run = sandbox.run(&[&["lint", "--unsafe-fixes"], format].concat());
        let text = run.stdout + &run.stderr;
        assert!(text.contains("namePrefix") && !text.contains("hunter2") && !text.contains('\u{202e}'), "{text}");
    }
    let valid = text.replace("namePrefx: a-\n", "");
    let sandbox = Sandbox::new(&[("kustomization.yaml", valid.as_str()), ("a.yaml", MAP)]);
    for flags in [&["--diff", "--unsafe-fixes"][..], &["--format", "json"], &["--format", "sarif"]] {
        let run = sandbox.run(&[&["lint"], flags].concat());
        assert!(run.stdout.contains("labels") && !run.stdout.contains("hunter2"), "{}", run.stdout);
    }
}

#[test]
fn many_fixes_are_cheap() {
    let fields: String = (0..3000).map(|n| format!("namePrefx{n}: a\n")).collect();
    let lists: String = (0..60).map(|n| format!("resources: [b{n}.yaml]\n")).collect();
    for text in [fields, format!("resources: [a.yaml]\n{lists}"), "namespace: a\n".repeat(3000)] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", text.as_str()), ("a.yaml", MAP)]);
        let run = sandbox.run(&["lint", "--fix", "--unsafe-fixes", "--quiet"]);
        assert!(run.code <= 1, "{}", run.stderr);
    }
}

#[test]
fn new_files_do_not_replace_others() {
    for is_link in [true, false] {
        let sandbox = tree_with_outside();
        sandbox.write("tree/app/kustomization.yaml", "namePrefix: a-\nresources: [issuer.yaml]\n");
        let issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: a}\nspec: {secretRef: {name: key}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: key}\n";
        sandbox.write("tree/app/issuer.yaml", issuer);
        match is_link {
            true => symlink("../../outside/keep.yaml", sandbox.path("tree/app/name-references.yaml")).unwrap(),
            false => sandbox.write("tree/app/name-references.yaml", "# ours\n"),
        }
        let run = run_in_tree(&sandbox, &FIX);
        assert!(run.stdout.contains("[stale-name]"), "{}", run.stdout);
        assert_eq!(sandbox.read("outside/keep.yaml"), "kept: true\n");
        assert!(is_link || sandbox.read("tree/app/name-references.yaml") == "# ours\n");
        assert!(!sandbox.read("tree/app/kustomization.yaml").contains("configurations"));
    }
}
