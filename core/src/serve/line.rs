//! The line of the access log of an exchange, where core writes it.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, Uri, Version};

use super::observed::{Observed, Treatment};
use crate::access_log::LogEntry;
use crate::cache::CacheStatus;
use crate::config::AccessLog;
use crate::counts::Counts;
use crate::edge::Clock;
use crate::head::lengths;
use crate::head::request::ClientAddress;
use crate::trace::TraceId;

/// A line that is written once it is dropped: with the end of the exchange, however it ends.
pub(super) struct Line {
    format: AccessLog,
    write: fn(&str),
    clock: Option<Clock>,
    at: Option<Duration>,
    began: Option<Duration>,
    client: Option<IpAddr>,
    method: Method,
    target: Uri,
    version: Version,
    counts: Counts,
    noted: Mutex<Noted>,
}

/// What is noted as the exchange goes on.
#[derive(Debug, Default)]
struct Noted {
    trace: Option<TraceId>,
    answered: Option<Answered>,
    first_byte: Option<Duration>,
    end: Option<End>,
}

/// What is known once the response has a head.
#[derive(Debug, Clone)]
struct Answered {
    status: StatusCode,
    treatment: Treatment,
    /// The length of the body, if the head says it.
    length: Option<u64>,
    origin_status: Option<StatusCode>,
    origin_head: Option<Duration>,
    cache: Option<CacheStatus>,
    after: Option<Duration>,
}

/// How a response has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All of it was given out.
    Whole,
    /// The platform carries the body by itself, and does not tell how it ends.
    HandedOver,
    /// Its body failed, so the client has got a part.
    Unfinished,
    /// The client has left before its end.
    ClientGone,
    /// The platform has refused it.
    Refused,
}

impl Line {
    /// Begins the line of an exchange for which the client sent this head.
    pub(super) fn begin(
        format: AccessLog,
        write: fn(&str),
        clock: Option<Clock>,
        request: &Request<()>,
        counts: Counts,
    ) -> Self {
        let client = request.extensions().get::<ClientAddress>();
        Self {
            format,
            write,
            at: clock.map(|clock| (clock.since_epoch)()),
            began: clock.map(|clock| (clock.elapsed)()),
            clock,
            client: client.map(|client| client.0),
            method: request.method().clone(),
            target: request.uri().clone(),
            version: request.version(),
            counts,
            noted: Mutex::default(),
        }
    }

    /// Returns what has been noted. Only one holder of the line is at work at a time.
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the trace that the exchange belongs to.
    pub(super) fn traces(&self, trace: TraceId) {
        self.noted().trace = Some(trace);
    }

    /// Notes the head of the response.
    pub(super) fn answered<T>(
        &self,
        response: &Response<T>,
        treatment: Treatment,
        observed: &Observed,
    ) {
        self.noted().answered = Some(Answered {
            status: response.status(),
            treatment,
            length: lengths::said(response.headers()),
            origin_status: observed.origin_status,
            origin_head: observed.origin_head,
            cache: observed.cache.clone(),
            after: self.after(),
        });
    }

    /// Notes that the body has begun.
    pub(super) fn begins(&self) {
        let mut noted = self.noted();
        if noted.first_byte.is_none() {
            noted.first_byte = self.after();
        }
    }

    /// Notes how the response has ended.
    pub(super) fn ended(&self, end: End) {
        let mut noted = self.noted();
        if noted.end.is_none() || end == End::Refused {
            noted.end = Some(end);
        }
    }

    /// Returns the time since the head of the request was there.
    fn after(&self) -> Option<Duration> {
        let now = self.clock.map(|clock| (clock.elapsed)());
        now.zip(self.began)
            .map(|(now, began)| now.saturating_sub(began))
    }

    /// Returns what went wrong.
    fn error(&self, noted: &Noted) -> Option<&'static str> {
        let Some(answered) = &noted.answered else {
            return Some("client_gone");
        };
        match (noted.end, answered.treatment) {
            (Some(End::Refused), _) => Some("proxy_internal_error"),
            (Some(End::Unfinished), _) => Some("response_unfinished"),
            (Some(End::ClientGone), _) => Some("client_gone"),
            // A platform need not ask for the end where all that was announced is there.
            (None, _) if answered.length != Some(self.counts.sent()) => Some("client_gone"),
            (_, Treatment::Answered(reason)) if answered.status.as_u16() >= 400 => Some(reason),
            _ => None,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let noted = std::mem::take(&mut *self.noted());
        let answered = noted.answered.as_ref();
        let treatment = answered.map(|answered| answered.treatment);
        let decision = match treatment {
            Some(Treatment::Decided(decision)) => Some(decision),
            Some(Treatment::Answered(_)) | None => None,
        };
        let origin_status = answered.and_then(|answered| answered.origin_status);
        // Nobody got a head that the platform has refused.
        let got = answered.filter(|_| noted.end != Some(End::Refused));
        // Else the platform alone knows.
        let is_ours = noted.end != Some(End::HandedOver);
        let cache = answered.and_then(|answered| answered.cache.as_ref());
        let entry = LogEntry {
            at: self.at,
            client: self.client,
            method: self.method.as_str(),
            path: self.target.path(),
            version: self.version,
            status: got.map(|answered| answered.status),
            sent: is_ours.then(|| self.counts.sent()),
            received: None,
            head: got.and_then(|answered| answered.after),
            first_byte: noted.first_byte,
            whole: self.after(),
            decision: treatment.map_or("none", Treatment::name),
            row: decision.map(|decision| decision.reason.row()),
            reason: treatment.map(Treatment::reason),
            error: self.error(&noted),
            origin_status,
            origin_head: answered.and_then(|answered| answered.origin_head),
            origin_sent: origin_status
                .filter(|_| is_ours)
                .map(|_| self.counts.received()),
            cache: cache.map(CacheStatus::name),
            cache_reason: cache.and_then(CacheStatus::why),
            counts: &self.counts,
            trace: noted.trace,
        };
        (self.write)(&self.format.line(&entry));
    }
}
