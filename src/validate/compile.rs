//! Compiles schemas from their texts: those of CustomResourceDefinitions, and JSON Schema.

use super::format::Format;
use super::schema::{Bounds, Combined, Field, List, Others, Pattern, Range, Schema, Types};
use super::value::json;
use crate::yaml::{NodeId, Tree};

/// The maximum number of schemas in a schema.
const MAX_SCHEMAS: usize = 200_000;

/// The maximum depth of a schema.
const MAX_DEPTH: usize = 200;

/// The language of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A structural schema: fields that are not listed do not exist.
    Structural,
    /// A part of a structural schema in which types and fields are not defined, but restricted: `anyOf` and the like.
    Restriction,
    /// JSON Schema: fields that are not listed may have any value.
    Json,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Compiled {
    /// The schema.
    pub schema: Schema,
    /// The number of rules in the Common Expression Language.
    pub rules: usize,
    /// Why some of the schema is not checked.
    pub fault: Option<&'static str>,
}

/// Compiles a schema.
pub fn compile(tree: &Tree, node: NodeId, language: Language) -> Compiled {
    let mut compiler = Compiler { tree, schemas: 0, rules: 0, fault: None };
    let schema = compiler.schema(node, language, 0);
    Compiled { schema, rules: compiler.rules, fault: compiler.fault }
}

struct Compiler<'a> {
    tree: &'a Tree,
    schemas: usize,
    rules: usize,
    fault: Option<&'static str>,
}

