//! Every value in the output has a source.

use std::path::Path;

use boutique::io::{self, Host, MemoryHost, OsHost, Outcome};
use boutique::yaml::{FileId, NodeId, Tree};
use boutique::{Inputs, Options, Rendered};

use crate::cases;

/// A value without a proper source: its path, and the problem.
type Problem = String;

fn render(host: &dyn Host, target: &str, options: &Options) -> Option<(Rendered, Inputs)> {
    let Outcome { result, inputs } = io::render(host, target, options);
    Some((result.ok()?, inputs))
}

/// Calls `visit` for a node and everything in it, with their paths.
fn walk(tree: &Tree, node: NodeId, path: &str, visit: &mut impl FnMut(&str, NodeId)) {
    visit(path, node);
    for (key, value) in tree.entries(node).collect::<Vec<_>>() {
        walk(tree, value, &format!("{path}/{}", tree.text(key)), visit);
    }
    for (at, element) in tree.elements(node).collect::<Vec<_>>().into_iter().enumerate() {
        walk(tree, element, &format!("{path}/{at}"), visit);
    }
}

/// Returns what is wrong with the sources of all values.
fn problems(rendered: &Rendered, inputs: &Inputs) -> Vec<Problem> {
    let mut problems = Vec::new();
    for resource in rendered.resources() {
        let tree = resource.tree();
        walk(tree, resource.root(), "", &mut |path, node| {
            let position = tree.position(node);
            let problem = match inputs.file(position.file) {
                _ if position.file == FileId::NONE => Some("no source".to_string()),
                None => Some(format!("no such file: {:?}", position.file)),
                Some(file) => match file.text() {
                    Ok(text) if position.offset as usize > text.len() => {
                        Some(format!("after the end of {}", file.path))
                    }
                    _ => None,
                },
            };
            if let Some(problem) = problem {
                problems.push(format!("{}{path}: {problem}", resource.label()));
            }
        });
    }
    problems
}

#[test]
fn every_value_of_an_overlay_has_a_source() {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/dev");
    let target = target.to_str().unwrap();
    let (rendered, inputs) = render(&OsHost::default(), target, &Options::default()).expect("the overlay renders");
    assert!(rendered.resources().len() > 20);
    let problems = problems(&rendered, &inputs);
    assert!(problems.is_empty(), "{} values lack a source:\n{}", problems.len(), problems.join("\n"));
}

/// The values of all fixtures that the program itself supplies.
#[test]
fn values_without_a_source_are_known() {
    let mut list = String::new();
    for (case, _) in cases::rendered() {
        let Some((rendered, inputs)) = render(&OsHost::default(), &case.path(), &case.options()) else { continue };
        for problem in problems(&rendered, &inputs) {
            list.push_str(&format!("{}: {problem}\n", case.name));
        }
    }
    insta::assert_snapshot!(list);
}

/// Returns the source lines of the values in the data of the only ConfigMap, as `value: file:line: text from there`.
fn sources(files: &[(&str, &str)]) -> String {
    let host = MemoryHost::new(files.iter().map(|(path, text)| (format!("/app/{path}"), *text)));
    let (rendered, inputs) = render(&host, "/app", &Options::default()).expect("it renders");
    let [resource] = rendered.resources() else { panic!("there should be one resource") };
    let tree = resource.tree();
    let mut list = String::new();
    let data = tree.get(resource.root(), "data").expect("it has data");
    for (key, value) in tree.entries(data) {
        let position = tree.position(value);
        let file = inputs.file(position.file).expect("values have a file");
        let text = file.text().unwrap();
        let (before, after) = text.split_at(position.offset as usize);
        let line = before.matches('\n').count() + 1;
        let rest = after.lines().next().unwrap_or_default();
        list.push_str(&format!("{}: {}:{line}: {rest}\n", tree.text(key), file.path));
    }
    list
}

#[test]
fn values_of_patches_point_to_the_patch() {
    let kustomization = "\
resources: [config.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: c

    data:
      literal: one
      quoted: 'two'
- target: {kind: ConfigMap}
  patch: |-
    - op: add
      path: /data/json
      value: three
- target: {kind: ConfigMap}
  patch: '[{\"op\": \"add\", \"path\": \"/data/inline\", \"value\": \"four\"}]'
- path: patch.yaml
patchesStrategicMerge:
- |-
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: c}
  data:
    old: six
";
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  base: zero\n";
    let patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  file: five\n";
    let files = [("kustomization.yaml", kustomization), ("config.yaml", config), ("patch.yaml", patch)];
    insta::assert_snapshot!(sources(&files), @r#"
    base: /app/config.yaml:5: zero
    old: /app/kustomization.yaml:26: six
    literal: /app/kustomization.yaml:10: one
    quoted: /app/kustomization.yaml:11: 'two'
    json: /app/kustomization.yaml:16: three
    inline: /app/kustomization.yaml:18: "four"}]'
    file: /app/patch.yaml:5: five
    "#);
}

#[test]
fn values_of_generators_point_to_their_source() {
    let kustomization = "\
configMapGenerator:
- name: c
  literals:
  - first=one
  - \"second=two\"
  files:
  - file.txt
  - key=file.txt
  envs:
  - some.env
";
    let env = "# comment\nthird=three\n\nfourth=four\n";
    let files = [("kustomization.yaml", kustomization), ("file.txt", "a\nb\n"), ("some.env", env)];
    insta::assert_snapshot!(sources(&files), @r#"
    file.txt: /app/file.txt:1: a
    first: /app/kustomization.yaml:4: first=one
    fourth: /app/some.env:4: fourth=four
    key: /app/file.txt:1: a
    second: /app/kustomization.yaml:5: "second=two"
    third: /app/some.env:2: third=three
    "#);
}
