//! The workflow that sets the image tag of the product catalog: its steps run on a clone with a bare repository as remote.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;
use walkdir::WalkDir;

use crate::sandbox::{PROGRAM, Sandbox, git, search_path};

const WORKFLOW: &str = ".github/workflows/update-productcatalogue-tag.yaml";

/// A clone of the GitOps tree with a bare repository as remote, and the program on the search path.
fn clone() -> Sandbox {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sandbox = Sandbox::new(&[]);
    for part in ["base", "overlays", "app-config", "cluster-resources", "tests/gitops-tree"] {
        for entry in WalkDir::new(root.join(part)).into_iter().map(|entry| entry.unwrap()) {
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap();
                sandbox.write(&format!("clone/{name}"), fs::read(entry.path()).unwrap());
            }
        }
    }
    fs::create_dir_all(sandbox.path("bin")).unwrap();
    std::os::unix::fs::symlink(PROGRAM, sandbox.path("bin/boutique")).unwrap();
    git(&sandbox, &["init", "-q", "--bare", "-b", "main", "remote.git"]);
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["add", "-A"],
        &["commit", "-q", "-m", "The tree"],
        &["remote", "add", "origin", "../remote.git"],
        &["push", "-q", "origin", "main"],
    ] {
        git(&sandbox, &[&["-C", "clone"], arguments].concat());
    }
    sandbox
}

/// Runs all steps that are scripts, except the installation. Returns the name of the step that failed.
fn run(sandbox: &Sandbox, tag: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workflow: Value = serde_yaml::from_str(&fs::read_to_string(root.join(WORKFLOW)).unwrap()).unwrap();
    let job = &workflow["jobs"]["update"];
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let mut path = std::ffi::OsString::from(sandbox.path("bin"));
    path.push(":");
    path.push(search_path());
    for step in job["steps"].as_sequence().unwrap() {
        let name = text(&step["name"]);
        if step.get("run").is_none() || name == "Install boutique" {
            continue;
        }
        // GitHub runs bash with these options.
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        bash.current_dir(sandbox.path("clone")).env_clear().env("PATH", &path).env("HOME", sandbox.path("home"));
        bash.env("GITHUB_STEP_SUMMARY", sandbox.path("summary.md")).env("GIT_CONFIG_NOSYSTEM", "1");
        for variables in [&job["env"], &step["env"]] {
            for (key, value) in variables.as_mapping().into_iter().flatten() {
                let value = match value.as_str().unwrap() {
                    expression if expression.contains("client_payload.tag") => tag,
                    expression if expression.contains("default_branch") => "main",
                    expression if expression.contains("USER_EMAIL") => "robot@example.com",
                    expression if expression.contains("${{") => "robot",
                    plain => plain,
                };
                bash.env(key.as_str().unwrap(), value);
            }
        }
        let output = bash.output().expect("the tests need bash");
        if !output.status.success() {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            return Some(name);
        }
    }
    None
}

#[test]
fn the_tag_is_set_and_pushed() {
    let sandbox = clone();
    assert_eq!(run(&sandbox, "v0.11.0"), None);
    let log = git(&sandbox, &["-C", "remote.git", "log", "-1", "--format=%an: %s", "main"]);
    assert_eq!(log, "robot: Set productcatalogservice to v0.11.0 in overlays/dev\n");
    let changed = git(&sandbox, &["-C", "remote.git", "show", "--format=", "--numstat", "main"]);
    assert_eq!(changed, "1\t1\toverlays/dev/kustomization.yaml\n1\t1\ttests/gitops-tree/overlays/dev.yaml\n");
    let summary = sandbox.read("summary.md");
    assert!(summary.contains("+        image: us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo/productcatalogservice:v0.11.0"), "{summary}");
    // A second run has nothing to do.
    assert_eq!(run(&sandbox, "v0.11.0"), None);
    assert_eq!(git(&sandbox, &["-C", "remote.git", "rev-list", "--count", "main"]), "2\n");
}

#[test]
fn invalid_versions_are_refused() {
    let sandbox = clone();
    for tag in ["latest", "v1", "v1.2.3; rm -rf .", "v1.2.3\nv1.2.4", ""] {
        assert_eq!(run(&sandbox, tag).as_deref(), Some("Validate the tag"), "{tag:?}");
    }
    assert_eq!(git(&sandbox, &["-C", "remote.git", "rev-list", "--count", "main"]), "1\n");
}
