//! Content codings: what they make of whole, cut, stacked, broken and hostile bodies.
#![cfg(not(target_arch = "wasm32"))] // The reference encoder of zstd is a C library.
#![allow(clippy::unwrap_used)] // A panic is how a test fails.

mod common;

use std::io::Write;

use common::{CODINGS, Reference, cut, encoded, page, run, until_error};
use proptest::prelude::*;
use streamgate::BodyError;
use streamgate::internals::Coding;
use streamgate::internals::{decode, encode};
use streamgate::{BLOCK, Pipeline, Transform, TransformError};

fn decoded<'a>(
    coding: Coding,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BodyError> {
    run(Pipeline::new(vec![decode::decoder(coding)]), chunks)
}

/// A stage that is not in a pipeline: pushes `input` whole, calling again while the output is
/// paused.
fn push(stage: &mut dyn Transform, mut input: &[u8]) -> Result<Vec<u8>, TransformError> {
    let mut whole = Vec::new();
    loop {
        let mut out = Vec::new();
        stage.push(&mut input, &mut out)?;
        assert!(out.len() < 2 * BLOCK, "{} bytes at once", out.len());
        let paused = out.len() >= BLOCK;
        whole.append(&mut out);
        if !paused {
            assert!(input.is_empty());
            return Ok(whole);
        }
    }
}

fn is_truncated(result: &Result<Vec<u8>, BodyError>) -> bool {
    matches!(
        result,
        Err(BodyError::Transform(TransformError::Truncated { .. }))
    )
}

fn is_corrupt(result: &Result<Vec<u8>, BodyError>) -> bool {
    matches!(
        result,
        Err(BodyError::Transform(TransformError::Corrupt { .. }))
    )
}

#[test]
fn every_coding_decodes_what_others_encode() {
    for &coding in CODINGS {
        for length in [0, 1, 2, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 700_000] {
            let body = page(length);
            let coded = encoded(coding, &body);
            for chunk in [coded.len(), 1 << 16, 4096, 1000] {
                let found = decoded(coding, cut(&coded, &[chunk])).unwrap();
                assert!(found == body, "{coding}, {length} bytes by {chunk}");
            }
        }
    }
}

#[test]
fn every_coding_decodes_byte_by_byte() {
    let body = page(20_000);
    for &coding in CODINGS {
        let found = decoded(coding, encoded(coding, &body).chunks(1)).unwrap();
        assert!(found == body, "{coding}");
    }
}

#[test]
fn a_body_cut_short_anywhere_is_truncated() {
    let body = page(3000);
    for &coding in CODINGS {
        let coded = encoded(coding, &body);
        for length in 1..coded.len() {
            let result = decoded(coding, [&coded[..length]]);
            assert!(is_truncated(&result), "{coding} cut to {length} bytes");
        }
    }
}

#[test]
fn an_empty_body_stays_empty_in_any_coding() {
    for &coding in CODINGS {
        assert_eq!(decoded(coding, []).unwrap(), b"", "{coding}");
        assert_eq!(decoded(coding, [&b""[..], b""]).unwrap(), b"", "{coding}");
    }
}

#[test]
fn what_is_no_stream_of_the_coding_is_corrupt() {
    for &coding in CODINGS {
        let result = decoded(
            coding,
            [&b"<!doctype html><title>no coding here</title>"[..]],
        );
        assert!(is_corrupt(&result), "{coding}: {result:?}");
    }
}

#[test]
fn deflate_is_decoded_without_its_wrapper_too() {
    let body = page(50_000);
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&body).unwrap();
    let bare = encoder.finish().unwrap();
    for chunk in [1, 2, 3, bare.len()] {
        assert!(decoded(Coding::Deflate, cut(&bare, &[chunk])).unwrap() == body);
    }
    assert!(is_truncated(&decoded(
        Coding::Deflate,
        [&bare[..bare.len() - 1]]
    )));
    // The shortest streams: nothing, and one letter.
    assert_eq!(decoded(Coding::Deflate, [&[0x03, 0x00][..]]).unwrap(), b"");
    assert_eq!(
        decoded(Coding::Deflate, [&[0x4b, 0x04, 0x00][..]]).unwrap(),
        b"a"
    );
}

