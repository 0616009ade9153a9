//! Rules for claims for volumes, wherever they are written.

use super::super::object::Field;
use super::super::report::Report;
use super::values::{optional_name, require_choice, require_items, require_text, set_choice};
use super::{labels, names, resources};

const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// How a volume appears to a container.
pub const VOLUME_MODES: &[&str] = &["Block", "Filesystem"];

/// The specification of a claim, also in a template.
pub fn claim_spec(spec: &Field<'_>, report: &mut Report) {
    access_modes(&spec.at("accessModes"), "at least 1 access mode is required", report);
    labels::selector(&spec.at("selector"), report);
    let requests = spec.at("resources.requests");
    let storage = requests.entries().find(|(name, _, _)| *name == "storage").map(|(_, _, value)| value);
    match storage {
        Some(size) => positive(&size, report),
        None => requests.entry("storage").missing(report, ""),
    }
    optional_name(&spec.at("storageClassName"), report, names::dns_subdomain);
    optional_name(&spec.at("volumeAttributesClassName"), report, names::dns_subdomain);
    set_choice(&spec.at("volumeMode"), report, VOLUME_MODES);
    for name in ["dataSource", "dataSourceRef"] {
        data_source(&spec.at(name), report);
    }
    if !spec.at("dataSourceRef.namespace").is("") && spec.at("dataSource").is_set() {
        spec.at("dataSource").invalid(report, "may not be specified when dataSourceRef.namespace is specified");
    }
}

/// Checks the ways in which a volume may be accessed.
pub fn access_modes(modes: &Field<'_>, reason: &str, report: &mut Report) {
    require_items(modes, report, reason);
    for mode in modes.elements() {
        require_choice(&mode.with_path_of(modes), report, ACCESS_MODES);
    }
    let is_exclusive = modes.elements().any(|mode| mode.is("ReadWriteOncePod"));
    let is_shared = modes.elements().any(|mode| ACCESS_MODES[..3].iter().any(|other| mode.is(other)));
    if is_exclusive && is_shared {
        modes.invalid(report, "may not use ReadWriteOncePod with other access modes");
    }
}

/// Checks that a size is above zero.
pub fn positive(size: &Field<'_>, report: &mut Report) {
    if resources::value(size).is_some_and(|value| value <= 0) {
        size.invalid(report, "must be greater than zero");
    }
}

fn data_source(source: &Field<'_>, report: &mut Report) {
    if !source.is_set() {
        return;
    }
    let (kind, group) = (source.at("kind"), source.at("apiGroup"));
    require_text(&source.at("name"), report);
    require_text(&kind, report);
    if group.is("") && kind.nonempty_text().is_some_and(|kind| kind != "PersistentVolumeClaim") {
        kind.invalid(report, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
    optional_name(&group, report, names::dns_subdomain);
    optional_name(&source.at("namespace"), report, names::dns_label);
}
