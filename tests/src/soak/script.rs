//! What the origin sends as the answer to a request, faults included.

use super::content;
use super::exchange::{Coding, Exchange, Framing, Kind};
use super::fault::Fault;
use super::origin::Asked;
use crate::client::chunk;
use crate::codings::{Encoder, encode};

/// The field by which a client sees whose answer it got.
pub(super) const MARK: &str = "X-Soak";

/// One step of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Waits for less than the gate's limits.
    Pause,
    /// Waits until the gate has closed the connection, for longer than its limits.
    Silence,
    /// Resets the connection.
    Reset,
    /// Closes the connection in order.
    Close,
}

/// A message before faults are put into it.
struct Message {
    head: String,
    /// The body as it is sent, with its transfer coding.
    pieces: Vec<Vec<u8>>,
}

/// Makes the answer to a request, if `body` is the representation without a coding.
pub(super) fn script(asked: &Asked, body: &[u8]) -> Vec<Step> {
    let exchange = &asked.exchange;
    let mut message = message(asked, body);
    let closes = asked.closes || exchange.dice(6).once_in(10);
    if closes {
        message.head.push_str("Connection: close\r\n");
    }
    let mut head = message.head.into_bytes();
    head.extend(b"\r\n");
    let mut pieces = message.pieces;
    let half = pieces.split_off(pieces.len() / 2);
    let sent = |pieces: Vec<Vec<u8>>| pieces.into_iter().map(Step::Send);
    let start: Vec<_> = std::iter::once(Step::Send(head.clone()))
        .chain(sent(pieces))
        .collect();
    let mut rest: Vec<_> = sent(half).collect();
    let steps = match exchange.fault {
        Some(Fault::Unanswered) => vec![],
        Some(Fault::HalfAHead) => vec![Step::Send(head[..head.len() / 2].to_vec())],
        Some(Fault::Reset) => return [start, vec![Step::Reset]].concat(),
        Some(Fault::NoLastChunk) => {
            rest.pop();
            [start, rest].concat()
        }
        Some(Fault::LateHead | Fault::LeavesEarly) => [vec![Step::Pause], start, rest].concat(),
        Some(Fault::SilentHead) => [vec![Step::Silence], start, rest].concat(),
        Some(Fault::Pause) => [start, vec![Step::Pause], rest].concat(),
        Some(Fault::Silence) => [start, vec![Step::Silence], rest].concat(),
        _ => [start, rest].concat(),
    };
    let ends_early = matches!(
        exchange.fault,
        Some(Fault::Unanswered | Fault::HalfAHead | Fault::NoLastChunk | Fault::ShortOfLength)
    );
    match closes || ends_early {
        true => [steps, vec![Step::Close]].concat(),
        false => steps,
    }
}

fn message(asked: &Asked, body: &[u8]) -> Message {
    let Asked { exchange, base, .. } = asked;
    let is_known = asked
        .known
        .as_ref()
        .is_some_and(|tag| *tag == exchange.etag());
    let mut status = exchange.kind.status();
    if exchange.kind == Kind::Revalidated && is_known {
        status = 304;
    } else if exchange.kind == Kind::NotModified && !is_known {
        status = 200;
    }
    let mut head = format!("HTTP/1.1 {status} -\r\n{MARK}: {}\r\n", exchange.seed);
    let mut field = |name: &str, value: &str| {
        head.push_str(&format!("{name}: {value}\r\n"));
    };
    let mut pieces = Vec::new();
    match exchange.kind {
        Kind::Empty => {}
        Kind::Redirect => {
            field("Location", &format!("{base}/there/{}", exchange.seed));
            field("Content-Length", "0");
        }
        Kind::Upload | Kind::SentBack => {
            let receipt = content::receipt(&asked.body);
            field("Content-Type", "text/plain; charset=utf-8");
            field("Content-Length", &receipt.len().to_string());
            pieces.push(receipt.into_bytes());
        }
        _ => {
            field("Content-Type", media_type(exchange.kind));
            field("ETag", &exchange.etag());
            field("Cache-Control", "max-age=60");
            let mut body = body;
            if exchange.kind == Kind::Part {
                let (first, last) = exchange.part(body.len());
                let range = format!("bytes {first}-{last}/{}", body.len());
                field("Content-Range", &range);
                body = &body[first..=last];
            }
            if status != 304 {
                pieces = framed(exchange, body, &mut field);
            }
        }
    }
    if exchange.kind.method() == "HEAD" {
        pieces.clear();
    }
    Message { head, pieces }
}

fn media_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Font => "font/woff2",
        Kind::Style => "text/css; charset=utf-8",
        Kind::Data => "application/json",
        kind if kind.is_rewritten() => "text/html; charset=utf-8",
        _ => "image/png",
    }
}

