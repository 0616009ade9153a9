//! Rules for roles and their bindings.

use super::super::object::Field;
use super::super::report::Report;
use super::values::{optional_choice, optional_name, require_choice, require_items, require_name, require_text};
use super::{labels, names};
use crate::diagnostic::Code;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A Role.
pub fn role(root: &Field<'_>, report: &mut Report) {
    root.at("rules").elements().for_each(|rule| self::rule(&rule, true, report));
}

/// A ClusterRole.
pub fn cluster_role(root: &Field<'_>, report: &mut Report) {
    root.at("rules").elements().for_each(|rule| self::rule(&rule, false, report));
    let aggregation = root.at("aggregationRule");
    if aggregation.is_set() {
        let selectors = aggregation.at("clusterRoleSelectors");
        require_items(&selectors, report, "at least one clusterRoleSelector required if aggregationRule is non-nil");
        selectors.elements().for_each(|selector| labels::selector(&selector, report));
    }
}

fn rule(rule: &Field<'_>, is_namespaced: bool, report: &mut Report) {
    require_items(&rule.at("verbs"), report, "verbs must contain at least one value");
    let (groups, resources, urls) = (rule.at("apiGroups"), rule.at("resources"), rule.at("nonResourceURLs"));
    if urls.is_empty() {
        require_items(&groups, report, "resource rules must supply at least one api group");
        require_items(&resources, report, "resource rules must supply at least one resource");
    } else if is_namespaced {
        urls.invalid(report, "namespaced rules cannot apply to non-resource URLs");
    } else if !groups.is_empty() || !resources.is_empty() || !rule.at("resourceNames").is_empty() {
        urls.invalid(report, "rules cannot apply to both regular resources and non-resource URLs");
    }
}

/// A RoleBinding.
pub fn role_binding(root: &Field<'_>, report: &mut Report) {
    binding(root, &["Role", "ClusterRole"], report);
}

/// A ClusterRoleBinding.
pub fn cluster_role_binding(root: &Field<'_>, report: &mut Report) {
    binding(root, &["ClusterRole"], report);
}

fn binding(root: &Field<'_>, kinds: &[&str], report: &mut Report) {
    let role = root.at("roleRef");
    optional_choice(&role.at("apiGroup"), report, &[GROUP]);
    require_choice(&role.at("kind"), report, kinds);
    require_name(&role.at("name"), report, names::path_segment);
    let is_namespaced = kinds.len() > 1;
    for subject in root.at("subjects").elements() {
        let (kind, name, group) = (subject.at("kind"), subject.at("name"), subject.at("apiGroup"));
        require_text(&name, report);
        require_choice(&kind, report, &["ServiceAccount", "User", "Group"]);
        if kind.is("ServiceAccount") {
            optional_name(&name, report, names::dns_subdomain);
            if let Some(text) = group.nonempty_text() {
                let fault = format!("unsupported value `{text}`: service accounts have no API group");
                group.error(report, Code::UnsupportedValue, fault);
            }
            if !is_namespaced {
                require_text(&subject.at("namespace"), report);
            }
        } else {
            optional_choice(&group, report, &[GROUP]);
        }
    }
}
