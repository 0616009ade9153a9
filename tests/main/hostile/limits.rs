//! Limits on memory, work and output.

use super::MAP;
use crate::sandbox::Sandbox;

#[track_caller]
fn exceeds(sandbox: &Sandbox, arguments: &[&str], flag: &str) {
    let message = sandbox.run(&[&["render"], arguments].concat()).fails();
    assert!(message.contains("error[limit-exceeded]") || message.contains("error[too-deep]"), "{message}");
    assert!(message.contains(flag), "no `{flag}` in: {message}");
}

#[test]
fn yaml_bombs_are_refused() {
    let mut bomb = format!("{MAP}data:\n  a0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        bomb.push_str(&format!("  a{level}: &a{level} [*a{below}, *a{below}]\n"));
    }
    exceeds(&Sandbox::with_manifest(bomb), &[], "--max-alias-nodes");
    exceeds(&Sandbox::with_manifest(format!("{MAP}data: {}", "[".repeat(20_000))), &[], "--max-nesting");
    exceeds(&Sandbox::with_manifest(format!("{MAP}data: {{a: [[[1]]]}}\n")), &["--max-nesting", "3"], "--max-nesting");
    exceeds(&Sandbox::with_manifest("---\n".repeat(100)), &["--max-documents", "9"], "--max-documents");
}

#[test]
fn growth_by_patches_is_limited() {
    let copies = "- {op: copy, from: /data, path: /data/x}\n- {op: copy, from: /data, path: /data/y}\n".repeat(40);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{k: v}}\n"));
    let patch = |field: &str| {
        format!("resources: [a.yaml]\n{field}:\n- target: {{kind: ConfigMap, name: a, version: v1}}\n  path: p.yaml\n")
    };
    sandbox.write("p.yaml", copies);
    for field in ["patches", "patchesJson6902"] {
        sandbox.write("kustomization.yaml", patch(field));
        exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
    }
}

#[test]
fn growth_by_replacements_is_limited() {
    let to = |from: &str, to: &str, options: &str| {
        format!(
            "- source: {{kind: ConfigMap, fieldPath: data.{from}}}\n  targets: [{{select: {{kind: ConfigMap}}, \
             fieldPaths: [data.{to}], options: {options}}}]\n"
        )
    };
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{a: x, b: p/q}}\n"));
    let (first, second) = ("{delimiter: /, index: 0}", "{delimiter: /, index: 100}");
    let doubling = [to("a", "b", first), to("a", "b", second), to("b", "a", "{}")].concat().repeat(40);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nreplacements:\n{doubling}"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
    let trees = [to("a", "a.x", "{create: true}"), to("a", "a.y", "{create: true}")].concat().repeat(40);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{a: {{k: v}}}}\n"));
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nreplacements:\n{trees}"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
}

#[test]
fn growth_by_variables_is_limited() {
    let command = "$(LONG) ".repeat(2000);
    let sandbox = Sandbox::with_manifest(format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {{long: '{}'}}\nspec:\n  containers:\n  - name: a\n    \
         args: ['{command}']\n",
        "x".repeat(20_000)
    ));
    let variable =
        "{name: LONG, objref: {apiVersion: v1, kind: Pod, name: a}, fieldref: {fieldpath: metadata.annotations.long}}";
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nvars: [{variable}]\n"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
}

#[test]
fn repeated_long_strings_are_limited() {
    let aliases = "*a, ".repeat(2000);
    let long = "x".repeat(20_000);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n  a: &a {long}\n  b: [{aliases}]\n"));
    exceeds(&sandbox, &["--max-output", "10000000"], "--max-output");
}

#[test]
fn the_number_of_bases_is_limited() {
    let sandbox =
        Sandbox::new(&[("l30/kustomization.yaml", "namePrefix: a-\n"), ("r30/kustomization.yaml", "namePrefix: a-\n")]);
    for level in 0..30 {
        let below = format!("resources: [../l{0}, ../r{0}]\n", level + 1);
        sandbox.write(&format!("l{level}/kustomization.yaml"), &below);
        sandbox.write(&format!("r{level}/kustomization.yaml"), &below);
    }
    exceeds(&sandbox, &["l0"], "--max-bases");
    exceeds(&sandbox, &["l0", "--max-include-depth", "20"], "--max-include-depth");
}

