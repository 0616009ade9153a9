//! Plugins that are programs: KRM functions, as executables or in containers, and exec plugins.

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Permission, Result};
use crate::halt::Halt;
use crate::kustomization::{Located, Mode, PathEntry, PathKind, decode};
use crate::options::PluginOptions;
use crate::path;
use crate::request::{Mount, Program, ProgramRequest, Request};
use crate::resource::manifest;
use crate::resource::metadata::{LOCAL_CONFIG, is_local_config, metadata_entries, normalize_metadata_map};
use crate::resource::{Behavior, Identity, Resource, Resources};
use crate::yaml::{FileId, ParseLimits, Tree, decode_text, parse_stream, parse_value, to_text, write};

use super::configuration::is_builtin;
use super::runner::Runner;

/// Annotations by which a generator function specifies the handling of a resource.
const NEEDS_HASH: &str = "kustomize.config.k8s.io/needs-hash";
const BEHAVIOR: &str = "kustomize.config.k8s.io/behavior";
/// The annotation that identifies a resource to a transformer function.
const ID: &str = "kustomize.config.k8s.io/id";

/// The program of a configuration.
#[derive(Debug)]
pub enum Function {
    /// A KRM function: it reads and writes a resource list.
    Krm(Program),
    /// An exec plugin: it reads and writes plain manifests.
    Exec(Program),
    /// A function that is not enabled, which kustomize skips silently.
    Skipped,
}

