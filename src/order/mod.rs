//! The order of the output: `sortOptions`, and the legacy order that is the default.

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Kustomization, LegacySortOptions, SortOptions};
use crate::options::{Options, Reorder};
use crate::resource::identity::{Gvk, kind_rank, or};
use crate::resource::{Resource, Resources};
use crate::yaml::{Span, sort_by_relation};

/// Sorts the resources as the kustomization or else the options say.
///
/// # Errors
/// Fails on an unknown order, and when two resources have become alike.
pub fn sort(resources: &mut Resources, kustomization: &Kustomization, options: &Options) -> Result<()> {
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
    resources.check_unique()?;
    let mut kinds = Kinds { options, list: Vec::new(), places: HashMap::new() };
    let mut keyed: Vec<(SortKey, usize)> =
        resources.iter().enumerate().map(|(at, resource)| (SortKey::new(resource, &mut kinds), at)).collect();
    sort_by_relation(&mut keyed, |(a, _), (b, _)| kinds.less(a, b));
    let mut list: Vec<Option<Resource>> = std::mem::take(resources.list_mut()).into_iter().map(Some).collect();
    resources.set_list(keyed.into_iter().filter_map(|(_, at)| list[at].take()).collect());
    Ok(())
}

/// Returns the rank of a kind: negative for those that come first, positive for those that come last. What is listed
/// twice has its later place.
fn rank(kind: &str, options: Option<&LegacySortOptions>) -> i32 {
    let Some(options) = options else { return kind_rank(kind) };
    let place = |list: &[String]| list.iter().rposition(|listed| listed == kind).map(|at| at as i32);
    match (place(&options.order_last), place(&options.order_first)) {
        (Some(last), _) => last + 1,
        (None, Some(first)) => first - options.order_first.len() as i32,
        (None, None) => 0,
    }
}

/// The kinds of the resources to sort.
struct Kinds<'a> {
    options: Option<&'a LegacySortOptions>,
    list: Vec<Kind>,
    places: HashMap<Gvk, usize>,
}

struct Kind {
    rank: i32,
    gvk: Gvk,
    /// What decides between kinds of equal rank.
    text: String,
}

/// What a resource is sorted by: its kind, and the text that decides between resources of one kind.
#[derive(Clone)]
struct SortKey {
    kind: usize,
    text: Rc<str>,
}

impl SortKey {
    fn new(resource: &Resource, kinds: &mut Kinds<'_>) -> SortKey {
        let text = format!("{}|{}", or(resource.namespace(), "~X"), or(resource.name(), "~N"));
        SortKey { kind: kinds.place(resource.gvk()), text: text.into() }
    }
}

impl Kinds<'_> {
    /// Returns the place of a kind in the list.
    fn place(&mut self, gvk: Gvk) -> usize {
        *self.places.entry(gvk).or_insert_with_key(|gvk| {
            let rank = rank(&gvk.kind, self.options);
            let text = format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"));
            self.list.push(Kind { rank, gvk: gvk.clone(), text });
            self.list.len() - 1
        })
    }

    fn less(&self, a: &SortKey, b: &SortKey) -> bool {
        if a.kind == b.kind {
            return a.text < b.text;
        }
        let (a, b) = (&self.list[a.kind], &self.list[b.kind]);
        if a.rank != b.rank {
            return a.rank < b.rank;
        }
        let namespaces = a.gvk.kind == "Namespace" && b.gvk.kind == "Namespace";
        if namespaces && (a.gvk.group.is_empty() || b.gvk.group.is_empty()) {
            return a.text > b.text;
        }
        a.text < b.text
    }
}
