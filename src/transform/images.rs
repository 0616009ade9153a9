//! The `images` field.

use regex::Regex;

use crate::accumulate::config::TransformerConfig;
use crate::diagnostic::Result;
use crate::kustomization::{Image, Located};
use crate::load::Target;
use crate::resource::Resources;
use crate::resource::field_spec::{self, Create, DefaultFieldSpec, FieldSpec, set_scalar, wrong_kind};
use crate::resource::pattern;
use crate::yaml::{Kind, NodeId, Position, Tag, Tree};

use super::Runs;

/// The fields that hold images, beside those of everything called `containers`.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "", "spec/containers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/initContainers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/volumes[]/image/reference", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/containers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/initContainers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/volumes[]/image/reference", true),
    DefaultFieldSpec::new("", "", "", "spec/jobTemplate/spec/template/spec/volumes[]/image/reference", true),
];

/// Changes names, tags and digests of images.
///
/// # Errors
/// Fails where an image is no scalar.
pub fn transform(
    target: &Target,
    config: &TransformerConfig,
    resources: &mut Resources,
    runs: &Runs<'_>,
) -> Result<()> {
    let images = &target.kustomization().images;
    images.iter().try_for_each(|image| set_image(image, &config.images, resources))?;
    runs.note(images.len(), resources);
    Ok(())
}

/// Changes one image wherever it is used.
///
/// # Errors
/// Fails where an image is no scalar.
pub fn set_image(image: &Located<Image>, fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let updater = Updater::new(image);
    for at in 0..resources.len() {
        // Definitions describe containers, but have none.
        if resources.get(at).kind() == "CustomResourceDefinition" {
            continue;
        }
        let tree = resources.get_mut(at).tree_mut();
        updater.walk(tree, tree.root())?;
        for spec in fields {
            // The specs say `create`, but there is nothing to create an image from.
            field_spec::apply(tree, spec, Create::Nothing, image.position, &mut |tree, node| {
                updater.update(tree, node)
            })?;
        }
    }
    Ok(())
}

struct Updater<'a> {
    image: &'a Image,
    /// The name is a pattern, as in the reference; an invalid one matches nothing.
    pattern: Option<Regex>,
}

impl<'a> Updater<'a> {
    fn new(image: &'a Image) -> Updater<'a> {
        let pattern = format!(
            "^{}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$",
            image.name.value
        );
        Updater { image, pattern: pattern::compile(&pattern).ok() }
    }

    /// Updates the images of all lists called `containers` or `initContainers`, wherever they are.
    fn walk(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        match tree.kind(node) {
            Kind::Scalar => Ok(()),
            Kind::Sequence => {
                let elements: Vec<NodeId> = tree.children(node).collect();
                elements.into_iter().try_for_each(|element| self.walk(tree, element))
            }
            Kind::Mapping => {
                let entries: Vec<_> = tree.entries(node).collect();
                for (key, value) in entries {
                    self.walk(tree, value)?;
                    if matches!(tree.text(key), "containers" | "initContainers") && tree.is_sequence(value) {
                        self.containers(tree, value)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn containers(&self, tree: &mut Tree, containers: NodeId) -> Result<()> {
        let containers: Vec<NodeId> = tree.children(containers).collect();
        for container in containers {
            if tree.is_null(container) {
                continue;
            }
            if !tree.is_mapping(container) {
                return Err(wrong_kind(tree, container, "a mapping"));
            }
            if let Some(image) = tree.get(container, "image") {
                self.update(tree, image)?;
            }
        }
        Ok(())
    }

    fn update(&self, tree: &mut Tree, node: NodeId) -> Result<()> {
        if !tree.is_null(node) && !tree.is_scalar(node) {
            return Err(wrong_kind(tree, node, "a scalar"));
        }
        let text = tree.text(node);
        if !self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text)) {
            return Ok(());
        }
        let (name, tag, digest) = split(text);
        let image = self.image;
        let name = if image.new_name.is_empty() { name } else { &image.new_name };
        let with_suffix;
        let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str(), image.tag_suffix.as_str()) {
            ("", "", "") => (tag, digest),
            ("", "", suffix) => {
                with_suffix = format!("{tag}{suffix}");
                (with_suffix.as_str(), "")
            }
            ("", new_digest, _) => ("", new_digest),
            (new_tag, new_digest, _) => (new_tag, new_digest),
        };
        let mut result = name.to_string();
        for (separator, part) in [(':', tag), ('@', digest)] {
            if !part.is_empty() {
                result.push(separator);
                result.push_str(part);
            }
        }
        let position = self.position();
        set_scalar(tree, node, &result, Tag::None, position)
    }

    /// Returns where the part that matters most is written.
    fn position(&self) -> Position {
        let image = self.image;
        [&image.digest, &image.new_tag, &image.tag_suffix, &image.new_name]
            .into_iter()
            .find(|part| !part.is_empty())
            .map_or(image.name.position, |part| part.position)
    }
}

/// Splits an image reference into name, tag and digest: `[host[:port]/]path[:tag][@digest]`.
pub fn split(image: &str) -> (&str, &str, &str) {
    let path = image.find('/').filter(|&slash| slash > 0).unwrap_or(0);
    let (rest, digest) = match image[path..].find('@') {
        Some(at) => (&image[..path + at], &image[path + at + 1..]),
        None => (image, ""),
    };
    match rest[path..].find(':') {
        Some(colon) => (&rest[..path + colon], &rest[path + colon + 1..], digest),
        None => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn image_references_split() {
        for (image, expected) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1.2", ("nginx", "1.2", "")),
            ("localhost:5000/nginx", ("localhost:5000/nginx", "", "")),
            ("localhost:5000/a/nginx:1@sha256:ab", ("localhost:5000/a/nginx", "1", "sha256:ab")),
            ("nginx@sha256:ab", ("nginx", "", "sha256:ab")),
        ] {
            assert_eq!(split(image), expected);
        }
    }
}
