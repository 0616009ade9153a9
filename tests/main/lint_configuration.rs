//! `lint`: its configuration, the search for files, and its tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boutique::{Code, Level};
use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{Run, Sandbox, command};

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
/// A kustomization with a warning: no image has this name.
const UNMATCHED_IMAGE: &str = "resources: [a.yaml]\nimages: [{name: ngnix, newTag: v1}]\n";

/// Two targets with one warning each, and an unused file in the first one.
fn two_targets() -> Sandbox {
    Sandbox::new(&[
        ("one/kustomization.yaml", UNMATCHED_IMAGE),
        ("one/a.yaml", MAP),
        ("one/unused.yaml", MAP),
        ("two/kustomization.yaml", UNMATCHED_IMAGE),
        ("two/a.yaml", MAP),
    ])
}

/// Returns the places of the diagnostics that lint reports, as `path code`.
#[track_caller]
fn reported(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("each line is JSON"));
    let text = |value: &Value| value.as_str().expect("it is a string").to_string();
    let place =
        |message: &Value| message["labels"][0]["path"].as_str().map_or(message.to_string(), ToString::to_string);
    messages.map(|message| format!("{} {}", place(&message), text(&message["code"]))).collect()
}

fn lint(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.run(&[&["lint", "--format", "json"], arguments].concat())
}

const ONE: &str = "one/kustomization.yaml unmatched-image";
const TWO: &str = "two/kustomization.yaml unmatched-image";
const UNUSED: &str = "one/unused.yaml unused-file";

// ---- settings ----

#[test]
fn settings_choose_what_is_reported() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: a-\n";
    let advice = "part/kustomization.yaml unused-component";
    for (settings, expected) in [
        ("", &[ONE, UNUSED, TWO][..]),
        ("exclude = ['one/']", &[TWO]),
        ("exclude = ['/two', 'unused.*']", &[ONE]),
        ("exclude = ['/*', '!/two']", &[TWO]),
        ("include = ['two']", &[TWO]),
        ("include = ['one']\nexclude = ['**/unused.yaml']", &[ONE]),
        ("select = ['unused-file']", &[UNUSED]),
        ("select = []", &[]),
        ("ignore = ['unmatched-image']", &[UNUSED]),
        ("advice = true", &[ONE, UNUSED, advice, TWO]),
        ("select = ['unused-component']", &[advice]),
        ("[[lint.overrides]]\npaths = ['one/*']\nignore = ['unmatched-image']", &[UNUSED, TWO]),
        ("[[lint.overrides]]\npaths = ['one']\nselect = ['unused-file']", &[UNUSED, TWO]),
        (
            "select = []\n[[lint.overrides]]\npaths = ['*']\n[[lint.overrides]]\npaths = ['two']\nselect = ['unmatched-image']",
            &[TWO],
        ),
    ] {
        let sandbox = two_targets();
        sandbox.write("part/kustomization.yaml", component);
        sandbox.write("boutique.toml", format!("[lint]\n{settings}\n"));
        assert_eq!(reported(&lint(&sandbox, &[])), expected, "{settings}");
    }
}

#[test]
fn flags_are_combined_with_settings() {
    let sandbox = two_targets();
    sandbox.write("boutique.toml", "[lint]\nselect = ['unused-file']\nignore = ['mutable-tag']\nexclude = ['two']\n");
    for (flags, expected) in [
        (&["--select", "unmatched-image"][..], &[ONE][..]),
        (&["--ignore", "unused-file"], &[]),
        (&["--exclude", "one"], &[]),
        (&["--no-config"], &[ONE, UNUSED, TWO]),
        (&["--no-config", "--exclude", "one"], &[TWO]),
        // A directory that is named is checked.
        (&["two", "--select", "unmatched-image"], &[TWO]),
        (&["one", "two"], &[UNUSED]),
    ] {
        let flags = [flags, &["--allow-empty"]].concat();
        assert_eq!(reported(&lint(&sandbox, &flags)), expected, "{flags:?}");
    }
}

#[test]
fn excluded_files_have_no_warnings_but_errors() {
    let sandbox = Sandbox::new(&[
        ("boutique.toml", "lint.exclude = ['vendor/']\n"),
        ("app/kustomization.yaml", "resources: [../vendor]\n"),
        ("vendor/kustomization.yaml", UNMATCHED_IMAGE),
        ("vendor/a.yaml", MAP),
    ]);
    assert_eq!(reported(&lint(&sandbox, &[])), [""; 0]);
    sandbox.write("vendor/a.yaml", "a: [");
    assert!(lint(&sandbox, &[]).stdout.contains("invalid-yaml"));
}

