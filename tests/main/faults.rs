//! Failures of the system: full disks, missing permissions, files that come and go, and kills at any moment. Nothing is
//! lost, no file is ever half written, and every failure is reported.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sandbox::{PROGRAM, Sandbox, command, search_path};

/// The number of times a run is killed, each time at a different moment.
const ATTEMPTS: u32 = 20;

/// Creates a sandbox with a target `app` that has an image and prints more than a pipe holds.
fn large_sandbox() -> Sandbox {
    let sandbox = Sandbox::new(&[
        (
            "app/kustomization.yaml",
            "# What runs.\nresources: [pod.yaml, all.yaml]\nimages:\n- name: web\n  newTag: \"0\"\n",
        ),
        (
            "app/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web}]}\n",
        ),
    ]);
    let text = "x".repeat(2000);
    let manifest = |number| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{number}}}\ndata: {{text: {text}}}\n")
    };
    sandbox.write("empty/none.yaml", "");
    sandbox.write("app/all.yaml", (0..60).map(manifest).collect::<Vec<_>>().join("---\n"));
    sandbox
}

/// Command lines that print to standard output.
const PRINTING: [&[&str]; 19] = [
    &["build", "app"],
    &["build", "--all", "app", "-q"],
    &["tree", "app"],
    &["tree", "app", "--format", "json"],
    &["graph", "app"],
    &["graph", "app", "--format", "html"],
    &["graph", "app", "--resources", "--format", "svg"],
    &["inputs", "app"],
    &["inputs", "app", "--format", "json"],
    &["explain", "app"],
    &["explain", "app", "pod/web", "spec"],
    &["explain", "no-target"],
    &["diff", "empty", "app"],
    &["diff", "empty", "app", "--format", "html"],
    &["diff", "empty", "app", "--format", "unified"],
    &["snapshot", "app"],
    &["lint", "app", "--format", "sarif", "-q"],
    &["version"],
    &["man"],
];

/// The commands whose exit code shows whether there is a difference.
const COMPARING: [&str; 2] = ["diff", "snapshot"];

