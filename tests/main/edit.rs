//! `boutique edit`: it changes the right lines of a file, and no others.

use std::fs;

use boutique::{Options, io};
use insta::assert_snapshot;
use similar::{ChangeTag, TextDiff};

use crate::sandbox::{Run, Sandbox};

/// A file with everything that rewriting it from data would lose.
const FILE: &str = "\
# Everything about the shop.   Keep in order!
apiVersion:   kustomize.config.k8s.io/v1beta1
kind: Kustomization   # of course

namespace: 'shop' # quoted

resources:
    # the base first
    - ../base   # shared
    - \"service.yaml\"

    - service.yml
components: [ ../one,   '../two' ] # in flow
commonLabels: {app: shop, team: 'web'}
labels:
    - pairs:
        stage: dev # for now
      includeTemplates: true
commonAnnotations:
    note: \"a b\"   # two words

images:
    # from the registry
    - name: nginx
      newTag:   \"1.26\"   # old
    - {name: redis, newTag: '7', newName: cache}
replicas:
    - count: 1
      name: web
configMapGenerator:
    - name: settings
      literals:
        - A=1   # first
        - 'B=2'
      files: [config.txt]
secretGenerator:
    - {name: creds, namespace: default, literals: [user=me]}
patches:
    - path: patch.yaml
      target: {kind: Deployment}
buildMetadata: [originAnnotations]
transformers:
    - transformer.yaml # one
# the end
";

fn sandbox(text: &str) -> Sandbox {
    let manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let sandbox = Sandbox::new(&[("shop/kustomization.yaml", text)]);
    for name in ["a.yaml", "b.yaml", "deep/c.yaml", "service.yaml", "env.properties", "config.txt", "other.txt"] {
        sandbox.write(&format!("shop/{name}"), manifest);
    }
    for directory in ["base", "one", "two", "three"] {
        sandbox.write(&format!("{directory}/kustomization.yaml"), "namePrefix: x-\n");
    }
    sandbox
}

/// Runs `edit` in the directory of the kustomization. Returns the lines of the file that are different afterwards, and
/// its messages.
fn edit(text: &str, arguments: &[&str]) -> (String, String) {
    let sandbox = sandbox(text);
    let mut command = crate::sandbox::command(&sandbox.path("shop"));
    command.arg("edit").args(arguments);
    let run = sandbox.finish(command);
    assert_eq!(run.stdout, "", "{arguments:?}");
    let new = sandbox.read("shop/kustomization.yaml");
    assert_eq!(run.code, i32::from(run.stderr.starts_with("error")), "{arguments:?}: {}", run.stderr);
    assert!(run.code == 0 || new == text, "a file is changed by a command that fails: {arguments:?}");
    let diff = TextDiff::from_lines(text, &new);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    (changes.map(|change| format!("{}{change}", change.tag())).collect(), run.stderr)
}

/// Returns a list of the edits, with the lines that each changes.
fn list(text: &str, commands: &[&str]) -> String {
    let mut list = String::new();
    for command in commands {
        let (changes, messages) = edit(text, &command.split(' ').collect::<Vec<_>>());
        list.push_str(&format!("$ boutique edit {command}\n{messages}{changes}\n"));
    }
    list
}

const ADD: &[&str] = &[
    "add annotation note:new",
    "add annotation note:new --force",
    "add annotation a:1 b:\"x,y:z\" c",
    "add annotation :x",
    "add base ../three",
    "add base ../three,../nowhere",
    "add base ../base",
    "add buildmetadata managedByLabel,transformerAnnotations",
    "add buildmetadata originAnnotations",
    "add buildmetadata other",
    "add component ../three",
    "add component ../one ../three",
    "add component ../nowhere",
    "add configmap other --from-literal=a=b --from-literal c=d --from-file=other.txt",
    "add configmap settings --from-file=key=other.txt",
    "add configmap settings --from-literal=A=2",
    "add configmap settings --from-env-file=env.properties --behavior merge --disableNameSuffixHash",
    "add configmap x --namespace y --from-file=*.txt --behavior=replace",
    "add configmap x --from-file=key=*.txt",
    "add configmap x",
    "add configmap x --from-literal=a=b --behavior=odd",
    "add configuration a.yaml",
    "add generator a.yaml b.yaml nothing.yaml",
    "add label app:other",
    "add label -f app:other new:x",
    "add label stage:prod --without-selector --include-templates --force",
    "add label tier:x --without-selector --include-templates",
    "add label tier:x --without-selector",
    "add label tier:x --include-templates",
    "add patch --path other.yaml --kind Service --name web",
    "add patch --path patch.yaml --kind Deployment",
    "add patch --patch [{\"op\":\"remove\",\"path\":\"/spec\"}] --label-selector app=shop",
    "add patch",
    "add resource a.yaml",
    "add resource *.yaml deep/*.yaml",
    "add resource service.yml --no-verify",
    "add resource nowhere.yaml",
    "add resource nowhere.yaml --no-verify",
    "add resource https://github.com/example/repo//base?ref=v1",
    "add secret creds --from-literal=password=x",
    "add secret tls --from-file=tls.crt=other.txt --type=kubernetes.io/tls",
    "add transformer a.yaml",
];

