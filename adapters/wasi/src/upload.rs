//! The client's request body on its way to the origin: moved while the exchange waits for other
//! things, and copied by the host if it is not changed.
//!
//! An origin may answer before it has read the request's body, and may read on while it answers. So
//! the body moves whenever the exchange waits: for the response's head, for more of its body, for
//! the client to take more of it. When the response has ended the host drops the connection, and
//! the rest of the request's body is not sent.

use std::cell::RefCell;
use std::rc::Rc;

use wasi::http::types::{OutgoingBody, OutgoingRequest, OutputStream};
use wasi::io::poll::{Pollable, poll};

use crate::ended::Ended;
use crate::source::Source;

/// The exchange's upload, if there is one. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Upload(Rc<RefCell<Option<Pump>>>);

/// A body being moved. Dropping it leaves the origin's copy unfinished. (Fields drop in this order:
/// a stream goes before its body.)
struct Pump {
    source: Source,
    sink: OutputStream,
    sink_body: OutgoingBody,
}

impl Upload {
    /// Starts to move `source` into a request.
    ///
    /// # Errors
    /// Returns an error if the host gives the request no body.
    pub(crate) fn begin(&self, source: Source, request: &OutgoingRequest) -> Result<(), ()> {
        let sink_body = request.body()?;
        let sink = sink_body.write()?;
        *self.0.borrow_mut() = Some(Pump {
            source,
            sink,
            sink_body,
        });
        Ok(())
    }

    /// Blocks until `wanted` is ready, and moves the body meanwhile. If the client's body breaks
    /// off, the wait goes on: writing to the client tells whether the client is still there.
    pub(crate) fn wait(&self, wanted: &Pollable) {
        let _ = self.run(wanted);
        wanted.block();
    }

    /// Moves the body until `wanted` is ready or the whole body has been moved.
    ///
    /// # Errors
    /// Returns the host's error in words if the client's body broke off. The origin's copy is then
    /// unfinished.
    pub(crate) fn run(&self, wanted: &Pollable) -> Result<(), String> {
        let mut slot = self.0.borrow_mut();
        while let Some(pump) = slot.as_mut() {
            match pump.source.splice(&pump.sink) {
                Ok(None) if wanted.ready() => break,
                Ok(None) => {}
                Ok(Some(blocked)) => {
                    if poll(&[wanted, &blocked]).contains(&0) {
                        break;
                    }
                }
                Err(ended) => {
                    return match (ended, slot.take()) {
                        (Ended::Source, Some(pump)) => pump.finish(),
                        (Ended::Broken(reason), _) => Err(reason),
                        // The origin reads no more. Its response, or the lack of one, tells why.
                        _ => Ok(()),
                    };
                }
            }
        }
        Ok(())
    }
}

impl Pump {
    /// Ends the origin's copy as the client's body has ended, without its trailers, which end at
    /// the gate. Fails if the client's body broke off, or is not as long as its `Content-Length`
    /// announced.
    fn finish(self) -> Result<(), String> {
        self.source.finish()?;
        drop(self.sink);
        OutgoingBody::finish(self.sink_body, None).map_err(|code| code.to_string())
    }
}
