//! Earlier revisions: a `.git` that a stranger wrote.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{MAP, make_pipe, run_in_tree, tree_with_outside};
use crate::sandbox::{Run, Sandbox, git, search_path};

const COMMANDS: [&[&str]; 3] =
    [&["diff", "app", "--since", "HEAD"], &["affected", "--since", "HEAD"], &["diff", "--all", "--since", "HEAD"]];

/// A sandbox with a repository `tree` that has one commit.
fn repository() -> Sandbox {
    let sandbox = tree_with_outside();
    sandbox.write("tree/app/kustomization.yaml", "resources: [a.yaml]\n");
    sandbox.write("tree/app/a.yaml", MAP);
    commit(&sandbox, "tree");
    sandbox
}

/// Makes a repository of a directory, with one commit of all its files.
fn commit(sandbox: &Sandbox, directory: &str) {
    git(sandbox, &["init", "--quiet", directory]);
    git(sandbox, &["-C", directory, "add", "--all"]);
    git(sandbox, &["-C", directory, "commit", "--quiet", "--message", "a"]);
}

/// A sandbox with a repository `tree`, and a private one, `private`, at whose revisions the map contains `hunter2`.
fn with_private_repository() -> Sandbox {
    let sandbox = repository();
    sandbox.write("private/app/kustomization.yaml", "resources: [a.yaml]\n");
    sandbox.write("private/app/a.yaml", format!("{MAP}data: {{a: hunter2}}\n"));
    commit(&sandbox, "private");
    sandbox
}

#[test]
fn no_setting_runs_a_program() {
    let evil = "${0%/*}/ran";
    for settings in [
        "[core]\n\tworktree = OTHER\n",
        "[include]\n\tpath = ../more\n",
        "[includeIf \"gitdir:**\"]\n\tpath = ../more\n",
        "[extensions]\n\tworktreeConfig = true\n",
        "[filter \"evil\"]\n\tclean = EVIL\n\tsmudge = EVIL\n\tprocess = EVIL\n\trequired = true\n",
        "[core]\n\tfsmonitor = EVIL\n\thooksPath = ../hooks\n\tsshCommand = EVIL\n\tpager = EVIL\n\tgitProxy = EVIL\n",
        "[core]\n\talternateRefsCommand = EVIL\n\taskPass = EVIL\n\teditor = EVIL\n",
        "[diff]\n\texternal = EVIL\n[diff \"evil\"]\n\ttextconv = EVIL\n\tcommand = EVIL\n[pager]\n\tdiff = EVIL\n",
        "[alias]\n\trev-parse = !EVIL\n\tls-tree = !EVIL\n\tcat-file = !EVIL\n[uploadpack]\n\tpackObjectsHook = EVIL\n",
        "[core]\n\tattributesFile = ../attributes\n[filter \"evil\"]\n\tclean = EVIL\n\tsmudge = EVIL\n",
    ] {
        let sandbox = repository();
        sandbox.write_program("evil", &format!("#!/bin/sh\ntouch {evil}\ncat\n"));
        git(&sandbox, &["clone", "--quiet", "tree", "tree/other"]);
        let path = sandbox.path("evil").display().to_string();
        let filter = format!("[filter \"evil\"]\n\tclean = {path}\n\tsmudge = {path}\n[core]\n\tfsmonitor = {path}\n");
        for file in ["tree/more", "tree/.git/config.worktree"] {
            sandbox.write(file, &filter);
        }
        sandbox.write("tree/other/.git/config", sandbox.read("tree/other/.git/config") + &filter);
        for file in ["tree/.gitattributes", "tree/other/.gitattributes", "tree/attributes", "tree/.git/info/attributes"]
        {
            sandbox.write(file, "* filter=evil diff=evil\n");
        }
        for hook in ["post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction"] {
            sandbox.write_program(&format!("tree/hooks/{hook}"), &format!("#!/bin/sh\n{path}\n"));
            sandbox.write_program(&format!("tree/.git/hooks/{hook}"), &format!("#!/bin/sh\n{path}\n"));
        }
        let other = sandbox.path("tree/other").display().to_string();
        let settings = settings.replace("EVIL", &path).replace("OTHER", &other);
        sandbox.write("tree/.git/config", sandbox.read("tree/.git/config") + &settings);
        sandbox.write("tree/app/a.yaml", MAP.replace("name: a", "name: b"));
        for command in COMMANDS {
            let run = run_in_tree(&sandbox, command);
            assert!(run.stdout.contains("app"), "{settings} {command:?}: {}{}", run.stdout, run.stderr);
            assert!(!sandbox.path("ran").exists(), "{settings} {command:?}");
        }
    }
}

