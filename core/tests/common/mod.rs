//! What the tests of the pipeline share.

#![allow(dead_code)] // Each test binary uses a part.

use std::io::Write;

use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt, stream};
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use streamgate::internals::Coding;
use streamgate::{BodyError, Gate, Pipeline};

pub(crate) const CODINGS: &[Coding] = &[
    Coding::Gzip,
    Coding::Deflate,
    Coding::Br,
    #[cfg(feature = "zstd")]
    Coding::Zstd,
];

/// Encodes with the library that is the reference for a coding, or that is most used.
pub(crate) enum Reference {
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Deflate(flate2::write::ZlibEncoder<Vec<u8>>),
    Br(Box<brotli::CompressorWriter<Vec<u8>>>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::Encoder<'static, Vec<u8>>),
}

impl Reference {
    pub(crate) fn new(coding: Coding) -> Self {
        let level = flate2::Compression::new(6);
        match coding {
            Coding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), level)),
            Coding::Deflate => Self::Deflate(flate2::write::ZlibEncoder::new(Vec::new(), level)),
            Coding::Br => {
                let encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
                Self::Br(Box::new(encoder))
            }
            #[cfg(feature = "zstd")]
            Coding::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
                encoder.include_checksum(true).unwrap();
                Self::Zstd(encoder)
            }
        }
    }

    pub(crate) fn write(&mut self, body: &[u8]) {
        self.encoder().write_all(body).unwrap();
    }

    /// Returns all that was encoded so far, after a flush.
    pub(crate) fn flushed(mut self) -> Vec<u8> {
        self.encoder().flush().unwrap();
        match self {
            Self::Gzip(encoder) => encoder.get_ref().clone(),
            Self::Deflate(encoder) => encoder.get_ref().clone(),
            Self::Br(encoder) => encoder.get_ref().clone(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.get_ref().clone(),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Gzip(encoder) => encoder.finish().unwrap(),
            Self::Deflate(encoder) => encoder.finish().unwrap(),
            Self::Br(encoder) => encoder.into_inner(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish().unwrap(),
        }
    }

    fn encoder(&mut self) -> &mut dyn Write {
        match self {
            Self::Gzip(encoder) => encoder,
            Self::Deflate(encoder) => encoder,
            Self::Br(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
        }
    }
}

/// Encodes a whole body.
pub(crate) fn encoded(coding: Coding, body: &[u8]) -> Vec<u8> {
    let mut encoder = Reference::new(coding);
    encoder.write(body);
    encoder.finish()
}

/// Returns what rewrites a body of this type: nothing if the gate leaves such bodies alone.
pub(crate) fn rewriter(gate: &Gate, media_type: &str) -> Pipeline {
    let response = Response::builder().header(CONTENT_TYPE, media_type);
    let public = "https://www.example.com".parse().unwrap();
    gate.rewriter(&Request::new(()), &response.body(()).unwrap(), &public)
        .unwrap_or_else(|_| Pipeline::new(Vec::new()))
}

/// Returns what a pipeline makes of a body that arrives in these chunks.
pub(crate) fn run<'a>(
    pipeline: Pipeline,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BodyError> {
    let (whole, error) = parts(pipeline, chunks);
    error.map_or(Ok(whole), Err)
}

/// Returns what a pipeline gives out of a body before it fails, and the error.
pub(crate) fn until_error<'a>(
    pipeline: Pipeline,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, BodyError) {
    let (whole, error) = parts(pipeline, chunks);
    (whole, error.expect("the body fails"))
}

pub(crate) fn parts<'a>(
    pipeline: Pipeline,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Option<BodyError>) {
    let chunks: Vec<_> = chunks
        .into_iter()
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let mut body = pipeline.over(stream::iter(chunks));
    let mut whole = Vec::new();
    while let Some(piece) = next(&mut body) {
        match piece {
            Ok(piece) => {
                assert!(!piece.is_empty(), "an empty chunk");
                whole.extend_from_slice(&piece);
            }
            Err(error) => return (whole, Some(error)),
        }
    }
    (whole, None)
}

/// Returns the next item of a body whose input is there. The body may give way any number of times.
pub(crate) fn next<S: Stream + Unpin>(body: &mut S) -> Option<S::Item> {
    const TURNS: usize = 1_000_000;
    let mut turns = (0..TURNS).filter_map(|_| body.next().now_or_never());
    turns.next().expect("the input is there")
}

/// Cuts a body into chunks of these lengths, over and over.
pub(crate) fn cut<'a>(mut body: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut lengths = lengths.iter().cycle();
    std::iter::from_fn(move || {
        let length = lengths
            .next()
            .map_or(1, |&length| length.clamp(1, body.len().max(1)));
        let (chunk, rest) = body.split_at_checked(length)?;
        body = rest;
        Some(chunk)
    })
}

/// Text that compresses about as well as a page does.
pub(crate) fn page(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut page = Vec::with_capacity(length + 64);
    while page.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let number = state >> 20;
        page.extend_from_slice(
            format!("<a href=\"/{number}\">item {}</a>\n", number % 7).as_bytes(),
        );
    }
    page.truncate(length);
    page
}
