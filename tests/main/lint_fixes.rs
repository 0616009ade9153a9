//! `boutique lint --fix`: each fix, what keeps one from being applied, and how they are shown.

use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend}
spec:
  selector: {matchLabels: {app: frontend}}
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: server, image: example.com/shop/frontend:v1}]}
";

/// The kinds of fixes that a case needs.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Safe,
    Unsafe,
}

/// Checks that a problem is fixed: `before` becomes `after`, nothing else changes, and lint no longer reports `code`.
#[track_caller]
fn is_fixed(code: &str, kind: Kind, others: &[(&str, &str)], (name, before, after): (&str, &str, &str)) {
    let sandbox = Sandbox::new(others);
    sandbox.write(name, before);
    let with = |flags: &[&str]| {
        let unsafe_fixes = if kind == Kind::Unsafe { &["--unsafe-fixes"][..] } else { &[] };
        sandbox.run(&[&["lint", "--advice"], flags, unsafe_fixes].concat())
    };
    let found = with(&[]);
    assert!(found.stdout.contains(&format!("[{code}]")), "{}{}", found.stdout, found.stderr);
    if kind == Kind::Unsafe {
        assert!(found.stdout.contains("= unsafe fix: "), "{}", found.stdout);
        let without = sandbox.run(&["lint", "--advice", "--fix"]);
        assert!(without.stdout.contains(&format!("[{code}]")), "{}", without.stderr);
        assert_eq!(sandbox.read(name), before, "an unsafe fix is not applied by default");
    } else {
        assert!(found.stdout.contains("= fix: "), "{}", found.stdout);
    }
    let diff = with(&["--diff"]);
    assert_eq!(diff.code, 1, "{}{}", diff.stdout, diff.stderr);
    assert!(diff.stdout.starts_with(&format!("--- {name}\n+++ {name}\n@@ ")), "{}", diff.stdout);
    assert_eq!(sandbox.read(name), before, "--diff changes nothing");
    let fixed = with(&["--fix"]);
    assert_eq!(sandbox.read(name), after, "{}{}", fixed.stdout, fixed.stderr);
    assert!(!fixed.stdout.contains(&format!("[{code}]")), "{}", fixed.stdout);
    for (other, text) in others.iter().filter(|(other, _)| *other != name) {
        assert_eq!(sandbox.read(other), *text, "{other}");
    }
    let again = with(&["--fix"]);
    assert!(again.stderr.contains("(0 fixed, "), "{}", again.stderr);
    assert_eq!(with(&["--diff"]).stdout, "");
    assert_eq!(sandbox.read(name), after);
}

/// Checks that nothing is changed, even with unsafe fixes.
#[track_caller]
fn is_not_fixed(code: &str, files: &[(&str, &str)]) {
    let sandbox = Sandbox::new(files);
    let run = sandbox.run(&["lint", "--advice", "--fix", "--unsafe-fixes"]);
    assert!(run.stdout.contains(&format!("[{code}]")), "{}{}", run.stdout, run.stderr);
    for (name, text) in files {
        assert_eq!(sandbox.read(name), *text, "{name}");
    }
}

/// Returns what a run prints, which may have warnings.
#[track_caller]
fn passes(run: Run) -> String {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.stdout
}

// ---- spelling ----

#[test]
fn fields_are_corrected() {
    let others = [("a.yaml", MAP), ("kustomization.yaml", "")];
    for (before, after) in [
        ("resources: [a.yaml]\nnamePrefx: dev- # ours\n", "resources: [a.yaml]\nnamePrefix: dev- # ours\n"),
        ("{\"resuorces\": [\"a.yaml\"]}\n", "{\"resources\": [\"a.yaml\"]}\n"),
        ("\u{feff}# ours\r\n'resuorces':\r\n- a.yaml\r\n", "\u{feff}# ours\r\n'resources':\r\n- a.yaml\r\n"),
        (
            "resources: [a.yaml]\npatches:\n- pth: p.yaml\n  taget: {kind: ConfigMap}\n",
            "resources: [a.yaml]\npatches:\n- path: p.yaml\n  target: {kind: ConfigMap}\n",
        ),
    ] {
        is_fixed(
            "unknown-field",
            Kind::Safe,
            &[&others[..], &[("p.yaml", MAP)]].concat(),
            ("kustomization.yaml", before, after),
        );
    }
}

