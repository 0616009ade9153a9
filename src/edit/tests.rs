use super::*;

/// Changes a text, and returns it.
fn changed(text: &str, change: impl FnOnce(&mut Mapping)) -> String {
    let mut data = read(text).expect("it is a mapping");
    change(&mut data);
    update(text, &data).unwrap_or_else(|error| panic!("{error}: {:?}", edit(text, &read(text).unwrap(), &data)))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("it is YAML")
}

fn set(text: &str, key: &str, value: &str) -> String {
    changed(text, |data| {
        data.insert(key.into(), yaml(value));
    })
}

const FILE: &str = "\
# The shop.
apiVersion: kustomize.config.k8s.io/v1beta1
kind:   Kustomization   # as always

# What it is made of.
resources:
  # first
  - a.yaml   # the a
  - 'b.yaml'

  - c.yaml
images:
  - name: web # ours
    newTag: \"1.0\"
  - {name: db, newTag: v1}
labels: [{pairs: {a: b}}] # flow
namespace: dev
# the end
";

#[test]
fn equal_data_leaves_the_text_unchanged() {
    assert_eq!(changed(FILE, |_| {}), FILE);
}

/// Returns the lines in which two texts differ.
fn difference(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{change}", change.tag())).collect()
}

#[test]
fn only_the_lines_that_must_change_do() {
    for (key, value, expected) in [
        ("namespace", "prod", "-namespace: dev\n+namespace: prod\n"),
        ("namePrefix", "x-", "+namePrefix: x-\n"),
        ("resources", "[a.yaml, b.yaml, c.yaml, d.yaml]", "+  - d.yaml\n"),
        ("resources", "[b.yaml, c.yaml]", "-  - a.yaml   # the a\n"),
        ("resources", "[a.yaml, c.yaml]", "-  - 'b.yaml'\n"),
        ("resources", "[a.yaml, x.yaml, c.yaml]", "-  - 'b.yaml'\n+  - 'x.yaml'\n"),
        ("resources", "[z.yaml, a.yaml, b.yaml, c.yaml]", "+  - z.yaml\n"),
        (
            "images",
            "[{name: web, newTag: '2.0'}, {name: db, newTag: v1}]",
            "-    newTag: \"1.0\"\n+    newTag: \"2.0\"\n",
        ),
        ("images", "[{name: web}, {name: db, newTag: v1}]", "-    newTag: \"1.0\"\n"),
        (
            "images",
            "[{newTag: '1.0'}, {name: db, newTag: v1}]",
            "-  - name: web # ours\n-    newTag: \"1.0\"\n+  - newTag: \"1.0\"\n",
        ),
        ("images", "[{name: web, newTag: '1.0', digest: x}, {name: db, newTag: v1}]", "+    digest: x\n"),
        (
            "images",
            "[{name: web, newTag: '1.0'}, {name: db, newTag: v1, digest: x}]",
            "-  - {name: db, newTag: v1}\n+  - {name: db, newTag: v1, digest: x}\n",
        ),
        (
            "images",
            "[{name: web, newTag: '1.0'}, {name: db, newTag: v1}, {name: mail, newTag: t}]",
            "+  - name: mail\n+    newTag: t\n",
        ),
        (
            "labels",
            "[{pairs: {a: b, c: d}}]",
            "-labels: [{pairs: {a: b}}] # flow\n+labels: [{pairs: {a: b, c: d}}] # flow\n",
        ),
        ("replicas", "[{name: a, count: 2}]", "+replicas:\n+  - name: a\n+    count: 2\n"),
        ("patches", "[{patch: \"a: b\\nc: d\\n\"}]", "+patches:\n+  - patch: |\n+      a: b\n+      c: d\n"),
        ("namespace", "'yes'", "-namespace: dev\n+namespace: \"yes\"\n"),
    ] {
        let edited = set(FILE, key, value);
        assert_eq!(difference(FILE, &edited), expected, "{key}: {value}");
    }
    let removed = changed(FILE, |data| {
        data.remove("images");
    });
    assert_eq!(
        difference(FILE, &removed),
        "-images:\n-  - name: web # ours\n-    newTag: \"1.0\"\n-  - {name: db, newTag: v1}\n"
    );
}

