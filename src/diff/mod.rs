//! The differences between two renders, as data.
//!
//! 1. `pair` matches the resources of both renders. The hash in a generated name is ignored.
//! 2. `secret` masks the values of Secrets.
//! 3. `tree` finds the fields that differ. References that changed only because of a new hash in a generated name are listed
//!    separately.
//!
//! The order of documents and of mapping keys is ignored. `lines` compares texts line by line, for display.
//!
//! # Example
//! ```
//! use boutique::diff::{self, ChangeKind, Secrets, Status};
//! use boutique::{Options, io};
//!
//! let render = |image: &str| {
//!     let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers: [{{name: web, image: {image}}}]\n");
//!     let host = io::MemoryHost::new([("/kustomization.yaml", "resources: [pod.yaml]\n"), ("/pod.yaml", &pod)]);
//!     io::render(&host, "/", &Options::default()).result.expect("the tree is valid")
//! };
//! let diff = diff::compare(render("web:v1").resources(), render("web:v2").resources(), Secrets::Masked);
//! assert_eq!(diff.counts().changed, 1);
//! let pod = &diff.resources[0];
//! assert_eq!((pod.label(), pod.status()), ("Pod/web".to_string(), Status::Changed));
//! let change = &pod.changes[0];
//! assert_eq!((change.path.to_string().as_str(), change.kind), ("spec.containers[name=web].image", ChangeKind::Changed));
//! assert_eq!(change.after.as_ref().expect("it has a new value").value, "web:v2");
//! ```
//!
//! A report of everything in a [`Diff`]. References that follow a new hash are apart from the changes:
//! ```
//! use boutique::diff::{self, Change, Counts, Diff, FollowedReference, ResourceDiff, Secrets, Side};
//! use boutique::{Options, io};
//!
//! fn report(diff: &Diff) -> Vec<String> {
//!     let json = |side: &Option<Side>| side.as_ref().map_or("nothing".to_string(), |side| side.value.to_string());
//!     let mut lines = Vec::new();
//!     for resource in &diff.resources {
//!         let ResourceDiff { changes, references, .. } = resource;
//!         for Change { path, before, after, .. } in changes {
//!             lines.push(format!("{} {path}: {} -> {}", resource.label(), json(before), json(after)));
//!         }
//!         for FollowedReference { path, .. } in references {
//!             lines.push(format!("{} {path}: new hash", resource.label()));
//!         }
//!     }
//!     lines
//! }
//!
//! let render = |password: &str| {
//!     let generator = format!("secretGenerator: [{{name: login, literals: [password={password}]}}]\n");
//!     let kustomization = format!("resources: [pod.yaml]\n{generator}");
//!     let spec = "{volumes: [{name: v, secret: {secretName: login}}]}";
//!     let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {spec}\n");
//!     let host = io::MemoryHost::new([("/kustomization.yaml", kustomization.as_str()), ("/pod.yaml", &pod)]);
//!     io::render(&host, "/", &Options::default()).result.expect("the tree is valid")
//! };
//! let (before, after) = (render("a"), render("b"));
//! let diff = diff::compare(before.resources(), after.resources(), Secrets::Shown);
//! let Counts { changed, new_hashes_only, .. } = diff.counts();
//! assert_eq!((changed, new_hashes_only), (1, 1));
//! let report = report(&diff);
//! assert!(report[0].ends_with(r#"data.password: "YQ==" -> "Yg==""#));
//! assert_eq!(report[1], "Pod/web spec.volumes[name=v].secret.secretName: new hash");
//! ```

pub(crate) mod align;
mod change;
pub(crate) mod lines;
pub(crate) mod pair;
pub(crate) mod path;
pub(crate) mod tree;
pub(crate) mod value;

use std::collections::HashMap;

use crate::inputs::SourceLocation;
use crate::parallel::with_large_stack;
use crate::resource::{Resource, Schema};
use crate::secret;
use crate::yaml::Position;

pub use change::{Change, ChangeKind, Counts, Diff, FollowedReference, ResourceDiff, Secrets, Side, Status};
pub use path::{ChangePath, Segment};

/// Compares two lists of resources.
pub fn compare(before: &[Resource], after: &[Resource], secrets: Secrets) -> Diff {
    with_large_stack(|| compare_lists(before, after, secrets))
}

