//! Writes the replacement of a URL.

use super::reading::parts;
use super::{Head, Page};
use crate::map::{Origin, Scheme};

impl Page<'_> {
    pub(super) fn replacement(
        &self,
        origin: &Origin,
        head: &Head<'_>,
        host: usize,
        slash: &[u8],
        dot: Option<&[u8]>,
        path: &str,
    ) -> Vec<u8> {
        let public = origin.public.as_ref().unwrap_or(self.public);
        let scheme = match (head.scheme, public.scheme()) {
            (None, _) => "",
            (Some("ws" | "wss"), Scheme::Http) => "ws",
            (Some("ws" | "wss"), Scheme::Https) => "wss",
            (_, Scheme::Http) => "http",
            (_, Scheme::Https) => "https",
        };
        let text = |bytes| {
            str::from_utf8(bytes)
                .expect("an escape is ASCII")
                .to_owned()
        };
        let slash = text(slash);
        let colon = head.colon.map(text).unwrap_or_else(|| colon_like(&slash));
        let dot = dot.map_or(".".to_owned(), text);
        let mut out = [scheme.as_bytes(), &self.text[head.start..host]].concat();
        let mut last = self
            .before(host)
            .map(|(_, written)| text_of_escape(written));
        let authority = public
            .authority()
            .chars()
            .map(|c| (c, [".", ":"].contains(&&*c.to_string())));
        for (c, mark) in authority.chain(path.chars().map(|c| (c, c == '/'))) {
            let written = match c {
                '.' if mark => dot.clone(),
                ':' if mark => colon.clone(),
                '/' => slash.clone(),
                c => c.to_string(),
            };
            if let (Some((radix, end)), true) = (last.take().flatten(), written.len() == 1)
                && c.is_digit(radix)
            {
                out.push(end);
            }
            out.extend(written.bytes());
            last = Some(text_of_escape(written.as_bytes()));
        }
        out.extend(last.flatten().map(|(_, end)| end));
        out
    }
}

/// Returns a colon that is written like a slash.
fn colon_like(slash: &str) -> String {
    let parts = parts(slash.as_bytes());
    let (last, written) = *parts.last().expect("a slash is written");
    let whole = match u8::try_from(last) {
        Ok(b'/') => &slash[slash.len() - written.len()..],
        _ => slash,
    };
    let mut body = whole.trim_end_matches([';', '}', ' ', '\t', '\n', '\r', '\x0c']);
    if last == u32::from(b';') && written.len() > 1 {
        body = &slash[..slash.len() - written.len()];
    }
    let pairs = [("2f", "3a"), ("2F", "3A"), ("47", "58"), ("sol", "colon")];
    let like = pairs
        .iter()
        .find_map(|(from, to)| Some(body.strip_suffix(from)?.to_owned() + to));
    like.map_or(":".to_owned(), |like| like + &whole[body.len()..])
}

/// Returns the radix and the explicit end of an escape that another digit would become part of.
fn text_of_escape(written: &[u8]) -> Option<(u32, u8)> {
    let text = str::from_utf8(written).ok()?;
    if let Some(at) = text.rfind('&') {
        let body = &text[at + 1..];
        let body = body.strip_prefix("amp;").unwrap_or(body);
        let number = body.strip_prefix('#').unwrap_or(";");
        let (radix, digits) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (16, digits),
            None => (10, number),
        };
        if digits.chars().all(|digit| digit.is_digit(radix)) {
            return Some((radix, b';'));
        }
    }
    let digits = text.rsplit('\\').next()?;
    let css = digits.len() < text.len()
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.len() <= 6
        && digits.chars().all(|c| c.is_ascii_hexdigit());
    css.then_some((16, b' '))
}
