//! A stored response: what may be done with it, and what a client gets of it (RFC 9111 §4).

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::directives::Directives;
use super::freshness::{date, read_date, write_date};
use super::storable::Terms;
use crate::gate::Decision;
use crate::head::remove;

/// The fields that name what a response is about, for those who purge it.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// A response for clients, without its body: as the gate has made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredResponse {
    pub(super) status: StatusCode,
    /// The head for the client, without what is only about one exchange.
    pub(super) head: HeaderMap,
    pub(crate) terms: Terms,
    /// What was decided when it was made.
    pub(crate) decision: Decision,
    pub(super) tags: Vec<String>,
    pub(crate) lacks: Lacks,
}

/// What a stored response lacks of what a client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Lacks {
    /// Its fragments: its body is a template, as [`crate::fragment::Writer`] writes it.
    pub(crate) fragments: bool,
    /// What its head says of the gate's own rules that have asked something of the request.
    pub(crate) dependence: bool,
}

/// What may be done with a stored response for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It answers the request, and is fresh for some time yet.
    Fresh(Duration),
    /// It answers the request, although it has been stale for some time.
    Stale(Duration),
    /// It answers the request, while the origin is asked in the background.
    WhileRevalidate(Duration),
    /// The origin must be asked first, as it is stale.
    Expired,
    /// The origin must be asked first, as the client wants it so.
    Request,
    /// It is for others: the request has credentials.
    Never,
}

impl StoredResponse {
    /// Makes a stored response of what a client gets. `origin_head` is the head that the origin
    /// sent, whose fields `left_out` are not to be stored.
    pub(crate) fn new(
        response: &Response<()>,
        terms: Terms,
        decision: Decision,
        left_out: &[HeaderName],
        lacks: Lacks,
    ) -> Self {
        let mut head = response.headers().clone();
        remove(&mut head, |name| {
            *name == header::AGE || *name == header::CONTENT_LENGTH || left_out.contains(name)
        });
        if !head.contains_key(header::DATE)
            && let Some(date) = write_date(terms.received)
        {
            // RFC 9110 §6.6.1.
            head.insert(header::DATE, date);
        }
        Self {
            status: response.status(),
            tags: tags(&head),
            head,
            terms,
            decision,
            lacks,
        }
    }

    /// Returns what may be done with the response for a request with this head at a time since the
    /// Unix epoch. `heeds` says whether the client's own directives count.
    pub(crate) fn usable(&self, request: &HeaderMap, now: Duration, heeds: bool) -> Use {
        let terms = &self.terms;
        if request.contains_key(header::AUTHORIZATION) && !terms.is_shared {
            return Use::Never;
        }
        if terms.no_cache {
            return Use::Expired;
        }
        let fresh_for = terms.fresh_for(now);
        let wishes = match heeds {
            true => Directives::common(request),
            false => Directives::default(),
        };
        let seconds = |name| wishes.seconds(name).ok().flatten();
        let is_too_old = seconds("max-age").is_some_and(|most| terms.age(now) >= most);
        let is_too_short =
            seconds("min-fresh").is_some_and(|least| fresh_for.is_ok_and(|left| left < least));
        if wishes.has("no-cache") || is_too_short || (is_too_old && fresh_for.is_ok()) {
            return Use::Request;
        }
        match fresh_for {
            Ok(left) => Use::Fresh(left),
            Err(since) => {
                let is_taken = match seconds("max-stale") {
                    Some(most) => since <= most,
                    None => wishes.has_bare("max-stale"),
                };
                if is_taken && !terms.must_revalidate && !is_too_old {
                    Use::Stale(since)
                } else if since < terms.while_revalidate && !is_too_old {
                    Use::WhileRevalidate(since)
                } else {
                    Use::Expired
                }
            }
        }
    }

    /// Returns whether the response may be used in place of an error (RFC 5861 §4).
    pub(crate) fn is_better_than_an_error(&self, now: Duration) -> bool {
        let since = self.terms.fresh_for(now).err().unwrap_or_default();
        !self.terms.no_cache && since < self.terms.if_error
    }

