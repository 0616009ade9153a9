//! Diagnostics about resources and their values: code, place and help.

use crate::helm::World;
use crate::sandbox::Sandbox;

/// Returns the messages of lint about a tree.
fn lint(files: &[(&str, &str)]) -> String {
    Sandbox::new(files).run(&["lint", "--quiet"]).succeeds()
}

#[track_caller]
fn assert_reported(output: &str, code: &str, place: &str, help: &str) {
    let found = output.split("\n\n").find(|message| message.contains(&format!("[{code}]")) && message.contains(place));
    let message = found.unwrap_or_else(|| panic!("no {code} at {place}:\n{output}"));
    assert!(message.contains(help), "{message}");
}

const GENERATOR: &str = "resources: [a.yaml]\nsecretGenerator:\n- name: token\n  literals: [k=v]\n";

#[test]
fn stale_names_are_reported_in_all_kinds_of_fields() {
    for (field, path) in [
        ("tokenSecretRef: {name: token}", "spec/tokenSecretRef/name"),
        ("auth: {secretName: token}", "spec/auth/secretName"),
        ("auth: [{secret: token}]", "spec/auth/secret"),
        ("secrets: [token]", "spec/secrets"),
        ("target: {kind: Secret, name: token}", "spec/target/name"),
        ("credentialsRef: {name: token}", "spec/credentialsRef/name"),
    ] {
        let manifest = format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec:\n  {field}\n");
        let output = lint(&[("kustomization.yaml", GENERATOR), ("a.yaml", &manifest)]);
        let help = format!("`{{kind: Secret, fieldSpecs: [{{kind: Widget, path: {path}}}]}}` under `nameReference`");
        assert_reported(&output, "stale-name", "a.yaml:5:", &help);
        assert!(output.contains("kustomization.yaml:3:9"), "{output}");
    }
}

#[test]
fn names_that_are_no_references_are_not_stale() {
    for field in [
        "name: token",
        "metadata: {labels: {secret: token}}",
        "containers: [{name: token}]",
        "serviceAccountName: token",
        "target: {kind: ConfigMap, name: token}",
        "secretName: tokens",
        "configMapRef: {name: token}",
    ] {
        let manifest = format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec:\n  {field}\n");
        let output = lint(&[("kustomization.yaml", GENERATOR), ("a.yaml", &manifest)]);
        assert!(!output.contains("stale-name"), "{field}: {output}");
    }
}

#[test]
fn stale_addresses_are_reported() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 8080}]}\n---\n";
    for (field, is_reported) in [
        ("dnsNames: [web.shop.svc]", true),
        ("dnsNames: [web.shop.svc.cluster.local]", true),
        ("url: http://web/path", true),
        ("address: web:8080", true),
        ("address: web:9090", false),
        ("dnsNames: [web.other.svc]", false),
        ("host: web.example.com", false),
    ] {
        let manifest =
            format!("{service}apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec:\n  {field}\n");
        let kustomization = "namespace: shop\nnamePrefix: dev-\nresources: [a.yaml]\n";
        let output = lint(&[("kustomization.yaml", kustomization), ("a.yaml", &manifest)]);
        assert_eq!(output.contains("stale-name"), is_reported, "{field}: {output}");
        if is_reported {
            assert_reported(&output, "stale-name", "a.yaml:10:", "with a replacement and a `delimiter`");
        }
    }
}

#[test]
fn values_of_replacements_must_be_strings() {
    let kustomization = "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a, fieldPath: data.PORT}\n  \
        targets:\n  - select: {kind: Pod}\n    options: {create: true}\n    \
        fieldPaths: ['spec.containers.[name=a].env.[name=PORT].value']\n";
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {PORT: \"10\"}\n---\n\
        apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:1'}]}\n";
    let output = lint(&[("kustomization.yaml", kustomization), ("a.yaml", manifest)]);
    assert_reported(&output, "not-a-string", "a.yaml:4:", "quote the value");
}

#[test]
fn env_files_are_checked() {
    let env = "A=\"x\"\nexport B=y\nC\n# comment\nD = z\nE=it's\n";
    let kustomization = "configMapGenerator: [{name: a, envs: [a.env], literals: [a@b=c]}]\n";
    let output = lint(&[("kustomization.yaml", kustomization), ("a.env", env)]);
    assert_reported(&output, "quoted-value", "a.env:1:3", "remove the quotes");
    assert_reported(&output, "invalid-key", "a.env:2:1", "leave `export` out");
    assert_reported(&output, "no-value", "a.env:3:1", "write `KEY=value`");
    assert_reported(&output, "invalid-key", "a.env:5:1", "remove the space");
    assert_reported(&output, "invalid-key", "kustomization.yaml:1:", "keys consist of");
    assert_eq!(output.matches("warning[").count(), 5, "{output}");
}

/// Any part of a line may be secret.
#[test]
fn lines_of_secrets_are_not_shown() {
    let env = "KEY=|\naHVudGVyMg\nhunter2/hunter2==\nA='hunter2'\n";
    let kustomization = "secretGenerator: [{name: a, envs: [a.env]}]\n";
    let output = lint(&[("kustomization.yaml", kustomization), ("a.env", env)]);
    for (code, line) in [("no-value", 2), ("invalid-key", 3), ("quoted-value", 4)] {
        assert_reported(&output, code, "kustomization.yaml:1:", &format!("line {line} of an env file"));
    }
    assert!(!output.contains("hunter") && !output.contains("aHVud"), "{output}");
}

#[test]
fn renders_report_damaged_lists_and_nulls() {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - {port: 80, protocol: TCP}\n";
    let patch = "resources: [a.yaml]\npatches:\n- target: {kind: Service}\n  patch: |\n    apiVersion: v1\n    \
        kind: Service\n    metadata: {name: a, annotations: {x: null}}\n    spec:\n      ports:\n      \
        - {port: 53, name: tcp}\n      - {port: 53, name: udp, protocol: UDP}\n";
    let run = Sandbox::new(&[("kustomization.yaml", patch), ("a.yaml", service)]).run(&["render"]);
    assert_eq!(run.code, 0);
    assert_reported(&run.stderr, "null-as-text", "kustomization.yaml:7:", "path: /metadata/annotations/x");
    assert_reported(&run.stderr, "lost-entry", "kustomization.yaml:10:", "write `protocol` in both");
}

#[test]
fn objects_of_charts_need_a_namespace() {
    let world = World::new("namespace: shop\nhelmCharts: [{name: web}]\n");
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
    world.write("prints", workload);
    let run = world.build_with_helm(&["--strict"]);
    let place = "app/kustomization.yaml:2:";
    assert_reported(&run.stderr, "missing-namespace", place, "path: /metadata/namespace, value: shop");
    world.write("prints", workload.replace("web}", "web, namespace: shop}"));
    assert_eq!(world.build_with_helm(&["--strict"]).code, 0);
}
