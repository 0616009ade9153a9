//! `$(NAME)` and `${NAME}` in an output, where nothing replaces them.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::resource::Resource;
use crate::yaml::{NodeId, Span, Tree};

/// Kinds whose content is not Kubernetes' to read, or describes others.
const OPAQUE: [&str; 3] = ["ConfigMap", "CustomResourceDefinition", "Secret"];

/// Fields that hold programs, which have variables of their own.
const SCRIPTS: [&str; 3] = ["args", "command", "script"];

/// Lists of containers, which have environment variables.
const CONTAINERS: [&str; 3] = ["containers", "ephemeralContainers", "initContainers"];

/// Returns a diagnostic for each variable that stays as it is.
pub fn unresolved(resource: &Resource) -> Vec<Diagnostic> {
    if OPAQUE.contains(&resource.kind()) {
        return Vec::new();
    }
    let mut search = Search { tree: resource.tree(), label: resource.label(), found: Vec::new() };
    search.walk(resource.root(), Place::default());
    search.found
}

/// What is known of the place of a value.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    container: Option<&'a Container<'a>>,
    is_in_script: bool,
}

/// The environment of a container.
struct Container<'a> {
    variables: HashSet<&'a str>,
    /// Some of it comes from elsewhere.
    has_more: bool,
    /// It runs a shell, to which `$(NAME)` means something else.
    runs_shell: bool,
}

impl<'a> Container<'a> {
    fn new(tree: &'a Tree, node: NodeId) -> Container<'a> {
        let list = |field| tree.get(node, field).into_iter().flat_map(|list| tree.elements(list));
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
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    fn walk(&mut self, node: NodeId, place: Place<'_>) {
        let tree = self.tree;
        for element in tree.elements(node) {
            self.walk(element, place);
        }
        for (key, value) in tree.entries(node) {
            let key = tree.text(key);
            if CONTAINERS.contains(&key) {
                for element in tree.elements(value) {
                    let container = Container::new(tree, element);
                    self.walk(element, Place { container: Some(&container), ..place });
                }
            } else {
                self.walk(value, Place { is_in_script: place.is_in_script || SCRIPTS.contains(&key), ..place });
            }
        }
        if tree.is_scalar(node) {
            self.check(node, place);
        }
    }

    fn check(&mut self, node: NodeId, place: Place<'_>) {
        let text = self.tree.text(node);
        // Several lines are a program or a file.
        if !text.contains('$') || text.contains('\n') {
            return;
        }
        let runs_shell = place.is_in_script && place.container.is_none_or(|container| container.runs_shell);
        if !runs_shell {
            let is_known = |name: &&str| match place.container {
                Some(container) => container.has_more || container.variables.contains(name),
                None => false,
            };
            let unknown = names(text, '(', ')').into_iter().find(|name| !is_known(name) && is_constant(name));
            if let Some(name) = unknown {
                let known = place.container.into_iter().flat_map(|container| container.variables.iter().copied());
                let near = nearest(name, known).map(|near| format!("did you mean `$({near})`?"));
                self.tell(node, &format!("$({name})"), near);
            }
        }
        if !place.is_in_script {
            // A default may follow the name.
            let name_of = |inside: &'_ str| inside.split([':', '-', '=']).next().is_some_and(is_name);
            if let Some(inside) = names(text, '{', '}').into_iter().find(|inside| name_of(inside)) {
                self.tell(node, &format!("${{{inside}}}"), None);
            }
        }
    }

    fn tell(&mut self, node: NodeId, variable: &str, hint: Option<String>) {
        let message = format!("{} holds `{variable}`, which nothing replaces", self.label);
        let place = Span::new(self.tree.position(node), self.tree.text(node).len());
        let warning = Diagnostic::warning(Code::UnresolvedVariable, message).at(place, "in this value");
        self.found.push(*match hint {
            Some(hint) => warning.hint(hint),
            None => warning,
        });
    }
}

/// Returns what stands between `$` with an opening bracket and the closing one; `$$` is a dollar sign.
fn names(text: &str, open: char, close: char) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            rest = escaped;
        } else if let Some((inside, behind)) = rest.strip_prefix(open).and_then(|rest| rest.split_once(close)) {
            found.push(inside);
            rest = behind;
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns whether a name is written as those of variables are. Others are commands, or parameters of other programs.
fn is_constant(text: &str) -> bool {
    is_name(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_brackets() {
        assert_eq!(names("$(A) $$(B) x$(C)y $(D", '(', ')'), ["A", "C"]);
        assert_eq!(names("${A}$(B)${C:-d}", '{', '}'), ["A", "C:-d"]);
        assert_eq!(names("$", '(', ')'), [""; 0]);
    }

    #[test]
    fn variables_are_told_where_nothing_replaces_them() {
        let found = |container: &str| -> Vec<String> {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - {{name: a, {container}}}\n"
            );
            let tree = crate::yaml::parse_single(&text.into(), crate::yaml::FileId(1), Default::default());
            let resource = Resource::new(std::sync::Arc::new(tree.unwrap().unwrap()));
            unresolved(&resource).into_iter().map(|warning| warning.message).collect()
        };
        let expected = |variable: &str| vec![format!("Pod/web holds `{variable}`, which nothing replaces")];
        assert_eq!(found("args: [$(HOST)]"), expected("$(HOST)"));
        assert_eq!(found("args: [$(HOST)], env: [{name: HOST, value: a}]"), [""; 0]);
        assert_eq!(found("args: [$(HOST)], envFrom: [{configMapRef: {name: a}}]"), [""; 0]);
        assert_eq!(found("command: [sh, -c, 'echo $(DATE) ${HOST}']"), [""; 0]);
        assert_eq!(found("args: [$(date), $$(HOST)]"), [""; 0]);
        assert_eq!(found("env: [{name: A, value: '${HOST}'}]"), expected("${HOST}"));
        assert_eq!(found("env: [{name: A, value: '${HOST:-web}'}]"), expected("${HOST:-web}"));
    }
}
