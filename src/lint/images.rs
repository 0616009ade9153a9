//! Images in production without a fixed version.

use crate::diagnostic::{Code, Diagnostic};
use crate::resource::Resource;
use crate::transform::images::{images_of, split};
use crate::yaml::Span;

use super::deployers::Deployer;

/// The words in a path that mark an overlay for production.
const PRODUCTION: [&str; 4] = ["live", "prd", "prod", "production"];

/// The placeholder that Istio replaces with its own image.
const INJECTED: &str = "auto";

/// Official images of Docker Hub that are often used without a registry. Other names without one are placeholders, which a
/// build replaces, such as `frontend` for Skaffold and `controller` for Kubebuilder.
const OFFICIAL: [&str; 24] = [
    "alpine",
    "busybox",
    "caddy",
    "consul",
    "debian",
    "elasticsearch",
    "golang",
    "haproxy",
    "httpd",
    "influxdb",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "nats",
    "nginx",
    "node",
    "postgres",
    "python",
    "rabbitmq",
    "redis",
    "traefik",
    "ubuntu",
    "vault",
];

/// Returns whether an image is a placeholder, such as `controller`, `IMAGE` or `ko://example.com/cmd`.
fn is_placeholder(name: &str) -> bool {
    let is_local = !name.contains('/') && !OFFICIAL.contains(&name);
    let is_invalid = name.contains(['$', '<', '{', '%']) || name.contains("://");
    is_local || is_invalid || name.chars().any(char::is_uppercase)
}

/// Returns whether a path is for production, such as `overlays/prod-eu`.
pub fn is_for_production(path: &str) -> bool {
    path.split(['/', '-', '_', '.']).any(|word| PRODUCTION.contains(&word.to_lowercase().as_str()))
}

/// Returns a warning for each container image without a digest and without a tag for a version.
pub fn mutable_tags(resource: &Resource, deployers: &[&Deployer]) -> Vec<Diagnostic> {
    // A definition describes containers, but has none.
    if resource.kind() == "CustomResourceDefinition" {
        return Vec::new();
    }
    let tree = resource.tree();
    let check = |node| {
        let image = tree.text(node);
        let (name, tag, digest) = split(image);
        let is_mutable = digest.is_empty() && matches!(tag, "" | "latest");
        let is_image = !matches!(name, "" | INJECTED) && !is_placeholder(name);
        let is_replaced = deployers.iter().any(|deployer| deployer.images.iter().any(|image| image == name));
        (is_mutable && is_image && !is_replaced).then(|| {
            *Diagnostic::warning(Code::MutableTag, format!("{} uses the mutable image `{image}`", resource.label()))
                .at(Span::new(tree.position(node), image.len()), "no version tag or digest")
                .hint("set a tag or, better, a digest under `images`")
        })
    };
    images_of(resource).into_iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_for_production, is_placeholder};

    #[test]
    fn placeholders_are_not_images() {
        for name in ["controller", "IMAGE", "ko://example.com/cmd", "${IMAGE}", "REGISTRY/web"] {
            assert!(is_placeholder(name), "{name}");
        }
        for name in ["nginx", "example.com/web", "bitnami/redis"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }

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