/// Writes something into `tree` that leads git to `private`.
type Attack = fn(&Sandbox);

const ATTACKS: [(&str, Attack); 16] = [
    (".git file", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        sandbox.write("tree/.git", format!("gitdir: {}\n", sandbox.path("private/.git").display()));
    }),
    ("relative .git file", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        sandbox.write("tree/.git", "gitdir: ../private/.git\n");
    }),
    (".git link", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        symlink("../private/.git", sandbox.path("tree/.git")).unwrap();
    }),
    (".git file that names the worktree of another", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        git(sandbox, &["-C", "private", "worktree", "add", "--quiet", "../linked"]);
        sandbox.write("tree/.git", sandbox.read("linked/.git"));
    }),
    (".git file that names a worktree of its own with a foreign common directory", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        let common = sandbox.path("private/.git").display().to_string();
        for own in ["tree/fake", "tree/x/worktrees/fake"] {
            sandbox.write(&format!("{own}/commondir"), &common);
            sandbox.write(&format!("{own}/gitdir"), sandbox.path("tree/.git").display().to_string());
            sandbox.write(&format!("{own}/HEAD"), "ref: refs/heads/main\n");
            sandbox.write("tree/.git", format!("gitdir: {}\n", sandbox.path(own).display()));
        }
    }),
    (".git file that names a link to a worktree", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        git(sandbox, &["-C", "private", "worktree", "add", "--quiet", "../linked"]);
        fs::create_dir(sandbox.path("tree/worktrees")).unwrap();
        symlink("../../private/.git/worktrees/linked", sandbox.path("tree/worktrees/x")).unwrap();
        sandbox.write("tree/.git", "gitdir: worktrees/x\n");
    }),
    ("commondir", |sandbox| {
        sandbox.write("tree/.git/commondir", sandbox.path("private/.git").display().to_string());
    }),
    ("alternates", |sandbox| {
        alternates(sandbox, "alternates", sandbox.path("private/.git/objects").to_str().unwrap());
    }),
    ("relative alternates", |sandbox| alternates(sandbox, "alternates", "../../../private/.git/objects")),
    ("link to alternates", |sandbox| {
        sandbox.write("outside/alternates", sandbox.path("private/.git/objects").display().to_string());
        symlink(sandbox.path("outside/alternates"), sandbox.path("tree/.git/objects/info/alternates")).unwrap();
        point_to_private(sandbox);
    }),
    ("link to objects", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git/objects")).unwrap();
        symlink("../../private/.git/objects", sandbox.path("tree/.git/objects")).unwrap();
        point_to_private(sandbox);
    }),
    ("links in objects", |sandbox| {
        for entry in fs::read_dir(sandbox.path("private/.git/objects")).unwrap() {
            let entry = entry.unwrap();
            let _ = symlink(entry.path(), sandbox.path("tree/.git/objects").join(entry.file_name()));
        }
        point_to_private(sandbox);
    }),
    ("link to refs", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git/refs")).unwrap();
        symlink("../../private/.git/refs", sandbox.path("tree/.git/refs")).unwrap();
    }),
    ("link to HEAD", |sandbox| {
        fs::remove_file(sandbox.path("tree/.git/HEAD")).unwrap();
        symlink("../../private/.git/HEAD", sandbox.path("tree/.git/HEAD")).unwrap();
    }),
    ("objects that are replaced", |sandbox| {
        alternates(sandbox, "http-alternates", "../../../private/.git/objects");
    }),
    ("core.worktree that names the directory of another", |sandbox| {
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        let worktree = sandbox.path("private").display().to_string();
        git(sandbox, &["-C", "private", "config", "core.worktree", &worktree]);
        sandbox.write("tree/.git", "gitdir: ../private/.git\n");
    }),
];

fn alternates(sandbox: &Sandbox, name: &str, path: &str) {
    sandbox.write(&format!("tree/.git/objects/info/{name}"), format!("{path}\n"));
    point_to_private(sandbox);
}