#[test]
fn the_number_of_resources_is_limited() {
    let sandbox = Sandbox::new(&[("b0/kustomization.yaml", "resources: [a.yaml]\n"), ("b0/a.yaml", MAP)]);
    for level in 1..8 {
        let below = level - 1;
        for (half, prefix) in [("x", "x-"), ("y", "y-")] {
            let text = format!("namePrefix: {prefix}\nresources: [../b{below}]\n");
            sandbox.write(&format!("{half}{level}/kustomization.yaml"), text);
        }
        let both = format!("resources: [../x{level}, ../y{level}]\n");
        sandbox.write(&format!("b{level}/kustomization.yaml"), both);
    }
    exceeds(&sandbox, &["b7", "--max-resources", "100"], "--max-resources");
    sandbox.run(&["render", "b7"]).succeeds();
}

#[test]
fn many_small_bombs_are_refused_while_reading() {
    let bomb = |name: &str| {
        let levels = "  a: &a [x, x, x, x, x, x, x, x, x, x]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n  \
                      c: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n";
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{levels}")
    };
    // Documents of one file count together.
    let documents = ["a", "b", "c", "d"].map(bomb).join("---\n");
    exceeds(&Sandbox::with_manifest(documents), &["--max-alias-nodes", "3000"], "--max-alias-nodes");
    let names: Vec<String> = (0..40).map(|number| format!("a{number}.yaml")).collect();
    let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: [{}]\n", names.join(", ")))]);
    names.iter().for_each(|name| sandbox.write(name, bomb(name)));
    exceeds(&sandbox, &["--max-resource-memory", "300000"], "--max-resource-memory");
}

#[test]
fn work_on_large_resources_is_limited() {
    let patches = "- target: {kind: ConfigMap}\n  path: p.yaml\n".repeat(50);
    let data: String = (0..200).map(|number| format!("  k{number}: v\n")).collect();
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n{data}"));
    for patch in ["- {op: add, path: /data/k, value: v}\n".to_string(), format!("{MAP}data: {{k: v}}\n")] {
        sandbox.write("p.yaml", patch);
        sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{patches}"));
        exceeds(&sandbox, &["--max-work", "10000"], "--max-work");
    }
    let keys: String = (0..100).map(|number| format!("  k{number}: v\n")).collect();
    let fields: String = (0..100).map(|number| format!("- {{path: a/f{number}, create: true}}\n")).collect();
    sandbox.write("fields.yaml", format!("commonLabels:\n{fields}"));
    sandbox.write(
        "kustomization.yaml",
        format!("resources: [a.yaml]\nconfigurations: [fields.yaml]\ncommonLabels:\n{keys}"),
    );
    exceeds(&sandbox, &["--max-work", "10000"], "--max-work");
}

#[test]
fn the_number_of_errors_is_limited() {
    let missing: Vec<String> = (0..100).map(|number| format!("no{number}.yaml")).collect();
    let sandbox = Sandbox::new(&[("b25/kustomization.yaml", &format!("resources: [{}]\n", missing.join(", ")))]);
    for level in 0..25 {
        let below = format!("resources: [../b{0}, ../b{0}]\n", level + 1);
        sandbox.write(&format!("b{level}/kustomization.yaml"), &below);
    }
    let message = sandbox.run(&["render", "b0"]).fails();
    assert!(message.matches("error[").count() <= 1001, "{message}");
}

#[test]
fn work_on_nested_definitions_is_limited() {
    let definition = |level: usize| {
        let fields = "kind: {x-kubernetes-annotation: x}, apiVersion: {type: string}, metadata: {type: object}";
        let below = level + 1;
        format!("A{level}: {{Schema: {{properties: {{{fields}, a: {{$ref: A{below}}}, b: {{$ref: A{below}}}}}}}}}\n")
    };
    let definitions: String = (0..40).map(definition).collect();
    let sandbox = Sandbox::new(&[("kustomization.yaml", "crds: [crds.yaml]\n"), ("crds.yaml", &definitions)]);
    exceeds(&sandbox, &["--max-work", "100000"], "--max-work");
}

#[test]
fn definitions_count_once_per_kustomization() {
    let fields = "kind: {x-kubernetes-annotation: x}, apiVersion: {type: string}, metadata: {type: object}";
    let definition = format!("A: {{Schema: {{properties: {{{fields}}}}}}}\n");
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a, b, c, d]\n"), ("crds.yaml", &definition)]);
    for base in ["a", "b", "c", "d"] {
        sandbox.write(&format!("{base}/kustomization.yaml"), "crds: [../crds.yaml]\n");
    }
    let access = ["--load-restrictor", "none", "--max-work"];
    exceeds(&sandbox, &[&access[..], &["70"]].concat(), "--max-work");
}

