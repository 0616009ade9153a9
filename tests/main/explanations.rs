//! Every explanation is proven: an edit of each line that `explain` names changes the value.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use boutique::explain::Explainer;
use boutique::internals::render_changed;
use boutique::io::{self, MemoryHost, Outcome};
use boutique::yaml::{NodeId, Position, Tree};
use boutique::{FieldPath, File, Inputs, LoadRestrictions, Options, Rendered, Resource, Segment};
use walkdir::WalkDir;

use crate::cases;

/// A target in memory, and its render.
struct Subject {
    name: String,
    host: MemoryHost,
    target: String,
    options: Options,
    rendered: Rendered,
    inputs: Inputs,
}

impl Subject {
    /// Renders a target with the files below some directories; `None` if it needs more than files.
    fn read(name: &str, directories: &[&Path], target: &str, options: Options) -> Option<Subject> {
        let entries = directories.iter().flat_map(WalkDir::new).map(|entry| entry.expect("the directories exist"));
        let files = entries.filter(|entry| entry.file_type().is_file()).map(|entry| {
            let path = entry.path();
            (path.to_str().expect("paths are UTF-8").to_string(), fs::read(path).expect("files can be read"))
        });
        Subject::new(name, MemoryHost::new(files), target, options)
    }

    fn new(name: &str, host: MemoryHost, target: &str, options: Options) -> Option<Subject> {
        let mut traced = options.clone();
        traced.trace = true;
        let Outcome { result, inputs } = io::render(&host, target, &traced);
        let (name, target) = (name.to_string(), target.to_string());
        Some(Subject { name, host, target, options, rendered: result.ok()?, inputs })
    }

    /// Renders with another content of a file.
    fn render(&self, file: &File, bytes: &[u8]) -> Option<Output> {
        let Outcome { result, inputs } =
            render_changed(&self.inputs, (file, bytes), &self.host, &self.target, &self.options);
        Some(Output::new(result.ok()?, &inputs))
    }
}

/// The file and the offset at which a resource is written, and its index among those written there.
type Id = (String, u32, usize);

/// The resources of a render. Edits change their order.
struct Output {
    rendered: Rendered,
    by_id: HashMap<Id, usize>,
}

impl Output {
    fn new(rendered: Rendered, inputs: &Inputs) -> Output {
        let by_id = ids(&rendered, inputs).into_iter().enumerate().map(|(at, id)| (id, at)).collect();
        Output { rendered, by_id }
    }

    /// Returns a resource that had an id before an edit.
    fn resource(&self, id: &Id, edit: &Edit) -> Option<&Resource> {
        let find = |id: &Id| Some(&self.rendered.resources()[*self.by_id.get(id)?]);
        let (path, offset, index) = id;
        let shifted = |by: isize| offset.checked_add_signed(by as i32).map(|offset| (path.clone(), offset, *index));
        match *offset as usize {
            at if *path != edit.path || at < edit.from => find(id),
            // A text inserted before the first key belongs to it, unless it is a blank.
            at if at == edit.from && edit.from == edit.to => find(id).or_else(|| find(&shifted(edit.growth())?)),
            at if at < edit.to => None,
            _ => find(&shifted(edit.growth())?),
        }
    }
}

/// Returns the id of each resource.
fn ids(rendered: &Rendered, inputs: &Inputs) -> Vec<Id> {
    let mut counts: HashMap<(String, u32), usize> = HashMap::new();
    let id = |resource: &Resource| {
        let Position { file, offset } = resource.position();
        let path = inputs.file(file).map(|file| file.path.clone()).unwrap_or_default();
        let count = counts.entry((path.clone(), offset)).or_default();
        *count += 1;
        (path, offset, *count)
    };
    rendered.resources().iter().map(id).collect()
}

/// An explanation of a value.
struct Claim {
    /// The resource and the path, for messages.
    label: String,
    resource: Id,
    path: FieldPath,
    is_scalar: bool,
    content: String,
    /// The lengths of the lists that contain the value.
    lengths: Vec<usize>,
    /// The step that set the value.
    by: &'static str,
}

