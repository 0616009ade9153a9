//! `diff`: the differences of two renders, in all formats.

use std::fs;

use insta::assert_snapshot;

use crate::sandbox::{Run, Sandbox};
#[cfg(unix)]
use crate::sandbox::{git, search_path};

const BEFORE: &str = "\
resources: [shop.yaml]
configMapGenerator:
- name: settings
  literals: [THEME=light]
secretGenerator:
- name: login
  literals: [user=admin, password=correct-horse]
";

const AFTER: &str = "\
resources: [shop.yaml]
configMapGenerator:
- name: settings
  literals: [THEME=light, LOCALE=de]
secretGenerator:
- name: login
  literals: [user=nimda, password=battery-staple-9]
";

const SHOP: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: server
        image: example.com/web:v1
        args: [--port=8080, --verbose, --color]
        ports:
        - {name: http, containerPort: 8080}
        - {name: metrics, containerPort: 9090}
        env:
        - {name: A, value: a}
        - {name: B, value: b}
        envFrom:
        - configMapRef: {name: settings}
      - name: proxy
        image: example.com/proxy:v1
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
      - name: worker
        image: example.com/worker:v1
        env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data:
  index.html: |
    <html>
    <body>
    <h1>Shop</h1>
    <p>Welcome</p>
    </body>
    </html>
---
apiVersion: v1
kind: Service
metadata: {name: old, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: same, labels: {app.kubernetes.io/name: same}}
"#;

/// The same in another order, with a change of each kind.
const NEW_SHOP: &str = r#"
apiVersion: v1
kind: Service
metadata: {labels: {app.kubernetes.io/name: same}, name: same}
---
apiVersion: v1
kind: Service
metadata: {name: new, namespace: shop}
spec:
  ports:
  - port: 80
---
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data:
  index.html: |
    <html>
    <body>
    <h1>Shop</h1>
    <p>Welcome to the ```shop```</p>
    </body>
    </html>
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
      - name: worker
        image: example.com/worker:v1
        env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app.kubernetes.io/name: web}}
spec:
  replicas: "1"
  template:
    spec:
      containers:
      - name: proxy
        image: example.com/proxy:v1
      - name: server
        image: example.com/web:v2
        args: [--port=8080, --color, --quiet]
        ports:
        - {name: web, containerPort: 8080}
        - {name: metrics, containerPort: 9090, protocol: TCP}
        env:
        - {name: A, value: a}
        - {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        envFrom:
        - configMapRef: {name: settings}
"#;

/// Two trees, the second with a change of each kind.
fn shops() -> Sandbox {
    Sandbox::new(&[
        ("old/kustomization.yaml", BEFORE),
        ("old/shop.yaml", SHOP),
        ("new/kustomization.yaml", AFTER),
        ("new/shop.yaml", NEW_SHOP),
    ])
}

#[track_caller]
fn differs(run: Run) -> String {
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    run.stdout
}

// ---- formats ----

#[test]
fn fields_are_shown_with_both_values() {
    assert_snapshot!(differs(shops().run(&["diff", "old", "new"])));
}

#[test]
fn sources_are_shown_on_demand() {
    assert_snapshot!(differs(shops().run(&["diff", "old", "new", "--explain"])));
}

#[test]
fn unified_format_shows_lines() {
    assert_snapshot!(differs(shops().run(&["diff", "old", "new", "--format", "unified"])));
}

#[test]
fn markdown_format() {
    assert_snapshot!(differs(shops().run(&["diff", "old", "new", "--format", "markdown"])));
}

#[test]
fn json_format() {
    assert_snapshot!(differs(shops().run(&["diff", "old", "new", "--format", "json", "--explain"])));
}

#[test]
fn html_format_is_self_contained() {
    let sandbox = shops();
    assert_eq!(differs(sandbox.run(&["diff", "old", "new", "--format", "html", "-o", "page.html"])), "");
    let page = sandbox.read("page.html");
    for part in ["<!DOCTYPE html>", "&lt;p&gt;Welcome", "Deployment/web", "</html>"] {
        assert!(page.contains(part), "no `{part}`");
    }
    for link in ["http://", "https://", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(link), "the page contains a link: `{link}`");
    }
}