const SET: &[&str] = &[
    "set annotation note:new url:https://example.com",
    "set annotation -- -bad:x",
    "set buildmetadata managedByLabel",
    "set configmap settings --from-literal=A=5",
    "set configmap settings --from-literal=C=5",
    "set configmap settings --new-namespace other",
    "set configmap nothing --from-literal=A=5",
    "set image nginx:1.27",
    "set image nginx=example.com:5000/web:1.27@sha256:abc",
    "set image nginx=example.com/web",
    "set image nginx@sha256:abc",
    "set image redis=*:8",
    "set image redis=other:*",
    "set image redis:7 nginx:1.26",
    "set image new:1 other=x:2",
    "set image nginx",
    "set label app:other new:x",
    "set nameprefix -- -x-",
    "set namesuffix y",
    "set namespace prod",
    "set namespace shop",
    "set replicas web=3 api=2",
    "set replicas web=x",
    "set secret creds --from-literal user=you --namespace default",
];

const REMOVE: &[&str] = &[
    "remove annotation note",
    "remove annotation other",
    "remove annotation other,note -i",
    "remove buildmetadata originAnnotations",
    "remove component ../one",
    "remove component ../*",
    "remove configmap settings",
    "remove configmap settings,other",
    "remove configmap settings --namespace=x",
    "remove label app",
    "remove label app,team",
    "remove label app,,team",
    "remove patch --path patch.yaml --kind Deployment",
    "remove patch --path patch.yaml",
    "remove resource ../base",
    "remove resource *.yaml",
    "remove resource service.* nothing",
    "remove secret creds",
    "remove transformer transformer.yaml",
];

#[test]
fn additions_change_only_their_lines() {
    assert_snapshot!(list(FILE, ADD));
}

#[test]
fn settings_change_only_their_lines() {
    assert_snapshot!(list(FILE, SET));
}

#[test]
fn removals_change_only_their_lines() {
    assert_snapshot!(list(FILE, REMOVE));
}

#[test]
fn fields_are_added_to_an_empty_file() {
    let commands: Vec<&str> = ADD.iter().chain(SET).copied().filter(|command| !command.contains("nowhere")).collect();
    assert_snapshot!(list("# Nothing yet\n", &commands));
}

/// Windows line endings are kept, and make no other difference.
#[test]
fn line_endings_are_kept() {
    for command in ADD.iter().chain(SET).chain(REMOVE) {
        let words: Vec<&str> = command.split(' ').collect();
        let (unix, messages) = edit(FILE, &words);
        let (windows, messages_there) = edit(&FILE.replace('\n', "\r\n"), &words);
        assert_eq!((windows, messages_there), (unix.replace('\n', "\r\n"), messages), "{command}");
    }
}

/// Runs `edit` in a directory with these files, and returns the messages and the kustomization file.
fn edit_files(kustomization: &str, arguments: &str) -> (Run, String) {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: nginx}]}\n";
    let sandbox = Sandbox::new(&[("kustomization.yaml", kustomization), ("a.yaml", pod)]);
    let run = sandbox.run(&[&["edit"], &arguments.split(' ').collect::<Vec<_>>()[..]].concat());
    let file = sandbox.read("kustomization.yaml");
    (run, file)
}

