//! Checks objects as an API server does: against the schemas of their kinds, and against the rules that schemas cannot express.

mod compile;
mod custom;
mod diagnostics;
mod format;
mod kubernetes;
pub mod object;
mod pattern;
mod replaced;
pub mod report;
pub mod rules;
mod scalar;
mod schema;
mod unique;
mod value;
mod walk;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::render::Rendered;
use crate::resource::Resource;
use crate::resource::identity::split_api_version;
use crate::yaml::Tree;

use custom::CustomKind;
use kubernetes::{Lookup, Release};
use object::Object;
use report::{Finding, Path, Report};
use value::Value;
use walk::{Dialect, Walk};

pub use custom::{CustomKinds, schema_paths};
pub use diagnostics::diagnostics;
pub use kubernetes::{NEWEST, OLDEST, Table, minor_version};

/// Checks objects for versions of Kubernetes.
#[derive(Debug)]
pub struct Validator<'t> {
    releases: Vec<Release<'t>>,
    /// The kinds that are not part of Kubernetes. The first definition of a kind counts.
    custom: Vec<&'t CustomKinds>,
}

/// The result of checking an object.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether the kind of the object is not known, so that only its metadata was checked.
    pub is_skipped: bool,
}

impl Verdict {
    /// Returns whether an API server refuses the object.
    pub fn is_invalid(&self) -> bool {
        self.findings.iter().any(|finding| !finding.is_warning)
    }
}

/// The names of a kind.
#[derive(Clone, Copy)]
struct Names<'a> {
    api_version: &'a str,
    group: &'a str,
    version: &'a str,
    kind: &'a str,
}

impl<'t> Validator<'t> {
    /// Returns a validator for some minor versions of Kubernetes, of which there must be one at least.
    pub fn new(table: &'t Table, minors: &[u8], custom: Vec<&'t CustomKinds>) -> Validator<'t> {
        Validator { releases: minors.iter().map(|&minor| Release::new(table, minor)).collect(), custom }
    }

    /// Checks an object. Values that another program replaces before the API server gets the object are not checked: variables, and
    /// what is encrypted.
    pub fn check(&self, tree: &Tree) -> Verdict {
        let mut verdict = self.check_all(tree);
        let mut report = Report::default();
        unique::check_keys(tree, &mut report);
        verdict.findings.extend(report.into_findings());
        verdict.findings.retain(|finding| !replaced::is_replaced(tree, finding.node));
        verdict
    }

    fn check_all(&self, tree: &Tree) -> Verdict {
        let root = tree.root();
        let (api_version, kind) = names(tree);
        if api_version.is_empty() || kind.is_empty() {
            let mut report = Report::default();
            let fields = [("apiVersion", api_version), ("kind", kind)];
            for (name, _) in fields.into_iter().filter(|(_, value)| value.is_empty()) {
                report.error(Code::MissingApiField, root, &Path::Field(&Path::Root, name), "is required");
            }
            return Verdict { findings: report.into_findings(), is_skipped: false };
        }
        let names = Names::new(api_version, kind);
        if let Some(verdict) = self.check_custom(tree, names) {
            return verdict;
        }
        let mut is_skipped = false;
        let mut by_release = Vec::new();
        for release in &self.releases {
            let mut report = Report::default();
            let is_known = check_built_in(release, tree, names, &mut report);
            is_skipped |= !is_known;
            by_release.push((release.minor, report.into_findings()));
            if !is_known {
                break;
            }
        }
        Verdict { findings: merged(by_release), is_skipped }
    }

    /// Checks an object of a kind that has a definition.
    fn check_custom(&self, tree: &Tree, names: Names<'_>) -> Option<Verdict> {
        let release = self.releases.last()?;
        let mut report = Report::default();
        let Some(custom) = self.find_custom(names) else {
            let served = self.custom.iter().find_map(|custom| custom.served(names.group, names.kind))?;
            let versions: Vec<String> = served.iter().map(|version| format!("`{}/{version}`", names.group)).collect();
            report.add(unavailable(
                tree,
                format!("the CustomResourceDefinition of {} does not serve this version", names.kind),
                Some(format!("it serves {}", versions.join(", "))),
            ));
            return Some(Verdict { findings: report.into_findings(), is_skipped: false });
        };
        let is_incomplete = run(release, tree, &custom.schema, custom.dialect, &mut report);
        rules::check(&object(tree, names, release), &mut report);
        let mut note = |code: Code, message: String| {
            report.warning(code, tree.get(tree.root(), "kind").unwrap_or(tree.root()), &Path::Root, message);
        };
        if let Some(fault) = custom.fault {
            note(Code::InvalidSchema, format!("the schema of {} is checked in part: {fault}", names.kind));
        } else if is_incomplete {
            let reason = "a pattern is not valid or too large, or the object is too large";
            note(Code::InvalidSchema, format!("the schema of {} is checked in part: {reason}", names.kind));
        }
        Some(Verdict { findings: report.into_findings(), is_skipped: false })
    }

    fn find_custom(&self, names: Names<'_>) -> Option<&CustomKind> {
        self.custom.iter().find_map(|custom| custom.find(names.group, names.version, names.kind))
    }

    /// Returns the number of rules of a kind that are not evaluated.
    pub fn unevaluated_rules(&self, api_version: &str, kind: &str) -> usize {
        self.find_custom(Names::new(api_version, kind)).map_or(0, |custom| custom.rules)
    }

    /// Returns whether the kind of an object is known.
    pub fn knows(&self, api_version: &str, kind: &str) -> bool {
        let is_built_in = |release: &Release<'_>| !matches!(release.find(api_version, kind), Lookup::Unknown);
        self.find_custom(Names::new(api_version, kind)).is_some() || self.releases.iter().any(is_built_in)
    }
}

