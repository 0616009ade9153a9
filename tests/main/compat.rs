//! Drop-in replacement for kustomize: the name of the program, its versions and its flags.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::{PROGRAM, Run, Sandbox};

const KUSTOMIZATION: &str = "namePrefix: x-\nresources: [service.yaml]\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
const RENDERED: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: x-web\n";

fn shop() -> Sandbox {
    Sandbox::new(&[("kustomization.yaml", KUSTOMIZATION), ("service.yaml", SERVICE)])
}

/// Runs the program through a link named `kustomize`.
fn kustomize(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let link = sandbox.path("bin/kustomize");
    if !link.exists() {
        fs::create_dir_all(sandbox.path("bin")).expect("the directory is writable");
        #[cfg(unix)]
        std::os::unix::fs::symlink(PROGRAM, &link).expect("the directory is writable");
        #[cfg(not(unix))]
        fs::copy(PROGRAM, &link).expect("the directory is writable");
    }
    let own = sandbox.command(arguments);
    let mut command = Command::new(link);
    command.args(arguments).current_dir(sandbox.path("")).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    sandbox.finish(command)
}

#[test]
fn versions_of_kustomize_and_boutique_are_shown() {
    let sandbox = Sandbox::new(&[]);
    let mut list = String::new();
    for arguments in ["version", "version --short", "version -o yaml", "version --output=json"] {
        let words: Vec<&str> = arguments.split(' ').collect();
        list.push_str(&format!("$ boutique {arguments}\n{}\n", sandbox.run(&words).stdout));
    }
    list = list.replace("amd64", "[processor]").replace("arm64", "[processor]");
    assert_snapshot!(list);
    assert_eq!(kustomize(&sandbox, &["version"]).succeeds(), "v5.8.1\n");
    assert_eq!(sandbox.run(&["version", "--short", "-o", "yaml"]).code, 2);
}

#[test]
fn named_kustomize_it_has_the_commands_of_kustomize() {
    let sandbox = shop();
    assert_eq!(kustomize(&sandbox, &["build"]).succeeds(), RENDERED);
    assert_snapshot!(kustomize(&sandbox, &["--help"]).succeeds());
    for arguments in [&["render"][..], &["build", "--unknown"], &["explain", "."], &["build", ".", "."]] {
        let run = kustomize(&sandbox, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{arguments:?}");
    }
}

/// As with kustomize, a command without its subcommand prints its help. An unknown subcommand does so only for `kustomize`.
#[test]
fn a_missing_subcommand_prints_help() {
    let sandbox = shop();
    for arguments in [&[][..], &["edit"], &["edit", "add"], &["openapi"]] {
        for run in [sandbox.run(arguments), kustomize(&sandbox, arguments)] {
            assert!(run.succeeds().contains("Usage:"), "{arguments:?}");
        }
    }
    let add = kustomize(&sandbox, &["edit", "add"]).succeeds();
    assert!(add.contains("configmap"), "{add}");
    assert_eq!(kustomize(&sandbox, &["edit", "add", "nothing"]).succeeds(), add);
    assert_eq!(kustomize(&sandbox, &["edit", "nothing"]).succeeds(), kustomize(&sandbox, &["edit"]).stdout);
    assert!(kustomize(&sandbox, &["nothing"]).fails().contains("nothing"));
}

#[test]
fn edit_fix_lists_the_fields_that_kustomize_lists() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "namePrefix: x-\n")]);
    let list =
        "\nFixed fields:\n  patchesJson6902 -> patches\n  patchesStrategicMerge -> patches\n  commonLabels -> labels\n";
    assert_eq!(kustomize(&sandbox, &["edit", "fix"]).stdout, list);
    assert_eq!(kustomize(&sandbox, &["edit", "fix", "--vars"]).stdout, format!("{list}  vars -> replacements\n"));
    assert_eq!(sandbox.run(&["edit", "fix"]).stdout, "");
}

#[test]
fn kustomize_names_and_flags_without_effect_are_accepted() {
    let sandbox = shop();
    assert_eq!(sandbox.run(&["build", "--stack-trace"]).succeeds(), RENDERED);
    assert_eq!(sandbox.run(&["--stack-trace=true", "build", "."]).succeeds(), RENDERED);
    let empty = Sandbox::new(&[("a.yaml", SERVICE)]);
    kustomize(&empty, &["init", "--resources", "a.yaml"]).succeeds();
    assert!(empty.read("kustomization.yaml").contains("- a.yaml"));
}

#[test]
fn unsupported_commands_are_refused() {
    for command in ["cfg", "fn"] {
        Sandbox::new(&[]).run(&[command, "grep"]).fails_with("is not supported");
    }
}

