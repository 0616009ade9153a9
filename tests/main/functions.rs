//! Functions and plugins that are programs: executables, containers, and exec plugins in kustomize's plugin directory.

use std::process::Command;

use crate::sandbox::{Run, Sandbox, search_path};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

/// A function that renames its input.
const RENAMES: &str = "#!/bin/sh\nsed 's/name: web$/name: renamed/'\n";

/// A sandbox with a service, and a transformer with this function annotation.
fn with_function(function: &str) -> Sandbox {
    let configuration = format!(
        "apiVersion: example.com/v1\nkind: Renamer\nmetadata:\n  name: renamer\n  annotations:\n    \
         config.kubernetes.io/function: |\n      {function}\nspec: {{to: renamed}}\n"
    );
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "resources: [service.yaml]\ntransformers: [renamer.yaml]\n"),
        ("service.yaml", SERVICE),
        ("renamer.yaml", &configuration),
    ]);
    sandbox.write_program("renames", RENAMES);
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.finish(command(sandbox, arguments))
}

fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(&["build", "--enable-alpha-plugins"]);
    command.args(arguments).env("PATH", search_path());
    command
}

#[test]
fn a_program_transforms_what_it_reads() {
    let sandbox = with_function("exec: {path: ./renames}");
    assert_eq!(run(&sandbox, &["--enable-exec"]).succeeds(), SERVICE.replace("web", "renamed"));
}

#[test]
fn a_program_gets_the_list_with_its_configuration() {
    let sandbox = with_function("exec: {path: ./renames}");
    sandbox.write_program("renames", "#!/bin/sh\ntee input.yaml\n");
    assert_eq!(run(&sandbox, &["--enable-exec"]).succeeds(), SERVICE);
    let input = sandbox.read("input.yaml");
    for text in ["kind: ResourceList\n", "\nitems:\n", "kind: Service\n", "\nfunctionConfig:\n", "to: renamed"] {
        assert!(input.contains(text), "no `{text}` in: {input}");
    }
}

#[test]
fn a_program_generates_resources() {
    let sandbox = with_function("exec: {path: ./generates}");
    sandbox.write("kustomization.yaml", "namePrefix: dev-\ngenerators: [renamer.yaml]\n");
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  \
                metadata: {name: made}\n";
    sandbox.write_program("generates", &format!("#!/bin/sh\ncat <<END\n{list}END\n"));
    let expected = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-made\n";
    assert_eq!(run(&sandbox, &["--enable-exec"]).succeeds(), expected);
}

