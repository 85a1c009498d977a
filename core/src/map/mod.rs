//! URL mapping: every URL of an origin becomes the same URL of the public host, in one streaming
//! pass over a body's bytes.
//!
//! The pass knows no language: it reads attributes, `srcset`, CSS, scripts, JSON, feeds and source
//! maps alike, in any charset that is a superset of ASCII. Only the bytes around a host decide
//! whether it is mapped; how the body was cut never does.
//!
//! # What is mapped
//!
//! - `https://origin` and `http://origin`, unless a letter or digit precedes (which does not count
//!   if it is the last byte of a multi-byte character). They become the public scheme and
//!   authority.
//! - `wss://origin` and `ws://origin`, likewise. The scheme becomes `wss` if the public scheme is
//!   `https`, and `ws` if it is `http`.
//! - `//origin`, where a URL can start: at the start of the body, or behind white space, a control
//!   character, one of `` " ' ` = ( [ , < > | } ``, or a mark above ASCII. Also behind a colon that
//!   no scheme precedes. It becomes `//` and the public authority.
//! - `origin/` for a host with a dot or a port, where a URL can start; for a host with two dots,
//!   also behind one of `: ; & ? # { ! * + ^`. It becomes the public authority, as do the next
//!   three.
//! - `origin` alone, for a host with two dots, or with one dot and a port: in the same places, if
//!   it ends before white space, a control character, one of `` " ' ` < > ) ] } , ; & | ? # ! $ ``,
//!   a character above ASCII, the dot or colon of a sentence, or the end of the body.
//! - `origin` alone, for a host with one dot, or with no dot and a port: between two of the same
//!   quotes or between `>` and `<`, both written alike, or if it is the whole body. Also as a word
//!   of a sentence (`sentence`): behind another word and a space, or behind a quote, a `>` or a
//!   mark with a space and another word behind it. A keyword of a script is no such word.
//! - A host whose dots have backslashes, in a regular expression (`expression`): in all these
//!   places, behind `^` or `)`, and behind the `/` that opens the expression. There it may also
//!   end before `(`, `[` or a backslash. Slashes before it may stand behind `^`, `)`, `?`, or the
//!   `/` that opens the expression.
//! - An IPv4 address in the places of the last four only with its port: alone, an address such as
//!   `127.0.0.1` stands for the machine or the network, whoever serves there.
//! - Any of these with the base path of an origin behind it, if the path's segment ends behind the
//!   base. What replaces the base follows the public authority.
//!
//! The details:
//!
//! - Scheme and host are recognised in any letter case. Every character may be escaped, and its
//!   replacement is escaped likewise: `\/`, `\u002F`, `\u{2f}`, `\x2F`, `%2F`, `&#x2F;`, `&#47;`,
//!   `&#47`, `&sol;`, CSS's `\2f `. The escape may itself be escaped (`\\\/`, `%252F`, `&amp;#47`),
//!   or its characters may be escaped in another way (`%5C%2F`, `&#92;/`, `\u0026#47;`,
//!   `%26%2347%3B`). An escape that ends with its digits is closed explicitly if a digit comes to
//!   stand behind it.
//! - A mark is white space, punctuation or a symbol (U+00A0–00BF, U+2000–2BFF, U+3000–303F, and
//!   full-width forms), in UTF-8 or escaped. Characters that stand for `-`, `.`, `/`, `@` or `_`,
//!   and those that join, are no marks.
//! - The search looks for the rarest word of a host (`searched`): that word must not be escaped.
//! - An international host is recognised in Punycode and in Unicode (UTF-8, in any escaping). The
//!   public authority is always written in ASCII.
//! - A default port belongs to the same origin, and is dropped; so is an empty port. Any other port
//!   is another origin, and an origin configured with a port is recognised with that port only. The
//!   scheme that precedes makes no difference.
//! - User-info (`https://user:password@origin/`) stays in front of the public authority.
//! - The dot of a fully qualified host (`https://origin./`) is dropped if a path or a port follows.
//!   Otherwise it ends a sentence, and stays.
//! - Of several origins with the same host and port, the one with the longest base that fits
//!   counts. A base fits if the path's segment ends behind it: the next character is none that
//!   markup, scripts and lists leave to segments (letters, digits, `-_~%+=@*`, characters above
//!   ASCII; `.` and `:` before one of these). A character that is percent-encoded once more than
//!   the URL is part of a segment. If base and replacement are the same, a URL without path or
//!   query is mapped too.
//!
//! # What is not mapped
//!
//! - A host that goes on: a letter, digit, `-` or `_` follows, or a dot and then one of these or a
//!   letter above ASCII, escaped or not (bytes that are no UTF-8 may be letters). Bytes above ASCII
//!   right behind the host end it, because many languages put no space between a URL and what
//!   follows; only if the host itself ends with a letter above ASCII does a further one continue
//!   it.
//! - User-info that looks like the origin: `https://origin@elsewhere/`,
//!   `https://origin:password@elsewhere/`.
//! - What has its length before it, as a string of serialised PHP does (`serialised`).
//! - `//origin` in a path, behind the colon of another scheme or in a word; a host in an e-mail
//!   address, in the path of another URL, or where a script may have a name; other schemes
//!   (`ftp://origin`).
//! - These forms of an international host: decomposed letters (`u` and a combining diaeresis), the
//!   ideographic full stop as a dot, labels half in Punycode and half in Unicode, and Unicode in
//!   another charset than UTF-8.

