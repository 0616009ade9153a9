//! Trees that mean harm. Each test is named after the attack; SECURITY.md says which tests hold which promise.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{Run, Sandbox, git, search_path};

pub const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

pub fn make_pipe(sandbox: &Sandbox, name: &str) {
    let made = Command::new("mkfifo").arg(sandbox.path(name)).status().expect("the tests need mkfifo");
    assert!(made.success());
}

/// Runs the program where it finds others, such as git.
pub fn run_with_programs(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(arguments);
    command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.finish(command)
}

// ---- files ----

#[test]
fn pipes_do_not_hang_a_render() {
    for field in ["resources: [pipe]", "configMapGenerator: [{name: a, files: [pipe]}]", "patches: [{path: pipe}]"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("{field}\n"))]);
        make_pipe(&sandbox, "pipe");
        sandbox.run(&["render"]).fails_with("it is not a regular file");
    }
    let sandbox = Sandbox::new(&[]);
    make_pipe(&sandbox, "kustomization.yaml");
    sandbox.run(&["render"]).fails_with("it is not a regular file");
}

#[test]
fn devices_and_sockets_are_not_read() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a.yaml]\n")]);
    symlink("/dev/zero", sandbox.path("a.yaml")).unwrap();
    sandbox.run(&["render", "--load-restrictor", "none"]).fails_with("it is not a regular file");
    fs::remove_file(sandbox.path("a.yaml")).unwrap();
    let _socket = UnixListener::bind(sandbox.path("a.yaml")).unwrap();
    sandbox.run(&["render"]).fails_with("it is not a regular file");
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
fn links_are_followed_before_it_is_decided() {
    let sandbox = Sandbox::new(&[
        ("secret", "root:x"),
        ("app/kustomization.yaml", "configMapGenerator: [{name: a, files: [deep/innocent]}]\n"),
    ]);
    symlink(sandbox.path(""), sandbox.path("app/deep")).unwrap();
    symlink("secret", sandbox.path("innocent")).unwrap();
    sandbox.run(&["render", "app"]).fails_with("security; file '[sandbox]/secret' is not in or below");
}

#[test]
fn a_link_that_changes_all_the_time_never_leads_out() {
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
fn load_roots_hold_files_and_bases() {
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
        sandbox.run(&["render", target, "--load-root", "tree"]).fails_with("lies in no directory of --load-root");
        sandbox.run(&["render", target, "--load-root", "tree", "--load-root", "elsewhere"]).succeeds();
    }
    assert_eq!(sandbox.run(&["render", "tree", "--load-root", "nowhere"]).code, 2);
}

#[test]
fn load_roots_hold_for_former_revisions_too() {
    let sandbox = Sandbox::new(&[
        ("tree/app/kustomization.yaml", "resources: [../map.yaml]\n"),
        ("tree/map.yaml", MAP),
        ("secret.yaml", MAP),
    ]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "--all"]);
    git(&sandbox, &["commit", "--quiet", "--message", "a"]);
    run_with_programs(&sandbox, &["diff", "tree/app", "--since", "HEAD", "--load-root", "tree"]).succeeds();
    sandbox.write("tree/app/kustomization.yaml", "resources: [../../secret.yaml]\n");
    git(&sandbox, &["commit", "--quiet", "--all", "--message", "b"]);
    sandbox.write("tree/app/kustomization.yaml", "resources: [../map.yaml]\n");
    let run = run_with_programs(&sandbox, &["diff", "tree/app", "--since", "HEAD", "--load-root", "tree"]);
    assert!(run.stderr.contains("lies in no directory of --load-root"), "{}", run.stderr);
}

#[test]
fn large_files_are_refused() {
    let sandbox = Sandbox::with_manifest(MAP);
    let message = sandbox.run(&["render", "--max-file-size", "40"]).fails();
    assert!(
        message.contains("error[limit-exceeded]") && message.contains("`--max-file-size` allows more"),
        "{message}"
    );
    for flag in ["--max-file-size", "--max-resource-memory"] {
        assert_eq!(sandbox.run(&["render", flag, "4294967296"]).code, 2);
    }
    fs::File::create(sandbox.path("a.yaml")).unwrap().set_len(1 << 40).unwrap();
    sandbox.run(&["render"]).fails_with("it is larger than 1073741824 bytes");
}