/// Makes the branch of `tree` a commit of `private`.
fn point_to_private(sandbox: &Sandbox) {
    sandbox.write("tree/.git/refs/heads/main", git(sandbox, &["-C", "private", "rev-parse", "HEAD"]));
}

#[test]
fn a_repository_does_not_lead_to_another_one() {
    for (name, attack) in ATTACKS {
        let sandbox = with_private_repository();
        attack(&sandbox);
        for command in COMMANDS {
            for flags in [&[][..], &["--load-root", "."]] {
                let run = run_in_tree(&sandbox, &[command, flags].concat());
                assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{name}: {}", run.stdout);
                assert!(run.code != 0, "{name} {command:?}: {}", run.stdout);
            }
        }
    }
    // A repository in a directory of objects, and the environment of a hook.
    let sandbox = with_private_repository();
    let private = sandbox.path("private/.git").display().to_string();
    for variables in [
        [("GIT_DIR", private.clone()), ("GIT_WORK_TREE", sandbox.path("tree").display().to_string())],
        [("GIT_COMMON_DIR", private.clone()), ("GIT_CEILING_DIRECTORIES", "/".to_string())],
        [("GIT_ALTERNATE_OBJECT_DIRECTORIES", format!("{private}/objects")), ("GIT_OBJECT_DIRECTORY", "x".to_string())],
        [("GIT_CONFIG_COUNT", "1".to_string()), ("GIT_CONFIG_PARAMETERS", "'core.worktree=/'".to_string())],
    ] {
        let mut command = sandbox.command(&["diff", "app", "--since", "HEAD"]);
        command.current_dir(sandbox.path("tree")).env("PATH", search_path()).envs(variables);
        let run = sandbox.finish(command);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    }
}

#[test]
fn repositories_must_be_in_load_roots() {
    let sandbox = repository();
    let app = ["diff", "app", "--since", "HEAD", "--load-root"];
    let run = run_in_tree(&sandbox, &[&app[..], &["app"]].concat());
    assert!(run.code == 2 && run.stderr.contains("is outside all load roots"), "{}", run.stderr);
    run_in_tree(&sandbox, &[&app[..], &["."]].concat()).succeeds();
    run_in_tree(&sandbox, &[&app[..], &["app", "--load-root", ".git"]].concat()).succeeds();
    // A linked worktree, whose repository is elsewhere.
    git(&sandbox, &["-C", "tree", "worktree", "add", "--quiet", "../linked"]);
    let in_linked = |flags: &[&str]| {
        let mut command = sandbox.command(&["diff", "app", "--since", "HEAD"]);
        command.args(flags).current_dir(sandbox.path("linked")).env("PATH", search_path());
        sandbox.finish(command)
    };
    assert!(in_linked(&["--load-root", "."]).stderr.contains("is outside all load roots"));
    in_linked(&["--load-root", ".", "--load-root", "../tree/.git"]).succeeds();
    in_linked(&[]).succeeds();
}

fn differs(run: &Run) -> &str {
    assert_eq!(run.code, 1, "{}", run.stderr);
    &run.stdout
}

#[test]
fn linked_worktrees_and_submodules_are_read() {
    let sandbox = repository();
    git(&sandbox, &["-C", "tree", "worktree", "add", "--quiet", "-b", "other", "../linked"]);
    sandbox.write("linked/app/a.yaml", MAP.replace("name: a", "name: b"));
    git(&sandbox, &["-C", "linked", "commit", "--quiet", "--all", "--message", "b"]);
    let run = |directory: &str, arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.current_dir(sandbox.path(directory)).env("PATH", search_path());
        sandbox.finish(command)
    };
    assert_eq!(run("linked", &["diff", "app", "--since", "HEAD"]).succeeds().lines().count(), 1);
    assert!(differs(&run("linked", &["diff", "app", "--since", "main"])).contains("+ ConfigMap/b"));
    assert_eq!(run("linked", &["affected", "--since", "main"]).succeeds(), "app\n");
    assert_eq!(run("linked", &["affected", "--since", "HEAD"]).succeeds(), "");
    git(&sandbox, &["init", "--quiet", "outer"]);
    let module = sandbox.path("tree").display().to_string();
    git(
        &sandbox,
        &["-C", "outer", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &module, "module"],
    );
    sandbox.write("outer/app/kustomization.yaml", "resources: [../module/app]\n");
    git(&sandbox, &["-C", "outer", "add", "--all"]);
    git(&sandbox, &["-C", "outer", "commit", "--quiet", "--message", "a"]);
    assert_eq!(run("outer/module", &["affected", "--since", "HEAD"]).succeeds(), "");
    sandbox.write("outer/module/app/a.yaml", MAP.replace("name: a", "name: b"));
    assert_eq!(run("outer/module", &["affected", "--since", "HEAD"]).succeeds(), "app\n");
    // In the outer repository, only the commit of a submodule counts.
    assert_eq!(run("outer", &["affected", "--since", "HEAD", "app"]).succeeds(), "");
    git(&sandbox, &["-C", "outer/module", "commit", "--quiet", "--all", "--message", "b"]);
    assert_eq!(run("outer", &["affected", "--since", "HEAD", "app"]).succeeds(), "app\n");
}

