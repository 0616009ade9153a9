//! Hostile repositories and URLs.

use std::os::unix::fs::symlink;

use boutique::io::{Host as _, OsHost};
use boutique::{Answer, Request};

use super::{Server, World, config_map, list, replace_git, shop};

#[test]
fn a_submodule_cannot_be_a_local_directory() {
    let world = World::new();
    let secret = format!("file://{}", shop(&world).display());
    let outer = world.repository("outer", &[("kustomization.yaml", "resources: [shop/base]\n")]);
    world.git(&outer, &["submodule", "--quiet", "add", &secret, "shop"]);
    world.commit(&outer, &[]);
    let server = Server::new(&world.path("repositories"), &[]);
    world.tree(&[&server.url("/git/outer/.git")]);
    world.render().fails_with("transport 'file' not allowed");
}

#[test]
fn a_base_cannot_leave_its_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    world.write("outside/a.yaml", config_map("a"));
    let outside = world.path("outside");
    let climbing = format!("../../../../../../../../../../../..{}", outside.display());
    let repository = world.repository("bad", &[("kustomization.yaml", &list("resources", &[&climbing]))]);
    let url = format!("file://{}", repository.display());
    world.tree(&[&url]);
    world.render().fails_with("must be within the repo");
    world.commit(&repository, &[("kustomization.yaml", &list("resources", &[outside.to_str().unwrap()]))]);
    world.render().fails_with("error");
    world.tree(&[&format!("{url}//..")]);
    world.render().fails_with("error");
}

#[test]
fn links_cannot_leave_their_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    world.write("outside/a.yaml", config_map("a"));
    let repository = world.repository("bad", &[("file/kustomization.yaml", "resources: [link.yaml]\n")]);
    symlink(world.path("outside"), repository.join("directory")).unwrap();
    symlink(world.path("outside/a.yaml"), repository.join("file/link.yaml")).unwrap();
    world.commit(&repository, &[("base/kustomization.yaml", "resources: [../directory]\n")]);
    let url = format!("file://{}", repository.display());
    for (path, message) in
        [("directory", "outside the repository"), ("base", "must be within the repo"), ("file", "is not in or below")]
    {
        world.tree(&[&format!("{url}//{path}")]);
        world.render().fails_with(message);
        // Flags for local trees have no effect here.
        let flags = ["--load-restrictor", "LoadRestrictionsNone"];
        world.run_with_git(&[&["build", "tree"], &flags[..]].concat(), &[]).fails_with(message);
    }
}

#[test]
fn a_linked_kustomization_cannot_leave_its_repository() {
    let world = World::new();
    world.write("outside/kustomization.yaml", "resources: [a.yaml]\n");
    let repository = world.repository("bad", &[("a.yaml", &config_map("a"))]);
    symlink(world.path("outside/kustomization.yaml"), repository.join("kustomization.yaml")).unwrap();
    world.commit(&repository, &[]);
    world.tree(&[&format!("file://{}", repository.display())]);
    world.render().fails_with("unable to find one of 'kustomization.yaml'");
}

#[test]
fn hooks_and_filters_of_a_repository_do_not_run() {
    let world = World::new();
    let marker = world.path("marker");
    let touch = format!("#!/bin/sh\ntouch {}\n", marker.display());
    let repository = shop(&world);
    world.commit(&repository, &[(".gitattributes", "* filter=evil\n"), (".githooks/post-checkout", &touch)]);
    // Hooks that a template of the user installs into every new repository.
    world.write("home/.config/git/config", format!("[init]\n\ttemplateDir = {}\n", world.path("template").display()));
    world.write_program("template/hooks/post-checkout", &touch);
    world.tree(&[&format!("file://{}", repository.display())]);
    assert_eq!(world.render().succeeds(), config_map("new"));
    assert!(!marker.exists());
}

#[test]
fn urls_and_revisions_that_look_like_options_never_reach_git() {
    let world = World::new();
    let repository = shop(&world);
    let marker = world.path("git-was-run");
    let path = replace_git(&world, &format!("touch {}\nexit 1\n", marker.display()));
    for url in [
        format!("file://{}?ref=--upload-pack=touch%20{}", repository.display(), marker.display()),
        format!("file://{}?ref=-v", repository.display()),
        format!("file://{}?ref=main%0aother", repository.display()),
        format!("ssh://-oProxyCommand=touch${{IFS}}{}/org/repo", marker.display()),
        format!("ssh://-oProxyCommand=touch {}@host/org/repo", marker.display()),
        "https://-host/org/repo".to_string(),
        format!("ext::sh -c touch% {}", marker.display()),
        format!("git::ext::sh -c touch% {}", marker.display()),
        format!("--upload-pack=touch {}", marker.display()),
        "transport::address/org/repo.git".to_string(),
        "ftp://host/org/repo".to_string(),
    ] {
        world.write("tree/kustomization.yaml", format!("resources:\n- '{url}'\n"));
        let rendered = world.render_with(&[("PATH", &path)]);
        assert_eq!(rendered.code, 1, "{url}: {}", rendered.stderr);
        assert!(!marker.exists(), "{url}: {}", rendered.stderr);
    }
    world.tree(&[&format!("file://{}", repository.display())]);
    world.render_with(&[("PATH", &path)]).fails_with("cannot clone");
    assert!(marker.exists(), "the fake git did not run");
}

#[test]
fn requests_of_library_users_are_checked() {
    let world = World::new();
    let marker = world.path("marker");
    let host = OsHost::default();
    let command = format!("ext::sh -c touch% {}", marker.display());
    for (url, revision, reason) in [
        (command.as_str(), "", "its transport is not one of"),
        ("helper::address", "", "its transport is not one of"),
        ("ftp://host/path", "", "its transport is not one of"),
        ("/etc", "", "its transport is not one of"),
        ("", "", "its transport is not one of"),
        ("--upload-pack=x", "", "the URL looks like an option"),
        ("ssh://-oProxyCommand=x/a", "", "its host looks like an option"),
        ("ssh://user@-oProxyCommand=x/a", "", "its host looks like an option"),
        ("file:///x", "--upload-pack=x", "the ref looks like an option"),
        ("file:///x", "a\nb", "the ref contains a control character"),
        ("file:///x\0y", "", "the URL contains a control character"),
    ] {
        let request = boutique::internals::git_request(url, revision, 5);
        match host.answer(&Request::Git(request)) {
            Answer::Failed(failure) => assert!(failure.message.contains(reason), "{url} {revision}: {failure}"),
            answer => panic!("{url} {revision}: {answer:?}"),
        }
    }
    assert!(!marker.exists());
}

#[test]
fn forbidden_protocols_stay_forbidden() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    world.tree(&[&url]);
    world.render_with(&[("GIT_ALLOW_PROTOCOL", "https:ext")]).fails_with("transport 'file' not allowed");
    // Settings that turn an accepted URL into a command.
    let marker = world.path("marker");
    let config = format!(
        "[protocol \"ext\"]\n\tallow = always\n[url \"ext::sh -c touch% {} \"]\n\tinsteadOf = \"{url}\"\n",
        marker.display()
    );
    world.write("home/.config/git/config", &config);
    world.render().fails_with("transport 'ext' not allowed");
    assert!(!marker.exists());
}
