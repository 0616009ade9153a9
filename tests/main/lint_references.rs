//! Selectors, ports and overwritten values: what is reported, and what is not.

use crate::sandbox::Sandbox;

const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  \
    selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      \
    - {name: a, image: 'x:1', ports: [{name: http, containerPort: 8080}]}\n";

/// Returns the messages of lint about a workload and another manifest.
fn lint(manifest: &str) -> String {
    let files =
        [("kustomization.yaml", "resources: [web.yaml, a.yaml]\n"), ("web.yaml", WORKLOAD), ("a.yaml", manifest)];
    Sandbox::new(&files).run(&["lint", "--quiet"]).succeeds()
}

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec:\n  {spec}\n")
}

#[test]
fn target_ports_are_those_of_containers() {
    for (port, hint) in [
        ("{port: 80, targetPort: htpp}", "did you mean `http`?"),
        ("{port: 80, targetPort: web}", "the ports are: http (8080)"),
        ("{port: 80, targetPort: 8008}", "did you mean `8080`?"),
        ("{port: 80, targetPort: 808}", "did you mean `8080`?"),
        ("{port: 80}", "the ports are: http (8080)"),
    ] {
        let output = lint(&service(&format!("selector: {{app: web}}\n  ports: [{port}]")));
        assert!(output.contains("warning[unknown-port]") && output.contains(hint), "{port}: {output}");
    }
    for port in ["{port: 80, targetPort: http}", "{port: 80, targetPort: 8080}", "{port: 80, targetPort: $(PORT)}"] {
        let output = lint(&service(&format!("selector: {{app: web}}\n  ports: [{port}]")));
        assert!(!output.contains("port]"), "{port}: {output}");
    }
}

/// A container may listen on ports that it does not declare.
#[test]
fn undeclared_ports_are_advice() {
    let manifest =
        service("selector: {app: web}\n  ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 9100}]");
    assert_eq!(lint(&manifest), "");
    let files =
        [("kustomization.yaml", "resources: [web.yaml, a.yaml]\n"), ("web.yaml", WORKLOAD), ("a.yaml", &manifest)];
    let output = Sandbox::new(&files).run(&["lint", "--quiet", "--advice"]).succeeds();
    assert!(output.contains("warning[undeclared-port]") && output.contains("port `9100`"), "{output}");
}

#[test]
fn probes_use_ports_of_their_own_container() {
    let probe = |port: &str| {
        WORKLOAD.replace(
            "containerPort: 8080}]}",
            &format!("containerPort: 8080}}], livenessProbe: {{httpGet: {{port: {port}}}}}}}"),
        )
    };
    for (port, is_reported) in
        [("http", false), ("8080", false), ("9000", false), ("8800", true), ("htttp", true), ("web", true)]
    {
        let files = [("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", &*probe(port))];
        let output = Sandbox::new(&files).run(&["lint", "--quiet"]).succeeds();
        assert_eq!(output.contains("the livenessProbe of container `a` in"), is_reported, "{port}: {output}");
    }
}

#[test]
fn monitors_name_ports_of_services() {
    let monitor = |labels: &str, port: &str| {
        let service = service("selector: {app: web}\n  ports: [{name: metrics, port: 8080}]")
            .replace("name: web,", "name: web, labels: {app: web},");
        format!(
            "{service}---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n\
            metadata: {{name: m, namespace: shop}}\nspec: {{selector: {{matchLabels: {{{labels}}}}}, endpoints: [{{port: {port}}}]}}\n"
        )
    };
    assert_eq!(lint(&monitor("app: web", "metrics")), "");
    for (port, hint) in [("metric", "did you mean `metrics`?"), ("\"8080\"", "write the name of the port: `metrics`")] {
        let output = lint(&monitor("app: web", port));
        assert!(output.contains("has a port named") && output.contains(hint), "{output}");
    }
    // A controller may create the Service.
    let release =
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: db, namespace: shop}\n";
    assert!(lint(&monitor("app: web", "other")).contains("unknown-port"));
    assert_eq!(lint(&format!("{}{release}", monitor("app: web", "other"))), "");
    assert_eq!(lint(&monitor("app: other", "metrics")), "");
}

#[test]
fn misplaced_labels_are_explained() {
    let workload = WORKLOAD.replace("namespace: shop}", "namespace: shop, labels: {tier: front}}");
    let manifest = service("selector: {tier: front}\n  ports: [{port: 8080}]");
    let files =
        [("kustomization.yaml", "resources: [web.yaml, a.yaml]\n"), ("web.yaml", &*workload), ("a.yaml", &manifest)];
    let output = Sandbox::new(&files).run(&["lint", "--quiet"]).succeeds();
    assert!(output.contains("Deployment/web has these labels, but its pods do not"), "{output}");
    let output = lint(&service("selector: {app.kubernetes.io/name: web}\n  ports: [{port: 8080}]"));
    assert!(output.contains("the pods of Deployment/web have the labels `app: web`"), "{output}");
}

