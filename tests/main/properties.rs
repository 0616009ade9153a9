//! What holds for all inputs.

use std::path::Path;
use std::sync::Arc;

use boutique::io::{self, OsHost};
use boutique::resource::json6902;
use boutique::yaml::{self, FileId, ParseLimits, Tree};
use boutique::{Halt, Rendered};
use serde_json::{Value, json};

use crate::cases::{self, Case};
use crate::diff::unified;

// ---- reading and writing ----

/// The files of fixtures that can be read, but hold what cannot be written.
const UNWRITABLE: [&str; 5] = [
    "errors/boolean-key/input/widget.yaml",
    "errors/duplicate-key/input/a.yaml",
    "errors/infinity/input/a.yaml",
    "patches/json-integer-keys/input/kustomization.yaml",
    "yaml/duplicate-key-in-kustomization/input/kustomization.yaml",
];

#[test]
fn what_was_written_reads_as_the_same() {
    let mut unwritable = Vec::new();
    let mut documents = 0;
    for entry in walkdir::WalkDir::new(cases::root()).sort_by_file_name() {
        let entry = entry.unwrap();
        let Some(text) = entry.file_type().is_file().then(|| std::fs::read(entry.path()).unwrap()) else { continue };
        let Ok(text) = yaml::decode_text(&text) else { continue };
        let Ok(trees) = yaml::parse_stream(&text, FileId(1), ParseLimits::default()) else { continue };
        for tree in trees {
            let Ok(once) = emit(&tree) else {
                unwritable.push(relative(entry.path()));
                continue;
            };
            let again = parse_one(&once);
            assert_eq!(emit(&again).unwrap(), once, "{}", relative(entry.path()));
            documents += 1;
        }
    }
    assert_eq!(unwritable, UNWRITABLE);
    assert!(documents > 1000, "only {documents} documents were found");
}

#[test]
fn what_the_reference_wrote_is_written_the_same() {
    for (case, expected) in cases::rendered() {
        let text: Arc<str> = expected.as_str().into();
        let trees = match yaml::parse_stream(&text, FileId(1), ParseLimits::default()) {
            Ok(trees) => trees,
            Err(error) => panic!("{}: {} at {}", case.name, error.message, error.position.offset),
        };
        let written: Vec<String> = trees.iter().map(|tree| emit(tree).unwrap()).collect();
        let difference = unified(&expected, &written.join("---\n"));
        assert!(difference.is_empty(), "{}\n{difference}", case.name);
    }
}

/// A second parser agrees on what was rendered. It knows fewer words than Go: what differs is listed here.
#[test]
fn another_parser_reads_the_same_values() {
    // `1e400` is a number to it.
    const DIFFERENT: [&str; 1] = ["yaml/numbers"];
    for (case, _) in cases::rendered() {
        // That it renders is for `fixtures` to say.
        let Ok(rendered) = render(&case) else { continue };
        let Ok(text) = rendered.to_yaml() else { continue };
        let theirs: Vec<Value> = documents(&text).map(|document| serde_yaml::from_str(document).unwrap()).collect();
        let ours: Vec<Value> = rendered.resources().iter().map(|resource| to_value(resource.tree())).collect();
        assert_eq!(
            ours.iter().map(normal).eq(theirs.iter().map(normal)),
            !DIFFERENT.contains(&case.name.as_str()),
            "{}",
            case.name
        );
    }
}

#[test]
fn another_parser_reads_what_the_reference_wrote() {
    for (case, expected) in cases::rendered() {
        for document in documents(&expected) {
            let value: Result<Value, _> = serde_yaml::from_str(document);
            assert!(value.is_ok_and(|value| value.is_object()), "{}: {document}", case.name);
        }
    }
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n").filter(|document| !document.is_empty())
}

fn emit(tree: &Tree) -> Result<String, yaml::EmitError> {
    let mut text = String::new();
    yaml::write(tree, &mut text).map(|()| text)
}

fn parse_one(text: &str) -> Tree {
    let trees = yaml::parse_stream(&text.into(), FileId(1), ParseLimits::default());
    let [tree] = trees.unwrap_or_else(|error| panic!("{}: {text}", error.message)).try_into().expect("one document");
    tree
}

fn to_value(tree: &Tree) -> Value {
    serde_json::from_str(&yaml::to_json(tree, false).unwrap()).unwrap()
}

/// Returns a value in which `1` and `1.0` are the same.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(elements) => elements.iter().map(normal).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        other => other.clone(),
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(cases::root()).unwrap().to_str().unwrap().to_string()
}

// ---- rendering ----

fn render(case: &Case) -> Result<Rendered, Vec<boutique::Diagnostic>> {
    io::render(&OsHost::default(), &case.options()).0
}

#[test]
fn rendering_twice_gives_the_same() {
    let outcome = |result: Result<Rendered, Vec<boutique::Diagnostic>>| {
        result.map(|rendered| (rendered.to_yaml(), rendered.warnings().to_vec()))
    };
    for case in cases::all().0 {
        let (first, inputs) = io::render(&OsHost::default(), &case.options());
        let first = outcome(first);
        assert_eq!(first, outcome(render(&case)), "{} with new inputs", case.name);
        // The inputs keep what was parsed from them; rendering must leave that as it is.
        let again = boutique::render(&inputs, &case.options()).map_err(|halt| match halt {
            Halt::Failed(diagnostics) => diagnostics,
            Halt::Needs(requests) => panic!("{} asks for {requests:?} again", case.name),
        });
        assert_eq!(first, outcome(again), "{} with the same inputs", case.name);
    }
}

// ---- JSON patches ----

/// Documents and patches on which RFC 6902 and the reference's library agree. That library knows negative indices, replaces
/// what is missing, and takes null for missing: `fixtures/patches` shows these.
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
fn json_patches_do_what_another_implementation_does() {
    for (document, patch) in json_patches() {
        let mut theirs = document.clone();
        let operations: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        let theirs = json_patch::patch(&mut theirs, &operations).is_ok().then_some(theirs);

        let mut tree = parse_one(&document.to_string());
        let ours = json6902::apply(&mut tree, &parse_one(&patch.to_string())).is_ok().then(|| to_value(&tree));

        assert_eq!(ours.as_ref().map(normal), theirs.as_ref().map(normal), "{document}\npatched with {patch}");
    }
}
