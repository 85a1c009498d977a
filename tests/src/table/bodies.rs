//! Request bodies: they are streamed to the origin completely, and never ahead of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::fixture::{image, page};
use crate::blocks::Blocks;
use crate::client::{Connection, Request, Response, chunk};
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure, same_bytes};
use crate::origin::{Play, Step, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// A body that no platform holds in memory by mistake, in bytes.
const LARGE: usize = 10 << 20;

/// The body that a client offers to an origin that does not read, in bytes.
const UPLOAD: usize = 96 << 20;

/// How many bytes may be under way: in the kernel's buffers of two connections, and in the
/// runtime's own.
const UPLOAD_UNDER_WAY: usize = 40 << 20;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "ten-mebibytes-of-known-length-reach-the-origin",
            Setup::Map,
            |stage| {
                arrives(
                    stage,
                    &stage
                        .request("POST", "/x")
                        .length_body(Blocks::noise(LARGE)),
                    &Blocks::noise(LARGE),
                )
            },
        )
        .within(20),
        scenario(
            "ten-mebibytes-in-chunks-reach-the-origin",
            Setup::Map,
            |stage| {
                arrives(
                    stage,
                    &stage
                        .request("PUT", "/x")
                        .chunked_body(Blocks::noise(LARGE)),
                    &Blocks::noise(LARGE),
                )
            },
        )
        .within(20),
        scenario(
            "a-client-that-waits-for-100-continue-gets-it",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).html().body(page(ALIAS)));
                let mut connection = stage.connect()?;
                connection.write(&expecting(stage).head())?;
                let interim = connection.head()?.0;
                ensure!(interim == 100, "expected 100 Continue, got {interim}");
                finish_expecting(connection, &play)
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "nothing more came until the deadline",
            "workerd's HTTP server sends no 100 Continue (a plain worker shows the same); \
             Cloudflare's edge talks to clients itself",
        ),
        scenario(
            "a-client-that-waits-a-while-for-100-continue-is-served",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).html().body(page(ALIAS)));
                let mut connection = stage.connect()?;
                connection.write(&expecting(stage).head())?;
                // A client need not wait for any specific time (RFC 9110 §10.1.1).
                std::thread::sleep(Duration::from_millis(200));
                finish_expecting(connection, &play)
            },
        ),
        scenario(
            "a-short-body-keeps-its-length-and-type",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(201).of_type("application/json").body("{}"));
                let request = stage
                    .request("POST", "/x")
                    .field("Content-Type", "application/x-www-form-urlencoded");
                stage
                    .exchange(&request.body(b"a=1&b=https://www.example.com/"))?
                    .has_status(201)?
                    .has_decoded("{}")?;
                let got = play.only_request()?;
                same_bytes(
                    "the request's body",
                    b"a=1&b=https://www.example.com/",
                    &got.body,
                )?;
                let media_type = got.fields.text("content-type");
                ensure!(
                    media_type.as_deref() == Some("application/x-www-form-urlencoded"),
                    "the type is {media_type:?}"
                );
                let length = got.fields.text("content-length");
                ensure!(
                    length.as_deref() == Some("30"),
                    "the origin got Content-Length {length:?}"
                );
                Ok(())
            },
        ),
        scenario(
            "a-get-in-chunks-loses-no-byte-in-silence",
            Setup::Map,
            |stage| {
                for method in ["GET", "HEAD"] {
                    let play = stage.always(answer(200).of_type("image/png").length(0));
                    let mut connection = stage.connect()?;
                    let request = stage.request(method, "/x");
                    let request = request.field("Transfer-Encoding", "chunked");
                    connection.write(&request.head())?;
                    connection.write(&[&chunk(b"hello")[..], b"0\r\n\r\n"].concat())?;
                    let status = connection.response(method)?.status;
                    // A server may refuse content that the method does not define (RFC 9110
                    // §9.3.1).
                    if ![400, 411, 501].contains(&status) {
                        let got = play.only_request()?;
                        same_bytes("the request's body", b"hello", &got.body)?;
                    }
                }
                Ok(())
            },
        ),
        scenario(
            "the-trailers-of-a-request-end-at-the-gate",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).of_type("text/plain").body("ok"));
                let mut connection = stage.connect()?;
                let request = stage.request("POST", "/x");
                let request = request.field("Transfer-Encoding", "chunked");
                let request = request.field("Trailer", "X-Forwarded-For, X-Sum");
                connection.write(&request.head())?;
                connection.write(&chunk(b"first"))?;
                let trailers = b"0\r\nX-Forwarded-For: 192.0.2.66\r\nX-Sum: 7\r\n\r\n";
                connection.write(trailers)?;
                let mut response = connection.response("POST")?;
                response.read_to_end()?;
                response.has_status(200)?.has_decoded("ok")?;
                let got = play.only_request()?;
                same_bytes("the request's body", b"first", &got.body)?;
                ensure!(got.whole, "the origin got a body without its end");
                for name in ["x-forwarded-for", "x-sum"] {
                    let trailer = got.trailers.text(name);
                    ensure!(trailer.is_none(), "the origin got {name}: {trailer:?}");
                }
                let announced = got.fields.text("trailer");
                ensure!(announced.is_none(), "the origin got Trailer: {announced:?}");
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "bytes after the end of the response",
            "workerd reads no trailers: it takes those of a request for the next request \
             (capnproto c++/src/kj/compat/http.c++, `HttpChunkedEntityReader`)",
        ),
        scenario(
            "an-empty-post-is-empty-at-the-origin",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).of_type("text/plain").body("ok"));
                stage
                    .exchange(&stage.request("POST", "/x").body(b""))?
                    .has_status(200)?
                    .has_decoded("ok")?;
                let got = play.only_request()?;
                ensure!(
                    got.whole && got.body.is_empty(),
                    "the origin got a body of {} bytes",
                    got.body.len()
                );
                Ok(())
            },
        ),
        scenario(
            "an-upload-reaches-the-origin-before-its-end-is-sent",
            Setup::Map,
            |stage| {
                let told = answer(200).of_type("text/plain").body("ok");
                let play = stage.always(told.first(Step::TakeSome(5)));
                let mut connection = stage.connect()?;
                let head = stage
                    .request("POST", "/x")
                    .field("Transfer-Encoding", "chunked")
                    .head();
                connection.write(&head)?;
                connection.write(&chunk(b"first"))?;
                play.wait("the first bytes", stage.deadline, |seen| {
                    seen.iter()
                        .find(|one| one.request.body == b"first")
                        .map(drop)
                })?;
                connection.write(&chunk(b" last"))?;
                connection.write(b"0\r\n\r\n")?;
                let mut response = connection.response("POST")?;
                response.read_to_end()?;
                response.has_status(200)?.has_decoded("ok")?;
                same_bytes(
                    "the request's body",
                    b"first last",
                    &play.only_request()?.body,
                )
            },
        ),
        scenario(
            "an-upload-that-the-origin-does-not-read-is-held-back",
            Setup::Map,
            held_back,
        )
        .within(40)
        .not_on(
            Runtime::Fastly,
            "bytes to an origin that read none",
            "Viceroy reads a body of known length whole before the program runs (viceroy-lib \
             src/body_tee.rs, `tee`)",
        ),
        scenario(
            "an-early-response-to-an-upload-reaches-the-client",
            Setup::Map,
            |stage| {
                let refusal = answer(413).html().body(page(ALIAS)).early();
                let play = stage.always(
                    refusal
                        .first(Step::TakeSome(1))
                        .wait(1)
                        .then(Step::TakeBody)
                        .close(),
                );
                let mut connection = stage.connect()?;
                let head = stage
                    .request("POST", "/x")
                    .field("Transfer-Encoding", "chunked")
                    .head();
                connection.write(&head)?;
                connection.write(&chunk(&Blocks::noise(1).unit))?;
                let mut response = connection.response("POST")?;
                response.read_to_end()?;
                play.open(1);
                response.has_status(413)?.has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        scenario(
            "an-upload-that-the-client-cuts-short-is-incomplete-at-the-origin",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).of_type("text/plain").body("ok"));
                let mut connection = stage.connect()?;
                connection.write(
                    &stage
                        .request("POST", "/x")
                        .field("Content-Length", "1000")
                        .head(),
                )?;
                connection.write(b"only this")?;
                drop(connection);
                // The origin never sees a request that looks complete: it is cut, or was not sent
                // at all.
                std::thread::sleep(Duration::from_millis(300));
                let whole = play
                    .exchanges()
                    .iter()
                    .any(|exchange| exchange.request.whole);
                ensure!(!whole, "the origin got a body that looks whole");
                // The gate still works.
                stage
                    .exchange(&stage.get("/y"))?
                    .has_status(200)?
                    .has_decoded("ok")?;
                Ok(())
            },
        ),
    ]
}