#[test]
fn every_directory_has_the_nearest_configuration() {
    let sandbox = two_targets();
    sandbox.write("boutique.toml", "[lint]\nselect = []\n");
    sandbox.write("one/boutique.toml", "[lint]\nselect = ['unused-file']\n");
    assert_eq!(reported(&lint(&sandbox, &["one", "two"])), [UNUSED]);
    assert_eq!(reported(&lint(&sandbox, &["two"])), [""; 0]);
    // The top of a repository and load roots end the search.
    fs::create_dir(sandbox.path("two/.git")).expect("the sandbox is writable");
    assert_eq!(reported(&lint(&sandbox, &["two"])), [TWO]);
    fs::remove_dir(sandbox.path("two/.git")).expect("it is empty");
    assert_eq!(reported(&lint(&sandbox, &["two", "--load-root", "two"])), [TWO]);
}

#[test]
fn a_configuration_above_the_working_directory_is_not_read() {
    let sandbox = two_targets();
    sandbox.write("boutique.toml", "[lint]\nselect = []\n");
    let mut lint = command(&sandbox.path("two"));
    lint.args(["lint", "--quiet"]).env("TMPDIR", sandbox.temporary());
    let run = sandbox.finish(lint);
    assert!(run.stdout.contains("unmatched-image"), "{}", run.stdout);
}