// ---- size ----

#[track_caller]
fn exceeds(sandbox: &Sandbox, arguments: &[&str], flag: &str) {
    let message = sandbox.run(&[&["render"], arguments].concat()).fails();
    assert!(message.contains("error[limit-exceeded]") || message.contains("error[too-deep]"), "{message}");
    assert!(message.contains(flag), "no `{flag}` in: {message}");
}

#[test]
fn yaml_bombs_are_refused() {
    let mut bomb = format!("{MAP}data:\n  a0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        bomb.push_str(&format!("  a{level}: &a{level} [*a{below}, *a{below}]\n"));
    }
    exceeds(&Sandbox::with_manifest(bomb), &[], "--max-alias-nodes");
    exceeds(&Sandbox::with_manifest(format!("{MAP}data: {}", "[".repeat(20_000))), &[], "--max-nesting");
    exceeds(&Sandbox::with_manifest(format!("{MAP}data: {{a: [[[1]]]}}\n")), &["--max-nesting", "3"], "--max-nesting");
    exceeds(&Sandbox::with_manifest("---\n".repeat(100)), &["--max-documents", "9"], "--max-documents");
}

#[test]
fn copies_in_patches_do_not_double_without_end() {
    let copies = "- {op: copy, from: /data, path: /data/x}\n- {op: copy, from: /data, path: /data/y}\n".repeat(40);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{k: v}}\n"));
    let patch = |field: &str| {
        format!("resources: [a.yaml]\n{field}:\n- target: {{kind: ConfigMap, name: a, version: v1}}\n  path: p.yaml\n")
    };
    sandbox.write("p.yaml", copies);
    for field in ["patches", "patchesJson6902"] {
        sandbox.write("kustomization.yaml", patch(field));
        exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
    }
}

#[test]
fn replacements_do_not_double_without_end() {
    let to = |from: &str, to: &str, options: &str| {
        format!(
            "- source: {{kind: ConfigMap, fieldPath: data.{from}}}\n  targets: [{{select: {{kind: ConfigMap}}, \
             fieldPaths: [data.{to}], options: {options}}}]\n"
        )
    };
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{a: x, b: p/q}}\n"));
    let (first, second) = ("{delimiter: /, index: 0}", "{delimiter: /, index: 100}");
    let doubling = [to("a", "b", first), to("a", "b", second), to("b", "a", "{}")].concat().repeat(40);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nreplacements:\n{doubling}"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
    let trees = [to("a", "a.x", "{create: true}"), to("a", "a.y", "{create: true}")].concat().repeat(40);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data: {{a: {{k: v}}}}\n"));
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nreplacements:\n{trees}"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
}

#[test]
fn variables_do_not_multiply_without_end() {
    let command = "$(LONG) ".repeat(2000);
    let sandbox = Sandbox::with_manifest(format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {{long: '{}'}}\nspec:\n  containers:\n  - name: a\n    \
         args: ['{command}']\n",
        "x".repeat(20_000)
    ));
    let variable =
        "{name: LONG, objref: {apiVersion: v1, kind: Pod, name: a}, fieldref: {fieldpath: metadata.annotations.long}}";
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nvars: [{variable}]\n"));
    exceeds(&sandbox, &["--max-resource-memory", "10000000"], "--max-resource-memory");
}

#[test]
fn one_long_text_is_not_written_without_end() {
    let aliases = "*a, ".repeat(2000);
    let long = "x".repeat(20_000);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n  a: &a {long}\n  b: [{aliases}]\n"));
    exceeds(&sandbox, &["--max-output", "10000000"], "--max-output");
}

