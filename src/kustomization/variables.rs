//! The variables defined in `vars`.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Result};

use super::file::Var;
use super::located::Located;

const DEFAULT_FIELD_PATH: &str = "metadata.name";

/// The variables of a kustomization and its bases, by name.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    by_name: BTreeMap<String, Located<Var>>,
}

impl Variables {
    /// Iterates over the variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Located<Var>)> {
        self.by_name.iter()
    }

    /// Adds a variable.
    ///
    /// # Errors
    /// Fails if there is already a variable with this name.
    pub fn add(&mut self, var: Located<Var>) -> Result<()> {
        if let Some(first) = self.by_name.get(&var.name) {
            return Err(Diagnostic::error(Code::InvalidVariable, format!("var '{}' already encountered", var.name))
                .at(var.position, "redefined here")
                .at(first.position, "first defined here"));
        }
        self.by_name.insert(var.name.clone(), var);
        Ok(())
    }

    /// Adds the variables of a base.
    ///
    /// # Errors
    /// Fails if a name is defined in both.
    pub fn merge(&mut self, others: Variables) -> Result<()> {
        others.by_name.into_values().try_for_each(|var| self.add(var))
    }
}

/// Returns the field path of a variable's source.
pub fn field_path(var: &Var) -> &str {
    let path = &var.field.field_path;
    if path.is_empty() { DEFAULT_FIELD_PATH } else { path }
}