#[test]
fn repeated_deep_nesting_is_limited() {
    let deep = format!("{}x{}", "[".repeat(1000), "]".repeat(1000));
    let aliases = "*a, ".repeat(100);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n  a: &a {deep}\n  b: [{aliases}]\n"));
    exceeds(&sandbox, &["--max-output", "10000000"], "--max-output");
}

#[test]
fn memory_of_histories_is_limited() {
    let patches = "- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}'\n".repeat(100);
    let sandbox = Sandbox::with_manifest(MAP);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{patches}"));
    sandbox.run(&["render", "--max-resource-memory", "100000"]).succeeds();
    sandbox.run(&["explain", ".", "--max-resource-memory", "100000"]).fails_with("--max-resource-memory");
}

/// This would take minutes if the work were quadratic.
#[test]
fn work_on_long_strings_is_bounded() {
    let (known, wanted) = ("x".repeat(20_000), "y".repeat(20_000));
    let sandbox = Sandbox::with_manifest(MAP.replace("name: a", &format!("name: {known}")));
    let patch = format!("patches: [{{patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {wanted}}}}}'}}]\n");
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\n{patch}"));
    sandbox.run(&["render"]).fails_with("no resource matches");
    let target =
        |name: String| format!("resources: [a.yaml]\npatches: [{{target: {{name: '{name}'}}, patch: '[]'}}]\n");
    sandbox.write("kustomization.yaml", target(format!("{}}}", "{".repeat(30_000))));
    sandbox.run(&["render"]).fails_with("--max-work");
    let text = "$(".repeat(20_000);
    let aliases: String = (0..50).map(|number| format!(", a{number}: *a")).collect();
    let variable = "{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: a}}";
    sandbox.write("a.yaml", MAP.replace("name: a", &format!("name: a\n  annotations: {{a: &a '{text}'{aliases}}}")));
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nvars: [{variable}]\n"));
    assert_eq!(sandbox.run(&["render"]).code, 0);
}

#[test]
fn the_size_of_patterns_is_limited() {
    let sandbox = Sandbox::with_manifest(MAP);
    let name = "((a{1000}){1000}){1000}";
    sandbox.write(
        "kustomization.yaml",
        format!("resources: [a.yaml]\npatches: [{{target: {{name: '{name}'}}, patch: '- {{op: add, path: /data, value: x}}'}}]\n"),
    );
    sandbox.run(&["render"]).fails_with("raise the limit with `--max-pattern-size`");
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nimages: [{{name: '{name}', newTag: b}}]\n"));
    sandbox.run(&["render"]).fails_with("raise the limit with `--max-pattern-size`");
    let pattern = |name: &str| {
        format!(
            "resources: [a.yaml]\nreplacements:\n- sourceValue: b\n  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: ['{name}']}}]\n"
        )
    };
    sandbox.write("a.yaml", format!("{MAP}list: [{{name: a}}]\n"));
    sandbox.write("kustomization.yaml", pattern("list.[name=a{20}|a].name"));
    sandbox.run(&["render"]).succeeds();
    sandbox.run(&["render", "--max-pattern-size", "100"]).fails_with("raise the limit with `--max-pattern-size`");
}

#[test]
fn depth_is_limited_where_nodes_are_attached() {
    let nested = |depth: usize| format!("{MAP}d: {}x{}\n", "{a: ".repeat(depth), "}".repeat(depth));
    let path = |separator: &str| vec!["a"; 30_000].join(separator);
    let replacement = |source: &str, path: &str| {
        format!(
            "resources: [a.yaml]\nreplacements: [{{{source}, targets: [{{select: {{kind: ConfigMap}}, fieldPaths: ['{path}'], \
             options: {{create: true}}}}]}}]\n"
        )
    };
    let sandbox = Sandbox::with_manifest(nested(180));
    let mut copies = String::new();
    for doublings in 0..8 {
        copies.push_str(&format!("- {{op: copy, from: /d, path: /d{}}}\n", "/a".repeat(180 << doublings)));
    }
    sandbox.write("p.yaml", copies);
    let patches = "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n";
    // A merge is as deep as both documents together only if one is moved into the other.
    let moves = "- {op: move, from: /d, path: /e}\n- {op: copy, from: /e, path: /d}\n".to_string();
    let more = (1..60).map(|at| format!("- {{op: copy, from: /d, path: /e{}}}\n", "/a".repeat(180 * at)));
    sandbox.write("moves.yaml", moves + &more.collect::<String>());
    let values = format!(
        "resources: [a.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {{name: v}}\n  \
         value: x\n  targets: [{{fieldPath: {}}}]\n",
        path("/")
    );
    for kustomization in [
        patches.to_string(),
        patches.replace("p.yaml", "moves.yaml"),
        replacement("sourceValue: q", &path(".")),
        replacement("sourceValue: q", &format!("{}.[x=y].z", path("."))),
        replacement("sourceValue: q", &vec!["0"; 30_000].join(".")).replace("fieldPaths: ['", "fieldPaths: ['e."),
        "resources: [a.yaml]\ncommonLabels: {a: b}\nconfigurations: [c.yaml]\n".to_string(),
        values,
    ] {
        sandbox.write("c.yaml", format!("commonLabels: [{{path: {}, create: true}}]\n", path("/")));
        sandbox.write("kustomization.yaml", kustomization);
        exceeds(&sandbox, &[], "--max-nesting");
        for command in ["lint", "explain", "snapshot"] {
            let run = sandbox.run(&[command, "."]);
            let text = format!("{}{}", run.stdout, run.stderr);
            assert!(text.contains("--max-nesting"), "{command}: {text}");
        }
    }
}

