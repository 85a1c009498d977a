//! The authority of a mapped URL: user-info, host, port, and what must not follow.

use std::ops::Range;

use super::escape::{OTHER, UNIT, Unit};
use super::origin::Scheme;
use super::text::{Stop, Text};

/// The longest user-info that is taken for such, in bytes. What is longer is no URL that a page contains.
const USER_INFO: usize = 64;
const PORT_DIGITS: usize = 5;

/// A host and the origins that it is the host of.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: Vec<u8>,
    /// Ports, `None` for the default one, and the indices of their origins.
    origins: Vec<(Option<u16>, usize)>,
}

/// An authority with one of the hosts.
pub(super) struct Authority {
    pub(super) end: usize,
    pub(super) port: Option<u16>,
    /// The host's first dot that is escaped.
    pub(super) dot: Option<Range<usize>>,
    /// The slash that follows it.
    pub(super) slash: Option<Range<usize>>,
}

impl Host {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            origins: Vec::new(),
        }
    }

    /// Adds an origin by its index. Of two with the same port the first one counts.
    pub(super) fn add(&mut self, port: Option<u16>, origin: usize) {
        self.origins.push((port, origin));
    }

    /// The most bytes that user-info and authority take, with what follows and decides.
    pub(super) fn longest(&self) -> usize {
        let escaped = self
            .name
            .iter()
            .filter(|byte| !byte.is_ascii_alphanumeric())
            .count();
        // User-info may end with an escape; then `@`; behind the host a dot, a colon, the port, and two units.
        USER_INFO + 2 * UNIT + self.name.len() + escaped * UNIT + 2 * UNIT + PORT_DIGITS + 2 * UNIT
    }

    /// Whether it is taken for a host where nothing but its place says so.
    pub(super) fn has_dot(&self) -> bool {
        self.name.contains(&b'.')
    }

    /// The authority with this host that starts at `start`.
    pub(super) fn authority(&self, text: &Text<'_>, start: usize) -> Result<Authority, Stop> {
        let mut at = start;
        let mut dot = None;
        for &byte in &self.name {
            match text.bytes.get(at) {
                Some(found) if found.eq_ignore_ascii_case(&byte) => at += 1,
                Some(_) if byte.is_ascii_alphanumeric() => return Err(Stop::No),
                _ => {
                    let end = text.expect(at, byte)?;
                    if byte == b'.' && dot.is_none() {
                        dot = Some(at..end);
                    }
                    at = end;
                }
            }
        }
        let rest = behind_host(text, at)?;
        Ok(Authority { dot, ..rest })
    }

    /// The index of the origin with a port in a URL with a scheme.
    pub(super) fn origin(&self, scheme: Option<Scheme>, port: Option<u16>) -> Option<usize> {
        let is_default = match (scheme, port) {
            (_, None) => true,
            (Some(scheme), Some(port)) => port == scheme.default_port(),
            (None, Some(port)) => [Scheme::Http, Scheme::Https]
                .iter()
                .any(|scheme| port == scheme.default_port()),
        };
        let with = |port| self.origins.iter().find(|(known, _)| *known == port);
        let named = port.and_then(|port| with(Some(port)));
        let (_, origin) = named.or_else(|| with(None).filter(|_| is_default))?;
        Some(*origin)
    }
}

/// The position behind user-info and its `@`.
pub(super) fn user_info(text: &Text<'_>, start: usize) -> Result<usize, Stop> {
    let mut at = start;
    while at - start <= USER_INFO {
        match text.unit(at)? {
            Some(unit) if unit.code == b'@' => return Ok(unit.end),
            Some(unit) if is_user_info(unit.code) => at = unit.end,
            _ => break,
        }
    }
    Err(Stop::No)
}

/// The rest of an authority whose host ends at `end`.
fn behind_host(text: &Text<'_>, mut end: usize) -> Result<Authority, Stop> {
    let mut next = text.unit(end)?;
    // The dot of a fully qualified name is part of the authority, the one of a sentence is not.
    if let Some(dot) = next.filter(|unit| unit.code == b'.') {
        let behind = text.unit(dot.end)?;
        match behind.map(|unit| unit.code) {
            Some(code) if continues_host(code) || code == b'@' || code == OTHER => {
                return Err(Stop::No);
            }
            Some(b'/' | b':') => (end, next) = (dot.end, behind),
            _ => {}
        }
    }
    match next {
        Some(colon) if colon.code == b':' => behind_colon(text, end, colon.end),
        Some(unit) if continues_host(unit.code) || unit.code == b'@' => Err(Stop::No),
        next => Ok(Authority::new(end, None, next)),
    }
}

/// The rest of an authority whose host is followed by a colon, which starts at `colon` and ends at `start`.
fn behind_colon(text: &Text<'_>, colon: usize, start: usize) -> Result<Authority, Stop> {
    let digits = text
        .bytes
        .iter()
        .skip(start)
        .take(PORT_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit());
    let end = start + digits.count();
    if end - start > PORT_DIGITS {
        return Err(Stop::No);
    }
    let next = text.unit(end)?;
    let code = next.map(|unit| unit.code);
    if end == start {
        return match code {
            Some(b'/') => Ok(Authority::new(end, None, next)),
            Some(code) if is_password(code) => Err(Stop::No),
            // The colon of a sentence or of a list.
            _ => Ok(Authority::new(colon, None, None)),
        };
    }
    let goes_on = match next {
        Some(unit) if unit.code == b':' => text
            .unit(unit.end)?
            .is_some_and(|unit| is_password(unit.code)),
        // The dot of a sentence may follow a port; a label makes it no port at all.
        Some(unit) if unit.code == b'.' => text
            .unit(unit.end)?
            .is_some_and(|unit| continues_host(unit.code) || unit.code == OTHER),
        Some(unit) => continues_host(unit.code) || unit.code == b'@',
        None => false,
    };
    let port = text
        .bytes
        .get(start..end)
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    match port {
        Some(port) if !goes_on => Ok(Authority::new(end, Some(port), next)),
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
            slash: next
                .filter(|unit| unit.code == b'/')
                .map(|unit| end..unit.end),
        }
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
