//! Validators of rewritten representations (RFC 9110 §8.8, §13.1).
//!
//! The origin's validator does not stand for what the client gets, which depends on the
//! configuration too. So a rewritten response carries a weak `ETag` made of the origin's validator
//! and a fingerprint of the configuration, and the origin gets its own validator back in the next
//! conditional request. After a change of rules the fingerprint differs, the validator is dropped
//! from the request, and the client gets the new page.
//!
//! The opaque tag is `ORIGIN-TAG` + `~sg` + 16 hex digits of the fingerprint + a letter for the
//! kind of `ORIGIN-TAG`: `s` for a strong tag, `w` for a weak tag, `d` for the date of
//! `Last-Modified` with `_` for each space.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{digits, remove};

const MARK: &[u8] = b"~sg";
const FINGERPRINT_DIGITS: usize = 16;

/// The kind of validator that a rewritten response's `ETag` was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Strong,
    Weak,
    Date,
}

/// An entity tag as it stands in a field: its opaque part between the quotes, and whether `W/`
/// precedes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntityTag<'a> {
    opaque: &'a [u8],
    weak: bool,
}

/// The fate of a request's validators, for the `304` that may answer it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Translation {
    /// The client's own `ETag`s of rewritten representations, which went to the origin as the
    /// validators that they were made of.
    translated: Vec<HeaderValue>,
    /// Whether tags that are not ours went to the origin beside them.
    others: bool,
    /// Whether the client named no tag but only a date.
    dated: bool,
}

/// The fingerprints that a response to a request can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// That of the gate's configuration.
    pub(crate) gate: u64,
    /// That of the configuration and of what the request says, of a response that depends on it.
    /// `None`: none does.
    pub(crate) personal: Option<u64>,
}

impl Fingerprints {
    fn has(self, fingerprint: u64) -> bool {
        fingerprint == self.gate || Some(fingerprint) == self.personal
    }
}

impl From<u64> for Fingerprints {
    fn from(gate: u64) -> Self {
        Self {
            gate,
            personal: None,
        }
    }
}

/// Returns the fingerprint in an `ETag` of ours.
pub(crate) fn fingerprint(head: &HeaderMap) -> Option<u64> {
    let tag = sole(head, header::ETAG).and_then(parse_one)?;
    unmark(tag).map(|(_, fingerprint, _)| fingerprint)
}

/// Gives a rewritten response its own `ETag`, made from the origin's `ETag` or, if that is missing
/// or malformed, from its `Last-Modified`. Without either the response has no `ETag`.
pub(crate) fn derive(head: &mut HeaderMap, fingerprint: u64) {
    let derived = derived(head, fingerprint);
    match derived {
        Some(etag) => {
            head.insert(header::ETAG, etag);
        }
        None => remove(head, |name| name == header::ETAG),
    }
}

fn derived(head: &HeaderMap, fingerprint: u64) -> Option<HeaderValue> {
    let tag = sole(head, header::ETAG).and_then(parse_one);
    let (opaque, kind) = match tag {
        Some(tag) => (
            Cow::Borrowed(tag.opaque),
            if tag.weak { Kind::Weak } else { Kind::Strong },
        ),
        None => (Cow::Owned(date(head)?), Kind::Date),
    };
    let end = match kind {
        Kind::Strong => b"s\"",
        Kind::Weak => b"w\"",
        Kind::Date => b"d\"",
    };
    let etag = [b"W/\"", &*opaque, MARK, &digits(fingerprint), end].concat();
    HeaderValue::from_maybe_shared(Bytes::from(etag)).ok()
}

/// Returns `Last-Modified` as an opaque tag, if it looks like a date.
fn date(head: &HeaderMap) -> Option<Vec<u8>> {
    let date = sole(head, header::LAST_MODIFIED)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b",:+- ".contains(byte);
    if date.is_empty() || !date.iter().all(plain) {
        return None;
    }
    let unspaced = |&byte: &u8| if byte == b' ' { b'_' } else { byte };
    Some(date.iter().map(unspaced).collect())
}

/// Returns the date from which [`date`] made an opaque tag.
fn date_of(opaque: &[u8]) -> Option<HeaderValue> {
    let spaced = |&byte: &u8| if byte == b'_' { b' ' } else { byte };
    HeaderValue::from_bytes(&opaque.iter().map(spaced).collect::<Vec<_>>()).ok()
}

