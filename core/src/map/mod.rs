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
//! | `//origin` | at the body's start, or after white space, a control character or one of `` " ' ` = ( [ , < > \| } `` | `//`, public authority |
//! | `origin/` | the same; the host has a dot or a port | the public authority |
//!
//! - Scheme and host are recognised in any letter case. Whatever is around them may be escaped, and the characters that
//!   are put out are written the same way: `\/`, `\u002F`, `\x2F`, `%2F`, `&#x2F;`, `&#47;`, `&sol;`, also where an escape
//!   is itself escaped (`\\\/`, `%252F`, `&amp;#47;`). So are the host's dots and hyphens.
//! - A default port is the same origin, and is dropped; so is an empty one. Another port is another origin: one that was
//!   configured with a port is recognised with that port only. Which scheme precedes does not matter.
//! - User-info (`https://user:password@origin/`) stays in front of the public authority.
//! - The dot of a fully qualified host (`https://origin./`) is dropped if a path or a port follows it. Otherwise it ends a
//!   sentence, and stays.
//!
//! # What is not
//!
//! - A host that goes on: a letter, digit, `-` or `_` follows, or a dot and one of these or a byte above ASCII, escaped or
//!   not. Other bytes above ASCII end a host: in many languages no space parts a URL from what follows.
//! - What turns out to be user-info: `https://origin@elsewhere/`, `https://origin:password@elsewhere/`.
//! - `//origin` in a path, after a colon or in a word; a host without slashes before it that no path follows (prose, e-mail
//!   addresses, a script's properties, bare names in JSON); other schemes (`ftp://origin`).

mod authority;
mod escape;
mod finder;
mod mapper;
mod origin;
mod pattern;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use mapper::UrlMapper;
pub use origin::{MapError, Origin, Public, Scheme};

use mapper::Rewriter;
use pattern::Patterns;
use text::{Behind, Text};

/// The origins whose URLs are mapped, compiled once. Cheap to clone.
///
/// ```
/// use streamgate::map::{Origin, Public, Scheme, UrlMap};
///
/// let map = UrlMap::new([Origin::new(Scheme::Https, "origin.example.com")?]);
/// let public = Public::new(Scheme::Https, "www.example.com")?;
/// let mapped = map.map_bytes(&public, br#"{"url":"https:\/\/origin.example.com\/a"}"#);
/// assert_eq!(*mapped, *br#"{"url":"https:\/\/www.example.com\/a"}"#);
/// # Ok::<(), streamgate::map::MapError>(())
/// ```
#[derive(Debug, Clone)]
pub struct UrlMap {
    patterns: Arc<Patterns>,
}

impl UrlMap {
    /// Compiles origins. Of two with the same host and port the first one counts.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            patterns: Arc::new(Patterns::new(origins.into_iter().collect())),
        }
    }

    /// The stage that maps one response's body.
    #[must_use]
    pub fn to(&self, public: &Public) -> UrlMapper {
        UrlMapper::new(self.rewriter(public))
    }

    /// Maps a text that is known whole, such as a field's value.
    #[must_use]
    pub fn map_bytes<'a>(&self, public: &Public, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let text = Text {
            behind: Behind::default(),
            bytes,
            last: true,
        };
        let rewriter = self.rewriter(public);
        if !rewriter.matches(&text) {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        rewriter.map(&text, 0, &mut out);
        Cow::Owned(out)
    }

    fn rewriter(&self, public: &Public) -> Rewriter {
        Rewriter {
            patterns: Arc::clone(&self.patterns),
            public: public.clone(),
        }
    }
}
