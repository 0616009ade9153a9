//! Links between the documents lead to files and headings that exist.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::pages::{Page, root};

/// The start of links to files of the repository in the book.
const REPOSITORY: &str = "https://github.com/boutique-rs/boutique/blob/main/";

const BOOK: &str = "docs/src";

/// Documents beside the pages for users.
const OTHERS: &[&str] = &["CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benches/README.md", "fixtures/README.md"];

#[test]
fn links_lead_somewhere() {
    let mut pages = Page::all();
    pages.extend(OTHERS.iter().map(Page::read));
    let mut count = 0;
    let mut broken = Vec::new();
    for page in &pages {
        for link in links(&prose(&page.text)) {
            let in_repository = link.strip_prefix(REPOSITORY);
            if in_repository.is_none() && link.contains("://") {
                continue;
            }
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let directory = page.path.parent().expect("it is a file");
            let target = match path.strip_prefix(REPOSITORY) {
                Some(path) => PathBuf::from(path),
                None if path.is_empty() => page.path.clone(),
                None => normalized(&directory.join(path)),
            };
            // The book consists of what is in its directory only.
            let leaves_book = page.path.starts_with(BOOK) && !target.starts_with(BOOK) && in_repository.is_none();
            let exists = root().join(&target).exists();
            let has_anchor = anchor.is_empty() || exists && anchors(&Page::read(&target).text).contains(anchor);
            if !exists || !has_anchor || leaves_book {
                broken.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
    assert!(count > 50, "only {count} links were found");
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = Page::read("docs/src/SUMMARY.md");
    let listed: BTreeSet<PathBuf> = links(&summary.text).iter().map(|link| Path::new("docs/src").join(link)).collect();
    for page in Page::all() {
        let is_listed = listed.contains(&page.path) || page.path == summary.path || page.path == Path::new("README.md");
        assert!(is_listed, "{} is not in the summary", page.path.display());
    }
}

/// Returns a page without its blocks of code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the targets of links and images.
fn links(text: &str) -> Vec<String> {
    // Code in backticks may look like a link.
    let text: String = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let ends = text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split_once(')'));
    ends.map(|(link, _)| link.to_string()).collect()
}

/// Returns the path without `.` and `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the anchors of the headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let text = prose(text);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchors = headings.map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    anchors.collect()
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# What `explain` shows\n```text\n# no heading\n```\n## kubectl, Flux and scripts\n";
    assert_eq!(Vec::from_iter(anchors(text)), ["kubectl-flux-and-scripts", "what-explain-shows"]);
}
