//! Values files and inline values.

use super::World;

#[track_caller]
fn check_values(values_file: &str, chart: &str, expected: &str) {
    let world = World::new(&format!("helmCharts:\n- name: web\n{chart}"));
    world.write("app/charts/web/values.yaml", values_file);
    world.yaml();
    assert_eq!(world.values(), expected);
}

const VALUES: &str = "a: {b: 1, c: 2}\nlist: [1, 2]\ngone: x\nkept: ~\nempty:\ndate: 2001-01-01\nquoted: '80'\n";

const INLINE: &str = "  valuesInline:
    a: {c: three, d: 1.50}
    list: [null]
    gone: null
    more: 1000000
    quoted: 80
    on: on
";

#[test]
fn inline_values_win() {
    check_values(
        VALUES,
        INLINE,
        "a:
  b: 1
  c: three
  d: 1.5
date: \"2001-01-01T00:00:00Z\"
kept: null
list:
- null
more: 1000000
quoted: 80
\"true\": true
",
    );
}

#[test]
fn values_of_the_chart_win() {
    check_values(
        VALUES,
        &format!("{INLINE}  valuesMerge: merge\n"),
        "a:
  b: 1
  c: 2
  d: 1.5
date: \"2001-01-01T00:00:00Z\"
gone: x
list:
- 1
- 2
more: 1000000
quoted: \"80\"
\"true\": true
",
    );
}

#[test]
fn inline_values_replace_all() {
    check_values(
        "not: [even, YAML",
        &format!("{INLINE}  valuesMerge: replace\n"),
        "a:
  c: three
  d: 1.5
gone: null
list:
- null
more: 1000000
quoted: 80
\"true\": true
",
    );
}

#[test]
fn values_files_are_copied_as_they_are() {
    check_values("not: [even, YAML # comment\n", "", "not: [even, YAML # comment\n");
    check_values("not: [even, YAML\n", "  valuesInline: {}\n  valuesMerge: merge\n", "not: [even, YAML\n");
}

#[test]
fn directives_and_empty_documents_merge() {
    check_values("a: {b: 1}\n", "  valuesInline: {a: {$patch: replace, c: 2}}\n", "a:\n  c: 2\n");
    check_values("a: {b: 1}\n", "  valuesInline: {$patch: delete}\n", "{}\n");
    check_values("---\n", "  valuesInline: {a: {b: null, c: 1}}\n", "a:\n  c: 1\n");
    check_values("null\n", "  valuesInline: {a: 1}\n  valuesMerge: merge\n", "{}\n");
}

#[test]
fn lists_in_values_that_look_like_resources_are_extended() {
    let values = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}, {name: b}]}\n";
    let inline = "  valuesInline: {spec: {containers: [{name: c}, {name: b, image: z}]}}\n";
    let head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n";
    check_values(values, inline, &format!("{head}  - name: a\n  - image: z\n    name: b\n  - name: c\n"));
    check_values(
        values,
        &format!("{inline}  valuesMerge: merge\n"),
        &format!("{head}  - name: c\n  - image: z\n    name: b\n  - name: a\n"),
    );
}

/// kustomize loses aliases of mappings when it merges, and boutique does the same.
#[test]
fn aliases_are_lost_in_a_merge() {
    let values = "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\nlist: [*x]\n";
    check_values(values, "  valuesInline: {z: 1}\n", "a:\n  b: 1\nd:\n  e: 2\nlist:\n- b: 1\nz: 1\n");
    check_values(
        values,
        "  valuesInline: {z: 1}\n  valuesMerge: merge\n",
        "a:\n  b: 1\nd:\n  e: 2\nlist:\n- b: 1\nz: 1\n",
    );
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    let world = World::new("helmCharts: [{name: web, valuesInline: {replicas: {a: 1}}}]\n");
    assert!(world.error().contains("could not merge values"));
    let world = World::new("helmCharts: [{name: web, valuesInline: {a: 1}}]\n");
    world.write("app/charts/web/values.yaml", "# nothing\n");
    assert!(world.error().contains("it contains no document"));
}
