//! What a mapped URL looks like, as a recogniser that is tried at one position of a text.
//!
//! ```text
//! url       = [ scheme colon ] slash slash [ user-info at ] authority / authority
//! authority = host [ dot ] [ colon [ port ] ]
//! ```
//!
//! Scheme and host are in any letter case, and every other character in any escaping (`escape`); the two slashes are
//! written the same way. The module's own documentation, one up, says what must precede and follow.

use std::collections::HashMap;
use std::ops::Range;

use super::escape::{OTHER, UNIT};
use super::finder::Finder;
use super::origin::{Origin, Scheme};
use super::text::{Stop, Text};

/// The longest user-info that is taken for such, in bytes. What is longer is no URL that a page contains.
const USER_INFO: usize = 64;
const PORT_DIGITS: usize = 5;

/// `scheme` as it is written, what it is for the port's sake, and whether it is a WebSocket's.
const SCHEMES: [(&str, (Scheme, bool)); 4] = [
    ("https", (Scheme::Https, false)),
    ("http", (Scheme::Http, false)),
    ("wss", (Scheme::Https, true)),
    ("ws", (Scheme::Http, true)),
];

/// The bytes that a match can consist of, up to where it is decided.
const MEMBERS: [bool; 256] = members();

const fn members() -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte: u8 = 0;
    while byte < OTHER {
        set[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b":/\\%&#;.-@_~!$*+[]";
    let mut index = 0;
    while index < marks.len() {
        set[marks[index] as usize] = true;
        index += 1;
    }
    set
}

/// All origins' patterns, compiled.
#[derive(Debug)]
pub(super) struct Patterns {
    pub(super) finder: Finder,
    pub(super) origins: Vec<Origin>,
    hosts: Vec<Host>,
    /// The bytes that a host starts with, in either case.
    initials: [bool; 256],
    /// No match is longer than this, what follows it and decides included. In bytes.
    longest: usize,
}

#[derive(Debug)]
struct Host {
    name: Vec<u8>,
    /// Index of the origin by its port.
    ports: HashMap<Option<u16>, usize>,
}

/// A URL of an origin in a text. The ranges are positions in that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    /// Index of the origin.
    pub(super) origin: usize,
    /// From the scheme to the end of the authority.
    pub(super) range: Range<usize>,
    /// Whether there is a scheme, and if so, whether it is a WebSocket's.
    pub(super) websocket: Option<bool>,
    /// What is between scheme and host: colon, slashes, user-info.
    pub(super) between: Range<usize>,
    /// A colon, as this URL writes it.
    pub(super) colon: Option<Range<usize>>,
    /// A slash, as this URL writes it.
    pub(super) slash: Range<usize>,
    /// A dot of the host, if it is escaped.
    pub(super) dot: Option<Range<usize>>,
}

/// What was read before the host.
struct Prefix {
    start: usize,
    scheme: Option<(usize, Scheme, bool)>,
    colon: Option<Range<usize>>,
    /// The second slash; `None` if the URL starts with its host.
    slash: Option<Range<usize>>,
}

/// What was read of an authority.
struct Authority {
    end: usize,
    port: Option<u16>,
    /// What follows it.
    next: Option<(u8, Range<usize>)>,
}

impl Patterns {
    /// Of two origins with the same host and port the first one counts.
    pub(super) fn new(origins: Vec<Origin>) -> Self {
        let mut hosts: Vec<Host> = Vec::new();
        let mut initials = [false; 256];
        for (index, origin) in origins.iter().enumerate() {
            let name = origin.host.as_bytes();
            if !hosts.iter().any(|host| host.name == name) {
                hosts.push(Host {
                    name: name.to_vec(),
                    ports: HashMap::new(),
                });
            }
            for host in hosts.iter_mut().filter(|host| host.name == name) {
                host.ports.entry(origin.port).or_insert(index);
            }
            for initial in name
                .first()
                .into_iter()
                .flat_map(|byte| [*byte, byte.to_ascii_uppercase()])
            {
                initials[usize::from(initial)] = true;
            }
        }
        let host = hosts.iter().map(|host| host.longest()).max().unwrap_or(0);
        Self {
            finder: Finder::new(hosts.iter().map(|host| host.name.as_slice())),
            origins,
            hosts,
            initials,
            longest: "https".len()
                + 3 * UNIT
                + USER_INFO
                + 2 * UNIT
                + host
                + UNIT
                + UNIT
                + PORT_DIGITS
                + 1
                + 2 * UNIT,
        }
    }

