//! Which resource is meant by KIND/NAME.

use crate::Rendered;
use crate::diagnostic::nearest;
use crate::resource::{Resource, Step};
use anyhow::{Context as _, bail};

/// A resource that was asked for.
pub struct Found<'a> {
    pub resource: &'a Resource,
    /// The step that took it out, if it is not in the output.
    pub removed_by: Option<Step>,
}

/// The short names of kinds, as kubectl knows them.
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

/// Finds the one resource of a kind and a name, which may be a former one. What is in the output goes before what was
/// taken out on the way there, and a present name before a former one.
///
/// # Errors
/// Fails when there is none, or more than one.
pub fn find<'a>(wanted: &str, namespace: Option<&str>, rendered: &'a Rendered) -> anyhow::Result<Found<'a>> {
    let (kind, name) = wanted.split_once('/').with_context(|| format!("`{wanted}` is not of the form KIND/NAME"))?;
    let present = rendered.resources().iter().map(|resource| Found { resource, removed_by: None });
    let removed = rendered.removed().iter().map(|gone| Found { resource: &gone.resource, removed_by: gone.step });
    let mut candidates: Vec<Found<'a>> = present
        .chain(removed)
        .filter(|found| is_kind(kind, found.resource))
        .filter(|found| namespace.is_none_or(|namespace| found.resource.namespace() == namespace))
        .collect();
    let names = candidates.iter().flat_map(|found| names_of(found.resource));
    let near = nearest(name, names).map(ToString::to_string);
    candidates.retain(|found| names_of(found.resource).any(|known| known == name));
    candidates.sort_by_key(|found| (found.removed_by.is_some(), found.resource.name() != name));
    let rank = |found: &Found<'_>| (found.removed_by.is_some(), found.resource.name() == name);
    match &candidates[..] {
        [] => match near {
            Some(near) => bail!("there is no {wanted}; did you mean {kind}/{near}?"),
            None => bail!("there is no {wanted}"),
        },
        [first, second, ..] if rank(first) == rank(second) => {
            let all: Vec<String> = candidates.iter().map(|found| found.resource.id().to_string()).collect();
            bail!(
                "{wanted} may be any of these; say which with --namespace or its present name:\n  {}",
                all.join("\n  ")
            )
        }
        _ => Ok(candidates.swap_remove(0)),
    }
}

fn names_of(resource: &Resource) -> impl Iterator<Item = &str> {
    std::iter::once(resource.name()).chain(resource.previous.iter().map(|previous| previous.name.as_str()))
}

/// Returns whether a resource is of a kind: its name in any case, a plural or a short name, with or without the group.
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
