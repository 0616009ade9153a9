//! Schemas of values: one type for the kinds of Kubernetes, CustomResourceDefinitions and JSON Schema files.

use std::sync::OnceLock;

use regex::Regex;

use super::format::Format;
use super::pattern;

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// No type: values of any type are accepted.
    pub const ANY: Types = Types(0);
    /// Mappings.
    pub const OBJECT: Types = Types(1);
    /// Lists.
    pub const ARRAY: Types = Types(2);
    /// Strings.
    pub const STRING: Types = Types(4);
    /// Integers.
    pub const INTEGER: Types = Types(8);
    /// Numbers, of which integers are some.
    pub const NUMBER: Types = Types(16);
    /// `true` and `false`.
    pub const BOOLEAN: Types = Types(32);
    /// Null.
    pub const NULL: Types = Types(64);

    /// Returns the types of both sets.
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Returns whether the sets have a type in common.
    pub fn accepts(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the type with a name of JSON Schema.
    pub fn from_name(name: &str) -> Option<Types> {
        NAMES.iter().find(|(_, known, _)| *known == name).map(|(types, ..)| *types)
    }

    /// Returns the types in words: `an integer or a string`.
    pub fn words(self) -> String {
        let words: Vec<&str> =
            NAMES.iter().filter(|(types, ..)| self.accepts(*types)).map(|(_, _, words)| *words).collect();
        words.join(" or ")
    }
}

const NAMES: &[(Types, &str, &str)] = &[
    (Types::OBJECT, "object", "a mapping"),
    (Types::ARRAY, "array", "a list"),
    (Types::INTEGER, "integer", "an integer"),
    (Types::NUMBER, "number", "a number"),
    (Types::STRING, "string", "a string"),
    (Types::BOOLEAN, "boolean", "`true` or `false`"),
    (Types::NULL, "null", "null"),
];

/// What a value must be. The default accepts nothing but values without fields.
#[derive(Debug, Default)]
pub struct Schema {
    /// The types of the value.
    pub types: Types,
    /// The form of a scalar.
    pub format: Format,
    /// The fields of a mapping, sorted by name.
    pub fields: Vec<Field>,
    /// The names of the fields that a mapping must have.
    pub required: Vec<Box<str>>,
    /// The other fields of a mapping.
    pub others: Others,
    /// The elements of a list.
    pub items: Option<Box<Schema>>,
    /// The number of the definition of a built-in kind that the value has. The rest of the schema is empty then.
    pub definition: Option<u32>,
    /// What makes the elements of a list unique.
    pub list: List,
    /// Whether the value is an object with `apiVersion`, `kind` and `metadata`.
    pub is_embedded: bool,
    /// Whether the API server sets the value if it is missing.
    pub has_default: bool,
    /// The bounds of the value.
    pub bounds: Option<Box<Bounds>>,
    /// The schemas that the value must also match, or not.
    pub combined: Option<Box<Combined>>,
}

/// A field of a mapping.
#[derive(Debug)]
pub struct Field {
    /// The name.
    pub name: Box<str>,
    /// The schema of the value.
    pub schema: Schema,
}

/// The fields of a mapping that are not listed.
#[derive(Debug, Default)]
pub enum Others {
    /// There are none.
    #[default]
    Refused,
    /// They may have any value.
    Any,
    /// They have a schema.
    Of(Box<Schema>),
}

/// What makes the elements of a list unique.
#[derive(Debug, Default)]
pub enum List {
    /// Nothing.
    #[default]
    Atomic,
    /// Their values.
    Set,
    /// These fields.
    Map(Vec<Box<str>>),
}

/// The bounds of a value.
#[derive(Debug, Default)]
pub struct Bounds {
    /// The only accepted values, as JSON.
    pub values: Option<Vec<serde_json::Value>>,
    /// The least number, and whether it is excluded.
    pub minimum: Option<(f64, bool)>,
    /// The greatest number, and whether it is excluded.
    pub maximum: Option<(f64, bool)>,
    /// The number of which a number must be a multiple.
    pub multiple_of: Option<f64>,
    /// The length of a string in characters.
    pub length: Range,
    /// The number of elements of a list.
    pub items: Range,
    /// The number of entries of a mapping.
    pub entries: Range,
    /// Whether the elements of a list are unique.
    pub unique: bool,
    /// The regular expression of which a string must contain a match.
    pub pattern: Option<Pattern>,
}

/// An inclusive range of sizes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// The least size.
    pub min: Option<u64>,
    /// The greatest size.
    pub max: Option<u64>,
}

/// A regular expression, which is compiled when it is needed.
#[derive(Debug)]
pub struct Pattern {
    /// The text of the expression.
    pub text: Box<str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Returns an expression.
    pub fn new(text: &str) -> Pattern {
        Pattern { text: text.into(), compiled: OnceLock::new() }
    }

    /// Returns whether a text has a match; `None` if the expression is not valid or too large.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| pattern::compile(&self.text));
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}

/// The schemas that a value must also match, or not.
#[derive(Debug, Default)]
pub struct Combined {
    /// All of these.
    pub all: Vec<Schema>,
    /// At least one of these, unless there are none.
    pub any: Vec<Schema>,
    /// Exactly one of these, unless there are none.
    pub one: Vec<Schema>,
    /// Not this one.
    pub not: Option<Schema>,
}

impl Schema {
    /// Returns a schema that accepts everything.
    pub fn anything() -> Schema {
        Schema { others: Others::Any, ..Schema::default() }
    }

    /// Returns the schema of a field.
    pub fn field(&self, name: &str) -> Option<&Schema> {
        let at = self.fields.binary_search_by(|field| (*field.name).cmp(name)).ok()?;
        Some(&self.fields[at].schema)
    }
}
