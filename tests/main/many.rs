//! `render --all` and several targets, and `affected`.

use std::fs;
use std::process::Stdio;
use std::time::SystemTime;

use crate::sandbox::{Run, Sandbox, git, search_path};

/// Two overlays over a base, a component, and a target that nothing includes.
fn monorepo() -> Sandbox {
    Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [service.yaml]\n"),
        ("base/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
        ("component/kustomization.yaml", "kind: Component\nresources: [../component/config.yaml]\n"),
        ("component/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"),
        ("overlays/dev/kustomization.yaml", "namePrefix: dev-\nresources: [../../base]\n"),
        (
            "overlays/prod/kustomization.yaml",
            "namePrefix: prod-\nresources: [../../base]\ncomponents: [../../component]\n",
        ),
        ("standalone/kustomization.yml", "resources: [map.yaml]\n"),
        ("standalone/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alone}\n"),
        (".hidden/kustomization.yaml", "resources: [nothing.yaml]\n"),
    ])
}

fn names(run: &Run) -> Vec<&str> {
    run.stdout.lines().filter_map(|line| line.strip_prefix("  name: ")).collect()
}

#[test]
fn targets_are_printed_in_the_order_asked_for() {
    let sandbox = monorepo();
    let run = sandbox.run(&["render", "overlays/prod", "standalone", "overlays/dev", "--jobs", "3"]);
    assert_eq!(names(&run), ["prod-extra", "prod-web", "alone", "dev-web"]);
    let parts: Vec<String> = ["overlays/prod", "standalone", "overlays/dev"]
        .iter()
        .map(|target| sandbox.run(&["render", target]).succeeds())
        .collect();
    assert_eq!(run.stdout, parts.join("---\n"));
    assert!(run.stderr.starts_with("rendered 3 targets with 4 resources ("), "{}", run.stderr);
    assert_eq!(sandbox.run(&["render", "--quiet", "overlays/dev", "standalone"]).succeeds().matches("---").count(), 1);
}

#[test]
fn all_renders_the_targets_that_nothing_includes() {
    let sandbox = monorepo();
    assert_eq!(names(&sandbox.run(&["render", "--all"])), ["dev-web", "prod-extra", "prod-web", "alone"]);
    assert_eq!(names(&sandbox.run(&["render", "--all", "overlays"])), ["dev-web", "prod-extra", "prod-web"]);
    let bases = sandbox.run(&["render", "--all", "--include-bases"]);
    assert_eq!(names(&bases), ["web", "dev-web", "prod-extra", "prod-web", "alone"]);
}

/// A kustomization that is included only by itself, or only within a cycle, is rendered, so that its error is shown.
#[test]
fn a_cycle_that_nothing_else_includes_is_not_left_out() {
    for entry in ["", ".", "./", "../prod", "../other"] {
        let sandbox = monorepo();
        sandbox.run(&["render", "--all", "overlays", "--output-dir", "out"]).assert_code(0);
        sandbox.write("overlays/prod/kustomization.yaml", format!("resources: [\"{entry}\"]\n"));
        if entry == "../other" {
            sandbox.write("overlays/other/kustomization.yaml", "resources: [../prod]\n");
        }
        let all = sandbox.run(&["render", "--all", "overlays", "--output-dir", "out", "--prune"]);
        assert_eq!(all.code, 1, "`{entry}`: {}", all.stderr);
        assert!(sandbox.path("out/prod.yaml").is_file(), "`{entry}`");
        for command in ["lint", "snapshot"] {
            let run = sandbox.run(&[command, "overlays"]);
            assert_ne!(run.code, 0, "{command} `{entry}`");
            let messages = run.stdout + &run.stderr;
            assert!(messages.contains("overlays/prod/kustomization.yaml:1:"), "{command} `{entry}`: {messages}");
        }
        let component = sandbox.run(&["render", "--all", "--include-bases", "overlays"]);
        assert_eq!(component.code, 1, "`{entry}`");
    }
}

