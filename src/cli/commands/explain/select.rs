//! Selection of a resource by KIND/NAME.

use crate::Rendered;
use crate::diagnostic::nearest;
use crate::resource::{Resource, Step};
use anyhow::{Context as _, bail};

/// A selected resource.
pub struct Found<'a> {
    pub resource: &'a Resource,
    /// The step that removed the resource, if it is not in the output.
    pub removed_by: Option<Step>,
}

/// The short names of kinds in kubectl.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("cj", "cronjob"),
    ("cm", "configmap"),
    ("crd", "customresourcedefinition"),
    ("deploy", "deployment"),
    ("ds", "daemonset"),
    ("ep", "endpoints"),
    ("hpa", "horizontalpodautoscaler"),
    ("ing", "ingress"),
    ("limits", "limitrange"),
    ("netpol", "networkpolicy"),
    ("ns", "namespace"),
    ("pc", "priorityclass"),
    ("pdb", "poddisruptionbudget"),
    ("po", "pod"),
    ("pv", "persistentvolume"),
    ("pvc", "persistentvolumeclaim"),
    ("quota", "resourcequota"),
    ("rc", "replicationcontroller"),
    ("rs", "replicaset"),
    ("sa", "serviceaccount"),
    ("sc", "storageclass"),
    ("sts", "statefulset"),
    ("svc", "service"),
];

/// Finds the resource with a kind and a current or former name. Resources in the output take precedence over removed ones,
/// and current names over former ones.
///
/// # Errors
/// Fails when no resource matches, and when more than one does.
pub fn find<'a>(wanted: &str, namespace: Option<&str>, rendered: &'a Rendered) -> anyhow::Result<Found<'a>> {
    let (kind, name) =
        wanted.split_once('/').with_context(|| format!("invalid resource `{wanted}`; expected KIND/NAME"))?;
    let current = rendered.resources().iter().map(|resource| Found { resource, removed_by: None });
    let removed =
        rendered.removed().iter().map(|removed| Found { resource: &removed.resource, removed_by: removed.step });
    let mut candidates: Vec<Found<'a>> = current
        .chain(removed)
        .filter(|found| is_kind(kind, found.resource))
        .filter(|found| namespace.is_none_or(|namespace| found.resource.namespace() == namespace))
        .collect();
    let names = candidates.iter().flat_map(|found| names_of(found.resource));
    let near = nearest(name, names).map(ToString::to_string);
    candidates.retain(|found| names_of(found.resource).any(|candidate| candidate == name));
    candidates.sort_by_key(|found| (found.removed_by.is_some(), found.resource.name() != name));
    let rank = |found: &Found<'_>| (found.removed_by.is_some(), found.resource.name() == name);
    match &candidates[..] {
        [] => match near {
            Some(near) => bail!("{wanted} not found; did you mean {kind}/{near}?"),
            None => bail!("{wanted} not found"),
        },
        [first, second, ..] if rank(first) == rank(second) => {
            let all: Vec<String> = candidates.iter().map(|found| found.resource.id().to_string()).collect();
            bail!(
                "{wanted} is ambiguous; use --namespace or the current name to select one of:\n  {}",
                all.join("\n  ")
            )
        }
        _ => Ok(candidates.swap_remove(0)),
    }
}

fn names_of(resource: &Resource) -> impl Iterator<Item = &str> {
    std::iter::once(resource.name()).chain(resource.previous.iter().map(|previous| &*previous.name))
}

/// Returns whether a resource is of a kind, given in any case, as singular, plural or short name, optionally with a group.
fn is_kind(wanted: &str, resource: &Resource) -> bool {
    let wanted = wanted.to_lowercase();
    let (wanted, group) = wanted.split_once('.').map_or((wanted.as_str(), None), |(kind, group)| (kind, Some(group)));
    let full = SHORT_NAMES.iter().find(|(short, _)| *short == wanted).map_or(wanted, |(_, full)| full);
    let kind = resource.kind().to_lowercase();
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with('s') => format!("{kind}es"),
        None => format!("{kind}s"),
    };
    (full == kind || full == plural) && group.is_none_or(|group| resource.gvk().group.to_lowercase() == group)
}