#[test]
fn programs_need_permission() {
    let sandbox = with_function("exec: {path: ./renames}");
    sandbox.write_program("renames", "#!/bin/sh\ntouch ran\n");
    // If plugins are enabled, kustomize silently ignores functions that are not.
    assert_eq!(run(&sandbox, &[]).succeeds(), SERVICE);
    sandbox.run(&["build"]).fails();
    sandbox.run(&["build", "--enable-exec"]).fails();
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn errors_of_a_program_are_shown() {
    let sandbox = with_function("exec: {path: ./renames}");
    sandbox.write_program("renames", "#!/bin/sh\necho 'no replicas left' >&2\nexit 3\n");
    let message = run(&sandbox, &["--enable-exec"]).fails();
    assert!(message.contains("no replicas left") && message.contains("renamer.yaml:1:1"), "{message}");
    sandbox.write_program("renames", "#!/bin/sh\necho 'a: [b'\n");
    run(&sandbox, &["--enable-exec"]).fails_with("cannot parse the plugin's output");
    run(&with_function("exec: {path: ./missing}"), &["--enable-exec"]).fails();
}

#[test]
fn a_program_validates() {
    let sandbox = with_function("exec: {path: ./validates}");
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\nvalidators: [renamer.yaml]\n");
    sandbox.write_program("validates", "#!/bin/sh\ncat\n");
    assert_eq!(run(&sandbox, &["--enable-exec"]).succeeds(), SERVICE);
    sandbox.write_program("validates", "#!/bin/sh\necho 'web is not a name' >&2\nexit 1\n");
    run(&sandbox, &["--enable-exec"]).fails_with("web is not a name");
    sandbox.write_program("validates", RENAMES);
    run(&sandbox, &["--enable-exec"]).fails_with("validator shouldn't modify the resource map");
}

/// A container engine that records its arguments, and acts as the function in the image.
const ENGINE: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" >arguments.txt\nsed 's/name: web$/name: renamed/'\n";

/// Runs the program with that engine, and returns the arguments of the engine.
fn in_container(function: &str, arguments: &[&str]) -> String {
    let sandbox = with_function(function);
    sandbox.write_program("bin/docker", ENGINE);
    let mut command = command(&sandbox, arguments);
    let path = std::env::join_paths([sandbox.path("bin")].into_iter().chain(std::env::split_paths(&search_path())));
    command.env("PATH", path.expect("the path has no colon"));
    assert_eq!(sandbox.finish(command).succeeds(), SERVICE.replace("web", "renamed"));
    let root = sandbox.path("").to_str().expect("the path is UTF-8").trim_end_matches('/').to_string();
    sandbox.read("arguments.txt").replace(&root, "[sandbox]").replace('\n', " ")
}

#[test]
fn a_container_has_no_network_and_no_user() {
    assert_eq!(
        in_container("container: {image: example.com/renamer:v1}", &[]),
        "run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user nobody --security-opt=no-new-privileges \
         -e LOG_TO_STDERR=true -e STRUCTURED_RESULTS=true example.com/renamer:v1 "
    );
}

#[test]
fn flags_give_a_container_more() {
    let function = "container: {image: renamer, network: true}";
    let arguments = ["--network", "--network-name", "shop", "-e", "MODE=fast", "--env", "TOKEN"];
    let called =
        in_container(function, &[&arguments[..], &["--mount", "type=bind,source=./,target=/in,rw=true"]].concat());
    for text in ["--network shop ", "-e MODE=fast ", "-e TOKEN ", "--mount type=bind,source=[sandbox],target=/in "] {
        assert!(called.contains(text), "no `{text}` in: {called}");
    }
    run(&with_function(function), &[]).fails_with("requires network access, which is not enabled");
    let called = in_container("container: {image: renamer}", &["--as-current-user"]);
    assert!(!called.contains("nobody"), "{called}");
}

#[test]
fn an_image_cannot_be_an_option() {
    run(&with_function("container: {image: --privileged}"), &[]).fails_with("is not an image");
}

/// A sandbox with a transformer of this kind, and the plugin directory for it.
fn with_plugin(kind: &str) -> Sandbox {
    let configuration =
        format!("apiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: a}}\nargsOneLiner: s/web/x/\n");
    Sandbox::new(&[
        ("kustomization.yaml", "resources: [service.yaml]\ntransformers: [plugin.yaml]\n"),
        ("service.yaml", SERVICE),
        ("plugin.yaml", &configuration),
        ("config/kustomize/plugin/README", ""),
    ])
}

fn run_plugin(sandbox: &Sandbox) -> Run {
    let mut command = command(sandbox, &[]);
    command.env("XDG_CONFIG_HOME", sandbox.path("config"));
    sandbox.finish(command)
}

#[test]
fn an_exec_plugin_is_found_by_its_type() {
    let sandbox = with_plugin("Sed");
    run_plugin(&sandbox).fails_with("unable to find the plugin");
    let script = "#!/bin/sh\ngrep -q 'kind: Sed' \"$1\" || exit 1\nshift\nsed \"$@\"\n";
    sandbox.write_program("config/kustomize/plugin/example.com/v1/sed/Sed", script);
    assert_eq!(run_plugin(&sandbox).succeeds(), SERVICE.replace("web", "x"));
}

#[test]
fn go_plugins_cannot_be_loaded() {
    let sandbox = with_plugin("Compiled");
    sandbox.write("config/kustomize/plugin/example.com/v1/compiled/Compiled.so", "");
    run_plugin(&sandbox).fails_with("a Go shared object, which only a Go program can load");
}