#[test]
fn a_chart_is_unknown_in_its_own_namespace_only() {
    let release = |namespace: &str| {
        format!("---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: db{namespace}}}\n")
    };
    let account = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n\
        spec: {serviceAccountName: missing, containers: [{name: a, image: 'x:1'}]}\n";
    for (namespace, is_reported) in
        [(", namespace: other", true), (", namespace: shop", false), ("", false), (", namespace: default", false)]
    {
        let output = lint(&format!("{account}{}", release(namespace)));
        assert_eq!(output.contains("dangling-reference"), is_reported, "{namespace}: {output}");
    }
    let elsewhere = release(", namespace: flux-system").replace("}\n", "}\nspec: {targetNamespace: shop}\n");
    assert_eq!(lint(&format!("{account}{elsewhere}")), "");
}

#[test]
fn variables_of_others_are_suggested() {
    let pod = |containers: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop}}\nspec: {{containers: [{containers}]}}\n"
        )
    };
    let other = "{name: b, image: 'x:1', env: [{name: HOST, value: x}]}";
    let output = lint(&pod(&format!("{{name: a, image: 'x:1', args: [$(HOST)]}}, {other}")));
    assert!(output.contains("another container of the pod has the variable `HOST`, but not this one"), "{output}");
}

// ---- values that a later step replaces ----

/// Returns the messages of lint about a kustomization with a patch.
fn overwritten(kustomization: &str) -> String {
    let text = format!("resources: [web.yaml]\n{kustomization}");
    let output = Sandbox::new(&[("kustomization.yaml", &*text), ("web.yaml", WORKLOAD)]).run(&["lint", "--quiet"]);
    output.stdout
}

const REPLICAS: &str =
    "patches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/replicas, value: 3}\n";

#[test]
fn overwritten_values_are_reported() {
    let output = overwritten(&format!("{REPLICAS}replicas: [{{name: web, count: 5}}]\n"));
    assert!(output.contains("`spec.replicas` of Deployment/web is set by a patch, and then by `replicas`"), "{output}");
    assert!(output.contains("kustomization.yaml:5:46") && output.contains("kustomization.yaml:6:31"), "{output}");
    let output = overwritten(&format!(
        "{REPLICAS}- target: {{name: web}}\n  patch: |\n    - {{op: add, path: /spec/replicas, value: 4}}\n"
    ));
    assert!(output.contains("and then by `patches`"), "{output}");
}

#[test]
fn what_only_looks_overwritten_is_not_reported() {
    for kustomization in [
        // The same value.
        &*format!("{REPLICAS}replicas: [{{name: web, count: 3}}]\n"),
        // The patch says what it is about.
        "namespace: store\npatches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    \
            metadata: {name: web, namespace: shop}\n    spec: {replicas: 2}\n",
        // A placeholder.
        "images: [{name: y, newTag: v2}]\npatches:\n- target: {kind: Deployment}\n  patch: |\n    \
            - {op: add, path: /spec/template/spec/containers/-, value: {name: b, image: 'y:latest'}}\n",
        // Another value remains elsewhere.
        "patches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/replicas, value: 2}\n    \
            - {op: add, path: /spec/paused, value: false}\n",
    ] {
        let output = overwritten(kustomization);
        assert!(!output.contains("overwritten-value"), "{kustomization}: {output}");
    }
}

/// One overlay may replace what another keeps.
#[test]
fn a_value_that_one_target_keeps_is_not_overwritten() {
    let patch = "- {op: add, path: /spec/replicas, value: 3}\n";
    let with_patch = |rest: &str| {
        format!("resources: [../base]\npatches: [{{path: ../replicas.yaml, target: {{kind: Deployment}}}}]\n{rest}")
    };
    let sandbox = Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WORKLOAD),
        ("replicas.yaml", patch),
        ("a/kustomization.yaml", &with_patch("replicas: [{name: web, count: 5}]\n")),
    ]);
    let lint =
        |sandbox: &Sandbox| sandbox.run(&["lint", "--quiet", "--load-restrictor", "LoadRestrictionsNone"]).stdout;
    assert!(lint(&sandbox).contains("overwritten-value"), "{}", lint(&sandbox));
    sandbox.write("b/kustomization.yaml", with_patch(""));
    assert!(!lint(&sandbox).contains("overwritten-value"), "{}", lint(&sandbox));
}

// ---- commands that help ----

#[test]
fn the_command_in_the_help_of_a_stale_name_repairs_it() {
    let manifest =
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {tokenSecretRef: {name: token}}\n";
    let kustomization = "resources: [a.yaml]\nsecretGenerator:\n- name: token\n  literals: [k=v]\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", kustomization), ("a.yaml", manifest)]);
    let argument = "Secret=Widget:spec/tokenSecretRef/name";
    let output = sandbox.run(&["lint", "--quiet"]).stdout;
    assert!(output.contains(&format!("boutique edit add configuration --name-reference '{argument}'")), "{output}");
    sandbox.run(&["edit", "add", "configuration", "--name-reference", argument]).succeeds();
    assert_eq!(sandbox.run(&["lint", "--quiet"]).stdout, "");
    assert!(sandbox.run(&["render"]).succeeds().contains("    name: token-"));
    // A second one is added to the same file, and once.
    for _ in 0..2 {
        sandbox.run(&["edit", "add", "configuration", "--name-reference", "Secret=Widget:spec.other"]).succeeds();
    }
    let written = sandbox.read("name-references.yaml");
    assert_eq!(
        (written.matches("kind: Secret").count(), written.matches("path: spec/other").count()),
        (1, 1),
        "{written}"
    );
    assert_eq!(sandbox.run(&["edit", "add", "configuration", "--name-reference", "Secret"]).code, 2);
    assert_eq!(sandbox.run(&["edit", "add", "configuration"]).code, 2);
}

