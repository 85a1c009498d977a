//! A body that arrives, from the client or from the origin: its bytes, and its end.

use std::cell::RefCell;

use http::Request;
use http::header::CONTENT_LENGTH;
use wasi::http::types::{IncomingBody, IncomingRequest, InputStream, OutputStream, Trailers};
use wasi::io::poll::Pollable;
use wasi::io::streams::StreamError;

use crate::ended::{Ended, stream_error};
use crate::head::Arrived;

/// How many bytes are read or copied at most at a time (64 KiB).
const PIECE: u64 = 64 * 1024;

/// A body that arrives. (Fields drop in this order: a stream goes before its body.)
pub(crate) struct Incoming {
    stream: InputStream,
    body: IncomingBody,
    /// The error that a look at the end has met. The host tells an error once, and after that the
    /// end.
    error: RefCell<Option<StreamError>>,
}

impl Incoming {
    /// Takes a message's body and its stream, each of which the host hands out once.
    pub(crate) fn new(consumed: Result<IncomingBody, ()>) -> Option<Self> {
        let body = consumed.ok()?;
        let stream = body.stream().ok()?;
        Some(Self {
            stream,
            body,
            error: RefCell::default(),
        })
    }

    /// Returns whether everything has been read.
    pub(crate) fn has_ended(&self) -> bool {
        match self.stream.read(0) {
            Err(StreamError::Closed) => self.error.borrow().is_none(),
            Err(error) => {
                self.error.replace(Some(error));
                false
            }
            Ok(_) => false,
        }
    }

    /// Waits until there is something to read or nothing will come, and returns whether there is.
    pub(crate) fn has_bytes(&self) -> bool {
        self.stream.subscribe().block();
        !self.has_ended()
    }

    /// Reads what is there, which may be nothing.
    ///
    /// # Errors
    /// Returns [`StreamError::Closed`] at the end, and the host's error if the body broke off.
    pub(crate) fn read(&self) -> Result<Vec<u8>, StreamError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.stream.read(PIECE),
        }
    }

    /// Returns a pollable that is ready when there is more to read.
    pub(crate) fn subscribe(&self) -> Pollable {
        self.stream.subscribe()
    }

    /// Lets the host copy to `sink` the bytes that are there. If there are none, or the sink is
    /// full, returns the pollable to wait for.
    ///
    /// # Errors
    /// Returns [`Ended`] if there will be no more bytes.
    pub(crate) fn splice(&self, sink: &OutputStream) -> Result<Option<Pollable>, Ended> {
        if let Some(error) = self.error.take() {
            return Err(Ended::Broken(stream_error(&error)));
        }
        match sink.check_write() {
            Ok(0) => return Ok(Some(sink.subscribe())),
            Ok(_) => {}
            // A sink closes by itself once it has the bytes that its `Content-Length` announced.
            Err(_) if self.has_ended() => return Err(Ended::Source),
            Err(_) => return Err(Ended::Sink),
        }
        match sink.splice(&self.stream, PIECE) {
            Ok(0) => {
                // Copied bytes leave before the wait for more.
                let _ = sink.flush();
                Ok(Some(self.stream.subscribe()))
            }
            Ok(_) => Ok(None),
            Err(StreamError::Closed) if self.has_ended() => Err(Ended::Source),
            Err(StreamError::Closed) => Err(Ended::Sink),
            Err(error) => Err(Ended::Broken(stream_error(&error))),
        }
    }

    /// Returns the trailers, after the stream's end.
    ///
    /// # Errors
    /// Returns the host's error in words if the body was not complete.
    pub(crate) fn finish(self) -> Result<Option<Trailers>, String> {
        drop(self.stream);
        let future = IncomingBody::finish(self.body);
        future.subscribe().block();
        match future.get() {
            Some(Ok(complete)) => complete.map_err(|code| code.to_string()),
            _ => Err("the host gives no trailers".to_owned()),
        }
    }
}

/// Returns the client's request as core takes it.
pub(crate) fn take(request: &IncomingRequest) -> Request<Option<Incoming>> {
    let head = Arrived {
        method: request.method(),
        scheme: request.scheme(),
        authority: request.authority(),
        path_with_query: request.path_with_query(),
        fields: request.headers().entries(),
    };
    let head = head.into_request();
    // The host hides `Transfer-Encoding` too, so without `Content-Length` only reading tells
    // whether there is a body.
    let length = head.headers().get(CONTENT_LENGTH);
    let none = |body: &Incoming| length.map_or_else(|| body.has_ended(), |length| length == "0");
    let body = Incoming::new(request.consume()).filter(|body| !none(body));
    head.map(|()| body)
}
