//! Properties of all inputs, as functions for tests and fuzz targets.
//!
//! Each property takes an arbitrary input, ignores irrelevant ones, and fails with a description of the violation.
//! Inputs with several parts are separated by lines of `###`, so that corpora can be read and written by hand.

mod views;

use std::sync::Arc;

use serde_json::Value;

use crate::edit::images::ImageChange;
use crate::edit::{self, Mapping};
use crate::io::{self, MemoryHost, Outcome};
use crate::remote::transport::{self, fetch_arguments};
use crate::remote::{self, percent_decode};
use crate::request::GitRequest;
use crate::resource::patch::json6902;
use crate::resource::patch::strategic_merge::{self, NewElements};
use crate::resource::paths::path_matcher;
use crate::resource::paths::written_path::{lookup_part, split_dotted_path, split_path};
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::select::patterns::Patterns;
use crate::resource::{RenderLimits, Schema, Work};
use crate::transform::images;
use crate::yaml::{self, FileId, Kind, ParseLimits, Position, Tree};
use crate::{Options, render};

pub use crate::yaml::scanner_agrees;
pub use views::{differences_are_symmetric, explanations_fit_the_output, lint_never_panics};

/// Limits that are lower than the defaults, so that small inputs reach them.
const LIMITS: ParseLimits = ParseLimits { nesting: 1000, alias_nodes: 10_000, documents: 10_000 };

/// The maximum size of a compiled pattern in bytes.
const MAX_PATTERN_SIZE: usize = 10 << 20;
const RENDER_LIMITS: RenderLimits = RenderLimits {
    include_depth: 100,
    bases: 1000,
    resources: 10_000,
    memory: 64 << 20,
    memory_per_byte: 0,
    output: 16 << 20,
    work: 10_000_000,
    pattern: MAX_PATTERN_SIZE,
};

/// The line between the parts of an input.
const SEPARATOR: &str = "\n###\n";

/// The result of a property: an error describes the violation.
pub type PropertyResult = Result<(), String>;

/// The statistics of [`yaml_round_trips`].
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundTripStats {
    /// The number of written documents.
    pub documents: usize,
    /// The number of documents that cannot be written, such as those with infinity.
    pub unwritable: usize,
}

/// Checks that documents are the same after they are written and parsed again, and that the fast analysis of a text agrees
/// with the careful one.
///
/// # Errors
/// Fails if a document or an analysis differs.
pub fn yaml_round_trips(text: &str) -> Result<RoundTripStats, String> {
    yaml::analyses_agree(text)?;
    let mut stats = RoundTripStats::default();
    for tree in read(text).unwrap_or_default().iter().filter(|tree| !tree.is_null(tree.root())) {
        let Some(once) = write(tree) else {
            stats.unwritable += 1;
            continue;
        };
        stats.documents += 1;
        if is_ambiguous(&once) {
            continue;
        }
        let again = read_one(&once).map_err(|error| format!("{error} in the written document:\n{once}"))?;
        match write(&again) {
            Some(twice) if twice == once => {}
            twice => return Err(format!("{once}\nis parsed and written as\n{}", twice.unwrap_or_default())),
        }
    }
    Ok(stats)
}

