//! Recognises a URL that is to be mapped at one position of a stretch.
//!
//! ```text
//! url       = [ scheme colon ] slash slash [ user-info at ] authority base
//!           / authority base
//!           / authority
//! authority = host [ dot ] [ colon [ port ] ]
//! ```
//!
//! Scheme and host are in any letter case, and every character is in any escaping (`escape`); the
//! two slashes are written alike. The documentation of the module above says what must precede and
//! follow.
#![expect(
    clippy::indexing_slicing,
    reason = "each table has an entry for every byte"
)]

use std::ops::Range;

use super::area::Found;
use super::authority::{Authority, user_info};
use super::bare;
use super::beside;
use super::escape::{self, OTHER, Spelling, UNIT};
use super::expression;
use super::finder::Finder;
use super::host::Host;
use super::name::{self, HostName};
use super::origin::{Origin, Scheme};
use super::plain::Plain;
use super::searched;
use super::serialised;
use super::stretch::{Stop, Stretch};

/// The schemes without the `s` that makes them secure, and whether each is that of a WebSocket.
const SCHEMES: [(&str, bool); 2] = [("http", false), ("ws", true)];
const LONGEST_SCHEME: usize = 5;

/// The ASCII bytes that a match can consist of, with the bytes behind it that decide. White space
/// that ends a CSS escape is not among them.
const MEMBERS: [bool; 256] = members();

