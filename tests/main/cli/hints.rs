//! Help for frequent errors: what is missing where, what is there, and what to write.

use crate::sandbox::Sandbox;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: web, env: null}]}}}
";

/// Renders a tree with one manifest, and returns the messages.
#[track_caller]
fn messages(kustomization: &str, manifest: &str) -> String {
    let sandbox = Sandbox::new(&[("kustomization.yaml", kustomization), ("a.yaml", manifest)]);
    sandbox.run(&["render"]).stderr
}

/// Asserts that all parts occur in the messages.
#[track_caller]
fn assert_has(messages: &str, parts: &[&str]) {
    for part in parts {
        assert!(messages.contains(part), "{part}\n---\n{messages}");
    }
}

fn json_patch(operation: &str) -> String {
    format!("resources: [a.yaml]\npatches:\n- target: {{kind: .*}}\n  patch: |-\n    - {operation}\n")
}

#[test]
fn missing_parts_of_json_patch_paths_are_named() {
    let add = messages(&json_patch("{op: add, path: /metadata/labels/a, value: hello}"), DEPLOYMENT);
    assert_has(
        &add,
        &[
            "error[invalid-patch]: path `/metadata/labels/a` does not exist",
            "kustomization.yaml:5:23",
            "`/metadata/labels` does not exist, and `add` creates only the last part: add `/metadata/labels` with the value `{a: hello}`",
        ],
    );
    let path = "/spec/template/spec/containers/0/env";
    let null = messages(&json_patch(&format!("{{op: add, path: {path}/-, value: {{name: a}}}}")), DEPLOYMENT);
    assert_has(&null, &[&format!("`{path}` is null, and `add` creates only the last part"), "with the value `[...]`"]);
    let deeper = messages(&json_patch("{op: add, path: /spec/strategy/rollingUpdate/maxSurge, value: 1}"), DEPLOYMENT);
    assert_has(&deeper, &["add `/spec/strategy` with the value `{rollingUpdate: {maxSurge: ...}}`"]);
    let named = messages(&json_patch("{op: remove, path: /spec/template/spec/containers/web/image}"), DEPLOYMENT);
    assert_has(&named, &["is a list, whose elements have indexes: `/spec/template/spec/containers/0`"]);
    let misspelled = messages(&json_patch("{op: replace, path: /spec/tmplate/spec, value: {}}"), DEPLOYMENT);
    assert_has(&misspelled, &["`/spec/tmplate` does not exist; did you mean `/spec/template`?"]);
}

#[test]
fn slashes_in_keys_of_json_patch_paths_are_escaped() {
    let manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {other: x}}\n";
    let path = "/metadata/annotations/traefik.ingress.kubernetes.io/redirect-permanent";
    let new = messages(&json_patch(&format!("{{op: add, path: {path}, value: 'true'}}")), manifest);
    let escaped = "`/metadata/annotations/traefik.ingress.kubernetes.io~1redirect-permanent`";
    assert_has(&new, &["error[invalid-patch]", &format!("in a key, `/` is written `~1`: {escaped}")]);
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {conf/a: x}\n";
    let known = messages(&json_patch("{op: remove, path: /data/conf/a}"), manifest);
    assert_has(&known, &["in a key, `/` is written `~1`: `/data/conf~1a`"]);
}

