//! Content codings: any bytes decode in bounded steps and to the same, however they are cut, and
//! what was encoded decodes to what it was.

use std::sync::LazyLock;

use streamgate::internals::{Coding, decode, encode};
use streamgate::{BLOCK, Gate, Pipeline, TransformError};

use super::common::{cut, encoded, parts, run};
use super::edge::response;
use super::input::Input;

/// Whether a body is decoded, or encoded and decoded again, which takes long.
const IS_CODED: [bool; 16] = {
    let mut is_coded = [true; 16];
    is_coded[15] = false;
    is_coded
};

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let text = "origin.url = 'https://origin.example.com'\nlimits.max_decoded = '64KiB'";
    Gate::from_toml(text, "fuzz").unwrap()
});

/// The most bytes of output that are compared: a body of a kilobyte may decode to a terabyte.
const MOST: usize = 4 * BLOCK;

pub(crate) fn gzip(bytes: &[u8]) {
    target(Coding::Gzip, bytes);
}

pub(crate) fn deflate(bytes: &[u8]) {
    target(Coding::Deflate, bytes);
}

pub(crate) fn br(bytes: &[u8]) {
    target(Coding::Br, bytes);
}

#[cfg(feature = "zstd")]
pub(crate) fn zstd(bytes: &[u8]) {
    target(Coding::Zstd, bytes);
}

/// How decoding ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Complete,
    Truncated,
    Corrupt,
    /// There is more than is compared.
    Much,
}

fn target(coding: Coding, bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let is_coded = *input.choose(&IS_CODED);
    let lengths = input.lengths();
    let body = input.rest();
    if is_coded {
        decodes(coding, body, &lengths);
        passes_the_pipeline(coding, body, &lengths);
    } else {
        comes_back(coding, body, &lengths);
    }
}

fn decodes(coding: Coding, body: &[u8], lengths: &[usize]) {
    let whole = decoded(coding, [body]);
    for lengths in [&[1][..], lengths] {
        let cut = decoded(coding, cut(body, lengths));
        assert_eq!(cut.1, whole.1, "{coding} by {lengths:?}");
        // The decoder of br keeps to itself what a chunk gave before a fault in it.
        let is_less = coding == Coding::Br && whole.1 == End::Corrupt;
        let common = if is_less {
            cut.0.len().min(whole.0.len())
        } else {
            usize::MAX
        };
        let start = |bytes: &Vec<u8>| bytes.iter().copied().take(common).collect::<Vec<_>>();
        assert!(start(&cut.0) == start(&whole.0), "{coding} by {lengths:?}");
    }
}

/// Decodes step by step.
fn decoded<'a>(coding: Coding, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, End) {
    let mut decoder = decode::decoder(coding);
    let mut whole = Vec::new();
    let end = |error| match error {
        TransformError::Truncated { .. } => End::Truncated,
        TransformError::Corrupt { .. } => End::Corrupt,
        other => panic!("{other}"),
    };
    for mut chunk in chunks {
        let mut is_paused = true;
        while is_paused {
            let mut out = Vec::new();
            let result = decoder.push(&mut chunk, &mut out);
            assert!(out.len() < 2 * BLOCK, "{} bytes at once", out.len());
            is_paused = out.len() >= BLOCK;
            whole.append(&mut out);
            if whole.len() >= MOST {
                whole.truncate(MOST);
                return (whole, End::Much);
            }
            if let Err(error) = result {
                return (whole, end(error));
            }
        }
        assert!(chunk.is_empty(), "{} bytes are left", chunk.len());
    }
    let result = decoder.finish(&mut whole);
    (whole, result.map_or_else(end, |()| End::Complete))
}

/// Runs a page in this coding through a gate.
fn passes_the_pipeline(coding: Coding, body: &[u8], lengths: &[usize]) {
    let head = format!("content-type: text/html\ncontent-encoding: {coding}");
    let through = |lengths: &[usize]| {
        let public = "https://www.example.com".parse().unwrap();
        let request = http::Request::new(());
        let pipeline = GATE.rewriter(&request, &response(200, head.as_bytes()), &public);
        parts(pipeline.unwrap(), cut(body, lengths))
    };
    let (whole, error) = through(&[usize::MAX]);
    let (other, other_error) = through(lengths);
    assert_eq!(
        error.is_some(),
        other_error.is_some(),
        "{coding} by {lengths:?}"
    );
    // How much is given out before an error depends on what a stage still held.
    let common = whole.len().min(other.len());
    assert!(
        whole[..common] == other[..common],
        "{coding} by {lengths:?}"
    );
    assert!(
        error.is_some() || whole.len() == other.len(),
        "{coding} by {lengths:?}"
    );
}

fn comes_back(coding: Coding, body: &[u8], lengths: &[usize]) {
    let mut all = vec![encoded(coding, body)];
    if coding.encodes() {
        let stages = encode::stages(&[coding]).unwrap();
        all.push(run(Pipeline::new(stages), cut(body, lengths)).unwrap());
    }
    for coded in all {
        let (found, end) = decoded(coding, cut(&coded, lengths));
        assert_eq!(end, End::Complete, "{coding}");
        assert!(found == body, "{coding}");
    }
}
