//! What holds for all inputs: properties as functions, which tests and fuzz targets call.
//!
//! Each takes what a fuzzer makes, skips what says nothing, and fails with a text that says what does not hold. Inputs of
//! several parts are separated by lines of `###`, so that corpora can be read and written by hand.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use crate::edit::images::ImageChange;
use crate::edit::{self, Mapping};
use crate::io::{self, MemoryHost, Outcome};
use crate::remote::transport::{self, fetch_arguments};
use crate::remote::{self, percent_decode};
use crate::resource::patch::json6902;
use crate::resource::patch::strategic_merge::{self, NewElements};
use crate::resource::paths::path_matcher;
use crate::resource::paths::written_path::{lookup_part, split_dotted_path, split_path};
use crate::resource::select::label_selector::LabelSelector;
use crate::resource::select::pattern;
use crate::resource::{RenderLimits, Schema, Work};
use crate::transform::images;
use crate::yaml::{self, FileId, Kind, ParseLimits, Position, Tree};
use crate::{Options, render};

pub use crate::yaml::scanner_agrees;

/// Smaller limits than those of users: what is bounded shows with less.
const LIMITS: ParseLimits = ParseLimits { nesting: 1000, alias_nodes: 10_000, documents: 10_000 };

/// How many bytes a pattern may take here.
const LARGEST_PATTERN: usize = 10 << 20;
const RENDER_LIMITS: RenderLimits = RenderLimits {
    include_depth: 100,
    bases: 1000,
    resources: 10_000,
    memory: 64 << 20,
    output: 16 << 20,
    work: 10_000_000,
    pattern: LARGEST_PATTERN,
};

/// The line between the parts of an input.
const SEPARATOR: &str = "\n###\n";

/// What a property says of an input: nothing, or what does not hold.
pub type Held = Result<(), String>;

/// What came of writing the documents of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    pub documents: usize,
    /// How many have no written form, such as those with infinity.
    pub unwritable: usize,
}

/// Writes the documents of a text and reads them again: the values and the text are the same.
///
/// # Errors
/// Fails where something else is read than was written.
pub fn written_reads_the_same(text: &str) -> Result<Written, String> {
    let mut written = Written::default();
    for tree in read(text).unwrap_or_default().iter().filter(|tree| !tree.is_null(tree.root())) {
        let Some(once) = write(tree) else {
            written.unwritable += 1;
            continue;
        };
        written.documents += 1;
        if is_read_otherwise(&once) {
            continue;
        }
        let again = read_one(&once).map_err(|why| format!("{why} in what was written:\n{once}"))?;
        match write(&again) {
            Some(twice) if twice == once => {}
            twice => return Err(format!("{once}\nreads and writes as\n{}", twice.unwrap_or_default())),
        }
    }
    Ok(written)
}

