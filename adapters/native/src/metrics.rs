//! What the gate counts and measures, for Prometheus.

use std::borrow::Cow;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use http::{StatusCode, Uri};
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use streamgate::Counts;

/// The bounds of the histograms of times, in seconds.
const SECONDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// The name and the value of each label. All values are words of the gate's own, so there are few.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The metrics of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    connections: Gauge,
    accepted: Counter,
    refused: Family<Labels<1>, Counter>,
    under_way: Gauge,
    exchanges: Family<Labels<2>, Counter>,
    /// The counters of `exchanges` so far: few, and sooner found by their words than by a hash.
    found: RwLock<Vec<(Labels<2>, Counter)>>,
    errors: Family<Labels<1>, Counter>,
    received: Counter,
    sent: Counter,
    first_byte: Histogram,
    whole: Histogram,
    origin_sent: Counter,
    urls: Counter,
    rules: Family<[(&'static str, String); 1], Counter>,
    failures: Family<OfOrigin, Counter>,
    reloads: Family<Labels<1>, Counter>,
    lost: Counter,
    #[cfg(feature = "otel")]
    spans_lost: Counter,
}

/// An origin by its URL in the configuration, and a reason in a word of the gate's own.
type OfOrigin = [(&'static str, Cow<'static, str>); 2];

/// Something that is there, and is counted as long as it is.
#[derive(Debug)]
pub(crate) struct Present(Gauge);

impl Present {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What is counted of an exchange that has ended.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    /// What the gate decided.
    pub(crate) decision: &'static str,
    /// `None`: the client left before there was one.
    pub(crate) status: Option<StatusCode>,
    /// Why it did not go well.
    pub(crate) error: Option<&'static str>,
    /// The bytes of the request's body.
    pub(crate) received: u64,
    /// The bytes of the response's body.
    pub(crate) sent: u64,
    /// The bytes of the body of the origin's response.
    pub(crate) origin_sent: u64,
    /// The time to the response's head.
    pub(crate) head: Option<Duration>,
    /// The time to the end of the response.
    pub(crate) whole: Duration,
    /// What the rewriting did.
    pub(crate) counts: &'a Counts,
}

impl Metrics {
    /// Makes metrics that have counted nothing.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("streamgate"),
            connections: Gauge::default(),
            accepted: Counter::default(),
            refused: Family::default(),
            under_way: Gauge::default(),
            exchanges: Family::default(),
            found: RwLock::default(),
            errors: Family::default(),
            received: Counter::default(),
            sent: Counter::default(),
            first_byte: Histogram::new(SECONDS),
            whole: Histogram::new(SECONDS),
            origin_sent: Counter::default(),
            urls: Counter::default(),
            rules: Family::default(),
            failures: Family::default(),
            reloads: Family::default(),
            lost: Counter::default(),
            #[cfg(feature = "otel")]
            spans_lost: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        let open = self.connections.clone();
        all.register("connections", "Connections of clients that are open", open);
        let accepted = self.accepted.clone();
        all.register("connections_accepted", "Connections accepted", accepted);
        let help = "Connections for which there was no place, by the limit";
        all.register("connections_refused", help, self.refused.clone());
        let help = "Exchanges that are under way";
        all.register("exchanges_under_way", help, self.under_way.clone());
        let help = "Exchanges that have ended, by decision and class of status";
        all.register("exchanges", help, self.exchanges.clone());
        let help = "Exchanges that did not go well, by reason";
        all.register("errors", help, self.errors.clone());
        let help = "Bytes of the bodies of requests";
        all.register("request_body_bytes", help, self.received.clone());
        let help = "Bytes of the bodies of responses";
        all.register("response_body_bytes", help, self.sent.clone());
        let help = "Time from the head of a request to that of its response";
        all.register("first_byte_seconds", help, self.first_byte.clone());
        let help = "Time from the head of a request to the end of its response";
        all.register("exchange_seconds", help, self.whole.clone());
        let help = "Bytes of the bodies of origins' responses";
        all.register("origin_body_bytes", help, self.origin_sent.clone());
        let help = "URLs of origins in bodies that became public ones";
        all.register("urls_mapped", help, self.urls.clone());
        let help = "Elements on which structure rules have acted, by rule";
        all.register("rules_fired", help, self.rules.clone());
        let help = "Attempts at an exchange with an origin that failed, by origin and reason";
        all.register("origin_failures", help, self.failures.clone());
        let help = "Reloads of the configuration, by result";
        all.register("reloads", help, self.reloads.clone());
        let help = "Lines of the logs that were lost";
        all.register("log_lines_lost", help, self.lost.clone());
        #[cfg(feature = "otel")]
        {
            let help = "Spans that were lost";
            all.register("spans_lost", help, self.spans_lost.clone());
        }
    }

    /// Counts a connection of a client, for as long as it is open.
    pub(crate) fn connection(&self) -> Present {
        self.accepted.inc();
        Present::of(&self.connections)
    }

    /// Counts a connection that was refused because of a limit.
    pub(crate) fn refused(&self, limit: &'static str) {
        self.refused.get_or_create(&[("limit", limit)]).inc();
    }

    /// Counts an exchange, for as long as it is under way.
    pub(crate) fn exchange(&self) -> Present {
        Present::of(&self.under_way)
    }

    /// Counts an exchange that has ended.
    pub(crate) fn ended(&self, ended: &Ended<'_>) {
        let status = ended.status.map_or("none", class);
        let labels = [("decision", ended.decision), ("status", status)];
        self.count(labels);
        if let Some(reason) = ended.error {
            self.errors.get_or_create(&[("reason", reason)]).inc();
        }
        self.received.inc_by(ended.received);
        self.sent.inc_by(ended.sent);
        self.origin_sent.inc_by(ended.origin_sent);
        self.urls.inc_by(ended.counts.urls());
        for (rule, count) in ended.counts.rules() {
            self.rules.get_or_create(&[("rule", rule)]).inc_by(count);
        }
        if let Some(time) = ended.head {
            self.first_byte.observe(time.as_secs_f64());
        }
        self.whole.observe(ended.whole.as_secs_f64());
    }

    /// Counts an exchange with these labels.
    fn count(&self, labels: Labels<2>) {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counter)) = found.iter().find(|(of, _)| *of == labels) {
            counter.inc();
            return;
        }
        drop(found);
        let counter = self.exchanges.get_or_create(&labels).clone();
        counter.inc();
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.push((labels, counter));
    }

    /// Counts an attempt at an exchange with an origin that failed, whatever the exchange became.
    pub(crate) fn origin_failed(&self, origin: &Uri, reason: &'static str) {
        let origin = origin.to_string();
        let origin = origin.trim_end_matches('/').to_owned();
        let labels = [("origin", origin.into()), ("reason", reason.into())];
        self.failures.get_or_create(&labels).inc();
    }

    /// Counts a reload.
    pub(crate) fn reloaded(&self, is_ok: bool) {
        let result = if is_ok { "ok" } else { "failed" };
        self.reloads.get_or_create(&[("result", result)]).inc();
    }

    /// Returns all metrics in the text format of Prometheus. `lost` is the number of lines of the
    /// logs that were lost so far.
    ///
    /// # Errors
    /// Returns an error if a metric has no form in that format, which all of these have.
    pub(crate) fn text(&self, lost: u64) -> Result<String, fmt::Error> {
        self.lost.inc_by(lost.saturating_sub(self.lost.get()));
        #[cfg(feature = "otel")]
        self.spans_lost
            .inc_by(crate::otel::lost().saturating_sub(self.spans_lost.get()));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_counted_by_words_of_our_own() {
        let metrics = Metrics::new();
        let ended = Ended {
            decision: "stream",
            status: Some(StatusCode::OK),
            error: Some("response_unfinished"),
            received: 3,
            sent: 5,
            origin_sent: 4,
            head: Some(Duration::from_millis(2)),
            whole: Duration::from_secs(2),
            counts: &Counts::default(),
        };
        metrics.ended(&ended);
        metrics.ended(&ended);
        metrics.origin_failed(&Uri::from_static("http://o.example/"), "dns_error");
        metrics.reloaded(false);
        let open = metrics.connection();
        let text = metrics.text(7).expect("a text");
        for line in [
            "streamgate_exchanges_total{decision=\"stream\",status=\"2xx\"} 2",
            "streamgate_errors_total{reason=\"response_unfinished\"} 2",
            "streamgate_request_body_bytes_total 6",
            "streamgate_response_body_bytes_total 10",
            "streamgate_origin_body_bytes_total 8",
            "streamgate_first_byte_seconds_bucket{le=\"0.0025\"} 2",
            "streamgate_exchange_seconds_bucket{le=\"1\"} 0",
            "streamgate_origin_failures_total{origin=\"http://o.example\",reason=\"dns_error\"} 1",
            "streamgate_reloads_total{result=\"failed\"} 1",
            "streamgate_log_lines_lost_total 7",
            "streamgate_connections 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
        }
        drop(open);
        let text = metrics.text(7).expect("a text");
        assert!(text.contains("\nstreamgate_connections 0\n"), "{text}");
    }
}
