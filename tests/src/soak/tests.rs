//! The soak itself: what is wrong must be noticed. A stand-in for a gate, which does what a gate
//! must by knowing the exchange, plays one fault at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::client::Client;
use super::content;
use super::exchange::{Coding, Exchange, Framing, Kind, PUBLIC};
use super::fault::{Ending, Fault};
use super::judge::Outcome;
use super::origin::{Asked, Origin};
use super::report::{Held, Report};
use super::script::{Step, script};
use super::tally::{Counts, Tally};
use super::traffic::Traffic;
use crate::client::{Connection, Request};
use crate::driver::Runtime;

/// How many exchanges are played before a stand-in.
const EXCHANGES: u64 = 600;

/// Returns what a gate without a fault sends.
fn right(asked: &Asked) -> Vec<Step> {
    let exchange = asked.exchange;
    match exchange.ending() {
        Ending::Status(status) => {
            let head = format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n");
            vec![Step::Send(head.into_bytes())]
        }
        _ => {
            let body = content::expected(&exchange, &asked.base);
            let mut steps = script(&mapped(asked), &body);
            if let Some(at) = steps.iter().position(|step| *step == Step::Silence) {
                steps.splice(at.., [Step::Reset]);
            }
            steps
        }
    }
}

/// Returns where a server listens.
fn address(server: &Origin) -> SocketAddr {
    let authority = server.base().strip_prefix("http://");
    authority.unwrap().parse().unwrap()
}

/// Returns the request as a gate makes it, with what its answer is to name.
fn mapped(asked: &Asked) -> Asked {
    let is_upload = asked.exchange.kind.method() == "POST";
    Asked {
        exchange: asked.exchange,
        base: PUBLIC.to_owned(),
        known: asked.known.clone(),
        body: match is_upload {
            true => content::sent_back(&asked.exchange, &asked.base),
            false => Vec::new(),
        },
        closes: asked.closes,
    }
}

/// Plays exchanges before a stand-in, and returns what was counted.
fn played(gate: impl Fn(&Asked) -> Vec<Step> + Send + Sync + 'static) -> Counts {
    let tally = Tally::default();
    let origin = Origin::start(gate).unwrap();
    let traffic = Traffic {
        runtime: Runtime::Native,
        gate: address(&origin),
        base: origin.base(),
        tally: &tally,
        next: AtomicU64::new(0),
    };
    traffic.run(&|| traffic.next.load(Ordering::Relaxed) < EXCHANGES);
    let counts = tally.counts();
    assert!(counts.requests >= EXCHANGES && counts.injected() > 10);
    counts
}

/// Changes the last bytes that are sent.
fn with_the_end(mut steps: Vec<Step>, change: impl Fn(&mut Vec<u8>)) -> Vec<Step> {
    for step in steps.iter_mut().rev() {
        if let Step::Send(bytes) = step {
            change(bytes);
            break;
        }
    }
    steps
}

/// Returns whether an exchange is a whole image whose length is known.
fn is_image(exchange: &Exchange) -> bool {
    let Exchange {
        kind,
        framing,
        fault,
        ..
    } = exchange;
    (*kind, *framing, *fault) == (Kind::Image, Framing::Length, None)
}

#[test]
fn nothing_is_wrong_with_a_gate_that_does_all_right() {
    let counts = played(right);
    assert_eq!((counts.lost, counts.corrupted), (0, 0));
}

#[test]
fn a_byte_that_is_wrong_is_noticed() {
    let counts = played(|asked| {
        let steps = right(asked);
        match is_image(&asked.exchange) {
            true => with_the_end(steps, |bytes| *bytes.last_mut().unwrap() ^= 1),
            false => steps,
        }
    });
    assert!(counts.lost == 0 && counts.corrupted > 0, "{counts:?}");
}

#[test]
fn a_url_that_is_not_mapped_is_noticed() {
    let counts = played(|asked| {
        let body = content::original(&asked.exchange, &asked.base);
        match (asked.exchange.kind, asked.exchange.fault) {
            (Kind::Data, None) => script(asked, &body),
            _ => right(asked),
        }
    });
    assert!(counts.lost == 0 && counts.corrupted > 0, "{counts:?}");
}

#[test]
fn an_upload_that_arrives_as_another_is_noticed() {
    let counts = played(|asked| match asked.exchange.kind {
        Kind::SentBack => script(asked, b""),
        _ => right(asked),
    });
    assert!(counts.lost == 0 && counts.corrupted > 0, "{counts:?}");
}

