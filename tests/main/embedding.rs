//! The library in another program: its threads have small stacks, which have to hold for deep documents.

use std::thread;

use boutique::diff::{self, Secrets};
use boutique::io::{self, MemoryHost, Outcome, Workspace};
use boutique::localize::{self, Bounds};
use boutique::survey::Repositories;
use boutique::{FieldPath, Options, explain, lint};

/// A resource that is nested far too deep for the stack of most threads. At the limit, the indentation of its output alone
/// would take 100 MB.
fn deep_manifest() -> String {
    let depth = 3_000;
    let (open, close) = ("{a: ".repeat(depth), "}".repeat(depth));
    format!("apiVersion: example.com/v1\nkind: Deep\nmetadata: {{name: deep}}\nspec: {open}1{close}\n")
}

fn on_a_small_stack(run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, run);
        thread.expect("threads can be started").join().expect("it does not panic");
    });
}

#[test]
fn deep_documents_fit_small_stacks() {
    let manifest = deep_manifest();
    let host = MemoryHost::new([
        ("/shop/dev/kustomization.yaml", "resources: [../base]\nnamePrefix: dev-\ncommonLabels: {app: deep}\n"),
        ("/shop/base/kustomization.yaml", "resources: [deep.yaml]\n"),
        ("/shop/base/deep.yaml", manifest.as_str()),
    ]);
    let mut options = Options::default();
    options.trace = true;
    on_a_small_stack(|| {
        let Outcome { result, .. } = io::render(&host, "/shop/dev", &options);
        let rendered = result.expect("it is valid");
        assert!(rendered.to_yaml().expect("it can be written").contains("name: dev-deep\n"));
        assert!(lint::check(&rendered).is_empty());
        let path: FieldPath = "metadata.name".parse().unwrap();
        assert_eq!(explain::history(&rendered.resources()[0], &path).len(), 2);
        assert!(explain::lines(rendered.resources()[0].tree()).expect("it can be written").len() > 3_000);
        let again = Workspace::new(&host, options.clone()).render("/shop/dev").result.expect("it is valid");
        assert!(diff::compare(rendered.resources(), again.resources(), Secrets::Masked).is_empty());
        assert!(io::survey(&host, "/shop/dev", Repositories::Named, &options).result.is_ok());
        let bounds = Bounds { scope: "/shop".to_string(), new_directory: "/copy".to_string() };
        let copy = localize::localize(&host, "/shop/dev", &options, &bounds).result.expect("all is in the scope");
        assert_eq!(copy.files.len(), 3);
    });
}