/// The description of a KRM function in a configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FunctionSpec {
    #[serde(rename = "deferFailure")]
    _defer_failure: bool,
    container: ContainerSpec,
    exec: ExecSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerSpec {
    image: String,
    network: bool,
    mounts: Vec<MountSpec>,
    envs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MountSpec {
    #[serde(rename = "type")]
    mount_type: String,
    src: String,
    dst: String,
    rw: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExecSpec {
    path: String,
    args: Vec<String>,
    envs: Vec<String>,
}

/// Returns the program of a configuration; `None` for built-in plugins.
///
/// # Errors
/// Fails if programs are not allowed, and on invalid configurations.
pub fn find(configuration: &Resource, runner: &Runner<'_>) -> Result<Option<Function>> {
    if is_builtin(configuration) {
        return Ok(None);
    }
    let options = runner.options.plugins.as_ref().ok_or_else(|| {
        Diagnostic::denied(
            Permission::Plugins,
            format!("external plugins disabled; unable to load external plugin '{}'", configuration.kind()),
        )
        .at(configuration.position(), "this plugin is a program")
    })?;
    match function_spec(configuration)? {
        Some(spec) => krm_function(configuration, spec, &runner.target.directory, options).map(Some),
        None => exec_plugin(configuration, runner).map(|program| Some(Function::Exec(program))),
    }
}

fn function_spec(configuration: &Resource) -> Result<Option<FunctionSpec>> {
    let annotations = metadata_entries(configuration.tree(), "annotations");
    let annotation = |name: &str| annotations.iter().find(|(key, value)| *key == name && !value.is_empty());
    let text = annotation("config.kubernetes.io/function").or_else(|| annotation("config.k8s.io/function"));
    if let Some((_, text)) = text {
        let source = std::sync::Arc::new(text.to_string());
        let tree =
            parse_value(&source, FileId::NONE, ParseLimits::default()).map_err(crate::diagnostic::invalid_yaml)?;
        let Some(tree) = tree else { return Ok(Some(FunctionSpec::default())) };
        return decode(&tree, tree.root(), Mode::KnownFields)
            .map(Some)
            .map_err(|error| error.at(configuration.position(), "in the function annotation of this plugin"));
    }
    let tree = configuration.tree();
    if let Some(spec) = tree.get_path(tree.root(), &["metadata", "configFn"]).filter(|&node| !tree.is_null(node)) {
        return decode(tree, spec, Mode::KnownFields).map(Some);
    }
    Ok(annotation("config.kubernetes.io/container").map(|(_, image)| FunctionSpec {
        container: ContainerSpec { image: (*image).to_string(), ..ContainerSpec::default() },
        ..FunctionSpec::default()
    }))
}

fn krm_function(
    configuration: &Resource,
    spec: FunctionSpec,
    directory: &str,
    options: &PluginOptions,
) -> Result<Function> {
    let not_allowed = |message: String, hint: &str| {
        Diagnostic::error(Code::NotAllowed, message).at(configuration.position(), "this plugin").hint(hint.to_string())
    };
    for mount in &spec.container.mounts {
        // A comma would start another option of the mount.
        let values = [&mount.mount_type, &mount.src, &mount.dst];
        if let Some(value) = values.iter().find(|value| value.contains(|c: char| ",\"".contains(c) || c.is_control())) {
            let message = format!("plugin {} has the invalid value `{value}` in a mount", configuration.id());
            return Err(not_allowed(message, "mounts must not contain commas, quotes or control characters"));
        }
        if mount.src.starts_with('/') || path::clean(&mount.src).starts_with("..") {
            let message = format!("plugin {} with mount path '{}' is not permitted", configuration.id(), mount.src);
            return Err(not_allowed(message, "mount paths must be under the current kustomization directory"));
        }
    }
    if spec.container.network && !options.network {
        let message = format!("plugin {} requires network access, which is not enabled", configuration.id());
        let error = Diagnostic::denied(Permission::PluginNetwork, message);
        return Err(error.at(configuration.position(), "this plugin"));
    }
    if !spec.container.image.is_empty() {
        let own = spec.container.mounts.iter().map(|mount| Mount {
            mount_type: mount.mount_type.clone(),
            source: mount.src.clone(),
            target: mount.dst.clone(),
            writable: mount.rw,
            within: Some(directory.to_string()),
        });
        return Ok(Function::Krm(Program::Container {
            image: spec.container.image,
            network: spec.container.network,
            mounts: own.chain(options.mounts.iter().map(|mount| parse_mount(mount))).collect(),
            environment: environment(&spec.container.envs, options),
        }));
    }
    if spec.exec.path.is_empty() || !options.enable_exec {
        return Ok(Function::Skipped);
    }
    let mut environment = environment(&spec.exec.envs, options);
    environment.retain(|variable| variable.matches('=').count() <= 1);
    Ok(Function::Krm(Program::Executable { path: spec.exec.path, arguments: spec.exec.args, environment }))
}

/// Returns the environment of a function. The configuration may set variables. Unlike in kustomize, only the options can
/// pass on variables of the caller, since those may contain secrets.
fn environment(own: &[String], options: &PluginOptions) -> Vec<String> {
    own.iter().filter(|variable| variable.contains('=')).chain(&options.environment).cloned().collect()
}

/// Parses `type=bind,source=...,target=...,rw=true`.
fn parse_mount(text: &str) -> Mount {
    let mut mount = Mount::default();
    for (key, value) in text.split(',').filter_map(|option| option.split_once('=')) {
        match key {
            "type" => mount.mount_type = value.to_string(),
            "src" | "source" => mount.source = value.to_string(),
            "dst" | "target" => mount.target = value.to_string(),
            "rw" => mount.writable = value == "true",
            _ => {}
        }
    }
    mount
}

fn exec_plugin(configuration: &Resource, runner: &Runner<'_>) -> Result<Program> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Arguments {
        args_one_liner: String,
        args_from_file: Located<String>,
    }

    let config: Arguments = decode(configuration.tree(), configuration.root(), Mode::Lenient)?;
    let mut arguments = split_words(&config.args_one_liner);
    if !config.args_from_file.is_empty() {
        let text = runner.target.file(&config.args_from_file)?.text()?;
        let lines = text.split('\n').map(|line| line.trim_start_matches(' ')).filter(|line| !line.is_empty());
        arguments.extend(lines.map(ToString::to_string));
    }
    let gvk = configuration.gvk();
    Ok(Program::Plugin {
        group: gvk.group.into_owned(),
        version: gvk.version.into_owned(),
        kind: gvk.kind.into_owned(),
        arguments,
        configuration: document(configuration)?.into_bytes(),
    })
}

/// Returns the file from which an exec plugin gets its arguments.
///
/// # Errors
/// Fails on configurations that cannot be decoded.
pub fn files(configuration: &Resource) -> Result<Vec<PathEntry>> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Arguments {
        args_from_file: Located<String>,
    }

    let config: Arguments = decode(configuration.tree(), configuration.root(), Mode::Lenient)?;
    let path = config.args_from_file;
    Ok(if path.is_empty() { Vec::new() } else { vec![PathEntry { path, kind: PathKind::File }] })
}

