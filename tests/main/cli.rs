//! The program as its users meet it: help, messages, exit codes, and where the output goes.

use std::io::Read as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::sandbox::{Run, Sandbox};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

/// A sandbox with a kustomization that prefixes one service.
fn shop() -> Sandbox {
    Sandbox::new(&[("kustomization.yaml", "namePrefix: shop-\nresources: [service.yaml]\n"), ("service.yaml", SERVICE)])
}

const RENDERED: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\n";

// ---- the command line ----

#[test]
fn help_of_the_program() {
    let sandbox = Sandbox::new(&[]);
    assert_snapshot!(sandbox.run(&["--help"]).succeeds());
    assert_eq!(sandbox.run(&["help"]).succeeds(), sandbox.run(&["--help"]).succeeds());
}

#[test]
fn help_of_render() {
    let sandbox = Sandbox::new(&[]);
    assert_snapshot!("help_of_render", sandbox.run(&["render", "--help"]).succeeds());
    assert_snapshot!("short_help_of_render", sandbox.run(&["render", "-h"]).succeeds());
}

#[test]
fn help_of_build() {
    assert_snapshot!(Sandbox::new(&[]).run(&["build", "--help"]).succeeds());
}

#[test]
fn help_of_the_commands_that_compare() {
    let sandbox = Sandbox::new(&[]);
    assert_snapshot!("short_help_of_diff", sandbox.run(&["diff", "-h"]).succeeds());
    assert_snapshot!("short_help_of_snapshot", sandbox.run(&["snapshot", "-h"]).succeeds());
}

