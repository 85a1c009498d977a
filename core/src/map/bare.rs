//! Tells a host without slashes before it, which starts a URL, from a word of prose, of a script or
//! of another URL.

use std::net::Ipv4Addr;

use super::authority::Authority;
use super::beside::{ends_host, starts_host, starts_url};
use super::escape::{Previous, Spelling};
use super::expression;
use super::sentence;
use super::stretch::{Stop, Stretch};

/// What marks a name as that of a host where it stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The number of dots in it.
    pub(super) dots: usize,
    /// Whether it is an IPv4 address, which many servers share: `127.0.0.1`, `10.0.0.7`.
    pub(super) is_ipv4: bool,
    /// Whether a port follows.
    pub(super) has_port: bool,
}

impl Marks {
    /// Returns the marks of a host.
    pub(super) fn of(host: &str, has_port: bool) -> Self {
        Self {
            dots: host.matches('.').count(),
            is_ipv4: host.parse::<Ipv4Addr>().is_ok(),
            has_port,
        }
    }
}

/// Returns the slash behind a host with these marks, which starts at `start`, or a slash as it
/// would be written there.
///
/// # Errors
/// [`Stop::No`] if the name does not stand for a host there.
pub(super) fn slash(
    stretch: &Stretch<'_>,
    start: usize,
    marks: Marks,
    authority: &Authority,
) -> Result<Spelling, Stop> {
    let before = stretch.before(start);
    let Marks {
        dots,
        is_ipv4,
        has_port,
    } = marks;
    if let Some(slash) = expression::slash(stretch, authority).filter(|_| !is_ipv4) {
        return match expression::is_host(stretch, start, authority)? {
            true => Ok(slash),
            false => Err(Stop::No),
        };
    }
    let slash = authority.slash();
    let starts = match dots {
        0 | 1 => starts_url(before),
        _ => starts_host(before),
    };
    let is_value = || match is_enclosed(stretch, authority, before) {
        true => Ok(true),
        false => sentence::is_word(stretch, start, authority, before),
    };
    let is_host = starts
        && match dots {
            _ if is_ipv4 && !has_port => false,
            dots if slash.is_some() => dots > 0 || has_port,
            0 => has_port && is_value()?,
            1 if !has_port => is_value()?,
            _ => authority.next.is_none_or(ends_host),
        };
    match (slash, before) {
        _ if !is_host => Err(Stop::No),
        (Some(slash), _) => Ok(stretch.spelling(slash)),
        (None, Some(before)) => Ok(before.spelling.slash_beside()),
        (None, None) => Ok(Spelling::new(b"/")),
    }
}

/// Returns whether an authority is all there is between two quotes or two tags that are written
/// alike, or in the body.
fn is_enclosed(stretch: &Stretch<'_>, authority: &Authority, before: Option<Previous>) -> bool {
    match (before, authority.next) {
        (Some(before), Some(next)) => {
            let pair = match (before.code, next.code()) {
                (b'>', b'<') => true,
                (left, right) => left == right && b"\"'`".contains(&left),
            };
            let length = stretch.spelling(authority.end..next.end).as_bytes().len();
            pair && length == before.spelling.as_bytes().len()
        }
        (before, next) => before.is_none() && next.is_none(),
    }
}
