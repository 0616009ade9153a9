//! Warnings and error messages.

use insta::assert_snapshot;

use super::SERVICE;
use crate::sandbox::{Run, Sandbox};

#[test]
fn warnings_go_to_standard_error() {
    let kustomization = "\
commonLabels: {app: shop}
bases: [base]
vars:
- name: UNUSED
  objref: {apiVersion: v1, kind: Service, name: web}
patchesStrategicMerge: []
imageTags: []
patchesJson6902: []
";
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", kustomization),
        ("base/kustomization.yaml", "commonLabels: {}\nresources: [service.yaml]\n"),
        ("base/service.yaml", SERVICE),
    ]);
    let run = sandbox.run(&["render"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("apiVersion: v1\nkind: Service\n"), "{}", run.stdout);
    assert_snapshot!(run.stderr);
}

/// No fixture shows this: kustomize adds a hash.
#[test]
fn a_missing_hash_is_reported() {
    let manifests = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    internal.config.kubernetes.io/needsHashSuffix: enabled
---
apiVersion: batch/v1
kind: Job
metadata: {name: other, annotations: {internal.config.kubernetes.io/needsHashSuffix: disabled}}
";
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources: [a.yaml]\nconfigMapGenerator: [{name: generated}]\ntransformers: [kind.yaml]\n",
        ),
        ("a.yaml", manifests),
        (
            "kind.yaml",
            "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: kind}\ntarget: {kind: ConfigMap}\n\
             patch: |-\n  - {op: replace, path: /kind, value: Settings}\n",
        ),
    ]);
    let run = sandbox.run(&["render"]);
    assert_eq!(run.code, 0);
    let names: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("  name: ")).collect();
    assert_eq!(names, ["  name: migrate", "  name: other", "  name: generated"]);
    assert_snapshot!(run.stderr);
}

/// No fixture shows this: kustomize writes the version of its build, and the library that writes the fixtures has none.
#[test]
fn managed_by_label_names_the_version_of_kustomize() {
    let sandbox =
        Sandbox::with_manifest("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {}}\n");
    let by_flag = sandbox.run(&["render", "--enable-managedby-label"]).stdout;
    assert!(by_flag.contains("  labels:\n    app.kubernetes.io/managed-by: kustomize-v5.8.1\n"), "{by_flag}");
    assert!(by_flag.ends_with("  selector: {}\n"), "{by_flag}");
    sandbox.write("kustomization.yaml", "buildMetadata: [managedByLabel]\nresources: [a.yaml]\n");
    assert_eq!(sandbox.run(&["render"]).succeeds(), by_flag);
}

/// kustomize ignores these parts silently.
#[test]
fn parts_that_are_never_read_are_reported() {
    let kustomization = "\
namespace: first
resources: [a.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {type: ClusterIP}
    spec: {type: NodePort}
- target: {kind: Service}
  patch: |
    - op: add
      path: /spec/a
      path: /spec/b
      value: 1
    ---
    - op: remove
      path: /spec
- path: patch.yaml
  target: {kind: Service}
namespace: second
---
resources: [b.yaml]
";
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", kustomization),
        ("a.yaml", SERVICE),
        ("patch.yaml", "- {op: add, path: /spec/c, value: 1, value: 2}\n---\n- {op: remove, path: /spec}\n"),
    ]);
    let run = sandbox.run(&["render"]);
    assert_eq!(run.code, 0);
    assert_snapshot!(run.stderr);
    sandbox.run(&["render", "--strict"]).fails_with("repeated-field");
}

#[test]
fn an_image_whose_tag_is_not_recognized_is_shown() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: busybox:1.37+a\n";
    let sandbox = Sandbox::with_manifest(pod);
    sandbox.write("kustomization.yaml", "resources: [a.yaml]\nimages:\n- name: busybox\n  newTag: v1\n");
    assert_snapshot!(sandbox.run(&["render"]).stderr);
}

