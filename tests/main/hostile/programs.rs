//! Programs: functions, time limits and signals.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::charts::{render_chart, with_chart};
use super::{RUNS_PROGRAMS, run_with_programs, tree_with_outside};
use crate::background::BackgroundProcess;
use crate::sandbox::{Run, Sandbox, search_path};

/// A sandbox with a generator that is a program of the tree.
fn with_program(script: &str) -> Sandbox {
    let configuration = "apiVersion: example.com/v1\nkind: Maker\nmetadata:\n  name: maker\n  annotations:\n    \
                         config.kubernetes.io/function: 'exec: {path: ./makes, envs: [OWN=1, TOKEN]}'\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", "generators: [maker.yaml]\n"), ("maker.yaml", configuration)]);
    sandbox.write_program("makes", &format!("#!/bin/sh\n{script}\n"));
    sandbox
}

#[test]
fn a_program_in_the_tree_needs_two_flags() {
    let sandbox = with_program("touch ran");
    for (flags, code) in [
        (&[][..], 1),
        // If plugins are enabled, kustomize silently ignores functions that are not.
        (&["--enable-alpha-plugins"], 0),
        (&["--enable-exec"], 1),
        (&["--enable-helm", "--enable-exec"], 1),
    ] {
        run_with_programs(&sandbox, &[&["render"], flags].concat()).assert_code(code);
        assert!(!sandbox.path("ran").exists(), "{flags:?}");
    }
    run_with_programs(&sandbox, &RUNS_PROGRAMS).assert_code(0);
    assert!(sandbox.path("ran").exists());
}

#[test]
fn functions_do_not_see_tokens_of_the_environment() {
    let sandbox = with_program("env > seen");
    let run = |flags: &[&str]| {
        let mut command = sandbox.command(&[&RUNS_PROGRAMS, flags].concat());
        command.env("PATH", search_path()).env("TOKEN", "hunter2").env("OTHER", "hunter3");
        sandbox.finish(command).assert_code(0);
        sandbox.read("seen")
    };
    let seen = run(&[]);
    assert!(seen.contains("OWN=1\n") && seen.contains("PATH=") && !seen.contains("hunter"), "{seen}");
    let seen = run(&["--env", "TOKEN"]);
    assert!(seen.contains("TOKEN=hunter2") && !seen.contains("hunter3"), "{seen}");
}

#[test]
fn programs_are_stopped_at_their_limits() {
    let sandbox = with_program("sleep 600 & sleep 600");
    let run = run_with_programs(&sandbox, &[&RUNS_PROGRAMS[..], &["--timeout", "1"]].concat());
    run.fails_with("raise the limit with `--timeout`");
    let sandbox = with_program("yes");
    let run = run_with_programs(&sandbox, &[&RUNS_PROGRAMS[..], &["--max-program-output", "1000"]].concat());
    run.fails_with("raise the limit with `--max-program-output`");
}

#[test]
fn signals_stop_programs_and_remove_temporary_files() {
    for signal in ["TERM", "INT", "HUP"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", "helmCharts: [{name: a, repo: 'https://localhost:1'}]\n")]);
        // It starts another program, as helm may do.
        let mut background = BackgroundProcess::new(&sandbox);
        sandbox.write_program("helm", &format!("#!/bin/sh\n{}wait\n", background.script()));
        let helm = sandbox.path("helm");
        let mut command = sandbox.command(&["render", "--enable-helm", "--helm-command", helm.to_str().unwrap()]);
        let mut child = command.env("PATH", search_path()).stderr(Stdio::null()).spawn().unwrap();
        background.wait_until_started(&mut child);
        assert_eq!(fs::read_dir(sandbox.temporary()).unwrap().count(), 1);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), None, "the signal ends it");
        assert_eq!(fs::read_dir(sandbox.temporary()).unwrap().count(), 0);
        background.assert_killed();
    }
}

/// A sandbox with a function in a container that mounts something.
fn with_mount(mount: &str) -> Sandbox {
    let annotation = format!("container: {{image: a, mounts: [{{{mount}}}]}}");
    let configuration = format!(
        "apiVersion: example.com/v1\nkind: Maker\nmetadata:\n  name: maker\n  annotations:\n    \
         config.kubernetes.io/function: '{annotation}'\n"
    );
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "generators: [maker.yaml]\n"),
        ("maker.yaml", &configuration),
        ("data/a", ""),
    ]);
    sandbox.write_program("bin/docker", "#!/bin/sh\necho \"$@\" > called\n");
    symlink("/", sandbox.path("link")).unwrap();
    sandbox
}

fn run_container(sandbox: &Sandbox, flags: &[&str]) -> Run {
    let mut command = sandbox.command(&[&RUNS_PROGRAMS[..2], flags].concat());
    command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
    sandbox.finish(command)
}

