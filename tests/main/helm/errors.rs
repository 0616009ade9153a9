//! Errors in charts, and failures of helm.

use boutique::HelmOptions;
use boutique::io::{self, MemoryHost};
use boutique::{Code, Options};

use super::World;

#[test]
fn charts_need_a_flag() {
    let world = World::new("helmCharts: [{name: web}]\n");
    let error = world.build(&[]).fails();
    assert!(error.contains("Helm charts are not enabled") && error.contains("app/kustomization.yaml:1:14"), "{error}");
    assert_eq!(world.calls(), "");
}

#[test]
fn fields_that_look_like_options_are_refused() {
    for field in ["releaseName", "version", "repo", "namespace", "nameTemplate", "kubeVersion"] {
        let world = World::new(&format!("helmCharts: [{{name: web, {field}: '--post-renderer=x'}}]\n"));
        assert!(world.error().contains(&format!("`{field}` of a chart must not start with `-`")));
        assert_eq!(world.calls(), "");
    }
    for chart in ["name: -web", "name: web, apiVersions: [a, -b]"] {
        let world = World::new(&format!("helmCharts: [{{{chart}}}]\n"));
        assert!(world.error().contains("of a chart must not start with `-`"));
        assert_eq!(world.calls(), "");
    }
    let world = World::new("namespace: -x\nhelmCharts: [{name: web}]\n");
    assert!(world.error().contains("`namespace` of a chart must not start with `-`"));
}

#[test]
fn errors_in_charts_are_reported() {
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
fn failures_of_helm_are_reported() {
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
    assert!(error.contains("the helm command is empty"), "{error}");
}

#[test]
fn a_host_without_programs_reports_an_error() {
    let host = MemoryHost::new([("/app/kustomization.yaml", "helmCharts: [{name: web}]\n")]);
    let mut options = Options::default();
    options.helm = Some(HelmOptions::default());
    let result = io::render(&host, "/app", &options).result;
    let errors = result.unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Code::ProgramFailed]);
}
