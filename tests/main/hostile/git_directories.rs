//! Nothing below a `.git` is read, listed, copied or written, whatever names it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use walkdir::WalkDir;

use super::{MAP, refuses, run_with_programs};
use crate::sandbox::{Sandbox, git};

const BELONGS_TO_GIT: &str = "it belongs to git and may contain credentials";

/// A repository with files that contain `hunter2` in `.git`.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new(&[("a.yaml", MAP)]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["config", "http.extraHeader", "AUTHORIZATION: hunter2"]);
    let map = format!("{MAP}data: {{a: hunter2}}\n");
    for directory in [".git", ".GIT", "git~1", "module/.git"] {
        sandbox.write(&format!("{directory}/map.yaml"), &map);
        sandbox.write(&format!("{directory}/x.env"), "A=hunter2\n");
        sandbox.write(&format!("{directory}/app/kustomization.yaml"), "resources: [../map.yaml]\n");
        sandbox.write(&format!("{directory}/chart/Chart.yaml"), "name: hunter2\n");
        sandbox.write(&format!("{directory}/chart/values.yaml"), "a: hunter2\n");
    }
    symlink(".git", sandbox.path("link")).unwrap();
    symlink(".git/map.yaml", sandbox.path("link.yaml")).unwrap();
    symlink("../a.yaml", sandbox.path(".git/out.yaml")).unwrap();
    sandbox
}

#[test]
fn no_field_names_files_of_git() {
    for directory in [".git", ".GIT", "git~1", "module/.git", "link"] {
        for field in [
            "resources: [DIR/map.yaml]",
            "resources: [DIR/app]",
            "components: [DIR/app]",
            "resources: [DIR/config]",
            "configMapGenerator: [{name: a, files: [DIR/HEAD]}]",
            "configMapGenerator: [{name: a, files: [k=DIR/config]}]",
            "secretGenerator: [{name: a, envs: [DIR/x.env]}]",
            "resources: [a.yaml]\npatches: [{path: DIR/map.yaml}]",
            "resources: [a.yaml]\npatchesStrategicMerge: [DIR/map.yaml]",
            "resources: [a.yaml]\nreplacements: [{path: DIR/map.yaml}]",
            "resources: [a.yaml]\nconfigurations: [DIR/map.yaml]",
            "resources: [a.yaml]\ncrds: [DIR/map.yaml]",
            "resources: [a.yaml]\nopenapi: {path: DIR/map.yaml}",
            "resources: [a.yaml]\ntransformers: [DIR/map.yaml]",
            "generators: [DIR/app]",
        ] {
            let sandbox = repository();
            if directory == ".git" {
                sandbox.write(".git/HEAD", "ref: refs/heads/main\n");
            } else if directory != "link" {
                sandbox.write(&format!("{directory}/HEAD"), "hunter2");
                sandbox.write(&format!("{directory}/config"), "hunter2");
            }
            sandbox.write("kustomization.yaml", format!("{}\n", field.replace("DIR", directory)));
            let all_flags = [&["--load-restrictor", "none"][..], &[], &["--load-root", "."]];
            for flags in &all_flags[..if directory == ".git" { 3 } else { 1 }] {
                let run = sandbox.run(&[&["render"], *flags].concat());
                assert!(run.code == 1 && run.stdout.is_empty(), "{directory} {field} {flags:?}: {}", run.stdout);
                assert!(!run.stderr.contains("hunter2"), "{directory} {field}: {}", run.stderr);
            }
            // An entry that may be inline or a file is not told apart further.
            if !field.contains("patchesStrategicMerge") {
                refuses(&sandbox.run(&["render", "--load-restrictor", "none"]), BELONGS_TO_GIT);
            }
            assert_ne!(sandbox.run(&["localize", ".", "copy"]).code, 0);
            let copied = WalkDir::new(sandbox.path("copy")).into_iter().filter_map(Result::ok);
            let mut files = copied.filter(|entry| entry.file_type().is_file());
            assert!(
                files.all(|entry| entry.file_name() == "kustomization.yaml" || entry.file_name() == "a.yaml"),
                "{field}"
            );
        }
    }
    // Links into a `.git`, and out of one.
    for entry in ["link.yaml", ".git/out.yaml"] {
        let sandbox = repository();
        sandbox.write("kustomization.yaml", format!("resources: [{entry}]\n"));
        refuses(&sandbox.run(&["render"]), BELONGS_TO_GIT);
    }
}

