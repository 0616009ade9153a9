//! Charts and helm.

use std::fs;
use std::os::unix::fs::symlink;

use super::{make_pipe, run_with_programs};
use crate::sandbox::{Run, Sandbox};

/// A sandbox with a chart, and a `helm` that only records its calls.
pub fn with_chart(fields: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", &format!("helmCharts:\n- name: web\n{fields}\n")),
        ("app/charts/web/Chart.yaml", "name: web\n"),
        ("app/charts/web/values.yaml", "a: 1\n"),
    ]);
    sandbox
        .write_program("helm", "#!/bin/sh\necho \"$@\" >> \"${0%/*}/ran\"\ncase $1 in version) echo v3.14.2;; esac\n");
    sandbox
}

pub fn render_chart(sandbox: &Sandbox, flags: &[&str]) -> Run {
    let helm = sandbox.path("helm");
    let start = ["render", "app", "--enable-helm", "--helm-command", helm.to_str().unwrap()];
    run_with_programs(sandbox, &[&start[..], flags].concat())
}

#[test]
fn chart_fields_cannot_be_options_of_helm() {
    for field in ["releaseName", "version", "repo", "namespace", "kubeVersion", "nameTemplate"] {
        for value in ["--post-renderer=./evil", "-fevil", "\"a\\n--post-renderer=x\""] {
            let sandbox = with_chart(&format!("  {field}: {value}"));
            let message = render_chart(&sandbox, &[]).fails();
            assert!(message.contains(&format!("`{field}` of a chart")), "{message}");
            assert!(!sandbox.path("ran").exists(), "{field}: {value}");
        }
    }
    let sandbox = with_chart("  additionalValuesFiles: [--post-renderer=evil]");
    sandbox.write("app/--post-renderer=evil", "a: 1\n");
    render_chart(&sandbox, &[]).assert_code(0);
    assert!(!sandbox.read("ran").contains(" --post-renderer"), "{}", sandbox.read("ran"));
}

#[test]
fn charts_stay_in_the_tree() {
    for fields in ["  version: ../../x\n  repo: https://localhost:1", "  name: ../../x", "  name: a/../../x"] {
        let sandbox = with_chart("");
        sandbox.write("app/kustomization.yaml", format!("helmCharts:\n- {}\n  releaseName: a\n", fields.trim_start()));
        if !fields.contains("name") {
            sandbox.write("app/kustomization.yaml", format!("helmCharts:\n- name: web\n{fields}\n"));
        }
        render_chart(&sandbox, &[]).fails_with("must not contain a `..` segment");
    }
    let sandbox = with_chart("");
    sandbox.write("secret", "hunter2");
    symlink("../../../secret", sandbox.path("app/charts/web/templates")).unwrap();
    render_chart(&sandbox, &[]).fails_with("leads outside the chart");
    fs::remove_file(sandbox.path("app/charts/web/templates")).unwrap();
    make_pipe(&sandbox, "app/charts/web/pipe");
    render_chart(&sandbox, &[]).fails_with("is not a regular file");
    assert!(!sandbox.read("ran").contains("template"));
    let sandbox = with_chart("");
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let text = "helmGlobals: {chartHome: ../elsewhere}\nhelmCharts: [{name: a, repo: 'https://localhost:1'}]\n";
    sandbox.write("app/kustomization.yaml", text);
    render_chart(&sandbox, &[]).fails_with("it would be pulled to `[sandbox]/elsewhere/a`, which is outside");
    assert!(!sandbox.read("ran").contains("pull"));
}

#[test]
fn helm_plugins_in_the_tree_are_not_used() {
    let sandbox = with_chart("helmGlobals: {configHome: ./evil}");
    sandbox.write_program(
        "helm",
        "#!/bin/sh\nenv | grep HELM_ >> \"${0%/*}/ran\"\ncase $1 in version) echo v3.14.2;; esac\n",
    );
    render_chart(&sandbox, &[]).assert_code(0);
    let ran = sandbox.read("ran");
    for variable in ["HELM_PLUGINS", "HELM_DATA_HOME", "HELM_CACHE_HOME"] {
        let private = format!("{variable}={}", sandbox.temporary().display());
        assert!(ran.contains(&private), "{ran}");
    }
}

#[test]
fn helm_reads_the_values_that_were_checked() {
    let sandbox = with_chart("");
    sandbox.write("secret", "key: hunter2\n");
    sandbox.write("app/values.yaml", "key: harmless\n");
    let seen = "#!/bin/sh\ncase $1 in version) echo v3.14.2;; template) while [ $# -gt 0 ]; do\n\
        [ \"$1\" = -f ] && cat \"$2\" >> \"${0%/*}/seen\"; shift; done;; esac\n";
    sandbox.write_program("helm", seen);
    // An absolute path is checked as it is, but stands for a path below the directory.
    let absolute = sandbox.path("app/values.yaml");
    let below = sandbox.path(&format!("app/{}", absolute.display()));
    fs::create_dir_all(below.parent().unwrap()).unwrap();
    symlink(sandbox.path("secret"), &below).unwrap();
    let text = format!("helmCharts: [{{name: web, additionalValuesFiles: ['{}']}}]\n", absolute.display());
    sandbox.write("app/kustomization.yaml", text);
    render_chart(&sandbox, &[]).fails_with("security; file '[sandbox]/secret'");
    sandbox.write("app/kustomization.yaml", "helmCharts: [{name: web, additionalValuesFiles: [values.yaml]}]\n");
    render_chart(&sandbox, &[]).assert_code(0);
    assert!(sandbox.read("seen").contains("key: harmless"));
}
