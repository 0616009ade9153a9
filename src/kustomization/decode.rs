//! Decodes trees into typed values with serde, and reports every error with its position.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};

use crate::diagnostic::{Applicability, Code, Diagnostic, Help, Result, nearest, only_nearest};
use crate::yaml::{
    GoYaml, Kind, NodeId, Plain, Span, Tag, Tree, format_float, format_short_float, resolve, with_missing_space,
};

use super::located::LOCATED;

/// The strictness of decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Kustomization files: unknown fields are errors, and a number is not a string.
    Strict,
    /// Transformer configurations: unknown fields are errors, but a number is accepted as a string.
    KnownFields,
    /// Plugin configurations: unknown fields are ignored, and a number is accepted as a string.
    Lenient,
    /// Plugin configurations that kustomize decodes without converting them to JSON: lenient, but field names are
    /// case-sensitive.
    LenientExact,
}

impl Mode {
    fn ignores_unknown_fields(self) -> bool {
        matches!(self, Mode::Lenient | Mode::LenientExact)
    }
}

/// Decodes a node into a value of type `T`. Field names are not case-sensitive, as in Go.
///
/// Go decodes every spelling of a field, so each must have the right type, and keeps the last one in the order of the names
/// (fixtures `yaml/fields-that-differ-in-case` and `kustomization/wrong-type-in-another-case`). Here each spelling is
/// decoded in its own pass.
///
/// # Errors
/// Fails with all values of the wrong type and, unless lenient, with all unknown fields.
pub fn decode<T: DeserializeOwned>(tree: &Tree, node: NodeId, mode: Mode) -> Result<T> {
    let passes = Cell::new(1);
    let mut pass = 0;
    loop {
        let errors = RefCell::default();
        let accepts_numbers = mode != Mode::Strict;
        let value =
            T::deserialize(Node { tree, id: node, mode, accepts_numbers, pass, passes: &passes, errors: &errors });
        let mut errors = errors.into_inner();
        let value = value.map_err(|error| errors.push(error));
        Diagnostic::combine(errors.into_iter().map(Into::into))?;
        pass += 1;
        if let Ok(value) = value
            && pass >= passes.get()
        {
            return Ok(value);
        }
    }
}

/// Returns the type of a value as it is named in messages.
pub fn type_of(tree: &Tree, node: NodeId) -> &'static str {
    match tree.kind(node) {
        Kind::Mapping => "a mapping",
        Kind::Sequence => "a list",
        Kind::Scalar => match tree.tag(node) {
            Tag::Bool => "a boolean",
            Tag::Int => "an integer",
            Tag::Float => "a number",
            Tag::Null => "null",
            _ => "a string",
        },
    }
}

/// A value that could not be decoded.
#[derive(Debug)]
pub struct DecodeError {
    code: Code,
    message: String,
    span: Option<Span>,
    label: String,
    hint: Option<String>,
    /// The word that is misspelled, and the one that is meant.
    misspelling: Option<Box<(String, &'static str)>>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl From<DecodeError> for Box<Diagnostic> {
    fn from(error: DecodeError) -> Box<Diagnostic> {
        let mut diagnostic = Diagnostic::error(error.code, error.message);
        if let Some(span) = error.span {
            diagnostic = diagnostic.at(span, error.label);
        }
        diagnostic.help = error.hint.map(Help::Text);
        match error.misspelling.as_deref().zip(error.span) {
            Some(((written, meant), span)) => diagnostic.misspelled(span.start, written, meant, Applicability::Safe),
            None => diagnostic,
        }
    }
}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> DecodeError {
        let (message, label) = (message.to_string(), String::new());
        DecodeError { code: Code::InvalidValue, message, span: None, label, hint: None, misspelling: None }
    }
}

#[derive(Clone, Copy)]
struct Node<'a> {
    tree: &'a Tree,
    id: NodeId,
    mode: Mode,
    /// Whether a number is accepted as a string.
    accepts_numbers: bool,
    /// The index of the spelling that is decoded if a field has several; the last one if there are fewer.
    pass: usize,
    /// The largest number of spellings of a field so far.
    passes: &'a Cell<usize>,
    /// The errors so far. Each invalid value is replaced by a default, so that decoding continues.
    errors: &'a RefCell<Vec<DecodeError>>,
}

