//! The origin of a soak: a small server that keeps nothing, so that it can run for hours. It reads
//! a request with its body, and plays what it is told to answer.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::exchange::Exchange;
use super::script::Step;
use crate::failure::{Failure, Verdict, ensure, fail};
use crate::fields::{Fields, Framing, find};

/// How long a [`Step::Pause`] takes.
pub(super) const PAUSE: Duration = Duration::from_millis(300);

/// How long a [`Step::Silence`] takes if the gate does not end it.
const SILENCE: Duration = Duration::from_secs(25);

/// How long a gate may take to send or to take more, if it does not end the connection.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often a waiting connection looks around.
const TICK: Duration = Duration::from_millis(50);

/// The answer to whatever is no exchange of a soak: a page.
const OTHERWISE: &str = "<!DOCTYPE html><html><head></head><body>ready</body></html>";

/// A request that has come whole.
pub(super) struct Asked {
    pub(super) exchange: Exchange,
    /// The URL of the origin, without a path.
    pub(super) base: String,
    /// The entity tag of what the client has, without the mark of a weak one.
    pub(super) known: Option<String>,
    /// The body of the request.
    pub(super) body: Vec<u8>,
    /// Whether the connection ends with this exchange.
    pub(super) closes: bool,
}

/// A listening origin.
pub(super) struct Origin {
    shared: Arc<Shared>,
}

/// Says what is sent as the answer to a request.
type Answer = dyn Fn(&Asked) -> Vec<Step> + Send + Sync;

struct Shared {
    base: String,
    answer: Box<Answer>,
    /// The generation of connections; those of an older one are closed as soon as they are idle.
    generation: AtomicU64,
}

impl Origin {
    /// Listens on a free port of the loopback interface, and answers exchanges as it is told.
    pub(super) fn start(
        answer: impl Fn(&Asked) -> Vec<Step> + Send + Sync + 'static,
    ) -> Verdict<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shared = Arc::new(Shared {
            base: format!("http://{}", listener.local_addr()?),
            answer: Box::new(answer),
            generation: AtomicU64::new(0),
        });
        let origin = Self {
            shared: Arc::clone(&shared),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Ok(origin)
    }

    /// Returns its URL, without a path.
    pub(super) fn base(&self) -> &str {
        &self.shared.base
    }

    /// Closes every connection that is idle, so that what a gate still has open is what it has
    /// lost sight of.
    pub(super) fn close_idle(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
    }
}

/// Serves a connection until one side closes it.
fn serve(stream: TcpStream, shared: &Shared) {
    let tuned = stream.set_nodelay(true).is_ok()
        && stream.set_read_timeout(Some(TICK)).is_ok()
        && stream.set_write_timeout(Some(PATIENCE)).is_ok();
    let mut connection = Connection {
        stream,
        buffer: Vec::new(),
    };
    // A failure is the gate's end of the connection, which its client sees the effect of.
    while tuned && matches!(connection.exchange(shared), Ok(Next::Keep)) {}
}

/// What becomes of a connection.
enum Next {
    Keep,
    End,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn exchange(&mut self, shared: &Shared) -> Verdict<Next> {
        let Some(head) = self.head(shared)? else {
            return Ok(Next::End);
        };
        let line = find(&head, b"\r\n").unwrap_or_default();
        let fields = Fields::parse(&head[line + 2..head.len() - 2])?;
        let line = String::from_utf8(head[..line].to_vec())?;
        let mut parts = line.split(' ');
        let (method, target) = (parts.next(), parts.next().unwrap_or_default());
        let closes = fields.has_member("connection", "close");
        let body = self.body(&fields)?;
        let steps = match Exchange::of_target(target) {
            Ok(exchange) => {
                ensure!(
                    method == Some(exchange.kind.method()),
                    "the method of {line} is another"
                );
                let known = fields.text("if-none-match");
                (shared.answer)(&Asked {
                    exchange,
                    base: shared.base.clone(),
                    known: known.map(|tag| tag.trim_start_matches("W/").to_owned()),
                    body,
                    closes,
                })
            }
            Err(_) => vec![Step::Send(otherwise()), Step::Close],
        };
        for step in steps {
            match step {
                Step::Send(bytes) => self.stream.write_all(&bytes)?,
                Step::Pause => self.stays(PAUSE)?,
                Step::Silence => self.stays(SILENCE)?,
                Step::Reset => {
                    // A SO_LINGER of zero makes the close send an RST.
                    SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
                    return Ok(Next::End);
                }
                Step::Close => {
                    self.stream.shutdown(Shutdown::Both)?;
                    return Ok(Next::End);
                }
            }
        }
        Ok(Next::Keep)
    }

    /// Receives what is available. Returns `false` if nothing came within a tick.
    fn receive(&mut self) -> Verdict<bool> {
        let old = self.buffer.len();
        self.buffer.resize(old + (64 << 10), 0);
        let read = self.stream.read(&mut self.buffer[old..]);
        self.buffer.truncate(old + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => fail!("the gate closed the connection"),
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(false),
                _ => Err(error.into()),
            },
        }
    }

    /// Receives more, for as long as a gate may take.
    fn receive_more(&mut self) -> Verdict {
        let deadline = Instant::now() + PATIENCE;
        while !self.receive()? {
            ensure!(Instant::now() < deadline, "the gate sends no more");
        }
        Ok(())
    }

    /// Returns the next head. `None` if idle connections are closed.
    fn head(&mut self, shared: &Shared) -> Verdict<Option<Vec<u8>>> {
        let generation = shared.generation.load(Ordering::SeqCst);
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                return Ok(Some(self.buffer.drain(..end + 4).collect()));
            }
            if !self.buffer.is_empty() {
                self.receive_more()?;
            } else if !self.receive()? && shared.generation.load(Ordering::SeqCst) != generation {
                return Ok(None);
            }
        }
    }

    /// Reads the body of a request whole.
    fn body(&mut self, fields: &Fields) -> Verdict<Vec<u8>> {
        match Framing::of(fields)? {
            Framing::Unframed => Ok(Vec::new()),
            Framing::Length(length) => self.bytes(usize::try_from(length)?),
            Framing::Chunked => {
                let mut body = Vec::new();
                loop {
                    let size = self.line()?;
                    let size = usize::from_str_radix(size.trim(), 16)?;
                    if size == 0 {
                        while !self.line()?.is_empty() {}
                        return Ok(body);
                    }
                    body.extend(self.bytes(size)?);
                    ensure!(self.line()?.is_empty(), "no CRLF after a chunk");
                }
            }
        }
    }

    fn bytes(&mut self, count: usize) -> Verdict<Vec<u8>> {
        while self.buffer.len() < count {
            self.receive_more()?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    fn line(&mut self) -> Verdict<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line: Vec<_> = self.buffer.drain(..end + 2).collect();
                return Ok(String::from_utf8(line[..end].to_vec())?);
            }
            self.receive_more()?;
        }
    }

    /// Waits for so long, unless the gate closes the connection.
    fn stays(&mut self, time: Duration) -> Verdict {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.receive()? {
                return Err(Failure(
                    "the gate sends a request before its answer".to_owned(),
                ));
            }
        }
        Ok(())
    }
}

fn otherwise() -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{OTHERWISE}",
        OTHERWISE.len()
    )
    .into_bytes()
}
