//! The writing of values, so that none can leave its place. Whatever comes out is ASCII, so that it
//! means the same in each charset that pages are rewritten in.

use std::fmt::Write;

/// The way in which a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Escape {
    /// In text, and in quoted values of attributes: by character references.
    Markup,
    /// In a text of a script, or of JSON: by `\uXXXX`.
    Script,
    /// In a part of a URL in which it may be empty: by `%XX`.
    Url,
    /// In a segment of a URL's path: by `%XX`. Neither empty nor a dot segment, which would change
    /// what stands around it.
    Segment,
    /// The path of the request as the path of a URL, or as the end of one.
    Path,
}

impl Escape {
    /// Returns whether a value can be written in this way. If not, it counts as unset.
    pub(super) fn takes(self, value: &str) -> bool {
        self != Self::Segment || value.bytes().any(|byte| byte != b'.')
    }

    /// Appends a value to `out`.
    pub(super) fn write(self, value: &str, out: &mut String) {
        match self {
            Self::Markup => plain(value).for_each(|c| markup(c, out)),
            Self::Script => plain(value).for_each(|c| script(c, out)),
            Self::Url | Self::Segment => url(value, &[], out),
            Self::Path => {
                // As for `OPTIONS *`, of which no page is shown.
                if !value.starts_with('/') {
                    out.push('/');
                }
                url(value, b"/%!$()*+,;=:@", out);
            }
        }
    }
}

/// Returns the characters of a value that a page may have: no controls but tab and line feed, and
/// no noncharacters that XML forbids.
fn plain(value: &str) -> impl Iterator<Item = char> {
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    value.chars().filter(move |&c| !forbidden(c))
}

fn markup(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' | '`' => number(c, out),
        c if c.is_ascii() => out.push(c),
        c => number(c, out),
    }
}

fn number(c: char, out: &mut String) {
    // To write into memory never fails.
    let _ = write!(out, "&#{};", u32::from(c));
}

fn script(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() || " _-.,:".contains(c) {
        return out.push(c);
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

fn url(value: &str, kept: &[u8], out: &mut String) {
    for byte in value.bytes() {
        // RFC 3986 §2.3
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
