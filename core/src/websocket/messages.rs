//! One direction of a WebSocket, message by message.

use std::borrow::Cow;

use super::lengths::counts_itself;
use crate::back::BackMap;
use crate::map::{BaseUrl, UrlMap};

/// Why a message, or all that follows, keeps its URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmapped {
    /// The text is over `map.websocket_limit`.
    TooLong,
    /// Its parts carry their length.
    Counted,
    /// It is no UTF-8, for which its receiver has to fail the connection (RFC 6455 §8.1).
    NoText,
    /// A frame is none of RFC 6455: nothing behind it can be read.
    Invalid,
}

impl Unmapped {
    fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "it is longer than map.websocket_limit",
            Self::Counted => "its parts carry their length",
            Self::NoText => "it is no UTF-8",
            Self::Invalid => "a frame is not valid, and nothing behind it is read",
        }
    }
}

/// What maps a text.
#[derive(Debug)]
pub(super) enum TextMap {
    /// The origins' URLs become public.
    Forth(UrlMap, BaseUrl),
    /// Public URLs become the origins'.
    Back(BackMap),
}

/// The messages of one direction. A platform that has messages calls [`Messages::map`] with each
/// text; one that has bytes makes [`crate::Frames`] of them.
#[derive(Debug)]
pub struct Messages {
    /// Who receives them, for the log.
    receiver: &'static str,
    /// `None` if this direction stays as it is.
    map: Option<TextMap>,
    limit: usize,
    /// What the log has been told last.
    told: Option<Unmapped>,
}

impl Messages {
    pub(super) fn new(receiver: &'static str, map: Option<TextMap>, limit: usize) -> Self {
        Self {
            receiver,
            map,
            limit,
            told: None,
        }
    }

    /// Returns whether messages of this direction are mapped at all.
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// Returns whether a text of so many bytes is short enough to be mapped. If not, the log says
    /// so.
    pub fn takes(&mut self, length: usize) -> bool {
        if length > self.limit {
            self.tell(Unmapped::TooLong);
        }
        length <= self.limit
    }

    /// Maps a text message, whole. Returns `None` if it is sent on as it came.
    pub fn map(&mut self, text: &str) -> Option<String> {
        if !self.is_mapped() || !self.takes(text.len()) {
            return None;
        }
        String::from_utf8(self.mapped(text.as_bytes())?).ok()
    }

    /// Returns the most bytes of a text that is mapped.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Maps a text within the limit. Returns `None` if it stays.
    pub(super) fn mapped(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let map = self.map.as_ref()?;
        let unmapped = if std::str::from_utf8(text).is_err() {
            Unmapped::NoText
        } else if counts_itself(text) {
            Unmapped::Counted
        } else {
            let mapped = match map {
                TextMap::Forth(urls, public) => urls.map_bytes(public, text),
                TextMap::Back(map) => map.map_bytes(text),
            };
            return match mapped {
                Cow::Owned(mapped) => Some(mapped),
                Cow::Borrowed(_) => None,
            };
        };
        self.tell(unmapped);
        None
    }

    /// Tells the log why a message stays, unless that was the reason for the last one, too.
    pub(super) fn tell(&mut self, unmapped: Unmapped) {
        if self.told.replace(unmapped) != Some(unmapped) {
            let (receiver, reason) = (self.receiver, unmapped.reason());
            tracing::info!(
                receiver,
                reason,
                "a message of a WebSocket passes unmodified"
            );
        }
    }
}
