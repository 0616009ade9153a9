//! Kubernetes label selectors: `app=web,tier in (a,b),!canary`.

use std::fmt;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::yaml::{NodeId, Tree};

/// A parsed label selector. All requirements must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    End,
    Close,
    Comma,
    Not,
    Equals,
    NotEquals,
    Greater,
    Less,
    In,
    NotIn,
    Open,
    Word(String),
}

impl LabelSelector {
    /// Parses a selector. An empty selector matches everything.
    ///
    /// # Errors
    /// Fails on text that Kubernetes does not accept as a selector.
    pub fn parse(text: &str) -> Result<LabelSelector> {
        let invalid =
            |message: String| Diagnostic::error(Code::InvalidSelector, format!("invalid selector `{text}`: {message}"));
        let tokens = tokenize(text).map_err(invalid)?;
        let mut parser = Parser { tokens, at: 0 };
        parser.selector().map_err(invalid)
    }

    /// Returns a selector for objects that have all labels of a mapping.
    pub fn from_map(tree: &Tree, map: NodeId) -> LabelSelector {
        let equals = |(key, value): (NodeId, NodeId)| Requirement {
            key: tree.text(key).to_string(),
            operator: Operator::In,
            values: vec![tree.text(value).to_string()],
        };
        LabelSelector { requirements: tree.entries(map).map(equals).collect() }
    }