    /// No match is longer than this, what follows it and decides included. In bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The first position at or after `from` at which a match that extends to `to` can start.
    pub(super) fn earliest(&self, text: &Text<'_>, from: usize, to: usize) -> usize {
        let from = from.max(to.saturating_sub(self.longest));
        let near = text.bytes.get(from..to).unwrap_or_default();
        near.iter()
            .rposition(|&byte| !MEMBERS[usize::from(byte)])
            .map_or(from, |at| from + at + 1)
    }

    /// The match that starts at `start`.
    ///
    /// # Errors
    /// [`Stop::No`] if there is none, [`Stop::More`] if that depends on what follows the text.
    pub(super) fn at(&self, text: &Text<'_>, start: usize) -> Result<Match, Stop> {
        let Some(&byte) = text.bytes.get(start) else {
            return Err(Stop::No);
        };
        let url = match byte {
            b'h' | b'H' | b'w' | b'W' => self.with_scheme(text, start),
            b'/' | b'\\' | b'%' | b'&' => self.with_slashes(text, start),
            _ => Err(Stop::No),
        };
        match url {
            Err(Stop::No) if self.initials[usize::from(byte)] => self.bare(text, start),
            url => url,
        }
    }

    fn with_scheme(&self, text: &Text<'_>, start: usize) -> Result<Match, Stop> {
        let scheme = text.word(start, &SCHEMES);
        if scheme == Err(Stop::No)
            || text
                .before(start)
                .is_some_and(|before| before.is_ascii_alphanumeric())
        {
            return Err(Stop::No);
        }
        let (scheme_end, (scheme, websocket)) = scheme?;
        let colon_end = text.expect(scheme_end, b':')?;
        let slash = slashes(text, colon_end)?;
        self.after_slashes(
            text,
            Prefix {
                start,
                scheme: Some((scheme_end, scheme, websocket)),
                colon: Some(scheme_end..colon_end),
                slash: Some(slash),
            },
        )
    }

    fn with_slashes(&self, text: &Text<'_>, start: usize) -> Result<Match, Stop> {
        let slash = slashes(text, start);
        if slash == Err(Stop::No) || !starts_url(text.before(start)) {
            return Err(Stop::No);
        }
        self.after_slashes(
            text,
            Prefix {
                start,
                scheme: None,
                colon: None,
                slash: Some(slash?),
            },
        )
    }

    fn bare(&self, text: &Text<'_>, start: usize) -> Result<Match, Stop> {
        if !starts_url(text.before(start)) {
            return Err(Stop::No);
        }
        self.authority(
            text,
            start,
            &Prefix {
                start,
                scheme: None,
                colon: None,
                slash: None,
            },
        )
    }

    fn after_slashes(&self, text: &Text<'_>, prefix: Prefix) -> Result<Match, Stop> {
        let start = prefix
            .slash
            .as_ref()
            .map_or(prefix.start, |slash| slash.end);
        match self.authority(text, start, &prefix) {
            Err(Stop::No) => self.authority(text, user_info(text, start)?, &prefix),
            url => url,
        }
    }

    fn authority(&self, text: &Text<'_>, start: usize, prefix: &Prefix) -> Result<Match, Stop> {
        let mut stop = Stop::No;
        for host in &self.hosts {
            match host.at(text, start, prefix) {
                Ok(url) => return Ok(url),
                Err(Stop::More) => stop = Stop::More,
                Err(Stop::No) => {}
            }
        }
        Err(stop)
    }
}

