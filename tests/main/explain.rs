//! `boutique explain`: how its answers are shown. `explanations` checks that they are true.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use walkdir::WalkDir;

use crate::sandbox::Sandbox;

fn shop() -> Sandbox {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let sandbox = Sandbox::new(&[]);
    for entry in WalkDir::new(&root) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&root).unwrap();
            sandbox.write(path.to_str().unwrap(), fs::read_to_string(entry.path()).unwrap());
        }
    }
    sandbox
}

#[test]
fn histories_of_values() {
    let sandbox = shop();
    let mut list = String::new();
    for arguments in [
        "deploy/web spec.replicas",
        "deploy/web spec.template.spec.containers[web].image",
        "deployments.apps/prod-web metadata.annotations.note",
        "deploy/web metadata.annotations.port",
        "deploy/web /spec/template/spec/containers/1/args/0",
        "deploy/web spec.template.spec.containers[name=web].envFrom[0].configMapRef.name",
        "cm/settings data.level",
        "secret/creds data.password",
        "secret/creds data.password --show-secrets",
        "svc/extra",
        "svc/extra metadata.name",
    ] {
        let mut words = vec!["explain", "overlay"];
        words.extend(arguments.split(' '));
        list.push_str(&format!("$ boutique explain overlay {arguments}\n{}\n", sandbox.run(&words).succeeds()));
    }
    assert_snapshot!(list);
}

#[test]
fn lines_with_their_sources() {
    let sandbox = shop();
    assert_snapshot!(sandbox.run(&["explain", "overlay"]).succeeds());
    assert_snapshot!("lines_as_json", sandbox.run(&["explain", "overlay", "secret/creds", "--format=json"]).succeeds());
    let field = ["explain", "overlay", "deploy/web", "spec.replicas", "--format=json"];
    assert_snapshot!("history_as_json", sandbox.run(&field).succeeds());
}

/// Returns the output of `explain` for each of the arguments, in a tree of files.
fn explained(files: &[(&str, &str)], commands: &[&str]) -> String {
    let sandbox = Sandbox::new(files);
    let mut list = String::new();
    for arguments in commands {
        let words: Vec<&str> = ["explain"].into_iter().chain(arguments.split(' ')).collect();
        list.push_str(&format!("$ boutique explain {arguments}\n{}\n", sandbox.run(&words).succeeds()));
    }
    list
}

#[test]
fn a_replacement_is_explained_by_its_source() {
    let kustomization = "\
namePrefix: dev-
resources: [all.yaml]
replacements:
- source: {kind: Service, name: api}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.host]
- source: {kind: Service, name: api, fieldPath: spec.clusterIP}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.url]
    options: {delimiter: ':', index: 1}
";
    let all = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  host: x
  url: http:y:80
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  clusterIP: 1.2.3.4
";
    let files = [("app/kustomization.yaml", kustomization), ("app/all.yaml", all)];
    let commands = ["app cm/settings data.host", "app cm/settings data.url", "app cm/settings"];
    assert_snapshot!(explained(&files, &commands));
    let json = ["app cm/settings --format=json", "app cm/settings data.url --format=json"];
    assert_snapshot!("replacement_as_json", explained(&files, &json));
}

#[test]
fn elements_are_followed_when_patches_move_them() {
    let kustomization = "\
resources: [all.yaml]
patches:
- path: patch.yaml
  target: {kind: Gizmo}
- path: move.yaml
  target: {kind: Gizmo}
";
    let all = "apiVersion: a/v1\nkind: Gizmo\nmetadata: {name: g}\nspec:\n  args: [old]\n  list: [one, two, three]\n";
    let patch = "\
- op: add
  path: /spec/args/0
  value: new
- op: add
  path: /spec/args/-
  value: last
- op: remove
  path: /spec/list/0
- op: add
  path: /spec/extra
  value:
    a: 1
    b:
    - x
";
    let moves = "\
- {op: move, from: /spec/args/1, path: /spec/args/2}
- {op: move, from: /spec/list, path: /spec/moved}
";
    let files = [
        ("app/kustomization.yaml", kustomization),
        ("app/all.yaml", all),
        ("app/patch.yaml", patch),
        ("app/move.yaml", moves),
    ];
    let fields = ["args", "args[0]", "args[1]", "args[2]", "moved", "moved[0]", "extra", "extra.b"];
    let fields = fields.map(|field| format!("app gizmo/g spec.{field}"));
    let commands: Vec<&str> = ["app gizmo/g"].into_iter().chain(fields.iter().map(String::as_str)).collect();
    assert_snapshot!(explained(&files, &commands));
}

