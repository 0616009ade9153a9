//! Generated trees of any size, for the benches, and for `examples/scale.rs`, which writes them for comparisons with
//! other programs.
//!
//! The name of a tree consists of its shape and numbers, such as `patches:300x100`. Equal names give equal bytes.

use std::fmt::Write as _;

/// The shape of a tree: its name, the number of its parameters, and the function that generates it.
type Shape = (&'static str, usize, fn(&[usize]) -> Tree);

const SHAPES: [Shape; 8] = [
    ("tiny", 0, |_| tiny()),
    ("flat", 1, |numbers| flat(numbers[0])),
    ("patches", 2, |numbers| patches(numbers[0], numbers[1])),
    ("replacements", 2, |numbers| replacements(numbers[0], numbers[1])),
    ("deep", 2, |numbers| deep(numbers[0], numbers[1])),
    ("crd", 1, |numbers| crd(numbers[0])),
    ("configmap", 1, |numbers| configmap(numbers[0])),
    ("fleet", 1, |numbers| fleet(numbers[0])),
];

/// The template for the resources of an application. Words in capitals are placeholders.
const APPLICATION: &str = include_str!("app.yaml");

const WORDS: [&str; 10] = ["amber", "cedar", "delta", "flint", "grove", "hazel", "kite", "olive", "river", "zephyr"];

const SHARED_SECRET: &str = "secretGenerator:\n- name: shared-secret\n  literals: [password=correct-horse, user=app]\n";

/// The files of a tree.
#[derive(Default)]
pub struct Tree {
    /// Paths relative to the root of the tree, and contents.
    pub files: Vec<(String, String)>,
    /// The directories to render.
    pub targets: Vec<String>,
}

impl Tree {
    /// Returns the tree with a name; `None` if the shape is unknown or has a different number of parameters.
    pub fn named(name: &str) -> Option<Tree> {
        let (shape, numbers) = name.split_once(':').unwrap_or((name, ""));
        let numbers: Option<Vec<usize>> =
            numbers.split('x').filter(|number| !number.is_empty()).map(|number| number.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| !numbers.contains(&0))?;
        let (_, _, make) = SHAPES.iter().find(|(name, count, _)| *name == shape && *count == numbers.len())?;
        Some(make(&numbers))
    }

    fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.push((path.into(), text.into()));
    }

    /// Adds documents in files of 50 each to a directory, and returns a `resources` field that lists the files.
    fn add_resources(&mut self, directory: &str, documents: &[String]) -> String {
        let mut field = "resources:\n".to_string();
        for (at, chunk) in documents.chunks(50).enumerate() {
            self.add(format!("{directory}/resources-{at:04}.yaml"), chunk.join("---\n"));
            let _ = writeln!(field, "- resources-{at:04}.yaml");
        }
        field
    }

    /// Adds a kustomization in a directory, which is a target.
    fn with_target(mut self, directory: &str, kustomization: String) -> Tree {
        self.add(format!("{directory}/kustomization.yaml"), kustomization);
        self.targets.push(directory.to_string());
        self
    }
}

/// One ConfigMap, which measures the startup time.
fn tiny() -> Tree {
    let mut tree = Tree::default();
    tree.add("app/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: b\n");
    tree.with_target("app", "resources:\n- config.yaml\n".to_string())
}

/// One kustomization with many resources, and one of each field that changes all of them. The workloads refer to
/// generated ConfigMaps and Secrets, so that many references are updated.
fn flat(resources: usize) -> Tree {
    let mut tree = Tree::default();
    let groups = (resources / 110).max(1);
    let documents = applications(resources, |app| format!("settings-{}", app % groups));
    let mut text = tree.add_resources("app", &documents);
    text.push_str("namespace: production\nnamePrefix: prod-\n");
    text.push_str("labels:\n- pairs: {environment: production, managed-by: scale}\n");
    text.push_str("- pairs: {release: r42}\n  includeSelectors: true\nimages:\n");
    for digit in 0..10 {
        let _ = writeln!(text, "- name: registry.example.com/app-{digit}\n  newTag: v2.{digit}.0");
    }
    text.push_str("- name: registry.example.com/sidecar\n  newName: mirror.example.com/sidecar\n");
    text.push_str("configMapGenerator:\n");
    for group in 0..groups {
        tree.add(format!("app/settings/{group}.properties"), format!("# group {group}\nlevel=info\nsize={group}\n"));
        let _ = writeln!(text, "- name: settings-{group}\n  files: [app.properties=settings/{group}.properties]");
        let _ = writeln!(text, "  literals: [log.format=json, group={group}]");
    }
    text.push_str(SHARED_SECRET);
    tree.with_target("app", text)
}

