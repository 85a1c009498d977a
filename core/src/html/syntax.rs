//! The tokenizer states that are followed here byte by byte, besides lol_html's.

use std::ops::Range;

/// UTF-8's byte order mark.
pub(super) const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// What one more byte says of where the head or the body begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The byte, and any that were held, belong to what stands before.
    Pass,
    /// It is not clear yet: the byte must be held back, with those that were held before it.
    Hold,
    /// The held bytes and this one are the element's own tag, or one that stands for it.
    Written,
    /// The parser opens the element before the first held byte, or before this one where none is held.
    Implied,
}

/// The comment states (HTML standard §13.2.5.43 to 13.2.5.52) that can end differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comment {
    Start,
    StartDash,
    Text,
    EndDash,
    End,
    EndBang,
}

/// The states behind a tag's name (HTML standard §13.2.5.8 and 13.2.5.32 to 13.2.5.40).
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

pub(crate) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

impl Comment {
    /// The state behind `byte`; `None` when that ends the comment.
    pub(crate) fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Start | Self::StartDash | Self::End | Self::EndBang, b'>') => return None,
            (Self::Start, b'-') => Self::StartDash,
            (Self::StartDash | Self::EndDash | Self::End, b'-') => Self::End,
            (Self::Text | Self::EndBang, b'-') => Self::EndDash,
            (Self::End, b'!') => Self::EndBang,
            _ => Self::Text,
        })
    }
}

impl Tag {
    /// The state behind `byte`; `None` when that ends the tag.
    pub(crate) fn next(self, byte: u8) -> Option<Self> {
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

/// One attribute of a tag, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: Range<usize>,
    /// Empty where there is none.
    pub(crate) value: Range<usize>,
    /// Where the attribute ends, a closing quote included.
    pub(crate) end: usize,
}

/// Reads the attributes of a tag whose name ends at `from`: those that are complete, and where the tag ends, behind its `>`.
/// `None` instead of that where the text ends first.
pub(crate) fn attributes(text: &[u8], from: usize) -> (Vec<Attribute>, Option<usize>) {
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut state = Tag::Name;
    let mut open: Option<Attribute> = None;
    for (at, &byte) in text.iter().enumerate().skip(from) {
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

/// A document with `^` where `step` finds that an element is implied, or `$` before the tag of a written one. Without
/// either, where it finds neither.
#[cfg(test)]
pub(super) fn mark(document: &str, mut step: impl FnMut(u8) -> Step) -> String {
    let mut held = 0;
    for (index, byte) in document.bytes().enumerate() {
        let sign = match step(byte) {
            Step::Pass => {
                held = 0;
                continue;
            }
            Step::Hold => {
                held += 1;
                continue;
            }
            Step::Written => '$',
            Step::Implied => '^',
        };
        let mut marked = document.to_owned();
        marked.insert(index - held, sign);
        return marked;
    }
    document.to_owned()
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
