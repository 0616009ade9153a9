//! Variables: `vars`, and the fields in which `$(NAME)` is replaced.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::accumulated::Accumulated;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::field_path;
use crate::kustomization::{Kustomization, Located, Var};
use crate::resource::identity::group_version_kind;
use crate::resource::limits::check_memory;
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec};
use crate::resource::paths::notation::{self, Notation};
use crate::resource::paths::written_path::{lookup_part, split_dotted_path};
use crate::resource::transformer_config::FieldList;
use crate::resource::{CopySource, Identity, Resource, Step};
use crate::secret;
use crate::yaml::{GoYaml, Kind, NodeId, Plain, Position, Style, Tag, Tree, resolve as resolve_plain};

/// The fields in which variables are replaced.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "Service", "spec/ports/port", false),
    DefaultFieldSpec::new("", "", "Service", "spec/ports/targetPort", false),
    DefaultFieldSpec::new("", "", "PersistentVolume", "spec/nfs/server", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/spec/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "Deployment", "spec/template/metadata/annotations", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/template/spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server", false),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new(
        "",
        "",
        "CronJob",
        "spec/jobTemplate/spec/template/spec/containers/volumeMounts/mountPath",
        false,
    ),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new(
        "",
        "",
        "CronJob",
        "spec/jobTemplate/spec/template/spec/initContainers/volumeMounts/mountPath",
        false,
    ),
    DefaultFieldSpec::new("", "", "CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "DaemonSet", "spec/template/spec/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "Ingress", "spec/rules/host", false),
    DefaultFieldSpec::new("", "", "Ingress", "spec/tls/hosts", false),
    DefaultFieldSpec::new("", "", "Ingress", "spec/tls/secretName", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Job", "spec/template/spec/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/containers/args", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/containers/command", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "Pod", "spec/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/containers/args", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/containers/command", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/containers/env/value", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/containers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/initContainers/args", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/initContainers/command", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/initContainers/env/value", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/initContainers/volumeMounts/mountPath", false),
    DefaultFieldSpec::new("", "", "ReplicaSet", "spec/template/spec/volumes/nfs/server", false),
    DefaultFieldSpec::new("", "", "", "metadata/labels", false),
    DefaultFieldSpec::new("", "", "", "metadata/annotations", false),
];

/// Declares the variables of a kustomization, and records each one in its source resource.
///
/// # Errors
/// Fails on names that are defined twice, and on ambiguous sources.
pub fn declare(kustomization: &Kustomization, accumulated: &mut Accumulated) -> Result<()> {
    for var in kustomization.vars.iter().flatten() {
        let gvk = var.object.gvk();
        let any_namespace = var.object.namespace.is_empty();
        let found = if any_namespace {
            // A source without a kind matches nothing (fixture `vars/without-a-kind`).
            let mut found = match gvk.kind.is_empty() {
                true => Vec::new(),
                false => accumulated.resources.find_named_kind(&gvk, &var.object.name),
            };
            found.retain(|&at| has_exact_type(accumulated.resources.get(at), &gvk.group, &gvk.version));
            found
        } else {
            // kustomize assumes that an identity with a namespace is not cluster-scoped, so it does not find a
            // cluster-scoped source (fixture `vars/source-in-a-namespace`).
            accumulated.resources.find_any(Identity {
                group: &gvk.group,
                version: &gvk.version,
                kind: &gvk.kind,
                name: &var.object.name,
                namespace: &var.object.namespace,
            })
        };
        match found[..] {
            [] => {}
            [at] => accumulated.resources.get_mut(at).variables.push(var.name.clone()),
            _ => {
                return Err(Diagnostic::error(
                    Code::InvalidVariable,
                    format!("found {} resId matches for var {} (unable to disambiguate)", found.len(), var.name),
                )
                .at(var.position, "this variable")
                .hint("specify the namespace of the source in `objref`"));
            }
        }
        accumulated.variables.add(var.clone())?;
    }
    Ok(())
}

fn has_exact_type(resource: &Resource, group: &str, version: &str) -> bool {
    let (actual_group, actual_version, _) = group_version_kind(resource.tree());
    actual_group == group && actual_version == version
}

/// The value of a variable. Only scalars are inserted.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Str(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A list or a mapping, which is never inserted.
    Collection,
}

/// The number of bytes that are searched for variables in the time that a visit to a node takes.
const BYTES_SEARCHED_PER_NODE: usize = 4;

/// The number of bytes that are compared and copied in the time in which one is searched.
const BYTES_COMPARED_PER_BYTE_SEARCHED: usize = 64;

/// The length from which a text is worth remembering, in bytes.
const MIN_REMEMBERED: usize = 256;

