//! A host that is looked for: its names, and the origins on it.

use super::area::Areas;
use super::authority::{Authority, BESIDE_NAME, behind_name};
use super::bare::Marks;
use super::escape::starts_escape;
use super::name::HostName;
use super::stretch::{Stop, Stretch};

/// A host and its origins.
#[derive(Debug)]
pub(super) struct Host {
    /// The host in the spelling of the configuration.
    pub(super) host: String,
    /// Its marks, where it stands without a port.
    marks: Marks,
    pub(super) names: Vec<HostName>,
    pub(super) areas: Areas,
}

impl Host {
    /// A host without origins.
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            marks: Marks::of(host, false),
            names: Vec::new(),
            areas: Areas::default(),
        }
    }

    /// Returns the most bytes that user-info and authority take, with the bytes behind them that
    /// decide.
    pub(super) fn longest(&self) -> usize {
        let name = self.names.iter().map(HostName::longest).max().unwrap_or(0);
        BESIDE_NAME + name + self.areas.longest()
    }

    /// Returns the marks of this host in an authority: its own, or those of the `counterpart` that
    /// it came from. A name without any mark is a word, whatever it came from.
    pub(super) fn marks(&self, authority: &Authority, counterpart: Option<Marks>) -> Marks {
        let has_port = authority.port.is_some();
        let own = Marks {
            has_port,
            ..self.marks
        };
        let is_word = own.dots == 0 && !has_port;
        counterpart.filter(|_| !is_word).unwrap_or(own)
    }

    /// Returns whether the first byte of this host can be `first`.
    #[inline]
    pub(super) fn can_start(&self, first: u8) -> bool {
        let mut names = self.names.iter();
        starts_escape(first) || names.any(|name| name.initials.contains(&first))
    }

    /// Reads an authority with this host at `start`.
    pub(super) fn authority(&self, stretch: &Stretch<'_>, start: usize) -> Result<Authority, Stop> {
        let mut stop = Stop::No;
        for name in &self.names {
            let authority = name
                .at(stretch, start)
                .and_then(|named| behind_name(stretch, name, named));
            match authority {
                Ok(authority) => return Ok(authority),
                Err(Stop::More) => stop = Stop::More,
                Err(Stop::No) => {}
            }
        }
        Err(stop)
    }
}
