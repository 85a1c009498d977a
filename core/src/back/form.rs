//! The values of a form (URL standard, `application/x-www-form-urlencoded`): each is a text of its
//! own. Names keep their bytes.

use memchr::{memchr, memchr2};

use crate::config::BackValues;
use crate::flight::feed;
use crate::map::{PageMapper, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};
use crate::site::decode;

/// The most bytes of a name that are compared with those of the configuration.
const NAME: usize = 256;

/// Maps the values of a form.
pub(super) struct Form {
    mapper: UrlMapper,
    values: BackValues,
    place: Place,
    /// The name that is being read, up to one byte more than [`NAME`].
    name: Vec<u8>,
}

enum Place {
    Name,
    /// In a value that is mapped.
    Mapped,
    /// In a value that stays.
    Kept,
}

impl Form {
    pub(super) fn new(mapper: UrlMapper, values: BackValues) -> Self {
        Self {
            mapper: mapper.of_form(),
            values,
            place: Place::Name,
            name: Vec::new(),
        }
    }

    /// Reads a piece of a name, and what ends it.
    fn name(&mut self, input: &mut &[u8], out: &mut Vec<u8>) {
        let end = memchr2(b'=', b'&', input);
        let (name, rest) = split(input, end);
        let room = (NAME + 1).saturating_sub(self.name.len());
        self.name
            .extend_from_slice(name.get(..room).unwrap_or(name));
        out.extend_from_slice(name);
        *input = rest;
        let Some(end) = input.split_off_first() else {
            return;
        };
        out.push(*end);
        if *end == b'=' {
            self.place = match self.values.has_field(&plain(&self.name)) {
                true => Place::Mapped,
                false => Place::Kept,
            };
        }
        self.name.clear();
    }

    /// Reads a piece of a value, and what ends it.
    fn value(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let (value, rest) = split(input, memchr(b'&', input));
        *input = rest;
        if matches!(self.place, Place::Kept) {
            out.extend_from_slice(value);
        } else {
            feed(&mut self.mapper, value, out)?;
        }
        if let Some(end) = input.split_off_first() {
            if matches!(self.place, Place::Mapped) {
                self.mapper.pause(out)?;
            }
            out.push(*end);
            self.place = Place::Name;
        }
        Ok(())
    }
}

impl Transform for Form {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (mut piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            while !piece.is_empty() && out.len() < BLOCK {
                match self.place {
                    Place::Name => self.name(&mut piece, out),
                    Place::Mapped | Place::Kept => self.value(&mut piece, out)?,
                }
            }
            let left = piece.len().saturating_add(rest.len());
            let read = input.len().saturating_sub(left);
            *input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.place {
            Place::Mapped => self.mapper.finish(out),
            Place::Name | Place::Kept => Ok(()),
        }
    }
}

/// Splits a text before the position of what ends its first part, which may be missing.
fn split(text: &[u8], end: Option<usize>) -> (&[u8], &[u8]) {
    let end = end.unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// Returns a name without the encoding of a form. A name that is longer than any in a configuration
/// is returned as none.
fn plain(name: &[u8]) -> Vec<u8> {
    let spaced = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    match name.len() <= NAME {
        true => decode(&name.iter().map(spaced).collect::<Vec<_>>()),
        false => Vec::new(),
    }
}
