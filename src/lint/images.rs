//! Images in production whose content may change.

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::Resource;
use crate::transform::images::{images_of, split};
use crate::yaml::Span;

/// The words by which paths of overlays tell that they are for production.
const PRODUCTION: [&str; 4] = ["live", "prd", "prod", "production"];

/// What stands where Istio puts in its own image.
const INJECTED: &str = "auto";

/// Returns whether a part of a path says that it is about production, such as `overlays/prod-eu`.
pub fn is_for_production(path: &str) -> bool {
    path.split(['/', '-', '_', '.']).any(|word| PRODUCTION.contains(&word.to_lowercase().as_str()))
}

/// Returns a diagnostic for each image of containers that has neither a digest nor a tag that names a version.
pub fn mutable_tags(resource: &Resource) -> Vec<Diagnostic> {
    // A definition describes containers, but has none.
    if resource.kind() == "CustomResourceDefinition" {
        return Vec::new();
    }
    let tree = resource.tree();
    let check = |node| {
        let image = tree.text(node);
        let (name, tag, digest) = split(image);
        let is_mutable = digest.is_empty() && matches!(tag, "" | "latest");
        let is_image = !matches!(name, "" | INJECTED) && !name.contains('$');
        (is_mutable && is_image).then(|| {
            *Diagnostic::warning(Code::MutableTag, format!("{} runs `{image}`, which may change", resource.label()))
                .at(Span::new(tree.position(node), image.len()), "names no version")
                .hint("set a tag or, better, a digest under `images`")
        })
    };
    images_of(resource).into_iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::is_for_production;

    #[test]
    fn paths_tell_what_is_for_production() {
        for path in ["/a/overlays/prod", "/a/production/web", "/a/prod-eu", "/a/live"] {
            assert!(is_for_production(path), "{path}");
        }
        for path in ["/a/overlays/dev", "/a/products", "/a/delivery"] {
            assert!(!is_for_production(path), "{path}");
        }
    }
}
