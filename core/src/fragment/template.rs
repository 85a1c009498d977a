//! A page without its fragments, as the cache stores it: its bytes, and between them its seams.
//!
//! Each part begins with a letter for its kind and its length in four bytes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use encoding_rs::Encoding;
use futures::Stream;
use futures::stream::BoxStream;

use super::seams::{Mark, Seam, Seams};
use crate::body::BodyError;

/// The kind of a part: bytes of the page.
const TEXT: u8 = b't';
/// The kind of a part: a seam.
const SEAM: u8 = b's';
/// The kind of a part, the first of a page that is rewritten: the name of its charset, if that is
/// known.
const CHARSET: u8 = b'c';

/// How many bytes a part begins with.
const BEGIN: usize = 5;

/// Writes a page and its seams.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// How many bytes of the page are written.
    at: u64,
    /// How many seams are written.
    seams: usize,
    is_begun: bool,
}

impl Writer {
    /// Returns the parts for a chunk of the page, of whose seams `seams` tells.
    pub(crate) fn push(&mut self, chunk: &Bytes, seams: &Seams) -> Vec<Bytes> {
        let mut parts = Vec::new();
        if !self.is_begun && seams.is_rewritten() {
            let name = seams.charset().map_or("", Encoding::name);
            parts.extend(part(CHARSET, Bytes::from_static(name.as_bytes())));
        }
        self.is_begun = true;
        let mut rest = chunk.clone();
        let end = self.at.saturating_add(rest.len() as u64);
        for seam in seams.since(self.seams) {
            if seam.at > end {
                break;
            }
            let before = usize::try_from(seam.at.saturating_sub(self.at)).unwrap_or(usize::MAX);
            self.text(&mut rest, before, &mut parts);
            parts.extend(self.seam(&seam));
        }
        let left = rest.len();
        self.text(&mut rest, left, &mut parts);
        parts
    }

    /// Returns the parts behind the last chunk.
    pub(crate) fn finish(&mut self, seams: &Seams) -> Vec<Bytes> {
        let seams = seams.since(self.seams);
        seams.iter().flat_map(|seam| self.seam(seam)).collect()
    }

    fn text(&mut self, rest: &mut Bytes, length: usize, parts: &mut Vec<Bytes>) {
        let text = rest.split_to(length.min(rest.len()));
        if !text.is_empty() {
            self.at = self.at.saturating_add(text.len() as u64);
            parts.extend(part(TEXT, text));
        }
    }

    fn seam(&mut self, seam: &Seam) -> [Bytes; 2] {
        self.seams = self.seams.saturating_add(1);
        let Mark {
            fragment,
            src,
            nonce,
        } = &seam.mark;
        // Numbers and texts can always be written.
        let mark = serde_json::to_vec(&(fragment, src, nonce)).unwrap_or_default();
        part(SEAM, mark.into())
    }
}

/// Returns a part, in two pieces.
fn part(kind: u8, content: Bytes) -> [Bytes; 2] {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let begin = [&[kind][..], &length.to_be_bytes()].concat();
    [begin.into(), content]
}

/// The bytes of a page that is stored, which tells of its seams as it comes to them.
///
/// It has no type parameter: a `'static` within that of a stream is forgotten where the compiler
/// asks whether the future of an exchange may move to another thread.
pub(crate) struct Replayed {
    stored: BoxStream<'static, Result<Bytes, BodyError>>,
    seams: Seams,
    /// What has come of the stored bytes and is not read.
    held: BytesMut,
    /// How many bytes come of the part that is being read.
    left: usize,
    /// How many bytes of the page were given out.
    at: u64,
}

impl Replayed {
    /// Reads what a [`Writer`] has written, and tells `seams` of the page's.
    pub(crate) fn new(stored: BoxStream<'static, Result<Bytes, BodyError>>, seams: Seams) -> Self {
        Self {
            stored,
            seams,
            held: BytesMut::new(),
            left: 0,
            at: 0,
        }
    }