#[test]
fn errors_of_the_configuration_have_places_and_suggestions() {
    let sandbox = two_targets();
    let text = "[lint]\nexclud = ['a']\nignore = ['unused-fil', 'not-found', 3]\nadvice = 'yes'\nselect = 'unused-file'\n\
        exclude = ['[z-a]']\noverrides = 1\n[[lint.overrides]]\n";
    sandbox.write("boutique.toml", text.replace("overrides = 1\n", ""));
    let run = sandbox.run(&["lint"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_snapshot!(run.stderr);
    for invalid in
        ["lint = 1", "[lint", "[linter]", "[lint]\na = 1\na = 1", "lint.overrides = [1]", "\u{0}", "[[lint]]"]
    {
        sandbox.write("boutique.toml", invalid);
        let run = sandbox.run(&["lint"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{invalid}: {}", run.stderr);
        assert!(run.stderr.starts_with("error[invalid-configuration]"), "{}", run.stderr);
        assert!(run.stderr.contains("boutique.toml:"), "{}", run.stderr);
    }
}

#[test]
fn only_lint_reads_the_configuration() {
    let sandbox = two_targets();
    sandbox.write("boutique.toml", "[");
    sandbox.run(&["render", "two"]).assert_code(0);
    sandbox.run(&["tree", "two"]).assert_code(0);
}

#[test]
fn the_schema_of_the_configuration_is_published() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/reference/boutique.schema.json");
    let printed = Sandbox::new(&[]).run(&["lint", "--print-config-schema"]).succeeds();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &printed).expect("the schema can be written");
    }
    assert_eq!(fs::read_to_string(&path).expect("the schema is published"), printed, "run with UPDATE_DOCS=1");
    let schema: Value = serde_json::from_str(&printed).expect("it is JSON");
    // Every field of the schema is accepted, and no others.
    let sandbox = two_targets();
    let lint_fields = schema["properties"]["lint"]["properties"].as_object().expect("it has fields");
    for (name, field) in lint_fields {
        let value = match field["type"].as_str() {
            Some("boolean") => "true",
            _ => "[]",
        };
        sandbox.write("boutique.toml", format!("[lint]\n{name} = {value}\n"));
        sandbox.run(&["lint", "--quiet", "--allow-empty"]).assert_code(0);
        sandbox.write("boutique.toml", format!("[lint]\n{name}x = {value}\n"));
        let run = sandbox.run(&["lint"]);
        assert!(run.stderr.contains(&format!("did you mean `{name}`?")), "{}", run.stderr);
    }
    let codes = lint_fields["select"]["items"]["enum"].as_array().expect("they are listed");
    assert_eq!(codes.len(), Code::ALL.len());
}

// ---- .gitignore ----

#[test]
fn ignored_files_are_not_checked() {
    let sandbox = two_targets();
    sandbox.write(".gitignore", "# generated\n/two/\nunused.*\n");
    assert_eq!(reported(&lint(&sandbox, &[])), [ONE]);
    sandbox.write("one/.gitignore", "!unused.yaml\n");
    assert_eq!(reported(&lint(&sandbox, &[])), [ONE, UNUSED]);
    // It applies below a directory that is named, too.
    sandbox.write("one/.gitignore", "");
    assert_eq!(reported(&lint(&sandbox, &["one"])), [ONE]);
    // Other commands find what git ignores.
    assert!(sandbox.run(&["affected", "--since", "HEAD"]).code != 0);
    sandbox.write(".gitignore", "two/\n");
    let targets = sandbox.run(&["render", "--all", "."]).stdout;
    assert_eq!(targets.matches("kind: ConfigMap").count(), 2, "{targets}");
}

// ---- arguments ----

#[test]
fn files_are_checked_with_their_project() {
    let sandbox = Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\nimages: [{name: ngnix, newTag: v1}]\n"),
        ("base/web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n"),
        ("prod/kustomization.yaml", "resources: [../base, map.yaml]\n"),
        ("prod/map.yaml", MAP),
        ("prod/unused.yaml", MAP),
    ]);
    let all =
        ["base/kustomization.yaml unmatched-image", "base/web.yaml selects-nothing", "prod/unused.yaml unused-file"];
    assert_eq!(reported(&lint(&sandbox, &[])), all);
    for (file, expected) in [
        (&["base/web.yaml"][..], &all[1..2]),
        (&["base/kustomization.yaml", "prod/unused.yaml"], &[all[0], all[2]]),
        (&["prod/kustomization.yaml"], &[]),
        // A directory is checked as a whole.
        (&["base", "prod/kustomization.yaml"], &all[..]),
    ] {
        assert_eq!(reported(&lint(&sandbox, file)), expected, "{file:?}");
    }
    // What includes the file is part of the message.
    sandbox.write("base/web.yaml", "a: [");
    let run = lint(&sandbox, &["prod/kustomization.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("invalid-yaml"), "{}", run.stdout);
    sandbox.run(&["lint", "base/none.yaml"]).fails_with("no such directory");
}

// ---- summaries and tables ----

#[test]
fn checks_that_are_left_out_are_named() {
    let sandbox = two_targets();
    sandbox.write("two/a.yaml", "a: [");
    let run = sandbox.run(&["lint", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr, "left out what only the output would show: a target does not render: two\n");
    for name in ["three", "four", "five"] {
        sandbox.write(&format!("{name}/kustomization.yaml"), "a: 1\n");
    }
    assert_snapshot!(sandbox.run(&["lint"]).stderr, @r"
    checked 5 targets: 4 errors, 2 warnings
    1 fixable with `--fix --unsafe-fixes`
    left out what only the output would show: 4 targets do not render: five, four, three and 1 more
    ");
}

#[test]
fn statistics_count_by_code() {
    let sandbox = two_targets();
    assert_snapshot!(sandbox.run(&["lint", "--quiet", "--statistics"]).succeeds(), @r"
    2  unmatched-image
    1  unused-file
    ");
    assert_snapshot!(sandbox.run(&["lint", "--quiet", "--statistics", "--format", "json"]).succeeds(), @r#"
    {"code":"unmatched-image","count":2}
    {"code":"unused-file","count":1}
    "#);
    for format in ["github", "sarif"] {
        assert_eq!(sandbox.run(&["lint", "--statistics", "--format", format]).code, 2);
    }
}

#[test]
fn rules_are_listed() {
    let sandbox = Sandbox::new(&[]);
    let table = sandbox.run(&["lint", "--rules"]).succeeds();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), Code::ALL.len());
    let levels: BTreeSet<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(levels, BTreeSet::from(["advice", "api", "error", "lint", "warning"]));
    let json = sandbox.run(&["lint", "--rules", "--format", "json"]).succeeds();
    for (line, code) in json.lines().zip(Code::ALL) {
        let rule: Value = serde_json::from_str(line).expect("each line is JSON");
        assert_eq!(rule["code"], code.as_str());
        assert_eq!(rule["level"] == "error", code.level() == Level::Error);
        assert_eq!(rule["summary"], code.summary());
    }
    assert_eq!(json.lines().count(), Code::ALL.len());
}

#[test]
fn this_repository_is_clean() {
    let mut lint = command(Path::new(env!("CARGO_MANIFEST_DIR")));
    let output = lint.arg("lint").output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!((output.status.code(), text.as_ref()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("0 errors, 0 warnings\n"));
}

#[test]
fn the_hooks_of_pre_commit_are_valid() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml"));
    let text = text.expect("the hooks are in the repository");
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("- id: ")).collect();
    assert_eq!(ids, ["boutique-lint"]);
    let entry = text.lines().find_map(|line| line.strip_prefix("  entry: ")).expect("it has a command");
    let arguments: Vec<&str> = entry.split(' ').skip(1).collect();
    let sandbox = two_targets();
    let run = sandbox.run(&[&arguments[..], &["two/a.yaml", "two/kustomization.yaml"]].concat());
    assert!(run.stdout.contains("unmatched-image") && !run.stdout.contains("one/"), "{}", run.stdout);
}

#[test]
fn named_roots_are_targets_though_others_include_them() {
    let tree = [
        ("all/kustomization.yaml", "resources: [../web]\n"),
        ("web/kustomization.yaml", "resources: [web.yaml]\nnamespace: shop\n"),
        ("web/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"),
    ];
    let sandbox = Sandbox::new(&tree);
    let checked = |sandbox: &Sandbox| sandbox.run(&["lint"]).stderr;
    assert!(checked(&sandbox).contains("checked 1 target:"));
    sandbox.write("boutique.toml", "[lint]\nroots = [\"web\"]\n");
    assert!(checked(&sandbox).contains("checked 2 targets:"), "{}", checked(&sandbox));
    sandbox.write("boutique.toml", "[lint]\nroots = [\"../web\"]\n");
    assert!(checked(&sandbox).contains("is not below the directory of this file"));
    sandbox.write("boutique.toml", "[lint]\nroots = [\"missing\"]\n");
    assert!(checked(&sandbox).contains("missing"));
}
