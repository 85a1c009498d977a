//! Requests that no origin gets: those that the gate refuses, and those that it answers itself.

use super::left_alone::NO_HOST_ON_FASTLY;
use super::requests::{saw, seen};
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure, show};
use crate::fields::contains;
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::{Setup, UPLOAD_LIMIT};
use crate::stage::Stage;

/// Checks that a request gets this status, and that no origin gets the request.
fn is_answered(stage: &Stage, request: &Request, status: u16) -> Verdict {
    let play = stage.always(answer(200).of_type("text/plain").body("asked"));
    let response = stage.exchange(request)?;
    response.has_status(status)?.is_complete()?;
    if status == 200 {
        response.has("Streamgate", "buffered; reason=options")?;
    }
    ensure!(play.exchanges().is_empty(), "the origin was asked");
    Ok(())
}

/// Checks that the gate itself refuses a request with a 400 that names its kind of fault.
fn is_refused_by_the_gate(stage: &Stage, request: &Request) -> Verdict {
    is_answered(stage, request, 400)?;
    let response = stage.exchange(request)?;
    response.has("Proxy-Status", "streamgate; error=http_request_error")?;
    Ok(())
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("a-request-without-a-host-is-refused", Setup::Map, |stage| {
            is_answered(stage, &stage.get("/x").without("Host"), 400)
        })
        .not_on(
            Runtime::Fastly,
            "the connection was closed before a response head",
            NO_HOST_ON_FASTLY,
        )
        .not_on(
            Runtime::Wasi,
            "expected status 400, got 500",
            "wasmtime answers a request without an authority with 500 before the component sees \
             it (wasmtime-wasi-http src/p2/types.rs, `new_incoming_request`)",
        )
        .not_on(
            Runtime::Wasi3,
            "expected status 400, got 200",
            "the component is not told whether there was a `Host` (wasmtime-wasi-http \
             src/p3/request.rs, `from_http`)",
        ),
        scenario(
            "a-body-that-is-announced-too-long-is-a-413",
            Setup::Tight,
            |stage| {
                let body = vec![b'x'; UPLOAD_LIMIT + 1];
                let upload = stage
                    .request("POST", "/x")
                    .with("Content-Type", "image/png");
                is_answered(stage, &upload.clone().body(&body), 413)?;
                let play = stage.always(answer(200).of_type("text/plain").body("ok"));
                let response = stage.exchange(&upload.body(&body[1..]))?;
                response.has_status(200)?;
                ensure!(play.exchanges().len() == 1, "the origin was not asked");
                Ok(())
            },
        ),
        scenario(
            "a-host-that-is-no-authority-is-refused",
            Setup::Map,
            |stage| {
                for host in ["example.com:99999", "192.0.2.8:98777", "[2001:db8::7]."] {
                    let request = stage.get("/x").with("Host", host);
                    is_refused_by_the_gate(stage, &request)?;
                }
                Ok(())
            },
        ),
        scenario("two-hosts-are-refused", Setup::Map, |stage| {
            let request = stage.get("/x").field("Host", "other.example");
            is_answered(stage, &request, 400)
        })
        .not_on(
            Runtime::Cloudflare,
            "expected status 400, got 500",
            "workerd joins the lines of `Host` to one that is no authority, and answers 500 before \
             the Worker runs",
        )
        .not_on(
            Runtime::Wasi,
            "expected status 400, got 200",
            "Wasmtime removes `Host` from a head before the program sees it (wasmtime-wasi-http \
             src/lib.rs, `DEFAULT_FORBIDDEN_HEADERS`), and gives the first one as the authority \
             (src/p2/types.rs, `new_incoming_request`)",
        ),
        scenario(
            "a-target-that-is-no-uri-is-refused-without-a-reason",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).of_type("text/plain").body("asked"));
                let response = stage.exchange(&stage.get("/<x>?\"y\""))?;
                // An HTTP library may refuse it, before the gate does.
                response.has_status(400)?.is_complete()?;
                let told = response.body.to_ascii_lowercase();
                ensure!(!contains(&told, b"uri"), "it says {}", show(&response.body));
                ensure!(play.exchanges().is_empty(), "the origin was asked");
                Ok(())
            },
        ),
        scenario(
            "a-transfer-coding-other-than-chunked-is-refused",
            Setup::Map,
            |stage| {
                let request = stage.request("POST", "/x").body(b"5\r\ncoded\r\n0\r\n\r\n");
                let coded = request.without("Content-Length");
                is_answered(
                    stage,
                    &coded.field("Transfer-Encoding", "gzip, chunked"),
                    501,
                )
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 501, got 500",
            "workerd's listener accepts no other transfer coding, and answers 500 before the \
             Worker runs (capnproto c++/src/kj/compat/http.c++, `getEntityBody`)",
        )
        .not_on_wasi(
            "expected status 501, got 200",
            "Wasmtime removes `Transfer-Encoding` from a head before the program sees it \
             (wasmtime-wasi-http src/lib.rs, `DEFAULT_FORBIDDEN_HEADERS`)",
        ),
        scenario(
            "a-request-that-comes-back-is-refused-as-a-loop",
            Setup::Map,
            |stage| {
                let sent = seen(stage, &stage.get("/x").field("CDN-Loop", "other; loops=1"))?;
                let passed = sent.fields.list("cdn-loop");
                let passed = passed.ok_or_else(|| Failure("CDN-Loop is missing".to_owned()))?;
                is_answered(stage, &stage.get("/x").field("CDN-Loop", passed), 508)
            },
        ),
        scenario(
            "max-forwards-limits-how-far-options-goes",
            Setup::Map,
            |stage| {
                let options = stage.request("OPTIONS", "/x");
                let sent = seen(stage, &options.clone().field("Max-Forwards", "1"))?;
                saw(&sent, "Max-Forwards", "0")?;
                is_answered(stage, &options.field("Max-Forwards", "0"), 200)
            },
        ),
        scenario(
            "options-for-the-whole-server-are-answered-by-the-gate",
            Setup::Map,
            |stage| is_answered(stage, &Request::new("OPTIONS", "*"), 200),
        )
        .not_on(
            Runtime::Fastly,
            "expected status 200, got 400",
            "Viceroy joins `Host` and target to a URL, in which `*` becomes a part of the host \
             (viceroy-lib src/downstream.rs, `prepare_request`)",
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 500",
            "workerd's listener accepts only origin-form targets, and answers 500 before the \
             Worker runs",
        ),
    ]
}
