//! Which clients get a connection, and what the others are told.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use streamgate::LimitsConfig;

use crate::places::{Place, Places, PlacesOf};

/// How many clients may be being told at a time that there is no place for them. Others are
/// closed without a word.
const TOLD: usize = 1024;

/// The connections of all threads, counted.
#[derive(Debug)]
pub(super) struct Admission {
    all: Arc<Places>,
    clients: PlacesOf<IpAddr>,
    told: Arc<Places>,
    most_told: usize,
    /// How many connections can be served. `None`: any number.
    possible: Option<usize>,
}

/// What becomes of a connection.
#[derive(Debug)]
pub(super) enum Admitted {
    /// It is served, and holds these places.
    Served([Option<Place>; 2]),
    /// Its client is told that there is no place.
    Told(Place, Full),
    /// It is closed.
    Closed(Full),
}

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// That of all connections.
    All,
    /// That of the connections of one client.
    Client,
}

impl Admission {
    /// Counts no connections yet, of which the process can have at most `possible`. A quarter of
    /// them at most is for those that are refused.
    pub(super) fn new(possible: Option<usize>) -> Self {
        let most_told = possible.map_or(TOLD, |possible| TOLD.min(possible / 4));
        let possible = possible.map(|possible| possible - most_told);
        Self {
            all: Arc::default(),
            clients: PlacesOf::default(),
            told: Arc::default(),
            most_told,
            possible,
        }
    }

    /// Decides on a connection that `client` has made. `None` stands for a trusted proxy, which may
    /// have as many as there are.
    pub(super) fn admit(&self, limits: &LimitsConfig, client: Option<IpAddr>) -> Admitted {
        let most = limits.connections.into_iter().chain(self.possible).min();
        let Some(place) = self.all.take(most) else {
            return self.refuse(Full::All);
        };
        let (Some(client), Some(most)) = (client, limits.connections_per_client) else {
            return Admitted::Served([Some(place), None]);
        };
        // Where descriptors are short, one client does not get all of them either.
        let most = self.possible.map_or(most, |all| most.min(all.div_ceil(2)));
        match self.clients.of(network(client)).take(Some(most)) {
            Some(own) => Admitted::Served([Some(place), Some(own)]),
            None => self.refuse(Full::Client),
        }
    }

    fn refuse(&self, full: Full) -> Admitted {
        match self.told.take(Some(self.most_told)) {
            Some(place) => Admitted::Told(place, full),
            None => Admitted::Closed(full),
        }
    }
}

impl Full {
    /// Returns the key of the limit.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::All => "limits.connections",
            Self::Client => "limits.connections_per_client",
        }
    }
}

/// Returns what stands for a client: its address, or with IPv6 the network of 64 bits that is its
/// own (RFC 6177).
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let [a, b] = [one, other].map(|text| network(text.parse().expect("an address")));
            assert_eq!(a == b, same, "{one} {other}");
        }
    }
}
