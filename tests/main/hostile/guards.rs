//! The guards of the process, and every command on small trees that cost much.

use std::path::Path;

use super::amplifiers::AMPLIFIERS;
use super::{MAP, RUNS_PROGRAMS};
use crate::sandbox::{Run, Sandbox, search_path};

/// A tree that takes long and much memory honestly: its documents are large.
fn large_tree() -> Sandbox {
    let mut text = format!("{MAP}a0: &a0 [{}]\n", "v, ".repeat(10));
    for level in 1..5 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let sandbox = Sandbox::new(&[("empty/kustomization.yaml", "namePrefix: a\n")]);
    let documents = 40;
    for at in 0..documents {
        sandbox.write(&format!("large/r{at}.yaml"), text.replace("name: a\n", &format!("name: a{at}\n")));
    }
    let names: String = (0..documents).map(|at| format!("r{at}.yaml, ")).collect();
    sandbox.write("large/kustomization.yaml", format!("resources: [{names}]\n"));
    sandbox
}

#[track_caller]
fn is_stopped(run: &Run, flag: &str, code: i32) {
    assert_eq!(run.code, code, "{}", run.stderr);
    assert!(run.stderr.contains("error[limit-exceeded]") && run.stderr.contains(flag), "{}", run.stderr);
}

#[test]
fn time_is_limited_in_every_command() {
    let sandbox = large_tree();
    for (command, code) in [
        (&["render", "large"][..], 1),
        (&["render", "--all", "-j", "4", "."], 1),
        (&["explain", "large", "ConfigMap/a1"], 1),
        (&["diff", "empty", "large"], 2),
        (&["lint", "."], 1),
        (&["edit", "fix", "large"], 1),
    ] {
        let run = sandbox.run(&[command, &["--max-time", "1"]].concat());
        is_stopped(&run, "raise the limit with `--max-time`", code);
    }
    let run = sandbox.run(&["render", "large", "--max-time", "1"]);
    assert!(run.stderr.contains("the target `large` was being rendered"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}

#[test]
fn memory_is_limited_in_every_command() {
    let sandbox = large_tree();
    for (command, code) in [
        (&["render", "large"][..], 1),
        (&["render", "--all", "-j", "4", ".", "--output-dir", "out"], 1),
        (&["explain", "large", "ConfigMap/a1"], 1),
        (&["diff", "empty", "large"], 2),
        (&["lint", "."], 1),
        (&["graph", "--resources", "large"], 1),
    ] {
        let run = sandbox.run(&[command, &["--max-memory", "60000000"]].concat());
        is_stopped(&run, "raise the limit with `--max-memory`", code);
    }
    let left: Vec<String> = sandbox.list(".").into_iter().filter(|name| name.starts_with(".boutique")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn small_inputs_are_allowed_little() {
    let sandbox = large_tree();
    let run = sandbox.run(&["explain", "large", "--format", "json", "--max-resource-memory", "4000000000"]);
    is_stopped(&run, "raise the limit with `--max-memory`", 1);
    assert!(run.stderr.contains("memory limit exceeded: more than 40"), "{}", run.stderr);
}

#[test]
fn messages_of_the_guards_have_the_chosen_format() {
    let sandbox = large_tree();
    let run = sandbox.run(&["render", "large", "--message-format", "json", "--max-memory", "60000000"]);
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(text.contains("\"code\":\"limit-exceeded\"") && text.starts_with('{'), "{text}");
}

#[test]
fn programs_and_temporary_files_do_not_outlive_the_guards() {
    let sandbox = large_tree();
    let configuration = "apiVersion: example.com/v1\nkind: Maker\nmetadata:\n  name: maker\n  annotations:\n    \
                         config.kubernetes.io/function: 'exec: {path: ./makes}'\n";
    sandbox.write("program/kustomization.yaml", "generators: [maker.yaml]\n");
    sandbox.write("program/maker.yaml", configuration);
    sandbox.write_program("program/makes", "#!/bin/sh\necho $$ >pid\nsleep 600\n");
    let mut command = sandbox.command(&[&RUNS_PROGRAMS[..], &["--all", "-j", "2", ".", "--max-time", "2"]].concat());
    command.env("PATH", search_path());
    is_stopped(&sandbox.finish(command), "--max-time", 1);
    let id = sandbox.read("program/pid");
    assert!(!Path::new("/proc").join(id.trim()).exists(), "the program still runs");
}

/// Each command, and its arguments after the tree has been made. `copy` does not exist.
const COMMANDS: &[&[&str]] = &[
    &["build", "a"],
    &["render", "--all", "-j", "4", "a"],
    &["lint", "a"],
    &["explain", "a"],
    &["explain", "a", "--format", "json"],
    &["diff", "empty", "a", "--format", "html", "--explain"],
    &["diff", "empty", "a", "--format", "markdown"],
    &["graph", "a", "--resources", "--format", "svg"],
    &["tree", "a"],
    &["inputs", "a"],
    &["localize", "a", "copy", "--scope", "a", "--no-verify"],
    &["snapshot", "a", "--update"],
    &["edit", "fix", "a"],
    &["create", "--autodetect", "--recursive"],
];

/// The full sizes are measured by `.ci/matrix`.
#[test]
fn every_command_ends_on_trees_that_cost_much() {
    for (name, amplifier) in AMPLIFIERS {
        let sandbox = Sandbox::new(&[("empty/kustomization.yaml", "namePrefix: a\n")]);
        for (file, text) in amplifier(0.01) {
            sandbox.write(&format!("a/{file}"), text);
        }
        for command in COMMANDS {
            let run = sandbox.run(&[command, &["--max-time", "5", "--max-memory", "500000000"][..]].concat());
            assert!(matches!(run.code, 0..=2), "{name}: {command:?}: {}", run.stderr);
        }
    }
}
