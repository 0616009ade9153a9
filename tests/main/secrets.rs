//! Secrets, which messages, reports and logs must not show; and text that terminals, logs or reports would interpret.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::sandbox::{Run, Sandbox, command, git, search_path};

/// In base64 it is `aHVudGVyMg==`.
const SECRET: &str = "hunter2";

const START: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";

/// Everything that shows a tree, except a render.
const VIEWS: [&[&str]; 22] = [
    &["explain", "."],
    &["explain", ".", "--format", "json"],
    &["explain", ".", "deploy/web", "metadata.annotations.copy"],
    &["explain", ".", "deploy/web", "metadata.annotations.copy", "--format", "json"],
    &["explain", ".", "deploy/web", "spec.template.spec.containers[0].args[0]"],
    &["diff", "old", "."],
    &["diff", "old", ".", "--explain", "--format", "unified"],
    &["diff", "old", ".", "--format", "markdown"],
    &["diff", "old", ".", "--format", "json"],
    &["diff", "old", ".", "--format", "html"],
    &["diff", "saved.yaml", "."],
    &["diff", "saved.yaml", ".", "--format", "json"],
    &["snapshot", "--dir", "snapshots"],
    &["lint", "."],
    &["tree", "."],
    &["tree", ".", "--format", "json"],
    &["graph", ".", "--format", "html"],
    &["graph", ".", "--resources", "--format", "html"],
    &["graph", ".", "--resources"],
    &["inputs", ".", "--format", "json"],
    &["localize", ".", "localized"],
    &["edit", "fix", "."],
];

#[track_caller]
fn assert_hidden(run: &Run, arguments: &[&str], what: &str) {
    for value in [SECRET, "aHVudGVyMg", "hunter1"] {
        let holds = run.stdout.contains(value) || run.stderr.contains(value);
        assert!(!holds, "{arguments:?} show `{value}` of {what}:\n{}{}", run.stdout, run.stderr);
    }
}

/// Returns a tree in which values of a Secret are copied to another resource, in every possible way.
fn tree_with_copies() -> Sandbox {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources: [all.yaml]\n\
             secretGenerator: [{name: generated, envs: [secret.env]}]\n\
             replacements:\n\
             - source: {kind: Secret, name: a, fieldPath: stringData.password}\n  \
               targets:\n  \
               - {select: {kind: Deployment}, fieldPaths: [metadata.annotations.copy]}\n  \
               - {select: {kind: Deployment}, fieldPaths: [metadata.annotations.joined], options: {delimiter: ':', index: 1}}\n  \
               - {select: {kind: ConfigMap}, fieldPaths: [data.json.inner]}\n\
             - source: {kind: Secret, name: generated, fieldPath: data.KEY}\n  \
               targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.encoded]}]\n\
             - source: {kind: Deployment, fieldPath: metadata.annotations.copy}\n  \
               targets: [{select: {kind: ConfigMap}, fieldPaths: [data.second]}]\n\
             vars:\n\
             - {name: PASSWORD, objref: {apiVersion: v1, kind: Secret, name: a}, fieldref: {fieldpath: stringData.password}}\n",
        ),
        ("secret.env", "KEY=hunter2\n"),
        (
            "all.yaml",
            &format!(
                "{START}stringData: {{password: hunter2}}\n---\n\
                 apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations: {{copy: x, joined: 'a:b', encoded: x}}\n\
                 spec: {{template: {{spec: {{containers: [{{name: web, image: 'web:1', args: [--password=$(PASSWORD)]}}]}}}}}}\n---\n\
                 apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{json: '{{\"inner\": \"x\"}}', second: x}}\n"
            ),
        ),
    ]);
    let rendered = sandbox.run(&["render"]).stdout;
    assert_eq!(rendered.matches(SECRET).count(), 6, "{rendered}");
    sandbox.write("saved.yaml", rendered.replace(SECRET, "hunter1"));
    sandbox.write("snapshots/sandbox.yaml", rendered.replace(SECRET, "hunter1"));
    sandbox.write("old/empty.yaml", "");
    sandbox
}

