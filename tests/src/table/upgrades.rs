//! The truth table, row 1: `101`, `CONNECT` and upgrades.

use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

use super::forwarded::{of_a_page, reads_its_own_name, reads_the_public_host};
use super::requests::{saw, seen};
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::{Answer, Head, Received, Step, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{API_AT, PUBLIC, Setup};
use crate::stage::Stage;

/// The example key of RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("row-1-a-websocket-echoes", Setup::Map, websocket)
            .not_on_wasi("expected 101, got 426", NO_UPGRADE),
        scenario(
            "row-1-a-declined-websocket-gets-the-origins-answer",
            Setup::Map,
            |stage| {
                stage.always(declined());
                let mut response = stage.send(&opening(stage))?;
                response.read_to_end()?;
                response.has_status(426)?.has_decoded(DECLINED)?;
                Ok(())
            },
        ),
        scenario(
            "a-handshake-reads-like-a-direct-one-to-the-origin",
            Setup::Map,
            |stage| {
                let request = seen(stage, &of_a_page(opening(stage)))?;
                reads_its_own_name(stage, &request)
            },
        ),
        scenario(
            "a-handshake-tells-the-public-host-to-an-origin-that-is-told",
            Setup::Forwarded,
            |stage| {
                let request = seen(stage, &of_a_page(opening(stage)))?;
                saw(&request, "Host", stage.origin.address().to_string())?;
                reads_the_public_host(&request)
            },
        ),
        scenario(
            "a-handshake-with-an-application-below-a-path-is-of-its-own-origin",
            Setup::Routes,
            |stage| {
                let opening = opening_at(format!("/api/{}/x", stage.id)).field("Origin", PUBLIC);
                let request = seen(stage, &opening)?;
                let own = stage.origin.other(API_AT).to_string();
                saw(&request, "Origin", format!("http://{own}"))?;
                saw(&request, "Host", own)
            },
        )
        .not_on(
            Runtime::Fastly,
            "Backend handoff signaled to unknown backend",
            "Viceroy hands a WebSocket over to backends of its configuration only, not to those \
             that the program has made (viceroy-lib src/execute.rs)",
        ),
        scenario(
            "row-1-the-head-of-a-handshake-is-mapped",
            Setup::Map,
            mapped_handshake,
        )
        .not_on(
            Runtime::Fastly,
            "the head has",
            "the platform carries a handshake between client and origin without showing its head \
             to the program (fastly crate, `Request::handoff_websocket`)",
        )
        .not_on_wasi("expected 101, got 426", NO_UPGRADE),
        scenario(
            "row-1-an-offer-of-http-2-does-not-reach-the-origin",
            Setup::Map,
            |stage| {
                let play = stage.always(declined());
                let offer = opening(stage).with("Upgrade", "h2c, websocket");
                let offer = offer.field("HTTP2-Settings", "AAMAAABkAAQAAP__");
                let offer = offer.with("Connection", "Upgrade, HTTP2-Settings");
                let mut response = stage.send(&offer)?;
                response.read_to_end()?;
                response.has_status(426)?;
                let fields = play.only_request()?.fields;
                ensure!(
                    fields.has_member("upgrade", "websocket"),
                    "the origin was offered no WebSocket"
                );
                let offered = fields.has_member("upgrade", "h2c");
                let settings = fields.text("http2-settings");
                ensure!(
                    !offered && settings.is_none(),
                    "the origin was offered HTTP/2"
                );
                Ok(())
            },
        )
        .not_on(
            Runtime::Fastly,
            "the origin was offered HTTP/2",
            "the platform hands the client's own request over to the origin, not the one that the \
             program has made (fastly crate, `Request::handoff_websocket`)",
        )
        .not_on_wasi("the origin was offered no WebSocket", NO_UPGRADE),
        scenario(
            "row-1-an-upgrade-to-another-protocol-is-left-to-the-origin-or-a-501",
            Setup::Map,
            |stage| {
                stage.always(answer(200).of_type("image/gif").body("declined"));
                let request = stage
                    .get("/x")
                    .with("Connection", "Upgrade")
                    .field("Upgrade", "exotic/1");
                let mut response = stage.send(&request)?;
                response.read_to_end()?;
                if carries_websockets_alone(stage.runtime) {
                    response.has_status(501)?.is_complete()?;
                } else {
                    // A server may ignore Upgrade (RFC 9110 §7.8).
                    response.has_status(200)?.has_body("declined")?;
                }
                Ok(())
            },
        ),
        scenario("row-1-connect-is-refused", Setup::Map, |stage| {
            let play = stage.always(answer(200).bare());
            let request =
                Request::new("CONNECT", "www.example.com:443").with("Host", "www.example.com:443");
            let mut response = stage.send(&request)?;
            response.read_to_end()?;
            ensure!(
                [400, 405, 501].contains(&response.status),
                "expected 400, 405 or 501, got {}",
                response.status
            );
            ensure!(play.exchanges().is_empty(), "the origin was asked");
            Ok(())
        })
        .not_on(
            Runtime::Fastly,
            "the connection was closed before a response head",
            "Viceroy closes the connection when a request has no path, before the program \
             sees it (viceroy-lib src/downstream.rs, `prepare_request`: the URL must have a \
             path)",
        )
        .not_on(
            Runtime::Cloudflare,
            "expected 400, 405 or 501, got 500",
            "workerd answers `CONNECT` with 500 before the worker sees it \
             (src/workerd/io/worker-entrypoint.c++: \"Incoming CONNECT on a worker not \
             supported\")",
        ),
        scenario(
            "row-1-an-unrequested-101-is-an-error",
            Setup::Map,
            |stage| {
                let switched = answer(101)
                    .field("Connection", "Upgrade")
                    .field("Upgrade", "websocket")
                    .bare();
                stage.always(switched.send("not for this client").close());
                let response = stage.exchange(&stage.get("/x"))?;
                ensure!(
                    [501, 502].contains(&response.status),
                    "expected 501 or 502, got {}",
                    response.status
                );
                response.is_complete()?;
                Ok(())
            },
        ),
    ]
}

