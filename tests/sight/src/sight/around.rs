//! The surroundings of a host: what precedes it, and what follows it.

use std::ops::Range;

use crate::spelling::Reader;

/// The greatest length of a user-info or scheme that is looked for, in characters.
const FAR: usize = 64;

/// What precedes a host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The rest of a longer name.
    Name,
    /// An `@` without a URL before it.
    Mail,
    /// A slash of a path, or two slashes.
    Path,
    /// A scheme and slashes, perhaps with user-info, with the start and the end of the scheme.
    Scheme {
        name: String,
        start: usize,
        end: usize,
    },
    /// Two slashes, perhaps with user-info.
    Slashes,
    /// A character that no name continues after; `None` at the start of the text.
    Value(Option<char>),
}

impl Before {
    /// Returns what precedes a host at `host`, which may be written for a regular expression.
    pub(super) fn of(reader: Reader<'_>, host: usize, in_expression: bool) -> Self {
        let Some((character, start)) = reader.before(host) else {
            return Self::Value(None);
        };
        match character {
            '@' => match behind_slashes(reader, start) {
                Some(slashes) => {
                    Self::of_slashes(reader, slashes, host, in_expression).unwrap_or(Self::Mail)
                }
                None => Self::Mail,
            },
            '/' => match Self::of_slashes(reader, host, host, in_expression) {
                Some(before) => before,
                None if in_expression && opens(reader, host) => Self::Value(Some('/')),
                None => Self::Path,
            },
            c if is_name(c) || is_letter(c) || c == '.' => Self::Name,
            c => Self::Value(Some(c)),
        }
    }

    /// Classifies a host at `host` by the slashes that end at `end`. Returns `None` if there are
    /// not two slashes.
    fn of_slashes(
        reader: Reader<'_>,
        end: usize,
        host: usize,
        in_expression: bool,
    ) -> Option<Self> {
        let (_, second) = reader.before(end).filter(|(c, _)| *c == '/')?;
        let (_, first) = reader.before(second).filter(|(c, _)| *c == '/')?;
        // A percent-encoded slash and a plain one are not a pair: one of them is in a parameter's
        // value.
        let is_encoded = |slash: Range<usize>| Some(reader.bytes.get(slash)?.contains(&b'%'));
        if is_encoded(first..second)? != is_encoded(second..end)? {
            return Some(Self::Path);
        }
        let Some((character, start)) = reader.before(first) else {
            return Some(Self::Slashes);
        };
        if character != ':' {
            if in_expression && (character == '?' || opens(reader, first)) {
                return Some(Self::Slashes);
            }
            let is_word = is_name(character) || is_letter(character);
            let is_path = is_word || "/.~%?&#@+!*".contains(character);
            return Some(if is_path { Self::Path } else { Self::Slashes });
        }
        let mut name = String::new();
        let mut at = start;
        while let Some((character, before)) =
            reader.before(at).filter(|(c, _)| c.is_ascii_alphanumeric())
        {
            name.insert(0, character.to_ascii_lowercase());
            at = before;
            if name.len() > FAR || at >= host {
                break;
            }
        }
        Some(match name.as_str() {
            "" => Self::Slashes,
            _ => Self::Scheme {
                name,
                start: at,
                end: start,
            },
        })
    }
}

/// Returns whether the slash before `at` opens a regular expression in a script: it is plain, and
/// it neither divides what precedes it nor goes on with a path.
fn opens(reader: Reader<'_>, at: usize) -> bool {
    let Some(('/', slash)) = reader.before(at).filter(|(_, start)| start + 1 == at) else {
        return false;
    };
    let goes_on = |c: char| is_name(c) || is_letter(c) || "./~%@$]\\".contains(c);
    let is_after_keyword = reader.bytes[..slash].ends_with(b"return");
    is_after_keyword || !reader.before(slash).is_some_and(|(c, _)| goes_on(c))
}

/// Returns where the slashes end that precede the user-info ending at `at`.
fn behind_slashes(reader: Reader<'_>, mut at: usize) -> Option<usize> {
    for _ in 0..FAR {
        match reader.before(at)? {
            ('/', _) => return Some(at),
            (c, start) if is_user_info(c) => at = start,
            _ => return None,
        }
    }
    None
}

/// What follows a host.
pub(super) struct After {
    /// The end of the authority: after a port, an empty port, or the dot of a fully qualified name
    /// with a path.
    pub(super) end: usize,
    pub(super) port: Option<u16>,
    /// Whether an `@` shows that all of this was user-info.
    pub(super) is_user: bool,
    pub(super) is_path: bool,
}

impl After {
    /// Reads what follows a host that ends at `host`. Returns `None` if the name continues.
    pub(super) fn of(reader: Reader<'_>, host: usize) -> Option<Self> {
        let next = reader.longest(host);
        let mut end = host;
        let mut at = next;
        if let Some(dot) = next.filter(|next| next.character == '.') {
            let behind = reader.longest(dot.end);
            match behind.map(|behind| behind.character) {
                Some(c) if is_name(c) || c.is_alphanumeric() => return None,
                Some('/' | ':') => (end, at) = (dot.end, behind),
                _ => {}
            }
        }
        let is_user = is_user(reader, host);
        let mut port = None;
        match at {
            Some(colon) if colon.character == ':' => {
                let digits = (colon.end..)
                    .take_while(|&digit| reader.byte(digit).is_some_and(|b| b.is_ascii_digit()))
                    .count();
                let behind = colon.end + digits;
                let next = reader.longest(behind).map(|next| next.character);
                if digits == 0 {
                    // This is an empty port if a path follows, else the colon of a sentence or a
                    // list.
                    if next == Some('/') {
                        end = colon.end;
                    }
                } else if digits <= 5 && !next.is_some_and(is_name) {
                    let number = reader.bytes.get(colon.end..behind);
                    port = number.and_then(|n| std::str::from_utf8(n).ok()?.parse().ok());
                    port = port.or(Some(0));
                    end = behind;
                } else {
                    port = Some(0);
                }
            }
            Some(next) if is_name(next.character) => return None,
            _ => {}
        }
        let is_path = reader
            .longest(end)
            .is_some_and(|next| next.character == '/');
        Some(Self {
            end,
            port,
            is_user,
            is_path,
        })
    }
}

/// Returns whether the text after a host is the rest of a user-info: an `@`, or a password and an
/// `@`.
fn is_user(reader: Reader<'_>, mut at: usize) -> bool {
    for count in 0..FAR {
        match reader.longest(at) {
            Some(next) if next.character == '@' => return true,
            Some(next) if count == 0 && next.character != ':' => return false,
            Some(next) if is_user_info(next.character) => at = next.end,
            _ => return false,
        }
    }
    false
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Returns whether `c` is a letter above ASCII of a script that separates words by spaces. Chinese
/// and Japanese do not.
fn is_letter(c: char) -> bool {
    ('\u{80}'..'\u{2E80}').contains(&c) && c.is_alphanumeric()
}

/// Returns whether `c` is a character of user-info (RFC 3986 §3.2.1), without those that end a URL
/// in markup, scripts and lists.
fn is_user_info(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$*+:%".contains(c)
}