fn command_in(sandbox: &Sandbox, directory: &str, arguments: &[&str]) -> Command {
    let mut command = command(&sandbox.path(directory));
    command.args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that a run failed with an error message, and returns it.
#[track_caller]
fn message(output: &Output) -> String {
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{} {messages}", output.status);
    assert!(messages.contains("error"), "{messages}");
    messages
}

// ---- full disks and closed pipes ----

#[test]
fn a_full_device_is_an_error() {
    let sandbox = large_sandbox();
    for arguments in PRINTING {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command_in(&sandbox, ".", arguments).stdout(full).output().unwrap();
        let code = if COMPARING.contains(&arguments[0]) { 2 } else { 1 };
        let messages = text(&output.stderr);
        assert!(messages.contains("error: cannot write to standard output"), "{arguments:?}: {messages}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {messages}");
    }
    for arguments in [&["graph", "app"][..], &["diff", "empty", "app"], &["snapshot", "app"]] {
        let output = command_in(&sandbox, ".", arguments).args(["-o", "/dev/full"]).output().unwrap();
        let messages = text(&output.stderr);
        assert!(
            messages.contains("cannot write /dev/full") && output.status.code() != Some(0),
            "{arguments:?}: {messages}"
        );
    }
    let output = command_in(&sandbox, ".", &["build", "app", "-o", "/dev/full"]).output().unwrap();
    assert!(message(&output).contains("cannot write /dev/full"));
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    let sandbox = large_sandbox();
    fs::create_dir(sandbox.path("full")).unwrap();
    let script = "mount -t tmpfs -o size=64k tmpfs full || exit 99\n\
        echo old >full/out.yaml\n\
        \"$0\" build app -o full/out.yaml; echo \"code $?\"\n\
        \"$0\" build --all app --output-dir full -q; echo \"code $?\"\n\
        \"$0\" snapshot app --dir full --update; echo \"code $?\"\n\
        \"$0\" diff empty app --format html -o full/out.yaml; echo \"code $?\"\n\
        \"$0\" localize app full/copy; echo \"code $?\"\n\
        cat full/out.yaml; ls -A full\n\
        printf 'resources: [a]\\n' >full/kustomization.yaml\n\
        cp app/pod.yaml full/p.yaml; cat /dev/zero >full/rest 2>/dev/null\n\
        cd full && for edit in 'add resource p.yaml' 'set namespace x' 'fix --no-verify'; do\n\
            \"$0\" edit $edit; echo \"code $?\"; done; cat kustomization.yaml\n\
        \"$0\" graph ../app -o out.svg; echo \"code $?\"\n\
        rm kustomization.yaml; cat /dev/zero >rest2 2>/dev/null; \"$0\" create; echo \"code $?\"; ls -A";
    let Some(output) = in_namespace(&sandbox, script) else { return };
    let messages = text(&output.stderr);
    let expected = "code 1\ncode 1\ncode 2\ncode 2\ncode 1\nold\nout.yaml\n\
        code 1\ncode 1\ncode 1\nresources: [a]\ncode 1\ncode 1\nout.yaml\np.yaml\nrest\nrest2\n";
    assert_eq!(text(&output.stdout), expected, "{messages}");
    assert_eq!(messages.matches("No space left on device").count(), 10, "{messages}");
}

#[test]
fn a_read_only_disk_is_an_error() {
    let sandbox = large_sandbox();
    let before = sandbox.read("app/kustomization.yaml");
    let script = "mount --bind app app && mount -o remount,bind,ro app || exit 99\n\
        \"$0\" build app -o app/out.yaml; echo \"code $?\"\n\
        \"$0\" build --all app --output-dir app/out; echo \"code $?\"\n\
        \"$0\" snapshot app --dir app/out --update; echo \"code $?\"\n\
        \"$0\" localize app app/copy; echo \"code $?\"\n\
        \"$0\" graph app -o app/out.svg; echo \"code $?\"\n\
        \"$0\" diff empty app -o app/out.diff; echo \"code $?\"\n\
        cd app && \"$0\" edit set image web:1; echo \"code $?\"\n\
        \"$0\" edit fix --no-verify; echo \"code $?\"";
    let Some(output) = in_namespace(&sandbox, script) else { return };
    let messages = text(&output.stderr);
    assert_eq!(messages.matches("Read-only file system").count(), 8, "{messages}");
    assert_eq!(text(&output.stdout), "code 1\ncode 1\ncode 2\ncode 1\ncode 1\ncode 2\ncode 1\ncode 1\n", "{messages}");
    assert_eq!(sandbox.read("app/kustomization.yaml"), before);
}

/// Runs a script that may mount, in namespaces of its own; `$0` is the program. Returns `None` if that is not allowed.
fn in_namespace(sandbox: &Sandbox, script: &str) -> Option<Output> {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, PROGRAM]).current_dir(sandbox.path("."));
    command.env_clear().env("PATH", search_path()).stdin(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.code() != Some(99));
    let output = output.filter(|output| !text(&output.stderr).starts_with("unshare:"));
    if output.is_none() {
        println!("skipped: nothing can be mounted here");
    }
    output
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let sandbox = large_sandbox();
    for arguments in PRINTING {
        let undisturbed = command_in(&sandbox, ".", arguments).output().unwrap().status.code();
        let mut stopped = command_in(&sandbox, ".", arguments);
        let mut stopped = stopped.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(stopped.stdout.take());
        let output = stopped.wait_with_output().unwrap();
        let messages = text(&output.stderr)
            .replace("help: to accept the changes, run `boutique snapshot --update` with the same arguments\n", "");
        assert_eq!((output.status.code(), messages), (undisturbed, String::new()), "{arguments:?}");
    }
}

#[test]
fn closed_output_and_error_streams_are_harmless() {
    let sandbox = large_sandbox();
    for arguments in [
        &["build", "nowhere"][..],
        &["lint", "nowhere"],
        &["diff", "nowhere", "app"],
        &["edit", "fix", "nowhere"],
        &["build"],
        &["--what"],
    ] {
        let expected = command_in(&sandbox, ".", arguments).output().unwrap().status.code();
        let mut closed = Command::new("sh");
        closed.args(["-c", "exec \"$0\" \"$@\" >&- 2>&-", PROGRAM]).args(arguments);
        closed.current_dir(sandbox.path(".")).env_clear().stdin(Stdio::null());
        assert_eq!(closed.status().unwrap().code(), expected, "{arguments:?}");
    }
}

// ---- permissions ----

