//! Help, flags and usage errors.

use insta::assert_snapshot;

use super::{RENDERED, SERVICE, shop};
use crate::sandbox::Sandbox;

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
fn help_of_diff_and_snapshot() {
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
fn usage_errors_have_their_own_exit_code() {
    let sandbox = shop();
    let mut list = String::new();
    let cases: [&[&str]; 10] = [
        &["edit", "ad"],
        &["edit", "add", "resourc", "a.yaml"],
        &["rendr"],
        &["render", "--unknown"],
        &["render", "--reorder"],
        &["render", "--reorder", "random"],
        &["render", "--prune"],
        &["render", "-o"],
        &["render", "-o", ""],
        &["build", "--load-restrictor", "LoadRestrictionNone"],
    ];
    for arguments in cases {
        let run = sandbox.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        list.push_str(&format!("$ boutique {}\n{}\n", arguments.join(" "), run.stderr));
    }
    assert_snapshot!(list);
}

#[test]
fn directories_can_be_named_in_several_ways() {
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
fn reorder_none_keeps_the_order_of_the_input() {
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
fn files_outside_the_root_need_a_flag() {
    let sandbox =
        Sandbox::new(&[("app/kustomization.yaml", "resources: [../service.yaml]\n"), ("service.yaml", SERVICE)]);
    sandbox.run(&["render", "app"]).fails();
    for value in ["LoadRestrictionsNone", "none"] {
        sandbox.run(&["render", "app", "--load-restrictor", value]).succeeds();
    }
}