/// Returns whether a text has the line breaks of YAML 1.1 that 1.2 does not know. They are the one thing that is written
/// as the reference does, but not read so.
pub fn has_unicode_breaks(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// Returns whether a text may be read as something else than was written, as in the reference: it writes `<<` without quotes
/// (fixture `yaml/quoting`), which as a key is read as a merge.
fn is_read_otherwise(text: &str) -> bool {
    has_unicode_breaks(text) || text.contains("<<:")
}

/// Merges a patch, the second part of the input, into a resource, the first: what comes out can be written and read, and
/// empty patches leave in it what is there. They may take away what is empty or there twice, one with each patch.
///
/// # Errors
/// Fails where it does not hold.
pub fn strategic_merge_settles(input: &str) -> Held {
    let Some((resource, patch)) = input.split_once(SEPARATOR) else { return Ok(()) };
    let (Ok(mut tree), Ok(patch)) = (read_one(resource), read_one(patch)) else { return Ok(()) };
    if !tree.is_mapping(tree.root()) {
        return Ok(());
    }
    let empty = Tree::new_mapping(Position::NONE);
    let schema = Schema::default();
    for new_elements in [NewElements::First, NewElements::Last] {
        let merged = strategic_merge::merge(&mut tree, &patch, &schema, new_elements, &mut Work::default());
        let Some(text) = merged.is_ok_and(|is_left| is_left).then(|| write(&tree)).flatten() else { continue };
        if is_read_otherwise(&text) {
            continue;
        }
        read_one(&text).map_err(|why| format!("{why} in what was merged:\n{text}"))?;
        let mut left = as_sets(to_value(&tree));
        let mut is_settled = false;
        for _ in 0..=patch.node_count() {
            match strategic_merge::merge(&mut tree, &empty, &schema, new_elements, &mut Work::default()) {
                Ok(true) => {}
                Ok(false) => return Err(format!("an empty patch deletes\n{text}")),
                // A mapping with an empty key can be there, but not be merged with.
                Err(_) => return Ok(()),
            }
            let before = std::mem::replace(&mut left, as_sets(to_value(&tree)));
            is_settled = before == left;
            if is_settled {
                break;
            }
        }
        if !is_settled {
            return Err(format!("{text}\nstill changes with empty patches:\n{}", write(&tree).unwrap_or_default()));
        }
    }
    Ok(())
}

/// Returns a value with the elements of its lists in order and once each: in a list that merges by a key, each merge
/// repeats and moves those that lack it (fixture `patches/merge-elements-without-keys`).
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

/// Applies a JSON patch, the second part of the input, to a document, the first: it does what another implementation does,
/// which returns `None` where it fails.
///
/// Left out is where the reference's library leaves RFC 6902: it takes null for missing, and knows negative indexes. So are
/// merge keys, which are none in JSON.
///
/// # Errors
/// Fails where the results differ.
pub fn json_patch_agrees(input: &str, other: impl FnOnce(&Value, &Value) -> Option<Value>) -> Held {
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
    // The library copies null from where there is nothing.
    let copies = patch.as_array().is_some_and(|all| all.iter().any(|operation| operation["op"] == "copy"));
    if ours.as_ref().map(same_numbers) == theirs.as_ref().map(same_numbers) || copies && theirs.is_none() {
        return Ok(());
    }
    Err(format!("{document}\npatched with {patch}\nis {ours:?}, not {theirs:?}"))
}

/// Returns whether operations are such that all implementations should agree on them.
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
        let is_place = |field| pointer(field).is_some_and(|text| is_pointer(text) && !text.is_empty());
        let has_value = operation.get("value").is_some_and(|value| !has_null(value));
        // The library replaces what is missing, moves into what is moved, and adds no whole document.
        match pointer("op") {
            Some("add") => has_value && is_place("path"),
            Some("test") => has_value && pointer("path").is_some_and(is_pointer),
            Some("remove") => is_place("path"),
            Some("copy") => is_place("path") && is_place("from"),
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

/// Returns a value in which `1` and `1.0` are the same.
pub fn same_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(elements) => elements.iter().map(same_numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), same_numbers(value))).collect(),
        other => other.clone(),
    }
}

