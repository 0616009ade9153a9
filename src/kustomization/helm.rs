//! The fields for Helm charts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::located::Located;

/// The field `helmGlobals`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename = "embeds:*", rename_all = "camelCase", default)]
pub struct HelmGlobals {
    pub chart_home: String,
    pub config_home: String,
}

/// An entry of `helmCharts`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename = "embeds:*", rename_all = "camelCase", default)]
pub struct HelmChart {
    pub name: String,
    pub version: String,
    pub repo: String,
    pub release_name: String,
    pub namespace: String,
    pub additional_values_files: Vec<Located<String>>,
    pub values_file: Located<String>,
    pub values_inline: Option<BTreeMap<String, serde_yaml::Value>>,
    pub values_merge: String,
    #[serde(rename = "includeCRDs")]
    pub include_crds: bool,
    pub skip_hooks: bool,
    pub api_versions: Vec<String>,
    pub kube_version: String,
    pub name_template: String,
    pub skip_tests: bool,
    pub debug: bool,
    pub devel: bool,
}

/// An entry of the deprecated `helmChartInflationGenerator`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelmChartArgs {
    pub chart_name: String,
    pub chart_version: String,
    pub chart_repo_url: String,
    pub chart_home: String,
    pub chart_repo_name: String,
    pub helm_bin: String,
    pub helm_home: String,
    pub values: Located<String>,
    pub values_local: Option<BTreeMap<String, serde_yaml::Value>>,
    pub values_merge: String,
    pub release_name: String,
    pub release_namespace: String,
    pub extra_args: Vec<String>,
}
