//! Bodies that may neither pause for too long nor be too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use streamgate::{BodyError, FetchError};
use tokio::time::{Instant, Sleep, sleep};

use crate::BoxError;

/// A peer's body, within the limits of the configuration.
pub(crate) struct Limited {
    body: UnsyncBoxBody<Bytes, BoxError>,
    /// How long it may pause.
    pause: Option<Duration>,
    /// While this is set, it may pause for longer.
    lifted: Arc<AtomicBool>,
    /// How many more bytes it may have.
    left: Option<usize>,
    /// Makes the error of one that pauses for too long.
    late: fn(String) -> FetchError,
    /// Rings once the present pause is too long.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Limited {
    /// Takes a body without a limit. `late` makes the error of one that pauses for too long.
    pub(crate) fn new<B>(body: B, late: fn(String) -> FetchError) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self {
            body: body.map_err(Into::into).boxed_unsync(),
            pause: None,
            lifted: Arc::default(),
            left: None,
            late,
            alarm: None,
        }
    }

    /// Limits how long the body may pause.
    pub(crate) fn pausing(self, pause: Option<Duration>) -> Self {
        Self { pause, ..self }
    }

    /// Limits the length of the body, and its pauses only until `lifted` is set.
    pub(crate) fn until(self, lifted: Arc<AtomicBool>, most: Option<usize>) -> Self {
        let left = most;
        Self {
            lifted,
            left,
            ..self
        }
    }
}

impl Body for Limited {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let limited = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut limited.body).poll_frame(cx) else {
            let Some(limit) = limited.pause else {
                return Poll::Pending;
            };
            let alarm = &mut limited.alarm;
            let alarm = alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
            while alarm.as_mut().poll(cx).is_ready() {
                if !limited.lifted.load(Ordering::Relaxed) {
                    let error = (limited.late)(format!("nothing within {limit:?}"));
                    return Poll::Ready(Some(Err(error.into())));
                }
                alarm.as_mut().reset(Instant::now() + limit);
            }
            return Poll::Pending;
        };
        limited.alarm = None;
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        if let Some(left) = &mut limited.left {
            let Some(rest) = left.checked_sub(length) else {
                let why = "more than limits.request_body allows".to_owned();
                return Poll::Ready(Some(Err(FetchError::RequestTooLarge(why).into())));
            };
            *left = rest;
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

/// The data of a body: its trailers end here.
impl Stream for Limited {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let frame = ready!(self.as_mut().poll_frame(cx)).transpose();
        let frame = frame.map_err(BodyError::incomplete)?;
        Poll::Ready(frame.and_then(|frame| frame.into_data().ok()).map(Ok))
    }
}