/// Translates a request's `If-None-Match`, `If-Match` and `If-Range` back for the origin.
///
/// - `If-None-Match`: tags of a current fingerprint become the origin's. Tags of another
///   fingerprint are dropped, and with the last of them `If-Modified-Since`, so that the page is
///   sent anew. A date goes back as `If-Modified-Since`.
/// - `If-Match`: tags become the origin's whatever their fingerprint, for they name the
///   representation that a change is based on. A date goes back as `If-Unmodified-Since`.
/// - `If-Range` with one of our tags: the field and `Range` are dropped, as a weak tag never
///   matches (RFC 9110 §13.1.5).
pub(crate) fn translate(
    head: &mut HeaderMap,
    fingerprints: impl Into<Fingerprints>,
) -> Translation {
    if !head.keys().any(is_condition) {
        return Translation::default();
    }
    let mut translation = Translation {
        dated: head.contains_key(header::IF_MODIFIED_SINCE)
            && !head.contains_key(header::IF_NONE_MATCH),
        ..Translation::default()
    };
    translate_if_none_match(head, fingerprints.into(), &mut translation);
    translate_if_match(head);
    let ours = |value: &HeaderValue| parse_one(value.as_bytes()).and_then(unmark).is_some();
    if head.get(header::IF_RANGE).is_some_and(ours) {
        remove(head, |name| {
            name == header::IF_RANGE || name == header::RANGE
        });
    }
    translation
}

/// Returns whether a field makes a request conditional (RFC 9110 §13.1) in a way that is
/// translated.
fn is_condition(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "if-none-match" | "if-match" | "if-modified-since" | "if-range"
    )
}

fn translate_if_none_match(
    head: &mut HeaderMap,
    fingerprints: Fingerprints,
    translation: &mut Translation,
) {
    let list = joined(head, header::IF_NONE_MATCH);
    let Some(tags) = parse_list(&list) else {
        return;
    };
    if !tags.iter().any(|tag| unmark(*tag).is_some()) {
        return;
    }
    let mut kept = Vec::new();
    let mut date = None;
    for tag in tags {
        match unmark(tag) {
            None => {
                translation.others = true;
                kept.push(tag.to_value());
            }
            Some((_, of, _)) if !fingerprints.has(of) => {}
            // The request can carry one date only, and a 304 to it is about that date.
            Some((_, _, Kind::Date)) if date.is_some() => {}
            Some((opaque, _, Kind::Date)) => {
                date = date_of(opaque);
                translation.translated.extend(tag.to_value());
            }
            Some((opaque, _, kind)) => {
                kept.push(
                    EntityTag {
                        opaque,
                        weak: kind == Kind::Weak,
                    }
                    .to_value(),
                );
                translation.translated.extend(tag.to_value());
            }
        }
    }
    let kept: Vec<HeaderValue> = kept.into_iter().flatten().collect();
    if let Some(list) = join(&kept) {
        head.insert(header::IF_NONE_MATCH, list);
    } else {
        // Without a tag that still holds, the client's date belongs to a representation of other
        // rules.
        remove(head, |name| {
            name == header::IF_NONE_MATCH || name == header::IF_MODIFIED_SINCE
        });
        if let Some(date) = date {
            head.insert(header::IF_MODIFIED_SINCE, date);
        }
    }
}

fn translate_if_match(head: &mut HeaderMap) {
    let list = joined(head, header::IF_MATCH);
    let Some(tags) = parse_list(&list) else {
        return;
    };
    if !tags.iter().any(|tag| unmark(*tag).is_some()) {
        return;
    }
    let mut translated = Vec::new();
    let mut date = None;
    for tag in tags {
        match unmark(tag) {
            None => translated.extend(tag.to_value()),
            Some((opaque, _, Kind::Date)) => date = date_of(opaque),
            Some((opaque, _, kind)) => {
                let weak = kind == Kind::Weak;
                translated.extend(EntityTag { opaque, weak }.to_value());
            }
        }
    }
    if let Some(list) = join(&translated) {
        head.insert(header::IF_MATCH, list);
    } else {
        remove(head, |name| name == header::IF_MATCH);
        if let Some(date) = date {
            head.insert(header::IF_UNMODIFIED_SINCE, date);
        }
    }
}

