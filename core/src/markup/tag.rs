//! The states of a tag, and its attributes.

use std::ops::Range;

use memchr::memchr;

use super::syntax::is_whitespace;

/// A state from a tag's name on (HTML standard §13.2.5.8 and 13.2.5.32 to 13.2.5.40).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Name,
    BeforeAttributeName,
    AttributeName,
    AfterAttributeName,
    BeforeValue,
    DoubleQuoted,
    SingleQuoted,
    Unquoted,
    AfterQuoted,
    SelfClosing,
}

impl Tag {
    pub(super) const ALL: [Self; 10] = [
        Self::Name,
        Self::BeforeAttributeName,
        Self::AttributeName,
        Self::AfterAttributeName,
        Self::BeforeValue,
        Self::DoubleQuoted,
        Self::SingleQuoted,
        Self::Unquoted,
        Self::AfterQuoted,
        Self::SelfClosing,
    ];

    /// Returns the state after `byte`, or `None` if that ends the tag.
    #[inline]
    pub(crate) const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::DoubleQuoted, b'"') | (Self::SingleQuoted, b'\'') => Self::AfterQuoted,
            (Self::DoubleQuoted | Self::SingleQuoted, _) => self,
            (_, b'>') => return None,
            (Self::Name | Self::Unquoted | Self::AfterQuoted | Self::SelfClosing, byte)
                if is_whitespace(byte) =>
            {
                Self::BeforeAttributeName
            }
            (Self::AttributeName, byte) if is_whitespace(byte) => Self::AfterAttributeName,
            (_, byte) if is_whitespace(byte) => self,
            (Self::BeforeValue, b'"') => Self::DoubleQuoted,
            (Self::BeforeValue, b'\'') => Self::SingleQuoted,
            (Self::BeforeValue | Self::Unquoted, _) => Self::Unquoted,
            (_, b'/') => Self::SelfClosing,
            (Self::Name, _) => Self::Name,
            (Self::AttributeName | Self::AfterAttributeName, b'=') => Self::BeforeValue,
            _ => Self::AttributeName,
        })
    }
}

/// An attribute of a tag, by the place of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: Range<usize>,
    /// Empty if the attribute has no value.
    pub(crate) value: Range<usize>,
    /// The position after the attribute, a closing quote included.
    pub(crate) end: usize,
}

/// Reads the attributes of the tag in `text` whose name ends at `from`.
///
/// Returns those that are complete, and the position after the tag's `>`, or `None` if the text
/// ends before that.
pub(crate) fn attributes(text: &[u8], from: usize) -> (Vec<Attribute>, Option<usize>) {
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut state = Tag::Name;
    let mut open: Option<Attribute> = None;
    let mut position = from;
    while let Some(&byte) = text.get(position) {
        // Nothing but the quote ends a quoted value.
        let quote = match state {
            Tag::DoubleQuoted => Some(b'"'),
            Tag::SingleQuoted => Some(b'\''),
            _ => None,
        };
        if let Some(quote) = quote.filter(|&quote| quote != byte) {
            let rest = text.get(position..).unwrap_or_default();
            position += memchr(quote, rest).unwrap_or(rest.len());
            continue;
        }
        let at = position;
        position += 1;
        let next = state.next(byte);
        if let Some(attribute) = &mut open {
            match (state, next) {
                (Tag::AttributeName, Some(Tag::AttributeName))
                | (Tag::Unquoted, Some(Tag::Unquoted)) => {}
                (Tag::AttributeName, _) => {
                    attribute.name.end = at;
                    attribute.value = at..at;
                    attribute.end = at;
                }
                (Tag::BeforeValue, None) => attribute.end = at,
                (Tag::BeforeValue, Some(Tag::Unquoted)) => attribute.value = at..at,
                (Tag::BeforeValue, Some(Tag::DoubleQuoted | Tag::SingleQuoted)) => {
                    attribute.value = at + 1..at + 1;
                }
                (Tag::Unquoted, _) => {
                    attribute.value.end = at;
                    attribute.end = at;
                }
                (Tag::DoubleQuoted | Tag::SingleQuoted, Some(Tag::AfterQuoted)) => {
                    attribute.value.end = at;
                    attribute.end = at + 1;
                }
                _ => {}
            }
        }
        let begins = next == Some(Tag::AttributeName) && state != Tag::AttributeName;
        if begins || next.is_none() {
            attributes.extend(open.take());
        }
        if begins {
            open = Some(Attribute {
                name: at..at,
                value: at..at,
                end: at,
            });
        }
        match next {
            Some(next) => state = next,
            None => return (attributes, Some(at + 1)),
        }
    }
    (attributes, None)
}

#[cfg(test)]
mod tests {
    #[test]
    fn attributes_are_found_however_they_are_written() {
        for (tag, expected, rest) in [
            ("<a>x", &[][..], "x"),
            ("<a b>", &["b||b"], ""),
            (
                "<a b=c d = 'e f'g=\"h>\">x",
                &["b|c|b=c", "d|e f|d = 'e f'", "g|h>|g=\"h>\""],
                "x",
            ),
            ("<a b c= d>", &["b||b", "c|d|c= d"], ""),
            ("<a b=c/>", &["b|c/|b=c/"], ""),
            ("<a b/c>", &["b||b", "c||c"], ""),
            ("<a b=>", &["b||b="], ""),
            ("<a =b=c>", &["=b|c|=b=c"], ""),
            ("<a b=''>", &["b||b=''"], ""),
        ] {
            let (attributes, end) = super::attributes(tag.as_bytes(), 2);
            let written: Vec<String> = attributes
                .iter()
                .map(|a| {
                    let (name, value) = (&tag[a.name.clone()], &tag[a.value.clone()]);
                    format!("{name}|{value}|{}", &tag[a.name.start..a.end])
                })
                .collect();
            assert_eq!(written, expected, "{tag}");
            assert_eq!(&tag[end.expect(tag)..], rest, "{tag}");
        }
        assert_eq!(super::attributes(b"<a b='", 2).1, None);
    }
}
