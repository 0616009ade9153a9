//! Inflates Helm charts while loading: entries of `helmCharts`, and plugins of the kind `HelmChartInflationGenerator`.
//!
//! The host stores charts and runs `helm`; this module determines the arguments and the values.

mod values;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use serde_yaml::Value;

use crate::diagnostic::{Code, Diagnostic, Permission, Result, invalid_yaml};
use crate::inputs::{File, Found};
use crate::kustomization::{HelmChart, HelmGlobals, Kustomization, Located, Mode, decode};
use crate::path;
use crate::plugins::configuration::as_plugin_input;
use crate::remote;
use crate::request::{HelmChartRequest, HelmTemplateRequest, Request};
use crate::resource::{ResId, Resource};
use crate::yaml::{Position, Span, Tree, parse_value, write};

use crate::target::{HELM_PLUGIN_KIND, InflatedChart};

use super::files::invalid_path;
use super::loader::Loader;
use values::{inline_values, merge_values, null, remove_aliases};

/// The default directory of charts, relative to the kustomization.
const DEFAULT_HOME: &str = "charts";

/// The way in which the values of a chart and those of the kustomization are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValuesMerge {
    /// The values of the kustomization take precedence.
    Override,
    /// The values of the chart take precedence.
    Merge,
    /// Only the values of the kustomization are used.
    Replace,
}

impl ValuesMerge {
    fn from_name(name: &str) -> Option<ValuesMerge> {
        match name {
            "" | "override" => Some(ValuesMerge::Override),
            "merge" => Some(ValuesMerge::Merge),
            "replace" => Some(ValuesMerge::Replace),
            _ => None,
        }
    }
}

