//! Rules for ConfigMaps, Secrets and Namespaces.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use crate::diagnostic::Code;

/// The size of all values of a ConfigMap or a Secret in bytes.
const MAX_SIZE: usize = 1024 * 1024;

const ACCOUNT: &str = "kubernetes.io/service-account.name";

/// The types of Secrets with the keys that they require.
const SECRET_KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

/// A ConfigMap.
pub fn config_map(root: &Field<'_>, report: &mut Report) {
    let (texts, bytes) = (root.at("data"), root.at("binaryData"));
    keys(&texts, report);
    keys(&bytes, report);
    let binary: HashSet<&str> = bytes.entries().map(|(key, _, _)| key).collect();
    for (key, _, value) in texts.entries() {
        if binary.contains(key) {
            value.invalid(report, "duplicate of key present in binaryData");
        }
    }
    let size = texts.entries().map(|(_, _, value)| value.text().map_or(0, |text| text.len())).sum::<usize>()
        + bytes.entries().map(|(_, _, value)| decoded_size(&value)).sum::<usize>();
    if size > MAX_SIZE {
        root.invalid(report, format!("may not be more than {MAX_SIZE} bytes"));
    }
}

/// A Secret. No message shows a value of it.
pub fn secret(root: &Field<'_>, report: &mut Report) {
    let (data, texts, kind) = (root.at("data"), root.at("stringData"), root.at("type"));
    keys(&data, report);
    keys(&texts, report);
    let written: HashSet<&str> = texts.entries().map(|(key, _, _)| key).collect();
    let is_overwritten = |key: &str| written.contains(key);
    let size = texts.entries().map(|(_, _, value)| value.text().map_or(0, |text| text.len())).sum::<usize>()
        + data
            .entries()
            .filter(|(key, _, _)| !is_overwritten(key))
            .map(|(_, _, value)| decoded_size(&value))
            .sum::<usize>();
    if size > MAX_SIZE {
        data.invalid(report, format!("may not be more than {MAX_SIZE} bytes"));
    }
    let Some(kind) = kind.text() else { return };
    let found = |key: &str| value_of(&texts, key).or_else(|| value_of(&data, key));
    let required = SECRET_KEYS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| keys);
    for key in required {
        let is_empty = found(key).is_none_or(|value| *key == "ssh-privatekey" && value.is(""));
        if is_empty {
            data.entry(key).missing(report, &format!("a Secret of type `{kind}` has this key"));
        }
    }
    match kind.as_ref() {
        "kubernetes.io/basic-auth" if found("username").is_none() && found("password").is_none() => {
            data.missing(report, "a Secret of type `kubernetes.io/basic-auth` has the key `username` or `password`");
        }
        "kubernetes.io/service-account-token" => {
            let annotations = root.at("metadata.annotations");
            if value_of(&annotations, ACCOUNT).is_none_or(|value| value.is("")) {
                annotations.entry(ACCOUNT).missing(report, "a Secret of this type has this annotation");
            }
        }
        "kubernetes.io/dockercfg" | "kubernetes.io/dockerconfigjson" => {
            let text = value_of(&texts, required[0]).map(|value| (value, false));
            docker_configuration(text.or_else(|| value_of(&data, required[0]).map(|value| (value, true))), report);
        }
        _ => {}
    }
}

fn docker_configuration(found: Option<(Field<'_>, bool)>, report: &mut Report) {
    let Some((value, is_encoded)) = found else { return };
    let Some(text) = value.text() else { return };
    let bytes = if is_encoded { decode(&text) } else { Some(text.into_owned().into_bytes()) };
    let is_json = |bytes: Vec<u8>| {
        let parsed = serde_json::from_slice::<serde_json::Value>(&bytes);
        parsed.is_ok_and(|json| json.is_object() || json.is_null())
    };
    if bytes.is_some_and(|bytes| !is_json(bytes)) {
        value.invalid(report, "must be a JSON object");
    }
}

fn value_of<'a>(map: &'a Field<'a>, key: &str) -> Option<Field<'a>> {
    map.entries().find(|(name, _, _)| *name == key).map(|(_, _, value)| value)
}

fn keys(map: &Field<'_>, report: &mut Report) {
    for (key, node, value) in map.entries() {
        if let Some(fault) = names::data_key(key) {
            value.key_error(report, node, Code::InvalidName, fault);
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let packed: Cow<'_, str> =
        if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], "").into() } else { text.into() };
    STANDARD.decode(packed.as_bytes()).ok()
}

fn decoded_size(value: &Field<'_>) -> usize {
    value.text().map_or(0, |text| text.trim_end_matches(['=', '\n']).len() * 3 / 4)
}

/// A Namespace.
pub fn namespace(root: &Field<'_>, report: &mut Report) {
    for finalizer in root.at("spec.finalizers").elements() {
        let Some(text) = finalizer.text() else { continue };
        if let Some(fault) = names::qualified_name(&text) {
            finalizer.error(report, Code::InvalidName, fault);
        } else if !text.contains('/') && !matches!(text.as_ref(), "kubernetes" | "orphan" | "foregroundDeletion") {
            let fault = "name is neither a standard finalizer name nor is it fully qualified";
            finalizer.error(report, Code::InvalidName, fault);
        }
    }
}
