//! What messages show although a Secret may be near: names, paths, patterns, and the values of other resources.

use crate::sandbox::{Run, Sandbox};

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {key: old}\n";

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {key: old}\n";

/// Renders a tree that is invalid.
fn failed(kustomization: &str, manifest: &str, files: &[(&str, &str)]) -> Run {
    let sandbox = Sandbox::new(&[("kustomization.yaml", kustomization), ("a.yaml", manifest)]);
    files.iter().for_each(|(name, text)| sandbox.write(name, text));
    let run = sandbox.run(&["render"]);
    assert_ne!(run.code, 0, "{kustomization}");
    run
}

#[track_caller]
fn assert_shows(run: &Run, texts: &[&str]) {
    for text in texts {
        assert!(run.stderr.contains(text), "`{text}` is missing:\n{}", run.stderr);
    }
}

/// Returns kustomizations that apply operations, which are a list in one line of JSON, to a target.
fn kustomizations(target: &str, operations: &str) -> Vec<String> {
    let block = operations.trim_matches(['[', ']']).replace("}, {", "}\n    - {");
    let quoted = serde_json::to_string(operations).unwrap();
    let quoted_block = serde_json::to_string(&format!("- {}\n", block.replace("\n    ", "\n"))).unwrap();
    vec![
        format!("resources: [a.yaml]\npatches:\n- target: {target}\n  patch: '{operations}'\n"),
        format!("resources: [a.yaml]\npatches:\n- patch: '{operations}'\n  target: {target}\n"),
        format!("resources: [a.yaml]\npatches:\n- target: {target}\n  patch: {quoted}\n"),
        format!("resources: [a.yaml]\npatches:\n- target: {target}\n  patch: {quoted_block}\n"),
        format!("resources: [a.yaml]\npatches:\n- target: {target}\n  patch: |-\n    - {block}\n"),
        format!("resources: [a.yaml]\npatches:\n- target: {target}\n  patch: '\n    {operations}\n    '\n"),
        format!("resources: [a.yaml]\npatches: [{{target: {target}, patch: '{operations}'}}]\n"),
        format!("resources: [a.yaml]\npatches:\n- {{target: {target}, path: p.yaml}}\n"),
    ]
}

