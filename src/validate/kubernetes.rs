//! The kinds of Kubernetes in all supported versions, from a table that `examples/kubernetes-schemas.py` describes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::format::Format;
use super::schema::{Field, Others, Schema, Types};
use crate::resource::identity::split_api_version;

/// The table, deflated by the build script.
const TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kubernetes_table.deflate"));

/// The oldest supported minor version.
pub const OLDEST: u8 = 25;
/// The newest supported minor version.
pub const NEWEST: u8 = 37;

/// Returns the minor version of a version of Kubernetes: 34 of `1.34`, `v1.34` and `1.34.2`.
///
/// # Errors
/// Fails on versions that are not supported.
pub fn minor_version(text: &str) -> Result<u8, String> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let parts: Vec<&str> = text.strip_prefix('v').unwrap_or(text).split('.').collect();
    let minor = match parts[..] {
        ["1", minor] => number(minor),
        ["1", minor, patch] if number(patch).is_some() => number(minor),
        _ => return Err(format!("`{text}` is not a version of Kubernetes such as `1.{NEWEST}`")),
    };
    let supported = minor.and_then(|minor| u8::try_from(minor).ok()).filter(|minor| (OLDEST..=NEWEST).contains(minor));
    supported.ok_or_else(|| format!("Kubernetes {text} is not supported: the versions are 1.{OLDEST} to 1.{NEWEST}"))
}

/// The maximum size of the table in bytes.
const MAX_SIZE: usize = 1 << 20;

/// The table, with an index.
#[derive(Debug)]
pub struct Table {
    text: String,
    kinds: Vec<KindRow>,
    /// The lines of each definition.
    definitions: Vec<Range<usize>>,
    numbers: HashMap<String, u32>,
}

/// A kind in one version of its API.
#[derive(Debug)]
struct KindRow {
    api_version: String,
    kind: String,
    definition: String,
    versions: Vec<(u8, u8)>,
}

impl Table {
    /// Reads the embedded table.
    ///
    /// # Panics
    /// Panics if the table is damaged, which the tests rule out.
    pub fn read() -> Table {
        let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(TABLE, MAX_SIZE);
        let text = String::from_utf8(bytes.expect("the table is deflated")).expect("the table is text");
        let mut table =
            Table { text: String::new(), kinds: Vec::new(), definitions: Vec::new(), numbers: HashMap::new() };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                _ if line.starts_with(' ') => table.definitions.last_mut().into_iter().for_each(|last| last.end = end),
                ["versions", ..] => {}
                ["kind", api_version, kind, definition, versions] => table.kinds.push(KindRow {
                    api_version: api_version.to_string(),
                    kind: kind.to_string(),
                    definition: definition.to_string(),
                    versions: ranges(versions),
                }),
                [name, ..] => {
                    table.numbers.insert(name.to_string(), table.definitions.len() as u32);
                    table.definitions.push(end..end);
                }
                [] => {}
            }
            start = end;
        }
        table.text = text;
        table
    }

    /// Returns the versions of Kubernetes that serve a version of a kind; `None` if none of them does.
    fn served(&self, api_version: &str, kind: &str) -> Option<&KindRow> {
        self.kinds.iter().find(|row| row.kind == kind && row.api_version == api_version)
    }

    /// Returns whether a group of APIs is part of Kubernetes.
    fn has_group(&self, group: &str) -> bool {
        group == "extensions" || self.kinds.iter().any(|row| split_api_version(&row.api_version).0 == group)
    }
}

/// Reads ranges of versions: `25-30,32-37`.
fn ranges(text: &str) -> Vec<(u8, u8)> {
    let range = |range: &str| {
        let (first, last) = range.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    text.split(',').filter_map(range).collect()
}

fn contains(ranges: &[(u8, u8)], version: u8) -> bool {
    ranges.iter().any(|&(first, last)| (first..=last).contains(&version))
}

/// One version of Kubernetes. Its definitions are decoded when they are needed.
#[derive(Debug)]
pub struct Release<'t> {
    table: &'t Table,
    /// The minor version.
    pub minor: u8,
    definitions: Vec<OnceLock<Schema>>,
}

/// What is known about a kind in a version of Kubernetes.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// It is served.
    Served {
        /// The schema of its objects.
        schema: &'a Schema,
        /// The version that no longer serves it, and the `apiVersion` that replaces it.
        removed: Option<(u8, String)>,
    },
    /// It is not served.
    NotServed {
        /// The versions that serve it.
        served: Vec<(u8, u8)>,
        /// The `apiVersion` that this version serves.
        other: Option<String>,
    },
    /// It is not a kind of Kubernetes.
    Unknown,
}

