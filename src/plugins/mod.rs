//! Plugins: the generators and transformers that are configured by resources listed under `generators`, `transformers` and
//! `validators`.

mod builtin;
pub mod configuration;
mod function;
mod iam_policy;
mod runner;
mod value_add;

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::halt::Halt;
use crate::kustomization::PathEntry;
use crate::kustomization::path_fields::plugin_paths;
use crate::resource::{ConfiguredBy, Origin, ResId, Resource, Resources, Step, Work};
use crate::yaml::Tree;

use configuration::{as_plugin_input, is_builtin};

pub use runner::Runner;

/// Returns the kinds of the plugins that are built in, sorted.
pub fn built_in_kinds() -> impl Iterator<Item = &'static str> {
    builtin::BUILT_INS.iter().map(|plugin| plugin.kind)
}

/// Returns the files that plugin configurations refer to.
///
/// # Errors
/// Fails on configurations that cannot be decoded.
pub fn file_references(configurations: &[Resource]) -> Result<Vec<PathEntry>> {
    let mut references = Vec::new();
    for configuration in configurations {
        references.extend(match is_builtin(configuration) {
            true => plugin_paths(configuration.kind(), &as_plugin_input(configuration)?)?,
            false => function::files(configuration)?,
        });
    }
    references.retain(|entry| entry.kind.is_data());
    Ok(references)
}

/// Runs the generators of a kustomization.
///
/// # Errors
/// Fails if a generator does, and if its behavior does not fit the existing resources.
pub fn generate(configurations: &[Resource], runner: &Runner<'_>, resources: &mut Resources) -> Result<(), Halt> {
    let mut generated = Vec::new();
    for configuration in configurations {
        for mut resource in run_generator(configuration, runner)? {
            if resource.origin.is_none() {
                resource.set_origin(plugin_origin(configuration));
            }
            generated.push((resource, configuration.position()));
        }
    }
    for (resource, position) in generated {
        resources.add_generated(resource)?;
        resources.record(Step::new("generators", position));
    }
    Ok(())
}

fn run_generator(configuration: &Resource, runner: &Runner<'_>) -> Result<Vec<Resource>, Halt> {
    if let Some(function) = function::find(configuration, runner)? {
        return function.generate(configuration, runner);
    }
    match find_built_in(configuration)?.role {
        builtin::Role::Generator(generate) => Ok(generate(configuration, runner.target)?),
        builtin::Role::Transformer(_) => Err(wrong_role(configuration, "a generator").into()),
    }
}

/// Runs the transformers of a kustomization.
///
/// # Errors
/// Fails if a transformer does.
pub fn transform(configurations: &[Resource], runner: &Runner<'_>, resources: &mut Resources) -> Result<(), Halt> {
    for configuration in configurations {
        run_transformer(configuration, runner, resources)?;
        resources.record(Step::new("transformers", configuration.position()));
        if let Some(origin) = plugin_origin(configuration) {
            let origin = Arc::new(origin);
            resources.iter_mut().for_each(|resource| resource.add_transformation(&origin));
        }
    }
    Ok(())
}

/// Runs the validators of a kustomization. They must not modify resources.
///
/// # Errors
/// Fails if a validator does, if it modifies a resource, and if two resources have the same identity.
pub fn validate(configurations: &[Resource], runner: &Runner<'_>, resources: &mut Resources) -> Result<(), Halt> {
    for configuration in configurations {
        // kustomize compares the resources before and after by their identities.
        resources
            .check_unique()
            .map_err(|error| error.at(configuration.position(), "validators require unique resources"))?;
        let before = snapshot(resources);
        run_transformer(configuration, runner, resources)?;
        let after = snapshot(resources);
        let mut is_unchanged = before.len() == after.len();
        for ((id, before), (id_after, after)) in before.iter().zip(&after) {
            is_unchanged = is_unchanged && id == id_after && is_same(before, after, &mut resources.work)?;
        }
        if !is_unchanged {
            return Err(Diagnostic::error(Code::InvalidValue, "validator shouldn't modify the resource map")
                .at(configuration.position(), "this validator modifies resources")
                .into());
        }
    }
    Ok(())
}

