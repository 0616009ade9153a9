//! Generators: resources that are created instead of read from manifests.

pub mod config_map_generator;
mod env_files;
mod generated;
pub mod helm_charts;
pub mod secret_generator;
mod sources;

use crate::diagnostic::Result;
use crate::resource::limits::check_memory;
use crate::resource::{Origin, Resource, Resources, Step};
use crate::target::{HELM_PLUGIN_KIND, Target};

/// Runs the generators of a kustomization, in kustomize's order.
///
/// # Errors
/// Fails if a generator does, and if its behavior does not fit the existing resources.
pub fn run(target: &Target, origin: Option<&Origin>, resources: &mut Resources) -> Result<()> {
    let kustomization = target.kustomization();
    let global = kustomization.generator_options.as_ref();
    let mut bytes = 0;
    let limit = resources.limits().memory;
    let mut check = |generated: &Resource| {
        bytes += generated.memory();
        check_memory(bytes, limit)
    };
    let origin_of = |kind| origin.map(|origin| origin.of_field(target.file_name(), kind));
    if resources.journal.wants_lint {
        let maps = kustomization.config_map_generator.iter().map(|args| (args, false));
        for (args, is_secret) in maps.chain(kustomization.secret_generator.iter().map(|args| (args, true))) {
            env_files::check(args, is_secret, target)?.into_iter().for_each(|warning| resources.warn(warning));
        }
    }
    for args in &kustomization.config_map_generator {
        let mut generated = config_map_generator::generate(args, global, target)?;
        check(&generated)?;
        generated.set_origin(origin_of("ConfigMapGenerator"));
        resources.add_generated(generated)?;
        resources.record(Step::new("configMapGenerator", args.position));
    }
    for args in &kustomization.secret_generator {
        let mut generated = secret_generator::generate(args, global, target)?;
        check(&generated)?;
        generated.set_origin(origin_of("SecretGenerator"));
        resources.add_generated(generated)?;
        resources.record(Step::new("secretGenerator", args.position));
    }
    let mut charts: Vec<_> = target.charts.iter().chain(target.plugin_charts.values()).collect();
    charts.sort_by_key(|chart| chart.position);
    charts.into_iter().filter_map(helm_charts::warning).for_each(|warning| resources.warn(warning));
    for chart in &target.charts {
        for mut generated in helm_charts::generate(chart, target.limits)? {
            generated.set_origin(origin_of(HELM_PLUGIN_KIND));
            resources.add_generated(generated)?;
        }
        resources.record(Step::new("helmCharts", chart.position));
    }
    Ok(())
}
