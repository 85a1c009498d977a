//! The memory of an encoder, which a client that does not read keeps for as long as it may.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that process much data.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;
mod heap;

use common::page;
use streamgate::internals::{Coding, encode};

#[test]
fn an_encoder_holds_no_more_of_a_page_that_comes_at_once() {
    let body = page(4 << 20);
    for (coding, most) in [
        (Coding::Deflate, 512 << 10),
        (Coding::Gzip, 512 << 10),
        #[cfg(feature = "br-encode")]
        (Coding::Br, 2 << 20),
    ] {
        let held = heap::peak(|| {
            let mut encoder = encode::encoder(coding).unwrap();
            let (mut input, mut out) = (body.as_slice(), Vec::new());
            while !input.is_empty() {
                encoder.push(&mut input, &mut out).unwrap();
                out.clear();
            }
            encoder.finish(&mut out).unwrap();
        });
        assert!(held < most, "{coding:?}: {held} bytes were held");
    }
}
