//! `[limits]`: how long a peer may keep the gate waiting, how much work one body may make, and how
//! much of all there may be at a time.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use http::header::ACCEPT;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::checked::{Time, checked};
use super::units;

/// `[limits]`. Of a limit that can be turned off, `None` stands for no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// `max_decoded` in bytes: how long a coded body may be once it is decoded, default 256 MiB.
    pub(crate) max_decoded: Option<usize>,
    /// `head`: how long a client may take for the head of a request, and be idle before, default
    /// 30 s.
    pub head: Duration,
    /// `body_idle`: how long a body may pause, whether the client or the origin sends it, default
    /// 60 s.
    pub body_idle: Option<Duration>,
    /// `events_idle`: the same for an event stream of the origin, default 15 min.
    pub events_idle: Option<Duration>,
    /// `send_idle`: how long a peer may take nothing of what is sent to it, default 60 s.
    pub send_idle: Option<Duration>,
    /// `tunnel_idle`: how long an upgraded connection may carry nothing, default 15 min.
    pub tunnel_idle: Option<Duration>,
    /// `exchange`: how long a whole exchange may take, by default no limit.
    pub exchange: Option<Duration>,
    /// `request_body` in bytes: how long the body of a request may be, default 1 GiB.
    pub request_body: Option<usize>,
    /// `connections`: how many connections clients may have at a time, default 10,000.
    pub connections: Option<usize>,
    /// `connections_per_client`: how many of them one address may have, by default half of all.
    pub connections_per_client: Option<usize>,
    /// `origin_requests`: how many requests to one origin may be under way at a time, default
    /// 10,000.
    pub origin_requests: Option<usize>,
}

impl LimitsConfig {
    /// Returns how long the body of a response may pause: that of an event stream longer than
    /// others. `media_type` is the value of its `Content-Type`.
    ///
    /// ```
    /// let config = streamgate::Config::from_toml("origin.url = 'https://o.example'", "o")?;
    /// let limits = config.limits;
    /// assert_eq!(limits.pause(b"text/event-stream; charset=utf-8"), limits.events_idle);
    /// assert_eq!(limits.pause(b"text/html"), limits.body_idle);
    /// # Ok::<(), streamgate::ConfigError>(())
    /// ```
    #[must_use]
    pub fn pause(&self, media_type: &[u8]) -> Option<Duration> {
        const EVENTS: &[u8] = b"text/event-stream";
        let essence = media_type.split(|byte| *byte == b';').next();
        match essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(EVENTS)) {
            true => self.events_idle,
            false => self.body_idle,
        }
    }

    /// Returns how long the body of a response may pause that is not there yet: as long as any that
    /// the request's `Accept` allows (RFC 9110 §12.5.1).
    ///
    /// ```
    /// # use http::{HeaderMap, header::ACCEPT};
    /// let config = streamgate::Config::from_toml("origin.url = 'https://o.example'", "o")?;
    /// let limits = config.limits;
    /// let mut request = HeaderMap::new();
    /// assert_eq!(limits.pause_of_accepted(&request), limits.events_idle);
    /// request.insert(ACCEPT, "image/png, image/*;q=0.5".parse()?);
    /// assert_eq!(limits.pause_of_accepted(&request), limits.body_idle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pause_of_accepted(&self, request: &HeaderMap) -> Option<Duration> {
        const EVENTS: [&[u8]; 3] = [b"text/event-stream", b"text/*", b"*/*"];
        let mut ranges = request.get_all(ACCEPT).iter().flat_map(|value| {
            let ranges = value.as_bytes().split(|byte| *byte == b',');
            ranges.filter_map(|range| range.split(|byte| *byte == b';').next())
        });
        let is_events = |range: &[u8]| {
            let range = range.trim_ascii();
            EVENTS
                .iter()
                .any(|events| range.eq_ignore_ascii_case(events))
        };
        match !request.contains_key(ACCEPT) || ranges.any(is_events) {
            // Without a limit, no other is shorter.
            true => Some(self.events_idle?.max(self.body_idle?)),
            false => self.body_idle,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            max_decoded: Some(256 * 1024 * 1024),
            head: Duration::from_secs(30),
            body_idle: Some(MINUTE),
            events_idle: Some(15 * MINUTE),
            send_idle: Some(MINUTE),
            tunnel_idle: Some(15 * MINUTE),
            exchange: None,
            request_body: Some(1024 * 1024 * 1024),
            connections: Some(10_000),
            connections_per_client: Some(5_000),
            origin_requests: Some(10_000),
        }
    }
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawLimits {
    /// Limits the length of a response's body once its content coding is undone. Default: 256 MiB.
    max_decoded: Option<Most>,
    /// Limits the time that a client may take for the head of a request. Default: 30 s.
    head: Option<Time>,
    /// Limits how long a body may pause. Default: 60 s.
    body_idle: Option<Wait>,
    /// Limits how long an event stream of an origin may pause. Default: 15 min.
    events_idle: Option<Wait>,
    /// Limits how long a peer may take none of what is sent to it. Default: 60 s.
    send_idle: Option<Wait>,
    /// Limits how long an upgraded connection may carry nothing. Default: 15 min.
    tunnel_idle: Option<Wait>,
    /// Limits how long a whole exchange may take. Default: off.
    exchange: Option<Wait>,
    /// Limits the length of the body of a request. Default: 1 GiB.
    request_body: Option<Most>,
    /// Limits how many connections clients may have at a time. Default: 10000.
    connections: Option<Count>,
    /// Limits how many connections one client may have. Default: half of `connections`.
    connections_per_client: Option<Count>,
    /// Limits how many requests to one origin may be on their way at a time. Default: 10000.
    origin_requests: Option<Count>,
}

