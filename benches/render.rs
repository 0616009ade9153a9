//! Benchmarks of renders and their steps, in memory: `cargo bench --bench render`.
//!
//! `examples/scale.rs` writes the same trees to files.

mod trees;

use boutique::internals::{StepState, Steps, load_only};
use boutique::io::{self, MemoryHost, Workspace};
use boutique::validate::{CustomKinds, NEWEST, Table, check_rendered};
use boutique::{Inputs, Options};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use trees::Tree;

fn main() {
    divan::main();
}

/// Complete renders: parsing, transforming and writing.
#[divan::bench(args = ["tiny", "flat:1000", "patches:300x100", "replacements:300x100", "deep:10x200", "crd:10", "configmap:10"])]
fn render(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("the name is valid");
    let (target, options) = (absolute(&tree.targets[0]), Options::default());
    let host = host(&tree.files);
    bencher.counter(bytes(&tree)).bench(|| {
        let outcome = io::render(&host, &target, &options);
        outcome.result.expect("the tree is valid").to_yaml().expect("all values have a JSON form")
    });
}

/// The validation of what was rendered, with the reading of the schemas.
#[divan::bench(args = ["tiny", "flat:1000", "crd:10"])]
fn validate(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("the name is valid");
    let outcome = io::render(&host(&tree.files), &absolute(&tree.targets[0]), &Options::default());
    let rendered = outcome.result.expect("the tree is valid");
    bencher.counter(ItemsCount::new(rendered.resources().len())).bench(|| {
        let table = Table::read();
        check_rendered(&rendered, &table, &[NEWEST], &CustomKinds::default()).len()
    });
}

/// Many targets in one workspace, on one thread.
#[divan::bench(args = ["fleet:1", "fleet:10", "fleet:100"])]
fn render_many(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("the name is valid");
    let host = host(&tree.files);
    bencher.counter(ItemsCount::new(tree.targets.len())).bench(|| {
        let workspace = Workspace::new(&host, Options::default());
        let texts = tree.targets.iter().map(|target| {
            workspace
                .render(&absolute(target))
                .result
                .expect("the tree is valid")
                .to_yaml()
                .expect("all values have a JSON form")
        });
        texts.map(|text| text.len()).sum::<usize>()
    });
}

/// Loading: from files to parsed kustomizations.
#[divan::bench(args = ["flat:1000", "deep:10x200"])]
fn load(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("the name is valid");
    let (target, options) = (absolute(&tree.targets[0]), Options::default());
    let inputs = io::render(&host(&tree.files), &target, &options).inputs;
    bencher.bench(|| load_only(&inputs, &target));
}

/// The fields of transformers. Each is measured separately, on a base of 1000 resources.
const FIELDS: [(&str, &str); 10] = [
    ("namespace", "namespace: production"),
    ("namePrefix", "namePrefix: prod-"),
    ("nameSuffix", "nameSuffix: -prod"),
    ("labels", "labels: [{pairs: {environment: production}, includeSelectors: true}]"),
    ("commonAnnotations", "commonAnnotations: {example.com/owner: shop}"),
    ("images", "images: [{name: registry.example.com/sidecar, newTag: v3}, {name: busybox, newTag: v2}]"),
    ("replicas", "replicas: [{name: amber-flint-00000, count: 5}]"),
    (
        "patches (strategic merge)",
        r#"patches:
- target: {kind: Deployment}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any}
    spec: {template: {spec: {containers: [{name: app, env: [{name: PORT, value: "81"}]}]}}}
"#,
    ),
    (
        "patches (JSON 6902)",
        r#"patches:
- target: {kind: Deployment}
  patch: '[{"op": "replace", "path": "/spec/replicas", "value": 3}]'
"#,
    ),
    (
        "replacements",
        r#"replacements:
- source: {kind: Service, name: amber-flint-00000, fieldPath: metadata.name}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=app].env.[name=HOST].value"]
"#,
    ),
];

#[divan::bench(args = FIELDS.map(|(name, _)| name))]
fn transform(bencher: Bencher<'_, '_>, name: &str) {
    let (_, field) = FIELDS.iter().find(|(field, _)| *field == name).expect("the name is in the table");
    measure(bencher, field, Steps::base, Steps::transform);
}

/// Updates of references between 1000 renamed resources.
#[divan::bench]
fn fix_name_references(bencher: Bencher<'_, '_>) {
    measure(bencher, "namePrefix: prod-", Steps::overlay, Steps::fix_references);
}

/// Hashes in the names of 1000 generated ConfigMaps.
#[divan::bench]
fn add_name_hashes(bencher: Bencher<'_, '_>) {
    let generators: Vec<String> = (0..1000).map(|at| format!("{{name: map-{at}, literals: [a={at}, b=c]}}")).collect();
    let field = format!("configMapGenerator: [{}]", generators.join(", "));
    measure(bencher, &field, Steps::overlay, Steps::add_hashes);
}

/// Sorting 1000 resources in the legacy order.
#[divan::bench]
fn sort_in_legacy_order(bencher: Bencher<'_, '_>) {
    measure(bencher, "namePrefix: prod-", Steps::overlay, Steps::sort);
}

/// Measures one step of the render of an overlay with one field on a base of 1000 resources.
fn measure(bencher: Bencher<'_, '_>, field: &str, prepare: fn(&Steps) -> StepState, step: fn(&Steps, &mut StepState)) {
    let files = [
        ("base/kustomization.yaml".to_string(), "resources: [all.yaml]\n".to_string()),
        ("base/all.yaml".to_string(), trees::applications(1000, trees::name).join("---\n")),
        ("overlay/kustomization.yaml".to_string(), format!("resources: [../base]\n{field}\n")),
    ];
    let target = absolute("overlay");
    let inputs: Inputs = io::render(&host(&files), &target, &Options::default()).inputs;
    let steps = Steps::new(inputs, &target);
    bencher.with_inputs(|| prepare(&steps)).bench_local_values(|mut state| {
        step(&steps, &mut state);
        state
    });
}

fn host(files: &[(String, String)]) -> MemoryHost {
    MemoryHost::new(files.iter().map(|(path, text)| (absolute(path), text.as_str())))
}

fn absolute(path: &str) -> String {
    format!("/scale/{path}")
}

fn bytes(tree: &Tree) -> BytesCount {
    BytesCount::new(tree.files.iter().map(|(_, text)| text.len()).sum::<usize>())
}
