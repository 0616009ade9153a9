//! The entries of kustomizations through which a target includes a file.

use std::collections::HashMap;

use crate::Inputs;
use crate::inputs::{Found, KnownAnswer};
use crate::kustomization::FILE_NAMES;
use crate::path::{clean, join};
use crate::yaml::{FileId, ParseLimits, Span};

/// The entries that include paths.
#[derive(Default)]
pub struct Inclusions {
    /// For each path, the entry that includes it, and the directory of the kustomization with the entry.
    entries: HashMap<String, (Span, String)>,
    /// The paths of files, or the directories of kustomizations.
    paths: HashMap<FileId, String>,
}

impl Inclusions {
    /// Reads the kustomizations among the inputs of a target.
    pub fn new(inputs: &Inputs, limits: ParseLimits) -> Inclusions {
        let mut inclusions = Inclusions::default();
        for (_, known) in inputs.answers() {
            let KnownAnswer::Found(Found::File(file)) = known else { continue };
            let (directory, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if !FILE_NAMES.contains(&name) {
                inclusions.paths.insert(file.id, file.path.clone());
                continue;
            }
            inclusions.paths.insert(file.id, directory.to_string());
            let Ok(read) = file.kustomization(limits) else { continue };
            for (path, _) in read.kustomization.paths() {
                let span = Span::new(path.position, path.value.len().max(1));
                let included = clean(&join(directory, path));
                inclusions.entries.entry(included).or_insert_with(|| (span, directory.to_string()));
            }
        }
        inclusions
    }

    /// Returns the entries that include a file, innermost first.
    pub fn of(&self, file: FileId, target: &str) -> Vec<Span> {
        let mut chain = Vec::new();
        let mut path = self.paths.get(&file);
        while let Some((span, directory)) = path.filter(|path| *path != target).and_then(|path| self.entries.get(path))
        {
            // A path can be included only once on the way.
            if chain.len() > self.entries.len() {
                return Vec::new();
            }
            chain.push(*span);
            path = Some(directory);
        }
        chain
    }
}