#[test]
fn members_follow_one_another() {
    let (one, two) = (page(5000), page(300));
    let gzip = |body: &[u8]| encoded(Coding::Gzip, body);
    check_parts(
        Coding::Gzip,
        &[gzip(&one), gzip(&two)],
        &[one.clone(), two.clone()].concat(),
    );
    check_parts(
        Coding::Gzip,
        &[gzip(&one), gzip(b""), gzip(&two), gzip(b"")],
        &[one, two].concat(),
    );
}

#[cfg(feature = "zstd")]
#[test]
fn frames_follow_one_another() {
    let (one, two) = (page(5000), page(300));
    let skippable = [
        &0x184d_2a53_u32.to_le_bytes()[..],
        &5_u32.to_le_bytes(),
        b"notes",
    ]
    .concat();
    let zstd = |body: &[u8]| encoded(Coding::Zstd, body);
    check_parts(
        Coding::Zstd,
        &[zstd(&one), zstd(&two)],
        &[one.clone(), two.clone()].concat(),
    );
    let parts = [
        skippable.clone(),
        zstd(&one),
        skippable,
        zstd(b""),
        zstd(&two),
    ];
    check_parts(Coding::Zstd, &parts, &[one, two].concat());
}

fn check_parts(coding: Coding, parts: &[Vec<u8>], body: &[u8]) {
    let coded = parts.concat();
    for chunk in [1, 7, coded.len()] {
        let found = decoded(coding, cut(&coded, &[chunk])).unwrap();
        assert!(found == body, "{coding}");
    }
    assert!(is_truncated(&decoded(coding, [&coded[..coded.len() - 1]])));
}

#[test]
fn a_member_may_end_where_the_output_is_full() {
    for length in [BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 15_000, 2 * BLOCK] {
        let (one, two) = (page(length), page(300));
        let coded = [encoded(Coding::Gzip, &one), encoded(Coding::Gzip, &two)].concat();
        let whole = decoded(Coding::Gzip, cut(&coded, &[coded.len()])).unwrap();
        assert!(whole == [one, two].concat(), "{length}");
    }
}

