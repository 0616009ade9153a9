//! Compares the verdicts of validate with those of a real API server.
//!
//! ```text
//! cargo run --example api_cases -- ../shared/api/cases.json [CRD-FILE]...
//! ```
//! The file is a list of objects with `accepted`, `message` and `mutation`. The kinds of CustomResourceDefinitions that are not
//! given are left out.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::sync::Arc;

use boutique::internals::parse_stream;
use boutique::validate::{CustomKinds, NEWEST, Table, Validator};
use serde_json::Value;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let cases = arguments.next().expect("the path of the cases is required");
    let cases: Vec<Value> = serde_json::from_str(&read(&cases)).expect("the cases are JSON");
    let mut custom = CustomKinds::default();
    for path in arguments {
        for tree in parse_stream(&Arc::new(read(&path))).expect("the file is YAML") {
            custom.add_definition(&tree);
        }
    }
    let table = Table::read();
    let validator = Validator::new(&table, &[NEWEST - 1], vec![&custom]);
    let mut agreement: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut right, mut all, mut false_refusals, mut false_acceptances) = (0, 0, Vec::new(), Vec::new());
    for case in &cases {
        let object = &case["object"];
        let text = |name: &str| object[name].as_str().unwrap_or_default();
        if !text("kind").is_empty() && !validator.knows(text("apiVersion"), text("kind")) {
            continue;
        }
        let trees = parse_stream(&Arc::new(object.to_string())).expect("JSON is YAML");
        let verdict = validator.check(&trees[0]);
        let is_accepted = case["accepted"] == true;
        let is_right = verdict.is_invalid() != is_accepted;
        let mutation = case["mutation"].as_str().unwrap_or_default();
        let group = agreement.entry(mutation.split(' ').next().unwrap_or_default().to_string()).or_default();
        *group = (group.0 + usize::from(is_right), group.1 + 1);
        (right, all) = (right + usize::from(is_right), all + 1);
        let errors = verdict.findings.iter().filter(|finding| !finding.is_warning);
        let found: Vec<String> = errors.map(|finding| format!("{}: {}", finding.path, finding.message)).collect();
        let line = format!("{}/{} {mutation} | {} | {found:?}", text("apiVersion"), text("kind"), case["message"]);
        match (is_right, is_accepted) {
            (true, _) => {}
            (false, true) => false_refusals.push(line),
            (false, false) => false_acceptances.push(line),
        }
    }
    println!("{right} of {all} verdicts agree");
    agreement.iter().for_each(|(mutation, (right, all))| println!("  {mutation}: {right} of {all}"));
    println!("{} refused that the server accepts", false_refusals.len());
    false_refusals.iter().for_each(|line| println!("  {line}"));
    println!("{} accepted that the server refuses", false_acceptances.len());
    false_acceptances.iter().for_each(|line| println!("  {line}"));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}