/// Returns the claims about a render by the positions that they name.
fn claims(subject: &Subject) -> (BTreeMap<Position, Vec<Claim>>, Vec<String>) {
    let explainer = Explainer::new(&subject.rendered);
    let ids = ids(&subject.rendered, &subject.inputs);
    let (mut claims, mut problems) = (BTreeMap::<Position, Vec<Claim>>::new(), Vec::new());
    for (resource, id) in subject.rendered.resources().iter().zip(ids) {
        let (tree, values) = (resource.tree(), explainer.values(resource));
        walk(tree, tree.root(), &FieldPath::default(), &mut |node, path| {
            let provenance = values.provenance(node).expect("the render is traced");
            let (by, sources) = (provenance.step.field, provenance.sources);
            // The structure of manifests is where it is.
            if node == tree.root() || !tree.is_scalar(node) && by == "resources" {
                return;
            }
            let label = format!("{}: {} {path}", subject.name, resource.label());
            let claim = || Claim {
                label: label.clone(),
                resource: id.clone(),
                path: path.clone(),
                is_scalar: tree.is_scalar(node),
                content: content(tree, node),
                lengths: lengths(tree, path),
                by,
            };
            // The history ends with the same source, unless the value was moved later. A collection may also have changed.
            let history = explainer.history(resource, path);
            let newest = history.iter().find(|event| event.moved_from.is_none()).map(|event| event.source);
            let is_same = !tree.is_scalar(node) || newest == sources.first().copied();
            if sources.is_empty() || !is_same {
                problems.push(format!("{label} = {:?} by {by}: {newest:?} is not {sources:?}", content(tree, node)));
            }
            for position in sources {
                claims.entry(position).or_default().push(claim());
            }
        });
    }
    (claims, problems)
}

fn walk(tree: &Tree, node: NodeId, path: &FieldPath, visit: &mut impl FnMut(NodeId, &FieldPath)) {
    visit(node, path);
    let child = |segment| FieldPath::new(path.segments().iter().cloned().chain([segment]).collect());
    for (key, value) in tree.entries(node) {
        walk(tree, value, &child(Segment::Name(tree.text(key).to_string())), visit);
    }
    for (at, element) in tree.elements(node).enumerate() {
        walk(tree, element, &child(Segment::Index(at)), visit);
    }
}

/// Returns everything in a node as text.
fn content(tree: &Tree, node: NodeId) -> String {
    let mut text = String::new();
    walk(tree, node, &FieldPath::default(), &mut |node, path| {
        let kind = if tree.is_scalar(node) { tree.text(node).to_string() } else { format!("{:?}", tree.kind(node)) };
        if path.segments().is_empty() { text.push_str(&kind) } else { text.push_str(&format!("\n{path}={kind}")) }
    });
    text
}

/// Returns the lengths of the lists that contain a value.
fn lengths(tree: &Tree, path: &FieldPath) -> Vec<usize> {
    let mut node = tree.root();
    let mut lengths = Vec::new();
    for segment in path.segments() {
        lengths.extend(tree.is_sequence(node).then(|| tree.len(node)));
        let Some(next) = segment.find(tree, node) else { break };
        node = next;
    }
    lengths
}

/// A change of a file: the bytes in a range are replaced.
struct Edit {
    path: String,
    from: usize,
    to: usize,
    new: Vec<u8>,
    kind: EditKind,
}

impl Edit {
    /// Returns the number of bytes that are added.
    fn growth(&self) -> isize {
        self.new.len() as isize - (self.to - self.from) as isize
    }

