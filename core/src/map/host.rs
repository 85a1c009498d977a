//! A host that is looked for: its names, and the origins on it.

use std::net::Ipv4Addr;

use super::authority::{Authority, BESIDE_NAME, behind_name};
use super::escape::starts_escape;
use super::name::Name;
use super::place::Places;
use super::stretch::{Stop, Stretch};

/// A host and its origins.
#[derive(Debug)]
pub(super) struct Host {
    /// The host in the spelling of the configuration.
    pub(super) host: String,
    /// The number of dots in it.
    pub(super) dots: usize,
    /// Whether it is an IPv4 address, which many servers share: `127.0.0.1`, `10.0.0.7`.
    pub(super) is_ipv4: bool,
    pub(super) names: Vec<Name>,
    pub(super) places: Places,
}

impl Host {
    /// A host without origins.
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            dots: host.matches('.').count(),
            is_ipv4: host.parse::<Ipv4Addr>().is_ok(),
            names: Vec::new(),
            places: Places::default(),
        }
    }

    /// Returns the most bytes that user-info and authority take, with the bytes behind them that
    /// decide.
    pub(super) fn longest(&self) -> usize {
        let name = self.names.iter().map(Name::longest).max().unwrap_or(0);
        BESIDE_NAME + name + self.places.longest()
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
