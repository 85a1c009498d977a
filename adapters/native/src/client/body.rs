//! The body of an origin's response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use streamgate::LimitsConfig;
use streamgate_bodies::{Cause, Timed};
use tokio::time::Instant;

use super::pool::{Kept, Lease};
use crate::places::Place;

/// A response's body, with the share of the connection that it takes.
#[derive(Debug)]
pub(crate) struct OriginBody {
    body: Timed<Incoming>,
    /// Makes room for another stream when it is dropped.
    _lease: Option<Lease>,
    /// Keeps the connection when it is dropped: once the origin is through, however slow the client
    /// is with what the gate still has of the body.
    kept: Option<Kept>,
    /// The exchange's place among those with the origin.
    _place: Place,
}

impl OriginBody {
    /// Returns a response whose body may not pause for longer than its head and `limits` allow, nor
    /// go on after `deadline`, and which holds `place`.
    pub(super) fn of(
        response: Response<Incoming>,
        limits: &LimitsConfig,
        deadline: Option<Instant>,
        place: Place,
    ) -> Response<Self> {
        Timed::of_response(response, limits, deadline).map(|body| Self {
            body,
            _lease: None,
            kept: None,
            _place: place,
        })
    }

    pub(super) fn holding(self, lease: Lease) -> Self {
        Self {
            _lease: Some(lease),
            ..self
        }
    }

    pub(super) fn keeping(self, kept: Option<Kept>) -> Self {
        Self { kept, ..self }
    }
}

impl Body for OriginBody {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() {
            self.kept = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