    /// Returns the changed content of a file.
    fn apply(&self, file: &File) -> Vec<u8> {
        let bytes = file.text().map_or(file.bytes(), |text| text.as_bytes());
        [&bytes[..self.from], &self.new, &bytes[self.to..]].concat()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EditKind {
    /// Of the value itself, so it should make a difference.
    Inside,
    /// Of another part of the line.
    Outside,
    /// Of the lines of the entry or the element, which are removed.
    Removal,
}

/// The maximum number of places at which a value is edited.
const MAX_PLACES: usize = 40;

/// Returns changes of the line at an offset, the most telling first.
fn edits(file: &File, offset: usize) -> Vec<Edit> {
    let path = &file.path;
    let edit = |from, to, new: &str, kind| Edit { path: path.clone(), from, to, new: new.into(), kind };
    let Ok(text) = file.text() else { return vec![edit(0, 0, "x", EditKind::Inside)] };
    let mut edits = Vec::new();
    for (word, other) in [("true", "false"), ("false", "true"), ("null", "x")] {
        if text[offset..].starts_with(word) {
            edits.push(edit(offset, offset + word.len(), other, EditKind::Inside));
        }
    }
    let (from, to) = value_range(text, offset);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    let step = (to - from).div_ceil(MAX_PLACES).max(1);
    let inside = [to].into_iter().chain((from..to).step_by(step)).map(|at| (at, EditKind::Inside));
    let outside = [end].into_iter().chain(offset..end).take(MAX_PLACES).map(|at| (at, EditKind::Outside));
    for (at, kind) in inside.chain(outside).filter(|&(at, _)| text.is_char_boundary(at)) {
        edits.extend(["x", "1", " x"].map(|new| edit(at, at, new, kind)));
    }
    let (from, to) = block(text, offset);
    edits.insert(edits.len().min(3), edit(from, to, "", EditKind::Removal));
    edits
}

/// Returns the range of the scalar at an offset, without its quotes, or of the lines of a block scalar.
fn value_range(text: &str, offset: usize) -> (usize, usize) {
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    let line = &text[offset..end];
    let find = |from: usize, ends: &[char]| text[from..end].find(ends).map_or(end, |at| from + at);
    match line.chars().next() {
        Some('|' | '>') => {
            let (_, to) = block(text, offset);
            let start = (end + 1).min(to);
            let content = text[start..to].trim();
            let from = text[start..to].find(content).map_or(start, |at| start + at);
            (from, from + content.len())
        }
        Some(quote @ ('"' | '\'')) => (offset + 1, find(offset + 1, &[quote])),
        _ => (offset, find(offset, &[',', ']', '}', '"']).max(offset)),
    }
}

/// Returns the range of the lines of the entry or element at an offset: its first line, and those that are indented further.
fn block(text: &str, offset: usize) -> (usize, usize) {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let is_list = !first.trim_start().starts_with('-');
    let inner = lines.take_while(|line| {
        let is_item = is_list && line.trim_start().starts_with("- ");
        line.trim().is_empty() || indent(line) > indent(first) || is_item && indent(line) == indent(first)
    });
    (start, start + first.len() + inner.map(str::len).sum::<usize>())
}

/// What is known about a claim.
#[derive(Clone, Default)]
struct Evidence {
    is_proven: bool,
    /// Whether an edit that should make a difference made none.
    is_doubtful: bool,
    /// Whether such an edit was an error.
    has_failed: bool,
}

impl Claim {
    /// Returns whether an edit is one that should make a difference.
    fn is_about(&self, kind: EditKind) -> bool {
        match kind {
            EditKind::Inside => self.is_scalar && !self.is_supplied(),
            EditKind::Outside => false,
            EditKind::Removal => !self.is_scalar || self.is_supplied(),
        }
    }

    /// Returns whether the named line causes the value, but does not contain it: the type of a generated resource, or an
    /// empty text.
    fn is_supplied(&self) -> bool {
        let is_generated = ["configMapGenerator", "secretGenerator", "generators"].contains(&self.by);
        let is_type = ["apiVersion", "kind", "type"].iter().any(|field| self.path.to_string() == *field);
        self.content.is_empty() || is_generated && is_type
    }
}

/// Returns whether an edit changed a value. If the edit is about the value, the value may also have vanished.
fn is_changed(claim: &Claim, output: &Output, edit: &Edit) -> bool {
    let is_about = claim.is_about(edit.kind);
    let Some(resource) = output.resource(&claim.resource, edit) else { return is_about };
    let tree = resource.tree();
    let Some(node) = claim.path.find(tree) else { return is_about };
    // A patch that repeats a merge key adds an element of its own if that of the resource is renamed.
    let is_renamed = edit.kind == EditKind::Inside && lengths(tree, &claim.path) != claim.lengths;
    content(tree, node) != claim.content || is_renamed && is_about
}

/// Edits the line at a position, and returns the claims that no edit proves.
fn unproven(subject: &Subject, position: Position, claims: &[Claim]) -> Vec<String> {
    let Some(file) = subject.inputs.file(position.file) else { return vec![format!("{position:?} is in no file")] };
    let mut evidence = vec![Evidence::default(); claims.len()];
    for edit in edits(file, position.offset as usize) {
        let output = subject.render(file, &edit.apply(file));
        for (claim, evidence) in claims.iter().zip(&mut evidence) {
            let is_about = claim.is_about(edit.kind);
            match &output {
                Some(output) if is_changed(claim, output, &edit) => {
                    evidence.is_proven |= edit.kind != EditKind::Removal || is_about;
                }
                Some(_) => evidence.is_doubtful |= is_about,
                None => evidence.has_failed |= is_about,
            }
        }
        if evidence.iter().all(|evidence| evidence.is_proven) {
            break;
        }
    }
    // Some values cannot change without an error, such as the kind of a patch. This shows that the line matters, too, if the
    // value is written there.
    let written = file.text().map_or("", |text| {
        let (from, to) = value_range(text, position.offset as usize);
        &text[from..to]
    });
    let is_written = |claim: &Claim| claim.content.contains(written) || written.contains(&claim.content);
    let is_open = |(claim, evidence): &(&Claim, Evidence)| {
        let matters = evidence.has_failed && !evidence.is_doubtful;
        !evidence.is_proven && !(matters && (claim.is_about(EditKind::Removal) || is_written(claim)))
    };
    let open = claims.iter().zip(evidence).filter(is_open);
    let text = file.text().map_or("", |text| text.as_str());
    let line = text[..(position.offset as usize).min(text.len())].matches('\n').count();
    let source = text.lines().nth(line).unwrap_or_default();
    let path = file.path.rsplit_once("/input/").map_or(file.path.as_str(), |(_, path)| path);
    open.map(|(claim, _)| {
        format!("{} = {:?} by {}: {path}:{}: {source}", claim.label, claim.content, claim.by, line + 1)
    })
    .collect()
}

/// Returns the claims of all subjects that are wrong. The work is divided among threads.
fn wrong_claims(subjects: &[Subject]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut work = Vec::new();
    for subject in subjects {
        let (claims, problems) = claims(subject);
        wrong.extend(problems);
        work.extend(claims.into_iter().map(|(position, claims)| (subject, position, claims)));
    }
    let (next, found) = (AtomicUsize::new(0), Mutex::new(wrong));
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((subject, position, claims)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let unproven = unproven(subject, *position, claims);
                    found.lock().unwrap_or_else(PoisonError::into_inner).extend(unproven);
                }
            });
        }
    });
    let mut wrong = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    wrong.sort();
    wrong
}

