//! The access log: a line for each exchange that has ended, on standard output.
//!
//! No line has a query, a field of the request or of the response, or anything of a body: what
//! could be a secret is not there to be left out.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use http::{StatusCode, Version};
use serde::Serialize;
use streamgate::AccessLog;
use time::OffsetDateTime;

use super::lines::STDOUT;
use crate::metrics::Ended;

/// What a line tells of an exchange, beside what is counted of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// When the head of the request was there.
    pub(crate) began: SystemTime,
    /// The client's address.
    pub(crate) client: IpAddr,
    /// The method of the request.
    pub(crate) method: &'a str,
    /// The path, without the query.
    pub(crate) path: &'a str,
    /// The client's version of HTTP.
    pub(crate) version: Version,
    /// Why the gate decided as it did.
    pub(crate) reason: Option<&'static str>,
    /// How the exchange has ended.
    pub(crate) ended: Ended,
}

/// Writes a line, unless nobody reads the lines.
pub(crate) fn write(format: AccessLog, entry: &Entry<'_>) {
    let mut line = match format {
        AccessLog::Text => text(entry),
        AccessLog::Json => json(entry),
    };
    line.push('\n');
    STDOUT.say(line.into());
}

fn text(entry: &Entry<'_>) -> String {
    let time = time(entry.began);
    let Entry { client, method, .. } = entry;
    let Ended {
        decision,
        received,
        sent,
        ..
    } = entry.ended;
    let path = quoted(entry.path);
    let version = version(entry.version);
    let status = entry.ended.status.as_ref();
    let status = status.map_or("-", StatusCode::as_str);
    let first = entry.ended.first_byte.map_or("-".to_owned(), seconds);
    let whole = seconds(entry.ended.whole);
    let reason = entry.reason.unwrap_or("-");
    let error = entry.ended.error.unwrap_or("-");
    format!(
        "{client} - - [{time}] \"{method} {path} {version}\" {status} {sent} {received} {first} \
         {whole} {decision} {reason} {error}"
    )
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

/// Returns an exchange as an object of JSON.
pub(crate) fn json(entry: &Entry<'_>) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        time: String,
        client: IpAddr,
        method: &'a str,
        path: &'a str,
        protocol: &'static str,
        status: Option<u16>,
        sent: u64,
        received: u64,
        first_byte: Option<f64>,
        duration: f64,
        decision: &'static str,
        reason: Option<&'static str>,
        error: Option<&'static str>,
    }
    let Ended { status, .. } = entry.ended;
    let object = Object {
        time: time(entry.began),
        client: entry.client,
        method: entry.method,
        path: entry.path,
        protocol: version(entry.version),
        status: status.map(|status| status.as_u16()),
        sent: entry.ended.sent,
        received: entry.ended.received,
        first_byte: entry.ended.first_byte.map(milliseconds),
        duration: milliseconds(entry.ended.whole),
        decision: entry.ended.decision,
        reason: entry.reason,
        error: entry.ended.error,
    };
    // Such an object is always one of JSON.
    serde_json::to_string(&object).unwrap_or_default()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Returns seconds, no finer than milliseconds.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Returns a time as RFC 3339 writes it, in UTC, no finer than milliseconds.
fn time(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second, millisecond) = time.time().as_hms_milli();
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry<'_> {
        Entry {
            began: SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_120_456),
            client: IpAddr::from([192, 0, 2, 1]),
            method: "GET",
            path,
            version: Version::HTTP_2,
            reason: Some("processable"),
            ended: Ended {
                decision: "stream",
                status: Some(StatusCode::OK),
                error: None,
                received: 0,
                sent: 512,
                first_byte: Some(Duration::from_micros(12_345)),
                whole: Duration::from_millis(1500),
            },
        }
    }

    #[test]
    fn a_line_of_text_has_its_words_in_order() {
        assert_eq!(
            text(&entry("/a\"b\\c\u{1b}ü")),
            r#"192.0.2.1 - - [2023-11-14T22:13:20.120Z] "GET /a\"b\\c\x1b\xc3\xbc HTTP/2.0" 200 512 0 0.012 1.500 stream processable -"#
        );
        let mut gone = entry("/");
        gone.reason = None;
        gone.ended.status = None;
        gone.ended.first_byte = None;
        gone.ended.decision = "none";
        gone.ended.error = Some("client_gone");
        let line = text(&gone);
        assert!(
            line.ends_with("\" - 512 0 - 1.500 none - client_gone"),
            "{line}"
        );
    }

    #[test]
    fn a_line_of_json_is_an_object() {
        let line = json(&entry("/a\"b\n"));
        let object: serde_json::Value = serde_json::from_str(&line).expect(&line);
        assert!(!line.contains('\n'));
        assert_eq!(object["time"], "2023-11-14T22:13:20.120Z");
        assert_eq!(object["client"], "192.0.2.1");
        assert_eq!(object["path"], "/a\"b\n");
        assert_eq!(object["first_byte"], 0.012);
        assert_eq!(object["duration"], 1.5);
        assert_eq!(object["error"], serde_json::Value::Null);
    }
}
