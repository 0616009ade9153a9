//! The built-in schema of Kubernetes 1.21.2, as in kustomize, compiled into the binary by `build.rs`.

include!(concat!(env!("OUT_DIR"), "/kubernetes_schema.rs"));

use super::hash::hash_of_type;

/// A range of `TEXTS`.
#[derive(Clone, Copy)]
struct Text {
    at: u32,
    len: u8,
}

impl Text {
    fn get(self) -> &'static str {
        &TEXTS[self.at as usize..][..self.len as usize]
    }
}

/// A resource type. Rows are sorted by their hash.
pub(super) struct Row {
    hash: u32,
    kind: Text,
    api_version: Text,
    pub(super) scope: Option<Scope>,
    definition: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Cluster,
    Namespaced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Scalar,
    Object,
    List,
    Map,
}

struct Field {
    name: Text,
    shape: Shape,
    /// The definition of the object, the elements or the values; `u16::MAX` if there is none.
    of: u16,
    merge: bool,
    has_strategy: bool,
    /// The index of the keys in `LISTS_OF_KEYS`.
    keys: u8,
}

/// A node of the table.
#[derive(Clone, Copy)]
pub struct BuiltInNode(Inner);

#[derive(Clone, Copy)]
enum Inner {
    /// An object.
    Definition(u16),
    /// A list.
    List(&'static Field),
    /// A mapping with arbitrary keys.
    Map(&'static Field),
    /// A node without further information in the table, such as a scalar.
    Opaque,
}

/// The merge behavior of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListMerge<'a> {
    /// Whether the schema specifies a patch strategy.
    pub has_strategy: bool,
    /// Whether the patch strategy is `merge`.
    pub merge: bool,
    /// The fields that identify an element; empty for lists of scalars.
    pub keys: Vec<&'a str>,
}

/// Returns the row of a resource type.
pub(super) fn row(api_version: &str, kind: &str) -> Option<&'static Row> {
    let hash = hash_of_type(api_version, kind);
    let from = RESOURCES.partition_point(|row| row.hash < hash);
    let rows = RESOURCES[from..].iter().take_while(|row| row.hash == hash);
    rows.into_iter().find(|row| row.kind.get() == kind && row.api_version.get() == api_version)
}

impl Row {
    /// Returns the schema of the resource type, if the table has one.
    pub(super) fn schema(&self) -> Option<BuiltInNode> {
        (self.definition != u16::MAX).then(|| definition(self.definition))
    }
}

/// Returns a definition by its name.
pub(super) fn definition_named(name: &str) -> Option<BuiltInNode> {
    let number = DEFINITION_NAMES.binary_search_by_key(&name, |text| text.get()).ok()?;
    Some(definition(number as u16))
}

fn definition(number: u16) -> BuiltInNode {
    BuiltInNode(if number == u16::MAX { Inner::Opaque } else { Inner::Definition(number) })
}

impl BuiltInNode {
    /// Returns the schema of a field, if it has one.
    pub(super) fn field(self, name: &str) -> Option<BuiltInNode> {
        match self.0 {
            Inner::Definition(number) => {
                let (start, end) = DEFINITIONS[number as usize];
                let fields = &FIELDS[start as usize..end as usize];
                let field = &fields[fields.binary_search_by_key(&name, |field| field.name.get()).ok()?];
                Some(match field.shape {
                    Shape::Scalar => BuiltInNode(Inner::Opaque),
                    Shape::Object => definition(field.of),
                    Shape::List => BuiltInNode(Inner::List(field)),
                    Shape::Map => BuiltInNode(Inner::Map(field)),
                })
            }
            Inner::Map(field) => Some(definition(field.of)),
            Inner::List(_) | Inner::Opaque => None,
        }
    }

    /// Returns the schema of the elements of a list.
    pub(super) fn elements(self) -> Option<BuiltInNode> {
        match self.0 {
            Inner::List(field) => Some(definition(field.of)),
            _ => None,
        }
    }

    /// Returns the merge behavior of a list.
    pub(super) fn list_merge(self) -> ListMerge<'static> {
        match self.0 {
            Inner::List(field) if field.has_strategy => {
                ListMerge { has_strategy: true, merge: field.merge, keys: LISTS_OF_KEYS[field.keys as usize].to_vec() }
            }
            _ => ListMerge::default(),
        }
    }
}

/// A field in a definition of a schema document.
pub enum DocumentField {
    /// An object with this definition.
    Object(&'static str),
    /// A list, with the definition of its elements.
    List(Option<&'static str>, ListMerge<'static>),
}

/// A definition of the built-in schema: its name, the resource types with it (API version and kind), and the fields that
/// lead to lists with merge keys.
pub struct Document {
    pub name: &'static str,
    pub types: Vec<(&'static str, &'static str)>,
    pub fields: Vec<(&'static str, DocumentField)>,
}

/// Returns the definitions that lead to lists with merge keys.
pub fn documents_with_merge_keys() -> Vec<Document> {
    let fields = |number: usize| &FIELDS[DEFINITIONS[number].0 as usize..DEFINITIONS[number].1 as usize];
    let mut leads_to_keys = vec![false; DEFINITIONS.len()];
    let is_kept = |field: &Field, leads: &[bool]| {
        let leads_there = leads.get(field.of as usize).copied().unwrap_or_default();
        field.has_strategy || leads_there && matches!(field.shape, Shape::Object | Shape::List)
    };
    loop {
        let missing: Vec<usize> = (0..DEFINITIONS.len())
            .filter(|&number| {
                !leads_to_keys[number] && fields(number).iter().any(|field| is_kept(field, &leads_to_keys))
            })
            .collect();
        if missing.is_empty() {
            break;
        }
        missing.into_iter().for_each(|number| leads_to_keys[number] = true);
    }
    let document = |number: usize| {
        let kept = fields(number).iter().filter(|field| is_kept(field, &leads_to_keys));
        let of = |field: &Field| leads_to_keys.get(field.of as usize).is_some_and(|leads| *leads);
        let name_of = |field: &Field| of(field).then(|| DEFINITION_NAMES[field.of as usize].get());
        let field = |field: &'static Field| {
            let document = match field.shape {
                Shape::List => DocumentField::List(name_of(field), BuiltInNode(Inner::List(field)).list_merge()),
                _ => DocumentField::Object(name_of(field)?),
            };
            Some((field.name.get(), document))
        };
        let types = RESOURCES.iter().filter(|row| row.definition as usize == number);
        Document {
            name: DEFINITION_NAMES[number].get(),
            types: types.map(|row| (row.api_version.get(), row.kind.get())).collect(),
            fields: kept.filter_map(field).collect(),
        }
    };
    (0..DEFINITIONS.len()).filter(|&number| leads_to_keys[number]).map(document).collect()
}