/// Returns the diagnostics about rendered objects, which may define kinds themselves.
pub fn check_rendered(rendered: &Rendered, table: &Table, minors: &[u8], custom: &CustomKinds) -> Vec<Diagnostic> {
    let mut own = CustomKinds::default();
    rendered.resources().iter().for_each(|resource| own.add_definition(resource.tree()));
    let validator = Validator::new(table, minors, vec![&own, custom]);
    let check = |resource: &Resource| {
        let findings = validator.check(resource.tree()).findings;
        diagnostics(resource.tree(), &resource.label(), &findings, resource.position())
    };
    rendered.resources().iter().flat_map(check).collect()
}

/// Returns `apiVersion` and `kind` of an object; empty if it has none.
pub fn names(tree: &Tree) -> (&str, &str) {
    let text = |name: &str| tree.get(tree.root(), name).map_or("", |node| tree.text(node));
    (text("apiVersion"), text("kind"))
}

impl<'a> Names<'a> {
    fn new(api_version: &'a str, kind: &'a str) -> Names<'a> {
        let (group, version) = split_api_version(api_version);
        Names { api_version, group, version, kind }
    }
}

fn object<'a>(tree: &'a Tree, names: Names<'a>, release: &Release<'_>) -> Object<'a> {
    Object { tree, group: names.group, version: names.version, kind: names.kind, minor: release.minor }
}

/// Checks an object against a schema. Returns whether some of the schema was not checked.
fn run(release: &Release<'_>, tree: &Tree, schema: &schema::Schema, dialect: Dialect, report: &mut Report) -> bool {
    let mut walk = Walk { tree, release, dialect, steps: 0, is_incomplete: false };
    walk.value(schema, schema, Value { node: tree.root(), in_flow: false, path: &Path::Root }, report);
    walk.is_incomplete
}

/// Checks an object of a built-in kind. Returns whether the kind is one; of others, only the metadata is checked.
fn check_built_in(release: &Release<'_>, tree: &Tree, names: Names<'_>, report: &mut Report) -> bool {
    match release.find(names.api_version, names.kind) {
        Lookup::Served { schema, removed } => {
            run(release, tree, schema, Dialect::BuiltIn, report);
            rules::check(&object(tree, names, release), report);
            if let Some((minor, other)) = removed {
                let message = format!(
                    "`{}` of {} is deprecated: Kubernetes 1.{minor} does not serve it",
                    names.api_version, names.kind
                );
                let node = tree.get(tree.root(), "apiVersion").unwrap_or(tree.root());
                let (path, help) = ("apiVersion".to_string(), Some(format!("use `{other}`")));
                let code = Code::DeprecatedApi;
                report.add(Finding { code, node, is_key: false, path, message, help, is_warning: true });
            }
            true
        }
        Lookup::NotServed { served, other } => {
            let reason = match (served.first(), served.last()) {
                (Some(&(first, _)), _) if first > release.minor => format!("it comes with Kubernetes 1.{first}"),
                (_, Some(&(_, last))) => format!("it was removed in Kubernetes 1.{}", last + 1),
                _ => "no supported version does".to_string(),
            };
            let message = format!(
                "Kubernetes 1.{} does not serve {} as `{}`: {reason}",
                release.minor, names.kind, names.api_version
            );
            report.add(unavailable(tree, message, other.map(|other| format!("use `{other}`"))));
            true
        }
        Lookup::Unknown => {
            let schema = schema::Schema { is_embedded: true, ..schema::Schema::anything() };
            run(release, tree, &schema, Dialect::Custom, report);
            rules::check(&object(tree, names, release), report);
            false
        }
    }
}

fn unavailable(tree: &Tree, message: String, help: Option<String>) -> Finding {
    let node = tree.get(tree.root(), "apiVersion").unwrap_or(tree.root());
    let path = "apiVersion".to_string();
    Finding { code: Code::UnavailableApi, node, is_key: false, path, message, help, is_warning: false }
}

/// Merges the findings for several versions of Kubernetes. A finding that does not apply to all of them names those.
fn merged(by_release: Vec<(u8, Vec<Finding>)>) -> Vec<Finding> {
    let count = by_release.len();
    let mut order: Vec<Finding> = Vec::new();
    let mut versions: BTreeMap<(u32, String, String), (usize, Vec<u8>)> = BTreeMap::new();
    for (minor, findings) in by_release {
        for finding in findings {
            let key = (finding.node.index() as u32, finding.path.clone(), finding.message.clone());
            let (_, minors) = versions.entry(key).or_insert_with(|| {
                order.push(finding);
                (order.len() - 1, Vec::new())
            });
            minors.push(minor);
        }
    }
    for (at, minors) in versions.into_values().filter(|(_, minors)| minors.len() < count) {
        let finding = &mut order[at];
        if finding.code != Code::UnavailableApi {
            let list: Vec<String> = minors.iter().map(|minor| format!("1.{minor}")).collect();
            finding.message = format!("{} (Kubernetes {})", finding.message, list.join(", "));
        }
    }
    order
}
