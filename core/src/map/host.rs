//! A host that is looked for: by which names, and which origins it is the host of.

use super::authority::{Authority, BESIDE_NAME, behind_name};
use super::escape::starts_escape;
use super::name::Name;
use super::place::Places;
use super::stretch::{Stop, Stretch};

/// A host and the origins that it is the host of.
#[derive(Debug)]
pub(super) struct Host {
    /// In the spelling of the configuration.
    pub(super) host: String,
    /// How many dots it has.
    pub(super) dots: usize,
    pub(super) names: Vec<Name>,
    pub(super) places: Places,
}

impl Host {
    /// The most bytes that user-info and authority take, with what follows and decides.
    pub(super) fn longest(&self) -> usize {
        let name = self.names.iter().map(Name::longest).max().unwrap_or(0);
        BESIDE_NAME + name + self.places.longest()
    }

    /// Whether a byte can be the first one of a text that this host starts.
    #[inline]
    pub(super) fn can_start(&self, first: u8) -> bool {
        let mut names = self.names.iter();
        starts_escape(first) || names.any(|name| name.initials.contains(&first))
    }

    /// The authority with this host that starts at `start`.
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
