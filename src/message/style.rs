//! Terminal colors.

/// Whether text is colored.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    is_colored: bool,
}

impl Style {
    /// Returns the style that colors text.
    pub fn colored() -> Style {
        Style { is_colored: true }
    }

    /// Returns the style that leaves text unchanged.
    pub const fn plain() -> Style {
        Style { is_colored: false }
    }

    /// Returns whether text is unchanged.
    pub fn is_plain(self) -> bool {
        !self.is_colored
    }

    /// Returns a text with the escape codes of a color around it. An empty `color` means no color.
    pub fn paint(self, text: &str, color: &str) -> String {
        if self.is_colored && !color.is_empty() { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_string() }
    }
}