#[test]
fn parts_that_have_no_effect_are_reported_with_their_place() {
    for (text, place) in [
        ("images: [{name: a}]\nresources: [a.yaml]\nimages: [{name: b}]\n", "kustomization.yaml:1:1"),
        ("configMapGenerator:\n- name: a\n  literals: [a=b]\n  literals: [c=d]\n", "kustomization.yaml:3:3"),
        ("resources: [a.yaml]\n---\nnamespace: a\n", "kustomization.yaml:2:1"),
        ("# nothing\n---\n---\nresources: [a.yaml]\n", "kustomization.yaml:3:1"),
        ("resources: [a.yaml]\n---\n# nothing\n", "kustomization.yaml:2:1"),
    ] {
        let (run, file) = edit_files(text, "set namespace b");
        run.fails_with(place);
        assert_eq!(file, text);
    }
}

#[test]
fn a_json_file_remains_json() {
    let text = "{\n  \"resources\": [\n    \"a.yaml\"\n  ]\n}\n";
    let (run, file) = edit_files(text, "set image nginx:2");
    run.succeeds();
    assert_eq!(
        file,
        "{\n  \"resources\": [\n    \"a.yaml\"\n  ],\n  \"images\": [{\"name\": \"nginx\", \"newTag\": \"2\"}]\n}\n"
    );
}

#[test]
fn what_is_not_there_is_reported() {
    for (command, message) in [
        ("remove resource nope.yaml", "warning: `nope.yaml` is not in `resources`"),
        ("remove component nope", "warning: `nope` is not in `components`"),
        ("remove buildmetadata managedByLabel", "warning: `managedByLabel` is not in `buildMetadata`"),
        ("set image ngimx:1", "warning[unmatched-image]: no image matches `ngimx`"),
        ("set replicas wbe=3", "warning[no-target]: no resource named `wbe` has a replica count"),
    ] {
        let (run, _) = edit_files("resources: [a.yaml]\n", command);
        run.assert_code(0);
        assert!(run.stderr.starts_with(message), "{command}: {}", run.stderr);
    }
    for command in ["set image nginx:1", "remove resource a.yaml"] {
        edit_files("resources: [a.yaml]\n", command).0.succeeds();
    }
    // What cannot be rendered without the network is not checked.
    edit_files("resources: ['https://example.invalid/a/b']\n", "set image nginx:1").0.succeeds();
}

#[test]
fn a_missing_source_changes_nothing() {
    for command in ["add configmap a --from-file=nope --from-literal=a=b", "add secret a --from-file=a.yaml,nope*"] {
        let (run, file) = edit_files("resources: [a.yaml]\n", command);
        run.fails_with("nope");
        assert_eq!(file, "resources: [a.yaml]\n");
    }
}

/// A command that runs again changes nothing, or reports that the entry already exists.
#[test]
fn edits_are_idempotent() {
    for command in ADD.iter().chain(SET).chain(REMOVE) {
        let sandbox = sandbox(FILE);
        let run = || {
            let mut call = crate::sandbox::command(&sandbox.path("shop"));
            call.arg("edit").args(command.split(' '));
            sandbox.finish(call).code
        };
        run();
        let first = sandbox.read("shop/kustomization.yaml");
        let code = run();
        assert_eq!(sandbox.read("shop/kustomization.yaml"), first, "{command}");
        assert!(code <= 1, "{command}");
        let is_repeatable = SET.contains(command) && !command.contains("--new-namespace");
        assert!(!is_repeatable || code == 0 || first == FILE, "{command}");
    }
}

