//! How the characters of a stream are spelled where it stands: as they are, or in a JSON string of
//! a script.

use memchr::memchr;

/// One character, or a byte of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelled {
    /// The character, or some byte from 0x80 on where it is above ASCII.
    pub(super) code: u8,
    /// The number of bytes that spell the character.
    pub(super) len: usize,
    /// The number of bytes that the character has in the stream.
    pub(super) size: usize,
}

/// The reason for which nothing can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The input ends before that is known.
    Cut,
    /// The text ends here: the closing quote of its string is next.
    End,
    /// This is not what the format allows.
    Invalid,
}

/// A way of spelling.
pub(super) trait Spelling {
    /// Returns the character at the front of `text`.
    fn unit(text: &[u8]) -> Result<Spelled, Halt>;

    /// Returns a number of bytes at the front of `text` that stand for themselves and are no line
    /// feeds. More may follow.
    fn plain(text: &[u8]) -> usize;

    /// Returns the front of `text` up to and with its first line feed, or as much of it as can be
    /// read: its length in bytes, and whether a line feed ends it.
    fn line(text: &[u8]) -> (usize, bool) {
        let mut at = 0;
        loop {
            at += Self::plain(text.get(at..).unwrap_or_default());
            match Self::unit(text.get(at..).unwrap_or_default()) {
                Ok(unit) if unit.code == b'\n' => return (at + unit.len, true),
                Ok(unit) => at += unit.len,
                Err(_) => return (at, false),
            }
        }
    }

    /// Returns the front of `text` that is `size` bytes of the stream, or as much of it as can be
    /// read: its length in bytes, and how many bytes of the stream it is.
    fn counted(text: &[u8], size: usize) -> (usize, usize) {
        let (mut at, mut left) = (0, size);
        while left > 0 {
            let rest = text.get(at..).unwrap_or_default();
            let plain = Self::plain(rest.get(..left).unwrap_or(rest));
            at += plain;
            left -= plain;
            match Self::unit(text.get(at..).unwrap_or_default()) {
                Ok(unit) if unit.size <= left => {
                    at += unit.len;
                    left -= unit.size;
                }
                _ => break,
            }
        }
        (at, size - left)
    }
}

/// The bytes of the stream itself.
#[derive(Debug)]
pub(super) enum Bytes {}

impl Spelling for Bytes {
    fn unit(text: &[u8]) -> Result<Spelled, Halt> {
        let &code = text.first().ok_or(Halt::Cut)?;
        Ok(Spelled {
            code,
            len: 1,
            size: 1,
        })
    }

    fn plain(text: &[u8]) -> usize {
        memchr(b'\n', text).unwrap_or(text.len())
    }
}

/// The inside of a JSON string (RFC 8259 §7) in a script of an HTML page in UTF-8. What would end
/// the script, or change how it is parsed, does not stand in it as itself: a backslash parts
/// `<\!--` and `</\script`.
#[derive(Debug)]
pub(super) enum JsonString {}

impl Spelling for JsonString {
    fn unit(text: &[u8]) -> Result<Spelled, Halt> {
        let escaped = |code| {
            Ok(Spelled {
                code,
                len: 2,
                size: 1,
            })
        };
        match *text.first().ok_or(Halt::Cut)? {
            b'"' => Err(Halt::End),
            b'\\' => match *text.get(1).ok_or(Halt::Cut)? {
                code @ (b'"' | b'\\' | b'/' | b'!' | b's' | b'S') => escaped(code),
                b'b' => escaped(8),
                b'f' => escaped(12),
                b'n' => escaped(b'\n'),
                b'r' => escaped(b'\r'),
                b't' => escaped(b'\t'),
                b'u' => unicode(text),
                _ => Err(Halt::Invalid),
            },
            code if is_plain(code) || code == b'<' && is_text(text)? => Ok(Spelled {
                code,
                len: 1,
                size: 1,
            }),
            _ => Err(Halt::Invalid),
        }
    }

    fn plain(text: &[u8]) -> usize {
        text.iter()
            .position(|&byte| !is_plain(byte))
            .unwrap_or(text.len())
    }
}

/// Whether the `<` at the front of `text` leaves the script as it is.
fn is_text(text: &[u8]) -> Result<bool, Halt> {
    let marks = [&b"<!--"[..], b"</script"];
    let starts = |mark: &[u8], with: &[u8]| {
        mark.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if marks.iter().any(|mark| starts(text, mark)) {
        return Ok(false);
    }
    match marks.iter().any(|mark| starts(mark, text)) {
        true => Err(Halt::Cut),
        false => Ok(true),
    }
}

fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'<')
}

/// Returns the character at the front of `text`, which starts with `\u`.
fn unicode(text: &[u8]) -> Result<Spelled, Halt> {
    let code = hex(text, 2)?;
    let size = match code {
        0..0x80 => 1,
        0x80..0x800 => 2,
        // React writes a character above the BMP as one, so half a surrogate pair is none of its
        // text.
        0xd800..0xdc00 => return surrogates(text),
        0xdc00..0xe000 => return Err(Halt::Invalid),
        _ => 3,
    };
    Ok(Spelled {
        code: u8::try_from(code).unwrap_or(u8::MAX),
        len: 6,
        size,
    })
}

/// Returns the surrogate pair at the front of `text`, of which the first half was read.
fn surrogates(text: &[u8]) -> Result<Spelled, Halt> {
    for (at, expected) in [(6, b'\\'), (7, b'u')] {
        if *text.get(at).ok_or(Halt::Cut)? != expected {
            return Err(Halt::Invalid);
        }
    }
    match hex(text, 8)? {
        0xdc00..0xe000 => Ok(Spelled {
            code: u8::MAX,
            len: 12,
            size: 4,
        }),
        _ => Err(Halt::Invalid),
    }
}

/// Returns the four hexadecimal digits at `at`.
fn hex(text: &[u8], at: usize) -> Result<u32, Halt> {
    let mut value = 0;
    for at in at..at + 4 {
        let &byte = text.get(at).ok_or(Halt::Cut)?;
        value = value * 16 + char::from(byte).to_digit(16).ok_or(Halt::Invalid)?;
    }
    Ok(value)
}