/// Replaces all variables.
///
/// # Errors
/// Fails if the source of a variable does not exist.
pub fn resolve(accumulated: &mut Accumulated) -> Result<()> {
    let (mut values, mut secret, mut sources) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for (name, var) in accumulated.variables.iter() {
        let (value, is_secret, source) = source_value(var, accumulated)?;
        values.insert(name.clone(), value);
        sources.insert(name.clone(), source);
        if is_secret {
            secret.insert(name.clone());
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    let limit = accumulated.resources.limits().memory;
    let mut replacer = Replacer {
        values,
        secret,
        contains_secret: false,
        used: BTreeSet::new(),
        inserted: 0,
        searched: 0,
        unchanged: String::new(),
        limit,
        current: Vec::new(),
        insertions: Vec::new(),
    };
    let config = accumulated.config.clone();
    for at in 0..accumulated.resources.len() {
        let before = accumulated.resources.get(at).tree().memory();
        let tree = accumulated.resources.get_mut(at).tree_mut();
        for spec in &config[FieldList::VarReference] {
            field_spec::apply(tree, spec, Create::Nothing, Position::NONE, &mut |tree, node| replacer.set(tree, node))?;
        }
        check_memory(replacer.inserted, limit)?;
        accumulated.resources.work.count(std::mem::take(&mut replacer.searched) / BYTES_SEARCHED_PER_NODE)?;
        for (node, variable) in std::mem::take(&mut replacer.insertions) {
            let resource = accumulated.resources.get_mut(at);
            resource.record_copy(node, sources.get(&variable).cloned().flatten(), true);
        }
        accumulated.resources.count_growth(at, before)?;
    }
    for (name, var) in accumulated.variables.iter() {
        if !replacer.used.contains(name) {
            accumulated.resources.warn(
                *Diagnostic::warning(Code::UnusedVariable, format!("variable `{name}` is never used"))
                    .at(var.position, "defined here"),
            );
        }
    }
    accumulated.resources.record(Step::new(Step::VARS, Position::NONE));
    Ok(())
}

/// Returns the value of a variable, whether it is secret, and its source for histories.
fn source_value(var: &Located<Var>, accumulated: &Accumulated) -> Result<(Value, bool, Option<Arc<CopySource>>)> {
    let source = accumulated.resources.iter().find(|resource| resource.variables.contains(&var.name));
    let Some(source) = source else {
        return Err(Diagnostic::error(
            Code::InvalidVariable,
            format!("var '{}' cannot be mapped to a field in the set of known resources", var.name),
        )
        .at(var.position, "source does not exist"));
    };
    let mut source = Cow::Borrowed(source);
    if secret::is_secret(&source) {
        secret::mark_values(source.to_mut());
    }
    let found = find_field(source.tree(), field_path(var));
    let value = found.and_then(|node| Some((field_value(source.tree(), node)?, node)));
    let (value, node) = value.ok_or_else(|| {
        let error = Diagnostic::error(
            Code::InvalidVariable,
            format!("field specified in var '{}' not found in corresponding resource", var.name),
        )
        .at(var.position, "field does not exist, or its value cannot be inserted")
        .at(source.position(), "in this resource");
        let hint = notation::hint(source.tree(), field_path(var), Notation::Backslashes);
        match hint.filter(|_| found.is_none()) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })?;
    Ok((value, source.tree().is_marked_secret(node), source.copy_source(node)))
}

/// Returns the field at a dotted path. A list index is a separate part or in brackets.
fn find_field(tree: &Tree, path: &str) -> Option<NodeId> {
    let parts = split_dotted_path(path);
    let mut parts = parts.iter().flat_map(|part| split_index(part));
    parts.try_fold(tree.root(), |node, part| lookup_part(tree, node, &part))
}

/// Returns the value of a field; `None` if it cannot be inserted.
///
/// kustomize parses integers with `strconv.Atoi`: leading zeros do not make them octal, and other notations are rejected
/// (fixtures `vars/types`, `vars/octal`).
fn field_value(tree: &Tree, node: NodeId) -> Option<Value> {
    if !tree.is_scalar(node) {
        return Some(Value::Collection);
    }
    let text = tree.text(node);
    Some(match (tree.tag(node), resolve_plain(text, GoYaml::V3)) {
        (Tag::Int, _) => Value::Int(text.parse().ok()?),
        (Tag::Float, _) => Value::Float(text.parse().ok()?),
        (Tag::Bool, Plain::Bool(value)) => Value::Bool(value),
        _ => Value::Str(text.to_string()),
    })
}

/// Splits `name[2]` into `name` and `2`.
fn split_index(part: &str) -> Vec<String> {
    let inner = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match inner {
        Some((name, index)) if !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) => {
            let mut parts = Vec::new();
            if !name.is_empty() {
                parts.push(name.to_string());
            }
            parts.push(index.to_string());
            parts
        }
        _ => vec![part.to_string()],
    }
}

struct Replacer {
    values: BTreeMap<String, Value>,
    /// The variables with secret values.
    secret: BTreeSet<String>,
    /// Whether the current text contains a secret value.
    contains_secret: bool,
    used: BTreeSet<String>,
    /// The number of bytes inserted so far.
    inserted: usize,
    /// The limit on inserted bytes; nothing more is inserted after it is exceeded.
    limit: usize,
    /// The number of bytes that were searched for variables since the last check of the work.
    searched: usize,
    /// The last long text without variables.
    unchanged: String,
    /// The variables that were inserted into the current text.
    current: Vec<String>,
    /// The variables that were inserted into the current resource, by node.
    insertions: Vec<(NodeId, String)>,
}

impl Replacer {
    fn set(&mut self, tree: &mut Tree, node: NodeId) -> Result<()> {
        if tree.is_null(node) {
            return Ok(());
        }
        match tree.kind(node) {
            Kind::Scalar => {
                if tree.is_string(node) {
                    self.set_text(tree, node);
                }
            }
            Kind::Mapping => {
                let entries: Vec<(NodeId, NodeId)> = tree.entries(node).collect();
                for (key, value) in entries {
                    if !tree.is_string(key) {
                        let message = format!("invalid map key: `{}` is not a string", tree.text(key));
                        return Err(Diagnostic::error(Code::InvalidVariable, message)
                            .at(tree.position(key), "variables are replaced in this mapping")
                            .hint("quote the key"));
                    }
                    if tree.is_string(value) {
                        self.set_text(tree, value);
                    }
                }
            }
            Kind::Sequence => {
                let elements: Vec<NodeId> = tree.children(node).collect();
                for element in elements {
                    if !tree.is_string(element) {
                        return Err(Diagnostic::error(Code::InvalidVariable, "invalid value type expect a string")
                            .at(tree.position(element), "variables can only be replaced in strings"));
                    }
                    self.set_text(tree, element);
                }
            }
        }
        Ok(())
    }

    fn set_text(&mut self, tree: &mut Tree, node: NodeId) {
        self.contains_secret = tree.is_marked_secret(node);
        self.current.clear();
        let (text, tag) = match self.replace_or_remember(tree.text(node)) {
            Value::Str(text) => (text, Tag::Str),
            Value::Int(value) => (value.to_string(), Tag::Int),
            Value::Float(value) => (value.to_string(), Tag::Float),
            Value::Bool(value) => (value.to_string(), Tag::Bool),
            Value::Collection => return,
        };
        tree.set_scalar(node, &text, tag, Style::Plain, tree.position(node));
        self.insertions.extend(self.current.drain(..).map(|name| (node, name)));
        if self.contains_secret {
            tree.mark_secret(node);
        }
    }

    /// Replaces the variables in a text. Aliases may repeat a long text, which is searched once if it remains as it is.
    fn replace_or_remember(&mut self, text: &str) -> Value {
        if text == self.unchanged {
            self.searched = self.searched.saturating_add(text.len() / BYTES_COMPARED_PER_BYTE_SEARCHED);
            return Value::Str(text.to_string());
        }
        self.searched = self.searched.saturating_add(text.len());
        let value = self.replace(text);
        let is_unchanged = self.current.is_empty() && matches!(&value, Value::Str(replaced) if replaced == text);
        if is_unchanged && text.len() >= MIN_REMEMBERED {
            self.unchanged = text.to_string();
        }
        value
    }

    /// Replaces the variables in a text. A text that consists of one variable also gets its type.
    fn replace(&mut self, text: &str) -> Value {
        let mut result = String::new();
        let mut rest = text;
        let last_end = text.rfind(')').unwrap_or(0);
        while let Some(dollar) = rest.find('$').filter(|&at| at + 1 < rest.len()) {
            result.push_str(&rest[..dollar]);
            let after = &rest[dollar + 1..];
            if let Some(escaped) = after.strip_prefix('$') {
                result.push('$');
                rest = escaped;
                continue;
            }
            let Some(opened) = after.strip_prefix('(') else {
                // Not a variable: the dollar and the next character are unchanged.
                let len = after.chars().next().map_or(0, char::len_utf8);
                result.push('$');
                result.push_str(&after[..len]);
                rest = &after[len..];
                continue;
            };
            // Searching for a missing end again and again would take quadratic time.
            let has_end = text.len() - opened.len() <= last_end;
            let Some((name, remaining)) = has_end.then(|| opened.split_once(')')).flatten() else {
                result.push_str("$(");
                rest = opened;
                continue;
            };
            let is_entire_text = text.len() == name.len() + 3;
            match self.values.get(name) {
                Some(value @ (Value::Str(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_))) => {
                    self.used.insert(name.to_string());
                    self.current.push(name.to_string());
                    self.contains_secret |= self.secret.contains(name);
                    let inserted = value.to_text();
                    self.inserted = self.inserted.saturating_add(inserted.len());
                    if self.inserted > self.limit {
                        return Value::Collection;
                    }
                    if is_entire_text {
                        return value.clone();
                    }
                    result.push_str(&inserted);
                }
                _ => {
                    result.push_str("$(");
                    result.push_str(name);
                    result.push(')');
                }
            }
            rest = remaining;
        }
        result.push_str(rest);
        Value::Str(result)
    }
}

impl Value {
    fn to_text(&self) -> String {
        match self {
            Value::Str(text) => text.clone(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => crate::yaml::format_float(*value),
            Value::Bool(value) => value.to_string(),
            Value::Collection => String::new(),
        }
    }
}