#[test]
fn charts_are_not_below_git_directories() {
    let sandbox = repository();
    sandbox.write_program(
        "bin/helm",
        "#!/bin/sh\necho called >> \"${0%/*}/called\"\ncase $1 in version) echo v3.14.2;; esac\n",
    );
    let helm = sandbox.path("bin/helm").display().to_string();
    for chart in [
        "helmGlobals: {chartHome: .git}\nhelmCharts: [{name: chart}]\n",
        "helmGlobals: {chartHome: link}\nhelmCharts: [{name: chart}]\n",
        "helmGlobals: {chartHome: .}\nhelmCharts: [{name: .git/chart}]\n",
        "helmGlobals: {chartHome: .GIT}\nhelmCharts: [{name: chart}]\n",
        "helmGlobals: {chartHome: .git/new}\nhelmCharts: [{name: chart, repo: 'https://localhost:1', version: 1.0.0}]\n",
    ] {
        sandbox.write("kustomization.yaml", chart);
        let arguments = ["render", "--enable-helm", "--load-restrictor", "none", "--helm-command", &helm];
        refuses(&run_with_programs(&sandbox, &arguments), BELONGS_TO_GIT);
    }
    assert!(!sandbox.path("bin/called").exists() && !sandbox.path(".git/new").exists());
    sandbox.write("charts/chart/Chart.yaml", "name: chart\n");
    sandbox.write("charts/chart/values.yaml", "");
    for field in ["valuesFile: .git/chart/values.yaml", "additionalValuesFiles: [.git/chart/values.yaml]"] {
        sandbox.write("kustomization.yaml", format!("helmCharts: [{{name: chart, {field}}}]\n"));
        let arguments = ["render", "--enable-helm", "--helm-command", &helm];
        refuses(&run_with_programs(&sandbox, &arguments), BELONGS_TO_GIT);
    }
}

#[test]
fn copies_contain_nothing_of_git() {
    let sandbox = repository();
    for home in [".git", "link", ".GIT", "module/.git", "git~1", ".git/chart"] {
        sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nhelmGlobals: {{chartHome: {home}}}\n"));
        refuses(&sandbox.run(&["localize", ".", "copy"]), BELONGS_TO_GIT);
        sandbox.write("app/a.yaml", MAP);
        sandbox
            .write("app/kustomization.yaml", format!("resources: [a.yaml]\nhelmGlobals: {{chartHome: ../{home}}}\n"));
        refuses(&sandbox.run(&["localize", "app", "copy", "--scope", "."]), BELONGS_TO_GIT);
    }
    // Repositories among the charts.
    for directory in [".git", "deep/.git", ".GIT", "git~1", ".git."] {
        sandbox.write(&format!("charts/web/{directory}/config"), "hunter2");
    }
    sandbox.write("charts/web/module/.git", "gitdir: hunter2\n");
    sandbox.write("charts/web/.gitignore", "x\n");
    sandbox.write("kustomization.yaml", "resources: [a.yaml]\nhelmGlobals: {chartHome: charts}\n");
    sandbox.run(&["localize", ".", "copy"]).assert_code(0);
    let files =
        WalkDir::new(sandbox.path("copy")).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let mut names: Vec<_> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, [".gitignore", "a.yaml", "kustomization.yaml"]);
}

