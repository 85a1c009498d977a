//! What becomes of the site's URLs in the messages of WebSockets.

/// `map.websocket` and `map.websocket_limit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct WebSocketConfig {
    /// `websocket`: whether text messages are mapped. Default no.
    pub(crate) is_on: bool,
    /// `websocket_limit` in bytes: the longest text that is mapped, default 1 MiB.
    pub(crate) limit: usize,
}

impl Default for WebSocketConfig {
    fn default() -> Self {
        Self {
            is_on: false,
            limit: 1024 * 1024,
        }
    }
}
