//! Finds every place where a page names an origin, and classifies it.
//!
//! The search knows nothing of how the gate finds URLs. At every position of the page it reads the
//! host character by character, each in any escaping, and then looks at the surroundings.

mod around;
mod words;

use std::ops::Range;

use crate::origin::Origin;
use crate::spelling::Reader;
use around::{After, Before};
use words::is_among_words;

/// How far before a URL a length is looked for that counts it.
const NEAR: usize = 96;

/// A place that names an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The host as it is spelled, without the port.
    pub host: Range<usize>,
    /// The range that the public URL replaces. It starts at the scheme, after the slashes, or at
    /// the host, and ends after the host or the port.
    pub span: Range<usize>,
    /// The end of the scheme, if the span starts with one.
    pub scheme_end: Option<usize>,
    /// What kind of place it is.
    pub place: Place,
}

/// The kind of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After `https://` or `http://`.
    Web,
    /// After `wss://` or `ws://`.
    Socket,
    /// After `//`.
    Slashes,
    /// The host alone, as a value.
    Bare,
    /// A place that is left on purpose.
    Kept(Kept),
}

/// Why a place is left on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// After an `@` that belongs to no URL.
    Mail,
    /// Before an `@`, so that it names a user.
    UserInfo,
    /// In the path of another URL.
    Path,
    /// With another port than the origin's.
    Port,
    /// After a scheme that is not one of the web's.
    Scheme,
    /// In a string of serialised PHP, which has its length before it.
    Counted,
    /// A name that a script calls, one with a single dot in prose or a script, which may be
    /// something else, or an IPv4 address without a port.
    Word,
}

impl Place {
    /// Returns what such a place is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "URL",
            Self::Socket => "WebSocket URL",
            Self::Slashes => "URL without scheme",
            Self::Bare => "bare host",
            Self::Kept(Kept::Mail) => "e-mail address",
            Self::Kept(Kept::UserInfo) => "user-info of another URL",
            Self::Kept(Kept::Path) => "in the path of another URL",
            Self::Kept(Kept::Port) => "another port",
            Self::Kept(Kept::Scheme) => "another scheme",
            Self::Kept(Kept::Counted) => "counted by a length before it",
            Self::Kept(Kept::Word) => "a name in prose or a script",
        }
    }

    /// Returns whether it is left on purpose.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

/// Returns all sightings of origins in a page, in order.
pub fn sightings(bytes: &[u8], origins: &[Origin]) -> Vec<Sighting> {
    let reader = Reader::new(bytes);
    let hosts = Host::all(origins);
    let mut found: Vec<Sighting> = Vec::new();
    for at in 0..bytes.len() {
        for host in &hosts {
            for end in spelled(reader, at, &host.name) {
                found.extend(sighting(reader, at..end, &host.origins));
            }
        }
    }
    found
}

/// A host in one of its forms, with the origins on it, which differ in their ports.
struct Host<'a> {
    name: Vec<char>,
    origins: Vec<&'a Origin>,
}

impl<'a> Host<'a> {
    fn all(origins: &'a [Origin]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for origin in origins {
            for name in std::iter::once(&origin.host).chain(&origin.unicode) {
                let name: Vec<_> = name.chars().collect();
                match all.iter_mut().find(|host| host.name == name) {
                    Some(host) => host.origins.push(origin),
                    None => all.push(Self {
                        name,
                        origins: vec![origin],
                    }),
                }
            }
        }
        all
    }
}

/// Returns where the spellings of a name that start at a position end.
fn spelled(reader: Reader<'_>, at: usize, name: &[char]) -> Vec<usize> {
    let mut ends = vec![at];
    for &character in name {
        ends = ends
            .into_iter()
            .flat_map(|end| reader.ends(end, character))
            .collect();
        if ends.is_empty() {
            break;
        }
        ends.sort_unstable();
        ends.dedup();
    }
    ends
}

