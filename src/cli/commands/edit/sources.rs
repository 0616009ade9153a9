//! The names and patterns of files on the command line.

use crate::remote;
use anyhow::{bail, ensure};

use crate::cli::glob::glob;
use crate::cli::messages::report::Reporter;

/// Returns the files that patterns match; a pattern without match is told, and no mistake.
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

/// Returns what patterns match, and URLs as they are. What a URL leads to is not looked at: rendering does that.
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

/// Returns the files of `--from-file=[KEY=]SOURCE`, where a source may be a pattern.
///
/// # Errors
/// Fails on a malformed pattern, and where a key stands before anything but one file.
pub fn files(sources: &[String], reporter: &Reporter) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for source in sources {
        match source.split_once('=').filter(|(key, path)| !key.is_empty() && !path.contains('=')) {
            Some((key, pattern)) => {
                let found = matched(&[pattern.to_string()], reporter)?;
                ensure!(found.len() == 1, "the key {key} needs one file, but {pattern} matches {}", found.len());
                all.push(format!("{key}={}", found[0]));
            }
            None => all.extend(matched(std::slice::from_ref(source), reporter)?),
        }
    }
    Ok(all)
}

/// Splits lists at their commas.
pub fn split_commas(lists: &[String]) -> Vec<String> {
    lists.iter().flat_map(|list| list.split(',')).map(ToString::to_string).collect()
}
