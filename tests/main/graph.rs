//! `tree`, `inputs` and `graph`: the files of a kustomization, and the references between its objects.

use std::path::Path;

use boutique::internals::{ObjectReference, Referent, references};
use boutique::io::{self, MemoryHost};
use boutique::{Options, Rendered};
use insta::assert_snapshot;

use crate::sandbox::{Run, Sandbox, command};

/// A tree that uses every field that includes something, with a base that is included twice.
fn mix() -> Sandbox {
    Sandbox::new(&[
        (
            "overlay/kustomization.yaml",
            r#"
namespace: shop
namePrefix: dev-
resources: [../base, ../shared, ingress.yaml, 'https://example.com/org/repository//app?ref=v1']
components: [../components/debug]
images: [{name: web, newTag: v2}]
replicas: [{name: web, count: 2}]
patches:
  - patch: |-
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {type: ClusterIP}
  - target: {kind: Deployment, labelSelector: app=web}
    patch: '[{op: remove, path: /spec/replicas}]'
replacements: [{path: replacement.yaml}]
transformers:
  - prefix.yaml
  - |-
    apiVersion: builtin
    kind: SuffixTransformer
    metadata: {name: suffix}
    suffix: -t
configurations: [references.yaml]
crds: [crds/widget.json]
helmCharts:
  - {name: redis, version: 1.2.3, repo: 'https://user:secret@charts.example.com', valuesFile: values.yaml}
"#,
        ),
        ("overlay/ingress.yaml", ""),
        ("overlay/replacement.yaml", "[]"),
        ("overlay/prefix.yaml", ""),
        ("overlay/references.yaml", ""),
        ("overlay/values.yaml", ""),
        ("overlay/crds/widget.json", "{}"),
        (
            "base/kustomization.yaml",
            r#"
resources: [deployment.yaml, ../shared]
configMapGenerator:
  - name: settings
    literals: [THEME=light]
    files: [config/app.properties, motd=config/motd.txt]
    envs: [config/default.env]
secretGenerator: [{name: token, literals: [TOKEN=x]}]
"#,
        ),
        ("base/deployment.yaml", ""),
        ("base/config/app.properties", ""),
        ("base/config/motd.txt", ""),
        ("base/config/default.env", ""),
        ("shared/kustomization.yaml", "resources: [account.yaml]\n"),
        ("shared/account.yaml", ""),
        (
            "components/debug/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: verbose.yaml}]\n",
        ),
        ("components/debug/verbose.yaml", ""),
    ])
}

// ---- tree ----

#[test]
fn tree_shows_includes() {
    let sandbox = mix();
    assert_snapshot!("tree", sandbox.run(&["tree", "overlay"]).succeeds());
    assert_snapshot!("tree_of_two_levels", sandbox.run(&["tree", "overlay", "--depth", "1", "--ascii"]).succeeds());
    assert_snapshot!("tree_as_json", sandbox.run(&["tree", "base", "--format", "json"]).succeeds());
}

#[test]
fn tree_shows_missing_files_and_continues() {
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", "resources: [gone.yaml, ../broken, ../app, here.yaml, \"a\\e[31m.yaml\"]\n"),
        ("app/here.yaml", ""),
        ("broken/kustomization.yaml", "resuorces: [x]\n"),
    ]);
    let Run { code, stdout, stderr } = sandbox.run(&["tree", "app"]);
    assert_eq!(code, 1);
    assert_snapshot!(format!("{stdout}\n{stderr}"));
    sandbox.run(&["tree", "nowhere"]).fails();
}

// ---- inputs ----