#[test]
fn fields_are_not_guessed() {
    for text in [
        // Two fields are similar, one exists already, and two words mean the same one.
        "resources: [a.yaml]\nconfigMapGenerator: [{name: b, nvs: [c]}]\nxyzzy: 1\n",
        "resources: [a.yaml]\nresource: [a.yaml]\n",
        "resuorces: [a.yaml]\nresorces: [a.yaml]\n",
        // It is another kind of file.
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nimage: a\n",
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", text), ("a.yaml", MAP)]);
        let run = sandbox.run(&["lint", "--fix", "--unsafe-fixes"]);
        assert!(run.code == 1 && run.stdout.contains("unknown field"), "{}", run.stdout);
        let now = sandbox.read("kustomization.yaml");
        assert!(now == text || text.contains("nvs") && now == text.replace("nvs", "envs"), "{now}");
    }
}

#[test]
fn codes_in_comments_are_corrected() {
    let text = |code: &str| {
        format!("resources: [a.yaml]\nimages:\n- name: web # boutique: allow({code}, unused-file)\n  newTag: v2\n")
    };
    let (before, after) = (text("unmached-image"), text("unmatched-image"));
    let others = [("a.yaml", MAP)];
    is_fixed("unknown-code", Kind::Safe, &others, ("kustomization.yaml", &before, &after));
    is_not_fixed("unknown-code", &[("a.yaml", MAP), ("kustomization.yaml", &text("xyzzy"))]);
}

#[test]
fn paths_are_corrected() {
    let others = [
        ("base/kustomization.yaml", "resources: [deployment.yaml]\n"),
        ("base/deployment.yaml", DEPLOYMENT),
        ("app/kustomization.yaml", ""),
        ("app/settings.yaml", MAP),
        ("app/settings.env", "A=b\n"),
    ];
    for (before, after) in [
        ("resources: [settigns.yaml]\n", "resources: [settings.yaml]\n"),
        (
            "resources:\n- ../bsae # theirs\n- \"settings.yml\"\n",
            "resources:\n- ../base # theirs\n- \"settings.yaml\"\n",
        ),
        (
            "configMapGenerator:\n- name: b\n  files: [KEY=settigns.env]\n",
            "configMapGenerator:\n- name: b\n  files: [KEY=settings.env]\n",
        ),
        (
            "resources: [../base]\npatches: [{path: settigns.yaml, target: {kind: ConfigMap}}]\n",
            "resources: [../base]\npatches: [{path: settings.yaml, target: {kind: ConfigMap}}]\n",
        ),
    ] {
        is_fixed("not-found", Kind::Safe, &others, ("app/kustomization.yaml", before, after));
    }
    // A number in a series, listed already, outside of the tree, or not similar.
    for text in [
        "resources: [a.yaml, aa.yaml]\n",
        "resources: [../../../../etc/pasword]\n",
        "resources: [a.yaml, service.yaml]\n",
    ] {
        is_not_fixed("not-found", &[("kustomization.yaml", text), ("a.yaml", MAP)]);
    }
}