#[test]
fn all_formats_of_repositories_are_read() {
    for format in [
        &["--object-format=sha256"][..],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let sandbox = repository();
        fs::remove_dir_all(sandbox.path("tree/.git")).unwrap();
        let mut init = Command::new("git");
        init.current_dir(sandbox.path("tree")).args(["-c", "init.defaultBranch=main", "init", "--quiet"]).args(format);
        if !init.status().unwrap().success() {
            // This version of git is too old.
            continue;
        }
        commit(&sandbox, "tree");
        git(&sandbox, &["-C", "tree", "worktree", "add", "--quiet", "-b", "other", "../linked"]);
        sandbox.write("linked/app/a.yaml", MAP.replace("name: a", "name: b"));
        let mut command = sandbox.command(&["affected", "--since", "main"]);
        command.current_dir(sandbox.path("linked")).env("PATH", search_path());
        assert_eq!(sandbox.finish(command).succeeds(), "app\n", "{format:?}");
        run_in_tree(&sandbox, &["diff", "app", "--since", "main"]).succeeds();
    }
    let sandbox = repository();
    for settings in ["objectFormat = md5", "refStorage = ../../private"] {
        let config = sandbox.read("tree/.git/config");
        sandbox.write("tree/.git/config", format!("{config}[extensions]\n\t{settings}\n"));
        let run = run_in_tree(&sandbox, &["affected", "--since", "HEAD"]);
        assert!(run.stderr.contains("the repository has an unknown format"), "{}", run.stderr);
        sandbox.write("tree/.git/config", config);
    }
}

#[test]
fn revisions_have_all_their_names() {
    let sandbox = repository();
    sandbox.write("tree/app/a.yaml", MAP.replace("name: a", "name: b"));
    git(&sandbox, &["-C", "tree", "commit", "--quiet", "--all", "--message", "b"]);
    git(&sandbox, &["-C", "tree", "tag", "-a", "-m", "x", "v1", "HEAD~1"]);
    git(&sandbox, &["-C", "tree", "branch", "old", "HEAD~1"]);
    git(&sandbox, &["-C", "tree", "pack-refs", "--all"]);
    git(&sandbox, &["-C", "tree", "gc", "--quiet"]);
    git(&sandbox, &["-C", "tree", "branch", "--quiet", "--set-upstream-to=old"]);
    for revision in [
        "HEAD~1",
        "HEAD^",
        "main@{1}",
        "@{1}",
        "v1",
        "v1^{commit}",
        "old",
        "refs/heads/old",
        "@{u}",
        "@{upstream}",
        "HEAD^{/a}",
    ] {
        let run = run_in_tree(&sandbox, &["affected", "--since", revision]);
        assert_eq!(run.succeeds(), "app\n", "{revision}");
    }
    for revision in ["nowhere", "HEAD~9", "HEAD:app/a.yaml", "../HEAD", "--output=x", "/etc", "HEAD\n"] {
        let run = run_in_tree(&sandbox, &["affected", &format!("--since={revision}")]);
        assert!(run.fails().contains("revision"), "{revision}: {}", run.stderr);
    }
}