    /// Returns the next bytes of the page, of those that are there.
    ///
    /// # Errors
    /// [`BodyError::Incomplete`], if they are not what a [`Writer`] writes.
    fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if self.left > 0 {
                let length = self.left.min(self.held.len());
                self.left = self.left.saturating_sub(length);
                self.at = self.at.saturating_add(length as u64);
                return Ok((length > 0).then(|| self.held.split_to(length).freeze()));
            }
            let Some((&[kind, a, b, c, d], content)) = self.held.split_first_chunk::<BEGIN>()
            else {
                return Ok(None);
            };
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            if kind == TEXT {
                self.left = length;
                self.held.advance(BEGIN);
                continue;
            }
            let Some(content) = content.get(..length) else {
                return Ok(None);
            };
            self.tell(kind, content)
                .ok_or_else(|| BodyError::incomplete("the cache has stored something else"))?;
            self.held.advance(BEGIN.saturating_add(length));
        }
    }

    fn tell(&self, kind: u8, content: &[u8]) -> Option<()> {
        match kind {
            CHARSET => self.seams.tell_charset(Encoding::for_label(content)),
            SEAM => {
                let (fragment, src, nonce) = serde_json::from_slice(content).ok()?;
                self.seams.tell(Seam {
                    at: self.at,
                    mark: Mark {
                        fragment,
                        src,
                        nonce,
                    },
                });
            }
            _ => return None,
        }
        Some(())
    }
}

impl Stream for Replayed {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(bytes) = self.next().transpose() {
                return Poll::Ready(Some(bytes));
            }
            match ready!(self.stored.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => self.held.extend_from_slice(&chunk),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if self.held.is_empty() && self.left == 0 => return Poll::Ready(None),
                None => {
                    self.held.clear();
                    self.left = 0;
                    let missing = BodyError::incomplete("the cache has lost the rest");
                    return Poll::Ready(Some(Err(missing)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt, stream};

    use super::*;

    fn mark(fragment: usize) -> Mark {
        Mark {
            fragment,
            src: (fragment == 1).then(|| "/a?b=\"".to_owned()),
            nonce: None,
        }
    }

    /// Reads a page from what is stored, cut into chunks, and shows each seam as its fragment.
    fn replayed(stored: &[u8], step: usize) -> Result<(String, Seams), BodyError> {
        let chunks: Vec<_> = stored
            .chunks(step)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        let seams = Seams::default();
        let mut page = Replayed::new(stream::iter(chunks).boxed(), seams.clone());
        let mut shown = String::new();
        let mut at = 0;
        loop {
            let next = StreamExt::next(&mut page)
                .now_or_never()
                .expect("it waits for nothing");
            let chunk = next.transpose()?;
            let chunk = chunk.as_ref();
            let end = at + chunk.map_or(0, Bytes::len) as u64;
            let text = std::str::from_utf8(chunk.map_or(&[][..], |chunk| chunk)).unwrap();
            let mut begin = 0;
            while let Some(seam) = seams.take(end) {
                let cut = usize::try_from(seam.at - at).unwrap();
                shown.push_str(&text[begin..cut]);
                shown.push_str(&format!("[{}]", seam.mark.fragment));
                begin = cut;
            }
            shown.push_str(&text[begin..]);
            at = end;
            if chunk.is_none() {
                return Ok((shown, seams));
            }
        }
    }

    #[test]
    fn a_page_comes_back_with_its_seams_where_they_were() {
        let seams = Seams::default();
        seams.tell_charset(Some(encoding_rs::WINDOWS_1252));
        let mut writer = Writer::default();
        let mut stored = Vec::new();
        let chunk = |text: &'static str| Bytes::from_static(text.as_bytes());
        let tell = |at, fragment| {
            let mark = mark(fragment);
            seams.tell(Seam { at, mark });
        };
        tell(0, 0);
        tell(3, 1);
        tell(6, 2);
        stored.extend(writer.push(&chunk("abcdef"), &seams));
        // The page is given out meanwhile.
        while seams.take(6).is_some() {}
        stored.extend(writer.push(&chunk("ghi"), &seams));
        tell(9, 3);
        stored.extend(writer.push(&chunk("jk"), &seams));
        tell(11, 4);
        stored.extend(writer.finish(&seams));
        let stored = stored.concat();
        for step in [1, 2, 3, 7, 1000] {
            let (shown, seams) = replayed(&stored, step).unwrap();
            assert_eq!(shown, "[0]abc[1]def[2]ghi[3]jk[4]", "by {step}");
            assert_eq!(seams.charset(), Some(encoding_rs::WINDOWS_1252));
        }
        for end in 1..stored.len() {
            // Cut between two parts, it is a page that is shorter; the store says how long it is.
            if let Ok((shown, _)) = replayed(&stored[..end], 4) {
                assert!("[0]abc[1]def[2]ghi[3]jk[4]".starts_with(&shown), "{shown}");
            }
        }
        assert!(replayed(b"x\0\0\0\x01a", 3).is_err());
    }
}