#[test]
fn permission_errors_name_the_file() {
    let sandbox = large_sandbox();
    sandbox.write("out/out.yaml", "old\n");
    for (path, mode) in [(".", 0o755), ("..", 0o755), ("app", 0o755), ("out", 0o555)] {
        fs::set_permissions(sandbox.path(path), Permissions::from_mode(mode)).unwrap();
    }
    if !as_nobody(&sandbox, &["build", "app"]).is_some_and(|output| output.status.success()) {
        println!("skipped: the program cannot be run as another user here");
        return;
    }
    let refused = |arguments: &[&str]| message(&as_nobody(&sandbox, arguments).expect("it ran before"));
    assert!(refused(&["build", "app", "-o", "out/out.yaml"]).contains("cannot write out/out.yaml: Permission denied"));
    assert_eq!(sandbox.list("out"), ["out.yaml"]);
    assert_eq!(sandbox.read("out/out.yaml"), "old\n");
    assert!(refused(&["build", "--all", "app", "--output-dir", "out/new"]).contains("cannot create out/new"));
    for (path, name) in [("app/all.yaml", "all.yaml"), ("app/kustomization.yaml", "app"), ("app", "app")] {
        let mode = fs::metadata(sandbox.path(path)).unwrap().permissions();
        fs::set_permissions(sandbox.path(path), Permissions::from_mode(0o000)).unwrap();
        let messages = refused(&["build", "app"]);
        assert!(messages.contains("Permission denied") && messages.contains(name), "{messages}");
        fs::set_permissions(sandbox.path(path), mode).unwrap();
    }
}

/// Runs the program as a user without permissions. Returns `None` if that is not possible.
fn as_nobody(sandbox: &Sandbox, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM]).args(arguments);
    command.current_dir(sandbox.path(".")).env_clear().env("PATH", search_path()).stdin(Stdio::null());
    command.output().ok()
}

// ---- files that come and go ----

#[test]
fn files_that_come_and_go_are_present_or_missing() {
    let sandbox = Sandbox::new(&[]);
    for target in 0..20 {
        sandbox.write(&format!("all/{target}/kustomization.yaml"), "resources: [a.yaml]\nnamePrefix: b-\n");
        sandbox.write(&format!("all/{target}/a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for (there, away) in
                    [("all/1", "gone"), ("all/2/a.yaml", "gone.yaml"), ("all/3/kustomization.yaml", "k")]
                {
                    fs::rename(sandbox.path(there), sandbox.path(away)).unwrap();
                    std::thread::yield_now();
                    fs::rename(sandbox.path(away), sandbox.path(there)).unwrap();
                }
            }
        });
        let runs = (0..ATTEMPTS).map(|_| command_in(&sandbox, ".", &["build", "--all", "all", "-q"]).output().unwrap());
        let runs: Vec<Output> = runs.collect();
        is_over.store(true, Ordering::Relaxed);
        for output in runs {
            match output.status.code() {
                // A target that is gone before the search finds it is not rendered.
                Some(0) => assert!(text(&output.stdout).matches("name: b-a").count() >= 18),
                _ => drop(message(&output)),
            }
        }
    });
}

// ---- signals ----

#[test]
fn signals_do_not_interrupt_reading() {
    let sandbox = large_sandbox();
    let rendered = command_in(&sandbox, ".", &["build", "app"]).output().unwrap().stdout;
    let mut run = command_in(&sandbox, ".", &["diff", "-", "app"]);
    let mut run = run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = run.stdin.take().unwrap();
    for part in rendered.chunks(rendered.len() / 20) {
        stdin.write_all(part).unwrap();
        for signal in ["-WINCH", "-STOP", "-CONT"] {
            assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
        }
    }
    drop(stdin);
    let output = run.wait_with_output().unwrap();
    let unchanged = "0 added, 0 changed, 0 removed, 61 unchanged
";
    assert_eq!((output.status.code(), &*text(&output.stdout), &*text(&output.stderr)), (Some(0), unchanged, ""));
}