#[test]
fn bases_do_not_double_without_end() {
    let sandbox =
        Sandbox::new(&[("l30/kustomization.yaml", "namePrefix: a-\n"), ("r30/kustomization.yaml", "namePrefix: a-\n")]);
    for level in 0..30 {
        let below = format!("resources: [../l{0}, ../r{0}]\n", level + 1);
        sandbox.write(&format!("l{level}/kustomization.yaml"), &below);
        sandbox.write(&format!("r{level}/kustomization.yaml"), &below);
    }
    exceeds(&sandbox, &["l0"], "--max-bases");
    exceeds(&sandbox, &["l0", "--max-include-depth", "20"], "--max-include-depth");
}

#[test]
fn resources_do_not_double_without_end() {
    let sandbox = Sandbox::new(&[("b0/kustomization.yaml", "resources: [a.yaml]\n"), ("b0/a.yaml", MAP)]);
    for level in 1..8 {
        let below = level - 1;
        for (half, prefix) in [("x", "x-"), ("y", "y-")] {
            let text = format!("namePrefix: {prefix}\nresources: [../b{below}]\n");
            sandbox.write(&format!("{half}{level}/kustomization.yaml"), text);
        }
        let both = format!("resources: [../x{level}, ../y{level}]\n");
        sandbox.write(&format!("b{level}/kustomization.yaml"), both);
    }
    exceeds(&sandbox, &["b7", "--max-resources", "100"], "--max-resources");
    sandbox.run(&["render", "b7"]).succeeds();
}

#[test]
fn many_bombs_are_refused_while_they_are_read() {
    let bomb = |name: &str| {
        let levels = "  a: &a [x, x, x, x, x, x, x, x, x, x]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n  \
                      c: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n";
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{levels}")
    };
    // In one file they count together.
    let documents = ["a", "b", "c", "d"].map(bomb).join("---\n");
    exceeds(&Sandbox::with_manifest(documents), &["--max-alias-nodes", "3000"], "--max-alias-nodes");
    let names: Vec<String> = (0..40).map(|number| format!("a{number}.yaml")).collect();
    let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: [{}]\n", names.join(", ")))]);
    names.iter().for_each(|name| sandbox.write(name, bomb(name)));
    exceeds(&sandbox, &["--max-resource-memory", "300000"], "--max-resource-memory");
}

#[test]
fn many_steps_on_large_resources_are_refused() {
    let patches = "- target: {kind: ConfigMap}\n  path: p.yaml\n".repeat(50);
    let data: String = (0..200).map(|number| format!("  k{number}: v\n")).collect();
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n{data}"));
    for patch in ["- {op: add, path: /data/k, value: v}\n".to_string(), format!("{MAP}data: {{k: v}}\n")] {
        sandbox.write("p.yaml", patch);
        sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{patches}"));
        exceeds(&sandbox, &["--max-work", "10000"], "--max-work");
    }
    let keys: String = (0..100).map(|number| format!("  k{number}: v\n")).collect();
    let fields: String = (0..100).map(|number| format!("- {{path: a/f{number}, create: true}}\n")).collect();
    sandbox.write("fields.yaml", format!("commonLabels:\n{fields}"));
    sandbox.write(
        "kustomization.yaml",
        format!("resources: [a.yaml]\nconfigurations: [fields.yaml]\ncommonLabels:\n{keys}"),
    );
    exceeds(&sandbox, &["--max-work", "10000"], "--max-work");
}

#[test]
fn mistakes_of_bases_do_not_double_without_end() {
    let missing: Vec<String> = (0..100).map(|number| format!("no{number}.yaml")).collect();
    let sandbox = Sandbox::new(&[("b25/kustomization.yaml", &format!("resources: [{}]\n", missing.join(", ")))]);
    for level in 0..25 {
        let below = format!("resources: [../b{0}, ../b{0}]\n", level + 1);
        sandbox.write(&format!("b{level}/kustomization.yaml"), &below);
    }
    let message = sandbox.run(&["render", "b0"]).fails();
    assert!(message.matches("error[").count() <= 1001, "{message}");
}

