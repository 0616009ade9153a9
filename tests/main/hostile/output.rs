//! Writing: output directories and files.

use std::fs;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{GENERATED, MAP, make_pipe, refuses, run_in_tree, tree_with_outside};
use crate::background::BackgroundProcess;
use crate::sandbox::{Run, Sandbox, search_path};

#[test]
fn output_stays_in_its_directory() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/deep/app/kustomization.yaml", GENERATED);
    for (command, directory) in
        [(&["snapshot", "--update", "."][..], "snapshots"), (&["render", "--all", ".", "--output-dir", "out"], "out")]
    {
        fs::create_dir(sandbox.path(&format!("tree/{directory}"))).unwrap();
        let link = sandbox.path(&format!("tree/{directory}/deep"));
        symlink("../../outside", &link).unwrap();
        refuses(&run_in_tree(&sandbox, command), "through a symbolic link");
        fs::remove_file(&link).unwrap();
        // The list of earlier files is not trusted either.
        symlink("../../outside", sandbox.path(&format!("tree/{directory}/more"))).unwrap();
        sandbox.write(&format!("tree/{directory}/.boutique-files"), "more/keep.yaml\n../../outside/keep.yaml\n");
        let prune: &[&str] = if directory == "out" { &["--prune"] } else { &[] };
        assert_eq!(run_in_tree(&sandbox, &[command, prune].concat()).code, 0);
        assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
        fs::remove_dir_all(sandbox.path(&format!("tree/{directory}"))).unwrap();
    }
    symlink("../outside", sandbox.path("tree/snapshots")).unwrap();
    refuses(
        &run_in_tree(&sandbox, &["snapshot", "--update", "."]),
        "./snapshots leads out of . through a symbolic link",
    );
    assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
}

#[test]
fn pipes_in_output_directories_are_replaced() {
    let sandbox = tree_with_outside();
    fs::create_dir_all(sandbox.path("tree/snapshots")).unwrap();
    make_pipe(&sandbox, "tree/snapshots/app.yaml");
    assert_eq!(run_in_tree(&sandbox, &["snapshot", "--update", "."]).code, 0);
    sandbox.write("tree/app/kustomization.yaml", "resources: [a.yaml]\n");
    sandbox.write("tree/app/a.yaml", MAP);
    fs::create_dir(sandbox.path("tree/out")).unwrap();
    make_pipe(&sandbox, "tree/out/v1_configmap_a.yaml");
    run_in_tree(&sandbox, &["render", "app", "-o", "out"]).succeeds();
    assert_eq!(sandbox.read("tree/out/v1_configmap_a.yaml"), MAP);
}

#[test]
fn resource_names_stay_in_the_output_directory() {
    for name in ["../x", "/x", "a/../../x", "\"a\\nb\"", "\"a\\e[2J\"", "\"a\\0\""] {
        let sandbox = Sandbox::with_manifest(format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"));
        fs::create_dir(sandbox.path("out")).unwrap();
        assert_eq!(sandbox.run(&["render", "-o", "out"]).code, 1, "{name}");
        assert!(sandbox.list("out").is_empty(), "{name}");
    }
    let manifest = format!("{MAP}---\n{}", MAP.replace("name: a", "name: A"));
    let sandbox = Sandbox::with_manifest(manifest);
    fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.run(&["render", "-o", "out"]).fails_with("two resources would be written to `v1_configmap_a.yaml`");
    assert!(sandbox.list("out").is_empty());
}

#[test]
fn private_files_stay_private_while_written() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/out.yaml", "");
    fs::set_permissions(sandbox.path("tree/out.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    // The temporary file has to have the permissions of the old one.
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut modes = Vec::new();
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let entries = fs::read_dir(sandbox.path("tree")).unwrap().filter_map(Result::ok);
                let temporary = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"));
                modes.extend(temporary.filter_map(|entry| Some(entry.metadata().ok()?.permissions().mode() & 0o777)));
            }
            modes
        });
        for _ in 0..20 {
            run_in_tree(&sandbox, &["render", "app", "-o", "out.yaml"]).succeeds();
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(watcher.join().unwrap().iter().all(|mode| *mode == 0o600));
    });
    assert_eq!(fs::metadata(sandbox.path("tree/out.yaml")).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Exchanges two directory entries.
fn exchange(a: &Path, b: &Path) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::renameat_with(rustix::fs::CWD, a, rustix::fs::CWD, b, rustix::fs::RenameFlags::EXCHANGE);
    #[cfg(not(target_os = "linux"))]
    {
        let kept = a.with_file_name("kept");
        // Each of them may find another entry in place, as the program creates it again.
        let _ = fs::rename(a, &kept);
        let _ = fs::rename(b, a);
        let _ = fs::rename(&kept, b);
    }
}

