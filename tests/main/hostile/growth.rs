//! The time that a run takes grows with the size of the tree, not with its square.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::MAP;
use crate::sandbox::Sandbox;

/// The larger tree is this many times the size of the smaller one.
const FACTOR: usize = 4;

/// The maximum growth of the time. A square grows by 16.
const MAX_GROWTH: u32 = 9;

/// Returns the shortest time of some runs, which other processes disturb the least.
fn shortest_time(sandbox: &Sandbox, arguments: &[&str]) -> Duration {
    let time = |_| {
        let start = Instant::now();
        let run = sandbox.run(arguments);
        assert!(run.code < 2, "{}", run.stderr);
        assert!(!run.stderr.contains("limit-exceeded"), "{}", run.stderr);
        start.elapsed()
    };
    (0..5).map(time).min().expect("there are some runs")
}

/// Asserts that a run on a tree takes time in proportion to its size.
#[track_caller]
fn grows_linearly(what: &str, arguments: &[&str], size: usize, make: impl Fn(usize) -> Sandbox) {
    let (small, large) = (make(size), make(FACTOR * size));
    // The growth is compared again before it counts as a failure, since both times depend on what else runs.
    let is_linear = |_| {
        let (small, large) = (shortest_time(&small, arguments), shortest_time(&large, arguments));
        large <= small * MAX_GROWTH
    };
    assert!((0..4).any(is_linear), "{what}: the time grows more than the tree");
}

/// Returns a sandbox with a manifest `a.yaml`, and further lines of the kustomization.
fn with_lines(manifest: impl AsRef<[u8]>, lines: &str) -> Sandbox {
    let sandbox = Sandbox::with_manifest(manifest);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\n{lines}"));
    sandbox
}

