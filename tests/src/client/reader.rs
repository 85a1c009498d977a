//! Reads lines, heads and bytes from a connection. The deadline bounds each wait.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Connection, remaining};
use crate::failure::{Verdict, ensure, fail, show};
use crate::fields::{Fields, find};

/// The result of a read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// Bytes arrived.
    Bytes,
    /// The peer ended the connection; the text says how.
    End(&'static str),
}

/// The head of a response: its status, the bytes as they arrived, and the fields.
pub(super) type Head = (u16, Vec<u8>, Fields);

/// The receiving side of a connection.
pub(super) struct Reader {
    stream: TcpStream,
    deadline: Instant,
    buffer: Vec<u8>,
}

impl Reader {
    pub(super) fn new(stream: TcpStream, deadline: Instant) -> Self {
        Self {
            stream,
            deadline,
            buffer: Vec::new(),
        }
    }

    /// Gives the waits another deadline.
    pub(super) fn until(mut self, deadline: Instant) -> Self {
        self.deadline = deadline;
        self
    }

    /// Returns the connection itself with its reader.
    pub(super) fn into_connection(self) -> Verdict<Connection> {
        Ok(Connection {
            stream: self.stream.try_clone()?,
            deadline: self.deadline,
            reader: self,
            explains: true,
        })
    }

    /// Returns what was received but not taken.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.buffer
    }

    /// Receives what is available, at least one byte and at most `most` bytes.
    fn receive(&mut self, most: usize) -> Verdict<Got> {
        let old = self.buffer.len();
        self.buffer.resize(old + most, 0);
        let outcome = loop {
            self.stream
                .set_read_timeout(Some(remaining(self.deadline)?))?;
            match self.stream.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer
            .truncate(old + outcome.as_ref().copied().unwrap_or(0));
        match outcome {
            Ok(0) => Ok(Got::End("the connection was closed")),
            Ok(_) => Ok(Got::Bytes),
            Err(error) => match error.kind() {
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                    Ok(Got::End("the connection was reset"))
                }
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    fail!("nothing more came until the deadline")
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Reads a line and returns it without its CRLF. The inner `Err` means that the connection
    /// ended first.
    pub(super) fn line(&mut self) -> Verdict<Result<Vec<u8>, &'static str>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.buffer[..end].to_vec();
                self.buffer.drain(..end + 2);
                return Ok(Ok(line));
            }
            ensure!(
                self.buffer.len() < 1 << 20,
                "a line without an end: {}",
                show(&self.buffer)
            );
            if let Got::End(how) = self.receive(4096)? {
                return Ok(Err(how));
            }
        }
    }

    /// Moves up to `most` bytes into `body`, at least one unless the connection ends.
    pub(super) fn bytes(&mut self, most: usize, body: &mut Vec<u8>) -> Verdict<Got> {
        if self.buffer.is_empty()
            && let Got::End(how) = self.receive(most.min(64 << 10))?
        {
            return Ok(Got::End(how));
        }
        let taken = most.min(self.buffer.len());
        body.extend_from_slice(&self.buffer[..taken]);
        self.buffer.drain(..taken);
        Ok(Got::Bytes)
    }

    /// Reads one head. The inner `Err` means that the connection ended first.
    pub(super) fn head(&mut self) -> Verdict<Result<Head, &'static str>> {
        let length = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(
                self.buffer.len() < 4 << 20,
                "a head without an end: {}",
                show(&self.buffer)
            );
            if let Got::End(how) = self.receive(16 << 10)? {
                return Ok(Err(how));
            }
        };
        let raw: Vec<u8> = self.buffer.drain(..length).collect();
        let first = find(&raw, b"\r\n").expect("a head has a line");
        let line = &raw[..first];
        // RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
        let shaped = (line.starts_with(b"HTTP/1.1 ") || line.starts_with(b"HTTP/1.0 "))
            && line.len() >= 12
            && line[9..12].iter().all(u8::is_ascii_digit)
            && line.get(12).is_none_or(|&byte| byte == b' ');
        ensure!(shaped, "no status line: {}", show(line));
        let status = String::from_utf8_lossy(&line[9..12]).parse()?;
        let fields = Fields::parse(&raw[first + 2..length - 2])?;
        Ok(Ok((status, raw, fields)))
    }

    /// Returns how many bytes arrive before the connection ends or `patience` is over. There must
    /// be none after the end of a response.
    pub(super) fn stray(&mut self, patience: Duration) -> Verdict<usize> {
        let until = (Instant::now() + patience).min(self.deadline);
        while self.buffer.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut some = [0; 256];
            match self.stream.read(&mut some) {
                Ok(0) | Err(_) => break,
                Ok(count) => self.buffer.extend(&some[..count]),
            }
        }
        Ok(self.buffer.len())
    }
}
