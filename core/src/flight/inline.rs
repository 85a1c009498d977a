//! The streams in the scripts of a page.

use super::base64::Decoder;
use super::calls::{Calls, Stream};
use super::feed::feed;
use super::mapping::{MappedUrls, Mapping};
use super::opening::{Opened, Opening};
use super::spelling::{Halt, JsonString};
use crate::map::{BaseUrl, PageMapper, UrlMap, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// More bytes than one character is spelled with.
const CHARACTER: usize = 16;

/// Maps a page: what its calls add to a stream, and the HTML around that as texts of their own.
///
/// What is held when one call's text ends is put in front of the next one's: the client joins them
/// anyway. A whole stream ends with a line feed or a whole counted row, so nothing of it is held at
/// the page's end.
pub(super) struct Inline {
    streams: Streams,
    calls: Calls,
    /// Maps the page from the last call's text on.
    page: UrlMapper,
    place: Place,
    /// Whether the rows cannot be followed any more. Scripts with calls stay as they are then.
    is_lost: bool,
    /// The beginning of a character in a call's text.
    cut: Vec<u8>,
}

/// The streams of a page. Most pages have none, so each is made where it begins.
struct Streams {
    next: Option<Box<Mapping<JsonString>>>,
    data: Option<Box<Mapping<JsonString>>>,
    target: MappedUrls,
    /// The most bytes of a text that are held.
    limit: usize,
}

impl Streams {
    /// Returns a stream if it has begun.
    fn begun(&mut self, stream: Stream) -> Option<&mut Mapping<JsonString>> {
        match stream {
            Stream::Next => self.next.as_deref_mut(),
            Stream::Data => self.data.as_deref_mut(),
        }
    }

    /// Returns a stream, which begins now unless it has begun before.
    fn get(&mut self, stream: Stream) -> &mut Mapping<JsonString> {
        let slot = match stream {
            Stream::Next => &mut self.next,
            Stream::Data => &mut self.data,
        };
        slot.get_or_insert_with(|| Box::new(Mapping::new(self.target.clone(), self.limit)))
    }
}

enum Place {
    /// Outside of calls.
    Page,
    /// Behind the name of a stream.
    Opening(Opening),
    /// In a call's text.
    Text(Stream),
    /// In a call's base64, which rows can be read from so far or not.
    Base64 {
        stream: Stream,
        decoder: Decoder,
        valid: bool,
    },
    /// In a script that stays as it is.
    Script,
}

impl Inline {
    pub(super) fn new(urls: &UrlMap, public: &BaseUrl, limit: usize) -> Self {
        let target = MappedUrls::new(urls, public);
        Self {
            calls: Calls::new(),
            page: target.mapper(),
            streams: Streams {
                next: None,
                data: None,
                target,
                limit,
            },
            place: Place::Page,
            is_lost: false,
            cut: Vec::new(),
        }
    }

    /// Maps HTML up to the next name of a stream, or a piece of it. Returns how much of the input
    /// it is, as all of these do.
    fn page(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        let mut piece = input.get(..BLOCK).unwrap_or(input);
        let found = self.calls.find(piece);
        if let Some((end, _)) = found {
            piece = piece.get(..end).unwrap_or(piece);
        }
        feed(&mut self.page, piece, out)?;
        match found {
            Some(_) if self.is_lost => {
                self.end_page(out)?;
                self.place = Place::Script;
            }
            Some((_, stream)) => self.place = Place::Opening(Opening::new(stream)),
            None => {}
        }
        Ok(piece.len())
    }

    /// Reads one byte of what may be the beginning of a call that adds to the stream.
    fn opening(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        let (Place::Opening(opening), Some(&byte)) = (&mut self.place, input.first()) else {
            return Ok(0);
        };
        let opened = opening.next(byte);
        if opened == Opened::NotYet {
            return Ok(1);
        }
        let Place::Opening(opening) = std::mem::replace(&mut self.place, Place::Page) else {
            return Ok(0);
        };
        let stream = opening.stream();
        match opened {
            Opened::NotYet => {}
            Opened::Text => {
                feed(&mut self.page, opening.read(), out)?;
                self.end_page(out)?;
                self.place = Place::Text(stream);
            }
            Opened::Base64 => {
                let mut held = Vec::new();
                self.streams.get(stream).let_go(&mut held)?;
                self.open_behind(&held, &opening, out)?;
                self.place = Place::Base64 {
                    stream,
                    decoder: Decoder::default(),
                    valid: true,
                };
            }
            Opened::Foreign(quote) => {
                feed(&mut self.page, opening.read(), out)?;
                self.end_page(out)?;
                let mut held = Vec::new();
                self.streams.get(stream).let_go(&mut held)?;
                for byte in held {
                    if byte == quote || byte == b'$' {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
                self.lose();
            }
            Opened::Nothing => {
                feed(&mut self.page, opening.read(), out)?;
                return Ok(0);
            }
        }
        Ok(1)
    }

    /// Opens a call whose text must come behind what was held: another call, which an expression in
    /// this one's arguments makes.
    fn open_behind(
        &mut self,
        held: &[u8],
        opening: &Opening,
        out: &mut Vec<u8>,
    ) -> Result<(), TransformError> {
        let (before, kind, behind) = opening.parts();
        feed(&mut self.page, before, out)?;
        self.end_page(out)?;
        if held.is_empty() {
            out.extend_from_slice(kind);
        } else {
            out.push(b'(');
            put_call(opening.stream(), held, out);
            out.push(b',');
            out.extend_from_slice(kind);
            out.push(b')');
        }
        out.extend_from_slice(behind);
        Ok(())
    }

    /// Maps a piece of a call's text.
    fn text(
        &mut self,
        stream: Stream,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, TransformError> {
        // A character that was cut is read together with as much as makes it whole, what follows
        // from the input itself.
        let mut joined = std::mem::take(&mut self.cut);
        let before = joined.len();
        let piece = if before == 0 {
            input.get(..BLOCK).unwrap_or(input)
        } else {
            joined.extend_from_slice(input.get(..CHARACTER).unwrap_or(input));
            &joined
        };
        let (read, halt) = self.streams.get(stream).map(piece, out)?;
        match halt {
            Halt::Cut if piece.len() == before + input.len() => {
                self.cut = piece.get(read..).unwrap_or_default().to_vec();
                return Ok(input.len());
            }
            Halt::Cut => {}
            Halt::End => self.place = Place::Page,
            Halt::Invalid => {
                self.streams.get(stream).let_go(out)?;
                out.extend_from_slice(piece.get(read..before).unwrap_or_default());
                self.lose();
            }
        }
        Ok(read.saturating_sub(before))
    }

    /// Follows a piece of a call's base64, which is put out as it is.
    fn base64(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let Place::Base64 {
            stream,
            decoder,
            valid,
        } = &mut self.place
        else {
            return 0;
        };
        let piece = input.get(..BLOCK).unwrap_or(input);
        let mut bytes = Vec::with_capacity(piece.len());
        let read = decoder.decode(piece, &mut bytes);
        out.extend_from_slice(piece.get(..read).unwrap_or(piece));
        *valid = *valid && self.streams.get(*stream).follow(&bytes).is_ok();
        if let Some(end) = piece.get(read) {
            if *valid && *end == b'"' {
                self.place = Place::Page;
            } else {
                self.lose();
            }
        }
        read
    }

    /// Leaves scripts with calls as they are, the rest of this one and all that come: what is
    /// mapped in rows that cannot be followed makes their lengths wrong.
    fn lose(&mut self) {
        tracing::warn!(
            "React's flight rows cannot be followed: scripts with rows stay as they are from here on"
        );
        self.is_lost = true;
        self.place = Place::Script;
    }

    /// Copies a piece of a script that stays as it is.
    fn script(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let piece = input.get(..BLOCK).unwrap_or(input);
        let (len, has_ended) = self.calls.pass(piece);
        out.extend_from_slice(piece.get(..len).unwrap_or(piece));
        if has_ended {
            self.place = Place::Page;
        }
        len
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.page.finish(out)?;
        self.page = self.streams.target.mapper();
        Ok(())
    }
}

impl Transform for Inline {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let read = match self.place {
                Place::Page => self.page(input, out)?,
                Place::Opening(_) => self.opening(input, out)?,
                Place::Text(stream) => self.text(stream, input, out)?,
                Place::Base64 { .. } => self.base64(input, out),
                Place::Script => self.script(input, out),
            };
            *input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Place::Opening(opening) = &self.place {
            feed(&mut self.page, opening.read(), out)?;
        }
        self.page.finish(out)?;
        if let Place::Text(stream) = self.place {
            self.streams.get(stream).finish(out)?;
            out.append(&mut self.cut);
        }
        // A stream that is not whole is of no use to a client; it gets the end all the same. A
        // policy that asks for a nonce forbids this script, and nothing is lost by that. Where no
        // element can stand, as in the script of the last call, the page is cut off, and no browser
        // runs what it was to add.
        for stream in Stream::ALL {
            let mut held = Vec::new();
            if let Some(stream) = self.streams.begun(stream) {
                stream.finish(&mut held)?;
            }
            if !held.is_empty() && self.calls.may_end() {
                out.extend_from_slice(b"<script>");
                put_call(stream, &held, out);
                out.extend_from_slice(b"</script>");
            }
        }
        Ok(())
    }
}

impl PageMapper for Inline {
    fn pause(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        // A page pauses behind a tag, and no call goes on behind one.
        self.end_page(out)
    }
}

/// Appends a call that adds `text` to a stream.
fn put_call(stream: Stream, text: &[u8], out: &mut Vec<u8>) {
    let (before, behind) = stream.call();
    out.extend_from_slice(before);
    out.extend_from_slice(text);
    out.extend_from_slice(behind);
}
