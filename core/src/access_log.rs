//! The access log: a line for each exchange that has ended, the same on every platform.
//!
//! No line has a query, a field of the request or of the response, or anything of a body: what
//! could be a secret is not there to be left out.

use std::net::IpAddr;
use std::time::Duration;

use http::{StatusCode, Version};
use serde::Serialize;
use serde::ser::SerializeMap;
use time::OffsetDateTime;

use crate::config::AccessLog;
use crate::counts::Counts;
use crate::trace::TraceId;

/// What a line tells of an exchange. `None` stands for what there is not, or what the platform does
/// not tell.
#[derive(Debug, Clone)]
pub struct LogEntry<'a> {
    /// When the head of the request was there, since the Unix epoch.
    pub at: Option<Duration>,
    /// The client's address.
    pub client: Option<IpAddr>,
    /// The method of the request.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The client's version of HTTP.
    pub version: Version,
    /// The status of the response. `None`: the client left before there was one.
    pub status: Option<StatusCode>,
    /// The bytes of the response's body.
    pub sent: Option<u64>,
    /// The bytes of the request's body.
    pub received: Option<u64>,
    /// The time to the head of the response.
    pub head: Option<Duration>,
    /// The time to the first byte of its body.
    pub first_byte: Option<Duration>,
    /// The time to its end.
    pub whole: Option<Duration>,
    /// What the gate decided.
    pub decision: &'static str,
    /// The row of the truth table by which it decided.
    pub row: Option<u8>,
    /// Why it decided so.
    pub reason: Option<&'static str>,
    /// What went wrong.
    pub error: Option<&'static str>,
    /// The status of the origin's response.
    pub origin_status: Option<StatusCode>,
    /// The time from the request to the origin to the head of its response.
    pub origin_head: Option<Duration>,
    /// The bytes of the origin's body.
    pub origin_sent: Option<u64>,
    /// What the cache did.
    pub cache: Option<&'static str>,
    /// Why, if it says so.
    pub cache_reason: Option<&'static str>,
    /// What the rewriting did.
    pub counts: &'a Counts,
    /// The trace of which the exchange is a part.
    pub trace: Option<TraceId>,
}

impl AccessLog {
    /// Returns the line of an exchange, without its end.
    #[must_use]
    pub fn line(self, entry: &LogEntry<'_>) -> String {
        match self {
            Self::Text => text(entry),
            // Such an object is always one of JSON.
            Self::Json => serde_json::to_string(&Object::of(entry)).unwrap_or_default(),
        }
    }
}

fn text(entry: &LogEntry<'_>) -> String {
    let LogEntry {
        method,
        decision,
        counts,
        ..
    } = entry;
    let word = |word: Option<String>| word.unwrap_or_else(|| "-".to_owned());
    let client = word(entry.client.map(|client| client.to_string()));
    let time = word(entry.at.map(rfc3339));
    let path = quoted(entry.path);
    let version = version(entry.version);
    let status = word(entry.status.map(|status| status.as_str().to_owned()));
    let bytes = |count: Option<u64>| word(count.map(|count| count.to_string()));
    let (sent, received) = (bytes(entry.sent), bytes(entry.received));
    let (head, whole) = (
        word(entry.head.map(text_of)),
        word(entry.whole.map(text_of)),
    );
    let reason = entry.reason.unwrap_or("-");
    let error = entry.error.unwrap_or("-");
    let mut line = format!(
        "{client} - - [{time}] \"{method} {path} {version}\" {status} {sent} {received} {head} \
         {whole} {decision} {reason} {error}"
    );
    let urls = Some(counts.urls()).filter(|urls| *urls > 0);
    let rules: Vec<String> = counts
        .rules()
        .map(|(rule, count)| format!("{rule}:{count}"))
        .collect();
    let rules = Some(rules.join(",")).filter(|rules| !rules.is_empty());
    let fragments = counts.fragments();
    let fragments: Vec<String> = fragments
        .iter()
        .map(|(fragment, end)| format!("{fragment}:{end}"))
        .collect();
    let fragments = Some(fragments.join(",")).filter(|fragments| !fragments.is_empty());
    for (name, value) in [
        ("row", entry.row.map(|row| row.to_string())),
        ("first_byte", entry.first_byte.map(text_of)),
        (
            "origin",
            entry.origin_status.map(|status| status.as_str().to_owned()),
        ),
        ("origin_head", entry.origin_head.map(text_of)),
        (
            "origin_sent",
            entry.origin_sent.map(|count| count.to_string()),
        ),
        ("cache", entry.cache.map(str::to_owned)),
        ("cache_reason", entry.cache_reason.map(str::to_owned)),
        ("urls", urls.map(|urls| urls.to_string())),
        ("rules", rules),
        ("fragments", fragments),
        ("trace", entry.trace.map(|trace| trace.to_string())),
    ] {
        if let Some(value) = value {
            line.push_str(&format!(" {name}={value}"));
        }
    }
    line
}

/// Returns a path as it stands in quotes: in printable ASCII, with an escape for each other byte.
fn quoted(path: &str) -> String {
    path.bytes().fold(String::new(), |mut quoted, byte| {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
        quoted
    })
}

