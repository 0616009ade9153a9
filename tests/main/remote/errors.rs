//! Failing clones.

use super::{World, config_map, replace_git, shop};
use crate::background::BackgroundProcess;

#[test]
fn missing_revisions_and_paths_are_named() {
    let world = World::new();
    let repository = shop(&world);
    let url = format!("file://{}", repository.display());
    world.tree(&[&format!("{url}?ref=nowhere")]);
    let rendered = world.render();
    rendered.fails_with("cannot clone `file://[sandbox]/repositories/shop` at `nowhere`");
    rendered.fails_with("couldn't find remote ref nowhere");
    rendered.fails_with("tree/kustomization.yaml:2:3");
    world.tree(&[&format!("{url}//nowhere?ref=v1")]);
    world.render().fails_with("the repository has no directory `nowhere`");
    world.tree(&["file:///nowhere/at/all"]);
    world.render().fails_with("cannot clone `file:///nowhere/at/all`");
}

/// The directory of the clone has another name in each run.
#[test]
fn messages_name_the_repository_and_not_its_clone() {
    let world = World::new();
    let files = [("base/kustomization.yaml", "resources: [a.yaml]\n"), ("base/a.yaml", "a: [\n")];
    let repository = world.repository("shop", &files);
    let url = format!("file://{}", repository.display());
    world.tree(&[&url]);
    let message = world.render().fails();
    assert!(message.contains("in directory 'file://[sandbox]/repositories/shop'"), "{message}");
    let help = "help: name a directory that has one, such as `base`: file://[sandbox]/repositories/shop//base";
    assert!(message.contains(help), "{message}");
    let empty = world.repository("empty", &[("a.yaml", "a: 1\n")]);
    world.tree(&[&format!("file://{}", empty.display())]);
    let help = "help: name a directory of the repository: file://[sandbox]/repositories/empty//DIRECTORY";
    world.render().fails_with(help);
    world.tree(&[&url]);
    assert!(!message.contains("boutique-"), "{message}");
    world.tree(&[&format!("{url}//base/a.yaml")]);
    world.render().fails_with("`base/a.yaml` is a file of the repository, and only its directories can be included");
    world.tree(&[&format!("{url}//tree/main/base")]);
    world.render().fails_with("write `file://[sandbox]/repositories/shop//base?ref=main`");
}

#[test]
fn a_missing_git_is_named() {
    let world = World::new();
    world.tree(&[&format!("file://{}", shop(&world).display())]);
    world.render_with(&[("PATH", "/nowhere")]).fails_with("cannot run `git`");
}

#[test]
fn unreachable_hosts_fail_at_once() {
    let world = World::new();
    world.tree(&["http://127.0.0.1:1/org/repo"]);
    world.render().fails_with("cannot clone `http://127.0.0.1:1/org/repo`");
    world.tree(&["http://127.0.0.1:1/file.yaml"]);
    world.render().fails_with("Connection refused");
    world.tree(&["ssh://git@127.0.0.1:1/org/repo"]);
    world.render().fails_with("cannot clone `ssh://git@127.0.0.1:1/org/repo`");
}

#[test]
fn a_clone_that_stalls_is_killed_with_all_that_it_started() {
    let world = World::new();
    let background = BackgroundProcess::new(&world);
    let path = replace_git(&world, &format!("{}wait\n", background.script()));
    world.tree(&["file:///nowhere?timeout=1"]);
    let rendered = world.render_with(&[("PATH", &path)]);
    rendered.fails_with("cannot clone `file:///nowhere`: `git` took longer than 1 seconds");
    rendered.fails_with("allow more time with `?timeout=SECONDS` in the URL");
    background.assert_killed();
}

#[test]
fn huge_timeouts_are_accepted() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    world.tree(&[&format!("{url}?timeout=9223372036854775807")]);
    assert_eq!(world.render().succeeds(), config_map("new"));
}
