//! Remote bases and files, from servers on this machine.

mod attacks;
mod errors;
mod files;
mod repositories;
mod server;

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use self::server::{Page, Server};
use crate::sandbox::{Run, Sandbox, search_path};

/// A sandbox with repositories, and a tree that refers to them.
pub struct World {
    sandbox: Sandbox,
}

impl Deref for World {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl World {
    pub fn new() -> World {
        let world = World { sandbox: Sandbox::new(&[]) };
        for directory in ["repositories", "home"] {
            fs::create_dir(world.path(directory)).unwrap();
        }
        world
    }

    /// Writes the kustomization in `tree`, which lists these resources.
    pub fn tree(&self, resources: &[&str]) {
        self.write("tree/kustomization.yaml", list("resources", resources));
    }

    pub fn render(&self) -> Run {
        self.render_with(&[])
    }

    pub fn render_with(&self, environment: &[(&str, &str)]) -> Run {
        self.run_with_git(&["render", "tree"], environment)
    }

    /// Runs the program with a search path, so that it finds git.
    pub fn run_with_git(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut command = self.command(arguments);
        command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1").envs(environment.iter().copied());
        self.finish(command)
    }

    pub fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(directory).env_clear().env("PATH", search_path()).env("HOME", self.path("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null());
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        command.args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]).args(arguments);
        let output = command.output().expect("the tests need git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    /// Creates a repository with one commit of these files.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = self.path("repositories").join(name);
        fs::create_dir_all(&path).unwrap();
        self.git(&path, &["init", "--quiet"]);
        self.commit(&path, files);
        path
    }

    pub fn commit(&self, repository: &Path, files: &[(&str, &str)]) {
        for (file, text) in files {
            self.write(repository.join(file).to_str().unwrap(), text);
        }
        self.git(repository, &["add", "--all"]);
        self.git(repository, &["commit", "--quiet", "--message", "more"]);
    }
}

pub fn list(field: &str, entries: &[&str]) -> String {
    entries.iter().fold(format!("{field}:\n"), |text, entry| format!("{text}- {entry}\n"))
}

pub fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

/// Creates a repository with a base, an overlay, a component, and a tag `v1` of an earlier state.
pub fn shop(world: &World) -> PathBuf {
    let repository = world.repository(
        "shop",
        &[
            ("kustomization.yaml", "resources: [old.yaml]\n"),
            ("old.yaml", &config_map("old")),
            ("base/kustomization.yaml", "resources: [shop.yaml]\n"),
            ("base/shop.yaml", &config_map("shop")),
        ],
    );
    world.git(&repository, &["tag", "v1"]);
    world.commit(
        &repository,
        &[
            ("kustomization.yaml", "resources: [new.yaml]\n"),
            ("new.yaml", &config_map("new")),
            ("overlays/dev/kustomization.yaml", "resources: [../../base]\nnamePrefix: dev-\n"),
            (
                "components/labels/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {tier: web}}]\n",
            ),
        ],
    );
    repository
}

/// Puts a script named `git` first on the search path, and returns that path.
pub fn replace_git(world: &World, script: &str) -> String {
    world.write_program("trap/git", &format!("#!/bin/sh\n{script}"));
    format!("{}:{}", world.path("trap").display(), search_path().to_string_lossy())
}
