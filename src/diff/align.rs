//! The shortest edit script between two sequences.

use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The maximum number of elements on both sides for which the shortest edit script is computed. The cost may be quadratic.
const MAX_ELEMENTS: usize = 10_000;

/// The maximum effort for all sequences of a comparison.
pub const MAX_EFFORT: usize = 4 * MAX_ELEMENTS * MAX_ELEMENTS;

/// Returns the steps that turn `before` into `after`. Sequences with more differences than the remaining effort or the
/// maximum allows are replaced entirely.
pub fn align<T: Hash + Ord>(before: &[T], after: &[T], effort: &mut usize) -> Vec<DiffOp> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before_rest, after_rest) = (&before[start..], &after[start..]);
    let end = before_rest.iter().rev().zip(after_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (before_rest.len() - end, after_rest.len() - end);
    let cost = (old_len + new_len).saturating_mul(old_len + new_len);
    if old_len + new_len <= MAX_ELEMENTS && cost <= *effort {
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
    fn long_sequences_are_replaced_entirely() {
        let before: Vec<usize> = (0..MAX_ELEMENTS).collect();
        let changed = |n: usize| if n.is_multiple_of(2) && n > 0 { n } else { n + MAX_ELEMENTS };
        let after: Vec<usize> = before.iter().copied().map(changed).collect();
        let mut last = before.clone();
        last.extend([7, 8]);
        assert_eq!(align(&before, &after, &mut { MAX_EFFORT }).len(), 1);
        assert_eq!(align(&before, &before, &mut 0).len(), 1);
        assert!(align(&before, &last, &mut 10).len() == 2, "a common prefix costs no effort");
    }
}
