//! `create`: a new kustomization file.

use insta::assert_snapshot;

use crate::sandbox::{Run, Sandbox};

fn service(name: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n")
}

fn tree() -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("README.md", "# No resource\nThis is text.\n"),
        ("other.yaml", "other: yaml\nfoo: [bar]\n"),
        ("empty.yaml", "# nothing\n"),
        ("overlay/kustomization.yaml", "resources: [test.yaml]\n"),
        ("overlay/deeper/kustomization.yaml", "resources: []\n"),
    ]);
    for path in ["test.yaml", "plain", "sub/test.yaml", "overlay/test.yaml", "also.json"] {
        sandbox.write(path, service("test"));
    }
    sandbox
}

#[track_caller]
fn created(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["create"], arguments].concat());
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let text = sandbox.read("kustomization.yaml");
    std::fs::remove_file(sandbox.path("kustomization.yaml")).unwrap();
    text
}

fn refused(arguments: &[&str]) -> Run {
    let sandbox = tree();
    let run = sandbox.run(&[&["create"], arguments].concat());
    assert!(!sandbox.path("kustomization.yaml").exists());
    run
}

#[test]
fn a_file_that_cannot_be_rendered_is_reported() {
    for (arguments, what) in
        [(&["create"][..], "nothing is listed yet"), (&["create", "--autodetect"], "no resources were found")]
    {
        let run = Sandbox::new(&[]).run(arguments);
        assert_eq!(run.code, 0);
        assert_eq!(run.stderr, format!("warning: {what}, so the new kustomization.yaml cannot be rendered\n"));
    }
    tree().run(&["create", "--autodetect"]).succeeds();
}

#[test]
fn all_fields_are_written_in_the_order_of_kustomize() {
    let sandbox = tree();
    assert_snapshot!(created(&sandbox, &[]), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    ");
    let flags = [
        "--resources=test.yaml,overlay",
        "--namespace=shop",
        "--annotations",
        "b:\"x:y\",a:true,only",
        "--labels=app:shop,team:web",
        "--nameprefix",
        "acme-",
        "--namesuffix",
        "-v1",
    ];
    assert_snapshot!(created(&sandbox, &flags));
}

#[test]
fn files_with_resources_are_detected() {
    let sandbox = tree();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", sandbox.path("out.yaml")).unwrap();
        std::os::unix::fs::symlink("sub", sandbox.path("link")).unwrap();
    }
    assert_snapshot!(created(&sandbox, &["--autodetect"]), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
    - also.json
    - plain
    - test.yaml
    ");
    let deep = ["--resources", "test.yaml", "--autodetect=true", "--recursive"];
    assert_snapshot!(created(&sandbox, &deep), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
    - test.yaml
    - also.json
    - overlay
    - plain
    - sub/test.yaml
    ");
    let shallow = created(&sandbox, &["--autodetect", "--recursive=false"]);
    assert!(!shallow.contains("sub/"), "{shallow}");
}

#[test]
fn patterns_and_urls_are_listed() {
    let list = "*/test.yaml,https://github.com/org/repo//app?ref=v1,https://example.com/a.yaml";
    assert_snapshot!(created(&tree(), &["--resources", list]), @"
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
    - overlay/test.yaml
    - sub/test.yaml
    - https://github.com/org/repo//app?ref=v1
    - https://example.com/a.yaml
    ");
}

#[test]
fn nothing_is_written_if_something_is_missing() {
    refused(&["--resources", "test.yaml,gone.yaml"]).fails_with("gone.yaml has no match");
    refused(&["--resources", "gone/*"]).fails_with("gone/* has no match");
    refused(&["--resources", "[a"]).fails_with("syntax error in pattern `[a`");
    refused(&["--labels", ":x"]).fails_with("invalid label: ':x' (need k:v pair where v may be quoted)");
    assert_eq!(refused(&["--autodetect=maybe"]).code, 2);
}

#[test]
fn existing_kustomizations_are_never_replaced() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let sandbox = tree();
        sandbox.write(name, "resources: []\n");
        sandbox.run(&["create", "--autodetect"]).fails_with("kustomization file already exists");
        assert_eq!(sandbox.read(name), "resources: []\n");
    }
}
