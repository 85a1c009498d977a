//! URL mapping of React's server component payloads, the *flight* format: its rows of text name
//! their own length in bytes, and a mapped URL is longer or shorter than it was.
//!
//! # The format
//!
//! React states it in code only: `ReactFlightServer` (`emitTextChunk`, `emitTypedArrayChunk`)
//! writes it, `ReactFlightClient` (`processBinaryChunk`) reads it, both in the package
//! `react-server-dom-webpack`. A stream is a sequence of rows:
//!
//! ```text
//! row     = id ":" ( counted / line )
//! counted = tag length "," content     ; of exactly that many bytes, nothing behind it
//! line    = content newline            ; JSON, perhaps behind one letter that says what for
//! id      = *hexdigit                  ; lower case, empty for hints
//! length  = 1*hexdigit                 ; of the content in UTF-8, in bytes
//! ```
//!
//! The tag of a counted row is `T` for text, as React writes strings from 1024 UTF-16 code units
//! on, or a letter for a kind of binary data. Next.js may put one byte before a whole stream, `#`
//! or `~`, which says whether it is complete.
//!
//! # Where it is
//!
//! - As a body of its own, of type `text/x-component`.
//! - In the pages of Next.js (`use-flight-response`): scripts push it piece by piece, as
//!   `self.__next_f.push([1,"…"])` with a JSON string, or as `self.__next_f.push([3,"…"])` with
//!   base64 where a piece is not valid UTF-8.
//! - In the pages that `rsc-html-stream` writes, for React Router, Waku and Parcel: likewise, as
//!   `(self.__FLIGHT_DATA||=[]).push("…")`, or with `Uint8Array.from(atob("…"),` where a piece is
//!   not valid UTF-8.
//!
//! The client puts the pieces together, so a row, a URL or a length can start in one and end in
//! another. What only looks like such a call, in prose, a comment or an attribute, is none: people
//! write to pages, and what they wrote must not get into a script.
//!
//! # What is done
//!
//! Lines are mapped as they stream. A row of text is held until it is whole, mapped, and gets its
//! new length; one that does not fit into the limit flows on as it is, and so does what is in
//! base64. Binary rows are never changed. Behind a row header that cannot be one there is nothing
//! to follow: all the rest of a body of its own is mapped as any text, while the scripts of a page
//! stay as they are, each from the name of the stream on, since a text row may come in any of them.
//! So they do behind a call with a string in other quotes than JSON's.
//!
//! Without the feature `flight`, all of this is left as it is (`untouched`).

#[cfg(feature = "flight")]
mod base64;
mod calls;
#[cfg(feature = "flight")]
mod component;
mod element;
mod feed;
#[cfg(feature = "flight")]
mod inline;
#[cfg(feature = "flight")]
mod mapping;
#[cfg(feature = "flight")]
mod opening;
#[cfg(feature = "flight")]
mod rows;
mod scripts;
#[cfg(feature = "flight")]
mod spelling;
#[cfg(not(feature = "flight"))]
mod untouched;

#[cfg(all(test, feature = "flight"))]
mod tests;

pub(crate) use feed::feed;

use encoding_rs::UTF_8;

use crate::map::{BaseUrl, PageMapper, UrlMap};
use crate::media_type::{Charset, MediaType};
use crate::pipeline::Transform;

#[cfg(feature = "flight")]
use {component::Component, inline::Inline};

#[cfg(not(feature = "flight"))]
use untouched::{Component, Inline};

/// Makes the stage that maps the URLs of a body of any type. In bodies that contain flight it keeps
/// the lengths of rows true. It holds at most `limit` bytes of a row of text.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
/// use streamgate::internals::{MediaType, Origin, UrlMap, flight_stage};
/// use streamgate::Scheme;
/// use streamgate::{BaseUrl, Pipeline};
///
/// let urls = UrlMap::new([Origin::new(Scheme::Https, "origin.example.com")?]);
/// let public = BaseUrl::new(Scheme::Https, "www.example.com")?;
/// let mut head = HeaderMap::new();
/// head.insert(CONTENT_TYPE, HeaderValue::from_static("text/x-component"));
/// let stage = flight_stage(&urls, &public, 1 << 20, MediaType::of(&head).as_ref());
/// let mapped = Pipeline::new(vec![stage]).run_to_vec(b"1:T1c,https://origin.example.com/a2:\"$1\"\n")?;
/// # if cfg!(feature = "flight") {
/// assert_eq!(mapped, b"1:T19,https://www.example.com/a2:\"$1\"\n");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn stage(
    urls: &UrlMap,
    public: &BaseUrl,
    limit: usize,
    media_type: Option<&MediaType>,
) -> Box<dyn Transform> {
    match media_type {
        Some(media_type) if media_type.essence() == "text/x-component" => {
            Box::new(Component::new(urls, public, limit))
        }
        Some(media_type) => page_mapper(urls, public, limit, media_type),
        None => Box::new(urls.to(public)),
    }
}

/// Returns the stage that maps the URLs of a page, or of any other body without rows of its own.
pub(crate) fn page_mapper(
    urls: &UrlMap,
    public: &BaseUrl,
    limit: usize,
    media_type: &MediaType,
) -> Box<dyn PageMapper> {
    // The lengths are those of UTF-8, and Next.js writes nothing else.
    if media_type.is_html() && is_utf_8(media_type.charset()) {
        Box::new(Inline::new(urls, public, limit))
    } else {
        Box::new(urls.to(public))
    }
}

fn is_utf_8(charset: Charset) -> bool {
    matches!(charset, Charset::Unstated)
        || matches!(charset, Charset::Known(known) if known == UTF_8)
}
