//! Helm charts, with a `helm` of the tests' own that writes down how it was called.
//!
//! What it should be called with was taken from the reference, run with the same script.

use std::fs;
use std::ops::Deref;

use boutique::io::{self, MemoryHost};
use boutique::options::HelmOptions;
use boutique::{Code, Options};

use crate::sandbox::{Run, Sandbox, search_path};

// ---- a world to render in ----

/// Writes down arguments, environment and values files; prints the file `prints`, or a ConfigMap named like the chart.
const HELM: &str = r#"#!/bin/sh
{
  echo "call"
  for argument in "$@"; do echo "  $argument"; done
  env | grep '^HELM_' | sort | sed 's/^/  env /'
  previous=
  for argument in "$@"; do
    if [ "$previous" = -f ] && [ -f "$argument" ]; then sed 's/^/  values /' "$argument"; fi
    previous=$argument
  done
  sed 's/^/  stdin /'
} >> "$WORLD/calls"
case "$1" in
version) cat "$WORLD/version" ;;
pull)
  name=; skip=
  for argument in "$@"; do
    case "$skip$argument" in
    skip*) skip= ;;
    --untardir|--repo|--version) skip=skip ;;
    -*|pull) ;;
    *) name=${argument##*/} ;;
    esac
  done
  mkdir -p "$4/$name" && echo 'pulled: true' > "$4/$name/values.yaml" ;;
template)
  if [ -f "$WORLD/fails" ]; then echo "Error: no way" >&2; exit 1; fi
  if [ -f "$WORLD/prints" ]; then cat "$WORLD/prints"; exit; fi
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s-%s\n' "$2" "${3##*/}" ;;
esac
"#;

/// A sandbox with the program above as `helm`.
struct World {
    sandbox: Sandbox,
}

impl Deref for World {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl World {
    /// Makes a world with this kustomization in `app`, and the chart `web` in `app/charts`.
    fn new(kustomization: &str) -> World {
        let sandbox = Sandbox::new(&[
            ("version", "v3.14.2+g1234567\n"),
            ("app/charts/web/values.yaml", "replicas: 1\n"),
            ("app/kustomization.yaml", kustomization),
        ]);
        sandbox.write_program("helm", HELM);
        World { sandbox }
    }

    fn build(&self, flags: &[&str]) -> Run {
        let _ = fs::remove_file(self.path("calls"));
        let mut command = self.command(&["build", "app"]);
        command.args(flags).env("PATH", search_path()).env("WORLD", self.path(""));
        self.finish(command)
    }

    fn build_with_helm(&self, flags: &[&str]) -> Run {
        let helm = self.path("helm");
        let mut all = vec!["--enable-helm", "--helm-command", helm.to_str().unwrap()];
        all.extend(flags);
        self.build(&all)
    }

    #[track_caller]
    fn yaml(&self) -> String {
        self.yaml_with(&[])
    }

    #[track_caller]
    fn yaml_with(&self, flags: &[&str]) -> String {
        self.build_with_helm(flags).succeeds()
    }

    #[track_caller]
    fn error(&self) -> String {
        self.build_with_helm(&[]).fails()
    }

    /// Returns how helm was called, with the names of directories made the same.
    fn calls(&self) -> String {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let calls = calls.replace(self.path("").to_str().unwrap().trim_end_matches('/'), "WORLD");
        let private = self.temporary().join("boutique-helm-");
        let mut parts = calls.split(private.to_str().unwrap());
        let first = parts.next().unwrap_or_default().to_string();
        parts.fold(first, |text, part| text + "PRIVATE" + part.find('/').map_or(part, |at| &part[at..]))
    }

    /// Returns the arguments of all calls, one call a line, without those that ask for the version.
    fn arguments(&self) -> Vec<String> {
        let calls = self.calls();
        let calls = calls.split("call\n").map(|call| {
            let is_argument = |line: &&str| !["  env ", "  values ", "  stdin "].iter().any(|p| line.starts_with(p));
            call.lines().filter(is_argument).map(str::trim).collect::<Vec<_>>().join(" ")
        });
        calls.filter(|call| !call.is_empty() && call != "version --short").collect()
    }

