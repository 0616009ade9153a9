//! `boutique lint`, `--strict`, and machine-readable messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{Run, Sandbox, command};

/// Marks a line that lint has to report; the code follows.
const EXPECT: &str = "# expect: ";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: nginx}]}}}
";

fn tree(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint").join(name)
}

fn lint(directory: &Path, arguments: &[&str]) -> Run {
    Run::new(
        command(directory).args(["lint", "--advice"]).args(arguments).output().expect("the program runs"),
        directory,
    )
}

/// A sandbox whose kustomization has an image entry that matches nothing.
fn with_unmatched_image(before: &str, after: &str) -> Sandbox {
    let kustomization = format!("resources: [a.yaml]\nimages:\n{before}- name: ngnix{after}\n  newTag: v1\n");
    Sandbox::new(&[("kustomization.yaml", &kustomization), ("a.yaml", DEPLOYMENT)])
}

// ---- findings ----

#[test]
fn exactly_the_marked_lines_are_reported() {
    reports_exactly_the_marked_lines(&tree("findings"));
    reports_exactly_the_marked_lines(&tree("values"));
}

fn reports_exactly_the_marked_lines(directory: &Path) {
    let mut expected: BTreeMap<(String, u64, String), usize> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(directory) {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(directory).unwrap().to_str().unwrap();
        for (line, text) in (1..).zip(std::fs::read_to_string(entry.path()).unwrap().lines()) {
            if let Some((_, code)) = text.split_once(EXPECT) {
                *expected.entry((path.to_string(), line, code.to_string())).or_default() += 1;
            }
        }
    }
    let mut found: BTreeMap<(String, u64, String), usize> = BTreeMap::new();
    let output = lint(directory, &["--format", "json"]).succeeds();
    for message in output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let label = &message["labels"][0];
        let key = (
            label["path"].as_str().unwrap().to_string(),
            label["line"].as_u64().unwrap(),
            message["code"].as_str().unwrap().to_string(),
        );
        *found.entry(key).or_default() += 1;
    }
    assert!(expected.len() >= 10, "only {} lines are marked", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn messages_of_lint() {
    let run = lint(&tree("findings"), &[]);
    assert_eq!(run.code, 0, "warnings are not errors");
    assert_snapshot!(run.stdout);
    assert_snapshot!(run.stderr, @"
    checked 3 targets: 0 errors, 26 warnings
    1 fixable with `--fix`, 3 more with `--unsafe-fixes`
    left out 1 component that no target includes: components/unused
    ");
}

#[test]
fn a_clean_tree_has_no_findings() {
    let run = lint(&tree("clean"), &["--strict"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
}

#[test]
fn the_gitops_tree_has_no_findings() {
    for root in ["overlays", "cluster-resources"] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let run = lint(&directory, &["--strict"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{root}");
    }
}

/// The controller ignores the name in the template.
#[test]
fn a_sealed_secret_creates_a_secret_with_its_own_name() {
    let manifest = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\n\
                    spec: {template: {metadata: {name: other}}}\n---\n\
                    apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n\
                    spec: {containers: [{name: a, image: 'x:1', envFrom: [{secretRef: {name: db}}]}]}\n";
    let sandbox = Sandbox::with_manifest(manifest);
    sandbox.run(&["lint", "--quiet"]).succeeds();
    // kustomize does not rename the reference.
    sandbox.write("kustomization.yaml", "namePrefix: p-\nresources: [a.yaml]\n");
    let run = sandbox.run(&["lint", "--quiet"]);
    assert!(run.stdout.contains("warning[stale-name]"), "{}", run.stdout);
}

#[test]
fn resources_of_other_targets_count_as_present() {
    let claim = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
        spec: {serviceAccountName: web, containers: [{name: a, image: nginx}]}\n";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";
    let sandbox = Sandbox::new(&[
        ("pods/kustomization.yaml", "resources: [a.yaml]\n"),
        ("pods/a.yaml", claim),
        ("accounts/kustomization.yaml", "resources: [a.yaml]\n"),
        ("accounts/a.yaml", account),
    ]);
    assert_eq!(sandbox.run(&["lint", "--quiet"]).succeeds(), "");
    assert!(sandbox.run(&["lint", "--quiet", "pods"]).succeeds().contains("warning[dangling-reference]"));
    // A variant of the same pods is not applied together with them.
    sandbox.write("accounts/a.yaml", format!("{account}---\n{claim}"));
    assert!(sandbox.run(&["lint", "--quiet"]).succeeds().contains("warning[dangling-reference]"));
}

// ---- precision ----

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n";

/// Returns the codes that lint reports by default for a tree with a manifest `app/a.yaml` and further files.
fn codes_of(manifest: &str, files: &[(&str, &str)]) -> Vec<String> {
    let sandbox = Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n"), ("app/a.yaml", manifest)]);
    files.iter().for_each(|(path, text)| sandbox.write(path, text));
    let output = sandbox.run(&["lint", "--quiet", "--format", "json"]).stdout;
    let message = |line| serde_json::from_str::<Value>(line).unwrap()["code"].as_str().unwrap().to_string();
    output.lines().map(message).collect()
}

/// A pod that reads a Secret.
fn pod_with_secret(name: &str) -> String {
    format!("{POD}spec: {{containers: [{{name: a, image: 'x:1', envFrom: [{{secretRef: {{name: {name}}}}}]}}]}}\n")
}

#[test]
fn a_manifest_that_no_kustomization_reads_brings_its_objects() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";
    assert_eq!(codes_of(&pod_with_secret("db"), &[]), ["dangling-reference"]);
    assert_eq!(codes_of(&pod_with_secret("db"), &[("manual/db.yaml", secret)]), [""; 0]);
    let list = "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: db}}]\n";
    assert_eq!(codes_of(&pod_with_secret("db"), &[("manual/db.yaml", list)]), [""; 0]);
}

#[test]
fn controllers_in_the_tree_bring_their_objects() {
    let object = |api: &str, kind: &str, rest: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: db}}\n{rest}\n")
    };
    for (secret, maker) in [
        ("a", object("external-secrets.io/v1", "ExternalSecret", "spec: {target: {name: a}}")),
        ("db", object("bitnami.com/v1alpha1", "SealedSecret", "")),
        ("a", object("cert-manager.io/v1", "Certificate", "spec: {secretName: a}")),
        ("db-app", object("postgresql.cnpg.io/v1", "Cluster", "")),
        ("u.db.credentials.postgresql.acid.zalan.do", object("acid.zalan.do/v1", "postgresql", "")),
        ("a", object("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", "spec: {destination: {name: a}}")),
        ("a", object("secrets.doppler.com/v1alpha1", "DopplerSecret", "spec: {managedSecret: {name: a}}")),
        ("a", object("sql.example.org/v1", "Instance", "spec: {writeConnectionSecretToRef: {name: a}}")),
        ("a", object("example.org/v1", "Anything", "spec: {output: {secretName: a}}")),
    ] {
        let other = [("db/kustomization.yaml", "resources: [a.yaml]\n"), ("db/a.yaml", maker.as_str())];
        assert_eq!(codes_of(&pod_with_secret(secret), &other), [""; 0], "{maker}");
        assert_eq!(codes_of(&pod_with_secret(secret), &[("manual.yaml", &maker)]), [""; 0], "{maker}");
        assert_eq!(codes_of(&format!("{}---\n{maker}", pod_with_secret(secret)), &[]), [""; 0], "{maker}");
    }
}

#[test]
fn a_chart_may_bring_anything_but_what_is_misspelled() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: db}\n";
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: credentials, namespace: shop}\n";
    let manifest = |name: &str| format!("{}{secret}", pod_with_secret(name));
    assert_eq!(codes_of(&manifest("tokens"), &[]), ["dangling-reference"]);
    assert_eq!(codes_of(&manifest("tokens"), &[("release.yaml", release)]), [""; 0]);
    assert_eq!(codes_of(&manifest("credentails"), &[("release.yaml", release)]), ["dangling-reference"]);
}