#[test]
fn a_cycle_is_compared_with_its_past() {
    let sandbox = monorepo();
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "first"]);
    sandbox.write("overlays/prod/kustomization.yaml", "resources: [.]\n");
    let run = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("PATH", search_path());
        sandbox.finish(command)
    };
    assert_eq!(run(&["affected", "--since", "HEAD"]).succeeds(), "overlays/prod\n");
    let diff = run(&["diff", "--all", "--since", "HEAD"]);
    assert_eq!(diff.code, 2);
    assert!(diff.stderr.contains("overlays/prod/kustomization.yaml:1:13"), "{}", diff.stderr);
}

#[test]
fn what_is_left_out_is_named_in_the_summary() {
    let sandbox = monorepo();
    sandbox.write("unused/kustomization.yaml", "kind: Component\nresources: [../only]\n");
    sandbox.write("only/kustomization.yaml", "resources: [map.yaml]\n");
    sandbox.write("only/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: only}\n");
    let lines = "left out 1 component that no target includes: unused\nleft out 1 kustomization in hidden directories: .hidden\n";
    let run = sandbox.run(&["render", "--all"]);
    assert!(run.stderr.ends_with(lines), "{}", run.stderr);
    // What only an unused component includes is a target.
    assert!(names(&run).contains(&"only"), "{}", run.stdout);
    let lint = sandbox.run(&["lint"]);
    assert!(lint.stderr.ends_with(lines), "{}", lint.stderr);
    assert!(sandbox.run(&["snapshot", "--update"]).stderr.ends_with(lines));
    assert!(sandbox.run(&["snapshot"]).stderr.ends_with(lines));
    assert_eq!(sandbox.run(&["render", "--all", "--quiet"]).stderr, "");
    // A hidden base that a target includes is not left out.
    sandbox.write("standalone/kustomization.yml", "resources: [map.yaml, ../.hidden]\n");
    sandbox.write(".hidden/kustomization.yaml", "namePrefix: a-\n");
    let used = sandbox.run(&["render", "--all"]);
    assert!(!used.stderr.contains("hidden"), "{}", used.stderr);
}

#[test]
#[cfg(unix)]
fn links_out_of_the_directory_are_named() {
    let sandbox = monorepo();
    std::os::unix::fs::symlink(sandbox.path("standalone"), sandbox.path("overlays/link")).unwrap();
    let run = sandbox.run(&["render", "--all", "overlays"]);
    let line = "left out 1 kustomization behind links to other directories: overlays/link\n";
    assert!(run.stderr.ends_with(line), "{}", run.stderr);
}

#[test]
fn a_search_without_targets_fails() {
    let sandbox = monorepo();
    sandbox.write("empty/notes.md", "nothing here\n");
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "all"]);
    let commands: [&[&str]; 5] =
        [&["render", "--all"], &["lint"], &["snapshot"], &["snapshot", "--update"], &["affected", "--since", "HEAD"]];
    let run_with_git = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("PATH", search_path());
        sandbox.finish(command)
    };
    for command in commands {
        let run = run_with_git(&[command, &["empty"]].concat());
        assert_eq!(run.code, 1, "{command:?}: {}", run.stderr);
        assert!(run.stderr.contains("warning: there are no targets in `empty`\n"), "{command:?}: {}", run.stderr);
        run_with_git(&[command, &["empty", "--allow-empty"]].concat()).assert_code(0);
    }
    // The files of all targets are kept if the search finds none.
    sandbox.run(&["render", "--all", "overlays", "--output-dir", "out"]).assert_code(0);
    assert_eq!(sandbox.run(&["render", "--all", "empty", "--output-dir", "out", "--prune"]).code, 1);
    assert!(sandbox.path("out/dev.yaml").is_file());
}