/// Returns whether a text has line breaks of YAML 1.1 that are not part of YAML 1.2. boutique writes them as kustomize
/// does, but does not parse them as line breaks.
pub fn has_unicode_breaks(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// Returns whether a written text may be parsed differently. Like kustomize, boutique writes `<<` without quotes
/// (fixture `yaml/quoting`), which makes it a merge key.
fn is_ambiguous(text: &str) -> bool {
    has_unicode_breaks(text) || text.contains("<<:")
}

/// Merges a patch, the second part of the input, into a resource, the first part. Checks that the result can be written
/// and parsed, and that repeated empty patches converge. Each may still remove empty values and duplicates.
///
/// # Errors
/// Fails if the property is violated.
pub fn strategic_merge_converges(input: &str) -> PropertyResult {
    let Some((resource, patch)) = input.split_once(SEPARATOR) else { return Ok(()) };
    let (Ok(mut tree), Ok(patch)) = (read_one(resource), read_one(patch)) else { return Ok(()) };
    if !tree.is_mapping(tree.root()) {
        return Ok(());
    }
    let empty = Tree::new_mapping(Position::NONE);
    let schema = Schema::default();
    for new_elements in [NewElements::First, NewElements::Last] {
        let merged = strategic_merge::merge(&mut tree, &patch, &schema, new_elements, &mut Work::default());
        let Some(text) = merged.is_ok_and(|is_kept| is_kept).then(|| write(&tree)).flatten() else { continue };
        if is_ambiguous(&text) {
            continue;
        }
        read_one(&text).map_err(|error| format!("{error} in the merged document:\n{text}"))?;
        let mut current = as_sets(to_value(&tree));
        let mut has_converged = false;
        for _ in 0..=patch.node_count() {
            match strategic_merge::merge(&mut tree, &empty, &schema, new_elements, &mut Work::default()) {
                Ok(true) => {}
                Ok(false) => return Err(format!("an empty patch deletes\n{text}")),
                // A mapping with an empty key cannot be merged.
                Err(_) => return Ok(()),
            }
            let before = std::mem::replace(&mut current, as_sets(to_value(&tree)));
            has_converged = before == current;
            if has_converged {
                break;
            }
        }
        if !has_converged {
            return Err(format!("{text}\nkeeps changing with empty patches:\n{}", write(&tree).unwrap_or_default()));
        }
    }
    Ok(())
}

/// Returns a value with sorted lists without duplicates. In a list that merges by a key, each merge repeats and moves
/// elements that lack the key (fixture `patches/merge-elements-without-keys`).
fn as_sets(value: Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.into_iter().map(as_sets).collect();
            elements.sort_by_cached_key(Value::to_string);
            elements.dedup();
            elements.into()
        }
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, as_sets(value))).collect(),
        other => other,
    }
}

/// Applies a JSON patch, the second part of the input, to a document, the first part, and compares the result with that
/// of another implementation, which returns `None` on errors.
///
/// Inputs for which kustomize's library deviates from RFC 6902 are ignored: it treats null as missing, and supports
/// negative indexes. Merge keys are ignored, too, since they have no meaning in JSON.
///
/// # Errors
/// Fails if the results differ.
pub fn json_patch_agrees(input: &str, other: impl FnOnce(&Value, &Value) -> Option<Value>) -> PropertyResult {
    let Some((document, patch)) = input.split_once(SEPARATOR) else { return Ok(()) };
    let (Ok(document), Ok(patch)) = (serde_json::from_str::<Value>(document), serde_json::from_str::<Value>(patch))
    else {
        return Ok(());
    };
    let is_plain = document.is_object()
        && !has_null(&document)
        && !input.contains("<<")
        && patch.as_array().is_some_and(|operations| is_rfc_6902(operations));
    let (Ok(mut tree), Ok(operations)) = (read_one(&document.to_string()), read_one(&patch.to_string())) else {
        return Ok(());
    };
    let ours = json6902::apply(&mut tree, &operations, RENDER_LIMITS.memory).ok().map(|()| to_value(&tree));
    if !is_plain {
        return Ok(());
    }
    let theirs = other(&document, &patch);
    // kustomize's library copies null from a missing path.
    let copies = patch.as_array().is_some_and(|all| all.iter().any(|operation| operation["op"] == "copy"));
    if ours.as_ref().map(same_numbers) == theirs.as_ref().map(same_numbers) || copies && theirs.is_none() {
        return Ok(());
    }
    Err(format!("{document}\npatched with {patch}\nis {ours:?} instead of {theirs:?}"))
}