/// Runs a command several times, and kills it a little later each time; the last ones finish. The duration is measured in
/// polls of the process, not with a clock.
fn kill_at_all_moments(run: impl Fn(u32) -> Command, mut check: impl FnMut(u32)) {
    let quiet = |attempt| {
        let mut run = run(attempt);
        run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut first = quiet(0);
    let looks = looks_until_end(&mut first, u32::MAX);
    assert!(first.wait().unwrap().success());
    check(0);
    for attempt in 1..ATTEMPTS {
        let mut child = quiet(attempt);
        looks_until_end(&mut child, looks / ATTEMPTS * 2 * attempt);
        // It may have ended already.
        let _ = child.kill();
        child.wait().unwrap();
        check(attempt);
    }
}

/// Polls a child until it has ended, at most this often, and returns the number of polls.
fn looks_until_end(child: &mut Child, limit: u32) -> u32 {
    let mut looks = 0;
    while looks < limit && child.try_wait().unwrap().is_none() {
        looks += 1;
        std::thread::yield_now();
    }
    looks
}

#[test]
fn a_killed_render_leaves_the_old_file_or_the_new_one() {
    let sandbox = large_sandbox();
    let new = text(&command_in(&sandbox, ".", &["build", "app"]).output().unwrap().stdout);
    let old = "old: content\n";
    let mut replaced = 0;
    kill_at_all_moments(
        |_| command_in(&sandbox, ".", &["build", "app", "-o", "out.yaml"]),
        |attempt| {
            let found = sandbox.read("out.yaml");
            assert!(found == new || found == old, "attempt {attempt} leaves {} bytes", found.len());
            replaced += u32::from(found == new);
            sandbox.write("out.yaml", old);
        },
    );
    assert!(replaced > 0);
}

#[test]
fn a_killed_render_leaves_whole_files_in_a_directory() {
    let sandbox = large_sandbox();
    for (flags, out) in [(&["--all", "--output-dir"][..], "targets"), (&["-o"], "resources")] {
        fs::create_dir(sandbox.path(out)).unwrap();
        let arguments: Vec<&str> = ["build", "app"].iter().chain(flags).copied().chain([out]).collect();
        let written = command_in(&sandbox, ".", &arguments).output().unwrap();
        assert!(written.status.success(), "{}", text(&written.stderr));
        let new: Vec<(String, String)> = yaml_files(&sandbox, out);
        assert!(!new.is_empty());
        let change_all = || new.iter().for_each(|(name, _)| sandbox.write(name, "old: content\n"));
        change_all();
        kill_at_all_moments(
            |_| command_in(&sandbox, ".", &arguments),
            |attempt| {
                for ((name, found), (_, new)) in yaml_files(&sandbox, out).iter().zip(&new) {
                    assert!(found == new || found == "old: content\n", "{name} after attempt {attempt}:\n{found}");
                }
                change_all();
            },
        );
        // The remains of a killed run do not disturb the next one.
        assert!(command_in(&sandbox, ".", &arguments).output().unwrap().status.success());
        assert_eq!(yaml_files(&sandbox, out), new);
    }
}

/// Returns the YAML files in a directory of the sandbox, by name, with their content.
fn yaml_files(sandbox: &Sandbox, directory: &str) -> Vec<(String, String)> {
    let names = sandbox.list(directory).into_iter().map(|name| format!("{directory}/{name}"));
    let names = names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "yaml"));
    names.map(|name| (name.clone(), sandbox.read(&name))).collect()
}

#[test]
fn a_killed_edit_leaves_the_old_file_or_the_new_one() {
    let sandbox = large_sandbox();
    let mut old = sandbox.read("app/kustomization.yaml");
    let image = |attempt: u32| format!("web:{}", attempt + 1);
    kill_at_all_moments(
        |attempt| command_in(&sandbox, "app", &["edit", "set", "image", &image(attempt)]),
        |attempt| {
            let found = sandbox.read("app/kustomization.yaml");
            let new = format!("newTag: \"{}\"\n", attempt + 1);
            let is_new = found.starts_with("# What runs.\nresources: [pod.yaml, all.yaml]\n") && found.ends_with(&new);
            assert!(found == old || is_new, "attempt {attempt}:\n{found}");
            old = found;
        },
    );
    assert!(!old.ends_with("\"0\"\n"));
}

#[test]
fn a_killed_update_leaves_whole_snapshots() {
    let sandbox = large_sandbox();
    let arguments = ["snapshot", "app", "--update"];
    assert!(command_in(&sandbox, ".", &arguments).output().unwrap().status.success());
    let new = yaml_files(&sandbox, "snapshots");
    assert_eq!(new.len(), 1);
    let change_all = || new.iter().for_each(|(name, _)| sandbox.write(name, "old: content\n"));
    change_all();
    kill_at_all_moments(
        |_| command_in(&sandbox, ".", &arguments),
        |attempt| {
            let found = yaml_files(&sandbox, "snapshots");
            assert!(found == new || found[0].1 == "old: content\n", "attempt {attempt}:\n{found:?}");
            change_all();
        },
    );
}

