//! What is known of an exchange once it has ended.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use streamgate::{AccessLog, CacheStatus, LogEntry, Observed, Outcome, Traced, Treatment};
use tokio::time::Instant;

use crate::metrics::{Ended, Metrics, Present};
use crate::process::access_log;
use crate::view::feed;

/// The record of an exchange, which is written once it is dropped: with the end of the response, or
/// when the client leaves.
#[derive(Debug)]
pub(crate) struct Record {
    began: Instant,
    request: Requested,
    received: Arc<AtomicU64>,
    traced: Traced,
    answered: Option<Answered>,
    observed: Option<Observed>,
    sent: u64,
    /// The time to the first byte of the response's body.
    first_byte: Option<Duration>,
    end: Option<End>,
    log: Option<AccessLog>,
    metrics: Arc<Metrics>,
    _under_way: Present,
}

/// Who has asked for what.
#[derive(Debug)]
pub(crate) struct Requested {
    at: SystemTime,
    client: IpAddr,
    method: Method,
    target: Uri,
    version: Version,
    /// Whether the client's connection has TLS.
    #[cfg_attr(
        not(feature = "otel"),
        expect(dead_code, reason = "only spans tell it")
    )]
    is_secure: bool,
}

impl Requested {
    /// Notes a request of `client`, whose connection has TLS if `is_secure` is set.
    pub(crate) fn of<B>(request: &Request<B>, client: IpAddr, is_secure: bool) -> Self {
        Self {
            at: SystemTime::now(),
            client,
            method: request.method().clone(),
            target: request.uri().clone(),
            version: request.version(),
            is_secure,
        }
    }
}

/// What the head of the response tells.
#[derive(Debug, Clone, Copy)]
struct Answered {
    status: StatusCode,
    treatment: Option<Treatment>,
    /// How long its body is, if it says so.
    length: Option<u64>,
    after: Duration,
}

/// How a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client has got all of it.
    Whole,
    /// Its body failed, so the client has got a part.
    Unfinished,
}

impl Record {
    /// Begins the record of a request, which becomes a line of the access log, too, if there is
    /// one.
    pub(crate) fn begin(
        request: Requested,
        log: Option<AccessLog>,
        metrics: &Arc<Metrics>,
    ) -> Self {
        Self {
            began: Instant::now(),
            request,
            log,
            received: Arc::default(),
            traced: Traced::default(),
            answered: None,
            observed: None,
            sent: 0,
            first_byte: None,
            end: None,
            metrics: Arc::clone(metrics),
            _under_way: metrics.exchange(),
        }
    }

    /// Returns the number of bytes that were read of the request's body, for whoever reads it.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    /// Returns where core notes the trace.
    pub(crate) fn traced(&self) -> Traced {
        self.traced.clone()
    }

    /// Notes the head of the response.
    pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
        self.answered = Some(Answered {
            status: response.status(),
            treatment: response.extensions().get().copied(),
            length: length(response.headers()),
            after: self.began.elapsed(),
        });
        self.observed = response.extensions().get().cloned();
    }

    /// Notes a part of the response's body.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
        if bytes > 0 && self.first_byte.is_none() {
            self.first_byte = Some(self.began.elapsed());
        }
    }

    /// Notes the end of the response's body.
    pub(crate) fn ended(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// Returns what went wrong.
    fn error(&self) -> Option<&'static str> {
        if std::thread::panicking() {
            return Some("proxy_internal_error");
        }
        let Some(answered) = self.answered else {
            return Some("client_gone");
        };
        match (answered.treatment, self.end) {
            (_, Some(End::Unfinished)) => Some("response_unfinished"),
            (_, None) if !self.is_through(answered) => Some("client_gone"),
            (Some(Treatment::Answered(reason)), _) if answered.status.as_u16() >= 400 => {
                Some(reason)
            }
            _ => None,
        }
    }

    /// Returns whether a response is through although nobody has asked for the end of its body: all
    /// of it was sent, or there is none.
    fn is_through(&self, answered: Answered) -> bool {
        let Answered { status, length, .. } = answered;
        length == Some(self.sent)
            || self.request.method == Method::HEAD
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }
}

fn length(head: &HeaderMap) -> Option<u64> {
    head.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Drop for Record {
    fn drop(&mut self) {
        let treatment = self.answered.and_then(|answered| answered.treatment);
        let decided = match treatment {
            Some(Treatment::Decided(decision)) => Some(decision),
            Some(Treatment::Answered(_)) | None => None,
        };
        let passes = decided.is_some_and(|decision| decision.outcome == Outcome::PassThrough);
        let observed = self.observed.take().unwrap_or_default();
        let counts = &observed.counts;
        let ended = Ended {
            decision: treatment.map_or("none", Treatment::name),
            status: self.answered.map(|answered| answered.status),
            error: self.error(),
            received: self.received.load(Ordering::Relaxed),
            sent: self.sent,
            // Of a body that passes, the gate may have read a start, and more than the client took.
            origin_sent: if passes {
                self.sent.max(counts.received())
            } else {
                counts.received()
            },
            head: self.answered.map(|answered| answered.after),
            whole: self.began.elapsed(),
            counts,
        };
        self.metrics.ended(&ended);
        let trace = self.traced.get();
        let entry = LogEntry {
            at: self.request.at.duration_since(SystemTime::UNIX_EPOCH).ok(),
            client: Some(self.request.client),
            method: self.request.method.as_str(),
            path: self.request.target.path(),
            version: self.request.version,
            status: ended.status,
            sent: Some(ended.sent),
            received: Some(ended.received),
            head: ended.head,
            first_byte: self.first_byte,
            whole: Some(ended.whole),
            decision: ended.decision,
            row: decided.map(|decision| decision.reason.row()),
            reason: treatment.map(Treatment::reason),
            error: ended.error,
            origin_status: observed.origin_status,
            origin_head: observed.origin_head,
            origin_sent: observed.origin_status.map(|_| ended.origin_sent),
            cache: observed.cache.as_ref().map(CacheStatus::name),
            cache_reason: observed.cache.as_ref().and_then(CacheStatus::why),
            counts,
            trace: trace.map(|trace| trace.id),
        };
        feed::tell(&entry);
        if let Some(format) = self.log {
            access_log::write(&format.line(&entry));
        }
        #[cfg(feature = "otel")]
        crate::otel::export(&entry, trace, self.request.is_secure);
    }
}
