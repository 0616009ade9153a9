//! The resources that charts render to.

use super::World;

#[test]
fn charts_come_after_other_generators() {
    let world = World::new(
        "sortOptions: {order: fifo}
helmCharts: [{name: web, releaseName: r}]
configMapGenerator: [{name: config, literals: [a=b]}]
secretGenerator: [{name: secret, literals: [a=b]}]
generators: [plugin.yaml]
resources: [plain.yaml]
buildMetadata: [originAnnotations]
namePrefix: x-
namespace: ns
",
    );
    world.write("app/plain.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n");
    world.write(
        "app/plugin.yaml",
        "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: p}\nname: web\nreleaseName: p\n",
    );
    let yaml = world.yaml();
    let names: Vec<_> = yaml.lines().filter_map(|line| line.strip_prefix("  name: ")).collect();
    assert_eq!(names[0], "x-plain");
    assert!(names[1].starts_with("x-config-") && names[2].starts_with("x-secret-"), "{names:?}");
    assert_eq!(names[3..], ["x-r-web", "x-p-web"]);
    assert_eq!(yaml.matches("  namespace: ns\n").count(), 3, "{yaml}");
    let origins = "      configuredIn: kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: HelmChartInflationGenerator
  name: x-r-web
---
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: plugin.yaml
      configuredBy:
        apiVersion: builtin
        kind: HelmChartInflationGenerator
        name: p
  name: x-p-web
";
    assert!(yaml.ends_with(origins), "{yaml}");
    assert!(world.arguments()[1].starts_with("template p PRIVATE/chart/web -f "), "plugins inherit no namespace");
}

#[test]
fn plugins_take_the_fields_of_a_chart() {
    let world = World::new("generators: [plugin.yaml]\n");
    let plugin = |fields: &str| {
        format!("apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {{name: p}}\n{fields}")
    };
    world.write("app/my/web/values.yaml", "replicas: 2\n");
    world.write(
        "app/plugin.yaml",
        plugin(
            "name: web
chartHome: my
configHome: /c
namespace: n
valuesInline: {a: 2001-01-01}
kubeVersion: ''
new: 1
",
        ),
    );
    world.yaml_with(&["--helm-kube-version", "1.29"]);
    assert_eq!(
        world.arguments(),
        ["template --generate-name PRIVATE/chart/web --namespace n -f PRIVATE/kustomize-values.yaml"]
    );
    assert_eq!(world.values(), "a: \"2001-01-01T00:00:00Z\"\nreplicas: 2\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/c\n"));
    world.write("app/plugin.yaml", plugin("name: web\nversion: 1.0\n"));
    assert!(world.error().contains("quote the value: \"1\""));
}

#[test]
fn deprecated_charts_work() {
    let world = World::new(
        "helmChartInflationGenerator:
- chartName: web
  chartHome: old
  helmHome: /h
  releaseName: r
  valuesLocal: {a: 1}
  values: v.yaml
  valuesMerge: merge
",
    );
    world.write("app/v.yaml", "a: 2\n");
    world.write("app/old/web/Chart.yaml", "name: web\n");
    world.yaml();
    assert_eq!(world.arguments(), ["template r PRIVATE/chart/web -f PRIVATE/kustomize-values.yaml"]);
    assert_eq!(world.values(), "a: 2\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/h\n"));
}

#[test]
fn output_is_read_leniently_if_strict_reading_fails() {
    let config = |name: &str, annotations: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations: {{{annotations}}}\n  name: {name}\n")
    };
    let local = config("a", "config.kubernetes.io/local-config: 'true'");
    let world = World::new("helmCharts: [{name: web}]\n");
    world.write("prints", format!("---\n# Source\n{}---\n{local}", config("a", "")));
    assert_eq!(world.yaml(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    let item = "- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n";
    let list = format!("kind: ConfigMapList\napiVersion: v1\nitems:\n{item}{item}---\n");
    world.write("prints", &(list + &config("b", "")));
    let yaml = world.yaml();
    assert!(yaml.contains("kind: ConfigMapList\nmetadata: {}\n"), "{yaml}");
    world.write("prints", "");
    assert_eq!(world.yaml(), "");
    for (prints, message) in [
        (format!("{0}---\n{0}", config("a", "")), "may not add resource with an already registered id"),
        ("a: [".to_string(), "invalid YAML"),
        ("WARNING: x\n---\n".to_string() + &config("a", ""), "missing kind"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: [x]}\n".to_string(), "wrong node kind"),
    ] {
        world.write("prints", &prints);
        let error = world.error();
        assert!(error.contains("output of chart web") && error.contains(message), "{error}");
        assert!(error.contains("app/kustomization.yaml:1:14"), "{error}");
    }
}
