//! The order in which Go's yaml v2 writes the keys of a mapping.

/// Returns whether `a` comes before `b`: symbols before digits before letters, runs of digits by their value.
///
/// The relation is not transitive for a few mixed sets of keys. kustomize's order of these differs from run to run.
pub fn less(a: &str, b: &str) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    if let (Some(x), Some(y)) = (a.as_bytes().get(common), b.as_bytes().get(common))
        && x.is_ascii_alphabetic()
        && y.is_ascii_alphabetic()
    {
        return x < y;
    }
    let mut start = common;
    while !a.is_char_boundary(start) || !b.is_char_boundary(start) {
        start -= 1;
    }
    let (Some(x), Some(y)) = (a[start..].chars().next(), b[start..].chars().next()) else {
        return a.len() < b.len();
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (true, false) => return false,
        (false, true) => return true,
        (false, false) => {}
    }
    let mut initial = 0;
    if x == '0' || y == '0' {
        let digits_before = a[..start].chars().rev().take_while(|&c| is_digit(c));
        if digits_before.into_iter().any(|c| c != '0') {
            initial = 1;
        }
    }
    let (a_value, a_len) = digit_run(&a[start..], initial);
    let (b_value, b_len) = digit_run(&b[start..], initial);
    if a_value != b_value {
        return a_value < b_value;
    }
    if a_len != b_len {
        return a_len < b_len;
    }
    x < y
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.is_numeric()
}

fn digit_run(text: &str, initial: i64) -> (i64, usize) {
    let mut value = initial;
    let mut len = 0;
    for c in text.chars().take_while(|&c| is_digit(c)) {
        value = value.wrapping_mul(10).wrapping_add(c as i64 - '0' as i64);
        len += 1;
    }
    (value, len)
}

/// Sorts stably by a relation that may not be an order, on which the standard library's sort may panic.
pub fn sort<T: Clone>(items: &mut [T], less: impl Fn(&T, &T) -> bool + Copy) {
    if items.len() <= 16 {
        for end in 1..items.len() {
            let mut at = end;
            while at > 0 && less(&items[at], &items[at - 1]) {
                items.swap(at, at - 1);
                at -= 1;
            }
        }
        return;
    }
    let middle = items.len() / 2;
    sort(&mut items[..middle], less);
    sort(&mut items[middle..], less);
    if !less(&items[middle], &items[middle - 1]) {
        return;
    }
    let merged = {
        let (left, right) = items.split_at(middle);
        let (mut l, mut r) = (0, 0);
        let mut merged = Vec::with_capacity(items.len());
        while l < left.len() && r < right.len() {
            if less(&right[r], &left[l]) {
                merged.push(right[r].clone());
                r += 1;
            } else {
                merged.push(left[l].clone());
                l += 1;
            }
        }
        merged.extend_from_slice(&left[l..]);
        merged.extend_from_slice(&right[r..]);
        merged
    };
    for (item, sorted) in items.iter_mut().zip(merged) {
        *item = sorted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_in_go() {
        let mut keys = vec!["a10", "b", "a2", "B", "_", "1", "a01", "a1", "a9", "-", "10", "9"];
        sort(&mut keys, |a, b| less(a, b));
        assert_eq!(keys, ["-", "_", "1", "9", "10", "B", "a1", "a01", "a2", "a9", "a10", "b"]);
    }

    #[test]
    fn long_lists_sort_the_same() {
        let mut keys: Vec<String> = (0..100).rev().map(|i| format!("key{i}")).collect();
        sort(&mut keys, |a, b| less(a, b));
        assert!(keys.windows(2).all(|pair| less(&pair[0], &pair[1])));
    }
}