#[test]
fn secret_values_of_json_patches_are_not_shown() {
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    let shown = messages(&json_patch("{op: add, path: /stringData/token, value: hunter2}"), manifest);
    assert_has(&shown, &["with the value `{token: ...}`"]);
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn replacement(path: &str) -> String {
    format!(
        "resources: [a.yaml]\nreplacements:\n- source: {{kind: Deployment, name: web}}\n  targets:\n  - select: {{name: web}}\n    fieldPaths: ['{path}']\n"
    )
}

#[test]
fn keys_with_dots_are_quoted_in_paths() {
    let manifest = DEPLOYMENT.replace("{name: web}\nspec", "{name: web, labels: {app.kubernetes.io/name: x}}\nspec");
    for path in ["metadata.labels[\"app.kubernetes.io/name\"]", "metadata.labels.app.kubernetes.io/name"] {
        let found = messages(&replacement(path), &manifest);
        assert_has(
            &found,
            &[
                "error[invalid-replacement]",
                "kustomization.yaml:6:",
                "help: write `metadata.labels.[app.kubernetes.io/name]`",
            ],
        );
    }
    let selector = messages(&replacement("spec.template.spec.containers[name=web].image"), &manifest);
    assert_has(&selector, &["help: write `spec.template.spec.containers.[name=web].image`"]);
    let vars = "resources: [a.yaml]\nvars:\n- name: A\n  objref: {apiVersion: apps/v1, kind: Deployment, name: web}\n  fieldref: {fieldpath: 'metadata.labels[app.kubernetes.io/name]'}\n";
    let found = messages(vars, &manifest);
    assert_has(&found, &["error[invalid-variable]", "help: write `metadata.labels.app\\.kubernetes\\.io/name`"]);
}

/// The proposed notation works.
#[test]
fn quoted_keys_render() {
    let manifest = DEPLOYMENT.replace("{name: web}\nspec", "{name: web, labels: {app.kubernetes.io/name: x}}\nspec");
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", &replacement("metadata.labels.[app.kubernetes.io/name]")),
        ("a.yaml", &manifest),
    ]);
    assert!(sandbox.run(&["render"]).succeeds().contains("app.kubernetes.io/name: web"));
}

#[test]
fn patches_in_the_form_of_other_fields_are_explained() {
    let old = "resources: [a.yaml]\npatches:\n- manager_patch.yaml\n- |-\n  apiVersion: v1\n  kind: Service\n";
    let found = messages(old, DEPLOYMENT);
    assert_has(
        &found,
        &[
            "error[wrong-type]: expected a mapping, found a string",
            "kustomization.yaml:3:3",
            "help: write `- path: manager_patch.yaml`",
            "kustomization.yaml:4:3",
            "help: write `- patch: |-` before the text of the patch",
        ],
    );
    let new = "patchesStrategicMerge:\n- path: p.yaml\n  target: {kind: Deployment}\n- path: q.yaml\n";
    let found = messages(new, DEPLOYMENT);
    assert_has(&found, &["kustomization.yaml:2:3", "this is an entry of `patches`", "write `- q.yaml`"]);
}

#[test]
fn patterns_are_explained() {
    let found = messages("resources:\n- rbac/*.yaml\nconfigMapGenerator: [{name: a, files: ['conf/?.txt']}]\n", "");
    assert_has(&found, &["error[not-found]", "kustomization.yaml:2:3", "boutique edit add resource 'rbac/*.yaml'"]);
    assert_has(&found, &["no such file: `conf/?.txt`", "kustomize does not support patterns: list each file"]);
}

#[test]
fn all_resources_without_the_field_are_named() {
    let account = |name: &str, annotations: &str| {
        format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}{annotations}}}\n---\n")
    };
    let manifests = format!(
        "{DEPLOYMENT}---\n{}{}{}",
        account("a", ", annotations: {b.c/d: x}"),
        account("b", ""),
        account("c", "")
    );
    let tree = |reject: &str| {
        format!(
            "resources: [a.yaml]\nreplacements:\n- source: {{kind: Deployment, name: web}}\n  targets:\n  - select: {{kind: ServiceAccount}}\n{reject}    fieldPaths: ['metadata.annotations.[b.c/d]']\n"
        )
    };
    let entries = "{kind: ServiceAccount, name: b}, {kind: ServiceAccount, name: c}";
    let found = messages(&tree(""), &manifests);
    assert_has(
        &found,
        &["error[invalid-replacement]", "2 of 3 selected resources lack it: ServiceAccount/b, ServiceAccount/c"],
    );
    assert_has(&found, &[&format!("add `reject: [{entries}]` to the target"), "`options: {create: true}`"]);
    let sandbox =
        Sandbox::new(&[("kustomization.yaml", &tree(&format!("    reject: [{entries}]\n"))), ("a.yaml", &manifests)]);
    assert!(sandbox.run(&["render"]).succeeds().contains("b.c/d: web"));
}