#[test]
fn flags_are_accepted_in_the_syntax_of_kustomize() {
    let sandbox = shop();
    for arguments in [
        "build . --enable-helm=false",
        "build --enable-alpha-plugins=true --enable-exec=1 .",
        "build . --load-restrictor=LoadRestrictionsNone",
        "build -e=A=b . --network=F",
        "build --load-restrictor LoadRestrictionsRootOnly -- .",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        assert_eq!(sandbox.run(&words).succeeds(), RENDERED, "{arguments}");
    }
    assert_eq!(sandbox.run(&["build", "-o=out.yaml", "."]).succeeds(), "");
    assert_eq!(sandbox.read("out.yaml"), RENDERED);
    assert_eq!(sandbox.run(&["build", "--enable-helm=maybe"]).code, 2);
}

#[test]
fn deprecated_flags_warn() {
    let sandbox = shop();
    let run = sandbox.run(&["build", "--reorder=legacy", "--enable-managedby-label"]);
    assert_eq!(run.code, 0);
    assert_snapshot!(run.stderr);
}

#[test]
fn completion_scripts_are_generated() {
    let sandbox = Sandbox::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = sandbox.run(&["completion", shell]).succeeds();
        assert!(script.contains("--load-restrictor") || script.contains("load-restrictor"), "{shell}");
    }
    assert_eq!(sandbox.run(&["completion", "csh"]).code, 2);
    let script = kustomize(&sandbox, &["completion", "bash"]).succeeds();
    assert!(script.contains("complete -F _kustomize") && !script.contains("boutique"), "{script}");
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::new(&[]);
    let page = sandbox.run(&["man"]).succeeds();
    assert!(page.contains(".TH boutique 1"), "{page}");
    sandbox.run(&["man", "pages"]).succeeds();
    let pages = sandbox.list("pages");
    for name in ["boutique.1", "boutique-build.1", "boutique-openapi-fetch.1"] {
        assert!(pages.iter().any(|page| page.ends_with(name)), "{name} is not in {pages:?}");
    }
    let page = fs::read_to_string(sandbox.path("pages/boutique-openapi-fetch.1")).unwrap();
    assert!(page.contains(".TH boutique-openapi-fetch 1"), "{page}");
}

#[cfg(unix)]
#[test]
fn openapi_fetch_asks_kubectl() {
    let sandbox = Sandbox::new(&[]);
    assert_eq!(sandbox.run(&["openapi", "info"]).succeeds(), "{title:Kubernetes,version:v1.21.2}\n");
    let script =
        "#!/bin/sh\n[ \"$*\" = 'get --raw /openapi/v2' ] && echo '{\"swagger\":\"2.0\",\"info\":{\"title\":\"K\"}}'\n";
    sandbox.write_program("bin/kubectl", script);
    let fetch = |arguments: &[&str]| {
        let mut command = sandbox.command(&[&["openapi", "fetch"], arguments].concat());
        let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
        command.env("PATH", path);
        sandbox.finish(command)
    };
    assert_eq!(fetch(&[]).succeeds(), "{\n  \"info\": {\n    \"title\": \"K\"\n  },\n  \"swagger\": \"2.0\"\n}\n");
    assert_eq!(fetch(&["--format", "yaml"]).succeeds(), "info:\n  title: K\nswagger: '2.0'\n");
    sandbox.write_program("bin/kubectl", "#!/bin/sh\necho 'no cluster' >&2; exit 1\n");
    fetch(&[]).fails_with("no cluster");
}

/// The commands for kubectl in the book, with a script as kubectl that records its input.
#[cfg(unix)]
#[test]
fn documented_commands_apply_in_order() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/src/comparison.md")).unwrap();
    let section = page.split("## kubectl kustomize").nth(1).expect("the page has the section");
    let script = section.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("it has commands");
    let sandbox = Sandbox::new(&[]);
    fs::create_dir_all(sandbox.path("bin")).unwrap();
    std::os::unix::fs::symlink(PROGRAM, sandbox.path("bin/boutique")).unwrap();
    sandbox.write_program("bin/kubectl", "#!/bin/sh\necho \"== $*\" >> \"$LOG\"\ngrep '^kind:' >> \"$LOG\"\n");
    let mut shell = Command::new("sh");
    shell.args(["-euc", script]).current_dir(root).env_clear().env("LOG", sandbox.path("log"));
    shell.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
    let output = shell.output().expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = sandbox.read("log");
    let calls: Vec<&str> = log.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(calls, ["== apply -f -", "== diff -f -", "== apply -f -"]);
    let first = log.split("== diff").next().unwrap();
    assert!(first.contains("kind: ClusterSecretStore") && !first.contains("kind: Deployment"), "{first}");
}

#[test]
fn flux_variables_are_kept() {
    let sandbox = shop();
    sandbox.write("service.yaml", format!("{SERVICE}spec: {{externalName: \"${{HOST:=web}}.${{DOMAIN}}\"}}\n"));
    let output = sandbox.run(&["build"]).succeeds();
    assert!(output.contains("externalName: ${HOST:=web}.${DOMAIN}\n"), "{output}");
}