impl Host {
    fn longest(&self) -> usize {
        self.name
            .iter()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    1
                } else {
                    UNIT
                }
            })
            .sum()
    }

    fn at(&self, text: &Text<'_>, start: usize, prefix: &Prefix) -> Result<Match, Stop> {
        let (host_end, dot) = self.name_at(text, start)?;
        let authority = authority_from(text, host_end)?;
        let origin = self
            .origin(prefix.scheme.map(|(_, scheme, _)| scheme), authority.port)
            .ok_or(Stop::No)?;
        let slash = match (&prefix.slash, authority.next) {
            (Some(slash), _) => slash.clone(),
            // Without slashes before it, only a path makes it a URL, and only a dot or a port makes it a host.
            (None, Some((b'/', slash)))
                if self.name.contains(&b'.') || authority.port.is_some() =>
            {
                slash
            }
            (None, _) => return Err(Stop::No),
        };
        let between = prefix
            .scheme
            .map_or(prefix.start, |(scheme_end, ..)| scheme_end)..start;
        Ok(Match {
            origin,
            range: prefix.start..authority.end,
            websocket: prefix.scheme.map(|(.., websocket)| websocket),
            between,
            colon: prefix.colon.clone(),
            slash,
            dot,
        })
    }

    /// The end of this host's name, and its first escaped dot.
    fn name_at(
        &self,
        text: &Text<'_>,
        start: usize,
    ) -> Result<(usize, Option<Range<usize>>), Stop> {
        let mut at = start;
        let mut escaped = None;
        for &byte in &self.name {
            match text.bytes.get(at) {
                Some(found) if found.eq_ignore_ascii_case(&byte) => at += 1,
                Some(_) if byte.is_ascii_alphanumeric() => return Err(Stop::No),
                _ => {
                    let end = text.expect(at, byte)?;
                    if byte == b'.' && escaped.is_none() {
                        escaped = Some(at..end);
                    }
                    at = end;
                }
            }
        }
        Ok((at, escaped))
    }

    fn origin(&self, scheme: Option<Scheme>, port: Option<u16>) -> Option<usize> {
        let default = match (scheme, port) {
            (_, None) => true,
            (Some(scheme), Some(port)) => port == scheme.default_port(),
            (None, Some(port)) => [Scheme::Http, Scheme::Https]
                .map(Scheme::default_port)
                .contains(&port),
        };
        let by_default = if default { self.ports.get(&None) } else { None };
        port.and_then(|port| self.ports.get(&Some(port)))
            .or(by_default)
            .copied()
    }
}

/// Two slashes, written the same way: the range of the second one.
fn slashes(text: &Text<'_>, start: usize) -> Result<Range<usize>, Stop> {
    let middle = text.expect(start, b'/')?;
    let end = text.expect(middle, b'/')?;
    match (text.bytes.get(start..middle), text.bytes.get(middle..end)) {
        (Some(first), Some(second)) if first.eq_ignore_ascii_case(second) => Ok(middle..end),
        _ => Err(Stop::No),
    }
}

/// The position behind user-info and its `@`.
fn user_info(text: &Text<'_>, start: usize) -> Result<usize, Stop> {
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

/// What follows a host's name at `end`: where the authority ends and its port.
fn authority_from(text: &Text<'_>, mut end: usize) -> Result<Authority, Stop> {
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
        Some(colon) if colon.code == b':' => port_from(text, end, colon.end),
        Some(unit) if continues_host(unit.code) || unit.code == b'@' => Err(Stop::No),
        next => Ok(Authority {
            end,
            port: None,
            next: next.map(|unit| (unit.code, end..unit.end)),
        }),
    }
}

/// What follows the colon, which is at `colon..start`, behind a host.
fn port_from(text: &Text<'_>, colon: usize, start: usize) -> Result<Authority, Stop> {
    let digits = text.bytes.get(start..).unwrap_or_default();
    let digits = digits
        .split(|byte| !byte.is_ascii_digit())
        .next()
        .unwrap_or_default();
    if digits.len() > PORT_DIGITS {
        return Err(Stop::No);
    }
    let end = start + digits.len();
    let unit = text.unit(end)?;
    let next = unit.map(|unit| (unit.code, end..unit.end));
    let code = unit.map(|unit| unit.code);
    if digits.is_empty() {
        return match code {
            Some(b'/') => Ok(Authority {
                end,
                port: None,
                next,
            }),
            Some(code) if is_user_info(code) || code == b'@' => Err(Stop::No),
            // The colon of a sentence or of a list.
            _ => Ok(Authority {
                end: colon,
                port: None,
                next: None,
            }),
        };
    }
    let is_password = match unit {
        Some(unit) if unit.code == b':' => text
            .unit(unit.end)?
            .is_some_and(|unit| is_user_info(unit.code) || unit.code == b'@'),
        Some(unit) => continues_host(unit.code) || unit.code == b'@',
        None => false,
    };
    let port = str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    match port {
        Some(port) if !is_password => Ok(Authority {
            end,
            port: Some(port),
            next,
        }),
        _ => Err(Stop::No),
    }
}

fn continues_host(code: u8) -> bool {
    code.is_ascii_alphanumeric() || matches!(code, b'-' | b'_')
}

/// The characters of user-info (RFC 3986 §3.2.1) but those that end a URL in markup, scripts and lists.
fn is_user_info(code: u8) -> bool {
    code.is_ascii_alphanumeric() || b"-._~!$*+:%".contains(&code)
}

/// Whether a URL without a scheme can start behind a character: `None` is the start of the body.
fn starts_url(before: Option<u8>) -> bool {
    before.is_none_or(|code| code <= b' ' || b"\"'`=([,<>|".contains(&code))
}
