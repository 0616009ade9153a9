//! The `labels` and `commonLabels` fields.

use crate::diagnostic::Result;
use crate::kustomization::{FieldSpecConfig, Label};
use crate::resource::paths::field_spec::{DefaultFieldSpec, FieldSpec, merge_all};
use crate::resource::transformer_config::{FieldList, TransformerConfig};
use crate::resource::{Gvk, Resources, Step};
use crate::yaml::Position;

use super::common_annotations::{position_of, set_entries};
use super::run::Run;

/// The fields that contain labels and selectors.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "v1", "Service", "spec/selector", true),
    DefaultFieldSpec::new(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "Deployment",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new("", "", "Deployment", "spec/selector/matchLabels", true),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
    DefaultFieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        false,
    ),
    DefaultFieldSpec::new("apps", "", "StatefulSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/labels", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
    DefaultFieldSpec::new("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    DefaultFieldSpec::new("batch", "", "Job", "spec/selector/matchLabels", false),
    DefaultFieldSpec::new("batch", "", "Job", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels", false),
    DefaultFieldSpec::new("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    DefaultFieldSpec::new("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
    DefaultFieldSpec::new("", "v1", "ReplicationController", "spec/selector", true),
    DefaultFieldSpec::new("", "v1", "ReplicationController", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/selector/matchLabels", true),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/selector/matchLabels", true),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "", "metadata/labels", true),
];

/// The fields that contain labels, including those of templates.
pub const DEFAULT_TEMPLATE_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("apps", "", "StatefulSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/metadata/labels", true),
    DefaultFieldSpec::new("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
    DefaultFieldSpec::new("batch", "", "Job", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "v1", "ReplicationController", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/metadata/labels", true),
    DefaultFieldSpec::new("", "", "", "metadata/labels", true),
];

/// The fields that contain labels of volume claim templates.
pub const DEFAULT_VOLUME_CLAIM_TEMPLATE_FIELDS: &[DefaultFieldSpec] =
    &[DefaultFieldSpec::new("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true)];

/// Adds labels to all resources: first each entry of `labels`, then `commonLabels`.
///
/// # Errors
/// Fails on conflicting field specs, and if a field that contains labels is not a mapping.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let kustomization = run.kustomization();
    for label in &kustomization.labels {
        set_entries(&label.pairs, &fields_of(label, run.config)?, resources)?;
        run.end(1, Step::new("labels", position_of(&label.pairs)), resources);
    }
    let common = kustomization.common_labels.as_ref().filter(|labels| !labels.is_empty());
    if let Some(labels) = common {
        set_entries(labels, &run.config[FieldList::CommonLabels], resources)?;
    }
    if common.is_some() || !kustomization.labels.is_empty() {
        // The transformer of `commonLabels` runs even if there are none.
        let position = common.map_or(Position::NONE, position_of);
        run.end(1, Step::new("commonLabels", position), resources);
    }
    Ok(())
}

fn fields_of(label: &Label, config: &TransformerConfig) -> Result<Vec<FieldSpec>> {
    let mut fields: Vec<FieldSpec> = label.fields.iter().map(FieldSpecConfig::to_field_spec).collect();
    let mut lists: Vec<&[FieldSpec]> = vec![&config[FieldList::Labels]];
    let all_labels = [FieldSpec::new(Gvk::default(), "metadata/labels", true)];
    if label.include_selectors {
        lists.push(&config[FieldList::CommonLabels]);
    } else {
        if label.include_templates {
            lists.push(&config[FieldList::TemplateLabels]);
        }
        if label.include_volume_claim_templates {
            lists.push(&config[FieldList::VolumeClaimTemplateLabels]);
        }
        lists.push(&all_labels);
    }
    merge_all(&mut fields, lists.into_iter().flatten())?;
    Ok(fields)
}
