//! Masks in the text of messages what source lines hide.

use super::line::without_operations;

/// The replacement for a value.
pub const MASK: &str = "***";

/// The minimum length in bytes of a part of a value that is masked in messages. Shorter parts occur in ordinary words.
const MIN_MASKED_LENGTH: usize = 4;

/// The minimum length in bytes of a value that is masked wherever it occurs.
const MIN_DISTINCTIVE_LENGTH: usize = 6;

/// Masks what a message quotes from the hidden parts of its source lines. A part is a line, and the length of what is shown of it.
pub fn mask_quotes(text: &str, lines: &[(&str, usize)]) -> String {
    let mut text = text.to_string();
    for &(line, shown) in lines.iter().filter(|&&(line, shown)| shown < line.len()) {
        let line = without_operations(line);
        let hidden = &line[shown..];
        let full = hidden.trim().trim_matches(['"', '\'']);
        let quoted = text.split(['`', '"', '\'', '[', ']', '(', ')']).map(str::trim);
        let mut parts: Vec<String> = quoted.filter(|part| hidden.contains(part)).map(ToString::to_string).collect();
        parts.push(full.to_string());
        for part in parts.iter().filter(|part| part.len() >= MIN_MASKED_LENGTH) {
            text = text.replace(part, MASK);
        }
    }
    text
}

/// Masks values wherever they occur as whole words. Short values and ordinary words remain.
pub fn mask_values<'a>(text: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = text.to_string();
    for value in values.into_iter().filter(|value| is_distinctive(value)) {
        let mut from = 0;
        while let Some(at) = text[from..].find(value).map(|at| from + at) {
            let end = at + value.len();
            let is_word =
                !text[..at].ends_with(char::is_alphanumeric) && !text[end..].starts_with(char::is_alphanumeric);
            if is_word {
                text.replace_range(at..end, MASK);
                from = at + MASK.len();
            } else {
                from = end;
            }
        }
    }
    text
}

/// Returns whether a value is unlikely to occur where it is not secret: it is long, and not an ordinary word such as `default`.
pub(super) fn is_distinctive(value: &str) -> bool {
    let is_ordinary = value.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_./".contains(&byte));
    value.len() >= MIN_DISTINCTIVE_LENGTH && !is_ordinary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_do_not_quote_hidden_parts() {
        let masked = |text| mask_quotes(text, &[("", 0), ("[k=hunter2, 'a`b c']", 0)]);
        assert_eq!(masked("make it a list: [hunter2]"), "make it a list: [***]");
        assert_eq!(masked("the key `k` exists"), "the key `k` exists");
        assert_eq!(mask_quotes("unknown value `a`b c` here", &[("'a`b c'", 0)]), "unknown value `***` here");
    }

    #[test]
    fn words_are_masked_if_they_are_distinctive() {
        let masked = |text| mask_values(text, ["hunter2", "default", "8080"]);
        assert_eq!(masked("ConfigMap/hunter2-abc: hunter2"), "ConfigMap/***-abc: ***");
        assert_eq!(masked("hunter22 in default:8080"), "hunter22 in default:8080");
    }
}
