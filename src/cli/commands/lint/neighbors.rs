//! Scripts and documents next to a manifest.

use std::path::Path;

use crate::Inputs;
use crate::inputs::Found;
use crate::io::Host;
use crate::request::Request;

use super::search::names_in;

/// The endings of the names of scripts and documents.
const ENDINGS: [&str; 7] = [".md", ".sh", ".bash", ".py", ".txt", "Makefile", "justfile"];

/// Returns whether a script or a document in the directory of a file contains its name. Such a file is made or applied by
/// other means than kustomize.
pub fn mention(file: &Path, root: &Path, host: &dyn Host) -> bool {
    let directory = file.parent().and_then(Path::to_str);
    let (Some(directory), Some(name)) = (directory, file.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    names_in(directory, root).into_iter().any(|neighbor| {
        ENDINGS.iter().any(|ending| neighbor.ends_with(ending))
            && contains(&Path::new(directory).join(neighbor), name, host)
    })
}

fn contains(path: &Path, name: &str, host: &dyn Host) -> bool {
    let Some(path) = path.to_str() else { return false };
    let within = Path::new(path).parent().and_then(Path::to_str).map(ToString::to_string);
    let request = Request::Path { path: path.to_string(), within };
    let answer = host.answer(&request);
    let mut inputs = Inputs::new();
    let found = inputs.insert_found(request, answer);
    matches!(found, Found::File(file) if file.shown_text().contains(name))
}