impl Compiler<'_> {
    fn schema(&mut self, node: NodeId, language: Language, depth: usize) -> Schema {
        self.schemas += 1;
        if self.schemas > MAX_SCHEMAS || depth > MAX_DEPTH {
            self.fault = Some("the schema is too large or too deep");
            return Schema::anything();
        }
        if self.tree.get(node, "$ref").is_some() {
            self.fault = Some("references (`$ref`) are not supported");
            return Schema::anything();
        }
        let rules = self.tree.get(node, "x-kubernetes-validations");
        self.rules += rules.map_or(0, |rules| self.tree.elements(rules).count());
        let inside = depth + 1;
        let mut fields: Vec<Field> = self
            .entries(node, "properties")
            .into_iter()
            .map(|(name, value)| Field { name: name.into(), schema: self.schema(value, language, inside) })
            .collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let items = self.tree.get(node, "items").filter(|&items| self.tree.is_mapping(items));
        Schema {
            types: self.types(node),
            format: self.text(node, "format").map_or(Format::None, Format::from_name),
            fields,
            required: self.strings(node, "required"),
            others: self.others(node, language, inside),
            items: items.map(|items| Box::new(self.schema(items, language, inside))),
            definition: None,
            list: self.list(node),
            is_embedded: self.is_true(node, "x-kubernetes-embedded-resource"),
            has_default: self.tree.get(node, "default").is_some(),
            bounds: self.bounds(node),
            combined: self.combined(node, language, inside),
        }
    }

    fn text(&self, node: NodeId, name: &str) -> Option<&str> {
        self.tree.get(node, name).filter(|&value| self.tree.is_scalar(value)).map(|value| self.tree.text(value))
    }

    fn is_true(&self, node: NodeId, name: &str) -> bool {
        self.text(node, name) == Some("true")
    }

    fn number(&self, node: NodeId, name: &str) -> Option<f64> {
        self.text(node, name)?.parse().ok()
    }

    fn strings(&self, node: NodeId, name: &str) -> Vec<Box<str>> {
        let list = self.tree.get(node, name);
        list.into_iter().flat_map(|list| self.tree.elements(list)).map(|text| self.tree.text(text).into()).collect()
    }

    fn entries(&self, node: NodeId, name: &str) -> Vec<(String, NodeId)> {
        let map = self.tree.get(node, name);
        let entries = map.into_iter().flat_map(|map| self.tree.entries(map));
        entries.map(|(key, value)| (self.tree.text(key).to_string(), value)).collect()
    }

    fn types(&self, node: NodeId) -> Types {
        if self.is_true(node, "x-kubernetes-int-or-string") || self.text(node, "format") == Some("int-or-string") {
            let is_nullable = self.is_true(node, "nullable");
            return Types::INTEGER.or(Types::STRING).or(if is_nullable { Types::NULL } else { Types::ANY });
        }
        let Some(of_type) = self.tree.get(node, "type") else { return Types::ANY };
        let names = if self.tree.is_scalar(of_type) { vec![of_type] } else { self.tree.elements(of_type).collect() };
        let known = names.into_iter().filter_map(|name| Types::from_name(self.tree.text(name)));
        let types = known.fold(Types::ANY, Types::or);
        if self.is_true(node, "nullable") && types != Types::ANY { types.or(Types::NULL) } else { types }
    }

    fn others(&mut self, node: NodeId, language: Language, depth: usize) -> Others {
        let tree = self.tree;
        let is_open = self.is_true(node, "x-kubernetes-preserve-unknown-fields")
            || tree.get(node, "patternProperties").is_some()
            || language != Language::Structural;
        match tree.get(node, "additionalProperties") {
            Some(others) if tree.is_mapping(others) && tree.is_empty(others) => Others::Any,
            Some(others) if tree.is_mapping(others) => Others::Of(Box::new(self.schema(others, language, depth))),
            Some(others) if tree.text(others) == "true" => Others::Any,
            Some(_) if tree.get(node, "patternProperties").is_none() => Others::Refused,
            _ if is_open => Others::Any,
            _ => Others::Refused,
        }
    }

    fn list(&self, node: NodeId) -> List {
        match self.text(node, "x-kubernetes-list-type") {
            Some("set") => List::Set,
            Some("map") => List::Map(self.strings(node, "x-kubernetes-list-map-keys")),
            _ => List::Atomic,
        }
    }

    fn bounds(&self, node: NodeId) -> Option<Box<Bounds>> {
        const NAMES: &[&str] = &[
            "enum",
            "const",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
            "uniqueItems",
            "pattern",
        ];
        if !self.tree.entries(node).any(|(key, _)| NAMES.contains(&self.tree.text(key))) {
            return None;
        }
        let size = |name: &str| self.number(node, name).map(|size| size as u64);
        let range = |min: &str, max: &str| Range { min: size(min), max: size(max) };
        // The exclusive bound is a flag of the other one, or a number.
        let bound = |name: &str, exclusive: &str| match self.number(node, exclusive) {
            Some(number) => Some((number, true)),
            None => self.number(node, name).map(|number| (number, self.is_true(node, exclusive))),
        };
        let values = self.tree.get(node, "enum").map(|list| self.tree.elements(list).collect());
        let values: Option<Vec<NodeId>> = values.or(self.tree.get(node, "const").map(|value| vec![value]));
        Some(Box::new(Bounds {
            values: values.map(|values| values.into_iter().map(|value| json(self.tree, value, false)).collect()),
            minimum: bound("minimum", "exclusiveMinimum"),
            maximum: bound("maximum", "exclusiveMaximum"),
            multiple_of: self.number(node, "multipleOf"),
            length: range("minLength", "maxLength"),
            items: range("minItems", "maxItems"),
            entries: range("minProperties", "maxProperties"),
            unique: self.is_true(node, "uniqueItems"),
            pattern: self.text(node, "pattern").map(Pattern::new),
        }))
    }

    fn combined(&mut self, node: NodeId, language: Language, depth: usize) -> Option<Box<Combined>> {
        let tree = self.tree;
        let language = if language == Language::Json { language } else { Language::Restriction };
        let mut list = |name: &str| {
            let schemas: Vec<NodeId> = tree.get(node, name).into_iter().flat_map(|list| tree.elements(list)).collect();
            schemas.into_iter().map(|schema| self.schema(schema, language, depth)).collect::<Vec<Schema>>()
        };
        let (all, any, one) = (list("allOf"), list("anyOf"), list("oneOf"));
        let not = tree.get(node, "not").map(|not| self.schema(not, language, depth));
        let is_empty = all.is_empty() && any.is_empty() && one.is_empty() && not.is_none();
        (!is_empty).then(|| Box::new(Combined { all, any, one, not }))
    }
}
