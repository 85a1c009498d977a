//! The authority of a URL behind the name of its host: dot, port, and what must not follow.
//! User-info, which precedes the host, is read here too.

use std::ops::Range;

use super::escape::{OTHER, UNIT, Unit};
use super::name::{HostName, Named};
use super::stretch::{Stop, Stretch};

/// The longest user-info that is recognised, in bytes. No page contains URLs with more of it.
const USER_INFO: usize = 64;
const PORT_DIGITS: usize = 5;
/// The most bytes that an authority takes besides the name of its host, with the bytes that decide
/// where it ends: user-info, whose last character may be escaped, and `@`; then a dot, a colon and
/// the port; then another dot and the bytes of a character.
pub(super) const BESIDE_NAME: usize = USER_INFO + 2 * UNIT + 2 * UNIT + PORT_DIGITS + 5 * UNIT;

/// An authority whose host is one that is looked for.
pub(super) struct Authority {
    pub(super) end: usize,
    pub(super) port: Option<u16>,
    /// The first escaped dot of the host.
    pub(super) dot: Option<Range<usize>>,
    /// The character that follows; `None` at the end of the body.
    pub(super) next: Option<Unit>,
}

/// Returns the position behind the user-info at `start` and its `@`.
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

/// Reads the rest of an authority, behind a name of its host.
pub(super) fn behind_name(
    stretch: &Stretch<'_>,
    name: &HostName,
    named: Named,
) -> Result<Authority, Stop> {
    let mut end = named.end;
    if name.ends_above_ascii() && letters_go_on(stretch, end)? {
        return Err(Stop::No);
    }
    let mut next = stretch.unit(end)?;
    // The dot of a fully qualified name belongs to the authority; that of a sentence does not.
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

/// Returns whether a letter, or a mark that belongs to a letter, follows at `at`. Bytes that are no
/// UTF-8 may be letters.
fn letters_go_on(stretch: &Stretch<'_>, at: usize) -> Result<bool, Stop> {
    let next = stretch.character(at)?;
    Ok(next.is_some_and(|next| match next.value {
        None | Some('\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}') => true,
        Some(letter) => letter.is_alphanumeric(),
    }))
}

/// Reads the rest of an authority from the colon behind its host, which starts at `end`.
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
            // The colon belongs to a sentence or a list.
            _ => Ok(Authority::new(end, None, Some(colon))),
        };
    }
    let goes_on = match next {
        Some(unit) if unit.code() == b':' => stretch
            .unit(unit.end)?
            .is_some_and(|unit| is_password(unit.code())),
        // A dot behind a port ends a sentence; with a label behind it, the digits were no port.
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
    /// Makes an authority that ends where `next` starts.
    fn new(end: usize, port: Option<u16>, next: Option<Unit>) -> Self {
        Self {
            end,
            port,
            dot: None,
            next,
        }
    }

    /// Returns the range of the slash that follows, if one does.
    pub(super) fn slash(&self) -> Option<Range<usize>> {
        let slash = self.next.filter(|next| next.code() == b'/')?;
        Some(self.end..slash.end)
    }
}

fn continues_host(code: u8) -> bool {
    code.is_ascii_alphanumeric() || matches!(code, b'-' | b'_')
}

/// Returns whether user-info can contain a character: those of RFC 3986 §3.2.1, without those that
/// end a URL in markup, scripts and lists.
fn is_user_info(code: u8) -> bool {
    code.is_ascii_alphanumeric() || b"-._~!$*+:%".contains(&code)
}

/// Returns whether a character behind the host's colon shows that the host was user-info.
fn is_password(code: u8) -> bool {
    is_user_info(code) || code == b'@'
}
