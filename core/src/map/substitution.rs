//! The replacement of matches by the public URL, in one stretch of a body.

use std::ops::Range;
use std::sync::Arc;

use super::count::UrlKind;
use super::escape::Writer;
use super::finder::Hit;
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

/// A match.
enum Found<'a> {
    Match(&'a Match),
    Plain(&'a PlainUrl),
}

/// What a part of a stretch has.
enum Part {
    Match(Match),
    /// Nothing before this position matches; what starts there is undecided.
    Open(usize),
    Nothing,
}

impl Substitution {
    /// Returns whether there is a match in a stretch.
    pub(super) fn matches(&self, stretch: &Stretch<'_>) -> bool {
        let mut is_any = false;
        self.each(stretch, 0, |_| {
            is_any = true;
            false
        });
        is_any
    }

    /// Appends the mapped stretch from `from` on, as far as it is decided, and returns where that
    /// ends.
    pub(super) fn map(&self, stretch: &Stretch<'_>, mut from: usize, out: &mut Vec<u8>) -> usize {
        let copy = |from: usize, to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(stretch.bytes.get(from..to).unwrap_or_default());
        };
        let decided = self.each(stretch, from, |found| {
            match found {
                Found::Plain(url) => {
                    self.replace_plain(stretch.bytes, from, url, out);
                    from = url.range.end;
                }
                Found::Match(url) => {
                    copy(from, url.range.start, out);
                    self.replace(stretch, url, out);
                    from = url.range.end;
                }
            }
            self.count();
            true
        });
        copy(from, decided, out);
        decided
    }

    fn count(&self) {
        if let Some(counts) = &self.counts {
            counts.url();
        }
    }

    /// Calls `tell` for each match in a stretch that is a whole body: with what kind of name it is,
    /// and how its slashes are written, or its dots if it is a host with escaped ones.
    pub(super) fn for_each(&self, stretch: &Stretch<'_>, mut tell: impl FnMut(UrlKind, &[u8])) {
        self.each(stretch, 0, |found| {
            match found {
                Found::Match(url) => {
                    let kind = match (url.websocket, url.between.is_empty()) {
                        (Some(true), _) => UrlKind::WebSocket,
                        (Some(false), _) => UrlKind::Absolute,
                        (None, false) => UrlKind::WithoutScheme,
                        (None, true) => UrlKind::Host,
                    };
                    let dot = url.dot.clone().filter(|_| kind == UrlKind::Host);
                    let dot = dot.and_then(|dot| stretch.bytes.get(dot));
                    tell(kind, dot.unwrap_or(url.slash.as_bytes()));
                }
                Found::Plain(url) => {
                    let slash: &[u8] = if url.has_backslashes { br"\/" } else { b"/" };
                    tell(UrlKind::Absolute, slash);
                }
            }
            true
        });
    }

    /// Calls `on` for each match from `from` on, until it returns `false`. Returns up to where the
    /// stretch is decided.
    #[inline]
    fn each(
        &self,
        stretch: &Stretch<'_>,
        mut from: usize,
        mut on: impl FnMut(Found<'_>) -> bool,
    ) -> usize {
        let text = stretch.bytes;
        let mut rare = self.patterns.finder.rare(text);
        let mut search = self.patterns.finder.search(text);
        let mut passed = 0;
        // Every match contains a run that the finder looks for, unless the end of the stretch cuts
        // it off.
        while from < text.len() {
            let run = match &mut rare {
                Some((run, bytes)) => bytes.next(from).map(|inside| Hit {
                    inside,
                    start: run.start(inside),
                }),
                None => search.next(from.max(passed)),
            };
            if let Some(hit) = run {
                if let Some(url) = self.patterns.plain.at(text, from, hit.start)
                    && !has_length(stretch, url.range.start)
                {
                    from = url.range.end;
                    match on(Found::Plain(&url)) {
                        true => continue,
                        false => break,
                    }
                }
                if let Some((run, bytes)) = &mut rare
                    && run.confirm(text, hit.inside).is_none()
                {
                    if bytes.is_too_frequent(hit.inside) {
                        passed = hit.start;
                        rare = None;
                    }
                    continue;
                }
            } else if stretch.last {
                break;
            }
            let to = run.map_or(text.len(), |hit| hit.inside + 1);
            match self.part(stretch, from, to) {
                Part::Match(url) => {
                    from = url.range.end;
                    if !on(Found::Match(&url)) {
                        break;
                    }
                }
                Part::Open(to) => return to,
                Part::Nothing => from = to,
            }
        }
        text.len()
    }

    /// Finds the match with the earliest start from `from` on that extends to `to`.
    #[inline(never)]
    fn part(&self, stretch: &Stretch<'_>, from: usize, to: usize) -> Part {
        for start in self.patterns.earliest(stretch, from, to)..to {
            match self.patterns.at(stretch, start) {
                Ok(url) => return Part::Match(url),
                Err(Stop::More) => return Part::Open(start),
                Err(Stop::No) => {}
            }
        }
        Part::Nothing
    }

    /// Appends the text from `from` on up to a URL that has nothing escaped but its slashes, and
    /// the public URL in its place.
    #[inline(always)]
    fn replace_plain(&self, text: &[u8], from: usize, url: &PlainUrl, out: &mut Vec<u8>) {
        let copy = |to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(text.get(from..to).unwrap_or_default());
        };
        let Some(origin) = self.patterns.origins.get(url.origin) else {
            return copy(url.range.start, out);
        };
        let public = origin.public.as_ref().unwrap_or(&self.public);
        let is_https = public.scheme() == Scheme::Https;
        if is_https == url.is_https {
            // With the scheme, which stays.
            copy(url.host, out);
        } else {
            copy(url.range.start, out);
            append_scheme(public.scheme(), url.has_backslashes, out);
        }
        out.extend_from_slice(public.authority().as_bytes());
        if !origin.path.is_empty() {
            append_path(&origin.path, url.has_backslashes, out);
        }
    }

    /// Appends the public URL in the escaping of a match.
    #[inline(never)]
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

/// Returns whether a URL belongs to a string whose length is written before it.
#[inline]
fn has_length(stretch: &Stretch<'_>, start: usize) -> bool {
    let before = stretch.bytes.get(..start).unwrap_or_default();
    match before.last_chunk() {
        Some(near) => serialised::is_open_near(near),
        None => stretch.near(start, serialised::is_open),
    }
}

/// Appends a scheme and the slashes behind it, which may have a backslash before them.
#[inline(never)]
fn append_scheme(scheme: Scheme, has_backslashes: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(scheme.as_str().as_bytes());
    out.extend_from_slice(if has_backslashes { br":\/\/" } else { b"://" });
}

/// Appends a path, whose slashes may have a backslash before them.
#[inline(never)]
fn append_path(path: &str, has_backslashes: bool, out: &mut Vec<u8>) {
    for segment in path.split('/').skip(1) {
        out.extend_from_slice(if has_backslashes { br"\/" } else { b"/" });
        out.extend_from_slice(segment.as_bytes());
    }
}
