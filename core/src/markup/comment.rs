//! The states of a comment.

/// A comment state (HTML standard §13.2.5.43 to 13.2.5.52), but for those that end like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comment {
    Start,
    StartDash,
    Text,
    EndDash,
    End,
    EndBang,
}

impl Comment {
    /// Returns the state after `byte`, or `None` if that ends the comment.
    pub(crate) fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Start | Self::StartDash | Self::End | Self::EndBang, b'>') => return None,
            (Self::Start, b'-') => Self::StartDash,
            (Self::StartDash | Self::EndDash | Self::End, b'-') => Self::End,
            (Self::Text | Self::EndBang, b'-') => Self::EndDash,
            (Self::End, b'!') => Self::EndBang,
            _ => Self::Text,
        })
    }
}
