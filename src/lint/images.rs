//! Images in production without a fixed version.

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::Resource;
use crate::transform::images::{images_of, split};
use crate::yaml::Span;

/// The words in a path that mark an overlay for production.
const PRODUCTION: [&str; 4] = ["live", "prd", "prod", "production"];

/// The placeholder that Istio replaces with its own image.
const INJECTED: &str = "auto";

/// Returns whether a path is for production, such as `overlays/prod-eu`.
pub fn is_for_production(path: &str) -> bool {
    path.split(['/', '-', '_', '.']).any(|word| PRODUCTION.contains(&word.to_lowercase().as_str()))
}

/// Returns a warning for each container image without a digest and without a tag for a version.
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
            *Diagnostic::warning(Code::MutableTag, format!("{} uses the mutable image `{image}`", resource.label()))
                .at(Span::new(tree.position(node), image.len()), "no version tag or digest")
                .hint("set a tag or, better, a digest under `images`")
        })
    };
    images_of(resource).into_iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::is_for_production;

    #[test]
    fn production_is_recognized_by_its_path() {
        for path in ["/a/overlays/prod", "/a/production/web", "/a/prod-eu", "/a/live"] {
            assert!(is_for_production(path), "{path}");
        }
        for path in ["/a/overlays/dev", "/a/products", "/a/delivery"] {
            assert!(!is_for_production(path), "{path}");
        }
    }
}
