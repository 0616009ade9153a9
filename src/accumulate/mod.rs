//! Phase 2: turns targets into resources, innermost first.

pub mod configurations;
mod crd_types;
pub mod crds;
pub mod open_api;
mod read_ahead;

use std::collections::HashMap;
use std::sync::Arc;

use crate::accumulated::Accumulated;
use crate::budget::Phase;
use crate::diagnostic::{Code, Diagnostic, Help, Label, MAX_ERRORS, Result};
use crate::generate;
use crate::halt::Halt;
use crate::inputs::File;
use crate::kustomization::{Variables, duplicate_paths};
use crate::plugins::{self, Runner};
use crate::resolve::vars;
use crate::resource::limits::check_memory;
use crate::resource::select::patterns::Patterns;
use crate::resource::transformer_config::{TransformerConfig, merge};
use crate::resource::{Origin, RenderLimits, Resource, Resources, Schema, Step, manifest};
use crate::target::{Entry, PluginEntry, PluginList, PluginSource, Source, Target};
use crate::transform;
use crate::world::World;
use crate::yaml::{FileId, Position, Span};

use read_ahead::read_ahead;

/// The state shared by all kustomizations of one render.
struct Context<'a> {
    world: World<'a>,
    schema: Arc<Schema>,
    /// The built-in field tables.
    defaults: Arc<TransformerConfig>,
    /// Whether results are stored with the kustomizations for other renders. They are if there are other renders, and if the
    /// results do not depend on this one.
    stores_results: bool,
    /// The resources of manifests that were read ahead, by file.
    read_ahead: HashMap<FileId, Result<Vec<Resource>>>,
    /// The configurations of kustomizations, by address.
    configured: HashMap<usize, [Arc<TransformerConfig>; 2]>,
    /// The memory that all resources read so far take, in bytes.
    bytes_read: usize,
    limits: RenderLimits,
    /// The origin of the current kustomization, if the output shows origins.
    origin: Option<Origin>,
    /// The patterns of all kustomizations.
    patterns: Arc<Patterns>,
}

/// Returns an empty accumulator.
fn empty(context: &Context<'_>) -> Accumulated {
    let schema = context.schema.clone();
    let options = context.world.options;
    let mut resources = if options.trace { Resources::with_histories(schema) } else { Resources::new(schema) };
    resources.journal.wants_lint = options.lint;
    resources.set_limits(context.limits, options.limits.nesting, context.patterns.clone());
    Accumulated { resources, config: Arc::new(TransformerConfig::default()), variables: Variables::default() }
}

/// Accumulates a target.
///
/// # Errors
/// Fails with the errors found; each has the chain of references that led to its file.
pub fn accumulate(target: &Target, world: World<'_>, origin: Option<Origin>) -> Result<Accumulated, Halt> {
    let schema = Arc::new(open_api::schema(target)?);
    let defaults = configurations::built_in().clone();
    let stores_results = world.cache.is_shared() && origin.is_none() && !schema.is_custom() && !world.options.trace;
    let read_ahead = read_ahead(target, world);
    let limits = world.limits();
    let mut context = Context {
        world,
        schema,
        defaults,
        stores_results,
        read_ahead,
        configured: HashMap::new(),
        bytes_read: 0,
        limits,
        origin,
        patterns: Arc::new(Patterns::new(limits.pattern, limits.work)),
    };
    let so_far = empty(&context);
    accumulate_into(target, so_far, &mut context)
}

/// Runs the steps of one kustomization in kustomize's order. A component works on what its parent has accumulated so far.
fn accumulate_into(target: &Target, mut so_far: Accumulated, context: &mut Context<'_>) -> Result<Accumulated, Halt> {
    so_far.resources.journal.warnings.extend_from_slice(target.warnings());
    if so_far.resources.journal.wants_lint {
        so_far.resources.journal.warnings.extend(duplicate_paths(target.kustomization()));
    }
    let mut accumulated = accumulate_resources(&target.resources, target, so_far, context)?;
    context.world.activity.at(Phase::Accumulate, &target.directory, target.file_name())?;
    for configured in configured(target, &mut accumulated, context)? {
        accumulated.config = merge(&accumulated.config, &configured)?;
    }
    let World { inputs, options, .. } = context.world;
    let runner = Runner { target, inputs, options };
    let configurations =
        |list, context: &Context<'_>| plugin_configurations(list, target, context.world, context.origin.as_ref());
    accumulated.resources.record(Step::new(Step::RESOURCES, Position::NONE));
    generate::run(target, context.origin.as_ref(), &mut accumulated.resources)?;
    plugins::generate(&configurations(&target.generators, context)?, &runner, &mut accumulated.resources)?;
    for component in &target.components {
        accumulated = accumulate_component(component, accumulated, context)?;
    }
    context.world.activity.at(Phase::Accumulate, &target.directory, target.file_name())?;
    let warnings = accumulated.resources.journal.warnings.len();
    transform::run(target, &accumulated.config, context.origin.as_ref(), &mut accumulated.resources)?;
    plugins::transform(&configurations(&target.transformers, context)?, &runner, &mut accumulated.resources)?;
    if target.kustomization().is_component() {
        accumulated.resources.journal.suppress_component_warnings(warnings);
    }
    plugins::validate(&configurations(&target.validators, context)?, &runner, &mut accumulated.resources)?;
    accumulated.resources.check_size()?;
    vars::declare(target.kustomization(), &mut accumulated)?;
    Ok(accumulated)
}

