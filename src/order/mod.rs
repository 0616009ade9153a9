//! The order of the output: `sortOptions`, and the default legacy order.

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Kustomization, LegacySortOptions, SortOptions};
use crate::options::{Options, Reorder};
use crate::resource::identity::{Gvk, kind_rank, non_empty_or};
use crate::resource::{Resource, Resources};
use crate::yaml::{Span, sort_by_relation};

/// Sorts the resources by the order in the kustomization, or else by that in the options.
///
/// # Errors
/// Fails on an unknown order, and if two resources have the same identity.
pub fn sort(resources: &mut Resources, kustomization: &Kustomization, options: &Options) -> Result<()> {
    match &kustomization.sort_options {
        Some(sort_options) => sort_by_options(resources, sort_options),
        None if options.reorder == Reorder::Legacy => legacy(resources, None),
        None => Ok(()),
    }
}

/// Sorts the resources by `sortOptions`.
///
/// # Errors
/// Fails on an unknown order, and if two resources have the same identity.
pub fn sort_by_options(resources: &mut Resources, options: &SortOptions) -> Result<()> {
    let span = Span::new(options.order.position, options.order.len());
    match (options.order.as_str(), &options.legacy_sort_options) {
        ("legacy", legacy_options) => legacy(resources, legacy_options.as_ref()),
        ("fifo", None) => Ok(()),
        ("fifo", Some(_)) => Err(Diagnostic::error(
            Code::InvalidValue,
            "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        )
        .at(span, "the order is `fifo`")),
        (order, _) => Err(Diagnostic::error(
            Code::InvalidValue,
            format!("the field 'sortOptions.order' must be one of [fifo, legacy], not `{order}`"),
        )
        .at(span, "unknown order")),
    }
}

fn legacy(resources: &mut Resources, options: Option<&LegacySortOptions>) -> Result<()> {
    resources.check_unique()?;
    let mut kinds = Kinds { options, list: Vec::new(), indexes: HashMap::new() };
    let mut keyed: Vec<(SortKey, usize)> =
        resources.iter().enumerate().map(|(at, resource)| (SortKey::new(resource, &mut kinds), at)).collect();
    sort_by_relation(&mut keyed, |(a, _), (b, _)| kinds.less(a, b));
    let mut list: Vec<Option<Resource>> = std::mem::take(resources.list_mut()).into_iter().map(Some).collect();
    resources.set_list(keyed.into_iter().filter_map(|(_, at)| list[at].take()).collect());
    Ok(())
}

/// Returns the rank of a kind: negative for kinds that come first, positive for kinds that come last. If a kind is
/// listed twice, the later entry counts.
fn rank(kind: &str, options: Option<&LegacySortOptions>) -> i32 {
    let Some(options) = options else { return kind_rank(kind) };
    let index = |list: &[String]| list.iter().rposition(|listed| listed == kind).map(|at| at as i32);
    match (index(&options.order_last), index(&options.order_first)) {
        (Some(last), _) => last + 1,
        (None, Some(first)) => first - options.order_first.len() as i32,
        (None, None) => 0,
    }
}

/// The kinds of the resources to sort.
struct Kinds<'a> {
    options: Option<&'a LegacySortOptions>,
    list: Vec<Kind>,
    indexes: HashMap<Gvk, usize>,
}

struct Kind {
    rank: i32,
    gvk: Gvk,
    /// The key that orders kinds of equal rank.
    text: String,
}

/// The sort key of a resource: its kind, and a text that orders resources of the same kind.
#[derive(Clone)]
struct SortKey {
    kind: usize,
    text: Rc<str>,
}

impl SortKey {
    fn new(resource: &Resource, kinds: &mut Kinds<'_>) -> SortKey {
        let text = format!("{}|{}", non_empty_or(resource.namespace(), "~X"), non_empty_or(resource.name(), "~N"));
        SortKey { kind: kinds.index(resource.gvk()), text: text.into() }
    }
}

impl Kinds<'_> {
    /// Returns the index of a kind in the list, and adds it if it is missing.
    fn index(&mut self, gvk: Gvk) -> usize {
        *self.indexes.entry(gvk).or_insert_with_key(|gvk| {
            let rank = rank(&gvk.kind, self.options);
            let text = format!(
                "{}_{}_{}",
                non_empty_or(&gvk.group, "~G"),
                non_empty_or(&gvk.version, "~V"),
                non_empty_or(&gvk.kind, "~K")
            );
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