#[test]
fn namespaces_may_come_from_elsewhere() {
    let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web";
    let pod = format!("{POD}spec: {{serviceAccountName: web, containers: [{{name: a, image: 'x:1'}}]}}\n");
    assert_eq!(codes_of(&format!("{pod}{account}}}\n"), &[]), [""; 0]);
    assert_eq!(codes_of(&format!("{pod}{account}, namespace: default}}\n"), &[]), [""; 0]);
    assert_eq!(codes_of(&format!("{pod}{account}, namespace: store}}\n"), &[]), ["wrong-namespace"]);
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app}\n\
                spec: {path: ./app, targetNamespace: shop}\n";
    let moved = codes_of(&format!("{pod}{account}, namespace: store}}\n"), &[("clusters/app.yaml", flux)]);
    assert_eq!(moved, [""; 0]);
}

#[test]
fn only_what_nobody_can_substitute_is_unresolved() {
    let service = |value: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{externalName: {value}}}\n")
    };
    let custom = "apiVersion: example.org/v1\nkind: Task\nmetadata: {name: a}\nspec: {host: $(HOST)}\n";
    assert_eq!(codes_of(&service("$(HOST)"), &[]), ["unresolved-variable"]);
    assert_eq!(codes_of(&service("'${HOST}'"), &[]), [""; 0]);
    assert_eq!(codes_of(custom, &[]), [""; 0]);
    let advice = |files: &[(&str, &str)]| {
        let sandbox = Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n")]);
        sandbox.write("app/a.yaml", service("'${HOST}'"));
        files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox.run(&["lint", "--quiet", "--advice"]).stdout.contains("unsubstituted-variable")
    };
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app}\n\
                spec: {path: ./app, postBuild: {substitute: {HOST: a}}}\n";
    assert!(advice(&[]) && !advice(&[("clusters/app.yaml", flux)]));
}

