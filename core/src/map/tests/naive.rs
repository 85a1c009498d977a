//! The mapper's naive twin: tries, at each position of a whole text, whether a URL is spelled there. No search, no streaming,
//! no state; escapes are recognised by asking of every stretch whether it spells a character.

use crate::map::{Origin, Public, Scheme};

const NAMES: [(&str, u8); 22] = [
    ("NewLine", b'\n'),
    ("Tab", b'\t'),
    ("amp", b'&'),
    ("apos", b'\''),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("equals", b'='),
    ("grave", b'`'),
    ("gt", b'>'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("nbsp", b' '),
    ("num", b'#'),
    ("period", b'.'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rpar", b')'),
    ("sol", b'/'),
    ("vert", b'|'),
];
const LONGEST_SPELLING: usize = 14;
const USER_INFO: usize = 64;

/// What the mapper must give for a text.
pub(super) fn map(origins: &[Origin], public: &Public, text: &[u8]) -> Vec<u8> {
    let page = Page {
        text,
        origins,
        public,
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match page.url(at) {
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

/// The character that a stretch spells as a whole; 0x80 for those above ASCII.
fn spelled(stretch: &[u8]) -> Option<u8> {
    if let [byte] = stretch {
        return Some(*byte.min(&0x80));
    }
    let stretch = str::from_utf8(stretch).ok()?;
    let number = |digits: &str, radix| {
        let valid = digits.chars().all(|digit| digit.is_digit(radix));
        let value = u32::from_str_radix(digits, radix).ok().filter(|_| valid)?;
        Some(value.min(0x80) as u8)
    };
    let behind = stretch.trim_start_matches('\\');
    if (1..=7).contains(&(stretch.len() - behind.len())) {
        return match behind.as_bytes() {
            [b'u', _, _, _, _] | [b'x', _, _] => number(&behind[1..], 16),
            [letter] if b"bfnrtv".contains(letter) => Some(b'\n'),
            [mark] if mark.is_ascii_punctuation() => Some(*mark),
            _ => None,
        };
    }
    if let Some(mut hex) = stretch.strip_prefix('%') {
        for _ in 0..3 {
            hex = hex
                .strip_prefix("25")
                .filter(|rest| !rest.is_empty())
                .unwrap_or(hex);
        }
        return number(hex, 16).filter(|_| hex.len() == 2);
    }
    let body = stretch.strip_prefix('&')?.strip_suffix(';')?;
    let body = body.strip_prefix("amp;").unwrap_or(body);
    if let Some(hex) = body.strip_prefix("#x").or(body.strip_prefix("#X")) {
        return number(hex, 16).filter(|_| hex.len() <= 6);
    }
    if let Some(decimal) = body.strip_prefix('#') {
        return number(decimal, 10).filter(|_| decimal.len() <= 7);
    }
    NAMES
        .iter()
        .find(|(name, _)| *name == body)
        .map(|(_, code)| *code)
}

struct Page<'a> {
    text: &'a [u8],
    origins: &'a [Origin],
    public: &'a Public,
}

/// What precedes the host.
struct Head<'a> {
    scheme: Option<&'a str>,
    colon: Option<&'a [u8]>,
    slash: Option<&'a [u8]>,
}

impl Page<'_> {
    /// The character at a position and where its spelling ends: the longest one counts.
    fn character(&self, at: usize) -> Option<(u8, usize)> {
        let most = self.text.len().min(at + LONGEST_SPELLING);
        (at + 1..=most)
            .rev()
            .find_map(|end| Some((spelled(&self.text[at..end])?, end)))
    }

    fn code(&self, at: usize) -> Option<u8> {
        self.character(at).map(|(code, _)| code)
    }

    fn before(&self, at: usize) -> Option<u8> {
        let mut starts = at.saturating_sub(LONGEST_SPELLING)..at;
        let (start, code) =
            starts.find_map(|start| Some((start, spelled(&self.text[start..at])?)))?;
        let plain = start + 1 == at && code.is_ascii_alphanumeric();
        let trails = plain && start > 0 && self.text[start - 1] > 0x80;
        Some(if trails { 0x80 } else { code })
    }

    /// The spelling of one character that must be at a position.
    fn spelling(&self, at: usize, code: u8) -> Option<&[u8]> {
        let (found, end) = self.character(at)?;
        (found == code).then(|| &self.text[at..end])
    }

    fn starts_url(&self, at: usize) -> bool {
        match self.before(at) {
            None => true,
            Some(code) => code <= 0x20 || "\"'`=([,<>|}".contains(char::from(code)),
        }
    }

    fn url(&self, at: usize) -> Option<(Vec<u8>, usize)> {
        for scheme in ["http", "https", "ws", "wss"] {
            let end = at + scheme.len();
            let is_there = self
                .text
                .get(at..end)
                .is_some_and(|found| found.eq_ignore_ascii_case(scheme.as_bytes()));
            if is_there
                && !self
                    .before(at)
                    .is_some_and(|code| code.is_ascii_alphanumeric())
                && let Some(colon) = self.spelling(end, b':')
                && let Some(url) =
                    self.with_slashes(end, end + colon.len(), Some(scheme), Some(colon))
            {
                return Some(url);
            }
        }
        if !self.starts_url(at) {
            return None;
        }
        let bare = Head {
            scheme: None,
            colon: None,
            slash: None,
        };
        self.with_slashes(at, at, None, None)
            .or_else(|| self.with_host(at, at, &bare))
    }

    /// A URL whose text between scheme and host starts at `from`, with its slashes at `at`.
    fn with_slashes(
        &self,
        from: usize,
        at: usize,
        scheme: Option<&str>,
        colon: Option<&[u8]>,
    ) -> Option<(Vec<u8>, usize)> {
        let first = self.spelling(at, b'/')?;
        let slash = self.spelling(at + first.len(), b'/')?;
        if !slash.eq_ignore_ascii_case(first) {
            return None;
        }
        let at = at + first.len() + slash.len();
        let head = Head {
            scheme,
            colon,
            slash: Some(slash),
        };
        self.with_host(from, at, &head)
            .or_else(|| self.with_host(from, self.behind_user_info(at)?, &head))
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

    fn with_host(&self, from: usize, at: usize, head: &Head<'_>) -> Option<(Vec<u8>, usize)> {
        self.origins.iter().find_map(|named| {
            let mut end = at;
            let mut dot = None;
            for byte in named.host.bytes() {
                let (code, next) = self.character(end)?;
                if !code.eq_ignore_ascii_case(&byte)
                    || (byte.is_ascii_alphanumeric() && next > end + 1)
                {
                    return None;
                }
                if byte == b'.' && next > end + 1 && dot.is_none() {
                    dot = Some(&self.text[end..next]);
                }
                end = next;
            }
            let (port, end) = self.authority(end)?;
            let same_host = || {
                self.origins
                    .iter()
                    .filter(|origin| origin.host == named.host)
            };
            let is_default = match (head.scheme, port) {
                (_, None) => true,
                (Some("https" | "wss"), Some(port)) => port == 443,
                (Some(_), Some(port)) => port == 80,
                (None, Some(port)) => port == 80 || port == 443,
            };
            let by_port = same_host().find(|origin| port.is_some() && origin.port == port);
            let origin = by_port
                .or_else(|| same_host().find(|origin| is_default && origin.port.is_none()))?;
            let slash = match head.slash {
                Some(slash) => slash,
                None if origin.host.contains('.') || port.is_some() => self.spelling(end, b'/')?,
                None => return None,
            };
            Some((
                self.replacement(origin, head, &self.text[from..at], slash, dot),
                end,
            ))
        })
    }

    /// Port and end of the authority whose host ends at a position.
    fn authority(&self, end: usize) -> Option<(Option<u16>, usize)> {
        let goes_on =
            |code: u8| code.is_ascii_alphanumeric() || code == b'-' || code == b'_' || code == b'@';
        let mut end = end;
        if let Some((b'.', behind)) = self.character(end) {
            match self.code(behind) {
                Some(code) if goes_on(code) || code == 0x80 => return None,
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
                if self
                    .code(behind)
                    .is_some_and(|code| goes_on(code) && code != b'@' || code == 0x80) =>
            {
                None
            }
            Some((code, _)) if goes_on(code) => None,
            _ if digits.len() > 5 => None,
            _ => Some((Some(digits.parse().ok()?), port_end)),
        }
    }

    fn replacement(
        &self,
        origin: &Origin,
        head: &Head<'_>,
        between: &[u8],
        slash: &[u8],
        dot: Option<&[u8]>,
    ) -> Vec<u8> {
        let public = origin.public.as_ref().unwrap_or(self.public);
        let scheme = match (head.scheme, public.scheme()) {
            (None, _) => "",
            (Some("ws" | "wss"), Scheme::Http) => "ws",
            (Some("ws" | "wss"), Scheme::Https) => "wss",
            (_, Scheme::Http) => "http",
            (_, Scheme::Https) => "https",
        };
        let slash = str::from_utf8(slash).expect("a slash is spelled in ASCII");
        let escaped = slash
            .replace("2f", "3a")
            .replace("2F", "3A")
            .replace("47;", "58;")
            .replace("sol;", "colon;");
        let colon = match head.colon {
            Some(colon) => str::from_utf8(colon).expect("a colon is spelled in ASCII"),
            None if escaped == slash => ":",
            None => &escaped,
        };
        let dot = str::from_utf8(dot.unwrap_or(b".")).expect("a dot is spelled in ASCII");
        let authority: String = public
            .authority()
            .chars()
            .map(|c| match c {
                '.' => dot.to_owned(),
                ':' => colon.to_owned(),
                c => c.to_string(),
            })
            .collect();
        [
            scheme.as_bytes(),
            between,
            authority.as_bytes(),
            origin.path.replace('/', slash).as_bytes(),
        ]
        .concat()
    }
}

fn is_user_info(code: u8) -> bool {
    code.is_ascii_alphanumeric() || "-._~!$*+:%".contains(char::from(code))
}
