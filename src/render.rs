//! The render pipeline, one call per step.

use std::sync::Arc;

use crate::accumulate;
use crate::budget::Phase;
use crate::cache::Cache;
use crate::diagnostic::{Applicability, Code, Diagnostic, nearest, without_duplicates};
use crate::emit;
use crate::halt::Halt;
use crate::inputs::Inputs;
use crate::load::load;
use crate::options::Options;
use crate::order;
use crate::parallel::{Threads, with_large_stack};
use crate::resolve;
use crate::resource::transformer_config::TransformerConfig;
use crate::resource::{Journal, Origin, Removed, Resource, Resources};
use crate::target::Target;
use crate::world::World;
use crate::yaml::Span;

/// The result of a render.
#[derive(Clone, Debug)]
pub struct Rendered {
    resources: Vec<Resource>,
    removed: Vec<Removed>,
    config: Arc<TransformerConfig>,
    warnings: Vec<Diagnostic>,
    threads: Threads,
}

impl Rendered {
    /// Returns the resources in the order of the output.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Returns the resources that were removed during the render. Empty unless [`Options::trace`] is set.
    pub(crate) fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Returns the fields that transformers change, including those that hold names of other resources.
    pub(crate) fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Returns warnings about input that kustomize ignores silently but that is rarely intended.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns the multi-document YAML, byte for byte as kustomize prints it.
    ///
    /// # Errors
    /// Fails on values that have no JSON form, such as infinity.
    pub fn to_yaml(&self) -> Result<String, Box<Diagnostic>> {
        with_large_stack(|| emit::to_yaml(&self.resources, self.threads))
    }

    /// Returns the same YAML in parts, to be written one after the other.
    ///
    /// # Errors
    /// Fails like [`Rendered::to_yaml`].
    pub fn to_parts(&self) -> Result<Vec<String>, Box<Diagnostic>> {
        with_large_stack(|| emit::to_parts(&self.resources, self.threads))
    }
}

/// Renders a kustomization. Reads nothing but its arguments.
///
/// # Errors
/// Halts if `inputs` lacks an answer, or if the input has errors.
///
/// # Example
/// What [`io::render`](crate::io::render) does with a host, here with a closure that answers:
/// ```
/// use boutique::{Answer, Halt, Inputs, Options, Request, render};
///
/// let answer = |request: &Request| match request {
///     Request::Path { path, .. } if path == "/app/kustomization.yaml" => Answer::File {
///         real: path.clone(),
///         bytes: b"configMapGenerator: [{name: a, literals: [x=1]}]\n".to_vec(),
///     },
///     Request::Path { path, .. } if path == "/app" => Answer::Directory { real: path.clone() },
///     Request::Path { .. } => Answer::Missing,
///     other => Answer::Failed(format!("{other:?} is not available").into()),
/// };
/// let mut inputs = Inputs::new();
/// let rendered = loop {
///     match render(&inputs, "/app", &Options::default()) {
///         Ok(rendered) => break rendered,
///         Err(Halt::Needs(requests)) => {
///             for request in requests {
///                 let known = answer(&request);
///                 inputs.insert(request, known);
///             }
///         }
///         Err(Halt::Failed(errors)) => panic!("{}", errors[0].to_text(&inputs)),
///     }
/// };
/// assert_eq!(rendered.resources()[0].kind(), "ConfigMap");
/// let files: Vec<&str> = inputs.files().map(|file| file.path.as_str()).collect();
/// assert_eq!(files, ["/app/kustomization.yaml"]);
/// assert_eq!(inputs.answers().count(), 4, "the directory, and three names of kustomization files");
/// ```
pub fn render(inputs: &Inputs, target: &str, options: &Options) -> Result<Rendered, Halt> {
    render_with(inputs, target, options, &Cache::default())
}

/// Loads a kustomization, and renders nothing but the configurations of its plugins.
///
/// # Errors
/// Halts if `inputs` lacks an answer, or if the input has errors.
pub fn load_with(inputs: &Inputs, target: &str, options: &Options, cache: &Cache) -> Result<Arc<Target>, Halt> {
    let activity = &options.budget.begin(target);
    let world = World { inputs, options, cache, activity };
    with_large_stack(|| load(target, world, accumulate::plugin_configurations))
}

/// Renders a kustomization like [`render`], with a cache that is shared with other renders of the same inputs.
///
/// # Errors
/// Halts if `inputs` lacks an answer, or if the input has errors.
pub fn render_with(inputs: &Inputs, target: &str, options: &Options, cache: &Cache) -> Result<Rendered, Halt> {
    let activity = &options.budget.begin(target);
    with_large_stack(|| run(target, World { inputs, options, cache, activity }))
}

fn run(target: &str, world: World<'_>) -> Result<Rendered, Halt> {
    let options = world.options;
    let target = load(target, world, accumulate::plugin_configurations)?;
    world.activity.count_input(world.input_bytes());
    let has_build_metadata = !target.kustomization().build_metadata.is_empty();
    let origin = has_build_metadata.then(Origin::default);
    let mut accumulated = accumulate::accumulate(&target, world, origin).map_err(Halt::without_duplicates)?;
    world.activity.at(Phase::Resolve, &target.directory, target.file_name())?;
    resolve::name_hash::add_hashes(&mut accumulated.resources)?;
    resolve::name_reference::fix_references(&mut accumulated)?;
    resolve::vars::resolve(&mut accumulated)?;
    world.activity.at(Phase::Finish, &target.directory, target.file_name())?;
    emit::drop_local_config(&mut accumulated.resources)?;
    warn_about_types(&mut accumulated.resources);
    let mut resources = accumulated.resources;
    order::sort(&mut resources, target.kustomization(), options)?;
    emit::finish(&mut resources, target.kustomization(), options)?;
    emit::check_size(&resources, options.render_limits.output)?;
    let Journal { warnings, removed, .. } = std::mem::take(&mut resources.journal);
    let resources = resources.into_list();
    Ok(Rendered {
        resources,
        config: accumulated.config,
        removed: removed.unwrap_or_default(),
        warnings: without_duplicates(warnings),
        threads: options.threads,
    })
}

/// Warns about resources without `apiVersion`, which kustomize renders silently.
fn warn_about_types(resources: &mut Resources) {
    let untyped = |resource: &Resource| {
        let (tree, root) = (resource.tree(), resource.root());
        let value = tree.get(root, "apiVersion");
        if value.is_some_and(|value| !tree.text(value).is_empty()) {
            return None;
        }
        let message = format!("{}/{} has no `apiVersion`", resource.kind(), resource.name());
        let warning = Diagnostic::warning(Code::MissingApiVersion, message);
        let similar = tree.entries(root).find(|&(key, _)| nearest(tree.text(key), ["apiVersion"]).is_some());
        Some(*match similar.filter(|_| value.is_none()) {
            Some((key, _)) => {
                let span = Span::new(tree.position(key), tree.text(key).len().max(1));
                warning.at(span, "no such field").hint("did you mean `apiVersion`?").misspelled(
                    span.start,
                    tree.text(key),
                    "apiVersion",
                    Applicability::Unsafe,
                )
            }
            None => {
                warning.at(resource.position(), "this resource").hint("add `apiVersion` with the group and version")
            }
        })
    };
    let warnings: Vec<Diagnostic> = resources.iter().filter_map(untyped).collect();
    warnings.into_iter().for_each(|warning| resources.warn(warning));
}