#[test]
fn selectors_for_the_pods_of_others_are_not_reported() {
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\n\
               spec: {containers: [{name: a, image: 'x:1'}]}\n";
    let service = |app: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a, namespace: shop}}\nspec: {{selector: {{app: {app}}}}}\n{pod}"
        )
    };
    let policy = |app: &str| {
        let spec = format!("spec: {{podSelector: {{matchLabels: {{app: {app}}}}}}}");
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\n{spec}\n{pod}"
        )
    };
    let release =
        [("release.yaml", "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: db}\n")];
    assert_eq!(codes_of(&service("db"), &[]), ["selects-nothing"]);
    assert_eq!(codes_of(&service("db"), &release), [""; 0]);
    assert_eq!(codes_of(&service("wbe"), &release), ["selects-nothing"]);
    assert_eq!(codes_of(&policy("db"), &[]), [""; 0]);
    assert_eq!(codes_of(&policy("wbe"), &[]), ["selects-nothing"]);
}

#[test]
fn only_a_manifest_next_to_listed_ones_is_forgotten() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    let encrypted = &format!("{map}sops: {{}}\n");
    assert_eq!(codes_of(map, &[("app/b.yaml", map)]), ["unused-file"]);
    // A script next to it makes it or applies it.
    let script = ("app/Makefile", "install: ; kubectl apply -f b.yaml\n");
    assert_eq!(codes_of(map, &[("app/b.yaml", map), script]), [""; 0]);
    let commented = "resources:\n- a.yaml\n# - b.yaml\n";
    assert_eq!(codes_of(map, &[("app/b.yaml", map), ("app/kustomization.yaml", commented)]), [""; 0]);
    for path in ["app/other/b.yaml", "app/x_viewer_role.yaml"] {
        assert_eq!(codes_of(map, &[(path, map)]), [""; 0], "{path}");
    }
    assert_eq!(codes_of(map, &[("app/b.yaml", encrypted)]), [""; 0]);
}

