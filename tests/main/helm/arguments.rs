//! The calls of helm.

use super::World;

#[test]
fn arguments_are_in_the_order_of_kustomize() {
    let world = World::new(
        "helmCharts:
- name: web
  version: 1.2.3
  releaseName: rel
  namespace: ns
  nameTemplate: tpl
  valuesFile: v.yaml
  additionalValuesFiles: [a.yaml, sub/../b.yaml]
  apiVersions: [foo/v1, bar/v2]
  kubeVersion: '1.27'
  includeCRDs: true
  skipTests: true
  skipHooks: true
  debug: true
  devel: true
",
    );
    for file in ["v", "a", "b"] {
        world.write(&format!("app/{file}.yaml"), format!("{file}: 1\n"));
    }
    assert!(world.yaml().contains("name: rel-web\n"));
    assert_eq!(
        world.calls(),
        "call
  version
  --short
  env HELM_CACHE_HOME=PRIVATE/helm/.cache
  env HELM_CONFIG_HOME=PRIVATE/helm
  env HELM_DATA_HOME=PRIVATE/helm/.data
  env HELM_PLUGINS=PRIVATE/plugins
call
  template
  rel
  PRIVATE/chart/web
  --namespace
  ns
  --name-template
  tpl
  -f
  PRIVATE/kustomize-values.yaml
  -f
  PRIVATE/additional-values-1.yaml
  -f
  PRIVATE/additional-values-2.yaml
  --api-versions
  foo/v1
  --api-versions
  bar/v2
  --kube-version
  1.27
  --include-crds
  --skip-tests
  --no-hooks
  --debug
  --devel
  env HELM_CACHE_HOME=PRIVATE/helm/.cache
  env HELM_CONFIG_HOME=PRIVATE/helm
  env HELM_DATA_HOME=PRIVATE/helm/.data
  env HELM_PLUGINS=PRIVATE/plugins
  values v: 1
  values a: 1
  values b: 1
"
    );
}

#[test]
fn a_chart_needs_only_a_name() {
    let world = World::new("helmGlobals: {configHome: /somewhere}\nhelmCharts: [{name: web}]\n");
    world.yaml();
    assert_eq!(world.arguments(), ["template --generate-name PRIVATE/chart/web -f PRIVATE/kustomize-values.yaml"]);
    assert_eq!(world.values(), "replicas: 1\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/somewhere\n"));
    assert!(world.calls().contains("env HELM_CACHE_HOME=PRIVATE/helm/.cache\n"), "nothing is written there");
    assert!(world.calls().contains("env HELM_PLUGINS=PRIVATE/plugins\n"), "plugins are never those of `configHome`");
}

#[test]
fn missing_charts_are_pulled() {
    for (chart, pull) in [
        ("repo: 'https://e.com/'", "--untardir WORLD/app/charts --repo https://e.com/ p"),
        (
            "repo: 'https://e.com', version: 1.2.3, devel: true",
            "--untardir WORLD/app/charts/p-1.2.3 --repo https://e.com p --version 1.2.3 --devel",
        ),
        ("repo: 'oci://e.com/x/'", "--untardir WORLD/app/charts oci://e.com/x/p"),
    ] {
        let world = World::new(&format!("helmCharts: [{{name: p, {chart}}}]\n"));
        world.yaml();
        let arguments = world.arguments();
        assert_eq!(arguments[0], format!("pull --untar {pull}"));
        assert!(arguments[1].starts_with("template --generate-name PRIVATE/chart/p -f "), "{arguments:?}");
        assert_eq!(world.values(), "pulled: true\n");
        world.yaml();
        assert_eq!(world.arguments().len(), 1, "it has been pulled before");
    }
}

#[test]
fn a_chart_is_pulled_once_for_all_entries() {
    let world =
        World::new("helmCharts: [{name: p, repo: 'https://a'}, {name: p, repo: 'https://b', releaseName: b}]\n");
    world.yaml();
    let arguments = world.arguments();
    assert_eq!(arguments.iter().filter(|call| call.starts_with("pull")).count(), 1, "{arguments:?}");
    assert_eq!(arguments.iter().filter(|call| call.starts_with("template")).count(), 2, "{arguments:?}");
}

#[test]
fn the_nearest_namespace_wins() {
    let world = World::new("namespace: outer\nresources: [middle]\nhelmCharts: [{name: web, namespace: own}]\n");
    world.write("app/middle/kustomization.yaml", "resources: [../inner, ../named]\n");
    world.write("app/inner/kustomization.yaml", "helmCharts: [{name: web, releaseName: i}]\n");
    world.write("app/inner/charts/web/values.yaml", "");
    world.write("app/named/kustomization.yaml", "namespace: named\nhelmCharts: [{name: web, releaseName: nn}]\n");
    world.write("app/named/charts/web/values.yaml", "");
    let yaml = world.yaml();
    let mut namespaces: Vec<_> = world
        .arguments()
        .iter()
        .map(|call| {
            call.split(" --namespace ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("-").to_string()
        })
        .collect();
    namespaces.sort();
    assert_eq!(namespaces, ["named", "outer", "own"]);
    assert!(!yaml.contains("namespace:"), "the namespace is helm's to set:\n{yaml}");
}

#[test]
fn flags_are_defaults_for_charts() {
    let flags =
        ["--helm-api-versions", "a/v1", "--helm-api-versions", "b/v1", "--helm-kube-version", "1.29", "--helm-debug"];
    let world = World::new("helmCharts: [{name: web}]\n");
    world.yaml_with(&flags);
    assert!(
        world.arguments()[0].ends_with(".yaml --api-versions a/v1 --api-versions b/v1 --kube-version 1.29 --debug")
    );
    let world = World::new("helmCharts: [{name: web, apiVersions: [c/v1], kubeVersion: '1.30'}]\n");
    world.yaml_with(&flags);
    assert!(world.arguments()[0].ends_with(".yaml --api-versions c/v1 --kube-version 1.30 --debug"));
}

#[test]
fn paths_with_commas_are_not_split() {
    let world = World::new("helmCharts: [{name: web, additionalValuesFiles: ['a,/etc/x.yaml']}]\n");
    world.write("app/a,/etc/x.yaml", "");
    world.yaml();
    assert!(world.arguments()[0].ends_with("-f PRIVATE/additional-values-1.yaml"), "{:?}", world.arguments());
}