#[test]
fn unusual_files_can_be_edited() {
    for (text, key, value, expected) in [
        ("", "a", "b", "a: b\n"),
        ("# only a comment", "a", "b", "# only a comment\na: b\n"),
        ("---\n", "a", "b", "---\na: b\n"),
        ("a: b", "c", "d", "a: b\nc: d"),
        ("a: b\r\nc: d\r\n", "e", "[f]", "a: b\r\nc: d\r\ne:\r\n- f\r\n"),
        ("\u{feff}a: b\n", "c", "d", "\u{feff}a: b\nc: d\n"),
        ("resources:\nnamespace: x\n", "resources", "[a]", "resources:\n- a\nnamespace: x\n"),
        ("resources: [] # none yet\n", "resources", "[a]", "resources: # none yet\n- a\n"),
        ("resources: # none yet\n", "resources", "[a]", "resources: # none yet\n- a\n"),
        ("resources:\n- a # one\n", "resources", "[]", "resources: [] # one\n"),
        ("resources: [a, 'b']\n", "resources", "[b]", "resources: ['b']\n"),
        (
            "a:\n    deep:\n        - x\n",
            "a",
            "{deep: [x, z], more: 1}",
            "a:\n    deep:\n        - x\n        - z\n    more: 1\n",
        ),
        ("{a: b}\n", "c", "d", "{a: b, c: d}\n"),
        ("\"a\" : b # c\n", "a", "e", "\"a\" : e # c\n"),
        ("a: |\n  text\n\n\nb: c\n", "a", "new", "a: new\n\n\nb: c\n"),
        ("a: b\n...\n", "c", "d", "a: b\nc: d\n...\n"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text}");
    }
}

const JSON: &str = "\
{
  \"kind\": \"Kustomization\",
  \"resources\": [
    \"a.yaml\",
    \"b.yaml\"
  ],
  \"images\": [{\"name\": \"web\", \"newTag\": \"1\"}],
  \"labels\": []
}
";

#[test]
fn json_remains_json() {
    for (key, value, expected) in [
        ("namespace", "prod", "-  \"labels\": []\n+  \"labels\": [],\n+  \"namespace\": \"prod\"\n"),
        ("kind", "Component", "-  \"kind\": \"Kustomization\",\n+  \"kind\": \"Component\",\n"),
        ("resources", "[a.yaml, b.yaml, c.yaml]", "-    \"b.yaml\"\n+    \"b.yaml\",\n+    \"c.yaml\"\n"),
        ("resources", "[b.yaml]", "-    \"a.yaml\",\n"),
        ("resources", "[a.yaml]", "-    \"a.yaml\",\n-    \"b.yaml\"\n+    \"a.yaml\"\n"),
        ("resources", "[x.yaml]", "-    \"a.yaml\",\n-    \"b.yaml\"\n+    \"x.yaml\"\n"),
        (
            "images",
            "[{name: web, newTag: '2'}, {name: 'd\"b', count: 3, no: ~}]",
            "-  \"images\": [{\"name\": \"web\", \"newTag\": \"1\"}],\n\
             +  \"images\": [{\"name\": \"web\", \"newTag\": \"2\"}, {\"name\": \"d\\\"b\", \"count\": 3, \"no\": null}],\n",
        ),
        ("labels", "[{pairs: {a: 'yes'}}]", "-  \"labels\": []\n+  \"labels\": [{\"pairs\": {\"a\": \"yes\"}}]\n"),
        ("resources", "[]", "-  \"resources\": [\n-    \"a.yaml\",\n-    \"b.yaml\"\n-  ],\n+  \"resources\": [],\n"),
    ] {
        let edited = set(JSON, key, value);
        assert_eq!(difference(JSON, &edited), expected, "{key}: {value}");
        serde_json::from_str::<serde_json::Value>(&edited).expect("it is JSON");
    }
    let fixed = prepend(&rename(JSON, "labels", "commonLabels").unwrap(), &read("apiVersion: v1").unwrap()).unwrap();
    serde_json::from_str::<serde_json::Value>(&fixed).expect("it is JSON");
}

/// All changes of a JSON file, at every level, are JSON with exactly the new data.
#[test]
fn every_change_of_json_is_json() {
    for compact in [JSON.to_string(), serde_json::to_string(&read(JSON).unwrap()).unwrap()] {
        for variant in variants(&Value::Mapping(read(&compact).unwrap())) {
            let Value::Mapping(new) = variant else { continue };
            let edited = update(&compact, &new).unwrap_or_else(|error| panic!("{error}: {new:?}"));
            serde_json::from_str::<serde_json::Value>(&edited).unwrap_or_else(|error| panic!("{error}: {edited}"));
        }
    }
}