#[test]
fn bytes_after_the_end_are_ignored_but_for_zstd() {
    let body = page(2000);
    let table: &[(Coding, &[u8])] = &[
        (Coding::Gzip, &[0; 512]),
        (Coding::Gzip, b"\0"),
        (Coding::Gzip, b"\x1f"),
        (Coding::Gzip, b"\x1f\x1f\x8b"),
        (Coding::Gzip, b"\x1f\x8b"),
        (Coding::Gzip, b"\x1f\x8bgarbage"),
        (Coding::Gzip, b"\x1f\x8b\x08"),
        (Coding::Gzip, b"\x1f\x8b\x08\xffgarbage"),
        // A header, and then a block of a type that there is not.
        (Coding::Gzip, b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x07garbage"),
        (Coding::Gzip, b"<!-- appended -->"),
        (Coding::Deflate, b"\x01\x02\x03\x04"),
        (Coding::Br, b"\r\n"),
    ];
    for &(coding, trailing) in table {
        let coded = [&encoded(coding, &body), trailing].concat();
        for chunk in [1, coded.len() - trailing.len(), coded.len()] {
            let found = decoded(coding, cut(&coded, &[chunk])).unwrap();
            assert!(found == body, "{coding} and {trailing:?}");
        }
    }
    #[cfg(feature = "zstd")]
    {
        let coded = [&encoded(Coding::Zstd, &body), &b"garbage"[..]].concat();
        assert!(is_corrupt(&decoded(Coding::Zstd, [&coded[..]])));
    }
}

#[test]
fn what_begins_a_member_of_gzip_must_end_it() {
    let coded = [page(2000), page(300)].map(|body| encoded(Coding::Gzip, &body));
    let [one, two] = &coded;
    for length in 4..two.len() {
        let cut = [one, &two[..length]].concat();
        assert!(
            is_truncated(&decoded(Coding::Gzip, [&cut[..]])),
            "{length} bytes"
        );
    }
    let mut wrong = coded.concat();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    assert!(is_corrupt(&decoded(Coding::Gzip, [&wrong[..]])));
}

#[test]
fn a_checksum_that_does_not_match_is_an_error() {
    let body = page(2000);
    // The trailers: gzip's checksum and length, the checksums of zlib and zstd.
    let trailers = [
        (Coding::Gzip, 8),
        (Coding::Deflate, 4),
        #[cfg(feature = "zstd")]
        (Coding::Zstd, 4),
    ];
    for (coding, trailer) in trailers {
        let coded = encoded(coding, &body);
        for index in coded.len() - trailer..coded.len() {
            let mut coded = coded.clone();
            coded[index] ^= 1;
            assert!(
                is_corrupt(&decoded(coding, [&coded[..]])),
                "{coding} at {index}"
            );
        }
    }
}

#[test]
fn what_was_decoded_before_a_fault_is_given_out() {
    let body = page(3 * BLOCK + 1000);
    let trailers = [
        (Coding::Gzip, 8),
        (Coding::Deflate, 4),
        #[cfg(feature = "zstd")]
        (Coding::Zstd, 4),
    ];
    for (coding, trailer) in trailers {
        let mut coded = encoded(coding, &body);
        let at = coded.len() - trailer;
        coded[at] ^= 1;
        for chunk in [coded.len(), 1000] {
            // The client gets it in a coding, which is flushed but does not end.
            let mut stages = decode::stages(&[coding]);
            stages.extend(encode::stages(&[Coding::Gzip]).unwrap());
            let (pieces, error) = until_error(Pipeline::new(stages), cut(&coded, &[chunk]));
            assert!(is_corrupt(&Err(error)), "{coding}");
            let found = push(&mut *decode::decoder(Coding::Gzip), &pieces).unwrap();
            assert!(found == body, "{coding}: {} bytes", found.len());
        }
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_fault_in_a_block_of_zstd_costs_no_block_before() {
    // A block of a type that there is not (RFC 8878 §3.1.1.2.2).
    let broken = [6, 0, 0];
    let body = page(5000);
    let mut encoder = Reference::new(Coding::Zstd);
    encoder.write(&body);
    let coded = [encoder.flushed(), broken.to_vec()].concat();
    for chunk in [1, coded.len()] {
        let stages = decode::stages(&[Coding::Zstd]);
        let (found, error) = until_error(Pipeline::new(stages), cut(&coded, &[chunk]));
        assert!(is_corrupt(&Err(error)));
        assert!(found == body, "{} bytes", found.len());
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_window_of_zstd_over_the_limit_is_refused() {
    let zstd = |window_log| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.write_all(b"small").unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(decoded(Coding::Zstd, [&zstd(23)[..]]).unwrap(), b"small");
    assert!(is_corrupt(&decoded(Coding::Zstd, [&zstd(24)[..]])));
}

#[test]
fn a_window_of_br_over_the_limit_is_refused() {
    // The header of a "large window" stream with a window of 1 GiB.
    let header = [0x11, 0x1e, 0, 0, 0, 0];
    assert!(is_corrupt(&decoded(Coding::Br, [&header[..]])));
}

#[test]
fn what_a_flushing_origin_sent_is_decoded_at_once() {
    let body = page(100_000);
    for &coding in CODINGS {
        // The start of a stream: all of the body, flushed, but no end.
        let mut encoder = Reference::new(coding);
        encoder.write(&body);
        let start = encoder.flushed();
        let found = push(&mut *decode::decoder(coding), &start).unwrap();
        assert!(found == body, "{coding}: {} bytes", found.len());
    }
}

#[test]
fn after_each_flush_a_client_can_decode_all_that_was_pushed() {
    for coding in encoding() {
        let mut encoder = encode::encoder(coding).unwrap();
        let mut client = decode::decoder(coding);
        for length in [1, 10, 5000, 1, BLOCK + 1, 0, 300_000, 2] {
            let body = page(length);
            let mut coded = push(&mut *encoder, &body).unwrap();
            encoder.flush(&mut coded).unwrap();
            assert!(
                push(&mut *client, &coded).unwrap() == body,
                "{coding}: {length} bytes"
            );
            let mut again = Vec::new();
            encoder.flush(&mut again).unwrap();
            assert_eq!(again, b"", "{coding}: a second flush has nothing to add");
        }
        let mut end = Vec::new();
        encoder.finish(&mut end).unwrap();
        assert_eq!(push(&mut *client, &end).unwrap(), b"");
        client.finish(&mut Vec::new()).unwrap();
    }
}

#[test]
fn an_encoder_without_input_makes_a_valid_stream() {
    for coding in encoding() {
        let coded = run(Pipeline::new(encode::stages(&[coding]).unwrap()), []).unwrap();
        assert!(!coded.is_empty());
        assert_eq!(decoded(coding, [&coded[..]]).unwrap(), b"", "{coding}");
    }
}

#[test]
fn a_bomb_comes_out_in_blocks() {
    const LENGTH: usize = 100 << 20;
    let zeros = vec![0; 1 << 20];
    for &coding in CODINGS {
        let mut encoder = Reference::new(coding);
        for _ in 0..LENGTH / zeros.len() {
            encoder.write(&zeros);
        }
        let bomb = encoder.finish();
        let mut decoder = decode::decoder(coding);
        let (mut input, mut length) = (&bomb[..], 0);
        loop {
            let mut out = Vec::new();
            decoder.push(&mut input, &mut out).unwrap();
            assert!(
                out.len() < 2 * BLOCK && out.capacity() <= 2 * BLOCK,
                "{coding}"
            );
            length += out.len();
            if out.len() < BLOCK {
                break;
            }
        }
        decoder.finish(&mut Vec::new()).unwrap();
        assert_eq!(length, LENGTH, "{coding}");
    }
}

#[test]
fn a_pipeline_of_a_whole_body_is_that_of_its_chunks() {
    let body = page(1 << 20);
    let codings = [Coding::Deflate, Coding::Gzip];
    let coded = Pipeline::new(encode::stages(&codings).unwrap());
    let coded = coded.run_to_vec(&body).unwrap();
    let found = Pipeline::new(decode::stages(&codings)).run_to_vec(&coded);
    assert!(found.unwrap() == body);
}

/// Returns the codings that have an encoder.
fn encoding() -> Vec<Coding> {
    let codings = CODINGS.iter().copied();
    codings.filter(|coding| coding.encodes()).collect()
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..3000);
    let text = (0..30_000_usize, 0..100_usize)
        .prop_map(|(end, start)| page(end).split_off(start.min(end)));
    let run = (any::<u8>(), 0..300_000_usize).prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![
        noise.clone(),
        text,
        run,
        noise.prop_map(|noise| noise.repeat(3))
    ]
}

fn any_cut() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![1..8_usize, 1..2000_usize, 1..200_000_usize];
    prop::collection::vec(length, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn how_a_coded_body_is_cut_changes_nothing(
        coding in prop::sample::select(CODINGS),
        body in any_body(),
        lengths in any_cut(),
    ) {
        let coded = encoded(coding, &body);
        let found = decoded(coding, cut(&coded, &lengths)).unwrap();
        prop_assert!(found == body);
    }

    #[test]
    fn stacked_codings_come_off_as_they_went_on(
        codings in prop::collection::vec(prop::sample::select(encoding()), 0..4),
        body in any_body(),
        lengths in any_cut(),
    ) {
        let coded = run(Pipeline::new(encode::stages(&codings).unwrap()), cut(&body, &lengths)).unwrap();
        let found = run(Pipeline::new(decode::stages(&codings)), cut(&coded, &lengths)).unwrap();
        prop_assert!(found == body);
    }

    #[test]
    fn no_input_makes_a_decoder_panic(
        coding in prop::sample::select(CODINGS),
        body in any_body(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        lengths in any_cut(),
    ) {
        let mut coded = encoded(coding, &body);
        for (index, byte) in changes {
            let index = index.index(coded.len());
            coded[index] = byte;
        }
        let _ = decoded(coding, cut(&coded, &lengths));
    }
}
