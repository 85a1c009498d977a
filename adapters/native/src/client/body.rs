//! The body of an origin's response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::pool::Lease;

/// A response's body, with the share of the connection that it takes.
#[derive(Debug)]
pub(crate) struct OriginBody {
    body: Incoming,
    /// Makes room for another stream when it is dropped.
    _lease: Option<Lease>,
}

impl OriginBody {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, _lease: None }
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
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