#[test]
fn a_broken_target_does_not_stop_the_others() {
    let sandbox = monorepo();
    sandbox.write("overlays/broken/kustomization.yaml", "resources: [missing.yaml]\n");
    sandbox.write("overlays/worse/kustomization.yaml", "resources: {}\n");
    let run = sandbox.run(&["render", "--all", "overlays"]);
    assert_eq!(run.code, 1);
    assert_eq!(names(&run), ["dev-web", "prod-extra", "prod-web"]);
    for text in ["missing.yaml", "overlays/worse/kustomization.yaml:1:12", "rendered 2 targets", "2 failed"] {
        assert!(run.stderr.contains(text), "no `{text}` in: {}", run.stderr);
    }
}

#[test]
fn warnings_of_a_shared_base_are_reported_with_each_target() {
    let sandbox = monorepo();
    sandbox.write("base/kustomization.yaml", "commonLabels: {a: b}\nresources: [service.yaml]\n");
    let run = sandbox.run(&["render", "overlays/dev", "overlays/prod", "--jobs", "1"]);
    assert_eq!(run.stderr.matches("base/kustomization.yaml:1:1").count(), 2, "{}", run.stderr);
    assert_eq!(run.stderr.matches("1 | commonLabels: {a: b}").count(), 2, "{}", run.stderr);
}

/// A base that another target has included already still takes part in a cycle.
#[test]
fn a_shared_base_still_makes_a_cycle() {
    let sandbox = Sandbox::new(&[
        ("apps/kustomization.yaml", "namePrefix: a-\n"),
        ("apps/inside/kustomization.yaml", "resources: [../../base]\n"),
        ("base/kustomization.yaml", "resources: [../apps]\n"),
        ("outside/kustomization.yaml", "resources: [../base]\n"),
    ]);
    let alone = sandbox.run(&["render", "apps/inside"]).fails();
    assert!(alone.contains("cycle detected"), "{alone}");
    let run = sandbox.run(&["render", "--quiet", "--jobs", "1", "outside", "apps/inside"]);
    assert_eq!((run.code, run.stderr), (1, alone));
}