/// Deployments with patches of all kinds.
fn patches(deployments: usize, patches: usize) -> Tree {
    let mut tree = Tree::default();
    let documents: Vec<String> = (0..deployments).map(|app| documents(app, &name(app)).swap_remove(0)).collect();
    let mut text = tree.add_resources("app", &documents);
    text.push_str("patches:\n");
    for patch in 0..patches {
        let name = name(scattered(patch, deployments));
        match patch % 6 {
            0 => {
                tree.add(format!("app/patches/merge-{patch:05}.yaml"), merge_patch(&name, patch));
                let _ = writeln!(text, "- path: patches/merge-{patch:05}.yaml");
            }
            1 => {
                tree.add(format!("app/patches/json-{patch:05}.yaml"), json_patch(patch));
                let _ = writeln!(text, "- path: patches/json-{patch:05}.yaml");
                let _ = writeln!(text, "  target: {{group: apps, version: v1, kind: Deployment, name: {name}}}");
            }
            2 => text.push_str(&format!(
                r#"- target: {{kind: Deployment, name: {name}}}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: ignored
    spec:
      template:
        spec:
          containers:
          - name: sidecar
            $patch: delete
"#
            )),
            3 => text.push_str(&format!(
                r#"- target: {{kind: Deployment, name: {name}}}
  patch: |-
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --patched={patch}
    - op: test
      path: /kind
      value: Deployment
"#
            )),
            4 => text.push_str(&format!(
                r#"- target: {{kind: Deployment, name: "{}[0-9]"}}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: any
      annotations:
        example.com/pattern: "true"
"#,
                &name[..name.len() - 1]
            )),
            _ => text.push_str(&format!(
                r#"- target: {{kind: Deployment, {}}}
  patch: '[{{"op": "add", "path": "/metadata/annotations/example.com~1selected", "value": "{patch}"}}]'
"#,
                // Every tenth of these applies to a tenth of the Deployments.
                if patch % 60 == 5 {
                    "labelSelector: 'shard=s3,tier!=none'".to_string()
                } else {
                    format!("name: {name}")
                }
            )),
        }
    }
    tree.with_target("app", text)
}

fn merge_patch(name: &str, number: usize) -> String {
    format!(
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
      - name: app
        env:
        - name: PATCH_{number}
          value: "yes"
        - name: PORT
          value: "{port}"
      - name: extra-{number}
        image: busybox:1.36
      tolerations:
      - key: dedicated
        operator: Exists
"#,
        replicas = number % 7 + 2,
        port = 9000 + number % 100,
    )
}

fn json_patch(number: usize) -> String {
    format!(
        r#"- op: replace
  path: /spec/replicas
  value: {replicas}
- op: add
  path: /spec/template/spec/containers/0/env/-
  value:
    name: JSON_{number}
    value: 'on'
- op: add
  path: /metadata/annotations/example.com~1patched
  value: "{number}"
"#,
        replicas = number % 9 + 1
    )
}

/// Deployments with Services and ConfigMaps, and replacements between them.
fn replacements(deployments: usize, replacements: usize) -> Tree {
    let mut tree = Tree::default();
    let documents: Vec<String> =
        (0..deployments).flat_map(|app| documents(app, &name(app)).into_iter().take(3)).collect();
    let mut text = tree.add_resources("app", &documents);
    text.push_str("replacements:\n");
    for number in 0..replacements {
        let (from, to) = (name(scattered(number, deployments)), name(scattered(number + 1, deployments)));
        match number % 4 {
            0 => text.push_str(&format!(
                r#"- source: {{kind: Service, name: {from}, fieldPath: metadata.name}}
  targets:
  - select: {{kind: Deployment, name: {to}}}
    fieldPaths: ["spec.template.spec.containers.[name=app].env.[name=HOST].value"]
  - select: {{kind: Deployment, name: {from}}}
    fieldPaths: [metadata.annotations.peer]
    options: {{create: true}}
"#
            )),
            1 => text.push_str(&format!(
                r#"- source: {{kind: ConfigMap, name: {from}, fieldPath: data.retries}}
  targets:
  - select: {{group: apps, version: v1, kind: Deployment, name: {to}}}
    fieldPaths: [spec.template.spec.containers.0.env.2.value]
    options: {{delimiter: /, index: 3}}
"#
            )),
            // One source for all Deployments but one.
            2 if number % 40 == 2 => text.push_str(&format!(
                r#"- source: {{kind: ConfigMap, name: {from}, fieldPath: "data.[log.format]"}}
  targets:
  - select: {{kind: Deployment}}
    reject: [{{name: {to}}}]
    fieldPaths: [spec.template.metadata.annotations.log-format]
    options: {{create: true}}
"#
            )),
            _ => {
                let replacement = format!(
                    r#"source:
  kind: Deployment
  name: {from}
  fieldPath: spec.template.spec.containers.[name=app].image
  options: {{delimiter: ":", index: 1}}
targets:
- select: {{kind: Service, name: {to}}}
  fieldPaths: ["metadata.labels.[example.com/version]"]
  options: {{create: true}}
"#
                );
                tree.add(format!("app/replacements/{number:05}.yaml"), replacement);
                let _ = writeln!(text, "- path: replacements/{number:05}.yaml");
            }
        }
    }
    tree.with_target("app", text)
}

