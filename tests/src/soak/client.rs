//! One client of a soak: it plays one exchange after the other, on a connection that it keeps if
//! it may.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::content;
use super::exchange::{Exchange, Framing, Kind, PUBLIC};
use super::fault::{Ending, Fault};
use super::judge::{Expected, Missing, Outcome, judge};
use super::origin::PAUSE;
use crate::blocks::Blocks;
use crate::client::{Connection, End, Request, Response};
use crate::failure::{Failure, Verdict};

/// How long an exchange may take. Whatever takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(45);

/// The receive buffer of a client that holds the gate back, in bytes.
const SMALL_BUFFER: usize = 16 << 10;

/// How long a slow client waits between two reads.
const SLOWNESS: Duration = Duration::from_millis(10);

/// A client of the gate.
pub(super) struct Client<'a> {
    gate: SocketAddr,
    /// The URL of the origin, without a path.
    base: &'a str,
    /// The connection that stays open, and the exchange that was the last on it.
    kept: Option<(Connection, Exchange)>,
}

impl<'a> Client<'a> {
    /// Makes a client of the gate at an address, which stands before the origin at `base`.
    pub(super) fn new(gate: SocketAddr, base: &'a str) -> Self {
        Self {
            gate,
            base,
            kept: None,
        }
    }

    /// Plays an exchange, and says what became of it.
    pub(super) fn play(&mut self, exchange: &Exchange) -> Outcome {
        let request = self.request(exchange);
        if exchange.ending() == Ending::Gone {
            return match self.leave(exchange, &request) {
                Ok(()) => Outcome::Right,
                Err(Failure(why)) => Outcome::Lost(why),
            };
        }
        let mut expected = Expected::of(exchange, self.base);
        let got = self.ask(exchange, &request);
        let mut outcome = judge(exchange, &expected, &got);
        let Ok(response) = got else {
            return outcome;
        };
        let etag = response.fields.text("etag");
        self.keep(response, exchange, &outcome);
        if exchange.kind == Kind::Revalidated && outcome == Outcome::Right {
            let request = request.field("If-None-Match", etag.unwrap_or_default());
            let got = self.ask(exchange, &request);
            // With another configuration it is another page, which is sent whole.
            if got.as_ref().is_ok_and(|response| response.status == 304) {
                expected = Expected::not_modified();
            }
            outcome = judge(exchange, &expected, &got);
            if let Ok(response) = got {
                self.keep(response, exchange, &outcome);
            }
        }
        outcome
    }

    /// Keeps the connection of a response, if all was right with it and no server has a reason to
    /// close it meanwhile: that the client asked for it, that something broke, or that a client
    /// read for so long that the connection was idle to the server.
    fn keep(&mut self, response: Response, exchange: &Exchange, outcome: &Outcome) {
        let is_whole = *outcome == Outcome::Right && response.end == Some(End::Complete);
        let has_reason = exchange.closes()
            || exchange.ending() != Ending::Whole
            || exchange.fault == Some(Fault::SlowReader);
        self.kept = (is_whole && !has_reason)
            .then(|| response.into_connection())
            .flatten()
            .map(|connection| (connection, *exchange));
    }

    /// Sends a request and reads the response to its end, however it ends.
    fn ask(&mut self, exchange: &Exchange, request: &Request) -> Result<Response, Missing> {
        let deadline = Instant::now() + PATIENCE;
        let is_slow = exchange.fault == Some(Fault::SlowReader);
        let kept = self.kept.take().filter(|_| !is_slow);
        let behind = kept.as_ref().map(|(_, before)| before.target());
        let asked = || {
            let mut connection = match kept {
                Some((connection, _)) => connection.until(deadline),
                None => {
                    let buffer = is_slow.then_some(SMALL_BUFFER);
                    Connection::open(self.gate, deadline, buffer)?
                }
            };
            // A gate may answer and close before it has read everything.
            let _ = connection.send(request);
            let mut response = connection.response(&request.method)?;
            while response.read_some()? {
                if is_slow {
                    std::thread::sleep(SLOWNESS);
                }
            }
            Ok(response)
        };
        asked().map_err(|Failure(why)| {
            if Instant::now() >= deadline {
                Missing::Stuck
            } else if why.contains("before a response head") {
                let where_to = behind.unwrap_or_else(|| "nothing".to_owned());
                Missing::Closed(format!("{why}, on a connection behind {where_to}"))
            } else {
                Missing::Malformed(why)
            }
        })
    }

    /// Sends a request, or half of it, and leaves where the fault says.
    fn leave(&self, exchange: &Exchange, request: &Request) -> Verdict {
        let deadline = Instant::now() + PATIENCE;
        let mut connection = Connection::open(self.gate, deadline, Some(SMALL_BUFFER))?;
        match exchange.fault {
            Some(Fault::HalfUpload) => {
                connection.write(&request.head())?;
                let pieces: Vec<_> = request.body_pieces().collect();
                let body = pieces.concat();
                // A gate that refuses the rest is a gate that has noticed.
                let _ = connection.write(&body[..body.len() / 2]);
            }
            Some(Fault::LeavesMidway) => {
                connection.send(request)?;
                let mut response = connection.response(&request.method)?;
                while response.body.len() < exchange.length() / 4 && response.read_some()? {}
            }
            _ => {
                connection.send(request)?;
                std::thread::sleep(PAUSE / 3);
            }
        }
        Ok(())
    }

    /// Makes the request of an exchange.
    fn request(&self, exchange: &Exchange) -> Request {
        let mut request = Request::new(exchange.kind.method(), exchange.target());
        if !exchange.closes() {
            request = request.without("Connection");
        }
        request = request.field("Accept-Encoding", exchange.accepted());
        match exchange.kind {
            Kind::NotModified => request.field("If-None-Match", exchange.etag()),
            Kind::Part => {
                let length = content::original(exchange, self.base).len();
                let (first, last) = exchange.part(length);
                request.field("Range", format!("bytes={first}-{last}"))
            }
            Kind::Upload => upload(
                request.field("Content-Type", "application/octet-stream"),
                exchange,
                content::original(exchange, self.base),
            ),
            Kind::SentBack => upload(
                request
                    .field("Content-Type", "application/json")
                    .field("Origin", PUBLIC),
                exchange,
                content::original(exchange, self.base),
            ),
            _ => request,
        }
    }
}

/// Adds a body to a request, in two pieces.
fn upload(request: Request, exchange: &Exchange, mut body: Vec<u8>) -> Request {
    let after = body.split_off(exchange.dice(9).below(body.len()));
    let body = Blocks {
        before: body,
        unit: Vec::new(),
        count: 0,
        after,
    };
    match exchange.framing {
        Framing::Length => request.length_body(body),
        Framing::Chunked => request.chunked_body(body),
    }
}