const fn members() -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte: u8 = 0;
    while byte < OTHER {
        set[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b":/\\%&#;.-@_~!$*+[]{}";
    let mut index = 0;
    while index < marks.len() {
        set[marks[index] as usize] = true;
        index += 1;
    }
    set
}

/// The compiled patterns of all origins.
#[derive(Debug)]
pub(super) struct Patterns {
    pub(super) finder: Finder,
    pub(super) origins: Vec<Origin>,
    pub(super) hosts: Vec<Host>,
    /// Those hosts whose commonest URLs are recognised at once.
    pub(super) plain: Plain,
    /// The bytes that a match can consist of.
    members: [bool; 256],
    /// The bytes that a host can start with.
    initials: [bool; 256],
    /// The most bytes of a match, with the bytes behind it that decide.
    longest: usize,
}

/// A URL of an origin in a stretch. The ranges are positions in the stretch.
#[derive(Debug, Clone)]
pub(super) struct Match {
    /// The index of the origin.
    pub(super) origin: usize,
    /// The range from the scheme to the end of what is replaced.
    pub(super) range: Range<usize>,
    /// Whether the scheme is that of a WebSocket; `None` without a scheme.
    pub(super) websocket: Option<bool>,
    /// The range between scheme and host: colon, slashes, user-info.
    pub(super) between: Range<usize>,
    /// The colon behind the scheme, if there is one.
    pub(super) colon: Option<Range<usize>>,
    /// A slash as this URL writes it or would write it.
    pub(super) slash: Spelling,
    /// The first escaped dot of the host.
    pub(super) dot: Option<Range<usize>>,
    /// Whether the path of the origin follows the public authority.
    pub(super) path: bool,
}

/// The part of a URL before its authority.
struct Prefix {
    start: usize,
    scheme: Option<(usize, Scheme, bool)>,
    colon: Option<Range<usize>>,
    /// The second slash, and where it ends; `None` if the URL starts with its host.
    slash: Option<(Spelling, usize)>,
    /// Whether a URL starts there only if it is written for a regular expression.
    in_expression: bool,
}

impl Patterns {
    /// Compiles patterns. Of two origins with the same host, port and base, the first one counts.
    pub(super) fn new(origins: Vec<Origin>) -> Self {
        let hosts = hosts(&origins);
        let names = || hosts.iter().flat_map(|host| &host.names);
        let mut members = MEMBERS;
        let mut initials = [false; 256];
        for name in names() {
            for byte in name.bytes_above_ascii() {
                members[usize::from(byte)] = true;
            }
            for byte in name.initials.iter().chain(b"\\%&") {
                initials[usize::from(*byte)] = true;
            }
        }
        let authority = hosts.iter().map(Host::longest).max().unwrap_or(0);
        Self {
            finder: Finder::new(names().map(|name| &name.searched)),
            origins,
            members,
            initials,
            longest: LONGEST_SCHEME * UNIT + 3 * UNIT + authority,
            plain: Plain::new(&hosts),
            hosts,
        }
    }

    /// Returns the most bytes of a match, with the bytes behind it that decide.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Returns the first position at or after `from` where a match that extends to `to` can start.
    pub(super) fn earliest(&self, stretch: &Stretch<'_>, from: usize, to: usize) -> usize {
        let from = from.max(to.saturating_sub(self.longest));
        let near = stretch.bytes.get(from..to).unwrap_or_default();
        let mut ends = near.iter().enumerate().rev();
        let end = ends.find(|&(at, &byte)| {
            let in_escape = || byte.is_ascii_whitespace() && escape::is_ended(near.get(..at), byte);
            !self.members[usize::from(byte)] && !in_escape()
        });
        end.map_or(from, |(at, _)| from + at + 1)
    }

    /// Reads the match that starts at `start`.
    ///
    /// # Errors
    /// [`Stop::No`] if there is none, [`Stop::More`] if that depends on what follows the stretch.
    pub(super) fn at(&self, stretch: &Stretch<'_>, start: usize) -> Result<Match, Stop> {
        let Some(&byte) = stretch.bytes.get(start) else {
            return Err(Stop::No);
        };
        // No match starts within an escape. So the end that is held back never splits an escape,
        // and flight relies on that.
        if byte == b'\\'
            && stretch
                .before(start)
                .is_some_and(|before| before.code == b'\\')
        {
            return Err(Stop::No);
        }
        let url = match byte {
            b'h' | b'H' | b'w' | b'W' => self.with_scheme(stretch, start),
            b'/' => self.with_slashes(stretch, start),
            b'\\' | b'%' | b'&' => match self.with_slashes(stretch, start) {
                Err(Stop::No) => self.with_scheme(stretch, start),
                url => url,
            },
            _ => Err(Stop::No),
        };
        let url = match url {
            Err(Stop::No) if self.initials[usize::from(byte)] => self.bare(stretch, start),
            url => url,
        };
        url.and_then(|url| match stretch.near(start, serialised::is_open) {
            true => Err(Stop::No),
            false => Ok(url),
        })
    }

    fn with_scheme(&self, stretch: &Stretch<'_>, start: usize) -> Result<Match, Stop> {
        let scheme = scheme(stretch, start);
        if matches!(scheme, Err(Stop::No))
            || stretch
                .before(start)
                .is_some_and(|before| before.code.is_ascii_alphanumeric())
        {
            return Err(Stop::No);
        }
        let (scheme_end, scheme, websocket) = scheme?;
        let colon_end = stretch.expect(scheme_end, b':')?;
        let slash = slashes(stretch, colon_end)?;
        self.after_slashes(
            stretch,
            &Prefix {
                start,
                scheme: Some((scheme_end, scheme, websocket)),
                colon: Some(scheme_end..colon_end),
                slash: Some(slash),
                in_expression: false,
            },
        )
    }

    fn with_slashes(&self, stretch: &Stretch<'_>, start: usize) -> Result<Match, Stop> {
        let slash = slashes(stretch, start);
        if matches!(slash, Err(Stop::No)) {
            return Err(Stop::No);
        }
        let starts =
            beside::starts_url(stretch.before(start)) || beside::lacks_scheme(stretch, start);
        if !starts && !expression::starts(stretch, start) {
            return Err(Stop::No);
        }
        self.after_slashes(
            stretch,
            &Prefix {
                start,
                scheme: None,
                colon: None,
                slash: Some(slash?),
                in_expression: !starts,
            },
        )
    }

    fn bare(&self, stretch: &Stretch<'_>, start: usize) -> Result<Match, Stop> {
        let prefix = Prefix {
            start,
            scheme: None,
            colon: None,
            slash: None,
            in_expression: false,
        };
        let url = self.authority(stretch, start, &prefix);
        // Few of the names that might be hosts are, so the character before them is looked at last.
        match url {
            Err(Stop::More)
                if !beside::starts_host(stretch.before(start))
                    && !expression::starts(stretch, start) =>
            {
                Err(Stop::No)
            }
            url => url,
        }
    }

    fn after_slashes(&self, stretch: &Stretch<'_>, prefix: &Prefix) -> Result<Match, Stop> {
        let start = prefix.slash.map_or(prefix.start, |(_, end)| end);
        match self.authority(stretch, start, prefix) {
            Err(Stop::No) => self.authority(stretch, user_info(stretch, start)?, prefix),
            url => url,
        }
    }

    /// Reads the match whose authority starts at `start`.
    fn authority(
        &self,
        stretch: &Stretch<'_>,
        start: usize,
        prefix: &Prefix,
    ) -> Result<Match, Stop> {
        let mut stop = Stop::No;
        let first = stretch.bytes.get(start);
        let hosts = self.hosts.iter();
        for host in hosts.filter(|host| first.is_none_or(|&first| host.can_start(first))) {
            match host.authority(stretch, start) {
                Ok(authority) => {
                    let scheme = prefix.scheme.map(|(_, scheme, _)| scheme);
                    let found = host.areas.find(stretch, scheme, &authority)?;
                    let slash = match prefix.slash {
                        Some(_)
                            if prefix.in_expression
                                && expression::slash(stretch, &authority).is_none() =>
                        {
                            return Err(Stop::No);
                        }
                        Some((slash, _)) => slash,
                        None => {
                            let origin = self.origins.get(found.origin);
                            let counterpart = origin.and_then(|origin| origin.counterpart);
                            let marks = host.marks(&authority, counterpart);
                            bare::slash(stretch, start, marks, &authority)?
                        }
                    };
                    return Ok(url(prefix, start, slash, authority, &found));
                }
                Err(Stop::More) => stop = Stop::More,
                Err(Stop::No) => {}
            }
        }
        Err(stop)
    }
}

/// Returns each host with its names and its origins.
fn hosts(origins: &[Origin]) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for (index, origin) in origins.iter().enumerate() {
        match hosts.iter_mut().find(|host| host.host == origin.host) {
            Some(host) => host.areas.add(index, origin),
            None => {
                let mut host = Host::new(&origin.host);
                host.areas.add(index, origin);
                hosts.push(host);
            }
        }
    }
    let forms: Vec<_> = hosts.iter().map(|host| name::forms(&host.host)).collect();
    let mut searched = searched::choose(&forms.concat()).into_iter();
    for (host, forms) in hosts.iter_mut().zip(forms) {
        let names = forms.into_iter().zip(searched.by_ref());
        host.names
            .extend(names.map(|(letters, searched)| HostName::new(letters, searched)));
    }
    hosts
}

