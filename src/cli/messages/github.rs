//! Messages as GitHub Actions workflow commands, which GitHub shows as annotations.

use crate::cli::paths::below;
use crate::message::{Location, Message};

/// Returns a message as a workflow command.
pub fn command(message: &Message) -> String {
    let mut properties = Vec::new();
    if let Some(location) = message.location() {
        properties.push(("file", repository_path(location)));
        properties.push(("line", location.line.to_string()));
        properties.push(("endLine", location.end_line.to_string()));
        properties.push(("col", location.column.to_string()));
        properties.push(("endColumn", location.end_column.to_string()));
    }
    properties.extend(message.code.map(|code| ("title", format!("boutique: {code}"))));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escape_property(value))).collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{}{space}{}::{}\n", message.severity, properties.join(","), escape(&message.full_text()))
}

/// Returns the path of a location relative to the repository that the workflow has checked out. A path outside of it is
/// returned unchanged.
fn repository_path(location: &Location) -> String {
    let workspace = std::env::var("GITHUB_WORKSPACE").ok();
    let absolute = std::path::absolute(&location.path).ok();
    let path = workspace.as_deref().zip(absolute.as_deref().and_then(|path| path.to_str()));
    path.and_then(|(workspace, path)| below(path, workspace)).unwrap_or(&location.path).to_string()
}

/// Escapes characters that would end a command.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes characters that would end a property.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_properties_are_escaped() {
        let mut message = Message::without_location("warning", "100%\n::error::");
        assert_eq!(command(&message), "::warning::100%25 ::error::\n");
        message.message = "a\r\nb".to_string();
        assert_eq!(command(&message), "::warning::a%0D%0Ab\n");
        assert_eq!(escape_property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