impl Loader<'_> {
    /// Inflates the charts that a kustomization lists. Charts whose output is not known yet are requested and left out.
    pub(super) fn charts(&mut self, directory: &str, kustomization: &Kustomization) -> Vec<InflatedChart> {
        let globals = kustomization.helm_globals.clone().unwrap_or_default();
        let mut inflated = Vec::new();
        for entry in &kustomization.helm_charts {
            let mut chart = entry.value.clone();
            if chart.namespace.is_empty() {
                chart.namespace = self.inherited_namespace();
            }
            if let Some(options) = &self.options.helm {
                // As in kustomize, the options apply to charts that do not set these fields themselves.
                if chart.kube_version.is_empty() {
                    chart.kube_version.clone_from(&options.kube_version);
                }
                if chart.api_versions.is_empty() {
                    chart.api_versions.clone_from(&options.api_versions);
                }
                chart.debug |= options.debug;
            }
            inflated.extend(self.chart(directory, &chart, &globals, entry.position));
        }
        inflated
    }

    /// Inflates the charts of plugin configurations. Unlike those of `helmCharts`, they inherit no namespace.
    pub(super) fn plugin_charts(
        &mut self,
        directory: &str,
        configurations: &[Resource],
    ) -> HashMap<ResId, InflatedChart> {
        let mut inflated = HashMap::new();
        for configuration in configurations {
            if configuration.api_version() != "builtin" || configuration.kind() != HELM_PLUGIN_KIND {
                continue;
            }
            match self.read_plugin(configuration) {
                Ok((chart, globals)) => {
                    let chart = self.chart(directory, &chart, &globals, configuration.position());
                    inflated.extend(chart.map(|chart| (configuration.id(), chart)));
                }
                Err(error) => self.fail(error),
            }
        }
        inflated
    }

    fn read_plugin(&self, configuration: &Resource) -> Result<(HelmChart, HelmGlobals)> {
        /// Fields for which the options have a value if the configuration does not contain them.
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Present {
            kube_version: Option<String>,
            api_versions: Option<Vec<String>>,
            debug: Option<bool>,
        }

        let tree = as_plugin_input(configuration)?;
        let root = tree.root();
        let mut chart: HelmChart = decode(&tree, root, Mode::Lenient)?;
        let globals: HelmGlobals = decode(&tree, root, Mode::Lenient)?;
        let present: Present = decode(&tree, root, Mode::Lenient)?;
        if let Some(options) = &self.options.helm {
            chart.kube_version = present.kube_version.unwrap_or_else(|| options.kube_version.clone());
            chart.api_versions = present.api_versions.unwrap_or_else(|| options.api_versions.clone());
            chart.debug = present.debug.unwrap_or(options.debug);
        }
        Ok((chart, globals))
    }

    /// Returns the namespace of the current kustomization or, if it has none, of the innermost overlay that has one.
    fn inherited_namespace(&self) -> String {
        let namespaces = self.open.iter().rev().map(|open| &open.namespace);
        namespaces.into_iter().find(|namespace| !namespace.is_empty()).cloned().unwrap_or_default()
    }

    fn chart(
        &mut self,
        directory: &str,
        chart: &HelmChart,
        globals: &HelmGlobals,
        position: Position,
    ) -> Option<InflatedChart> {
        if self.options.helm.as_ref().is_some_and(|options| options.skip_charts) {
            return None;
        }
        if self.options.helm.is_none() {
            let error = Diagnostic::denied(Permission::Helm, "Helm charts are not enabled");
            self.fail(error.at(position, "inflating this chart runs `helm`"));
            return None;
        }
        let values_merge = match check(chart) {
            Ok(values_merge) => values_merge,
            Err(error) => {
                self.fail(error.at(position, "in this chart"));
                return None;
            }
        };
        let additional = self.additional_values(directory, &chart.additional_values_files)?;
        let home = chart_home(directory, chart, globals);
        self.check_home(&home, position)?;
        let is_ignored = self.ignores_config_home(&globals.config_home);
        let request = HelmChartRequest {
            home: home.clone(),
            name: chart.name.clone(),
            repo: chart.repo.clone(),
            version: chart.version.clone(),
            devel: chart.devel,
            config_home: if is_ignored { String::new() } else { globals.config_home.clone() },
            within: self.is_restricted().then(|| directory.to_string()),
        };
        self.chart_directory(&request, position)?;
        let values = self.values(directory, &home, chart, values_merge, position)?;
        let (arguments, more_arguments) = template_arguments(chart, &home);
        let request = Request::HelmTemplate(HelmTemplateRequest {
            arguments,
            values,
            additional_values: additional,
            more_arguments,
            chart: request,
        });
        let ignored_config_home = is_ignored.then(|| globals.config_home.clone());
        match self.output(request)? {
            Ok(output) => {
                let (name, output) = (chart.name.clone(), output.clone());
                Some(InflatedChart { name, position, output, ignored_config_home })
            }
            Err(failure) => {
                let message = format!("chart {}: {failure}", chart.name);
                self.fail(failure.error(Code::ProgramFailed, message).at(position, "this chart"));
                None
            }
        }
    }

    /// Checks that the charts of a cloned repository are inside it.
    fn check_home(&mut self, home: &str, position: Position) -> Option<()> {
        let repository = self.current_repository().map(|repository| repository.directory.clone());
        let Some(repository) = repository.filter(|repository| !path::is_within(home, repository)) else {
            return Some(());
        };
        let message = format!(
            "security; charts of a cloned repository must be within the repository, but '{home}' is outside '{repository}'"
        );
        self.fail(Diagnostic::error(Code::OutsideRoot, message).at(position, "this chart"));
        None
    }

    /// Returns whether helm runs without the configuration that a kustomization names, since the tree would configure helm.
    /// A relative path is relative to the working directory, which often is the tree.
    fn ignores_config_home(&self, config_home: &str) -> bool {
        let is_in_tree = || {
            let config_home = path::clean(config_home);
            let repositories = self.open.iter().filter_map(|open| open.repository.as_ref());
            let directories = self.open.iter().map(|open| &open.directory);
            let mut roots = directories.chain(repositories.map(|repository| &repository.directory));
            roots.any(|root| path::is_within(&config_home, root))
        };
        !config_home.is_empty() && (!config_home.starts_with('/') || is_in_tree())
    }

    /// Ensures that the chart is available.
    fn chart_directory(&mut self, request: &HelmChartRequest, position: Position) -> Option<()> {
        // An entry finds a chart that another one has pulled, so no request is made while the chart may be being pulled.
        let pulls = |need: &Request| match need {
            Request::HelmChart(other) => other.home == request.home && other.name == request.name,
            _ => false,
        };
        if self.needs.iter().any(pulls) {
            return None;
        }
        match self.find(Request::HelmChart(request.clone()))? {
            Found::Directory { .. } => return Some(()),
            Found::Failed(failure) => {
                let message = format!("chart {}: {failure}", request.name);
                self.fail(failure.error(Code::ProgramFailed, message).at(position, "this chart"));
            }
            _ => {
                let path = in_directory(&request.home, &request.name);
                let message = format!("no repo specified for pull, no chart found at '{path}'");
                self.fail(
                    Diagnostic::error(Code::NotFound, message)
                        .at(position, "this chart")
                        .hint("add the chart to this directory, set `helmGlobals.chartHome`, or specify a `repo`"),
                );
            }
        }
        None
    }

    /// Returns the content of additional values files. helm does not get their paths, since it would follow any link.
    fn additional_values(&mut self, directory: &str, written: &[Located<String>]) -> Option<Vec<Arc<[u8]>>> {
        let within = self.is_restricted().then(|| directory.to_string());
        let mut values = Vec::new();
        for entry in written {
            let span = Span::new(entry.position, entry.len());
            self.values_file(directory, entry, span)?;
            // kustomize interprets even an absolute path and a URL as a path inside the kustomization's directory.
            let file = self.file(&in_directory(directory, entry), within.clone(), entry, span)?;
            values.push(file.bytes().into());
        }
        Some(values)
    }

    fn values_file(&mut self, directory: &str, written: &str, span: Span) -> Option<Arc<File>> {
        if let Some(error) = invalid_path(written) {
            self.fail(error.at(span, "invalid path"));
            return None;
        }
        if remote::is_remote_file(written) {
            return self.http(written, span);
        }
        let within = self.is_restricted().then(|| directory.to_string());
        self.file(&path::join(directory, written), within, written, span)
    }

    /// Returns the content of the values file that is passed to helm.
    fn values(
        &mut self,
        directory: &str,
        home: &str,
        chart: &HelmChart,
        values_merge: ValuesMerge,
        position: Position,
    ) -> Option<Vec<u8>> {
        let inline = chart.values_inline.as_ref().filter(|inline| !inline.is_empty());
        let file = if inline.is_some() && values_merge == ValuesMerge::Replace {
            None
        } else if chart.values_file.is_empty() {
            let default = in_directory(home, &format!("{}/values.yaml", chart.name));
            Some(self.values_file(directory, &default, position.into())?)
        } else {
            let written = &chart.values_file;
            Some(self.values_file(directory, written, Span::new(written.position, written.len()))?)
        };
        let merged = match (file, inline) {
            (Some(file), None) => return Some(file.bytes().to_vec()),
            (Some(file), Some(inline)) => self.merged_values(&file, inline, values_merge, position),
            (None, inline) => inline_values(inline.unwrap_or(&BTreeMap::new()), position),
        };
        let mut text = String::new();
        let written = merged.and_then(|tree| write(&tree, &mut text).map_err(crate::diagnostic::unwritable));
        match written {
            Ok(()) => Some(text.into_bytes()),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn merged_values(
        &self,
        file: &File,
        inline: &BTreeMap<String, Value>,
        values_merge: ValuesMerge,
        position: Position,
    ) -> Result<Tree> {
        let text = file.text()?;
        let start = Position::new(file.id, 0);
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Err(Diagnostic::error(Code::InvalidYaml, "could not parse values file: it contains no document")
                .at(start, "an empty values file cannot be merged with `valuesInline`")
                .at(position, "values file of this chart")
                .hint("write `{}` to the file, or set `valuesMerge: replace`"));
        }
        let parsed = parse_value(text, file.id, self.options.limits).map_err(invalid_yaml)?;
        let mut chart_values = parsed.unwrap_or_else(|| null(start));
        let root = chart_values.root();
        remove_aliases(&mut chart_values, root);
        let inline = inline_values(inline, position)?;
        let merged = match values_merge {
            ValuesMerge::Merge => merge_values(&inline, &chart_values),
            ValuesMerge::Override | ValuesMerge::Replace => merge_values(&chart_values, &inline),
        };
        merged.map_err(|mut error| {
            error.message = format!("could not merge values: {}", error.message);
            error.at(position, "`valuesInline` of this chart")
        })
    }
}

