//! What deploys a tree: the objects of Flux and Argo CD that name its directories, and what they change there.

use crate::resource::identity::split_api_version;
use crate::yaml::{NodeId, Tree};

use super::walk::elements_at;

/// An object that deploys directories of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployer {
    /// Kind and name: `Kustomization/apps`.
    pub label: String,
    /// The deployed directories, relative to the root of the repository. `*` stands for any text.
    pub paths: Vec<String>,
    /// The namespace in which all objects are created; for Argo CD, only those without a namespace.
    pub namespace: Option<String>,
    /// Whether the namespace replaces those of the objects.
    pub replaces_namespaces: bool,
    /// The names of the variables that are substituted.
    pub variables: Vec<String>,
    /// Whether variables come from ConfigMaps and Secrets, too.
    pub has_more_variables: bool,
    /// The names of the images that are replaced.
    pub images: Vec<String>,
    /// The components that are added.
    pub components: Vec<String>,
    /// The number of patches that are added.
    pub patches: usize,
}

impl Deployer {
    /// Returns the deployer that a manifest describes, if it is one.
    pub fn new(tree: &Tree) -> Option<Deployer> {
        let root = tree.root();
        let text = |path: &[&str]| tree.get_path(root, path).map_or("", |value| tree.text(value));
        let (group, _) = split_api_version(text(&["apiVersion"]));
        let kind = text(&["kind"]);
        let mut deployer = match (group, kind) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => flux(tree, tree.get(root, "spec")?),
            ("argoproj.io", "Application") => argo_cd(tree, tree.get(root, "spec")?),
            ("argoproj.io", "ApplicationSet") => {
                let mut deployer = argo_cd(tree, tree.get_path(root, &["spec", "template", "spec"])?);
                deployer.paths.extend(generated_paths(tree));
                deployer
            }
            _ => return None,
        };
        deployer.label = format!("{kind}/{}", text(&["metadata", "name"]));
        deployer.paths.retain(|path| !path.is_empty() && path != "*");
        (!deployer.paths.is_empty()).then_some(deployer)
    }

    /// Returns whether it deploys a directory. The root of the repository is unknown, so the ends of the paths are compared.
    pub fn deploys(&self, directory: &str) -> bool {
        self.paths.iter().any(|path| ends_with(directory, path))
    }

    /// Returns whether it substitutes a variable.
    pub fn substitutes(&self, variable: &str) -> bool {
        self.has_more_variables || self.variables.iter().any(|name| name == variable)
    }
}

/// Reads the spec of a Flux Kustomization.
fn flux(tree: &Tree, spec: NodeId) -> Deployer {
    let post_build = tree.get(spec, "postBuild").unwrap_or(tree.root());
    let namespace = text(tree, spec, "targetNamespace");
    Deployer {
        paths: vec![plain(text(tree, spec, "path"))],
        replaces_namespaces: !namespace.is_empty(),
        namespace: (!namespace.is_empty()).then(|| namespace.to_string()),
        variables: entries(tree, post_build, "substitute"),
        has_more_variables: elements_at(tree, post_build, &["substituteFrom"]).next().is_some(),
        images: elements_at(tree, spec, &["images"]).map(|image| text(tree, image, "name").to_string()).collect(),
        components: elements_at(tree, spec, &["components"]).map(|path| tree.text(path).to_string()).collect(),
        patches: elements_at(tree, spec, &["patches"]).count(),
        ..Deployer::default()
    }
}

/// Reads the spec of an Argo CD application.
fn argo_cd(tree: &Tree, spec: NodeId) -> Deployer {
    let sources: Vec<NodeId> =
        tree.get(spec, "source").into_iter().chain(elements_at(tree, spec, &["sources"])).collect();
    let namespace = tree.get(spec, "destination").map_or("", |destination| text(tree, destination, "namespace"));
    let mut deployer =
        Deployer { namespace: (!namespace.is_empty()).then(|| namespace.to_string()), ..Deployer::default() };
    for source in sources {
        deployer.paths.push(plain(text(tree, source, "path")));
        // Plugins substitute what they find.
        deployer.has_more_variables |= tree.get(source, "plugin").is_some();
        if let Some(kustomize) = tree.get(source, "kustomize") {
            deployer.replaces_namespaces |= !text(tree, kustomize, "namespace").is_empty();
            deployer.images.extend(elements_at(tree, kustomize, &["images"]).map(|image| image_name(tree.text(image))));
            let components = elements_at(tree, kustomize, &["components"]).map(|path| tree.text(path).to_string());
            deployer.components.extend(components);
            deployer.patches += elements_at(tree, kustomize, &["patches"]).count();
        }
    }
    deployer
}