#[test]
fn names_of_targets_are_corrected() {
    let others = [
        ("a.yaml", DEPLOYMENT),
        ("kustomization.yaml", ""),
        ("patch.yaml", "- op: add\n  path: /metadata/labels\n  value: {a: b}\n"),
    ];
    for (code, before, after) in [
        (
            "unmatched-target",
            "patches:\n- path: patch.yaml\n  target: {kind: Deployment, name: fronted}\n",
            "patches:\n- path: patch.yaml\n  target: {kind: Deployment, name: frontend}\n",
        ),
        (
            "unmatched-target",
            "patches:\n- path: patch.yaml\n  target: {kind: Deploment, name: frontend}\n",
            "patches:\n- path: patch.yaml\n  target: {kind: Deployment, name: frontend}\n",
        ),
        (
            "unmatched-image",
            "images: [{name: example.com/shop/frntend, newTag: v2}]\npatches: [{path: patch.yaml, target: {name: frontend}}]\n",
            "images: [{name: example.com/shop/frontend, newTag: v2}]\npatches: [{path: patch.yaml, target: {name: frontend}}]\n",
        ),
        (
            "unknown-option",
            "buildMetadata: [originAnotations]\npatches: [{path: patch.yaml, target: {name: frontend}}]\n",
            "buildMetadata: [originAnnotations]\npatches: [{path: patch.yaml, target: {name: frontend}}]\n",
        ),
        (
            "invalid-replacement",
            "patches: [{path: patch.yaml, target: {name: frontend}}]\nreplacements:\n- source: {kind: Deployment, name: fronted}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.minReadySeconds], options: {create: true}}]\n",
            "patches: [{path: patch.yaml, target: {name: frontend}}]\nreplacements:\n- source: {kind: Deployment, name: frontend}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.minReadySeconds], options: {create: true}}]\n",
        ),
    ] {
        let list = "resources: [a.yaml]\n";
        is_fixed(
            code,
            Kind::Unsafe,
            &others,
            ("kustomization.yaml", &format!("{list}{before}"), &format!("{list}{after}")),
        );
    }
}

#[test]
fn names_in_patches_and_objects_are_corrected() {
    let patch = |name: &str, container: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n      - resources: {{}}\n        name: {container}\n"
        )
    };
    let others = [("a.yaml", DEPLOYMENT), ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n")];
    let fixed = patch("frontend", "server");
    is_fixed("no-target", Kind::Unsafe, &others, ("p.yaml", &patch("fronted", "server"), &fixed));
    is_fixed("added-container", Kind::Unsafe, &others, ("p.yaml", &patch("frontend", "servr"), &fixed));
    let typed = "apiVerison: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    is_fixed(
        "missing-api-version",
        Kind::Unsafe,
        &[("kustomization.yaml", "resources: [a.yaml]\n")],
        ("a.yaml", typed, MAP),
    );
    let reference = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: b}}\nspec: {{containers: [{{name: a, image: b:v1, envFrom: [{{configMapRef: {{name: {name}}}}}]}}]}}\n"
        )
    };
    let named = MAP.replace("name: a", "name: settings");
    let others = [("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("a.yaml", named.as_str())];
    is_fixed("dangling-reference", Kind::Unsafe, &others, ("b.yaml", &reference("settigns"), &reference("settings")));
}

// ---- kustomization files ----

#[test]
fn deprecated_fields_are_replaced() {
    let others = [
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("base/a.yaml", DEPLOYMENT),
        ("app/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: frontend}\nspec: {replicas: 2}\n"),
    ];
    let before = "# ours\r\napiVersion: kustomize.config.k8s.io/v1beta1\r\nkind: Kustomization\r\nbases: # theirs\r\n- ../base\r\ncommonLabels: {team: shop}\r\npatchesStrategicMerge: [patch.yaml]\r\n";
    let sandbox = Sandbox::new(&others);
    sandbox.write("app/kustomization.yaml", before);
    let output = passes(sandbox.run(&["render", "app"]));
    passes(sandbox.run(&["edit", "fix", "app"]));
    let after = sandbox.read("app/kustomization.yaml");
    is_fixed("deprecated-field", Kind::Safe, &others, ("app/kustomization.yaml", before, &after));
    assert_eq!(passes(sandbox.run(&["render", "app"])), output);
}

#[test]
fn a_safe_fix_that_would_change_the_output_is_left_out() {
    // Patches that depend on their order: the deprecated field is applied before the other one.
    let patch = |value: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: {value}}}\n");
    let files = [("a.yaml", MAP.to_string()), ("one.yaml", patch("one")), ("two.yaml", patch("two"))];
    let before = "resources: [a.yaml]\npatches: [{path: one.yaml}]\npatchesStrategicMerge: [two.yaml]\nvars:\n- name: A\n  objref: {kind: ConfigMap, name: a, apiVersion: v1}\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", before)]);
    files.iter().for_each(|(name, text)| sandbox.write(name, text));
    let output = passes(sandbox.run(&["render", "."]));
    passes(sandbox.run(&["lint", "--fix"]));
    assert_eq!(passes(sandbox.run(&["render", "."])), output);
    assert!(!sandbox.read("kustomization.yaml").contains("patchesStrategicMerge"));
}

