//! The rules that the API server has beyond schemas, on objects that it accepts and on objects that it refuses.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use boutique::internals::parse_stream;
use boutique::validate::{Table, Validator};

/// The minor version of Kubernetes whose API server gave the verdicts.
const MINOR: u8 = 36;

/// The part of the verdicts that must agree.
const MIN_AGREEMENT: f64 = 0.97;

/// Returns the errors of the first object in a text, one a line.
fn errors(validator: &Validator<'_>, text: &str) -> Vec<String> {
    let trees = parse_stream(&Arc::new(text.to_string())).expect("it is YAML");
    let verdict = validator.check(&trees[0]);
    let errors = verdict.findings.into_iter().filter(|finding| !finding.is_warning);
    errors.map(|finding| format!("# {}: {}", finding.path, finding.message)).collect()
}

/// Each document in `tests/validate` starts with comments: the errors that are found in it.
#[test]
fn objects_are_refused_for_the_reasons_that_they_list() {
    let table = Table::read();
    let validator = Validator::new(&table, &[MINOR], Vec::new());
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate");
    let mut objects = 0;
    for entry in fs::read_dir(directory).expect("the directory exists") {
        let path = entry.expect("it can be listed").path();
        let text = fs::read_to_string(&path).expect("it is text");
        for document in text.split("\n---\n") {
            let expected: Vec<&str> = document.lines().take_while(|line| line.starts_with("# ")).collect();
            assert_eq!(errors(&validator, document), expected, "{}:\n{document}", path.display());
            objects += 1;
        }
    }
    assert!(objects > 60, "only {objects} objects were found");
}

/// Values of the wrong type are reported by schemas, and rules skip them.
#[test]
fn rules_tolerate_values_of_any_type() {
    let table = Table::read();
    let validator = Validator::new(&table, &[MINOR], Vec::new());
    let values = ["a", "1", "true", "[a]", "{a: b}", "[[]]", "[{}]", "null", "''"];
    let paths =
        ["metadata", "spec", "spec.template", "spec.template.spec", "spec.template.spec.containers", "data", "rules"];
    for kind in ["v1 Pod", "apps/v1 Deployment", "apps/v1 StatefulSet", "v1 Service", "v1 Secret", "batch/v1 CronJob"] {
        let (version, kind) = kind.split_once(' ').expect("it has two words");
        for path in paths {
            for value in values {
                let depth = path.split('.').count();
                let open = path.replace('.', ": {");
                let close = "}".repeat(depth - 1);
                let text = format!("{{apiVersion: {version}, kind: {kind}, {open}: {value}{close}}}\n");
                let errors = errors(&validator, &text);
                assert!(!errors.is_empty() || matches!(kind, "Secret"), "{text}");
            }
        }
    }
}

#[test]
fn verdicts_agree_with_those_of_an_api_server() {
    let Ok(text) = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/api/cases.json")) else { return };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("the cases are JSON");
    let table = Table::read();
    let validator = Validator::new(&table, &[MINOR], Vec::new());
    let (mut right, mut all) = (0, 0);
    for case in &cases {
        let field = |name: &str| case["object"][name].as_str().unwrap_or_default();
        if !validator.knows(field("apiVersion"), field("kind")) {
            continue;
        }
        let errors = errors(&validator, &case["object"].to_string());
        let is_accepted = case["accepted"] == true;
        assert!(errors.is_empty() || !is_accepted, "it is valid: {}\n{errors:?}", case["object"]);
        all += 1;
        right += usize::from(errors.is_empty() == is_accepted);
    }
    println!("{right} of {all} verdicts agree");
    assert!(right as f64 >= all as f64 * MIN_AGREEMENT, "{right} of {all} verdicts agree");
}

/// Some rules are younger than others.
#[test]
fn rules_apply_to_the_versions_that_have_them() {
    let table = Table::read();
    let errors_in = |minor: u8, text: &str| errors(&Validator::new(&table, &[minor], Vec::new()), text).len();
    let template = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}";
    let cases = [
        (
            27,
            format!(
                "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: a.b}}, spec: {{serviceName: a, {template}}}}}"
            ),
        ),
        (
            34,
            format!(
                "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: a}}, spec: {{serviceName: A_B, {template}}}}}"
            ),
        ),
        (
            34,
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {maxReplicas: 1, \
             scaleTargetRef: {kind: Deployment, name: a}}}"
                .to_string(),
        ),
    ];
    for (since, text) in cases {
        assert_eq!((errors_in(since - 1, &text), errors_in(since, &text)), (0, 1), "{text}");
    }
}