#[test]
fn copies_of_secrets_are_masked() {
    let sandbox = tree_with_copies();
    for arguments in VIEWS {
        assert_hidden(&sandbox.run(arguments), arguments, "the copies");
    }
    let output = sandbox.run(&["diff", "saved.yaml", "."]).stdout;
    assert!(output.contains("copy: (secret, 7 bytes) -> (secret, 7 bytes, changed)"), "{output}");
    let shown = sandbox.run(&["explain", ".", "deploy/web", "metadata.annotations.copy", "--show-secrets"]).succeeds();
    assert!(shown.contains(SECRET), "{shown}");
}

#[test]
fn secrets_in_other_resources_are_masked() {
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"stringData\": {\"a\": \"hunter2\"}}";
    for all in [
        format!("apiVersion: example.com/v1\nkind: Bundle\nmetadata: {{name: a}}\nitems: [{json}]\n"),
        format!(
            "apiVersion: v1\nkind: List\nitems: [{}]\n",
            json.replace("\"kind\"", "\"metadata\": {\"name\": \"a\"}, \"kind\"")
        ),
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, annotations: {{original: '{json}'}}}}\n"),
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [all.yaml]\n"), ("all.yaml", &all)]);
        sandbox.write("old/empty.yaml", "");
        sandbox.write("saved.yaml", &all);
        for arguments in VIEWS.iter().copied().chain([&["diff", "saved.yaml", "old"][..]]) {
            assert_hidden(&sandbox.run(arguments), arguments, &all);
        }
    }
    let kind = "resources: [a.yaml]\npatches:\n- target: {kind: Secret}\n  options: {allowKindChange: true}\n  \
                patch: '[{op: replace, path: /kind, value: ConfigMap}]'\n";
    let sandbox = Sandbox::with_manifest(format!("{START}stringData: {{a: hunter2}}\n"));
    sandbox.write("kustomization.yaml", kind);
    sandbox.write("old/empty.yaml", "");
    for arguments in VIEWS {
        assert_hidden(&sandbox.run(arguments), arguments, kind);
    }
}

/// Asserts that an error is reported in all formats without the secret.
#[track_caller]
fn assert_reported_without_secret(files: &[(&str, &str)]) {
    let sandbox = Sandbox::new(files);
    for format in ["text", "json", "github", "sarif"] {
        let arguments = ["render", "--message-format", format];
        let run = sandbox.run(&arguments);
        assert_ne!(run.code, 0, "{files:?}");
        assert_hidden(&run, &arguments, files[files.len() - 1].1);
    }
    sandbox.write("old/empty.yaml", "");
    for arguments in VIEWS {
        assert_hidden(&sandbox.run(arguments), arguments, files[files.len() - 1].1);
    }
}