/// Reads the scheme at `start`: where it ends, the scheme with the same default port, and whether
/// it is that of a WebSocket.
fn scheme(stretch: &Stretch<'_>, start: usize) -> Result<(usize, Scheme, bool), Stop> {
    let mut stop = Stop::No;
    for (name, websocket) in SCHEMES {
        match stretch.word(start, name) {
            Ok(end) => {
                return match stretch.word(end, "s") {
                    Ok(end) => Ok((end, Scheme::Https, websocket)),
                    Err(Stop::No) => Ok((end, Scheme::Http, websocket)),
                    Err(Stop::More) => Err(Stop::More),
                };
            }
            Err(Stop::More) => stop = Stop::More,
            Err(Stop::No) => {}
        }
    }
    Err(stop)
}

/// Makes a match of a prefix and an authority, whose host starts at `start`.
fn url(
    prefix: &Prefix,
    start: usize,
    slash: Spelling,
    authority: Authority,
    found: &Found,
) -> Match {
    Match {
        origin: found.origin,
        range: prefix.start..found.end,
        websocket: prefix.scheme.map(|(.., websocket)| websocket),
        between: prefix.scheme.map_or(prefix.start, |(end, ..)| end)..start,
        colon: prefix.colon.clone(),
        slash,
        dot: authority.dot,
        path: found.path,
    }
}

/// Reads two slashes that are written alike: the second one, and where it ends.
fn slashes(stretch: &Stretch<'_>, start: usize) -> Result<(Spelling, usize), Stop> {
    let middle = stretch.expect(start, b'/')?;
    let end = stretch.expect(middle, b'/')?;
    let second = stretch.spelling(middle..end);
    if stretch.spelling(start..middle).is_like(&second) {
        Ok((second, end))
    } else {
        Err(Stop::No)
    }
}