    /// Returns the selector in a resource, with `matchLabels` and `matchExpressions`; `None` if an operator is unknown.
    pub fn from_resource(tree: &Tree, selector: NodeId) -> Option<LabelSelector> {
        let labels = tree.get(selector, "matchLabels").map(|map| LabelSelector::from_map(tree, map));
        let mut requirements = labels.unwrap_or_default().requirements;
        let expressions = tree.get(selector, "matchExpressions").into_iter().flat_map(|list| tree.elements(list));
        for expression in expressions {
            let text = |key| tree.get(expression, key).map_or("", |value| tree.text(value));
            let operator = match text("operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                _ => return None,
            };
            let values = tree.get(expression, "values").into_iter().flat_map(|list| tree.elements(list));
            let values = values.map(|value| tree.text(value).to_string()).collect();
            requirements.push(Requirement { key: text("key").to_string(), operator, values });
        }
        Some(LabelSelector { requirements })
    }

    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Iterates over the labels, with their values, that every selected object has.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.requirements.iter().filter_map(|requirement| match (&requirement.operator, &requirement.values[..]) {
            (Operator::In, [value]) => Some((requirement.key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// Returns whether the entries meet all requirements.
    pub fn matches(&self, entries: &[(&str, &str)]) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(entries))
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { key, values, .. } = self;
        let values = values.join(",");
        match self.operator {
            Operator::In if self.values.len() == 1 => write!(f, "{key}={values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

impl Requirement {
    fn matches(&self, entries: &[(&str, &str)]) -> bool {
        let value = entries.iter().find(|(key, _)| *key == self.key).map(|&(_, value)| value);
        let is_listed = |value: &str| self.values.iter().any(|listed| listed == value);
        let compare = |value: &str| Some(value.parse::<i64>().ok()?.cmp(&self.values.first()?.parse::<i64>().ok()?));
        match self.operator {
            Operator::In => value.is_some_and(is_listed),
            Operator::NotIn => !value.is_some_and(is_listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => value.and_then(compare).is_some_and(std::cmp::Ordering::is_gt),
            Operator::LessThan => value.and_then(compare).is_some_and(std::cmp::Ordering::is_lt),
        }
    }
}

fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    const SYMBOLS: &str = "=!(),><";
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    while let Some(first) = rest.chars().next() {
        let (token, len) = if SYMBOLS.contains(first) {
            match rest {
                _ if rest.starts_with("==") => (Token::Equals, 2),
                _ if rest.starts_with("!=") => (Token::NotEquals, 2),
                _ => match first {
                    '=' => (Token::Equals, 1),
                    '!' => (Token::Not, 1),
                    '(' => (Token::Open, 1),
                    ')' => (Token::Close, 1),
                    ',' => (Token::Comma, 1),
                    '>' => (Token::Greater, 1),
                    _ => (Token::Less, 1),
                },
            }
        } else {
            let len = rest.find(|c| SYMBOLS.contains(c) || matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(rest.len());
            let token = match &rest[..len] {
                "in" => Token::In,
                "notin" => Token::NotIn,
                word => Token::Word(word.to_string()),
            };
            (token, len)
        };
        tokens.push(token);
        rest = rest[len..].trim_start_matches([' ', '\t', '\r', '\n']);
    }
    tokens.push(Token::End);
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    /// Parses a word. `in` and `notin` are words where a key or a value is expected.
    fn word(&mut self, expected: &str) -> Result<String, String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            Token::In => Ok("in".to_string()),
            Token::NotIn => Ok("notin".to_string()),
            other => Err(format!("expected {expected} but found {}", describe(&other))),
        }
    }

    fn selector(&mut self) -> Result<LabelSelector, String> {
        let mut requirements = Vec::new();
        if *self.peek() == Token::End {
            return Ok(LabelSelector::default());
        }
        loop {
            requirements.push(self.requirement()?);
            match self.next() {
                Token::End => return Ok(LabelSelector { requirements }),
                Token::Comma => {}
                other => return Err(format!("expected `,` but found {}", describe(&other))),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = *self.peek() == Token::Not;
        if negated {
            self.at += 1;
        }
        let key = self.word("a label key")?;
        check_key(&key)?;
        let at_end = matches!(self.peek(), Token::End | Token::Comma);
        if negated || at_end {
            let operator = if negated { Operator::DoesNotExist } else { Operator::Exists };
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let (operator, values) = match self.next() {
            Token::Equals => (Operator::In, vec![self.exact_value()?]),
            Token::NotEquals => (Operator::NotIn, vec![self.exact_value()?]),
            Token::Greater => (Operator::GreaterThan, vec![self.exact_value()?]),
            Token::Less => (Operator::LessThan, vec![self.exact_value()?]),
            Token::In => (Operator::In, self.value_list()?),
            Token::NotIn => (Operator::NotIn, self.value_list()?),
            other => return Err(format!("expected an operator but found {}", describe(&other))),
        };
        let compares = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        for value in &values {
            if compares && value.parse::<i64>().is_err() {
                return Err(format!("`{value}` is not an integer"));
            }
            check_value(value)?;
        }
        Ok(Requirement { key, operator, values })
    }

    fn exact_value(&mut self) -> Result<String, String> {
        if matches!(self.peek(), Token::End | Token::Comma) {
            return Ok(String::new());
        }
        self.word("a value")
    }

    fn value_list(&mut self) -> Result<Vec<String>, String> {
        if self.next() != Token::Open {
            return Err("expected `(`".to_string());
        }
        let mut values = Vec::new();
        let mut after_comma = true;
        loop {
            match self.peek() {
                Token::Close => {
                    if after_comma {
                        values.push(String::new());
                    }
                    self.at += 1;
                    return Ok(values);
                }
                Token::Comma => {
                    if after_comma {
                        values.push(String::new());
                    }
                    after_comma = true;
                    self.at += 1;
                }
                _ if after_comma => {
                    values.push(self.word("a value")?);
                    after_comma = false;
                }
                other => return Err(format!("expected `,` or `)` but found {}", describe(other))),
            }
        }
    }
}

fn describe(token: &Token) -> String {
    match token {
        Token::End => "the end".to_string(),
        Token::Word(word) => format!("`{word}`"),
        Token::Close => "`)`".to_string(),
        Token::Comma => "`,`".to_string(),
        Token::Not => "`!`".to_string(),
        Token::Equals => "`=`".to_string(),
        Token::NotEquals => "`!=`".to_string(),
        Token::Greater => "`>`".to_string(),
        Token::Less => "`<`".to_string(),
        Token::In => "`in`".to_string(),
        Token::NotIn => "`notin`".to_string(),
        Token::Open => "`(`".to_string(),
    }
}

/// Checks a label key: an optional DNS prefix and a name.
fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let prefix_is_valid = prefix.is_none_or(|prefix| {
        !prefix.is_empty()
            && prefix.len() <= 253
            && prefix.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
    });
    if prefix_is_valid && is_name(name) { Ok(()) } else { Err(format!("`{key}` is not a valid label key")) }
}

fn check_value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) { Ok(()) } else { Err(format!("`{value}` is not a valid label value")) }
}

fn is_name(name: &str) -> bool {
    let is_edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.len() <= 63
        && is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, entries: &[(&str, &str)]) -> bool {
        LabelSelector::parse(selector).expect(selector).matches(entries)
    }

    #[test]
    fn selectors_match_as_in_kubernetes() {
        let entries = [("app", "web"), ("tier", "3"), ("example.com/x", "")];
        for selector in [
            "",
            "app",
            "app=web",
            "app == web",
            "app in (a, web)",
            "!other",
            "tier>2",
            "app!=x",
            "other!=x",
            "app notin (a,b),tier<4",
            "example.com/x=",
            "example.com/x in (,)",
        ] {
            assert!(matches(selector, &entries), "{selector}");
        }
        for selector in ["other", "app=x", "app in (a)", "!app", "tier>3", "app!=web", "other=x"] {
            assert!(!matches(selector, &entries), "{selector}");
        }
        let selector = "app=web,tier in (1,3),tier notin (2),app,!other,tier>2";
        assert_eq!(LabelSelector::parse(selector).expect(selector).to_string(), selector);
        for selector in ["app=web,", "=web", "app in web", "app>x", "a b", "-x=1"] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
