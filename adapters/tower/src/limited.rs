//! A peer's body within the limits of the configuration.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use streamgate::FetchError;
use streamgate_hyper::{Bounded, Lift, Overdue, Patience, Timed};

use crate::BoxError;

/// The body of a request.
pub(crate) type Upload = Bounded<Limited>;

/// A body that may not pause for too long.
pub(crate) type Limited = Timed<AnyBody>;

/// A peer's body, whatever server or client it comes from.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// Limits the pauses of a client's body until `answered`, and its length.
pub(crate) fn upload<B>(
    body: B,
    pause: Option<Duration>,
    answered: Lift,
    most: Option<usize>,
) -> Upload
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let patience = Patience::new(pause, None).lifted_by(answered);
    let late = |overdue: Overdue| FetchError::RequestTimeout(overdue.to_string()).into();
    Bounded::new(Timed::new(any(body), patience, late), most)
}

/// Limits the pauses of an origin's body.
pub(crate) fn download(body: AnyBody, pause: Option<Duration>) -> Limited {
    let late = |overdue: Overdue| FetchError::ReadTimeout(overdue.to_string()).into();
    Timed::new(body, Patience::new(pause, None), late)
}

/// Forgets what a body is made of.
pub(crate) fn any<B>(body: B) -> AnyBody
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}
