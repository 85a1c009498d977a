//! The authority of a mapped URL: user-info, host, port, and what must not follow.

use std::ops::Range;

use super::escape::{OTHER, UNIT, Unit};
use super::name::{Name, Named};
use super::stretch::{Stop, Stretch};

/// The longest user-info that is taken for such, in bytes. What is longer is no URL that a page contains.
const USER_INFO: usize = 64;
const PORT_DIGITS: usize = 5;
/// The most bytes that an authority takes besides its host's name: user-info, which may end with an escape, and `@`; behind
/// the name a dot, a colon, the port, and what decides: another dot and the bytes of a character.
pub(super) const BESIDE_NAME: usize = USER_INFO + 2 * UNIT + 2 * UNIT + PORT_DIGITS + 5 * UNIT;

/// An authority with one of the hosts.
pub(super) struct Authority {
    pub(super) end: usize,
    pub(super) port: Option<u16>,
    /// The host's first dot that is escaped.
    pub(super) dot: Option<Range<usize>>,
    /// What follows it.
    pub(super) next: Option<Unit>,
}

/// The position behind user-info and its `@`.
pub(super) fn user_info(stretch: &Stretch<'_>, start: usize) -> Result<usize, Stop> {
    let mut at = start;
    while at - start <= USER_INFO {
        match stretch.unit(at)? {
            Some(unit) if unit.code() == b'@' => return Ok(unit.end),
            Some(unit) if is_user_info(unit.code()) => at = unit.end,
            _ => break,
        }
    }
    Err(Stop::No)
}

/// The rest of an authority whose host has been read.
pub(super) fn behind_name(
    stretch: &Stretch<'_>,
    name: &Name,
    named: Named,
) -> Result<Authority, Stop> {
    let mut end = named.end;
    if name.ends_above_ascii() && letters_go_on(stretch, end)? {
        return Err(Stop::No);
    }
    let mut next = stretch.unit(end)?;
    // The dot of a fully qualified name is part of the authority, the one of a sentence is not.
    if let Some(dot) = next.filter(|unit| unit.code() == b'.') {
        let behind = stretch.unit(dot.end)?;
        match behind.map(|unit| unit.code()) {
            Some(code) if continues_host(code) || code == b'@' => return Err(Stop::No),
            Some(OTHER) if letters_go_on(stretch, dot.end)? => return Err(Stop::No),
            Some(b'/' | b':') => (end, next) = (dot.end, behind),
            _ => {}
        }
    }
    let rest = match next {
        Some(colon) if colon.code() == b':' => behind_colon(stretch, end, colon)?,
        Some(unit) if continues_host(unit.code()) || unit.code() == b'@' => return Err(Stop::No),
        next => Authority::new(end, None, next),
    };
    Ok(Authority {
        dot: named.dot,
        ..rest
    })
}

/// Whether a name goes on with a letter, or with a mark that belongs to one. Bytes that are no UTF-8 may be letters.
fn letters_go_on(stretch: &Stretch<'_>, at: usize) -> Result<bool, Stop> {
    let next = stretch.character(at)?;
    Ok(next.is_some_and(|next| match next.value {
        None | Some('\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}') => true,
        Some(letter) => letter.is_alphanumeric(),
    }))
}

/// The rest of an authority whose host is followed by a colon, which starts at `end`.
fn behind_colon(stretch: &Stretch<'_>, end: usize, colon: Unit) -> Result<Authority, Stop> {
    let digits = stretch
        .bytes
        .iter()
        .skip(colon.end)
        .take(PORT_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit());
    let port_end = colon.end + digits.count();
    if port_end - colon.end > PORT_DIGITS {
        return Err(Stop::No);
    }
    let next = stretch.unit(port_end)?;
    let code = next.map(|unit| unit.code());
    if port_end == colon.end {
        return match code {
            Some(b'/') => Ok(Authority::new(port_end, None, next)),
            Some(code) if is_password(code) => Err(Stop::No),
            // The colon of a sentence or of a list.
            _ => Ok(Authority::new(end, None, Some(colon))),
        };
    }
    let goes_on = match next {
        Some(unit) if unit.code() == b':' => stretch
            .unit(unit.end)?
            .is_some_and(|unit| is_password(unit.code())),
        // The dot of a sentence may follow a port; a label makes it no port at all.
        Some(unit) if unit.code() == b'.' => match stretch.unit(unit.end)? {
            Some(label) if label.code() == OTHER => letters_go_on(stretch, unit.end)?,
            Some(label) => continues_host(label.code()),
            None => false,
        },
        Some(unit) => continues_host(unit.code()) || unit.code() == b'@',
        None => false,
    };
    let port = stretch
        .bytes
        .get(colon.end..port_end)
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    match port {
        Some(port) if !goes_on => Ok(Authority::new(port_end, Some(port), next)),
        _ => Err(Stop::No),
    }
}

impl Authority {
    /// One that ends where `next` starts.
    fn new(end: usize, port: Option<u16>, next: Option<Unit>) -> Self {
        Self {
            end,
            port,
            dot: None,
            next,
        }
    }

    /// The slash that follows it.
    pub(super) fn slash(&self) -> Option<Range<usize>> {
        let slash = self.next.filter(|next| next.code() == b'/')?;
        Some(self.end..slash.end)
    }
}

fn continues_host(code: u8) -> bool {
    code.is_ascii_alphanumeric() || matches!(code, b'-' | b'_')
}

/// The characters of user-info (RFC 3986 §3.2.1) but those that end a URL in markup, scripts and lists.
fn is_user_info(code: u8) -> bool {
    code.is_ascii_alphanumeric() || b"-._~!$*+:%".contains(&code)
}

/// Whether what follows a colon behind the host shows that the host was user-info.
fn is_password(code: u8) -> bool {
    is_user_info(code) || code == b'@'
}
