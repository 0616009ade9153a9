//! Messages as workflow commands of GitHub Actions, which become annotations of the lines they are about.

use crate::cli::paths::below;
use crate::message::{Location, Message};

/// Returns a message as one command.
pub fn command(message: &Message) -> String {
    let mut properties = Vec::new();
    if let Some(place) = message.place() {
        properties.push(("file", repository_path(place)));
        properties.push(("line", place.line.to_string()));
        properties.push(("endLine", place.end_line.to_string()));
        properties.push(("col", place.column.to_string()));
        properties.push(("endColumn", place.end_column.to_string()));
    }
    properties.extend(message.code.map(|code| ("title", format!("boutique: {code}"))));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escape_property(value))).collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{}{space}{}::{}\n", message.severity, properties.join(","), escape(&message.full_text()))
}

/// Returns a path as seen from the root of the repository that a workflow has checked out, or else as it is shown.
fn repository_path(place: &Location) -> String {
    let workspace = std::env::var("GITHUB_WORKSPACE").ok();
    let absolute = std::path::absolute(&place.path).ok();
    let path = workspace.as_deref().zip(absolute.as_deref().and_then(|path| path.to_str()));
    path.and_then(|(workspace, path)| below(path, workspace)).unwrap_or(&place.path).to_string()
}

/// Escapes what would end the line of a command.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_a_property() {
        let mut message = Message::without_location("warning", "100%\n::error::");
        assert_eq!(command(&message), "::warning::100%25 ::error::\n");
        message.message = "a\r\nb".to_string();
        assert_eq!(command(&message), "::warning::a%0D%0Ab\n");
        assert_eq!(escape_property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
