//! Type checks of files listed under `crds`. kustomize decodes them into the types of kube-openapi (fixture
//! `crds/wrong-type`).

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::type_of;
use crate::yaml::{GoYaml, Kind, NodeId, Plain, Tag, Tree, resolve};

/// The types that a value may have besides null: those of the Go structs that kustomize decodes definitions into. Fields
/// that a mapping does not list may have any type.
struct ValueType {
    scalar: Option<ScalarType>,
    /// The elements of a list.
    list: Option<&'static ValueType>,
    mapping: Option<MappingType>,
}

#[derive(Clone, Copy)]
enum ScalarType {
    Anything,
    String,
    Bool,
    Number,
    Integer,
}

enum MappingType {
    /// Fields by name, which is not case-sensitive.
    Fields(&'static [(&'static str, &'static ValueType)]),
    /// The same type for all fields.
    Values(&'static ValueType),
}

const NOTHING: ValueType = ValueType { scalar: None, list: None, mapping: None };

const fn scalar(scalar: ScalarType) -> ValueType {
    ValueType { scalar: Some(scalar), ..NOTHING }
}

static STRING: ValueType = scalar(ScalarType::String);
static BOOL: ValueType = scalar(ScalarType::Bool);
static NUMBER: ValueType = scalar(ScalarType::Number);
static INTEGER: ValueType = scalar(ScalarType::Integer);
static ANYTHING: ValueType =
    ValueType { scalar: Some(ScalarType::Anything), list: Some(&ANYTHING), mapping: Some(MappingType::Fields(&[])) };
static LIST: ValueType = ValueType { list: Some(&ANYTHING), ..NOTHING };
static STRINGS: ValueType = ValueType { list: Some(&STRING), ..NOTHING };
static STRING_OR_STRINGS: ValueType = ValueType { list: Some(&STRING), ..scalar(ScalarType::String) };
static SCHEMAS: ValueType = ValueType { list: Some(&SCHEMA), ..NOTHING };
static SCHEMAS_BY_NAME: ValueType = ValueType { mapping: Some(MappingType::Values(&SCHEMA)), ..NOTHING };
static SCHEMA_OR_BOOL: ValueType =
    ValueType { mapping: Some(MappingType::Fields(SCHEMA_FIELDS)), ..scalar(ScalarType::Bool) };
static SCHEMA_OR_SCHEMAS: ValueType = ValueType {
    scalar: Some(ScalarType::Anything),
    list: Some(&SCHEMA),
    mapping: Some(MappingType::Fields(SCHEMA_FIELDS)),
};
static SCHEMA_OR_STRINGS: ValueType = ValueType {
    scalar: Some(ScalarType::Anything),
    list: Some(&STRING),
    mapping: Some(MappingType::Fields(SCHEMA_FIELDS)),
};
static SCHEMAS_OR_STRINGS_BY_NAME: ValueType =
    ValueType { mapping: Some(MappingType::Values(&SCHEMA_OR_STRINGS)), ..NOTHING };
static DOCUMENTATION: ValueType =
    ValueType { mapping: Some(MappingType::Fields(&[("description", &STRING), ("url", &STRING)])), ..NOTHING };
static SCHEMA: ValueType = ValueType { mapping: Some(MappingType::Fields(SCHEMA_FIELDS)), ..NOTHING };
static DEFINITION: ValueType =
    ValueType { mapping: Some(MappingType::Fields(&[("Schema", &SCHEMA), ("Dependencies", &LIST)])), ..NOTHING };
static DEFINITIONS: ValueType = ValueType { mapping: Some(MappingType::Values(&DEFINITION)), ..NOTHING };

/// The typed fields of a schema in kube-openapi (`spec.SchemaProps` and `spec.SwaggerSchemaProps`).
static SCHEMA_FIELDS: &[(&str, &ValueType)] = &[
    ("id", &STRING),
    ("description", &STRING),
    ("type", &STRING_OR_STRINGS),
    ("nullable", &BOOL),
    ("format", &STRING),
    ("title", &STRING),
    ("maximum", &NUMBER),
    ("exclusiveMaximum", &BOOL),
    ("minimum", &NUMBER),
    ("exclusiveMinimum", &BOOL),
    ("maxLength", &INTEGER),
    ("minLength", &INTEGER),
    ("pattern", &STRING),
    ("maxItems", &INTEGER),
    ("minItems", &INTEGER),
    ("uniqueItems", &BOOL),
    ("multipleOf", &NUMBER),
    ("enum", &LIST),
    ("maxProperties", &INTEGER),
    ("minProperties", &INTEGER),
    ("required", &STRINGS),
    ("items", &SCHEMA_OR_SCHEMAS),
    ("allOf", &SCHEMAS),
    ("oneOf", &SCHEMAS),
    ("anyOf", &SCHEMAS),
    ("not", &SCHEMA),
    ("properties", &SCHEMAS_BY_NAME),
    ("additionalProperties", &SCHEMA_OR_BOOL),
    ("patternProperties", &SCHEMAS_BY_NAME),
    ("dependencies", &SCHEMAS_OR_STRINGS_BY_NAME),
    ("additionalItems", &SCHEMA_OR_BOOL),
    ("definitions", &SCHEMAS_BY_NAME),
    ("discriminator", &STRING),
    ("readOnly", &BOOL),
    ("externalDocs", &DOCUMENTATION),
];

/// Checks a file of definitions.
///
/// # Errors
/// Fails on values that kustomize cannot decode.
pub fn check(tree: &Tree) -> Result<()> {
    check_value(tree, tree.root(), &DEFINITIONS)
}

fn check_value(tree: &Tree, node: NodeId, expected: &ValueType) -> Result<()> {
    if tree.is_null(node) {
        return Ok(());
    }
    match (tree.kind(node), expected.scalar, expected.list, &expected.mapping) {
        (Kind::Scalar, Some(scalar), ..) if scalar.accepts(tree, node) => Ok(()),
        (Kind::Sequence, _, Some(element), _) => {
            tree.elements(node).try_for_each(|node| check_value(tree, node, element))
        }
        (Kind::Mapping, .., Some(MappingType::Values(value))) => {
            tree.entries(node).try_for_each(|(_, node)| check_value(tree, node, value))
        }
        (Kind::Mapping, .., Some(MappingType::Fields(fields))) => tree.entries(node).try_for_each(|(key, node)| {
            let name = tree.text(key);
            let field = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
            field.map_or(Ok(()), |(_, expected)| check_value(tree, node, expected))
        }),
        _ => {
            let found = type_of(tree, node);
            let message = format!("expected {}, found {found}", expected.describe());
            Err(Diagnostic::error(Code::WrongType, message).at(tree.position(node), format!("this is {found}")))
        }
    }
}

impl ValueType {
    fn describe(&self) -> String {
        let scalar = self.scalar.map(|scalar| match scalar {
            ScalarType::Anything => "a value",
            ScalarType::String => "a string",
            ScalarType::Bool => "true or false",
            ScalarType::Number => "a number",
            ScalarType::Integer => "an integer",
        });
        let list = self.list.map(|_| "a list");
        let mapping = self.mapping.as_ref().map(|_| "a mapping");
        [scalar, list, mapping].into_iter().flatten().collect::<Vec<_>>().join(" or ")
    }
}

impl ScalarType {
    fn accepts(self, tree: &Tree, node: NodeId) -> bool {
        let tag = tree.tag(node);
        match self {
            ScalarType::Anything => true,
            ScalarType::String => !matches!(tag, Tag::Bool | Tag::Int | Tag::Float),
            ScalarType::Bool => tag == Tag::Bool,
            ScalarType::Number => matches!(tag, Tag::Int | Tag::Float),
            ScalarType::Integer => match (tag, resolve(tree.text(node), GoYaml::V2)) {
                (Tag::Int, Plain::Int(_)) => true,
                (Tag::Float, Plain::Float(value)) => value.fract() == 0.0 && value.abs() < 2f64.powi(63),
                _ => false,
            },
        }
    }
}