#[test]
fn the_version_is_printed() {
    let expected = format!("boutique {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Sandbox::new(&[]).run(&["--version"]).succeeds(), expected);
}

#[test]
fn mistakes_on_the_command_line_have_their_own_exit_code() {
    let sandbox = shop();
    let mut list = String::new();
    let mistakes: [&[&str]; 9] = [
        &[],
        &["rendr"],
        &["render", "--unknown"],
        &["render", "--reorder"],
        &["render", "--reorder", "random"],
        &["render", "--prune"],
        &["render", "-o"],
        &["render", "-o", ""],
        &["build", "--load-restrictor", "LoadRestrictionNone"],
    ];
    for arguments in mistakes {
        let run = sandbox.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        list.push_str(&format!("$ boutique {}\n{}\n", arguments.join(" "), run.stderr));
    }
    assert_snapshot!(list);
}

#[test]
fn a_directory_can_be_named_in_many_ways() {
    let sandbox = shop();
    let absolute = sandbox.path("").to_str().unwrap().to_string();
    let own_name = format!("../{}", sandbox.path("").file_name().unwrap().to_str().unwrap());
    for directory in [".", "./", "././", &absolute, &own_name] {
        assert_eq!(sandbox.run(&["render", directory]).succeeds(), RENDERED, "{directory}");
        assert_eq!(sandbox.run(&["build", directory]).succeeds(), RENDERED, "{directory}");
    }
    assert_eq!(sandbox.run(&["render"]).succeeds(), RENDERED, "the working directory is the default");
}

#[test]
fn the_order_can_be_that_of_the_input() {
    let sandbox = shop();
    sandbox.write("kustomization.yaml", "resources: [service.yaml, namespace.yaml]\n");
    sandbox.write("namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
    let kinds = |arguments: &[&str]| {
        let output = sandbox.run(arguments).stdout;
        output.lines().filter_map(|line| line.strip_prefix("kind: ").map(ToString::to_string)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&["render"]), ["Namespace", "Service"]);
    assert_eq!(kinds(&["render", "--reorder", "legacy"]), ["Namespace", "Service"]);
    assert_eq!(kinds(&["render", "--reorder=none"]), ["Service", "Namespace"]);
}

#[test]
fn files_elsewhere_need_a_flag() {
    let sandbox =
        Sandbox::new(&[("app/kustomization.yaml", "resources: [../service.yaml]\n"), ("service.yaml", SERVICE)]);
    sandbox.run(&["render", "app"]).fails();
    for value in ["LoadRestrictionsNone", "none"] {
        sandbox.run(&["render", "app", "--load-restrictor", value]).succeeds();
    }
}

// ---- where the output goes ----

#[test]
fn output_goes_to_a_file() {
    let sandbox = shop();
    assert_eq!(sandbox.run(&["render", "-o", "out.yaml"]).succeeds(), "");
    assert_eq!(sandbox.read("out.yaml"), RENDERED);
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\n");
    assert_eq!(sandbox.run(&["render", "--output=out.yaml", "."]).succeeds(), "");
    assert_eq!(sandbox.read("out.yaml"), RENDERED.replace("shop-", ""), "what was there is replaced");
    assert_eq!(sandbox.list(""), ["kustomization.yaml", "out.yaml", "service.yaml"], "nothing else is left");
}

#[test]
fn a_failing_render_leaves_the_output_file_alone() {
    let sandbox = shop();
    sandbox.write("out.yaml", "before\n");
    sandbox.write("service.yaml", "kind: [");
    sandbox.run(&["render", "-o", "out.yaml"]).fails();
    assert_eq!(sandbox.read("out.yaml"), "before\n");
}

#[test]
fn output_goes_to_a_directory() {
    let sandbox = Sandbox::with_manifest(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:reader'}
",
    );
    sandbox.write("out/other.txt", "stays");
    assert_eq!(sandbox.run(&["render", "-o", "out"]).succeeds(), "");
    assert_snapshot!(sandbox.list("out").join("\n"), @r"
    apps_v1_deployment_web.yaml
    other.txt
    rbac.authorization.k8s.io_v1_clusterrole_system:reader.yaml
    v1_namespace_shop.yaml
    v1_service_web.yaml
    ");
    assert_eq!(sandbox.read("out/v1_service_web.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n");
}

#[test]
fn files_of_several_namespaces_start_with_them() {
    let service = |namespace: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web{namespace}}}\n");
    let documents = [service(""), service(", namespace: one"), service(", namespace: two")];
    let sandbox = Sandbox::with_manifest(documents.join("---\n"));
    std::fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.run(&["render", "-o", "out"]).succeeds();
    assert_snapshot!(sandbox.list("out").join("\n"), @r"
    default_v1_service_web.yaml
    one_v1_service_web.yaml
    two_v1_service_web.yaml
    ");
}

#[test]
fn output_to_nowhere_fails() {
    let sandbox = shop();
    sandbox.write("file", "");
    let mut list = String::new();
    for path in ["missing/out.yaml", "file/out.yaml", "/dev/full"] {
        list.push_str(&format!("-o '{path}'\n{}", sandbox.run(&["render", "-o", path]).fails()));
    }
    assert_snapshot!(list);
}

#[test]
fn names_cannot_lead_out_of_the_output_directory() {
    let sandbox = Sandbox::with_manifest("apiVersion: v1\nkind: Service\nmetadata: {name: x/../../../escaped}\n");
    std::fs::create_dir(sandbox.path("out")).unwrap();
    let message = sandbox.run(&["render", "-o", "out"]).fails();
    assert_snapshot!(message);
    assert!(sandbox.list("out").is_empty());
    assert_eq!(sandbox.list(""), ["a.yaml", "kustomization.yaml", "out"]);
}

#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    let manifest =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: large}}\ndata: {{x: {}}}\n", "x".repeat(1 << 20));
    let sandbox = Sandbox::with_manifest(manifest);
    let mut child =
        sandbox.command(&["render"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    // Like `head -c 10`: more than a pipe holds is on its way when it is closed.
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let run = Run::new(child.wait_with_output().unwrap(), &sandbox.path(""));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_closed_standard_error_does_no_harm() {
    let sandbox = Sandbox::with_manifest("kind: [");
    let mut child =
        sandbox.command(&["render"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

// ---- messages ----

#[test]
fn warnings_go_to_standard_error() {
    let kustomization = "\
commonLabels: {app: shop}
bases: [base]
vars:
- name: UNUSED
  objref: {apiVersion: v1, kind: Service, name: web}
patchesStrategicMerge: []
imageTags: []
patchesJson6902: []
";
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", kustomization),
        ("base/kustomization.yaml", "commonLabels: {}\nresources: [service.yaml]\n"),
        ("base/service.yaml", SERVICE),
    ]);
    let run = sandbox.run(&["render"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("apiVersion: v1\nkind: Service\n"), "{}", run.stdout);
    assert_snapshot!(run.stderr);
}

/// No fixture shows this: kustomize writes the version that it was built as, and a library knows none.
#[test]
fn the_managed_by_label_names_the_version_that_is_followed() {
    let sandbox =
        Sandbox::with_manifest("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {}}\n");
    let by_flag = sandbox.run(&["render", "--enable-managedby-label"]).stdout;
    assert!(by_flag.contains("  labels:\n    app.kubernetes.io/managed-by: kustomize-v0.21.3\n"), "{by_flag}");
    assert!(by_flag.ends_with("  selector: {}\n"), "{by_flag}");
    sandbox.write("kustomization.yaml", "buildMetadata: [managedByLabel]\nresources: [a.yaml]\n");
    assert_eq!(sandbox.run(&["render"]).succeeds(), by_flag);
}

#[test]
fn all_mistakes_of_a_tree_are_told_at_once() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources:\n- missing.yaml\n- base\n- also-missing.yaml\nconfigurations: [none.yaml]\n",
        ),
        ("base/kustomization.yaml", "resources:\n- absent.yaml\n"),
    ]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn a_message_tells_how_the_file_was_reached() {
    let sandbox = Sandbox::new(&[
        ("overlay/kustomization.yaml", "resources:\n- ../middle\n"),
        ("middle/kustomization.yaml", "components:\n- ../component\n"),
        ("component/kustomization.yaml", "kind: Component\nresources: [a.yaml]\n"),
        ("component/a.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  labels: {a: b}\n"),
    ]);
    assert_snapshot!(sandbox.run(&["render", "overlay"]).fails());
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let long = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {}, b: &x, *y}}\n",
        "x".repeat(5000)
    );
    let message = Sandbox::with_manifest(long).run(&["render"]).fails();
    assert!(message.len() < 1000, "{} bytes", message.len());
    assert_snapshot!(message);
}

#[test]
fn messages_have_no_colours_in_a_pipe() {
    let sandbox = Sandbox::with_manifest("kind: [");
    let plain = sandbox.run(&["render"]).fails();
    assert!(!plain.contains('\x1b'));
    for (variable, value) in [("NO_COLOR", "1"), ("NO_COLOR", ""), ("TERM", "xterm-256color")] {
        let run = Run::new(sandbox.command(&["render"]).env(variable, value).output().unwrap(), &sandbox.path(""));
        assert_eq!(run.fails(), plain, "{variable}={value}");
    }
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let sandbox = Sandbox::with_manifest("apiVersion: v1\nkind: \"\\e]0;title\\a\"\nmetadata: {name: \"\\e[2J\"}\n");
    sandbox.write("kustomization.yaml", "resources: [a.yaml, a.yaml, \"\\e[31m.yaml\"]\n\"\\e[0m\": x\n");
    let message = sandbox.run(&["render"]).fails();
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
    sandbox.write("kustomization.yaml", "resources: [a.yaml, a.yaml]\n");
    let message = sandbox.run(&["render"]).fails();
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
}

#[test]
fn passwords_of_urls_are_not_printed() {
    let url = "https://user:secret@example.com/org";
    let long = "x".repeat(200);
    let mut list = String::new();
    for kustomization in [
        format!("resource: [{url}]\n"),
        format!("resources: [a]\nnamePrefix: [{url}, {url}]\n"),
        format!("namePrefix: {{a: {url}, b: [{url}, {long}], c: *{url}}}\n"),
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &kustomization)]);
        list.push_str(&sandbox.run(&["render"]).fails());
    }
    assert!(!list.contains("secret"), "{list}");
    assert_snapshot!(list);
}

