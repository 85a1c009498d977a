//! W3C Trace Context (<https://www.w3.org/TR/trace-context/>): which trace an exchange belongs to,
//! and the gate's own part in it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::head::remove;

/// The field that names a trace, and in it who calls.
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The field with what tracing systems say of a trace.
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The flags that are handed on: `sampled` and `random-trace-id` (§3.2.2.5). Others are unknown,
/// and must be zero.
const FLAGS: u8 = 0b11;

/// The most members of a `tracestate` (§3.3.1.1).
const MEMBERS: usize = 32;

/// The trace that an exchange belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub id: TraceId,
    /// The span of the gate's own, which the origin has for its parent. `None`: the gate has none,
    /// and the fields pass on as they came.
    pub span: Option<SpanId>,
    /// The span of who has asked the gate. `None`: the trace begins here.
    pub parent: Option<SpanId>,
    /// Whether who has asked records the trace, or, if it begins here, the gate wants it recorded.
    pub is_sampled: bool,
}

/// Where [`crate::serve()`] notes the trace of an exchange. An adapter that tells of exchanges by
/// itself puts one into the extensions of the request, and keeps a clone. Clones share the trace,
/// so it is known also if the client leaves before there is a response.
#[derive(Debug, Clone, Default)]
pub struct Traced(Arc<Mutex<Option<Trace>>>);

impl Traced {
    /// Returns the trace that the exchange belongs to, as far as it is known yet.
    #[must_use]
    pub fn get(&self) -> Option<Trace> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the trace.
    pub(crate) fn set(&self, trace: Trace) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = Some(trace);
    }
}

/// The identifier of a trace, which is not zero. Written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub u128);

/// The identifier of a span, which is not zero. Written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(pub u64);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A `traceparent` (§3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parent {
    trace: TraceId,
    span: SpanId,
    flags: u8,
}

impl Parent {
    /// Reads a field. Of a later version, what this one knows must be there (§3.2.4).
    fn parse(value: &[u8]) -> Option<Self> {
        let (known, rest) = value.split_at_checked(55)?;
        let mut parts = known.split(|&byte| byte == b'-');
        let version = hexadecimal(parts.next()?, 2)?;
        let is_whole = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let trace = hexadecimal(parts.next()?, 32)?;
        let span = hexadecimal(parts.next()?, 16)?;
        let flags = hexadecimal(parts.next()?, 2)?;
        let parent = Self {
            trace: TraceId(trace),
            span: SpanId(u64::try_from(span).ok()?),
            flags: u8::try_from(flags).ok()?,
        };
        (is_whole && trace != 0 && span != 0 && parts.next().is_none()).then_some(parent)
    }

    /// Returns the one that a head has. Several are none (§3.2).
    fn of(head: &HeaderMap) -> Option<Self> {
        let mut values = head.get_all(&TRACEPARENT).into_iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        Self::parse(value.as_bytes())
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span, flags } = self;
        write!(f, "00-{trace}-{span}-{flags:02x}")
    }
}

/// Reads as many digits, of which the letters must be small (§3.2.2).
fn hexadecimal(digits: &[u8], count: usize) -> Option<u128> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_it = digits.len() == count && digits.iter().all(is_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_it)?;
    u128::from_str_radix(digits, 16).ok()
}

/// Returns the trace that a client's request belongs to, if it says so.
pub(crate) fn of(head: &HeaderMap) -> Option<Trace> {
    Parent::of(head).map(|parent| Trace {
        id: parent.trace,
        span: None,
        parent: Some(parent.span),
        is_sampled: parent.flags & 1 == 1,
    })
}

/// Puts a span of the gate's own between the client and the origin, as a participant that modifies
/// `traceparent` does (§3.4): the trace stays, its parent becomes that span. A trace begins here if
/// there is none, or if the client's is invalid; its `tracestate` is then dropped, as an invalid
/// one is. A trace that begins here is sampled, since origins often record none that is not, and
/// says that its identifier is random (§3.2.2.5.2).
///
/// `random` fills bytes. Returns `None`, and leaves the fields as they are, if it cannot.
pub(crate) fn enter(head: &mut HeaderMap, random: impl Fn(&mut [u8]) -> bool) -> Option<Trace> {
    let client = Parent::of(head);
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    // What is zero is invalid, and was not filled.
    let is_filled = random(&mut trace) && random(&mut span);
    if !is_filled || trace == [0; 16] || span == [0; 8] {
        return None;
    }
    let own = Parent {
        trace: client.map_or(TraceId(u128::from_be_bytes(trace)), |client| client.trace),
        span: SpanId(u64::from_be_bytes(span)),
        flags: client.map_or(FLAGS, |client| client.flags & FLAGS),
    };
    let value = HeaderValue::try_from(own.to_string()).ok()?;
    let keeps_state = client.is_some() && is_state(head);
    remove(head, |name| {
        *name == TRACEPARENT || (*name == TRACESTATE && !keeps_state)
    });
    head.insert(&TRACEPARENT, value);
    Some(Trace {
        id: own.trace,
        span: Some(own.span),
        parent: client.map(|client| client.span),
        is_sampled: own.flags & 1 == 1,
    })
}

