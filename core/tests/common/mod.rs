//! What the tests of the pipeline share.

#![allow(dead_code)] // Each test binary uses a part.

use std::io::Write;

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use streamgate::BodyError;
use streamgate::coding::Coding;
use streamgate::pipeline::{Pipeline, Transform};

pub(crate) const CODINGS: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Br, Coding::Zstd];

/// Encodes with the library that is the reference for a coding, or that most use.
pub(crate) fn encoded(coding: Coding, body: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(6);
    match coding {
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        Coding::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        Coding::Br => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            encoder.write_all(body).unwrap();
            encoder.into_inner()
        }
        Coding::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
    }
}

/// What `stages` make of a body that arrives in these chunks.
pub(crate) fn run<'a>(
    stages: Vec<Box<dyn Transform>>,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BodyError> {
    let chunks: Vec<_> = chunks
        .into_iter()
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let mut body = Pipeline::new(stages).over(stream::iter(chunks));
    let mut whole = Vec::new();
    while let Some(piece) = body.next().now_or_never().expect("the input is there") {
        let piece = piece?;
        assert!(!piece.is_empty(), "an empty chunk");
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
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
