//! Memory: a body of any length passes the gate in a bounded number of bytes.

use super::fixture::long_page;
use crate::blocks::Blocks;
use crate::client::Request;
use crate::codings::Encoder;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure};
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// Returns how much the processes of a runtime may grow while a long body passes, in bytes. The
/// limit is less than the body, so a runtime that buffers the body fails. The observed growth was
/// 0.7 MiB natively; 2 MiB in Viceroy and Wasmtime, where each request brings a sandbox with a
/// memory and a stack of its own; 15 MiB in workerd, where V8's collector frees a chunk some time
/// after its use; and up to 66 MiB in Node, Deno and Bun, whose collectors have as much time.
fn bound(runtime: Runtime) -> u64 {
    let mebibytes = match runtime {
        Runtime::Native | Runtime::Tower => 8,
        Runtime::Fastly | Runtime::Wasi | Runtime::Wasi3 | Runtime::Command => 16,
        Runtime::Cloudflare => 28,
        Runtime::Node | Runtime::Deno | Runtime::Bun => 80,
    };
    mebibytes << 20
}

/// Returns how many bytes a long page has.
fn long(runtime: Runtime) -> usize {
    match runtime {
        Runtime::Node | Runtime::Deno | Runtime::Bun => 120 << 20,
        _ => 30 << 20,
    }
}

/// Returns how much the processes may grow while a decompression bomb passes, in bytes. workerd's
/// decoder hands over as much as a reader takes, and the collector lags further behind a faster
/// reader: the observed growth was 36 MiB.
fn bound_of_a_bomb(runtime: Runtime) -> u64 {
    if runtime == Runtime::Cloudflare {
        80 << 20
    } else {
        bound(runtime)
    }
}

/// Makes a page of 160 MiB, and its encoding in less than 1 MiB of gzip.
fn bomb() -> (Blocks, Vec<u8>) {
    let bomb = Blocks {
        before: Vec::new(),
        unit: vec![b'a'; 1 << 20],
        count: 160,
        after: Vec::new(),
    };
    let mut encoder = Encoder::new("gzip");
    let mut encoded: Vec<u8> = bomb
        .pieces()
        .flat_map(|piece| encoder.push(piece))
        .collect();
    encoded.extend(encoder.finish());
    (bomb, encoded)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "an-image-of-100-mebibytes-goes-through-in-bounded-memory",
            Setup::Map,
            |stage| {
                bounded(
                    stage,
                    "image/png",
                    &Blocks::noise(100 << 20),
                    &Blocks::noise(100 << 20),
                )
            },
        )
        .within(90),
        scenario(
            "a-long-page-goes-through-in-bounded-memory",
            Setup::Map,
            |stage| {
                bounded(
                    stage,
                    "text/html",
                    &long_page(long(stage.runtime), ALIAS),
                    &long_page(long(stage.runtime), PUBLIC),
                )
            },
        )
        .within(120),
        scenario(
            "a-long-page-with-rules-goes-through-in-bounded-memory",
            Setup::Rules,
            |stage| {
                // Each article has an <img>, so the rules change every unit in the same way.
                let with_rules = |blocks: Blocks| -> Verdict<Blocks> {
                    let text = String::from_utf8(blocks.unit)?
                        .replace(" alt=''>", " alt='' loading=\"lazy\">");
                    let before = String::from_utf8(blocks.before)?;
                    let before =
                        before.replace("<head>", "<head><script src=\"/_sg/tag.js\"></script>");
                    Ok(Blocks {
                        before: before.into_bytes(),
                        unit: text.into_bytes(),
                        count: blocks.count,
                        after: b"<!--end--></body></html>\n".to_vec(),
                    })
                };
                let without_p = |blocks: Blocks| -> Verdict<Blocks> {
                    // A rule acts on the first <p> only; articles without a <p> keep the units the
                    // same.
                    let unit = String::from_utf8(blocks.unit)?
                        .replace("<p>", "<div>")
                        .replace("</p>", "</div>");
                    Ok(Blocks {
                        unit: unit.into_bytes(),
                        ..blocks
                    })
                };
                let sent = without_p(long_page(long(stage.runtime), ALIAS))?;
                let expected = with_rules(without_p(long_page(long(stage.runtime), PUBLIC))?)?;
                bounded(stage, "text/html", &sent, &expected)
            },
        )
        .within(120),
        scenario(
            "a-decompression-bomb-goes-through-in-bounded-memory",
            Setup::Map,
            |stage| explodes(stage, 200),
        )
        .within(90),
        // The encoded body is not over the limit; the decoded body is what counts.
        scenario(
            "a-decompression-bomb-in-an-error-page-is-streamed",
            Setup::Tight,
            |stage| explodes(stage, 404),
        )
        .within(90),
    ]
}

/// Sends a long body, after a shorter one that makes the runtime take the memory that it keeps for
/// good.
fn bounded(stage: &Stage, media_type: &str, sent: &Blocks, expected: &Blocks) -> Verdict {
    let head = answer(200).of_type(media_type);
    let get = stage.get("/x").field("Accept-Encoding", "identity");
    let shorter = |blocks: &Blocks| Blocks {
        count: blocks.count / 16,
        ..blocks.clone()
    };
    stage.always(head.clone().length(shorter(sent).len()).fill(shorter(sent)));
    let response = stage.exchange(&get)?;
    shorter(expected).check(&response.body)?;
    stage.always(head.length(sent.len()).fill(sent.clone()));
    measured(stage, &get, expected, bound(stage.runtime))
}

/// Sends a bomb to a client that wants it decoded.
fn explodes(stage: &Stage, status: u16) -> Verdict {
    let (bomb, encoded) = bomb();
    ensure!(
        encoded.len() < 1 << 20,
        "the bomb has {} bytes",
        encoded.len()
    );
    let get = stage.get("/x").field("Accept-Encoding", "identity");
    stage.always(
        answer(status)
            .html()
            .field("Content-Encoding", "gzip")
            .body(encoded),
    );
    measured(stage, &get, &bomb, bound_of_a_bomb(stage.runtime))
}

/// Checks that the runtime grows by at most `most` bytes while a body passes.
fn measured(stage: &Stage, request: &Request, expected: &Blocks, most: u64) -> Verdict {
    let meter = stage
        .meter
        .ok_or_else(|| Failure("there is no runtime to measure".to_owned()))?;
    meter.forget_peak()?;
    let before = meter.resident()?;
    let response = stage.exchange(request)?;
    let grown = meter.peak()?.saturating_sub(before);
    response.is_complete()?;
    expected.check(&response.body)?;
    ensure!(
        grown <= most,
        "the runtime grew by {} KiB, more than {} KiB",
        grown >> 10,
        most >> 10
    );
    Ok(())
}
