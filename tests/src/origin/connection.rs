//! One connection to the origin: requests come in, steps of answers go out.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use socket2::SockRef;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Message, WebSocket};

use super::Shared;
use super::answer::{Answer, Step, answer};
use super::play::{Finish, Play};
use super::received::Received;
use crate::client::chunk;
use crate::failure::Failure;
use crate::fields::{Fields, Framing, find};

/// How often a waiting connection checks whether its peer, its script and its origin are still
/// there.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// The size of the origin's send buffer, in bytes. It is small, so that a peer that does not read
/// is noticed soon.
const SEND_BUFFER: usize = 64 << 10;

/// How many bytes of an answer are kept, which has a head within them.
const START: usize = 64 << 10;

/// Why a connection ends before its script does.
enum Stop {
    /// The peer closed or reset the connection.
    PeerClosed,
    /// The script is over, or its origin closes idle connections.
    Over,
    /// The script resets the connection.
    Reset,
    /// The peer sent something other than HTTP.
    Malformed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Malformed(failure)
    }
}

/// What happens after an answer.
enum Next {
    Keep,
    Close,
}

/// Serves requests until a script, the peer or the origin closes the connection.
pub(super) fn serve(stream: TcpStream, shared: &Shared) {
    let generation = shared.generation.load(Ordering::SeqCst);
    let mut connection = Connection {
        stream,
        buffer: Vec::new(),
    };
    let tuned = connection.stream.set_nonblocking(false).is_ok()
        && connection.stream.set_nodelay(true).is_ok()
        && SockRef::from(&connection.stream)
            .set_send_buffer_size(SEND_BUFFER)
            .is_ok()
        && connection.stream.set_read_timeout(Some(TICK)).is_ok()
        && connection.stream.set_write_timeout(Some(TICK)).is_ok();
    if !tuned {
        return;
    }
    let idle = || shared.generation.load(Ordering::SeqCst) == generation;
    while let Ok(head) = connection.head(idle) {
        match connection.exchange(&head, shared) {
            Ok(Next::Keep) => {}
            Err(Stop::Malformed(Failure(why))) => {
                // A gate that sends such a request is at fault, and must not get an answer that
                // hides it.
                let _ = connection
                    .stream
                    .write_all(format!("the origin was sent no HTTP: {why}").as_bytes());
                break;
            }
            // The connection is closed at once; a shutdown would end it in order.
            Err(Stop::Reset) => return,
            Ok(Next::Close) | Err(_) => break,
        }
    }
    let _ = connection.stream.shutdown(Shutdown::Both);
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The rest of a request's body.
enum Rest {
    Length(u64),
    Chunk(usize),
    Ended,
}

impl Connection {
    fn exchange(&mut self, head: &[u8], shared: &Shared) -> Result<Next, Stop> {
        let at = self.stream.local_addr().map_err(Failure::from)?;
        let request = Received::parse(head, at)?;
        let play = {
            let plays = shared.plays.lock().unwrap();
            let of = |id: &[u8]| plays.get(std::str::from_utf8(id).ok()?).map(Arc::clone);
            request.segments().find_map(of)
        };
        let Some(play) = play else {
            let told = if request.segments().next() == Some(b"ready") {
                answer(200)
            } else {
                answer(404)
            };
            let told = told.of_type("text/plain").body("the scripted origin");
            return self.run(told, &Arc::new(Play::new(|_| answer(404).bare())), request);
        };
        let told = play.answer(&request);
        self.run(told, &play, request)
    }

    fn run(&mut self, told: Answer, play: &Arc<Play>, mut request: Received) -> Result<Next, Stop> {
        let expects = request.fields.has_member("expect", "100-continue");
        let mut rest = match Framing::of(&request.fields)? {
            Framing::Length(length) => Rest::Length(length),
            Framing::Chunked => Rest::Chunk(0),
            Framing::Unframed => Rest::Ended,
        };
        let number = play.begin(request.clone());
        let mut next = Next::Keep;
        for step in told.steps {
            let played = match step {
                Step::TakeBody | Step::TakeSome(_) => {
                    let most = if let Step::TakeSome(most) = step {
                        most
                    } else {
                        usize::MAX
                    };
                    if expects && request.body.is_empty() && !matches!(rest, Rest::Ended) {
                        self.write(b"HTTP/1.1 100 Continue\r\n\r\n", play, None)?;
                    }
                    self.take_body(&mut rest, most, &mut request, play)
                        .inspect(|()| {
                            play.record(number, |exchange| exchange.request = request.clone());
                        })
                }
                Step::Raw(bytes) => {
                    play.record(number, |exchange| {
                        let left = START.saturating_sub(exchange.start.len());
                        let start = bytes.get(..left).unwrap_or(&bytes);
                        exchange.start.extend_from_slice(start);
                    });
                    self.write(&bytes, play, Some(number))
                }
                Step::Fill { blocks, chunked } => blocks.pieces().try_for_each(|piece| {
                    if chunked {
                        self.write(&chunk(piece), play, Some(number))
                    } else {
                        self.write(piece, play, Some(number))
                    }
                }),
                Step::Wait(gate) => self.wait(|| play.passes(gate, TICK), play),
                Step::Stall => self.wait(|| (std::thread::sleep(TICK), false).1, play),
                Step::Close => {
                    next = Next::Close;
                    break;
                }
                Step::Reset => {
                    // A SO_LINGER of zero makes close send an RST.
                    SockRef::from(&self.stream)
                        .set_linger(Some(Duration::ZERO))
                        .map_err(Failure::from)?;
                    play.record(number, |exchange| exchange.finish = Some(Finish::Played));
                    return Err(Stop::Reset);
                }
                Step::EchoWebSocket => self.echo(play, Ok),
                Step::MirrorWebSocket => self.echo(play, mirrored),
            };
            if let Err(stop) = played {
                let finish = if matches!(stop, Stop::PeerClosed) {
                    Finish::PeerClosed
                } else {
                    Finish::Over
                };
                play.record(number, |exchange| {
                    exchange.finish = Some(finish);
                    exchange.request = request.clone();
                });
                return Err(stop);
            }
        }
        play.record(number, |exchange| exchange.finish = Some(Finish::Played));
        Ok(if matches!(rest, Rest::Ended) {
            next
        } else {
            Next::Close
        })
    }

    /// Receives what is available. Returns `Ok(false)` if nothing arrived within a tick.
    fn receive(&mut self) -> Result<bool, Stop> {
        let mut some = vec![0; 64 << 10];
        match self.stream.read(&mut some) {
            Ok(0) => Err(Stop::PeerClosed),
            Ok(count) => {
                self.buffer.extend_from_slice(&some[..count]);
                Ok(true)
            }
            Err(error) if is_tick(&error) => Ok(false),
            Err(_) => Err(Stop::PeerClosed),
        }
    }

    fn head(&mut self, stays: impl Fn() -> bool) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                return Ok(self.buffer.drain(..end + 4).collect());
            }
            if !self.receive()? && self.buffer.is_empty() && !stays() {
                return Err(Stop::Over);
            }
        }
    }

    fn receive_for(&mut self, play: &Play) -> Result<(), Stop> {
        while !self.receive()? {
            if play.is_over() {
                return Err(Stop::Over);
            }
        }
        Ok(())
    }

    fn take_body(
        &mut self,
        rest: &mut Rest,
        most: usize,
        request: &mut Received,
        play: &Play,
    ) -> Result<(), Stop> {
        let until = request.body.len().saturating_add(most);
        while request.body.len() < until {
            match rest {
                Rest::Ended | Rest::Length(0) => {
                    *rest = Rest::Ended;
                    break;
                }
                Rest::Length(left) => {
                    if self.buffer.is_empty() {
                        self.receive_for(play)?;
                    }
                    let here = self
                        .buffer
                        .len()
                        .min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= here as u64;
                    request.body.extend_from_slice(&self.buffer[..here]);
                    self.buffer.drain(..here);
                }
                Rest::Chunk(0) => match self.chunk_size(play)? {
                    0 => {
                        request.trailers = self.trailers(play)?;
                        *rest = Rest::Ended;
                    }
                    size => *rest = Rest::Chunk(size),
                },
                Rest::Chunk(left) => {
                    if self.buffer.is_empty() {
                        self.receive_for(play)?;
                    }
                    let here = self.buffer.len().min(*left);
                    *left -= here;
                    request.body.extend_from_slice(&self.buffer[..here]);
                    self.buffer.drain(..here);
                    if *left == 0 {
                        self.line(play)?;
                    }
                }
            }
        }
        request.whole = matches!(rest, Rest::Ended | Rest::Length(0));
        Ok(())
    }

    fn line(&mut self, play: &Play) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.buffer[..end].to_vec();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            self.receive_for(play)?;
        }
    }

    fn chunk_size(&mut self, play: &Play) -> Result<usize, Stop> {
        let line = String::from_utf8_lossy(&self.line(play)?).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        Ok(usize::from_str_radix(size, 16).map_err(Failure::from)?)
    }

    fn trailers(&mut self, play: &Play) -> Result<Fields, Stop> {
        let mut trailers = Vec::new();
        loop {
            let line = self.line(play)?;
            if line.is_empty() {
                return Ok(Fields::parse(&trailers)?);
            }
            trailers.extend([&line[..], b"\r\n"].concat());
        }
    }

    fn write(&mut self, bytes: &[u8], play: &Play, number: Option<usize>) -> Result<(), Stop> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(count) => {
                    rest = &rest[count..];
                    if let Some(number) = number {
                        play.record(number, |exchange| exchange.written += count as u64);
                    }
                }
                Err(error) if is_tick(&error) && !play.is_over() => {}
                Err(error) if is_tick(&error) => return Err(Stop::Over),
                Err(_) => return Err(Stop::PeerClosed),
            }
        }
        Ok(())
    }

    /// Waits until a condition is met, the peer is gone, or the script is over. Keeps what the peer
    /// sends meanwhile.
    fn wait(&mut self, holds: impl Fn() -> bool, play: &Play) -> Result<(), Stop> {
        while !holds() {
            if play.is_over() {
                return Err(Stop::Over);
            }
            self.stream.set_nonblocking(true).map_err(Failure::from)?;
            let seen = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false).map_err(Failure::from)?;
            match seen {
                Ok(0) => return Err(Stop::PeerClosed),
                Err(error) if !is_tick(&error) => return Err(Stop::PeerClosed),
                _ => {}
            }
        }
        Ok(())
    }

    /// Answers each message of a WebSocket with another one, or closes it.
    fn echo(
        &mut self,
        play: &Play,
        answer: impl Fn(Message) -> Result<Message, CloseFrame>,
    ) -> Result<(), Stop> {
        let stream = self.stream.try_clone().map_err(Failure::from)?;
        let early = std::mem::take(&mut self.buffer);
        let mut socket = WebSocket::from_partially_read(stream, early, Role::Server, None);
        loop {
            match socket.read() {
                Ok(message) if message.is_text() || message.is_binary() => {
                    let sent = match answer(message) {
                        Ok(message) => socket.send(message),
                        Err(frame) => socket.close(Some(frame)),
                    };
                    if sent.is_err() {
                        return Err(Stop::PeerClosed);
                    }
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if is_tick(&error) => {
                    if play.is_over() {
                        return Err(Stop::Over);
                    }
                }
                Err(_) => return Err(Stop::PeerClosed),
            }
        }
    }
}

/// Turns a text round. The text `close` asks for a close frame.
fn mirrored(message: Message) -> Result<Message, CloseFrame> {
    match message {
        Message::Text(text) if text.as_str() == "close" => Err(CloseFrame {
            code: 4002.into(),
            reason: "as asked".into(),
        }),
        Message::Text(text) => Ok(Message::text(text.chars().rev().collect::<String>())),
        message => Ok(message),
    }
}

fn is_tick(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
