//! Where a field is.

use std::fmt;

/// The steps from a resource's root to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPath(pub Vec<Step>);

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of a mapping.
    Field(String),
    /// The element of a list that has these values in the fields by which its elements are told apart.
    Named(Vec<(String, String)>),
    /// An element of another list, by its place on each side.
    Item { before: Option<usize>, after: Option<usize> },
}

impl FieldPath {
    /// Returns whether it is `metadata.name`.
    pub fn is_name(&self) -> bool {
        match &self.0[..] {
            [Step::Field(metadata), Step::Field(name)] => metadata == "metadata" && name == "name",
            _ => false,
        }
    }
}

/// As people write it: `spec.containers[server].args[2]`, `metadata.labels["app.kubernetes.io/name"]`.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if is_word(name) && at == 0 => write!(f, "{name}")?,
                Step::Field(name) if is_word(name) => write!(f, ".{name}")?,
                Step::Field(name) => write!(f, "[{}]", serde_json::Value::from(name.as_str()))?,
                Step::Named(keys) => {
                    let values: Vec<&str> = keys.iter().map(|(_, value)| value.as_str()).collect();
                    write!(f, "[{}]", values.join("/"))?;
                }
                Step::Item { before, after } => write!(f, "[{}]", after.or(*before).unwrap_or_default())?,
            }
        }
        Ok(())
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_code() {
        let field = |name: &str| Step::Field(name.to_string());
        let named = Step::Named(vec![("containerPort".into(), "80".into()), ("protocol".into(), "TCP".into())]);
        let item = Step::Item { before: Some(3), after: None };
        let path = FieldPath(vec![field("spec"), field("ports"), named, field("a.b/c"), item]);
        assert_eq!(path.to_string(), r#"spec.ports[80/TCP]["a.b/c"][3]"#);
    }
}
