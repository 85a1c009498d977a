//! Bodies whose sender may not pause for too long.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http::header::CONTENT_TYPE;
use http_body::{Body, Frame, SizeHint};
use streamgate::{FetchError, LimitsConfig};
use tokio::time::Instant;

use crate::{Cause, Overdue, Patience};

/// A body whose sender may not pause for too long.
#[derive(Debug)]
pub struct Timed<B> {
    body: B,
    patience: Patience,
    /// Says what was awaited.
    late: fn(Overdue) -> FetchError,
}

impl<B> Timed<B> {
    /// Limits the pauses of a client's body.
    pub fn of_request(body: B, patience: Patience) -> Self {
        Self {
            body,
            patience,
            late: late_client,
        }
    }

    /// Limits the pauses of an origin's body to what its head and the configuration allow. It must
    /// end before `deadline`.
    pub fn of_response(
        response: Response<B>,
        limits: &LimitsConfig,
        deadline: Option<Instant>,
    ) -> Response<Self> {
        let media_type = response.headers().get(CONTENT_TYPE);
        let pause = limits.pause(media_type.map_or(b"", |value| value.as_bytes()));
        response.map(|body| Self {
            body,
            patience: Patience::new(pause, deadline),
            late: late_origin,
        })
    }
}

/// Says that a client's body is late.
fn late_client(overdue: Overdue) -> FetchError {
    match overdue {
        Overdue::Step(_) => FetchError::RequestTimeout(format!("the client sent {overdue}")),
        Overdue::Exchange { awaited: true } => FetchError::RequestTimeout(overdue.to_string()),
        Overdue::Exchange { awaited: false } => FetchError::ExchangeTimeout(overdue.to_string()),
    }
}

/// Says that an origin's body is late.
fn late_origin(overdue: Overdue) -> FetchError {
    let why = overdue.to_string();
    match overdue {
        Overdue::Step(_) => FetchError::ReadTimeout(why),
        Overdue::Exchange { .. } => FetchError::ExchangeTimeout(why),
    }
}

impl<B: Body<Data = Bytes, Error: Into<Cause>> + Unpin> Body for Timed<B> {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let timed = &mut *self;
        if timed.patience.is_past() {
            let awaited = timed.patience.waiting;
            let error = (timed.late)(Overdue::Exchange { awaited });
            return Poll::Ready(Some(Err(error.into())));
        }
        if let Poll::Ready(frame) = Pin::new(&mut timed.body).poll_frame(cx) {
            timed.patience.step();
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let overdue = timed.patience.poll_overdue(cx);
        overdue.map(|overdue| Some(Err((timed.late)(overdue).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
