//! One exchange of a soak, as its seed makes it. The path of its request says all that the origin
//! has to know, so that origin and client, who share nothing else, both know what is right.

use clap::ValueEnum;

use super::fault::Fault;
use crate::client::PUBLIC_HOST;
use crate::dice::Dice;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict};

/// The public origin.
pub(super) const PUBLIC: &str = "https://www.example.com";
const _: () = assert!(PUBLIC.len() == "https://".len() + PUBLIC_HOST.len());

/// The first segment of every path.
const ROOT: &str = "soak";

/// One exchange in so many gets a fault.
const FAULTY_ONE_IN: usize = 20;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// An image, which passes through.
    Image,
    /// A font, which passes through.
    Font,
    /// A page, whose URLs are mapped and which gets two elements.
    Page,
    /// A style sheet, whose URLs are mapped.
    Style,
    /// JSON, whose URLs are mapped.
    Data,
    /// A page with status 404, which is held until it is complete.
    NotFound,
    /// A 204.
    Empty,
    /// An image that the client has: a 304.
    NotModified,
    /// A page that the client has got a moment ago: a 304.
    Revalidated,
    /// A redirect to a URL of the origin.
    Redirect,
    /// The head of an image.
    HeadOfImage,
    /// The head of a page.
    HeadOfPage,
    /// A part of an image.
    Part,
    /// An upload, which passes through; the origin answers with the hash of what it got.
    Upload,
    /// JSON with public URLs, as a page of the site sends it; it comes back to the origin with the
    /// origin's, which answers with the hash of what it got.
    SentBack,
}

impl Kind {
    /// Those that a response with a body of its own answers.
    pub(super) const WITH_A_BODY: &[Self] = &[
        Self::Image,
        Self::Font,
        Self::Page,
        Self::Style,
        Self::Data,
        Self::NotFound,
    ];

    /// Those whose body is decoded and rewritten.
    pub(super) const REWRITTEN: &[Self] = &[Self::Page, Self::Style, Self::Data, Self::NotFound];

    /// Returns whether the gate rewrites the body.
    pub(super) fn is_rewritten(self) -> bool {
        Self::REWRITTEN.contains(&self) || matches!(self, Self::Revalidated | Self::HeadOfPage)
    }

    /// Returns the method of the request.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::HeadOfImage | Self::HeadOfPage => "HEAD",
            Self::Upload | Self::SentBack => "POST",
            _ => "GET",
        }
    }

    /// Returns the status of the right answer.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Empty => 204,
            Self::Part => 206,
            Self::Redirect => 302,
            Self::NotModified => 304,
            Self::NotFound => 404,
            _ => 200,
        }
    }
}

/// The content coding in which the origin sends a body that is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Br,
}

impl Coding {
    /// Returns the name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Br => "br",
        }
    }
}

/// How the sender of a body frames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Framing {
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// The codings that clients accept. Each is as likely as the next.
const ACCEPTED: [&str; 4] = ["identity", "gzip", "br", "gzip, deflate, br"];

/// One exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    /// What all of it is made from. No other exchange of a soak has it.
    pub(super) seed: u64,
    pub(super) kind: Kind,
    pub(super) coding: Coding,
    pub(super) framing: Framing,
    pub(super) fault: Option<Fault>,
}

impl Exchange {
    /// Makes the exchange of a seed, with a fault in one of twenty. Faults that the runtime cannot
    /// show are left out.
    pub(super) fn new(seed: u64, runtime: Runtime) -> Self {
        let mut dice = Dice::new(seed);
        if dice.once_in(FAULTY_ONE_IN) {
            loop {
                let fault = *dice.one_of(Fault::value_variants());
                let exchange = Self::thrown(&mut dice, seed, Some(fault));
                if exchange.left_out(runtime).is_none() {
                    return exchange;
                }
            }
        }
        Self::thrown(&mut dice, seed, None)
    }

    /// Throws what the fault leaves open.
    fn thrown(dice: &mut Dice, seed: u64, fault: Option<Fault>) -> Self {
        let kinds = fault.map_or(Kind::value_variants(), Fault::kinds);
        let kind = *dice.one_of(kinds);
        let codings: &[Coding] = match fault {
            Some(Fault::BrokenCoding) => &[Coding::Gzip],
            // The origin takes too long to code as much as that in br, if it is not optimised.
            Some(Fault::SlowReader | Fault::LeavesMidway) if kind.is_rewritten() => {
                &[Coding::Identity, Coding::Gzip]
            }
            _ if kind.is_rewritten() => Coding::value_variants(),
            _ => &[Coding::Identity],
        };
        let framings: &[Framing] = match (fault, kind) {
            (Some(Fault::NoLastChunk), _) => &[Framing::Chunked],
            // What comes back in chunks is left as it is on Workers, so it has a length here.
            (Some(Fault::ShortOfLength), _) | (_, Kind::SentBack | Kind::Part) => {
                &[Framing::Length]
            }
            _ => Framing::value_variants(),
        };
        Self {
            seed,
            kind,
            coding: *dice.one_of(codings),
            framing: *dice.one_of(framings),
            fault,
        }
    }