impl<'a> Node<'a> {
    fn with(self, id: NodeId) -> Node<'a> {
        Node { id, ..self }
    }

    fn record(self, error: DecodeError) {
        self.errors.borrow_mut().push(error);
    }

    fn is_null(self) -> bool {
        self.tree.is_null(self.id)
    }

    fn span(self) -> Span {
        Span::new(self.tree.position(self.id), self.tree.text(self.id).len().max(1))
    }

    fn wrong_type(self, expected: &str) -> DecodeError {
        let found = type_of(self.tree, self.id);
        let text = self.tree.text(self.id);
        let hint = match (expected, self.tree.kind(self.id)) {
            ("a mapping", Kind::Scalar) => {
                with_missing_space(text).map(|entry| format!("a space is missing after `:`; write `{entry}`"))
            }
            ("a string", Kind::Scalar) => Some(format!("quote the value: \"{text}\"")),
            ("a list", Kind::Scalar) if !text.is_empty() && !text.contains([',', '[', ']', '{', '}', '\n']) => {
                Some(format!("write a list: [{text}]"))
            }
            _ => None,
        };
        DecodeError {
            code: Code::WrongType,
            message: format!("expected {expected}, found {found}"),
            span: Some(self.span()),
            label: format!("this is {found}"),
            hint,
            misspelling: None,
        }
    }

    /// Returns the value; if there is none, records the error and returns the default.
    fn value_or_default<T: Default>(self, value: Result<T, DecodeError>) -> T {
        value.unwrap_or_else(|error| {
            self.record(error);
            T::default()
        })
    }

    /// Returns the scalar as a string.
    fn string(self) -> Result<String, DecodeError> {
        if !self.tree.is_scalar(self.id) {
            return Err(self.wrong_type("a string"));
        }
        let text = self.tree.text(self.id);
        match self.tree.tag(self.id) {
            Tag::Null => Ok(String::new()),
            Tag::Bool | Tag::Int | Tag::Float if !self.accepts_numbers => Err(self.wrong_type("a string")),
            Tag::Bool | Tag::Int | Tag::Float => Ok(match resolve(text, GoYaml::V2) {
                Plain::Bool(value) => value.to_string(),
                Plain::Int(value) => value.to_string(),
                Plain::Uint(value) => value.to_string(),
                // (fixture `transformers/large-numbers`)
                Plain::Float(value) if self.mode != Mode::LenientExact => format_short_float(value),
                Plain::Float(value) => format_float(value),
                _ => text.to_string(),
            }),
            _ => Ok(text.to_string()),
        }
    }

    fn plain(self) -> Plain {
        match self.tree.tag(self.id) {
            Tag::Bool | Tag::Int | Tag::Float => resolve(self.tree.text(self.id), GoYaml::V2),
            Tag::Null => Plain::Null,
            _ => Plain::Str,
        }
    }

    fn integer<T: TryFrom<i64>>(self, expected: &str) -> Result<T, DecodeError> {
        let value = match self.plain() {
            Plain::Null => Some(0),
            Plain::Int(value) => Some(value),
            Plain::Float(value) if value.fract() == 0.0 && value.abs() < i64::MAX as f64 => Some(value as i64),
            _ => None,
        };
        value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| self.wrong_type(expected))
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty,)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.$visit(self.value_or_default(self.integer::<$type>("an integer")))
        })+
    };
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.tree.kind(self.id) {
            Kind::Mapping => self.deserialize_map(visitor),
            Kind::Sequence => self.deserialize_seq(visitor),
            Kind::Scalar => match self.plain() {
                Plain::Null => visitor.visit_unit(),
                Plain::Bool(value) => visitor.visit_bool(value),
                Plain::Int(value) => visitor.visit_i64(value),
                Plain::Uint(value) => visitor.visit_u64(value),
                Plain::Float(value) => visitor.visit_f64(value),
                _ => visitor.visit_str(self.tree.text(self.id)),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.plain() {
            Plain::Bool(value) => visitor.visit_bool(value),
            Plain::Null if self.tree.is_scalar(self.id) => visitor.visit_bool(false),
            _ => {
                self.record(self.wrong_type("true or false"));
                visitor.visit_bool(false)
            }
        }
    }

    integers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_string(self.value_or_default(self.string()))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_string(self.value_or_default(self.string()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_null() && !self.tree.is_sequence(self.id) {
            self.record(self.wrong_type("a list"));
        }
        let elements: Vec<NodeId> = self.tree.elements(self.id).collect();
        visitor.visit_seq(Elements { node: self, elements: elements.into_iter() })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == LOCATED {
            return visitor.visit_seq(LocatedParts { node: self, part: 0 });
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if !self.is_null() && !self.tree.is_mapping(self.id) {
            self.record(self.wrong_type("a mapping"));
        }
        let entries: Vec<_> = self.tree.entries(self.id).collect();
        visitor.visit_map(Entries { node: self, entries: entries.into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if !self.is_null() && !self.tree.is_mapping(self.id) {
            self.record(self.wrong_type("a mapping"));
        }
        let any_case = self.mode != Mode::LenientExact;
        let mut known: Vec<(&'static str, Vec<(&str, NodeId)>)> = Vec::new();
        for (key, value) in self.tree.entries(self.id) {
            let text = self.tree.text(key);
            let field = fields
                .iter()
                .find(|&&field| field == text)
                .or_else(|| fields.iter().find(|field| any_case && field.eq_ignore_ascii_case(text)));
            match field {
                Some(&field) => match known.iter_mut().find(|(name, _)| *name == field) {
                    Some((_, spellings)) => {
                        spellings.retain(|&(spelling, _)| spelling != text);
                        spellings.push((text, value));
                    }
                    None => known.push((field, vec![(text, value)])),
                },
                None if self.mode.ignores_unknown_fields() => {}
                None if !self.tree.is_scalar(key) => self.record(self.with(key).wrong_type("the name of a field")),
                None => self.record(unknown_field(self, key, fields)),
            }
        }
        let one_spelling = known.into_iter().map(|(field, mut spellings)| {
            spellings.sort_unstable();
            self.passes.set(self.passes.get().max(spellings.len()));
            (field, spellings[self.pass.min(spellings.len() - 1)].1)
        });
        let fields: Vec<(&'static str, NodeId)> = one_spelling.collect();
        visitor.visit_map(Fields { node: self, type_name: name, fields: fields.into_iter(), value: None })
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit_struct tuple enum identifier
    }
}

/// The number of keys of a mapping up to which misspelled ones are corrected.
const MAX_KEYS: usize = 50;

fn unknown_field(mapping: Node<'_>, key: NodeId, fields: &'static [&'static str]) -> DecodeError {
    let key = mapping.with(key);
    let name = key.tree.text(key.id);
    let (label, hint) = match nearest(name, fields.iter().copied()) {
        Some(similar) => (format!("did you mean `{similar}`?"), None),
        None => ("no such field".to_string(), Some(format!("the valid fields are: {}", fields.join(", ")))),
    };
    // A field that exists already, or that another key may stand for, cannot be meant.
    let tree = key.tree;
    let others = || tree.entries(mapping.id).filter(|&(other, _)| other != key.id).map(|(other, _)| tree.text(other));
    let is_like = |other, field| nearest(other, [field]).is_some() && (other == field || !fields.contains(&other));
    let is_small = tree.len(mapping.id) <= MAX_KEYS;
    let meant = if is_small { only_nearest(name, fields.iter().copied()) } else { None };
    let meant = meant.filter(|field| !others().any(|other| is_like(other, *field)));
    DecodeError {
        code: Code::UnknownField,
        message: format!("unknown field `{name}`"),
        span: Some(key.span()),
        label,
        hint,
        misspelling: meant.map(|meant| Box::new((name.to_string(), meant))),
    }
}

struct Elements<'a> {
    node: Node<'a>,
    elements: std::vec::IntoIter<NodeId>,
}

impl<'de> de::SeqAccess<'de> for Elements<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        self.elements.next().map(|id| seed.deserialize(self.node.with(id))).transpose()
    }
}

struct LocatedParts<'a> {
    node: Node<'a>,
    part: u8,
}

impl<'de> de::SeqAccess<'de> for LocatedParts<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let position = self.node.tree.position(self.node.id);
        self.part += 1;
        match self.part {
            1 => seed.deserialize(position.file.0.into_deserializer()).map(Some),
            2 => seed.deserialize(position.offset.into_deserializer()).map(Some),
            _ => seed.deserialize(self.node).map(Some),
        }
    }
}

struct Entries<'a> {
    node: Node<'a>,
    entries: std::vec::IntoIter<(NodeId, NodeId)>,
    value: Option<NodeId>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        let key = self.node.with(key);
        if key.is_null() {
            // (fixture `labels/null-as-a-name`)
            key.record(key.wrong_type("a string"));
        }
        seed.deserialize(Node { accepts_numbers: true, ..key }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let value = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(self.node.with(value))
    }
}

