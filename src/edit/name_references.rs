//! Edits of files of `configurations`: entries of `nameReference`.

use serde_yaml::{Mapping, Value};

use super::fields;

/// The list of entries.
const FIELD: &str = "nameReference";

/// A field that contains names of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameReference {
    /// The kind of the objects that are named.
    pub referent: String,
    /// The kind of the objects with the field.
    pub kind: String,
    /// The path of the field, with slashes.
    pub path: String,
}

impl NameReference {
    /// Parses `REFERENT=KIND:PATH`; `None` if a part is missing. A path may be written with dots.
    pub fn parse(text: &str) -> Option<NameReference> {
        let (referent, field) = text.split_once('=')?;
        let (kind, path) = field.split_once(':')?;
        let path = if path.contains('/') { path.to_string() } else { path.replace('.', "/") };
        let path = path.trim_matches('/');
        let is_kind = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_valid = is_kind(referent) && is_kind(kind) && !path.is_empty();
        is_valid.then(|| NameReference {
            referent: referent.to_string(),
            kind: kind.to_string(),
            path: path.to_string(),
        })
    }

    /// Adds the field to the data of a file of `configurations`. Returns whether it was missing.
    pub fn add(&self, data: &mut Mapping) -> bool {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        let spec = || Value::Mapping(mapping([("kind", self.kind.as_str()), ("path", self.path.as_str())]));
        let entries = fields::get_mut(data, FIELD).and_then(Value::as_sequence_mut);
        // An entry for a certain version or group is for other objects.
        let is_same = |entry: &&mut Value| {
            text(entry, "kind") == self.referent && ["group", "version"].iter().all(|key| entry.get(key).is_none())
        };
        if let Some(entry) = entries.into_iter().flatten().find(is_same)
            && let Some(specs) = entry.get_mut("fieldSpecs").and_then(Value::as_sequence_mut)
        {
            let is_known = specs.iter().any(|spec| text(spec, "kind") == self.kind && text(spec, "path") == self.path);
            if !is_known {
                specs.push(spec());
            }
            return !is_known;
        }
        let mut entry = mapping([("kind", self.referent.as_str())]);
        entry.insert("fieldSpecs".into(), Value::Sequence(vec![spec()]));
        super::lists::push(data, FIELD, Value::Mapping(entry));
        true
    }
}

fn mapping<const N: usize>(entries: [(&str, &str); N]) -> Mapping {
    entries.into_iter().map(|(key, value)| (Value::from(key), Value::from(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_added_once() {
        let reference = NameReference::parse("Secret=Widget:spec.tokenRef.name").unwrap();
        let mut data = Mapping::new();
        assert!(reference.add(&mut data) && !reference.add(&mut data));
        assert!(NameReference::parse("Secret=Widget:spec/other").unwrap().add(&mut data));
        let text = serde_yaml::to_string(&data).unwrap();
        let specs = "  - kind: Widget\n    path: spec/tokenRef/name\n  - kind: Widget\n    path: spec/other\n";
        assert_eq!(text, format!("nameReference:\n- kind: Secret\n  fieldSpecs:\n{specs}"));
        for invalid in ["Secret", "Secret=Widget", "=Widget:a", "Secret=:a", "Secret=Widget:"] {
            assert_eq!(NameReference::parse(invalid), None, "{invalid}");
        }
    }
}