/// The values that no edit of a line changes, by a part of their label, with the reasons.
const EXCEPTIONS: [(&str, &str); 11] = [
    ("[internal.config.kubernetes.io/", "bookkeeping of the render that a patch or a replacement copies"),
    ("[config.kubernetes.io/origin]", "bookkeeping of the render that a patch or a replacement copies"),
    ("[alpha.config.kubernetes.io/transformations]", "bookkeeping of the render that a patch or a replacement copies"),
    ("replacements/internal-annotations: ConfigMap/plugin-a data.prefixes", "bookkeeping that a replacement copies"),
    (
        "yaml/directives-in-a-value: ConfigMap/a data.k",
        "an edit turns the directive in the text into text without structure",
    ),
    ("labels/patched-later: Deployment/api metadata.labels =", "a patch would add the labels, too"),
    ("yaml/binary-in-a-kustomization: ", "the values are written in base64, which a small change makes invalid"),
    ("patches/json-test-as-written: Widget/w spec.", "a patch tests the value, which is written in another notation"),
    (
        "patchesJson6902/test-of-numbers: ConfigMap/db-1 data",
        "a patch tests the value, which is written in another notation",
    ),
    ("patchesJson6902/keys-are-strings: ReplicationController/worker spec", "an operation without a value adds null"),
    ("secretGenerator/name-null: Secret/null-46f8b28mk5 metadata", "an operation without a value adds null"),
];

