//! Tests of the strict client against the scripted origin, with nothing between them: each must see
//! what the other does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::blocks::Blocks;
use crate::client::{Connection, End, Response, chunk};
use crate::driver::Runtime;
use crate::explained::Exchanges;
use crate::failure::Verdict;
use crate::origin::{Answer, Finish, Origin, Step, answer};
use crate::stage::Stage;

/// Makes a stage on which the origin itself is in front.
fn stage() -> Stage {
    let origin = Arc::new(Origin::start().unwrap());
    Stage {
        runtime: Runtime::Native,
        front: origin.address(),
        second: None,
        origin,
        id: "selftest".to_owned(),
        deadline: Instant::now() + Duration::from_secs(2),
        meter: None,
        log: None,
        exchanges: Exchanges::default(),
    }
}

/// Returns the response that the client makes of an answer.
fn observed(told: Answer) -> Verdict<Response> {
    let stage = stage();
    stage.always(told);
    stage.exchange(&stage.get("/x"))
}

fn text() -> crate::origin::Head {
    answer(200).of_type("text/plain")
}

#[test]
fn a_whole_body_is_complete() {
    for told in [
        text().body("hello"),
        text().chunks(["he", "llo"]),
        text().length(5).send("he").send("llo"),
        text().chunked().send("5;ext=1\r\nhello\r\n").last_chunk(),
    ] {
        let response = observed(told).unwrap();
        assert!(response.has_status(200).unwrap().has_body("hello").is_ok());
    }
}

#[test]
fn a_body_that_ends_early_is_truncated() {
    for told in [
        text().length(6).send("hello").close(),
        text().length(6).send("hello").reset(),
        text().chunked().chunk("hello").close(),
        text().chunked().chunk("hello").reset(),
        text().chunked().send("6\r\nhello").close(),
        text().chunked().chunk("hello").send("0\r\n").close(),
        text().bare().send("hello").reset(),
    ] {
        let response = observed(told).unwrap();
        assert!(response.is_seen_as_cut().is_ok(), "{:?}", response.end);
        assert!(response.is_complete().is_err());
    }
}

#[test]
fn a_body_without_framing_is_neither_complete_nor_truncated() {
    let response = observed(text().bare().send("hello").close()).unwrap();
    assert_eq!(response.end, Some(End::Unframed));
    assert!(response.is_complete().is_err() && response.is_seen_as_cut().is_err());
}

#[test]
fn broken_framing_is_a_failure() {
    let head = "HTTP/1.1 200 OK\r\n";
    for (what, told) in [
        (
            "bytes after the end",
            text()
                .field("Connection", "close")
                .length(4)
                .send("hello")
                .close(),
        ),
        (
            "bytes after the end of a connection that stays",
            text().length(4).send("hello"),
        ),
        (
            "two lengths",
            text().field("Content-Length", "5").body("hello"),
        ),
        (
            "both framings",
            text()
                .field("Transfer-Encoding", "chunked")
                .length(5)
                .send("hello"),
        ),
        (
            "a length that is no number",
            text().field("Content-Length", "+5").bare().send("hello"),
        ),
        ("a 204 with a length", answer(204).length(0)),
        ("no chunk size", text().chunked().send("hello\r\n")),
        (
            "no CRLF after a chunk",
            text().chunked().send("5\r\nhello!\r\n").last_chunk(),
        ),
        (
            "a folded field",
            Answer::raw(format!("{head}A: b\r\n c\r\nContent-Length: 0\r\n\r\n")),
        ),
        (
            "a space before the colon",
            Answer::raw(format!("{head}A : b\r\nContent-Length: 0\r\n\r\n")),
        ),
        ("no head", Answer::raw("hello\r\n\r\n")),
        ("half a head", Answer::raw(head).close()),
    ] {
        assert!(observed(told).is_err(), "{what}");
    }
}

#[test]
fn a_gate_that_nobody_opens_holds_the_body_back() {
    let stage = stage();
    let play = stage.always(
        text()
            .chunked()
            .chunk("first")
            .wait(1)
            .chunk("last")
            .last_chunk(),
    );
    let mut response = stage.send(&stage.get("/x")).unwrap();
    response
        .read_until("the first part", |response| response.body == b"first")
        .unwrap();
    assert!(
        response
            .read_until("the last part", |response| response.body == b"firstlast")
            .is_err()
    );
    drop(play);
}

