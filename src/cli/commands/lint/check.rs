//! The checks of a target, and of the files that no target reads.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::inputs::{Found, KnownAnswer, kustomization_file};
use crate::io::{Host, Outcome, Workspace};
use crate::lint::{Deployer, Finding, Key, Need, Outputs, Provided};
use crate::message::Message;
use crate::policy::{Comments, unknown_codes};
use crate::request::Request;
use crate::yaml::ParseLimits;
use crate::{Inputs, Rendered, lint};

use super::neighbors;
use super::policies::Policies;
use super::search::Search;
use crate::cli::flags::schemas::Validation;
use crate::cli::messages::report::CommandWords;
use crate::cli::paths;
use crate::cli::targets::{self, Manifests};

/// The code of the error about something that was not fetched or run.
const NOT_FETCHED: crate::Code = crate::Code::NotAllowed;

/// The result of checking a target.
pub struct Checked {
    pub messages: Vec<Message>,
    /// Messages that are reported only if no target provides what is needed.
    pub unresolved: Vec<((Key, Need), Message)>,
    /// The objects that the target provides; `None` if it does not render.
    pub provided: Option<Provided>,
    /// Whether the target lacks something that was not fetched or run, which could contain any object.
    pub is_incomplete: bool,
    /// The files that were read, with the paths shown in messages.
    pub read: HashSet<String>,
    /// The real paths of these files.
    pub read_real: Vec<String>,
    /// The hash of the output, if it renders; 0 unless outputs are compared.
    pub output: Option<u64>,
}

/// How targets are checked.
#[derive(Clone, Copy)]
pub struct How<'a> {
    pub policies: &'a Policies,
    /// Whether outputs are compared.
    pub has_outputs: bool,
    /// What objects are checked against.
    pub validation: Option<&'a Validation>,
}

/// Checks a target. `list` returns the names in a directory.
pub fn check(
    target: &str,
    manifests: &Manifests,
    workspace: &Workspace<'_>,
    how: &How<'_>,
    list: &lint::List<'_>,
) -> Checked {
    let How { policies, has_outputs, validation } = *how;
    let Outcome { result, inputs } = workspace.render(target);
    let comments = Comments::new(&inputs);
    let messages_of = |diagnostics: Vec<Diagnostic>| -> Vec<Message> {
        let mut reported = policies.apply(diagnostics, &inputs, &comments);
        lint::add_fixes_with(&mut reported, &inputs, list);
        reported.iter().map(|diagnostic| Message::new(diagnostic, &inputs, &CommandWords)).collect()
    };
    let (mut messages, mut unresolved, mut provided) = (Vec::new(), Vec::new(), None);
    let output = result.as_ref().ok().map(|rendered| if has_outputs { hash(rendered) } else { 0 });
    let is_incomplete = result.as_ref().is_err_and(|errors| errors.iter().any(|error| error.code == NOT_FETCHED));
    match result {
        Ok(rendered) => {
            let deployers: Vec<&Deployer> = manifests
                .deployers()
                .map(|(_, deployer)| deployer)
                .filter(|deployer| deployer.deploys(target))
                .collect();
            messages.extend(messages_of(rendered.warnings().to_vec()));
            messages.extend(messages_of(validation.iter().flat_map(|it| it.diagnostics(&rendered)).collect()));
            messages.extend(messages_of(lint::check_deployed(&rendered, &deployers)));
            for Finding { diagnostic, need } in lint::check_target(target, &rendered, &deployers) {
                match need {
                    Some(need) => {
                        let conditional = messages_of(vec![diagnostic]);
                        unresolved.extend(conditional.into_iter().map(|message| (need.clone(), message)));
                    }
                    None => messages.extend(messages_of(vec![diagnostic])),
                }
            }
            provided = Some(Provided::new(rendered.resources()));
        }
        Err(errors) => messages.extend(messages_of(errors)),
    }
    // Only the answers are specific to this target; `Inputs::files` contains the files of all targets.
    let file_of = |(_, known): (_, &KnownAnswer)| match known {
        KnownAnswer::Found(Found::File(file)) => Some(file.clone()),
        _ => None,
    };
    let read: Vec<_> = inputs.answers().filter_map(file_of).collect();
    messages.extend(messages_of(read.iter().flat_map(|file| unknown_codes(file)).collect()));
    Checked {
        messages,
        unresolved,
        provided,
        is_incomplete,
        read: read.iter().map(|file| paths::shown(&file.path)).collect(),
        read_real: read.iter().map(|file| file.real.clone()).collect(),
        output,
    }
}

/// Returns a hash of an output. Outputs that cannot be written are the same.
fn hash(rendered: &Rendered) -> u64 {
    let mut hasher = DefaultHasher::new();
    rendered.to_yaml().ok().hash(&mut hasher);
    hasher.finish()
}