#[test]
fn the_answer_to_another_exchange_is_noticed() {
    let counts = played(|asked| {
        let mut other = mapped(asked);
        match asked.exchange.kind {
            Kind::Empty => {
                other.exchange.seed += 1;
                script(&other, b"")
            }
            _ => right(asked),
        }
    });
    assert!(counts.lost == 0 && counts.corrupted > 0, "{counts:?}");
}

#[test]
fn an_exchange_that_is_lost_is_noticed() {
    for lost in [
        vec![Step::Close],
        vec![Step::Reset],
        vec![Step::Send(
            b"HTTP/1.1 502 -\r\nContent-Length: 0\r\n\r\n".to_vec(),
        )],
        vec![Step::Send(b"hello\r\n\r\n".to_vec()), Step::Close],
    ] {
        let counts = played(move |asked| match is_image(&asked.exchange) {
            true => lost.clone(),
            false => right(asked),
        });
        assert!(counts.lost > 0 && counts.corrupted == 0, "{counts:?}");
    }
}

#[test]
fn a_body_that_breaks_off_without_a_fault_is_noticed() {
    let counts = played(|asked| {
        let mut steps = right(asked);
        if is_image(&asked.exchange) {
            steps.truncate(steps.len() / 2);
            steps.push(Step::Close);
        }
        steps
    });
    assert!(counts.lost > 0 && counts.corrupted == 0, "{counts:?}");
}

#[test]
fn a_clean_end_of_a_body_that_broke_off_is_noticed() {
    let gate = Origin::start(|asked| {
        let mut steps = right(asked);
        steps.pop();
        steps.push(Step::Send(b"0\r\n\r\n".to_vec()));
        steps
    })
    .unwrap();
    for fault in [Fault::NoLastChunk, Fault::Reset] {
        for (seed, kind) in (0..).zip([Kind::Image, Kind::Page, Kind::Style, Kind::Data]) {
            let exchange = Exchange {
                seed,
                kind,
                coding: Coding::Identity,
                framing: Framing::Chunked,
                fault: Some(fault),
            };
            let outcome = Client::new(address(&gate), gate.base()).play(&exchange);
            assert!(
                matches!(outcome, Outcome::Corrupted(_)),
                "{fault:?}: {outcome:?}"
            );
        }
    }
}

#[test]
fn a_length_that_was_announced_and_is_made_true_is_noticed() {
    let counts = played(|asked| match asked.exchange.fault {
        Some(Fault::ShortOfLength) if asked.exchange.kind != Kind::NotFound => {
            let mut other = mapped(asked);
            other.exchange.fault = None;
            script(&other, &content::expected(&asked.exchange, &asked.base))
        }
        _ => right(asked),
    });
    assert!(counts.lost == 0 && counts.corrupted > 0, "{counts:?}");
}

#[test]
fn a_fault_that_ends_with_another_status_is_noticed() {
    let counts = played(|asked| match asked.exchange.ending() {
        Ending::Status(_) => {
            vec![Step::Send(
                b"HTTP/1.1 500 -\r\nContent-Length: 0\r\n\r\n".to_vec(),
            )]
        }
        _ => right(asked),
    });
    assert!(counts.lost > 0 && counts.corrupted == 0, "{counts:?}");
}

#[test]
fn half_an_upload_that_comes_whole_is_noticed() {
    let tally = Arc::new(Tally::default());
    let origin = super::origin(Arc::clone(&tally)).unwrap();
    let exchange = Exchange {
        seed: 3,
        kind: Kind::Upload,
        coding: Coding::Identity,
        framing: Framing::Length,
        fault: Some(Fault::HalfUpload),
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut connection = Connection::open(address(&origin), deadline, None).unwrap();
    let request = Request::new("POST", exchange.target()).body(b"all there is");
    connection.send(&request).unwrap();
    connection.response("POST").unwrap();
    assert_eq!(tally.counts().corrupted, 1);
}

#[test]
fn growth_beyond_the_plateau_is_noticed() {
    let tally = Tally::default();
    for seed in 0..200 {
        tally.count(&Exchange::new(seed, Runtime::Native), &Outcome::Right);
    }
    let start = Held {
        rss: 10 << 20,
        fds: 20,
    };
    for runtime in Runtime::ALL {
        let plateau = Held::plateau(runtime);
        let report = |rss, fds| Report::new(runtime, &tally.counts(), start, Held { rss, fds });
        let (rss, fds) = (start.rss + plateau.rss, start.fds + plateau.fds);
        report(rss, fds).verdict().unwrap();
        report(0, 0).verdict().unwrap();
        assert!(report(rss + 1, fds).verdict().is_err());
        assert!(report(rss, fds + 1).verdict().is_err());
    }
    let nothing = Report::new(Runtime::Native, &Counts::default(), start, start);
    assert!(nothing.verdict().is_err());
}
