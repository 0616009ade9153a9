//! Files over HTTP.

use boutique::io::{Host as _, OsHost};
use boutique::{Answer, Request};

use super::{Page, Server, World, config_map, list};

#[test]
fn files_are_fetched_over_http() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/a.yaml", Page::Content(config_map("a").into_bytes())),
            ("/moved/b.yaml", Page::Redirect("../c%20d.yaml?x=1".to_string())),
            ("/c%20d.yaml", Page::Content(config_map("b").into_bytes())),
            ("/data.txt", Page::Content(b"hello".to_vec())),
            ("/patch.yaml", Page::Content(br#"[{"op": "add", "path": "/data", "value": {"k": "v"}}]"#.to_vec())),
        ],
    );
    let resources = list("resources", &[&server.url("/a.yaml"), &server.url("/moved/b.yaml")]);
    let generator = format!("configMapGenerator: [{{name: g, files: [x={}]}}]\n", server.url("/data.txt"));
    let patch = format!("patches: [{{path: {}, target: {{name: a}}}}]\n", server.url("/patch.yaml"));
    let options = "generatorOptions: {disableNameSuffixHash: true}\n";
    world.write("tree/kustomization.yaml", format!("{resources}{generator}{patch}{options}"));
    assert_eq!(
        world.render().succeeds(),
        [
            "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: a\n",
            &config_map("b"),
            "apiVersion: v1\ndata:\n  x: hello\nkind: ConfigMap\nmetadata:\n  name: g\n",
        ]
        .join("---\n")
    );
    world.tree(&[&format!("'{}'", server.url("/c d.yaml#z"))]);
    // In a request a `#` is part of the path.
    world.render().fails_with("404");
    assert_eq!(server.seen().last().unwrap().path, "/c%20d.yaml%23z");
}

#[test]
fn failed_downloads_are_explained() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/loop.yaml", Page::Redirect("/loop.yaml".to_string())),
            ("/broken.yaml", Page::Status(500)),
            ("/endless.yaml", Page::Endless),
            ("/local.yaml", Page::Redirect("file:///etc/passwd".to_string())),
        ],
    );
    let failure = |url: String| match OsHost::default().answer(&Request::Http { url: url.clone() }) {
        Answer::Failed(failure) => failure.message,
        answer => panic!("{url}: {answer:?}"),
    };
    for (path, expected) in [
        ("/nothing.yaml", "status code 404 (Not Found)"),
        ("/broken.yaml", "status code 500 (Internal Server Error)"),
        ("/loop.yaml", "stopped after 10 redirects"),
        ("/endless.yaml", "download size limit exceeded: larger than 67108864 bytes"),
        // Files are never read through a redirect.
        ("/local.yaml", "redirected to a URL that is not HTTP"),
    ] {
        assert_eq!(failure(server.url(path)), expected, "{path}");
    }
    assert_eq!(failure("https:/host/a.yaml".to_string()), "the URL has no host");
    assert_eq!(failure("http://a b/c.yaml".to_string()), "the URL is malformed");
    assert!(failure("http://127.0.0.1:1/a.yaml".to_string()).contains("Connection refused"));
    let loops = server.seen().iter().filter(|seen| seen.path == "/loop.yaml").count();
    assert_eq!(loops, 11);
    world.tree(&[&server.url("/nothing.yaml")]);
    world.render().fails_with("status code 404 (Not Found)");
}

#[test]
fn credentials_for_files_are_sent_decoded_but_not_printed() {
    let world = World::new();
    let server = Server::new(
        &world.path("repositories"),
        &[
            ("/a.yaml", Page::Content(config_map("a").into_bytes())),
            ("/there.yaml", Page::Redirect("/a.yaml".to_string())),
        ],
    );
    let get =
        |path: &str| OsHost::default().answer(&Request::Http { url: server.url_with_user("us%40er:s3cr3t:x", path) });
    let Answer::File { real, bytes } = get("/a.yaml") else { panic!("a file was expected") };
    assert_eq!(bytes, config_map("a").into_bytes());
    assert_eq!(real, server.url_with_user("***", "/a.yaml"));
    let Answer::File { .. } = get("/there.yaml") else { panic!("a file was expected") };
    let Answer::Failed(failure) = get("/nothing.yaml") else { panic!("an error was expected") };
    assert_eq!(failure.message, "status code 404 (Not Found)");
    let seen: Vec<(String, bool)> = server
        .seen()
        .into_iter()
        .map(|seen| (seen.path, seen.authorization.as_deref() == Some("Basic dXNAZXI6czNjcjN0Ong=")))
        .collect();
    let expected = [("/a.yaml", true), ("/there.yaml", true), ("/a.yaml", false), ("/nothing.yaml", true)];
    assert_eq!(seen, expected.map(|(path, is_sent)| (path.to_string(), is_sent)));
}