// ---- what is no kustomization at all ----

#[test]
fn a_directory_that_does_not_exist() {
    assert_snapshot!(Sandbox::new(&[]).run(&["render", "missing"]).fails());
}

#[test]
fn a_directory_without_kustomization() {
    let sandbox = Sandbox::new(&[("deployment.yaml", SERVICE)]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn a_file_in_place_of_a_directory() {
    assert_snapshot!(shop().run(&["render", "kustomization.yaml"]).fails());
}

#[test]
fn a_directory_in_place_of_a_kustomization() {
    let sandbox = Sandbox::new(&[("kustomization.yaml/x", "")]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn empty_files() {
    assert_eq!(Sandbox::with_manifest("").run(&["render"]).succeeds(), "");
    let sandbox = Sandbox::new(&[("kustomization.yaml", "")]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn bytes_that_are_no_text() {
    let mut list = String::new();
    let elf: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0";
    let samples: [(&str, &[u8]); 6] = [
        ("a program", elf),
        ("an image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("Latin 1", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \xe4}\n"),
        ("Latin 1 with Windows line ends", b"apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: \xe4}\r\n"),
        ("NUL", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"a\0b\"}\n"),
        ("half a character", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a} # \xf0\x9f"),
    ];
    for (what, bytes) in samples {
        list.push_str(&format!("{what}\n{}", Sandbox::with_manifest(bytes).run(&["render"]).fails()));
    }
    let sandbox = Sandbox::new(&[]);
    sandbox.write("kustomization.yaml", elf);
    list.push_str(&format!("a program as kustomization\n{}", sandbox.run(&["render"]).fails()));
    let sandbox = shop();
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\npatches: [{path: p.yaml}]\n");
    sandbox.write("p.yaml", elf);
    list.push_str(&format!("a program as patch\n{}", sandbox.run(&["render"]).fails()));
    assert_snapshot!(list);
}

#[test]
fn a_directory_as_a_patch() {
    let sandbox = shop();
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\npatches:\n- path: patches\n");
    sandbox.write("patches/a.yaml", SERVICE);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn links_that_lead_in_circles() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [loop.yaml, loop]\n")]);
    for name in ["loop.yaml", "loop"] {
        std::os::unix::fs::symlink(name, sandbox.path(name)).unwrap();
    }
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn a_link_out_of_the_directory() {
    let sandbox = Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", SERVICE)]);
    std::os::unix::fs::symlink("../a.yaml", sandbox.path("app/a.yaml")).unwrap();
    assert_snapshot!(sandbox.run(&["render", "app"]).fails());
}

// ---- more than is reasonable ----

#[test]
fn a_line_of_twenty_megabytes() {
    let value = "x".repeat(20 << 20);
    let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{x: {value}}}\n");
    let output = Sandbox::with_manifest(manifest).run(&["render"]).succeeds();
    let expected = format!("apiVersion: v1\ndata:\n  x: {value}\nkind: ConfigMap\nmetadata:\n  name: a\n");
    assert!(output == expected, "{} bytes for {}", output.len(), expected.len());

    let message = Sandbox::with_manifest(value + "]").run(&["render"]).fails();
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn nesting_without_end() {
    let depth = 1_000_000;
    let samples = [
        ("open lists", "[".repeat(depth)),
        ("lists", "[".repeat(depth) + &"]".repeat(depth)),
        ("open mappings", "{a: ".repeat(depth)),
        ("mappings", "{a: ".repeat(depth) + &"}".repeat(depth)),
        ("dashes", "\n  ".to_string() + &"- ".repeat(depth)),
        ("questions", "\n  ".to_string() + &"? ".repeat(depth)),
        ("too deep for JSON", "[".repeat(10_000) + &"]".repeat(10_000)),
    ];
    let mut list = String::new();
    for (what, text) in samples {
        let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {text}\n");
        let message = Sandbox::with_manifest(manifest).run(&["render"]).fails();
        let first = message.lines().next().unwrap_or_default();
        list.push_str(&format!("{what}: {first}\n"));
    }
    assert_snapshot!(list);
}

/// The reference's limit is 10,000 as well.
#[test]
fn deep_nesting_is_rendered() {
    let indented: String = (1..2000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    for text in ["[".repeat(9_999) + &"]".repeat(9_999), format!("\n{indented}")] {
        let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {text}\n");
        let output = Sandbox::with_manifest(manifest).run(&["render"]).succeeds();
        assert!(output.ends_with("\nkind: ConfigMap\nmetadata:\n  name: a\n"));
    }
}

#[test]
fn an_alias_bomb() {
    let mut manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  l0: &l0 [x, x, x, x]\n".to_string();
    for level in 1..40 {
        let below = level - 1;
        manifest.push_str(&format!("  l{level}: &l{level} [*l{below}, *l{below}, *l{below}, *l{below}]\n"));
    }
    assert_snapshot!(Sandbox::with_manifest(manifest).run(&["render"]).fails());
}

#[test]
fn an_anchor_that_holds_itself() {
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &d\n  x: *d\n";
    assert_snapshot!(Sandbox::with_manifest(manifest).run(&["render"]).fails());
}

#[test]
fn a_pattern_that_grows() {
    let sandbox = shop();
    let pattern = "(((((a{100}){100}){100}){100}){100})";
    let entry = format!("- target: {{name: '{pattern}'}}\n  patch: '[{{\"op\": \"remove\", \"path\": \"/spec\"}}]'\n");
    sandbox.write("kustomization.yaml", format!("resources: [service.yaml]\npatches:\n{entry}"));
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn a_panic_asks_for_a_report() {
    let sandbox = Sandbox::new(&[]);
    let mut command = sandbox.command(&["render", "https://user:secret@example.com/org/repo"]);
    command.env("BOUTIQUE_INTERNAL_PANIC", "index out of bounds");
    let run = sandbox.finish(command);
    assert_eq!((run.code, run.stdout.as_str()), (70, ""));
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines[0], "internal error: index out of bounds");
    assert!(lines[1].starts_with(concat!("  version:  boutique ", env!("CARGO_PKG_VERSION"), " (")), "{}", run.stderr);
    assert!(lines[2].ends_with(" render https://***@example.com/org/repo"), "{}", run.stderr);
    assert!(lines[3].starts_with("  location: src/cli/panic.rs:"), "{}", run.stderr);
    assert!(lines[4].starts_with("This is a bug in boutique.") && lines.len() == 5, "{}", run.stderr);
}
