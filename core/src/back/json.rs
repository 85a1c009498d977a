//! JSON, mapped as one text but for the values of members whose names stay.

use memchr::memchr2;

use crate::flight::feed;
use crate::map::{PageMapper, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The most bytes of a name that are compared with those whose values stay.
const NAME: usize = 256;

/// Maps a JSON text (RFC 8259).
pub(super) struct Json {
    mapper: UrlMapper,
    /// The names whose values stay. None has an escape in it.
    except: Vec<String>,
    place: Place,
    /// The last string outside of which the text is, up to one byte more than [`NAME`].
    name: Vec<u8>,
    /// Whether that string is the name of a member whose value follows.
    is_named: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of strings.
    Between,
    /// In a string, perhaps behind a backslash.
    String { is_escaped: bool },
    /// In a string that stays, perhaps behind a backslash.
    Kept { is_escaped: bool },
}

impl Json {
    pub(super) fn new(mapper: UrlMapper, except: Vec<String>) -> Self {
        Self {
            mapper,
            except,
            place: Place::Between,
            name: Vec::new(),
            is_named: false,
        }
    }

    /// Reads on to the end of a string, or to the quote that opens one, and returns how much of a
    /// piece that takes.
    fn read(&mut self, piece: &[u8]) -> usize {
        match self.place {
            Place::Between => self.between(piece),
            Place::String { is_escaped } => {
                let (read, end) = string(piece, is_escaped);
                let content = piece.get(..read).unwrap_or_default();
                let room = (NAME + 1).saturating_sub(self.name.len());
                let content = content.get(..room).unwrap_or(content);
                self.name.extend_from_slice(content);
                self.place = end.map_or(Place::Between, |is_escaped| Place::String { is_escaped });
                read
            }
            Place::Kept { is_escaped } => {
                let (read, end) = string(piece, is_escaped);
                self.place = end.map_or(Place::Between, |is_escaped| Place::Kept { is_escaped });
                read
            }
        }
    }

    /// Reads what stands between two strings.
    fn between(&mut self, piece: &[u8]) -> usize {
        for (at, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => {
                    let name = self.name.strip_suffix(b"\"").unwrap_or(&self.name);
                    let stays = |entry: &String| entry.as_bytes() == name;
                    let is_kept = self.is_named && self.except.iter().any(stays);
                    self.place = match is_kept {
                        true => Place::Kept { is_escaped: false },
                        false => Place::String { is_escaped: false },
                    };
                    self.name.clear();
                    self.is_named = false;
                    return at + 1;
                }
                b':' => self.is_named = true,
                b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => self.is_named = false,
            }
        }
        piece.len()
    }
}

impl Transform for Json {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, _) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            // Everything up to a string that stays is one piece for the mapper.
            let is_kept = matches!(self.place, Place::Kept { .. });
            let mut read = self.read(piece);
            while read < piece.len() && is_kept == matches!(self.place, Place::Kept { .. }) {
                read += self.read(piece.get(read..).unwrap_or_default());
            }
            let (text, rest) = input.split_at_checked(read).unwrap_or((input, &[]));
            *input = rest;
            if is_kept {
                out.extend_from_slice(text);
                continue;
            }
            feed(&mut self.mapper, text, out)?;
            if matches!(self.place, Place::Kept { .. }) {
                self.mapper.pause(out)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.mapper.finish(out)
    }
}

/// Reads on in a string. Returns how much of a piece belongs to it, with the quote that ends it,
/// and whether it goes on, perhaps behind a backslash: `None` if it has ended.
fn string(piece: &[u8], is_escaped: bool) -> (usize, Option<bool>) {
    let mut at = usize::from(is_escaped);
    while let Some(found) = memchr2(b'"', b'\\', piece.get(at..).unwrap_or_default()) {
        at += found;
        if piece.get(at) == Some(&b'"') {
            return (at + 1, None);
        }
        at += 2;
    }
    (piece.len(), Some(at > piece.len()))
}
