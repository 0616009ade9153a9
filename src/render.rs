//! The pipeline, one call a line.

use std::sync::Arc;

use crate::accumulate;
use crate::diagnostic::{Diagnostic, without_repetitions};
use crate::emit;
use crate::halt::Halt;
use crate::inputs::Inputs;
use crate::kustomization::Variables;
use crate::load::load;
use crate::options::Options;
use crate::order;
use crate::parallel::Threads;
use crate::resolve;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Journal, Origin, Removed, Resource};
use crate::target::{Cache, Target};
use crate::world::World;

/// What came out.
#[derive(Clone, Debug)]
pub struct Rendered {
    resources: Vec<Resource>,
    removed: Vec<Removed>,
    variables: Variables,
    config: Arc<TransformerConfig>,
    warnings: Vec<Diagnostic>,
    threads: Threads,
}

impl Rendered {
    /// Returns the resources in the order of the output.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Returns the resources that were taken out on the way, with [`Options::trace`].
    pub(crate) fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Returns the resource and the path of the field that a variable stands for.
    pub(crate) fn variable_source(&self, name: &str) -> Option<(&Resource, &str)> {
        let path = self.variables.field_path(name)?;
        let source = self.resources.iter().find(|resource| resource.variables.iter().any(|known| known == name))?;
        Some((source, path))
    }

    /// Returns the fields that transformers touched, among them those that hold names of other resources.
    pub(crate) fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Returns what kustomize ignores silently although it is rarely intended.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns the multi-document YAML, byte for byte as the reference prints it.
    ///
    /// # Errors
    /// Fails on values that have no JSON form, such as infinity.
    pub fn to_yaml(&self) -> Result<String, Box<Diagnostic>> {
        emit::to_yaml(&self.resources, self.threads)
    }

    /// Returns the same YAML in parts, for writing one behind the other.
    ///
    /// # Errors
    /// Fails like [`Rendered::to_yaml`].
    pub fn to_parts(&self) -> Result<Vec<String>, Box<Diagnostic>> {
        emit::to_parts(&self.resources, self.threads)
    }
}

/// Renders a kustomization. Reads nothing but its arguments.
///
/// # Errors
/// Halts when `inputs` lacks something, or with the mistakes in the input.
pub fn render(inputs: &Inputs, target: &str, options: &Options) -> Result<Rendered, Halt> {
    render_with(inputs, target, options, &Cache::default())
}

/// Loads a kustomization, and renders nothing but the configurations of its plugins.
///
/// # Errors
/// Halts when `inputs` lacks something, or with the errors in the input.
pub fn load_with(inputs: &Inputs, target: &str, options: &Options, cache: &Cache) -> Result<Arc<Target>, Halt> {
    load(target, World { inputs, options, cache }, accumulate::plugin_configurations)
}

/// Renders a kustomization like [`render`], with what other renders of the same world found out.
///
/// # Errors
/// Halts when `inputs` lacks something, or with the mistakes in the input.
pub fn render_with(inputs: &Inputs, target: &str, options: &Options, cache: &Cache) -> Result<Rendered, Halt> {
    let world = World { inputs, options, cache };
    let target = load_with(inputs, target, options, cache)?;
    let tells_origin = !target.kustomization().build_metadata.is_empty();
    let origin = tells_origin.then(Origin::default);
    let mut accumulated = accumulate::accumulate(&target, world, origin).map_err(Halt::without_repetitions)?;
    resolve::name_hash::add_hashes(&mut accumulated.resources)?;
    resolve::name_reference::fix_references(&mut accumulated)?;
    resolve::vars::resolve(&mut accumulated)?;
    emit::drop_local_config(&mut accumulated.resources)?;
    let mut resources = accumulated.resources;
    order::sort(&mut resources, target.kustomization(), options)?;
    emit::finish(&mut resources, target.kustomization(), options)?;
    emit::check_size(&resources, options.render_limits.output)?;
    let Journal { warnings, removed, .. } = std::mem::take(&mut resources.journal);
    let resources = resources.into_list();
    Ok(Rendered {
        resources,
        variables: accumulated.variables,
        config: accumulated.config,
        removed: removed.unwrap_or_default(),
        warnings: without_repetitions(warnings),
        threads: options.threads,
    })
}
