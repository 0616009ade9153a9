//! Differential check of the scanner against the parser crate.

use std::sync::Arc;

use super::events::parse_events;
use super::limits::{Dialect, ParseLimits};
use super::parse::{finish, split_documents};
use super::position::FileId;
use super::resolve::GoYaml;
use super::scan::scan;

/// The counts of a comparison of the scanner with the parser crate.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreement {
    pub documents: usize,
    /// The number of documents that the scanner supports.
    pub scanned: usize,
}

/// Parses the documents of a stream with the scanner and with the parser crate, and compares the results. Tests and
/// fuzz targets check this property.
///
/// # Errors
/// Fails if the results for a document differ.
#[doc(hidden)]
pub fn scanner_agrees(text: &str) -> Result<Agreement, String> {
    let source = Arc::new(text.to_string());
    let (file, limits) = (FileId(1), ParseLimits::default());
    let mut agreement = Agreement::default();
    for (start, body) in split_documents(&source, file).unwrap_or_default() {
        agreement.documents += 1;
        for version in [GoYaml::V3, GoYaml::V2] {
            let Ok(scanned) = scan(&source, start, body, file, version, limits) else { continue };
            let scanned = finish(scanned, start, body);
            let dialect = Dialect { version, unique_keys: false, expands: true };
            let parsed =
                parse_events(&source, start, body, file, dialect, limits, &mut 0).map(|tree| finish(tree, start, body));
            let difference = match (&scanned, &parsed) {
                (Some(scanned), Ok(Some(parsed))) => scanned.difference(parsed),
                (None, Ok(None)) => None,
                // Go's parser accepts a lone dash.
                (_, Err(error)) if error.message.starts_with("plain scalar cannot start with '-'") => None,
                (_, Err(error)) => Some(format!("the parser rejects it: {}", error.message)),
                _ => Some("only one of them considers it empty".to_string()),
            };
            if let Some(difference) = difference {
                return Err(format!("{difference}\nin the document:\n{body}"));
            }
            agreement.scanned += usize::from(version == GoYaml::V3);
        }
    }
    Ok(agreement)
}