/// Returns whether all implementations should agree on these operations.
fn is_rfc_6902(operations: &[Value]) -> bool {
    operations.iter().all(|operation| {
        let pointer = |field| operation.get(field).and_then(Value::as_str);
        let is_pointer = |text: &str| {
            let mut names = text.split('/');
            let is_escaped = text.split('~').skip(1).all(|escape| escape.starts_with(['0', '1']));
            names.next() == Some("")
                && is_escaped
                && names.all(|name| !name.starts_with(['-', '+', '0']) || matches!(name, "0" | "-"))
        };
        let is_below_root = |field| pointer(field).is_some_and(|text| is_pointer(text) && !text.is_empty());
        let has_value = operation.get("value").is_some_and(|value| !has_null(value));
        // kustomize's library replaces missing values, moves a value into itself, and does not add to the root.
        match pointer("op") {
            Some("add") => has_value && is_below_root("path"),
            Some("test") => has_value && pointer("path").is_some_and(is_pointer),
            Some("remove") => is_below_root("path"),
            Some("copy") => is_below_root("path") && is_below_root("from"),
            _ => false,
        }
    })
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

/// Returns a value with all numbers as floats, so that `1` and `1.0` are equal.
pub fn same_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(elements) => elements.iter().map(same_numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), same_numbers(value))).collect(),
        other => other.clone(),
    }
}

