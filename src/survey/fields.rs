//! The fields of a kustomization that include something.

use std::sync::Arc;

use crate::inputs::{File, kustomization_file};
use crate::kustomization::{GeneratorArgs, HelmChart, Kustomization, Located, Patch, PathEntry, PathKind};
use crate::remote::without_credentials;
use crate::resource::identity::api_version_and_kind;
use crate::resource::manifest;
use crate::yaml::Tree;

use super::PartKind;
use super::settings::{count, settings, text};
use super::surveyor::{Directory, Field, Surveyor};

impl Surveyor<'_> {
    /// Reads a kustomization, and follows its fields in the order of a render.
    pub(super) fn kustomization(&mut self, directory: &Directory) {
        let answers =
            directory.kustomization_requests(self.options.load_restrictions).map(|request| self.find(request));
        let [Some(first), Some(second), Some(third)] = answers else { return };
        let read = kustomization_file::choose(&directory.path, [first, second, third], directory.included_from)
            .and_then(|file| Ok((file.kustomization(self.options.limits)?.clone(), file)));
        let (read, file) = match read {
            Ok(read) => read,
            Err(error) => {
                self.structure.parts[directory.part].kind = PartKind::Unreadable;
                self.structure.problems.push(match directory.included_from {
                    Some(span) if error.labels.iter().all(|label| label.span != span) => *error.via(span),
                    _ => *error,
                });
                return;
            }
        };
        let kustomization = &read.kustomization;
        let part = &mut self.structure.parts[directory.part];
        part.settings = settings(kustomization);
        if kustomization.is_component() {
            part.kind = PartKind::Component;
        }
        let field = |name, kind| Field { name, directory, from: directory.part, kind };
        self.entries(field("resources", PartKind::Manifest), &kustomization.resources);
        self.generators(field("configMapGenerator", PartKind::Generator), &kustomization.config_map_generator);
        self.generators(field("secretGenerator", PartKind::Generator), &kustomization.secret_generator);
        for chart in &kustomization.helm_charts {
            self.chart(field("helmCharts", PartKind::Chart), chart);
        }
        self.plugins(field("generators", PartKind::Plugin), &kustomization.generators, &file);
        self.entries(field("components", PartKind::Manifest), &kustomization.components);
        self.patches(directory, kustomization, &file);
        let replacements = kustomization.replacements.iter().filter(|replacement| !replacement.path.is_empty());
        replacements.for_each(|entry| self.file(field("replacements", PartKind::Replacement), &entry.path));
        self.plugins(field("transformers", PartKind::Plugin), &kustomization.transformers, &file);
        self.plugins(field("validators", PartKind::Plugin), &kustomization.validators, &file);
        let configurations = |name| field(name, PartKind::Configuration);
        kustomization.configurations.iter().for_each(|path| self.file(configurations("configurations"), path));
        kustomization.crds.iter().for_each(|path| self.file(configurations("crds"), path));
        kustomization.openapi.get("path").into_iter().for_each(|path| self.file(configurations("openapi"), path));
    }

    fn generators(&mut self, field: Field<'_>, generators: &[Located<GeneratorArgs>]) {
        for args in generators {
            let literals = count("literals", args.literals.len());
            let behavior = text("behavior", &args.behavior);
            let settings = behavior.into_iter().chain(literals).collect();
            let from = self.add_inline(field, args.name.value.clone(), settings, args.position);
            for path in &args.envs {
                self.file(Field { name: "envs", from, kind: PartKind::Data, ..field }, path);
            }
            for path in &args.files {
                let entry = PathEntry { path: path.clone(), kind: PathKind::KeyedFile };
                let field = Field { name: "files", from, kind: PartKind::Data, ..field };
                match entry.without_key() {
                    // The first equals sign is in the query of the URL, and the rest may be a token.
                    Some(_) if has_query(&path.value) => self.file(field, path),
                    Some(PathEntry { path, .. }) => self.file(field, &path),
                    None => {}
                }
            }
        }
    }

    fn chart(&mut self, field: Field<'_>, chart: &Located<HelmChart>) {
        let settings = [("version", &chart.version), ("repo", &chart.repo), ("releaseName", &chart.release_name)];
        let settings = settings.into_iter().filter_map(|(field, value)| text(field, &without_credentials(value)));
        let from = self.add_inline(field, chart.name.clone(), settings.collect(), chart.position);
        if !chart.values_file.is_empty() {
            self.file(Field { name: "valuesFile", from, kind: PartKind::Data, ..field }, &chart.values_file);
        }
        for path in &chart.additional_values_files {
            self.file(Field { name: "additionalValuesFiles", from, kind: PartKind::Data, ..field }, path);
        }
    }

    /// Follows the entries of a list of plugins, each of which may be an inline configuration.
    fn plugins(&mut self, field: Field<'_>, entries: &[Located<String>], file: &Arc<File>) {
        for entry in entries {
            let inline = file.documents_inside(entry, self.options.limits).and_then(manifest::resources);
            match inline {
                Ok(resources) => {
                    for resource in &resources {
                        self.add_inline(field, label(resource.tree()), Vec::new(), entry.position);
                    }
                }
                Err(_) => self.entry(field, entry),
            }
        }
    }

    fn patches(&mut self, directory: &Directory, kustomization: &Kustomization, file: &Arc<File>) {
        let field = |name| Field { name, directory, from: directory.part, kind: PartKind::Patch };
        for entry in kustomization.patches_strategic_merge.iter().flatten() {
            if entry.value.contains('\n') {
                self.inline_patch(field("patchesStrategicMerge"), entry, file);
            } else {
                self.file(field("patchesStrategicMerge"), entry);
            }
        }
        let json = kustomization.patches_json6902.iter().flatten().map(|patch| ("patchesJson6902", patch));
        for (name, patch) in kustomization.patches.iter().map(|patch| ("patches", patch)).chain(json) {
            match (&patch.path, target_summary(patch)) {
                (path, _) if !path.is_empty() => self.file(field(name), path),
                (_, Some(target)) => {
                    self.add_inline(field(name), target, Vec::new(), patch.position);
                }
                (_, None) => self.inline_patch(field(name), &patch.patch, file),
            }
        }
    }

    /// Adds a patch, named after the resource that it patches.
    fn inline_patch(&mut self, field: Field<'_>, text: &Located<String>, file: &Arc<File>) {
        let trees = file.documents_inside(text, self.options.limits).unwrap_or_default();
        let names: Vec<String> = trees.iter().map(label).collect();
        let name = if names.is_empty() { "inline".to_string() } else { names.join(", ") };
        self.add_inline(field, name, Vec::new(), text.position);
    }
}

