//! Tells a host without slashes before it, which starts a URL, from a word of prose, of a script or
//! of another URL.

use super::authority::Authority;
use std::net::Ipv4Addr;

use super::escape::{MARK, OTHER, Previous, Spelling, Unit};
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

/// Returns whether a URL without a scheme can start behind a character. `None` stands for the start
/// of the body.
pub(super) fn starts_url(before: Option<Previous>) -> bool {
    before.is_none_or(|Previous { code, .. }| {
        code <= b' ' || code == MARK || b"\"'`=([,<>|}".contains(&code)
    })
}

/// Returns whether the slashes at `start` follow a colon without a scheme, because the scheme is
/// elsewhere, as in `protocol + '://host'`.
pub(super) fn lacks_scheme(stretch: &Stretch<'_>, start: usize) -> bool {
    let is_scheme = |code: u8| code.is_ascii_alphanumeric() || b"+-.".contains(&code);
    stretch
        .before(start)
        .is_some_and(|before| before.code == b':')
        && !stretch
            .second_before(start)
            .is_some_and(|before| is_scheme(before.code))
}

/// Returns whether a host of two dots or more can start behind a character. Such a name is hardly
/// ever anything else.
pub(super) fn starts_host(before: Option<Previous>) -> bool {
    starts_url(before) || before.is_some_and(|before| b":;&?#{!*+".contains(&before.code))
}

/// Returns the slash behind a host with these marks, which starts at `start`, or a slash as it would
/// be written there.
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
    let slash = authority.slash();
    let starts = match dots {
        0 | 1 => starts_url(before),
        _ => starts_host(before),
    };
    let is_host = starts
        && match dots {
            _ if is_ipv4 && !has_port => false,
            dots if slash.is_some() => dots > 0 || has_port,
            0 => has_port && is_enclosed(stretch, authority, before),
            1 if !has_port => is_enclosed(stretch, authority, before),
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

/// Returns whether a host can end before a character. It cannot where a script would call, index or
/// assign to the name.
fn ends_host(next: Unit) -> bool {
    let code = next.code();
    code <= b' ' || code == OTHER || b"\"'`<>)]},;&|?#!.:".contains(&code)
}
