//! Decides from the heads alone what is done with an exchange, and says why: the truth table of
//! `docs/gate.md`, row by row. The first row that matches wins.
//!
//! The functions are pure: what the platform can do and what the configuration says come in as
//! arguments. Whoever wants to know which rows were tried watches the walk ([`crate::Gate::walk`]);
//! a closure that does nothing costs nothing. Carrying a decision out is [`crate::serve()`]'s part.

use http::{HeaderMap, Method, Response, StatusCode, header};

use super::outcome::{Decision, Outcome, Reason, Ruling};
use super::representation::Representation;
use crate::config::{GateConfig, NoTransform};
use crate::media_type::MediaType;

/// Everything that a decision about a response depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange<'a> {
    /// The method of the client's request.
    pub(crate) method: &'a Method,
    /// The origin's response head.
    pub(crate) response: &'a Response<()>,
    /// The representation that the head describes.
    pub(crate) representation: &'a Representation,
    /// `[gate]` of the configuration.
    pub(crate) config: &'a GateConfig,
    /// Whether the public host is known: configured, or named by the request.
    pub(crate) public_host_known: bool,
    /// Whether HTML alone is rewritten, by the scope `attributes`.
    pub(crate) html_only: bool,
    /// Whether the configuration excepts the path that is asked for.
    pub(crate) excepted: bool,
    /// Whether a document post-processor is configured.
    pub(crate) post_processed: bool,
}

/// Decides on a response (rows 1 to 12). `whole` is the request for the whole of a part; `None` if
/// the origin cannot be asked again.
pub(crate) fn decide<W>(exchange: &Exchange<'_>, whole: Option<W>) -> Ruling<W> {
    decide_watched(exchange, whole, |_, _| {})
}

/// Decides as [`decide`] does, and tells `watch` of each row that is tried, and whether it matches.
pub(crate) fn decide_watched<W>(
    exchange: &Exchange<'_>,
    whole: Option<W>,
    mut watch: impl FnMut(Reason, bool),
) -> Ruling<W> {
    let status = exchange.response.status();
    let switches = status == StatusCode::SWITCHING_PROTOCOLS;
    watch(Reason::Upgrade, switches);
    if switches {
        return Ruling::Final(Decision::of(Outcome::PassThrough, Reason::Upgrade));
    }
    let as_get = representation_watched(exchange, &mut watch);
    // The response to a HEAD is the head that the GET would have had, so it too must be of the
    // whole.
    if let (Reason::Partial, Some(whole)) = (as_get.reason, whole) {
        return Ruling::Refetch(whole);
    }
    let is_bodiless = is_bodiless(exchange.method, status);
    watch(Reason::Bodiless, is_bodiless);
    if is_bodiless {
        return Ruling::Final(Decision::of(Outcome::Bodiless, Reason::Bodiless));
    }
    Ruling::Final(as_get)
}

/// Decides on a representation (rows 3 to 12), whether or not the message carries its body: for a
/// `HEAD` it returns the decision that the `GET` would have met.
#[must_use]
pub(crate) fn decide_representation(exchange: &Exchange<'_>) -> Decision {
    representation_watched(exchange, |_, _| {})
}

fn representation_watched(
    exchange: &Exchange<'_>,
    mut watch: impl FnMut(Reason, bool),
) -> Decision {
    let Exchange {
        response,
        representation,
        config,
        ..
    } = exchange;
    let success = response.status().is_success();
    let media_type = exchange.processable();
    let is_html = media_type.is_some_and(MediaType::is_html);
    let respected = config.no_transform == NoTransform::Respect;

    let mut is = |row, matches| {
        watch(row, matches);
        matches
    };
    if is(Reason::NotProcessable, media_type.is_none() && success) {
        return Decision::of(Outcome::PassThrough, Reason::NotProcessable);
    }
    if is(Reason::NotProcessableError, media_type.is_none()) {
        return Decision::of(Outcome::Buffered, Reason::NotProcessableError);
    }
    let forbidden = respected && forbids_transformation(response.headers());
    if is(Reason::NoTransform, forbidden) {
        return Decision::of(Outcome::PassThrough, Reason::NoTransform);
    }
    if is(Reason::PublicHostUnknown, !exchange.public_host_known) {
        return Decision::of(Outcome::Buffered, Reason::PublicHostUnknown);
    }
    if is(Reason::UnknownCoding, representation.codings().is_err()) {
        return Decision::of(Outcome::PassThrough, Reason::UnknownCoding);
    }
    let readable = representation.charset().is_ascii_superset();
    if is(Reason::UnsupportedCharset, !readable) {
        return Decision::of(Outcome::PassThrough, Reason::UnsupportedCharset);
    }
    // A part cannot be rewritten safely, nor can an origin that insists on parts be made to give
    // the whole.
    let partial = response.status() == StatusCode::PARTIAL_CONTENT;
    if is(Reason::Partial, partial) {
        return Decision::of(Outcome::PassThrough, Reason::Partial);
    }
    if is(Reason::ProcessableError, !success) {
        return Decision::of(Outcome::Buffered, Reason::ProcessableError);
    }
    if is(Reason::PostProcessed, is_html && exchange.post_processed) {
        return Decision::of(Outcome::Buffered, Reason::PostProcessed);
    }
    is(Reason::Processable, true);
    Decision::of(Outcome::Stream, Reason::Processable)
}

impl Exchange<'_> {
    /// Returns the media type of the representation if it is processable.
    pub(super) fn processable(&self) -> Option<&MediaType> {
        self.representation.media_type().filter(|media_type| {
            media_type.is_in(&self.config.processable)
                && (media_type.is_html() || !self.html_only)
                && !self.excepted
        })
    }
}

/// Returns whether a response has no body by definition (RFC 9110 §6.4.1, and §15.3.6 for `205`).
fn is_bodiless(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
        )
}

/// Returns whether `Cache-Control` has the directive `no-transform` (RFC 9111 §5.2.2.6).
pub(super) fn forbids_transformation(head: &HeaderMap) -> bool {
    list_of(head, header::CACHE_CONTROL)
        .any(|directive| directive.eq_ignore_ascii_case("no-transform"))
}

/// Returns the elements of a comma-separated field (RFC 9110 §5.6.1). No field read here has
/// elements with quoted commas that could be mistaken for a token.
pub(super) fn list_of(head: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    head.get_all(name)
        .into_iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests;