#[test]
fn broken_secrets_are_not_quoted() {
    for rest in [
        "stringData:\n  k: |\n    a\nhunter2\n",
        "stringData:\n  k: *hunter2\n",
        "stringData:\n  k: !!int hunter2\n",
        "stringData:\n\tk: hunter2\n",
        "stringData:\n- hunter2: [\n",
        "stringData:\n  k: \"a\nhunter2 \\q\"\n",
    ] {
        assert_reported_without_secret(&[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            ("a.yaml", &format!("{START}{rest}")),
        ]);
    }
    for manifest in [
        "{\"apiVersion\": \"v1\", \"kind\": \"Secret\",\n\"stringData\": {\n\"k\": \"hunter2\" \"x\"\n}}\n",
        "apiVersion: v1\nmetadata: {name: a}\nstringData:\n  k: hunter2 : x: [\n",
        "apiVersion: v1\nkind: secret\nmetadata: {name: a}\ndata:\n  k: @hunter2\n",
        "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n  data:\n    k: @hunter2\n",
    ] {
        assert_reported_without_secret(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", manifest)]);
    }
}

#[test]
fn sources_of_generated_secrets_are_not_quoted() {
    for kustomization in [
        "secretGenerator: [{name: a, literals: [\n\"a=hunter2\",\n\"hunter2\"\n]}]\n",
        "{\"secretGenerator\": [\n{\"name\": \"a\",\n\"literals\": [\n\"hunter2\"\n]}]}\n",
        "secretGenerator: [{name: a, literals: hunter2}]\n",
        "secretGenerator: [{name: a, literal: [k=hunter2]}]\n",
        "secretGenerator: k=hunter2\n",
    ] {
        assert_reported_without_secret(&[("kustomization.yaml", kustomization)]);
    }
    for fields in [
        "envs: [data, data]",
        "files: [data, data]",
        "files: [KEY=data], envs: [data]",
        "envs: [data], files: [KEY=data]",
    ] {
        let kustomization = format!("secretGenerator: [{{name: a, {fields}}}]\n");
        assert_reported_without_secret(&[("kustomization.yaml", &kustomization), ("data", "KEY=hunter2\n")]);
    }
    for literals in ["literals:\n- hunter2\n", "literals: [a=hunter2, a=hunter2]\n"] {
        let generator = format!("apiVersion: builtin\nkind: SecretGenerator\nmetadata: {{name: a}}\n{literals}");
        assert_reported_without_secret(&[("kustomization.yaml", "generators: [g.yaml]\n"), ("g.yaml", &generator)]);
    }
}

#[test]
fn patches_of_secrets_are_not_quoted() {
    let manifest = format!("{START}stringData: {{k: 'a:b'}}\n");
    for patch in [
        "- {op: test, path: /stringData/k, value: hunter2}\n",
        "- op: test\n  path: /data/k\n  value: hunter2\n",
        "[{\"op\": \"test\",\n\"path\": \"/stringData/k\",\n\"value\": \"hunter2\"}]\n",
        "- op: add\n  path: /stringData/k\n  value: @hunter2\n",
        "- op: add\n  path: /stringData/k\n  value:\n  - hunter2: @\n",
        "stringData:\n  k: @hunter2\n",
        "data:\n  k: @hunter2\n",
    ] {
        let indented = patch.replace('\n', "\n    ");
        for patches in [
            "- {target: {name: a}, path: p.yaml}\n".to_string(),
            format!("- target: {{name: a}}\n  patch: |-\n    {}\n", indented.trim_end()),
            format!("- target: {{name: a}}\n  patch: {}\n", serde_json::to_string(patch).unwrap()),
        ] {
            let kustomization = format!("resources: [a.yaml]\npatches:\n{patches}");
            assert_reported_without_secret(&[
                ("a.yaml", &manifest),
                ("kustomization.yaml", &kustomization),
                ("p.yaml", patch),
            ]);
        }
    }
    let replacement = "resources: [a.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.k, \
                       options: {delimiter: ':', index: 5}}\n  targets: [{select: {kind: Secret}}]\n";
    assert_reported_without_secret(&[
        ("kustomization.yaml", replacement),
        ("a.yaml", &manifest.replace("a:b", SECRET)),
    ]);
}

#[test]
fn values_in_wrong_places_are_not_quoted() {
    let patch = "resources: [a.yaml]\npatches:\n- target: {kind: Secret}\n  patch: |-\n";
    for (kustomization, manifest) in [
        (format!("{patch}    stringData:\n   password: hunter2\n"), format!("{START}stringData: {{a: b}}\n")),
        (format!("{patch}    - op: add\n      path: /stringData/z\n     vaule: hunter2\n"), START.to_string()),
        ("secretGenerator:\n- name: gliterals: [a=hunter2]\n".to_string(), String::new()),
        ("secretGenerator:\n- name: g\n  literals:\n  type: Opaque\n  - pw=hunter2\n".to_string(), String::new()),
        ("secretGenerator:\n- name: g\n  litterals: [pw=hunter2]\n".to_string(), String::new()),
        ("secretGenerator:\n- name: g\nliterals:\n- pw=hunter2\n".to_string(), String::new()),
        ("resources: [a.yaml]\n".to_string(), format!("{START}---\n  password: hunter2\n")),
        ("resources: [a.yaml]\n".to_string(), format!("# hunter2\n{START}stringData: {{a: b # hunter2\n")),
    ] {
        assert_reported_without_secret(&[("kustomization.yaml", &kustomization), ("a.yaml", &manifest)]);
    }
    for env in [
        "MY KEY=hunter2\nMY KEY=x\n",
        "B=hunter2\nB=x\n",
        "PASSWORD: hunter2\nPASSWORD: hunter2\n",
        "pw hunter2\npw hunter2\n",
    ] {
        let kustomization = "secretGenerator: [{name: g, envs: [e.env]}]\n";
        assert_reported_without_secret(&[("kustomization.yaml", kustomization), ("e.env", env)]);
    }
    let literal =
        Sandbox::new(&[("kustomization.yaml", "secretGenerator:\n- name: g\n  literals:\n  - PASSWORD hunter2\n")]);
    let message = literal.run(&["render"]).fails();
    assert!(message.contains("PASSWORD ***") && !message.contains(SECRET), "{message}");
}

#[test]
fn values_that_patches_move_are_masked() {
    for operations in [
        "[{op: copy, from: /stringData/k, path: /type}]",
        "[{op: move, from: /stringData/k, path: /type}]",
        "[{op: move, from: /stringData, path: /metadata/annotations}]",
        "[{op: copy, from: /stringData/k, path: /metadata/labels/k}]",
        "[{op: add, path: /stringData/x, value: hunter2}, {op: copy, from: /stringData/x, path: /type}]",
        "[{op: replace, path: /kind, value: ConfigMap}, {op: move, from: /stringData, path: /data}]",
    ] {
        let sandbox = Sandbox::with_manifest(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {}}\nstringData: {k: hunter2}\n",
        );
        let patch = operations.replace('{', "\n    - {").replace(['[', ']'], "").replace("},", "}");
        let entry = format!("- target: {{kind: Secret}}\n  options: {{allowKindChange: true}}\n  patch: |-{patch}\n");
        sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{entry}"));
        sandbox.write("old/empty.yaml", "");
        sandbox.write("saved.yaml", format!("{START}stringData: {{k: hunter1}}\n"));
        let rendered = sandbox.run(&["render"]);
        assert!(rendered.code == 0 && rendered.stdout.contains(SECRET), "{}", rendered.stderr);
        for arguments in VIEWS {
            assert_hidden(&sandbox.run(arguments), arguments, operations);
        }
    }
}

