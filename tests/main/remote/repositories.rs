//! Cloned repositories.

use super::{Page, Server, World, config_map, list, shop};

#[test]
fn repositories_are_cloned_over_http() {
    let world = World::new();
    shop(&world);
    let server = Server::new(&world.path("repositories"), &[]);
    world.tree(&[&server.url("/git/shop/.git")]);
    assert_eq!(world.render().succeeds(), config_map("new"));
    world.tree(&[&server.url("/git/shop/.git?ref=v1")]);
    assert_eq!(world.render().succeeds(), config_map("old"));
    world.tree(&[&server.url("/git/shop/.git/overlays/dev?ref=main&timeout=1m")]);
    assert_eq!(world.render().succeeds(), config_map("dev-shop"));
    world.tree(&[&server.url("/git/shop//base")]);
    assert_eq!(world.render().succeeds(), config_map("shop"));
}

#[test]
fn local_repositories_and_commits_are_cloned() {
    let world = World::new();
    let repository = shop(&world);
    let url = format!("file://{}", repository.display());
    let commit = world.git(&repository, &["rev-parse", "v1"]);
    world.tree(&[&format!("{url}?ref={commit}")]);
    assert_eq!(world.render().succeeds(), config_map("old"));
    world.tree(&[&format!("git::{url}//overlays/dev")]);
    assert_eq!(world.render().succeeds(), config_map("dev-shop"));
}

#[test]
fn a_url_can_be_rendered_directly() {
    let world = World::new();
    let url = format!("file://{}//overlays/dev", shop(&world).display());
    assert_eq!(world.run_with_git(&["build", &url], &[]).succeeds(), config_map("dev-shop"));
}

#[test]
fn components_can_be_remote() {
    let world = World::new();
    let url = format!("file://{}//components/labels", shop(&world).display());
    world.write("tree/kustomization.yaml", format!("resources: [a.yaml]\n{}", list("components", &[&url])));
    world.write("tree/a.yaml", config_map("a"));
    assert_eq!(
        world.render().succeeds(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    tier: web\n  name: a\n"
    );
}

#[test]
fn a_repository_is_cloned_once_for_all_its_bases() {
    let world = World::new();
    shop(&world);
    let server = Server::new(&world.path("repositories"), &[]);
    world.write(
        "tree/kustomization.yaml",
        format!("{}namePrefix: a-\n", list("resources", &["../one", "../two", &server.url("/git/shop/.git?ref=main")])),
    );
    world.write("one/kustomization.yaml", list("resources", &[&server.url("/git/shop/.git/base?ref=main")]));
    world.write("two/kustomization.yaml", list("resources", &[&server.url("/git/shop/.git/overlays/dev?ref=main")]));
    let expected = ["a-dev-shop", "a-new", "a-shop"].map(config_map).join("---\n");
    let rendered = world.render();
    assert_eq!(rendered.succeeds(), expected);
    assert_eq!(server.clones("shop/.git"), 1, "{:?}", server.seen());
}

#[test]
fn variables_of_a_git_hook_are_ignored() {
    let world = World::new();
    let url = format!("file://{}", shop(&world).display());
    let other = world.repository("other", &[("file", "")]);
    world.tree(&[&url]);
    let git_dir = other.join(".git");
    let (git_dir, index) = (git_dir.to_str().unwrap(), git_dir.join("index"));
    let environment = [("GIT_DIR", git_dir), ("GIT_INDEX_FILE", index.to_str().unwrap())];
    assert_eq!(world.render_with(&environment).succeeds(), config_map("new"));
    assert_eq!(world.git(&other, &["status", "--porcelain"]), "");
}

#[test]
fn submodules_are_cloned_unless_the_url_disables_them() {
    let world = World::new();
    shop(&world);
    let outer = world.repository("outer", &[("kustomization.yaml", "resources: [shop/base]\n")]);
    let server = Server::new(&world.path("repositories"), &[]);
    // Relative to the URL of the outer repository.
    world.git(&outer, &["submodule", "--quiet", "add", "--name", "shop", &server.url("/git/shop/.git"), "shop"]);
    world.commit(&outer, &[(".gitmodules", "[submodule \"shop\"]\n\tpath = shop\n\turl = ../../shop/.git\n")]);
    let url = server.url("/git/outer/.git");
    world.tree(&[&url]);
    assert_eq!(world.render().succeeds(), config_map("shop"));
    world.tree(&[&format!("{url}?submodules=false")]);
    world.render().fails_with("kustomization");
}

#[test]
fn credentials_in_urls_are_used_but_not_printed() {
    let world = World::new();
    world.repository("private/shop", &[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &config_map("a"))]);
    let server = Server::new(&world.path("repositories"), &[]);
    let url = server.url_with_user("user:s3cr3t", "/git/private/shop/.git");
    world.tree(&[&url]);
    assert_eq!(world.render().succeeds(), config_map("a"));
    for url in [
        server.url_with_user("user:wr0ng", "/git/private/shop/.git"),
        server.url_with_user("user:wr0ng", "/git/private/shop/.git?ref=nowhere"),
        server.url_with_user("wr0ng", "/git/private/shop/.git"),
        "https://user:wr0ng@127.0.0.1:1/org/repo".to_string(),
        "file://user:wr0ng@host/org/repo".to_string(),
    ] {
        world.tree(&[&url]);
        let rendered = world.render();
        rendered.fails_with("cannot clone `");
        let errors = rendered.stderr;
        let message = errors.lines().next().unwrap_or_default();
        // The line of the kustomization itself is shown as it is.
        assert!(!message.contains("wr0ng"), "{message}");
        assert!(message.contains("***@"), "{message}");
    }
}

#[test]
fn repositories_that_have_moved_are_cloned() {
    let world = World::new();
    shop(&world);
    let moved = |repository: &str| Page::Redirect(format!("/git/{repository}/.git/info/refs?service=git-upload-pack"));
    let elsewhere = Page::Redirect("/git/shop/.git/HEAD".to_string());
    let pages = [
        ("/old/shop/info/refs", moved("shop")),
        ("/old/outer/info/refs", moved("outer")),
        ("/wrong/shop/info/refs", elsewhere),
    ];
    let server = Server::new(&world.path("repositories"), &pages);
    world.tree(&[&server.url("/old/shop?ref=main")]);
    assert_eq!(world.render().succeeds(), config_map("new"));
    let outer = world.repository("outer", &[("kustomization.yaml", "resources: [shop/base]\n")]);
    world.git(&outer, &["submodule", "--quiet", "add", "--name", "shop", &server.url("/git/shop/.git"), "shop"]);
    let modules = format!("[submodule \"shop\"]\n\tpath = shop\n\turl = {}\n", server.url("/old/shop"));
    world.commit(&outer, &[(".gitmodules", &modules)]);
    world.tree(&[&server.url("/old/outer?ref=main")]);
    assert_eq!(world.render().succeeds(), config_map("shop"));
    world.tree(&[&server.url("/wrong/shop?ref=main")]);
    world.render().fails_with("redirected to a URL that is not a repository");
}