    /// Returns the validators by which the origin can tell whether the response is still good, as
    /// the fields of a client that has it.
    pub(crate) fn conditions(&self) -> HeaderMap {
        let mut conditions = HeaderMap::new();
        if let Some(etag) = self.head.get(header::ETAG) {
            conditions.insert(header::IF_NONE_MATCH, etag.clone());
        }
        if let Some(date) = self.head.get(header::LAST_MODIFIED) {
            conditions.insert(header::IF_MODIFIED_SINCE, date.clone());
        }
        conditions
    }

    /// Returns whether a `304`, of which `head` is what a client would get, is about this response:
    /// whether it names no other validator (RFC 9111 §4.3.4).
    pub(crate) fn is_meant_by(&self, head: &HeaderMap) -> bool {
        let tag = |head: &HeaderMap| {
            head.get(header::ETAG)
                .map(|etag| opaque(etag.as_bytes()).to_vec())
        };
        tag(head).is_none_or(|named| tag(&self.head) == Some(named))
    }

    /// Returns the response as a `304` of the origin renews it (RFC 9111 §3.2), of which `head` is
    /// what a client would get. Fields of the representation that the `304` does not carry stay,
    /// and so do those by which the body was read when it was rewritten.
    pub(crate) fn renewed(&self, head: &HeaderMap, terms: Terms, left_out: &[HeaderName]) -> Self {
        let mut renewed = self.head.clone();
        let stays = |name: &HeaderName| {
            let is_read = self.decision.reason.rewrites() || *name != header::CONTENT_TYPE;
            (is_of_the_body(name) && is_read) || *name == header::AGE || left_out.contains(name)
        };
        let named: Vec<_> = head.keys().filter(|name| !stays(name)).cloned().collect();
        for name in named {
            renewed.remove(&name);
            for value in head.get_all(&name) {
                renewed.append(name.clone(), value.clone());
            }
        }
        if !head.contains_key(header::DATE)
            && let Some(date) = write_date(terms.received)
        {
            renewed.insert(header::DATE, date);
        }
        Self {
            status: self.status,
            tags: tags(&renewed),
            head: renewed,
            terms,
            decision: self.decision,
            lacks: self.lacks,
        }
    }

    /// Returns the response on other terms.
    pub(crate) fn on(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn head(&self) -> &HeaderMap {
        &self.head
    }

    /// Returns what a client gets that asks with `request`, of a body of `length` bytes, if that is
    /// known: a head, and which bytes of the body.
    pub(crate) fn answer(
        &self,
        request: &HeaderMap,
        length: Option<u64>,
        now: Duration,
    ) -> (Response<()>, Part) {
        let mut response = Response::new(());
        *response.status_mut() = self.status;
        let mut head = self.head.clone();
        // A number is always valid.
        head.insert(
            header::AGE,
            HeaderValue::from(self.terms.age(now).as_secs()),
        );
        let mut part = Part::Whole;
        if self.status == StatusCode::OK {
            if self.is_not_modified(request) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                remove(&mut head, is_of_the_body);
                part = Part::Nothing;
            } else if let Some(asked) = length.and_then(|length| self.part(request, length)) {
                part = asked;
            }
        }
        let all = length.unwrap_or_default();
        match part {
            Part::Whole if !matches!(self.status.as_u16(), 204 | 205) => {
                if let Some(length) = length {
                    head.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
                }
            }
            Part::Whole | Part::Nothing => {}
            Part::Bytes { from, to } => {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let length_of_part = to.saturating_sub(from);
                let last = to.saturating_sub(1);
                head.insert(header::CONTENT_LENGTH, HeaderValue::from(length_of_part));
                range_field(&mut head, &format!("bytes {from}-{last}/{all}"));
            }
            Part::Unsatisfiable => {
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                remove(&mut head, is_of_the_body);
                head.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
                range_field(&mut head, &format!("bytes */{all}"));
            }
        }
        *response.headers_mut() = head;
        (response, part)
    }

    /// Returns whether the client has the response (RFC 9111 §4.3.2, RFC 9110 §13.2.2).
    fn is_not_modified(&self, request: &HeaderMap) -> bool {
        if request.contains_key(header::IF_NONE_MATCH) {
            let ours = self
                .head
                .get(header::ETAG)
                .map(|etag| opaque(etag.as_bytes()));
            let mut tags = request
                .get_all(header::IF_NONE_MATCH)
                .into_iter()
                .flat_map(|line| split_tags(line.as_bytes()));
            return tags.any(|tag| tag == b"*" || Some(opaque(tag)) == ours);
        }
        let since = request.get(header::IF_MODIFIED_SINCE).and_then(read_date);
        // A page that is rewritten may be another one although its origin has sent it before.
        let is_dated =
            !self.head.contains_key(header::LAST_MODIFIED) && !self.decision.reason.rewrites();
        let modified = match is_dated {
            true => date(&self.head, &header::DATE),
            false => date(&self.head, &header::LAST_MODIFIED),
        };
        since
            .zip(modified)
            .is_some_and(|(since, modified)| modified <= since)
    }

