//! The fields of `boutique.toml`: one table, from which files are checked and the JSON schema is made.

use std::ops::Range;
use std::path::{Component, Path};

use serde_json::{Map, Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::patterns::Patterns;
use crate::diagnostic::{Code, nearest};
use crate::validate;

/// A field of a table.
pub struct Field {
    pub name: &'static str,
    kind: Kind,
    about: &'static str,
}

/// The type of a field.
enum Kind {
    Boolean,
    /// A list of codes.
    Codes,
    /// A list of codes that are not errors.
    SuppressibleCodes,
    /// A list of patterns.
    Patterns,
    /// A list of versions of Kubernetes.
    Versions,
    /// A list of paths below the directory of the file.
    Paths,
    Table(&'static [Field]),
    Tables(&'static [Field]),
}

const PATTERNS: &str = "The patterns have the syntax of .gitignore, relative to the directory of this file.";

/// The fields at the top.
pub const FIELDS: &[Field] = &[
    field("lint", Kind::Table(LINT), "The settings of `boutique lint`."),
    field("validate", Kind::Table(VALIDATE), "The settings of `boutique validate`."),
];

const VALIDATE: &[Field] = &[
    field("kubernetes-version", Kind::Versions, "The versions of Kubernetes that objects are checked for."),
    field("crds", Kind::Paths, "Files with CustomResourceDefinitions, and directories of such files."),
    field("schema-location", Kind::Paths, "Directories of JSON schemas in the layout of kubeconform."),
];

const LINT: &[Field] = &[
    field("exclude", Kind::Patterns, "The paths that are not checked."),
    field("include", Kind::Patterns, "The only paths that are checked, unless they are excluded."),
    field("roots", Kind::Paths, "Kustomizations that are checked as targets even if others include them."),
    field("select", Kind::Codes, "The only codes that are reported, whatever their level."),
    field("ignore", Kind::SuppressibleCodes, "Codes that are not reported."),
    field("advice", Kind::Boolean, "Whether advice is reported."),
    field("overrides", Kind::Tables(OVERRIDE), "Settings for some paths. Later ones take precedence."),
];

const OVERRIDE: &[Field] = &[
    field("paths", Kind::Patterns, "The paths of the files that the settings apply to."),
    field("select", Kind::Codes, "The only codes that are reported in these files, whatever their level."),
    field("ignore", Kind::SuppressibleCodes, "Codes that are not reported in these files."),
];

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

/// A part of a file that is wrong.
pub struct Fault {
    /// The range in bytes.
    pub range: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

/// Adds what is wrong with a table to `faults`.
pub fn check(table: &DeTable<'_>, fields: &[Field], faults: &mut Vec<Fault>) {
    for (key, value) in table {
        let name: &str = key.get_ref();
        match fields.iter().find(|field| field.name == name) {
            Some(field) => field.check(value, faults),
            None => {
                let hint = match nearest(name, fields.iter().map(|field| field.name)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the fields are {}", words(fields.iter().map(|field| field.name))),
                };
                faults.push(Fault::new(key.span(), format!("unknown field `{name}`"), Some(hint)));
            }
        }
    }
}

impl Field {
    fn check(&self, value: &Spanned<DeValue<'_>>, faults: &mut Vec<Fault>) {
        match (&self.kind, value.get_ref()) {
            (Kind::Boolean, DeValue::Boolean(_)) => {}
            (Kind::Table(fields), DeValue::Table(table)) => check(table, fields, faults),
            (Kind::Tables(fields), DeValue::Array(tables)) => {
                for table in tables.iter() {
                    match table.get_ref() {
                        DeValue::Table(table) => check(table, fields, faults),
                        other => faults.push(self.wrong_type(table, other)),
                    }
                }
            }
            (
                Kind::Codes | Kind::SuppressibleCodes | Kind::Patterns | Kind::Versions | Kind::Paths,
                DeValue::Array(values),
            ) => {
                for value in values.iter() {
                    match value.get_ref() {
                        DeValue::String(text) => faults.extend(self.fault_of(text, value.span())),
                        other => faults.push(self.wrong_type(value, other)),
                    }
                }
            }
            (_, other) => faults.push(self.wrong_type(value, other)),
        }
    }

    fn wrong_type(&self, at: &Spanned<DeValue<'_>>, value: &DeValue<'_>) -> Fault {
        let (expected, hint) = match &self.kind {
            Kind::Boolean => ("a boolean", None),
            Kind::Codes | Kind::SuppressibleCodes => ("a list of codes", Some("write `[\"unused-file\"]`")),
            Kind::Patterns => ("a list of patterns", Some("write `[\"vendor/\"]`")),
            Kind::Versions => ("a list of versions", Some("write `[\"1.34\"]`")),
            Kind::Paths => ("a list of paths", Some("write `[\"crds\"]`")),
            Kind::Table(_) => ("a table", None),
            Kind::Tables(_) => ("a list of tables", Some("write `[[lint.overrides]]`")),
        };
        let message = format!("`{}` must be {expected}, not a value of type {}", self.name, value.type_str());
        Fault::new(at.span(), message, hint.map(ToString::to_string))
    }

    /// Returns what is wrong with a string in a list.
    fn fault_of(&self, text: &str, range: Range<usize>) -> Option<Fault> {
        if let Kind::Patterns = self.kind {
            let error = Patterns::new(Path::new("/"), [text]).err()?;
            return Some(Fault::new(range, format!("{error:#}"), None));
        }
        if let Kind::Versions = self.kind {
            return Some(Fault::new(range, validate::minor_version(text).err()?, None));
        }
        if let Kind::Paths = self.kind {
            let is_below =
                Path::new(text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            let message = format!("`{text}` is not below the directory of this file");
            return if is_below { None } else { Some(Fault::new(range, message, None)) };
        }
        match Code::from_name(text) {
            Some(code) if code.is_suppressible() || matches!(self.kind, Kind::Codes) => None,
            Some(_) => Some(Fault::new(range, format!("`{text}` is an error, and errors cannot be suppressed"), None)),
            None => {
                let near = nearest(text, Code::ALL.iter().map(|code| code.as_str()));
                let hint = near.map_or_else(
                    || "`boutique lint --rules` lists the codes".to_string(),
                    |near| format!("did you mean `{near}`?"),
                );
                Some(Fault::new(range, format!("unknown code `{text}`"), Some(hint)))
            }
        }
    }

    fn schema(&self) -> Value {
        let list = |items: Value| json!({"type": "array", "items": items});
        let codes = |is_listed: fn(&Code) -> bool| {
            let names: Vec<&str> = Code::ALL.iter().filter(|code| is_listed(code)).map(|code| code.as_str()).collect();
            list(json!({"type": "string", "enum": names}))
        };
        let mut about = self.about.to_string();
        let mut schema = match &self.kind {
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Codes => codes(|_| true),
            Kind::SuppressibleCodes => codes(|code| code.is_suppressible()),
            Kind::Patterns => {
                about = format!("{about} {PATTERNS}");
                list(json!({"type": "string"}))
            }
            Kind::Paths => {
                about = format!("{about} The paths are relative to the directory of this file, and below it.");
                list(json!({"type": "string"}))
            }
            Kind::Versions => list(json!({"type": "string", "pattern": "^v?1\\.[0-9]+(\\.[0-9]+)?$"})),
            Kind::Table(fields) => object(fields),
            Kind::Tables(fields) => list(object(fields)),
        };
        schema["description"] = about.into();
        schema
    }
}

impl Fault {
    fn new(range: Range<usize>, message: String, hint: Option<String>) -> Fault {
        Fault { range, message, hint }
    }
}

/// Returns the JSON schema of `boutique.toml`.
pub fn schema() -> Value {
    let mut schema = object(FIELDS);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "boutique.toml".into();
    schema
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_string(), field.schema())).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn words<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