/// Splits a line into words as a shell does, with quotes and backslashes.
fn split_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn document(resource: &Resource) -> Result<String> {
    let mut text = String::new();
    write(resource.tree(), &mut text).map_err(crate::diagnostic::unwritable)?;
    Ok(text)
}

impl Function {
    /// Runs a generator.
    ///
    /// # Errors
    /// Halts until the output is known. Fails if the program does, and if the output is not a list of manifests.
    pub fn generate(&self, configuration: &Resource, runner: &Runner<'_>) -> Result<Vec<Resource>, Halt> {
        if matches!(self, Function::Skipped) {
            return Ok(Vec::new());
        }
        let output = self.run(configuration, runner, None)?;
        let mut resources = read_output(&output, configuration)?;
        for resource in &mut resources {
            let annotations = metadata_entries(resource.tree(), "annotations");
            let value = |name: &str| annotations.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            let behavior = Behavior::from_name(value(BEHAVIOR).unwrap_or_default());
            let needs_hash = match value(NEEDS_HASH) {
                None => false,
                Some("1" | "t" | "T" | "true" | "True" | "TRUE") => true,
                Some("0" | "f" | "F" | "false" | "False" | "FALSE") => false,
                Some(other) => {
                    return Err(Diagnostic::error(
                        Code::InvalidValue,
                        format!("the annotation \"{NEEDS_HASH}\" contains an invalid value (\"{other}\")"),
                    )
                    .at(configuration.position(), "output of this plugin")
                    .into());
                }
            };
            normalize_metadata_map(resource.tree_mut(), "annotations", |key| key == BEHAVIOR || key == NEEDS_HASH)?;
            resource.behavior = Some(behavior);
            resource.needs_hash = needs_hash;
            resource.is_annotated = true;
        }
        Ok(resources)
    }

    /// Runs a transformer, which gets all resources. Its output replaces them.
    ///
    /// # Errors
    /// Halts until the output is known. Fails if the program does, and if the output is not a list of manifests.
    pub fn transform(
        &self,
        configuration: &Resource,
        runner: &Runner<'_>,
        resources: &mut Resources,
    ) -> Result<(), Halt> {
        if matches!(self, Function::Skipped) {
            return Ok(());
        }
        let output = self.run(configuration, runner, Some(resources))?;
        let mut list: Vec<Option<Resource>> = resources.iter().cloned().map(Some).collect();
        let mut result: Vec<(usize, Resource)> = Vec::new();
        for mut resource in read_output(&output, configuration)? {
            normalize_metadata_map(resource.tree_mut(), "annotations", |key| key == ID)?;
            let gvk = resource.gvk();
            let namespace = resource.effective_namespace(&resources.schema().clone()).to_string();
            let found = resources.find_current(Identity {
                group: &gvk.group,
                version: &gvk.version,
                kind: &gvk.kind,
                name: resource.name(),
                namespace: &namespace,
            });
            let index = match found.and_then(|at| list[at].take().map(|old| (at, old))) {
                Some((at, old)) => {
                    resource.inherit_bookkeeping(&old);
                    at
                }
                None => list.len() + result.len(),
            };
            result.push((index, resource));
        }
        result.sort_by_key(|(index, _)| *index);
        resources.set_list(result.into_iter().map(|(_, resource)| resource).collect());
        resources.check_unique().map_err(|error| error.at(configuration.position(), "output of this plugin"))?;
        Ok(())
    }

