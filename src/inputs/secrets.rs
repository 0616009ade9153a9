//! The values of Secrets in all files, and the files that cannot contain any.

use std::collections::{HashMap, HashSet};

use crate::path;
use crate::request::Request;
use crate::secret;

use super::lines::Line;
use super::{File, Found, Inputs};

impl Inputs {
    /// Returns a line of a file as messages show it. The first one has the number 1.
    pub(crate) fn line<'a>(&self, file: &'a File, number: usize) -> Line<'a> {
        let line = file.masked_line(number);
        if line.shown < line.text.len() && self.is_public(file) { file.line(number, true) } else { line }
    }

    /// Returns the values of Secrets that a text contains.
    pub(crate) fn values_in(&self, text: &str) -> Vec<&str> {
        let values = self.secrets.values.get_or_init(|| self.values_by_word());
        let words = words(text).chain([""]).filter_map(|word| values.get(word)).flatten();
        let found = words.filter(|&&(file, at)| text.contains(&self.files[file].hidden_values()[at]));
        let found = found.filter(|&&(file, _)| !self.is_public(&self.files[file]));
        found.map(|&(file, at)| self.files[file].hidden_values()[at].as_str()).collect()
    }

    fn values_by_word(&self) -> HashMap<String, Vec<(usize, usize)>> {
        let mut values: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (file, content) in self.files.iter().enumerate() {
            for (at, value) in content.hidden_values().iter().enumerate() {
                // A value without letters and digits has no word.
                let word = words(value).next().unwrap_or_default();
                values.entry(word.to_string()).or_default().push((file, at));
            }
        }
        values
    }

    /// Returns whether a file cannot contain values of a Secret, because it is used only for patches of other resources or as a
    /// source of ConfigMaps.
    fn is_public(&self, file: &File) -> bool {
        let files = self.secrets.public_files.get_or_init(|| self.public_files());
        files.contains(&file.real) && !secret::mentions_values(file.shown_text())
    }

    fn public_files(&self) -> HashSet<String> {
        let answers = self.answers.iter().filter_map(|(request, known)| match (request, known) {
            (Request::Path { path, .. }, super::KnownAnswer::Found(Found::File(file))) => {
                Some((path.as_str(), file.real.as_str()))
            }
            _ => None,
        });
        let real_paths: HashMap<&str, &str> = answers.collect();
        let mut uses: HashMap<&str, bool> = HashMap::new();
        for file in &self.files {
            // A file that is not valid YAML may use others for anything.
            let Some(path_uses) = secret::path_uses(file.shown_text()) else { return HashSet::new() };
            for secret::PathUse { path, is_public } in path_uses {
                // The source of a generator may have a key.
                let names = [Some(path.as_str()), path.split_once('=').map(|(_, path)| path)];
                for (name, own) in names.into_iter().flatten().flat_map(|name| [(name, &file.path), (name, &file.real)])
                {
                    let directory = own.rsplit_once('/').map_or("", |(directory, _)| directory);
                    if let Some(real) = real_paths.get(path::join(directory, name).as_str()) {
                        *uses.entry(real).or_insert(true) &= is_public;
                    }
                }
            }
        }
        uses.into_iter().filter(|&(_, is_public)| is_public).map(|(real, _)| real.to_string()).collect()
    }
}

/// Returns the words of a text: runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