/// Returns whether the platform can carry WebSockets and no other protocol.
fn carries_websockets_alone(runtime: Runtime) -> bool {
    matches!(runtime, Runtime::Fastly | Runtime::Cloudflare)
}

/// The answer of an origin to a client that must not have a WebSocket.
const DECLINED: &str = "no WebSocket here";

fn declined() -> Answer {
    answer(426)
        .of_type("text/plain")
        .field("Upgrade", "websocket")
        .body(DECLINED)
}

/// Makes a client's opening handshake (RFC 6455 §4.1).
pub(super) fn opening(stage: &Stage) -> Request {
    opening_at(format!("/{}/x", stage.id))
}

fn opening_at(path: String) -> Request {
    Request::new("GET", path)
        .with("Connection", "Upgrade")
        .field("Upgrade", "websocket")
        .field("Sec-WebSocket-Version", "13")
        .field("Sec-WebSocket-Key", KEY)
}

/// Why a WASI program cannot carry an upgrade.
pub(super) const NO_UPGRADE: &str = "wasi:http forbids `Upgrade`, and Wasmtime removes it from a head before \
    the program sees it (wasmtime-wasi-http src/lib.rs, `DEFAULT_FORBIDDEN_HEADERS`), so the \
    origin gets a plain request";

/// Makes the head of an origin's answer to an opening handshake (RFC 6455 §4.2.2), or declines.
pub(super) fn accepted(request: &Received) -> Result<Head, Answer> {
    if !request.fields.has_member("upgrade", "websocket") {
        return Err(declined());
    }
    let key = request.fields.get("sec-websocket-key").unwrap_or_default();
    Ok(answer(101)
        .field("Upgrade", "websocket")
        .field("Sec-WebSocket-Accept", derive_accept_key(key)))
}

fn mapped_handshake(stage: &Stage) -> Verdict {
    stage.script(|request: &Received| match accepted(request) {
        Err(declined) => declined,
        Ok(head) => head
            .field("Connection", "Upgrade, X-Secret")
            .field("X-Secret", "1")
            .field("Keep-Alive", "timeout=77")
            .field("Set-Cookie", "sid=1; Domain=origin.example.com; Path=/")
            .field("Link", "<https://origin.example.com/a>; rel=next")
            .bare()
            .then(Step::EchoWebSocket),
    });
    let mut connection = stage.connect()?;
    connection.send(&opening(stage))?;
    let (status, fields) = connection.head()?;
    ensure!(status == 101, "expected 101, got {status}");
    for (name, expected) in [
        ("Set-Cookie", "sid=1; Domain=www.example.com; Path=/"),
        ("Link", "<https://www.example.com/a>; rel=next"),
    ] {
        let got = fields.text(name).unwrap_or_default();
        ensure!(got == expected, "the head has {name}: {got}");
    }
    for name in ["X-Secret", "Keep-Alive"] {
        let got = fields.text(name);
        ensure!(got.is_none(), "the head has {name}: {got:?}");
    }
    Ok(())
}

fn websocket(stage: &Stage) -> Verdict {
    stage.script(|request: &Received| match accepted(request) {
        Err(declined) => declined,
        Ok(head) => head
            .field("Connection", "Upgrade")
            .bare()
            .then(Step::EchoWebSocket),
    });
    let mut connection = stage.connect()?;
    connection.send(&opening(stage))?;
    let (status, fields) = connection.head()?;
    ensure!(status == 101, "expected 101, got {status}");
    let accepted = fields.text("sec-websocket-accept").unwrap_or_default();
    ensure!(
        accepted == derive_accept_key(KEY.as_bytes()),
        "Sec-WebSocket-Accept is {accepted:?}"
    );
    let (stream, early) = connection.into_parts();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
    let mut socket = WebSocket::from_partially_read(stream, early, Role::Client, None);
    for text in ["first", "https://origin.example.com/ stays", "third"] {
        socket.send(Message::text(text))?;
        let echo = socket.read()?;
        ensure!(
            echo == Message::text(text),
            "expected the echo of {text:?}, got {echo:?}"
        );
    }
    Ok(())
}
