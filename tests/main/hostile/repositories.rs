//! Git repositories: the one that contains the tree, and others on the same machine.

use std::fs;
use std::os::unix::fs::symlink;

use super::{GENERATED, MAP, refuses, run_in_tree, run_with_programs, tree_with_outside};
use crate::sandbox::{Sandbox, git};

/// Creates a repository whose settings name a program wherever git would run one.
fn hostile_repository() -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", "resources: [a.yaml]\n"),
        ("app/a.yaml", MAP),
        (".gitattributes", "*.yaml filter=evil diff=evil\n"),
    ]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "--all"]);
    git(&sandbox, &["commit", "--quiet", "--message", "a"]);
    let evil = sandbox.path("evil");
    sandbox.write_program("evil", &format!("#!/bin/sh\ntouch {}\ncat\n", sandbox.path("ran").display()));
    let evil = evil.display();
    let config = format!(
        "[core]\n\tfsmonitor = {evil}\n\thooksPath = hooks\n\tsshCommand = {evil}\n\tpager = {evil}\n\
         [diff]\n\texternal = {evil}\n[diff \"evil\"]\n\ttextconv = {evil}\n\tcommand = {evil}\n\
         [filter \"evil\"]\n\tclean = {evil}\n\tsmudge = {evil}\n\tprocess = {evil}\n\trequired = true\n\
         [include]\n\tpath = more\n"
    );
    let old = sandbox.read(".git/config");
    sandbox.write(".git/config", old + &config);
    sandbox.write(".git/more", format!("[filter \"a=b\"]\n\tclean = {evil}\n\tsmudge = {evil}\n"));
    sandbox.write(".gitattributes", "app/a.yaml filter=evil diff=evil\n*.yaml filter=a=b\n");
    for hook in ["post-checkout", "post-index-change", "fsmonitor-watchman"] {
        sandbox.write_program(&format!("hooks/{hook}"), &format!("#!/bin/sh\n{evil}\n"));
        sandbox.write_program(&format!(".git/hooks/{hook}"), &format!("#!/bin/sh\n{evil}\n"));
    }
    sandbox.write("app/a.yaml", MAP.replace("name: a", "name: b"));
    sandbox
}

#[test]
fn repository_settings_run_no_programs() {
    let sandbox = hostile_repository();
    let affected = run_with_programs(&sandbox, &["affected", "--since", "HEAD", "app"]).succeeds();
    assert_eq!(affected, "app\n");
    let diff = run_with_programs(&sandbox, &["diff", "app", "--since", "HEAD"]);
    assert!(diff.stdout.contains("ConfigMap/b"), "{}{}", diff.stdout, diff.stderr);
    assert!(!sandbox.path("ran").exists());
    // Git alone runs the program.
    git(&sandbox, &["status"]);
    assert!(sandbox.path("ran").exists());
}

#[test]
fn tree_and_graph_stay_in_a_clone() {
    let sandbox = tree_with_outside();
    sandbox.write("repository/kustomization.yaml", "resources: [link, ../../outside, file]\n");
    sandbox.write("outside/kustomization.yaml", "namePrefix: hunter2\n");
    symlink(sandbox.path("outside"), sandbox.path("repository/link")).unwrap();
    symlink(sandbox.path("outside/keep.yaml"), sandbox.path("repository/file")).unwrap();
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a"]] {
        git(&sandbox, &[&["-C", "repository"], arguments].concat());
    }
    let url = format!("file://{}", sandbox.path("repository").display());
    sandbox.write("tree/app/kustomization.yaml", format!("resources: ['{url}', '{url}//link']\n"));
    refuses(&run_in_tree(&sandbox, &["tree", "app", "--fetch"]), "`link` is outside the repository");
    for (flags, message) in [
        (&["--no-remote"][..], "`--no-remote` forbids remote content"),
        (&["--load-root", "."], "may refer to files outside the load roots"),
        (&["--max-fetch-time", "0"], "raise the limit with `--max-fetch-time`"),
        (&["--max-clone-size", "10000"], "raise the limit with `--max-clone-size`"),
    ] {
        for command in ["tree", "graph", "render"] {
            let fetch: &[&str] = if command == "render" { &[] } else { &["--fetch"] };
            refuses(&run_in_tree(&sandbox, &[&[command, "app"], fetch, flags].concat()), message);
        }
    }
    sandbox.write("tree/app/kustomization.yaml", "resources: ['https://evil.test/org/repo']\n");
    for flags in [&["--offline"][..], &["--allow-host", "example.com"]] {
        refuses(&run_in_tree(&sandbox, &[&["tree", "app", "--fetch"], flags].concat()), "evil.test");
    }
}