#[test]
fn each_target_is_written_to_a_file() {
    let sandbox = monorepo();
    let arguments = ["render", "--all", ".", "--output-dir", "out"];
    let run = sandbox.run(&arguments);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(sandbox.list("out"), [".boutique-files", "overlays", "standalone.yaml"]);
    assert_eq!(sandbox.list("out/overlays"), ["dev.yaml", "prod.yaml"]);
    assert_eq!(sandbox.read("out/overlays/dev.yaml"), sandbox.run(&["render", "overlays/dev"]).succeeds());
    // A file that has the right content is not written again.
    let file = sandbox.path("out/standalone.yaml");
    fs::File::options().write(true).open(&file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let again = sandbox.run(&arguments);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
    assert!(again.stderr.contains("3 unchanged"), "{}", again.stderr);
}

#[test]
fn files_of_removed_targets_are_stale() {
    let sandbox = monorepo();
    sandbox.run(&["render", "--all", "--output-dir", "out"]).assert_code(0);
    sandbox.write("out/mine.yaml", "not written by the program\n");
    fs::remove_dir_all(sandbox.path("standalone")).unwrap();
    let run = sandbox.run(&["render", "--all", "--output-dir", "out"]);
    assert!(run.stderr.contains("warning: `out/standalone.yaml` is stale; use --prune to remove it"), "{}", run.stderr);
    // After errors it is not known which files are stale.
    sandbox.write("broken/kustomization.yaml", "resources: [missing.yaml]\n");
    sandbox.run(&["render", "--all", "--output-dir", "out", "--prune"]).assert_code(1);
    assert_eq!(sandbox.list("out"), [".boutique-files", "mine.yaml", "overlays", "standalone.yaml"]);
    fs::remove_dir_all(sandbox.path("broken")).unwrap();
    let run = sandbox.run(&["render", "--all", "--output-dir", "out", "--prune"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(sandbox.list("out"), [".boutique-files", "mine.yaml", "overlays"]);
}

#[test]
fn nothing_outside_of_the_output_directory_is_pruned() {
    let sandbox = monorepo();
    sandbox.write("precious.yaml", "a: b\n");
    sandbox.write("out/.boutique-files", "../precious.yaml\n/etc/hosts.yaml\n");
    assert_eq!(sandbox.run(&["render", "--all", "overlays", "--output-dir", "out", "--prune"]).code, 0);
    assert_eq!(sandbox.read("precious.yaml"), "a: b\n");
    assert_eq!(sandbox.read("out/.boutique-files"), "dev.yaml\nprod.yaml\n");
}

#[test]
fn files_of_other_shards_are_not_stale() {
    let sandbox = monorepo();
    for shard in ["1/2", "2/2"] {
        let run = sandbox.run(&["render", "--all", "--output-dir", "out", "--prune", "--shard", shard]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    assert_eq!(sandbox.list("out"), [".boutique-files", "overlays", "standalone.yaml"]);
    assert_eq!(sandbox.list("out/overlays"), ["dev.yaml", "prod.yaml"]);
    assert_eq!(sandbox.read("out/.boutique-files"), "overlays/dev.yaml\noverlays/prod.yaml\nstandalone.yaml\n");
}

#[test]
fn listed_targets_leave_other_files_alone() {
    let sandbox = monorepo();
    sandbox.run(&["render", "--all", "--output-dir", "out"]).assert_code(0);
    let run = sandbox.run(&["render", "standalone", "--output-dir", "out"]);
    assert!(!run.stderr.contains("stale"), "{}", run.stderr);
    assert!(sandbox.read("out/.boutique-files").contains("overlays/dev.yaml"));
    sandbox.run(&["render", "standalone", "--output-dir", "out", "--prune"]).assert_code(0);
    assert_eq!(sandbox.read("out/.boutique-files"), "standalone.yaml\n");
    assert!(!sandbox.path("out/overlays/dev.yaml").exists());
}

#[test]
fn the_output_never_replaces_an_input() {
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", "resources: [../web.yaml]\n"),
        ("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: input}\n"),
        ("web/kustomization.yaml", "namePrefix: a-\n"),
    ]);
    for output in [".", "app/..", "web"] {
        let run = sandbox.run(&["render", "--all", "--output-dir", output]);
        run.fails_with(&format!("the output directory {output} contains the target [sandbox]/"));
    }
    assert!(sandbox.read("web.yaml").contains("name: input"));
}

#[test]
fn names_of_output_files_cannot_have_line_breaks() {
    let sandbox = monorepo();
    sandbox.write("two\nlines/kustomization.yaml", "resources: []\n");
    let run = sandbox.run(&["render", "--all", "--output-dir", "out"]);
    assert!(run.code == 1 && run.stderr.contains("which contains a line break"), "{}", run.stderr);
    // The others are written.
    assert!(sandbox.path("out/standalone.yaml").exists());
    assert!(!sandbox.read("out/.boutique-files").contains("two"));
}

#[test]
fn two_targets_never_share_a_file() {
    let sandbox = monorepo();
    let run = sandbox.run(&["render", "standalone", "./overlays/../standalone", "--output-dir", "out"]);
    run.fails_with("two targets would be written to `standalone.yaml`");
}

#[test]
fn shards_render_every_target_once() {
    let sandbox = monorepo();
    let mut all: Vec<String> = Vec::new();
    for shard in ["1/2", "2/2"] {
        let run = sandbox.run(&["render", "--all", "--shard", shard]);
        assert_eq!(run.code, 0);
        let found = names(&run);
        assert!(!found.is_empty());
        all.extend(found.into_iter().map(ToString::to_string));
    }
    all.sort();
    assert_eq!(all, ["alone", "dev-web", "prod-extra", "prod-web"]);
}

#[test]
fn shards_may_be_more_than_targets() {
    let sandbox = monorepo();
    let shards = usize::MAX.to_string();
    assert_eq!(sandbox.run(&["render", "--all", "--shard", &format!("{shards}/{shards}")]).stdout, "");
    assert_ne!(sandbox.run(&["render", "--all", "--shard", &format!("1/{shards}")]).stdout, "");
}

#[test]
fn all_needs_a_directory() {
    let sandbox = monorepo();
    sandbox.run(&["render", "--all", "base/service.yaml"]).fails_with("`base/service.yaml` is not a directory");
    sandbox.run(&["render", "--all", "nowhere"]).fails_with("no such directory: `nowhere`");
}

#[test]
#[cfg(unix)]
fn a_base_included_through_a_link_is_not_a_target() {
    let sandbox = monorepo();
    std::os::unix::fs::symlink("standalone", sandbox.path("link")).unwrap();
    sandbox.write("overlays/test/kustomization.yaml", "namePrefix: test-\nresources: [../../link]\n");
    assert_eq!(names(&sandbox.run(&["render", "--all"])), ["dev-web", "prod-extra", "prod-web", "test-alone"]);
}

/// Once nothing reads the output, the rest is not rendered.
#[test]
#[cfg(unix)]
fn closed_standard_output_ends_the_run() {
    let sandbox = monorepo();
    let map =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: large}}\ndata: {{a: {}}}\n", "b".repeat(1 << 20));
    sandbox.write("standalone/map.yaml", map);
    let mut command = sandbox.command(&["render", "--all"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn affected_targets_read_a_changed_file() {
    let sandbox = monorepo();
    let git = |arguments: &[&str]| drop(git(&sandbox, arguments));
    let affected = |arguments: &[&str]| {
        let mut command = sandbox.command(&["affected", "--since", "main"]);
        command.args(arguments).env("PATH", search_path());
        sandbox.finish(command).succeeds()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    assert_eq!(affected(&[]), "");
    assert_eq!(affected(&["--json"]), "[]\n");

    sandbox.write("component/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: changed}\n");
    assert_eq!(affected(&[]), "overlays/prod\n");
    git(&["commit", "--quiet", "-am", "second"]);
    assert_eq!(affected(&[]), "");

    git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write("base/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: changed}\n");
    git(&["commit", "--quiet", "-am", "third"]);
    assert_eq!(affected(&[]), "overlays/dev\noverlays/prod\n");
    assert_eq!(affected(&["--json", "overlays"]), "[\"overlays/dev\",\"overlays/prod\"]\n");
    assert_eq!(affected(&["--include-bases", "base"]), "base\n");

    // A file that is gone, and one that git does not know yet.
    fs::remove_file(sandbox.path("standalone/map.yaml")).unwrap();
    assert_eq!(affected(&["standalone"]), "standalone\n");
    sandbox.write("new/kustomization.yaml", "resources: []\n");
    assert_eq!(affected(&["new"]), "new\n");

    // A base that is a repository of its own, like a submodule.
    sandbox.write("module/kustomization.yaml", "resources: []\n");
    sandbox.write("overlays/submodule/kustomization.yaml", "resources: [../../module]\n");
    git(&["-C", "module", "init", "--quiet"]);
    git(&["-C", "module", "commit", "--quiet", "--allow-empty", "-m", "first"]);
    git(&["add", "overlays"]);
    git(&["commit", "--quiet", "-m", "fourth"]);
    git(&["branch", "--force", "main"]);
    assert_eq!(affected(&["overlays"]), "overlays/submodule\n");

    // A template of a chart, which only helm reads.
    sandbox.write("helm/kustomization.yaml", "helmCharts: [{name: shop}]\n");
    sandbox.write("helm/charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    git(&["add", "helm"]);
    git(&["commit", "--quiet", "-m", "fifth"]);
    git(&["branch", "--force", "main"]);
    sandbox.write("helm/charts/shop/templates/map.yaml", "");
    assert_eq!(affected(&["--enable-helm", "helm"]), "helm\n");

    let mut wrong = sandbox.command(&["affected", "--since", "--output=owned"]);
    wrong.env("PATH", search_path());
    assert_ne!(sandbox.finish(wrong).code, 0);
    let mut unknown = sandbox.command(&["affected", "--since", "nowhere"]);
    unknown.env("PATH", search_path());
    assert!(sandbox.finish(unknown).fails().contains("nowhere"));
}
