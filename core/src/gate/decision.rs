//! Decides from the heads alone what is done with an exchange, and says why.
//!
//! [`decide`] is the truth table of the design, row by row; the first row that matches wins. It is a pure function: what
//! the platform can do and what the configuration says come in with the [`Exchange`]. Carrying a decision out is
//! [`crate::serve()`]'s part.

use std::fmt;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};

use crate::coding::Coding;
use crate::config::{GateConfig, NoTransform};
use crate::media_type::MediaType;

/// All that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The client's request head.
    pub request: &'a Request<()>,
    /// The origin's response head.
    pub response: &'a Response<()>,
    /// `[gate]` of the configuration.
    pub config: &'a GateConfig,
    /// Whether the public host is known: configured, or named by the request.
    pub public_host_known: bool,
    /// Whether HTML alone is rewritten, by the scope `attributes`.
    pub html_only: bool,
    /// Whether a document post-processor is configured.
    pub post_processed: bool,
    /// Whether the origin can be asked once more without `Range`: it has not been yet, and no request body is spent.
    pub can_refetch: bool,
}

/// What is done with an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The origin's body is sent by the platform's own primitive.
    PassThrough,
    /// The body is decoded, rewritten, re-encoded and sent chunk by chunk.
    Stream,
    /// The body is complete, at most `buffer_limit` bytes, before the head is sent.
    Buffered,
    /// The origin is asked again, without `Range`, and the new response decided upon.
    Refetch,
    /// Refused with a 501.
    NotImplemented,
}

/// A decision with its reason. [`Reason::row`] is the row of the truth table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What is done.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Whether the body was over `buffer_limit`, so that `outcome` is the row's second choice.
    pub over_limit: bool,
}

/// Why: one for each row of the truth table, and for the cases within a row that differ in what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Row 1: the connection changes its protocol.
    Upgrade,
    /// Row 2: no body by definition.
    Bodiless,
    /// Row 3: a success that nobody asked to rewrite.
    NotProcessable,
    /// Row 4: a redirect or error that nobody asked to rewrite.
    NotProcessableError,
    /// Row 5: `Cache-Control: no-transform`.
    NoTransform,
    /// Row 6: the public host is unknown.
    PublicHostUnknown,
    /// Row 7: a content coding that cannot be decoded.
    UnknownCoding,
    /// Row 8: a charset that is no superset of ASCII.
    UnsupportedCharset,
    /// Row 9: a part of what must be rewritten whole.
    Partial,
    /// Row 10: a redirect or error to rewrite.
    ProcessableError,
    /// Row 11: HTML that a document post-processor must see whole.
    PostProcessed,
    /// Row 12: to rewrite.
    Processable,
}

/// Row 1 before the fetch: whether the request asks for what the platform cannot carry. `upgrades` says whether it can
/// carry the protocol that the request's `Upgrade` names.
#[must_use]
pub fn refuse(request: &Request<()>, upgrades: bool) -> Option<Decision> {
    // A gate has one origin and is no tunnel to others, so CONNECT (RFC 9110 §9.3.6) is beyond every platform.
    let refused = request.method() == Method::CONNECT || (asks_for_upgrade(request) && !upgrades);
    refused.then_some(Decision::of(Outcome::NotImplemented, Reason::Upgrade))
}

/// Whether the request asks to leave HTTP (RFC 9110 §7.8). An offer of HTTP/2 does not count: a server may ignore it,
/// and the gate does.
#[must_use]
pub fn asks_for_upgrade(request: &Request<()>) -> bool {
    let offers = |name, wanted: &str| {
        list_of(request.headers(), name).any(|token| token.eq_ignore_ascii_case(wanted))
    };
    offers(header::CONNECTION, "upgrade")
        && list_of(request.headers(), header::UPGRADE)
            .any(|token| !token.eq_ignore_ascii_case("h2c"))
}

/// The truth table, rows 1 to 12.
#[must_use]
pub fn decide(exchange: &Exchange<'_>) -> Decision {
    let Exchange {
        request, response, ..
    } = exchange;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Decision::of(Outcome::PassThrough, Reason::Upgrade);
    }
    if is_bodiless(request.method(), response.status()) {
        // The head is the one that a GET would have had, and a HEAD of a part has a whole to ask for too.
        let as_get = decide_representation(exchange);
        return match as_get.outcome {
            Outcome::Refetch => as_get,
            _ => Decision::of(Outcome::Buffered, Reason::Bodiless),
        };
    }
    decide_representation(exchange)
}