#[test]
fn a_failing_target_does_not_hide_the_findings_of_others() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    let broken = [
        ("broken/kustomization.yaml", "resources: [missing.yaml, b.yaml]\n"),
        ("broken/b.yaml", map),
        ("broken/c.yaml", map),
        ("app/c.yaml", map),
    ];
    let mut codes = codes_of(&pod_with_secret("db"), &broken);
    codes.sort();
    assert_eq!(codes, ["dangling-reference", "not-found", "unused-file", "unused-file"]);
}

#[test]
fn what_is_used_in_another_target_is_not_unused() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
    let base = "resources: [s.yaml]\nvars: [{name: HOST, objref: {apiVersion: v1, kind: Service, name: a}}]\n";
    let user = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: 'x:1', args: [$(HOST)]}]}\n";
    let mut files = vec![("base/kustomization.yaml", base), ("base/s.yaml", service)];
    files.extend([("app/kustomization.yaml", "resources: [../base, a.yaml]\n")]);
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    assert!(codes_of(map, &files).contains(&"unused-variable".to_string()));
    files.extend([("other/kustomization.yaml", "resources: [../base, p.yaml]\n"), ("other/p.yaml", user)]);
    assert!(!codes_of(map, &files).contains(&"unused-variable".to_string()));
}

#[test]
fn secret_values_are_not_shown() {
    let overlay = "resources: [base]\nsecretGenerator:\n- name: a\n  behavior: merge\n  literals:\n  - k=hunter2\n";
    let base = "secretGenerator:\n- name: a\n  literals:\n  - k=hunter1\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", overlay), ("base/kustomization.yaml", base)]);
    let output = sandbox.run(&["lint", "--quiet", "--advice"]).succeeds();
    assert!(output.contains("warning[overwritten-key]") && !output.contains("hunter"), "{output}");
}

// ---- severity ----

#[test]
fn strict_treats_warnings_as_errors() {
    let sandbox = with_unmatched_image("", "");
    let run = sandbox.run(&["render"]);
    assert_eq!(run.code, 0);
    assert_snapshot!(run.stderr);
    for arguments in [&["--strict"][..], &["--deny", "unmatched-image"], &["--strict", "--jobs", "1", ".", "."]] {
        let run = sandbox.run(&[&["render"], arguments].concat());
        run.fails_with("error[unmatched-image]: no image matches `ngnix`");
    }
    assert_eq!(sandbox.run(&["lint", "--deny", "unmatched-image"]).code, 1);
    assert!(sandbox.run(&["render", "--strict", "--allow", "unmatched-image"]).succeeds().contains("image: nginx\n"));
}

#[test]
fn comments_suppress_diagnostics() {
    let comment = "# boutique: allow(unmatched-image)\n";
    for (before, after) in [(comment, ""), ("", &*format!(" {}", comment.trim_end()))] {
        with_unmatched_image(before, after).run(&["render", "--strict"]).succeeds();
    }
    let other = with_unmatched_image("# boutique: allow(mutable-tag)\n", "");
    assert_eq!(other.run(&["render", "--strict"]).code, 1);
}

#[test]
fn unknown_codes_are_refused() {
    let sandbox = Sandbox::new(&[]);
    let mut list = String::new();
    for arguments in [["--allow", "unmatched-imag"], ["--allow", "no-target"], ["--deny", "x"]] {
        let run = sandbox.run(&["lint", arguments[0], arguments[1]]);
        assert_eq!(run.code, 2);
        list.push_str(&run.stderr);
    }
    assert_snapshot!(list);
}

#[test]
fn help_of_lint() {
    assert_snapshot!(Sandbox::new(&[]).run(&["lint", "--help"]).succeeds());
}

// ---- several errors at once ----

#[test]
fn independent_errors_are_reported_together() {
    let mut list = String::new();
    let patch = |name: &str| format!("- patch: '{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}}}'\n");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    for (kustomization, other) in [
        ("namePrefx: a\nimages:\n- name: a\n  tag: b\n  newTag: 1.10\nresources: a.yaml\n".to_string(), ""),
        (format!("resources: [a.yaml]\npatches:\n{}{}", patch("wbe"), patch("api")), service),
        ("resources: [a.yaml, b.yaml]\n".to_string(), "kind: [\n"),
    ] {
        let sandbox =
            Sandbox::new(&[("kustomization.yaml", &kustomization), ("a.yaml", other), ("b.yaml", "a: b: c\n")]);
        list.push_str(&sandbox.run(&["render"]).fails());
    }
    assert_snapshot!(list);
}

