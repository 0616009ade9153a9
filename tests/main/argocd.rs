//! The calls of Argo CD's repo-server, in their order, with its working directories and its environment.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, command};

const BASE: &str = "\
# The shop's web server.
resources:
- deployment.yaml   # with one container
";
const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx:1.0}]}
";
const COMPONENT: &str = "\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
commonAnnotations: {from: component}
";

fn repository() -> Sandbox {
    Sandbox::new(&[
        ("apps/shop/kustomization.yaml", BASE),
        ("apps/shop/deployment.yaml", DEPLOYMENT),
        ("components/one/kustomization.yaml", COMPONENT),
        ("components/two/kustomization.yaml", &COMPONENT.replace("from", "and")),
    ])
}

/// Runs an edit in the directory of the application. Warnings, such as that of an image that is not there, go to standard error.
fn edit(sandbox: &Sandbox, arguments: &[&str]) {
    let mut call = command(&sandbox.path("apps/shop"));
    call.arg("edit").args(arguments);
    let run = sandbox.finish(call);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{arguments:?}: {}", run.stderr);
}

/// Builds the application by its absolute path, from the root of the repository.
fn build(sandbox: &Sandbox, options: &[&str]) -> String {
    let mut call = command(&sandbox.path("."));
    call.arg("build").arg(sandbox.path("apps/shop")).args(options);
    call.env("ARGOCD_APP_NAME", "shop").env("GIT_ASKPASS", "git-ask-pass.sh").env("GIT_TERMINAL_PROMPT", "false");
    // Warnings, such as that of a missing image, go to standard error, which Argo CD does not read.
    let run = sandbox.finish(call);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn all_options_of_an_application_are_applied() {
    let sandbox = repository();
    edit(&sandbox, &["set", "nameprefix", "--", "dev-"]);
    edit(&sandbox, &["set", "namesuffix", "--", "-v1"]);
    edit(&sandbox, &["set", "image", "nginx=example.com:5000/nginx:2.0", "redis@sha256:0123456789abcdef"]);
    edit(&sandbox, &["set", "replicas", "web=3"]);
    edit(&sandbox, &["add", "label", "--force", "--without-selector", "--include-templates", "team:shop", "stage:dev"]);
    edit(&sandbox, &["add", "annotation", "--force", "note:a b, c", "url:https://example.com/x"]);
    edit(&sandbox, &["set", "namespace", "--", "shop"]);
    edit(&sandbox, &["add", "component", "../../components/one", "../../components/two"]);
    let by_hand = repository();
    by_hand.write(
        "apps/shop/kustomization.yaml",
        "\
resources: [deployment.yaml]
namePrefix: dev-
nameSuffix: -v1
namespace: shop
images:
- {name: nginx, newName: example.com:5000/nginx, newTag: '2.0'}
- {name: redis, digest: sha256:0123456789abcdef}
replicas: [{name: web, count: 3}]
labels: [{includeTemplates: true, pairs: {team: shop, stage: dev}}]
commonAnnotations: {note: 'a b, c', url: https://example.com/x}
components: [../../components/one, ../../components/two]
",
    );
    assert_eq!(build(&sandbox, &[]), build(&by_hand, &[]));
    assert_snapshot!(sandbox.read("apps/shop/kustomization.yaml"));
}

#[test]
fn later_syncs_edit_the_result_of_earlier_ones() {
    let sandbox = repository();
    for tag in ["1.1", "1.2"] {
        edit(&sandbox, &["set", "nameprefix", "--", "dev-"]);
        edit(&sandbox, &["set", "image", &format!("nginx:{tag}")]);
        edit(&sandbox, &["add", "label", "--force", "stage:dev"]);
    }
    let expected =
        format!("{BASE}namePrefix: dev-\nimages:\n- name: nginx\n  newTag: \"1.2\"\ncommonLabels:\n  stage: dev\n");
    assert_eq!(sandbox.read("apps/shop/kustomization.yaml"), expected);
}

#[test]
fn build_accepts_the_flags_of_the_repo_server() {
    let sandbox = repository();
    let plain = build(&sandbox, &[]);
    let options = ["--enable-helm", "--load-restrictor", "LoadRestrictionsNone", "--helm-kube-version", "1.34"];
    let versions = ["--helm-api-versions", "v1", "--helm-api-versions", "apps/v1"];
    assert_eq!(build(&sandbox, &[&options[..], &versions].concat()), plain);
}

/// Argo CD takes the first word in the braces, without the name of the program.
#[test]
fn the_version_is_found_in_its_short_form() {
    let sandbox = Sandbox::new(&[]);
    let text = sandbox.run(&["version", "--short"]).stdout;
    let text = text.trim().trim_start_matches('{').trim_end_matches('}').trim();
    let version = text
        .split(' ')
        .next()
        .unwrap()
        .trim_start_matches("kustomize/")
        .strip_prefix('v')
        .expect("versions start with v");
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().expect("a number")).collect();
    // Flags for helm are only passed to kustomize 5.3 and later.
    assert!(parts >= vec![5, 3, 0], "{text}");
}

#[test]
fn errors_have_an_exit_code_and_a_message() {
    let sandbox = repository();
    sandbox.write("apps/shop/kustomization.yaml", "resources: [missing.yaml]\n");
    let mut call = command(&sandbox.path("."));
    call.arg("build").arg(sandbox.path("apps/shop"));
    sandbox.finish(call).fails_with("missing.yaml");
}

/// The plugin for a sidecar that the guide shows.
#[test]
fn the_plugin_generates_manifests() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/argocd/plugin.yaml");
    let text = fs::read_to_string(path).unwrap();
    let plugin: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let words: Vec<String> = serde_yaml::from_value(plugin["spec"]["generate"]["command"].clone()).unwrap();
    assert_eq!(words[0], "boutique");
    let sandbox = repository();
    let mut call = command(&sandbox.path("apps/shop"));
    call.args(&words[1..]).env("ARGOCD_APP_NAME", "shop").env("KUBE_VERSION", "1.34");
    assert_eq!(sandbox.finish(call).succeeds(), build(&sandbox, &[]));
    assert_eq!(plugin["spec"]["discover"]["fileName"], "kustomization.yaml");
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/guides/argo-cd.md")).unwrap();
    assert!(guide.contains(&text), "the guide shows a different plugin");
}