/// Returns the configurations of the fields `configurations` and `crds`, which are read once per kustomization.
fn configured(
    target: &Target,
    accumulated: &mut Accumulated,
    context: &mut Context<'_>,
) -> Result<[Arc<TransformerConfig>; 2]> {
    let address = std::ptr::from_ref(target) as usize;
    if let Some(configured) = context.configured.get(&address) {
        return Ok(configured.clone());
    }
    let configured = [
        configurations::load(target, &context.defaults)?,
        Arc::new(crds::load(target, &mut accumulated.resources.work)?),
    ];
    context.configured.insert(address, configured.clone());
    Ok(configured)
}

fn accumulate_resources(
    entries: &[Entry],
    target: &Target,
    mut accumulated: Accumulated,
    context: &mut Context<'_>,
) -> Result<Accumulated, Halt> {
    let mut errors = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match accumulate_resource(entry, target, &mut accumulated, context) {
            Ok(()) => {}
            // Errors in one entry do not prevent reporting those of the others.
            Err(Halt::Failed(mut more)) => {
                more.iter_mut().for_each(|error| explain_repetition(error, &entries[..at], entry));
                errors.extend(more);
                if errors.len() >= MAX_ERRORS {
                    break;
                }
            }
            Err(needs) if errors.is_empty() => return Err(needs),
            Err(Halt::Needs(_)) => break,
        }
    }
    if errors.is_empty() { Ok(accumulated) } else { Err(Halt::Failed(errors)) }
}

/// Says through which entries a resource is included if it collides with itself.
fn explain_repetition(error: &mut Diagnostic, earlier: &[Entry], entry: &Entry) {
    let [label] = &error.labels[..] else { return };
    if error.code != Code::DuplicateResource || !matches!(entry.source, Source::Directory(_)) {
        return;
    }
    let file = label.span.start.file;
    let includes = |entry: &&Entry| matches!(&entry.source, Source::Directory(base) if base.find_file(file).is_some());
    if let Some(first) = earlier.iter().find(includes) {
        let span = Span::new(first.path.position, first.path.value.len());
        error.labels.push(Label { span, text: "included through this entry, too".to_string() });
        let (first, second) = (&first.path.value, &entry.path.value);
        let hint = match first == second {
            true => format!("`{first}` is listed twice: remove one of the entries"),
            false => format!(
                "it is included twice, through `{first}` and `{second}`: include it once, in this kustomization or in a \
                 base of both"
            ),
        };
        error.help = Some(Help::Text(hint));
    }
}

/// Adds the resources of one entry of `resources`.
fn accumulate_resource(
    entry: &Entry,
    target: &Target,
    accumulated: &mut Accumulated,
    context: &mut Context<'_>,
) -> Result<(), Halt> {
    context.world.activity.at(Phase::Accumulate, &target.directory, &entry.path)?;
    let included_from = Span::new(entry.path.position, entry.path.value.len());
    match &entry.source {
        Source::Manifest(file) => {
            let origin = context.origin.as_ref().map(|origin| origin.join(&entry.path));
            for mut resource in resources_of(file, target, context)? {
                if origin.is_some() {
                    resource.check_annotations()?;
                }
                resource.set_origin(origin.clone());
                accumulated.resources.append(resource)?;
            }
        }
        Source::Directory(base) => {
            let mut base = accumulate_base(base, &entry.path, context).map_err(|error| error.via(included_from))?;
            base.resources.journal.add_included_from(0, included_from);
            merge_accumulated(accumulated, base).map_err(|error| error.via(included_from))?;
        }
    }
    Ok(())
}

