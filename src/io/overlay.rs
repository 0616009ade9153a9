//! A host that overrides the content of some files, and adds others.

use std::collections::BTreeMap;

use crate::request::{Answer, Request};

use super::Host;

/// Answers like another host, but with other content for some of its files and with new files, to show the effect of a change before it is
/// made.
///
/// # Example
/// ```
/// use boutique::io::{self, MemoryHost, OverlayHost};
/// use boutique::Options;
///
/// let files = MemoryHost::new([
///     ("/kustomization.yaml", "resources: [a.yaml]\n"),
///     ("/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
/// ]);
/// let changed = b"namePrefix: dev-\nresources: [a.yaml]\n".to_vec();
/// let host = OverlayHost::new(&files, [("/kustomization.yaml".to_string(), changed)].into());
/// let rendered = io::render(&host, "/", &Options::default()).result.expect("it is valid");
/// assert_eq!(rendered.resources()[0].name(), "dev-a");
/// ```
pub struct OverlayHost<'a> {
    host: &'a (dyn Host + Sync),
    /// The contents by path, with links resolved.
    files: BTreeMap<String, Vec<u8>>,
}

impl<'a> OverlayHost<'a> {
    /// Returns a host that overrides the contents of files, given by their paths with links resolved. Files that do not exist
    /// are added.
    pub fn new(host: &'a (dyn Host + Sync), files: BTreeMap<String, Vec<u8>>) -> OverlayHost<'a> {
        OverlayHost { host, files }
    }
}

impl Host for OverlayHost<'_> {
    fn answer(&self, request: &Request) -> Answer {
        match self.host.answer(request) {
            Answer::File { real, bytes } => {
                let bytes = self.files.get(&real).cloned().unwrap_or(bytes);
                Answer::File { real, bytes }
            }
            Answer::Missing => match request {
                Request::Path { path, .. } if self.files.contains_key(path) => {
                    Answer::File { real: path.clone(), bytes: self.files[path].clone() }
                }
                _ => Answer::Missing,
            },
            answer => answer,
        }
    }
}