#[test]
fn bare_repositories_in_the_tree_are_not_used() {
    let sandbox = tree_with_outside();
    let evil = sandbox.path("evil");
    sandbox.write_program("evil", "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
    git(&sandbox, &["init", "--quiet", "--bare", "tree/bare"]);
    let config = format!("[core]\n\tbare = false\n\tworktree = {}\n", sandbox.path("outside").display());
    sandbox.write("tree/bare/config", format!("{config}\tfsmonitor = {0}\n\tsshCommand = {0}\n", evil.display()));
    sandbox.write("tree/bare/kustomization.yaml", GENERATED);
    for arguments in [&["affected", "--since", "HEAD", "bare"][..], &["diff", "bare", "--since", "HEAD"]] {
        let run = run_in_tree(&sandbox, arguments);
        assert!(run.code != 0 && run.stderr.contains("there is no git repository in"), "{}", run.stderr);
    }
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn missing_objects_are_not_fetched() {
    let sandbox = tree_with_outside();
    let evil = sandbox.path("evil");
    sandbox.write_program("evil", "#!/bin/sh\ntouch \"${0%/*}/ran\"\nexit 1\n");
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a"]] {
        git(&sandbox, &[&["-C", "tree"], arguments].concat());
    }
    let blob = git(&sandbox, &["-C", "tree", "rev-parse", "HEAD:app/kustomization.yaml"]);
    fs::remove_file(sandbox.path(&format!("tree/.git/objects/{}/{}", &blob[..2], blob[2..].trim()))).unwrap();
    let config = sandbox.read("tree/.git/config").replace("repositoryformatversion = 0", "repositoryformatversion = 1");
    let remote =
        "[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\tpromisor = true\n\turl = git@localhost:a\n";
    let config = format!("{config}\tsshCommand = {}\n{remote}", evil.display());
    sandbox.write("tree/.git/config", config);
    let run = run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD"]);
    assert!(run.code != 0 && !sandbox.path("ran").exists(), "{}", run.stderr);
}

#[test]
fn local_clones_stay_in_load_roots() {
    let sandbox = tree_with_outside();
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a"]] {
        git(&sandbox, &[&["-C", "outside"], arguments].concat());
    }
    // A repository in the tree that uses the objects of another one outside.
    git(&sandbox, &["init", "--quiet", "--bare", "tree/bare"]);
    sandbox.write("tree/bare/commondir", format!("{}/.git\n", sandbox.path("outside").display()));
    let url = format!("file://{}", sandbox.path("tree/bare").display());
    sandbox.write("tree/app/kustomization.yaml", format!("resources: ['{url}']\n"));
    let run = run_with_programs(&sandbox, &["render", "tree/app", "--load-root", "tree"]);
    run.fails_with("may refer to files outside the load roots");
}

#[test]
fn local_repositories_count_as_remote() {
    let sandbox =
        Sandbox::new(&[("repository/kustomization.yaml", "resources: [a.yaml]\n"), ("repository/a.yaml", MAP)]);
    git(&sandbox, &["-C", "repository", "init", "--quiet"]);
    git(&sandbox, &["-C", "repository", "add", "--all"]);
    git(&sandbox, &["-C", "repository", "commit", "--quiet", "--message", "a"]);
    let url = format!("file://{}", sandbox.path("repository").display());
    sandbox.write("app/kustomization.yaml", format!("resources: ['{url}']\n"));
    let render = |flags: &[&str]| run_with_programs(&sandbox, &[&["render", "app"], flags].concat());
    assert_eq!(render(&["--offline"]).succeeds(), MAP);
    render(&["--no-remote"]).fails_with("`--no-remote` forbids");
}
