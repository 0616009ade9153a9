//! Reading: pipes, links, and files outside of the tree.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use super::{GENERATED, MAP, make_pipe, refuses, run_in_tree, run_with_programs, tree_with_outside};
use crate::sandbox::{Sandbox, git};

#[test]
fn pipes_do_not_hang_a_render() {
    for field in ["resources: [pipe]", "configMapGenerator: [{name: a, files: [pipe]}]", "patches: [{path: pipe}]"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("{field}\n"))]);
        make_pipe(&sandbox, "pipe");
        sandbox.run(&["render"]).fails_with("not a regular file");
    }
    let sandbox = Sandbox::new(&[]);
    make_pipe(&sandbox, "kustomization.yaml");
    sandbox.run(&["render"]).fails_with("not a regular file");
}

#[test]
fn devices_and_sockets_are_not_read() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a.yaml]\n")]);
    symlink("/dev/zero", sandbox.path("a.yaml")).unwrap();
    sandbox.run(&["render", "--load-restrictor", "none"]).fails_with("not a regular file");
    fs::remove_file(sandbox.path("a.yaml")).unwrap();
    let _socket = UnixListener::bind(sandbox.path("a.yaml")).unwrap();
    sandbox.run(&["render"]).fails_with("not a regular file");
}

#[test]
fn pipes_do_not_hang_commands_that_look_for_files() {
    let sandbox = Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n"), ("app/a.yaml", MAP)]);
    make_pipe(&sandbox, "app/pipe.yaml");
    fs::create_dir(sandbox.path("other")).unwrap();
    make_pipe(&sandbox, "other/kustomization.yaml");
    fs::create_dir(sandbox.path("saved")).unwrap();
    make_pipe(&sandbox, "saved/a.yaml");
    assert_eq!(sandbox.run(&["render", "--all", "."]).code, 1);
    assert_eq!(sandbox.run(&["lint", "app"]).code, 0);
    assert_ne!(sandbox.run(&["diff", "saved", "app"]).code, 0);
    assert_ne!(sandbox.run(&["diff", "saved/a.yaml", "app"]).code, 0);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "app/a.yaml", "app/kustomization.yaml"]);
    git(&sandbox, &["commit", "--quiet", "--message", "a"]);
    assert_eq!(run_with_programs(&sandbox, &["affected", "--since", "HEAD", "app"]).code, 0);
    run_with_programs(&sandbox, &["diff", "--since", "HEAD", "app"]).succeeds();
    assert_eq!(sandbox.run(&["snapshot", "app", "--dir", "snapshots", "--update"]).code, 0);
    let snapshot = format!("snapshots/{}", sandbox.list("snapshots").iter().find(|n| n.ends_with(".yaml")).unwrap());
    fs::remove_file(sandbox.path(&snapshot)).unwrap();
    make_pipe(&sandbox, &snapshot);
    assert_ne!(sandbox.run(&["snapshot", "app", "--dir", "snapshots"]).code, 0);
    let mut create = sandbox.command(&["create", "--autodetect"]);
    create.current_dir(sandbox.path("saved"));
    sandbox.finish(create).assert_code(0);
    assert!(!sandbox.read("saved/kustomization.yaml").contains("a.yaml"));
}

#[test]
fn links_are_resolved_before_the_check() {
    let sandbox = Sandbox::new(&[
        ("secret", "root:x"),
        ("app/kustomization.yaml", "configMapGenerator: [{name: a, files: [deep/innocent]}]\n"),
    ]);
    symlink(sandbox.path(""), sandbox.path("app/deep")).unwrap();
    symlink("secret", sandbox.path("innocent")).unwrap();
    sandbox.run(&["render", "app"]).fails_with("security; file '[sandbox]/secret' is not in or below");
}