#[test]
fn definitions_do_not_double_without_end() {
    let definition = |level: usize| {
        let fields = "kind: {type: string}, apiVersion: {type: string}, metadata: {type: object}";
        let below = level + 1;
        format!("A{level}: {{Schema: {{properties: {{{fields}, a: {{$ref: A{below}}}, b: {{$ref: A{below}}}}}}}}}\n")
    };
    let definitions: String = (0..40).map(definition).collect();
    let sandbox = Sandbox::new(&[("kustomization.yaml", "crds: [crds.yaml]\n"), ("crds.yaml", &definitions)]);
    exceeds(&sandbox, &["--max-work", "100000"], "--max-work");
}

#[test]
fn definitions_count_in_every_kustomization() {
    let fields = "kind: {type: string}, apiVersion: {type: string}, metadata: {type: object}";
    let definition = format!("A: {{Schema: {{properties: {{{fields}}}}}}}\n");
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [a, b, c, d]\n"), ("crds.yaml", &definition)]);
    for base in ["a", "b", "c", "d"] {
        sandbox.write(&format!("{base}/kustomization.yaml"), "crds: [../crds.yaml]\n");
    }
    let access = ["--load-restrictor", "none", "--max-work"];
    exceeds(&sandbox, &[&access[..], &["70"]].concat(), "--max-work");
}

#[test]
fn levels_are_not_indented_without_end() {
    let deep = format!("{}x{}", "[".repeat(1000), "]".repeat(1000));
    let aliases = "*a, ".repeat(100);
    let sandbox = Sandbox::with_manifest(format!("{MAP}data:\n  a: &a {deep}\n  b: [{aliases}]\n"));
    exceeds(&sandbox, &["--max-output", "10000000"], "--max-output");
}

#[test]
fn histories_do_not_grow_without_end() {
    let patches = "- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}'\n".repeat(100);
    let sandbox = Sandbox::with_manifest(MAP);
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\npatches:\n{patches}"));
    sandbox.run(&["render", "--max-resource-memory", "100000"]).succeeds();
    sandbox.run(&["explain", ".", "--max-resource-memory", "100000"]).fails_with("--max-resource-memory");
}

/// What would take minutes if the effort were its square, and more.
#[test]
fn long_names_and_texts_do_not_take_long() {
    let (known, wanted) = ("x".repeat(20_000), "y".repeat(20_000));
    let sandbox = Sandbox::with_manifest(MAP.replace("name: a", &format!("name: {known}")));
    let patch = format!("patches: [{{patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {wanted}}}}}'}}]\n");
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\n{patch}"));
    sandbox.run(&["render"]).fails_with("no resource matches");
    let target =
        |name: String| format!("resources: [a.yaml]\npatches: [{{target: {{name: '{name}'}}, patch: '[]'}}]\n");
    sandbox.write("kustomization.yaml", target(format!("{}}}", "{".repeat(30_000))));
    assert_eq!(sandbox.run(&["render"]).code, 0);
    let text = "$(".repeat(20_000);
    let aliases: String = (0..50).map(|number| format!(", a{number}: *a")).collect();
    let variable = "{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: a}}";
    sandbox.write("a.yaml", MAP.replace("name: a", &format!("name: a\n  annotations: {{a: &a '{text}'{aliases}}}")));
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nvars: [{variable}]\n"));
    assert_eq!(sandbox.run(&["render"]).code, 0);
}