fn compare_lists(before: &[Resource], after: &[Resource], secrets: Secrets) -> Diff {
    let schema = Schema::default();
    let pairs = pair::pair(before, after, &schema);
    let renamed = tree::Renamed::new(pairs.iter().filter_map(|pair| {
        let (before, after) = (&before[pair.before?], &after[pair.after?]);
        (before.name() != after.name()).then(|| (before.name(), after.name(), pair::plain_name(after)))
    }));
    let mut diff = Diff::default();
    let mut effort = align::MAX_EFFORT;
    for pair in &pairs {
        let resource = compare_pair(
            pair.before.map(|at| before[at].clone()),
            pair.after.map(|at| after[at].clone()),
            &renamed,
            &schema,
            secrets,
            &mut effort,
        );
        match resource {
            Some(resource) => diff.resources.push(resource),
            None => diff.unchanged += 1,
        }
    }
    diff.record_referrers();
    diff
}

/// Compares the sides of a resource. Returns `None` if they do not differ.
fn compare_pair(
    mut before: Option<Resource>,
    mut after: Option<Resource>,
    renamed: &tree::Renamed,
    schema: &Schema,
    secrets: Secrets,
    effort: &mut usize,
) -> Option<ResourceDiff> {
    if secrets == Secrets::Masked {
        secret::mask_sides(before.as_mut(), after.as_mut());
    }
    let (mut changes, mut references) = (Vec::new(), Vec::new());
    if let (Some(before), Some(after)) = (&before, &after) {
        (changes, references) = tree::compare(before, after, renamed, schema, effort);
        let is_renamed = before.name() != after.name();
        if changes.is_empty() && references.is_empty() && !is_renamed {
            return None;
        }
        // The name of the resource itself is reported with the resource.
        references.retain(|reference| !is_renamed || !reference.path.is_name());
    }
    Some(ResourceDiff { before, after, changes, references, referrers: Vec::new() })
}

impl Diff {
    /// Returns whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Returns the numbers of resources by kind of change.
    pub fn counts(&self) -> Counts {
        let count = |status| self.resources.iter().filter(|resource| resource.status() == status).count();
        Counts {
            added: count(Status::Added),
            changed: count(Status::Changed),
            removed: count(Status::Removed),
            new_hashes_only: count(Status::NewHashesOnly),
            unchanged: self.unchanged,
        }
    }

    /// Records in each generated resource which others refer to it by its new name.
    fn record_referrers(&mut self) {
        let mut referrers: HashMap<String, Vec<String>> = HashMap::new();
        for resource in &self.resources {
            for reference in &resource.references {
                let list = referrers.entry(reference.name.clone()).or_default();
                let label = resource.label();
                if list.last() != Some(&label) {
                    list.push(label);
                }
            }
        }
        for resource in self.resources.iter_mut().filter(|resource| resource.former_name().is_some()) {
            let name = resource.shown().map_or("", Resource::name);
            resource.referrers = referrers.get(name).cloned().unwrap_or_default();
        }
    }

    /// Sets the source of each change: the location of the new value, or of the old one if the field was removed.
    pub fn add_sources(
        &mut self,
        before: impl Fn(Position) -> Option<SourceLocation>,
        after: impl Fn(Position) -> Option<SourceLocation>,
    ) {
        for resource in &mut self.resources {
            for change in &mut resource.changes {
                change.source = match (&change.before, &change.after) {
                    (_, Some(side)) => after(side.position),
                    (Some(side), None) => before(side.position),
                    (None, None) => None,
                };
            }
        }
    }
}

impl ResourceDiff {
    /// Returns the kind of change to the resource.
    pub fn status(&self) -> Status {
        match (&self.before, &self.after) {
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
            _ if self.changes.is_empty() && self.former_name().is_none() => Status::NewHashesOnly,
            _ => Status::Changed,
        }
    }

    /// Returns the new side, or the old one if the resource was removed.
    pub fn shown(&self) -> Option<&Resource> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// Returns the old name if it differs, which it does if the hash of the content changed.
    pub fn former_name(&self) -> Option<&str> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        (before.name() != after.name()).then(|| before.name())
    }

    /// Returns the old side with the new names of generated resources, so that the texts differ only in the changes.
    pub fn before_with_new_references(&self) -> Option<Resource> {
        let mut before = self.before.clone()?;
        for reference in &self.references {
            let tree = before.tree_mut();
            let position = tree.position(reference.before);
            tree.set_text(reference.before, &reference.name, position);
        }
        Some(before)
    }

    /// Returns kind, namespace and name for display.
    pub fn label(&self) -> String {
        let Some(resource) = self.shown() else { return String::new() };
        let parts = [resource.kind(), resource.namespace(), resource.name()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }
}
