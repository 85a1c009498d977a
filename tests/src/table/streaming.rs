//! Streaming, shown by the order of events: the origin holds the next part back until the client
//! has seen the last one.

use std::time::{Duration, Instant};

use super::fixture::fill;
use crate::blocks::Blocks;
use crate::client::Connection;
use crate::codings::Encoder;
use crate::failure::{Verdict, ensure};
use crate::origin::{Finish, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// Three parts of a body, as the origin sends them and as the client gets them.
const PARTS: [(&str, &str); 3] = [
    (
        "data: <b>first {o}/1</b>\n\n",
        "data: <b>first {o}/1</b>\n\n",
    ),
    (
        "data: <i>second {o}/2</i>\n\n",
        "data: <i>second {o}/2</i>\n\n",
    ),
    (
        "data: <u>third {o}/3</u>\n\n",
        "data: <u>third {o}/3</u>\n\n",
    ),
];

/// The same parts where the rules of [`Setup::Rules`] act.
const PARTS_WITH_RULES: [(&str, &str); 3] = [
    (
        "<html><head><link href={o}/1></head>\n\n",
        "<html><head><script src=\"/_sg/tag.js\"></script><link href={o}/1></head>\n\n",
    ),
    (
        "<body><h1>{o}/2</h1>\n\n",
        "<body><!--before--><h1>{o}/2</h1><!--after-->\n\n",
    ),
    (
        "<b>{o}/3</b></body></html>\n\n",
        "<b>{o}/3</b><!--end--></body></html>\n\n",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (id, media_type, coding) in [
        (
            "the-start-of-a-page-arrives-before-the-origin-continues",
            "text/html",
            "identity",
        ),
        (
            "the-start-of-a-page-in-gzip-arrives-before-the-origin-continues",
            "text/html",
            "gzip",
        ),
        (
            "the-start-of-a-page-in-brotli-arrives-before-the-origin-continues",
            "text/html",
            "br",
        ),
        (
            "the-start-of-an-image-arrives-before-the-origin-continues",
            "image/png",
            "identity",
        ),
        (
            "every-event-of-an-event-stream-arrives-at-once",
            "text/event-stream",
            "identity",
        ),
    ] {
        all.push(scenario(id, Setup::Map, move |stage| {
            part_by_part(stage, media_type, coding, &PARTS)
        }));
    }
    all.push(scenario(
        "a-page-with-rules-arrives-as-it-is-sent",
        Setup::Rules,
        |stage| part_by_part(stage, "text/html", "identity", &PARTS_WITH_RULES),
    ));
    all.push(
        scenario(
            "a-slow-client-holds-the-origin-of-an-image-back",
            Setup::Map,
            |stage| {
                held_back(
                    stage,
                    "image/png",
                    &Blocks::noise(FULL),
                    &Blocks::noise(FULL),
                )
            },
        )
        .within(60),
    );
    all.push(
        scenario(
            "a-slow-client-holds-the-origin-of-a-page-back",
            Setup::Map,
            |stage| held_back(stage, "text/html", &plain_page(ALIAS), &plain_page(PUBLIC)),
        )
        .within(60),
    );
    all.push(
        scenario(
            "a-client-that-abandons-an-image-ends-the-fetch",
            Setup::Map,
            |stage| leaves(stage, "image/png"),
        )
        .within(20),
    );
    all.push(
        scenario(
            "a-client-that-abandons-a-page-ends-the-fetch",
            Setup::Map,
            |stage| leaves(stage, "text/html"),
        )
        .within(20),
    );
    all
}

/// Checks three parts, each of which the origin sends once the client has all that it can have of
/// the one before.
fn part_by_part(
    stage: &Stage,
    media_type: &str,
    coding: &str,
    parts: &[(&str, &str); 3],
) -> Verdict {
    let mapped = if media_type == "image/png" {
        ALIAS
    } else {
        PUBLIC
    };
    let mut encoder = Encoder::new(coding);
    let mut sent = answer(200).of_type(media_type);
    if coding != "identity" {
        sent = sent.field("Content-Encoding", coding);
    }
    let mut script = sent.chunked();
    for (number, (part, _)) in (1_u32..).zip(parts) {
        script = script.chunk(encoder.push(&fill(part, ALIAS))).wait(number);
    }
    let play = stage.always(script.chunk(encoder.finish()).last_chunk());
    let mut response = stage.send(&stage.get("/x").field("Accept-Encoding", "gzip, br"))?;
    let mut whole = Vec::new();
    for (number, (_, part)) in (1_u32..).zip(parts) {
        let part = fill(part, mapped);
        // The end of a part may be held back as the possible start of a match; the rest may not.
        let visible = &part[..part.len() - 2];
        response.read_until(&format!("part {number}"), |response| {
            response.shows(visible)
        })?;
        play.open(number);
        whole.extend(part);
    }
    response.read_to_end()?;
    response.has_status(200)?.has_decoded(whole)?;
    Ok(())
}

/// The body that is offered to a slow client, in bytes.
const FULL: usize = 96 << 20;

/// How many bytes may be under way. Between origin and client are two connections, and the kernel's
/// buffers of each grow to 10 MiB (tcp_wmem and tcp_rmem, Linux's defaults); the runtime has
/// buffers of its own.
const UNDER_WAY: u64 = 40 << 20;

fn plain_page(host: &str) -> Blocks {
    let unit = fill(
        &format!(
            "<p><a href='{{o}}/x'>{}</a></p>\n",
            "lorem ipsum ".repeat(1400)
        ),
        host,
    );
    Blocks {
        before: b"<html><body>".to_vec(),
        unit,
        count: FULL / 16_800,
        after: b"</body></html>".to_vec(),
    }
}

/// Checks that the origin comes to a stop while the client reads nothing, and that the whole body
/// arrives afterwards.
fn held_back(stage: &Stage, media_type: &str, sent: &Blocks, expected: &Blocks) -> Verdict {
    let head = answer(200).of_type(media_type);
    let play = stage.always(head.length(sent.len()).fill(sent.clone()));
    let mut connection = Connection::open(stage.front, stage.deadline, Some(16 << 10))?
        .explaining(!stage.runtime.is_a_peer());
    connection.send(&stage.get("/x").field("Accept-Encoding", "identity"))?;
    let mut response = connection.response("GET")?;
    response.has_status(200)?;
    let written = || {
        play.exchanges()
            .first()
            .map_or(0, |exchange| exchange.written)
    };
    let (mut stopped_at, mut since) = (written(), Instant::now());
    while since.elapsed() < Duration::from_millis(600) {
        std::thread::sleep(Duration::from_millis(20));
        if written() != stopped_at {
            (stopped_at, since) = (written(), Instant::now());
        }
        ensure!(
            stopped_at < UNDER_WAY,
            "the origin could send {stopped_at} bytes to a client that read none"
        );
    }
    response.read_to_end()?;
    response.is_complete()?;
    response.is_made_of(expected)
}

/// Checks that the origin's connection is closed when the client leaves in the middle of an endless
/// body.
fn leaves(stage: &Stage, media_type: &str) -> Verdict {
    let endless = Blocks {
        count: 1 << 14,
        ..Blocks::noise(1)
    };
    let play = stage.always(
        answer(200)
            .of_type(media_type)
            .chunked()
            .fill_chunks(endless),
    );
    let mut response = stage.send(&stage.get("/x"))?;
    response.has_status(200)?;
    response.read_until("some of the body", |response| response.body.len() > 100_000)?;
    drop(response);
    let finish = play.wait("the end of its connection", stage.deadline, |seen| {
        seen.first().and_then(|one| one.finish)
    })?;
    ensure!(
        finish == Finish::PeerClosed,
        "the origin's answer ended otherwise: {finish:?}"
    );
    Ok(())
}