#[test]
fn operations_and_paths_are_shown() {
    let cases = [
        (r#"{"op": "delete", "path": "/stringData/key"}"#, "unknown operation `delete`"),
        (r#"{"op": "Delete", "value": "hunter2", "path": "/stringData/key"}"#, "unknown operation `Delete`"),
        (r#"{"op": "test", "path": "/stringData/key", "value": "hunter2"}"#, "the test of `/stringData/key` failed"),
        (r#"{"op": "test", "value": "hunter2", "path": "/stringData/key"}"#, "the test of `/stringData/key` failed"),
        (r#"{"value": "hunter2", "path": "/stringData/Old1/x", "op": "replace"}"#, "/stringData/Old1"),
    ];
    for (operation, expected) in cases {
        let operations = format!("[{operation}]");
        for target in ["{kind: Secret}", "{name: a}"] {
            for kustomization in kustomizations(target, &operations) {
                let run = failed(&kustomization, SECRET, &[("p.yaml", &operations)]);
                assert_shows(&run, &[expected]);
                assert!(!run.stderr.contains("hunter2"), "{kustomization}\n{}", run.stderr);
            }
        }
    }
}

#[test]
fn values_of_patches_of_other_resources_are_shown() {
    let operations = r#"[{"op": "test", "path": "/data/key", "value": "Value123"}]"#;
    for target in [
        "{kind: ConfigMap}",
        "{kind: ConfigMap, name: a}",
        "{kind: Deployment|ConfigMap}",
        "{version: v1, kind: \"ConfigMap\"}",
    ] {
        for kustomization in kustomizations(target, operations) {
            let run = failed(&kustomization, CONFIG_MAP, &[("p.yaml", operations)]);
            assert_shows(&run, &["the test of `/data/key` failed", "Value123"]);
        }
    }
    let json6902 = "resources: [a.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: a}\n";
    for patch in [format!("  patch: '{operations}'\n"), "  path: p.yaml\n".to_string()] {
        assert_shows(&failed(&format!("{json6902}{patch}"), CONFIG_MAP, &[("p.yaml", operations)]), &["Value123"]);
    }
    let plugin = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\ntarget: {kind: ConfigMap}\n";
    let plugin = format!("{plugin}patch: '{operations}'\n");
    assert_shows(
        &failed("resources: [a.yaml]\ntransformers: [t.yaml]\n", CONFIG_MAP, &[("t.yaml", &plugin)]),
        &["Value123"],
    );
}

#[test]
fn values_are_shown_although_a_secret_is_generated() {
    let generator = "resources: [a.yaml]\nsecretGenerator: [{name: s, literals: [k=hunter2]}]\npatches:\n";
    for patch in [
        "- target: {kind: ConfigMap}\n  patch: '[{\"op\": \"test\", \"path\": \"/data/key\", \"value\": \"Value123\"}]'\n",
        "- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n    data: {key: [Value123]}\n",
    ] {
        let run = failed(&format!("{generator}{patch}"), CONFIG_MAP, &[]);
        assert_shows(&run, &["Value123"]);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    let sources = "configMapGenerator: [{name: c, envs: [settings.env]}]\n";
    assert_shows(&failed(sources, "", &[("settings.env", "KEY=Value123\nKEY=x\n")]), &["KEY=Value123"]);
}

#[test]
fn targets_are_shown() {
    for (target, expected) in [
        ("{labelSelector: \"app in web\"}", "invalid selector `app in web`"),
        ("{labelSelector: 'app in Web123'}", "labelSelector: 'app in Web123'"),
        ("{annotationSelector: \"app in (Web123\"}", "app in (Web123"),
        ("\n    labelSelector: app in Web123", "labelSelector: app in Web123"),
        ("{name: \"web-[\"}", "{name: \"web-[\"}"),
        ("{name: '(?x) a'}", "invalid pattern `(?x) a`"),
        ("{kind: \"[a--z]\"}", "invalid pattern `[a--z]`"),
        ("{namespace: '*Web123'}", "namespace: '*Web123'"),
    ] {
        let patch = "  patch: '[{\"op\": \"add\", \"path\": \"/data/key\", \"value\": \"hunter2\"}]'\n";
        let run = failed(&format!("resources: [a.yaml]\npatches:\n- target: {target}\n{patch}"), SECRET, &[]);
        assert_shows(&run, &[expected]);
        assert!(!run.stderr.contains("***"), "{}", run.stderr);
    }
}

#[test]
fn field_paths_are_shown() {
    let path = "spec.template.spec.containers.[name=nginx].image";
    for paths in [format!("['{path}']"), format!("[metadata.name, \"{path}\"]"), format!("\n    - {path}")] {
        let replacement =
            "resources: [a.yaml]\nreplacements:\n- source: {kind: Secret, name: a, fieldPath: stringData.key}\n";
        let run = failed(
            &format!("{replacement}  targets:\n  - select: {{kind: Secret}}\n    fieldPaths: {paths}\n"),
            SECRET,
            &[],
        );
        assert_shows(&run, &[&format!("unable to find field \"{path}\""), path]);
        assert!(!run.stderr.contains("***"), "{}", run.stderr);
    }
    for source in [
        "{kind: Secret, name: a, fieldPath: 'stringData.[name=x].key'}",
        "\n    kind: Secret\n    name: a\n    fieldPath: stringData.[name=x].key",
    ] {
        let targets = "[{select: {kind: Secret}, fieldPaths: [type]}]";
        let replacement = format!("- source: {source}\n  targets: {targets}\n");
        let run = failed(&format!("resources: [a.yaml]\nreplacements:\n{replacement}"), SECRET, &[]);
        assert_shows(&run, &["`stringData.[name=x].key` is missing", source.lines().last().unwrap()]);
    }
}

#[test]
fn kinds_that_a_patch_sets_are_shown() {
    let base = "secretGenerator: [{name: access}]\npatches:\n- target: {kind: Secret}\n  patch: |-\n    - op: replace\n      \
                path: /kind\n      value: Access\n";
    let top = "resources: [base]\nsecretGenerator: [{name: access, behavior: merge, literals: [a=b]}]\n";
    assert_shows(&failed(top, "", &[("base/kustomization.yaml", base)]), &["this resource now has the kind Access"]);
}

#[test]
fn values_are_masked_if_a_patch_may_be_for_a_secret() {
    let operations = r#"[{"op": "test", "path": "/stringData/key", "value": "hunter2"}]"#;
    for target in [
        "{kind: Secret}",
        "{kind: Sec.*}",
        "{kind: ConfigMap|Secret}",
        "{kind: .*}",
        "{name: a}",
        "{version: v1}",
        "{}",
    ] {
        for kustomization in kustomizations(target, operations) {
            let run = failed(&kustomization, SECRET, &[("p.yaml", operations)]);
            assert!(!run.stderr.contains("hunter2"), "{kustomization}\n{}", run.stderr);
        }
    }
    // The target is a ConfigMap, but becomes a Secret, or looks like one.
    for (options, operations) in [
        (
            "{allowKindChange: true}",
            r#"[{"op": "replace", "path": "/kind", "value": "Secret"}, {"op": "test", "path": "/data/key", "value": "hunter2"}]"#,
        ),
        ("{}", r#"[{"op": "test", "path": "/stringData/key", "value": "hunter2"}]"#),
        ("{}", r#"[{"op": "test", "path": "/stringdata", "value": {"key": "hunter2"}}]"#),
    ] {
        for kustomization in kustomizations("{kind: ConfigMap}", operations) {
            let kustomization = kustomization.replace("patch:", &format!("options: {options}\n  patch:"));
            let run = failed(&kustomization, CONFIG_MAP, &[("p.yaml", operations)]);
            assert!(!run.stderr.contains("hunter2"), "{kustomization}\n{}", run.stderr);
        }
    }
    // A file or an alias is used for a Secret as well.
    let operations = r#"[{"op": "test", "path": "/data/key", "value": "hunter2"}]"#;
    for kustomization in [
        "resources: [a.yaml]\npatches:\n- {target: {kind: ConfigMap}, path: p.yaml}\n- {target: {name: b}, path: ./p.yaml}\n",
        "resources: [a.yaml]\nsecretGenerator: [{name: g, files: [key=p.yaml]}]\npatches:\n- {target: {kind: ConfigMap}, path: p.yaml}\n",
        "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: &p '[{\"op\": \"test\", \"path\": \"/data/key\", \"value\": \"hunter2\"}]'\n\
         - {target: {kind: Secret}, patch: *p}\n",
        "resources: [a.yaml]\npatches:\n- {target: {kind: Secret}, patch: '[{\"op\": \"test\", \"path\": \"/data/key\", \"value\": \"hunter2\"}]'}\n\
         - {target: {kind: ConfigMap}, patch: '[{\"op\": \"test\", \"path\": \"/data/key\", \"value\": \"hunter2\"}]'}\n",
    ] {
        let run = failed(kustomization, CONFIG_MAP, &[("p.yaml", operations)]);
        assert!(!run.stderr.contains("hunter2"), "{kustomization}\n{}", run.stderr);
    }
}

#[test]
fn inline_patches_of_secrets_are_masked() {
    let patch =
        "    apiVersion: v1\n    kind: Secret\n    metadata: {name: a}\n    stringData:\n     key: hunter2\n   x: [\n";
    for field in ["patchesStrategicMerge:\n- |-\n", "patches:\n- patch: |-\n"] {
        let run = failed(&format!("resources: [a.yaml]\n{field}{patch}"), SECRET, &[]);
        assert!(!run.stderr.contains("hunter2"), "{field}\n{}", run.stderr);
    }
}