#[test]
fn names_copied_from_secrets_are_masked() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources: [all.yaml]\nnamePrefix: x-\nconfigMapGenerator: [{name: c, literals: [a=b]}]\nreplacements:\n\
             - source: {kind: Secret, fieldPath: stringData.k}\n  \
               targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]\n",
        ),
        (
            "all.yaml",
            &format!(
                "{START}stringData: {{k: hunter2}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\n\
                 spec: {{volumes: [{{name: v, configMap: {{name: c}}}}]}}\n"
            ),
        ),
        ("old/empty.yaml", ""),
        ("saved.yaml", START),
    ]);
    for arguments in VIEWS {
        assert_hidden(&sandbox.run(arguments), arguments, "a name");
    }
}

#[test]
fn tokens_in_urls_are_masked() {
    let all = [
        "https://localhost:1/a.yaml?token=hunter2&ref=main",
        "https://localhost:1/a.yaml?pass=hunter2",
        "https://localhost:1/a.yaml?x=hunter2",
        "https://localhost:1/a.yaml#hunter2",
        "https://hunter2@localhost:1/a.yaml",
        "https:/user:hunter2@localhost/a.yaml",
        "//user:hunter2@localhost/a.yaml",
        "user:hunter2@localhost:a/b",
        "git@localhost:1/a?sshkey=hunter2",
        "ssh://git:hunter2@localhost:1/a/b",
    ];
    let fields = ["resources: ['URL']", "patches: [{path: 'URL'}]", "configMapGenerator: [{name: a, files: ['URL']}]"];
    for (at, url) in all.into_iter().enumerate() {
        let field = fields[at % fields.len()].replace("URL", url);
        for field in [field, fields[2].replace("URL", url)] {
            let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("{field}\n"))]);
            for arguments in [
                &["render", "--offline"][..],
                &["render", "--offline", "--message-format", "json"],
                &["tree"],
                &["tree", "--format", "json"],
                &["inputs", "--offline"],
                &["graph", "--format", "html"],
                &["explain", ".", "--offline"],
            ] {
                assert_hidden(&sandbox.run(arguments), arguments, &field);
            }
        }
    }
}

