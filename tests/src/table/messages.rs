//! Messages of WebSockets, with `map.websocket`.

use std::net::TcpStream;
use std::time::Duration;

use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Message, WebSocket};

use super::forwarded::of_a_page;
use super::upgrades::{NO_UPGRADE, accepted, opening};
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::{Answer, Received, Step};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, MESSAGE_LIMIT, PUBLIC, Setup};
use crate::stage::Stage;

/// Why a service of Fastly Compute cannot map messages.
const HANDED_OFF: &str = "the platform carries a WebSocket between client and origin by itself \
    (fastly crate, `Request::handoff_websocket`)";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "texts-of-a-websocket-are-mapped-both-ways",
            Setup::Messages,
            both_ways,
        )
        .not_on(Runtime::Fastly, "expected", HANDED_OFF)
        .not_on_wasi("expected 101, got 426", NO_UPGRADE),
        scenario(
            "a-text-in-fragments-is-mapped-as-one",
            Setup::Messages,
            fragments,
        )
        .not_on(Runtime::Fastly, "expected", HANDED_OFF)
        .not_on_wasi("expected 101, got 426", NO_UPGRADE),
        scenario(
            "other-messages-of-a-websocket-stay-and-so-does-a-close",
            Setup::Messages,
            others,
        )
        .not_on_wasi("expected 101, got 426", NO_UPGRADE),
        scenario(
            "no-extension-is-offered-where-messages-are-mapped",
            Setup::Messages,
            |stage| {
                let play = stage.script(mirror);
                let offer = opening(stage).field(
                    "Sec-WebSocket-Extensions",
                    "permessage-deflate; client_max_window_bits",
                );
                let mut connection = stage.connect()?;
                connection.send(&offer)?;
                let (status, fields) = connection.head()?;
                ensure!(status == 101, "expected 101, got {status}");
                let request = play.only_request()?;
                let offered = request.fields.text("sec-websocket-extensions");
                ensure!(offered.is_none(), "the origin was offered {offered:?}");
                let selected = fields.text("sec-websocket-extensions");
                // workerd is an endpoint of its own, and may compress what it sends to the client.
                ensure!(
                    selected.is_none() || stage.runtime == Runtime::Cloudflare,
                    "the client was told {selected:?}"
                );
                Ok(())
            },
        )
        .not_on(Runtime::Fastly, "the origin was offered", HANDED_OFF)
        .not_on_wasi("expected 101, got 426", NO_UPGRADE),
    ]
}

fn mirror(request: &Received) -> Answer {
    match accepted(request) {
        Err(declined) => declined,
        Ok(head) => head
            .field("Connection", "Upgrade")
            .bare()
            .then(Step::MirrorWebSocket),
    }
}

/// Opens a WebSocket, as a page of the site does.
fn open(stage: &Stage) -> Verdict<WebSocket<TcpStream>> {
    stage.script(mirror);
    let mut connection = stage.connect()?;
    connection.send(&of_a_page(opening(stage)))?;
    let (status, _) = connection.head()?;
    ensure!(status == 101, "expected 101, got {status}");
    let (stream, early) = connection.into_parts();
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let socket = WebSocket::from_partially_read(stream, early, Role::Client, None);
    Ok(socket)
}

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

fn echoes(socket: &mut WebSocket<TcpStream>, sent: Message, expected: &Message) -> Verdict {
    socket.send(sent)?;
    let echo = socket.read()?;
    ensure!(echo == *expected, "expected {expected:?}, got {echo:?}");
    Ok(())
}

fn both_ways(stage: &Stage) -> Verdict {
    let mut socket = open(stage)?;
    let main = stage.origin.url();
    for (at_origin, at_client) in [(ALIAS, PUBLIC), (&main, PUBLIC)] {
        let markup = |url: &str| {
            let url = url.replace('/', "\\/");
            format!(r#"{{"append":"<a href=\"{url}\\/é\">é","n":[1,"{url}"]}}"#)
        };
        echoes(
            &mut socket,
            Message::text(backwards(&markup(at_origin))),
            &Message::text(markup(at_client)),
        )?;
    }
    let sent = format!(r#"{{"url":"{PUBLIC}/a","redirect_uri":"{PUBLIC}/b"}}"#);
    let arrived = format!(r#"{{"url":"{main}/a","redirect_uri":"{PUBLIC}/b"}}"#);
    let expected = Message::text(backwards(&arrived));
    echoes(&mut socket, Message::text(sent), &expected)
}

fn fragments(stage: &Stage) -> Verdict {
    let mut socket = open(stage)?;
    let sent = backwards(&format!("{ALIAS}/é"));
    // The first cut is in the middle of a letter.
    let pieces = [
        &sent.as_bytes()[..1],
        &sent.as_bytes()[1..9],
        &sent.as_bytes()[9..],
    ];
    for (number, piece) in pieces.into_iter().enumerate() {
        let opcode = if number == 0 {
            Data::Text
        } else {
            Data::Continue
        };
        let is_last = number + 1 == pieces.len();
        let frame = Frame::message(piece.to_vec(), OpCode::Data(opcode), is_last);
        if is_last {
            let ping = Message::Ping("now".into());
            echoes(&mut socket, ping, &Message::Pong("now".into()))?;
        }
        socket.send(Message::Frame(frame))?;
    }
    let expected = Message::text(format!("{PUBLIC}/é"));
    let echo = socket.read()?;
    ensure!(echo == expected, "expected {expected:?}, got {echo:?}");
    Ok(())
}

fn others(stage: &Stage) -> Verdict {
    let mut socket = open(stage)?;
    let binary = Message::binary(format!("{ALIAS} {PUBLIC}"));
    echoes(&mut socket, binary.clone(), &binary)?;
    let long = format!("{ALIAS}/{}", "a".repeat(MESSAGE_LIMIT));
    let stomp = format!("MESSAGE\ncontent-length:{}\n\n{ALIAS}\0", ALIAS.len());
    for text in [long, stomp] {
        let sent = Message::text(backwards(&text));
        echoes(&mut socket, sent, &Message::text(text))?;
    }
    let expected = Message::Close(Some(CloseFrame {
        code: 4002.into(),
        reason: "as asked".into(),
    }));
    echoes(&mut socket, Message::text("close"), &expected)
}