#[test]
fn objects_that_kustomize_does_not_take_are_explained() {
    let found = messages("resources: [a.yaml]\n", "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: pi-}\n");
    assert_has(
        &found,
        &["error[not-a-resource]", "a.yaml:1:1", "this Job has only `generateName`", "BeforeHookCreation"],
    );
    let list = "apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [{host: a}]\n";
    let found = messages("resources: [a.yaml]\n", list);
    assert_has(
        &found,
        &["error[not-a-resource]: missing kind in object", "whose kind ends with `List`", "`AllowList`"],
    );
    for (misspelled, help) in [("piVersion: v1\n", "did you mean `apiVersion`?"), ("", "add `apiVersion`")] {
        let found = messages("resources: [a.yaml]\n", &format!("{misspelled}kind: Provider\nmetadata: {{name: a}}\n"));
        assert_has(&found, &["warning[missing-api-version]: Provider/a has no `apiVersion`", "a.yaml:1:1", help]);
    }
}

#[test]
fn values_in_unlisted_fields_are_found() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: ro}\nspec: {replicas: 1, driver: {image: 'gcr.io/spark:v1'}}\n";
    let tree = "resources: [a.yaml]\nimages: [{name: gcr.io/spark, newTag: v2}]\nreplicas: [{name: ro, count: 4}]\n";
    let found = messages(tree, rollout);
    let replicas = "replicas: [{path: spec/replicas, kind: Rollout}]";
    assert_has(&found, &["error[no-target]", "Rollout/ro has it in `spec.replicas`", replicas]);
    let found = messages(&tree.replace("replicas:", "configurations: [c.yaml] #"), rollout);
    assert_has(&found, &["no such file: `c.yaml`"]);
    let found = messages("resources: [a.yaml]\nimages: [{name: gcr.io/spark, newTag: v2}]\n", rollout);
    let images = "images: [{path: spec/driver/image, kind: Rollout}]";
    assert_has(&found, &["warning[unmatched-image]", "kustomization.yaml:2:17", "in `spec.driver.image`", images]);
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", &format!("configurations: [c.yaml]\n{tree}")),
        ("a.yaml", rollout),
        ("c.yaml", &format!("{replicas}\n{images}\n")),
    ]);
    let run = sandbox.run(&["render"]);
    assert_eq!(run.stderr, "");
    let rendered = run.succeeds();
    assert!(rendered.contains("replicas: 4") && rendered.contains("image: gcr.io/spark:v2"), "{rendered}");
}

#[test]
fn image_entries_that_cannot_work_are_explained() {
    let found = messages("resources: [a.yaml]\nimages: [{name: registry/team/*, newName: mirror}]\n", DEPLOYMENT);
    assert_has(&found, &["warning[unmatched-image]", "`name` is a regular expression"]);
    let split = "apiVersion: x.io/v1\nkind: Db\nmetadata: {name: m}\nspec: {initContainers: [{image: {repository: db, tag: '1'}}]}\n";
    let found = messages("resources: [a.yaml]\nimages: [{name: db, newTag: '2'}]\n", split);
    assert_has(&found, &["error[invalid-field-path]: `images` cannot change Db", "for this entry of `images`"]);
    let found =
        messages("resources: [a.yaml]\nimages: [{name: db, newTag: '2'}]\n", &split.replace("initContainers", "other"));
    assert_has(&found, &["warning[unmatched-image]", "Db/m has its name and its tag in two fields"]);
}