/// Returns what a tree holds, as JSON.
pub fn to_value(tree: &Tree) -> Value {
    yaml::to_json(tree, false).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Follows a path, and matches a label selector and a pattern: the first three lines of the input; the document is the rest.
///
/// # Errors
/// Fails where a selector is not what it says of itself, or a path has more parts than delimiters allow.
pub fn selectors_and_paths_are_sound(input: &str) -> Held {
    let mut lines = input.splitn(4, '\n');
    let [path, selector, expression, document] = [(); 4].map(|()| lines.next().unwrap_or_default());
    for delimiter in ['.', '/'] {
        let parts = split_path(path, delimiter);
        if parts.len() > path.matches(delimiter).count() + 1 {
            return Err(format!("{path} splits into {parts:?}"));
        }
    }
    if let Ok(selector) = LabelSelector::parse(selector) {
        let said = selector.to_string();
        let labels: Vec<(&str, &str)> = selector.labels().collect();
        selector.matches(&labels);
        if LabelSelector::parse(&said).ok().map(|again| again.to_string()).as_ref() != Some(&said) {
            return Err(format!("a selector says of itself what cannot be read: {said}"));
        }
    }
    let pattern: Option<Regex> = pattern::compile(expression, LARGEST_PATTERN).ok();
    if let Some(pattern) = pattern {
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
        let parts = path_matcher::parts(path, LARGEST_PATTERN);
        if path_matcher::find(&mut tree, root, &parts, create, Position::NONE).is_ok() {
            write(&tree);
        }
    }
    Ok(())
}

/// Splits an image reference, and changes the `images` of a kustomization with each line of the input as the argument of
/// `edit set image`.
///
/// # Errors
/// Fails where parts are lost, or where a second time changes something again.
pub fn images_keep_their_parts(input: &str) -> Held {
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

/// Reads a URL: what comes of it cannot be taken for an option, its directory lies in the repository, and git asks the host
/// that is checked, over a transport that may be spoken.
///
/// # Errors
/// Fails where it can, or does not.
pub fn urls_are_no_options(url: &str) -> Held {
    remote::without_credentials(url);
    remote::is_remote_file(url);
    let Some(spec) = remote::parse(url) else { return Ok(()) };
    let leaves = crate::path::clean(&spec.path).split('/').next() == Some("..");
    let holds = !spec.url.starts_with('-') && !spec.repository.is_empty() && !leaves && spec.timeout_seconds > 0;
    if !holds || !spec.url.ends_with(&spec.repository) || spec.host().len() >= spec.url.len() {
        return Err(format!("`{url}` is read as {spec:?}"));
    }
    let request = spec.git_request();
    let Ok(arguments) = fetch_arguments(&request) else { return Ok(()) };
    let (options, values) = arguments.split_at(arguments.len() - 2);
    let is_value = |value: &&str| !value.is_empty() && !value.starts_with('-') && !value.contains(char::is_control);
    let (checked, asked) = (transport::host(&request.url), asked_by_git(&request.url));
    let is_checked = match (checked, &asked) {
        (Some(checked), Some(asked)) => asked.trim_start_matches('[').starts_with(checked) && !checked.starts_with('-'),
        (None, None) => request.url.starts_with("file://"),
        _ => false,
    };
    if options == ["fetch", "--quiet", "--depth=1", "--"] && values.iter().all(is_value) && is_checked {
        return Ok(());
    }
    Err(format!("`{url}` becomes {arguments:?}; {checked:?} is checked, and {asked:?} asked"))
}

/// Returns the host, with its port, that git asks for a URL: read as git and curl do, in another way than ours. `None` for
/// transports that ask none.
fn asked_by_git(url: &str) -> Option<String> {
    let (authority, is_decoded) = match url.split_once("://") {
        Some(("https" | "http", rest)) => (rest.split(['/', '?', '#']).next()?, false),
        // What ssh gets is decoded before the host is looked for.
        Some(("ssh" | "git", rest)) => (rest, true),
        Some(_) => return None,
        // An address in brackets has colons of its own.
        None => (url.split_once(if url.contains("@[") { "]:" } else { ":" })?.0, false),
    };
    let decoded = percent_decode(authority).filter(|_| is_decoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let authority = decoded.as_deref().unwrap_or(authority).split('/').next()?;
    Some(authority.rsplit('@').next()?.to_string())
}

/// Edits a file, the first part of the input, so that it holds the data of the second: it does, and adding a field leaves
/// all lines as they are.
///
/// # Errors
/// Fails where it does not hold.
pub fn edits_keep_the_rest(input: &str) -> Held {
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
        return Err(format!("nothing is to be changed, but something is in\n{text}"));
    }
    let mut more = old.clone();
    more.insert(ADDED.into(), "value".into());
    let Ok(edited) = edit::update(text, &more) else { return Ok(()) };
    let mut lines = edited.lines();
    // In flow, the field goes into a line that is there. A carriage return alone is part of a line.
    let is_by_lines = edited.lines().any(|line| line.starts_with(ADDED)) && !text.contains('\r');
    if !old.contains_key(ADDED) && is_by_lines && !text.lines().all(|line| lines.any(|kept| kept == line)) {
        return Err(format!("{text}\nlost lines with a field more:\n{edited}"));
    }
    Ok(())
}

/// Renders a tree in memory: there is an output, which can be read and is the same when rendered again, or a mistake that
/// says something.
///
/// The input holds files, each behind a line `### PATH`; `/app` is rendered, and relative paths are below it.
///
/// # Errors
/// Fails where it does not hold.
pub fn renders_or_says_why(input: &[u8]) -> Held {
    let host = MemoryHost::new(files(input));
    let (limits, render_limits) = (LIMITS, RENDER_LIMITS);
    let options = Options { limits, render_limits, advice: true, ..Options::default() };
    let Outcome { result, inputs } = io::render(&host, "/app", &options);
    let text = match result {
        Err(diagnostics) if diagnostics.iter().all(|diagnostic| diagnostic.message.is_empty()) => {
            return Err("it fails without a word".to_string());
        }
        Err(_) => return Ok(()),
        Ok(rendered) => rendered.to_yaml(),
    };
    let Ok(text) = text else { return Ok(()) };
    let again = render(&inputs, "/app", &options).map(|rendered| rendered.to_yaml());
    if !matches!(&again, Ok(Ok(again)) if *again == text) {
        return Err(format!("{text}\nis rendered otherwise the second time: {again:?}"));
    }
    if !is_read_otherwise(&text)
        && let Err(why) = read(&text)
    {
        return Err(format!("{why} in the output:\n{text}"));
    }
    Ok(())
}

/// Returns the files of a tree that is written as one text.
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

/// Writes a tree; `None` if it has no written form.
fn write(tree: &Tree) -> Option<String> {
    let mut text = String::new();
    yaml::write(tree, &mut text).ok().map(|()| text)
}