#[test]
fn patterns_do_not_grow_without_end() {
    let sandbox = Sandbox::with_manifest(MAP);
    let name = "((a{1000}){1000}){1000}";
    sandbox.write(
        "kustomization.yaml",
        format!("resources: [a.yaml]\npatches: [{{target: {{name: '{name}'}}, patch: '- {{op: add, path: /data, value: x}}'}}]\n"),
    );
    sandbox.run(&["render"]).fails_with("`--max-pattern-size` allows more");
    sandbox.write("kustomization.yaml", format!("resources: [a.yaml]\nimages: [{{name: '{name}', newTag: b}}]\n"));
    sandbox.run(&["render"]).fails_with("`--max-pattern-size` allows more");
    let pattern = |name: &str| {
        format!(
            "resources: [a.yaml]\nreplacements:\n- sourceValue: b\n  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: ['{name}']}}]\n"
        )
    };
    sandbox.write("a.yaml", format!("{MAP}list: [{{name: a}}]\n"));
    sandbox.write("kustomization.yaml", pattern("list.[name=a{20}|a].name"));
    sandbox.run(&["render"]).succeeds();
    sandbox.run(&["render", "--max-pattern-size", "100"]).fails_with("`--max-pattern-size` allows more");
}

// ---- programs ----

/// A sandbox with a generator that is a program of the tree.
fn with_program(script: &str) -> Sandbox {
    let configuration = "apiVersion: example.com/v1\nkind: Maker\nmetadata:\n  name: maker\n  annotations:\n    \
                         config.kubernetes.io/function: 'exec: {path: ./makes, envs: [OWN=1, TOKEN]}'\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", "generators: [maker.yaml]\n"), ("maker.yaml", configuration)]);
    sandbox.write_program("makes", &format!("#!/bin/sh\n{script}\n"));
    sandbox
}

pub const RUNS_PROGRAMS: [&str; 3] = ["render", "--enable-alpha-plugins", "--enable-exec"];

#[test]
fn a_program_in_the_tree_needs_two_flags() {
    let sandbox = with_program("touch ran");
    for (flags, code) in [
        (&[][..], 1),
        // Like kustomize, which ignores functions that it may not run once plugins are enabled.
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
fn programs_that_never_end_or_print_too_much_are_stopped() {
    let sandbox = with_program("sleep 600 & sleep 600");
    let run = run_with_programs(&sandbox, &[&RUNS_PROGRAMS[..], &["--timeout", "1"]].concat());
    run.fails_with("took longer than 1 seconds and was stopped; `--timeout` allows more");
    let sandbox = with_program("yes");
    let run = run_with_programs(&sandbox, &[&RUNS_PROGRAMS[..], &["--max-program-output", "1000"]].concat());
    run.fails_with("printed more than 1000 bytes; `--max-program-output` allows more");
}

#[test]
fn a_signal_ends_programs_and_leaves_nothing_behind() {
    for signal in ["TERM", "INT", "HUP"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", "helmCharts: [{name: a, repo: 'https://localhost:1'}]\n")]);
        // It starts another program, as helm may do.
        sandbox.write_program(
            "helm",
            "#!/bin/sh\nsleep 600 &\ncd \"${0%/*}\"\necho $! > started.tmp\nmv started.tmp started\nwait\n",
        );
        let helm = sandbox.path("helm");
        let mut command = sandbox.command(&["render", "--enable-helm", "--helm-command", helm.to_str().unwrap()]);
        let mut child = command.env("PATH", search_path()).stderr(Stdio::null()).spawn().unwrap();
        while !sandbox.path("started").exists() {
            std::thread::yield_now();
        }
        assert_eq!(fs::read_dir(sandbox.temporary()).unwrap().count(), 1);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), None, "the signal ends it");
        assert_eq!(fs::read_dir(sandbox.temporary()).unwrap().count(), 0);
        // The other one ends as well, though maybe not before this one does.
        let other = format!("/proc/{}/cmdline", sandbox.read("started").trim());
        while fs::read(&other).is_ok_and(|command_line| !command_line.is_empty()) {
            std::thread::yield_now();
        }
    }
}

