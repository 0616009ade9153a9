//! Differential check of the scanner against granit-parser.

use std::sync::Arc;

use super::limits::{Dialect, ParseLimits};
use super::parse::{finish, parse_events, split_documents};
use super::position::FileId;
use super::resolve::Words;
use super::scan::scan;

/// What came of comparing the scanner with the parser crate.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreement {
    pub documents: usize,
    /// How many of them the scanner takes.
    pub scanned: usize,
}

/// Reads the documents of a stream with the scanner and with the parser crate: a property that tests and fuzz targets
/// hold.
///
/// # Errors
/// Fails where the scanner takes a document for another than the crate does.
#[doc(hidden)]
pub fn scanner_agrees(text: &str) -> Result<Agreement, String> {
    let source = Arc::new(text.to_string());
    let (file, limits) = (FileId(1), ParseLimits::default());
    let mut agreement = Agreement::default();
    for (start, body) in split_documents(&source, file).unwrap_or_default() {
        agreement.documents += 1;
        for words in [Words::V3, Words::V2] {
            let Ok(scanned) = scan(&source, start, body, file, words, limits) else { continue };
            let scanned = finish(scanned, start, body);
            let dialect = Dialect { words, unique_keys: false };
            let parsed =
                parse_events(&source, start, body, file, dialect, limits, &mut 0).map(|tree| finish(tree, start, body));
            let difference = match (&scanned, &parsed) {
                (Some(scanned), Ok(Some(parsed))) => scanned.difference(parsed),
                (None, Ok(None)) => None,
                // Go's reader takes a lone dash.
                (_, Err(error)) if error.message.starts_with("plain scalar cannot start with '-'") => None,
                (_, Err(error)) => Some(format!("the parser refuses it: {}", error.message)),
                _ => Some("only one of them finds it empty".to_string()),
            };
            if let Some(difference) = difference {
                return Err(format!("{difference}\nin the document:\n{body}"));
            }
            agreement.scanned += usize::from(words == Words::V3);
        }
    }
    Ok(agreement)
}
