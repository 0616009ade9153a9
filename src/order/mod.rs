//! The order of the output: `sortOptions`, and the legacy order that is the default.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Kustomization, LegacySortOptions, SortOptions};
use crate::render::{Options, Reorder};
use crate::resource::gvk::{Gvk, ORDER_FIRST, ORDER_LAST};
use crate::resource::{Resource, Resources};
use crate::yaml::{Span, sort_by_relation};

/// Sorts the resources as the kustomization or else the options say.
///
/// # Errors
/// Fails on an unknown order, and when two resources have become alike.
pub fn sort(
    resources: &mut Resources,
    kustomization: &Kustomization,
    options: &Options,
    _warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    match &kustomization.sort_options {
        Some(sort_options) => sort_by_options(resources, sort_options),
        None if options.reorder == Reorder::Legacy => legacy(resources, None),
        None => Ok(()),
    }
}

/// Sorts as `sortOptions` say.
///
/// # Errors
/// Fails on an unknown order, and when two resources have become alike.
pub fn sort_by_options(resources: &mut Resources, options: &SortOptions) -> Result<()> {
    let span = Span::new(options.order.position, options.order.len());
    match (options.order.as_str(), &options.legacy_sort_options) {
        ("legacy", legacy_options) => legacy(resources, legacy_options.as_ref()),
        ("fifo", None) => Ok(()),
        ("fifo", Some(_)) => Err(Diagnostic::error(
            Code::InvalidValue,
            "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        )
        .at(span, "not legacy")),
        (order, _) => Err(Diagnostic::error(
            Code::InvalidValue,
            format!("the field 'sortOptions.order' must be one of [fifo, legacy], not `{order}`"),
        )
        .at(span, "unknown order")),
    }
}

fn legacy(resources: &mut Resources, options: Option<&LegacySortOptions>) -> Result<()> {
    let ranks = ranks(options);
    let mut keyed: Vec<(SortKey, Resource)> = std::mem::take(resources.list_mut())
        .into_iter()
        .map(|resource| (SortKey::new(&resource, &ranks), resource))
        .collect();
    sort_by_relation(&mut keyed, |a, b| a.0.less(&b.0));
    resources.set_list(keyed.into_iter().map(|(_, resource)| resource).collect());
    resources.check_unique()
}

fn ranks(options: Option<&LegacySortOptions>) -> HashMap<String, i32> {
    let owned = |list: &[&str]| list.iter().map(|kind| (*kind).to_string()).collect::<Vec<_>>();
    let (first, last) = match options {
        Some(options) => (options.order_first.clone(), options.order_last.clone()),
        None => (owned(&ORDER_FIRST), owned(&ORDER_LAST)),
    };
    let count = first.len() as i32;
    let first = first.into_iter().enumerate().map(|(at, kind)| (kind, at as i32 - count));
    let last = last.into_iter().enumerate().map(|(at, kind)| (kind, at as i32 + 1));
    first.chain(last).collect()
}

#[derive(Clone)]
struct SortKey {
    rank: i32,
    gvk: Gvk,
    gvk_text: String,
    id_text: String,
}

impl SortKey {
    fn new(resource: &Resource, ranks: &HashMap<String, i32>) -> SortKey {
        let or = |text: &str, absent: &str| if text.is_empty() { absent.to_string() } else { text.to_string() };
        let gvk = resource.gvk();
        let gvk_text = format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"));
        let id_text = format!("{gvk}|{}|{}", or(resource.namespace(), "~X"), or(resource.name(), "~N"));
        SortKey { rank: ranks.get(&gvk.kind).copied().unwrap_or(0), gvk, gvk_text, id_text }
    }

    fn less(&self, other: &SortKey) -> bool {
        if self.gvk == other.gvk {
            return self.id_text < other.id_text;
        }
        if self.rank != other.rank {
            return self.rank < other.rank;
        }
        let namespaces = self.gvk.kind == "Namespace" && other.gvk.kind == "Namespace";
        if namespaces && (self.gvk.group.is_empty() || other.gvk.group.is_empty()) {
            return self.gvk_text > other.gvk_text;
        }
        self.gvk_text < other.gvk_text
    }
}