#[test]
fn mounts_of_functions_hide_git_directories() {
    for source in [".git", ".git/hooks", "data/../.git", ".GIT", "to-git"] {
        for kind in ["bind", "BIND"] {
            let sandbox = with_mount(&format!("type: {kind}, src: {source}, dst: /x"));
            sandbox.write(".git/hooks/a", "");
            sandbox.write(".GIT/a", "");
            symlink(".git", sandbox.path("to-git")).unwrap();
            run_container(&sandbox, &[]).fails_with("it belongs to git and may contain credentials");
            assert!(!sandbox.path("called").exists(), "{source}");
        }
    }
    let sandbox = with_mount("type: bind, src: data, dst: /x");
    sandbox.write("data/.git/config", "");
    sandbox.write("data/module/.git", "gitdir: x\n");
    run_container(&sandbox, &[]).succeeds();
    let called = sandbox.read("called");
    assert!(called.contains("--mount type=tmpfs,target=/x/.git "), "{called}");
    assert!(called.contains("--mount type=bind,source=/dev/null,target=/x/module/.git,readonly "), "{called}");
}

#[test]
fn mounts_of_functions_stay_in_the_tree() {
    for (mount, message) in [
        ("type: bind, src: link, dst: /x", "the mount `link` leads outside"),
        ("type: bind, src: link/etc, dst: /x", "leads outside"),
        ("type: bind, src: \"x,source=/etc\", dst: /x", "in a mount"),
        ("type: \"bind,source=/etc\", src: x, dst: /x", "in a mount"),
        ("type: bind, src: x, dst: \"/x,source=/etc\"", "in a mount"),
        ("type: bind, src: ../x, dst: /x", "is not permitted"),
    ] {
        let sandbox = with_mount(mount);
        run_container(&sandbox, &[]).fails_with(message);
        assert!(!sandbox.path("called").exists(), "{mount}");
    }
    let sandbox = with_mount("type: bind, src: data, dst: /x");
    run_container(&sandbox, &[]).succeeds();
    assert!(!sandbox.read("called").contains("--pull"));
    for flags in [&["--offline"][..], &["--no-remote"], &["--allow-host", "example.com"]] {
        run_container(&sandbox, flags).succeeds();
        assert!(sandbox.read("called").contains(" --pull=never "), "{}", sandbox.read("called"));
    }
}

#[test]
fn the_tree_is_not_searched_for_programs() {
    // An empty or relative part of the search path stands for the working directory, which is in the tree.
    let sandbox = tree_with_outside();
    sandbox.write("tree/app/kustomization.yaml", "resources: ['https://localhost:1/org/repo.git']\n");
    for name in ["git", "ssh", "git-remote-https", "docker", "podman", "docker-credential-/evil"] {
        sandbox.write_program(&format!("tree/{name}"), "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
        sandbox.write_program(&format!("tree/app/{name}"), "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
    }
    for path in [":/nowhere", ".:/nowhere", "app", ""] {
        let mut command = sandbox.command(&["render", "app"]);
        command.current_dir(sandbox.path("tree")).env("PATH", path);
        assert_eq!(sandbox.finish(command).code, 1);
        assert!(!sandbox.path("tree/ran").exists() && !sandbox.path("tree/app/ran").exists(), "{path}");
    }
    // Helm runs programs that its registry settings name, also by path.
    let sandbox = with_chart("helmGlobals: {configHome: ./evil}");
    sandbox.write_program("docker-credential-/evil", "#!/bin/sh\ntouch ran\n");
    sandbox.write_program("helm", "#!/bin/sh\ndocker-credential-/evil\ncase $1 in version) echo v3.14.2;; esac\n");
    render_chart(&sandbox, &[]).assert_code(0);
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn nothing_that_a_program_leaves_behind_is_waited_for() {
    let manifests: String =
        (0..2000).map(|at| format!("---\n{}", super::MAP.replace("name: a", &format!("name: a{at}")))).collect();
    for (script, code) in [
        // It holds the standard input, which is not read.
        ("exec 3<&0\nsetsid sleep 600 >/dev/null 2>&1 <&3 &\nexec 3<&-\necho 'kind: ResourceList'", 0),
        ("exec 3<&0\nsleep 600 >/dev/null 2>&1 <&3 &\nexec 3<&-\necho 'kind: ResourceList'", 0),
        // It holds the standard output and error.
        ("setsid sleep 600 &\nexit 0", 1),
        ("setsid sleep 600 >/dev/null &\nsleep 600", 1),
        // It is in a session of its own, below one that is in another.
        ("setsid sh -c 'setsid sleep 600 & sleep 600' >/dev/null 2>&1 </dev/null &\nsleep 600", 1),
        ("setsid sh -c 'setsid sleep 600 & sleep 600' >/dev/null 2>&1 </dev/null &\necho 'kind: ResourceList'", 0),
    ] {
        let sandbox = with_program(&format!("echo $$ >leader\n{script}"));
        sandbox.write("a.yaml", &manifests);
        sandbox.write("kustomization.yaml", "resources: [a.yaml]\ntransformers: [maker.yaml]\n");
        let mut command = sandbox.command(&[&RUNS_PROGRAMS[..], &["--timeout", "2"]].concat());
        // The environment marks the processes.
        let mark = format!("MARK_OF_{}", std::process::id());
        command.env("PATH", search_path()).env("LANG", &mark);
        sandbox.finish(command).assert_code(code);
        if cfg!(target_os = "linux") {
            let marked = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
                let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
                environment.windows(mark.len()).any(|text| text == mark.as_bytes())
            });
            assert_eq!(marked.count(), 0, "{script}");
        }
    }
}