#[test]
fn a_link_that_keeps_changing_never_leads_out() {
    let sandbox = Sandbox::new(&[
        ("outside", "key: secret\n"),
        ("app/inside", "key: open\n"),
        ("app/kustomization.yaml", "configMapGenerator: [{name: a, files: [link]}]\n"),
    ]);
    let (link, next) = (sandbox.path("app/link"), sandbox.path("app/next"));
    symlink("inside", &link).unwrap();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                for target in ["../outside", "inside"] {
                    symlink(target, &next).unwrap();
                    fs::rename(&next, &link).unwrap();
                }
            }
        });
        for _ in 0..50 {
            let run = sandbox.run(&["render", "app"]);
            assert!(!run.stdout.contains("secret"), "{}", run.stdout);
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn load_roots_confine_files_and_bases() {
    let sandbox = Sandbox::new(&[
        ("tree/shared/map.yaml", MAP),
        ("tree/base/kustomization.yaml", "namePrefix: x-\nresources: [../shared/map.yaml]\n"),
        ("tree/app/kustomization.yaml", "resources: [../base]\n"),
        ("tree/file/kustomization.yaml", "resources: [../../elsewhere/map.yaml]\n"),
        ("tree/outer/kustomization.yaml", "resources: [../../elsewhere]\n"),
        ("tree/linked/kustomization.yaml", "resources: [link]\n"),
        ("elsewhere/map.yaml", MAP),
        ("elsewhere/kustomization.yaml", "resources: [map.yaml]\n"),
    ]);
    symlink("../../elsewhere", sandbox.path("tree/linked/link")).unwrap();
    sandbox.run(&["render", "tree/app"]).fails_with("security; file");
    let output = sandbox.run(&["render", "tree/app", "--load-root", "tree"]).succeeds();
    assert!(output.contains("name: x-a"), "{output}");
    for target in ["tree/file", "tree/outer", "tree/linked", "elsewhere"] {
        sandbox.run(&["render", target, "--load-root", "tree"]).fails_with("is outside all load roots");
        sandbox.run(&["render", target, "--load-root", "tree", "--load-root", "elsewhere"]).succeeds();
    }
    assert_eq!(sandbox.run(&["render", "tree", "--load-root", "nowhere"]).code, 2);
}

#[test]
fn load_roots_confine_earlier_revisions() {
    let sandbox = Sandbox::new(&[
        ("tree/app/kustomization.yaml", "resources: [../map.yaml]\n"),
        ("tree/map.yaml", MAP),
        ("secret.yaml", MAP),
    ]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "--all"]);
    git(&sandbox, &["commit", "--quiet", "--message", "a"]);
    // The repository itself may be read, but nothing else in its directory.
    let diff = ["diff", "tree/app", "--since", "HEAD", "--load-root", "tree", "--load-root", ".git"];
    run_with_programs(&sandbox, &diff).succeeds();
    sandbox.write("tree/app/kustomization.yaml", "resources: [../../secret.yaml]\n");
    git(&sandbox, &["commit", "--quiet", "--all", "--message", "b"]);
    sandbox.write("tree/app/kustomization.yaml", "resources: [../map.yaml]\n");
    let run = run_with_programs(&sandbox, &diff);
    assert!(run.stderr.contains("secret.yaml' is outside all load roots"), "{}", run.stderr);
}

#[test]
fn large_files_are_refused() {
    let sandbox = Sandbox::with_manifest(MAP);
    // The manifest is larger than 40 bytes, and the kustomization file larger than 10.
    for size in ["40", "10"] {
        let message = sandbox.run(&["render", "--max-file-size", size]).fails();
        assert!(
            message.contains("error[limit-exceeded]") && message.contains("raise the limit with `--max-file-size`"),
            "{message}"
        );
    }
    for flag in ["--max-file-size", "--max-resource-memory"] {
        assert_eq!(sandbox.run(&["render", flag, "4294967296"]).code, 2);
    }
    fs::File::create(sandbox.path("a.yaml")).unwrap().set_len(1 << 40).unwrap();
    sandbox.run(&["render"]).fails_with("file size limit exceeded: larger than 1073741824 bytes");
}

#[test]
fn a_linked_kustomization_is_not_read() {
    let sandbox = tree_with_outside();
    let file = sandbox.path("tree/app/kustomization.yaml");
    fs::remove_file(&file).unwrap();
    symlink("../../outside/secret", &file).unwrap();
    for command in ["render", "tree", "graph", "inputs", "localize"] {
        refuses(&run_in_tree(&sandbox, &[command, "app"]), "unable to find one of");
    }
    for edit in [&["edit", "set", "namespace", "x"][..], &["edit", "fix"]] {
        let mut command = sandbox.command(edit);
        command.current_dir(sandbox.path("tree/app"));
        refuses(&sandbox.finish(command), "is a symbolic link to [sandbox]/outside/secret");
    }
    assert_eq!(sandbox.read("outside/secret"), "root:hunter2\n");
}

#[test]
fn linked_manifests_are_not_read() {
    let sandbox = tree_with_outside();
    fs::create_dir(sandbox.path("tree/snapshots")).unwrap();
    symlink("../../outside/secret", sandbox.path("tree/snapshots/app.yaml")).unwrap();
    refuses(&run_in_tree(&sandbox, &["snapshot", "."]), "snapshots/app.yaml leads out of snapshots");
    refuses(&run_in_tree(&sandbox, &["diff", "snapshots", "app"]), "snapshots/app.yaml leads out of snapshots");
    sandbox.write("outside/kept.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: hunter2}\n");
    symlink("../../outside/kept.yaml", sandbox.path("tree/app/unused.yaml")).unwrap();
    let lint = run_in_tree(&sandbox, &["lint", "."]);
    assert!(!lint.stdout.contains("unused.yaml"), "{}", lint.stdout);
}