#[test]
fn files_that_are_not_kustomization_files_are_explained() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n";
    assert_has(
        &messages(flux, ""),
        &["error[unknown-field]", "kustomization.yaml:4:1", "a Kustomization object of Flux"],
    );
    assert_has(
        &messages(DEPLOYMENT, ""),
        &["error[unknown-field]", "this is a Deployment object, not a kustomization file"],
    );
    for name in ["Kustomization.yaml", "kustomize.yaml", "kustomization.json"] {
        let sandbox = Sandbox::new(&[(name, "resources: []\n")]);
        let stderr = sandbox.run(&["render"]).stderr;
        assert_has(&stderr, &["error[missing-kustomization]", &format!("rename `{name}` to `kustomization.yaml`")]);
    }
}

#[test]
fn missing_spaces_are_found() {
    let strict = "resources: [a.yaml]\npatches:\n- target:\n    version: v1\n    kind:Deployment\n    name:web\n";
    assert_has(
        &messages(strict, DEPLOYMENT),
        &["error[invalid-yaml]", "a space is missing after `:`; write `kind: ...`"],
    );
    let whole = "resources: [a.yaml]\npatches:\n- target:\n    kind:Deployment\n  path: a.yaml\n";
    assert_has(&messages(whole, DEPLOYMENT), &["error[wrong-type]", "a space is missing after `:`; write `kind: ...`"]);
    let inline = json_patch("op: add\n      path:/spec/replicas\n      value: 1");
    assert_has(&messages(&inline, DEPLOYMENT), &["error[invalid-patch]", "write `path: ...`"]);
}

#[test]
fn labels_that_are_added_after_patches_are_named() {
    for field in ["commonLabels: {tier: front}", "labels: [{includeSelectors: true, pairs: {tier: front}}]"] {
        let tree = format!(
            "{field}\nresources: [a.yaml]\npatches:\n- target: {{kind: Deployment, labelSelector: tier=front}}\n  patch: '- {{op: add, path: /spec/replicas, value: 3}}'\n"
        );
        assert_has(
            &messages(&tree, DEPLOYMENT),
            &["warning[unmatched-selector]", "adds the label `tier` after its patches"],
        );
    }
}

#[test]
fn resources_in_another_namespace_are_named() {
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: existing, namespace: tool}\n";
    let tree = |namespace: &str| {
        format!(
            "resources: [a.yaml]\nsecretGenerator:\n- name: existing\n  behavior: merge\n  literals: [a=b]\n{namespace}"
        )
    };
    let found = messages(&tree(""), manifest);
    assert_has(&found, &["error[no-target]", "kustomization.yaml:3:3", "add `namespace: tool` to the generator"]);
    let sandbox = Sandbox::new(&[("kustomization.yaml", &tree("  namespace: tool\n")), ("a.yaml", manifest)]);
    sandbox.run(&["render"]).succeeds();
}

#[test]
fn unknown_build_metadata_is_reported() {
    let found = messages("resources: [a.yaml]\nbuildMetadata: [originAnotations, other]\n", DEPLOYMENT);
    assert_has(&found, &["warning[unknown-option]: unknown `buildMetadata` option `originAnotations`"]);
    assert_has(
        &found,
        &["kustomization.yaml:2:17", "did you mean `originAnnotations`?", "the options are: originAnnotations"],
    );
}

#[test]
fn repeated_keys_are_shown_with_both_places() {
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: a\n  y: b\n  x: c\n";
    let found = messages("resources: [a.yaml]\n", manifest);
    assert_has(
        &found,
        &["error[unwritable]: mapping key `x` is already defined", "a.yaml:7:3", "a.yaml:5:3", "the same key"],
    );
}

/// The patch is read as a strategic merge patch without documents.
#[test]
fn the_target_of_an_empty_patch_is_checked() {
    let tree = |kind: &str| format!("resources: [a.yaml]\npatches: [{{target: {{kind: {kind}}}, patch: '[]'}}]\n");
    assert_has(&messages(&tree("Nothing"), DEPLOYMENT), &["warning[unmatched-target]", "kustomization.yaml:2:"]);
    assert_eq!(messages(&tree("Deployment"), DEPLOYMENT), "");
}
