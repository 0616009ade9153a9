//! Unresolved variables: `$(NAME)` in an output that nothing replaces, and `${NAME}`, which others may substitute.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::resource::Resource;
use crate::resource::identity::group_version_kind;
use crate::yaml::{NodeId, Span, Tree};

use super::deployers::Deployer;
use super::known::is_built_in;
use super::walk::elements_at;

/// Kinds whose content Kubernetes does not interpret, or that describe other objects.
const OPAQUE: [&str; 3] = ["ConfigMap", "CustomResourceDefinition", "Secret"];

/// Fields with commands and scripts, which have their own variables.
const SCRIPTS: [&str; 3] = ["args", "command", "script"];

/// The names of lists of containers.
const CONTAINERS: [&str; 3] = ["containers", "ephemeralContainers", "initContainers"];

/// Returns a warning for each variable in a resource that is not replaced, not even by those who deploy it. `vars` are the
/// names of the variables of kustomize.
pub fn unresolved(resource: &Resource, vars: &[&str], deployers: &[&Deployer]) -> Vec<Diagnostic> {
    if OPAQUE.contains(&resource.kind()) {
        return Vec::new();
    }
    let (group, ..) = group_version_kind(resource.tree());
    let mut search = Search {
        tree: resource.tree(),
        label: resource.label(),
        is_interpreted: !is_built_in(group),
        vars,
        deployers,
        found: Vec::new(),
    };
    search.walk(resource.root(), Context::default());
    search.found
}

/// The context of a value.
#[derive(Clone, Copy, Default)]
struct Context<'a> {
    container: Option<&'a Container<'a>>,
    /// The variables of the other containers of the pod.
    siblings: &'a [&'a str],
    is_in_script: bool,
}

/// The environment of a container.
struct Container<'a> {
    variables: HashSet<&'a str>,
    /// Whether it has further variables from ConfigMaps or Secrets.
    has_more: bool,
    /// Whether the container runs a shell, for which `$(NAME)` is a command substitution.
    runs_shell: bool,
}

impl<'a> Container<'a> {
    fn new(tree: &'a Tree, node: NodeId) -> Container<'a> {
        let list = |field| elements_at(tree, node, &[field]);
        let name = |entry| tree.get(entry, "name").map(|name| tree.text(name));
        Container {
            variables: list("env").filter_map(name).collect(),
            has_more: tree.get(node, "envFrom").is_some_and(|list| !tree.is_null_or_empty(list)),
            runs_shell: list("command").chain(list("args")).any(|word| tree.is_text(word, "-c")),
        }
    }
}

struct Search<'a> {
    tree: &'a Tree,
    label: String,
    /// Whether a controller reads the object, which may have variables of its own.
    is_interpreted: bool,
    vars: &'a [&'a str],
    deployers: &'a [&'a Deployer],
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    fn walk(&mut self, node: NodeId, context: Context<'_>) {
        let tree = self.tree;
        for element in tree.elements(node) {
            self.walk(element, context);
        }
        let containers = CONTAINERS.iter().flat_map(|list| elements_at(tree, node, &[list]));
        let names: Vec<&str> = containers.flat_map(|element| Container::new(tree, element).variables).collect();
        for (key, value) in tree.entries(node) {
            let key = tree.text(key);
            if CONTAINERS.contains(&key) {
                for element in tree.elements(value) {
                    let container = Container::new(tree, element);
                    self.walk(element, Context { container: Some(&container), siblings: &names, ..context });
                }
            } else {
                self.walk(value, Context { is_in_script: context.is_in_script || SCRIPTS.contains(&key), ..context });
            }
        }
        if tree.is_scalar(node) {
            self.check(node, context);
        }
    }

    fn check(&mut self, node: NodeId, context: Context<'_>) {
        let text = self.tree.text(node);
        // A multi-line string is a script or a file.
        if !text.contains('$') || text.contains('\n') {
            return;
        }
        let runs_shell = context.is_in_script && context.container.is_none_or(|container| container.runs_shell);
        if !runs_shell {
            let is_known = |name: &&str| match context.container {
                Some(container) => container.has_more || container.variables.contains(name),
                None => false,
            };
            let unknown = names(text, '(', ')').into_iter().find(|name| !is_known(name) && is_constant(name));
            if let Some(name) = unknown {
                let similar = self.meant(name, context);
                if !self.is_interpreted || similar.is_some() {
                    self.report(Code::UnresolvedVariable, node, &format!("$({name})"), similar);
                }
            }
        }
        if !context.is_in_script {
            // A default may follow the name.
            let is_substituted = |name: &str| self.deployers.iter().any(|deployer| deployer.substitutes(name));
            let name_of = |inside: &'_ str| {
                inside.split([':', '-', '=']).next().is_some_and(|name| is_name(name) && !is_substituted(name))
            };
            if let Some(inside) = names(text, '{', '}').into_iter().find(|inside| name_of(inside)) {
                self.report(Code::UnsubstitutedVariable, node, &format!("${{{inside}}}"), None);
            }
        }
    }

    /// Returns a hint that names the variable that was probably meant: one of the container, of `vars`, or of the other
    /// containers of the pod, whose variables do not count.
    fn meant(&self, name: &str, context: Context<'_>) -> Option<String> {
        let own = context.container.into_iter().flat_map(|container| container.variables.iter().copied());
        let found = nearest(name, own.filter(|known| *known != name).chain(self.vars.iter().copied()));
        if found == Some(name) {
            return Some("`vars` does not replace variables in this field; list it under `varReference` in a file of `configurations`"
                    .to_string());
        }
        if let Some(similar) = found {
            return Some(format!("did you mean `$({similar})`?"));
        }
        let is_of_sibling = context.siblings.contains(&name);
        is_of_sibling.then(|| format!("another container of the pod has the variable `{name}`, but not this one"))
    }

    fn report(&mut self, code: Code, node: NodeId, variable: &str, hint: Option<String>) {
        let what = if code == Code::UnresolvedVariable { "unresolved" } else { "unsubstituted" };
        let message = format!("{} contains the {what} variable `{variable}`", self.label);
        let span = Span::new(self.tree.position(node), self.tree.text(node).len());
        let warning = Diagnostic::warning(code, message).at(span, "in this value");
        self.found.push(*match hint {
            Some(hint) => warning.hint(hint),
            None => warning,
        });
    }
}