#[test]
fn a_killed_localize_leaves_a_whole_copy_or_none() {
    let sandbox = large_sandbox();
    let (mut copies, mut expected) = (0, None);
    kill_at_all_moments(
        |attempt| command_in(&sandbox, ".", &["localize", "app", &format!("copy-{attempt}"), "--no-verify"]),
        |attempt| {
            let copy = format!("copy-{attempt}");
            if !sandbox.path(&copy).exists() {
                return;
            }
            copies += 1;
            let found: Vec<String> = yaml_files(&sandbox, &copy).into_iter().map(|(_, text)| text).collect();
            assert_eq!(found, *expected.get_or_insert(found.clone()), "attempt {attempt}");
        },
    );
    assert_eq!(expected.map(|files| files.len()), Some(3));
    assert!(copies > 0);
}

#[test]
fn a_killed_fix_leaves_the_old_file_or_the_new_one() {
    let sandbox = large_sandbox();
    let old = format!("bases: []\n{}", sandbox.read("app/kustomization.yaml"));
    sandbox.write("app/kustomization.yaml", &old);
    kill_at_all_moments(
        |_| command_in(&sandbox, "app", &["edit", "fix"]),
        |attempt| {
            let found = sandbox.read("app/kustomization.yaml");
            let is_new = !found.contains("bases") && found.contains("newTag: \"0\"\n") && found.contains("pod.yaml");
            assert!(found == old || is_new, "attempt {attempt}:\n{found}");
            sandbox.write("app/kustomization.yaml", &old);
        },
    );
}

// ---- other processes ----

#[test]
fn two_processes_write_the_same_files() {
    let sandbox = large_sandbox();
    sandbox.write("app/gone/kustomization.yaml", "namePrefix: a-\nresources: [../other]\n");
    sandbox.write("app/other/kustomization.yaml", "configMapGenerator: [{name: a}]\n");
    let all = ["build", "--all", "app", "--output-dir", "out", "--prune", "-q"];
    let one = ["build", "app", "-o", "one.yaml"];
    assert!(command_in(&sandbox, ".", &all).output().unwrap().status.success());
    let (expected, text_of_one) = (yaml_files(&sandbox, "out"), command_in(&sandbox, ".", &one[..2]).output().unwrap());
    for _ in 0..ATTEMPTS / 4 {
        for (name, _) in &expected {
            sandbox.write(name, "old: content\n");
        }
        // Both find this file stale, and remove it.
        sandbox.write("out/stale.yaml", "");
        let record = sandbox.read("out/.boutique-files");
        sandbox.write("out/.boutique-files", format!("{record}stale.yaml\n"));
        let runs = [&all[..], &all, &one, &one].map(|arguments| {
            let mut run = command_in(&sandbox, ".", arguments);
            run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        });
        for run in runs {
            let output = run.wait_with_output().unwrap();
            assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        }
        assert_eq!(yaml_files(&sandbox, "out"), expected);
        assert_eq!(sandbox.read("one.yaml"), text(&text_of_one.stdout));
    }
    assert!(sandbox.list("out").iter().all(|name| !name.ends_with(".tmp")));
}

#[test]
fn two_processes_localize_to_the_same_destination() {
    let sandbox = large_sandbox();
    for attempt in 0..ATTEMPTS / 4 {
        let copy = format!("copy-{attempt}");
        let runs = [(); 3].map(|()| {
            let mut run = command_in(&sandbox, ".", &["localize", "app", &copy, "--no-verify"]);
            run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        });
        let outputs = runs.map(|run| run.wait_with_output().unwrap());
        let done = outputs.iter().filter(|output| output.status.success()).count();
        assert_eq!(done, 1, "{outputs:?}");
        assert!(outputs.iter().filter(|output| !output.status.success()).all(|output| !message(output).is_empty()));
        assert_eq!(yaml_files(&sandbox, &copy).len(), 3);
    }
    assert!(sandbox.list(".").iter().all(|name| !name.ends_with(".tmp")));
}
