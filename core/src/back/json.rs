//! JSON, mapped as one text but for the values that the configuration leaves out.

use memchr::memchr2;

use super::path::Path;
use crate::config::{BackValue, BackValues};
use crate::flight::feed;
use crate::map::{PageMapper, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The most bytes of a name that are compared with those of the configuration.
const NAME: usize = 256;

/// Maps a JSON text (RFC 8259), or several of them.
pub(super) struct Json {
    mapper: UrlMapper,
    /// The values that are mapped. None of their names has an escape in it.
    values: BackValues,
    place: Place,
    path: Path,
    /// The last string outside of which the text is, up to one byte more than [`NAME`].
    name: Vec<u8>,
    /// Whether that string is the name of a member whose value follows.
    is_named: bool,
    /// The depth of the array or object that is mapped with all that is in it.
    taken: Option<usize>,
    /// The depth of the array or object that stays with all that is in it.
    left: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of strings.
    Between,
    /// Before the quote that opens a string.
    Quote { is_mapped: bool },
    /// In a string, perhaps behind a backslash.
    String { is_mapped: bool, is_escaped: bool },
}

impl Json {
    pub(super) fn new(mapper: UrlMapper, values: BackValues) -> Self {
        Self {
            mapper,
            path: Path::new(&values),
            values,
            place: Place::Between,
            name: Vec::new(),
            is_named: false,
            taken: None,
            left: None,
        }
    }

    /// Returns whether what comes next is mapped.
    fn is_mapped(&self) -> bool {
        match self.place {
            Place::Between => self.is_mapped_here(),
            Place::Quote { is_mapped } | Place::String { is_mapped, .. } => is_mapped,
        }
    }

    /// Returns whether what has no place of its own is mapped, such as the names of members.
    fn is_mapped_here(&self) -> bool {
        self.left.is_none() && (self.values.only.is_none() || self.taken.is_some())
    }

    /// Returns whether the string is mapped that comes next.
    fn is_string_mapped(&self) -> bool {
        let name = self.name.strip_suffix(b"\"").unwrap_or(&self.name);
        let is_in = |list: &Vec<BackValue>| {
            self.path.is_in(list) || self.is_named && list.iter().any(|value| value.is_name(name))
        };
        let is_taken = self.taken.is_some() || self.values.only.as_ref().is_none_or(is_in);
        is_taken && self.left.is_none() && !is_in(&self.values.except)
    }

    /// Reads on, at most to where a string begins or ends, or where something else becomes of the
    /// text. Returns how much of a piece that takes.
    fn read(&mut self, piece: &[u8]) -> usize {
        match self.place {
            Place::Between => self.between(piece),
            Place::Quote { is_mapped } => {
                let is_escaped = false;
                self.place = Place::String {
                    is_mapped,
                    is_escaped,
                };
                self.name.clear();
                self.is_named = false;
                1
            }
            Place::String {
                is_mapped,
                is_escaped,
            } => {
                let (read, end) = string(piece, is_escaped);
                let content = piece.get(..read).unwrap_or_default();
                let room = (NAME + 1).saturating_sub(self.name.len());
                let content = content.get(..room).unwrap_or(content);
                self.name.extend_from_slice(content);
                self.place = end.map_or(Place::Between, |is_escaped| Place::String {
                    is_mapped,
                    is_escaped,
                });
                read
            }
        }
    }

    /// Reads what stands between two strings.
    fn between(&mut self, piece: &[u8]) -> usize {
        let is_mapped = self.is_mapped_here();
        for (at, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => {
                    let is_mapped = self.is_string_mapped();
                    self.place = Place::Quote { is_mapped };
                    return at;
                }
                b' ' | b'\t' | b'\n' | b'\r' => continue,
                b'{' | b'[' => self.open(*byte == b'['),
                b'}' | b']' => self.close(),
                b',' => self.path.next(),
                b':' => {
                    let name = self.name.strip_suffix(b"\"").unwrap_or(&self.name);
                    self.path.named(name);
                }
                _ => {}
            }
            self.is_named = *byte == b':';
            if self.is_mapped_here() != is_mapped {
                return at.saturating_add(1);
            }
        }
        piece.len()
    }

    /// Goes into an array or an object, which a pointer may lead to.
    fn open(&mut self, is_array: bool) {
        let depth = self.path.depth();
        if self.taken.is_none() {
            let mut only = self.values.only.iter();
            self.taken = only.any(|list| self.path.is_in(list)).then_some(depth);
        }
        if self.left.is_none() {
            self.left = self.path.is_in(&self.values.except).then_some(depth);
        }
        self.path.open(is_array);
    }

    fn close(&mut self) {
        self.path.close();
        let depth = Some(self.path.depth());
        self.taken = self.taken.filter(|_| self.taken != depth);
        self.left = self.left.filter(|_| self.left != depth);
    }
}

impl Transform for Json {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, _) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            // All that is mapped, up to what is not, is one piece for the mapper.
            let is_mapped = self.is_mapped();
            let mut read = 0;
            while read < piece.len() && is_mapped == self.is_mapped() {
                let rest = piece.get(read..).unwrap_or_default();
                read = read.saturating_add(self.read(rest));
            }
            let (text, rest) = input.split_at_checked(read).unwrap_or((input, &[]));
            *input = rest;
            if !is_mapped {
                out.extend_from_slice(text);
                continue;
            }
            feed(&mut self.mapper, text, out)?;
            if !self.is_mapped() {
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
        at = at.saturating_add(found);
        if piece.get(at) == Some(&b'"') {
            return (at.saturating_add(1), None);
        }
        at = at.saturating_add(2);
    }
    (piece.len(), Some(at > piece.len()))
}