/// Checks the fields of a chart, and returns its `valuesMerge`.
///
/// # Errors
/// Fails on a chart without a name, on an unknown `valuesMerge`, and on values that helm would interpret as options.
fn check(chart: &HelmChart) -> Result<ValuesMerge> {
    if chart.name.is_empty() {
        return Err(Diagnostic::error(Code::InvalidValue, "chart name cannot be empty").hint("add a `name`"));
    }
    let single = [
        ("name", &chart.name),
        ("version", &chart.version),
        ("repo", &chart.repo),
        ("releaseName", &chart.release_name),
        ("namespace", &chart.namespace),
        ("nameTemplate", &chart.name_template),
        ("kubeVersion", &chart.kube_version),
    ];
    let api_versions = chart.api_versions.iter().map(|version| ("apiVersions", version));
    for (field, value) in single.into_iter().chain(api_versions) {
        if value.starts_with('-') {
            let message = format!("`{field}` of a chart must not start with `-`, but is `{value}`");
            return Err(Diagnostic::error(Code::InvalidValue, message)
                .hint("the value is passed to `helm`, which would interpret it as an option"));
        }
        if value.contains(char::is_control) {
            let message = format!("`{field}` of a chart contains a control character");
            return Err(Diagnostic::error(Code::InvalidValue, message));
        }
        // They are used as directory names.
        if matches!(field, "name" | "version") && value.split('/').any(|part| part == "..") {
            let message = format!("`{field}` of a chart must not contain a `..` segment, but is `{value}`");
            return Err(Diagnostic::error(Code::OutsideRoot, message));
        }
    }
    ValuesMerge::from_name(&chart.values_merge).ok_or_else(|| {
        Diagnostic::error(
            Code::InvalidValue,
            format!("valuesMerge must be one of [merge override replace], but is `{}`", chart.values_merge),
        )
    })
}