#[test]
fn a_gate_that_is_open_lets_the_body_through() {
    let stage = stage();
    let play = stage.always(
        text()
            .chunked()
            .chunk("first")
            .wait(1)
            .chunk("last")
            .last_chunk(),
    );
    let mut response = stage.send(&stage.get("/x")).unwrap();
    response
        .read_until("the first part", |response| response.body == b"first")
        .unwrap();
    play.open(1);
    response.read_to_end().unwrap();
    assert!(response.has_body("firstlast").is_ok());
    assert!(response.arrivals.len() >= 2);
}

#[test]
fn the_origin_sees_a_client_that_leaves() {
    for told in [
        text().length(9).stall(),
        text()
            .chunked()
            .fill_chunks(Blocks::noise(64 << 20))
            .last_chunk(),
    ] {
        let stage = stage();
        let play = stage.always(told);
        drop(stage.send(&stage.get("/x")).unwrap());
        let finish = play.wait("an end", stage.deadline, |seen| {
            seen.first().and_then(|one| one.finish)
        });
        assert_eq!(finish.unwrap(), Finish::PeerClosed);
    }
}

#[test]
fn the_origin_is_held_back_by_a_client_that_does_not_read() {
    let stage = stage();
    let play = stage.always(text().length(64 << 20).fill(Blocks::noise(64 << 20)));
    let mut connection = Connection::open(stage.front, stage.deadline, Some(16 << 10)).unwrap();
    connection.send(&stage.get("/x")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let written = play.exchanges()[0].written;
    assert!(written < 8 << 20, "{written}");
}

#[test]
fn the_origin_keeps_request_bodies_of_either_framing() {
    let body = Blocks::noise(200_000);
    let stage = stage();
    for request in [
        stage.request("POST", "/x").length_body(body.clone()),
        stage.request("POST", "/x").chunked_body(body.clone()),
    ] {
        let play = stage.always(text().body("ok"));
        stage.exchange(&request).unwrap().has_body("ok").unwrap();
        let got = play.only_request().unwrap();
        assert!(got.whole && body.check(&got.body).is_ok());
    }
}

#[test]
fn the_origin_sees_a_request_body_that_is_cut() {
    let stage = stage();
    let play = stage.always(text().body("ok"));
    let mut connection = stage.connect().unwrap();
    connection
        .write(
            &stage
                .request("POST", "/x")
                .field("Transfer-Encoding", "chunked")
                .head(),
        )
        .unwrap();
    connection.write(&chunk(b"only this")).unwrap();
    drop(connection);
    play.wait("an end", stage.deadline, |seen| {
        seen.first().and_then(|one| one.finish)
    })
    .unwrap();
    let got = play.exchanges()[0].request.clone();
    assert!(!got.whole && got.body == b"only this");
}

#[test]
fn an_origin_that_refuses_is_refused_to_and_listens_again() {
    let stage = stage();
    stage.always(text().body("ok"));
    stage
        .origin
        .refusing(|| {
            assert!(stage.exchange(&stage.get("/x")).is_err());
            Ok(())
        })
        .unwrap();
    stage
        .exchange(&stage.get("/x"))
        .unwrap()
        .has_body("ok")
        .unwrap();
}

#[test]
fn an_answer_may_come_before_the_requests_body() {
    let stage = stage();
    let told = answer(413).body("too much").early();
    let play = stage.always(
        told.first(Step::TakeSome(1))
            .wait(1)
            .then(Step::TakeBody)
            .close(),
    );
    let mut connection = stage.connect().unwrap();
    connection
        .write(
            &stage
                .request("POST", "/x")
                .field("Content-Length", "1000")
                .head(),
        )
        .unwrap();
    connection.write(b"x").unwrap();
    let mut response = connection.response("POST").unwrap();
    response.read_to_end().unwrap();
    response
        .has_status(413)
        .unwrap()
        .has_body("too much")
        .unwrap();
    play.open(1);
}
