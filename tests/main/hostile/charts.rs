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
    for variable in ["HELM_PLUGINS", "HELM_DATA_HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME"] {
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

/// A `helm` that prints the files of the chart that it gets, without the directory.
const LISTS_FILES: &str = "#!/bin/sh\ncase $1 in version) echo v3.14.2;; template)\n\
    printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: seen}\\ndata:\\n  files: |\\n'\n\
    cd \"$3\" && find . -type f -o -type l | sort | while read -r file; do\n\
    echo \"    $file: $(head -c 100 \"$file\" | tr -cd 'a-zA-Z0-9: ')\"; done;; esac\n";

#[test]
fn charts_are_copied_without_links_and_git() {
    let sandbox = with_chart("");
    sandbox.write_program("helm", LISTS_FILES);
    for name in [".git/config", ".git/a", "files/.git/config", "files/.GIT/x", "charts/sub/.git", ".hg/hgrc", ".svn/a"]
    {
        sandbox.write(&format!("app/charts/web/{name}"), "token: hunter2\n");
    }
    sandbox.write("app/charts/web/files/data", "own\n");
    sandbox.write("app/charts/web/files/deep/.gitignore", "kept\n");
    for (destination, link) in [("data", "files/link"), ("files", "directory"), ("../files/data", "charts/up")] {
        symlink(destination, sandbox.path(&format!("app/charts/web/{link}"))).unwrap();
    }
    for flags in [&[][..], &["--load-root", "."], &["--load-restrictor", "LoadRestrictionsNone"]] {
        let run = render_chart(&sandbox, flags);
        let text = run.succeeds();
        let files: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("./")).collect();
        let expected = [
            "Chart.yaml: name: web",
            "charts/up: own",
            "directory/data: own",
            "directory/deep/.gitignore: kept",
            "directory/link: own",
            "files/data: own",
            "files/deep/.gitignore: kept",
            "files/link: own",
            "values.yaml: a: 1",
        ];
        assert_eq!(files, expected, "{flags:?}");
    }
}

#[test]
fn links_of_charts_do_not_lead_to_other_files() {
    for (destination, within) in [
        ("../../../.git/config", ""),
        ("../../../../.git/config", ""),
        ("../.git/config", "repository"),
        ("../.GIT/config", "repository"),
        ("../../../secret", ""),
        ("../../../../outside", ""),
        ("../../..", ""),
    ] {
        let sandbox = with_chart("");
        sandbox.write_program("helm", LISTS_FILES);
        for name in ["app/secret", "outside", "app/.git/config", ".git/config"] {
            sandbox.write(name, "token: hunter2\n");
        }
        sandbox.write("app/charts/web/.git/config", "token: hunter2\n");
        sandbox.write("app/charts/web/.GIT/config", "token: hunter2\n");
        let start = if within.is_empty() { "app/charts/web/files/link" } else { "app/charts/web/templates/link" };
        fs::create_dir_all(sandbox.path(start).parent().unwrap()).unwrap();
        symlink(destination, sandbox.path(start)).unwrap();
        for flags in [&[][..], &["--load-root", "."]] {
            let message = render_chart(&sandbox, flags).fails();
            assert!(!message.contains("hunter2"), "{destination}: {message}");
        }
        // Without restrictions links are followed, but not to git, and not in circles.
        let run = render_chart(&sandbox, &["--load-restrictor", "LoadRestrictionsNone"]);
        let is_git = destination.to_lowercase().contains(".git");
        let is_refused = is_git || destination == "../../..";
        assert_eq!(run.code, i32::from(is_refused), "{destination}: {}", run.stderr);
        assert!(!is_git || !run.stdout.contains("hunter2"), "{destination}");
    }
}

#[test]
fn a_repository_may_be_a_chart() {
    let sandbox = Sandbox::new(&[
        ("repo/Chart.yaml", "name: repo\n"),
        ("repo/values.yaml", "{}\n"),
        ("repo/.git/config", "token: hunter2\n"),
        ("repo/deploy/kustomization.yaml", "helmGlobals: {chartHome: ../..}\nhelmCharts: [{name: repo}]\n"),
        ("kustomization.yaml", "helmGlobals: {chartHome: ..}\nhelmCharts: [{name: sandbox}]\n"),
        ("Chart.yaml", "name: sandbox\n"),
        ("values.yaml", "{}\n"),
        (".git/config", "token: hunter2\n"),
    ]);
    sandbox.write_program("helm", LISTS_FILES);
    let helm = sandbox.path("helm");
    // The values file of the chart is outside of the kustomization's directory in the first case.
    for (directory, flags) in [("repo/deploy", &["--load-restrictor", "LoadRestrictionsNone"][..]), (".", &[])] {
        let start = ["render", directory, "--enable-helm", "--helm-command", helm.to_str().unwrap()];
        let run = run_with_programs(&sandbox, &[&start[..], flags].concat());
        assert!(run.stdout.contains("./Chart.yaml"), "{}", run.stderr);
        assert!(!run.stdout.contains("hunter2") && !run.stdout.contains(".git"), "{}", run.stdout);
    }
    // A chart that is a directory of git itself.
    sandbox.write(".git/chart/Chart.yaml", "name: chart\n");
    sandbox.write(".git/chart/values.yaml", "{}\n");
    sandbox.write("kustomization.yaml", "helmGlobals: {chartHome: .git}\nhelmCharts: [{name: chart}]\n");
    let start = ["render", ".", "--enable-helm", "--helm-command", helm.to_str().unwrap()];
    run_with_programs(&sandbox, &start).fails_with("belongs to git");
}

