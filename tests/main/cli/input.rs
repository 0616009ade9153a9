//! Input that cannot be rendered, or is unreasonably large.

use insta::assert_snapshot;

use super::{SERVICE, shop};
use crate::sandbox::Sandbox;

#[test]
fn missing_directory() {
    assert_snapshot!(Sandbox::new(&[]).run(&["render", "missing"]).fails());
}

#[test]
fn commands_agree_on_missing_directories() {
    for arguments in [&["render"][..], &["tree"], &["graph"], &["inputs"], &["localize"]] {
        let command = [arguments, &["missing"]].concat();
        shop().run(&command).fails_with("error[not-found]: no such directory: `[sandbox]/missing`");
        let command = [arguments, &["service.yaml"]].concat();
        shop().run(&command).fails_with("error[wrong-file-type]: `[sandbox]/service.yaml` is not a directory");
    }
    let searching: [&[&str]; 3] = [&["lint"], &["render", "--all"], &["affected", "--since", "main"]];
    for arguments in searching {
        shop().run(&[arguments, &["missing"]].concat()).fails_with("error: no such directory: `missing`");
    }
    // `lint` accepts files.
    for arguments in &searching[1..] {
        shop().run(&[*arguments, &["service.yaml"]].concat()).fails_with("error: `service.yaml` is not a directory");
    }
}

#[test]
fn directory_without_kustomization() {
    let sandbox = Sandbox::new(&[("deployment.yaml", SERVICE)]);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn file_instead_of_a_directory() {
    assert_snapshot!(shop().run(&["render", "kustomization.yaml"]).fails());
}

#[test]
fn directory_instead_of_a_kustomization() {
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
fn binary_files() {
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
fn directory_as_a_patch() {
    let sandbox = shop();
    sandbox.write("kustomization.yaml", "resources: [service.yaml]\npatches:\n- path: patches\n");
    sandbox.write("patches/a.yaml", SERVICE);
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn link_cycles() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [loop.yaml, loop]\n")]);
    for name in ["loop.yaml", "loop"] {
        std::os::unix::fs::symlink(name, sandbox.path(name)).unwrap();
    }
    assert_snapshot!(sandbox.run(&["render"]).fails());
}

#[test]
fn link_out_of_the_directory() {
    let sandbox = Sandbox::new(&[("app/kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", SERVICE)]);
    std::os::unix::fs::symlink("../a.yaml", sandbox.path("app/a.yaml")).unwrap();
    assert_snapshot!(sandbox.run(&["render", "app"]).fails());
}

#[test]
fn line_of_twenty_megabytes() {
    let value = "x".repeat(20 << 20);
    let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{x: {value}}}\n");
    let output = Sandbox::with_manifest(manifest).run(&["render"]).succeeds();
    let expected = format!("apiVersion: v1\ndata:\n  x: {value}\nkind: ConfigMap\nmetadata:\n  name: a\n");
    assert!(output == expected, "{} bytes for {}", output.len(), expected.len());

    let message = Sandbox::with_manifest(value + "]").run(&["render"]).fails();
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn excessive_nesting() {
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

/// kustomize has the same limit of 10,000.
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
fn alias_bomb() {
    let mut manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  l0: &l0 [x, x, x, x]\n".to_string();
    for level in 1..40 {
        let below = level - 1;
        manifest.push_str(&format!("  l{level}: &l{level} [*l{below}, *l{below}, *l{below}, *l{below}]\n"));
    }
    assert_snapshot!(Sandbox::with_manifest(manifest).run(&["render"]).fails());
}

#[test]
fn anchor_that_contains_itself() {
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &d\n  x: *d\n";
    assert_snapshot!(Sandbox::with_manifest(manifest).run(&["render"]).fails());
}

#[test]
fn nested_repetitions_in_a_pattern() {
    let sandbox = shop();
    let pattern = "(((((a{100}){100}){100}){100}){100})";
    let entry = format!("- target: {{name: '{pattern}'}}\n  patch: '[{{\"op\": \"remove\", \"path\": \"/spec\"}}]'\n");
    sandbox.write("kustomization.yaml", format!("resources: [service.yaml]\npatches:\n{entry}"));
    assert_snapshot!(sandbox.run(&["render"]).fails());
}
