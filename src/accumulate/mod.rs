//! Phase 2: from targets to resources, innermost first.

pub mod config;
mod crd_types;
pub mod crds;
pub mod open_api;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diagnostic::Result;
use crate::generate;
use crate::halt::Halt;
use crate::inputs::{File, Inputs};
use crate::kustomization::{Kustomization, Located, listed_twice};
use crate::load::{Cache, Entry, FileReference, MOST_ERRORS, Source, Target, manifest};
use crate::options::Options;
use crate::parallel;
use crate::plugins::{self, Runner};
use crate::resolve::vars::{self, Variables};
use crate::resource::limits::check_memory;
use crate::resource::{Origin, Resource, Resources, Schema, Step};
use crate::transform;
use crate::yaml::{FileId, Position, Span};

use config::TransformerConfig;

/// What a kustomization and all it includes amount to.
#[derive(Clone, Debug)]
pub struct Accumulated {
    pub resources: Resources,
    pub config: Arc<TransformerConfig>,
    pub variables: Variables,
}

impl Accumulated {
    fn new(context: &Context<'_>) -> Accumulated {
        let schema = context.schema.clone();
        let options = context.world.options;
        let mut resources = if options.trace { Resources::with_histories(schema) } else { Resources::new(schema) };
        resources.journal.wants_advice = options.advice;
        resources.set_limits(options.render_limits);
        Accumulated { resources, config: Arc::new(TransformerConfig::default()), variables: Variables::default() }
    }
}

/// What is known of the world: functions can only be asked for when their input is known.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub inputs: &'a Inputs,
    pub options: &'a Options,
    pub cache: &'a Cache,
}

/// What is shared by all kustomizations of one render.
struct Context<'a> {
    world: World<'a>,
    schema: Arc<Schema>,
    /// The built-in field tables.
    defaults: Arc<TransformerConfig>,
    /// Results are kept with the kustomizations, for other renders: there are others, and nothing of this one is in them.
    keeps_results: bool,
    /// Manifests that were read ahead, by their files.
    read_ahead: HashMap<FileId, Result<Vec<Resource>>>,
    /// How many bytes the resources took that were read.
    read: usize,
    /// Where the present kustomization is, if the output is to tell where resources are from.
    origin: Option<Origin>,
}

/// Accumulates a target.
///
/// # Errors
/// Fails with the first mistake; the chain of references that led to it is in the diagnostic.
pub fn accumulate(target: &Target, world: World<'_>, origin: Option<Origin>) -> Result<Accumulated, Halt> {
    let schema = Arc::new(open_api::schema(target)?);
    let defaults = TransformerConfig::built_in().clone();
    let keeps_results = world.cache.is_for_many() && origin.is_none() && !schema.is_custom() && !world.options.trace;
    let read_ahead = read_ahead(target, world);
    let mut context = Context { world, schema, defaults, keeps_results, read_ahead, read: 0, origin };
    let start = Accumulated::new(&context);
    accumulate_into(target, start, &mut context)
}

/// The steps of one kustomization, in kustomize's order. A component works on what its parent has so far.
fn accumulate_into(target: &Target, mut so_far: Accumulated, context: &mut Context<'_>) -> Result<Accumulated, Halt> {
    so_far.resources.journal.warnings.extend_from_slice(target.warnings());
    if so_far.resources.journal.wants_advice {
        so_far.resources.journal.warnings.extend(listed_twice(target.kustomization()));
    }
    let mut accumulated = accumulate_resources(&target.resources, target, so_far, context)?;
    let configured = config::load(target, &context.defaults)?;
    accumulated.config = config::merge(&accumulated.config, &configured)?;
    let of_crds = crds::load(target, &mut accumulated.resources.work)?;
    accumulated.config = config::merge(&accumulated.config, &Arc::new(of_crds))?;
    let runner = Runner { target, world: context.world, origin: context.origin.clone() };
    accumulated.resources.record(Step::new(Step::RESOURCES, Position::NONE));
    generate::run(target, context.origin.as_ref(), &mut accumulated.resources)?;
    plugins::generate(&runner, &mut accumulated.resources)?;
    for component in &target.components {
        accumulated = accumulate_component(component, accumulated, context)?;
    }
    let warnings = accumulated.resources.journal.warnings.len();
    transform::run(target, &accumulated.config, context.origin.as_ref(), &mut accumulated.resources)?;
    plugins::transform(&runner, &mut accumulated.resources)?;
    if target.kustomization().is_component() {
        accumulated.resources.journal.forgive_component(warnings);
    }
    plugins::validate(&runner, &mut accumulated.resources)?;
    accumulated.resources.check_size()?;
    vars::declare(target.kustomization(), &mut accumulated)?;
    Ok(accumulated)
}

fn accumulate_resources(
    entries: &[Entry],
    target: &Target,
    mut accumulated: Accumulated,
    context: &mut Context<'_>,
) -> Result<Accumulated, Halt> {
    let mut mistakes = Vec::new();
    for entry in entries {
        match accumulate_resource(entry, target, &mut accumulated, context) {
            Ok(()) => {}
            // What one entry lacks does not keep the others from being wrong.
            Err(Halt::Failed(more)) => {
                mistakes.extend(more);
                if mistakes.len() >= MOST_ERRORS {
                    break;
                }
            }
            Err(needs) if mistakes.is_empty() => return Err(needs),
            Err(Halt::Needs(_)) => break,
        }
    }
    if mistakes.is_empty() { Ok(accumulated) } else { Err(Halt::Failed(mistakes)) }
}