#[test]
fn inputs_are_listed() {
    let sandbox = mix();
    let json = |arguments: &[&str]| sandbox.run(&[&["inputs", "base"], arguments].concat()).succeeds();
    sandbox.write("base/deployment.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    sandbox.write("shared/account.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
    assert_snapshot!(json(&[]), @r"
    base/config/app.properties
    base/config/default.env
    base/config/motd.txt
    base/deployment.yaml
    base/kustomization.yaml
    shared/account.yaml
    shared/kustomization.yaml
    ");
    assert_eq!(json(&["--directories"]), "base\nshared\n");
    assert_eq!(json(&["--type", "missing,directory", "-0"]).matches('\0').count(), 6);
    assert!(json(&["--absolute"]).lines().all(|line| line.starts_with("[sandbox]/")));
    assert_snapshot!("inputs_as_json", json(&["--format", "json"]));
    sandbox.run(&["inputs", "overlay"]).fails_with("Helm charts are not enabled");
}

// ---- graph ----

#[test]
fn graphs_of_includes() {
    let sandbox = mix();
    assert_snapshot!("mermaid", sandbox.run(&["graph", "overlay"]).succeeds());
    assert_snapshot!("dot", sandbox.run(&["graph", "overlay", "--format", "dot"]).succeeds());
    check_drawing(&sandbox.run(&["graph", "overlay", "--format", "svg"]).succeeds());
}

#[test]
fn the_file_extension_selects_the_format() {
    let sandbox = mix();
    for (file, start) in
        [("a.mmd", "flowchart"), ("a.dot", "digraph"), ("a.svg", "<svg"), ("a.html", "<!DOCTYPE"), ("a", "flowchart")]
    {
        assert_eq!(sandbox.run(&["graph", "base", "-o", file]).succeeds(), "");
        assert!(sandbox.read(file).starts_with(start), "{file}");
    }
}

#[test]
fn names_are_escaped_in_all_formats() {
    let name = r##"a"b<script>alert(1)</script>]|\#&{{x}}'`_e"##;
    let manifest =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {}}}\n", serde_json::to_string(name).unwrap());
    let sandbox = Sandbox::with_manifest(manifest);
    let run = |format| sandbox.run(&["graph", "--resources", "--format", format]).succeeds();
    check_drawing(&run("svg"));
    let page = run("html");
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("a&quot;b&lt;script&gt;"));
    assert_snapshot!(run("mermaid").lines().nth(1).unwrap());
    assert_snapshot!(run("dot").lines().nth(4).unwrap());
}

#[test]
fn drawings_of_the_gitops_tree_are_well_formed() {
    for arguments in [&["overlays/dev"][..], &["overlays/dev", "--resources"], &["overlays/prod", "--resources"]] {
        let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")));
        command.arg("graph").args(arguments).args(["--format", "svg"]);
        let output = command.output().expect("the program runs");
        check_drawing(&String::from_utf8(output.stdout).expect("output is UTF-8"));
    }
}

/// Left, top, right and bottom.
type Bounds = [f64; 4];

/// Returns the points of a path whose commands all take pairs of numbers.
fn points(path: &str) -> Vec<(f64, f64)> {
    let numbers: Vec<f64> = path
        .split(|c: char| c.is_ascii_alphabetic() || c == ' ')
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().expect(number))
        .collect();
    numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Asserts that a drawing is XML, that no two boxes overlap, and that lines lead from box to box.
fn check_drawing(text: &str) {
    let document = roxmltree::Document::parse(text).expect("a drawing is XML");
    let with_class = |class: &'static str| {
        document.descendants().filter(move |element| {
            element.attribute("id").is_some()
                && element.attribute("class").is_some_and(|classes| classes.split(' ').any(|word| word == class))
        })
    };
    let mut boxes: Vec<(&str, Bounds)> = Vec::new();
    for node in with_class("node") {
        let outline = node.children().find(|child| child.attribute("class") == Some("box")).expect("a node has a box");
        let points = points(outline.attribute("d").expect("a path"));
        let by = |fold: fn(f64, f64) -> f64, start: f64| {
            (points.iter().map(|point| point.0).fold(start, fold), points.iter().map(|point| point.1).fold(start, fold))
        };
        let ((left, top), (right, bottom)) = (by(f64::min, f64::INFINITY), by(f64::max, f64::NEG_INFINITY));
        assert!(right - left > 10.0 && bottom - top > 10.0, "the box of {:?} is too small", node.attribute("id"));
        boxes.push((node.attribute("id").expect("a node has an id"), [left, top, right, bottom]));
    }
    assert!(!boxes.is_empty());
    for (at, (name, a)) in boxes.iter().enumerate() {
        for (other, b) in &boxes[at + 1..] {
            let are_apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(are_apart, "{name} and {other} overlap");
        }
    }
    for edge in with_class("edge") {
        let route = points(edge.attribute("d").expect("a path"));
        for (end, point) in [("data-from", route[0]), ("data-to", route[route.len() - 1])] {
            let name = edge.attribute(end).expect("a line has ends");
            let (_, bounds) = boxes.iter().find(|(id, _)| *id == name).expect("a line leads to a box");
            let is_at_side = (point.0 - bounds[0]).abs() < 0.2 || (point.0 - bounds[2]).abs() < 0.2;
            assert!(is_at_side && (bounds[1]..=bounds[3]).contains(&point.1), "{point:?} is not at {name} {bounds:?}");
        }
    }
}

// ---- references ----

fn render(manifests: &str) -> Rendered {
    let host = MemoryHost::new([("/app/kustomization.yaml", "resources: [all.yaml]\n"), ("/app/all.yaml", manifests)]);
    io::render(&host, "/app", &Options::default()).result.expect("the manifests are correct")
}

