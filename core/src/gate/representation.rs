//! The representation that a response's head describes (RFC 9110 §3.2): parsed once, and carried
//! from the decision to the stages and to the head of the answer.

use http::{HeaderMap, header};

use crate::coding::{self, Coding, CodingError};
use crate::media_type::{Charset, MediaType};

/// The representation in an origin's response, as its head describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Representation {
    media_type: Option<MediaType>,
    codings: Result<Vec<Coding>, CodingError>,
    is_misnamed: bool,
    length: Option<u64>,
}

impl Representation {
    /// Reads `Content-Type`, `Content-Encoding` and `Content-Length`.
    #[must_use]
    pub(crate) fn of(head: &HeaderMap) -> Self {
        Self {
            media_type: MediaType::of(head),
            codings: Coding::of_message(head),
            is_misnamed: coding::has_misnomer(head),
            length: content_length(head),
        }
    }

    /// Returns the media type. Returns `None` if the head declares none.
    #[must_use]
    pub(crate) fn media_type(&self) -> Option<&MediaType> {
        self.media_type.as_ref()
    }

    /// Returns the charset that the media type states.
    #[must_use]
    pub(crate) fn charset(&self) -> Charset {
        self.media_type()
            .map_or(Charset::Unstated, MediaType::charset)
    }

    /// Returns the content codings, in the order in which they were applied.
    ///
    /// # Errors
    /// Returns [`CodingError`] if the body cannot be decoded (truth table, row 7).
    pub(crate) fn codings(&self) -> Result<&[Coding], &CodingError> {
        self.codings.as_deref()
    }

    /// Returns whether `Content-Encoding` names something that is no coding, so that only the bytes
    /// can tell whether the body is coded.
    pub(crate) fn is_misnamed(&self) -> bool {
        self.is_misnamed
    }

    /// Returns the length of the coded body in bytes (RFC 9110 §8.6). Returns `None` if the head
    /// announces no length, announces it in a form other than a plain number, or announces chunks,
    /// which override the length (RFC 9112 §6.3).
    #[must_use]
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }
}

fn content_length(head: &HeaderMap) -> Option<u64> {
    let mut values = head.get_all(header::CONTENT_LENGTH).into_iter();
    let value = values.next()?.to_str().ok()?.trim();
    let sole = values.next().is_none() && !head.contains_key(header::TRANSFER_ENCODING);
    let plain = sole && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_length_counts_where_it_is_plain_and_no_chunks_override_it() {
        for (lengths, chunked, expected) in [
            (&["7"][..], false, Some(7)),
            (&[" 7 "], false, Some(7)),
            (&[], false, None),
            (&["+7"], false, None),
            (&["7, 7"], false, None),
            (&["7", "7"], false, None),
            (&["7"], true, None),
        ] {
            let mut head = HeaderMap::new();
            for length in lengths {
                head.append(header::CONTENT_LENGTH, HeaderValue::from_static(length));
            }
            if chunked {
                let chunked = HeaderValue::from_static("chunked");
                head.insert(header::TRANSFER_ENCODING, chunked);
            }
            assert_eq!(Representation::of(&head).length(), expected, "{head:?}");
        }
    }
}
