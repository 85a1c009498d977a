//! Origins that fail: before their head the client gets a clean error, after it a response that it
//! can see is cut.

use super::fixture::{image, page};
use crate::client::Response;
use crate::codings::encode;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure, show};
use crate::fields::contains;
use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// Origins whose body fails midway, once gate 1 is open, by the id of the scenario.
fn cut_midway() -> Vec<(&'static str, Answer)> {
    let page = page(ALIAS).repeat(20);
    let half = &page[..page.len() / 2];
    let encoded = encode("gzip", &page);
    let gzip = || answer(200).html().field("Content-Encoding", "gzip");
    vec![
        (
            "an-image-that-ends-early-looks-truncated",
            answer(200)
                .of_type("image/png")
                .length(9000)
                .send(image())
                .wait(1)
                .close(),
        ),
        (
            "a-chunked-image-that-ends-early-looks-truncated",
            answer(200)
                .of_type("image/png")
                .chunked()
                .chunk(image())
                .wait(1)
                .close(),
        ),
        (
            "an-image-reset-midway-looks-truncated",
            answer(200)
                .of_type("image/png")
                .length(9000)
                .send(image())
                .wait(1)
                .reset(),
        ),
        (
            "a-page-shorter-than-its-length-looks-truncated",
            answer(200)
                .html()
                .length(page.len())
                .send(half)
                .wait(1)
                .close(),
        ),
        (
            "a-chunked-page-that-ends-early-looks-truncated",
            answer(200).html().chunked().chunk(half).wait(1).close(),
        ),
        (
            "a-chunk-that-ends-early-looks-truncated",
            answer(200)
                .html()
                .chunked()
                .send("5000\r\n")
                .send(half)
                .wait(1)
                .close(),
        ),
        (
            "a-page-in-gzip-that-ends-early-looks-truncated",
            gzip()
                .length(encoded.len())
                .send(&encoded[..encoded.len() / 2])
                .wait(1)
                .close(),
        ),
        (
            "a-page-reset-midway-looks-truncated",
            answer(200).html().chunked().chunk(half).wait(1).reset(),
        ),
        (
            "a-page-with-a-broken-chunk-looks-truncated",
            answer(200)
                .html()
                .chunked()
                .chunk(half)
                .wait(1)
                .send("zz\r\nxx\r\n")
                .close(),
        ),
    ]
}

/// The scenarios whose client gets an uncoded body in chunks.
const UNCODED_AND_CHUNKED: &[&str] = &[
    "a-chunked-image-that-ends-early-looks-truncated",
    "a-page-shorter-than-its-length-looks-truncated",
    "a-chunked-page-that-ends-early-looks-truncated",
    "a-chunk-that-ends-early-looks-truncated",
    "a-page-reset-midway-looks-truncated",
    "a-page-with-a-broken-chunk-looks-truncated",
];

/// Why a client of workerd cannot tell.
const CLEAN_END: &str = "workerd ends a failed chunked response with a clean last chunk \
    (cloudflare/workerd issue 6818; capnproto c++/src/kj/compat/http.c++, \
    `~HttpChunkedEntityWriter`), whatever the worker does; a plain worker that returns \
    fetch(...) shows the same";

/// Origins that give no answer that could be passed on, by the id of the scenario.
fn no_answers() -> Vec<(&'static str, Answer)> {
    vec![
        (
            "an-origin-that-does-not-speak-http-is-a-502",
            Answer::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n").close(),
        ),
        (
            "an-origin-that-closes-without-an-answer-is-a-502",
            Answer::raw("").close(),
        ),
        (
            "a-head-that-ends-early-is-a-502",
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Y").close(),
        ),
        (
            "conflicting-lengths-are-a-502",
            answer(200)
                .html()
                .field("Content-Length", "5")
                .length(6)
                .send("123456")
                .close(),
        ),
    ]
}

/// Checks that a response is a 502 that does not tell the client where the origin is.
fn names_no_origin(stage: &Stage, response: &Response) -> Verdict {
    response.has_status(502)?.is_complete()?;
    let address = stage.origin.address().to_string();
    let named =
        contains(&response.raw, address.as_bytes()) || contains(&response.body, address.as_bytes());
    ensure!(
        !named,
        "the 502 names {address}: {}",
        show(&[&response.raw[..], &response.body].concat())
    );
    Ok(())
}

