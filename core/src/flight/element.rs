//! What tags say of what follows on them.

use crate::markup::tag::attributes;
use crate::media_type::JAVASCRIPT;

/// The elements whose content is text up to their end tag, where scripting is enabled (HTML standard §13.2.6.4).
const RAW: [&[u8]; 9] = [
    b"script",
    b"style",
    b"title",
    b"textarea",
    b"noscript",
    b"iframe",
    b"xmp",
    b"noembed",
    b"noframes",
];
/// The elements in which the tags of those may mean nothing of the kind.
const FOREIGN: [&[u8]; 3] = [b"svg", b"math", b"select"];

/// What a tag is of, behind its name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Kind {
    #[default]
    Other,
    /// The element of this name has text.
    Text(&'static [u8]),
    /// The element has foreign content, and is this one of [`FOREIGN`].
    Foreign(usize),
    /// All that follows is text.
    Plaintext,
}

impl Kind {
    pub(super) fn of(name: &[u8]) -> Self {
        let is = |element: &&[u8]| element.eq_ignore_ascii_case(name);
        // Most names need not be compared.
        if !matches!(
            name.first().map(u8::to_ascii_lowercase),
            Some(b'i' | b'm' | b'n' | b'p' | b's' | b't' | b'x')
        ) {
            Self::Other
        } else if let Some(element) = RAW.into_iter().find(is) {
            Self::Text(element)
        } else if let Some(element) = FOREIGN.iter().position(is) {
            Self::Foreign(element)
        } else if is(&&b"plaintext"[..]) {
            Self::Plaintext
        } else {
            Self::Other
        }
    }
}

/// Whether a script with this start tag, all but its `<`, runs what it contains (HTML standard §4.12.1.1, "prepare the script
/// element").
pub(super) fn runs(tag: &[u8]) -> bool {
    let (attributes, Some(_)) = attributes(tag, b"script".len()) else {
        return false;
    };
    let value = |name: &[u8]| {
        attributes
            .iter()
            .find(|attribute| tag.get(attribute.name.clone()) == Some(name))
            .map(|attribute| tag.get(attribute.value.clone()).unwrap_or_default())
    };
    let is_javascript = |essence: &[u8]| JAVASCRIPT.iter().any(|one| one.as_bytes() == essence);
    value(b"src").is_none()
        && match (value(b"type"), value(b"language")) {
            (Some(b""), _) | (None, None | Some(b"")) => true,
            (Some(essence), _) => {
                let essence = essence.trim_ascii();
                essence == b"module" || is_javascript(essence)
            }
            (None, Some(language)) => is_javascript(&[b"text/", language].concat()),
        }
}