    /// Returns the part that a request asks for, if it asks for one that the cache gives: a single
    /// range of bytes of a body that the gate has not rewritten. A part of another one would be of
    /// other bytes once the page has changed, as its validator is a weak one.
    fn part(&self, request: &HeaderMap, length: u64) -> Option<Part> {
        let range = request.get(header::RANGE)?.to_str().ok()?;
        let has_none = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"none");
        if self.head.get(header::ACCEPT_RANGES).is_some_and(has_none) {
            return None;
        }
        if let Some(condition) = request.get(header::IF_RANGE) {
            let etag = self.head.get(header::ETAG);
            let is_strong = |etag: &&HeaderValue| !etag.as_bytes().starts_with(b"W/");
            let same_tag = etag.filter(is_strong) == Some(condition);
            let same_date = self.head.get(header::LAST_MODIFIED) == Some(condition);
            if !same_tag && !same_date {
                return None;
            }
        }
        Part::of(range, length)
    }
}

/// Which bytes of a body a client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// Those from `from` to before `to`.
    Bytes {
        from: u64,
        to: u64,
    },
    /// None: there are no such bytes.
    Unsatisfiable,
    /// None: the client has them.
    Nothing,
}

impl Part {
    /// Reads a `Range` (RFC 9110 §14.2) for a body of `length` bytes. Returns `None` for one that
    /// is to be ignored.
    fn of(range: &str, length: u64) -> Option<Self> {
        let range = range.strip_prefix("bytes=")?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| -> Option<u64> {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_number)
        };
        let (from, to) = match (first.trim(), last.trim()) {
            ("", suffix) => (length.saturating_sub(number(suffix)?), length),
            (first, "") => (number(first)?, length),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return None;
                }
                (first, last.saturating_add(1).min(length))
            }
        };
        Some(match from < to {
            true => Self::Bytes { from, to },
            false => Self::Unsatisfiable,
        })
    }
}

/// Returns whether a request asks for several parts, or for bytes in a unit that is unknown here.
pub(crate) fn asks_for_parts(request: &HeaderMap) -> bool {
    let unknown = |range: &HeaderValue| {
        let range = range.as_bytes();
        !range.starts_with(b"bytes=") || range.contains(&b',')
    };
    request.get_all(header::RANGE).into_iter().any(unknown)
}

fn range_field(head: &mut HeaderMap, value: &str) {
    // Digits are always valid.
    if let Ok(value) = HeaderValue::try_from(value) {
        head.insert(header::CONTENT_RANGE, value);
    }
}

/// Returns whether a field describes a body, so that a message without that body does not carry it,
/// and does not change it (RFC 9111 §3.2).
fn is_of_the_body(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "content-length"
            | "content-encoding"
            | "content-type"
            | "content-range"
            | "content-md5"
            | "content-digest"
            | "repr-digest"
            | "digest"
    )
}

/// Returns a tag without its `W/`: tags are compared weakly (RFC 9110 §8.8.3.2).
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Cuts a list of tags at the commas that are not within one.
fn split_tags(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_quoted = false;
    line.split(move |byte| {
        is_quoted ^= *byte == b'"';
        *byte == b',' && !is_quoted
    })
    .map(<[u8]>::trim_ascii)
}

/// Reads the tags by which a response can be purged.
fn tags(head: &HeaderMap) -> Vec<String> {
    let lines = |name: HeaderName, separator: char| {
        let lines = head
            .get_all(name)
            .into_iter()
            .filter_map(|line| line.to_str().ok());
        let tags = lines.flat_map(|line| line.split(separator).map(str::trim).map(str::to_owned));
        tags.collect::<Vec<_>>()
    };
    let mut tags = lines(SURROGATE_KEY, ' ');
    tags.extend(lines(CACHE_TAG, ','));
    tags.retain(|tag| !tag.is_empty());
    tags
}
