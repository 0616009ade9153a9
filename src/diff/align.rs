//! The shortest way from one sequence to another.

use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The most elements, of both sides together, for which the shortest way is looked for: the effort can be their square.
const LONGEST: usize = 10_000;

/// How much effort there is for all sequences of a comparison together.
pub const EFFORT: usize = 4 * LONGEST * LONGEST;

/// Returns the steps that make `after` of `before`. Sequences that differ in too much, for what is left of the effort or at
/// all, are replaced as a whole.
pub fn align<T: Hash + Ord>(before: &[T], after: &[T], effort: &mut usize) -> Vec<DiffOp> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before_rest, after_rest) = (&before[start..], &after[start..]);
    let end = before_rest.iter().rev().zip(after_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (before_rest.len() - end, after_rest.len() - end);
    let cost = (old_len + new_len).saturating_mul(old_len + new_len);
    if old_len + new_len <= LONGEST && cost <= *effort {
        *effort -= cost;
        return capture_diff_slices(Algorithm::Myers, before, after);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let steps = [
        equal(0, 0, start),
        DiffOp::Replace { old_index: start, old_len, new_index: start, new_len },
        equal(start + old_len, start + new_len, end),
    ];
    steps.into_iter().filter(|step| !step.old_range().is_empty() || !step.new_range().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sequences_are_replaced_as_a_whole() {
        let before: Vec<usize> = (0..LONGEST).collect();
        let after: Vec<usize> = (0..LONGEST).map(|n| if n % 2 == 0 && n > 0 { n } else { n + LONGEST }).collect();
        let mut last = before.clone();
        last.extend([7, 8]);
        assert_eq!(align(&before, &after, &mut { EFFORT }).len(), 1);
        assert_eq!(align(&before, &before, &mut 0).len(), 1);
        assert!(align(&before, &last, &mut 10).len() == 2, "what is equal at the start needs no effort");
    }
}
