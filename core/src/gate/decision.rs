//! Decides from the heads alone what is done with an exchange, and says why: the truth table of
//! `docs/gate.md`, row by row. The first row that matches wins.
//!
//! The functions are pure: what the platform can do and what the configuration says come in as
//! arguments. Carrying a decision out is [`crate::serve()`]'s part.

use http::{HeaderMap, Method, Response, StatusCode, header};

use super::outcome::{Decision, Outcome, Reason, Ruling};
use super::representation::Representation;
use crate::config::{GateConfig, NoTransform};

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
    let status = exchange.response.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Ruling::Final(Decision::of(Outcome::PassThrough, Reason::Upgrade));
    }
    let as_get = decide_representation(exchange);
    // The response to a HEAD is the head that the GET would have had, so it too must be of the
    // whole.
    if let (Reason::Partial, Some(whole)) = (as_get.reason, whole) {
        return Ruling::Refetch(whole);
    }
    if is_bodiless(exchange.method, status) {
        return Ruling::Final(Decision::of(Outcome::Bodiless, Reason::Bodiless));
    }
    Ruling::Final(as_get)
}

/// Decides on a representation (rows 3 to 12), whether or not the message carries its body: for a
/// `HEAD` it returns the decision that the `GET` would have met.
#[must_use]
pub(crate) fn decide_representation(exchange: &Exchange<'_>) -> Decision {
    let Exchange {
        response,
        representation,
        config,
        ..
    } = exchange;
    let success = response.status().is_success();
    let media_type = representation.media_type().filter(|media_type| {
        media_type.is_in(&config.processable)
            && (media_type.is_html() || !exchange.html_only)
            && !exchange.excepted
    });

    let Some(media_type) = media_type else {
        return match success {
            true => Decision::of(Outcome::PassThrough, Reason::NotProcessable),
            false => Decision::of(Outcome::Buffered, Reason::NotProcessableError),
        };
    };
    if config.no_transform == NoTransform::Respect && forbids_transformation(response.headers()) {
        return Decision::of(Outcome::PassThrough, Reason::NoTransform);
    }
    if !exchange.public_host_known {
        return Decision::of(Outcome::Buffered, Reason::PublicHostUnknown);
    }
    if representation.codings().is_err() {
        return Decision::of(Outcome::PassThrough, Reason::UnknownCoding);
    }
    if !media_type.charset().is_ascii_superset() {
        return Decision::of(Outcome::PassThrough, Reason::UnsupportedCharset);
    }
    if response.status() == StatusCode::PARTIAL_CONTENT {
        // A part cannot be rewritten safely, nor can an origin that insists on parts be made to
        // give the whole.
        return Decision::of(Outcome::PassThrough, Reason::Partial);
    }
    if !success {
        return Decision::of(Outcome::Buffered, Reason::ProcessableError);
    }
    if media_type.is_html() && exchange.post_processed {
        return Decision::of(Outcome::Buffered, Reason::PostProcessed);
    }
    Decision::of(Outcome::Stream, Reason::Processable)
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
fn forbids_transformation(head: &HeaderMap) -> bool {
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
