//! Matches the resources of two renders.

use std::collections::{HashMap, VecDeque};

use crate::resource::{Resource, Schema};

/// The indexes of a resource in the old list and in the new one. At least one is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// The identity by which resources are matched: group, kind, namespace and name.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Returns the pairs in the order of the new list, followed by removed resources. Identical names are matched first, then
/// names that are identical without their hashes.
pub fn pair(before: &[Resource], after: &[Resource], schema: &Schema) -> Vec<Pair> {
    let mut partners: Vec<Option<usize>> = vec![None; after.len()];
    let mut is_taken = vec![false; before.len()];
    for name in [Resource::name as fn(&Resource) -> &str, plain_name] {
        let key = |resource| key(resource, name(resource), schema);
        let mut free: HashMap<Key<'_>, VecDeque<usize>> = HashMap::new();
        for (at, resource) in before.iter().enumerate().filter(|(at, _)| !is_taken[*at]) {
            free.entry(key(resource)).or_default().push_back(at);
        }
        for (resource, partner) in after.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            *partner = free.get_mut(&key(resource)).and_then(VecDeque::pop_front);
            if let Some(partner) = *partner {
                is_taken[partner] = true;
            }
        }
    }
    let current = partners.into_iter().enumerate().map(|(at, before)| Pair { before, after: Some(at) });
    let removed = (0..before.len()).filter(|at| !is_taken[*at]).map(|at| Pair { before: Some(at), after: None });
    current.chain(removed).collect()
}

fn key<'a>(resource: &'a Resource, name: &'a str, schema: &Schema) -> Key<'a> {
    let (group, kind) = resource.group_and_kind();
    (group, kind, resource.effective_namespace(schema), name)
}

/// The characters of a hash. See [`name_hash`](crate::resolve::name_hash).
const HASH_CHARACTERS: &[u8] = b"2456789bcdfghkmt";
const HASH_LENGTH: usize = 10;

/// Returns the name without its hash. A render knows which names have one. In a ConfigMap or Secret from a file, the last
/// part of the name is a hash if it looks like one.
pub fn plain_name(resource: &Resource) -> &str {
    let name = resource.name();
    let Some((plain, hash)) = name.rsplit_once('-') else { return name };
    let is_hash = hash.len() == HASH_LENGTH && hash.bytes().all(|byte| HASH_CHARACTERS.contains(&byte));
    let may_have_hash = resource.needs_hash || matches!(resource.group_and_kind(), ("", "ConfigMap" | "Secret"));
    if is_hash && may_have_hash && !plain.is_empty() { plain } else { name }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::yaml::{FileId, ParseLimits, parse_stream};

    fn resources(text: &str) -> Vec<Resource> {
        let trees = parse_stream(&Arc::new(text.to_string()), FileId::NONE, ParseLimits::default()).unwrap();
        trees.into_iter().map(|tree| Resource::new(Arc::new(tree))).collect()
    }

    fn numbers(before: &str, after: &str) -> Vec<(Option<usize>, Option<usize>)> {
        let pairs = pair(&resources(before), &resources(after), &Schema::default());
        pairs.into_iter().map(|pair| (pair.before, pair.after)).collect()
    }

    #[test]
    fn names_are_matched_without_their_hashes() {
        let map = |name: &str| format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n");
        let (old, new) = (map("a-gf82dfbk8d"), map("a-5t2m8dk9c4"));
        assert_eq!(numbers(&old, &new), [(Some(0), Some(0))]);
        assert_eq!(numbers(&(old.clone() + &new), &new), [(Some(1), Some(0)), (Some(0), None)]);
        assert_eq!(numbers(&old, &map("a")), [(Some(0), Some(0))]);
        assert_eq!(numbers(&old, &map("b-gf82dfbk8d")), [(None, Some(0)), (Some(0), None)]);
        // No hash contains the letter `a`.
        assert_eq!(numbers(&map("a-aaaaaaaaaa"), &map("a-gf82dfbk8d")), [(None, Some(0)), (Some(0), None)]);
        let service = |name: &str| map(name).replace("ConfigMap", "Service");
        assert_eq!(numbers(&service("a-gf82dfbk8d"), &service("a")), [(None, Some(0)), (Some(0), None)]);
    }

    #[test]
    fn groups_and_namespaces_are_part_of_the_identity_but_versions_are_not() {
        let of = |api_version: &str, namespace: &str| {
            format!("{{apiVersion: {api_version}, kind: Job, metadata: {{name: a, namespace: {namespace}}}}}")
        };
        assert_eq!(numbers(&of("batch/v1beta1", "x"), &of("batch/v1", "x")), [(Some(0), Some(0))]);
        assert_eq!(numbers(&of("batch/v1", "\"\""), &of("batch/v1", "default")), [(Some(0), Some(0))]);
        assert_eq!(numbers(&of("batch/v1", "x"), &of("batch/v1", "y")), [(None, Some(0)), (Some(0), None)]);
        assert_eq!(numbers(&of("other/v1", "x"), &of("batch/v1", "x")), [(None, Some(0)), (Some(0), None)]);
    }
}
