//! WebSockets (RFC 6455): the text messages of a connection, mapped in both directions.
//!
//! Here the head of a handshake decides what is mapped. `messages` maps one text after the other,
//! for platforms that have messages; `frames` is the stage for platforms that have bytes; `frame`
//! reads and writes the head of a frame; `lengths` knows texts that count their own bytes.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod frame;
mod frames;
mod lengths;
mod messages;

use http::{HeaderMap, HeaderName, Request, header};

use crate::back::BackMap;
use crate::config::{MapConfig, Scope, fits};
use crate::site::View;

pub use frames::Frames;
pub use messages::Messages;

use messages::TextMap;

/// What an endpoint offers or selects beyond the protocol itself, such as compression (RFC 6455
/// §9.1).
pub(crate) const EXTENSIONS: HeaderName = HeaderName::from_static("sec-websocket-extensions");

/// The two directions of a WebSocket whose text messages are mapped.
#[derive(Debug)]
pub struct WebSocket {
    /// What the origin sends: its URLs become public.
    pub to_client: Messages,
    /// What the client sends: public URLs become the origin's.
    pub to_origin: Messages,
}

impl WebSocket {
    /// Decides by the client's head what is mapped if the request becomes a WebSocket. Returns
    /// `None` if nothing is.
    ///
    /// What the client sends is mapped under the conditions for [bodies](crate::back) whose type is
    /// text: a message has neither a type nor a signature of its own.
    pub(crate) fn of(request: &Request<()>, view: View<'_>, config: &MapConfig) -> Option<Self> {
        let path = request.uri().path();
        let is_left_alone = !config.websocket.is_on
            || config.scope != Scope::Everywhere
            || config.except.iter().any(|pattern| fits(pattern, path));
        let public = view.public.filter(|_| !is_left_alone)?;
        let limit = config.websocket.limit;
        let forth = TextMap::Forth(view.site.urls().clone(), public.clone());
        let back = BackMap::of(request, view).map(TextMap::Back);
        Some(Self {
            to_client: Messages::new("client", Some(forth), limit),
            to_origin: Messages::new("origin", back, limit),
        })
    }
}

/// Returns whether a `101` with these fields opens a WebSocket whose frames are those of RFC 6455.
/// None were to be extended, but an origin may select an extension all the same.
pub(crate) fn is_plain(head: &HeaderMap) -> bool {
    let mut protocols = head.get_all(header::UPGRADE).into_iter();
    let is_websocket = protocols
        .next()
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"));
    is_websocket && protocols.next().is_none() && !head.contains_key(EXTENSIONS)
}

#[cfg(test)]
mod tests;
