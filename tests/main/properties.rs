//! Properties that hold for all inputs, checked with all fixtures.

use std::sync::Arc;

use boutique::internals;
use boutique::io::{self, OsHost, Outcome};
use boutique::properties::{has_unicode_breaks, same_numbers, to_value, yaml_round_trips};
use boutique::yaml::Tree;
use boutique::{Halt, Rendered};
use serde_json::{Value, json};

use crate::cases::{self, Case, difference};
use crate::corpora::patched;
use crate::sandbox::Sandbox;

// ---- reading and writing ----

/// The files of fixtures with documents that can be read but not written. A file is listed once for each.
const UNWRITABLE: &[&str] = &[
    "configMapGenerator/marker-after-a-next-line/input/kustomization.yaml",
    "configMapGenerator/merge-over-duplicate-keys/input/config.yaml",
    "configurations/duplicate-key/input/configuration.yaml",
    "kustomization/repeated-field/input/kustomization.yaml",
    "kustomization/template/input/kustomization.yaml",
    "labels/null-as-a-name/input/kustomization.yaml",
    "patches/json-duplicate-key-in-the-resource/input/config.yaml",
    "patches/json-literal-that-starts-with-a-tab-removed/input/configmap.yaml",
    "resources/list-with-next-line-in-a-key/input/list.yaml",
    "transformers/boolean-key/input/prefix.yaml",
    "transformers/duplicate-key/input/labels.yaml",
    "yaml/boolean-key/input/widget.yaml",
    "yaml/document-marker-after-a-next-line/input/configmap.yaml",
    "yaml/duplicate-annotations/input/config.yaml",
    "yaml/duplicate-annotations/input/config.yaml",
    "yaml/duplicate-annotations/input/config.yaml",
    "yaml/duplicate-annotations/input/config.yaml",
    "yaml/duplicate-key/input/a.yaml",
    "yaml/duplicate-key-in-kustomization/input/kustomization.yaml",
    "yaml/infinity/input/a.yaml",
    "yaml/long-key-with-escapes/input/r.yaml",
    "yaml/next-line-in-a-key/input/r.yaml",
    "yaml/null-as-a-key/input/widget.yaml",
    "yaml/tab-at-the-start-of-a-block/input/r.yaml",
];

#[test]
fn written_yaml_reads_back_the_same() {
    let (mut documents, mut unwritable, mut failures) = (0, Vec::new(), Vec::new());
    for entry in walkdir::WalkDir::new(cases::root()).sort_by_file_name() {
        let entry = entry.unwrap();
        let Some(bytes) = entry.file_type().is_file().then(|| std::fs::read(entry.path()).unwrap()) else { continue };
        let Ok(text) = internals::decode_text(&bytes) else { continue };
        if has_unicode_breaks(&text) {
            continue;
        }
        let name = entry.path().strip_prefix(cases::root()).unwrap().to_str().unwrap().to_string();
        match yaml_round_trips(&text) {
            Ok(written) => {
                documents += written.documents;
                unwritable.extend(std::iter::repeat_n(name, written.unwritable));
            }
            Err(difference) => failures.push(format!("{name}: {difference}")),
        }
    }
    assert_eq!(unwritable, UNWRITABLE);
    assert!(documents > 1000, "only {documents} documents were found");
    assert!(failures.is_empty(), "read back differently:\n{}", failures.join("\n"));
}

