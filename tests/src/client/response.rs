//! One response, read as its framing says.

use std::time::{Duration, Instant};

use super::Connection;
use super::reader::{Got, Reader};
use crate::codings::{decode, decode_start};
use crate::failure::{Failure, Verdict, ensure, fail, show};
use crate::fields::{Fields, Framing};

/// How a body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The body ended as its framing announced.
    Complete,
    /// The body had no framing and ended when the connection was closed in order, so nothing tells
    /// whether it was complete.
    Unframed,
    /// The body ended before the end that its framing announced; the text says how.
    Truncated(String),
}

/// A response as it arrives.
pub(crate) struct Response {
    /// The status of the final response.
    pub(crate) status: u16,
    /// The head's bytes.
    pub(crate) raw: Vec<u8>,
    /// The head's fields.
    pub(crate) fields: Fields,
    /// The statuses of the interim responses before the final one.
    pub(crate) interim: Vec<u16>,
    /// What arrived of the body, without its transfer coding.
    pub(crate) body: Vec<u8>,
    /// When the body had reached which length, with one entry for each read.
    pub(crate) arrivals: Vec<(Instant, usize)>,
    /// The trailer fields of a chunked body.
    pub(crate) trailers: Fields,
    /// How the body ended, or `None` while it has not.
    pub(crate) end: Option<End>,
    /// Whether the server is the gate, which explains its decisions. Of a peer none is checked, and
    /// some things may differ that no browser sees.
    pub(crate) explains: bool,
    framing: Framing,
    reader: Option<Reader>,
    /// The state of a chunked body: how many bytes of the chunk are left, and whether its CRLF is
    /// still to come.
    chunk: (usize, bool),
}

