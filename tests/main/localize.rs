//! `localize`: a copy of a kustomization without remote references.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use walkdir::WalkDir;

use crate::remote::{Page, Server};
use crate::sandbox::{Run, Sandbox, git, search_path};

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

/// Returns a sandbox with these files, and with a repository that has the tag v1.
fn world(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(files);
    fs::create_dir(sandbox.path("home")).unwrap();
    sandbox.write("repo/app/kustomization.yaml", "# remote\nresources: [../shared, a.yaml]\n");
    sandbox.write("repo/app/a.yaml", config_map("remote"));
    sandbox.write("repo/app/unused.yaml", "");
    sandbox.write("repo/shared/kustomization.yaml", "resources: [b.yaml]\n");
    sandbox.write("repo/shared/b.yaml", config_map("shared"));
    let repository = sandbox.path("repo").display().to_string();
    git(&sandbox, &["init", "--quiet", "repo"]);
    git(&sandbox, &["-C", &repository, "add", "--all"]);
    git(&sandbox, &["-C", &repository, "commit", "--quiet", "--message", "a"]);
    git(&sandbox, &["-C", &repository, "tag", "v1"]);
    sandbox
}

fn url(sandbox: &Sandbox, rest: &str) -> String {
    format!("file://{}{rest}", sandbox.path("repo").display())
}

/// Runs the program with a search path, so that it finds git.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(&[&["localize"], arguments].concat());
    command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.finish(command)
}

/// Returns all files of a directory with their content.
fn tree(sandbox: &Sandbox, directory: &str) -> String {
    let root = sandbox.path(directory);
    let mut text = String::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.unwrap();
        assert!(!entry.path_is_symlink(), "{entry:?}");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&root).unwrap().display().to_string();
            text += &format!("== {path}\n{}", fs::read_to_string(entry.path()).unwrap());
        }
    }
    let repository = sandbox.path("repo").display().to_string();
    text.replace(repository.trim_start_matches('/'), "[repo]")
}

/// Asserts that the command fails without leaving a copy, and returns the message.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let before = sandbox.list(".");
    let run = run(sandbox, arguments);
    assert_eq!(sandbox.list("."), before);
    run.fails().replace(&sandbox.path("repo").display().to_string(), "[repo]")
}