/// Returns the messages about all targets, without duplicates. A message that depends on the resources of a target, such as
/// an unmatched patch in a shared component, is reported only if it applies to all targets that read the file.
pub fn messages_of_targets(checked: &[Checked], manifests: &Manifests) -> Vec<Message> {
    let rendered = checked.iter().filter(|checked| checked.provided.is_some());
    let read: HashSet<&str> = rendered.flat_map(|checked| &checked.read_real).map(String::as_str).collect();
    let mut surroundings = manifests.without(&read);
    if checked.iter().any(|checked| checked.is_incomplete) {
        surroundings.open("");
    }
    let mut outputs = Outputs::new(checked.iter().filter_map(|checked| checked.provided.as_ref()), surroundings);
    let mut by_location: BTreeMap<_, (&Message, usize)> = BTreeMap::new();
    for checked in checked {
        let unresolved = checked.unresolved.iter().filter(|((object, need), _)| !outputs.satisfy(object, need));
        // Names differ between targets with the same base, so messages are compared without their text.
        let mut in_target: HashMap<_, usize> = HashMap::new();
        for message in checked.messages.iter().chain(unresolved.map(|(_, message)| message)) {
            let (path, line, column, code, _) = message.sort_key();
            let nth = in_target.entry((path, line, column, code)).or_default();
            by_location.entry((path, line, column, code, *nth)).or_insert((message, 0)).1 += 1;
            *nth += 1;
        }
    }
    let mut readers: HashMap<&str, usize> = HashMap::new();
    // What a failed target would match is unknown.
    for path in checked.iter().flat_map(|checked| &checked.read) {
        *readers.entry(path).or_default() += 1;
    }
    let applies_everywhere = |message: &Message, count: usize| {
        let depends = message.kind().is_some_and(|code| code.depends_on_resources());
        let readers = message.location().and_then(|location| readers.get(location.path.as_str()));
        !depends || readers.is_none_or(|&readers| count >= readers)
    };
    let reported = by_location.into_values().filter(|&(message, count)| applies_everywhere(message, count));
    reported.map(|(message, _)| message.clone()).collect()
}

/// Returns the messages about files in or below kustomization directories that no target reads. For an unused component,
/// only its kustomization file is reported.
pub fn unused_files(
    mut paths: Vec<String>,
    search: &Search,
    checked: &[Checked],
    manifests: &Manifests,
    host: &dyn Host,
) -> anyhow::Result<Vec<Message>> {
    let read: HashSet<&str> = checked.iter().flat_map(|checked| &checked.read_real).map(String::as_str).collect();
    let mut messages = Vec::new();
    let mut unused_components = Vec::new();
    let within = Some(paths::absolute_or_url(&search.root)?);
    // A target that failed did not read all its files.
    let named = match checked.iter().all(|checked| checked.provided.is_some()) {
        true => HashSet::new(),
        false => manifests.named(),
    };
    let is_named = |path: &str| {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        named.contains(path) || targets::is_kustomization_file(Path::new(path)) && named.contains(directory)
    };
    paths.retain(|path| !read.contains(path.as_str()) && !is_named(path));
    // Kustomizations first.
    paths.sort_by_key(|path| !targets::is_kustomization_file(Path::new(path)));
    for path in paths {
        if unused_components.iter().any(|directory| Path::new(&path).starts_with(directory)) {
            continue;
        }
        let mut inputs = Inputs::new();
        let request = Request::Path { path: path.clone(), within: within.clone() };
        let answer = host.answer(&request);
        let Found::File(file) = inputs.insert_found(request, answer) else { continue };
        let below = within.as_deref().and_then(|root| path.strip_prefix(root)).unwrap_or(&path);
        let is_forgotten = manifests.belongs_to_siblings(&path)
            && !lint::is_sample(below)
            && !neighbors::mention(Path::new(&path), &search.root, host);
        let Some(diagnostic) = lint::unused(&file, is_forgotten, ParseLimits::default()) else {
            continue;
        };
        if diagnostic.code == crate::Code::UnusedComponent {
            unused_components.extend(Path::new(&path).parent().map(Path::to_path_buf));
        }
        let directory = path.rsplit_once('/').map_or("/", |(directory, _)| directory);
        for request in kustomization_file::requests(directory, true) {
            // The fix lists the file there.
            let answer = host.answer(&request);
            inputs.insert_found(request, answer);
        }
        let mut reported = search.policies.apply(vec![diagnostic], &inputs, &Comments::new(&inputs));
        lint::add_fixes(&mut reported, &inputs);
        messages.extend(reported.iter().map(|diagnostic| Message::new(diagnostic, &inputs, &CommandWords)));
    }
    Ok(messages)
}
