//! What is known of an exchange while it goes on: for the response's head, and for the adapter.

use std::fmt::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::line::{End, Line};
use super::observed::{Observed, Treatment};
use crate::body::{BodyError, ByteStream};
use crate::cache::CacheStatus;
use crate::counts::Counts;
use crate::edge::{Clock, Edge, FetchError};
use crate::gate::Gate;
use crate::trace::{self, Trace, Traced};

/// The field that tells a browser where the time went (W3C Server Timing).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The field that tells what caches have done (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What is known of the origin's answer.
#[derive(Debug, Clone, Copy, Default)]
struct Fetched {
    status: Option<StatusCode>,
    head: Option<Duration>,
}

/// The account of one exchange. An exchange may move between threads, but only one at a time has
/// it: no lock is ever waited for.
pub(super) struct Account {
    pub(super) counts: Counts,
    clock: Option<Clock>,
    fetched: Mutex<Fetched>,
    traced: Option<Traced>,
    has_timing: bool,
    cache: Mutex<Option<CacheStatus>>,
    line: Option<Arc<Line>>,
}

impl Account {
    /// Opens the account of an exchange for which the client sent this head.
    pub(super) fn open<E: Edge>(
        edge: &E,
        gate: &Gate,
        request: &Request<()>,
        counts: Counts,
    ) -> Self {
        let config = gate.config();
        let clock = edge.clock();
        let line = config.access_log.zip(edge.access_log());
        let line = line.map(|(format, write)| {
            Arc::new(Line::begin(format, write, clock, request, counts.clone()))
        });
        let account = Self {
            counts,
            clock,
            fetched: Mutex::default(),
            traced: request.extensions().get().cloned(),
            has_timing: config.gate.server_timing,
            cache: Mutex::default(),
            line,
        };
        if let Some(trace) = trace::of(request.headers()) {
            account.traces(trace);
        }
        account
    }

    /// Notes the trace that the exchange belongs to: the client's, or the one that the gate takes
    /// part in.
    pub(super) fn traces(&self, trace: Trace) {
        if let Some(traced) = &self.traced {
            traced.set(trace);
        }
        if let Some(line) = &self.line {
            line.traces(trace.id);
        }
    }

    /// Returns the present time of the platform's clock.
    pub(super) fn now(&self) -> Option<Duration> {
        self.clock.map(|clock| (clock.elapsed)())
    }

    /// Notes that the origin has answered, or failed, which was asked first at `began`.
    pub(super) fn fetched(&self, began: Option<Duration>, status: Option<StatusCode>) {
        let now = self.now().zip(began);
        let head = now.map(|(now, began)| now.saturating_sub(began));
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Fetched { status, head };
    }

    /// Returns what the cache does, in words of the log's.
    pub(super) fn cache(&self) -> Option<String> {
        let cache = self.noted_of_cache();
        let cache = cache.as_ref()?;
        Some(match cache.why() {
            None => cache.name().to_owned(),
            Some(why) => format!("{} ({why})", cache.name()),
        })
    }

    fn noted_of_cache(&self) -> MutexGuard<'_, Option<CacheStatus>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the cache does.
    pub(super) fn caches(&self, status: CacheStatus) {
        *self.noted_of_cache() = Some(status);
    }

    /// Tells with a response what has been seen, and what was done about the request.
    pub(super) fn answers<T>(&self, response: &mut Response<T>, treatment: Treatment) {
        let fetched = *self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let observed = Observed {
            counts: self.counts.clone(),
            origin_status: fetched.status,
            origin_head: fetched.head,
            cache: self.noted_of_cache().clone(),
        };
        if let Some(cache) = &observed.cache
            && let Ok(value) = HeaderValue::try_from(cache.to_string())
        {
            // Behind those of caches nearer to the origin (RFC 9211 §2).
            response.headers_mut().append(CACHE_STATUS, value);
        }
        if self.has_timing
            && let Ok(value) = HeaderValue::try_from(timing(observed.origin_head, treatment))
        {
            // Beside the origin's own: the field is a list (RFC 9110 §5.3).
            response.headers_mut().append(SERVER_TIMING, value);
        }
        if let Some(line) = &self.line {
            line.answered(response, treatment, &observed);
        }
        let extensions = response.extensions_mut();
        extensions.insert(treatment);
        extensions.insert(observed);
    }

    /// Returns the origin's body, of which the bytes are counted.
    pub(super) fn reading<S: ByteStream + 'static>(
        &self,
        body: S,
    ) -> impl ByteStream + 'static + use<S> {
        let counts = self.counts.clone();
        body.inspect_ok(move |chunk| counts.receive(chunk.len()))
    }

    /// Returns the client's body, which is counted.
    pub(super) fn counting<S: ByteStream + Unpin>(&self, body: S) -> Counting<S> {
        Counting {
            body,
            counts: self.counts.clone(),
            line: self.line.clone(),
        }
    }

    /// Notes that the body of the response begins.
    pub(super) fn begins(&self) {
        if let Some(line) = &self.line {
            line.begins();
        }
    }

    /// Notes how sending went. `end` is how a response has ended that was sent.
    pub(super) fn sent<T, X>(&self, sent: Result<T, X>, end: Option<End>) -> Result<T, X> {
        if let Some(line) = &self.line {
            let end = if sent.is_ok() {
                end
            } else {
                Some(End::Refused)
            };
            if let Some(end) = end {
                line.ended(end);
            }
        }
        sent
    }
}

/// Returns a `Server-Timing` with the time that the origin took, and what was done.
fn timing(origin: Option<Duration>, treatment: Treatment) -> String {
    let mut value = String::new();
    if let Some(origin) = origin {
        let milliseconds = origin.as_secs_f64() * 1000.0;
        // To write into memory never fails.
        let _ = write!(value, "origin;dur={milliseconds:.1}, ");
    }
    let _ = match treatment {
        Treatment::Decided(decision) => {
            let (outcome, row) = (decision.outcome.name(), decision.reason.row());
            write!(value, "gate;desc=\"{outcome} {row}\"")
        }
        Treatment::Answered(reason) => write!(value, "gate;desc=\"{reason}\""),
    };
    value
}

/// A body for the client, of which the bytes are counted.
pub(super) struct Counting<S> {
    body: S,
    counts: Counts,
    line: Option<Arc<Line>>,
}

impl<S: ByteStream + Unpin> Stream for Counting<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(chunk)) = &item {
            self.counts.send(chunk.len());
        }
        if let Some(line) = &self.line {
            match &item {
                Some(Ok(_)) => line.begins(),
                Some(Err(error)) => line.ended(match FetchError::of(error) {
                    Some(FetchError::ClientGone(_)) => End::ClientGone,
                    _ => End::Unfinished,
                }),
                None => line.ended(End::Whole),
            }
        }
        Poll::Ready(item)
    }
}