#[test]
fn nothing_that_git_reads_blocks() {
    for name in [
        ".gitignore",
        "app/.gitignore",
        ".gitattributes",
        "app/.gitattributes",
        "app/.gitmodules",
        ".git/HEAD",
        ".git/config",
        ".git/index",
        ".git/packed-refs",
        ".git/shallow",
        ".git/info/exclude",
        ".git/info/attributes",
        ".git/info/sparse-checkout",
        ".git/refs/heads/pipe",
        ".git/objects/pack/pipe.pack",
        ".git/objects/pipe",
        ".git/commondir",
        ".git/config.worktree",
        ".git/objects/info/alternates",
        ".git/objects/info/commit-graph",
        ".git/hooks/pipe",
        ".git/FETCH_HEAD",
        "nested/.git/HEAD",
        "nested/.git/config",
        "pipe",
    ] {
        let sandbox = repository();
        sandbox.write("tree/app/new.yaml", MAP.replace("name: a", "name: new"));
        sandbox.write("tree/app/kustomization.yaml", "resources: [a.yaml, new.yaml]\n");
        let path = sandbox.path("tree").join(name);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        make_pipe(&sandbox, &format!("tree/{name}"));
        let config = sandbox.path("tree/.git/config");
        if name == "pipe" {
            let settings = "[include]\n\tpath = ../pipe\n[core]\n\texcludesFile = pipe\n\tattributesFile = pipe\n";
            fs::write(&config, fs::read_to_string(&config).unwrap() + settings).unwrap();
        }
        for command in COMMANDS {
            let run = run_in_tree(&sandbox, &[command, &["--timeout", "30"]].concat());
            assert!(!run.stderr.contains("took longer"), "{name}: {}", run.stderr);
        }
    }
}

#[test]
fn time_limits_reach_git() {
    let sandbox = repository();
    sandbox.write_program("bin/git", "#!/bin/sh\nsleep 600\n");
    for command in COMMANDS {
        let mut command = sandbox.command(&[command, &["--timeout", "1"]].concat());
        let path = format!("{}:{}", sandbox.path("bin").display(), search_path().to_string_lossy());
        command.current_dir(sandbox.path("tree")).env("PATH", path);
        let run = sandbox.finish(command);
        assert!(run.code != 0 && run.stderr.contains("`git` took longer than 1 seconds"), "{}", run.stderr);
    }
}

#[test]
fn ignored_files_do_not_affect_targets() {
    let sandbox = repository();
    sandbox.write("tree/.gitignore", "*.env\n!kept.env\n/build/\n");
    sandbox.write("tree/app/.gitignore", "local.yaml\n");
    sandbox.write("tree/forced.env", "A=b\n");
    let affected = |name: &str, restrictor: &str| {
        let field = format!("configMapGenerator: [{{name: x, files: [{name}]}}]\n");
        sandbox.write("tree/app/kustomization.yaml", field);
        git(&sandbox, &["-C", "tree", "add", "--all"]);
        git(&sandbox, &["-C", "tree", "commit", "--quiet", "--allow-empty", "--message", "b"]);
        sandbox.write(&format!("tree/app/{name}"), "new\n");
        run_in_tree(&sandbox, &["affected", "--since", "HEAD", "--load-restrictor", restrictor]).succeeds()
    };
    for ignored in ["a.env", "local.yaml", "deep/b.env", "../build/x.txt"] {
        assert_eq!(affected(ignored, "none"), "", "{ignored}");
    }
    for counted in ["kept.env", "plain.yaml", "deep/plain", "build/x.txt"] {
        assert_eq!(affected(counted, "none"), "app\n", "{counted}");
    }
    sandbox.write("tree/.git/info/exclude", "excluded\n");
    assert_eq!(affected("excluded", "rootOnly"), "");
    // git tracks it in spite of the pattern.
    sandbox.write("tree/app/kustomization.yaml", "configMapGenerator: [{name: x, files: [forced.env]}]\n");
    git(&sandbox, &["-C", "tree", "commit", "--quiet", "--all", "--message", "c"]);
    sandbox.write("tree/app/forced.env", "new\n");
    git(&sandbox, &["-C", "tree", "add", "--force", "app/forced.env"]);
    assert_eq!(run_in_tree(&sandbox, &["affected", "--since", "HEAD"]).succeeds(), "app\n");
    // Links to such files are not followed, as in git.
    fs::remove_file(sandbox.path("tree/.gitignore")).unwrap();
    sandbox.write("outside/ignore", "*\n");
    symlink("../outside/ignore", sandbox.path("tree/.gitignore")).unwrap();
    assert_eq!(affected("other.env", "rootOnly"), "app\n");
}