impl Response {
    /// Reads heads up to the final one. Statuses 1xx are interim (RFC 9110 §15.2), except 101,
    /// which another protocol follows. The inner `Err` means that the connection ended first.
    pub(super) fn start(mut reader: Reader, method: &str) -> Verdict<Result<Self, &'static str>> {
        let mut interim = Vec::new();
        let (status, raw, fields) = loop {
            let (status, raw, fields) = match reader.head()? {
                Ok(head) => head,
                Err(how) => return Ok(Err(how)),
            };
            if status >= 200 || status == 101 {
                break (status, raw, fields);
            }
            interim.push(status);
        };
        let framing = Framing::of(&fields)?;
        // RFC 9110 §8.6: no Content-Length in a 1xx or 204; RFC 9112 §6.3: no body after these,
        // whatever the fields say.
        ensure!(
            status != 204 || framing == Framing::Unframed,
            "a 204 with {framing:?}"
        );
        let bodiless = method == "HEAD" || status == 204 || status == 304 || status == 101;
        Ok(Ok(Self {
            status,
            raw,
            fields,
            interim,
            body: Vec::new(),
            arrivals: Vec::new(),
            trailers: Fields::default(),
            end: bodiless.then_some(End::Complete),
            explains: true,
            framing,
            reader: Some(reader),
            chunk: (0, false),
        }))
    }

    /// Says whether the server is the gate, which explains its decisions.
    pub(super) fn explaining(self, explains: bool) -> Self {
        Self { explains, ..self }
    }

    /// Receives more of the body or its end. Returns `false` once the body has ended.
    pub(crate) fn read_some(&mut self) -> Verdict<bool> {
        if self.end.is_some() {
            return Ok(false);
        }
        let mut reader = self
            .reader
            .take()
            .expect("a body that has not ended has a reader");
        let before = self.body.len();
        let end = match self.framing {
            Framing::Length(length) => self.read_counted(&mut reader, length),
            Framing::Chunked => self.read_chunked(&mut reader),
            Framing::Unframed => Ok(match reader.bytes(usize::MAX, &mut self.body)? {
                Got::Bytes => None,
                Got::End("the connection was closed") => Some(End::Unframed),
                Got::End(how) => Some(End::Truncated(how.to_owned())),
            }),
        };
        self.reader = Some(reader);
        self.end = end?;
        if self.body.len() > before {
            self.arrivals.push((Instant::now(), self.body.len()));
        }
        Ok(self.end.is_none())
    }

    fn read_counted(&mut self, reader: &mut Reader, length: u64) -> Verdict<Option<End>> {
        let left = usize::try_from(length)? - self.body.len();
        if left > 0
            && let Got::End(how) = reader.bytes(left, &mut self.body)?
        {
            return Ok(Some(End::Truncated(format!(
                "{how}, {left} bytes before the end"
            ))));
        }
        Ok((self.body.len() as u64 == length).then_some(End::Complete))
    }

    /// Reads the next part of a chunked body (RFC 9112 §7.1).
    fn read_chunked(&mut self, reader: &mut Reader) -> Verdict<Option<End>> {
        let cut = |how: &str| Ok(Some(End::Truncated(format!("{how} before the last chunk"))));
        if self.chunk == (0, true) {
            match reader.line()? {
                Err(how) => return cut(how),
                Ok(line) => ensure!(line.is_empty(), "no CRLF after a chunk: {}", show(&line)),
            }
            self.chunk = (0, false);
        }
        if self.chunk.0 == 0 {
            let line = match reader.line()? {
                Err(how) => return cut(how),
                Ok(line) => line,
            };
            let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
            let text = String::from_utf8_lossy(digits);
            let Ok(size) = usize::from_str_radix(text.trim_end(), 16) else {
                fail!("no chunk size: {}", show(&line))
            };
            if size == 0 {
                return self.read_trailers(reader);
            }
            self.chunk = (size, true);
        }
        let before = self.body.len();
        if let Got::End(how) = reader.bytes(self.chunk.0, &mut self.body)? {
            return cut(how);
        }
        self.chunk.0 -= self.body.len() - before;
        Ok(None)
    }

    fn read_trailers(&mut self, reader: &mut Reader) -> Verdict<Option<End>> {
        let mut lines = Vec::new();
        loop {
            match reader.line()? {
                Err(how) => {
                    return Ok(Some(End::Truncated(format!(
                        "{how} before the end of the trailers"
                    ))));
                }
                Ok(line) if line.is_empty() => break,
                Ok(line) => lines.extend([&line[..], b"\r\n"].concat()),
            }
        }
        self.trailers = Fields::parse(&lines)?;
        Ok(Some(End::Complete))
    }

    /// Reads until `enough` is true of the body so far. Fails if the body ends or the deadline
    /// comes first.
    pub(crate) fn read_until(&mut self, what: &str, enough: impl Fn(&Self) -> bool) -> Verdict {
        while !enough(self) {
            let more = self.read_some().map_err(|Failure(why)| {
                Failure(format!(
                    "waiting for {what}: {why}; the body so far: {}",
                    show(&self.body)
                ))
            })?;
            if !more && !enough(self) {
                fail!(
                    "the body ended ({:?}) before {what}; the body: {}",
                    self.end,
                    show(&self.body)
                );
            }
        }
        Ok(())
    }

    /// Reads to the end of the body. Nothing may follow a complete one.
    pub(crate) fn read_to_end(&mut self) -> Verdict<End> {
        while self.read_some()? {}
        let end = self.end.clone().expect("read to its end");
        if end == End::Complete && self.status != 101 {
            // On a connection that stays open the wait is short: a server that sends too much
            // sends it at once.
            let closes = self.fields.has_member("connection", "close");
            let patience = Duration::from_millis(if closes { 500 } else { 20 });
            let stray = self
                .reader
                .as_mut()
                .map_or(Ok(0), |reader| reader.stray(patience))?;
            ensure!(stray == 0, "{stray} bytes after the end of the response");
        }
        Ok(end)
    }

    /// Decodes the complete body by its `Content-Encoding`.
    pub(crate) fn decoded(&self) -> Verdict<Vec<u8>> {
        decode(&self.coding(), &self.body)
    }

    /// Decodes as much as possible of the body so far.
    pub(crate) fn decoded_start(&self) -> Vec<u8> {
        decode_start(&self.coding(), &self.body).0
    }

    /// Returns `Content-Encoding`, which is empty if there is none.
    pub(crate) fn coding(&self) -> String {
        self.fields
            .list("content-encoding")
            .map_or(String::new(), |list| {
                String::from_utf8_lossy(&list).into_owned()
            })
    }

    /// Returns the connection, if the response is complete and another may follow it.
    pub(crate) fn into_connection(mut self) -> Option<Connection> {
        self.take_reader()?.into_connection().ok()
    }

    pub(super) fn take_reader(&mut self) -> Option<Reader> {
        let reusable =
            self.end == Some(End::Complete) && !self.fields.has_member("connection", "close");
        self.reader.take().filter(|_| reusable)
    }
}
