//! How long renders and their steps take, without the operating system: `cargo bench --bench render`.
//!
//! `examples/scale.rs` writes the same trees to files.

mod trees;

use std::sync::Arc;

use boutique::accumulate::accumulate;
use boutique::accumulated::Accumulated;
use boutique::io::{self, MemoryHost, Workspace};
use boutique::render::load_with;
use boutique::resolve::{name_hash, name_reference};
use boutique::target::{Cache, Source, Target};
use boutique::world::World;
use boutique::{Inputs, Options, order, transform};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use trees::Tree;

fn main() {
    divan::main();
}

/// Whole renders: files are read, parsed, changed, and written as one text.
#[divan::bench(args = ["tiny", "flat:1000", "patches:300x100", "replacements:300x100", "deep:10x200", "crd:10", "configmap:10"])]
fn render(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("it is listed");
    let (target, options) = (absolute(&tree.targets[0]), Options::default());
    let host = host(&tree.files);
    bencher.counter(bytes(&tree)).bench(|| {
        let outcome = io::render(&host, &target, &options);
        outcome.result.expect("the tree is correct").to_yaml().expect("all values are writable")
    });
}

/// Many targets in one workspace, on one thread.
#[divan::bench(args = ["fleet:1", "fleet:10", "fleet:100"])]
fn render_many(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("it is listed");
    let host = host(&tree.files);
    bencher.counter(ItemsCount::new(tree.targets.len())).bench(|| {
        let workspace = Workspace::new(&host, Options::default());
        let texts = tree.targets.iter().map(|target| {
            workspace
                .render(&absolute(target))
                .result
                .expect("the tree is correct")
                .to_yaml()
                .expect("all values are writable")
        });
        texts.map(|text| text.len()).sum::<usize>()
    });
}

/// What a kustomization reads before anything is changed: from files to parsed kustomizations.
#[divan::bench(args = ["flat:1000", "deep:10x200"])]
fn load(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::named(name).expect("it is listed");
    let (target, options) = (absolute(&tree.targets[0]), Options::default());
    let inputs = io::render(&host(&tree.files), &target, &options).inputs;
    bencher.bench(|| load_from(&inputs, &target, &options));
}

/// Fields that change resources. Each is measured alone, on the 1000 resources of a base.
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
    let (_, field) = FIELDS.iter().find(|(field, _)| *field == name).expect("it is listed");
    let overlay = Overlay::new(field);
    bencher.with_inputs(|| overlay.base()).bench_local_values(|mut base| {
        transform::run(&overlay.target, &base.config, None, &mut base.resources).expect("the tree is correct");
        base
    });
}

/// References of 1000 resources to resources whose names have changed.
#[divan::bench]
fn fix_name_references(bencher: Bencher<'_, '_>) {
    let overlay = Overlay::new("namePrefix: prod-");
    bencher.with_inputs(|| overlay.accumulated()).bench_local_values(|mut accumulated| {
        name_reference::fix_references(&mut accumulated).expect("the tree is correct");
        accumulated
    });
}

/// The hashes in the names of 1000 generated ConfigMaps.
#[divan::bench]
fn add_name_hashes(bencher: Bencher<'_, '_>) {
    let generators: Vec<String> = (0..1000).map(|at| format!("{{name: map-{at}, literals: [a={at}, b=c]}}")).collect();
    let overlay = Overlay::new(&format!("configMapGenerator: [{}]", generators.join(", ")));
    bencher.with_inputs(|| overlay.accumulated()).bench_local_values(|mut accumulated| {
        name_hash::add_hashes(&mut accumulated.resources).expect("the tree is correct");
        accumulated
    });
}

/// The legacy order of 1000 resources.
#[divan::bench]
fn sort_in_legacy_order(bencher: Bencher<'_, '_>) {
    let overlay = Overlay::new("namePrefix: prod-");
    bencher.with_inputs(|| overlay.accumulated()).bench_local_values(|mut accumulated| {
        let kustomization = overlay.target.kustomization();
        order::sort(&mut accumulated.resources, kustomization, &overlay.options).expect("it is legacy");
        accumulated
    });
}

/// An overlay with one field on a base of 1000 resources, with all files known.
struct Overlay {
    inputs: Inputs,
    options: Options,
    target: Arc<Target>,
    base: Arc<Target>,
}

impl Overlay {
    fn new(field: &str) -> Overlay {
        let files = [
            ("base/kustomization.yaml".to_string(), "resources: [all.yaml]\n".to_string()),
            ("base/all.yaml".to_string(), trees::applications(1000, trees::name).join("---\n")),
            ("overlay/kustomization.yaml".to_string(), format!("resources: [../base]\n{field}\n")),
        ];
        let host = host(&files);
        let (target, options) = (absolute("overlay"), Options::default());
        let inputs = io::render(&host, &target, &options).inputs;
        let target = load_from(&inputs, &target, &options);
        let base = match &target.resources[0].source {
            Source::Directory(base) => base.clone(),
            Source::Manifest(_) => unreachable!("the overlay lists a directory"),
        };
        Overlay { inputs, options, target, base }
    }

    /// Returns what the base amounts to, with no resource shared.
    fn base(&self) -> Accumulated {
        self.accumulate(&self.base)
    }

    /// Returns what the overlay amounts to before names are resolved.
    fn accumulated(&self) -> Accumulated {
        self.accumulate(&self.target)
    }

    fn accumulate(&self, target: &Target) -> Accumulated {
        let world = World { inputs: &self.inputs, options: &self.options, cache: &Cache::default() };
        accumulate(target, world, None).expect("the tree is correct")
    }
}

fn load_from(inputs: &Inputs, target: &str, options: &Options) -> Arc<Target> {
    load_with(inputs, target, options, &Cache::default()).expect("all files are known")
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
