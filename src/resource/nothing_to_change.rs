//! The error about a generator that changes a resource that does not exist.

use crate::diagnostic::{Code, Diagnostic, flow_text};

use super::Resource;

/// Returns the error about a generated resource that is to change another one of the same identity. A similar resource
/// differs only in its namespace.
pub fn nothing_to_change(generated: &Resource, similar: Option<&Resource>) -> Box<Diagnostic> {
    let message = format!("id {} does not exist; cannot merge or replace", generated.id());
    let error = Diagnostic::error(Code::NoTarget, message).at(generated.position(), "this generator");
    let Some(similar) = similar else {
        return error.hint("use `behavior: create`, or check the name and namespace of the resource to change");
    };
    let name = format!("{}/{}", similar.kind(), similar.name());
    let (place, fix) = match similar.namespace() {
        "" => ("no namespace".to_string(), "remove `namespace` from the generator".to_string()),
        namespace => {
            let field = format!("add `namespace: {}` to the generator", flow_text(namespace));
            (format!("the namespace `{namespace}`"), field)
        }
    };
    error.at(similar.position(), "has the same kind and name").hint(format!("{name} is in {place}: {fix}"))
}