impl Translation {
    /// Gives a `304` the `ETag` of the rewritten representation that the client holds. Returns
    /// whether the `304` is about such a representation: if not, it confirms what the origin itself
    /// sent, and its head stays as it is. If the client named only a date, nothing tells which of
    /// the two it holds, so the `304` names no `ETag`, which could be another one than the
    /// client's.
    pub(crate) fn confirm(&self, head: &mut HeaderMap) -> bool {
        if self.dated {
            remove(head, |name| name == header::ETAG);
            return false;
        }
        let named = sole(head, header::ETAG)
            .and_then(parse_one)
            .and_then(|named| {
                let same = |etag: &&HeaderValue| {
                    parse_one(etag.as_bytes())
                        .and_then(unmark)
                        .is_some_and(|(opaque, ..)| opaque == named.opaque)
                };
                self.translated.iter().find(same)
            });
        // A 304 that names none of several tags can only be meant for all; a 304 that names another
        // tag is not about ours.
        let etag = named
            .or_else(|| self.translated.first().filter(|_| !self.others))
            .cloned();
        let ours = etag.is_some();
        if let Some(etag) = etag {
            head.insert(header::ETAG, etag);
        }
        ours
    }
}

impl EntityTag<'_> {
    fn to_value(self) -> Option<HeaderValue> {
        let mut bytes = if self.weak {
            b"W/\"".to_vec()
        } else {
            b"\"".to_vec()
        };
        bytes.extend_from_slice(self.opaque);
        bytes.push(b'"');
        HeaderValue::from_bytes(&bytes).ok()
    }
}

/// Takes one of our tags apart: the origin's opaque tag or date, the fingerprint, and the kind.
fn unmark(tag: EntityTag<'_>) -> Option<(&[u8], u64, Kind)> {
    let (rest, letter) = tag
        .opaque
        .split_at_checked(tag.opaque.len().checked_sub(1)?)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(FINGERPRINT_DIGITS)?)?;
    let opaque = rest.strip_suffix(MARK)?;
    let fingerprint = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let kind = match letter {
        b"s" => Kind::Strong,
        b"w" => Kind::Weak,
        b"d" => Kind::Date,
        _ => return None,
    };
    Some((opaque, fingerprint, kind))
}

/// Returns the value of a field that occurs once.
fn sole(head: &HeaderMap, name: header::HeaderName) -> Option<&[u8]> {
    let mut values = head.get_all(name).into_iter();
    let value = values.next()?;
    values
        .next()
        .is_none()
        .then(|| value.as_bytes().trim_ascii())
}

/// Parses one entity tag and nothing else.
fn parse_one(value: &[u8]) -> Option<EntityTag<'_>> {
    let (tag, rest) = take_tag(value.trim_ascii())?;
    rest.is_empty().then_some(tag)
}

/// Joins all field lines of a list of entity tags (RFC 9110 §5.3).
fn joined(head: &HeaderMap, name: header::HeaderName) -> Vec<u8> {
    head.get_all(name)
        .into_iter()
        .map(HeaderValue::as_bytes)
        .collect::<Vec<_>>()
        .join(&b", "[..])
}

/// Parses all entity tags of a list. Returns `None` if there are none, for `*`, and if any element
/// is no entity tag: judging that is left to the origin.
fn parse_list(mut list: &[u8]) -> Option<Vec<EntityTag<'_>>> {
    let mut tags = Vec::new();
    loop {
        list = list.trim_ascii_start();
        if let Some(rest) = list.strip_prefix(b",") {
            list = rest;
        } else if list.is_empty() {
            return (!tags.is_empty()).then_some(tags);
        } else {
            let (tag, rest) = take_tag(list)?;
            let rest = rest.trim_ascii_start();
            if !(rest.is_empty() || rest.starts_with(b",")) {
                return None;
            }
            tags.push(tag);
            list = rest;
        }
    }
}

/// Parses an entity tag at the front (RFC 9110 §8.8.3), and returns the rest too.
fn take_tag(value: &[u8]) -> Option<(EntityTag<'_>, &[u8])> {
    let (weak, quoted) = value
        .strip_prefix(b"W/")
        .map_or((false, value), |rest| (true, rest));
    let rest = quoted.strip_prefix(b"\"")?;
    let end = rest.iter().position(|&byte| byte == b'"')?;
    let (opaque, rest) = rest.split_at(end);
    Some((EntityTag { opaque, weak }, rest.get(1..)?))
}

fn join(tags: &[HeaderValue]) -> Option<HeaderValue> {
    if tags.is_empty() {
        return None;
    }
    let parts: Vec<&[u8]> = tags.iter().map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&parts.join(&b", "[..])).ok()
}

#[cfg(test)]
mod tests;
