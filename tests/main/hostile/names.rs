//! Names of a tree that another program could interpret as an option, and search paths that lead to the tree.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::{GENERATED, run_with_programs};
use crate::sandbox::{PROGRAM, Sandbox, git, search_path};

/// Names that programs interpret as options.
const NAMES: [&str; 6] = ["--enable-alpha-plugins", "-o", "-o=x", "--", "-", "-x-y"];

/// A repository with a target for each name and an empty first commit.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new(&[("a.txt", "")]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "base"]);
    for name in NAMES {
        sandbox.write(&format!("{name}/kustomization.yaml"), "resources: [./-c.yaml]\n");
        sandbox.write(&format!("{name}/-c.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    }
    sandbox
}

#[test]
fn listed_names_are_not_options() {
    let sandbox = repository();
    let mut expected: Vec<String> = NAMES.iter().map(|name| format!("./{name}")).collect();
    expected.sort();
    for arguments in [&["affected", "--since", "HEAD"][..], &["affected", "--since", "HEAD", "."]] {
        let lines = run_with_programs(&sandbox, arguments).succeeds();
        let mut listed: Vec<&str> = lines.lines().collect();
        listed.sort_unstable();
        assert_eq!(listed, expected);
        let nul = run_with_programs(&sandbox, &[arguments, &["-0"]].concat()).succeeds();
        let mut listed: Vec<&str> = nul.split_terminator('\0').collect();
        listed.sort_unstable();
        assert_eq!(listed, expected);
        let json = run_with_programs(&sandbox, &[arguments, &["--json"]].concat()).succeeds();
        let mut listed: Vec<String> = serde_json::from_str(&json).unwrap();
        listed.sort();
        assert_eq!(listed, expected);
    }
    for name in NAMES {
        for flags in [&[][..], &["-0"], &["--directories"], &["--directories", "-0"]] {
            let listed = run_with_programs(&sandbox, &[&["inputs"], flags, &["--", name]].concat()).succeeds();
            let mut entries = listed.split(['\n', '\0']).filter(|entry| !entry.is_empty());
            assert!(entries.all(|entry| entry.starts_with("./")), "{name}: {listed}");
        }
        let json = run_with_programs(&sandbox, &["inputs", "--format", "json", "--", name]).succeeds();
        let entries: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert!(entries.iter().all(|entry| entry["path"].as_str().unwrap().starts_with("./")), "{json}");
    }
    // Files of the working directory itself.
    let mut command = sandbox.command(&["inputs", "-0", "--type", "file"]);
    command.current_dir(sandbox.path("-o"));
    let listed = sandbox.finish(command).succeeds();
    assert_eq!(listed, "./-c.yaml\0kustomization.yaml\0");
}

#[test]
fn names_that_are_several_words_are_not_listed_as_lines() {
    let sandbox = Sandbox::new(&[("a.txt", "")]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "base"]);
    let names = ["zz --enable-exec", "a\tb", "a\nb", "a \"-x\"", "'", "a\\ b", "a\u{a0}-x", "good"];
    for name in names {
        sandbox.write(&format!("clusters/{name}/kustomization.yaml"), GENERATED);
    }
    for root in [".", "clusters"] {
        let run = run_with_programs(&sandbox, &["affected", "--since", "HEAD", root]);
        assert_eq!((run.code, run.stdout.as_str()), (1, "clusters/good\n"), "{}", run.stderr);
        assert_eq!(run.stderr.matches("contains spaces or quotes").count(), names.len() - 1, "{}", run.stderr);
        let nul = run_with_programs(&sandbox, &["affected", "--since", "HEAD", root, "-0"]).succeeds();
        assert_eq!(nul.split_terminator('\0').count(), names.len());
        let json = run_with_programs(&sandbox, &["affected", "--since", "HEAD", root, "--json"]).succeeds();
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap().len(), names.len());
    }
}

#[test]
fn listed_targets_can_be_rendered() {
    let sandbox = repository();
    let listed = run_with_programs(&sandbox, &["affected", "--since", "HEAD", "-0"]).succeeds();
    let names: Vec<&str> = listed.split_terminator('\0').collect();
    // Also without the two dashes of the examples.
    for separator in [&[][..], &["--"]] {
        let start = ["render", "--output-dir", "out", "--quiet"];
        run_with_programs(&sandbox, &[&start[..], separator, &names].concat()).succeeds();
        assert_eq!(sandbox.list("out").len(), NAMES.len() + 1);
        fs::remove_dir_all(sandbox.path("out")).unwrap();
    }
}

#[test]
fn listed_targets_are_not_urls() {
    let sandbox = Sandbox::new(&[("a.txt", "")]);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "base"]);
    let names =
        ["github.com/evil/repo", "git@example.com:evil/repo/app", "https:/a", "a@b:c/d", "GitHub.com/a/b?ref=x"];
    for name in names {
        sandbox.write(&format!("{name}/kustomization.yaml"), GENERATED);
    }
    let listed = run_with_programs(&sandbox, &["affected", "--since", "HEAD", "-0"]).succeeds();
    let listed: Vec<&str> = listed.split_terminator('\0').collect();
    assert_eq!(listed.len(), names.len());
    let start = ["render", "--no-remote", "--output-dir", "out", "--quiet", "--"];
    run_with_programs(&sandbox, &[&start[..], &listed].concat()).succeeds();
    assert!(sandbox.path("out/github.com/evil/repo.yaml").exists());
}

