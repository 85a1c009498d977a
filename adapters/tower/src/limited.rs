//! Bodies that may neither pause for too long nor be too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};
use streamgate::{BodyError, FetchError};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::BoxError;

/// A peer's body, within the limits of the configuration.
pub(crate) struct Limited<B> {
    body: Pin<Box<B>>,
    /// How long it may pause.
    pause: Option<Duration>,
    /// While this is set, it may pause for longer.
    lifted: Arc<AtomicBool>,
    /// How many more bytes it may have.
    left: Option<usize>,
    /// Makes the error of one that pauses for too long.
    late: fn(String) -> FetchError,
    /// Made at the first pause.
    alarm: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl<B> Limited<B> {
    /// Limits the pauses of an origin's body.
    pub(crate) fn of_origin(body: B, pause: Option<Duration>) -> Self {
        Self::new(body, pause, FetchError::ReadTimeout)
    }

    /// Limits the pauses of a client's body until `lifted` is set, and its length.
    pub(crate) fn of_client(
        body: B,
        pause: Option<Duration>,
        lifted: Arc<AtomicBool>,
        most: Option<usize>,
    ) -> Self {
        Self {
            lifted,
            left: most,
            ..Self::new(body, pause, FetchError::RequestTimeout)
        }
    }

    fn new(body: B, pause: Option<Duration>, late: fn(String) -> FetchError) -> Self {
        Self {
            body: Box::pin(body),
            pause,
            lifted: Arc::default(),
            left: None,
            late,
            alarm: None,
            waiting: false,
        }
    }

    /// Waits for the peer; ready if the wait has been too long.
    fn poll_late(&mut self, cx: &mut Context<'_>, limit: Duration) -> Poll<()> {
        loop {
            if !self.waiting {
                let end = Instant::now() + limit;
                match &mut self.alarm {
                    Some(alarm) => alarm.as_mut().reset(end),
                    None => self.alarm = Some(Box::pin(sleep_until(end))),
                }
                self.waiting = true;
            }
            let rung = self.alarm.as_mut().map(|alarm| alarm.as_mut().poll(cx));
            match rung {
                Some(Poll::Ready(())) if self.lifted.load(Ordering::Relaxed) => {
                    self.waiting = false;
                }
                Some(Poll::Ready(())) => return Poll::Ready(()),
                Some(Poll::Pending) | None => return Poll::Pending,
            }
        }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for Limited<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Poll::Ready(frame) = self.body.as_mut().poll_frame(cx) else {
            let Some(limit) = self.pause else {
                return Poll::Pending;
            };
            let late = self.late;
            return self.poll_late(cx, limit).map(|()| {
                let error = late(format!("nothing within {limit:?}"));
                Some(Err(error.into()))
            });
        };
        self.waiting = false;
        if let (Some(left), Some(Ok(frame))) = (&mut self.left, &frame) {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(length) else {
                let why = "more than limits.request_body allows".to_owned();
                return Poll::Ready(Some(Err(FetchError::RequestTooLarge(why).into())));
            };
            *left = rest;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The data of a body: its trailers end here.
impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Stream for Limited<B> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match self.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => {
                    Poll::Ready(Some(Err(BodyError::incomplete(error))))
                }
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}
