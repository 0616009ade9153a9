//! `boutique explain`: whether its answers are true, and how they are shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use boutique::FieldPath;
use boutique::explain::{Event, history};
use boutique::io::{self, MemoryHost, Outcome};
use boutique::yaml::{NodeId, Position, Tree};
use boutique::{Inputs, LoadRestrictions, Options, Rendered, Reorder, Resource};
use insta::assert_snapshot;
use walkdir::WalkDir;

use crate::cases;
use crate::random::Random;
use crate::sandbox::Sandbox;

/// A tree of files in memory, and the directory to render.
struct Files {
    files: BTreeMap<String, Vec<u8>>,
    target: String,
    options: Options,
}

impl Files {
    /// Reads everything below some directories.
    fn read(directories: &[&Path], target: &str, options: Options) -> Files {
        let mut files = BTreeMap::new();
        for entry in directories.iter().flat_map(WalkDir::new) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                files.insert(entry.path().to_str().unwrap().to_string(), fs::read(entry.path()).unwrap());
            }
        }
        Files { files, target: target.to_string(), options }
    }

    /// Renders with one changed file, in the order of the input so that resources keep their positions.
    fn render(&self, changed: Option<(&str, String)>) -> Option<(Rendered, Inputs)> {
        let mut files = self.files.clone();
        if let Some((path, text)) = changed {
            files.insert(path.to_string(), text.into_bytes());
        }
        let mut options = self.options.clone();
        options.trace = true;
        options.reorder = Reorder::None;
        let Outcome { result, inputs } = io::render(&MemoryHost::new(files), &self.target, &options);
        Some((result.ok()?, inputs))
    }
}

/// A scalar in the output.
struct Leaf {
    resource: usize,
    path: FieldPath,
    text: String,
    name: String,
}

fn leaves(rendered: &Rendered) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (at, resource) in rendered.resources().iter().enumerate() {
        let tree = resource.tree();
        walk(tree, tree.root(), &mut Vec::new(), &mut |node, pointer| {
            let pointer: String = pointer.iter().map(|part| format!("/{part}")).collect();
            let path = pointer.parse().unwrap();
            let name = format!("{} {pointer}", resource.label());
            leaves.push(Leaf { resource: at, path, text: tree.text(node).to_string(), name });
        });
    }
    leaves
}

fn walk(tree: &Tree, node: NodeId, pointer: &mut Vec<String>, visit: &mut impl FnMut(NodeId, &[String])) {
    if tree.is_scalar(node) {
        visit(node, pointer);
    }
    for (key, value) in tree.entries(node) {
        pointer.push(tree.text(key).replace('~', "~0").replace('/', "~1"));
        walk(tree, value, pointer, visit);
        pointer.pop();
    }
    for (at, element) in tree.elements(node).enumerate() {
        pointer.push(at.to_string());
        walk(tree, element, pointer, visit);
        pointer.pop();
    }
}

/// A change of a file: the new text, and whether it is within the first characters of the value itself.
struct Edit {
    text: String,
    is_inside: bool,
}

/// Returns small changes of the line at a position.
fn edits(text: &str, position: Position) -> Vec<Edit> {
    let start = position.offset as usize;
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let length = text[start..end].find([',', ' ', '}', ']']).unwrap_or(end - start);
    let words = [("true", "false"), ("false", "true"), ("null", "x")];
    let replaced = words.into_iter().filter_map(|(word, other)| {
        let rest = text[start..end].strip_prefix(word)?;
        Some(Edit { text: format!("{}{other}{rest}{}", &text[..start], &text[end..]), is_inside: true })
    });
    let offsets = (start..=end).rev().filter(|&at| text.is_char_boundary(at));
    let inserted = offsets.flat_map(|at| {
        ["1", "x"].map(|inserted| Edit {
            text: format!("{}{inserted}{}", &text[..at], &text[at..]),
            is_inside: at > start && at < start + length,
        })
    });
    replaced.chain(inserted).collect()
}

