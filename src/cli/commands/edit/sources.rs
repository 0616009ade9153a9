//! Expansion of file names and patterns from the command line.

use crate::remote;
use anyhow::{bail, ensure};

use crate::cli::glob::glob;
use crate::cli::messages::report::Reporter;

/// Returns the files that match patterns. A pattern without a match is reported, but is not an error.
///
/// # Errors
/// Fails on a malformed pattern.
pub fn matched(patterns: &[String], reporter: &Reporter) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for pattern in patterns {
        let found = glob(pattern)?;
        if found.is_empty() {
            reporter.info(&format!("{pattern} has no match"));
        }
        all.extend(found);
    }
    Ok(all)
}

/// Returns the files that match patterns, and URLs unchanged. URLs are not fetched; the next render does that.
///
/// # Errors
/// Fails on a malformed pattern, and on one that matches nothing.
pub fn matched_or_remote(patterns: &[String]) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for pattern in patterns {
        let found = glob(pattern)?;
        if !found.is_empty() {
            all.extend(found);
        } else if remote::parse(pattern).is_some() || remote::is_remote_file(pattern) {
            all.push(pattern.clone());
        } else {
            bail!("{pattern} has no match");
        }
    }
    Ok(all)
}

/// Returns the values of `--from-file=[KEY=]SOURCE`, with sources that are patterns expanded.
///
/// # Errors
/// Fails on a malformed pattern, on one that matches nothing, and on a key whose source does not match exactly one file.
pub fn files(sources: &[String]) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for source in sources {
        match source.split_once('=').filter(|(key, path)| !key.is_empty() && !path.contains('=')) {
            Some((key, pattern)) => {
                let found = glob(pattern)?;
                ensure!(
                    found.len() == 1,
                    "the key {key} requires exactly one file, but {pattern} matches {}",
                    found.len()
                );
                all.push(format!("{key}={}", found[0]));
            }
            None => {
                let found = glob(source)?;
                ensure!(!found.is_empty(), "{source} has no match");
                all.extend(found);
            }
        }
    }
    Ok(all)
}

/// Splits comma-separated lists.
pub fn split_commas(lists: &[String]) -> Vec<String> {
    lists.iter().flat_map(|list| list.split(',')).map(ToString::to_string).collect()
}
