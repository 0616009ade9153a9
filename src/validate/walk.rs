//! The check of a value against a schema.

use super::kubernetes::Release;
use super::report::{Finding, Path, Report};
use super::scalar;
use super::schema::{Combined, Field, List, Others, Schema, Types};
use super::unique;
use super::value::{Value, is_null};
use crate::diagnostic::{Code, nearest};
use crate::yaml::{Kind, NodeId, Style, Tree};

/// How an API server reads objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A kind of Kubernetes, which is decoded into a Go type: null is the same as no value.
    BuiltIn,
    /// A custom resource, which is checked against the schema of its CustomResourceDefinition: null fields are removed unless they
    /// are nullable.
    Custom,
    /// A JSON Schema: null is a value.
    Json,
}

/// The maximum number of values that are checked in an object, where a value counts for each schema that it is checked against.
const MAX_STEPS: usize = 5_000_000;

/// A check of one object.
pub struct Walk<'a> {
    /// The document.
    pub tree: &'a Tree,
    /// The version of Kubernetes that has the definitions.
    pub release: &'a Release<'a>,
    /// How null is read.
    pub dialect: Dialect,
    /// The number of values so far.
    pub steps: usize,
    /// Whether a part of a schema was not checked: a pattern that cannot be compiled, or more than the maximum number of values.
    pub is_incomplete: bool,
}

