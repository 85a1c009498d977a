//! The span of an exchange, with the attributes of the semantic conventions for HTTP servers.

use std::time::SystemTime;

use http::{Method, Version};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use streamgate::{LogEntry, Trace};

/// The methods that the conventions know. Any other is `_OTHER`.
const KNOWN: [Method; 9] = [
    Method::CONNECT,
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// Returns the span of an exchange. `None` if the gate has none of its own, or the times are not
/// known.
pub(super) fn of(entry: &LogEntry<'_>, trace: Trace, is_secure: bool) -> Option<SpanData> {
    let span = trace.span?;
    let start = SystemTime::UNIX_EPOCH.checked_add(entry.at?)?;
    let is_known = KNOWN.iter().any(|method| method.as_str() == entry.method);
    let context = SpanContext::new(
        TraceId::from_bytes(trace.id.0.to_be_bytes()),
        SpanId::from_bytes(span.0.to_be_bytes()),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let parent = trace.parent.map(|parent| parent.0.to_be_bytes());
    let is_error = entry.status.is_some_and(|status| status.is_server_error());
    Some(SpanData {
        span_context: context,
        parent_span_id: parent.map_or(SpanId::INVALID, SpanId::from_bytes),
        parent_span_is_remote: parent.is_some(),
        span_kind: SpanKind::Server,
        // Without a low-cardinality route the name is the method alone.
        name: if is_known {
            entry.method.to_owned()
        } else {
            "HTTP".to_owned()
        }
        .into(),
        start_time: start,
        end_time: start.checked_add(entry.whole?)?,
        attributes: attributes(entry, is_known, is_secure, is_error),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: match entry.error {
            Some(error) => Status::error(error),
            None if is_error => Status::error(""),
            None => Status::Unset,
        },
        instrumentation_scope: InstrumentationScope::builder("streamgate")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    })
}

fn attributes(
    entry: &LogEntry<'_>,
    is_known: bool,
    is_secure: bool,
    is_error: bool,
) -> Vec<KeyValue> {
    let number = |number: u64| Value::I64(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &str| Value::from(text.to_owned());
    let method = if is_known { entry.method } else { "_OTHER" };
    let status = entry.status.map(|status| status.as_u16());
    let failure = status
        .filter(|_| is_error)
        .map(|status| text(&status.to_string()));
    let version = match entry.version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    };
    let rules = entry.counts.rules();
    let rules: Vec<_> = rules
        .map(|(rule, count)| format!("{rule}:{count}").into())
        .collect();
    let all = [
        ("http.request.method", Some(text(method))),
        (
            "http.request.method_original",
            (!is_known).then(|| text(entry.method)),
        ),
        (
            "http.response.status_code",
            status.map(|status| number(status.into())),
        ),
        ("error.type", entry.error.map(text).or(failure)),
        ("url.path", Some(text(entry.path))),
        (
            "url.scheme",
            Some(text(if is_secure { "https" } else { "http" })),
        ),
        ("network.protocol.name", Some(text("http"))),
        ("network.protocol.version", Some(text(version))),
        (
            "client.address",
            entry.client.map(|client| text(&client.to_string())),
        ),
        ("http.request.body.size", entry.received.map(number)),
        ("http.response.body.size", entry.sent.map(number)),
        ("streamgate.decision", Some(text(entry.decision))),
        ("streamgate.row", entry.row.map(|row| number(row.into()))),
        ("streamgate.reason", entry.reason.map(text)),
        (
            "streamgate.origin.status_code",
            entry
                .origin_status
                .map(|status| number(status.as_u16().into())),
        ),
        (
            "streamgate.origin.duration",
            entry.origin_head.map(|time| Value::F64(time.as_secs_f64())),
        ),
        ("streamgate.urls", Some(number(entry.counts.urls()))),
        (
            "streamgate.rules",
            (!rules.is_empty()).then_some(Value::Array(opentelemetry::Array::String(rules))),
        ),
    ];
    let all = all.into_iter();
    all.filter_map(|(name, value)| Some(KeyValue::new(name, value?)))
        .collect()
}