#[test]
fn directories_exchanged_for_links_do_not_lead_out() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/a/b/kustomization.yaml", GENERATED);
    sandbox.write("tree/a/c/kustomization.yaml", GENERATED);
    let commands =
        [&["render", "--all", ".", "--output-dir", "out", "--prune", "-q"][..], &["snapshot", "--update", "."]];
    for (command, directory) in commands.into_iter().zip(["out", "snapshots"]) {
        let path = |name: &str| sandbox.path(&format!("tree/{directory}{name}"));
        fs::create_dir_all(path("/a")).unwrap();
        symlink("../../outside", path("/link")).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    exchange(&path("/a"), &path("/link"));
                }
            });
            for _ in 0..60 {
                let _ = run_in_tree(&sandbox, command);
                // A file that is unchanged is not written.
                let _ = fs::remove_file(path("/a/b.yaml"));
                let _ = fs::remove_file(path("/link/b.yaml"));
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"], "{command:?}");
        fs::remove_dir_all(path("")).unwrap();
    }
}

#[test]
fn links_that_stay_in_the_directory_are_followed() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/deep/app/kustomization.yaml", GENERATED);
    let absolute = sandbox.path("tree/out/real").to_str().unwrap().to_string();
    for destination in ["real", "./real/", "x/../real", "../out/real", &absolute] {
        fs::create_dir_all(sandbox.path("tree/out/real")).unwrap();
        fs::create_dir_all(sandbox.path("tree/out/x")).unwrap();
        symlink(destination, sandbox.path("tree/out/deep")).unwrap();
        let run = run_in_tree(&sandbox, &["render", "--all", ".", "--output-dir", "out"]);
        // A path through the parent directory leaves the directory, even if it comes back.
        let is_inside = destination != "../out/real";
        assert_eq!(run.code, i32::from(!is_inside), "{destination}: {}", run.stderr);
        assert_eq!(sandbox.path("tree/out/real/app.yaml").exists(), is_inside, "{destination}");
        fs::remove_dir_all(sandbox.path("tree/out")).unwrap();
    }
    for destination in ["loop", "../..", "/", "real/../../../outside", "../../outside"] {
        fs::create_dir_all(sandbox.path("tree/out/real")).unwrap();
        symlink(destination, sandbox.path("tree/out/deep")).unwrap();
        symlink("loop", sandbox.path("tree/out/loop")).unwrap();
        run_in_tree(&sandbox, &["render", "--all", ".", "--output-dir", "out"]).assert_code(1);
        fs::remove_dir_all(sandbox.path("tree/out")).unwrap();
    }
    assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
    assert_eq!(sandbox.list("tree"), ["app", "deep"]);
}

#[test]
fn a_link_that_is_named_as_output_is_replaced() {
    let sandbox = tree_with_outside();
    fs::set_permissions(sandbox.path("outside/secret"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("../outside/secret", sandbox.path("tree/link.yaml")).unwrap();
    symlink("nowhere", sandbox.path("tree/dangling.yaml")).unwrap();
    for name in ["link.yaml", "dangling.yaml"] {
        run_in_tree(&sandbox, &["render", "app", "-o", name]).succeeds();
        let metadata = sandbox.path(&format!("tree/{name}")).symlink_metadata().unwrap();
        assert!(metadata.is_file(), "{name}");
        // The new file is not more accessible than the one that the link led to.
        assert!(name != "link.yaml" || metadata.permissions().mode() & 0o077 == 0);
    }
    assert_eq!(sandbox.read("outside/secret"), "root:hunter2\n");
    // What is open already is written to.
    for path in ["/proc/self/fd/1", "/dev/fd/1", "/dev/stdout"] {
        let mut command = sandbox.command(&["render", "tree/app", "-o", path]);
        command.stdout(fs::File::create(sandbox.path("stdout")).unwrap());
        assert!(command.status().unwrap().success(), "{path}");
        assert!(sandbox.read("stdout").contains("kind: ConfigMap"), "{path}");
    }
    run_in_tree(&sandbox, &["render", "app", "-o", "/dev/null"]).succeeds();
}

#[test]
fn edits_keep_owner_and_permissions() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", GENERATED)]);
    let file = sandbox.path("kustomization.yaml");
    // Only root can give a file away.
    let _ = std::os::unix::fs::chown(&file, Some(65534), Some(65534));
    for mode in [0o600, 0o640, 0o664, 0o4755] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let before = file.metadata().unwrap();
        sandbox.run(&["edit", "set", "nameprefix", &format!("m{mode}-")]).assert_code(0);
        let after = file.metadata().unwrap();
        assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
        assert!(sandbox.read("kustomization.yaml").contains(&format!("m{mode}-")));
    }
}

/// Runs a command as a user who may not write everywhere.
pub fn run_as_nobody(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    use std::os::unix::process::CommandExt as _;
    let mut command = sandbox.command(arguments);
    command.env("TMPDIR", "/tmp").env("PATH", search_path());
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        let root = sandbox.path("").parent().unwrap().to_path_buf();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        command.uid(65534).gid(65534);
    }
    sandbox.finish(command)
}