#[test]
fn flow_collections_keep_their_layout() {
    for (text, key, value, expected) in [
        ("a: [\n  x, # one\n  y,\n]\n", "a", "[x, y, z]", "a: [\n  x, # one\n  y,\n  z,\n]\n"),
        ("a: {\n  b: c,\n  d: e\n}\n", "a", "{b: c, d: f, g: h}", "a: {\n  b: c,\n  d: f,\n  g: h\n}\n"),
        ("a: ['x', \"y\"]\n", "a", "[z, y]", "a: ['z', \"y\"]\n"),
        ("a: [x, y, z]\n", "a", "[w, z]", "a: [w, z]\n"),
        ("a: [x, y, z]\n", "a", "[z, w]", "a: [z, w]\n"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text}");
    }
}

#[test]
fn anchors_and_tags_that_a_change_does_not_touch_remain() {
    for (text, key, value, expected) in [
        ("a: &x\n  b: 1\nc: *x\n", "d", "e", "a: &x\n  b: 1\nc: *x\nd: e\n"),
        ("a: &x\n- b: 1\n- c\n", "a", "[{b: 1}, c, d]", "a: &x\n- b: 1\n- c\n- d\n"),
        ("a: &x {b: 1}\nc: *x\n", "c", "[d]", "a: &x {b: 1}\nc:\n- d\n"),
        ("a: [&x b, c]\nd: *x\n", "a", "[b]", "a: [&x b]\nd: *x\n"),
        ("a: [c, &x b]\nd: *x\n", "a", "[b]", "a: [&x b]\nd: *x\n"),
        ("a:\n- &x {b: 1}\n- c\nd: *x\n", "a", "[{b: 1}]", "a:\n- &x {b: 1}\nd: *x\n"),
        ("a: !!map\n  b: c\n", "a", "{b: d}", "a: !!map\n  b: d\n"),
        ("a: &x b\nc: d\n", "a", "e", "a: &x e\nc: d\n"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text}");
    }
}

#[test]
fn an_edit_that_is_not_possible_in_place_fails() {
    let text = "a: &x [1]\nb: *x\n";
    let mut data = read(text).unwrap();
    data.insert("a".into(), yaml("[2]"));
    assert_eq!(update(text, &data), Err(Error::NotInPlace));
    assert!(matches!(read("a: 1\na: 2\n"), Err(Error::InvalidYaml(_))));
    assert!(matches!(read("[a]"), Err(Error::NotAMapping)));
}

/// Returns variants of data: at every level, each entry is removed or replaced, and each list is shortened or extended.
fn variants(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Mapping(mapping) => {
            for (key, inner) in mapping {
                let mut without = mapping.clone();
                without.shift_remove(key);
                all.push(Value::Mapping(without));
                for variant in variants(inner) {
                    let mut changed = mapping.clone();
                    changed.insert(key.clone(), variant);
                    all.push(Value::Mapping(changed));
                }
            }
            let mut more = mapping.clone();
            more.insert("added".into(), yaml("{deep: [1, two]}"));
            all.push(Value::Mapping(more));
        }
        Value::Sequence(elements) => {
            for (at, element) in elements.iter().enumerate() {
                let mut without = elements.clone();
                without.remove(at);
                all.push(Value::Sequence(without));
                for variant in variants(element) {
                    let mut changed = elements.clone();
                    changed[at] = variant;
                    all.push(Value::Sequence(changed));
                }
            }
            let mut more = elements.clone();
            more.push(yaml("{added: [x], text: \"a\\nb\\n\"}"));
            all.push(Value::Sequence(more));
            let mut first = elements.clone();
            first.insert(0, "first".into());
            all.push(Value::Sequence(first));
        }
        _ => all.extend(["replaced".into(), yaml("[replaced]"), Value::Bool(true)]),
    }
    all
}

#[test]
fn the_files_of_all_fixtures_can_be_edited() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let (mut changed, mut refused) = (0, Vec::new());
    for entry in walkdir::WalkDir::new(fixtures).into_iter().filter_map(Result::ok) {
        if entry.file_name() != "kustomization.yaml" {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let Ok(data) = read(&text) else { continue };
        for variant in variants(&Value::Mapping(data)) {
            let Value::Mapping(new) = variant else { continue };
            match update(&text, &new) {
                Ok(_) => changed += 1,
                Err(_) => refused.push(format!("{}: {new:?}", entry.path().display())),
            }
        }
    }
    assert!(refused.len() * 100 < changed, "{} of {changed}", refused.len());
}