/// Makes a request whose client waits for permission to send the body.
fn expecting(stage: &Stage) -> Request {
    stage
        .request("POST", "/x")
        .field("Expect", "100-continue")
        .body(&image())
}

fn finish_expecting(mut connection: Connection, play: &Play) -> Verdict {
    connection.write(&image())?;
    let mut response = connection.response("POST")?;
    response.read_to_end()?;
    response.has_status(200)?.has_decoded(page(PUBLIC))?;
    same_bytes("the request's body", &image(), &play.only_request()?.body)
}

/// Checks that the client comes to a stop while the origin reads nothing, and that the whole body
/// arrives afterwards.
fn held_back(stage: &Stage) -> Verdict {
    let body = Blocks::noise(UPLOAD);
    let told = answer(200).of_type("text/plain").body("ok");
    let play = stage.always(told.first(Step::Wait(1)));
    let written = AtomicUsize::new(0);
    let mut connection = stage.connect()?;
    let response = std::thread::scope(|scope| {
        let client = scope.spawn(|| -> Verdict<Response> {
            let request = stage.request("POST", "/x").length_body(body.clone());
            connection.write(&request.head())?;
            for piece in body.pieces() {
                connection.write(piece)?;
                written.fetch_add(piece.len(), Ordering::SeqCst);
            }
            let mut response = connection.response("POST")?;
            response.read_to_end()?;
            Ok(response)
        });
        let (mut stopped_at, mut since) = (0, Instant::now());
        while since.elapsed() < Duration::from_millis(600) {
            std::thread::sleep(Duration::from_millis(20));
            let now = written.load(Ordering::SeqCst);
            if now != stopped_at {
                (stopped_at, since) = (now, Instant::now());
            }
        }
        play.open(1);
        let response = client
            .join()
            .map_err(|_| Failure("the client panicked".into()))??;
        ensure!(stopped_at > 0, "the client could send nothing");
        ensure!(
            stopped_at < UPLOAD_UNDER_WAY,
            "the client could send {stopped_at} bytes to an origin that read none"
        );
        Ok(response)
    })?;
    response.has_status(200)?.has_decoded("ok")?;
    body.check(&play.only_request()?.body)
}

fn arrives(stage: &Stage, request: &Request, body: &Blocks) -> Verdict {
    let play = stage.always(answer(200).html().body(page(ALIAS)));
    stage
        .exchange(request)?
        .has_status(200)?
        .has_decoded(page(PUBLIC))?;
    let got = play.only_request()?;
    ensure!(
        got.whole,
        "the origin got {} of {} bytes",
        got.body.len(),
        body.len()
    );
    body.check(&got.body)
}
