//! `edit fix`: deprecated fields are replaced where the output stays the same.

use insta::assert_snapshot;
use similar::TextDiff;

use crate::sandbox::{Run, Sandbox};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: web # ours
    env:
    - name: HOST
      value: http://$(SERVICE)/path
---
apiVersion: v1
kind: Service
metadata:
  name: shop
";

/// Returns a tree with an overlay that has this kustomization file.
fn tree(kustomization: &str) -> Sandbox {
    Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", POD),
        ("prod/kustomization.yaml", kustomization),
        ("prod/patch.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {dnsPolicy: None}\n"),
        ("prod/settings.env", "a=b\n"),
    ])
}

/// Runs the command, and returns the diff of the files.
fn fix(sandbox: &Sandbox, arguments: &[&str]) -> (Run, String) {
    let files = ["base/kustomization.yaml", "base/pod.yaml", "prod/kustomization.yaml", "prod/patch.yaml"];
    let before = files.map(|file| sandbox.read(file));
    let rendered = sandbox.run(&["render", "prod"]);
    let run = sandbox.run(&[&["edit", "fix", "prod"], arguments].concat());
    assert!(run.stdout.is_empty() || run.stdout.starts_with("\nFixed fields:\n"), "{}", run.stdout);
    if run.code == 0 && !arguments.contains(&"--no-verify") {
        assert_eq!(sandbox.run(&["render", "prod"]).stdout, rendered.stdout);
    }
    let diffs = files.iter().zip(&before).map(|(file, before)| {
        let after = sandbox.read(file);
        let diff = TextDiff::from_lines(before, &after);
        diff.unified_diff().context_radius(1).header(file, file).to_string()
    });
    let diff: String = diffs.collect();
    assert!(run.code == 0 || diff.is_empty(), "{diff}");
    (run, diff)
}

const OLD: &str = "\
# The shop in production.
bases:
  - ../base   # the shop

commonLabels: # for all
  app: shop
imageTags:
  - name: web
    newTag: v2

# What is different here.
patchesStrategicMerge:
  - patch.yaml   # less memory
  - |-
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      annotations:
        a: b
vars:
- name: SERVICE # used by the pod
  objref: {kind: Service, name: shop, apiVersion: v1}
configMapGenerator:
- name: settings
  env: settings.env
";

#[test]
fn deprecated_fields_are_replaced_in_place() {
    let (run, diff) = fix(&tree(OLD), &[]);
    assert_snapshot!(run.stdout + &run.stderr);
    assert_snapshot!(diff);
}

#[test]
fn fix_is_idempotent() {
    let sandbox = tree(OLD);
    for flags in [&[][..], &["--vars=true"]] {
        let (first, _) = fix(&sandbox, flags);
        first.assert_code(0);
        let (run, diff) = fix(&sandbox, flags);
        assert_eq!((run.code, diff.as_str()), (0, ""));
        assert!(run.stderr.contains("nothing to fix in prod/kustomization.yaml"), "{}", run.stderr);
    }
}

#[test]
fn vars_become_replacements() {
    let (run, diff) = fix(&tree(OLD), &["--vars"]);
    assert_snapshot!(run.stdout + &run.stderr);
    assert_snapshot!(diff);
}

#[test]
fn a_variable_in_a_patch_is_replaced_where_the_patch_applies() {
    let sandbox = tree(
        "resources: [../base]\npatches:\n- path: patch.yaml\n  target: {kind: Pod}\n\
         vars:\n- name: SERVICE\n  objref: {kind: Service, name: shop, apiVersion: v1}\n",
    );
    sandbox.write(
        "prod/patch.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: any}\nspec:\n  containers:\n  - name: web\n    args: [$(SERVICE), --to=$(SERVICE)]\n",
    );
    let (run, diff) = fix(&sandbox, &["--vars"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(diff);
}

/// kustomize's `edit fix` puts strategic merge patches last, although they are applied first.
#[test]
fn patches_are_put_in_the_order_of_application_if_it_matters() {
    let (run, diff) = fix(
        &tree(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n\
             patchesStrategicMerge: [patch.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Pod\n\
             \x20   metadata: {name: web}\n    spec: {dnsPolicy: Default}\n",
        ),
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(diff);
}

#[test]
fn charts_keep_fields_that_had_an_effect() {
    let sandbox = tree(
        "resources: [../base]\nhelmChartInflationGenerator:\n- chartName: shop # ours\n  chartVersion: 1.0.0\n\
         \x20 chartHome: charts\n  helmBin: helm\n  releaseName: web\n  values: values.yaml\n",
    );
    let (run, diff) = fix(&sandbox, &["--no-verify"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(diff);
}

#[test]
fn changes_of_the_output_are_refused() {
    // A variable gets the name with the hash, a replacement the name without.
    let sandbox = tree(
        "resources: [../base]\nconfigMapGenerator:\n- name: settings\n  envs: [settings.env]\n\
         vars:\n- name: SERVICE\n  objref: {kind: ConfigMap, name: settings, apiVersion: v1}\n",
    );
    let (run, _) = fix(&sandbox, &["--vars"]);
    assert_snapshot!(run.fails());
    let (run, diff) = fix(&sandbox, &["--vars", "--no-verify"]);
    assert_eq!(run.code, 0);
    assert!(diff.contains("+replacements:"), "{diff}");
}

#[test]
fn broken_trees_cannot_be_verified() {
    let sandbox = tree("resources: [../base, gone.yaml]\ncommonLabels: {a: b}\n");
    let (run, _) = fix(&sandbox, &[]);
    assert_snapshot!(run.fails());
    let (run, diff) = fix(&sandbox, &["--no-verify"]);
    assert_eq!(run.code, 0);
    assert!(diff.contains("+labels:"), "{diff}");
}

#[test]
fn errors_change_nothing() {
    for (kustomization, message) in [
        ("commonLabels: {a: b}\nlabels: [{pairs: {a: c}}]\nresources: [../base]\n", "in both commonLabels and labels"),
        ("resources: [../base]\ncommonLabels: &a {b: c}\ncommonAnnotations: *a\n", "edit it manually"),
        ("bases: 1\n", "expected a list"),
        ("base: [../base]\n", "unknown field `base`"),
    ] {
        fix(&tree(kustomization), &[]).0.fails_with(message);
    }
    let sandbox = tree("resources: [../base]\n");
    sandbox.write("prod/Kustomization", "resources: [../base]\n");
    sandbox.run(&["edit", "fix", "prod"]).fails_with("more than one kustomization file");
    sandbox.run(&["edit", "fix", "."]).fails_with("has no kustomization file");
}