/// Returns whether the `tracestate` of a head is a list of members (§3.3.1), however many fields it
/// takes.
fn is_state(head: &HeaderMap) -> bool {
    let fields = head.get_all(&TRACESTATE).into_iter();
    let members = fields.flat_map(|field| field.as_bytes().split(|&byte| byte == b','));
    let mut members = members
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty());
    members.by_ref().take(MEMBERS).all(is_member) && members.next().is_none()
}

/// Returns whether this is a key and a value (§3.3.1.3).
fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|&byte| byte == b'=') else {
        return false;
    };
    let (key, value) = member.split_at(equals);
    let value = value.get(1..).unwrap_or_default();
    let starts = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = |byte: &u8| starts(*byte) || b"_-*/@".contains(byte);
    key.first().is_some_and(|&byte| starts(byte))
        && key.iter().all(goes_on)
        && key.len() <= 256
        && (1..=256).contains(&value.len())
        && value
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~') && !b",=".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn counting(bytes: &mut [u8]) -> bool {
        for (byte, number) in bytes.iter_mut().zip(1..) {
            *byte = number;
        }
        true
    }

    fn entered(fields: &[(&'static str, &'static str)]) -> (Option<Trace>, Vec<(String, String)>) {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, HeaderValue::from_static(value));
        }
        let trace = enter(&mut head, counting);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let fields = head.iter();
        let fields = fields.map(|(name, value)| (name.to_string(), text(value)));
        (trace, fields.collect())
    }

    fn parent(fields: &[(String, String)]) -> &str {
        let [(_, value)] = &fields
            .iter()
            .filter(|(name, _)| name == "traceparent")
            .collect::<Vec<_>>()[..]
        else {
            panic!("not one traceparent: {fields:?}");
        };
        value
    }

    #[test]
    fn a_trace_goes_on_with_the_gates_span_for_its_parent() {
        let (trace, fields) = entered(&[
            ("traceparent", CLIENT),
            ("tracestate", "congo=t61rcWkgMzE"),
            ("tracestate", "rojo=00f067aa0ba902b7,, a@b=c "),
        ]);
        let own = "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-01";
        assert_eq!(parent(&fields), own);
        assert_eq!(fields.len(), 3, "{fields:?}");
        let trace = trace.unwrap();
        assert_eq!(trace.parent, Some(SpanId(0x00f0_67aa_0ba9_02b7)));
        assert_eq!(trace.span, Some(SpanId(0x0102_0304_0506_0708)));
        assert!(trace.is_sampled);
        assert_eq!(trace.id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace_and_takes_its_state_along() {
        for value in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            let (trace, fields) = entered(&[("traceparent", value), ("tracestate", "a=b")]);
            let own = "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-03";
            assert_eq!(parent(&fields), own, "{value}");
            assert_eq!(fields.len(), 1, "{value}");
            assert_eq!(trace.unwrap().parent, None, "{value}");
        }
        let (_, fields) = entered(&[("traceparent", CLIENT), ("traceparent", CLIENT)]);
        assert!(parent(&fields).starts_with("00-01"));
        assert!(parent(&entered(&[]).1).starts_with("00-01"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for (value, flags) in [
            (
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "01",
            ),
            (
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe-x",
                "02",
            ),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
                "00",
            ),
        ] {
            let (_, fields) = entered(&[("traceparent", value)]);
            let own = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-{flags}");
            assert_eq!(parent(&fields), own, "{value}");
        }
    }

    #[test]
    fn a_state_that_is_no_list_of_members_is_dropped() {
        let many = "a=b,".repeat(MEMBERS + 1).leak();
        for (state, kept) in [
            ("a=b", true),
            ("", true),
            ("0tenant@sys-tem_*/=a b", true),
            ("A=b", false),
            ("a", false),
            ("a=", false),
            ("=b", false),
            ("a=b=c", false),
            ("a=b,\u{e4}=c", false),
            (&*many, false),
        ] {
            let mut head = HeaderMap::new();
            head.insert("traceparent", HeaderValue::from_static(CLIENT));
            head.insert(
                "tracestate",
                HeaderValue::from_bytes(state.as_bytes()).unwrap(),
            );
            enter(&mut head, counting).unwrap();
            assert_eq!(head.contains_key("tracestate"), kept, "{state}");
        }
    }

    #[test]
    fn without_random_numbers_the_fields_stay() {
        let mut head = HeaderMap::new();
        head.insert("traceparent", HeaderValue::from_static("odd"));
        let before = head.clone();
        assert_eq!(enter(&mut head, |_| false), None);
        assert_eq!(enter(&mut head, |_| true), None);
        assert_eq!(head, before);
    }
}