#[test]
fn copies_keep_permissions() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources: [base/a.yaml]\nsecretGenerator: [{name: s, envs: [private/s.env]}]\nhelmGlobals: {chartHome: charts}\n",
        ),
        ("base/a.yaml", MAP),
        ("private/s.env", "A=b\n"),
        ("charts/web/run.sh", "#!/bin/sh\n"),
        ("charts/web/templates/a.yaml", ""),
    ]);
    let modes = [
        ("kustomization.yaml", 0o640),
        ("base", 0o755),
        ("base/a.yaml", 0o644),
        ("private", 0o700),
        ("private/s.env", 0o600),
        ("charts", 0o750),
        ("charts/web", 0o500),
        ("charts/web/run.sh", 0o755),
        ("charts/web/templates", 0o711),
        ("charts/web/templates/a.yaml", 0o400),
        ("", 0o700),
    ];
    let set = |path: &str, mode| fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
    modes.iter().rev().for_each(|(path, mode)| set(path, *mode));
    sandbox.run(&["localize", ".", "copy"]).assert_code(0);
    for (path, mode) in modes {
        let copy = format!("copy/{path}");
        let kept = fs::metadata(sandbox.path(&copy)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(kept, mode, "{path}");
    }
    for directory in ["charts/web", "copy/charts/web"] {
        set(directory, 0o700);
    }
    let limited = sandbox.run(&["localize", ".", "small", "--max-file-size", "5"]);
    assert!(limited.code == 1 && !sandbox.path("small").exists(), "{}", limited.stderr);
}

#[test]
fn no_command_lists_files_of_git() {
    let sandbox = repository();
    sandbox.write("kustomization.yaml", "resources: [a.yaml]\n");
    for command in [
        &["render", "--all", ".git"][..],
        &["render", "--all", "link"],
        &["lint", ".git"],
        &["snapshot", ".git"],
        &["inputs", ".git/app"],
        &["tree", ".git/app"],
        &["graph", ".git/app"],
        &["explain", ".git/app"],
        &["render", ".git/app"],
        &["render", "link/app"],
        &["diff", ".git", "."],
        &["diff", ".git/map.yaml", "."],
        &["diff", "link.yaml", "."],
        &["diff", ".", ".git/app"],
        &["localize", ".git/app", "copy"],
    ] {
        let run = run_with_programs(&sandbox, command);
        assert!(run.code != 0, "{command:?}: {}", run.stdout);
        assert!(run.stderr.contains(BELONGS_TO_GIT), "{command:?}: {}", run.stderr);
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{command:?}");
    }
    for command in [&["render", "--all"][..], &["lint"], &["inputs"], &["snapshot", "--update"], &["tree"]] {
        let run = run_with_programs(&sandbox, command);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(!all.contains(".git") && !all.contains("git~1") && !all.contains("hunter2"), "{command:?}: {all}");
    }
    for pattern in ["*", ".git/*.yaml", ".[a-z]*/map.yaml", "*/map.yaml", ".git/map.yaml"] {
        sandbox.write("kustomization.yaml", "resources: [a.yaml]\n");
        let _ = sandbox.run(&["edit", "add", "resource", pattern]);
        assert!(
            !sandbox.read("kustomization.yaml").to_lowercase().contains("git"),
            "{}",
            sandbox.read("kustomization.yaml")
        );
    }
    fs::remove_file(sandbox.path("kustomization.yaml")).unwrap();
    fs::remove_file(sandbox.path("link.yaml")).unwrap();
    sandbox.run(&["create", "--autodetect", "--recursive"]).assert_code(0);
    let created = sandbox.read("kustomization.yaml");
    assert!(created.contains("a.yaml") && !created.to_lowercase().contains("git"), "{created}");
}

#[test]
fn no_command_writes_below_git_directories() {
    let sandbox = repository();
    sandbox.write("kustomization.yaml", "resources: [a.yaml]\n");
    let before = sandbox.read(".git/config");
    for output in [
        ".git/hooks/post-checkout",
        ".git/config",
        "link/config",
        ".GIT/x",
        "module/.git/x",
        ".git",
        ".git/new/",
        "link/new/",
    ] {
        for command in [
            &["render", "-o", output][..],
            &["render", "--all", "--output-dir", output],
            &["snapshot", "--update", "--dir", output],
            &["localize", ".", output],
            &["man", "--dir", output],
        ] {
            let run = run_with_programs(&sandbox, command);
            assert!(run.code != 0, "{command:?}: {}", run.stderr);
        }
        assert_eq!(sandbox.read(".git/config"), before);
        assert!(!sandbox.path(".git/new").exists() && !sandbox.path(".git/hooks/post-checkout").exists(), "{output}");
    }
}
