//! A strict HTTP/1.1 client over raw TCP. It keeps what arrived, in order and with the time, and
//! calls a response complete only if its framing says so.

mod reader;
mod request;
mod response;

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::failure::{Failure, Verdict, fail};
use crate::fields::Fields;
use reader::Reader;
pub(crate) use request::{FRONT_FIELD, PUBLIC_HOST, Request, chunk};
pub(crate) use response::{End, Response};

/// One connection to a server.
pub(crate) struct Connection {
    stream: TcpStream,
    reader: Reader,
    deadline: Instant,
}

impl Connection {
    /// Connects to `address`. A `receive_buffer`, in bytes, keeps the kernel from reading far
    /// ahead.
    pub(crate) fn open(
        address: SocketAddr,
        deadline: Instant,
        receive_buffer: Option<usize>,
    ) -> Verdict<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        socket.connect_timeout(&address.into(), remaining(deadline)?)?;
        socket.set_tcp_nodelay(true)?;
        let stream = TcpStream::from(socket);
        let reader = Reader::new(stream.try_clone()?, deadline);
        Ok(Self {
            stream,
            reader,
            deadline,
        })
    }

    /// Gives the connection another deadline.
    pub(crate) fn until(mut self, deadline: Instant) -> Self {
        self.reader = self.reader.until(deadline);
        self.deadline = deadline;
        self
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Verdict {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.stream
                .set_write_timeout(Some(remaining(self.deadline)?))?;
            match self.stream.write(rest) {
                Ok(0) => fail!("the server takes no more of the request"),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => fail!(
                    "the request could not be sent ({} bytes left): {error}",
                    rest.len()
                ),
            }
        }
        Ok(())
    }

    /// Sends a request with its whole body.
    pub(crate) fn send(&mut self, request: &Request) -> Verdict {
        self.write(&request.head())?;
        request
            .body_pieces()
            .try_for_each(|piece| self.write(&piece))
    }

    /// Waits for the head of the final response to a request with this method.
    pub(crate) fn response(self, method: &str) -> Verdict<Response> {
        match Response::start(self.reader, method)? {
            Ok(response) => Ok(response),
            Err(how) => fail!("{how} before a response head"),
        }
    }

    /// Waits for one head, interim or final, and leaves what follows it unread.
    pub(crate) fn head(&mut self) -> Verdict<(u16, Fields)> {
        match self.reader.head()? {
            Ok((status, _, fields)) => Ok((status, fields)),
            Err(how) => fail!("{how} before a response head"),
        }
    }

    /// Returns the connection itself, and what was read after the last head.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        let read = self.reader.into_rest();
        (self.stream, read)
    }

    /// Sends a request on a connection that stays open, reads the response to its end, and returns
    /// the connection with it.
    pub(crate) fn exchange(mut self, request: &Request) -> Verdict<(Response, Option<Self>)> {
        self.send(request)?;
        let Self {
            stream,
            reader,
            deadline,
        } = self;
        let mut response = match Response::start(reader, &request.method)? {
            Ok(response) => response,
            Err(how) => fail!("{how} before a response head"),
        };
        response.read_to_end()?;
        let again = response.take_reader().map(|reader| Self {
            stream,
            reader,
            deadline,
        });
        Ok((response, again))
    }
}

/// Returns the time that is left until the deadline.
pub(crate) fn remaining(deadline: Instant) -> Verdict<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Failure("the scenario's time is over".to_owned()));
    }
    Ok(left)
}
