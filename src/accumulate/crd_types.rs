//! The types of the values in files of `crds`: those of kube-openapi, into which the reference decodes them (fixture
//! `crds/wrong-type`).

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::type_of;
use crate::yaml::{Kind, NodeId, Plain, Tag, Tree, Words, resolve};

/// What a value may be, besides null: the types of Go that the reference decodes definitions into. Of a mapping's fields,
/// those that are not listed may hold anything.
struct Shape {
    scalar: Option<ScalarShape>,
    /// The elements of a list.
    list: Option<&'static Shape>,
    mapping: Option<MappingShape>,
}

#[derive(Clone, Copy)]
enum ScalarShape {
    Anything,
    Text,
    Flag,
    Number,
    Integer,
}

enum MappingShape {
    /// By name, whatever its case.
    Fields(&'static [(&'static str, &'static Shape)]),
    /// Any name.
    Values(&'static Shape),
}

const NOTHING: Shape = Shape { scalar: None, list: None, mapping: None };

const fn scalar(shape: ScalarShape) -> Shape {
    Shape { scalar: Some(shape), ..NOTHING }
}

static TEXT: Shape = scalar(ScalarShape::Text);
static FLAG: Shape = scalar(ScalarShape::Flag);
static NUMBER: Shape = scalar(ScalarShape::Number);
static INTEGER: Shape = scalar(ScalarShape::Integer);
static ANYTHING: Shape =
    Shape { scalar: Some(ScalarShape::Anything), list: Some(&ANYTHING), mapping: Some(MappingShape::Fields(&[])) };
static LIST: Shape = Shape { list: Some(&ANYTHING), ..NOTHING };
static TEXTS: Shape = Shape { list: Some(&TEXT), ..NOTHING };
static TEXT_OR_TEXTS: Shape = Shape { list: Some(&TEXT), ..scalar(ScalarShape::Text) };
static SCHEMAS: Shape = Shape { list: Some(&SCHEMA), ..NOTHING };
static SCHEMAS_BY_NAME: Shape = Shape { mapping: Some(MappingShape::Values(&SCHEMA)), ..NOTHING };
static SCHEMA_OR_FLAG: Shape =
    Shape { mapping: Some(MappingShape::Fields(SCHEMA_FIELDS)), ..scalar(ScalarShape::Flag) };
static SCHEMA_OR_SCHEMAS: Shape = Shape {
    scalar: Some(ScalarShape::Anything),
    list: Some(&SCHEMA),
    mapping: Some(MappingShape::Fields(SCHEMA_FIELDS)),
};
static SCHEMA_OR_TEXTS: Shape = Shape {
    scalar: Some(ScalarShape::Anything),
    list: Some(&TEXT),
    mapping: Some(MappingShape::Fields(SCHEMA_FIELDS)),
};
static SCHEMAS_OR_TEXTS_BY_NAME: Shape = Shape { mapping: Some(MappingShape::Values(&SCHEMA_OR_TEXTS)), ..NOTHING };
static DOCUMENTATION: Shape =
    Shape { mapping: Some(MappingShape::Fields(&[("description", &TEXT), ("url", &TEXT)])), ..NOTHING };
static SCHEMA: Shape = Shape { mapping: Some(MappingShape::Fields(SCHEMA_FIELDS)), ..NOTHING };
static DEFINITION: Shape =
    Shape { mapping: Some(MappingShape::Fields(&[("Schema", &SCHEMA), ("Dependencies", &LIST)])), ..NOTHING };
static DEFINITIONS: Shape = Shape { mapping: Some(MappingShape::Values(&DEFINITION)), ..NOTHING };

/// The fields of a schema in kube-openapi (`spec.SchemaProps` and `spec.SwaggerSchemaProps`) that are of a type.
static SCHEMA_FIELDS: &[(&str, &Shape)] = &[
    ("id", &TEXT),
    ("description", &TEXT),
    ("type", &TEXT_OR_TEXTS),
    ("nullable", &FLAG),
    ("format", &TEXT),
    ("title", &TEXT),
    ("maximum", &NUMBER),
    ("exclusiveMaximum", &FLAG),
    ("minimum", &NUMBER),
    ("exclusiveMinimum", &FLAG),
    ("maxLength", &INTEGER),
    ("minLength", &INTEGER),
    ("pattern", &TEXT),
    ("maxItems", &INTEGER),
    ("minItems", &INTEGER),
    ("uniqueItems", &FLAG),
    ("multipleOf", &NUMBER),
    ("enum", &LIST),
    ("maxProperties", &INTEGER),
    ("minProperties", &INTEGER),
    ("required", &TEXTS),
    ("items", &SCHEMA_OR_SCHEMAS),
    ("allOf", &SCHEMAS),
    ("oneOf", &SCHEMAS),
    ("anyOf", &SCHEMAS),
    ("not", &SCHEMA),
    ("properties", &SCHEMAS_BY_NAME),
    ("additionalProperties", &SCHEMA_OR_FLAG),
    ("patternProperties", &SCHEMAS_BY_NAME),
    ("dependencies", &SCHEMAS_OR_TEXTS_BY_NAME),
    ("additionalItems", &SCHEMA_OR_FLAG),
    ("definitions", &SCHEMAS_BY_NAME),
    ("discriminator", &TEXT),
    ("readOnly", &FLAG),
    ("externalDocs", &DOCUMENTATION),
];

/// Checks a file of definitions.
///
/// # Errors
/// Fails on values of another type than the reference decodes.
pub fn check(tree: &Tree) -> Result<()> {
    check_value(tree, tree.root(), &DEFINITIONS)
}

fn check_value(tree: &Tree, node: NodeId, shape: &Shape) -> Result<()> {
    if tree.is_null(node) {
        return Ok(());
    }
    match (tree.kind(node), shape.scalar, shape.list, &shape.mapping) {
        (Kind::Scalar, Some(scalar), ..) if scalar.holds(tree, node) => Ok(()),
        (Kind::Sequence, _, Some(element), _) => {
            tree.elements(node).try_for_each(|node| check_value(tree, node, element))
        }
        (Kind::Mapping, .., Some(MappingShape::Values(value))) => {
            tree.entries(node).try_for_each(|(_, node)| check_value(tree, node, value))
        }
        (Kind::Mapping, .., Some(MappingShape::Fields(fields))) => tree.entries(node).try_for_each(|(key, node)| {
            let name = tree.text(key);
            let field = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
            field.map_or(Ok(()), |(_, shape)| check_value(tree, node, shape))
        }),
        _ => {
            let found = type_of(tree, node);
            let message = format!("expected {} but found {found}", shape.expected());
            Err(Diagnostic::error(Code::WrongType, message).at(tree.position(node), format!("this is {found}")))
        }
    }
}

impl Shape {
    fn expected(&self) -> String {
        let scalar = self.scalar.map(|scalar| match scalar {
            ScalarShape::Anything => "a value",
            ScalarShape::Text => "a string",
            ScalarShape::Flag => "true or false",
            ScalarShape::Number => "a number",
            ScalarShape::Integer => "an integer",
        });
        let list = self.list.map(|_| "a list");
        let mapping = self.mapping.as_ref().map(|_| "a mapping");
        [scalar, list, mapping].into_iter().flatten().collect::<Vec<_>>().join(" or ")
    }
}

impl ScalarShape {
    fn holds(self, tree: &Tree, node: NodeId) -> bool {
        let tag = tree.tag(node);
        match self {
            ScalarShape::Anything => true,
            ScalarShape::Text => !matches!(tag, Tag::Bool | Tag::Int | Tag::Float),
            ScalarShape::Flag => tag == Tag::Bool,
            ScalarShape::Number => matches!(tag, Tag::Int | Tag::Float),
            ScalarShape::Integer => match (tag, resolve(tree.text(node), Words::V2)) {
                (Tag::Int, Plain::Int(_)) => true,
                (Tag::Float, Plain::Float(value)) => value.fract() == 0.0 && value.abs() < 2f64.powi(63),
                _ => false,
            },
        }
    }
}