/// Returns the path joined to a directory, even if it is absolute.
fn in_directory(directory: &str, path: &str) -> String {
    path::clean(&format!("{directory}/{path}"))
}

/// Returns the parent directory of a chart. A version that can be pulled has its own.
fn chart_home(directory: &str, chart: &HelmChart, globals: &HelmGlobals) -> String {
    let home = if globals.chart_home.is_empty() { DEFAULT_HOME } else { &globals.chart_home };
    let home = path::join(directory, home);
    if chart.version.is_empty() || chart.repo.is_empty() {
        return home;
    }
    in_directory(&home, &format!("{}-{}", chart.name, chart.version))
}

/// Returns the arguments of `helm template` before and after the values files, in kustomize's order.
fn template_arguments(chart: &HelmChart, home: &str) -> (Vec<String>, Vec<String>) {
    let mut before = vec!["template".to_string()];
    before.push(if chart.release_name.is_empty() { "--generate-name".to_string() } else { chart.release_name.clone() });
    before.push(in_directory(home, &chart.name));
    let mut after = Vec::new();
    let add_option = |arguments: &mut Vec<String>, option: &str, value: &str| {
        if !value.is_empty() {
            arguments.extend([option.to_string(), value.to_string()]);
        }
    };
    add_option(&mut before, "--namespace", &chart.namespace);
    add_option(&mut before, "--name-template", &chart.name_template);
    for api_version in &chart.api_versions {
        after.extend(["--api-versions".to_string(), api_version.clone()]);
    }
    add_option(&mut after, "--kube-version", &chart.kube_version);
    let flags = [
        (chart.include_crds, "--include-crds"),
        (chart.skip_tests, "--skip-tests"),
        (chart.skip_hooks, "--no-hooks"),
        (chart.debug, "--debug"),
        (chart.devel, "--devel"),
    ];
    after.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_string()));
    (before, after)
}
