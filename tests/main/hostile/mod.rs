//! Hostile trees. SECURITY.md lists the attacks, the defenses, and the tests that show them.

mod amplifiers;
mod charts;
mod configuration;
mod files;
mod fixes;
mod git_directories;
mod growth;
mod guards;
mod limits;
mod messages;
mod names;
mod network;
mod output;
mod programs;
mod repositories;
mod revisions;

use std::process::Command;

use crate::sandbox::{Run, Sandbox, search_path};

pub const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

pub fn make_pipe(sandbox: &Sandbox, name: &str) {
    let made = Command::new("mkfifo").arg(sandbox.path(name)).status().expect("the tests need mkfifo");
    assert!(made.success());
}

/// Runs the program with a search path, so that it finds git and others.
pub fn run_with_programs(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(arguments);
    command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.finish(command)
}

pub const RUNS_PROGRAMS: [&str; 3] = ["render", "--enable-alpha-plugins", "--enable-exec"];

pub const GENERATED: &str = "configMapGenerator: [{name: a}]\n";

/// A sandbox with a target `tree/app`, and files outside of the tree that must not be read or changed.
pub fn tree_with_outside() -> Sandbox {
    Sandbox::new(&[
        ("tree/app/kustomization.yaml", GENERATED),
        ("outside/secret", "root:hunter2\n"),
        ("outside/keep.yaml", "kept: true\n"),
    ])
}

pub fn run_in_tree(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(arguments);
    command.current_dir(sandbox.path("tree")).env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.finish(command)
}

/// Asserts that a run fails with this message, and shows nothing of the files outside.
#[track_caller]
pub fn refuses(run: &Run, message: &str) {
    assert!(run.code != 0 && run.stderr.contains(message), "no `{message}` in: {}{}", run.stdout, run.stderr);
    assert!(!run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"), "{}{}", run.stdout, run.stderr);
}