/// Returns why the explanation of a value is wrong: the line that it names does not determine the value.
fn problem(files: &Files, rendered: &Rendered, inputs: &Inputs, leaf: &Leaf) -> Option<String> {
    let resource = &rendered.resources()[leaf.resource];
    let events = history(resource, &leaf.path);
    let Some(event) = events.first() else { return Some(format!("{}: no history", leaf.name)) };
    if is_supplied(event, leaf) {
        return None;
    }
    let position = event.after.as_ref().map_or(Position::NONE, |value| value.position());
    let Some(file) = inputs.file(position.file) else { return Some(format!("{}: no source", leaf.name)) };
    // Binary files have no lines.
    let text = file.text().ok()?;
    let mut may_be_changed = false;
    for edit in edits(text, position) {
        let Some((changed, _)) = files.render(Some((&file.path, edit.text))) else { continue };
        let Some(after) = changed.resources().get(leaf.resource) else { continue };
        let found = leaf.path.find(after.tree()).map(|node| after.tree().text(node));
        // A patch that repeats a merge key adds an element of its own if that of the resource is renamed.
        if found.is_some_and(|found| found != leaf.text) || list_lengths(after, leaf) != list_lengths(resource, leaf) {
            return None;
        }
        may_be_changed |= edit.is_inside;
    }
    // Some values cannot change without an error, such as the kind of a patch: this shows that the line matters, too.
    if !may_be_changed {
        return None;
    }
    let line = text[..position.offset as usize].matches('\n').count() + 1;
    let source = text.lines().nth(line - 1).unwrap_or_default();
    Some(format!("{} = {:?}: {}:{line}: {source}", leaf.name, leaf.text, file.path))
}

/// Returns the lengths of the collections that contain a value.
fn list_lengths(resource: &Resource, leaf: &Leaf) -> Vec<usize> {
    let tree = resource.tree();
    let mut node = tree.root();
    let segments = leaf.path.segments().iter();
    segments
        .map_while(|segment| {
            let length = tree.len(node);
            node = segment.find(tree, node)?;
            Some(length)
        })
        .collect()
}

/// Returns whether the program itself supplied a value: the type of a generated resource, an empty value, and the
/// annotations that kustomize writes.
fn is_supplied(event: &Event, leaf: &Leaf) -> bool {
    let is_generated = matches!(event.step.field, "configMapGenerator" | "secretGenerator" | "generators");
    let is_type = ["/apiVersion", "/kind", "/type", "/immutable"].iter().any(|field| leaf.name.ends_with(field));
    is_generated && is_type
        || leaf.text.is_empty()
        || leaf.text == "null"
        || leaf.name.contains("config.kubernetes.io~1")
}

/// Picks values at random, changes the line that is named as the source of each, and checks whether the value changes.
fn wrong_explanations(files: &Files, count: usize) -> Vec<String> {
    let (rendered, inputs) = files.render(None).expect("it renders");
    let leaves = leaves(&rendered);
    let mut random = Random(count as u64);
    let chosen = (0..count).map(|_| &leaves[random.below(leaves.len())]);
    chosen.filter_map(|leaf| problem(files, &rendered, &inputs, leaf)).collect()
}

#[test]
fn named_lines_determine_200_values() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for overlay in ["dev", "prod"] {
        let target = root.join("overlays").join(overlay);
        let directories = ["base", "overlays", "app-config", "cluster-resources"].map(|directory| root.join(directory));
        let files = Files::read(
            &directories.each_ref().map(|directory| directory.as_path()),
            target.to_str().unwrap(),
            Options::default(),
        );
        let wrong = wrong_explanations(&files, 100);
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[test]
fn named_lines_determine_values_of_fixtures() {
    let mut wrong = Vec::new();
    // All of them would take as long as all other tests together. The choice depends only on the name.
    for (case, _) in cases::rendered().filter(|(case, _)| case.name.len() % 6 == 0) {
        // Sorting moves a resource when its kind or name changes, so that another one would be compared.
        if case.name.starts_with("sortOptions/") {
            continue;
        }
        let mut options = case.options();
        options.load_restrictions = LoadRestrictions::None;
        let files = Files::read(&[&case.directory.join("input")], &case.path(), options);
        let Some((rendered, inputs)) = files.render(None) else { continue };
        for leaf in leaves(&rendered).iter().take(20) {
            wrong.extend(problem(&files, &rendered, &inputs, leaf).map(|text| format!("{}: {text}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

// ---- output ----

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
