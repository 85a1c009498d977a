//! The two syntaxes of markup.

/// The language that a page is written in. lol_html reads both as HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Html,
    /// Nothing is implied in it, and there is no raw text.
    Xml,
}
