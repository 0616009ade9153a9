//! Colors.

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    is_colored: bool,
}

impl Style {
    /// Returns the style that paints.
    pub fn colored() -> Style {
        Style { is_colored: true }
    }

    /// Returns the style that leaves text as it is.
    pub fn plain() -> Style {
        Style { is_colored: false }
    }

    /// Returns a text with the escape codes of a color around it; the empty color is none.
    pub fn paint(self, text: &str, color: &str) -> String {
        if self.is_colored && !color.is_empty() { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_string() }
    }
}