// ---- machine-readable messages ----

/// A sandbox with an error in a base, next to a password and a control character.
fn hostile() -> Sandbox {
    Sandbox::new(&[
        ("over,lay/kustomization.yaml", "resources: [../base]\n"),
        (
            "base/kustomization.yaml",
            "resources: [a.yaml, a.yaml]\n\"https://me:hunter2@a/%\\e\": 1\nnamePrefix: [\"ä\"]\n",
        ),
        ("base/a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
    ])
}

#[test]
fn machine_readable_formats_mask_secrets() {
    let sandbox = hostile();
    for format in ["text", "json", "github", "sarif"] {
        let message = sandbox.run(&["render", "over,lay", "--message-format", format]).stderr;
        assert!(message.contains("***@a"), "{format}: {message}");
        assert!(!message.contains("hunter2"), "{format}: {message}");
        assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{format}: {message}");
    }
}

#[test]
fn json_and_github_formats() {
    let sandbox = hostile();
    sandbox.write("base/kustomization.yaml", "resources: [a.yaml, a.yaml]\n");
    for format in ["json", "github"] {
        let run = sandbox.run(&["render", "over,lay", "--message-format", format]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert_snapshot!(format!("messages_as_{format}"), run.stderr);
    }
}

/// Checks what SARIF 2.1.0 requires of the objects of a log.
#[test]
fn the_sarif_log_has_the_required_fields() {
    let only = |object: &Value, required: &[&str], optional: &[&str]| {
        let object = object.as_object().expect("an object");
        required.iter().for_each(|key| assert!(object.contains_key(*key), "{key} is missing"));
        let known = |key: &String| required.contains(&key.as_str()) || optional.contains(&key.as_str());
        assert!(object.keys().all(known), "{object:?}");
    };
    let check_location = |location: &Value| {
        only(location, &["artifactLocation", "region"], &[]);
        only(&location["artifactLocation"], &["uri"], &[]);
        assert!(location["artifactLocation"]["uri"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_graphic()));
        let region = &location["region"];
        only(region, &["startLine", "startColumn", "endLine", "endColumn"], &[]);
        let number = |key: &str| region[key].as_u64().filter(|&number| number >= 1).unwrap();
        assert!((number("startLine"), number("startColumn")) < (number("endLine"), number("endColumn")));
    };
    let check = |text: &str| -> Value {
        let log: Value = serde_json::from_str(text).unwrap();
        only(&log, &["$schema", "version", "runs"], &[]);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        only(run, &["tool", "results", "columnKind"], &[]);
        let driver = &run["tool"]["driver"];
        only(driver, &["name", "version", "informationUri", "rules"], &[]);
        for rule in driver["rules"].as_array().unwrap() {
            let texts = ["shortDescription", "fullDescription", "help"];
            only(rule, &["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"], &[]);
            texts.iter().for_each(|key| assert!(rule[*key]["text"].is_string()));
            assert!(["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
        }
        for result in run["results"].as_array().unwrap() {
            only(result, &["level", "message", "locations"], &["ruleId", "ruleIndex", "relatedLocations", "fixes"]);
            let rule = &driver["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            result["locations"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|location| check_location(&location["physicalLocation"]));
            for (id, related) in result["relatedLocations"].as_array().into_iter().flatten().enumerate() {
                only(related, &["id", "physicalLocation", "message"], &[]);
                assert_eq!(related["id"], id);
                check_location(&related["physicalLocation"]);
            }
        }
        log
    };
    let log = check(&hostile().run(&["render", "over,lay", "--message-format", "sarif"]).stderr);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
    let log = check(&lint(&tree("findings"), &["--format", "sarif"]).succeeds());
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 26);
    check(&lint(&tree("clean"), &["--format", "sarif"]).succeeds());
}