/// Returns the texts between `$` with an opening bracket and the closing bracket. `$$` is an escaped dollar sign.
fn names(text: &str, open: char, close: char) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            rest = escaped;
        } else if let Some(opened) = rest.strip_prefix(open) {
            // Without an end here, there is none for what follows, either.
            let Some((inside, after)) = opened.split_once(close) else { break };
            found.push(inside);
            rest = after;
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns whether a name is in upper case, as is usual for variables. Others are commands, or parameters of other programs.
fn is_constant(text: &str) -> bool {
    is_name(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_brackets() {
        assert_eq!(names("$(A) $$(B) x$(C)y $(D", '(', ')'), ["A", "C"]);
        assert_eq!(names("${A}$(B)${C:-d}", '{', '}'), ["A", "C:-d"]);
        assert_eq!(names("$", '(', ')'), [""; 0]);
    }

    #[test]
    fn unresolved_variables_are_reported() {
        let found = |container: &str| -> Vec<String> {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - {{name: a, {container}}}\n"
            );
            let tree = crate::yaml::parse_single(&text.into(), crate::yaml::FileId(1), Default::default());
            let resource = Resource::new(std::sync::Arc::new(tree.unwrap().unwrap()));
            unresolved(&resource, &[], &[]).into_iter().map(|warning| warning.message).collect()
        };
        let expected = |variable: &str| {
            let what = if variable.starts_with("$(") { "unresolved" } else { "unsubstituted" };
            vec![format!("Pod/web contains the {what} variable `{variable}`")]
        };
        assert_eq!(found("args: [$(HOST)]"), expected("$(HOST)"));
        assert_eq!(found("args: [$(HOST)], env: [{name: HOST, value: a}]"), [""; 0]);
        assert_eq!(found("args: [$(HOST)], envFrom: [{configMapRef: {name: a}}]"), [""; 0]);
        assert_eq!(found("command: [sh, -c, 'echo $(DATE) ${HOST}']"), [""; 0]);
        assert_eq!(found("args: [$(date), $$(HOST)]"), [""; 0]);
        assert_eq!(found("env: [{name: A, value: '${HOST}'}]"), expected("${HOST}"));
        assert_eq!(found("env: [{name: A, value: '${HOST:-web}'}]"), expected("${HOST:-web}"));
    }
}