/// Writes a directory of git that git itself would not write, and returns its name.
fn raw_tree(sandbox: &Sandbox, entries: &[(&str, &str, &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, object) in entries {
        bytes.extend(format!("{mode} {name}\0").bytes());
        let digits: Vec<u8> = object.trim().bytes().collect();
        let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        bytes.extend(pairs);
    }
    sandbox.write("outside/object", bytes);
    let file = sandbox.path("outside/object").display().to_string();
    git(sandbox, &["-C", "tree", "hash-object", "-t", "tree", "-w", "--literally", &file])
}

#[test]
fn files_of_revisions_stay_in_the_private_directory() {
    let sandbox = repository();
    let blob = |text: &str| {
        sandbox.write("outside/object", text);
        let file = sandbox.path("outside/object").display().to_string();
        git(&sandbox, &["-C", "tree", "hash-object", "-w", &file])
    };
    let (text, outside) = (blob("written\n"), blob(sandbox.path("outside").to_str().unwrap()));
    let below = |name: &str| raw_tree(&sandbox, &[("100644", name, &text)]);
    for entries in [
        vec![("120000", "a", outside.clone()), ("40000", "a", below("new"))],
        vec![("40000", "a", below("new")), ("120000", "a", outside.clone())],
        vec![("100644", "a", text.clone()), ("100644", "a", text.clone())],
        vec![("40000", "..", below("new"))],
        vec![("40000", "a", below(".."))],
        vec![("100644", "a/../../new", text.clone())],
        vec![("40000", ".git", below("config"))],
        vec![("40000", ".GIT", below("config"))],
        vec![("40000", "git~1", below("config"))],
        vec![("100644", "", text.clone())],
    ] {
        let entries: Vec<_> = entries.iter().map(|(mode, name, object)| (*mode, *name, object.as_str())).collect();
        let tree = raw_tree(&sandbox, &entries);
        let run = run_in_tree(&sandbox, &["diff", "app", "--since", tree.trim()]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{entries:?}: {}", run.stderr);
        assert!(!sandbox.path("outside/new").exists() && !sandbox.path("new").exists(), "{entries:?}");
    }
    let tree = raw_tree(&sandbox, &[("120000", "link", &outside)]);
    run_in_tree(&sandbox, &["affected", "--since", tree.trim()]).succeeds();
}

#[test]
fn the_size_of_revisions_is_limited() {
    let sandbox = repository();
    sandbox.write("tree/app/large", "x".repeat(100_000));
    sandbox.write("tree/app/kustomization.yaml", "configMapGenerator: [{name: a, files: [large]}]\n");
    commit(&sandbox, "tree");
    let run = run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD", "--max-clone-size", "10000"]);
    assert!(run.code == 2 && run.stderr.contains("clone size limit exceeded"), "{}", run.stderr);
    let run = run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD", "--max-file-size", "10000"]);
    assert!(run.code == 2 && run.stderr.contains("file size limit exceeded"), "{}", run.stderr);
    run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD"]).succeeds();
    let run = run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD", "--max-clone-size", "640"]);
    assert!(run.code == 2 && run.stderr.contains("clone size limit exceeded"), "{}", run.stderr);
    // A file that does not fit into memory with others.
    sandbox.write("tree/app/large", "x".repeat(20 << 20));
    commit(&sandbox, "tree");
    assert_eq!(run_in_tree(&sandbox, &["affected", "--since", "HEAD"]).succeeds(), "");
    run_in_tree(&sandbox, &["diff", "app", "--since", "HEAD"]).succeeds();
    sandbox.write("tree/app/large", "x".repeat((20 << 20) - 1) + "y");
    assert_eq!(run_in_tree(&sandbox, &["affected", "--since", "HEAD"]).succeeds(), "app\n");
}

#[test]
fn reading_a_revision_changes_nothing() {
    let sandbox = repository();
    sandbox.write("tree/app/new.yaml", MAP);
    let state = |path: &Path| {
        let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().map(Result::unwrap);
        let state = entries.map(|entry| (entry.path().to_path_buf(), entry.metadata().unwrap().modified().unwrap()));
        state.collect::<Vec<_>>()
    };
    let before = state(&sandbox.path("tree"));
    for command in COMMANDS {
        assert!(run_in_tree(&sandbox, command).stderr.is_empty());
    }
    assert_eq!(state(&sandbox.path("tree")), before);
}