#[test]
fn all_errors_of_a_tree_are_reported_at_once() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources:\n- missing.yaml\n- base\n- also-missing.yaml\nconfigurations: [none.yaml]\n",
        ),
        ("base/kustomization.yaml", "resources:\n- absent.yaml\n"),
    ]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn messages_show_the_chain_of_includes() {
    let sandbox = Sandbox::new(&[
        ("overlay/kustomization.yaml", "resources:\n- ../middle\n"),
        ("middle/kustomization.yaml", "components:\n- ../component\n"),
        ("component/kustomization.yaml", "kind: Component\nresources: [a.yaml]\n"),
        ("component/a.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  labels: {a: b}\n"),
    ]);
    assert_snapshot!(sandbox.run(&["render", "overlay"]).fails());
}

#[test]
fn long_lines_are_cut_around_the_position() {
    let long = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {}, b: &x, *y}}\n",
        "x".repeat(5000)
    );
    let message = Sandbox::with_manifest(long).run(&["render"]).fails();
    assert!(message.len() < 1000, "{} bytes", message.len());
    assert_snapshot!(message);
}

#[test]
fn messages_have_no_colors_in_a_pipe() {
    let sandbox = Sandbox::with_manifest("kind: [");
    let plain = sandbox.run(&["render"]).fails();
    assert!(!plain.contains('\x1b'));
    for (variable, value) in [("NO_COLOR", "1"), ("NO_COLOR", ""), ("TERM", "xterm-256color")] {
        let run = Run::new(sandbox.command(&["render"]).env(variable, value).output().unwrap(), &sandbox.path(""));
        assert_eq!(run.fails(), plain, "{variable}={value}");
    }
}

#[test]
fn control_characters_are_not_printed() {
    let sandbox = Sandbox::with_manifest("apiVersion: v1\nkind: \"\\e]0;title\\a\"\nmetadata: {name: \"\\e[2J\"}\n");
    sandbox.write("kustomization.yaml", "resources: [a.yaml, a.yaml, \"\\e[31m.yaml\"]\n\"\\e[0m\": x\n");
    let message = sandbox.run(&["render"]).fails();
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
    sandbox.write("kustomization.yaml", "resources: [a.yaml, a.yaml]\n");
    let message = sandbox.run(&["render"]).fails();
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
}

#[test]
fn passwords_in_urls_are_masked() {
    let url = "https://user:secret@example.com/org";
    let long = "x".repeat(200);
    let mut list = String::new();
    for kustomization in [
        format!("resource: [{url}]\n"),
        format!("resources: [a]\nnamePrefix: [{url}, {url}]\n"),
        format!("namePrefix: {{a: {url}, b: [{url}, {long}], c: *{url}}}\n"),
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &kustomization)]);
        list.push_str(&sandbox.run(&["render"]).fails());
    }
    assert!(!list.contains("secret"), "{list}");
    assert_snapshot!(list);
}

#[test]
fn a_panic_asks_for_a_report() {
    let sandbox = Sandbox::new(&[]);
    let mut command = sandbox.command(&["render", "https://user:secret@example.com/org/repo"]);
    command.env("BOUTIQUE_INTERNAL_PANIC", "index out of bounds");
    let run = sandbox.finish(command);
    assert_eq!((run.code, run.stdout.as_str()), (70, ""));
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines[0], "internal error: index out of bounds");
    assert!(lines[1].starts_with(concat!("  version:  boutique ", env!("CARGO_PKG_VERSION"), " (")), "{}", run.stderr);
    assert!(lines[2].ends_with(" render https://***@example.com/org/repo"), "{}", run.stderr);
    assert!(lines[3].starts_with("  location: src/cli/panic.rs:"), "{}", run.stderr);
    assert!(lines[4].starts_with("This is a bug in boutique.") && lines.len() == 5, "{}", run.stderr);
}
