//! The authority of a mapped URL: user-info, host, port, and what must not follow.

use std::ops::Range;

use super::escape::{OTHER, UNIT, Unit, starts_escape};
use super::name::{Name, Named};
use super::place::Places;
use super::text::{Stop, Text};

/// The longest user-info that is taken for such, in bytes. What is longer is no URL that a page contains.
const USER_INFO: usize = 64;
const PORT_DIGITS: usize = 5;

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

/// An authority with one of the hosts.
pub(super) struct Authority {
    pub(super) end: usize,
    pub(super) port: Option<u16>,
    /// The host's first dot that is escaped.
    pub(super) dot: Option<Range<usize>>,
    /// What follows it.
    pub(super) next: Option<Unit>,
}

impl Host {
    /// The most bytes that user-info and authority take, with what follows and decides.
    pub(super) fn longest(&self) -> usize {
        let name = self.names.iter().map(Name::longest).max().unwrap_or(0);
        // User-info may end with an escape; then `@`; behind the host a dot, a colon, the port, and what decides: another dot
        // and the bytes of a character.
        USER_INFO + 2 * UNIT + name + 2 * UNIT + PORT_DIGITS + 5 * UNIT + self.places.longest()
    }

    /// Whether a byte can be the first one of a text that this host starts.
    #[inline]
    pub(super) fn can_start(&self, first: u8) -> bool {
        let mut names = self.names.iter();
        starts_escape(first) || names.any(|name| name.initials.contains(&first))
    }

    /// The authority with this host that starts at `start`.
    pub(super) fn authority(&self, text: &Text<'_>, start: usize) -> Result<Authority, Stop> {
        let mut stop = Stop::No;
        for name in &self.names {
            let authority = name
                .at(text, start)
                .and_then(|named| behind_name(text, name, named));
            match authority {
                Ok(authority) => return Ok(authority),
                Err(Stop::More) => stop = Stop::More,
                Err(Stop::No) => {}
            }
        }
        Err(stop)
    }
}

/// The position behind user-info and its `@`.
pub(super) fn user_info(text: &Text<'_>, start: usize) -> Result<usize, Stop> {
    let mut at = start;
    while at - start <= USER_INFO {
        match text.unit(at)? {
            Some(unit) if unit.code() == b'@' => return Ok(unit.end),
            Some(unit) if is_user_info(unit.code()) => at = unit.end,
            _ => break,
        }
    }
    Err(Stop::No)
}

/// The rest of an authority whose host has been read.
fn behind_name(text: &Text<'_>, name: &Name, named: Named) -> Result<Authority, Stop> {
    let mut end = named.end;
    if name.ends_above_ascii() && letters_go_on(text, end)? {
        return Err(Stop::No);
    }
    let mut next = text.unit(end)?;
    // The dot of a fully qualified name is part of the authority, the one of a sentence is not.
    if let Some(dot) = next.filter(|unit| unit.code() == b'.') {
        let behind = text.unit(dot.end)?;
        match behind.map(|unit| unit.code()) {
            Some(code) if continues_host(code) || code == b'@' => return Err(Stop::No),
            Some(OTHER) if letters_go_on(text, dot.end)? => return Err(Stop::No),
            Some(b'/' | b':') => (end, next) = (dot.end, behind),
            _ => {}
        }
    }
    let rest = match next {
        Some(colon) if colon.code() == b':' => behind_colon(text, end, colon)?,
        Some(unit) if continues_host(unit.code()) || unit.code() == b'@' => return Err(Stop::No),
        next => Authority::new(end, None, next),
    };
    Ok(Authority {
        dot: named.dot,
        ..rest
    })
}

/// Whether a name goes on with a letter, or with a mark that belongs to one. Bytes that are no UTF-8 may be letters.
fn letters_go_on(text: &Text<'_>, at: usize) -> Result<bool, Stop> {
    let next = text.character(at)?;
    Ok(next.is_some_and(|next| match next.value {
        None | Some('\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}') => true,
        Some(letter) => letter.is_alphanumeric(),
    }))
}

/// The rest of an authority whose host is followed by a colon, which starts at `end`.
fn behind_colon(text: &Text<'_>, end: usize, colon: Unit) -> Result<Authority, Stop> {
    let digits = text
        .bytes
        .iter()
        .skip(colon.end)
        .take(PORT_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit());
    let port_end = colon.end + digits.count();
    if port_end - colon.end > PORT_DIGITS {
        return Err(Stop::No);
    }
    let next = text.unit(port_end)?;
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
        Some(unit) if unit.code() == b':' => text
            .unit(unit.end)?
            .is_some_and(|unit| is_password(unit.code())),
        // The dot of a sentence may follow a port; a label makes it no port at all.
        Some(unit) if unit.code() == b'.' => match text.unit(unit.end)? {
            Some(label) if label.code() == OTHER => letters_go_on(text, unit.end)?,
            Some(label) => continues_host(label.code()),
            None => false,
        },
        Some(unit) => continues_host(unit.code()) || unit.code() == b'@',
        None => false,
    };
    let port = text
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
