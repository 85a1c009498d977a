//! How often names of origins are in a body, and how they are written there.

/// What a name of an origin stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlKind {
    /// `https://origin` or `http://origin`.
    Absolute,
    /// `wss://origin` or `ws://origin`.
    WebSocket,
    /// `//origin`.
    WithoutScheme,
    /// `origin` alone, or with a path.
    Host,
}

/// How often URLs of one kind, in one escaping, are in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlCount {
    /// The kind.
    pub kind: UrlKind,
    /// A slash as these URLs write it: `/`, `\/`, `%2F`. Of hosts with escaped dots, such a dot.
    pub escaping: String,
    /// How many there are.
    pub count: usize,
}

impl UrlKind {
    /// Returns a name for people: an example of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Absolute => "https://host",
            Self::WebSocket => "wss://host",
            Self::WithoutScheme => "//host",
            Self::Host => "host",
        }
    }
}