#[test]
fn markdown_stays_below_the_size_limit() {
    let sandbox = shops();
    for size in [300, 700, 1500] {
        let limit = size.to_string();
        let text = differs(sandbox.run(&["diff", "old", "new", "--format", "markdown", "--max-size", &limit]));
        assert!(text.chars().count() <= size, "{} characters", text.chars().count());
        assert!(text.contains(&format!("omitted to stay within {size} characters")), "{text}");
    }
}

// ---- inputs ----

#[test]
fn saved_manifests_can_be_compared() {
    let sandbox = shops();
    let expected = differs(sandbox.run(&["diff", "old", "new"])).replace("old -> new", "");
    sandbox.run(&["render", "old", "-o", "old.yaml"]).succeeds();
    fs::create_dir(sandbox.path("files")).unwrap();
    sandbox.run(&["render", "old", "-o", "files"]).succeeds();
    assert_eq!(differs(sandbox.run(&["diff", "old.yaml", "new"])).replace("old.yaml -> new", ""), expected);
    assert_eq!(differs(sandbox.run(&["diff", "files", "new"])).replace("files -> new", ""), expected);
    let mut piped = sandbox.command(&["diff", "-", "new"]);
    piped.stdin(fs::File::open(sandbox.path("old.yaml")).unwrap());
    assert_eq!(differs(sandbox.finish(piped)).replace("- -> new", ""), expected);
    for (before, after) in [("old", "old.yaml"), ("files", "old"), ("files", "old.yaml")] {
        let same = sandbox.run(&["diff", before, after]).succeeds();
        assert_eq!(same, "0 added, 0 changed, 0 removed, 7 unchanged\n");
    }
}

#[test]
fn errors_and_differences_have_distinct_exit_codes() {
    let sandbox = shops();
    sandbox.write("broken/kustomization.yaml", "resources: [missing.yaml]\n");
    sandbox.write("broken.yaml", "a: [");
    for (arguments, message) in [
        (vec!["diff", "old", "broken"], "missing.yaml"),
        (vec!["diff", "broken.yaml", "old"], "broken.yaml:1:"),
        (vec!["diff", "old", "nowhere"], "nowhere"),
        (vec!["diff", "old"], "<B>"),
        (vec!["diff", "old", "new", "--since", "main"], "--since"),
    ] {
        let run = sandbox.run(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    let run = sandbox.run(&["diff", "broken", "broken"]);
    assert_eq!((run.code, run.stderr.matches("error[").count()), (2, 1), "{}", run.stderr);
}

#[test]
fn secret_values_are_masked_by_default() {
    let sandbox = shops();
    for format in ["terminal", "unified", "markdown", "json", "html"] {
        let text = |flags: &[&str]| {
            let arguments = [&["diff", "old", "new", "--format", format], flags].concat();
            differs(sandbox.run(&arguments)).replace("<mark>", "").replace("</mark>", "")
        };
        let (masked, shown) = (text(&[]), text(&["--show-secrets"]));
        // The base64 of `correct-horse`.
        assert!(!masked.contains("Y29ycmVjdC1ob3JzZQ=="), "{masked}");
        assert!(shown.contains("Y29ycmVjdC1ob3JzZQ=="), "{shown}");
        assert!(masked.contains("(secret, 1") && masked.contains("(secret, 5 bytes, changed)"), "{masked}");
    }
}

#[test]
fn hostile_names_are_escaped() {
    let hostile = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \"\\e]0;x\\a<script>alert(1)</script>*`_\"}}\n\
             data: {{\"</td><img src=x>\": \"\\e[2J{value}\\u202e\"}}\n"
        )
    };
    let sandbox = Sandbox::new(&[("a.yaml", &hostile("a")), ("b.yaml", &hostile("b"))]);
    for format in ["terminal", "unified", "markdown", "html"] {
        let text = differs(sandbox.run(&["diff", "a.yaml", "b.yaml", "--format", format]));
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {text:?}");
        let is_markup = text.contains("<script>alert") || text.contains("<img");
        assert!(!is_markup || matches!(format, "terminal" | "unified") || is_fenced(&text), "{format}: {text}");
    }
}

/// Returns whether everything that looks like a tag of the input is inside of a fence.
fn is_fenced(text: &str) -> bool {
    text.split("```").step_by(2).all(|outside| !outside.contains("<script>alert") && !outside.contains("<img"))
}