/// Makes the scenarios of a response with both lengths and chunks. RFC 9112 §6.3 allows either to
/// let the chunks count or to refuse the response.
fn of_both_framings() -> Vec<Scenario> {
    [
        (
            "a-page-with-a-length-and-chunks-is-complete-or-a-502",
            "text/html",
        ),
        (
            "an-image-with-a-length-and-chunks-is-complete-or-a-502",
            "image/png",
        ),
    ]
    .map(|(id, media_type)| {
        scenario(id, Setup::Map, move |stage| {
            let body = &image()[..1000];
            let head = answer(200)
                .of_type(media_type)
                .field("Content-Length", "10");
            stage.always(head.chunks(body.chunks(100)).close());
            let response = stage.exchange(&stage.get("/x"));
            // A client that sees the connection close has got nothing, too.
            let nothing = |Failure(why)| Failure(format!("expected 1000 bytes, got 0: {why}"));
            let response = response.map_err(nothing)?;
            if response.status == 502 {
                response.has_its_length()?.is_complete()?;
            } else {
                response.has_status(200)?.has_decoded(body)?;
            }
            Ok(())
        })
    })
    .map(|scenario| match scenario.id.starts_with("an-image") {
        true => scenario
            .not_on(
                Runtime::Wasi,
                "expected 1000 bytes, got 10",
                "Wasmtime removes `Transfer-Encoding` from a head before the program sees it \
             (wasmtime-wasi-http src/lib.rs, `DEFAULT_FORBIDDEN_HEADERS`), and frames the \
             body by the `Content-Length` that is left",
            )
            .not_on(
                Runtime::Wasi3,
                "expected 1000 bytes, got 0",
                "Wasmtime removes `Transfer-Encoding` from a head before the program sees it, and \
             holds the body to the `Content-Length` that is left (wasmtime-wasi-http \
             src/p3/body.rs, `BodyWithContentLength`)",
            ),
        false => scenario,
    })
    .into()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = cut_midway()
        .into_iter()
        .map(|(id, told)| {
            let expected = if id.contains("image") {
                image()
            } else {
                page(PUBLIC).repeat(20)
            };
            scenario(id, Setup::Map, move |stage| {
                let told = told.clone();
                let play = stage.script(move |request| {
                    if request.rest() == b"/x" {
                        told.clone()
                    } else {
                        answer(200).html().body(page(ALIAS))
                    }
                });
                let get = stage.get("/x").field("Accept-Encoding", "gzip");
                stage.is_cut(&get, &play, &expected)?;
                stage
                    .exchange(&stage.get("/whole"))?
                    .has_status(200)?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            })
        })
        .map(|cut| {
            if UNCODED_AND_CHUNKED.contains(&cut.id.as_str()) {
                cut.not_on(
                    Runtime::Cloudflare,
                    "seen to be cut, got Some(Complete)",
                    CLEAN_END,
                )
            } else {
                cut
            }
        })
        .collect();
    all.extend([
        scenario(
            "an-error-page-that-ends-early-becomes-a-502",
            Setup::Map,
            |stage| {
                // The body is buffered, so the head is not sent before the body is complete.
                stage.always(answer(404).html().length(5000).send(page(ALIAS)).close());
                let response = stage.exchange(&stage.get("/x"))?;
                response.has_status(502)?.has_its_length()?.is_complete()?;
                Ok(())
            },
        ),
        exchange(
            "a-status-that-nobody-knows-passes",
            Setup::Map,
            |_| answer(600).of_type("image/png").body("hi"),
            |get| get,
            |_, response, _| {
                response.has_status(600)?.has_body("hi")?;
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 600, got 502 (Proxy-Status: streamgate; error=",
            "`Response` has the statuses 200 to 599 only (Fetch standard, \"Response class\")",
        )
        .not_on(
            Runtime::Wasi3,
            "expected status 600, got 502 (Proxy-Status: streamgate; error=",
            "Wasmtime takes the statuses 100 to 599 only (wasmtime-wasi-http \
             src/p3/host/types.rs, `set_status_code`)",
        ),
        scenario(
            "an-origin-that-refuses-connections-is-a-502",
            Setup::Map,
            |stage| {
                let response = stage.origin.refusing(|| stage.exchange(&stage.get("/x")))?;
                response.has_status(502)?.is_complete()?;
                let told = response.fields.text("proxy-status").unwrap_or_default();
                ensure!(
                    told.starts_with("streamgate; error="),
                    "Proxy-Status is {told:?}"
                );
                stage.always(answer(200).html().body(page(ALIAS)));
                stage
                    .exchange(&stage.get("/x"))?
                    .has_status(200)?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        scenario("a-502-does-not-name-the-origin", Setup::Map, |stage| {
            let refused = stage.origin.refusing(|| stage.exchange(&stage.get("/x")))?;
            names_no_origin(stage, &refused)?;
            let cut = answer(404).html().length(5000).send(page(ALIAS)).close();
            let answers = no_answers().into_iter().map(|(_, told)| told);
            for told in answers.chain([cut]) {
                stage.always(told);
                names_no_origin(stage, &stage.exchange(&stage.get("/x"))?)?;
            }
            Ok(())
        }),
        scenario("a-silent-origin-is-a-504", Setup::Tight, |stage| {
            stage.always(Answer::raw("").stall());
            let response = stage.exchange(&stage.get("/x"))?;
            response.has_status(504)?.is_complete()?;
            Ok(())
        })
        .within(20),
        scenario(
            "a-pause-within-a-body-is-not-a-timeout",
            Setup::Tight,
            |stage| {
                let play = stage.always(
                    answer(200)
                        .html()
                        .chunked()
                        .chunk("<p>first")
                        .wait(1)
                        .chunk("last")
                        .last_chunk(),
                );
                let mut response = stage.send(&stage.get("/x"))?;
                response.read_until("the first part", |response| {
                    contains(&response.decoded_start(), b"fir")
                })?;
                // longer than the timeout for the head
                std::thread::sleep(std::time::Duration::from_millis(2500));
                play.open(1);
                response.read_to_end()?;
                response.has_status(200)?.has_decoded("<p>firstlast")?;
                Ok(())
            },
        ),
    ]);
    all.extend(of_both_framings());
    for (id, told) in no_answers() {
        all.push(scenario(id, Setup::Map, move |stage| {
            stage.always(told.clone());
            let response = stage.exchange(&stage.get("/x"))?;
            response.has_status(502)?.has_its_length()?.is_complete()?;
            Ok(())
        }));
    }
    all
}