#[test]
fn directories_that_look_like_options_follow_two_dashes() {
    for name in ["--enable-exec", "-o", "--help", "-h", "--enable-helm=true", "-"] {
        let commands: [&[&str]; 12] = [
            &["render"],
            &["build"],
            &["render", "--all"],
            &["explain"],
            &["lint"],
            &["snapshot", "--update"],
            &["tree"],
            &["graph"],
            &["graph", "--resources"],
            &["inputs"],
            &["edit", "fix"],
            &["localize"],
        ];
        for command in commands {
            let sandbox = Sandbox::new(&[(&format!("{name}/kustomization.yaml"), GENERATED)]);
            let run = run_with_programs(&sandbox, &[command, &["--", name]].concat());
            assert_eq!(run.code, 0, "{command:?} {name}: {}{}", run.stdout, run.stderr);
            assert!(!run.stdout.contains("Usage:"), "{command:?} {name}: {}", run.stdout);
        }
        let sandbox =
            Sandbox::new(&[(&format!("{name}/kustomization.yaml"), GENERATED), ("b/kustomization.yaml", GENERATED)]);
        if name != "-" {
            run_with_programs(&sandbox, &["diff", "--", name, "b"]).assert_code(0);
        }
        run_with_programs(&sandbox, &["localize", "--", "b", "-new"]).assert_code(0);
        assert!(sandbox.path("-new/kustomization.yaml").exists());
        symlink(PROGRAM, sandbox.path("kustomize")).unwrap();
        for command in [&["build"][..], &["localize"]] {
            let mut kustomize = Command::new(sandbox.path("kustomize"));
            kustomize.args(command).args(["--", name]).current_dir(sandbox.path("")).env_clear();
            kustomize.env("TMPDIR", sandbox.temporary());
            sandbox.finish(kustomize).assert_code(0);
        }
    }
}

#[test]
fn search_paths_are_never_relative() {
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "generators: [g.yaml]\n"),
        ("g.yaml", "apiVersion: evil.example.com/v1\nkind: Pwner\nmetadata: {name: p}\n"),
    ]);
    let plugin = "#!/bin/sh\ntouch \"${0%/*}/ran\"\n";
    let homes =
        [".config/kustomize/plugin", "kustomize/plugin", "x/kustomize/plugin", "x/.config/kustomize/plugin", "x"];
    for home in homes {
        sandbox.write_program(&format!("{home}/evil.example.com/v1/pwner/Pwner"), plugin);
    }
    let variables = ["HOME", "XDG_CONFIG_HOME", "KUSTOMIZE_PLUGIN_HOME"];
    for value in [None, Some(""), Some("."), Some("x"), Some("./x"), Some("../sandbox/x")] {
        for variable in variables {
            let mut command = sandbox.command(&["render", "--enable-alpha-plugins"]);
            variables.iter().for_each(|name| _ = command.env_remove(name));
            if let Some(value) = value {
                command.env(variable, value);
            }
            let run = sandbox.finish(command);
            assert!(run.stderr.contains("no kustomize/plugin folder"), "{variable}={value:?}: {}", run.stderr);
        }
    }
    for home in homes {
        assert!(!sandbox.path(&format!("{home}/evil.example.com/v1/pwner/ran")).exists(), "{home}");
    }
    // Absolute directories are used.
    let mut command = sandbox.command(&["render", "--enable-alpha-plugins"]);
    sandbox
        .finish({
            _ = command.env("HOME", sandbox.path("x")).env("PATH", search_path());
            command
        })
        .assert_code(0);
    assert!(sandbox.path("x/.config/kustomize/plugin/evil.example.com/v1/pwner/ran").exists());
}

#[test]
fn programs_get_no_relative_directories() {
    let configuration = "apiVersion: example.com/v1\nkind: Maker\nmetadata:\n  name: maker\n  annotations:\n    \
                         config.kubernetes.io/function: 'exec: {path: ./makes}'\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", "generators: [maker.yaml]\n"), ("maker.yaml", configuration)]);
    sandbox.write_program("makes", "#!/bin/sh\nenv > seen\n");
    let mut command = sandbox.command(&["render", "--enable-alpha-plugins", "--enable-exec"]);
    command.env("HOME", "home").env("TMPDIR", ".").env("PATH", search_path());
    sandbox.finish(command).assert_code(0);
    let seen = sandbox.read("seen");
    assert!(!seen.contains("HOME=") && !seen.contains("TMPDIR="), "{seen}");
    // Temporary files are not created in the tree.
    sandbox
        .write_program("home/.config/kustomize/plugin/example.com/v1/maker/Maker", "#!/bin/sh\necho \"$1\" > seen\n");
    sandbox.write("maker.yaml", "apiVersion: example.com/v1\nkind: Maker\nmetadata: {name: maker}\n");
    let mut command = sandbox.command(&["render", "--enable-alpha-plugins"]);
    command.env("TMPDIR", "").env("PATH", search_path());
    sandbox.finish(command).assert_code(0);
    assert!(sandbox.read("seen").starts_with("/tmp/"), "{}", sandbox.read("seen"));
}