// ---- revisions ----

/// A repository whose branch `main` has two targets over a base.
#[cfg(unix)]
fn repository() -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("base/kustomization.yaml", "resources: [link.yaml]\n"),
        ("dev/kustomization.yaml", "namePrefix: dev-\nresources: [../base]\n"),
        ("prod/kustomization.yaml", "namePrefix: prod-\nresources: [../base]\n"),
        ("base/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: b}\n"),
    ]);
    std::os::unix::fs::symlink("map.yaml", sandbox.path("base/link.yaml")).unwrap();
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "first"]);
    sandbox
}

#[cfg(unix)]
fn since(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(&["diff"]);
    command.args(arguments).env("PATH", search_path());
    sandbox.finish(command)
}

#[test]
#[cfg(unix)]
fn since_compares_with_a_revision() {
    let sandbox = repository();
    assert_eq!(since(&sandbox, &["dev", "--since", "main"]).code, 0);
    sandbox.write("base/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: c}\n");
    let status = git(&sandbox, &["status", "--porcelain"]);
    assert_snapshot!(differs(since(&sandbox, &["dev", "--since", "main", "--explain"])), @r"
    dev at main -> dev

    ~ ConfigMap/dev-map
        data.a: b -> c
          at base/link.yaml:4:11

    0 added, 1 changed, 0 removed, 0 unchanged
    ");
    assert_eq!(git(&sandbox, &["status", "--porcelain"]), status, "the working tree and the index stay");
    sandbox.write("base/new/kustomization.yaml", "resources: [../map.yaml]\n");
    let run = since(&sandbox, &["base/new", "--since", "main", "--load-restrictor", "none"]);
    assert!(differs(run).starts_with("base/new (new)\n+ ConfigMap/map\n"));
}

#[test]
#[cfg(unix)]
fn since_compares_all_targets() {
    let sandbox = repository();
    sandbox.write("dev/kustomization.yaml", "namePrefix: dev-\nnameSuffix: -a\nresources: [../base]\n");
    fs::remove_dir_all(sandbox.path("prod")).unwrap();
    sandbox.write("test/kustomization.yaml", "namePrefix: test-\nresources: [../base]\n");
    sandbox.write("same/kustomization.yaml", "resources: []\n");
    git(&sandbox, &["add", "same"]);
    git(&sandbox, &["commit", "--quiet", "-m", "second", "same"]);
    assert_snapshot!(differs(since(&sandbox, &["--all", "--since", "main"])), @r"
    dev
    + ConfigMap/dev-map-a
    - ConfigMap/dev-map

    prod (removed)
    - ConfigMap/prod-map

    test (new)
    + ConfigMap/test-map

    2 added, 0 changed, 2 removed, 0 unchanged (in 3 of 4 targets)
    ");
    assert!(differs(since(&sandbox, &["--all", "test", "--since", "main"])).starts_with("test (new)"));
    assert!(differs(since(&sandbox, &["--all", "prod", "--since", "main"])).starts_with("prod (removed)"));
    assert!(differs(since(&sandbox, &["prod", "--since", "main"])).starts_with("prod at main (removed)"));
    let nowhere = since(&sandbox, &["nowhere", "--since", "main"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("neither in the working tree nor at main"), "{}", nowhere.stderr);
}

#[test]
#[cfg(unix)]
fn since_shows_no_temporary_paths() {
    let sandbox = repository();
    sandbox.write("dev/kustomization.yaml", "resources: [../missing, ../../outside.yaml, {}]\n");
    git(&sandbox, &["commit", "--quiet", "-am", "broken"]);
    sandbox.write("dev/kustomization.yaml", "resources: []\n");
    let run = since(&sandbox, &["dev", "--since", "HEAD"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("dev/kustomization.yaml:1:"), "{}", run.stderr);
    assert!(!run.stderr.contains("temporary"), "{}", run.stderr);
    for revision in ["nowhere", "--output=owned", "HEAD:dev/kustomization.yaml"] {
        let run = since(&sandbox, &["dev", &format!("--since={revision}")]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{revision}");
        assert!(run.stderr.contains("revision"), "{}", run.stderr);
    }
    assert!(!sandbox.path("owned").exists());
}
