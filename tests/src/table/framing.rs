//! Framing as few send it: a length that is said twice, chunks with extensions, and bytes behind an
//! answer.

use super::fixture::image;
use crate::client::chunk;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure, show};
use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::Setup;
use crate::stage::Stage;

/// Why workerd keeps bytes that belong to no answer for the next one.
const HUMOURED: &str = "workerd's HTTP client leaves what follows an answer in its buffer, and \
    lets it become the answer to the next request (capnproto c++/src/kj/compat/http.c++, \
    `HttpClientImpl::watchForClose`)";

/// Why Wasmtime gives no answer that has bytes behind it.
const NO_BYTES_BEHIND: &str = "Wasmtime polls the connection while it waits for the head, and an \
    error of the connection wins over a head that is there (wasmtime-wasi-http \
    src/default_send_request.rs, `default_send_request`)";

/// Why workerd's bodies end at a chunk extension.
const NO_EXTENSIONS: &str = "workerd's HTTP library takes no chunk size but digits, and fails on \
    an extension (capnproto c++/src/kj/compat/http.c++, `readChunkHeader`)";

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = lengths();
    all.extend(extensions());
    all.extend(behind());
    all
}

fn lengths() -> Vec<Scenario> {
    let twice = || {
        let head = answer(200).of_type("image/png");
        head.field("Content-Length", "5").length(5)
    };
    vec![
        exchange(
            "a-length-that-is-said-twice-counts-once",
            Setup::Map,
            move |_| twice().send("bytes"),
            |get| get,
            |_, response, _| {
                response.has_status(200)?.has("Content-Length", "5")?;
                response.has_body("bytes")?;
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 502 (Proxy-Status: streamgate;",
            "workerd's HTTP library takes several lengths for an invalid one (capnproto \
             c++/src/kj/compat/http.c++, `getEntityBody`)",
        ),
        scenario(
            "a-length-of-head-that-is-said-twice-counts-once",
            Setup::Map,
            move |stage| {
                stage.always(twice());
                let response = stage.exchange(&stage.request("HEAD", "/x"))?;
                response.has_status(200)?.has("Content-Length", "5")?;
                Ok(())
            },
        ),
    ]
}

fn extensions() -> Vec<Scenario> {
    vec![
        exchange(
            "extensions-of-an-origins-chunks-are-ignored",
            Setup::Map,
            |_| {
                let chunked = answer(200).of_type("image/png").chunked();
                chunked.send("5;a=b\r\nfirst\r\n4 ; c\r\nlast\r\n0;d\r\n\r\n")
            },
            |get| get,
            |_, response, _| {
                response.has_status(200)?.has_body("firstlast")?;
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "the body: expected 9 bytes, got 0",
            NO_EXTENSIONS,
        ),
        scenario(
            "extensions-of-a-clients-chunks-are-ignored",
            Setup::Map,
            |stage| uploads(stage, b"5;a=b\r\nfirst\r\n0\r\n\r\n", Some(b"first")),
        )
        .not_on(
            Runtime::Cloudflare,
            "expected a 200, got Some(400)",
            NO_EXTENSIONS,
        ),
        scenario(
            "an-upload-that-breaks-is-never-whole-at-the-origin",
            Setup::Map,
            |stage| {
                uploads(stage, b"5\r\nfirst\r\n0\r\n\r\n", Some(b"first"))?;
                for broken in [&b"zz\r\nxx\r\n"[..], b"5\r\nfirst\r\nzz\r\nxx\r\n"] {
                    uploads(stage, broken, None)?;
                }
                Ok(())
            },
        ),
    ]
}

/// Sends a body in chunks as they are. With `expected` the origin must get it; without, the origin
/// must not get a whole body, and the client no success.
fn uploads(stage: &Stage, body: &[u8], expected: Option<&[u8]>) -> Verdict {
    let play = stage.always(answer(200).of_type("text/plain").body("taken"));
    let mut connection = stage.connect()?;
    let request = stage.request("POST", "/x");
    let request = request.field("Transfer-Encoding", "chunked");
    connection.write(&[&request.head(), body].concat())?;
    let answered = connection.response("POST");
    let status = answered.as_ref().ok().map(|response| response.status);
    let got = play.exchanges().pop().map(|exchange| exchange.request);
    let Some(expected) = expected else {
        let whole = got.filter(|request| request.whole);
        ensure!(
            whole.is_none(),
            "the origin got a whole body: {:?}",
            whole.map(|request| show(&request.body))
        );
        ensure!(status != Some(200), "the client got a 200");
        return Ok(());
    };
    ensure!(status == Some(200), "expected a 200, got {status:?}");
    let body = got.map(|request| request.body).unwrap_or_default();
    ensure!(body == expected, "the origin got {}", show(&body));
    Ok(())
}

fn behind() -> Vec<Scenario> {
    let length = || answer(200).of_type("image/png").body(image());
    vec![
        scenario(
            "an-answer-behind-an-answer-is-nobodys",
            Setup::Map,
            move |stage| {
                let other = answer(200).of_type("image/png").body("another's");
                follows(stage, &length(), &other)
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "the body: expected 4 bytes, got 9",
            HUMOURED,
        )
        .not_on_wasi("expected status 200, got 502", NO_BYTES_BEHIND),
        scenario(
            "a-line-behind-an-answer-is-ignored",
            Setup::Map,
            move |stage| follows(stage, &length(), &Answer::raw("\n")),
        )
        .not_on_wasi("expected status 200, got 502", NO_BYTES_BEHIND),
        scenario(
            "trailers-do-not-reach-into-the-next-answer",
            Setup::Map,
            |stage| {
                let chunked = answer(200).of_type("image/png").chunked();
                let whole = chunked.send(chunk(&image())).send("0\r\nX-Sum: 7\r\n\r\n");
                follows(stage, &whole, &Answer::raw(""))
            },
        ),
    ]
}

/// Asks an origin that sends `behind` after its first answer, and asks again.
fn follows(stage: &Stage, first: &Answer, behind: &Answer) -> Verdict {
    // One write, so that a runtime that reads the answer has read what follows it.
    let written: Vec<_> = first.written().chain(behind.written()).collect();
    let first = Answer::raw(written.concat());
    stage.script(move |request| match request.rest() {
        b"/first" => first.clone(),
        _ => answer(200)
            .of_type("image/png")
            .field("Connection", "close")
            .body("next")
            .close(),
    });
    let first = stage.exchange(&stage.get("/first"))?;
    let next = stage.exchange(&stage.get("/next"));
    // What a runtime keeps must not reach into the scenarios that follow.
    let _ = stage.exchange(&stage.get("/last"));
    first.has_status(200)?.has_body(image())?;
    next?.has_status(200)?.has_body("next")?;
    Ok(())
}
