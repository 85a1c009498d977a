//! The replacement of matches by the public URL, in one stretch of a body.

use std::ops::Range;
use std::sync::Arc;

use super::count::UrlKind;
use super::escape::Writer;
use super::finder::Search;
use super::origin::{BaseUrl, Scheme};
use super::pattern::{Match, Patterns};
use super::plain::PlainUrl;
use super::serialised;
use super::stretch::{Stop, Stretch};
use crate::counts::Counts;

/// The patterns of the origins, and the public URL that takes the place of a match.
#[derive(Debug, Clone)]
pub(super) struct Substitution {
    pub(super) patterns: Arc<Patterns>,
    pub(super) public: BaseUrl,
    /// Where the URLs that are replaced are counted, if they are.
    pub(super) counts: Option<Counts>,
}

/// Where the next match is in a stretch.
enum Next {
    Match(Match),
    Plain(PlainUrl),
    /// Nothing before this position matches; what starts there is undecided.
    Open(usize),
    /// There is no further match.
    Never,
}

impl Substitution {
    /// Returns whether there is a match in a stretch.
    pub(super) fn matches(&self, stretch: &Stretch<'_>) -> bool {
        let mut search = self.patterns.finder.search(stretch.bytes);
        let next = self.next(stretch, &mut search, 0);
        matches!(next, Next::Match(_) | Next::Plain(_))
    }

    /// Appends the mapped stretch from `from` on, as far as it is decided, and returns where that
    /// ends.
    pub(super) fn map(&self, stretch: &Stretch<'_>, mut from: usize, out: &mut Vec<u8>) -> usize {
        let copy = |from: usize, to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(stretch.bytes.get(from..to).unwrap_or_default());
        };
        let mut search = self.patterns.finder.search(stretch.bytes);
        loop {
            match self.next(stretch, &mut search, from) {
                Next::Match(url) => {
                    copy(from, url.range.start, out);
                    self.replace(stretch, &url, out);
                    self.count();
                    from = url.range.end;
                }
                Next::Plain(url) => {
                    copy(from, url.range.start, out);
                    self.replace_plain(&url, out);
                    self.count();
                    from = url.range.end;
                }
                Next::Open(to) => {
                    copy(from, to, out);
                    return to;
                }
                Next::Never => {
                    copy(from, stretch.bytes.len(), out);
                    return stretch.bytes.len();
                }
            }
        }
    }

    fn count(&self) {
        if let Some(counts) = &self.counts {
            counts.url();
        }
    }

    /// Calls `tell` for each match in a stretch that is a whole body: with what kind of name it is,
    /// and how its slashes are written, or its dots if it is a host with escaped ones.
    pub(super) fn for_each(&self, stretch: &Stretch<'_>, mut tell: impl FnMut(UrlKind, &[u8])) {
        let mut search = self.patterns.finder.search(stretch.bytes);
        let mut from = 0;
        loop {
            match self.next(stretch, &mut search, from) {
                Next::Match(url) => {
                    let kind = match (url.websocket, url.between.is_empty()) {
                        (Some(true), _) => UrlKind::WebSocket,
                        (Some(false), _) => UrlKind::Absolute,
                        (None, false) => UrlKind::WithoutScheme,
                        (None, true) => UrlKind::Host,
                    };
                    let dot = url.dot.filter(|_| kind == UrlKind::Host);
                    let dot = dot.and_then(|dot| stretch.bytes.get(dot));
                    tell(kind, dot.unwrap_or(url.slash.as_bytes()));
                    from = url.range.end;
                }
                Next::Plain(url) => {
                    let slash: &[u8] = if url.has_backslashes { br"\/" } else { b"/" };
                    tell(UrlKind::Absolute, slash);
                    from = url.range.end;
                }
                Next::Open(_) | Next::Never => return,
            }
        }
    }

    /// Finds the match with the earliest start at or after `from`.
    fn next(&self, stretch: &Stretch<'_>, search: &mut Search<'_>, mut from: usize) -> Next {
        let end = stretch.bytes.len();
        // Every match contains a run that the finder looks for, unless the end of the stretch cuts
        // it off.
        while from < end {
            let found = search.next(from);
            let to = match found {
                Some(hit) => {
                    let plain = self.patterns.plain.at(stretch.bytes, from, hit.start);
                    if let Some(url) = plain
                        && !stretch.near(url.range.start, serialised::is_open)
                    {
                        return Next::Plain(url);
                    }
                    hit.inside + 1
                }
                None if stretch.last => return Next::Never,
                None => end,
            };
            for start in self.patterns.earliest(stretch, from, to)..to {
                match self.patterns.at(stretch, start) {
                    Ok(url) => return Next::Match(url),
                    Err(Stop::More) => return Next::Open(start),
                    Err(Stop::No) => {}
                }
            }
            from = to;
        }
        Next::Never
    }

    /// Appends the public URL in the place of one that has nothing escaped but its slashes.
    fn replace_plain(&self, url: &PlainUrl, out: &mut Vec<u8>) {
        let Some(origin) = self.patterns.origins.get(url.origin) else {
            return;
        };
        let public = origin.public.as_ref().unwrap_or(&self.public);
        // Texts of a known length are stored, and not copied by a call.
        match (public.scheme(), url.has_backslashes) {
            (Scheme::Https, false) => out.extend_from_slice(b"https://"),
            (Scheme::Https, true) => out.extend_from_slice(br"https:\/\/"),
            (Scheme::Http, false) => out.extend_from_slice(b"http://"),
            (Scheme::Http, true) => out.extend_from_slice(br"http:\/\/"),
        }
        out.extend_from_slice(public.authority().as_bytes());
        if origin.path.is_empty() {
            return;
        }
        for segment in origin.path.split('/').skip(1) {
            out.extend_from_slice(if url.has_backslashes { br"\/" } else { b"/" });
            out.extend_from_slice(segment.as_bytes());
        }
    }

    /// Appends the public URL in the escaping of a match.
    fn replace(&self, stretch: &Stretch<'_>, url: &Match, out: &mut Vec<u8>) {
        let Some(origin) = self.patterns.origins.get(url.origin) else {
            return;
        };
        let bytes = |range: &Range<usize>| stretch.bytes.get(range.clone()).unwrap_or_default();
        let public = origin.public.as_ref().unwrap_or(&self.public);
        match url.websocket {
            Some(true) => out.extend_from_slice(public.scheme().websocket().as_bytes()),
            Some(false) => out.extend_from_slice(public.scheme().as_str().as_bytes()),
            None => {}
        }
        out.extend_from_slice(bytes(&url.between));
        let before = stretch.before(url.between.end);
        let mut writer = Writer::new(out, before.map(|before| before.spelling));
        let colon = || match &url.colon {
            Some(colon) => bytes(colon).to_vec(),
            None => url.slash.colon_beside(),
        };
        let is_mark = |byte: u8| byte == b':' || byte == b'.' && url.dot.is_some();
        let authority = public.authority().as_bytes();
        for part in authority.chunk_by(|&a, &b| !is_mark(a) && !is_mark(b)) {
            match (part, &url.dot) {
                (b":", _) => writer.spelled(&colon()),
                (b".", Some(dot)) => writer.spelled(bytes(dot)),
                _ => writer.plain(part),
            }
        }
        let path = if url.path { origin.path.as_str() } else { "" };
        for segment in path.split('/').skip(1) {
            writer.spelled(url.slash.as_bytes());
            writer.plain(segment.as_bytes());
        }
        writer.finish();
    }
}