/// Rows 3 to 12: what is done with a representation, whether or not this message carries its body. For a `HEAD` this
/// says what a `GET` would have met.
#[must_use]
pub fn decide_representation(exchange: &Exchange<'_>) -> Decision {
    let Exchange {
        response, config, ..
    } = exchange;
    let success = response.status().is_success();
    let media_type = MediaType::of(response.headers()).filter(|media_type| {
        media_type.is_in(&config.processable) && (media_type.is_html() || !exchange.html_only)
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
    if Coding::of_message(response.headers()).is_err() {
        return Decision::of(Outcome::PassThrough, Reason::UnknownCoding);
    }
    if !media_type.charset().is_ascii_superset() {
        return Decision::of(Outcome::PassThrough, Reason::UnsupportedCharset);
    }
    if response.status() == StatusCode::PARTIAL_CONTENT {
        // A part cannot be rewritten safely, nor can an origin that insists on parts be made to give the whole.
        let outcome = if exchange.can_refetch {
            Outcome::Refetch
        } else {
            Outcome::PassThrough
        };
        return Decision::of(outcome, Reason::Partial);
    }
    if !success {
        return Decision::of(Outcome::Buffered, Reason::ProcessableError);
    }
    if media_type.is_html() && exchange.post_processed {
        return Decision::of(Outcome::Buffered, Reason::PostProcessed);
    }
    Decision::of(Outcome::Stream, Reason::Processable)
}

impl Decision {
    fn of(outcome: Outcome, reason: Reason) -> Self {
        Self {
            outcome,
            reason,
            over_limit: false,
        }
    }

    /// The row's second choice, for a body over `buffer_limit`. Rows that do not buffer have no limit and stay as they are.
    #[must_use]
    pub fn over_limit(self) -> Self {
        match (self.outcome, self.reason) {
            (Outcome::Buffered, Reason::Bodiless) => self,
            (Outcome::Buffered, reason) => {
                let outcome = if reason.rewrites() {
                    Outcome::Stream
                } else {
                    Outcome::PassThrough
                };
                Self {
                    outcome,
                    reason,
                    over_limit: true,
                }
            }
            _ => self,
        }
    }
}

impl Reason {
    /// The row of the truth table, 1 to 12.
    #[must_use]
    pub fn row(self) -> u8 {
        match self {
            Self::Upgrade => 1,
            Self::Bodiless => 2,
            Self::NotProcessable => 3,
            Self::NotProcessableError => 4,
            Self::NoTransform => 5,
            Self::PublicHostUnknown => 6,
            Self::UnknownCoding => 7,
            Self::UnsupportedCharset => 8,
            Self::Partial => 9,
            Self::ProcessableError => 10,
            Self::PostProcessed => 11,
            Self::Processable => 12,
        }
    }

    /// Its name in the log and in the `Streamgate` field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Bodiless => "bodiless",
            Self::NotProcessable => "not-processable",
            Self::NotProcessableError => "not-processable-error",
            Self::NoTransform => "no-transform",
            Self::PublicHostUnknown => "public-host-unknown",
            Self::UnknownCoding => "unknown-coding",
            Self::UnsupportedCharset => "unsupported-charset",
            Self::Partial => "partial",
            Self::ProcessableError => "processable-error",
            Self::PostProcessed => "post-processed",
            Self::Processable => "processable",
        }
    }

    /// Whether the row rewrites the body.
    #[must_use]
    pub fn rewrites(self) -> bool {
        matches!(
            self,
            Self::ProcessableError | Self::PostProcessed | Self::Processable
        )
    }
}

impl Outcome {
    /// Its name in the log and in the `Streamgate` field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PassThrough => "pass-through",
            Self::Stream => "stream",
            Self::Buffered => "buffered",
            Self::Refetch => "refetch",
            Self::NotImplemented => "not-implemented",
        }
    }
}

/// As the `Streamgate` field has it: an item with parameters (RFC 9651 §3.3).
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; row={}; reason={}",
            self.outcome.name(),
            self.reason.row(),
            self.reason.name()
        )?;
        if self.over_limit {
            f.write_str("; over-limit")
        } else {
            Ok(())
        }
    }
}

/// RFC 9110 §6.4.1, and §15.3.6 for 205.
fn is_bodiless(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
        )
}

/// RFC 9111 §5.2.2.6.
fn forbids_transformation(head: &HeaderMap) -> bool {
    list_of(head, header::CACHE_CONTROL)
        .any(|directive| directive.eq_ignore_ascii_case("no-transform"))
}

/// The elements of a comma-separated field (RFC 9110 §5.6.1). No field read here has elements with quoted commas that
/// could be mistaken for a token.
fn list_of(head: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    head.get_all(name)
        .into_iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests;
