//! Recognises in one comparison the URLs that nearly all links of a page are: with scheme and host
//! as the configuration writes them, behind a quote and before a slash or a quote, where nothing is
//! escaped but slashes with a backslash.
//!
//! `Patterns` finds the same URLs and all others. A test compares both with a naive twin.

use std::ops::Range;

use super::host::Host;

/// The hosts that can be recognised at once.
#[derive(Debug)]
pub(super) struct Plain(Vec<Name>);

/// An ASCII name with one origin, wherever its paths start.
#[derive(Debug)]
struct Name {
    /// The name in lower case.
    name: Box<[u8]>,
    /// The offset of the part that the finder looks for.
    searched: usize,
    /// The index of the origin.
    origin: usize,
}

/// A URL of an origin in a stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlainUrl {
    /// The index of the origin.
    pub(super) origin: usize,
    /// The range from the scheme to the end of the host.
    pub(super) range: Range<usize>,
    /// Whether a backslash precedes each of its slashes.
    pub(super) has_backslashes: bool,
}

impl Plain {
    /// Compiles those of the hosts that can be recognised at once.
    pub(super) fn new(hosts: &[Host]) -> Self {
        let names = hosts.iter().filter_map(|host| {
            let name = host.names.first().filter(|_| host.host.is_ascii())?;
            Some(Name {
                name: host.host.as_bytes().into(),
                searched: name.searched.letters.start,
                origin: host.areas.only()?,
            })
        });
        Self(names.collect())
    }

    /// Returns the URL whose host contains the run that the finder found at `run`, if it starts
    /// behind `from`.
    #[inline]
    pub(super) fn at(&self, text: &[u8], from: usize, run: usize) -> Option<PlainUrl> {
        self.0.iter().find_map(|name| name.at(text, from, run))
    }
}

impl Name {
    #[inline]
    fn at(&self, text: &[u8], from: usize, run: usize) -> Option<PlainUrl> {
        let host = run.checked_sub(self.searched)?;
        let (before, rest) = text.split_at_checked(host)?;
        let (name, behind) = rest.split_at_checked(self.name.len())?;
        if name != &*self.name {
            return None;
        }
        let (before, has_backslashes) = match behind {
            [b'/' | b'"' | b'\'', ..] => (before.strip_suffix(b"://")?, false),
            [b'\\', b'/' | b'"', ..] => (before.strip_suffix(br":\/\/")?, true),
            _ => return None,
        };
        let https = before.strip_suffix(b"https");
        let before = https.or_else(|| before.strip_suffix(b"http"))?;
        let start = before.len();
        // None of these bytes is part of a URL or ends an escape that is a letter.
        let opens = matches!(
            before.last(),
            Some(b'"' | b'\'' | b'(' | b'=' | b',' | b'>')
        );
        (opens && start > from).then(|| PlainUrl {
            origin: self.origin,
            range: start..host + self.name.len(),
            has_backslashes,
        })
    }
}