/// Returns a host with the file and everything that the commands add to it.
fn world(kustomization: &str) -> io::MemoryHost {
    let map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{image: x}}\n");
    let pod = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: 5, template: {{spec: \
             {{containers: [{{name: c, image: nginx:1}}, {{name: d, image: redis:1}}]}}}}}}\n"
        )
    };
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    let transformer = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]\n";
    let files = [
        ("shop/kustomization.yaml", kustomization.to_string()),
        ("shop/service.yaml", pod("web")),
        ("shop/service.yml", pod("api")),
        ("shop/a.yaml", map("a")),
        ("shop/b.yaml", map("b")),
        ("shop/deep/c.yaml", map("c")),
        ("shop/config.txt", "text".to_string()),
        ("shop/other.txt", "text".to_string()),
        ("shop/env.properties", "E=1\n".to_string()),
        ("shop/patch.yaml", "- {op: add, path: /metadata/annotations/p, value: q}\n".to_string()),
        ("shop/transformer.yaml", transformer.to_string()),
        ("base/kustomization.yaml", "resources: [d.yaml]\n".to_string()),
        ("base/d.yaml", map("d")),
        ("three/kustomization.yaml", "resources: [e.yaml]\n".to_string()),
        ("three/e.yaml", map("e")),
        ("one/kustomization.yaml", format!("{component}namePrefix: one-\n")),
        ("two/kustomization.yaml", format!("{component}nameSuffix: -two\n")),
    ];
    io::MemoryHost::new(files.map(|(name, text)| (format!("/{name}"), text)))
}

/// Returns the output of a kustomization, or its error messages.
fn rendered(kustomization: &str) -> Result<String, Vec<String>> {
    match io::render(&world(kustomization), "/shop", &Options::default()).result {
        Ok(rendered) => Ok(rendered.to_yaml().expect("all values are writable")),
        Err(errors) => Err(errors.into_iter().map(|error| error.message).collect()),
    }
}

/// An edited file renders like the same data in JSON.
#[test]
fn edited_files_render_like_their_data() {
    assert!(rendered(FILE).is_ok(), "{:?}", rendered(FILE));
    let mut renders = 0;
    for command in ADD.iter().chain(SET).chain(REMOVE) {
        let sandbox = sandbox(FILE);
        let mut call = crate::sandbox::command(&sandbox.path("shop"));
        call.arg("edit").args(command.split(' '));
        if sandbox.finish(call).code != 0 {
            continue;
        }
        let edited = sandbox.read("shop/kustomization.yaml");
        let anew = serde_json::to_string(&boutique::edit::read(&edited).unwrap()).unwrap();
        assert_eq!(rendered(&edited), rendered(&anew), "{command}");
        renders += usize::from(rendered(&edited).is_ok());
    }
    assert!(renders > 40, "only {renders} files render");
}

/// kustomize reads `bases` as part of `resources`, and `imageTags` as part of `images`. An edit of the new field moves them
/// into it.
#[test]
fn deprecated_fields_are_merged_into_their_successors() {
    let file = "\
namePrefix: x-
# what it builds on
bases:
- ../base # shared
imageTags:
- name: nginx # ours
  newTag: '1'
";
    let commands = [
        "add resource ../base",
        "add resource a.yaml",
        "add base ../base",
        "add base ../three",
        "remove resource ../base",
        "remove resource ../one",
        "set image nginx:2",
        "set image nginx:1",
        "set image redis:2",
        "set nameprefix y-",
    ];
    assert_snapshot!(list(file, &commands));
}

/// An edit that a render would refuse is not written.
#[test]
fn invalid_edits_are_refused() {
    for (text, command, reason) in [
        ("resources: a.yaml\n", "add resource b.yaml", "resources"),
        ("commonLabels: [a]\n", "add label a:b", "commonLabels"),
        ("unknown: 1\n", "set namespace x", "unknown"),
        ("namespace: 1\n", "set namespace x", "namespace"),
        ("configMapGenerator: [{name: a, files: [gone.txt]}]\n", "add configmap a --from-literal=k=v", "gone.txt"),
        ("namePrefix: x\n", "add configmap a --from-env-file=gone.env", "gone.env"),
        ("configMapGenerator: [{name: a, literals: [E=1]}]\n", "add configmap a --from-literal=E=2", "repeats the key"),
        ("namePrefix: x\n", "add secret a --from-literal==2", "expected key=value"),
        ("namePrefix: x\n", "add secret a --from-file=deep", "deep"),
    ] {
        let (changes, messages) = edit(text, &command.split(' ').collect::<Vec<_>>());
        assert_eq!(changes, "", "{command}");
        assert!(messages.contains(reason), "{command}: {messages}");
    }
}

