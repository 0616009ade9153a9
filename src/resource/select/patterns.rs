//! The patterns of a render: what they match counts as work, wherever they are used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use crate::diagnostic::Result;
use crate::resource::limits::{RenderLimits, too_much_work};
use crate::resource::select::pattern::{PatternError, compile};

/// The number of compiled patterns that are kept.
const MAX_KNOWN: usize = 16;

/// The time that compiling a state of a pattern takes, in visits to a node.
const WORK_PER_STATE: usize = 20;

/// The product of the lengths of a text and a pattern up to which matching takes time in proportion to the text alone,
/// because the states that occur fit into a cache.
const CACHED: usize = 1 << 16;

/// All patterns of a render.
#[derive(Debug)]
pub struct Patterns {
    /// The maximum size of a compiled pattern in bytes.
    size: usize,
    /// The maximum work for all matches.
    limit: usize,
    work: AtomicUsize,
    /// The last patterns that were compiled.
    known: Mutex<HashMap<String, Arc<Compiled>>>,
}

/// A compiled pattern.
#[derive(Debug)]
struct Compiled {
    regex: Regex,
    /// An estimate of the number of states.
    states: usize,
    /// The last text that took long to match, and whether it matched.
    last: Mutex<Option<(String, bool)>>,
}

/// A pattern of a render.
#[derive(Clone, Debug)]
pub struct Pattern {
    compiled: Arc<Compiled>,
    patterns: Arc<Patterns>,
}

impl Default for Patterns {
    fn default() -> Patterns {
        let limits = RenderLimits::default();
        Patterns::new(limits.pattern, limits.work)
    }
}

impl Patterns {
    /// Returns an empty set of patterns, each of which may take `size` bytes. All matches may take as long as visits to
    /// `limit` nodes.
    pub fn new(size: usize, limit: usize) -> Patterns {
        Patterns { size, limit, work: AtomicUsize::new(0), known: Mutex::default() }
    }

    /// Compiles a pattern, unless it is known.
    ///
    /// # Errors
    /// Fails if Go's `regexp.Compile` does, and if a limit is exceeded.
    pub fn compile(self: &Arc<Self>, pattern: &str) -> Result<Pattern, PatternError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(pattern) {
            return Ok(Pattern { compiled: compiled.clone(), patterns: self.clone() });
        }
        let (regex, states) = compile(pattern, self.size)?;
        if !self.count(states.saturating_mul(WORK_PER_STATE)) {
            return Err(PatternError::TooMuchWork(self.limit));
        }
        let compiled = Arc::new(Compiled { regex, states, last: Mutex::default() });
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(pattern.to_string(), compiled.clone());
        Ok(Pattern { compiled, patterns: self.clone() })
    }

    /// Checks that no match was left out because of the limit on work.
    ///
    /// # Errors
    /// Fails if there was one.
    pub fn check(&self) -> Result<()> {
        if self.work.load(Ordering::Relaxed) > self.limit { Err(too_much_work(self.limit)) } else { Ok(()) }
    }

    /// Adds work. Returns whether it is within the limit.
    fn count(&self, work: usize) -> bool {
        let add = |before: usize| Some(before.saturating_add(work));
        let before = self.work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).unwrap_or_else(|before| before);
        before.saturating_add(work) <= self.limit
    }
}

impl Pattern {
    /// Checks the limit on work, see [`Patterns::check`].
    ///
    /// # Errors
    /// Fails if it is exceeded.
    pub fn check(&self) -> Result<()> {
        self.patterns.check()
    }

    /// Returns whether a text matches. If the limit on work is exceeded, it does not, and [`Patterns::check`] fails.
    pub fn is_match(&self, text: &str) -> bool {
        let Compiled { regex, states, last } = &*self.compiled;
        let product = text.len().saturating_mul(*states);
        if product <= CACHED {
            return self.patterns.count(1 + text.len() / 64) && regex.is_match(text);
        }
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, matches)) = &*last
            && known == text
        {
            // A comparison takes time, too.
            return self.patterns.count(1 + text.len() / 1024) && *matches;
        }
        if !self.patterns.count(product / 2) {
            return false;
        }
        let matches = regex.is_match(text);
        *last = Some((text.to_string(), matches));
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_matches_are_made_once_and_count() {
        let text = "ab".repeat(10_000);
        let work = |expressions: &[&str]| {
            let patterns = Arc::new(Patterns::default());
            for expression in expressions {
                patterns.compile(expression).unwrap().is_match(&text);
            }
            patterns.work.load(Ordering::Relaxed)
        };
        let once = work(&["^[ab]*a[ab]{100}c$"]);
        assert!(once > 100 * text.len() / 4, "{once}");
        assert!(work(&["^[ab]*a[ab]{100}c$"; 10]) < once * 2);
        assert!(work(&["^[ab]*a[ab]{100}c$", "^[ab]*a[ab]{100}d$"]) > once * 3 / 2);
        assert!(work(&["^[ab]*a([ab]{10}){10}c$"]) > once / 2);
        assert!(work(&["^[ab]*a(([ab]{2,10}){5}){2}c$"]) > once / 2);
    }

    #[test]
    fn nothing_matches_beyond_the_limit() {
        let patterns = Arc::new(Patterns::new(1 << 20, 10_000));
        let pattern = patterns.compile("a{100}").unwrap();
        assert!(pattern.is_match(&"a".repeat(100)));
        assert!(patterns.check().is_ok());
        assert!(!pattern.is_match(&"a".repeat(10_000)));
        assert!(patterns.check().is_err());
        assert!(matches!(patterns.compile("b{1000}"), Err(PatternError::TooMuchWork(_))));
    }
}