fn run_transformer(configuration: &Resource, runner: &Runner<'_>, resources: &mut Resources) -> Result<(), Halt> {
    if let Some(function) = function::find(configuration, runner)? {
        return function.transform(configuration, runner, resources);
    }
    match find_built_in(configuration)?.role {
        builtin::Role::Transformer(transform) => Ok(transform(configuration, runner.target, resources)?),
        builtin::Role::Generator(_) => Err(wrong_role(configuration, "a transformer").into()),
    }
}

/// Returns the documents by identity.
fn snapshot(resources: &Resources) -> Vec<(ResId, Arc<Tree>)> {
    let documents = resources.iter().map(|resource| (resource.id(), resource.shared_tree().clone()));
    let mut documents: Vec<_> = documents.collect();
    documents.sort_by_cached_key(|(id, _)| id.to_string());
    documents
}

/// Returns whether two documents are the same, apart from the label that validators may add. Values that cannot be written
/// are not an error yet, since they may still be replaced (fixture `validators/before-a-value-is-fixed`). Documents that
/// a validator did not touch are shared, which makes most comparisons trivial.
fn is_same(before: &Arc<Tree>, after: &Arc<Tree>, work: &mut Work) -> Result<bool> {
    if Arc::ptr_eq(before, after) {
        return Ok(true);
    }
    work.count(before.node_count() + after.node_count())?;
    let (before, after) = (without_validation_label(before), without_validation_label(after));
    let mut open = vec![(before.root(), after.root())];
    while let Some((a, b)) = open.pop() {
        let is_same =
            before.kind(a) == after.kind(b) && before.tag(a) == after.tag(b) && before.text(a) == after.text(b);
        if !is_same || before.children(a).count() != after.children(b).count() {
            return Ok(false);
        }
        open.extend(before.children(a).zip(after.children(b)));
    }
    Ok(true)
}

fn without_validation_label(tree: &Tree) -> Cow<'_, Tree> {
    const LABEL: &str = "validated-by";
    let labels = tree.get_path(tree.root(), &["metadata", "labels"]);
    let Some(labels) = labels.filter(|&labels| tree.get(labels, LABEL).is_some()) else { return Cow::Borrowed(tree) };
    let mut tree = tree.clone();
    tree.remove(labels, LABEL);
    if tree.is_empty(labels) {
        let metadata = tree.get(tree.root(), "metadata").expect("labels are in metadata");
        tree.remove(metadata, "labels");
    }
    Cow::Owned(tree)
}

fn find_built_in(configuration: &Resource) -> Result<&'static builtin::BuiltIn> {
    if let Some(plugin) = builtin::find(configuration) {
        return Ok(plugin);
    }
    let kind = configuration.kind();
    if !is_builtin(configuration) {
        return Err(Diagnostic::error(
            Code::NotAllowed,
            format!("external plugins disabled; unable to load external plugin '{kind}'"),
        )
        .at(configuration.position(), "this plugin"));
    }
    let mut error = Diagnostic::error(Code::InvalidValue, format!("unable to load builtin {}", configuration.gvk()))
        .at(configuration.position(), "unknown plugin");
    if let Some(similar) = crate::diagnostic::nearest(kind, builtin::BUILT_INS.iter().map(|plugin| plugin.kind)) {
        error = error.hint(format!("did you mean `{similar}`?"));
    }
    Err(error)
}

fn wrong_role(configuration: &Resource, expected: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::InvalidValue, format!("plugin {} not {expected}", configuration.id()))
        .at(configuration.position(), "listed in the wrong field")
}

/// Returns the origin of a plugin's resources: the file and the identity of its configuration.
fn plugin_origin(configuration: &Resource) -> Option<Origin> {
    let origin = configuration.origin.as_ref()?;
    Some(Origin {
        path: String::new(),
        configured_in: origin.path.clone(),
        configured_by: Some(ConfiguredBy {
            api_version: configuration.api_version().to_string(),
            kind: configuration.kind().to_string(),
            name: configuration.name().to_string(),
            namespace: configuration.namespace().to_string(),
        }),
        ..origin.clone()
    })
}
