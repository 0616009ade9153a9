//! Similar words, for suggestions.

/// The maximum length of a word for which a similar one is searched, in characters. The effort is quadratic, and
/// Kubernetes names are not longer.
const MAX_WORD_LENGTH: usize = 253;

/// Returns the candidate most similar to `word`, if it is similar enough for a suggestion.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let len = word.chars().count();
    let limit = (len / 3).max(1);
    if len > MAX_WORD_LENGTH {
        return None;
    }
    let word = word.to_lowercase();
    let (letters_of_word, word): (_, Vec<char>) = (letters(&word), word.chars().collect());
    let mut nearest = None;
    // The distance that a candidate may have. Names of a tree are often similar, so few are compared to the end.
    let mut allowed = limit;
    for candidate in candidates {
        if candidate.len() > 4 * (len + limit) || candidate.chars().count().abs_diff(len) > limit {
            continue;
        }
        let other = candidate.to_lowercase();
        if different_letters(letters_of_word, letters(&other)) > allowed {
            continue;
        }
        let other: Vec<char> = other.chars().collect();
        if let Some(distance) = distance_within(&word, &other, allowed) {
            nearest = Some(candidate);
            match distance.checked_sub(1) {
                Some(less) => allowed = less,
                None => break,
            }
        }
    }
    nearest
}

/// The maximum number of letters in which a misspelled word differs from the one that is meant.
const MAX_SLIPS: usize = 2;

/// Returns the candidate that is certainly meant by a misspelled word: it differs in one or two letters but in no digit, and no
/// other candidate is as similar.
pub fn only_nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let first = nearest(word, candidates.iter().copied());
    let last = nearest(word, candidates.iter().copied().rev());
    first.filter(|best| first == last && is_slip(word, best))
}

fn is_slip(word: &str, meant: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    digits(word) == digits(meant) && distance_within(&letters(word), &letters(meant), MAX_SLIPS).is_some()
}

/// Returns the set of the letters in a text. Different letters may count as the same one.
pub fn letters(text: &str) -> u64 {
    text.chars().fold(0, |letters, letter| letters | 1 << (letter as u32 % u64::BITS))
}

/// Returns the number of letters that at least have to be changed to get from one text to another.
pub fn different_letters(a: u64, b: u64) -> usize {
    (a & !b).count_ones().max((b & !a).count_ones()) as usize
}

/// Returns the number of insertions, deletions, substitutions and swaps of neighbors between two words; `None` if it exceeds
/// the limit.
fn distance_within(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let far = limit + 1;
    let mut before_last = vec![far; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).map(|at| at.min(far)).collect();
    let mut current = vec![far; b.len() + 1];
    let mut was_far = false;
    for i in 1..=a.len() {
        current.fill(far);
        current[0] = i.min(far);
        // Elsewhere, the lengths differ by more than the limit.
        for j in i.saturating_sub(limit).max(1)..=(i + limit).min(b.len()) {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(current[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            current[j] = best.min(far);
        }
        let is_far = current.iter().all(|&distance| distance == far);
        if is_far && was_far {
            return None;
        }
        was_far = is_far;
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut current);
    }
    Some(last[b.len()]).filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        assert_eq!(nearest("namePrefx", ["namePrefix", "nameSuffix"]), Some("namePrefix"));
        assert_eq!(nearest("resuorces", ["resources", "replicas"]), Some("resources"));
        assert_eq!(nearest("something", ["resources"]), None);
        assert_eq!(nearest("web-1", ["web-23", "web-2", "web-3", "web-1"]), Some("web-1"));
        assert_eq!(nearest("web-1", ["web-23", "web-2", "web-3"]), Some("web-2"), "the first of the nearest");
        assert_eq!(nearest("Ab", ["aB"]), Some("aB"));
        assert_eq!(only_nearest("envs", ["env", "envs1", "files"]), None);
        assert_eq!(only_nearest("namePrefx", ["namePrefix", "nameSuffix"]), Some("namePrefix"));
        assert_eq!(only_nearest("web-1", ["web-2"]), None);
    }

    #[test]
    fn distances_are_exact_up_to_the_limit() {
        for (a, b, distance) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abcd", "badc", 2),
            ("kitten", "sitting", 3),
            ("", "ab", 2),
        ] {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            for limit in 0..6 {
                assert_eq!(distance_within(&a, &b, limit), (distance <= limit).then_some(distance), "{a:?} {b:?}");
            }
        }
    }
}
