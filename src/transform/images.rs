//! The `images` field.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::kustomization::{Image, Located};
use crate::resource::paths::field_spec::{self, Create, DefaultFieldSpec, FieldSpec, set_scalar, wrong_kind};
use crate::resource::select::pattern::PatternError;
use crate::resource::select::patterns::{Pattern, Patterns};
use crate::resource::transformer_config::FieldList;
use crate::resource::{Resource, Resources, Step};
use crate::yaml::{NodeId, Position, Span, Tag, Tree};

use super::run::Run;
use super::unmatched;

/// The fields that contain images, in addition to those of all lists named `containers` or `initContainers`.
pub const DEFAULT_FIELDS: &[DefaultFieldSpec] = &[
    DefaultFieldSpec::new("", "", "", "spec/containers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/initContainers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/volumes[]/image/reference", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/containers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/initContainers[]/image", true),
    DefaultFieldSpec::new("", "", "", "spec/template/spec/volumes[]/image/reference", true),
    DefaultFieldSpec::new("", "", "", "spec/jobTemplate/spec/template/spec/volumes[]/image/reference", true),
];

/// Applies `images`: changes names, tags and digests of images.
///
/// # Errors
/// Fails if an image is not a scalar.
pub fn transform(run: &Run<'_>, resources: &mut Resources) -> Result<()> {
    let images = &run.kustomization().images;
    let Some(first) = images.first() else { return Ok(()) };
    set_images(images, &run.config[FieldList::Images], resources)?;
    run.end(images.len(), Step::new("images", first.position), resources);
    Ok(())
}

/// Changes images everywhere in the resources, entry by entry.
///
/// # Errors
/// Fails if an image is not a scalar.
pub fn set_images(images: &[Located<Image>], fields: &[FieldSpec], resources: &mut Resources) -> Result<()> {
    let Some(first) = images.first() else { return Ok(()) };
    let updaters: Vec<Updater<'_>> =
        images.iter().map(|image| Updater::new(image, resources.patterns())).collect::<Result<_>>()?;
    let mut found = Vec::new();
    for at in 0..resources.len() {
        // A definition describes containers, but has none.
        if resources.get(at).kind() == "CustomResourceDefinition" {
            continue;
        }
        found.clear();
        let tree = resources.get(at).tree();
        collect_images(tree, tree.root(), &mut found)?;
        for spec in field_spec::selected(fields, tree) {
            // The specs say `create`, but a missing image is never created.
            field_spec::apply_path(
                resources.get_mut(at).tree_mut(),
                spec,
                Create::Nothing,
                first.position,
                &mut |_, node| {
                    found.push(node);
                    Ok(())
                },
            )?;
        }
        let nodes = resources.get(at).tree().nodes_in_document();
        resources.work.count(updaters.len().saturating_mul(found.len()).saturating_add(nodes))?;
        for updater in &updaters {
            for &node in &found {
                updater.update(resources.get_mut(at), node)?;
            }
        }
    }
    if resources.journal.wants_lint {
        updaters.iter().filter_map(merged_tags).for_each(|warning| resources.warn(warning));
    }
    let is_unmatched = |updater: &&Updater<'_>| !updater.has_matched.get();
    if updaters.iter().any(|updater| is_unmatched(&updater)) {
        let names = names(resources);
        for updater in updaters.iter().filter(is_unmatched) {
            unmatched::warn_about_image(updater.image, &names, &|text| updater.name.matches(text), resources);
        }
    }
    Ok(())
}

/// Returns a warning if an entry gives the same tag to variants of an image, whose tags differ in a word.
fn merged_tags(updater: &Updater<'_>) -> Option<Diagnostic> {
    const NOT_VARIANTS: [&str; 12] =
        ["alpha", "beta", "dev", "edge", "latest", "main", "master", "nightly", "prod", "rc", "stable", "staging"];
    let word_of = |tag: &str| {
        let mut parts = tag.split(|c: char| !c.is_ascii_alphanumeric());
        let is_word = |part: &&str| part.len() > 1 && part.bytes().all(|b| b.is_ascii_alphabetic());
        parts.find(|part| is_word(part) && !NOT_VARIANTS.contains(part)).map(ToString::to_string)
    };
    let tags = updater.tags.borrow();
    let (name, tags) = tags.iter().find(|(_, tags)| {
        let words: BTreeMap<String, ()> = tags.keys().filter_map(|tag| Some((word_of(tag)?, ()))).collect();
        words.len() > 1
    })?;
    let shown: Vec<String> = tags.keys().filter(|tag| word_of(tag).is_some()).map(|tag| format!("`{tag}`")).collect();
    let mut warning = Diagnostic::warning(
        Code::MergedTags,
        format!("the image `{name}` had the tags {}, and has the same in all places now", shown.join(", ")),
    )
    .at(updater.position(), "sets the tag of all");
    for (tag, position) in tags.iter().take(3) {
        warning = warning.at(*position, format!("had `{tag}`"));
    }
    Some(*warning.hint("change each container with a patch"))
}

/// Returns the names of all images in containers, with the first image of each name.
fn names(resources: &Resources) -> BTreeMap<String, Span> {
    let mut names = BTreeMap::new();
    for resource in resources.iter() {
        let tree = resource.tree();
        for node in images_of(resource) {
            let span = Span::new(tree.position(node), tree.text(node).len());
            names.entry(split(tree.text(node)).0.to_string()).or_insert(span);
        }
    }
    names
}

/// Returns the images of all containers of a resource.
pub fn images_of(resource: &Resource) -> Vec<NodeId> {
    let mut found = Vec::new();
    // Ignore anything that is not a container.
    let _ = collect_images(resource.tree(), resource.root(), &mut found);
    found
}

/// Finds the images of all lists named `containers` or `initContainers` at any depth.
///
/// # Errors
/// Fails if a container is not a mapping.
fn collect_images(tree: &Tree, node: NodeId, found: &mut Vec<NodeId>) -> Result<()> {
    for element in tree.elements(node) {
        collect_images(tree, element, found)?;
    }
    for (key, value) in tree.entries(node) {
        if tree.is_scalar(value) {
            continue;
        }
        collect_images(tree, value, found)?;
        if !tree.is_text(key, "containers") && !tree.is_text(key, "initContainers") {
            continue;
        }
        for container in tree.elements(value).filter(|&container| !tree.is_null(container)) {
            if !tree.is_mapping(container) {
                return Err(wrong_kind(tree, container, "a mapping"));
            }
            found.extend(tree.get(container, "image"));
        }
    }
    Ok(())
}

/// The name of an entry. As in kustomize, it is a pattern, and a tag and a digest may follow it in an image.
enum Name<'a> {
    /// A name whose only special character is the dot, which matches any character.
    Plain(&'a str),
    /// An invalid pattern matches nothing.
    Pattern(Option<Pattern>),
}

impl<'a> Name<'a> {
    /// Compiles a name with the patterns of a render.
    ///
    /// # Errors
    /// Fails if the pattern exceeds their limits.
    fn new(name: &'a str, patterns: &Arc<Patterns>) -> Result<Name<'a>> {
        if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"./-_:@".contains(&b)) {
            return Ok(Name::Plain(name));
        }
        let pattern =
            format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$");
        match patterns.compile(&pattern) {
            Err(error @ (PatternError::TooLarge(_) | PatternError::TooMuchWork(_))) => Err(error.diagnostic(name)),
            compiled => Ok(Name::Pattern(compiled.ok())),
        }
    }

    fn matches(&self, image: &str) -> bool {
        match self {
            Name::Plain(name) => {
                let mut rest = image.chars();
                let mut same = |c: char| rest.next().is_some_and(|found| found == c || c == '.' && found != '\n');
                name.chars().all(&mut same) && is_tag_and_digest(rest.as_str())
            }
            Name::Pattern(pattern) => pattern.as_ref().is_some_and(|pattern| pattern.is_match(image)),
        }
    }
}

/// Returns whether a text is an optional tag and an optional digest, as in the pattern above.
fn is_tag_and_digest(text: &str) -> bool {
    let tag_length =
        |text: &str| text.bytes().take_while(|&b| b.is_ascii_alphanumeric() || b"_.{}-".contains(&b)).count();
    let rest = text.strip_prefix(':').map_or(text, |tag| &tag[tag_length(tag)..]);
    if rest.is_empty() {
        return true;
    }
    let Some((algorithm, digest)) = rest.strip_prefix('@').and_then(|digest| digest.split_once(':')) else {
        return false;
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    algorithm.split(['.', '+', '_', '-']).all(is_word) && tag_length(digest) == digest.len()
}

struct Updater<'a> {
    image: &'a Image,
    name: Name<'a>,
    has_matched: Cell<bool>,
    /// The images that matched by name and tag, with the first of each.
    tags: RefCell<BTreeMap<String, BTreeMap<String, Position>>>,
}

impl<'a> Updater<'a> {
    fn new(image: &'a Image, patterns: &Arc<Patterns>) -> Result<Updater<'a>> {
        let span = Span::new(image.name.position, image.name.len());
        let name = Name::new(&image.name, patterns).map_err(|error| error.at(span, "this pattern"))?;
        Ok(Updater { image, name, has_matched: Cell::new(false), tags: RefCell::default() })
    }

    fn update(&self, resource: &mut Resource, node: NodeId) -> Result<()> {
        let tree = resource.tree();
        if !tree.is_null(node) && !tree.is_scalar(node) {
            let mut error = wrong_kind(tree, node, "a scalar");
            error.message = format!("`images` cannot change {}: {}", resource.id(), error.message);
            return Err(error
                .at(Span::new(self.image.name.position, self.image.name.len()), "for this entry of `images`")
                .hint(
                    "kustomize expects the name of an image in the `image` field of each list named `containers` or \
                       `initContainers`; this kind has another form, which no entry of `images` can change",
                ));
        }
        let text = tree.text(node);
        if !self.name.matches(text) {
            return Ok(());
        }
        self.has_matched.set(true);
        let (name, tag, digest) = split(text);
        let image = self.image;
        let has_new_tag = !image.new_tag.is_empty() || !image.digest.is_empty();
        if !tag.is_empty() && has_new_tag {
            let mut tags = self.tags.borrow_mut();
            tags.entry(name.to_string()).or_default().entry(tag.to_string()).or_insert(tree.position(node));
        }
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
        set_scalar(resource.tree_mut(), node, &result, Tag::None, position)
    }

    /// Returns the position of the most specific value.
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
    use std::sync::Arc;

    use super::{Name, split};

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
    #[test]
    fn plain_names_match_as_their_patterns_do() {
        let images = [
            "nginx",
            "nginx:1.2",
            "nginx:",
            "nginx@sha256:ab",
            "nginx:1@sha256:ab",
            "nginx@sha-256+x:",
            "nginx@:ab",
            "nginx@sha--1:ab",
            "nginx:1:2",
            "nginx:1@a:b@c:d",
            "nginx:a b",
            "nginx\n",
            "xnginx",
            "nginx2",
            "ngin\nx",
            "gcr.io/nginx",
            "gcrxio/nginx:1",
            "gcr\nio/nginx",
            "",
        ];
        for name in ["nginx", "ngin.x", "gcr.io/nginx", "nginx:1", ""] {
            let [plain, pattern] = [name, &format!("(?:{name})")].map(|name| {
                let name = Name::new(name, &Arc::default()).unwrap();
                images.map(|image| name.matches(image))
            });
            assert_eq!(plain, pattern, "{name}");
        }
    }
}