/// Codes and frames a body, and returns the pieces in which it is sent.
fn framed(exchange: &Exchange, body: &[u8], field: &mut impl FnMut(&str, &str)) -> Vec<Vec<u8>> {
    if exchange.coding != Coding::Identity {
        field("Content-Encoding", exchange.coding.name());
    }
    if exchange.framing == Framing::Chunked {
        field("Transfer-Encoding", "chunked");
        let coded = coded(exchange, body).into_iter();
        let chunks = coded.filter(|piece| !piece.is_empty());
        return chunks
            .map(|piece| chunk(&piece))
            .chain([b"0\r\n\r\n".to_vec()])
            .collect();
    }
    let whole = match exchange.fault {
        Some(Fault::BrokenCoding) => coded(exchange, body).concat(),
        // Without flushes in between, as a server does that codes its files in advance.
        _ => encode(exchange.coding.name(), body),
    };
    let mut announced = whole.len();
    if exchange.fault == Some(Fault::ShortOfLength) {
        announced += 1 + exchange.dice(7).below(1000);
    }
    field("Content-Length", &announced.to_string());
    cut(exchange, &whole)
}

/// Codes a body piece by piece, and breaks its coding if that is the fault.
fn coded(exchange: &Exchange, body: &[u8]) -> Vec<Vec<u8>> {
    let is_broken = exchange.fault == Some(Fault::BrokenCoding);
    let ends_within = is_broken && exchange.seed.is_multiple_of(2);
    let mut pieces = cut(exchange, body);
    if ends_within {
        pieces.truncate(pieces.len().div_ceil(2));
    }
    let mut encoder = Encoder::new(exchange.coding.name());
    let mut coded: Vec<_> = pieces.iter().map(|piece| encoder.push(piece)).collect();
    if ends_within {
        // The reserved type of block (RFC 1951 §3.2.3), behind a flush and so at a whole byte.
        coded.push(vec![0b111; 64]);
        return coded;
    }
    let mut end = encoder.finish();
    if is_broken {
        let checksum = end.len() - 8;
        end[checksum] ^= 1;
    }
    coded.push(end);
    coded
}

/// Cuts bytes at places that the exchange's dice throw, into two pieces or more.
fn cut(exchange: &Exchange, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut dice = exchange.dice(8);
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let most = (bytes.len() / 2).clamp(1, 64 << 10);
        let (piece, after) = rest.split_at(rest.len().min(1 + dice.below(most)));
        pieces.push(piece.to_vec());
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::codings::{decode, decode_start};
    use crate::driver::Runtime;
    use crate::fields::find;

    const BASE: &str = "http://127.0.0.1:4711";

    fn asked(exchange: Exchange) -> Asked {
        Asked {
            exchange,
            base: BASE.to_owned(),
            known: None,
            body: Vec::new(),
            closes: false,
        }
    }

    /// Returns what is sent, and what follows.
    fn written(exchange: Exchange) -> (Vec<u8>, Vec<Step>) {
        let body = content::original(&exchange, BASE);
        let (mut sent, mut others) = (Vec::new(), Vec::new());
        for step in script(&asked(exchange), &body) {
            match step {
                Step::Send(bytes) => sent.extend(bytes),
                other => others.push(other),
            }
        }
        (sent, others)
    }

    #[test]
    fn gzip_that_is_broken_starts_right_and_does_not_decode() {
        for seed in 0..40 {
            let exchange = Exchange {
                seed,
                kind: Kind::Page,
                coding: Coding::Gzip,
                framing: Framing::Length,
                fault: Some(Fault::BrokenCoding),
            };
            let (sent, _) = written(exchange);
            let body = &sent[find(&sent, b"\r\n\r\n").unwrap() + 4..];
            let page = content::original(&exchange, BASE);
            assert!(decode("gzip", body).is_err(), "{seed}");
            let start = decode_start("gzip", body).0;
            assert!(!start.is_empty() && page.starts_with(&start), "{seed}");
        }
    }

    #[test]
    fn a_fault_that_cuts_a_body_sends_less_than_the_whole() {
        for fault in [
            Fault::Reset,
            Fault::NoLastChunk,
            Fault::HalfAHead,
            Fault::Unanswered,
        ] {
            for framing in Framing::value_variants() {
                let whole = Exchange {
                    seed: 7,
                    kind: Kind::Image,
                    coding: Coding::Identity,
                    framing: *framing,
                    fault: None,
                };
                let faulty = Exchange {
                    fault: Some(fault),
                    ..whole
                };
                let (all, part) = (written(whole).0, written(faulty).0);
                assert!(
                    part.len() < all.len() && all.starts_with(&part),
                    "{fault:?}"
                );
                let ends = written(faulty).1;
                assert!(matches!(ends[..], [Step::Reset | Step::Close]), "{ends:?}");
            }
        }
    }

    #[test]
    fn every_answer_says_whose_it_is() {
        for seed in 0..300 {
            let exchange = Exchange::new(seed, Runtime::Native);
            if !matches!(exchange.fault, Some(Fault::Unanswered | Fault::HalfAHead)) {
                let mark = format!("\r\n{MARK}: {seed}\r\n");
                assert!(find(&written(exchange).0, mark.as_bytes()).is_some());
            }
        }
    }
}
