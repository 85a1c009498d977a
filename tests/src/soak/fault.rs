//! The faults that are put into exchanges, how each must end, and which are left out where.

use clap::ValueEnum;

use super::exchange::{Coding, Exchange, Framing, Kind};
use crate::driver::Runtime;

/// A fault of the origin or of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Fault {
    /// The origin resets the connection in the middle of a body.
    Reset,
    /// The origin closes the connection where the end of a chunked body should come.
    NoLastChunk,
    /// The origin announces more bytes than it sends.
    ShortOfLength,
    /// The origin sends gzip that does not decode, or whose checksum is another.
    BrokenCoding,
    /// The origin pauses within a body for less than the limit.
    Pause,
    /// The origin falls silent within a body.
    Silence,
    /// The origin pauses before a head for less than the limit.
    LateHead,
    /// The origin falls silent before a head.
    SilentHead,
    /// The origin closes the connection without an answer.
    Unanswered,
    /// The origin closes the connection within a head.
    HalfAHead,
    /// The client reads slowly.
    SlowReader,
    /// The client leaves in the middle of a body.
    LeavesMidway,
    /// The client leaves before there is a head.
    LeavesEarly,
    /// The client leaves in the middle of its upload.
    HalfUpload,
}

/// How an exchange must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the right answer.
    Whole,
    /// With a start of the right answer that can be told to be a start, or with the status of the
    /// gate's own answer.
    Broken(u16),
    /// With the gate's own answer.
    Status(u16),
    /// The client is gone.
    Gone,
}

impl Fault {
    /// Returns the kinds of exchange that it is put into.
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::BrokenCoding => Kind::REWRITTEN,
            Self::SlowReader | Self::LeavesMidway => {
                &[Kind::Image, Kind::Page, Kind::Style, Kind::Data]
            }
            Self::HalfUpload => &[Kind::Upload, Kind::SentBack],
            _ => Kind::WITH_A_BODY,
        }
    }

    /// Returns whether it cuts a body off.
    fn cuts(self) -> bool {
        matches!(
            self,
            Self::Reset | Self::NoLastChunk | Self::ShortOfLength | Self::BrokenCoding
        )
    }
}

impl Exchange {
    /// Returns how the exchange must end.
    pub(super) fn ending(&self) -> Ending {
        let Some(fault) = self.fault else {
            return Ending::Whole;
        };
        // A body that is held until it is complete never reaches the client in part.
        let is_held = self.kind == Kind::NotFound;
        match fault {
            Fault::Pause | Fault::LateHead | Fault::SlowReader => Ending::Whole,
            Fault::Unanswered | Fault::HalfAHead => Ending::Status(502),
            Fault::SilentHead => Ending::Status(504),
            Fault::Silence if is_held => Ending::Status(504),
            Fault::Silence => Ending::Broken(504),
            Fault::LeavesMidway | Fault::LeavesEarly | Fault::HalfUpload => Ending::Gone,
            _ if is_held => Ending::Status(502),
            _ => Ending::Broken(502),
        }
    }

    /// Returns why the runtime cannot show how the gate ends this exchange. `None` if it can.
    pub(super) fn left_out(&self, runtime: Runtime) -> Option<&'static str> {
        let fault = self.fault?;
        let is_coded = self.coding != Coding::Identity && self.accepted() != "identity";
        let is_counted = !self.kind.is_rewritten() && self.framing == Framing::Length;
        let is_streamed = self.kind != Kind::NotFound;
        LEFT_OUT
            .iter()
            .find(|one| {
                one.on == runtime
                    && match one.what {
                        What::SilentBodies => fault == Fault::Silence,
                        What::UncodedChunks => {
                            fault.cuts() && is_streamed && !is_coded && !is_counted
                        }
                    }
            })
            .map(|one| one.reason)
    }
}

/// What is left out on a runtime.
struct LeftOut {
    on: Runtime,
    what: What,
    /// The platform's reason, and the page of the book that has it.
    reason: &'static str,
}

/// A set of faulty exchanges.
enum What {
    /// Origins that fall silent within a body.
    SilentBodies,
    /// Bodies that break off, and that the client gets in chunks and without a coding.
    UncodedChunks,
}

/// All that is left out.
const LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        on: Runtime::Cloudflare,
        what: What::SilentBodies,
        reason: "Workers have no limit on the pauses of an origin, and `limits.body_idle` does \
                 not apply (configuration.md)",
    },
    LeftOut {
        on: Runtime::Cloudflare,
        what: What::UncodedChunks,
        reason: "workerd ends a chunked response that failed with a clean last chunk, so a body \
                 without a length or a coding looks complete (cloudflare.md)",
    },
];

/// Returns the reasons for what is left out on a runtime.
pub(super) fn left_out(runtime: Runtime) -> impl Iterator<Item = &'static str> {
    let on = LEFT_OUT.iter().filter(move |one| one.on == runtime);
    on.map(|one| one.reason)
}