#[test]
fn a_pattern_is_replaced_by_its_files() {
    let object = |name: &str| format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}\n");
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "resources:\n- rbac/*.yaml\n"),
        ("rbac/a.yaml", &object("a")),
        ("rbac/b.yaml", &object("b")),
    ]);
    sandbox.run(&["render"]).fails_with("`boutique edit add resource 'rbac/*.yaml'` adds those that match");
    let run = sandbox.run(&["edit", "add", "resource", "rbac/*.yaml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "listed 2 resources for `rbac/*.yaml`\n"));
    assert_eq!(sandbox.read("kustomization.yaml"), "resources:\n- rbac/a.yaml\n- rbac/b.yaml\n");
    sandbox.run(&["render"]).succeeds();
}

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n\
    spec:\n  group: example.com\n  names: {kind: Widget}\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        \
    properties:\n          spec:\n            properties:\n              rules:\n                type: array\n                \
    x-kubernetes-list-type: map\n                x-kubernetes-list-map-keys: [id]\n                \
    items: {properties: {id: {type: string}}}\n              template:\n                \
    x-kubernetes-preserve-unknown-fields: true\n";

#[test]
fn a_schema_with_merge_keys_lets_patches_merge_lists() {
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  rules: [{id: x, a: 1}, {id: y, a: 2}]\n  \
        template: {spec: {containers: [{name: c, image: 'c:1', env: [{name: A, value: a}]}]}}\n---\n";
    let patch = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  rules: [{id: y, a: 3}]\n  \
        template: {spec: {containers: [{name: c, image: 'c:2'}]}}\n---\n\
        apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: 'x:2'}]}}}\n";
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "resources: [a.yaml]\nopenapi: {path: keys.json}\npatches: [{path: patch.yaml}]\n"),
        ("a.yaml", &format!("{widget}{WORKLOAD}")),
        ("patch.yaml", patch),
        ("crds/widget.yaml", DEFINITION),
    ]);
    let run = sandbox.run(&["openapi", "merge-keys", "crds"]);
    assert_eq!(run.stderr, "example.com/v1 Widget: spec.rules: id; spec.template (a pod template)\n");
    sandbox.write("keys.json", &run.stdout);
    let output = sandbox.run(&["render"]).succeeds();
    for kept in ["id: x", "a: 3", "image: c:2", "value: a", "image: x:2", "containerPort: 8080"] {
        assert!(output.contains(kept), "{kept}: {output}");
    }
    assert_eq!(sandbox.run(&["openapi", "merge-keys", "a.yaml"]).code, 1);
}

#[test]
fn deployers_are_shown() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n\
        spec: {path: ./apps/prod, targetNamespace: shop, postBuild: {substitute: {DOMAIN: a}}}\n";
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: gone}\nspec: {source: {path: apps/gone}}\n";
    let sandbox = Sandbox::new(&[
        ("clusters/apps.yaml", flux),
        ("clusters/gone.yaml", argo),
        ("apps/prod/kustomization.yaml", "resources: [a.yaml]\n"),
        ("apps/prod/a.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n"),
    ]);
    let text = sandbox.run(&["tree", "--roots"]).succeeds();
    let expected = "Kustomization/apps in clusters/apps.yaml (namespace: shop; variables: DOMAIN)\n└── apps/prod\n\
        Application/gone in clusters/gone.yaml\n└── apps/gone (no target here)\n";
    assert_eq!(text, expected);
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["tree", "--roots", "--format", "json"]).succeeds()).unwrap();
    assert_eq!(
        (json[0]["object"].as_str(), json[0]["directories"][0].as_str()),
        (Some("Kustomization/apps"), Some("apps/prod"))
    );
}

#[test]
fn a_resource_that_is_included_twice_is_explained() {
    let account = |name: &str| format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}\n");
    let part = "resources: [a.yaml]\ncomponents: [../shared]\n";
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: dns, literals: [a=b]}]\n";
    let sandbox = Sandbox::new(&[
        ("all/kustomization.yaml", "resources:\n- ../one\n- ../two\n"),
        ("one/kustomization.yaml", part),
        ("one/a.yaml", &account("one")),
        ("two/kustomization.yaml", part),
        ("two/a.yaml", &account("two")),
        ("shared/kustomization.yaml", component),
    ]);
    let run = sandbox.run(&["render", "all"]);
    run.fails_with("it is included twice, through `../one` and `../two`");
    assert!(run.stderr.contains("all/kustomization.yaml:2:3"), "{}", run.stderr);
}