/// Returns kind and name of a resource for display.
fn label(tree: &Tree) -> String {
    let name = tree.get_path(tree.root(), &["metadata", "name"]).map_or("", |name| tree.text(name));
    format!("{}/{name}", api_version_and_kind(tree).1)
}

/// Returns a short description of a patch's target.
fn target_summary(patch: &Patch) -> Option<String> {
    let target = patch.target.as_ref()?;
    let kind_and_name = [&target.kind, &target.name].map(|text| if text.is_empty() { "*" } else { text.as_str() });
    let selectors = [&target.label_selector, &target.annotation_selector].into_iter().filter(|text| !text.is_empty());
    let selectors: Vec<&str> = selectors.map(|text| text.as_str()).collect();
    let kind_and_name = kind_and_name.join("/");
    Some(if selectors.is_empty() { kind_and_name } else { format!("{kind_and_name} ({})", selectors.join(", ")) })
}

/// Returns whether the first equals sign of an entry is in the query of a URL.
fn has_query(entry: &str) -> bool {
    entry.split('=').next().is_some_and(|key| key.contains('?'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halt::Halt;
    use crate::inputs::Inputs;
    use crate::kustomization::path_fields::PATH_FIELDS;
    use crate::options::Options;
    use crate::request::{Answer, Request};
    use crate::survey::{Repositories, survey};

    /// Returns whether the survey of a kustomization file includes `/app/listed`.
    fn includes_listed(kustomization: &str) -> bool {
        let answer = |request: &Request| match request {
            Request::Path { path, .. } if path == "/app" => Answer::Directory { real: path.clone() },
            Request::Path { path, .. } if path == "/app/kustomization.yaml" => {
                Answer::File { real: path.clone(), bytes: kustomization.into() }
            }
            _ => Answer::Missing,
        };
        let mut inputs = Inputs::new();
        loop {
            match survey(&inputs, "/app", Repositories::Named, &Options::default()) {
                Ok(structure) => return structure.parts.iter().any(|part| part.name == "/app/listed"),
                Err(Halt::Failed(_)) => return false,
                Err(Halt::Needs(requests)) => {
                    for request in requests {
                        let known = answer(&request);
                        inputs.insert(request, known);
                    }
                }
            }
        }
    }

    /// The survey cannot iterate over the table: it follows the fields in the order of a render, and shows the entries that
    /// contain them.
    #[test]
    fn all_path_fields_are_followed() {
        // The directory of charts is not a part of its own.
        for field in PATH_FIELDS.iter().filter(|field| field.kind != PathKind::ChartHome) {
            let shapes = match field.names {
                [list] => vec![format!("{list}: [listed]\n")],
                [outer, inner] => vec![
                    format!("{outer}: {{{inner}: listed}}\n"),
                    format!("{outer}: [{{{inner}: listed}}]\n"),
                    format!("{outer}: [{{{inner}: [listed]}}]\n"),
                ],
                names => panic!("{names:?} is nested deeper"),
            };
            assert!(shapes.iter().any(|shape| includes_listed(shape)), "no path in {:?}", field.names);
        }
    }
}