/// Classifies the host at `host`. Returns `None` if it is only part of a longer name.
fn sighting(reader: Reader<'_>, host: Range<usize>, origins: &[&Origin]) -> Option<Sighting> {
    let origin = origins.first()?;
    // What has backslashes before its dots is written for a regular expression.
    let in_expression =
        origin.dots() > 0 && !origin.is_ipv4() && has_escaped_dots(reader.bytes.get(host.clone())?);
    let before = Before::of(reader, host.start, in_expression);
    if before == Before::Name {
        return None;
    }
    let after = After::of(reader, host.end)?;
    let scheme = match &before {
        Before::Scheme { name, .. } => Some(name.as_str()),
        _ => None,
    };
    let is_ours = origins
        .iter()
        .any(|origin| origin.has_port(scheme, after.port));
    let is_short = origin.dots() == 0 && !origin.host.starts_with('[');
    let (start, scheme_end, place) = match before {
        Before::Name => return None,
        Before::Mail => (host.start, None, Place::Kept(Kept::Mail)),
        Before::Path => (host.start, None, Place::Kept(Kept::Path)),
        Before::Scheme {
            ref name,
            start,
            end,
        } => match name.as_str() {
            "http" | "https" => (start, Some(end), Place::Web),
            "ws" | "wss" => (start, Some(end), Place::Socket),
            _ => (host.start, None, Place::Kept(Kept::Scheme)),
        },
        Before::Slashes => (host.start, None, Place::Slashes),
        // A single word is not a host.
        Before::Value(_) if is_short && after.port.is_none() => return None,
        Before::Value(before) => {
            let is_alone = || {
                is_enclosed(reader, host.start, after.end)
                    || is_among_words(reader, host.start, after.end)
            };
            let is_script = reader
                .longest(after.end)
                .is_some_and(|next| matches!(next.character, '(' | '['));
            let is_value = match (after.is_path, origin.dots()) {
                _ if in_expression => !names_more(reader, after.end),
                // This is a call, or an access to an element.
                _ if is_script && after.port.is_none() => false,
                // Alone, it stands for the machine or the network, whoever serves there.
                _ if origin.is_ipv4() && after.port.is_none() => false,
                (true, 0 | 1) => starts_url(before),
                (false, 0) => !is_short || is_alone(),
                (false, 1) => after.port.is_some() || is_alone(),
                _ => true,
            };
            let place = match is_value {
                true => Place::Bare,
                false => Place::Kept(Kept::Word),
            };
            (host.start, None, place)
        }
    };
    // A short name in the path of another URL is a word of that path.
    if is_short && place == Place::Kept(Kept::Path) {
        return None;
    }
    let place = match place {
        place if place.is_kept() => place,
        _ if after.is_user => Place::Kept(Kept::UserInfo),
        _ if !is_ours => Place::Kept(Kept::Port),
        _ if is_counted(&reader.bytes[..url_start(reader, &before, start)]) => {
            Place::Kept(Kept::Counted)
        }
        place => place,
    };
    Some(Sighting {
        span: start..after.end,
        host,
        scheme_end,
        place,
    })
}

/// Returns where a URL starts whose span starts at `start`: at its slashes, if it has no scheme.
fn url_start(reader: Reader<'_>, before: &Before, start: usize) -> usize {
    let slash = |end: usize| reader.before(end).filter(|(c, _)| *c == '/');
    match before {
        Before::Slashes => slash(start)
            .and_then(|(_, second)| slash(second))
            .map_or(start, |(_, first)| first),
        _ => start,
    }
}

/// Returns whether a text ends inside of a string of serialised PHP: `s:`, the number of its bytes,
/// `:`, and the string in quotes.
fn is_counted(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(NEAR)..]);
    text.match_indices("s:").any(|(at, _)| {
        if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return false;
        }
        let rest = &text[at + 2..];
        let Some((number, string)) = rest.split_once(':') else {
            return false;
        };
        let quotes = [r#"\\\""#, r#"\""#, "\"", "&quot;", "&#34;"];
        let quote = quotes.into_iter().find(|quote| string.starts_with(quote));
        match (quote, number.parse::<usize>()) {
            (Some(quote), Ok(length)) if number.len() <= 9 && !number.starts_with('+') => {
                let content = &string[quote.len()..];
                match quote {
                    "\"" => content.len() < length,
                    _ => !content.contains(&format!("{quote};")),
                }
            }
            _ => false,
        }
    })
}

/// Returns whether a host is spelled with a backslash before a dot.
fn has_escaped_dots(host: &[u8]) -> bool {
    host.windows(2).any(|pair| pair == br"\.")
}

/// Returns whether a regular expression goes on with a further label, behind a host that ends at
/// `end`.
fn names_more(reader: Reader<'_>, end: usize) -> bool {
    let dot = reader.longest(end).filter(|dot| dot.character == '.');
    let is_escaped = |dot: usize| reader.byte(end) == Some(b'\\') && dot > end;
    dot.filter(|dot| is_escaped(dot.end))
        .and_then(|dot| reader.longest(dot.end))
        .is_some_and(|next| matches!(next.character, '(' | '[' | '\\'))
}

/// Returns whether a URL without a scheme may start after `before`.
fn starts_url(before: Option<char>) -> bool {
    before.is_none_or(|c| c <= ' ' || c == '\u{A0}' || "\"'`=([,<>|}".contains(c))
}

/// Returns whether a value is the whole text, or ends as it started: in quotes that are written
/// alike, or as the text of an element.
fn is_enclosed(reader: Reader<'_>, start: usize, end: usize) -> bool {
    match (reader.before(start), reader.longest(end)) {
        (None, None) => true,
        (Some((left, from)), Some(right)) => match (left, right.character) {
            ('"' | '\'' | '`', right_quote) if left == right_quote => {
                let (left, right) = (&reader.bytes[from..start], &reader.bytes[end..right.end]);
                left.eq_ignore_ascii_case(right)
            }
            (left, right) => left == '>' && right == '<',
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
