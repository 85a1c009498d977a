//! What stands between the name of a stream and the text of a call that adds to it.

use super::calls::Stream;

/// The most bytes of a call that are read: more than a formatter's white space.
const LONGEST: usize = 256;

/// Reads what follows the name in `self.__next_f.push([1,"…`, with white space between tokens.
///
/// Before `.push(`, the name may be made the array that it is to stand for, as in
/// `(self.__next_f=self.__next_f||[]).push(` and `(self.__FLIGHT_DATA||=[]).push(`.
#[derive(Debug)]
pub(super) struct Opening {
    stream: Stream,
    /// What was read, which has not been put out.
    read: Vec<u8>,
    /// The same without white space, up to the parenthesis and from there on.
    callee: Vec<u8>,
    arguments: Option<Vec<u8>>,
    /// The position of the expression in front of which another call can be put.
    kind: usize,
}

/// The result of one more byte of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    NotYet,
    /// A JSON string.
    Text,
    /// A string with base64.
    Base64,
    /// A string of JavaScript that is none of JSON, in these quotes.
    Foreign(u8),
    /// Nothing that adds to the stream. The byte was not read.
    Nothing,
}

impl Opening {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            read: Vec::new(),
            callee: Vec::new(),
            arguments: None,
            kind: 0,
        }
    }

    pub(super) fn stream(&self) -> Stream {
        self.stream
    }

    pub(super) fn next(&mut self, byte: u8) -> Opened {
        if self.read.len() >= LONGEST {
            return Opened::Nothing;
        }
        let opened = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => Opened::NotYet,
            _ => self.token(byte),
        };
        if opened != Opened::Nothing {
            self.read.push(byte);
        }
        opened
    }

    fn token(&mut self, byte: u8) -> Opened {
        let Some(arguments) = &mut self.arguments else {
            return self.callee(byte);
        };
        let (text, base64) = self.stream.arguments();
        match byte {
            b'"' if arguments == text => return Opened::Text,
            b'"' if arguments == base64 => return Opened::Base64,
            b'\'' | b'`' if arguments == text || arguments == base64 => {
                return Opened::Foreign(byte);
            }
            _ => {}
        }
        if arguments.len() == self.stream.kind().start {
            self.kind = self.read.len();
        }
        arguments.push(byte);
        if text.starts_with(arguments) || base64.starts_with(arguments) {
            Opened::NotYet
        } else {
            Opened::Nothing
        }
    }

    fn callee(&mut self, byte: u8) -> Opened {
        if byte == b'(' {
            let is_assigned = matches!(self.callee.first(), Some(b'=' | b'|' | b'?'))
                && self.callee.ends_with(b"[]).push");
            if self.callee != b".push" && !is_assigned {
                return Opened::Nothing;
            }
            self.arguments = Some(Vec::new());
            return Opened::NotYet;
        }
        if byte.is_ascii_alphanumeric() || b"_$.=|?[])".contains(&byte) {
            self.callee.push(byte);
            Opened::NotYet
        } else {
            Opened::Nothing
        }
    }

    pub(super) fn read(&self) -> &[u8] {
        &self.read
    }

    /// Returns the bytes that were read before the expression in front of which another call can be
    /// put, that expression, and the bytes behind it.
    pub(super) fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let (before, rest) = self.read.split_at_checked(self.kind).unwrap_or_default();
        let (kind, behind) = rest
            .split_at_checked(self.stream.kind().len())
            .unwrap_or_default();
        (before, kind, behind)
    }
}