#[test]
fn remote_content_is_copied_and_the_rest_is_kept() {
    let sandbox = world(&[("app/own.yaml", &config_map("own")), ("app/unused.yaml", "")]);
    let kustomization = format!(
        "# The app.\nnamePrefix: x-\nresources:\n- own.yaml # ours\n- {} # theirs\n",
        url(&sandbox, "//app?ref=v1")
    );
    sandbox.write("app/kustomization.yaml", kustomization);
    let run = run(&sandbox, &["app"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert_snapshot!(run.stderr, @"localized app to localized-app");
    assert_snapshot!(tree(&sandbox, "localized-app"));
    // Copying the copy fetches nothing.
    sandbox.run(&["localize", "localized-app", "again"]).assert_code(0);
    assert_eq!(tree(&sandbox, "again"), tree(&sandbox, "localized-app"));
}

#[test]
fn a_remote_target_is_copied_from_its_repository() {
    let sandbox = world(&[]);
    let target = url(&sandbox, "//app?ref=v1");
    let run = run(&sandbox, &[&target]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(tree(&sandbox, "localized-app-v1"));
    let message = refused(&sandbox, &[&target, "x", "--scope", "."]);
    assert!(message.contains("invalid localize scope .: the target is remote"), "{message}");
    assert_snapshot!(refused(&sandbox, &[&url(&sandbox, "//app")]));
}

#[test]
fn single_files_are_copied_and_keep_their_keys() {
    let sandbox = world(&[]);
    let content = |text: &str| Page::Content(text.as_bytes().to_vec());
    let pages = [("/maps/a.yaml", content(&config_map("fetched"))), ("/x%20y.txt", content("text\n"))];
    let server = Server::new(&sandbox.path("repo"), &pages);
    let (map, text) = (server.url("/maps/a.yaml?raw"), server.url("/x%20y.txt"));
    let generator = format!("configMapGenerator:\n- name: b\n  files: ['{text}', k={text}]\n");
    sandbox.write("app/kustomization.yaml", format!("resources: ['{map}']\n{generator}"));
    let run = run(&sandbox, &["app", "copy"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(tree(&sandbox, "copy"));
}

/// Only entries whose path is another in the copy are changed, so deprecated fields stay as well.
#[test]
fn what_need_not_change_stays() {
    let generators =
        "# Ours.\nconfigMapGenerator:\n- name: a\n  env: a.env # old\n  files: [ a.env ]\ncommonLabels: {a: b}\n";
    let sandbox = world(&[("app/a.env", "A=b\n")]);
    sandbox.write("app/kustomization.yaml", format!("{generators}resources: ['{}']\n", url(&sandbox, "//app?ref=v1")));
    run(&sandbox, &["app", "copy"]).assert_code(0);
    let copy = sandbox.read("copy/kustomization.yaml");
    assert!(copy.starts_with(&format!("{generators}resources: ['localized-files/")), "{copy}");
}

#[test]
fn every_reference_is_localized() {
    let sandbox = world(&[
        (
            "app/kustomization.yaml",
            "\
components: [../component]
bases: [../base]
crds: [crd.json]
configurations: [configuration.yaml]
openapi: {path: schema.json}
configMapGenerator:
- name: a
  env: a.env
  envs: [b.env]
  files: [one.txt, key=./dir/../two.txt, link.txt]
secretGenerator:
- name: b
  files:
  - two.txt
patches:
- path: patch.yaml
patchesStrategicMerge:
- merge.yaml
- |-
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: base}
  data: {inline: x}
patchesJson6902:
- target: {version: v1, kind: ConfigMap, name: base}
  path: json.yaml
replacements:
- path: replacement.yaml
generators:
- generators.yaml
transformers:
- |-
  apiVersion: builtin
  kind: PatchTransformer
  metadata: {name: t}
  path: ./plugin.yaml # inline
",
        ),
        ("base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("base/map.yaml", &config_map("base")),
        (
            "component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {c: d}\n",
        ),
        ("app/crd.json", "{}\n"),
        ("app/configuration.yaml", "nameReference: []\n"),
        ("app/schema.json", "{\"definitions\": {}}\n"),
        ("app/a.env", "a=b\n"),
        ("app/b.env", "c=d\n"),
        ("app/one.txt", "1\n"),
        ("app/two.txt", "2\n"),
        ("app/dir/real.txt", "3\n"),
        ("app/patch.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\ndata: {patch: x}\n"),
        ("app/plugin.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\ndata: {plugin: x}\n"),
        ("app/merge.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\ndata: {merge: x}\n"),
        ("app/json.yaml", "- {op: add, path: /data/json, value: x}\n"),
        (
            "app/replacement.yaml",
            "source: {kind: ConfigMap, name: base, fieldPath: metadata.name}\n\
             targets: [{select: {kind: ConfigMap, name: base}, fieldPaths: [data.inline]}]\n",
        ),
        (
            "app/generators.yaml",
            "# two\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nenvs:\n- ./dir/../a.env # here\n\
             ---\napiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: h}\nfiles: [k=one.txt]\n",
        ),
    ]);
    symlink("dir/real.txt", sandbox.path("app/link.txt")).unwrap();
    let run = run(&sandbox, &["app", "copy", "--scope", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(tree(&sandbox, "copy"));
}

#[test]
fn charts_are_copied_without_running_helm() {
    let sandbox = world(&[
        ("app/kustomization.yaml", "helmCharts:\n- name: shop\n  valuesFile: ./values/../values.yaml\n"),
        ("app/values.yaml", "a: b\n"),
        ("app/charts/shop/Chart.yaml", "name: shop\n"),
        ("app/charts/shop/templates/a.yaml", "a: b\n"),
    ]);
    symlink("/etc/hostname", sandbox.path("app/charts/link")).unwrap();
    let result = run(&sandbox, &["app", "copy", "--no-verify"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert_snapshot!(tree(&sandbox, "copy"));
    let result = run(&sandbox, &["app"]);
    assert_snapshot!(result.fails());
    assert_eq!(tree(&sandbox, "localized-app"), tree(&sandbox, "copy"));

    sandbox.write("app/kustomization.yaml", "helmGlobals: {chartHome: /charts}\nhelmCharts: [{name: shop}]\n");
    assert!(refused(&sandbox, &["app", "x"]).contains("`/charts` is an absolute path"));
    sandbox.write("app/kustomization.yaml", "helmGlobals: {chartHome: ../home}\nhelmCharts: [{name: shop}]\n");
    assert!(refused(&sandbox, &["app", "x"]).contains("outside localize scope"));
}

/// A repository may contain links to anywhere.
#[test]
fn charts_of_a_repository_cannot_leave_it() {
    let sandbox = world(&[]);
    sandbox.write("repo/app/kustomization.yaml", "helmCharts: [{name: shop}]\n");
    symlink("/etc", sandbox.path("repo/app/charts")).unwrap();
    let repository = sandbox.path("repo").display().to_string();
    git(&sandbox, &["-C", &repository, "add", "--all"]);
    git(&sandbox, &["-C", &repository, "commit", "--quiet", "--message", "b"]);
    git(&sandbox, &["-C", &repository, "tag", "v2"]);
    sandbox.write("app/kustomization.yaml", format!("resources: ['{}']\n", url(&sandbox, "//app?ref=v2")));
    let message = refused(&sandbox, &["app", "x", "--no-verify"]);
    assert!(message.contains("`/etc` is outside the repository"), "{message}");
    let message = refused(&sandbox, &[&url(&sandbox, "//app?ref=v2"), "x", "--no-verify"]);
    assert!(message.contains("`/etc` outside localize scope"), "{message}");
}

/// The command itself checks that a copy renders the same.
#[test]
fn plugins_from_directories_find_their_files() {
    let sandbox = world(&[]);
    for (case, target) in [("generators/folder", ""), ("patchesJson6902/removes-the-origin", "root")] {
        let input = format!("{}/fixtures/{case}/input", env!("CARGO_MANIFEST_DIR"));
        let run = run(&sandbox, &[&format!("{input}/{target}"), case.split('/').next().unwrap(), "--scope", &input]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
}

#[test]
fn references_outside_the_scope_are_refused() {
    let sandbox = world(&[
        ("app/kustomization.yaml", "resources: [../base]\n"),
        ("base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("base/map.yaml", &config_map("base")),
    ]);
    assert_snapshot!(refused(&sandbox, &["app"]));
    assert!(refused(&sandbox, &["app", "x", "--scope", "base"]).contains("does not contain the target"));
    assert!(refused(&sandbox, &["app", "x", "--scope", "gone"]).contains("invalid localize scope gone"));
    run(&sandbox, &["app", "copy", "--scope=."]).assert_code(0);
    assert_eq!(sandbox.list("copy"), ["app", "base"]);
    // A file outside is refused by the rules of every render.
    sandbox.write("app/kustomization.yaml", "resources: [../base/map.yaml]\n");
    assert!(refused(&sandbox, &["app", "x"]).contains("is not in or below"));
}

#[test]
fn a_remote_base_needs_a_revision_and_a_free_path() {
    let sandbox = world(&[]);
    sandbox.write("app/kustomization.yaml", format!("resources:\n- {}\n", url(&sandbox, "//app")));
    assert!(refused(&sandbox, &["app"]).contains("missing ref query string parameter"));
    sandbox.write("app/kustomization.yaml", format!("resources:\n- {}\n", url(&sandbox, "//app?ref=v1")));
    sandbox.write("app/localized-files/x", "");
    assert!(refused(&sandbox, &["app"]).contains("already contains localized-files needed to store"));
}

#[test]
fn the_destination_must_be_new() {
    let sandbox = world(&[("app/kustomization.yaml", "resources: [map.yaml]\n"), ("app/map.yaml", &config_map("a"))]);
    assert!(refused(&sandbox, &["app", "app"]).contains("localize destination app already exists"));
    assert!(refused(&sandbox, &["app", "gone/x"]).contains("invalid localize destination gone/x"));
    symlink("nowhere", sandbox.path("link")).unwrap();
    assert!(refused(&sandbox, &["app", "link"]).contains("already exists"));
    // Inside of the target is allowed.
    assert_eq!(run(&sandbox, &["app", "app/copy"]).code, 0);
    assert_eq!(sandbox.list("app/copy"), ["kustomization.yaml", "map.yaml"]);
    sandbox.write("app/kustomization.yaml", "resources: [map.yaml, copy/gone.yaml]\n");
    assert!(refused(&sandbox, &["app", "x"]).contains("no such file or directory: `copy/gone.yaml`"));
}

#[test]
fn a_copy_that_renders_differently_is_reported() {
    let sandbox = world(&[("app/own.yaml", &config_map("own"))]);
    let resources = format!("resources: [own.yaml, '{}']\n", url(&sandbox, "//app?ref=v1"));
    sandbox.write("app/kustomization.yaml", format!("buildMetadata: [originAnnotations]\n{resources}"));
    let result = run(&sandbox, &["app"]);
    let message = result.fails();
    assert!(message.contains("but it renders differently from app"), "{message}");
    assert!(sandbox.path("localized-app").exists());
}
