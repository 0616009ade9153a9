//! Former names. A chain of prefixes gives a resource many names, each of which contains the one before, so they share texts.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A former name: a part of a text that may be the text of a later name.
#[derive(Clone, Debug)]
pub struct FormerName {
    text: Arc<str>,
    range: Range<usize>,
}

impl FormerName {
    /// Makes this name a part of the text of a later one if that starts or ends with it. Returns whether it does.
    fn move_into(&mut self, later: &FormerName, offset: usize) {
        self.range = self.range.start + offset..self.range.end + offset;
        self.text = later.text.clone();
    }

    /// Returns the offset of the text of this name in a later name.
    fn offset_in(&self, later: &str) -> Option<usize> {
        match later.ends_with(&*self.text) {
            true => Some(later.len() - self.text.len()),
            false => later.starts_with(&*self.text).then_some(0),
        }
    }
}

/// Makes the latest names parts of a name that follows them, if it contains them. Returns the number of bytes that are no
/// longer needed.
pub fn share<'a>(names: impl DoubleEndedIterator<Item = &'a mut FormerName>, later: &FormerName) -> usize {
    /// The maximum number of names with the same text, so that the effort does not grow with the number of names.
    const MAX_SHARING: usize = 16;
    let mut names = names.rev().take(MAX_SHARING + 1).peekable();
    let Some((text, offset)) = names.peek().and_then(|last| Some((last.text.clone(), last.offset_in(later)?))) else {
        return 0;
    };
    let sharing: Vec<&mut FormerName> = names.take_while(|name| Arc::ptr_eq(&name.text, &text)).collect();
    if sharing.len() > MAX_SHARING {
        return 0;
    }
    sharing.into_iter().for_each(|name| name.move_into(later, offset));
    text.len()
}

impl From<&str> for FormerName {
    fn from(text: &str) -> FormerName {
        FormerName { text: text.into(), range: 0..text.len() }
    }
}

impl Deref for FormerName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text[self.range.clone()]
    }
}

impl Borrow<str> for FormerName {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for FormerName {
    fn eq(&self, other: &FormerName) -> bool {
        **self == **other
    }
}

impl Eq for FormerName {}

impl Hash for FormerName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_the_text_of_a_later_name() {
        let mut names: Vec<FormerName> = Vec::new();
        let mut current = "web".to_string();
        let mut written = Vec::new();
        for number in 0..100 {
            let name = FormerName::from(current.as_str());
            share(names.iter_mut(), &name);
            names.push(name);
            written.push(current.clone());
            current = match number % 3 {
                0 => format!("p{number}-{current}"),
                1 => format!("{current}-s{number}"),
                _ => format!("p{number}-{current}-s"),
            };
        }
        let read: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        assert_eq!(read, written);
        let texts = names.windows(2).filter(|pair| !Arc::ptr_eq(&pair[0].text, &pair[1].text)).count();
        assert!(texts < 50, "{texts}");
    }
}