#[test]
fn a_config_home_in_the_tree_is_ignored() {
    let seen = "#!/bin/sh\necho \"$HELM_CONFIG_HOME\" > \"${0%/*}/home\"\ncase $1 in version) echo v3.14.2;; esac\n";
    let inside = |sandbox: &Sandbox, name: &str| sandbox.path(name).to_str().unwrap().to_string();
    for home in ["./evil", "evil", "..", "../elsewhere", "[sandbox]/app", "[sandbox]/app/charts/../evil"] {
        for plugin in [false, true] {
            let sandbox = with_chart("");
            sandbox.write_program("helm", seen);
            let home = home.replace("[sandbox]", &inside(&sandbox, ""));
            let text = match plugin {
                false => format!("helmGlobals: {{configHome: '{home}'}}\nhelmCharts: [{{name: web}}]\n"),
                true => format!(
                    "generators:\n- |\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n  metadata: {{name: a}}\n  \
                     name: web\n  configHome: '{home}'\n"
                ),
            };
            sandbox.write("app/kustomization.yaml", text);
            let run = render_chart(&sandbox, &[]);
            run.assert_code(0);
            assert!(run.stderr.contains("warning[ignored-config-home]"), "{home}: {}", run.stderr);
            assert!(sandbox.read("home").starts_with(sandbox.temporary().to_str().unwrap()), "{home}");
        }
    }
    // Below the working directory and a load root there is no warning, but it is not used either.
    let sandbox = with_chart("");
    sandbox.write_program("helm", seen);
    let kustomization = |home: &str| format!("helmGlobals: {{configHome: '{home}'}}\nhelmCharts: [{{name: web}}]\n");
    sandbox.write("app/kustomization.yaml", kustomization(&inside(&sandbox, "elsewhere")));
    render_chart(&sandbox, &[]).assert_code(0);
    assert!(sandbox.read("home").starts_with(sandbox.temporary().to_str().unwrap()));
    sandbox.write("app/kustomization.yaml", kustomization("/somewhere"));
    render_chart(&sandbox, &[]).succeeds();
    assert_eq!(sandbox.read("home"), "/somewhere\n");
}

#[test]
fn a_helm_command_in_the_tree_causes_a_warning() {
    let sandbox = with_chart("");
    let script = "#!/bin/sh\ncase $1 in version) echo v3.14.2;; esac\n";
    sandbox.write_program("app/bin/helm", script);
    symlink(sandbox.path("app/bin/helm"), sandbox.path("link")).unwrap();
    let warning = "is inside of the rendered tree";
    let run = |command: &[&str], helm: &str| {
        run_with_programs(&sandbox, &[command, &["--enable-helm", "--helm-command", helm]].concat())
    };
    for helm in ["app/bin/helm", "./app/bin/helm", "link", sandbox.path("app/bin/helm").to_str().unwrap()] {
        let helm = if helm == "link" { "./link" } else { helm };
        let warned = run(&["render", "app"], helm);
        warned.assert_code(0);
        assert!(warned.stderr.contains(warning), "{helm}: {}", warned.stderr);
    }
    for command in [
        &["lint", "app"][..],
        &["explain", "app"],
        &["inputs", "app"],
        &["snapshot", "app"],
        &["render", "--all", "app"],
        &["graph", "app", "--resources"],
        &["diff", "app", "app"],
        &["localize", "app"],
        &["edit", "fix", "app"],
    ] {
        let warned = run(command, "app/bin/helm");
        assert!(warned.stderr.contains(warning), "{command:?}: {}", warned.stderr);
    }
    assert!(!run(&["render", "app"], sandbox.path("helm").to_str().unwrap()).stderr.contains(warning));
    // The repository belongs to the tree, too.
    fs::create_dir(sandbox.path(".git")).unwrap();
    assert!(run(&["render", "app"], sandbox.path("helm").to_str().unwrap()).stderr.contains(warning));
}