impl RawLimits {
    /// Returns the limits, with the default of each that is left out.
    pub(super) fn check(self) -> LimitsConfig {
        let default = LimitsConfig::default();
        let wait = |limit: Option<Wait>, default| limit.map_or(default, |limit| limit.0);
        let count = |limit: Option<Count>, default| limit.map_or(default, |limit| limit.0);
        let connections = count(self.connections, default.connections);
        let half = connections.map(|all| all.div_ceil(2));
        LimitsConfig {
            max_decoded: self.max_decoded.map_or(default.max_decoded, |most| most.0),
            head: self.head.map_or(default.head, |time| time.0),
            body_idle: wait(self.body_idle, default.body_idle),
            events_idle: wait(self.events_idle, default.events_idle),
            send_idle: wait(self.send_idle, default.send_idle),
            tunnel_idle: wait(self.tunnel_idle, default.tunnel_idle),
            exchange: wait(self.exchange, default.exchange),
            request_body: self
                .request_body
                .map_or(default.request_body, |most| most.0),
            connections,
            connections_per_client: count(self.connections_per_client, half),
            origin_requests: count(self.origin_requests, default.origin_requests),
        }
    }
}

/// What turns a limit off.
const OFF: &str = "off";

checked!(
    Wait(Option<Duration>),
    wait,
    "pattern" = "^([0-9]+ *(ms|s|min)|off)$"
);

fn wait(text: &str) -> Result<Option<Duration>, String> {
    match text {
        OFF => Ok(None),
        time => units::duration(time).map(Some),
    }
}

/// A size that can be turned off.
pub(super) struct Most(Option<usize>);

impl<'de> Deserialize<'de> for Most {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MostVisitor;

        impl Visitor<'_> for MostVisitor {
            type Value = Most;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size as \"1 MiB\", a number of bytes, or \"off\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Most, E> {
                match text {
                    OFF => Ok(Most(None)),
                    size => units::size(size)
                        .map(|size| Most(Some(size)))
                        .map_err(E::custom),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Most, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Most, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(MostVisitor)
    }
}

