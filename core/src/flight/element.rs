//! The meaning of tags for scripts.

use crate::markup::Initials;
use crate::markup::tag::attributes;
use crate::script_type::ScriptType;

/// The elements in which an element's tags may not mean what they mean in HTML's.
const FOREIGN: [&[u8]; 3] = [b"svg", b"math", b"select"];

/// What the names in [`FOREIGN`] begin with.
pub(super) static INITIALS: Initials = Initials::of(&FOREIGN);

/// Returns the index in [`FOREIGN`] of the element of this name, in any letter case.
pub(super) fn foreign(name: &[u8]) -> Option<usize> {
    let is = |element: &&[u8]| element.eq_ignore_ascii_case(name);
    // Most names begin with neither, and are not compared.
    match name {
        [b's' | b'S' | b'm' | b'M', ..] => FOREIGN.iter().position(is),
        _ => None,
    }
}

/// Returns whether a script runs what it contains, by its start tag in lower case, from the name on
/// (HTML standard §4.12.1.1, "prepare the script element").
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
    value(b"src").is_none()
        && ScriptType::of(value(b"type"), value(b"language")) == ScriptType::JavaScript
}