#[test]
fn repeated_fields_are_merged() {
    let others = [
        ("a.yaml", MAP.to_string()),
        ("b.yaml", MAP.replace("name: a", "name: b")),
        ("kustomization.yaml", String::new()),
    ];
    let others: Vec<(&str, &str)> = others.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let file = |before, after| ("kustomization.yaml", before, after);
    is_fixed(
        "repeated-field",
        Kind::Unsafe,
        &others,
        file(
            "resources:\n- a.yaml # first\nnamespace: shop\nresources:\n  - b.yaml\n",
            "namespace: shop\nresources:\n  - a.yaml # first\n  - b.yaml\n",
        ),
    );
    is_fixed(
        "repeated-field",
        Kind::Unsafe,
        &others,
        file("resources: [a.yaml]\r\nresources: [b.yaml]\r\n", "resources: [a.yaml, b.yaml]\r\n"),
    );
    is_fixed(
        "repeated-field",
        Kind::Unsafe,
        &others,
        file(
            "resources: [a.yaml]\nnamespace: c\nresources: [b.yaml]\nresources: []\n",
            "namespace: c\nresources: [a.yaml, b.yaml]\n",
        ),
    );
    is_fixed(
        "repeated-field",
        Kind::Safe,
        &others,
        file("namespace: one\nresources: [a.yaml]\nnamespace: two\n", "resources: [a.yaml]\nnamespace: two\n"),
    );
    for text in [
        "resources: &list\n- a.yaml\nresources: [b.yaml]\n",
        "resources: # why\n- a.yaml\nresources:\n- b.yaml\n",
        "{\"resources\": [\"a.yaml\"], \"resources\": [\"b.yaml\"]}\n",
    ] {
        is_not_fixed("repeated-field", &[&others[..2], &[("kustomization.yaml", text)]].concat());
    }
}

#[test]
fn forgotten_files_are_listed() {
    let b = MAP.replace("name: a", "name: b");
    let others = [("a.yaml", MAP), ("b.yaml", b.as_str()), ("kustomization.yaml", "")];
    for (before, after) in [
        (
            "# ours\nresources:\n  - a.yaml # one\nnamespace: shop\n",
            "# ours\nresources:\n  - a.yaml # one\n  - b.yaml\nnamespace: shop\n",
        ),
        ("resources: [a.yaml]\n", "resources: [a.yaml, b.yaml]\n"),
        ("{\"resources\": [\"a.yaml\"]}", "{\"resources\": [\"a.yaml\", \"b.yaml\"]}"),
        ("resources:\r\n- a.yaml", "resources:\r\n- a.yaml\r\n- b.yaml"),
    ] {
        is_fixed("unused-file", Kind::Unsafe, &others, ("kustomization.yaml", before, after));
    }
}

// ---- values ----

#[test]
fn numbers_are_quoted() {
    let labels = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {{version: {value}}} # why\ndata:\n  on: {value}\n"
        )
    };
    let others = [("kustomization.yaml", "resources: [a.yaml]\n")];
    for value in ["1.10", "true", "8080"] {
        is_fixed("not-a-string", Kind::Unsafe, &others, ("a.yaml", &labels(value), &labels(&format!("\"{value}\""))));
    }
}