/// A number of things that may be there at a time, which can be turned off.
pub(super) struct Count(Option<usize>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;

        impl Visitor<'_> for CountVisitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of at least 1, or \"off\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Count, E> {
                match text {
                    OFF => Ok(Count(None)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
                let count = usize::try_from(number).ok().filter(|&count| count > 0);
                count
                    .map(|count| Count(Some(count)))
                    .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }
        }

        deserializer.deserialize_any(CountVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn limits(text: &str) -> Result<LimitsConfig, String> {
        let text = format!("origin.url = 'https://o.example'\n[limits]\n{text}");
        let config = Config::from_toml(&text, "f").map_err(|error| error.to_string())?;
        Ok(config.limits)
    }

    #[test]
    fn a_limit_is_as_written_off_or_the_default() {
        let default = LimitsConfig::default();
        assert_eq!(limits(""), Ok(default.clone()));
        let written = limits(
            "max_decoded = '1 MiB'\nhead = '5 s'\nbody_idle = '6 s'\nevents_idle = '7 s'\n\
             send_idle = '8 s'\ntunnel_idle = '9 s'\nexchange = '10 s'\nrequest_body = '2 KiB'\n\
             connections = 11\nconnections_per_client = 12\norigin_requests = 13",
        );
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let expected = LimitsConfig {
            max_decoded: Some(1024 * 1024),
            head: Duration::from_secs(5),
            body_idle: seconds(6),
            events_idle: seconds(7),
            send_idle: seconds(8),
            tunnel_idle: seconds(9),
            exchange: seconds(10),
            request_body: Some(2048),
            connections: Some(11),
            connections_per_client: Some(12),
            origin_requests: Some(13),
        };
        assert_eq!(written, Ok(expected));
        let off = limits(
            "max_decoded = 'off'\nbody_idle = 'off'\nevents_idle = 'off'\nsend_idle = 'off'\n\
             tunnel_idle = 'off'\nexchange = 'off'\nrequest_body = 'off'\n\
             connections = 'off'\norigin_requests = 'off'",
        );
        let expected = LimitsConfig {
            max_decoded: None,
            head: default.head,
            body_idle: None,
            events_idle: None,
            send_idle: None,
            tunnel_idle: None,
            exchange: None,
            request_body: None,
            connections: None,
            connections_per_client: None,
            origin_requests: None,
        };
        assert_eq!(off, Ok(expected));
        assert_eq!(
            limits("connections = 7").map(|it| it.connections_per_client),
            Ok(Some(4))
        );
        assert_eq!(
            limits("max_decoded = 10").map(|it| it.max_decoded),
            Ok(Some(10))
        );
    }

    #[test]
    fn what_may_be_an_event_stream_may_pause_as_one() {
        let second = |seconds| Some(Duration::from_secs(seconds));
        let both = limits("body_idle = '2 s'\nevents_idle = '3 s'").unwrap();
        let shorter = limits("body_idle = '4 s'\nevents_idle = '3 s'").unwrap();
        let off = limits("body_idle = '2 s'\nevents_idle = 'off'").unwrap();
        for (accepted, pauses) in [
            (None, [second(3), second(4), None]),
            (Some("*/*"), [second(3), second(4), None]),
            (Some("text/html, */*;q=0.8"), [second(3), second(4), None]),
            (Some("Text/Event-Stream"), [second(3), second(4), None]),
            (Some("image/png,text/*"), [second(3), second(4), None]),
            (Some("text/html"), [second(2), second(4), second(2)]),
            (Some("image/*;q=0.8"), [second(2), second(4), second(2)]),
            (Some(""), [second(2), second(4), second(2)]),
        ] {
            let mut request = HeaderMap::new();
            if let Some(accepted) = accepted {
                request.insert(ACCEPT, accepted.parse().unwrap());
            }
            let seen = [&both, &shorter, &off].map(|limits| limits.pause_of_accepted(&request));
            assert_eq!(seen, pauses, "{accepted:?}");
        }
    }

    #[test]
    fn a_limit_that_is_none_is_refused() {
        for (text, fault) in [
            ("head = 'off'", "limits.head: \"off\" is no duration"),
            (
                "body_idle = '0 s'",
                "limits.body_idle: \"0 s\" leaves no time",
            ),
            ("exchange = 5", "limits.exchange: invalid type: integer `5`"),
            (
                "max_decoded = 'none'",
                "limits.max_decoded: \"none\" is no size",
            ),
            (
                "max_decoded = true",
                "limits.max_decoded: invalid type: boolean",
            ),
            (
                "connections = 0",
                "limits.connections: invalid value: integer `0`, expected a number of at least 1, or \"off\"",
            ),
            (
                "origin_requests = 'many'",
                "limits.origin_requests: invalid value: string \"many\"",
            ),
            ("idle = '5 s'", "limits.idle: unknown key (known here: "),
        ] {
            let error = limits(text).expect_err(text);
            assert!(error.contains(fault), "{error}");
        }
    }
}
