//! Trees that lead a command somewhere else: to files, programs and hosts that nobody has asked for.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::hostile::{MAP, RUNS_PROGRAMS, make_pipe, render_chart, run_with_programs, with_chart};
use crate::sandbox::{Run, Sandbox, git, search_path};

const GENERATED: &str = "configMapGenerator: [{name: a}]\n";

/// A sandbox with a target `tree/app`, and files outside of the tree that nobody is to see or change.
fn sandbox() -> Sandbox {
    Sandbox::new(&[
        ("tree/app/kustomization.yaml", GENERATED),
        ("outside/secret", "root:hunter2\n"),
        ("outside/keep.yaml", "kept: true\n"),
    ])
}

fn run_in_tree(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(arguments);
    command.current_dir(sandbox.path("tree")).env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.finish(command)
}

/// Asserts that a run ends with this message, and tells nothing of what is outside.
#[track_caller]
fn refuses(run: &Run, message: &str) {
    assert!(run.code != 0 && run.stderr.contains(message), "no `{message}` in: {}{}", run.stdout, run.stderr);
    assert!(!run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"), "{}{}", run.stdout, run.stderr);
}

// ---- files that are written ----

#[test]
fn output_folders_do_not_lead_out_of_themselves() {
    let sandbox = sandbox();
    sandbox.write("tree/deep/app/kustomization.yaml", GENERATED);
    for (command, folder) in
        [(&["snapshot", "--update", "."][..], "snapshots"), (&["render", "--all", ".", "--output-dir", "out"], "out")]
    {
        fs::create_dir(sandbox.path(&format!("tree/{folder}"))).unwrap();
        let link = sandbox.path(&format!("tree/{folder}/deep"));
        symlink("../../outside", &link).unwrap();
        refuses(&run_in_tree(&sandbox, command), "is a link out of");
        fs::remove_file(&link).unwrap();
        // What the list of earlier files says is not believed either.
        symlink("../../outside", sandbox.path(&format!("tree/{folder}/more"))).unwrap();
        sandbox.write(&format!("tree/{folder}/.boutique-files"), "more/keep.yaml\n../../outside/keep.yaml\n");
        let prune: &[&str] = if folder == "out" { &["--prune"] } else { &[] };
        assert_eq!(run_in_tree(&sandbox, &[command, prune].concat()).code, 0);
        assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
        fs::remove_dir_all(sandbox.path(&format!("tree/{folder}"))).unwrap();
    }
    symlink("../outside", sandbox.path("tree/snapshots")).unwrap();
    refuses(&run_in_tree(&sandbox, &["snapshot", "--update", "."]), "./snapshots is a link out of .");
    assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
}

#[test]
fn pipes_in_output_folders_are_replaced() {
    let sandbox = sandbox();
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
fn names_of_resources_are_no_ways_out() {
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
fn what_was_private_stays_so_while_it_is_written() {
    let sandbox = sandbox();
    sandbox.write("tree/out.yaml", "");
    fs::set_permissions(sandbox.path("tree/out.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    // Whoever opens the temporary file gets no further than whoever opens the old one.
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

// ---- files that are read ----

#[test]
fn a_kustomization_that_is_a_link_shows_nothing() {
    let sandbox = sandbox();
    let file = sandbox.path("tree/app/kustomization.yaml");
    fs::remove_file(&file).unwrap();
    symlink("../../outside/secret", &file).unwrap();
    for command in ["render", "tree", "graph", "inputs", "localize"] {
        refuses(&run_in_tree(&sandbox, &[command, "app"]), "unable to find one of");
    }
    for edit in [&["edit", "set", "namespace", "x"][..], &["edit", "fix"]] {
        let mut command = sandbox.command(edit);
        command.current_dir(sandbox.path("tree/app"));
        refuses(&sandbox.finish(command), "is a link to [sandbox]/outside/secret");
    }
    assert_eq!(sandbox.read("outside/secret"), "root:hunter2\n");
}

#[test]
fn saved_manifests_that_are_links_show_nothing() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("tree/snapshots")).unwrap();
    symlink("../../outside/secret", sandbox.path("tree/snapshots/app.yaml")).unwrap();
    refuses(&run_in_tree(&sandbox, &["snapshot", "."]), "snapshots/app.yaml is a link out of snapshots");
    refuses(&run_in_tree(&sandbox, &["diff", "snapshots", "app"]), "snapshots/app.yaml is a link out of snapshots");
    sandbox.write("outside/kept.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: hunter2}\n");
    symlink("../../outside/kept.yaml", sandbox.path("tree/app/unused.yaml")).unwrap();
    let lint = run_in_tree(&sandbox, &["lint", "."]);
    assert!(!lint.stdout.contains("unused.yaml"), "{}", lint.stdout);
}

#[test]
fn what_git_logs_in_with_is_not_read() {
    let sandbox = Sandbox::new(&[]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["config", "http.extraHeader", "AUTHORIZATION: hunter2"]);
    for flags in [&[][..], &["--load-restrictor", "none"], &["--load-root", "."]] {
        sandbox.write("kustomization.yaml", "configMapGenerator: [{name: a, files: [.git/config]}]\n");
        let mut command = sandbox.command(&["render"]);
        command.args(flags);
        refuses(&sandbox.finish(command), "it belongs to git, and may hold credentials");
    }
    sandbox.write("kustomization.yaml", "configMapGenerator: [{name: a, files: [.git/HEAD]}]\n");
    sandbox.run(&["render"]).succeeds();
}

#[test]
fn a_clone_is_not_left_by_a_survey() {
    let sandbox = sandbox();
    sandbox.write("repository/kustomization.yaml", "resources: [link, ../../outside, file]\n");
    sandbox.write("outside/kustomization.yaml", "namePrefix: hunter2\n");
    symlink(sandbox.path("outside"), sandbox.path("repository/link")).unwrap();
    symlink(sandbox.path("outside/keep.yaml"), sandbox.path("repository/file")).unwrap();
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a"]] {
        git(&sandbox, &[&["-C", "repository"], arguments].concat());
    }
    let url = format!("file://{}", sandbox.path("repository").display());
    sandbox.write("tree/app/kustomization.yaml", format!("resources: ['{url}', '{url}//link']\n"));
    refuses(&run_in_tree(&sandbox, &["tree", "app", "--fetch"]), "`link` leads out of the repository");
    for (flags, message) in [
        (&["--no-remote"][..], "is needed, which --no-remote forbids"),
        (&["--load-root", "."], "may lead out of the directories of --load-root"),
        (&["--max-fetch-time", "0"], "`--max-fetch-time` allows more"),
        (&["--max-clone-size", "10000"], "`--max-clone-size` allows more"),
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

// ---- programs ----

#[test]
fn mounts_of_functions_do_not_lead_out_of_the_tree() {
    let with_mount = |mount: &str| {
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
    };
    let run = |sandbox: &Sandbox, flags: &[&str]| {
        let mut command = sandbox.command(&[&RUNS_PROGRAMS[..2], flags].concat());
        command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
        sandbox.finish(command)
    };
    for (mount, message) in [
        ("type: bind, src: link, dst: /x", "the mount `link` leads out of"),
        ("type: bind, src: link/etc, dst: /x", "leads out of"),
        ("type: bind, src: \"x,source=/etc\", dst: /x", "in a mount"),
        ("type: \"bind,source=/etc\", src: x, dst: /x", "in a mount"),
        ("type: bind, src: x, dst: \"/x,source=/etc\"", "in a mount"),
        ("type: bind, src: ../x, dst: /x", "is not permitted"),
    ] {
        let sandbox = with_mount(mount);
        run(&sandbox, &[]).fails_with(message);
        assert!(!sandbox.path("called").exists(), "{mount}");
    }
    let sandbox = with_mount("type: bind, src: data, dst: /x");
    run(&sandbox, &[]).succeeds();
    assert!(!sandbox.read("called").contains("--pull"));
    for flags in [&["--offline"][..], &["--no-remote"], &["--allow-host", "example.com"]] {
        run(&sandbox, flags).succeeds();
        assert!(sandbox.read("called").contains(" --pull=never "), "{}", sandbox.read("called"));
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
    // An absolute path is checked as such, but means one below the directory.
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

#[test]
fn programs_are_not_looked_for_in_the_tree() {
    // A search path with an empty or relative part means the working directory, which is that of the tree.
    let sandbox = sandbox();
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
    // Helm runs programs that the settings of its registries name, also by a path.
    let sandbox = with_chart("helmGlobals: {configHome: ./evil}");
    sandbox.write_program("docker-credential-/evil", "#!/bin/sh\ntouch ran\n");
    let helm = "#!/bin/sh\ndocker-credential-/evil\necho \"$HELM_CONFIG_HOME\" > \"${0%/*}/home\"\n\
        case $1 in version) echo v3.14.2;; esac\n";
    sandbox.write_program("helm", helm);
    render_chart(&sandbox, &[]).assert_code(0);
    assert!(!sandbox.path("ran").exists());
    assert_eq!(sandbox.read("home").trim(), sandbox.path("evil").to_str().unwrap());
}

#[test]
fn directories_that_look_like_repositories_are_none() {
    let sandbox = sandbox();
    let evil = sandbox.path("evil");
    sandbox.write_program("evil", "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
    git(&sandbox, &["init", "--quiet", "--bare", "tree/bare"]);
    let config = format!("[core]\n\tbare = false\n\tworktree = {}\n", sandbox.path("outside").display());
    sandbox.write("tree/bare/config", format!("{config}\tfsmonitor = {0}\n\tsshCommand = {0}\n", evil.display()));
    sandbox.write("tree/bare/kustomization.yaml", GENERATED);
    for arguments in [&["affected", "--since", "HEAD", "bare"][..], &["diff", "bare", "--since", "HEAD"]] {
        let run = run_in_tree(&sandbox, arguments);
        assert!(run.code != 0 && run.stderr.contains("cannot use bare repository"), "{}", run.stderr);
    }
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn missing_objects_are_not_fetched() {
    let sandbox = sandbox();
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

// ---- hosts ----

#[test]
fn hosts_in_disguise_are_not_asked() {
    for (entry, message) in [
        ("git@evil.test:x@good.test/org/repo", "the host `evil.test` is none"),
        ("git@evil.test:a://good.test/_git/repo", "transport is none of"),
        ("ssh://evil.test%2F@good.test/org/repo", "its host holds an escape"),
        ("ssh://git@evil.test%2f.good.test/org/repo", "its host holds an escape"),
        ("https://evil.test#@good.test/org/repo", "the host `evil.test` is none"),
        ("ssh://good.test#@evil.test/org/repo", "the host `evil.test` is none"),
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        sandbox.write_program("bin/ssh", "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
        let path = format!("{}:{}", sandbox.path("bin").display(), search_path().to_string_lossy());
        let mut command = sandbox.command(&["render", "--allow-host", "*.good.test", "--allow-host", "good.test"]);
        command.env("PATH", path).env("GIT_CONFIG_NOSYSTEM", "1");
        sandbox.finish(command).fails_with(message);
        assert!(!sandbox.path("bin/ran").exists(), "{entry}");
    }
}

#[test]
fn borrowed_repositories_do_not_lead_out_of_load_roots() {
    let sandbox = sandbox();
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a"]] {
        git(&sandbox, &[&["-C", "outside"], arguments].concat());
    }
    // A repository in the tree that is another one outside.
    git(&sandbox, &["init", "--quiet", "--bare", "tree/bare"]);
    sandbox.write("tree/bare/commondir", format!("{}/.git\n", sandbox.path("outside").display()));
    let url = format!("file://{}", sandbox.path("tree/bare").display());
    sandbox.write("tree/app/kustomization.yaml", format!("resources: ['{url}']\n"));
    let run = run_with_programs(&sandbox, &["render", "tree/app", "--load-root", "tree"]);
    run.fails_with("may lead out of the directories of --load-root");
}