#[test]
fn deep_documents_may_still_be_changed() {
    let depth = 4000;
    let sandbox = Sandbox::with_manifest(format!("{MAP}d: {}x{}\n", "{a: ".repeat(depth), "}".repeat(depth)));
    let patch = "- {op: copy, from: /d, path: /e}\n".repeat(20);
    sandbox.write("p.yaml", patch);
    sandbox.write(
        "kustomization.yaml",
        "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\nconfigMapGenerator: [{name: z}]\n\
         replacements: [{source: {kind: ConfigMap, name: a, fieldPath: d}, targets: [{select: {kind: ConfigMap, name: z}, \
         fieldPaths: [data.q], options: {create: true}}]}]\n",
    );
    sandbox.run(&["render"]).assert_code(0);
}

#[test]
fn matches_of_patterns_are_work() {
    let name: String = (0..40_000).map(|at: usize| if at * at % 7 < 3 { 'a' } else { 'b' }).collect();
    let resource = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: {name}, image: {name}}}]}}\n"
    );
    let sandbox = Sandbox::with_manifest(resource);
    sandbox.write("p.yaml", "- {op: add, path: /a, value: v}\n");
    let pattern = "[ab]*a([ab]{1000}){15}c";
    let select = |selector: String| format!("patches: [{{target: {{{selector}}}, path: p.yaml}}]");
    let replace = |select: String, path: &str| {
        format!("replacements: [{{sourceValue: q, targets: [{{select: {{{select}}}, fieldPaths: ['{path}']}}]}}]")
    };
    let values = "transformers:\n- |-\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {name: v}\n  value: x\n  \
                  targets: [{fieldPath: a, selector: {name: '[ab]*a([ab]{1000}){15}c'}}]";
    for field in [
        select(format!("name: '{pattern}'")),
        format!("images: [{{name: '{pattern}', newTag: x}}]"),
        replace(format!("name: '{pattern}'"), "a"),
        replace("kind: Pod".to_string(), &format!("spec.containers.[name={pattern}].image")),
        values.to_string(),
    ] {
        sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\n{field}\n"));
        exceeds(&sandbox, &[], "--max-work");
    }
    // The same match is made once.
    let patches = "- {target: {name: '[ab]*a[ab]{50}c'}, path: p.yaml}\n".repeat(500);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{patches}"));
    sandbox.run(&["render"]).assert_code(0);
}

#[test]
fn references_are_limited() {
    let elements = "*a, ".repeat(2000);
    let sandbox = Sandbox::with_manifest(format!("{MAP}l: [&a {{n: zz}}, {elements}]\n"));
    sandbox.write("kustomization.yaml", "resources: [a.yaml]\nconfigurations: [c.yaml]\n");
    let kinds: String = (0..600).map(|at| format!("- {{kind: K{at}, fieldSpecs: [{{path: l/name}}]}}\n")).collect();
    sandbox.write("c.yaml", format!("nameReference:\n{kinds}"));
    for arguments in [&["graph", "--resources", "."][..], &["lint", "."]] {
        let run = sandbox.run(arguments);
        let message = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 1, "{message}");
        assert_eq!(message.matches("error[limit-exceeded]: reference limit exceeded").count(), 1, "{message}");
        assert!(message.contains("a.yaml:1:1"), "{message}");
    }
}
