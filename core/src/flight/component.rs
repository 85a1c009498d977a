//! A body that is one stream.

use super::mapping::{MappedUrls, Mapping};
use super::spelling::{Bytes, Halt};
use crate::map::{BaseUrl, UrlMap};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Maps a `text/x-component` body.
pub(super) struct Component {
    stream: Mapping<Bytes>,
}

impl Component {
    pub(super) fn new(urls: &UrlMap, public: &BaseUrl, limit: usize) -> Self {
        Self {
            stream: Mapping::new(MappedUrls::new(urls, public), limit),
        }
    }
}

impl Transform for Component {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let piece = input.get(..BLOCK).unwrap_or(input);
            let read = if self.stream.is_lost() {
                self.stream.map_plain(piece, out)?;
                piece.len()
            } else {
                let (read, halt) = self.stream.map(piece, out)?;
                if halt == Halt::Invalid {
                    self.stream.lose(out)?;
                }
                read
            };
            *input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.stream.finish(out)
    }
}