/// A chain of overlays over a base of resources.
fn deep(overlays: usize, resources: usize) -> Tree {
    let mut tree = Tree::default();
    let base = tree.add_resources("level-0", &applications(resources, name)) + SHARED_SECRET;
    tree.add("level-0/kustomization.yaml", base);
    for level in 1..=overlays {
        let below = level - 1;
        let patched = merge_patch(&name(level * 5 % resources.div_ceil(11)), level);
        tree.add(format!("level-{level}/patch.yaml"), patched);
        let includes = ["includeTemplates", "includeSelectors"][level % 2];
        let kustomization = format!(
            r#"resources:
- ../level-{below}
namePrefix: l{level}-
labels:
- pairs: {{level-{level}: "on"}}
  {includes}: true
commonAnnotations:
  example.com/level-{level}: "{level}"
patches:
- path: patch.yaml
- target: {{kind: Service}}
  patch: |-
    - op: add
      path: /spec/ports/-
      value: {{name: p{level}, port: {port}}}
"#,
            port = 1000 + level
        );
        tree.add(format!("level-{level}/kustomization.yaml"), kustomization);
    }
    tree.targets.push(format!("level-{overlays}"));
    tree
}

/// CustomResourceDefinitions of about 100 kB each.
fn crd(count: usize) -> Tree {
    let mut tree = Tree::default();
    let mut text = "resources:\n".to_string();
    for number in 0..count {
        tree.add(format!("app/crds/widget-{number:04}.yaml"), custom_resource_definition(number));
        let _ = writeln!(text, "- crds/widget-{number:04}.yaml");
    }
    text.push_str("labels:\n- pairs: {bundle: widgets}\ncommonAnnotations:\n  example.com/bundle: v1\n");
    tree.with_target("app", text)
}

