//! The prefixes or suffixes that a resource got, as a chain that resources of the same base share.

use std::sync::Arc;

/// A list of prefixes or suffixes. Copies share all of it.
#[derive(Clone, Debug, Default)]
pub struct Affixes {
    last: Option<Arc<Affix>>,
}

#[derive(Debug)]
struct Affix {
    text: String,
    before: Affixes,
}

/// Adds one prefix or suffix to the lists of many resources. Lists that are the same before are the same afterwards.
pub struct AddedAffix<'a> {
    text: &'a str,
    latest: Option<Affixes>,
}

impl Affixes {
    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// Iterates over the texts, the latest first.
    fn latest_first(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.last.as_deref(), |affix| affix.before.last.as_deref())
            .map(|affix| affix.text.as_str())
    }

    /// Returns the texts with commas between them, the oldest first; `None` if there are none.
    pub(crate) fn joined(&self) -> Option<String> {
        let mut texts: Vec<&str> = self.latest_first().collect();
        texts.reverse();
        (!texts.is_empty()).then(|| texts.join(","))
    }

    fn is_same(&self, other: &Affixes) -> bool {
        match (&self.last, &other.last) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    /// Returns whether the shorter list is the end of the longer one; an empty list counts only as the end of an empty one.
    pub(crate) fn has_same_ending(&self, other: &Affixes) -> bool {
        if self.is_empty() || other.is_empty() {
            return self.is_empty() && other.is_empty();
        }
        let (mut a, mut b) = (self, other);
        while let (Some(last_of_a), Some(last_of_b)) = (&a.last, &b.last) {
            if Arc::ptr_eq(last_of_a, last_of_b) {
                return true;
            }
            if last_of_a.text != last_of_b.text {
                return false;
            }
            (a, b) = (&last_of_a.before, &last_of_b.before);
        }
        true
    }
}

impl FromIterator<String> for Affixes {
    /// Collects texts, the oldest first.
    fn from_iter<T: IntoIterator<Item = String>>(texts: T) -> Affixes {
        texts
            .into_iter()
            .fold(Affixes::default(), |before, text| Affixes { last: Some(Arc::new(Affix { text, before })) })
    }
}

impl Drop for Affix {
    /// Drops a long chain without recursion.
    fn drop(&mut self) {
        let mut next = self.before.last.take();
        while let Some(affix) = next {
            next = Arc::into_inner(affix).and_then(|mut affix| affix.before.last.take());
        }
    }
}

impl<'a> AddedAffix<'a> {
    /// Returns the prefix or suffix to add.
    pub fn new(text: &'a str) -> AddedAffix<'a> {
        AddedAffix { text, latest: None }
    }

    /// Adds it to a list.
    pub fn add_to(&mut self, affixes: &mut Affixes) {
        let before = std::mem::take(affixes);
        let of_latest = self
            .latest
            .as_ref()
            .filter(|latest| latest.last.as_ref().is_some_and(|affix| affix.before.is_same(&before)));
        *affixes = match of_latest {
            Some(same) => same.clone(),
            None => Affixes { last: Some(Arc::new(Affix { text: self.text.to_string(), before })) },
        };
        self.latest = Some(affixes.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affixes(texts: &[&str]) -> Affixes {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn endings_are_compared() {
        for (a, b, expected) in [
            (&[][..], &[][..], true),
            (&["a"], &[], false),
            (&["a"], &["a"], true),
            (&["b", "a"], &["a"], true),
            (&["a", "b"], &["a"], false),
            (&["a", "b", "c"], &["x", "b", "c"], false),
        ] {
            assert_eq!(affixes(a).has_same_ending(&affixes(b)), expected, "{a:?} {b:?}");
            assert_eq!(affixes(b).has_same_ending(&affixes(a)), expected, "{b:?} {a:?}");
        }
        assert_eq!(affixes(&["a", "b"]).joined().as_deref(), Some("a,b"));
        assert_eq!(affixes(&[]).joined(), None);
    }

    #[test]
    fn resources_share_equal_lists() {
        let (mut first, mut second, mut other) = (Affixes::default(), Affixes::default(), affixes(&["x"]));
        for text in ["a", "b"] {
            let mut added = AddedAffix::new(text);
            [&mut first, &mut second, &mut other].into_iter().for_each(|affixes| added.add_to(affixes));
        }
        assert!(first.is_same(&second) && !first.is_same(&other));
        assert_eq!((first.joined().as_deref(), other.joined().as_deref()), (Some("a,b"), Some("x,a,b")));
    }

    #[test]
    fn long_lists_are_dropped() {
        drop((0..1_000_000).map(|number| number.to_string()).collect::<Affixes>());
    }
}