mod area;
mod authority;
mod bare;
mod beside;
mod count;
mod escape;
mod expression;
mod finder;
mod host;
mod letter;
mod mapper;
mod name;
mod origin;
mod pattern;
mod plain;
mod searched;
mod sentence;
mod serialised;
mod stretch;
mod substitution;

/// The naive twin of the tests, which the fuzz targets compare with, too.
#[cfg(any(test, all(fuzzing, feature = "idna")))]
#[path = "tests/naive/mod.rs"]
pub(crate) mod naive;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use count::{UrlCount, UrlKind};
pub(crate) use finder::Finder;
pub(crate) use mapper::PageMapper;
pub use mapper::UrlMapper;
pub use origin::{BaseUrl, MapError, Origin, Scheme};

use crate::counts::Counts;
use pattern::Patterns;
use stretch::Stretch;
use substitution::Substitution;

/// The origins whose URLs are mapped, compiled once. Cheap to clone.
///
/// ```
/// use streamgate::BaseUrl;
/// use streamgate::internals::{Origin, UrlMap};
/// use streamgate::Scheme;
///
/// let map = UrlMap::new([Origin::new(Scheme::Https, "origin.example.com")?]);
/// let public = BaseUrl::new(Scheme::Https, "www.example.com")?;
/// let mapped = map.map_bytes(&public, br#"{"url":"https:\/\/origin.example.com\/a"}"#);
/// assert_eq!(*mapped, *br#"{"url":"https:\/\/www.example.com\/a"}"#);
/// # Ok::<(), streamgate::MapError>(())
/// ```
#[derive(Debug, Clone)]
pub struct UrlMap {
    patterns: Arc<Patterns>,
    counts: Option<Counts>,
}

impl UrlMap {
    /// Compiles the patterns of some origins. Of two origins with the same host, port and base, the
    /// first one counts.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            patterns: Arc::new(Patterns::new(origins.into_iter().collect())),
            counts: None,
        }
    }

    /// Returns the same map, which counts the URLs that it maps.
    #[must_use]
    pub(crate) fn counting(&self, counts: &Counts) -> Self {
        Self {
            patterns: Arc::clone(&self.patterns),
            counts: Some(counts.clone()),
        }
    }

    /// Returns the stage that maps the body of one response.
    #[must_use]
    pub fn to(&self, public: &BaseUrl) -> UrlMapper {
        UrlMapper::new(self.substitution(public))
    }

    /// Maps a text that is known as a whole, such as the value of a field.
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

    /// Counts the URLs of the origins in a whole body, by kind and by escaping, each in the order
    /// in which it comes first.
    #[must_use]
    pub fn count(&self, public: &BaseUrl, body: &[u8]) -> Vec<UrlCount> {
        let mut counts: Vec<UrlCount> = Vec::new();
        let substitution = self.substitution(public);
        substitution.for_each(&Stretch::whole(body), |kind, spelling| {
            let same =
                |known: &&mut UrlCount| known.kind == kind && known.escaping.as_bytes() == spelling;
            match counts.iter_mut().find(same) {
                Some(known) => known.count = known.count.saturating_add(1),
                None => counts.push(UrlCount {
                    kind,
                    escaping: String::from_utf8_lossy(spelling).into_owned(),
                    count: 1,
                }),
            }
        });
        counts
    }

    fn substitution(&self, public: &BaseUrl) -> Substitution {
        Substitution {
            patterns: Arc::clone(&self.patterns),
            public: public.clone(),
            counts: self.counts.clone(),
        }
    }
}