#[test]
fn output_of_kustomize_is_written_back_the_same() {
    let mut failures = Vec::new();
    for (case, expected) in cases::rendered().filter(|(_, expected)| !has_unicode_breaks(expected)) {
        let written = parse(&expected).and_then(|trees| {
            let documents: Result<Vec<String>, _> = trees.iter().map(emit).collect();
            documents.map(|documents| documents.join("---\n"))
        });
        match written.map(|written| difference(&expected, &written)) {
            Ok(difference) if difference.is_empty() => {}
            Ok(why) | Err(why) => failures.push(format!("=== {}\n{why}", case.name)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Cases in which another parser may read other values, and the reason.
pub const READ_DIFFERENTLY: [(&str, &str); 7] = [
    ("configMapGenerator/line-separator", "U+2028 ends a line only in YAML 1.1"),
    ("images/next-lines", "U+0085 ends a line only in YAML 1.1"),
    ("resources/list-with-next-lines", "U+0085 ends a line only in YAML 1.1"),
    ("yaml/no-document-marker-after-a-next-line", "U+0085 ends a line only in YAML 1.1"),
    ("yaml/quoted-tab-before-a-next-line", "U+0085 ends a line only in YAML 1.1"),
    ("yaml/timestamps-in-flow", "our JSON has keys as they were written, our YAML has times in one notation"),
    ("yaml/unicode", "U+2028 ends a line only in YAML 1.1"),
];

#[test]
fn another_parser_reads_the_same_values() {
    let names = cases::names();
    let is_case = |name: &str| names.iter().any(|case| case == name);
    assert!(READ_DIFFERENTLY.iter().all(|(name, _)| is_case(name)), "a known difference is not a fixture");
    let mut different = Vec::new();
    for (case, expected) in cases::rendered() {
        let theirs: Vec<Value> =
            documents(&expected).map(|text| serde_yaml::from_str(text).unwrap_or_default()).collect();
        assert!(theirs.iter().all(Value::is_object), "{}: {expected}", case.name);
        // A wrong output is reported by `tests/fixtures.rs`.
        let Ok(rendered) = render(&case) else { continue };
        if rendered.to_yaml().ok().as_ref() != Some(&expected) {
            continue;
        }
        let ours: Vec<Value> = rendered.resources().iter().map(|resource| to_value(resource.tree())).collect();
        let is_known = READ_DIFFERENTLY.iter().any(|(name, _)| *name == case.name);
        if !is_known && !ours.iter().map(same_numbers).eq(theirs.iter().map(same_numbers)) {
            different.push(case.name);
        }
    }
    assert!(different.is_empty(), "{different:?}");
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n").filter(|document| !document.is_empty())
}

fn emit(tree: &Tree) -> Result<String, String> {
    let mut text = String::new();
    internals::write(tree, &mut text).map(|()| text)
}

fn parse(text: &str) -> Result<Vec<Tree>, String> {
    let text = Arc::new(text.to_string());
    internals::parse_stream(&text)
}

/// Reads JSON, which is YAML.
fn parse_json(value: &Value) -> Tree {
    parse(&value.to_string()).ok().and_then(|mut trees| trees.pop()).expect("JSON is YAML")
}

// ---- rendering ----

fn render(case: &Case) -> Result<Rendered, Vec<boutique::Diagnostic>> {
    io::render(&OsHost::default(), &case.path(), &case.options()).result
}

#[test]
fn rendering_twice_gives_the_same_output() {
    let outcome = |result: Result<Rendered, Vec<boutique::Diagnostic>>| {
        result.map(|rendered| (rendered.to_yaml(), rendered.warnings().to_vec()))
    };
    for case in cases::all() {
        let Outcome { result, inputs } = io::render(&OsHost::default(), &case.path(), &case.options());
        let first = outcome(result);
        assert_eq!(first, outcome(render(&case)), "{} with new inputs", case.name);
        // The inputs keep the parsed files, which rendering must not change.
        let again = boutique::render(&inputs, &case.path(), &case.options()).map_err(|halt| match halt {
            Halt::Failed(diagnostics) => diagnostics,
            Halt::Needs(requests) => panic!("{} asks for {requests:?} again", case.name),
        });
        assert_eq!(first, outcome(again), "{} with the same inputs", case.name);
    }
}

// ---- patches ----

/// Every merge doubles the elements of this list that lack the merge key, as in kustomize.
#[test]
fn growth_by_merges_is_limited() {
    let patch = "- patch: '{apiVersion: v1, kind: Service, metadata: {name: dns}}'\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: dns}\nspec:\n  ports: [{port: 1, protocol: TCP}, {name: udp, protocol: UDP}]\n";
    let render = |patches: usize| {
        let kustomization = format!("resources: [a.yaml]\npatches:\n{}", patch.repeat(patches));
        Sandbox::new(&[("kustomization.yaml", &kustomization), ("a.yaml", service)]).run(&[
            "build",
            "--max-work",
            "1000000",
        ])
    };
    assert_eq!(render(5).succeeds().matches("- name: udp").count(), 63);
    render(60).fails_with("raise the limit with `--max-work`");
}

/// Documents and patches on which RFC 6902 and kustomize's library agree. That library accepts negative indexes, replaces
/// missing values, and treats null as missing: `fixtures/patches` shows these.
fn json_patches() -> Vec<(Value, Value)> {
    let deployment = json!({
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": 1, "containers": [{"name": "a", "ports": [80, 443]}, {"name": "b"}], "paused": false},
    });
    let with = |patch: Value| (deployment.clone(), patch);
    vec![
        with(json!([])),
        with(json!([{"op": "add", "path": "/metadata/labels/tier", "value": "front"}])),
        with(json!([{"op": "add", "path": "/spec/replicas", "value": 3}])),
        with(json!([{"op": "add", "path": "/spec/containers/-", "value": {"name": "c"}}])),
        with(json!([{"op": "add", "path": "/spec/containers/0", "value": {"name": "first", "ports": []}}])),
        with(json!([{"op": "add", "path": "/spec/containers/2", "value": "at the end"}])),
        with(json!([{"op": "remove", "path": "/spec/containers/0/ports/1"}])),
        with(json!([{"op": "remove", "path": "/metadata/labels"}])),
        with(json!([{"op": "replace", "path": "/spec/containers/1", "value": [1, [2, {"x": true}]]}])),
        with(json!([{"op": "replace", "path": "", "value": {"whole": "document"}}])),
        with(json!([{"op": "move", "from": "/spec/containers/1", "path": "/spec/containers/0"}])),
        with(json!([{"op": "move", "from": "/metadata/labels", "path": "/spec/selector"}])),
        with(json!([{"op": "copy", "from": "/spec/containers/0", "path": "/spec/containers/-"},
                    {"op": "replace", "path": "/spec/containers/2/name", "value": "copied"}])),
        with(json!([{"op": "test", "path": "/spec/containers/0/ports", "value": [80, 443]},
                    {"op": "test", "path": "/spec", "value": deployment["spec"].clone()},
                    {"op": "add", "path": "/passed", "value": "yes"}])),
        (
            json!({"a/b": {"c~d": 1, "": 2, "~1": 3}}),
            json!([{"op": "replace", "path": "/a~1b/c~0d", "value": "slash and tilde"},
                {"op": "remove", "path": "/a~1b/"},
                {"op": "move", "from": "/a~1b/~01", "path": "/e f"}]),
        ),
        (
            json!({"text": "a: b # c\n- d\t\"e\" \u{e9}\u{1f600}", "numbers": [0, -1, 1.5, 1e-7, 123456789]}),
            json!([{"op": "copy", "from": "/text", "path": "/copy"}, {"op": "add", "path": "/numbers/1", "value": "017"}]),
        ),
        // These fail.
        with(json!([{"op": "remove", "path": "/spec/missing"}])),
        with(json!([{"op": "add", "path": "/spec/missing/deep", "value": 1}])),
        with(json!([{"op": "add", "path": "/spec/containers/7", "value": 1}])),
        with(json!([{"op": "replace", "path": "/spec/containers/2", "value": 1}])),
        with(json!([{"op": "test", "path": "/spec/replicas", "value": "1"}])),
        with(json!([{"op": "test", "path": "/spec/containers/0/ports", "value": [443, 80]}])),
        with(json!([{"op": "move", "from": "/missing", "path": "/spec/x"}])),
        with(json!([{"op": "copy", "from": "/spec/containers/9", "path": "/spec/x"}])),
    ]
}

#[test]
fn json_patches_agree_with_another_implementation() {
    for (document, patch) in json_patches() {
        let theirs = patched(&document, &patch);

        let mut tree = parse_json(&document);
        let ours = internals::apply_json_patch(&mut tree, &parse_json(&patch)).is_ok().then(|| to_value(&tree));

        assert_eq!(
            ours.as_ref().map(same_numbers),
            theirs.as_ref().map(same_numbers),
            "{document}\npatched with {patch}"
        );
    }
}
