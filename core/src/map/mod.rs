//! URL mapping: every URL of an origin becomes the same URL of the public host, in one streaming pass over a body's bytes.
//!
//! The pass knows no language: it sees attributes, `srcset`, CSS, scripts, JSON, feeds and source maps alike, in any
//! charset that is a superset of ASCII. What it takes for a URL of an origin, and what it leaves, is decided from the bytes
//! around the host, never from how the body was cut.
//!
//! # What is mapped
//!
//! | form | where it is a URL | becomes |
//! | --- | --- | --- |
//! | `https://origin`, `http://origin` | no letter or digit before it, a multi-byte character's last byte aside | the public scheme and authority |
//! | `wss://origin`, `ws://origin` | the same | `wss` or `ws`, as the public scheme is secure or not |
//! | `//origin` | at the body's start, or after white space, a control character, one of `` " ' ` = ( [ , < > \| } ``, or a mark above ASCII; or after a colon with no scheme before it | `//`, public authority |
//! | `origin/` | the same, and with two dots also after one of `: ; & ? # { ! * +`; the host has a dot or a port | the public authority |
//! | `origin` with two dots, or with one and a port | the same before it; after it white space, a control character, one of `` " ' ` < > ) ] } , ; & \| ? # ! ``, a character above ASCII, the dot or colon of a sentence, or the body's end | the public authority |
//! | `origin` with one dot, or with none and a port | between two of the same quotes, or between `>` and `<`, written alike; or it is the whole body | the public authority |
//! | `…origin/base`, for each of these | the segment ends behind the base | the public authority, and what stands for the base |
//!
//! - Scheme and host are recognised in any letter case. Every character may be escaped, and the characters that are put out
//!   are written the same way: `\/`, `\u002F`, `\u{2f}`, `\x2F`, `%2F`, `&#x2F;`, `&#47;`, `&#47`, `&sol;`, CSS's `\2f `, also where an
//!   escape is itself escaped (`\\\/`, `%252F`, `&amp;#47`), or its characters are in another way (`%5C%2F`, `&#92;/`,
//!   `\u0026#47;`, `%26%2347%3B`). Where an escape ends with its digits and what is put behind it starts with one, its end is
//!   marked.
//! - A mark is white space, punctuation or a symbol (U+00A0–00BF, U+2000–2BFF, U+3000–303F, and full-width forms), in UTF-8
//!   or escaped, but those that stand for `-`, `.`, `/`, `@` and `_`, and those that join.
//! - A host that is searched for must not be escaped where the search looks: in the rarest of its words (`searched`).
//! - An international host is recognised in both of its forms, Punycode and Unicode (UTF-8, in any escaping). What is put out
//!   is the public authority in ASCII.
//! - A default port is the same origin, and is dropped; so is an empty one. Another port is another origin: one that was
//!   configured with a port is recognised with that port only. Which scheme precedes does not matter.
//! - User-info (`https://user:password@origin/`) stays in front of the public authority.
//! - The dot of a fully qualified host (`https://origin./`) is dropped if a path or a port follows it. Otherwise it ends a
//!   sentence, and stays.
//! - Of a host's origins with one port, the one with the longest base that fits is taken. A base fits if a path's segment
//!   ends behind it: what follows is none of the characters of a segment that markup, scripts and lists do not use otherwise
//!   (letters, digits, `-_~%+=@*`, above ASCII; `.` and `:` before one of these). What is percent-encoded once more than the
//!   URL itself is part of a segment. Where base and new path are the same, a URL without path or query is mapped as well.
//!
//! # What is not
//!
//! - A host that goes on: a letter, digit, `-` or `_` follows, or a dot and one of these or a letter above ASCII, escaped or
//!   not; bytes that are no UTF-8 may be letters. Right behind the host, bytes above ASCII end it: in many languages no space
//!   parts a URL from what follows. Only behind a host that ends with a letter above ASCII, a further one is the host's.
//! - What turns out to be user-info: `https://origin@elsewhere/`, `https://origin:password@elsewhere/`.
//! - `//origin` in a path, after another scheme's colon or in a word; a host in an e-mail address, in another URL's path, or
//!   in a script's expression; other schemes (`ftp://origin`).
//! - Of an international host: letters that are decomposed (`u` and a combining diaeresis), the ideographic full stop as a
//!   dot, a host half in Punycode, and Unicode in another charset than UTF-8.

mod authority;
mod bare;
mod escape;
mod finder;
mod host;
mod letter;
mod mapper;
mod name;
mod origin;
mod pattern;
mod place;
mod searched;
mod stretch;
mod substitution;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use finder::Finder;
pub use mapper::UrlMapper;
pub use origin::{BaseUrl, MapError, Origin, Scheme};

use pattern::Patterns;
use stretch::Stretch;
use substitution::Substitution;

/// The origins whose URLs are mapped, compiled once. Cheap to clone.
///
/// ```
/// use streamgate::map::{BaseUrl, Origin, Scheme, UrlMap};
///
/// let map = UrlMap::new([Origin::new(Scheme::Https, "origin.example.com")?]);
/// let public = BaseUrl::new(Scheme::Https, "www.example.com")?;
/// let mapped = map.map_bytes(&public, br#"{"url":"https:\/\/origin.example.com\/a"}"#);
/// assert_eq!(*mapped, *br#"{"url":"https:\/\/www.example.com\/a"}"#);
/// # Ok::<(), streamgate::map::MapError>(())
/// ```
#[derive(Debug, Clone)]
pub struct UrlMap {
    patterns: Arc<Patterns>,
}

impl UrlMap {
    /// Compiles origins. Of two with the same host, port and base the first one counts.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            patterns: Arc::new(Patterns::new(origins.into_iter().collect())),
        }
    }

    /// The stage that maps one response's body.
    #[must_use]
    pub fn to(&self, public: &BaseUrl) -> UrlMapper {
        UrlMapper::new(self.substitution(public))
    }

    /// Maps a text that is known whole, such as a field's value.
    #[must_use]
    pub fn map_bytes<'a>(&self, public: &BaseUrl, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let stretch = Stretch::whole(bytes);
        let substitution = self.substitution(public);
        if !substitution.matches(&stretch) {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        substitution.map(&stretch, 0, &mut out);
        Cow::Owned(out)
    }

    fn substitution(&self, public: &BaseUrl) -> Substitution {
        Substitution {
            patterns: Arc::clone(&self.patterns),
            public: public.clone(),
        }
    }
}