// ---- text that is interpreted ----

#[test]
fn names_in_listings_are_escaped() {
    let name = "a\nb\u{1b}[2J\u{200f}";
    let sandbox = Sandbox::new(&[(&format!("apps/{name}/kustomization.yaml"), "namePrefix: a-\n")]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["commit", "--quiet", "--allow-empty", "--message", "a"]);
    let mut affected = sandbox.command(&["affected", "--since", "HEAD", "apps"]);
    affected.env("PATH", search_path());
    assert_snapshot!(sandbox.finish(affected).fails(), @r"
    error: the name `apps/a b�[2J�` contains spaces or quotes
    help: use --null or --json
    ");
}

#[test]
fn json_has_no_control_characters() {
    let hidden = ["\u{9b}", "\u{202e}", "\u{7f}"];
    let value = hidden.join("x");
    let sandbox = Sandbox::with_manifest(format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: \"{}\"}}\n",
        value.replace('\u{7f}', "\\x7f").replace('\u{9b}', "\\x9b")
    ));
    sandbox.write("old/empty.yaml", "");
    sandbox.write("old.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: b}\n");
    let output = sandbox.run(&["diff", "old.yaml", ".", "--format", "json"]).stdout;
    assert!(!hidden.iter().any(|character| output.contains(character)), "{output:?}");
    let json: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert!(json.to_string().contains(&value), "{output}");
}

#[test]
fn workflow_logs_contain_no_commands_of_the_tree() {
    let (first, inside) = ("::set-output name=a::b", "##[set-output name=a;]b");
    let sandbox = Sandbox::new(&[
        (&format!("{first}/kustomization.yaml"), "resources: [map.yaml]\n"),
        (
            &format!("{first}/map.yaml"),
            &format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  new: {inside}\n  text: |\n    {first}\n    x\n"
            ),
        ),
        ("bad/kustomization.yaml", &format!("resources: ['{inside}']\n")),
        (
            "old.yaml",
            &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  text: |\n    {first}\n    y\n"),
        ),
    ]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["commit", "--quiet", "--allow-empty", "--message", "a"]);
    for arguments in [
        &["diff", "old.yaml", first][..],
        &["diff", "old.yaml", first, "--format", "unified"],
        &["diff", "old.yaml", first, "--format", "json"],
        &["diff", "old.yaml", first, "--format", "html"],
        &["diff", "--all", "--since", "HEAD"],
        &["snapshot"],
        &["affected", "--since", "HEAD"],
        &["explain", first],
        &["tree", first],
        &["tree", first, "--format", "json"],
        &["inputs", first],
        &["lint", "bad", "--format", "sarif"],
        &["render", "bad"],
        &["render", "bad", "--message-format", "json"],
        &["render", "bad", "--message-format", "sarif"],
        &["edit", "fix", first],
    ] {
        let mut run = sandbox.command(arguments);
        run.env("GITHUB_ACTIONS", "true").env("PATH", search_path());
        let run = sandbox.finish(run);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            let is_command = line.trim_start().starts_with("::") || line.contains("##[");
            assert!(!is_command, "{arguments:?} print the command {line}");
        }
    }
}

#[test]
fn reports_contain_no_links_of_the_tree() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: ['[safe](javascript:alert)']\n")]);
    let sarif = sandbox.run(&["render", "--message-format", "sarif"]).stderr;
    assert!(sarif.contains("[safe] (javascript"), "{sarif}");
}

#[test]
fn permissions_of_the_output_file_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::with_manifest(format!("{START}stringData: {{k: hunter2}}\n"));
    sandbox.write("out.yaml", "old\n");
    fs::set_permissions(sandbox.path("out.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.run(&["render", "-o", "out.yaml"]).succeeds();
    assert_eq!(fs::metadata(sandbox.path("out.yaml")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_of_the_gitops_tree_is_masked() {
    // Only Secrets are masked: nothing of an ordinary tree is hidden.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut explain = command(root);
    let output = Run::new(explain.args(["explain", "overlays/dev"]).output().unwrap(), root).succeeds();
    assert!(!output.contains("(hidden)") && !output.contains("***"), "{output}");
}
