//! Where URL references stand in a field's value, so that a reference without a host can be
//! changed.

use std::borrow::Cow;
use std::ops::Range;

/// How a field's value holds references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// The value is a reference.
    Whole,
    /// `Refresh`: seconds and a reference (HTML standard, "shared declarative refresh steps").
    Refresh,
    /// `Link`: between `<` and `>`, and in some parameters (RFC 8288 §3).
    Link,
    /// Quoted strings of a structured field (RFC 9651 §3.3.3), each of which is a reference.
    Strings,
    /// The members of this name in JSON objects.
    Json(&'static [u8]),
    /// The quoted strings of this parameter (RFC 9651 §3.1.2) or dictionary member.
    Parameter(&'static [u8]),
    /// The value up to its first semicolon is a reference.
    BeforeSemicolon,
    /// A text without references, but perhaps with URLs that have a host.
    Text,
    /// `HX-Location` of htmx: a reference, or a JSON object whose `path` is a reference.
    WholeOrPath,
}

impl Grammar {
    /// Returns the grammar that applies to a value.
    pub(super) fn of(self, value: &[u8]) -> Self {
        match self {
            Self::WholeOrPath if value.trim_ascii_start().starts_with(b"{") => Self::Json(b"path"),
            Self::WholeOrPath => Self::Whole,
            grammar => grammar,
        }
    }
}

/// Changes the references for which `map` returns another.
pub(super) fn edit(
    grammar: Grammar,
    value: &[u8],
    map: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut copied = 0;
    let grammar = grammar.of(value);
    for range in ranges(grammar, value) {
        let Some(reference) = value.get(range.clone()) else {
            continue;
        };
        let mapped = match grammar {
            Grammar::Json(_) => map(&unescaped(reference)),
            _ => map(reference),
        };
        if let Some(mapped) = mapped {
            out.extend_from_slice(value.get(copied..range.start).unwrap_or_default());
            out.extend_from_slice(&mapped);
            copied = range.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(value);
    }
    out.extend_from_slice(value.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Returns a reference as the URL standard reads it ("relative slash state", "special authority
/// ignore slashes state", "path state"), if the reading differs from the text: in an `http` or
/// `https` URL any two or more slashes or backslashes start the host, and each backslash after them
/// is a slash. Returns `None` if the reference is written as it is read, or has no host.
pub(super) fn as_it_is_read(reference: &[u8]) -> Option<Vec<u8>> {
    let slashes = |byte: &u8| matches!(byte, b'/' | b'\\');
    let scheme = [&b"https:"[..], b"http:"].into_iter().find(|scheme| {
        let start = reference.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let (scheme, rest) = reference.split_at_checked(scheme.map_or(0, <[u8]>::len))?;
    let run = rest.iter().take_while(|byte| slashes(byte)).count();
    let (run, rest) = rest.split_at_checked(run)?;
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let (place, behind) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    if run.len() < 2 || (run == b"//" && !place.contains(&b'\\')) {
        return None;
    }
    let place = place
        .iter()
        .map(|byte| if slashes(byte) { b'/' } else { *byte });
    let read = scheme.iter().chain(b"//").copied().chain(place);
    Some(read.chain(behind.iter().copied()).collect())
}

/// Returns the ranges of the references, in order.
fn ranges(grammar: Grammar, value: &[u8]) -> Vec<Range<usize>> {
    match grammar {
        Grammar::Whole | Grammar::WholeOrPath => {
            let start = value.len() - value.trim_ascii_start().len();
            let whole = start..start + value.trim_ascii().len();
            vec![whole]
        }
        Grammar::BeforeSemicolon => {
            let end = value.iter().position(|&byte| byte == b';');
            let front = value.get(..end.unwrap_or(value.len()));
            ranges(Grammar::Whole, front.unwrap_or_default())
        }
        Grammar::Text => Vec::new(),
        Grammar::Parameter(name) => parameters(value, name),
        Grammar::Refresh => refresh(value).into_iter().collect(),
        Grammar::Link => links(value),
        Grammar::Strings => strings(value).collect(),
        Grammar::Json(name) => members(value, name),
    }
}

/// A cursor over a value.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn spaces(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace());
    }

    fn takes(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    /// Moves to the next byte that satisfies `end`, or to the end of the value; returns the range
    /// before it.
    fn until(&mut self, end: impl Fn(u8) -> bool) -> Range<usize> {
        let start = self.at;
        self.skip(|byte| !end(byte));
        start..self.at
    }

    /// Moves behind the quote that ends a quoted string, in which a backslash escapes the next byte
    /// (RFC 9110 §5.6.4); returns the range before the quote.
    fn string(&mut self) -> Range<usize> {
        let start = self.at;
        loop {
            let end = self.until(|byte| matches!(byte, b'"' | b'\\')).end;
            let escape = self.peek() == Some(b'\\');
            self.at += 1;
            if !escape {
                return start..end;
            }
            self.at += 1;
        }
    }
}

fn refresh(value: &[u8]) -> Option<Range<usize>> {
    let mut cursor = Cursor {
        bytes: value,
        at: 0,
    };
    cursor.spaces();
    cursor.skip(|byte| byte.is_ascii_digit() || byte == b'.');
    cursor.spaces();
    if !cursor.takes(b';') && !cursor.takes(b',') {
        return None;
    }
    cursor.spaces();
    let named = value
        .get(cursor.at..cursor.at + 3)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"url"));
    if named {
        let start = cursor.at;
        cursor.at += 3;
        cursor.spaces();
        if cursor.takes(b'=') {
            cursor.spaces();
        } else {
            cursor.at = start;
        }
    }
    match cursor.peek() {
        Some(quote @ (b'"' | b'\'')) => {
            cursor.at += 1;
            Some(cursor.until(|byte| byte == quote))
        }
        _ => Some(cursor.at..value.trim_ascii_end().len().max(cursor.at)),
    }
}

fn links(value: &[u8]) -> Vec<Range<usize>> {
    let mut cursor = Cursor {
        bytes: value,
        at: 0,
    };
    let mut found = Vec::new();
    // Where the name of a parameter starts.
    let mut name = 0;
    while let Some(byte) = cursor.peek() {
        cursor.at += 1;
        match byte {
            b'<' => found.push(cursor.until(|byte| byte == b'>')),
            b';' | b',' => name = cursor.at,
            b'"' => drop(cursor.string()),
            b'=' => {
                let name = value.get(name..cursor.at - 1).unwrap_or_default();
                cursor.spaces();
                let value_of = if cursor.takes(b'"') {
                    cursor.string()
                } else {
                    cursor.until(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b','))
                };
                match name.trim_ascii().to_ascii_lowercase().as_slice() {
                    b"anchor" => found.push(value_of),
                    b"imagesrcset" => found.extend(candidates(value, value_of)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns the URLs of image candidates (HTML standard, "parsing a srcset attribute"), each without
/// commas at its end.
fn candidates(value: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let mut cursor = Cursor {
        bytes: value.get(..range.end).unwrap_or_default(),
        at: range.start,
    };
    let mut found = Vec::new();
    while cursor.peek().is_some() {
        cursor.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        let url = cursor.until(|byte| byte.is_ascii_whitespace());
        let joined = value
            .get(url.clone())
            .is_some_and(|url| url.ends_with(b","));
        if !url.is_empty() {
            found.push(url);
        }
        if !joined {
            cursor.until(|byte| byte == b',');
        }
    }
    found
}

/// Returns the ranges between quotes.
fn strings(value: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut cursor = Cursor {
        bytes: value,
        at: 0,
    };
    std::iter::from_fn(move || {
        cursor.until(|byte| byte == b'"');
        cursor.takes(b'"').then(|| cursor.string())
    })
}

/// Returns the strings that follow a name and an equals sign (RFC 9651 §3.2).
fn parameters(value: &[u8], name: &[u8]) -> Vec<Range<usize>> {
    let is_named = |string: &Range<usize>| {
        let before = value.get(..string.start - 1).unwrap_or_default();
        let key = before
            .strip_suffix(b"=")
            .and_then(|key| key.strip_suffix(name));
        key.is_some_and(|rest| rest.last().is_none_or(|byte| b" \t,;".contains(byte)))
    };
    strings(value).filter(is_named).collect()
}

/// Returns the strings that follow a name and a colon.
fn members(value: &[u8], name: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut before: Option<Range<usize>> = None;
    for string in strings(value) {
        if let Some(key) = before {
            let is_named = value.get(key.clone()) == Some(name);
            let between = value.get(key.end + 1..string.start - 1).unwrap_or_default();
            if is_named && between.trim_ascii() == b":" {
                found.push(string.clone());
            }
        }
        before = Some(string);
    }
    found
}

/// Removes the backslash of `\/`, as which JSON may write a slash.
fn unescaped(string: &[u8]) -> Cow<'_, [u8]> {
    if !string.contains(&b'\\') {
        return Cow::Borrowed(string);
    }
    let mut plain = Vec::with_capacity(string.len());
    let mut bytes = string.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte == b'\\' && bytes.peek() == Some(&&b'/') {
            continue;
        }
        plain.push(byte);
    }
    Cow::Owned(plain)
}