/// Returns the directories of the git generators of an ApplicationSet, also of those in matrices.
fn generated_paths(tree: &Tree) -> Vec<String> {
    let mut paths = Vec::new();
    let mut to_visit: Vec<NodeId> = tree.get_path(tree.root(), &["spec", "generators"]).into_iter().collect();
    while let Some(node) = to_visit.pop() {
        to_visit.extend(tree.elements(node));
        to_visit.extend(tree.entries(node).map(|(_, value)| value));
        if let Some(git) = tree.get(node, "git") {
            let included =
                elements_at(tree, git, &["directories"]).filter(|entry| text(tree, *entry, "exclude") != "true");
            paths.extend(included.map(|entry| plain(text(tree, entry, "path"))));
        }
    }
    paths
}

/// Returns the name in an image override: `[name=]image[:tag][@digest]`.
fn image_name(image: &str) -> String {
    let name = image.split_once('=').map_or(image, |(name, _)| name);
    let name = name.split('@').next().unwrap_or(name);
    let tag = name.rfind(':').filter(|&at| !name[at..].contains('/'));
    name[..tag.unwrap_or(name.len())].to_string()
}

/// Returns a path without `./` and slashes at its ends. A template such as `{{ .path }}` becomes `*`.
fn plain(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path.trim_start_matches("./").trim_matches('/');
    while let Some((before, after)) = rest.split_once("{{") {
        plain.push_str(before);
        plain.push('*');
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Returns whether a directory ends with the names of a path.
fn ends_with(directory: &str, path: &str) -> bool {
    let (mut names, mut wanted) = (directory.rsplit('/'), path.rsplit('/'));
    wanted.all(|wanted| names.next().is_some_and(|name| name_matches(name, wanted)))
}

fn name_matches(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, rest)) => {
            let end = rest.rsplit('*').next().unwrap_or(rest);
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => name == pattern,
    }
}

fn text<'a>(tree: &'a Tree, node: NodeId, field: &str) -> &'a str {
    tree.get(node, field).map_or("", |value| tree.text(value))
}

fn entries(tree: &Tree, node: NodeId, field: &str) -> Vec<String> {
    let map = tree.get(node, field).into_iter().flat_map(|map| tree.entries(map));
    map.map(|(key, _)| tree.text(key).to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployer(text: &str) -> Option<Deployer> {
        let tree = crate::yaml::parse_single(&text.to_string().into(), crate::yaml::FileId(1), Default::default());
        Deployer::new(&tree.unwrap().unwrap())
    }

    #[test]
    fn kustomizations_of_flux_are_read() {
        let text = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  \
            path: ./apps/prod\n  targetNamespace: shop\n  images: [{name: web, newTag: v1}]\n  \
            postBuild: {substitute: {DOMAIN: a}}\n";
        let found = deployer(text).unwrap();
        assert_eq!((found.label.as_str(), found.namespace.as_deref()), ("Kustomization/apps", Some("shop")));
        assert!(found.deploys("/repo/apps/prod") && !found.deploys("/repo/apps/dev"));
        assert!(found.substitutes("DOMAIN") && !found.substitutes("HOST"));
        assert_eq!(found.images, ["web"]);
    }

    #[test]
    fn applications_of_argo_cd_are_read() {
        let spec = "destination: {namespace: shop}, source: {path: '{{path}}', kustomize: {images: ['web=a/web:v1']}}";
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: apps}}\nspec:\n  \
            generators: [{{git: {{directories: [{{path: apps/*}}]}}}}]\n  template: {{spec: {{{spec}}}}}\n"
        );
        let found = deployer(&text).unwrap();
        assert_eq!(
            (found.paths.as_slice(), found.images.as_slice()),
            (&["apps/*".to_string()][..], &["web".to_string()][..])
        );
        assert!(found.deploys("/repo/apps/web") && !found.deploys("/repo/base/web"));
        assert_eq!(deployer("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"), None);
    }
}