/// Returns the resources of a manifest. They are cached only if there are other renders, since this one will change most of
/// them.
fn resources_of(file: &File, target: &Target, context: &mut Context<'_>) -> Result<Vec<Resource>> {
    let resources = if context.world.cache.is_shared() {
        file.resources(target.limits)?.to_vec()
    } else {
        match context.read_ahead.remove(&file.id) {
            Some(resources) => resources?,
            None => manifest::resources(file.documents(target.limits)?)?,
        }
    };
    context.bytes_read = context.bytes_read.saturating_add(resources.iter().map(Resource::memory).sum());
    check_memory(context.bytes_read, context.limits.memory)?;
    Ok(resources)
}

/// Accumulates a base, or returns the result that another render stored.
fn accumulate_base(base: &Target, path: &str, context: &mut Context<'_>) -> Result<Accumulated, Halt> {
    let so_far = empty(context);
    if !context.stores_results || !base.is_shareable {
        return accumulate_inside(base, path, so_far, context);
    }
    if let Some(memo) = base.memo.get() {
        return Ok(memo.clone());
    }
    let accumulated = accumulate_inside(base, path, so_far, context)?;
    let World { options, cache, .. } = context.world;
    if cache.reserve(accumulated.resources.memory(), options.render_limits.memory) {
        // Another render may have stored it first; its result is the same.
        let _ = base.memo.set(accumulated.clone());
    }
    Ok(accumulated)
}

fn accumulate_component(
    component: &Entry,
    accumulated: Accumulated,
    context: &mut Context<'_>,
) -> Result<Accumulated, Halt> {
    let included_from = Span::new(component.path.position, component.path.value.len());
    match &component.source {
        Source::Directory(target) => {
            let warnings = accumulated.resources.journal.warnings.len();
            let mut accumulated = accumulate_inside(target, &component.path, accumulated, context)
                .map_err(|error| error.via(included_from))?;
            accumulated.resources.journal.add_included_from(warnings, included_from);
            // kustomize merges the result into a new accumulator, see `merge`.
            accumulated.resources.check_unique().map_err(|error| error.via(included_from))?;
            accumulated.config = merge(&Arc::default(), &accumulated.config)?;
            Ok(accumulated)
        }
        Source::Manifest(_) => Ok(accumulated),
    }
}

/// Accumulates a kustomization that another one includes by a path.
fn accumulate_inside(
    target: &Target,
    path: &str,
    so_far: Accumulated,
    context: &mut Context<'_>,
) -> Result<Accumulated, Halt> {
    let inside = context.origin.as_ref().map(|origin| origin.join(path));
    let outside = std::mem::replace(&mut context.origin, inside);
    let accumulated = accumulate_into(target, so_far, context);
    context.origin = outside;
    accumulated
}

fn merge_accumulated(accumulated: &mut Accumulated, base: Accumulated) -> Result<()> {
    accumulated.resources.append_all(base.resources)?;
    accumulated.config = merge(&accumulated.config, &base.config)?;
    accumulated.variables.merge(base.variables)
}

/// Returns the configurations of a list of plugins in the order in which kustomize runs them: inline ones first. If the
/// origin of the kustomization is given, each configuration has an origin.
///
/// # Errors
/// Fails if a directory of configurations cannot be rendered, and if two configurations have the same identity.
pub fn plugin_configurations(
    list: &PluginList,
    target: &Target,
    world: World<'_>,
    origin: Option<&Origin>,
) -> Result<Vec<Resource>, Halt> {
    let mut all = Resources::default();
    let is_inline = |entry: &&PluginEntry| matches!(entry.source, PluginSource::Inline(_));
    let in_order = list.entries.iter().filter(is_inline).chain(list.entries.iter().filter(|e| !is_inline(e)));
    for entry in in_order {
        let mut own = Vec::new();
        let entry_origin = origin.map(|origin| match &entry.source {
            PluginSource::Inline(_) => origin.join(target.file_name()),
            _ => origin.join(&entry.path),
        });
        match &entry.source {
            PluginSource::Inline(resources) => own.extend_from_slice(resources),
            PluginSource::Manifest(file) => own.extend_from_slice(file.resources(target.limits)?),
            PluginSource::Directory(directory) => {
                let rendered = accumulate(directory, world, entry_origin.clone())?;
                own = rendered.resources.into_list();
            }
        }
        for mut resource in own {
            if resource.origin.is_none() {
                resource.origin.clone_from(&entry_origin);
            }
            all.append(resource)?;
        }
    }
    Ok(all.into_list())
}
