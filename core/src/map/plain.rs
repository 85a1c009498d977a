//! Recognises in one comparison the URLs that nearly all links of a page are: with scheme and host
//! as the configuration writes them, behind a quote or a space and before a slash or a quote, where
//! nothing is escaped but slashes with a backslash.
//!
//! `Patterns` finds the same URLs and all others. A test compares both with a naive twin.

use std::ops::Range;

use super::host::Host;

/// The hosts that can be recognised at once.
#[derive(Debug)]
pub(super) struct Plain {
    /// Mostly the only one.
    first: Option<Name>,
    more: Vec<Name>,
}

/// An ASCII name with one origin, wherever its paths start.
#[derive(Debug)]
struct Name {
    /// The name in lower case, behind a scheme.
    plain: Box<[u8]>,
    /// The same with backslashes before the slashes.
    escaped: Box<[u8]>,
    name_len: usize,
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
    /// The position of the host.
    pub(super) host: usize,
    /// Whether the scheme is `https`, and not `http`.
    pub(super) is_https: bool,
    /// Whether a backslash precedes each of its slashes.
    pub(super) has_backslashes: bool,
}

impl Plain {
    /// Compiles those of the hosts that can be recognised at once.
    pub(super) fn new(hosts: &[Host]) -> Self {
        let mut names = hosts.iter().filter_map(|host| {
            let name = host.names.first().filter(|_| host.host.is_ascii())?;
            Some(Name {
                plain: format!("https://{}", host.host).into_bytes().into(),
                escaped: format!(r"https:\/\/{}", host.host).into_bytes().into(),
                name_len: host.host.len(),
                searched: name.searched.letters.start,
                origin: host.areas.only()?,
            })
        });
        Self {
            first: names.next(),
            more: names.collect(),
        }
    }

    /// Returns the URL whose host contains the run that the finder found at `run`, if it starts
    /// behind `from`.
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8], from: usize, run: usize) -> Option<PlainUrl> {
        let url = self.first.as_ref()?.at(text, from, run);
        match url {
            None if !self.more.is_empty() => self.more_at(text, from, run),
            url => url,
        }
    }

    #[inline(never)]
    fn more_at(&self, text: &[u8], from: usize, run: usize) -> Option<PlainUrl> {
        let mut more = self.more.iter();
        more.find_map(|name| name.at(text, from, run))
    }
}

impl Name {
    #[inline(always)]
    fn at(&self, text: &[u8], from: usize, run: usize) -> Option<PlainUrl> {
        let host = run.checked_sub(self.searched)?;
        let end = host + self.name_len;
        let (https, has_backslashes) = match text.get(end..)? {
            [b'/' | b'"' | b'\'', ..] => (&self.plain, false),
            [b'\\', b'/' | b'"', ..] => (&self.escaped, true),
            _ => return None,
        };
        let start = end.checked_sub(https.len())?;
        let found = text.get(start..end)?;
        let is_https = found == &**https;
        let start = match is_https {
            true => start,
            false => is_http(found, https).then_some(start + 1)?,
        };
        // None of these bytes is part of a URL or ends an escape that is a letter.
        let opens = match text.get(start.checked_sub(1)?) {
            Some(b'"' | b'\'' | b'(' | b'=' | b',' | b'>') => true,
            // It may end an escape of CSS: behind a digit of that, or behind the CR of a CR LF,
            // which is one white space there.
            Some(b' ' | b'\n') => {
                let before = start.checked_sub(2).and_then(|at| text.get(at));
                before.is_some_and(|byte| *byte != b'\r' && !byte.is_ascii_hexdigit())
            }
            _ => false,
        };
        (opens && start > from).then_some(PlainUrl {
            origin: self.origin,
            range: start..end,
            host,
            is_https,
            has_backslashes,
        })
    }
}

/// Returns whether what is behind the first byte of a text is a URL, but with `http`, which is a
/// letter less.
#[inline(never)]
fn is_http(found: &[u8], https: &[u8]) -> bool {
    let found = found.get(1..).and_then(|found| found.strip_prefix(b"http"));
    found.is_some() && found == https.strip_prefix(b"https")
}
