//! Connections: exchanges that share one, or run side by side, are never mixed up.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixture::{image, page};
use crate::blocks::Blocks;
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::contains;
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// The gate's own 502.
const INTERIM_SEEN: &str =
    "expected status 200, got 502 (Proxy-Status: streamgate; error=http_protocol_error;";

/// Why a Worker does not get the final response behind an interim one.
const INTERIM: &str = "workerd's HTTP client takes a 1xx for the final response (capnproto \
    c++/src/kj/compat/http.c++, `HttpClientImpl::request`), and what follows for its body";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "exchanges-on-one-connection-are-not-mixed-up",
            Setup::Map,
            |stage| {
                stage.script(|request| {
                    if contains(&request.target, b"image") {
                        answer(200).of_type("image/png").body(image())
                    } else {
                        answer(200).html().chunks(page(ALIAS).chunks(200))
                    }
                });
                let mut connection = None;
                let mut reused = 0;
                for path in ["/image", "/page", "/image", "/page", "/image"] {
                    let open = match connection.take() {
                        Some(open) => {
                            reused += 1;
                            open
                        }
                        None => stage.connect()?,
                    };
                    let (response, again) =
                        open.exchange(&stage.get(path).without("Connection"))?;
                    let expected = if path == "/image" {
                        image()
                    } else {
                        page(PUBLIC)
                    };
                    response.has_status(200)?.has_decoded(expected)?;
                    connection = again;
                }
                ensure!(reused > 0, "no connection was kept for a second exchange");
                Ok(())
            },
        ),
        scenario(
            "concurrent-exchanges-are-not-mixed-up",
            Setup::Map,
            side_by_side,
        )
        .within(30),
        scenario(
            "an-idle-connection-that-the-origin-closed-loses-no-request",
            Setup::Map,
            |stage| {
                stage.always(answer(200).html().body(page(ALIAS)));
                for _ in 0..3 {
                    stage
                        .exchange(&stage.get("/x"))?
                        .has_status(200)?
                        .has_decoded(page(PUBLIC))?;
                    stage.origin.close_idle();
                }
                Ok(())
            },
        ),
        scenario(
            "a-body-without-framing-ends-with-its-connection",
            Setup::Map,
            |stage| {
                stage.always(
                    answer(200)
                        .html()
                        .field("Connection", "close")
                        .bare()
                        .send(page(ALIAS))
                        .close(),
                );
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        scenario("an-http-1-0-client-gets-no-chunks", Setup::Map, |stage| {
            stage.always(answer(200).html().chunks(page(ALIAS).chunks(100)));
            let response = stage.exchange(&stage.get("/x").http_1_0())?;
            response.has_status(200)?.lacks("Transfer-Encoding")?;
            response.same("the decoded body", &page(PUBLIC), &response.decoded()?)
        })
        .not_on(
            Runtime::Cloudflare,
            r#"expected no Transfer-Encoding, got "chunked""#,
            "workerd's HTTP server answers an HTTP/1.0 client as an HTTP/1.1 one, in chunks \
             (a plain worker shows the same); Cloudflare's edge talks to clients itself",
        ),
        scenario(
            "trailers-of-an-image-reach-the-client",
            Setup::Map,
            |stage| {
                let head = answer(200)
                    .of_type("image/png")
                    .field("Trailer", "X-Checksum");
                let sent = head
                    .chunked()
                    .chunk(image())
                    .send("0\r\nX-Checksum: abc\r\n\r\n");
                stage.always(sent);
                let response = stage.exchange(
                    &stage
                        .get("/x")
                        .with("Connection", "close, TE")
                        .field("TE", "trailers"),
                )?;
                response.has_status(200)?.has_body(image())?;
                let trailer = response.trailers.text("x-checksum");
                ensure!(
                    trailer.as_deref() == Some("abc"),
                    "the trailer X-Checksum is {trailer:?}"
                );
                Ok(())
            },
        )
        .not_on(
            Runtime::Fastly,
            "the trailer X-Checksum is None",
            "Viceroy's HTTP client and server are hyper 0.14, which drops the trailers of \
             HTTP/1.1 (src/proto/h1/decode.rs, `ChunkedState::read_trailer`)",
        )
        .not_on(
            Runtime::Cloudflare,
            "the trailer X-Checksum is None",
            "the Fetch API has no trailers (whatwg/fetch issue 772: removed in 2019)",
        ),
        scenario(
            "interim-responses-are-not-taken-for-the-final-one",
            Setup::Map,
            |stage| {
                let early = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n\
                    HTTP/1.1 102 Processing\r\n\r\n";
                let told = answer(200).html().body(page(ALIAS));
                stage.always(told.first(crate::origin::Step::Raw(early.to_vec())));
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page(PUBLIC))?;
                ensure!(
                    response.interim.is_empty(),
                    "the client got {:?} before the answer",
                    response.interim
                );
                Ok(())
            },
        )
        .not_on(Runtime::Cloudflare, INTERIM_SEEN, INTERIM),
        scenario(
            "a-continue-that-nobody-asked-for-is-not-taken-for-the-answer",
            Setup::Map,
            |stage| {
                let early = crate::origin::Step::Raw(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
                // The connection stays open, so that nothing else ends the exchange.
                stage.always(answer(200).html().body(page(ALIAS)).first(early));
                let response = stage.exchange(&stage.get("/x"))?;
                response.has_status(200)?.has_decoded(page(PUBLIC))?;
                Ok(())
            },
        )
        .not_on(Runtime::Cloudflare, INTERIM_SEEN, INTERIM),
    ]
}

/// Runs sixteen clients with four requests each, for pages and images whose content is their
/// number.
fn side_by_side(stage: &Stage) -> Verdict {
    stage.script(|request| {
        let number: usize = String::from_utf8_lossy(request.rest())
            .trim_start_matches('/')
            .parse()
            .unwrap_or(0);
        let body = numbered(number, ALIAS);
        answer(200)
            .of_type(if number.is_multiple_of(2) {
                "text/html"
            } else {
                "image/png"
            })
            .chunks(body.chunks(9000))
    });
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| -> Verdict {
                    for _ in 0..4 {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        let request: Request = stage.get(&format!("/{number}"));
                        let host = if number.is_multiple_of(2) {
                            PUBLIC
                        } else {
                            ALIAS
                        };
                        stage
                            .exchange(&request)?
                            .has_status(200)?
                            .has_decoded(numbered(number, host))?;
                    }
                    Ok(())
                })
            })
            .collect();
        clients.into_iter().try_for_each(|client| {
            client
                .join()
                .unwrap_or_else(|_| Err(Failure("a client panicked".into())))
        })
    })
}

fn numbered(number: usize, host: &str) -> Vec<u8> {
    let line = format!("<p>{number}: <a href=\"{host}/{number}\">{number}</a></p>\n");
    let blocks = Blocks {
        before: Vec::new(),
        unit: line.into_bytes(),
        count: 2000,
        after: Vec::new(),
    };
    blocks.pieces().flatten().copied().collect()
}