impl Walk<'_> {
    /// Checks a value. `main` is the schema of the same value that has its defaults, if it is another one.
    pub fn value(&mut self, schema: &Schema, main: &Schema, value: Value<'_>, report: &mut Report) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.is_incomplete = true;
            return;
        }
        if let Some(number) = schema.definition {
            let release = self.release;
            let definition = release.definition(number);
            return self.value(definition, definition, value, report);
        }
        let has_type = match self.tree.kind(value.node) {
            Kind::Scalar => self.scalar(schema, value, report),
            Kind::Mapping => self.has_type(schema, Types::OBJECT, value, report),
            Kind::Sequence => self.has_type(schema, Types::ARRAY, value, report),
        };
        if !has_type {
            return;
        }
        match self.tree.kind(value.node) {
            Kind::Scalar => {}
            Kind::Mapping => self.mapping(schema, main, value, report),
            Kind::Sequence => self.list(schema, main, value, report),
        }
        if let Some(bounds) = &schema.bounds
            && !self.is_null(value)
        {
            self.is_incomplete |= !scalar::check_bounds(bounds, self.tree, value, report);
        }
        if let Some(combined) = &schema.combined {
            self.combined(combined, main, value, report);
        }
    }

    /// Returns whether a value is null.
    pub fn is_null(&self, value: Value<'_>) -> bool {
        is_null(self.tree, value.node, value.in_flow)
    }

    /// Checks the type of a mapping or list.
    fn has_type(&self, schema: &Schema, types: Types, value: Value<'_>, report: &mut Report) -> bool {
        let has_type = schema.types == Types::ANY || schema.types.accepts(types);
        if !has_type {
            let message = format!("must be {}, not {}", schema.types.words(), types.words());
            report.error(Code::WrongApiType, value.node, value.path, message);
        }
        has_type
    }

    fn scalar(&self, schema: &Schema, value: Value<'_>, report: &mut Report) -> bool {
        if self.dialect == Dialect::BuiltIn && self.is_null(value) {
            return false;
        }
        scalar::check(schema, self.tree, value, report)
    }

    fn mapping(&mut self, schema: &Schema, main: &Schema, value: Value<'_>, report: &mut Report) {
        let in_flow = value.in_flow || self.tree.style(value.node) == Style::Flow;
        let tree = self.tree;
        for (key, node) in tree.entries(value.node) {
            let name = tree.text(key);
            let as_field = Path::Field(value.path, name);
            if let Some(field) = schema.field(name) {
                let child = Value { node, in_flow, path: &as_field };
                self.field(field, main.field(name).unwrap_or(field), child, report);
            } else if let Others::Of(others) = &schema.others {
                let child = Value { node, in_flow, path: &Path::Key(value.path, name) };
                self.field(others, others, child, report);
            } else if schema.is_embedded && matches!(name, "apiVersion" | "kind" | "metadata") {
                self.object_field(name, Value { node, in_flow, path: &as_field }, report);
            } else if matches!(schema.others, Others::Refused) {
                report.add(unknown_field(&schema.fields, name, key, &as_field));
            }
        }
        self.required(schema, main, value, in_flow, report);
    }

    /// Checks a field that every object has.
    fn object_field(&mut self, name: &str, value: Value<'_>, report: &mut Report) {
        let dialect = std::mem::replace(&mut self.dialect, Dialect::BuiltIn);
        let text = Schema { types: Types::STRING, ..Schema::default() };
        let schema = if name == "metadata" { self.release.metadata() } else { &text };
        self.value(schema, schema, value, report);
        self.dialect = dialect;
    }

    /// Checks the value of a field. Null is the same as no value, unless the field may be null.
    fn field(&mut self, schema: &Schema, main: &Schema, value: Value<'_>, report: &mut Report) {
        if self.dialect == Dialect::Json || !self.is_null(value) {
            self.value(schema, main, value, report);
        }
    }

    /// Checks that the required fields are there. Nothing is required in the status of a built-in kind: the API server resets it.
    fn required(&self, schema: &Schema, main: &Schema, value: Value<'_>, in_flow: bool, report: &mut Report) {
        let object_fields: &[Box<str>] = match schema.is_embedded && !matches!(value.path, Path::Root) {
            true => &["apiVersion".into(), "kind".into()],
            false => &[],
        };
        for name in schema.required.iter().chain(object_fields) {
            let has_default = |schema: &Schema| schema.field(name).is_some_and(|field| field.has_default);
            let is_nullable =
                |schema: &Schema| schema.field(name).is_some_and(|field| field.types.accepts(Types::NULL));
            let is_set = self.tree.get(value.node, name).is_some_and(|node| {
                let is_null = is_null(self.tree, node, in_flow);
                !is_null || self.dialect == Dialect::Json || is_nullable(schema) || is_nullable(main)
            });
            let is_reset = || self.dialect == Dialect::BuiltIn && value.path.is_in("status");
            if !is_set && !has_default(schema) && !has_default(main) && !is_reset() {
                report.error(Code::MissingApiField, value.node, &Path::Field(value.path, name), "is required");
            }
        }
    }

    fn list(&mut self, schema: &Schema, main: &Schema, value: Value<'_>, report: &mut Report) {
        let in_flow = value.in_flow || self.tree.style(value.node) == Style::Flow;
        if let Some(items) = &schema.items {
            let main = main.items.as_deref().unwrap_or(items);
            let tree = self.tree;
            for (index, node) in tree.elements(value.node).enumerate() {
                self.value(items, main, Value { node, in_flow, path: &Path::Index(value.path, index) }, report);
            }
        }
        if !matches!(schema.list, List::Atomic) {
            unique::check(&schema.list, schema.items.as_deref(), self.tree, Value { in_flow, ..value }, report);
        }
    }

    fn combined(&mut self, combined: &Combined, main: &Schema, value: Value<'_>, report: &mut Report) {
        for schema in &combined.all {
            self.value(schema, main, value, report);
        }
        let mut error = |message: &str| report.error(Code::InvalidObject, value.node, value.path, message);
        if !combined.any.is_empty() && !combined.any.iter().any(|schema| self.matches(schema, main, value)) {
            error("must match at least one of the alternatives of its schema (anyOf)");
        }
        if !combined.one.is_empty() {
            match combined.one.iter().filter(|schema| self.matches(schema, main, value)).count() {
                1 => {}
                0 => error("must match one of the alternatives of its schema (oneOf)"),
                _ => error("must match only one of the alternatives of its schema (oneOf)"),
            }
        }
        if combined.not.as_ref().is_some_and(|schema| self.matches(schema, main, value)) {
            error("must not match what its schema excludes (not)");
        }
    }

    /// Returns whether a value matches a schema.
    fn matches(&mut self, schema: &Schema, main: &Schema, value: Value<'_>) -> bool {
        let mut report = Report::default();
        self.value(schema, main, value, &mut report);
        !report.has_errors()
    }
}

/// Returns the finding about a field that does not exist.
fn unknown_field(fields: &[Field], name: &str, key: NodeId, path: &Path<'_>) -> Finding {
    let near = nearest(name, fields.iter().map(|field| &*field.name));
    Finding {
        code: Code::UnknownApiField,
        node: key,
        is_key: true,
        path: path.to_string(),
        message: "unknown field".to_string(),
        help: near.map(|near| format!("did you mean `{near}`?")),
        is_warning: false,
    }
}
