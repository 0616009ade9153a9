//! Writing: output directories and files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{GENERATED, MAP, make_pipe, refuses, run_in_tree, tree_with_outside};
use crate::sandbox::Sandbox;

#[test]
fn output_stays_in_its_directory() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/deep/app/kustomization.yaml", GENERATED);
    for (command, directory) in
        [(&["snapshot", "--update", "."][..], "snapshots"), (&["render", "--all", ".", "--output-dir", "out"], "out")]
    {
        fs::create_dir(sandbox.path(&format!("tree/{directory}"))).unwrap();
        let link = sandbox.path(&format!("tree/{directory}/deep"));
        symlink("../../outside", &link).unwrap();
        refuses(&run_in_tree(&sandbox, command), "through a symbolic link");
        fs::remove_file(&link).unwrap();
        // The list of earlier files is not trusted either.
        symlink("../../outside", sandbox.path(&format!("tree/{directory}/more"))).unwrap();
        sandbox.write(&format!("tree/{directory}/.boutique-files"), "more/keep.yaml\n../../outside/keep.yaml\n");
        let prune: &[&str] = if directory == "out" { &["--prune"] } else { &[] };
        assert_eq!(run_in_tree(&sandbox, &[command, prune].concat()).code, 0);
        assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
        fs::remove_dir_all(sandbox.path(&format!("tree/{directory}"))).unwrap();
    }
    symlink("../outside", sandbox.path("tree/snapshots")).unwrap();
    refuses(
        &run_in_tree(&sandbox, &["snapshot", "--update", "."]),
        "./snapshots leads out of . through a symbolic link",
    );
    assert_eq!(sandbox.list("outside"), ["keep.yaml", "secret"]);
}

#[test]
fn pipes_in_output_directories_are_replaced() {
    let sandbox = tree_with_outside();
    fs::create_dir_all(sandbox.path("tree/snapshots")).unwrap();
    make_pipe(&sandbox, "tree/snapshots/app.yaml");
    assert_eq!(run_in_tree(&sandbox, &["snapshot", "--update", "."]).code, 0);
    sandbox.write("tree/app/kustomization.yaml", "resources: [a.yaml]\n");
    sandbox.write("tree/app/a.yaml", MAP);
    fs::create_dir(sandbox.path("tree/out")).unwrap();
    make_pipe(&sandbox, "tree/out/v1_configmap_a.yaml");
    run_in_tree(&sandbox, &["render", "app", "-o", "out"]).succeeds();
    assert_eq!(sandbox.read("tree/out/v1_configmap_a.yaml"), MAP);
}

#[test]
fn resource_names_stay_in_the_output_directory() {
    for name in ["../x", "/x", "a/../../x", "\"a\\nb\"", "\"a\\e[2J\"", "\"a\\0\""] {
        let sandbox = Sandbox::with_manifest(format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"));
        fs::create_dir(sandbox.path("out")).unwrap();
        assert_eq!(sandbox.run(&["render", "-o", "out"]).code, 1, "{name}");
        assert!(sandbox.list("out").is_empty(), "{name}");
    }
    let manifest = format!("{MAP}---\n{}", MAP.replace("name: a", "name: A"));
    let sandbox = Sandbox::with_manifest(manifest);
    fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.run(&["render", "-o", "out"]).fails_with("two resources would be written to `v1_configmap_a.yaml`");
    assert!(sandbox.list("out").is_empty());
}

#[test]
fn private_files_stay_private_while_written() {
    let sandbox = tree_with_outside();
    sandbox.write("tree/out.yaml", "");
    fs::set_permissions(sandbox.path("tree/out.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    // The temporary file has to have the permissions of the old one.
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut modes = Vec::new();
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let entries = fs::read_dir(sandbox.path("tree")).unwrap().filter_map(Result::ok);
                let temporary = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"));
                modes.extend(temporary.filter_map(|entry| Some(entry.metadata().ok()?.permissions().mode() & 0o777)));
            }
            modes
        });
        for _ in 0..20 {
            run_in_tree(&sandbox, &["render", "app", "-o", "out.yaml"]).succeeds();
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(watcher.join().unwrap().iter().all(|mode| *mode == 0o600));
    });
    assert_eq!(fs::metadata(sandbox.path("tree/out.yaml")).unwrap().permissions().mode() & 0o777, 0o600);
}
