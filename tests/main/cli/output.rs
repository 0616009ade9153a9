//! Output to files, directories and pipes.

use std::io::Read as _;
use std::process::Stdio;

use insta::assert_snapshot;

use super::{RENDERED, shop};
use crate::sandbox::{Run, Sandbox};

#[test]
fn output_goes_to_a_file() {
    let sandbox = shop();
    assert_eq!(sandbox.run(&["render", "-o", "out.yaml"]).succeeds(), "");
    assert_eq!(sandbox.read("out.yaml"), RENDERED);
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\n");
    assert_eq!(sandbox.run(&["render", "--output=out.yaml", "."]).succeeds(), "");
    assert_eq!(sandbox.read("out.yaml"), RENDERED.replace("shop-", ""), "the old file is replaced");
    assert_eq!(sandbox.list(""), ["kustomization.yaml", "out.yaml", "service.yaml"], "no other file is left");
}

#[test]
fn a_failing_render_leaves_the_output_file_alone() {
    let sandbox = shop();
    sandbox.write("out.yaml", "before\n");
    sandbox.write("service.yaml", "kind: [");
    sandbox.run(&["render", "-o", "out.yaml"]).fails();
    assert_eq!(sandbox.read("out.yaml"), "before\n");
}

#[test]
fn output_goes_to_a_directory() {
    let sandbox = Sandbox::with_manifest(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:reader'}
",
    );
    sandbox.write("out/other.txt", "stays");
    assert_eq!(sandbox.run(&["render", "-o", "out"]).succeeds(), "");
    assert_snapshot!(sandbox.list("out").join("\n"), @r"
    apps_v1_deployment_web.yaml
    other.txt
    rbac.authorization.k8s.io_v1_clusterrole_system:reader.yaml
    v1_namespace_shop.yaml
    v1_service_web.yaml
    ");
    assert_eq!(sandbox.read("out/v1_service_web.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n");
}

#[test]
fn file_names_start_with_the_namespace_if_there_are_several() {
    let service = |namespace: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web{namespace}}}\n");
    let documents = [service(""), service(", namespace: one"), service(", namespace: two")];
    let sandbox = Sandbox::with_manifest(documents.join("---\n"));
    std::fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.run(&["render", "-o", "out"]).succeeds();
    assert_snapshot!(sandbox.list("out").join("\n"), @r"
    default_v1_service_web.yaml
    one_v1_service_web.yaml
    two_v1_service_web.yaml
    ");
}

#[test]
fn unwritable_output_fails() {
    let sandbox = shop();
    sandbox.write("file", "");
    let mut list = String::new();
    for path in ["missing/out.yaml", "file/out.yaml", "/dev/full"] {
        list.push_str(&format!("-o '{path}'\n{}", sandbox.run(&["render", "-o", path]).fails()));
    }
    assert_snapshot!(list);
}

#[test]
fn resource_names_cannot_leave_the_output_directory() {
    let sandbox = Sandbox::with_manifest("apiVersion: v1\nkind: Service\nmetadata: {name: x/../../../escaped}\n");
    std::fs::create_dir(sandbox.path("out")).unwrap();
    let message = sandbox.run(&["render", "-o", "out"]).fails();
    assert_snapshot!(message);
    assert!(sandbox.list("out").is_empty());
    assert_eq!(sandbox.list(""), ["a.yaml", "kustomization.yaml", "out"]);
}

#[test]
fn closed_standard_output_is_not_an_error() {
    let manifest =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: large}}\ndata: {{x: {}}}\n", "x".repeat(1 << 20));
    let sandbox = Sandbox::with_manifest(manifest);
    let mut child =
        sandbox.command(&["render"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    // Like `head -c 10`: the output is larger than the buffer of the pipe.
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let run = Run::new(child.wait_with_output().unwrap(), &sandbox.path(""));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn closed_standard_error_is_harmless() {
    let sandbox = Sandbox::with_manifest("kind: [");
    let mut child =
        sandbox.command(&["render"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn an_output_directory_is_created() {
    let sandbox = Sandbox::with_manifest("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}");
    sandbox.run(&["render", "-o", "deep/manifests/"]).succeeds();
    assert_eq!(sandbox.list("deep/manifests"), ["v1_configmap_a.yaml"]);
    // Without the slash, it is a file.
    sandbox.run(&["render", "-o", "manifests"]).succeeds();
    assert!(sandbox.path("manifests").is_file());
}
