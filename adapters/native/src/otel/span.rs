//! The span of an exchange, with the attributes of the semantic conventions for HTTP servers.

use std::borrow::Cow;
use std::time::SystemTime;

use http::{Method, StatusCode, Version};
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
    let error = failure(entry);
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
        attributes: attributes(entry, is_known, is_secure, error.as_deref()),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: match error {
            // A status tells by itself what went wrong.
            Some(_) if entry.error.is_none() => Status::error(""),
            Some(error) => Status::error(error.into_owned()),
            None => Status::Unset,
        },
        instrumentation_scope: InstrumentationScope::builder("streamgate")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    })
}

/// Returns what has failed, as the conventions see it: a 4xx is no failure of a server, unless the
/// client has not got all of it.
fn failure(entry: &LogEntry<'_>) -> Option<Cow<'static, str>> {
    let is_cut = matches!(entry.error, Some("response_unfinished" | "client_gone"));
    if entry.status.is_some_and(|status| status.is_client_error()) && !is_cut {
        return None;
    }
    let status = entry.status.filter(StatusCode::is_server_error);
    let named = status.map(|status| status.as_u16().to_string().into());
    entry.error.map(Cow::Borrowed).or(named)
}

fn attributes(
    entry: &LogEntry<'_>,
    is_known: bool,
    is_secure: bool,
    error: Option<&str>,
) -> Vec<KeyValue> {
    let number = |number: u64| Value::I64(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &str| Value::from(text.to_owned());
    let method = if is_known { entry.method } else { "_OTHER" };
    let status = entry.status.map(|status| status.as_u16());
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
        ("error.type", error.map(text)),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use streamgate::{Counts, TraceId};

    use super::*;

    fn span(status: Option<u16>, error: Option<&'static str>) -> SpanData {
        let counts = Counts::default();
        let entry = LogEntry {
            at: Some(Duration::from_secs(1)),
            client: None,
            method: "GET",
            path: "/",
            version: Version::HTTP_11,
            status: status.map(|status| StatusCode::from_u16(status).expect("a status")),
            sent: None,
            received: None,
            head: None,
            first_byte: None,
            whole: Some(Duration::from_secs(1)),
            decision: "gate",
            row: None,
            reason: None,
            error,
            origin_status: None,
            origin_head: None,
            origin_sent: None,
            cache: None,
            cache_reason: None,
            counts: &counts,
            trace: None,
        };
        let trace = Trace {
            id: TraceId(1),
            span: Some(streamgate::SpanId(1)),
            parent: None,
            is_sampled: true,
        };
        of(&entry, trace, false).expect("a span")
    }

    #[test]
    fn an_error_of_the_client_is_none_of_the_server() {
        for (status, error, described, named) in [
            (Some(200), None, None, None),
            (Some(404), None, None, None),
            (Some(413), Some("http_request_error"), None, None),
            (
                Some(404),
                Some("client_gone"),
                Some("client_gone"),
                Some("client_gone"),
            ),
            (Some(503), None, Some(""), Some("503")),
            (
                Some(502),
                Some("dns_error"),
                Some("dns_error"),
                Some("dns_error"),
            ),
            (
                None,
                Some("client_gone"),
                Some("client_gone"),
                Some("client_gone"),
            ),
        ] {
            let span = span(status, error);
            let expected = described.map_or(Status::Unset, Status::error);
            assert_eq!(span.status, expected, "{status:?} {error:?}");
            let mut attributes = span.attributes.iter();
            let found = attributes.find(|it| it.key.as_str() == "error.type");
            let found = found.map(|it| it.value.as_str().into_owned());
            assert_eq!(found.as_deref(), named, "{status:?} {error:?}");
        }
    }
}