#[test]
fn structure_is_explained_by_the_line_of_its_key() {
    let kustomization = "\
resources: [all.yaml]
commonAnnotations: {team: web}
patches:
- path: patch.yaml
";
    let all = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    note: |
      a
      b
spec:
  template:
    spec:
      containers:
      - name: main
        image: nginx
      - name: side
        command: [a]
";
    let patch = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: side
        command:
        - b
        resources:
          limits:
            cpu: 1
      securityContext:
        runAsUser: 1
      nodeSelector: {a: b}
";
    let files = [("app/kustomization.yaml", kustomization), ("app/all.yaml", all), ("app/patch.yaml", patch)];
    let pod = "app deploy/web spec.template.spec";
    let commands = [
        "app deploy/web",
        &format!("{pod}.securityContext"),
        &format!("{pod}.containers[side].command"),
        &format!("{pod}.containers[side].name"),
        &format!("{pod}.containers"),
        "app deploy/web metadata.annotations.note",
    ];
    assert_snapshot!(explained(&files, &commands));
}

#[test]
fn a_change_to_the_same_value_is_told() {
    let manifest = "apiVersion: example.com/v1\nkind: Gizmo\nmetadata: {name: g}\nspec: {image: a:v1, text: '1'}\n";
    let kustomization =
        "resources: [g.yaml]\nimages: [{name: a, newTag: v1}]\npatches:\n- path: patch.yaml\n  target: {kind: Gizmo}\n";
    let patch = "- {op: replace, path: /spec/image, value: 'a:v1'}\n- {op: replace, path: /spec/text, value: 1}\n";
    let files = [("app/g.yaml", manifest), ("app/kustomization.yaml", kustomization), ("app/patch.yaml", patch)];
    let texts = explained(&files, &["app gizmo/g spec.image", "app gizmo/g spec.text"]);
    assert!(texts.contains("set to the same value by `patches` at app/patch.yaml:1:43"), "{texts}");
    // The text is the same, but the string became a number.
    assert!(texts.contains("changed by `patches` at app/patch.yaml:2:42"), "{texts}");
}

#[test]
fn a_history_is_shown_once() {
    // Each field contains the next one ten times.
    let fields =
        |of: &dyn Fn(usize) -> String, numbers: std::ops::Range<usize>| -> String { numbers.map(of).collect() };
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n".to_string()
        + &fields(&|at| format!("d{at}: '{}'\n", format!("$(V{})", at + 1).repeat(10)), 0..6)
        + "d6: z\n";
    let references =
        "varReference:\n".to_string() + &fields(&|at| format!("- {{path: d{at}, kind: ConfigMap}}\n"), 0..6);
    let object = "objref: {kind: ConfigMap, name: x, apiVersion: v1}";
    let vars = fields(&|at| format!("- {{name: V{at}, {object}, fieldref: {{fieldpath: d{at}}}}}\n"), 1..7);
    let kustomization = format!("resources: [r.yaml]\nconfigurations: [c.yaml]\nvars:\n{vars}");
    let files = [("app/r.yaml", &*manifest), ("app/c.yaml", &*references), ("app/kustomization.yaml", &*kustomization)];
    let commands = ["app cm/x d0", "app cm/x d0 --format=json", "app cm/x d5"];
    let text = explained(&files, &commands);
    assert!(text.len() < 30_000, "{} bytes", text.len());
    assert!(text.contains("from ConfigMap/x  d6"), "{text}");
}

#[test]
fn missing_paths_get_suggestions() {
    let sandbox = shop();
    let mut list = String::new();
    for arguments in [
        "overlay deploy/wbe",
        "overlay deploy/web spec.replica",
        "overlay deploy/web spec.template.spec.containers[wep].image",
        "overlay deploy/web spec..x",
        "overlay web",
        "overlay gizmo/x",
        "no-targt",
        "nowhere",
    ] {
        let mut words = vec!["explain"];
        words.extend(arguments.split(' '));
        let run = sandbox.run(&words);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{arguments}");
        list.push_str(&format!("$ boutique explain {arguments}\n{}\n", run.stderr));
    }
    assert_snapshot!(list);
}

#[test]
fn codes_are_explained() {
    let sandbox = Sandbox::new(&[]);
    for code in boutique::Code::ALL {
        let text = sandbox.run(&["explain", code.as_str()]).succeeds();
        assert!(text.starts_with(code.as_str()) && text.lines().count() > 2, "{text}");
    }
}
