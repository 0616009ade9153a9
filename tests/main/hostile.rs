//! Trees that mean harm. Each test is named after the attack; SECURITY.md says which tests hold which promise.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::sandbox::{Run, Sandbox, git, search_path};

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

fn make_pipe(sandbox: &Sandbox, name: &str) {
    let made = Command::new("mkfifo").arg(sandbox.path(name)).status().expect("the tests need mkfifo");
    assert!(made.success());
}

/// Runs the program where it finds others, such as git.
fn run_with_programs(sandbox: &Sandbox, arguments: &[&str]) -> Run {
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
    sandbox.finish(create);
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
fn patterns_do_not_grow_without_end() {
    let sandbox = Sandbox::with_manifest(MAP);
    let name = "((a{1000}){1000}){1000}";
    sandbox.write(
        "kustomization.yaml",
        format!("resources: [a.yaml]\npatches: [{{target: {{name: '{name}'}}, patch: '- {{op: add, path: /data, value: x}}'}}]\n"),
    );
    sandbox.run(&["render"]).fails();
}
