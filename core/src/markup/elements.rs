//! The elements whose names decide how a parser reads what follows.

/// The way in which a parser reads the content of an element (HTML standard §13.2.6), if the
/// element is HTML's and scripting is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Markup,
    /// Text up to the end tag. Whether character references count in it makes no difference here.
    Text,
    /// Text up to the end tag, unless a comment in the script keeps that from ending it.
    Script,
    /// Text up to the end of the document.
    Plaintext,
}

impl Content {
    /// The names of elements whose content is no markup.
    pub(super) const NAMES: [&'static [u8]; 10] = [
        b"iframe",
        b"noembed",
        b"noframes",
        b"noscript",
        b"plaintext",
        b"script",
        b"style",
        b"textarea",
        b"title",
        b"xmp",
    ];

    /// Returns the content of the element of this name, in any letter case.
    pub(crate) fn of(name: &[u8]) -> Self {
        let is = |element: &[u8]| element.eq_ignore_ascii_case(name);
        // Most names begin with none of these letters, and are not compared.
        match name.first().map(u8::to_ascii_lowercase) {
            Some(b's') if is(b"script") => Self::Script,
            Some(b'p') if is(b"plaintext") => Self::Plaintext,
            Some(b'i' | b'n' | b's' | b't' | b'x') if Self::NAMES.into_iter().any(is) => Self::Text,
            _ => Self::Markup,
        }
    }
}