/// Returns references as lines.
fn lines(rendered: &Rendered) -> String {
    let resources = rendered.resources();
    let line = |reference: &ObjectReference| {
        let to = match &reference.to {
            Referent::Object(at) => resources[*at].id().to_string(),
            Referent::Created { by, id } => format!("{id}, made by {}", resources[*by].label()),
            Referent::BuiltIn(id) => format!("{id}, which is built in"),
            Referent::Missing(id) => format!("{id}, which is missing"),
            Referent::Selected { selector, namespace, count } => format!("`{selector}` in `{namespace}`: {count}"),
        };
        let details: String =
            reference.details.iter().map(|detail| format!(" {:?} {}", detail.kind, detail.name)).collect();
        let optional = if reference.is_optional { " (optional)" } else { "" };
        let from = resources[reference.from].label();
        let verb = reference.relation.verb();
        format!("{from} {verb} {to}{details}{optional}\n    {}\n", reference.field)
    };
    references(rendered).iter().map(line).collect()
}

#[test]
fn references_of_workloads() {
    assert_snapshot!(lines(&render(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      serviceAccountName: default
      imagePullSecrets: [{name: pull}]
      priorityClassName: system-node-critical
      initContainers:
        - name: init
          envFrom: [{configMapRef: {name: settings, optional: true}}]
      containers:
        - name: server
          env:
            - {name: A, valueFrom: {secretKeyRef: {name: token, key: TOKEN}}}
            - {name: B, value: 'api.other:80'}
            - {name: C, value: 'http://nowhere.shop/x'}
      volumes:
        - {name: a, configMap: {name: settings, items: [{key: one, path: one}]}}
        - {name: b, secret: {secretName: made, optional: true}}
        - {name: c, persistentVolumeClaim: {claimName: data}}
        - {name: d, projected: {sources: [{configMap: {name: kube-root-ca.crt}}]}}
---
# The same name in another namespace is another object.
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: other}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: shop}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: source, namespace: shop}
spec: {target: {name: made}, secretStoreRef: {kind: ClusterSecretStore, name: store}}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: store}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: other}
---
# No service of the core.
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: nowhere, namespace: shop}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: runner
          containers: [{name: a, envFrom: [{secretRef: {name: token}}]}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: shop}
secrets: [{name: token}]
"#
    )));
}

#[test]
fn references_by_labels() {
    assert_snapshot!(lines(&render(
        r#"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: manual, namespace: shop}
spec: {selector: {}}
---
apiVersion: v1
kind: Service
metadata: {name: lost, namespace: other}
spec: {selector: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Pod
metadata: {name: single, namespace: shop, labels: {app: web, tier: back}}
spec: {containers: []}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: front, namespace: shop}
spec: {selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: watch, namespace: monitoring}
spec: {selector: {matchLabels: {app: web}}, namespaceSelector: {matchNames: [shop]}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: watch-all, namespace: monitoring}
spec: {selector: {matchLabels: {tier: back}}, namespaceSelector: {any: true}}
"#
    )));
}

const ROUTES_ROLES_AND_SCALERS: &str = r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/auth-secret: other/users}
spec:
  ingressClassName: nginx
  tls: [{secretName: certificate}]
  defaultBackend: {service: {name: gone, port: {name: http}}}
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /x, pathType: Prefix, backend: {resource: {apiGroup: example.com, kind: Bucket, name: files}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec: {serviceName: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: runner, namespace: ci}
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: alice}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: runner, namespace: ci}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [''], resources: [secrets], resourceNames: [certificate], verbs: [get]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  gateways: [mesh, istio-system/public]
  http:
    - route:
        - {destination: {host: web, port: {number: 80}}}
        - {destination: {host: api.other.svc.cluster.local}}
        - {destination: {host: example.com}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {storageClassName: fast, volumeName: ''}
"#;

#[test]
fn references_of_routes_roles_and_scalers() {
    assert_snapshot!(lines(&render(ROUTES_ROLES_AND_SCALERS)));
}

#[test]
fn configured_fields_are_references() {
    let host = MemoryHost::new([
        ("/app/kustomization.yaml", "resources: [all.yaml]\nconfigurations: [fields.yaml]\n"),
        ("/app/fields.yaml", "nameReference:\n- kind: Widget\n  fieldSpecs: [{kind: Robot, path: spec/widgets}]\n"),
        (
            "/app/all.yaml",
            "apiVersion: a/v1\nkind: Robot\nmetadata: {name: r}\nspec: {widgets: [one, two]}\n---\napiVersion: a/v1\n\
             kind: Widget\nmetadata: {name: one}\n",
        ),
    ]);
    let rendered = io::render(&host, "/app", &Options::default()).result.expect("the manifests are correct");
    assert_snapshot!(lines(&rendered), @r"
    Robot/r uses Widget.v1.a/one.[noNs]
        spec.widgets[0]
    Robot/r uses Widget.[noVer].[noGrp]/two.[noNs], which is missing
        spec.widgets[1]
    ");
}
