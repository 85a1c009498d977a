//! The body of an origin's response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Response, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use streamgate::LimitsConfig;
use tokio::time::Instant;

use super::pool::Lease;
use crate::patience::{Cause, Patience, Timed};

/// A response's body, with the share of the connection that it takes.
#[derive(Debug)]
pub(crate) struct OriginBody {
    body: Timed<Incoming>,
    /// Makes room for another stream when it is dropped.
    _lease: Option<Lease>,
}

impl OriginBody {
    /// Returns a response whose body may not pause for longer than its head and `limits` allow, nor
    /// go on after `deadline`.
    pub(super) fn of(
        response: Response<Incoming>,
        limits: &LimitsConfig,
        deadline: Option<Instant>,
    ) -> Response<Self> {
        let media_type = response.headers().get(header::CONTENT_TYPE);
        let pause = limits.pause(media_type.map_or(b"", |value| value.as_bytes()));
        let patience = Patience::new(pause, deadline);
        response.map(|body| Self {
            body: Timed::new(body, patience, |overdue| {
                format!("the origin sent {overdue}").into()
            }),
            _lease: None,
        })
    }

    pub(super) fn holding(self, lease: Lease) -> Self {
        Self {
            _lease: Some(lease),
            ..self
        }
    }
}

impl Body for OriginBody {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