/// Returns numbered texts.
fn numbered(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

/// Returns the fields of a document with about 10,000 nodes, most of them by aliases.
fn aliases() -> String {
    let mut text = "d0: &d0 [v, v, v, v, v, v, v, v, v, v]\n".to_string();
    for level in 1..4 {
        let below = level - 1;
        writeln!(text, "d{level}: &d{level} [{}]", vec![format!("*d{below}"); 10].join(", ")).expect("it is a string");
    }
    text
}

#[test]
fn warnings_are_located_in_linear_time() {
    grows_linearly("unmatched images", &["render", "."], 1500, |count| {
        with_lines(MAP, &format!("images:\n{}", numbered(count, |n| format!("- {{name: a{n}, newTag: b}}\n"))))
    });
    grows_linearly("entries of one line that are listed twice", &["lint", "."], 500, |count| {
        let sandbox = with_lines(MAP, &format!("configurations: [{}]\n", "c.yaml, ".repeat(count)));
        sandbox.write("c.yaml", "images: [{path: spec/image}]\n");
        sandbox
    });
    grows_linearly("comments that allow warnings", &["lint", "."], 1500, |count| {
        let comments = "# boutique: allow(no-target)\n".repeat(count);
        with_lines(
            MAP,
            &format!("{comments}images:\n{}", numbered(count, |n| format!("- {{name: a{n}, newTag: b}}\n"))),
        )
    });
}

#[test]
fn labels_are_set_in_linear_time() {
    grows_linearly("labels", &["render", "."], 1500, |count| {
        let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";
        with_lines(manifest, &format!("commonLabels:\n{}", numbered(count, |n| format!("  k{n}: v\n"))))
    });
    grows_linearly("labels that are set again", &["render", "."], 1500, |count| {
        let pairs = numbered(count, |n| format!("k{n}: v, "));
        with_lines(MAP, &format!("labels: [{{pairs: {{{pairs}}}}}]\ncommonLabels: {{{pairs}}}\n"))
    });
    grows_linearly("annotations that a generator merges", &["render", "."], 1000, |count| {
        let sandbox = Sandbox::new(&[]);
        sandbox.write("a.env", numbered(count, |n| format!("k{n}=\n")));
        let annotations = numbered(count, |n| format!("a{n}: v, "));
        let base =
            format!("configMapGenerator: [{{name: a, envs: [a.env], options: {{annotations: {{{annotations}}}}}}}]\n");
        sandbox.write("base/kustomization.yaml", base);
        sandbox.write("base/a.env", numbered(count, |n| format!("k{n}=\n")));
        let merge = "configMapGenerator: [{name: a, behavior: merge, envs: [a.env]}]\n";
        sandbox.write("kustomization.yaml", format!("resources: [base]\n{merge}"));
        sandbox
    });
}

#[test]
fn files_that_repeat_are_read_once() {
    grows_linearly("configurations", &["render", "."], 400, |count| {
        let sandbox = with_lines(MAP, &format!("configurations: [{}]\n", "c.yaml, ".repeat(count)));
        let fields = numbered(count, |n| format!("  - {{path: ref{n}}}\n"));
        sandbox.write("c.yaml", format!("nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n{fields}"));
        sandbox
    });
    grows_linearly("definitions", &["render", "."], 200, |count| {
        let sandbox = with_lines(MAP, &format!("crds: [{}]\n", "c.yaml, ".repeat(count)));
        let properties =
            "{Schema: {properties: {kind: {type: string}, apiVersion: {type: string}, metadata: {type: object}}}}";
        sandbox.write("c.yaml", numbered(count, |n| format!("A{n}: {properties}\n")));
        sandbox
    });
    grows_linearly("patches that match nothing", &["render", "."], 100, |count| {
        let sandbox =
            with_lines(MAP, &format!("patches:\n{}", "- {path: p.yaml, target: {kind: Foo}}\n".repeat(count)));
        sandbox.write("p.yaml", format!("{MAP}{}", aliases()));
        sandbox
    });
    grows_linearly("replacements", &["render", "."], 60, |count| {
        let sandbox =
            with_lines(format!("{MAP}z: x\n"), &format!("replacements:\n{}", "- {path: r.yaml}\n".repeat(count)));
        sandbox.write(
            "r.yaml",
            "- {sourceValue: z, targets: [{select: {kind: ConfigMap}, fieldPaths: [z]}]}\n".repeat(20),
        );
        sandbox
    });
}

#[test]
fn validators_compare_only_what_changed() {
    grows_linearly("validators", &["render", "."], 100, |count| {
        let validator =
            |n| format!("- |-\n  {{apiVersion: builtin, kind: LabelTransformer, metadata: {{name: x{n}}}}}\n");
        with_lines(format!("{MAP}{}", aliases()), &format!("validators:\n{}", numbered(count, validator)))
    });
}

#[test]
fn long_chains_of_prefixes_are_cheap() {
    // The names themselves grow with each level, but each resource does not keep all of them.
    let sandbox = Sandbox::new(&[("b300/kustomization.yaml", "resources: [a.yaml]\n")]);
    let map = |n| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{n}}}\n");
    sandbox.write("b300/a.yaml", numbered(50, map));
    for level in 0..300 {
        let text = format!("namePrefix: prefix-{level}-\nresources: [../b{}]\n", level + 1);
        sandbox.write(&format!("b{level}/kustomization.yaml"), text);
    }
    // Together, all former names take 25 MB.
    let run = sandbox.run(&["render", "b0", "--max-resource-memory", "10000000", "--max-work", "5000000"]);
    assert_eq!(run.succeeds().matches("name: prefix-0-prefix-1-").count(), 50);
}

#[test]
fn long_chains_of_bases_are_loaded_in_linear_time() {
    for command in ["render", "tree"] {
        grows_linearly(command, &[command, "b0"], 60, |count| {
            let sandbox = Sandbox::new(&[(&format!("b{count}/kustomization.yaml"), "namePrefix: a-\n")]);
            for level in 0..count {
                sandbox.write(&format!("b{level}/kustomization.yaml"), format!("resources: [../b{}]\n", level + 1));
            }
            sandbox
        });
    }
}

