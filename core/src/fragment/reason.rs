//! Why a fragment is not what the page shows.

use std::fmt;

use crate::body::BodyError;
use crate::edge::FetchError;
use crate::pipeline::TransformError;

/// Why a fragment gives its fallback, or ends before its end.
#[derive(Debug)]
pub(crate) enum Reason {
    /// It has not begun, or not ended, in time.
    Late,
    /// Its origin gave no response.
    Fetch(FetchError),
    /// Its response has a status that says that it is not there.
    Status(u16),
    /// Its response is not HTML.
    NotHtml,
    /// It is longer than it may be.
    TooLong,
    /// Its body broke off.
    Broken(BodyError),
    /// Its coding or its charset cannot be read.
    Unreadable,
    /// What the page names is not a path at the public host, or must not be asked for.
    Source,
    /// The platform cannot fetch it.
    Unsupported,
    /// The page has as many fragments as the platform fetches for one.
    TooMany,
}

impl Reason {
    /// Returns the reason of a body that has failed.
    pub(crate) fn of_body(error: BodyError) -> Self {
        match error {
            BodyError::Transform(TransformError::TooLong { .. }) => Self::TooLong,
            error => Self::Broken(error),
        }
    }

    /// Returns the reason in a word of the log's.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Fetch(_) => "unreachable",
            Self::Status(_) => "status",
            Self::NotHtml => "not-html",
            Self::TooLong => "too-long",
            Self::Broken(_) => "broken",
            Self::Unreadable => "unreadable",
            Self::Source => "source",
            Self::Unsupported => "unsupported",
            Self::TooMany => "too-many",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Fetch(error) => write!(f, ": {error}"),
            Self::Status(status) => write!(f, ": {status}"),
            Self::Broken(error) => write!(f, ": {error}"),
            _ => Ok(()),
        }
    }
}