struct Fields<'a> {
    node: Node<'a>,
    type_name: &'static str,
    fields: std::vec::IntoIter<(&'static str, NodeId)>,
    value: Option<Node<'a>>,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((field, value)) = self.fields.next() else { return Ok(None) };
        let accepts_numbers = match self.node.mode {
            Mode::LenientExact => true,
            _ => self.node.accepts_numbers && !is_embedded(self.type_name, field),
        };
        self.value = Some(Node { accepts_numbers, ..self.node.with(value) });
        seed.deserialize(field.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let value = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(value).map_err(|mut error| {
            if error.span.is_none() {
                error.span = Some(value.span());
            }
            error
        })
    }
}

/// Returns whether a field comes from an embedded Go struct. Go's decoder looks up the type of such a value at the wrong
/// level, and so converts no number or boolean to a string in such a field or anywhere below it (fixtures
/// `configurations/number-as-*`, `generators/number-as-*`, `transformers/number-as-a-target-version`).
///
/// Types list these fields in their serde name: `#[serde(rename = "embeds:group,version,kind")]`, or `embeds:*` for all.
fn is_embedded(type_name: &str, field: &str) -> bool {
    let fields = type_name.strip_prefix("embeds:");
    fields.is_some_and(|fields| fields == "*" || fields.split(',').any(|embedded| embedded == field))
}
