//! Names that are probably misspelled.

use crate::diagnostic::{different_letters, letters, nearest};

/// The length of a name below which a different letter is another name rather than a misspelled one.
const SHORT: usize = 5;

/// Returns whether a name looks like a misspelled `other`: with swapped letters, with one letter missing, added or replaced,
/// or with letters in another case. Names that differ in a digit are names of a series.
pub fn is_misspelled(name: &str, other: &str) -> bool {
    // Most names have other letters, which is quick to see.
    if name == other || different_letters(letters(name), letters(other)) > 1 || nearest(name, [other]).is_none() {
        return false;
    }
    if name.eq_ignore_ascii_case(other) {
        return true;
    }
    let (added, missing) = (without(name, other), without(other, name));
    let is_swap = added.is_empty() && missing.is_empty();
    let is_one_letter = added.len() <= 1
        && missing.len() <= 1
        && name.len().min(other.len()) >= SHORT
        && added.iter().chain(&missing).all(|letter| letter.is_alphabetic() || matches!(*letter, '-' | '_'));
    is_swap || is_one_letter
}

/// Returns the letters of a name that remain after those of another are taken away.
fn without(name: &str, other: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    for letter in other.chars() {
        if let Some(at) = letters.iter().position(|&kept| kept == letter) {
            letters.swap_remove(at);
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::is_misspelled;

    #[test]
    fn misspelled_names_are_recognized() {
        for (name, other) in [("wbe", "web"), ("fronted", "frontend"), ("db-credentails", "db-credentials")] {
            assert!(is_misspelled(name, other), "{name}");
        }
        for (name, other) in [("sonarr", "radarr"), ("db-1", "db-2"), ("web", "web"), ("api", "app"), ("a", "b")] {
            assert!(!is_misspelled(name, other), "{name}");
        }
    }
}