    /// Returns the lines of all values files.
    fn values(&self) -> String {
        self.calls().lines().filter_map(|line| line.strip_prefix("  values ")).map(|line| format!("{line}\n")).collect()
    }
}

// ---- what helm is called with ----

#[test]
fn arguments_come_in_the_order_of_the_reference() {
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
  WORLD/app/charts/web
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
fn a_chart_needs_no_more_than_a_name() {
    let world = World::new("helmGlobals: {configHome: /somewhere}\nhelmCharts: [{name: web}]\n");
    world.yaml();
    assert_eq!(world.arguments(), ["template --generate-name WORLD/app/charts/web -f PRIVATE/kustomize-values.yaml"]);
    assert_eq!(world.values(), "replicas: 1\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/somewhere\n"));
    assert!(world.calls().contains("env HELM_CACHE_HOME=PRIVATE/helm/.cache\n"), "nothing is written there");
    assert!(world.calls().contains("env HELM_PLUGINS=PRIVATE/plugins\n"), "plugins are never those of `configHome`");
}

#[test]
fn missing_charts_are_pulled() {
    for (chart, pull, place) in [
        ("repo: 'https://e.com/'", "--untardir WORLD/app/charts --repo https://e.com/ p", "charts/p"),
        (
            "repo: 'https://e.com', version: 1.2.3, devel: true",
            "--untardir WORLD/app/charts/p-1.2.3 --repo https://e.com p --version 1.2.3 --devel",
            "charts/p-1.2.3/p",
        ),
        ("repo: 'oci://e.com/x/'", "--untardir WORLD/app/charts oci://e.com/x/p", "charts/p"),
    ] {
        let world = World::new(&format!("helmCharts: [{{name: p, {chart}}}]\n"));
        world.yaml();
        let arguments = world.arguments();
        assert_eq!(arguments[0], format!("pull --untar {pull}"));
        assert!(arguments[1].starts_with(&format!("template --generate-name WORLD/app/{place} -f ")), "{arguments:?}");
        assert_eq!(world.values(), "pulled: true\n");
        world.yaml();
        assert_eq!(world.arguments().len(), 1, "it is there now");
    }
}

#[test]
fn one_entry_finds_what_another_pulls() {
    let world =
        World::new("helmCharts: [{name: p, repo: 'https://a'}, {name: p, repo: 'https://b', releaseName: b}]\n");
    world.yaml();
    let arguments = world.arguments();
    assert_eq!(arguments.iter().filter(|call| call.starts_with("pull")).count(), 1, "{arguments:?}");
    assert_eq!(arguments.iter().filter(|call| call.starts_with("template")).count(), 2, "{arguments:?}");
}

#[test]
fn the_namespace_is_the_nearest_one() {
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
fn the_command_line_is_for_charts_that_say_nothing() {
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
fn paths_are_not_taken_for_lists() {
    let world = World::new("helmCharts: [{name: web, additionalValuesFiles: ['a,/etc/x.yaml']}]\n");
    world.write("app/a,/etc/x.yaml", "");
    world.yaml();
    assert!(world.arguments()[0].ends_with("-f PRIVATE/additional-values-1.yaml"), "{:?}", world.arguments());
}

// ---- values ----

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
fn directives_and_documents_without_values_merge() {
    check_values("a: {b: 1}\n", "  valuesInline: {a: {$patch: replace, c: 2}}\n", "a:\n  c: 2\n");
    check_values("a: {b: 1}\n", "  valuesInline: {$patch: delete}\n", "{}\n");
    check_values("---\n", "  valuesInline: {a: {b: null, c: 1}}\n", "a:\n  c: 1\n");
    check_values("null\n", "  valuesInline: {a: 1}\n  valuesMerge: merge\n", "{}\n");
}

#[test]
fn lists_in_values_that_are_resources_grow_at_their_end() {
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

/// The reference loses aliases of mappings when it merges, and so do we.
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
fn values_that_do_not_fit_are_refused() {
    let world = World::new("helmCharts: [{name: web, valuesInline: {replicas: {a: 1}}}]\n");
    assert!(world.error().contains("could not merge values"));
    let world = World::new("helmCharts: [{name: web, valuesInline: {a: 1}}]\n");
    world.write("app/charts/web/values.yaml", "# nothing\n");
    assert!(world.error().contains("it holds no document"));
}

// ---- what comes of it ----

#[test]
fn charts_come_behind_other_generators() {
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
    assert!(world.arguments()[1].starts_with("template p WORLD/app/charts/web -f "), "plugins inherit no namespace");
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
        ["template --generate-name WORLD/app/my/web --namespace n -f PRIVATE/kustomize-values.yaml"]
    );
    assert_eq!(world.values(), "a: \"2001-01-01T00:00:00Z\"\nreplicas: 2\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/c\n"));
    world.write("app/plugin.yaml", plugin("name: web\nversion: 1.0\n"));
    assert!(world.error().contains("quote it: \"1\""));
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
    assert_eq!(world.arguments(), ["template r WORLD/app/old/web -f PRIVATE/kustomize-values.yaml"]);
    assert_eq!(world.values(), "a: 2\n");
    assert!(world.calls().contains("env HELM_CONFIG_HOME=/h\n"));
}

#[test]
fn output_is_read_in_a_second_way_if_the_first_fails() {
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
        assert!(error.contains("the output of chart web") && error.contains(message), "{error}");
        assert!(error.contains("app/kustomization.yaml:1:14"), "{error}");
    }
}

// ---- what is refused ----

#[test]
fn charts_have_to_be_enabled() {
    let world = World::new("helmCharts: [{name: web}]\n");
    let error = world.build(&[]).fails();
    assert!(error.contains("must specify --enable-helm") && error.contains("app/kustomization.yaml:1:14"), "{error}");
    assert_eq!(world.calls(), "");
}

#[test]
fn values_that_helm_would_take_for_options_are_refused() {
    for field in ["releaseName", "version", "repo", "namespace", "nameTemplate", "kubeVersion"] {
        let world = World::new(&format!("helmCharts: [{{name: web, {field}: '--post-renderer=x'}}]\n"));
        assert!(world.error().contains(&format!("`{field}` of a chart may not start with `-`")));
        assert_eq!(world.calls(), "");
    }
    for chart in ["name: -web", "name: web, apiVersions: [a, -b]"] {
        let world = World::new(&format!("helmCharts: [{{{chart}}}]\n"));
        assert!(world.error().contains("of a chart may not start with `-`"));
        assert_eq!(world.calls(), "");
    }
    let world = World::new("namespace: -x\nhelmCharts: [{name: web}]\n");
    assert!(world.error().contains("`namespace` of a chart may not start with `-`"));
}

#[test]
fn mistakes_are_told() {
    for (chart, message) in [
        ("releaseName: x", "chart name cannot be empty"),
        ("name: nope", "no repo specified for pull, no chart found at '"),
        ("name: web, valuesMerge: none", "valuesMerge must be one of [merge override replace]"),
        ("name: web, valuesFile: nope.yaml", "no such file: `nope.yaml`"),
        ("name: web, valuesFile: ../v.yaml", "is not in or below"),
        ("name: web, valuesFile: charts", "must resolve to a file"),
        ("name: web, additionalValuesFiles: [../v.yaml]", "is not in or below"),
        ("name: bare", "no such file: `"),
    ] {
        let world = World::new(&format!("helmCharts: [{{{chart}}}]\n"));
        world.write("v.yaml", "");
        world.write("app/charts/bare/Chart.yaml", "");
        let error = world.error();
        assert!(error.contains(message), "{chart}: {error}");
        assert!(error.contains("app/kustomization.yaml:1:"), "{chart}: {error}");
        assert_eq!(world.arguments(), Vec::<String>::new());
    }
}

#[test]
fn failures_of_helm_are_told() {
    let world = World::new("helmCharts: [{name: web}]\n");
    world.write("fails", "");
    assert!(world.error().contains("chart web: helm template: "));
    assert!(world.error().contains("Error: no way"));
    world.write("version", "v2.17.0\n");
    assert!(world.error().contains("this plugin requires helm V3 or V4 but got v2.17.0"));
    world.write("version", "hello\n");
    assert!(world.error().contains("cannot find version string in hello"));
    let error = world.build(&["--enable-helm", "--helm-command", "/nonexistent/helm"]).fails();
    assert!(error.contains("cannot run `/nonexistent/helm`"), "{error}");
    let error = world.build(&["--enable-helm", "--helm-command", ""]).fails();
    assert!(error.contains("must specify --helm-command"), "{error}");
}

#[test]
fn a_host_without_programs_says_so() {
    let host = MemoryHost::new([("/app/kustomization.yaml", "helmCharts: [{name: web}]\n")]);
    let options = Options { helm: Some(HelmOptions::default()), ..Options::default() };
    let result = io::render(&host, "/app", &options).result;
    let errors = result.unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Code::ProgramFailed]);
}