#[test]
fn files_that_cannot_be_replaced_are_written_in_place() {
    let sandbox = Sandbox::new(&[
        ("d/kustomization.yaml", GENERATED),
        ("d/out.yaml", "a much longer text than the output: it is cut off\n"),
    ]);
    let set = |name: &str, mode| fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
    set("d/out.yaml", 0o666);
    set("d/kustomization.yaml", 0o666);
    set("d", 0o555);
    let inode = fs::metadata(sandbox.path("d/out.yaml")).unwrap().ino();
    run_as_nobody(&sandbox, &["render", "d", "-o", "d/out.yaml"]).assert_code(0);
    assert_eq!(sandbox.read("d/out.yaml"), sandbox.run(&["render", "d"]).succeeds());
    run_as_nobody(&sandbox, &["render", "--all", "d", "--output-dir", "d/new"]).assert_code(1);
    run_as_nobody(&sandbox, &["edit", "fix", "d"]).assert_code(0);
    assert_eq!(fs::metadata(sandbox.path("d/out.yaml")).unwrap().ino(), inode);
    // A file that may not be written either keeps its content.
    set("d/out.yaml", 0o444);
    sandbox.write("d/kustomization.yaml", "namePrefix: b-\nconfigMapGenerator: [{name: a}]\n");
    let before = sandbox.read("d/out.yaml");
    let run = run_as_nobody(&sandbox, &["render", "d", "-o", "d/out.yaml"]);
    assert!(run.code == 1 && run.stderr.contains("cannot write d/out.yaml"), "{}", run.stderr);
    assert_eq!(sandbox.read("d/out.yaml"), before);
    set("d", 0o755);
    assert_eq!(sandbox.list("d"), ["kustomization.yaml", "out.yaml"]);
}

#[test]
fn mounted_files_are_written_in_place() {
    let sandbox = Sandbox::new(&[
        ("t/kustomization.yaml", GENERATED),
        ("out.yaml", ""),
        ("real.yaml", "old\n"),
        ("k.yaml", GENERATED),
    ]);
    let script = "mount --bind real.yaml out.yaml && mount --bind k.yaml t/kustomization.yaml || exit 99\n\
        \"$PROGRAM\" build t -o out.yaml && cd t && exec \"$PROGRAM\" edit set nameprefix a-";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script]).current_dir(sandbox.path("")).env("PROGRAM", crate::sandbox::PROGRAM);
    let Ok(output) = command.output() else { return };
    // Mounts need privileges that not every machine grants.
    if matches!(output.status.code(), Some(99)) || String::from_utf8_lossy(&output.stderr).contains("unshare") {
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(sandbox.read("real.yaml").contains("kind: ConfigMap") && sandbox.read("out.yaml").is_empty());
    assert!(sandbox.read("k.yaml").contains("namePrefix: a-"));
}

#[test]
fn a_standard_output_that_does_not_block_gets_everything() {
    let manifest = format!("{MAP}data:\n  a: {}\n", "x".repeat(1 << 21));
    let sandbox = Sandbox::with_manifest(manifest);
    sandbox.write("broken/kustomization.yaml", format!("resources: ['{}']\n", "x".repeat(1 << 20)));
    for (arguments, to_stderr) in
        [(&["render"][..], false), (&["lint", "broken"], false), (&["render", "broken"], true)]
    {
        let (mut reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let mut command = sandbox.command(arguments);
        let stream = Stdio::from(OwnedFd::from(writer));
        if to_stderr {
            command.stderr(stream)
        } else {
            command.stdout(stream)
        };
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(i32::from(arguments != ["render"])));
        assert!(read.len() > 1 << 20, "{arguments:?}: {} bytes", read.len());
    }
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    for signal in ["HUP", "INT", "TERM"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", "helmCharts: [{name: a, repo: 'https://localhost:1'}]\n")]);
        let mut background = BackgroundProcess::new(&sandbox);
        sandbox.write_program("helm", &format!("#!/bin/sh\n{}wait\n", background.script()));
        let script = format!("trap '' {signal}; exec \"$PROGRAM\" render --enable-helm --helm-command ./helm");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(sandbox.path("")).env("PROGRAM", crate::sandbox::PROGRAM);
        command.env("TMPDIR", sandbox.temporary()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        background.wait_until_started(&mut child);
        let send = |signal: &str| {
            let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
            assert!(sent.unwrap().success());
        };
        send(signal);
        // The ignored signal would have come first.
        send(if signal == "INT" { "TERM" } else { "INT" });
        let status = child.wait().unwrap();
        let expected = if signal == "INT" { 15 } else { 2 };
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(expected), "{signal}");
        background.assert_killed();
    }
}