    fn run(
        &self,
        configuration: &Resource,
        runner: &Runner<'_>,
        resources: Option<&Resources>,
    ) -> Result<Vec<u8>, Halt> {
        let (program, input) = match self {
            Function::Krm(program) => (program, resource_list(configuration, resources)?),
            Function::Exec(program) => (program, plain_list(resources)?),
            Function::Skipped => return Ok(Vec::new()),
        };
        let directory = runner.target.directory.clone();
        let request =
            Request::Program(ProgramRequest { program: program.clone(), directory, input: input.into_bytes() });
        match runner.inputs.output(&request) {
            None => Err(Halt::Needs(vec![request])),
            Some(Ok(output)) => Ok(output.to_vec()),
            Some(Err(failure)) => Err(failure
                .error(Code::ProgramFailed, failure.to_string())
                .at(configuration.position(), "this plugin failed")
                .into()),
        }
    }
}

fn with_ids(resources: Option<&Resources>) -> Result<Vec<Tree>> {
    let mut trees = Vec::new();
    for resource in resources.into_iter().flat_map(Resources::iter) {
        let mut copy = resource.clone();
        let id = resource.id();
        let mut text = String::new();
        for (key, value) in [
            ("group", &*id.gvk.group),
            ("kind", &id.gvk.kind),
            ("name", &id.name),
            ("namespace", &id.namespace),
            ("version", &id.gvk.version),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("{key}: {value}\n"));
            }
        }
        let position = copy.position();
        copy.set_annotation(ID, Some(text), position)?;
        trees.push(copy.tree().clone());
    }
    Ok(trees)
}

fn plain_list(resources: Option<&Resources>) -> Result<String> {
    let mut text = String::new();
    for tree in with_ids(resources)? {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        write(&tree, &mut text).map_err(crate::diagnostic::unwritable)?;
    }
    Ok(text)
}

/// Returns the `ResourceList` for the standard input of a KRM function.
fn resource_list(configuration: &Resource, resources: Option<&Resources>) -> Result<String> {
    let mut function = configuration.clone();
    let position = function.position();
    function.set_annotation(LOCAL_CONFIG, Some("true".to_string()), position)?;
    let mut items = with_ids(resources)?;
    if resources.is_none() {
        items.push(function.tree().clone());
    }
    let mut list = Tree::new_mapping(configuration.position());
    let root = list.root();
    for (key, text) in [("apiVersion", "config.kubernetes.io/v1"), ("kind", "ResourceList")] {
        let value = list.string(text, configuration.position());
        list.append_entry(root, key, value);
    }
    let sequence = list.sequence(configuration.position());
    for item in &items {
        let item = list.copy_from(item, item.root());
        list.append(sequence, item);
    }
    list.append_entry(root, "items", sequence);
    let config = list.copy_from(function.tree(), function.root());
    list.append_entry(root, "functionConfig", config);
    Ok(to_text(&list, root))
}

fn read_output(output: &[u8], configuration: &Resource) -> Result<Vec<Resource>> {
    let failed = |message: String| {
        Diagnostic::error(Code::ProgramFailed, format!("cannot parse the plugin's output: {message}"))
            .at(configuration.position(), "this plugin")
    };
    let text = decode_text(output).map_err(|(_, message)| failed(message))?;
    let documents = parse_stream(&text, FileId::NONE, ParseLimits::default()).map_err(|error| failed(error.message))?;
    let position = configuration.position();
    let documents = documents.into_iter().map(|mut tree| {
        tree.map_positions(|_| position);
        tree
    });
    let mut resources = manifest::resources(documents.collect())?;
    // The function's own configuration is not part of its result.
    resources.retain(|resource| !is_local_config(resource.tree()));
    for resource in &mut resources {
        normalize_metadata_map(resource.tree_mut(), "annotations", |key| {
            matches!(
                key,
                "config.kubernetes.io/index"
                    | "internal.config.kubernetes.io/index"
                    | "config.kubernetes.io/path"
                    | "internal.config.kubernetes.io/path"
            )
        })?;
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn words_split_as_in_a_shell() {
        assert_eq!(split_words(r#"a 'b c' "d \"e" f\ g"#), ["a", "b c", "d \"e", "f g"]);
        assert_eq!(split_words("  "), Vec::<String>::new());
        assert_eq!(split_words("a ''"), ["a", ""]);
    }
}