/// Adds what one entry of `resources` leads to.
fn accumulate_resource(
    entry: &Entry,
    target: &Target,
    accumulated: &mut Accumulated,
    context: &mut Context<'_>,
) -> Result<(), Halt> {
    let reference = Span::new(entry.path.position, entry.path.value.len());
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
            let mut base = accumulate_base(base, &entry.path, context).map_err(|error| error.via(reference))?;
            base.resources.journal.add_reference(0, reference);
            merge_accumulated(accumulated, base).map_err(|error| error.via(reference))?;
        }
    }
    Ok(())
}

/// Returns the resources of a manifest. Only other renders would gain from keeping them, as most will be changed.
fn resources_of(file: &File, target: &Target, context: &mut Context<'_>) -> Result<Vec<Resource>> {
    let resources = if context.world.cache.is_for_many() {
        file.resources(target.limits)?.to_vec()
    } else {
        match context.read_ahead.remove(&file.id) {
            Some(resources) => resources?,
            None => manifest::resources(file.documents(target.limits)?)?,
        }
    };
    context.read = context.read.saturating_add(resources.iter().map(Resource::memory).sum());
    check_memory(context.read, context.world.options.render_limits.memory)?;
    Ok(resources)
}

/// How many bytes of manifests are worth another thread.
const BYTES_OF_A_THREAD: usize = 100_000;

/// Reads the manifests of a target and its bases on several threads, if there is enough to read.
fn read_ahead(target: &Target, world: World<'_>) -> HashMap<FileId, Result<Vec<Resource>>> {
    let mut files = Vec::new();
    if !world.cache.is_for_many() {
        collect_manifests(target, &mut files);
    }
    // What is included twice is read ahead once.
    files.sort_by_key(|file| file.id);
    files.dedup_by_key(|file| file.id);
    let bytes: usize = files.iter().map(|file| file.bytes().len()).sum();
    let threads = world.options.threads.for_work(bytes / BYTES_OF_A_THREAD);
    if threads <= 1 {
        return HashMap::new();
    }
    let (total, most) = (AtomicUsize::new(0), world.options.render_limits.memory);
    let read = parallel::map(&files, threads, |file| {
        check_memory(total.load(Ordering::Relaxed), most)?;
        let resources = manifest::resources(file.documents(target.limits)?)?;
        total.fetch_add(resources.iter().map(Resource::memory).sum(), Ordering::Relaxed);
        Ok(resources)
    });
    files.iter().map(|file| file.id).zip(read).collect()
}

fn collect_manifests<'a>(target: &'a Target, files: &mut Vec<&'a File>) {
    for entry in target.resources.iter().chain(&target.components) {
        match &entry.source {
            Source::Manifest(file) => files.push(file),
            Source::Directory(base) => collect_manifests(base, files),
        }
    }
}

/// Accumulates what `resources` lists, or takes what another render found it to be.
fn accumulate_base(base: &Target, path: &str, context: &mut Context<'_>) -> Result<Accumulated, Halt> {
    let start = Accumulated::new(context);
    if !context.keeps_results || !base.is_shareable {
        return accumulate_inside(base, path, start, context);
    }
    if let Some(memo) = base.memo.get() {
        return Ok(memo.clone());
    }
    let accumulated = accumulate_inside(base, path, start, context)?;
    let World { options, cache, .. } = context.world;
    if cache.keeps(accumulated.resources.memory(), options.render_limits.memory) {
        // Another render may have been quicker; its result is the same.
        let _ = base.memo.set(accumulated.clone());
    }
    Ok(accumulated)
}

fn accumulate_component(
    component: &Entry,
    accumulated: Accumulated,
    context: &mut Context<'_>,
) -> Result<Accumulated, Halt> {
    let reference = Span::new(component.path.position, component.path.value.len());
    match &component.source {
        Source::Directory(target) => {
            let warnings = accumulated.resources.journal.warnings.len();
            let mut accumulated = accumulate_inside(target, &component.path, accumulated, context)
                .map_err(|error| error.via(reference))?;
            accumulated.resources.journal.add_reference(warnings, reference);
            // The reference merges the result into a new accumulator, see `config::merge`.
            accumulated.resources.check_unique().map_err(|error| error.via(reference))?;
            accumulated.config = config::merge(&Arc::default(), &accumulated.config)?;
            Ok(accumulated)
        }
        Source::Manifest(_) => Ok(accumulated),
    }
}

/// Accumulates a kustomization that another one includes under a path.
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
    accumulated.config = config::merge(&accumulated.config, &base.config)?;
    accumulated.variables.merge(base.variables)
}

/// Returns the files that the fields of a kustomization name, beside `resources` and `components`.
pub fn file_references(kustomization: &Kustomization) -> Vec<FileReference> {
    let mut references = Vec::new();
    let mut add = |path: &Located<String>, optional: bool| {
        if !path.value.is_empty() || !optional && path.position != crate::yaml::Position::NONE {
            references.push(FileReference { path: path.clone(), optional });
        }
    };
    for path in kustomization.configurations.iter().chain(&kustomization.crds) {
        add(path, false);
    }
    if let Some(path) = kustomization.openapi.get("path") {
        add(path, false);
    }
    for source in generate::file_sources(kustomization) {
        add(&source, false);
    }
    for path in transform::patches::files(kustomization) {
        add(&path, false);
    }
    for path in kustomization.patches_strategic_merge.iter().flatten() {
        add(path, true);
    }
    for replacement in &kustomization.replacements {
        if !replacement.path.is_empty() {
            add(&replacement.path, false);
        }
    }
    references
}
