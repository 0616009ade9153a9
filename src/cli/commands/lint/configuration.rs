//! The configuration of lint: `boutique.toml`, which belongs to the tree and may be hostile.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::Inputs;
use crate::diagnostic::{Code, Diagnostic};
use crate::inputs::{File, Found};
use crate::io::Host;
use crate::message::Message;
use crate::request::Request;
use crate::validate::minor_version;
use crate::yaml::{Position, Span};

use super::fields::{FIELDS, Fault, check};
use crate::cli::flags::schemas::ConfiguredSchemas;
use crate::cli::messages::report::CommandWords;
use crate::cli::messages::style::printable;
use crate::cli::paths;

/// The name of the file.
pub const FILE_NAME: &str = "boutique.toml";

/// The content of a `boutique.toml`. Patterns are as they are written; they are valid.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The directory of the file.
    pub directory: PathBuf,
    pub exclude: Vec<String>,
    pub include: Vec<String>,
    /// The directories of kustomizations that are targets even if others include them.
    pub roots: Vec<PathBuf>,
    pub settings: Settings,
    pub advice: bool,
    pub overrides: Vec<Override>,
    pub schemas: ConfiguredSchemas,
}

/// The codes that are reported.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub select: Option<HashSet<Code>>,
    pub ignore: HashSet<Code>,
}

/// Settings for some paths.
#[derive(Debug)]
pub struct Override {
    pub paths: Vec<String>,
    pub settings: Settings,
}

/// Returns the nearest configuration in or above a directory, but not above `top`.
///
/// # Errors
/// Fails if the file cannot be read, and if it is invalid.
pub fn find(directory: &Path, top: &Path, host: &dyn Host) -> Result<Option<Configuration>, Vec<Message>> {
    let directories = directory.ancestors().take_while(|directory| directory.starts_with(top));
    for directory in directories.filter_map(Path::to_str) {
        let path = Path::new(directory).join(FILE_NAME).to_string_lossy().to_string();
        let mut inputs = Inputs::new();
        let request = Request::Path { path: path.clone(), within: Some(directory.to_string()) };
        let answer = host.answer(&request);
        let reason = match inputs.insert_found(request, answer) {
            Found::Missing => continue,
            Found::File(file) => {
                let messages =
                    |errors: Vec<Diagnostic>| errors.iter().map(|error| message(error, &file, &inputs)).collect();
                return read(&file, Path::new(directory)).map(Some).map_err(messages);
            }
            Found::Directory { .. } => "it is a directory".to_string(),
            Found::Outside { .. } => "it is a link to another directory".to_string(),
            Found::Failed(failure) => failure.message,
        };
        let message = format!("cannot read {}: {reason}", paths::shown(&path));
        return Err(vec![Message::without_location("error", &message)]);
    }
    Ok(None)
}

/// Returns a message that names what is wrong. Excerpts of a file of an unknown format have no values, but the names of fields and
/// codes are no secrets, unless the file is a link to another one.
fn message(error: &Diagnostic, file: &File, inputs: &Inputs) -> Message {
    let mut message = Message::new(error, inputs, &CommandWords);
    if error.code == Code::InvalidConfiguration && Path::new(&file.real).ends_with(FILE_NAME) {
        message.message = printable(&error.message);
        message.help = error.help.as_ref().map(|help| printable(&help.to_string()));
    }
    message
}

fn read(file: &File, directory: &Path) -> Result<Configuration, Vec<Diagnostic>> {
    let text = file.text().map_err(|error| error.flatten())?;
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = errors
        .iter()
        .map(|error| Fault {
            range: error.span().unwrap_or_default(),
            message: format!("invalid TOML: {}", error.message().lines().collect::<Vec<_>>().join(", ")),
            hint: None,
        })
        .collect();
    if faults.is_empty() {
        check(table.get_ref(), FIELDS, &mut faults);
    }
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.range.start);
        return Err(faults.into_iter().map(|fault| diagnostic(fault, file)).collect());
    }
    let table_named = |name: &str| table.get_ref().get(name).and_then(|table| table.get_ref().as_table());
    let schemas = table_named("validate").map(|validate| schemas(validate, directory)).unwrap_or_default();
    let configuration = table_named("lint").map(|lint| configuration(lint, directory));
    let empty = || Configuration { directory: directory.to_path_buf(), ..Configuration::default() };
    Ok(Configuration { schemas, ..configuration.unwrap_or_else(empty) })
}

/// Returns the content of a valid table of schemas.
fn schemas(table: &DeTable<'_>, directory: &Path) -> ConfiguredSchemas {
    let list = |name: &str| strings(table, name).unwrap_or_default();
    let paths = |name: &str| list(name).iter().map(|path| directory.join(path)).collect();
    ConfiguredSchemas {
        kubernetes_versions: list("kubernetes-version").iter().filter_map(|text| minor_version(text).ok()).collect(),
        crds: paths("crds"),
        schema_locations: paths("schema-location"),
    }
}

fn diagnostic(fault: Fault, file: &File) -> Diagnostic {
    let len = u32::try_from(fault.range.len()).unwrap_or(u32::MAX).max(1);
    let span = Span { start: Position::new(file.id, fault.range.start), len };
    let error = Diagnostic::error(Code::InvalidConfiguration, fault.message).at(span, "");
    *match fault.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Returns the content of a valid table.
fn configuration(table: &DeTable<'_>, directory: &Path) -> Configuration {
    let overrides = table.get("overrides").and_then(|value| value.get_ref().as_array());
    let overrides = overrides.into_iter().flat_map(|tables| tables.iter());
    Configuration {
        directory: directory.to_path_buf(),
        exclude: strings(table, "exclude").unwrap_or_default(),
        include: strings(table, "include").unwrap_or_default(),
        roots: strings(table, "roots").unwrap_or_default().iter().map(|path| directory.join(path)).collect(),
        settings: settings(table),
        advice: table.get("advice").and_then(|value| value.get_ref().as_bool()).unwrap_or_default(),
        overrides: overrides
            .filter_map(|table| table.get_ref().as_table())
            .map(|table| Override { paths: strings(table, "paths").unwrap_or_default(), settings: settings(table) })
            .collect(),
        schemas: ConfiguredSchemas::default(),
    }
}

fn settings(table: &DeTable<'_>) -> Settings {
    let codes = |name| {
        let names = strings(table, name)?;
        Some(names.iter().filter_map(|name| Code::from_name(name)).collect())
    };
    Settings { select: codes("select"), ignore: codes("ignore").unwrap_or_default() }
}

fn strings(table: &DeTable<'_>, name: &str) -> Option<Vec<String>> {
    let values = table.get(name)?.get_ref().as_array()?;
    Some(values.iter().filter_map(|value| value.get_ref().as_str().map(ToString::to_string)).collect())
}