    /// Returns the codings that the client accepts.
    pub(super) fn accepted(&self) -> &'static str {
        ACCEPTED[self.dice(1).below(ACCEPTED.len())]
    }

    /// Returns whether the client wants a connection of its own.
    pub(super) fn closes(&self) -> bool {
        self.dice(2).once_in(4)
    }

    /// Returns how long the body is, in bytes, or a little more. What a client leaves or reads
    /// slowly is too long for the buffers between it and the origin.
    pub(super) fn length(&self) -> usize {
        let mut dice = self.dice(3);
        let length = match dice.below(20) {
            0..12 => 200 + dice.below(16 << 10),
            12..19 => (16 << 10) + dice.below(112 << 10),
            _ => (128 << 10) + dice.below(896 << 10),
        };
        match (self.fault, self.kind) {
            (Some(Fault::SlowReader | Fault::LeavesMidway), _) => length + (1 << 20),
            // An error that is too long to be held is streamed, which is another kind.
            (_, Kind::NotFound | Kind::SentBack) => length.min(100 << 10),
            _ if self.coding == Coding::Br => length.min(100 << 10),
            _ => length,
        }
    }

    /// Returns the entity tag that the origin gives to its representation.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.seed)
    }

    /// Returns the first and the last byte of the part that is asked for of so many.
    pub(super) fn part(&self, length: usize) -> (usize, usize) {
        let mut dice = self.dice(5);
        let first = dice.below(length);
        (first, first + dice.below(length - first))
    }

    /// Returns dice for one purpose of this exchange.
    pub(super) fn dice(&self, purpose: u64) -> Dice {
        Dice::new(self.seed.wrapping_mul(31).wrapping_add(purpose))
    }

    /// Returns the target of the request.
    pub(super) fn target(&self) -> String {
        let fault = self.fault.as_ref().map_or_else(|| "none".to_owned(), name);
        format!(
            "/{ROOT}/{}/{}/{}/{fault}/{}",
            name(&self.kind),
            name(&self.coding),
            name(&self.framing),
            self.seed
        )
    }

    /// Reads the exchange from the target of its request.
    pub(super) fn of_target(target: &str) -> Verdict<Self> {
        let parts: Vec<_> = target.split('/').collect();
        let ["", ROOT, kind, coding, framing, fault, seed] = parts[..] else {
            return Err(Failure(format!("{target} is no target of a soak")));
        };
        Ok(Self {
            seed: seed.parse()?,
            kind: named(kind)?,
            coding: named(coding)?,
            framing: named(framing)?,
            fault: match fault {
                "none" => None,
                fault => Some(named(fault)?),
            },
        })
    }
}

/// Returns the name of a variant in a target.
pub(super) fn name(variant: &impl ValueEnum) -> String {
    let value = variant.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn named<T: ValueEnum>(name: &str) -> Verdict<T> {
    T::from_str(name, false).map_err(Failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_an_exchange_says_all_of_it() {
        for seed in 0..2000 {
            let exchange = Exchange::new(seed, Runtime::Native);
            let read = Exchange::of_target(&exchange.target()).unwrap();
            assert_eq!(exchange, read);
        }
        for target in [
            "/",
            "/ready/",
            "/soak/page/gzip/length/none/x",
            "/soak/page/gzip/length/none",
        ] {
            assert!(Exchange::of_target(target).is_err(), "{target}");
        }
    }

    #[test]
    fn one_exchange_in_twenty_has_a_fault_and_every_kind_and_fault_comes() {
        let thrown: Vec<_> = (0..20_000)
            .map(|seed| Exchange::new(seed, Runtime::Native))
            .collect();
        let faulty = thrown.iter().filter(|one| one.fault.is_some()).count();
        assert!((800..1200).contains(&faulty), "{faulty}");
        for kind in Kind::value_variants() {
            assert!(thrown.iter().any(|one| one.kind == *kind), "{kind:?}");
        }
        for fault in Fault::value_variants() {
            let comes = thrown.iter().any(|one| one.fault == Some(*fault));
            assert!(comes, "{fault:?}");
        }
    }
}