/// Checks that exactly the exceptions are wrong.
fn check(subjects: &[Subject], exceptions: &[(&str, &str)]) {
    let wrong = wrong_claims(subjects);
    let is_exception = |problem: &&String| !exceptions.iter().any(|(part, _)| problem.contains(part));
    let unexpected: Vec<&String> = wrong.iter().filter(is_exception).collect();
    let list = unexpected.iter().map(|problem| problem.as_str()).collect::<Vec<_>>().join("\n");
    assert!(unexpected.is_empty(), "{} explanations are wrong:\n{list}", unexpected.len());
    for (part, _) in exceptions {
        assert!(wrong.iter().any(|problem| problem.contains(part)), "`{part}` is no longer an exception");
    }
}

#[test]
fn every_value_of_the_fixtures_is_explained() {
    let (mut subjects, mut left_out) = (Vec::new(), Vec::new());
    for (case, _) in cases::rendered() {
        let mut options = case.options();
        options.load_restrictions = LoadRestrictions::None;
        match Subject::read(&case.name, &[&case.directory.join("input")], &case.path(), options) {
            Some(subject) => subjects.push(subject),
            None => left_out.push(case.name),
        }
    }
    assert_eq!(left_out, ["resources/links"], "a host in memory has no links");
    check(&subjects, &EXCEPTIONS);
}

#[test]
fn every_value_of_the_gitops_tree_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directories = ["base", "overlays", "app-config", "cluster-resources"].map(|directory| root.join(directory));
    let directories = directories.each_ref().map(|directory| directory.as_path());
    let targets = ["overlays/dev", "overlays/prod", "app-config", "cluster-resources"];
    let subjects = targets.map(|target| {
        let path = root.join(target);
        let path = path.to_str().expect("the path is UTF-8");
        Subject::read(target, &directories, path, Options::default()).expect("it renders")
    });
    check(&subjects, &[]);
}

#[test]
fn wrong_explanations_are_found() {
    let host = MemoryHost::new([
        ("/kustomization.yaml", "resources: [a.yaml]\npatches:\n- path: patch.yaml\n"),
        (
            "/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  one: first\n  two: second\n  three: third\n",
        ),
        (
            "/patch.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata:\n  two: fourth\n  list:\n    more: fifth\n",
        ),
    ]);
    let subject = Subject::new("", host, "/", Options::default()).expect("it renders");
    let (claims, problems) = claims(&subject);
    assert_eq!(problems, [""; 0]);
    let is_wrong = |position: Position, claims: &[Claim]| unproven(&subject, position, claims).len() == claims.len();
    for (&position, claims) in &claims {
        assert!(!is_wrong(position, claims));
    }
    // The next one may be inside the mapping at the position.
    for (&position, of_other) in claims.keys().zip(claims.values().cycle().skip(2)) {
        assert!(is_wrong(position, of_other), "{position:?} is not the source of {}", of_other[0].label);
    }
}