/// Returns a tree as JSON.
pub fn to_value(tree: &Tree) -> Value {
    yaml::to_json(tree, false).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Follows a path, and matches a label selector and a pattern. These are the first three lines of the input; the
/// document is the rest.
///
/// # Errors
/// Fails if the text of a selector cannot be parsed again, or if a path has more parts than its delimiters allow.
pub fn selectors_and_paths_are_consistent(input: &str) -> PropertyResult {
    let mut lines = input.splitn(4, '\n');
    let [path, selector, expression, document] = [(); 4].map(|()| lines.next().unwrap_or_default());
    for delimiter in ['.', '/'] {
        let parts = split_path(path, delimiter);
        if parts.len() > path.matches(delimiter).count() + 1 {
            return Err(format!("{path} splits into {parts:?}"));
        }
    }
    if let Ok(selector) = LabelSelector::parse(selector) {
        let displayed = selector.to_string();
        let labels: Vec<(&str, &str)> = selector.labels().collect();
        selector.matches(&labels);
        if LabelSelector::parse(&displayed).ok().map(|again| again.to_string()).as_ref() != Some(&displayed) {
            return Err(format!("the text of a selector cannot be parsed again: {displayed}"));
        }
    }
    let patterns = Arc::new(Patterns::new(MAX_PATTERN_SIZE, RENDER_LIMITS.work));
    if let Ok(pattern) = patterns.compile(expression) {
        pattern.is_match(document);
    }
    let Ok(tree) = read_one(document) else { return Ok(()) };
    let parts = split_dotted_path(path);
    let mut node = Some(tree.root());
    for part in &parts {
        node = node.and_then(|node| lookup_part(&tree, node, part));
    }
    for create in [None, Some(Kind::Scalar), Some(Kind::Mapping)] {
        let mut tree = tree.clone();
        let root = tree.root();
        let parts = path_matcher::parts(path, &patterns);
        if path_matcher::find(&mut tree, root, &parts, create, Position::NONE).is_ok() {
            write(&tree);
        }
    }
    Ok(())
}

/// Splits each line of the input as an image reference, and applies it as an argument of `edit set image`.
///
/// # Errors
/// Fails if parts are lost, or if a second application changes the result.
pub fn image_edits_are_idempotent(input: &str) -> PropertyResult {
    let mut data = Mapping::new();
    for image in input.lines() {
        let (name, tag, digest) = images::split(image);
        let joined = |colon: &str, at: &str| format!("{name}{colon}{tag}{at}{digest}");
        let forms = [joined("", ""), joined(":", ""), joined("", "@"), joined(":", "@")];
        if !forms.iter().any(|form| form == image) {
            return Err(format!("`{image}` splits into `{name}`, `{tag}` and `{digest}`"));
        }
        let Ok(change) = ImageChange::parse(image) else { continue };
        change.apply(&mut data);
        let once = data.clone();
        change.apply(&mut data);
        if data != once {
            return Err(format!("setting `{image}` again changes {once:?} to {data:?}"));
        }
    }
    Ok(())
}

/// Parses a URL. Checks that none of its parts can be interpreted as an option, that its directory is inside the
/// repository, and that git contacts the host that is checked, with an allowed transport.
///
/// # Errors
/// Fails if the property is violated.
pub fn urls_are_safe_for_git(url: &str) -> PropertyResult {
    remote::without_credentials(url);
    remote::is_remote_file(url);
    let Some(spec) = remote::parse(url) else { return Ok(()) };
    let leaves = crate::path::clean(&spec.path).split('/').next() == Some("..");
    let is_valid = !spec.url.starts_with('-') && !spec.repository.is_empty() && !leaves && spec.timeout_seconds > 0;
    if !is_valid || !spec.url.ends_with(&spec.repository) || spec.host().len() >= spec.url.len() {
        return Err(format!("`{url}` is parsed as {spec:?}"));
    }
    request_is_safe_for_git(&spec.git_request())
}

/// Makes a request of each two lines of the input, a URL and a git ref. Checks that git gets neither options nor control
/// characters, and contacts the host that is checked. A library user can make requests that are not those of a URL.
///
/// # Errors
/// Fails if the property is violated.
pub fn git_requests_are_checked(input: &str) -> PropertyResult {
    let lines: Vec<&str> = input.split('\n').collect();
    lines.chunks(2).try_for_each(|lines| {
        let git_ref = lines.get(1).copied().unwrap_or_default().to_string();
        let url = lines[0].to_string();
        request_is_safe_for_git(&GitRequest { url, git_ref, submodules: false, timeout_seconds: 1 })
    })
}

fn request_is_safe_for_git(request: &GitRequest) -> PropertyResult {
    let Ok(arguments) = fetch_arguments(request) else { return Ok(()) };
    let (options, values) = arguments.split_at(arguments.len() - 2);
    let is_value = |value: &&str| !value.is_empty() && !value.starts_with('-') && !value.contains(char::is_control);
    let (checked, contacted) = (transport::host(&request.url), host_of_git(&request.url));
    let is_checked = match (checked, &contacted) {
        (Some(checked), Some(contacted)) => {
            contacted.trim_start_matches('[').starts_with(checked) && !checked.starts_with('-')
        }
        (None, None) => request.url.starts_with("file://"),
        _ => false,
    };
    if options == ["fetch", "--quiet", "--depth=1", "--"] && values.iter().all(is_value) && is_checked {
        return Ok(());
    }
    Err(format!("{request:?} becomes {arguments:?}; {checked:?} is checked, but {contacted:?} is contacted"))
}

/// Returns the host and port that git contacts for a URL. Parses the URL as git and curl do, independently of
/// [`transport::host`]. `None` for transports without a host.
fn host_of_git(url: &str) -> Option<String> {
    let (authority, is_decoded) = match url.split_once("://") {
        Some(("https" | "http", rest)) => (rest.split(['/', '?', '#']).next()?, false),
        // For ssh, the URL is decoded before the host is extracted.
        Some(("ssh" | "git", rest)) => (rest, true),
        Some(_) => return None,
        // An address in brackets contains colons.
        None => (url.split_once(if url.contains("@[") { "]:" } else { ":" })?.0, false),
    };
    let decoded = percent_decode(authority).filter(|_| is_decoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let authority = decoded.as_deref().unwrap_or(authority).split('/').next()?;
    Some(authority.rsplit('@').next()?.to_string())
}

/// Edits a file, the first part of the input, so that it contains the data of the second part. Checks the result, and
/// that adding a field does not change any other line.
///
/// # Errors
/// Fails if the property is violated.
pub fn edits_preserve_other_lines(input: &str) -> PropertyResult {
    const ADDED: &str = "addedField";
    let (text, new) = input.split_once(SEPARATOR).unwrap_or((input, ""));
    let Ok(old) = edit::read(text) else { return Ok(()) };
    if let Ok(new) = edit::read(new)
        && let Ok(edited) = edit::update(text, &new)
        && edit::read(&edited).as_ref() != Ok(&new)
    {
        return Err(format!("{text}\nwas changed to\n{edited}\nwhich is not {new:?}"));
    }
    if edit::update(text, &old).as_deref() != Ok(text) {
        return Err(format!("an edit without changes modifies\n{text}"));
    }
    let mut more = old.clone();
    more.insert(ADDED.into(), "value".into());
    let Ok(edited) = edit::update(text, &more) else { return Ok(()) };
    let mut lines = edited.lines();
    // In flow style, the field is added to an existing line. A lone carriage return is part of a line.
    let is_line_based = edited.lines().any(|line| line.starts_with(ADDED)) && !text.contains('\r');
    if !old.contains_key(ADDED) && is_line_based && !text.lines().all(|line| lines.any(|kept| kept == line)) {
        return Err(format!("{text}\nloses lines when a field is added:\n{edited}"));
    }
    Ok(())
}

/// Renders a tree in memory. Checks that the output is valid and reproducible, or that there are errors with messages.
///
/// The input contains files, each after a line `### PATH`. The target is `/app`, to which paths are relative.
///
/// # Errors
/// Fails if the property is violated.
pub fn render_never_panics(input: &[u8]) -> PropertyResult {
    let host = MemoryHost::new(files(input));
    let (limits, render_limits) = (LIMITS, RENDER_LIMITS);
    let options = Options { limits, render_limits, lint: true, ..Options::default() };
    let Outcome { result, inputs } = io::render(&host, "/app", &options);
    let text = match result {
        Err(diagnostics) if diagnostics.iter().all(|diagnostic| diagnostic.message.is_empty()) => {
            return Err("the render fails without a message".to_string());
        }
        Err(_) => return Ok(()),
        Ok(rendered) => rendered.to_yaml(),
    };
    let Ok(text) = text else { return Ok(()) };
    let again = render(&inputs, "/app", &options).map(|rendered| rendered.to_yaml());
    if !matches!(&again, Ok(Ok(again)) if *again == text) {
        return Err(format!("{text}\nis rendered differently the second time: {again:?}"));
    }
    if !is_ambiguous(&text)
        && let Err(error) = read(&text)
    {
        return Err(format!("{error} in the output:\n{text}"));
    }
    Ok(())
}

/// Parses the files of a tree from the input of a property.
fn files(input: &[u8]) -> Vec<(String, Vec<u8>)> {
    const HEADING: &[u8] = b"### ";
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_prefix(HEADING) {
            Some(path) => {
                let path = String::from_utf8_lossy(path);
                files.push((crate::path::join("/app", path.trim()), Vec::new()));
            }
            None => files.last_mut().into_iter().for_each(|(_, content)| content.extend_from_slice(line)),
        }
    }
    files
}

fn read(text: &str) -> Result<Vec<Tree>, String> {
    yaml::parse_stream(&Arc::new(text.to_string()), FileId(1), LIMITS)
        .map_err(|error| format!("{} at byte {}", error.message, error.position.offset))
}

fn read_one(text: &str) -> Result<Tree, String> {
    let [tree] = <[Tree; 1]>::try_from(read(text)?).map_err(|trees| format!("{} documents", trees.len()))?;
    Ok(tree)
}

/// Writes a tree; `None` if it cannot be written.
fn write(tree: &Tree) -> Option<String> {
    let mut text = String::new();
    yaml::write(tree, &mut text).ok().map(|()| text)
}