/// A generator that merges with one of a base is checked without the base.
#[test]
fn generators_may_merge_with_those_of_a_base() {
    let arguments = ["add", "configmap", "a", "--behavior=merge", "--from-literal=k=v"];
    let (changes, messages) = edit("# Nothing yet\n", &arguments);
    assert_eq!(messages, "");
    assert!(changes.contains("+  behavior: merge\n"), "{changes}");
}

#[test]
fn values_may_begin_with_a_hyphen() {
    let file = "namePrefix: x\n";
    let patch = "- op: remove\n  path: /spec\n";
    let (changes, messages) = edit(file, &["add", "patch", "--patch", patch, "--kind", "Deployment"]);
    assert_eq!(messages, "");
    assert_eq!(
        changes,
        "+patches:\n+- patch: |\n+    - op: remove\n+      path: /spec\n+  target:\n+    kind: Deployment\n"
    );
    let (changes, messages) = edit(file, &["add", "configmap", "a", "--from-literal", "-x=-y"]);
    assert_eq!(messages, "");
    assert!(changes.contains("+  - -x=-y\n"), "{changes}");
}

#[test]
fn flags_take_booleans() {
    for (arguments, is_done) in [
        (&["add", "label", "a:c", "--force=true"][..], true),
        (&["add", "label", "-f=true", "a:c"], true),
        (&["add", "label", "a:c", "--force=false"], false),
        (&["remove", "label", "-i=1", "other"], true),
        (&["add", "resource", "--no-verify=0", "nowhere.yaml"], false),
    ] {
        let (_, messages) = edit("commonLabels: {a: b}\n", arguments);
        assert_eq!(messages.is_empty(), is_done, "{arguments:?}: {messages}");
    }
}

#[test]
fn pairs_are_parsed_as_kustomize_does() {
    let arguments = ["add", "annotation", "a:b,c:d", "q:\"x:y\"", "e:", "k", "u:http://h:1/p", "n:1", "h:\""];
    let (changes, messages) = edit("# Nothing yet\n", &arguments);
    assert_eq!(messages, "");
    assert_snapshot!(changes);
}

#[test]
fn the_kustomization_file_is_not_added_as_a_resource() {
    for flag in [&[][..], &["--no-verify"]] {
        let arguments = [&["add", "resource", "kustomization.yaml"], flag].concat();
        assert_eq!(edit("namePrefix: x\n", &arguments), (String::new(), String::new()));
    }
}

#[test]
fn unchanged_files_are_not_written() {
    let sandbox = sandbox(FILE);
    let path = sandbox.path("shop/kustomization.yaml");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let mut command = crate::sandbox::command(&sandbox.path("shop"));
    command.args(["edit", "set", "namespace", "shop"]);
    assert_eq!(sandbox.finish(command).succeeds(), "");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert!(sandbox.list("shop").iter().all(|name| !name.contains("tmp")));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let sandbox = sandbox(FILE);
    let (link, file) = (sandbox.path("shop/kustomization.yaml"), sandbox.path("shop/real.yaml"));
    fs::rename(&link, &file).unwrap();
    symlink("real.yaml", &link).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let mut command = crate::sandbox::command(&sandbox.path("shop"));
    command.args(["edit", "set", "namespace", "other"]);
    assert_eq!(sandbox.finish(command).succeeds(), "");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(sandbox.read("shop/real.yaml").contains("namespace: 'other' # quoted\n"));
}

#[test]
fn exactly_one_kustomization_file_is_required() {
    let sandbox = Sandbox::new(&[]);
    sandbox.run(&["edit", "set", "namespace", "x"]).fails_with("no kustomization file");
    sandbox.write("kustomization.yaml", "");
    sandbox.write("Kustomization", "");
    sandbox.run(&["edit", "set", "namespace", "x"]).fails_with("more than one");
}

#[test]
fn files_that_cannot_be_edited_in_place_are_left_alone() {
    for text in ["images: &x [{name: a}]\nreplicas: *x\n", "images: [\n", "- a\n", "images: []\nimages: []\n"] {
        let (changes, messages) = edit(text, &["set", "image", "a:1"]);
        assert_eq!(changes, "");
        assert!(messages.starts_with("error"), "{messages}");
    }
}

#[test]
fn plugins_are_listed() {
    assert_snapshot!(Sandbox::new(&[]).run(&["edit", "alpha-list-builtin-plugin"]).succeeds());
}
