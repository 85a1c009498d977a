//! The gate's decisions at each stage of an exchange: before the fetch, after it, and at last.
//! Names in the log and in the `Streamgate` field are made here.

use std::fmt;

/// The decision before the fetch if the gate cannot carry the request, which is then answered with
/// a 501.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotImplemented {
    /// Row 1: a tunnel, or a protocol that the platform cannot carry.
    Upgrade,
    /// A transfer coding other than `chunked` (RFC 9112 §6.1).
    TransferCoding,
    /// A `TRACE` that ends at the gate (RFC 9110 §7.6.2).
    Trace,
}

/// The decision after a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruling<W> {
    /// Ask the origin once more, for the whole (row 9), and decide anew.
    Refetch(W),
    /// Answer with the response.
    Final(Decision),
}

/// The final decision, with its reason. [`Reason::row`] is the row of the truth table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The treatment of the response.
    pub outcome: Outcome,
    /// The reason.
    pub reason: Reason,
    /// Whether the body was over `buffer_limit`, so that `outcome` is the row's second choice.
    pub over_limit: bool,
}

/// The treatment of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The origin's body is sent by the platform's own primitive.
    PassThrough,
    /// The body is decoded, rewritten, re-encoded and sent chunk by chunk.
    Stream,
    /// The body is complete, at most `buffer_limit` bytes, before the head is sent.
    Buffered,
    /// The head is sent alone.
    Bodiless,
}

/// The reason for a decision: one for each row of the truth table, and for the cases within a row
/// that are treated differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Row 1: the connection changes its protocol.
    Upgrade,
    /// Row 2: no body by definition.
    Bodiless,
    /// Row 3: a success whose type is not processable.
    NotProcessable,
    /// Row 4: a redirect or an error whose type is not processable.
    NotProcessableError,
    /// Row 5: `Cache-Control: no-transform`.
    NoTransform,
    /// Row 6: the public host is unknown.
    PublicHostUnknown,
    /// Row 7: a content coding that cannot be decoded.
    UnknownCoding,
    /// Row 8: a charset that is no superset of ASCII.
    UnsupportedCharset,
    /// Row 9: a part of a representation that must be rewritten whole.
    Partial,
    /// Row 10: a redirect or an error to rewrite.
    ProcessableError,
    /// Row 11: HTML that a document post-processor must see whole.
    PostProcessed,
    /// Row 12: a body to rewrite.
    Processable,
}

impl Decision {
    pub(super) fn of(outcome: Outcome, reason: Reason) -> Self {
        Self {
            outcome,
            reason,
            over_limit: false,
        }
    }

    /// Returns the row's second choice, for a body over `buffer_limit`. Rows that do not buffer
    /// have no limit and stay as they are.
    #[must_use]
    pub fn over_limit(self) -> Self {
        let outcome = match self.outcome {
            Outcome::Buffered if self.reason.rewrites() => Outcome::Stream,
            Outcome::Buffered => Outcome::PassThrough,
            Outcome::PassThrough | Outcome::Stream | Outcome::Bodiless => return self,
        };
        Self {
            outcome,
            over_limit: true,
            ..self
        }
    }

    /// Returns the decision where the platform would decode the body as it is read. A row that
    /// buffers the body unmodified passes it through there, because the same bytes cannot be had
    /// again by encoding what was decoded, and the head describes those bytes.
    #[must_use]
    pub(crate) fn unread(self) -> Self {
        let outcome = match self.outcome {
            Outcome::Buffered if !self.reason.rewrites() => Outcome::PassThrough,
            outcome => outcome,
        };
        Self { outcome, ..self }
    }
}

impl Outcome {
    /// Returns the name in the log and in the `Streamgate` field. A head alone is called buffered
    /// too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PassThrough => "pass-through",
            Self::Stream => "stream",
            Self::Buffered | Self::Bodiless => "buffered",
        }
    }
}

impl Reason {
    /// Returns the row of the truth table, 1 to 12.
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

    /// Every row's reason, in their order.
    pub(crate) const ALL: [Self; 12] = [
        Self::Upgrade,
        Self::Bodiless,
        Self::NotProcessable,
        Self::NotProcessableError,
        Self::NoTransform,
        Self::PublicHostUnknown,
        Self::UnknownCoding,
        Self::UnsupportedCharset,
        Self::Partial,
        Self::ProcessableError,
        Self::PostProcessed,
        Self::Processable,
    ];

    /// Returns the name in the log and in the `Streamgate` field.
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

    /// Returns whether the row rewrites the body.
    #[must_use]
    pub fn rewrites(self) -> bool {
        matches!(
            self,
            Self::ProcessableError | Self::PostProcessed | Self::Processable
        )
    }
}

impl fmt::Display for NotImplemented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upgrade => item(f, "not-implemented", Reason::Upgrade),
            Self::TransferCoding => f.write_str("not-implemented; reason=transfer-coding"),
            Self::Trace => f.write_str("not-implemented; reason=trace"),
        }
    }
}

impl std::error::Error for NotImplemented {}

impl<W> fmt::Display for Ruling<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refetch(_) => item(f, "refetch", Reason::Partial),
            Self::Final(decision) => decision.fmt(f),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        item(f, self.outcome.name(), self.reason)?;
        if self.over_limit {
            f.write_str("; over-limit")
        } else {
            Ok(())
        }
    }
}

/// A decision is an error where a body that is to be rewritten is not.
impl std::error::Error for Decision {}

/// Writes an item with parameters (RFC 9651 §3.3), as the `Streamgate` field has it.
fn item(f: &mut fmt::Formatter<'_>, outcome: &str, reason: Reason) -> fmt::Result {
    let (row, reason) = (reason.row(), reason.name());
    write!(f, "{outcome}; row={row}; reason={reason}")
}
