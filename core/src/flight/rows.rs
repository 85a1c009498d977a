//! Follows the rows of a stream.

use super::spelling::{Halt, Spelling};

/// More digits than React writes: it counts rows and bytes in numbers of 32 bits.
const DIGITS: usize = 8;

/// The tags of binary rows: a buffer, the kinds of typed arrays, a chunk of a byte stream.
const BINARY: &[u8] = b"AOoUSsLlGgMmVb";

/// The place of the next byte in a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// At the start of the stream.
    First,
    /// In an id, behind so many digits.
    Id(usize),
    /// Behind the colon.
    Tag,
    /// Behind a tag and so many digits.
    Length {
        text: bool,
        digits: usize,
        size: usize,
    },
    Line,
    /// In text that has so many bytes more, at least one.
    Text(usize),
    /// In binary data that has so many bytes more, at least one.
    Binary(usize),
}

/// The kind of a piece of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Of a header, which goes on behind it.
    Header,
    /// The end of the header of a line, perhaps nothing.
    LineHeader,
    /// The end of the header of a row of text.
    TextHeader {
        /// The text's length in bytes of the stream.
        size: usize,
    },
    /// The end of the header of a binary row.
    BinaryHeader,
    /// Of a line.
    Line,
    /// Of a text.
    Text {
        /// Whether the text ends with this piece.
        end: bool,
    },
    /// Of binary data.
    Binary,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { at: At::First }
    }

    /// Returns whether a part of a header has been read, but not its end.
    pub(super) fn in_header(&self) -> bool {
        matches!(self.at, At::Id(1..) | At::Tag | At::Length { .. })
    }

    /// Returns the piece at the front of `input`, and how many bytes it is.
    pub(super) fn next<S: Spelling>(&mut self, input: &[u8]) -> Result<(usize, Part), Halt> {
        match self.at {
            At::First | At::Id(_) | At::Tag | At::Length { .. } => self.header::<S>(input),
            At::Line => {
                let (len, end) = S::line(input);
                progress::<S>(input, len)?;
                if end {
                    self.at = At::Id(0);
                }
                Ok((len, Part::Line))
            }
            At::Text(left) => {
                let (len, size) = S::counted(input, left);
                progress::<S>(input, len)?;
                self.at = At::text(left - size);
                let end = left == size;
                Ok((len, Part::Text { end }))
            }
            At::Binary(left) => {
                let (len, size) = S::counted(input, left);
                progress::<S>(input, len)?;
                self.at = At::binary(left - size);
                Ok((len, Part::Binary))
            }
        }
    }

    fn header<S: Spelling>(&mut self, input: &[u8]) -> Result<(usize, Part), Halt> {
        let mut len = 0;
        loop {
            let unit = match S::unit(input.get(len..).unwrap_or_default()) {
                Ok(unit) => unit,
                Err(Halt::Cut | Halt::End) if len > 0 => return Ok((len, Part::Header)),
                Err(halt) => return Err(halt),
            };
            // What is escaped is the content's first character, if anything: JSON's quote.
            let code = if unit.len == 1 { unit.code } else { b'"' };
            match self.at.behind(code) {
                Some((at, None)) => {
                    self.at = at;
                    len += 1;
                }
                Some((at, Some(part))) => {
                    self.at = at;
                    let content = part == Part::LineHeader;
                    return Ok((len + usize::from(!content), part));
                }
                // What was read before it is given out first.
                None if len > 0 => return Ok((len, Part::Header)),
                None => return Err(Halt::Invalid),
            }
        }
    }
}

impl At {
    /// Returns the place in the stream after one more character of a header, and what the character
    /// ends. Returns `None` if the character cannot stand there.
    fn behind(self, code: u8) -> Option<(Self, Option<Part>)> {
        let digit = match code {
            b'0'..=b'9' => Some(usize::from(code - b'0')),
            b'a'..=b'f' => Some(usize::from(code - b'a') + 10),
            _ => None,
        };
        Some(match (self, code) {
            (Self::First, b'#' | b'~') => (Self::Id(0), Some(Part::Line)),
            (Self::First | Self::Id(_), b':') => (Self::Tag, None),
            (Self::First, _) if digit.is_some() => (Self::Id(1), None),
            (Self::Id(digits @ 0..DIGITS), _) if digit.is_some() => (Self::Id(digits + 1), None),
            (Self::Tag, _) if code == b'T' || BINARY.contains(&code) => (
                Self::Length {
                    text: code == b'T',
                    digits: 0,
                    size: 0,
                },
                None,
            ),
            (Self::Length { text, digits, size }, _) if digit.is_some() && digits < DIGITS => {
                let size = size.checked_mul(16)?.checked_add(digit?)?;
                let digits = digits + 1;
                (Self::Length { text, digits, size }, None)
            }
            (
                Self::Length {
                    text,
                    digits: 1..,
                    size,
                },
                b',',
            ) => {
                if text {
                    (Self::text(size), Some(Part::TextHeader { size }))
                } else {
                    (Self::binary(size), Some(Part::BinaryHeader))
                }
            }
            // Old versions of React have some of the letters as tags of lines, and JSON starts
            // behind them.
            (Self::Tag | Self::Length { digits: 0, .. }, _) => (Self::Line, Some(Part::LineHeader)),
            _ => return None,
        })
    }

    fn text(left: usize) -> Self {
        if left == 0 {
            Self::Id(0)
        } else {
            Self::Text(left)
        }
    }

    fn binary(left: usize) -> Self {
        if left == 0 {
            Self::Id(0)
        } else {
            Self::Binary(left)
        }
    }
}

/// Says why nothing was read, if so.
fn progress<S: Spelling>(input: &[u8], len: usize) -> Result<(), Halt> {
    if len > 0 {
        return Ok(());
    }
    // A character that can be read belongs in part to the next row.
    S::unit(input).and(Err(Halt::Invalid))
}
