//! What a mapped URL looks like, as a recogniser that is tried at one position of a text.
//!
//! ```text
//! url       = [ scheme colon ] slash slash [ user-info at ] authority / authority
//! authority = host [ dot ] [ colon [ port ] ]
//! ```
//!
//! Scheme and host are in any letter case, and every other character in any escaping (`escape`); the two slashes are
//! written the same way. The module's own documentation, one up, says what must precede and follow.

use std::ops::Range;

use super::authority::{Authority, Host, user_info};
use super::escape::{OTHER, UNIT};
use super::finder::Finder;
use super::origin::{Origin, Scheme};
use super::text::{Stop, Text};

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

impl Patterns {
    /// Of two origins with the same host and port the first one counts.
    pub(super) fn new(origins: Vec<Origin>) -> Self {
        let mut hosts: Vec<Host> = Vec::new();
        for (index, origin) in origins.iter().enumerate() {
            let name = origin.host.as_str();
            match hosts.iter_mut().find(|host| host.name == name.as_bytes()) {
                Some(host) => host.add(origin.port, index),
                None => {
                    let mut host = Host::new(name);
                    host.add(origin.port, index);
                    hosts.push(host);
                }
            }
        }
        let mut initials = [false; 256];
        for &byte in hosts.iter().filter_map(|host| host.name.first()) {
            initials[usize::from(byte)] = true;
            initials[usize::from(byte.to_ascii_uppercase())] = true;
        }
        let authority = hosts.iter().map(Host::longest).max().unwrap_or(0);
        Self {
            finder: Finder::new(hosts.iter().map(|host| host.name.as_slice())),
            origins,
            hosts,
            initials,
            longest: "https".len() + 3 * UNIT + authority,
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
            &Prefix {
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
            &Prefix {
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

    fn after_slashes(&self, text: &Text<'_>, prefix: &Prefix) -> Result<Match, Stop> {
        let start = prefix
            .slash
            .as_ref()
            .map_or(prefix.start, |slash| slash.end);
        match self.authority(text, start, prefix) {
            Err(Stop::No) => self.authority(text, user_info(text, start)?, prefix),
            url => url,
        }
    }

    fn authority(&self, text: &Text<'_>, start: usize, prefix: &Prefix) -> Result<Match, Stop> {
        let mut stop = Stop::No;
        for host in &self.hosts {
            match host.authority(text, start) {
                Ok(authority) => return url(prefix, start, host, authority).ok_or(Stop::No),
                Err(Stop::More) => stop = Stop::More,
                Err(Stop::No) => {}
            }
        }
        Err(stop)
    }
}

/// The match that prefix and authority are, if they are one. The authority's host starts at `start`.
fn url(prefix: &Prefix, start: usize, host: &Host, authority: Authority) -> Option<Match> {
    let scheme = prefix.scheme.map(|(_, scheme, _)| scheme);
    let slash = match &prefix.slash {
        Some(slash) => slash.clone(),
        // Without slashes before it, only a path makes it a URL, and only a dot or a port makes it a host.
        None => authority
            .slash
            .filter(|_| host.has_dot() || authority.port.is_some())?,
    };
    Some(Match {
        origin: host.origin(scheme, authority.port)?,
        range: prefix.start..authority.end,
        websocket: prefix.scheme.map(|(.., websocket)| websocket),
        between: prefix.scheme.map_or(prefix.start, |(end, ..)| end)..start,
        colon: prefix.colon.clone(),
        slash,
        dot: authority.dot,
    })
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

/// Whether a URL without a scheme can start behind a character: `None` is the start of the body.
fn starts_url(before: Option<u8>) -> bool {
    before.is_none_or(|code| code <= b' ' || b"\"'`=([,<>|}".contains(&code))
}
