//! The naive twin of the mapper: tries at each position of a whole text whether a URL is spelled
//! there. It has no search, no streaming and no state; it recognises escapes by asking of every
//! stretch whether it spells a character.

mod expression;
mod places;
mod reading;
mod sentence;
mod serialised;
mod spelled;
mod writing;

use crate::map::bare::Marks;
use crate::map::{BaseUrl, Origin, UrlMap};
use expression::slash_of_expression;

const USER_INFO: usize = 64;

/// Returns what the mapper must make of a text.
pub(crate) fn map(origins: &[Origin], public: &BaseUrl, text: &[u8]) -> Vec<u8> {
    let map = UrlMap::new(origins.iter().cloned());
    let page = Page {
        text,
        reads: reading::reads(text),
        origins,
        public,
        names: names(&map),
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match page.url(at).filter(|_| !serialised::counts(&text[..at])) {
            Some((url, end)) => {
                out.extend(url);
                at = end;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

/// A host in one of its forms.
struct Name {
    host: String,
    form: String,
    /// The characters that must be written so that they contain one of the runs, because the finder
    /// looks for these.
    searched: std::ops::Range<usize>,
    runs: Vec<Vec<u8>>,
}

fn names(map: &UrlMap) -> Vec<Name> {
    let hosts = map.patterns.hosts.iter();
    let mut all = Vec::new();
    for host in hosts {
        let labels = host.host.split('.').map(|label| {
            let punycode = label.strip_prefix("xn--");
            punycode.map_or(label.to_owned(), |it| {
                idna::punycode::decode_to_string(it).expect("Punycode")
            })
        });
        let unicode = labels.collect::<Vec<_>>().join(".");
        for (name, form) in host.names.iter().zip([&host.host, &unicode]) {
            all.push(Name {
                host: host.host.clone(),
                form: form.clone(),
                searched: name.searched.letters.clone(),
                runs: name.searched.runs.clone(),
            });
        }
    }
    all
}

struct Page<'a> {
    text: &'a [u8],
    reads: Vec<reading::Read>,
    origins: &'a [Origin],
    public: &'a BaseUrl,
    names: Vec<Name>,
}

/// The part of a URL before its host.
struct Head<'a> {
    scheme: Option<&'a str>,
    colon: Option<&'a [u8]>,
    slash: Option<&'a [u8]>,
    /// The position where the URL starts.
    start: usize,
    /// Whether it starts there only in an expression.
    in_expression: bool,
}

impl<'a> Page<'a> {
    fn starts_url(&self, at: usize) -> bool {
        match self.before(at) {
            None => true,
            Some((code, _)) => {
                code <= 0x20 || code == 0x81 || "\"'`=([,<>|}".contains(char::from(code))
            }
        }
    }

    fn starts_host(&self, at: usize) -> bool {
        let before = self.before(at);
        self.starts_url(at)
            || before.is_some_and(|(code, _)| ":;&?#{!*+^".contains(char::from(code)))
    }

    fn ends_host(&self, at: usize) -> bool {
        self.code(at).is_none_or(|code| {
            code <= 0x20 || code == 0x80 || "\"'`<>)]},;&|?#!.:$".contains(char::from(code))
        })
    }

    fn lacks_scheme(&self, at: usize) -> bool {
        let Some((b':', colon)) = self.before(at) else {
            return false;
        };
        !self.before(at - colon.len()).is_some_and(|(code, _)| {
            code.is_ascii_alphanumeric() || "+-.".contains(char::from(code))
        })
    }

    fn word(&self, at: usize, word: &str) -> Option<usize> {
        word.bytes().try_fold(at, |at, letter| {
            let (code, end) = self.character(at)?;
            code.eq_ignore_ascii_case(&letter).then_some(end)
        })
    }

    fn url(&self, at: usize) -> Option<(Vec<u8>, usize)> {
        if self.text[at] == b'\\' && self.before(at).is_some_and(|(code, _)| code == b'\\') {
            return None;
        }
        for scheme in ["http", "https", "ws", "wss"] {
            if let Some(end) = self.word(at, scheme)
                && !self
                    .before(at)
                    .is_some_and(|(code, _)| code.is_ascii_alphanumeric())
                && let Some(colon) = self.spelling(end, b':')
                && let Some(url) =
                    self.with_slashes(end, end + colon.len(), Some(scheme), Some(colon), false)
            {
                return Some(url);
            }
        }
        let bare = Head {
            scheme: None,
            colon: None,
            slash: None,
            start: at,
            in_expression: false,
        };
        let starts = self.starts_url(at) || self.lacks_scheme(at);
        self.with_slashes(at, at, None, None, !starts)
            .filter(|_| starts || self.starts_in_expression(at))
            .or_else(|| self.with_host(at, &bare))
    }

    /// Reads a URL whose part between scheme and host starts at `from`, with its slashes at `at`.
    fn with_slashes(
        &self,
        from: usize,
        at: usize,
        scheme: Option<&str>,
        colon: Option<&[u8]>,
        in_expression: bool,
    ) -> Option<(Vec<u8>, usize)> {
        let first = self.spelling(at, b'/')?;
        let slash = self.spelling(at + first.len(), b'/')?;
        let body = |slash: &[u8]| {
            let text = str::from_utf8(slash).expect("a slash is spelled in ASCII");
            text.trim_end_matches([';', '}', ' ', '\t', '\n', '\r', '\x0c'])
                .to_ascii_lowercase()
        };
        if body(slash) != body(first) {
            return None;
        }
        let at = at + first.len() + slash.len();
        let head = Head {
            scheme,
            colon,
            slash: Some(slash),
            start: from,
            in_expression,
        };
        self.with_host(at, &head)
            .or_else(|| self.with_host(self.behind_user_info(at)?, &head))
    }

    fn behind_user_info(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while at <= start + USER_INFO {
            match self.character(at)? {
                (b'@', end) => return Some(end),
                (code, end) if is_user_info(code) => at = end,
                _ => return None,
            }
        }
        None
    }

    /// Returns where a name at `start` ends, and its first escaped dot.
    fn named(&self, start: usize, name: &Name) -> Option<(usize, Option<&'a [u8]>)> {
        let (mut end, mut dot, mut borders) = (start, None, vec![start]);
        for letter in name.form.chars() {
            let (found, next) = self.letter(end);
            if found? != letter && !letter.to_uppercase().eq([found?]) {
                return None;
            }
            if letter == '.' && next > end + 1 && dot.is_none() {
                dot = Some(&self.text[end..next]);
            }
            end = next;
            borders.push(end);
        }
        let written = &self.text[borders[name.searched.start]..borders[name.searched.end]];
        let written = written.to_ascii_lowercase();
        let is_found = |run: &Vec<u8>| {
            let run = run.to_ascii_lowercase();
            written.windows(run.len()).any(|window| window == run)
        };
        let above = name.form.chars().last()? > '\x7f' && end < self.text.len();
        if !name.runs.iter().any(is_found) || above && self.is_letter(end) {
            return None;
        }
        Some((end, dot))
    }

    fn with_host(&self, at: usize, head: &Head<'_>) -> Option<(Vec<u8>, usize)> {
        self.names.iter().find_map(|name| {
            let (end, dot) = self.named(at, name)?;
            let (port, end) = self.authority(end)?;
            let (origin, end_of_base) = self.origin(&name.host, head.scheme, port, end)?;
            let slash = match head.slash {
                Some(_) if head.in_expression => slash_of_expression(dot).and(head.slash)?.to_vec(),
                Some(slash) => slash.to_vec(),
                None => {
                    let own = Marks::of(&name.host, port.is_some());
                    let is_word = own.dots == 0 && port.is_none();
                    let marks = match origin.counterpart {
                        Some(counterpart) if !is_word => counterpart,
                        _ => own,
                    };
                    self.slash_of_bare(marks, at, dot, end)?
                }
            };
            let path = end_of_base.map_or("", |_| origin.path.as_str());
            let url = self.replacement(origin, head, at, &slash, dot, path);
            Some((url, end_of_base.unwrap_or(end)))
        })
    }

    /// Returns the slash behind a host without slashes before it, or one as it would be written
    /// there; `None` if the name does not stand for a host.
    fn slash_of_bare(
        &self,
        marks: Marks,
        start: usize,
        dot: Option<&[u8]>,
        end: usize,
    ) -> Option<Vec<u8>> {
        let Marks {
            dots,
            is_ipv4: is_address,
            has_port,
        } = marks;
        if let Some(slash) = slash_of_expression(dot).filter(|_| !is_address) {
            return self.is_in_expression(start, end).then_some(slash);
        }
        let starts = self.starts_url(start) || dots >= 2 && self.starts_host(start);
        if !starts || is_address && !has_port {
            return None;
        }
        let dots = dots + usize::from(has_port && dots > 0);
        if let Some(slash) = self.spelling(end, b'/') {
            return (dots > 0 || has_port).then(|| slash.to_vec());
        }
        let before = self.before(start);
        let next = self
            .character(end)
            .map(|(code, behind)| (code, behind - end));
        let enclosed = match (before, next) {
            (None, None) => true,
            (Some((left, written)), Some((right, length))) => {
                written.len() == length
                    && [(b'"', b'"'), (b'\'', b'\''), (b'`', b'`'), (b'>', b'<')]
                        .contains(&(left, right))
            }
            _ => false,
        };
        let value = enclosed || self.is_in_sentence(start, end);
        let is_host = match dots {
            0 => has_port && value,
            1 => value,
            _ => self.ends_host(end),
        };
        let percent = |written: &[u8]| match reading::percent_level(written) {
            0 => "/".to_owned(),
            level => ["%", &"25".repeat(level - 1), "2F"].concat(),
        };
        is_host.then(|| {
            before
                .map_or("/".to_owned(), |(_, written)| percent(written))
                .into_bytes()
        })
    }

    /// Returns whether there is a letter at a position, or bytes that may be a letter or belong to
    /// one.
    fn is_letter(&self, at: usize) -> bool {
        let (letter, _) = self.letter(at);
        letter.is_none_or(|c| {
            c.is_alphanumeric()
                || "\u{200c}\u{200d}".contains(c)
                || ('\u{300}'..='\u{36f}').contains(&c)
        })
    }

    /// Returns port and end of the authority whose host ends at `end`.
    fn authority(&self, end: usize) -> Option<(Option<u16>, usize)> {
        let goes_on =
            |code: u8| code.is_ascii_alphanumeric() || code == b'-' || code == b'_' || code == b'@';
        let mut end = end;
        if let Some((b'.', behind)) = self.character(end) {
            match self.code(behind) {
                Some(code) if goes_on(code) => return None,
                Some(0x80) if self.is_letter(behind) => return None,
                Some(b'/' | b':') => end = behind,
                _ => return Some((None, end)),
            }
        }
        let Some((b':', port)) = self.character(end) else {
            return (!self.code(end).is_some_and(goes_on)).then_some((None, end));
        };
        let digits: String = self.text[port..]
            .iter()
            .map(|&b| char::from(b))
            .take_while(char::is_ascii_digit)
            .collect();
        let port_end = port + digits.len();
        if digits.is_empty() {
            return match self.code(port) {
                Some(b'/') => Some((None, port)),
                Some(code) if is_user_info(code) || code == b'@' => None,
                _ => Some((None, end)),
            };
        }
        match self.character(port_end) {
            Some((b':', behind))
                if self
                    .code(behind)
                    .is_some_and(|code| is_user_info(code) || code == b'@') =>
            {
                None
            }
            Some((b'.', behind))
                if self.code(behind).is_some_and(|code| {
                    goes_on(code) && code != b'@' || code == 0x80 && self.is_letter(behind)
                }) =>
            {
                None
            }
            Some((code, _)) if goes_on(code) => None,
            _ if digits.len() > 5 => None,
            _ => Some((Some(digits.parse().ok()?), port_end)),
        }
    }
}

fn is_user_info(code: u8) -> bool {
    code.is_ascii_alphanumeric() || "-._~!$*+:%".contains(char::from(code))
}
