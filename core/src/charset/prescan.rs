//! The encoding that the first bytes of a page declare (HTML standard §13.2.3.2). The standard's
//! algorithm is looser than its tokenizer: it knows neither scripts nor comments inside of them,
//! and finds a declaration that stands there. Browsers do the same, so it has a reader of its own.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::markup::syntax::is_whitespace;

/// The start of an XML declaration.
pub(super) const XML: &[u8] = b"<?xml";

/// Implements "prescan a byte stream to determine its encoding". Returns `None` if the bytes end
/// first.
pub(super) fn html(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut at = Cursor { bytes, at: 0 };
    loop {
        at.skip_to(|byte| byte == b'<')?;
        let tag = at.rest();
        if tag.starts_with(b"<!--") {
            // The two dashes of the start may also be those of the end.
            at.advance(2);
            at.skip_behind(b"-->")?;
            continue;
        }
        if tag.len() < b"<!--".len() && b"<!--".starts_with(tag) {
            return None;
        }
        at.advance(1);
        if starts_with_name(at.rest(), b"meta") {
            at.advance(b"meta".len());
            if let Some(encoding) = Meta::read(&mut at)?.encoding() {
                return Some(encoding);
            }
        } else if is_letter(at.peek(0)) || (at.peek(0) == Some(b'/') && is_letter(at.peek(1))) {
            at.skip_to(|byte| is_whitespace(byte) || byte == b'>')?;
            while at.attribute()?.is_some() {}
        } else if matches!(at.peek(0)?, b'!' | b'/' | b'?') {
            at.skip_to(|byte| byte == b'>')?;
        } else {
            continue;
        }
        at.advance(1);
    }
}

/// Implements "get an XML encoding", from an XML declaration.
pub(super) fn xml(bytes: &[u8]) -> Option<&'static Encoding> {
    let end = bytes.iter().position(|&byte| byte == b'>')?;
    let declaration = bytes.get(..end)?.strip_prefix(XML)?;
    let mut at = Cursor {
        bytes: declaration,
        at: 0,
    };
    at.skip_behind(b"encoding")?;
    at.skip_to(|byte| byte > b' ')?;
    if at.next()? != b'=' {
        return None;
    }
    at.skip_to(|byte| byte > b' ')?;
    let quote = at.next()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let label = at.rest();
    let label = label.get(..label.iter().position(|&byte| byte == quote)?)?;
    if label.iter().any(|&byte| byte <= b' ') {
        return None;
    }
    declared(label)
}

/// The declarations in the attributes of a `meta` tag.
#[derive(Default)]
struct Meta {
    is_pragma: bool,
    /// The encoding that `charset`, or else `content`, declares, and whether the declaration needs
    /// a pragma to count.
    found: Option<(Option<&'static Encoding>, bool)>,
}

impl Meta {
    fn read(at: &mut Cursor<'_>) -> Option<Self> {
        let mut meta = Self::default();
        let mut names = Vec::new();
        while let Some((name, value)) = at.attribute()? {
            if names.contains(&name) {
                continue;
            }
            match name.as_slice() {
                b"http-equiv" if value == b"content-type" => meta.is_pragma = true,
                b"content" if meta.found.is_none() => {
                    meta.found = content_charset(&value).map(|encoding| (Some(encoding), true));
                }
                b"charset" => meta.found = Some((declared(&value), false)),
                _ => {}
            }
            names.push(name);
        }
        Some(meta)
    }

    fn encoding(&self) -> Option<&'static Encoding> {
        let (encoding, needs_pragma) = self.found?;
        let encoding = encoding.filter(|_| self.is_pragma || !needs_pragma)?;
        Some(if encoding == X_USER_DEFINED {
            WINDOWS_1252
        } else {
            encoding
        })
    }
}

/// Implements "extracting a character encoding from a `meta` element", from the lower-case value of
/// its `content`.
fn content_charset(content: &[u8]) -> Option<&'static Encoding> {
    let mut at = Cursor {
        bytes: content,
        at: 0,
    };
    loop {
        at.skip_behind(b"charset")?;
        at.skip_to(|byte| !is_whitespace(byte))?;
        if at.peek(0)? == b'=' {
            break;
        }
    }
    at.advance(1);
    at.skip_to(|byte| !is_whitespace(byte))?;
    let (label, is_end): (_, fn(u8) -> bool) = match at.peek(0)? {
        b'"' => (at.behind(1), |byte| byte == b'"'),
        b'\'' => (at.behind(1), |byte| byte == b'\''),
        _ => {
            let label = at.rest();
            let end = label
                .iter()
                .position(|&byte| is_whitespace(byte) || byte == b';');
            return declared(label.get(..end.unwrap_or(label.len()))?);
        }
    };
    let end = label.iter().position(|&byte| is_end(byte))?;
    declared(label.get(..end)?)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.behind(0)
    }

    fn behind(&self, skipped: usize) -> &'a [u8] {
        self.bytes.get(self.at + skipped..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek(0)?;
        self.advance(1);
        Some(byte)
    }

    fn skip_to(&mut self, wanted: impl Fn(u8) -> bool) -> Option<()> {
        self.at += self.rest().iter().position(|&byte| wanted(byte))?;
        Some(())
    }

    fn skip_behind(&mut self, text: &[u8]) -> Option<()> {
        let found = self
            .rest()
            .windows(text.len())
            .position(|window| window == text)?;
        self.at += found + text.len();
        Some(())
    }

    /// Implements "get an attribute": returns its name and value in lower case, or the fact that no
    /// attribute is left.
    fn attribute(&mut self) -> Option<Option<(Vec<u8>, Vec<u8>)>> {
        self.skip_to(|byte| !is_whitespace(byte) && byte != b'/')?;
        if self.peek(0)? == b'>' {
            return Some(None);
        }
        let (mut name, mut value) = (Vec::new(), Vec::new());
        loop {
            match self.peek(0)? {
                b'=' if !name.is_empty() => break,
                b'/' | b'>' => return Some(Some((name, value))),
                byte if is_whitespace(byte) => {
                    self.skip_to(|byte| !is_whitespace(byte))?;
                    if self.peek(0)? != b'=' {
                        return Some(Some((name, value)));
                    }
                    break;
                }
                byte => name.push(byte.to_ascii_lowercase()),
            }
            self.advance(1);
        }
        self.advance(1);
        self.skip_to(|byte| !is_whitespace(byte))?;
        let quote = self.peek(0).filter(|byte| matches!(byte, b'"' | b'\''));
        if quote.is_some() {
            self.advance(1);
        }
        loop {
            let byte = self.peek(0)?;
            match quote {
                Some(quote) if byte == quote => {
                    self.advance(1);
                    return Some(Some((name, value)));
                }
                None if is_whitespace(byte) || byte == b'>' => return Some(Some((name, value))),
                _ => value.push(byte.to_ascii_lowercase()),
            }
            self.advance(1);
        }
    }
}

/// Returns whether a tag's name starts the bytes, followed by a byte that ends a name.
fn starts_with_name(bytes: &[u8], name: &[u8]) -> bool {
    let ends = |byte: &u8| is_whitespace(*byte) || *byte == b'/';
    bytes
        .split_at_checked(name.len())
        .is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(name) && rest.first().is_some_and(ends)
        })
}

fn is_letter(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphabetic())
}

/// Returns the encoding that a label can mean in a body that is readable as ASCII.
fn declared(label: &[u8]) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label)?;
    Some(if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    })
}
