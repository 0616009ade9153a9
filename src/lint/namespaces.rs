//! Namespaces that may be the same, although the manifests name different ones.

/// The namespace of objects without one. The namespace in which they are created may come from elsewhere, such as the
/// destination of an Argo CD application.
const DEFAULT: &str = "default";

/// Returns whether two namespaces may be the same.
pub fn may_be_same(a: &str, b: &str) -> bool {
    a == b || [a, b].contains(&DEFAULT)
}

/// Returns whether an object may be created in a namespace that its manifest does not name.
pub fn is_unknown(namespace: &str) -> bool {
    ["", DEFAULT].contains(&namespace)
}
