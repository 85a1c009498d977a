//! Files other than pages, as real generators write them: source maps, feeds, sitemaps, manifests
//! and more. Every URL in them is mapped, whatever the type, and nothing else changes.

use data::{FILES, File, mapped};

use crate::codings::encode;
use crate::failure::ensure;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::Setup;

#[path = "../../../core/tests/data/mod.rs"]
mod data;

/// Types that are processable only if the configuration lists them.
const UNLISTED: [&str; 2] = ["application/vnd.apple.mpegurl", "text/vtt"];

pub(super) fn scenarios() -> Vec<Scenario> {
    FILES
        .iter()
        .filter(|file| !UNLISTED.contains(&file.media_type))
        .enumerate()
        .map(|(number, file)| scenario(file, number % 2 == 1))
        .collect()
}

/// Makes a scenario of one file, which arrives in chunks that cut its URLs, or compressed as static
/// files are.
fn scenario(file: &'static File, compressed: bool) -> Scenario {
    exchange(
        format!("{}-is-mapped-in-full", file.id),
        Setup::Map,
        move |_| {
            let head = answer(200).of_type(file.media_type);
            if compressed {
                let body = encode("gzip", file.text.as_bytes());
                head.field("Content-Encoding", "gzip").body(body)
            } else {
                head.chunks(file.text.as_bytes().chunks(13))
            }
        },
        |get| get.field("Accept-Encoding", "gzip"),
        move |_, response, _| {
            let (expected, urls) = mapped(file.text);
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has("Content-Type", file.media_type)?
                .lacks("Content-Length")?
                .has_decoded(expected)?;
            ensure!(
                urls == file.urls,
                "the file has {urls} URLs, not {}",
                file.urls
            );
            Ok(())
        },
    )
}