#[test]
fn removed_versions_are_changed() {
    let object = |version: &str, kind: &str, spec: &str| {
        format!("# ours\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    let others = [("kustomization.yaml", "resources: [a.yaml]\n")];
    let job =
        "{schedule: '1 * * * *', jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b:v1}]}}}}}";
    let ingress =
        "{rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}";
    for (old, new, kind, spec) in [
        ("batch/v1beta1", "batch/v1", "CronJob", job),
        ("extensions/v1beta1", "networking.k8s.io/v1", "Ingress", ingress),
        ("\"networking.k8s.io/v1beta1\"", "\"networking.k8s.io/v1\"", "Ingress", ingress),
    ] {
        is_fixed("removed-api", Kind::Unsafe, &others, ("a.yaml", &object(old, kind, spec), &object(new, kind, spec)));
    }
    for (version, kind, spec) in [
        (
            "extensions/v1beta1",
            "Ingress",
            "{rules: [{http: {paths: [{path: /, backend: {serviceName: a, servicePort: 80}}]}}]}",
        ),
        ("extensions/v1beta1", "Deployment", "{template: {spec: {containers: []}}}"),
    ] {
        is_not_fixed("removed-api", &[others[0], ("a.yaml", &object(version, kind, spec))]);
    }
    // A patch with the old version would no longer find its target.
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
        ("a.yaml", &object("batch/v1beta1", "CronJob", job)),
        ("p.yaml", "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\nspec: {suspend: true}\n"),
    ];
    is_not_fixed("removed-api", &files);
}

// ---- the command ----

#[test]
fn fixes_are_part_of_all_formats() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a.yaml]\nnamePrefx: b-\n"), ("a.yaml", MAP)]);
    let json = sandbox.run(&["lint", "--format", "json"]);
    let message: Value = serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    let edit = serde_json::json!({"path": "kustomization.yaml", "line": 2, "column": 1, "endLine": 2, "endColumn": 10, "text": "namePrefix"});
    assert_eq!(
        message["fix"],
        serde_json::json!({"title": "replace `namePrefx` with `namePrefix`", "applicability": "safe", "edits": [edit]})
    );
    let sarif = sandbox.run(&["lint", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "replace `namePrefx` with `namePrefix`");
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "kustomization.yaml");
    assert_eq!(
        change["replacements"][0],
        serde_json::json!({
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 10},
            "insertedContent": {"text": "namePrefix"},
        })
    );
    assert!(!sandbox.run(&["lint", "--format", "github"]).stdout.contains("replace"));
}

#[test]
fn the_summary_counts_fixes() {
    let tree = || {
        Sandbox::new(&[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nbuildMetadata: [originAnotations]\ncommonLabels: {a: b}\nnamespace: a\nnamespace: b\n",
            ),
            ("a.yaml", MAP),
        ])
    };
    let sandbox = tree();
    let summary = |flags: &[&str]| sandbox.run(&[&["lint"], flags].concat()).stderr;
    assert!(summary(&[]).contains("\n1 fixable with `--fix`, 1 more with `--unsafe-fixes`\n"), "{}", summary(&[]));
    assert!(summary(&["--diff"]).contains("\nWould fix 2 problems (1 more with `--unsafe-fixes`)\n"));
    assert!(summary(&["--diff", "--unsafe-fixes"]).contains("\nWould fix 3 problems\n"));
    let fixed = summary(&["--fix"]);
    assert!(fixed.contains("changed kustomization.yaml\n"), "{fixed}");
    assert!(fixed.contains("\nFound 3 problems (2 fixed, 1 remaining)\n1 fixable with `--unsafe-fixes`\n"), "{fixed}");
    assert!(summary(&["--diff"]).contains("\nNo problems would be fixed (1 more with `--unsafe-fixes`)\n"));
    assert_eq!(sandbox.run(&["lint", "--diff"]).code, 0);
    let quiet = tree().run(&["lint", "--fix", "--quiet", "--unsafe-fixes"]);
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (0, "", ""));
}

#[test]
fn only_selected_problems_are_fixed() {
    let before = "resources: [a.yaml]\ncommonLabels: {a: b}\nnamespace: a\nnamespace: b\n";
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", before),
        ("a.yaml", MAP),
        ("excluded/kustomization.yaml", before),
        ("excluded/a.yaml", MAP),
    ]);
    passes(sandbox.run(&["lint", "--fix", "--select", "repeated-field", "--exclude", "excluded"]));
    assert_eq!(sandbox.read("kustomization.yaml"), "resources: [a.yaml]\ncommonLabels: {a: b}\nnamespace: b\n");
    assert_eq!(sandbox.read("excluded/kustomization.yaml"), before);
    let allowed = "resources: [a.yaml]\nnamespace: a # boutique: allow(repeated-field)\nnamespace: b\n";
    sandbox.write("kustomization.yaml", allowed);
    passes(sandbox.run(&["lint", "--fix", "--exclude", "excluded"]));
    assert_eq!(sandbox.read("kustomization.yaml"), allowed);
}

