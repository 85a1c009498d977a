//! Content codings (RFC 9110 §8.4.1): encoders for the origin, decoders for comparison.

use std::io::{Read, Write};

use crate::failure::{Failure, Verdict, fail};

/// Encodes `plain` with a list of codings, in the order in which `Content-Encoding` names them.
/// `deflate` is the zlib format (RFC 9110 §8.4.1.2); `deflate-raw` is what some servers send under
/// that name.
pub(crate) fn encode(codings: &str, plain: &[u8]) -> Vec<u8> {
    list(codings).fold(plain.to_vec(), |body, coding| {
        let mut encoder = Encoder::new(coding);
        let mut encoded = encoder.push(&body);
        encoded.extend(encoder.finish());
        encoded
    })
}

/// Decodes a body by its `Content-Encoding`. A truncated body is a failure, and so are bytes after
/// its end.
pub(crate) fn decode(codings: &str, body: &[u8]) -> Verdict<Vec<u8>> {
    let (plain, ended) = decode_start(codings, body);
    ended.map(|()| plain)
}

/// Decodes as much of a body as has arrived, and reports whether the body ended properly.
pub(crate) fn decode_start(codings: &str, body: &[u8]) -> (Vec<u8>, Verdict) {
    let mut verdict = Ok(());
    let mut plain = body.to_vec();
    for coding in list(codings).collect::<Vec<_>>().into_iter().rev() {
        let encoded = std::mem::take(&mut plain);
        let one = decode_one(coding, &encoded, &mut plain);
        verdict = verdict.and(one);
    }
    (plain, verdict)
}

fn list(codings: &str) -> impl Iterator<Item = &str> {
    codings
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty())
}

fn decode_one(coding: &str, encoded: &[u8], plain: &mut Vec<u8>) -> Verdict {
    let mut rest = encoded;
    let read = match coding.to_ascii_lowercase().as_str() {
        "identity" => rest.read_to_end(plain),
        "gzip" | "x-gzip" => flate2::bufread::MultiGzDecoder::new(&mut rest).read_to_end(plain),
        "deflate" => flate2::bufread::ZlibDecoder::new(&mut rest).read_to_end(plain),
        "deflate-raw" => flate2::bufread::DeflateDecoder::new(&mut rest).read_to_end(plain),
        "br" => brotli::Decompressor::new(&mut rest, 4096).read_to_end(plain),
        "zstd" => zstd::stream::read::Decoder::with_buffer(&mut rest)
            .and_then(|mut d| d.read_to_end(plain)),
        other => fail!("the conformance client cannot decode {other}"),
    };
    match read {
        Err(error) => Err(Failure(format!(
            "the {coding} body does not decode: {error}"
        ))),
        Ok(_) if !rest.is_empty() => Err(Failure(format!(
            "{} bytes after the {coding} body's end",
            rest.len()
        ))),
        Ok(_) => Ok(()),
    }
}

/// An encoder of one coding, which takes a body piece by piece. The output of each piece can be
/// sent and decoded at once.
pub(crate) enum Encoder {
    /// `gzip`.
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    /// `deflate` in zlib's wrapper.
    Zlib(flate2::write::ZlibEncoder<Vec<u8>>),
    /// `deflate` without a wrapper.
    Raw(flate2::write::DeflateEncoder<Vec<u8>>),
    /// `br`.
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    /// `zstd`.
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    /// No coding.
    Identity,
}

impl Encoder {
    /// Makes an encoder of `coding`.
    pub(crate) fn new(coding: &str) -> Self {
        let level = flate2::Compression::default();
        match coding {
            "gzip" => Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), level)),
            "deflate" => Self::Zlib(flate2::write::ZlibEncoder::new(Vec::new(), level)),
            "deflate-raw" => Self::Raw(flate2::write::DeflateEncoder::new(Vec::new(), level)),
            "br" => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                4096,
                4,
                20,
            ))),
            "zstd" => Self::Zstd(
                zstd::stream::write::Encoder::new(Vec::new(), 3).expect("level 3 exists"),
            ),
            "identity" => Self::Identity,
            other => panic!("no encoder for {other}"),
        }
    }

    /// Encodes a piece and flushes the encoder.
    pub(crate) fn push(&mut self, plain: &[u8]) -> Vec<u8> {
        fn through(encoder: &mut impl Write, plain: &[u8]) {
            encoder
                .write_all(plain)
                .and_then(|()| encoder.flush())
                .expect("memory takes every write");
        }
        match self {
            Self::Gzip(encoder) => (through(encoder, plain), std::mem::take(encoder.get_mut())).1,
            Self::Zlib(encoder) => (through(encoder, plain), std::mem::take(encoder.get_mut())).1,
            Self::Raw(encoder) => (through(encoder, plain), std::mem::take(encoder.get_mut())).1,
            Self::Brotli(encoder) => (through(encoder, plain), std::mem::take(encoder.get_mut())).1,
            Self::Zstd(encoder) => (through(encoder, plain), std::mem::take(encoder.get_mut())).1,
            Self::Identity => plain.to_vec(),
        }
    }

    /// Ends the body and returns its last bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        let finished = match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zlib(encoder) => encoder.finish(),
            Self::Raw(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Zstd(encoder) => encoder.finish(),
            Self::Identity => Ok(Vec::new()),
        };
        finished.expect("memory takes every write")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODINGS: [&str; 7] = [
        "identity",
        "gzip",
        "deflate",
        "deflate-raw",
        "br",
        "zstd",
        "gzip, br",
    ];

    #[test]
    fn every_coding_decodes_to_what_was_encoded() {
        for coding in CODINGS {
            let plain = b"<p>plain</p>".repeat(500);
            assert_eq!(
                decode(coding, &encode(coding, &plain)).unwrap(),
                plain,
                "{coding}"
            );
        }
    }

    #[test]
    fn a_cut_body_is_a_failure_in_every_coding() {
        for coding in &CODINGS[1..] {
            let body = encode(coding, &b"<p>plain</p>".repeat(500));
            assert!(decode(coding, &body[..body.len() - 1]).is_err(), "{coding}");
        }
    }

    #[test]
    fn what_a_push_gave_decodes_at_once() {
        for coding in &CODINGS[..6] {
            let mut encoder = Encoder::new(coding);
            let start = encoder.push(b"the first part");
            assert_eq!(
                decode_start(coding, &start).0,
                b"the first part",
                "{coding}"
            );
        }
    }
}