#[test]
fn json_patches_do_not_make_documents_grow() {
    let annotations = numbered(300, |n| format!("a{n}: v, "));
    let manifest =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, annotations: {{{annotations}}}}}\ndata: {{}}\n");
    let patches = "- {target: {kind: ConfigMap}, path: p.yaml}\n".repeat(300);
    let sandbox = with_lines(manifest, &format!("patches:\n{patches}"));
    sandbox.write("p.yaml", "- {op: add, path: /data/a, value: v}\n");
    sandbox.run(&["render", ".", "--max-work", "2000000"]).succeeds();
}

#[test]
fn definitions_without_extensions_are_not_followed() {
    let sandbox = with_lines(MAP, "crds: [c.yaml]\n");
    let properties = "kind: {type: string}, apiVersion: {type: string}, metadata: {type: object}";
    // Each definition contains the next one twice.
    let definition = |n| {
        format!(
            "A{n}: {{Schema: {{properties: {{a: {{$ref: A{next}}}, b: {{$ref: A{next}}}, {properties}}}}}}}\n",
            next = n + 1
        )
    };
    sandbox.write("c.yaml", numbered(300, definition));
    sandbox.run(&["render", ".", "--max-work", "100000"]).succeeds();
}

#[test]
fn merges_do_not_make_documents_grow() {
    let text = format!("{MAP}d: {}x{}\n", "{a: ".repeat(2000), "}".repeat(2000));
    let patches = "- {path: p.yaml}\n".repeat(100);
    let sandbox = with_lines(&text, &format!("patches:\n{patches}"));
    sandbox.write("p.yaml", &text);
    // Together, all patches have 400,000 nodes of 24 bytes.
    sandbox.run(&["render", ".", "--max-resource-memory", "3000000"]).succeeds();
}

#[test]
fn aliases_of_long_texts_are_searched_for_variables_once() {
    let elements = "*a, ".repeat(1000);
    let manifest = format!("{MAP}t: &t \"{}\"\nl: [&a {{x: *t}}, {elements}]\n", "$(W) ".repeat(2000));
    let variables = "configurations: [c.yaml]\nvars: [{name: V, objref: {kind: ConfigMap, name: a, apiVersion: v1}}]\n";
    let sandbox = with_lines(manifest, variables);
    sandbox.write("c.yaml", "varReference: [{path: l/x, kind: ConfigMap}]\n");
    let run = sandbox.run(&["render", ".", "--max-work", "500000"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn the_number_of_reported_warnings_is_limited() {
    let images = numbered(1200, |n| format!("- {{name: a{n}, newTag: b}}\n"));
    let sandbox = with_lines(MAP, &format!("images:\n{images}"));
    let run = sandbox.run(&["render", "."]);
    assert_eq!(run.stderr.matches("warning[unmatched-image]").count(), 1000, "{}", run.stderr);
    assert!(run.stderr.ends_with("warning: and 200 more warnings\n"), "{}", run.stderr);
}

#[test]
fn former_names_that_repeat_are_kept_once() {
    grows_linearly("JSON patches of one resource", &["render", "."], 500, |count| {
        let patches = "- {target: {kind: ConfigMap}, path: p.yaml}\n".repeat(count);
        let sandbox = with_lines(MAP, &format!("patches:\n{patches}"));
        sandbox.write("p.yaml", "- {op: add, path: /a, value: v}\n");
        sandbox
    });
}

#[test]
fn missing_names_are_compared_in_linear_time() {
    grows_linearly("references to missing objects", &["lint", "."], 200, |count| {
        let map = |n| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: amber-basil-{n:05}}}\n");
        let pod = |n| {
            let container =
                format!("{{name: a, image: 'b:1', envFrom: [{{configMapRef: {{name: amber-cedar-{n:05}}}}}]}}");
            format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}}}\nspec: {{containers: [{container}]}}\n")
        };
        with_lines(numbered(count, map) + &numbered(count, pod), "")
    });
}