/// The line in JSON.
#[derive(Serialize)]
struct Object<'a> {
    time: Option<String>,
    client: Option<IpAddr>,
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    status: Option<u16>,
    sent: Option<u64>,
    received: Option<u64>,
    head: Option<f64>,
    first_byte: Option<f64>,
    duration: Option<f64>,
    decision: &'static str,
    row: Option<u8>,
    reason: Option<&'static str>,
    error: Option<&'static str>,
    origin_status: Option<u16>,
    origin_head: Option<f64>,
    origin_sent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_reason: Option<&'static str>,
    urls: u64,
    #[serde(serialize_with = "rules")]
    rules: &'a Counts,
    #[serde(serialize_with = "fragments")]
    fragments: &'a Counts,
    trace_id: Option<String>,
}

impl<'a> Object<'a> {
    fn of(entry: &LogEntry<'a>) -> Self {
        Self {
            time: entry.at.map(rfc3339),
            client: entry.client,
            method: entry.method,
            path: entry.path,
            protocol: version(entry.version),
            status: entry.status.map(|status| status.as_u16()),
            sent: entry.sent,
            received: entry.received,
            head: entry.head.map(seconds),
            first_byte: entry.first_byte.map(seconds),
            duration: entry.whole.map(seconds),
            decision: entry.decision,
            row: entry.row,
            reason: entry.reason,
            error: entry.error,
            origin_status: entry.origin_status.map(|status| status.as_u16()),
            origin_head: entry.origin_head.map(seconds),
            origin_sent: entry.origin_sent,
            cache: entry.cache,
            cache_reason: entry.cache_reason,
            urls: entry.counts.urls(),
            rules: entry.counts,
            fragments: entry.counts,
            trace_id: entry.trace.map(|trace| trace.to_string()),
        }
    }
}

fn rules<S: serde::Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (rule, count) in counts.rules() {
        map.serialize_entry(&rule, &count)?;
    }
    map.end()
}

fn fragments<S: serde::Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.fragments())
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

fn text_of(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Returns seconds, no finer than milliseconds.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Returns a time since the Unix epoch as RFC 3339 writes it, in UTC, no finer than milliseconds.
fn rfc3339(since_epoch: Duration) -> String {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds);
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.time().as_hms();
    let millisecond = since_epoch.subsec_millis();
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(path: &'a str, counts: &'a Counts) -> LogEntry<'a> {
        LogEntry {
            at: Some(Duration::from_micros(1_700_000_000_120_456)),
            client: Some(IpAddr::from([192, 0, 2, 1])),
            method: "GET",
            path,
            version: Version::HTTP_2,
            status: Some(StatusCode::OK),
            sent: Some(512),
            received: Some(0),
            head: Some(Duration::from_micros(12_345)),
            first_byte: Some(Duration::from_millis(20)),
            whole: Some(Duration::from_millis(1500)),
            decision: "stream",
            row: Some(12),
            reason: Some("processable"),
            error: None,
            origin_status: Some(StatusCode::OK),
            origin_head: Some(Duration::from_millis(11)),
            origin_sent: Some(480),
            cache: Some("miss"),
            cache_reason: Some("no-store"),
            counts,
            trace: Some(TraceId(0x1f)),
        }
    }

    fn counts() -> Counts {
        let counts = Counts::new(&"route[1].html".into(), 3);
        counts.url();
        counts.rule(2);
        counts.rule(2);
        counts.rule(0);
        counts.rule(3);
        counts
    }

    #[test]
    fn a_line_of_text_has_its_words_in_order() {
        assert_eq!(
            AccessLog::Text.line(&entry("/a\"b\\c\u{1b}ü", &counts())),
            r#"192.0.2.1 - - [2023-11-14T22:13:20.120Z] "GET /a\"b\\c\x1b\xc3\xbc HTTP/2.0" 200 512 0 0.012 1.500 stream processable - row=12 first_byte=0.020 origin=200 origin_head=0.011 origin_sent=480 cache=miss cache_reason=no-store urls=1 rules=route[1].html[0]:1,route[1].html[2]:2 trace=0000000000000000000000000000001f"#
        );
        let counts = Counts::default();
        let gone = LogEntry {
            at: None,
            client: None,
            method: "GET",
            path: "/",
            version: Version::HTTP_11,
            status: None,
            sent: None,
            received: None,
            head: None,
            first_byte: None,
            whole: None,
            decision: "none",
            row: None,
            reason: None,
            error: Some("client_gone"),
            origin_status: None,
            origin_head: None,
            origin_sent: None,
            cache: None,
            cache_reason: None,
            counts: &counts,
            trace: None,
        };
        let line = "- - - [-] \"GET / HTTP/1.1\" - - - - - none - client_gone";
        assert_eq!(AccessLog::Text.line(&gone), line);
    }

    #[test]
    fn a_line_of_json_is_an_object() {
        let line = AccessLog::Json.line(&entry("/a\"b\n", &counts()));
        let object: serde_json::Value = serde_json::from_str(&line).expect(&line);
        assert!(!line.contains('\n'));
        assert_eq!(object["time"], "2023-11-14T22:13:20.120Z");
        assert_eq!(object["client"], "192.0.2.1");
        assert_eq!(object["path"], "/a\"b\n");
        assert_eq!(object["head"], 0.012);
        assert_eq!(object["first_byte"], 0.02);
        assert_eq!(object["duration"], 1.5);
        assert_eq!(object["error"], serde_json::Value::Null);
        assert_eq!(object["cache"], "miss");
        assert_eq!(object["cache_reason"], "no-store");
        assert_eq!(object["urls"], 1);
        let rules = serde_json::json!({"route[1].html[0]": 1, "route[1].html[2]": 2});
        assert_eq!(object["rules"], rules);
    }
}
