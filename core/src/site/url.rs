//! Absolute URLs that clients send, taken apart.

use super::path;
use crate::map::{BaseUrl, Scheme};

/// An absolute URL: the base URL that it starts with, and the rest.
#[derive(Debug, Clone)]
pub(crate) struct AbsoluteUrl<'a> {
    /// Scheme and authority.
    pub(crate) base: BaseUrl,
    /// Path, query and fragment. Empty, or starting with `/`, `?` or `#`.
    pub(crate) rest: &'a [u8],
}

impl<'a> AbsoluteUrl<'a> {
    /// Parses a URL. Returns `None` unless `url` is an `http` or `https` URL whose authority is a
    /// host, perhaps with a port.
    pub(crate) fn parse(url: &'a [u8]) -> Option<Self> {
        let start = url.windows(3).position(|bytes| bytes == b"://")? + 3;
        let (front, rest) = url.split_at_checked(start)?;
        let end = rest
            .iter()
            .position(|byte| b"/?#".contains(byte))
            .unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let scheme = match front.to_ascii_lowercase().as_slice() {
            b"http://" => Scheme::Http,
            b"https://" => Scheme::Https,
            _ => return None,
        };
        let base = BaseUrl::new(scheme, std::str::from_utf8(authority).ok()?).ok()?;
        Some(Self { base, rest })
    }

    /// Returns the path, which may be empty.
    pub(crate) fn path(&self) -> &'a [u8] {
        path::of(self.rest)
    }
}