#[test]
fn credentials_of_git_are_not_read() {
    let sandbox = Sandbox::new(&[]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["config", "http.extraHeader", "AUTHORIZATION: hunter2"]);
    for flags in [&[][..], &["--load-restrictor", "none"], &["--load-root", "."]] {
        sandbox.write("kustomization.yaml", "configMapGenerator: [{name: a, files: [.git/config]}]\n");
        let mut command = sandbox.command(&["render"]);
        command.args(flags);
        refuses(&sandbox.finish(command), "it belongs to git and may contain credentials");
    }
}

/// A tree with targets that cannot be read, and one that can.
fn with_unreadable_targets() -> Sandbox {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox =
        Sandbox::new(&[("tree/good/kustomization.yaml", GENERATED), ("tree/locked/kustomization.yaml", GENERATED)]);
    let not_utf8 = sandbox.path("tree").join(std::ffi::OsStr::from_bytes(b"\xff"));
    fs::create_dir(&not_utf8).unwrap();
    fs::write(not_utf8.join("kustomization.yaml"), GENERATED).unwrap();
    // Deeper than the longest path that the system accepts.
    let script = "cd tree; for i in $(seq 25); do mkdir \"$0\" && cd \"$0\" || exit 1; done; echo > kustomization.yaml";
    let mut deep = std::process::Command::new("bash");
    let made = deep.args(["-c", script, &"x".repeat(200)]).current_dir(sandbox.path("")).status();
    assert!(made.expect("the tests need bash").success());
    sandbox
}

#[test]
fn unreadable_targets_do_not_stop_the_others() {
    let sandbox = with_unreadable_targets();
    let locked = sandbox.path("tree/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    for name in [".", "tree"] {
        fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o777)).unwrap();
    }
    let commands: [&[&str]; 6] = [
        &["render", "--all", "tree"],
        &["render", "--all", "tree", "--output-dir", "out", "--prune"],
        &["render", "--all", "--include-bases", "tree", "--message-format", "json"],
        &["lint", "tree"],
        &["snapshot", "tree", "--update"],
        &["snapshot", "tree"],
    ];
    for command in commands {
        let run = super::output::run_as_nobody(&sandbox, command);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, if command[0] == "snapshot" { 2 } else { 1 }, "{command:?}: {text}");
        assert!(text.contains("locked: Permission denied"), "{command:?}: {text}");
        assert!(text.contains("is not valid UTF-8"), "{command:?}: {text}");
        assert!(text.contains("File name too long"), "{command:?}: {text}");
        assert!(!text.contains("good: "), "{command:?}: {text}");
    }
    assert!(sandbox.path("out/good.yaml").exists() && sandbox.path("snapshots/good.yaml").exists());
    // Files of targets that cannot be read are not stale.
    sandbox.write("snapshots/locked.yaml", "kind: Kept\n");
    sandbox.write("snapshots/.boutique-files", "good.yaml\nlocked.yaml\n");
    fs::set_permissions(sandbox.path("snapshots/.boutique-files"), fs::Permissions::from_mode(0o666)).unwrap();
    let run = super::output::run_as_nobody(&sandbox, &["snapshot", "tree", "--update"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(sandbox.path("snapshots/locked.yaml").exists());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn unreadable_directories_do_not_hide_affected_targets() {
    let sandbox = with_unreadable_targets();
    sandbox.write("base.txt", "");
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "base.txt"]);
    git(&sandbox, &["commit", "--quiet", "-m", "base"]);
    let run = super::run_with_programs(&sandbox, &["affected", "--since", "HEAD", "tree"]);
    // git itself may refuse what it cannot read.
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("tree/good") || run.stderr.contains("git"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_target_without_a_file_name_does_not_stop_the_others() {
    let sandbox = Sandbox::new(&[("good/kustomization.yaml", GENERATED), ("a\nb/kustomization.yaml", GENERATED)]);
    let long = "x".repeat(252);
    sandbox.write(&format!("{long}/kustomization.yaml"), GENERATED);
    let run = sandbox.run(&["render", "--all", "--output-dir", "out"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("contains a line break") && run.stderr.contains("File name too long"),
        "{}",
        run.stderr
    );
    assert!(sandbox.path("out/good.yaml").exists());
}