impl<'t> Release<'t> {
    /// Returns a version.
    pub fn new(table: &'t Table, minor: u8) -> Release<'t> {
        let definitions = table.definitions.iter().map(|_| OnceLock::new()).collect();
        Release { table, minor, definitions }
    }

    /// Looks a kind up.
    pub fn find(&self, api_version: &str, kind: &str) -> Lookup<'_> {
        let (group, _) = split_api_version(api_version);
        let row = self.table.served(api_version, kind);
        match row {
            Some(row) if contains(&row.versions, self.minor) => {
                let number = self.table.numbers.get(&row.definition).copied().unwrap_or_default();
                let last = row.versions.iter().map(|&(_, last)| last).max().unwrap_or(NEWEST);
                let other = if last < NEWEST { self.other(api_version, kind) } else { None };
                Lookup::Served { schema: self.definition(number), removed: other.map(|other| (last + 1, other)) }
            }
            _ if self.table.has_group(group) => {
                let served = row.map(|row| row.versions.clone()).unwrap_or_default();
                Lookup::NotServed { served, other: self.other(api_version, kind) }
            }
            _ => Lookup::Unknown,
        }
    }

    /// Returns another `apiVersion` of a kind that this version serves: the newest stable one, or else the last one.
    fn other(&self, api_version: &str, kind: &str) -> Option<String> {
        let rows = self.table.kinds.iter().filter(|row| row.kind == kind && row.api_version != api_version);
        let served: Vec<&KindRow> = rows.filter(|row| contains(&row.versions, self.minor)).collect();
        let is_stable = |row: &&&KindRow| !row.api_version.contains("alpha") && !row.api_version.contains("beta");
        let of_group = |row: &&&KindRow| split_api_version(&row.api_version).0 == split_api_version(api_version).0;
        let stable = served.iter().rfind(|row| is_stable(row) && of_group(row));
        let found = stable.or(served.iter().rfind(is_stable)).or(served.last());
        found.map(|row| row.api_version.clone())
    }

    /// Returns the schema of `metadata`.
    pub fn metadata(&self) -> &Schema {
        let number = self.table.numbers.get("meta.v1.ObjectMeta");
        self.definition(number.copied().unwrap_or_default())
    }

    /// Returns the schema with a number.
    pub fn definition(&self, number: u32) -> &Schema {
        self.definitions[number as usize].get_or_init(|| self.decode(number))
    }

    fn decode(&self, number: u32) -> Schema {
        let mut schema = Schema { types: Types::OBJECT, ..Schema::default() };
        for line in self.table.text[self.table.definitions[number as usize].clone()].lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [name, code, ref rest @ ..] = words[..] else { continue };
            let versions = rest.iter().find(|word| **word != "!");
            if versions.is_some_and(|versions| !contains(&ranges(versions), self.minor)) {
                continue;
            }
            if rest.contains(&"!") {
                schema.required.push(name.into());
            }
            schema.fields.push(Field { name: name.into(), schema: self.of_type(code) });
        }
        schema.fields.sort_by(|a, b| a.name.cmp(&b.name));
        schema
    }

    /// Returns the schema of a type, see the description of the table.
    fn of_type(&self, code: &str) -> Schema {
        let scalar = |types: Types, format: Format| Schema { types, format, ..Schema::default() };
        match code.split_at(1) {
            ("[", rest) => {
                Schema { types: Types::ARRAY, items: Some(Box::new(self.of_type(rest))), ..Schema::default() }
            }
            ("{", rest) => {
                Schema { types: Types::OBJECT, others: Others::Of(Box::new(self.of_type(rest))), ..Schema::default() }
            }
            ("@", name) => Schema { definition: self.table.numbers.get(name).copied(), ..Schema::default() },
            ("b", _) => scalar(Types::BOOLEAN, Format::None),
            ("n", _) => scalar(Types::NUMBER, Format::None),
            ("i", _) => scalar(Types::INTEGER, Format::Int32),
            ("l", _) => scalar(Types::INTEGER, Format::Int64),
            ("y", _) => scalar(Types::STRING, Format::Byte),
            ("q", _) => scalar(Types::STRING.or(Types::NUMBER), Format::Quantity),
            ("x", _) => scalar(Types::INTEGER.or(Types::STRING), Format::IntOrString),
            ("t" | "m", _) => scalar(Types::STRING, Format::Time),
            ("s", _) => scalar(Types::STRING, Format::None),
            _ => Schema::anything(),
        }
    }
}
