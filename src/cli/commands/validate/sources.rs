//! The objects to check: those that targets render, and those in plain manifests.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::bail;

use crate::diagnostic::Diagnostic;
use crate::inputs::Found;
use crate::io::{Host, Outcome, Workspace};
use crate::parallel;
use crate::policy::Policy;
use crate::request::{Answer, Request};
use crate::resource::manifest::subtree;
use crate::yaml::Tree;
use crate::{Inputs, Options, Rendered};

use crate::cli::commands::lint::search::{Configurations, Search};
use crate::cli::paths;
use crate::cli::targets::{self, Targets};

/// The maximum size of the standard input in bytes.
const MAX_STDIN: u64 = 256 << 20;

/// Where objects come from.
pub struct Sources {
    pub searches: Vec<Search>,
    pub configurations: Configurations,
    /// Plain manifests.
    pub files: Vec<PathBuf>,
    pub has_stdin: bool,
    pub options: Options,
    /// The policy for plain manifests.
    pub policy: Policy,
}

/// A source that was read.
pub struct Source {
    /// The target or the file, as messages show it.
    pub name: String,
    /// The directory of a target.
    pub target: Option<String>,
    /// The index of the search that found the target.
    pub search: Option<usize>,
    pub inputs: Inputs,
    pub content: Content,
}

/// What a source contains.
pub enum Content {
    Rendered(Box<Rendered>),
    Documents(Vec<Tree>),
    Failed(Vec<Diagnostic>),
}

/// Everything that was read.
#[derive(Default)]
pub struct Collected {
    pub sources: Vec<Source>,
    pub targets: Targets,
}

impl Collected {
    /// Returns whether directories were searched, and nothing was found.
    pub fn has_no_targets(&self, directories: &[PathBuf]) -> bool {
        !directories.is_empty() && self.targets.directories.is_empty()
    }
}

impl Source {
    /// Returns the documents of the objects.
    pub fn trees(&self) -> Vec<&Tree> {
        match &self.content {
            Content::Rendered(rendered) => rendered.resources().iter().map(|resource| resource.tree()).collect(),
            Content::Documents(documents) => documents.iter().collect(),
            Content::Failed(_) => Vec::new(),
        }
    }
}

impl Sources {
    /// Renders all targets, and reads all manifests.
    ///
    /// # Errors
    /// Fails when a directory cannot be read.
    pub fn collect(&self, host: &(dyn Host + Sync)) -> anyhow::Result<Collected> {
        let mut collected = Collected::default();
        let mut found: Vec<(String, usize)> = Vec::new();
        for (at, search) in self.searches.iter().enumerate() {
            let (mut targets, _) = self.configurations.find(search, host, &self.options)?;
            found.extend(std::mem::take(&mut targets.directories).into_iter().map(|target| (target, at)));
            collected.targets.extend(targets);
        }
        found.sort();
        found.dedup_by(|a, b| a.0 == b.0);
        collected.targets.directories = found.iter().map(|(target, _)| target.clone()).collect();
        let workspace = Workspace::new(host, self.options.clone());
        collected.sources = parallel::map(&found, targets::default_jobs(), |(target, search)| {
            let Outcome { result, mut inputs } = workspace.render(target);
            workspace.add_shared_files(&mut inputs);
            let content = match result {
                Ok(rendered) => Content::Rendered(Box::new(rendered)),
                Err(errors) => Content::Failed(errors),
            };
            let name = paths::shown(target);
            Source { name, target: Some(target.clone()), search: Some(*search), inputs, content }
        });
        for file in &self.files {
            let path = paths::absolute_or_url(file)?;
            let request = Request::Path { path: path.clone(), within: None };
            let answer = host.answer(&request);
            collected.sources.push(self.manifest(paths::shown(&path), request, answer)?);
        }
        if self.has_stdin {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(MAX_STDIN).read_to_end(&mut bytes)?;
            let path = "<stdin>".to_string();
            let request = Request::Path { path: path.clone(), within: None };
            collected.sources.push(self.manifest(path.clone(), request, Answer::File { real: path, bytes })?);
        }
        Ok(collected)
    }

    fn manifest(&self, name: String, request: Request, answer: Answer) -> anyhow::Result<Source> {
        let mut inputs = Inputs::new();
        let file = match inputs.insert_found(request, answer) {
            Found::File(file) => file,
            Found::Failed(failure) => bail!("cannot read {name}: {}", failure.message),
            _ => bail!("cannot read {name}: no such file"),
        };
        let content = match file.documents(self.options.limits) {
            Ok(documents) => Content::Documents(documents.into_iter().flat_map(objects).collect()),
            Err(error) => Content::Failed(error.flatten()),
        };
        Ok(Source { name, target: None, search: None, inputs, content })
    }
}

/// Returns the objects of a document: none of an empty one, and the items of a list.
fn objects(tree: Tree) -> Vec<Tree> {
    let root = tree.root();
    if tree.is_null_or_empty(root) {
        return Vec::new();
    }
    let is_list = tree.get(root, "kind").is_some_and(|kind| tree.text(kind).ends_with("List"));
    match tree.get(root, "items").filter(|&items| is_list && tree.is_sequence(items)) {
        Some(items) => tree.elements(items).map(|item| subtree(&tree, item)).collect(),
        None => vec![tree],
    }
}
