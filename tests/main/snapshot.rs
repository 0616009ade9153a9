//! `snapshot`: rendered targets that are kept in the repository.

use std::path::Path;

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, command};

/// The snapshots of the GitOps tree show in a review how a change affects the manifests. After an intended change,
/// `boutique snapshot overlays app-config cluster-resources --dir tests/gitops-tree --update` writes them.
#[test]
fn the_gitops_tree_renders_to_its_snapshots() {
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.args(["snapshot", "overlays", "app-config", "cluster-resources", "--dir", "tests/gitops-tree"]);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

fn map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {value}}}\n")
}

#[test]
fn snapshots_are_written_and_checked() {
    let sandbox = Sandbox::new(&[
        ("apps/a/kustomization.yaml", "resources: [map.yaml]\n"),
        ("apps/a/map.yaml", &map("a", "x")),
        ("apps/b/kustomization.yaml", "resources: [map.yaml]\n"),
        ("apps/b/map.yaml", &map("b", "x")),
    ]);
    let run = sandbox.run(&["snapshot", "--update"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert_eq!(sandbox.list("snapshots/apps"), ["a.yaml", "b.yaml"]);
    sandbox.run(&["snapshot"]).succeeds();
    sandbox.run(&["snapshot", "--check", "."]).succeeds();

    sandbox.write("apps/a/map.yaml", map("a", "z"));
    std::fs::rename(sandbox.path("apps/b"), sandbox.path("apps/c")).unwrap();
    let run = sandbox.run(&["snapshot"]);
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout, @r"
    apps/a

    ~ ConfigMap/a
        data.a: x -> z

    apps/c (new)
      the snapshot snapshots/apps/c.yaml does not exist
    + ConfigMap/b

    snapshots/apps/b.yaml (removed)
      the target of this snapshot does not exist
    - ConfigMap/b

    1 added, 1 changed, 1 removed, 0 unchanged (in 3 of 3 targets)
    ");
    assert!(run.stderr.contains("--update"), "{}", run.stderr);

    sandbox.run(&["snapshot", "--update"]).assert_code(0);
    assert_eq!(sandbox.list("snapshots/apps"), ["a.yaml", "c.yaml"]);
    sandbox.run(&["snapshot"]).succeeds();
}

#[test]
fn a_snapshot_in_another_notation_is_outdated() {
    let sandbox = Sandbox::with_manifest(map("a", "x"));
    sandbox.run(&["snapshot", "--update"]).assert_code(0);
    let [name] = &sandbox.list("snapshots").into_iter().filter(|name| name.ends_with(".yaml")).collect::<Vec<_>>()[..]
    else {
        panic!("there should be one snapshot");
    };
    sandbox.write(&format!("snapshots/{name}"), map("a", "x"));
    let run = sandbox.run(&["snapshot"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("only in order or formatting"), "{}", run.stdout);
}

#[test]
fn errors_and_differences_have_distinct_exit_codes() {
    let sandbox = Sandbox::new(&[("a/kustomization.yaml", "resources: [missing.yaml]\n")]);
    for arguments in
        [&["snapshot"][..], &["snapshot", "--update"], &["snapshot", "nowhere"], &["snapshot", "--check", "--update"]]
    {
        assert_eq!(sandbox.run(arguments).code, 2, "{arguments:?}");
    }
}