fn custom_resource_definition(number: usize) -> String {
    let mut text = format!(
        r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets{number}.example.com
spec:
  group: example.com
  names: {{kind: Widget{number}, listKind: Widget{number}List, plural: widgets{number}, singular: widget{number}}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {{}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
"#
    );
    let mut part = 0;
    while text.len() < 100_000 {
        add_schema(&mut text, number + part, 2, 10);
        part += 1;
    }
    text
}

/// Adds a property with a description, and nested properties up to a depth.
fn add_schema(text: &mut String, number: usize, depth: usize, indent: usize) {
    let pad = " ".repeat(indent);
    let words = sentence(number, 12 + number % 20);
    let _ = writeln!(text, "{pad}{}{depth}x{number}:", WORDS[number % WORDS.len()]);
    let _ = match number % 4 {
        0 => writeln!(text, "{pad}  description: \"{words}: see the docs\""),
        1 => writeln!(text, "{pad}  description: |-\n{pad}    {words}\n{pad}    second line."),
        _ => writeln!(text, "{pad}  description: {words}\n{pad}    {words}."),
    };
    let _ = match (depth, number % 3) {
        (0, 0) => writeln!(text, "{pad}  type: integer\n{pad}  format: int32\n{pad}  minimum: 0"),
        (0, _) => {
            writeln!(text, "{pad}  type: string\n{pad}  enum:\n{pad}  - \"1\"\n{pad}  - Always\n{pad}  - 'Never'")
        }
        (_, 0) => writeln!(text, "{pad}  type: array\n{pad}  items:\n{pad}    type: object\n{pad}    properties:"),
        _ => writeln!(text, "{pad}  type: object\n{pad}  properties:"),
    };
    if depth > 0 {
        let deeper = indent + if number.is_multiple_of(3) { 6 } else { 4 };
        (0..5).for_each(|child| add_schema(text, number + child, depth - 1, deeper));
    }
}

/// A ConfigMap generated from a file of some megabytes, and a Pod that uses it.
fn configmap(megabytes: usize) -> Tree {
    let mut tree = Tree::default();
    let mut text = String::new();
    let mut line = 0;
    while text.len() < megabytes * 1_000_000 {
        let _ = match line % 50 {
            0 => writeln!(text, "# \"section\" {line}: <tags> & 'quotes' \\ back é中"),
            _ => writeln!(text, "{line:08} {} = {}", WORDS[line % WORDS.len()], sentence(line, 8)),
        };
        line += 1;
    }
    tree.add("app/big.conf", text);
    let pod = r#"apiVersion: v1
kind: Pod
metadata:
  name: reader
spec:
  containers:
  - name: app
    image: busybox
  volumes:
  - name: big
    configMap:
      name: big
"#;
    tree.add("app/pod.yaml", pod);
    tree.with_target(
        "app",
        "configMapGenerator:\n- name: big\n  files: [big.conf]\nresources: [pod.yaml]\n".to_string(),
    )
}

/// A base of about 60 resources with many overlays.
fn fleet(overlays: usize) -> Tree {
    let mut tree = Tree::default();
    let mut base = tree.add_resources("base", &applications(58, name));
    base.push_str("labels:\n- pairs: {part-of: fleet}\n  includeSelectors: true\n");
    base.push_str("configMapGenerator:\n- name: region\n  literals: [name=none, log.format=json]\n");
    base.push_str(SHARED_SECRET);
    tree.add("base/kustomization.yaml", base);
    for site in 0..overlays {
        let directory = format!("overlays/site-{site:05}");
        tree.add(format!("{directory}/patch.yaml"), merge_patch(&name(site % 5), site));
        let kustomization = format!(
            r#"resources:
- ../../base
namespace: site-{site}
nameSuffix: -s{site}
labels:
- pairs: {{site: "{site}"}}
images:
- name: registry.example.com/app-0
  newTag: v3.{site}.0
- name: registry.example.com/app-1
  newName: mirror.example.com/app-1
- name: registry.example.com/sidecar
  newTag: "2.{site}"
replicas:
- name: {scaled}
  count: {replicas}
configMapGenerator:
- name: region
  behavior: merge
  literals: [name=region-{region}]
patches:
- path: patch.yaml
- target: {{kind: Ingress}}
  patch: |-
    - op: replace
      path: /spec/rules/0/host
      value: site-{site}.example.com
"#,
            scaled = name((site + 1) % 5),
            replicas = site % 10 + 1,
            region = site % 12,
        );
        tree = tree.with_target(&directory, kustomization);
    }
    tree
}

/// Returns resources, eleven for each application. They refer to one another and to the ConfigMap `settings_of(app)`.
pub fn applications(resources: usize, settings_of: impl Fn(usize) -> String) -> Vec<String> {
    (0..).flat_map(|app| documents(app, &settings_of(app))).take(resources).collect()
}

/// Returns the resources of an application: its Deployment, its Service, its ConfigMap, and others.
fn documents(app: usize, settings: &str) -> Vec<String> {
    let tier = if app.is_multiple_of(3) { "frontend" } else { "backend" };
    let text = APPLICATION
        .replace("NAME", &name(app))
        .replace("SETTINGS", settings)
        .replace("TIER", tier)
        .replace("DIGIT", &(app % 10).to_string())
        .replace("NUMBER", &app.to_string());
    text.split("---\n").map(ToString::to_string).collect()
}

/// Returns the name of an application.
pub fn name(app: usize) -> String {
    format!("{}-{}-{app:05}", WORDS[app % WORDS.len()], WORDS[(app * 7 + 3) % WORDS.len()])
}

/// Maps a number to a pseudorandom one below a limit.
fn scattered(number: usize, limit: usize) -> usize {
    number * 7919 % limit
}

fn sentence(start: usize, words: usize) -> String {
    let words: Vec<&str> = (0..words).map(|at| WORDS[(start * 3 + at * at + at) % WORDS.len()]).collect();
    words.join(" ")
}