#[test]
fn only_named_files_are_fixed() {
    let before = "resources: [a.yaml]\nnamespace: a\nnamespace: b\n";
    let sandbox = Sandbox::new(&[
        ("one/kustomization.yaml", before),
        ("one/a.yaml", MAP),
        ("two/kustomization.yaml", before),
        ("two/a.yaml", MAP),
    ]);
    passes(sandbox.run(&["lint", "--fix", "one/kustomization.yaml"]));
    assert_eq!(sandbox.read("one/kustomization.yaml"), "resources: [a.yaml]\nnamespace: b\n");
    assert_eq!(sandbox.read("two/kustomization.yaml"), before);
}

#[test]
fn a_fix_that_breaks_a_target_is_left_out_and_the_others_are_made() {
    // With both, there would be two objects of the same name.
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\nnamespace: a\nnamespace: b\nlabels: [{pairs: {v: '1'}}]\n"),
        ("a.yaml", MAP),
        ("b.yaml", MAP),
    ];
    let sandbox = Sandbox::new(&files);
    let run = sandbox.run(&["lint", "--fix", "--unsafe-fixes"]);
    assert_eq!(sandbox.read("kustomization.yaml"), "resources: [a.yaml]\nnamespace: b\nlabels: [{pairs: {v: '1'}}]\n");
    assert!(run.stdout.contains("[unused-file]"), "{}{}", run.stdout, run.stderr);
}

// ---- configurations ----

const ISSUER: &str = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: letsencrypt}\nspec: {acme: {privateKeySecretRef: {name: key}}}\n";

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: a}\n";

#[test]
fn fields_with_former_names_are_listed_in_a_configuration() {
    let files = [
        ("base/kustomization.yaml", "resources:\n- issuer.yaml\n- secret.yaml\n"),
        ("base/issuer.yaml", ISSUER),
        ("base/secret.yaml", SECRET),
        ("dev/kustomization.yaml", "namePrefix: dev-\nresources: [../base]\n"),
        ("prod/kustomization.yaml", "namePrefix: prod-\nresources: [../base]\n"),
    ];
    let sandbox = Sandbox::new(&files);
    let diff = sandbox.run(&["lint", "--diff", "--unsafe-fixes"]);
    assert!(diff.stdout.contains("--- /dev/null\n+++ base/name-references.yaml\n@@ -0,0 +1,5 @@\n"), "{}", diff.stdout);
    assert_eq!(sandbox.list("base").len(), 3);
    let run = sandbox.run(&["lint", "--fix", "--unsafe-fixes"]);
    assert!(run.stderr.contains("(1 fixed, 0 remaining)"), "{}{}", run.stdout, run.stderr);
    let entry = "nameReference:\n- kind: Secret\n  fieldSpecs:\n  - kind: ClusterIssuer\n    path: spec/acme/privateKeySecretRef/name\n";
    assert_eq!(sandbox.read("base/name-references.yaml"), entry);
    assert_eq!(
        sandbox.read("base/kustomization.yaml"),
        "resources:\n- issuer.yaml\n- secret.yaml\nconfigurations:\n- name-references.yaml\n"
    );
    assert!(passes(sandbox.run(&["render", "prod"])).contains("privateKeySecretRef:\n      name: prod-key"));
    assert_eq!(sandbox.run(&["lint", "--diff", "--unsafe-fixes"]).code, 0);
    // A configuration that exists is extended.
    let with_configuration = "resources: [issuer.yaml, secret.yaml]\nconfigurations: [config.yaml]\n";
    let config = "# ours\nnameReference:\n- kind: Secret\n  fieldSpecs:\n  - {kind: A, path: a}\n";
    let others: Vec<_> = [&files[1..], &[("base/kustomization.yaml", with_configuration)]].concat();
    let after = format!("{config}  - kind: ClusterIssuer\n    path: spec/acme/privateKeySecretRef/name\n");
    is_fixed("stale-name", Kind::Unsafe, &others, ("base/config.yaml", config, &after));
}