/// A sandbox with a chart, and a `helm` that only notes that it ran.
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
fn fields_of_charts_are_no_options_of_helm() {
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
fn charts_do_not_lead_out_of_the_tree() {
    for fields in ["  version: ../../x\n  repo: https://localhost:1", "  name: ../../x", "  name: a/../../x"] {
        let sandbox = with_chart("");
        sandbox.write("app/kustomization.yaml", format!("helmCharts:\n- {}\n  releaseName: a\n", fields.trim_start()));
        if !fields.contains("name") {
            sandbox.write("app/kustomization.yaml", format!("helmCharts:\n- name: web\n{fields}\n"));
        }
        render_chart(&sandbox, &[]).fails_with("may not lead out of its directory");
    }
    let sandbox = with_chart("");
    sandbox.write("secret", "hunter2");
    symlink("../../../secret", sandbox.path("app/charts/web/templates")).unwrap();
    render_chart(&sandbox, &[]).fails_with("leads out of the chart");
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
fn plugins_of_helm_in_the_tree_are_not_used() {
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

/// Makes a repository whose settings name programs wherever git would run one.
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
fn settings_of_a_repository_run_nothing() {
    let sandbox = hostile_repository();
    let affected = run_with_programs(&sandbox, &["affected", "--since", "HEAD", "app"]).succeeds();
    assert_eq!(affected, "app\n");
    let diff = run_with_programs(&sandbox, &["diff", "app", "--since", "HEAD"]);
    assert!(diff.stdout.contains("ConfigMap/b"), "{}{}", diff.stdout, diff.stderr);
    assert!(!sandbox.path("ran").exists());
    // The trap works.
    git(&sandbox, &["status"]);
    assert!(sandbox.path("ran").exists());
}

// ---- network ----

#[test]
fn offline_means_that_nothing_is_fetched() {
    for entry in ["https://localhost:1/a.yaml", "https://localhost:1/org/repo", "git@localhost:org/repo"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        let message = run_with_programs(&sandbox, &["render", "--offline"]).fails();
        assert!(message.contains("is needed, which --offline forbids"), "{message}");
        let message = run_with_programs(&sandbox, &["render", "--no-remote"]).fails();
        assert!(message.contains("is needed, which --no-remote forbids"), "{message}");
    }
    let sandbox = with_chart("  repo: https://localhost:1\n  version: 1.0.0");
    render_chart(&sandbox, &["--offline"]).fails_with("`https://localhost:1` is needed, which --offline forbids");
    render_chart(&sandbox, &["--allow-host", "example.com"])
        .fails_with("the host `localhost` is none that --allow-host");
    assert!(!sandbox.read("ran").contains("pull"));
}

#[test]
fn repositories_on_this_machine_are_remote_too() {
    let sandbox =
        Sandbox::new(&[("repository/kustomization.yaml", "resources: [a.yaml]\n"), ("repository/a.yaml", MAP)]);
    git(&sandbox, &["-C", "repository", "init", "--quiet"]);
    git(&sandbox, &["-C", "repository", "add", "--all"]);
    git(&sandbox, &["-C", "repository", "commit", "--quiet", "--message", "a"]);
    let url = format!("file://{}", sandbox.path("repository").display());
    sandbox.write("app/kustomization.yaml", format!("resources: ['{url}']\n"));
    let render = |flags: &[&str]| run_with_programs(&sandbox, &[&["render", "app"], flags].concat());
    assert_eq!(render(&["--offline"]).succeeds(), MAP);
    render(&["--no-remote"]).fails_with("--no-remote forbids");
}

#[test]
fn only_allowed_hosts_are_asked() {
    for entry in ["https://evil.test/a.yaml", "https://evil.test/org/repo", "git@evil.test:org/repo"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        let message = run_with_programs(&sandbox, &["render", "--allow-host", "*.example.com"]).fails();
        assert!(message.contains("the host `evil.test` is none that --allow-host names"), "{message}");
    }
}

/// Starts a proxy that redirects all requests, and returns its address.
fn redirecting_proxy(location: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer =
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // First it is asked for a connection.
            for answer in ["HTTP/1.1 200 OK\r\n\r\n", &answer] {
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                request.take_while(|line| !line.is_empty()).for_each(drop);
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    address
}

#[test]
fn redirects_do_not_reach_private_addresses() {
    let sandbox =
        Sandbox::new(&[("kustomization.yaml", "configMapGenerator: [{name: a, files: [x=http://public.test/a]}]\n")]);
    for (location, expected) in [
        ("http://169.254.169.254/latest", "it redirects to the private address of `169.254.169.254`"),
        ("http://127.0.0.1:1/", "it redirects to the private address of `127.0.0.1`"),
        ("http://localhost:1/", "it redirects to the private address of `localhost`"),
        ("http://[::ffff:10.0.0.1]/", "it redirects to the private address of"),
        ("file:///etc/passwd", "it redirects to what is no HTTP"),
        ("gopher://public.test/", "it redirects to what is no HTTP"),
    ] {
        let mut command = sandbox.command(&["render"]);
        command.env("http_proxy", redirecting_proxy(location));
        sandbox.finish(command).fails_with(expected);
    }
    let mut command = sandbox.command(&["render", "--allow-host", "public.test"]);
    command.env("http_proxy", redirecting_proxy("http://other.test/"));
    sandbox.finish(command).fails_with("it redirects: the host `other.test` is none that --allow-host names");
    let mut command = sandbox.command(&["render", "--allow-private-redirects"]);
    command.env("http_proxy", redirecting_proxy("http://127.0.0.1:1/"));
    sandbox.finish(command).fails_with("Connection refused");
}

// ---- secrets ----

#[test]
fn messages_do_not_show_secrets() {
    let kustomizations = [
        "secretGenerator:\n- name: a\n  literals:\n  - hunter2\n",
        "secretGenerator: [{name: a, literals: [hunter2]}]\n",
        "secretGenerator:\n- name: a\n  literals: [a=hunter2, a=hunter2]\n",
        "secretGenerator:\n- name: a\n  literals:\n  - k=hunter2\n  - k=hunter2\n",
        "secretGenerator:\n- name: a\n  literals: {k: hunter2}\n",
    ];
    for kustomization in kustomizations {
        let message = Sandbox::new(&[("kustomization.yaml", kustomization)]).run(&["render"]).fails();
        assert!(!message.contains("hunter2") && message.contains("***"), "{message}");
    }
    let start = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    for rest in ["stringData:\n  k: [hunter2\n", "data: {k: hunter2, }}\n", "stringData:\n  k: @hunter2\n"] {
        for format in ["text", "json", "github", "sarif"] {
            let sandbox = Sandbox::with_manifest(format!("{start}{rest}"));
            let run = sandbox.run(&["render", "--message-format", format]);
            assert!(run.code == 1 && !run.stderr.contains("hunter2"), "{}", run.stderr);
        }
    }
}

#[test]
fn messages_do_not_deceive_terminals() {
    let hidden = ["\u{1b}[2J", "\u{202e}", "\u{2066}", "\u{9b}", "\u{7}"];
    for character in hidden {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: [\"x{character}y\"]\n"))]);
        let run = sandbox.run(&["render"]);
        assert!(run.code == 1 && !run.stderr.contains(character), "{:?}", run.stderr);
    }
}

// ---- what is promised ----

#[test]
fn every_test_that_is_promised_is_there() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let promises = fs::read_to_string(directory.join("SECURITY.md")).unwrap();
    let named = promises.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::"));
    let mut count = 0;
    for (module, name) in named {
        let tests = fs::read_to_string(directory.join(format!("tests/main/{module}.rs"))).unwrap_or_default();
        assert!(tests.contains(&format!("#[test]\nfn {name}()")), "there is no test {module}::{name}");
        count += 1;
    }
    assert!(count > 20, "only {count} tests are named");
}

#[test]
fn flags_that_are_recommended_are_there() {
    let promises = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    let help = Sandbox::new(&[]).run(&["render", "--help"]).succeeds();
    for flag in promises.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.starts_with("--")) {
        assert!(flag.trim_matches('-').is_empty() || help.contains(flag), "there is no {flag}");
    }
}
