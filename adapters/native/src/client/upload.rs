//! The body of a request, which can be sent again as long as all that was read of it is held.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::FetchError;
use streamgate_bodies::{Cause, Overdue, of_upload};
use streamgate_tower::RequestBody;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// How many bytes of a body are held until the response's head is there.
const HELD: usize = 64 * 1024;

/// The client's body, lent to one attempt at a time.
pub(super) struct Upload(Arc<Mutex<State>>);

struct State {
    /// The part not read yet. `None` once the end was read, or if there is no body.
    rest: Option<RequestBody>,
    /// The pieces read, in order. `None` if they are more than may be held, or no longer needed.
    held: Option<Vec<Bytes>>,
    /// Whether the request has no body at all.
    absent: bool,
    /// When the origin was last seen to take something.
    taken: Instant,
    /// Whether the origin wants more than the client has sent.
    starved: bool,
    /// Why the body broke off.
    broken: Option<FetchError>,
}

impl Upload {
    /// Takes a request's body; `None` if the request has none.
    pub(super) fn new(body: Option<RequestBody>) -> Self {
        Self(Arc::new(Mutex::new(State {
            absent: body.is_none(),
            rest: body,
            held: Some(Vec::new()),
            taken: Instant::now(),
            starved: false,
            broken: None,
        })))
    }

    /// Returns whether the request has no body.
    pub(super) fn is_absent(&self) -> bool {
        self.with(|state| state.absent)
    }

    /// Returns whether an origin that lost the connection can have got the whole request.
    pub(super) fn may_be_through(&self) -> bool {
        self.with(|state| state.absent || !matches!(&state.held, Some(held) if held.is_empty()))
    }

    /// Returns whether the body can be sent from its beginning.
    pub(super) fn is_whole(&self) -> bool {
        self.with(|state| state.held.is_some())
    }

    /// Returns why the body broke off, if it has. What the origin then says of the request, or what
    /// becomes of its stream, is not the reason for that.
    pub(super) fn broken(&self) -> Option<FetchError> {
        self.with(|state| state.broken.clone())
    }

    /// Returns why the exchange has no time left before a response: because of the client, if more
    /// of its body is awaited.
    pub(super) fn overdue(&self) -> FetchError {
        self.with(|state| {
            let awaited = state.starved;
            let why = Overdue::Exchange { awaited }.to_string();
            match (&state.broken, awaited) {
                (Some(broken), _) => broken.clone(),
                (None, true) => FetchError::RequestTimeout(why),
                (None, false) => FetchError::ExchangeTimeout(why),
            }
        })
    }

    /// Stops holding the body: the request will not be sent again.
    pub(super) fn release(&self) {
        self.with(|state| state.held = None);
    }

    /// Lends the body to an attempt. The receiver hears when the attempt has sent the whole body,
    /// or dropped it; there is none for a request without a body, since nobody need be woken for
    /// that.
    pub(super) fn lend(&self) -> (Lent, Option<oneshot::Receiver<()>>) {
        let is_absent = self.with(|state| {
            if !state.absent {
                state.taken = Instant::now();
            }
            state.absent
        });
        let (sending, sent) = match is_absent {
            true => (None, None),
            false => {
                let (sending, sent) = oneshot::channel();
                (Some(sending), Some(sent))
            }
        };
        let lent = Lent {
            upload: Self(Arc::clone(&self.0)),
            repeated: 0,
            _sending: sending,
        };
        (lent, sent)
    }

    /// Resolves once the origin has taken nothing for `limit`, although there was something.
    pub(super) async fn stuck(&self, limit: Option<Duration>) -> Duration {
        let Some(limit) = limit else {
            return std::future::pending().await;
        };
        loop {
            let left = self.with(|state| match state.starved {
                true => limit,
                false => limit.saturating_sub(state.taken.elapsed()),
            });
            if left.is_zero() {
                return limit;
            }
            sleep(left).await;
        }
    }

    fn with<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn hold(&mut self, data: &Bytes) {
        let Some(held) = &mut self.held else { return };
        if held.iter().map(Bytes::len).sum::<usize>() + data.len() <= HELD {
            held.push(data.clone());
        } else {
            self.held = None;
        }
    }

    fn left(&self, repeated: usize) -> &[Bytes] {
        let held = self.held.as_deref().unwrap_or_default();
        held.get(repeated..).unwrap_or_default()
    }
}

/// A body as an attempt sends it.
pub(super) struct Lent {
    upload: Upload,
    /// How many of the held pieces were sent.
    repeated: usize,
    /// Dropped with the body.
    _sending: Option<oneshot::Sender<()>>,
}

impl Body for Lent {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let lent = &mut *self;
        lent.upload.with(|state| {
            state.taken = Instant::now();
            if let Some(piece) = state.left(lent.repeated).first() {
                lent.repeated += 1;
                return Poll::Ready(Some(Ok(Frame::data(piece.clone()))));
            }
            let Some(rest) = &mut state.rest else {
                return Poll::Ready(None);
            };
            let polled = Pin::new(rest).poll_frame(cx);
            state.starved = polled.is_pending();
            let Poll::Ready(frame) = polled else {
                return Poll::Pending;
            };
            let data = match frame {
                Some(Ok(frame)) => frame.into_data().ok(),
                Some(Err(error)) => {
                    state.held = None;
                    state.broken = Some(of_upload(&*error));
                    return Poll::Ready(Some(Err(error)));
                }
                None => None,
            };
            let Some(data) = data else {
                state.rest = None;
                return Poll::Ready(None);
            };
            state.hold(&data);
            lent.repeated += 1;
            Poll::Ready(Some(Ok(Frame::data(data))))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.upload.with(|state| {
            state.left(self.repeated).is_empty()
                && state.rest.as_ref().is_none_or(Body::is_end_stream)
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.upload.with(|state| {
            let held: usize = state.left(self.repeated).iter().map(Bytes::len).sum();
            let rest = state
                .rest
                .as_ref()
                .map_or(SizeHint::with_exact(0), Body::size_hint);
            let mut hint = SizeHint::new();
            if let Some(upper) = rest.upper() {
                hint.set_upper(upper + held as u64);
            }
            hint.set_lower(rest.lower() + held as u64);
            hint
        })
    }
}
