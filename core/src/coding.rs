//! Content codings: which codings a body has, which a client accepts, and how the two are brought
//! together.
//!
//! RFC 9110 §8.4.1 (gzip, deflate), RFC 7932 (br) and RFC 8878 with RFC 9659 (zstd) define the
//! names and their meaning. Decoders and encoders are in [`crate::pipeline::decode`] and
//! [`crate::pipeline::encode`].

mod accept;
mod misnomer;

pub(crate) use accept::AcceptEncoding;
pub(crate) use misnomer::looks_coded;

use std::fmt;

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue};

/// How many codings stacked on one body are decoded. Each costs a decoder's memory, and nobody
/// stacks more than two on purpose; curl stops at five.
const MAX_STACKED: usize = 4;

/// A content coding that the gate can decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`, and its old name `x-gzip` (RFC 9110 §8.4.1.3).
    Gzip,
    /// `deflate`: the zlib format, or bare deflate as some servers send it (RFC 9110 §8.4.1.2).
    Deflate,
    /// `br` (RFC 7932).
    Br,
    /// `zstd` (RFC 8878, window as RFC 9659 limits it). Present only with the feature `zstd`.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Coding {
    /// Every coding, best compression for its cost first.
    const ALL: &[Self] = &[
        #[cfg(feature = "zstd")]
        Self::Zstd,
        Self::Br,
        Self::Gzip,
        Self::Deflate,
    ];

    /// Returns the name in `Content-Encoding` and `Accept-Encoding`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Br => "br",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// Returns whether there is an encoder for the coding: not for `zstd`, and for [`Coding::Br`]
    /// only with the feature `br-encode`.
    #[must_use]
    pub fn encodes(self) -> bool {
        match self {
            Self::Gzip | Self::Deflate => true,
            Self::Br => cfg!(feature = "br-encode"),
            #[cfg(feature = "zstd")]
            Self::Zstd => false,
        }
    }

    /// Returns the coding of a name, in any letter case (RFC 9110 §8.4.1).
    fn from_token(token: &[u8]) -> Option<Self> {
        if token.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL
            .iter()
            .copied()
            .find(|coding| token.eq_ignore_ascii_case(coding.name().as_bytes()))
    }

    /// Returns the codings of a message, in the order in which they were applied: all
    /// `Content-Encoding` field lines together are one list (RFC 9110 §5.3). `identity` and empty
    /// elements add nothing, nor do elements that name anything but a coding, such as `none`,
    /// `UTF-8` or `text/html`, which browsers ignore.
    ///
    /// # Errors
    /// Returns [`CodingError`] if the body cannot be decoded (truth table, row 7).
    pub(crate) fn of_message(headers: &HeaderMap) -> Result<Vec<Self>, CodingError> {
        let mut codings = Vec::new();
        for token in elements(headers, &CONTENT_ENCODING) {
            if token.eq_ignore_ascii_case(b"identity") || misnomer::is_misnomer(token) {
                continue;
            }
            let coding = Self::from_token(token)
                .ok_or_else(|| CodingError::Unknown(String::from_utf8_lossy(token).into_owned()))?;
            if codings.len() == MAX_STACKED {
                return Err(CodingError::TooMany);
            }
            codings.push(coding);
        }
        Ok(codings)
    }

    /// Returns the `Content-Encoding` of a body with these codings, or `None` if there are none:
    /// the field is then absent.
    #[must_use]
    pub fn field_value(codings: &[Self]) -> Option<HeaderValue> {
        let names: Vec<_> = codings.iter().map(|coding| coding.name()).collect();
        if names.is_empty() {
            return None;
        }
        HeaderValue::from_str(&names.join(", ")).ok()
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns whether `Content-Encoding` has an element that names no coding. Then only the bytes can
/// tell whether the body is coded.
pub(crate) fn has_misnomer(headers: &HeaderMap) -> bool {
    elements(headers, &CONTENT_ENCODING).any(misnomer::is_misnomer)
}

/// Why a body cannot be decoded, as its head alone shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CodingError {
    /// A coding that is not one of [`Coding`], or an element that is no token at all.
    #[error("the content coding {0:?} cannot be decoded")]
    Unknown(String),
    /// More codings stacked on each other than are worth decoding.
    #[error("more than {MAX_STACKED} content codings on one body")]
    TooMany,
}

/// Returns the elements of a list field (RFC 9110 §5.6.1): those of all its lines together, without
/// the empty ones.
fn elements<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A panic is how a test fails.
mod tests {
    use super::*;

    type Lines = &'static [&'static [u8]];

    fn headers(name: &http::HeaderName, lines: &[&[u8]]) -> HeaderMap {
        let lines = lines
            .iter()
            .map(|line| (name.clone(), HeaderValue::from_bytes(line).unwrap()));
        lines.collect()
    }

    #[test]
    fn content_encoding_is_one_list_in_the_order_of_application() {
        use Coding::{Br, Deflate, Gzip};
        let table: &[(Lines, &[Coding])] = &[
            (&[], &[]),
            (&[b""], &[]),
            (&[b" , ,"], &[]),
            (&[b"identity"], &[]),
            (&[b"gzip"], &[Gzip]),
            (&[b"GZip"], &[Gzip]),
            (&[b"X-GZIP"], &[Gzip]),
            (&[b"deflate"], &[Deflate]),
            (&[b"\tbr "], &[Br]),
            #[cfg(feature = "zstd")]
            (&[b"zstd"], &[Coding::Zstd]),
            (&[b"gzip,br"], &[Gzip, Br]),
            (&[b"br , identity, gzip"], &[Br, Gzip]),
            (&[b"none"], &[]),
            (&[b"UTF-8"], &[]),
            (&[b"aws-chunked, gzip"], &[Gzip]),
            (&[b"text/html"], &[]),
            (&[b"br;q=1"], &[]),
            (
                &[b"gzip", b"br, gzip", b"deflate"],
                &[Gzip, Br, Gzip, Deflate],
            ),
        ];
        for &(lines, codings) in table {
            let found = Coding::of_message(&headers(&CONTENT_ENCODING, lines));
            assert_eq!(found.as_deref(), Ok(codings), "{lines:?}");
        }
    }

    #[test]
    fn a_coding_that_is_not_known_cannot_be_decoded() {
        for line in [
            &b"compress"[..],
            b"x-compress",
            b"dcb",
            b"dcz",
            b"aes128gcm",
            b"exi",
            b"pack200-gzip",
            b"sdch",
            b"x-bzip2",
            b"base64",
            b"utf-16",
            #[cfg(not(feature = "zstd"))]
            b"zstd",
            b"gzip br",
            b"\"gzip\"",
            b"gzip, compress",
            b"gz\xefp",
        ] {
            let found = Coding::of_message(&headers(&CONTENT_ENCODING, &[line]));
            assert!(matches!(found, Err(CodingError::Unknown(_))), "{line:?}");
        }
        let found = Coding::of_message(&headers(&CONTENT_ENCODING, &[b"gzip,gzip,gzip", b"br,br"]));
        assert_eq!(found, Err(CodingError::TooMany));
    }

    #[test]
    fn a_field_value_reads_back_as_the_same_codings() {
        assert_eq!(Coding::field_value(&[]), None);
        for codings in [&[Coding::Gzip][..], Coding::ALL] {
            let value = Coding::field_value(codings).unwrap();
            let found = Coding::of_message(&headers(&CONTENT_ENCODING, &[value.as_bytes()]));
            assert_eq!(found.as_deref(), Ok(codings));
        }
    }
}
