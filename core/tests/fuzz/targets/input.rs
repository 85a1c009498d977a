//! What the bytes of a fuzzer mean: first one byte for each choice, then the text that is left. So
//! a seed can be read and written by hand.

use arbitrary::Unstructured;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The bytes that have not been read yet.
pub(crate) struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// Chooses one of several by the next byte, or the first one if there is none.
    pub(crate) fn choose<'b, T>(&mut self, among: &'b [T]) -> &'b T {
        self.0.choose(among).expect("there is something to choose")
    }

    /// Reads the lengths of the chunks that a body arrives in.
    pub(crate) fn lengths(&mut self) -> [usize; 2] {
        [(); 2].map(|()| self.0.int_in_range(1..=64).expect("a length"))
    }

    /// Returns all that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}

/// Splits a text at its first empty line.
pub(crate) fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    let empty = text.windows(2).position(|two| two == b"\n\n");
    match empty {
        Some(at) => (&text[..at], &text[at + 2..]),
        None => (text, b""),
    }
}

/// Reads lines as the fields of a head, and leaves out what is none.
pub(crate) fn fields(lines: &[u8]) -> HeaderMap {
    let mut head = HeaderMap::new();
    for line in lines.split(|&byte| byte == b'\n') {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            head.append(name, value);
        }
    }
    head
}

/// Splits a text at its first line feed.
pub(crate) fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, b""),
    }
}

/// Returns bytes as text in which none is lost.
pub(crate) fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
