//! What answers a gate's fetches, and the fetches beside that of a page.

use std::time::Duration;

use bytes::Bytes;
use http::header::TE;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use streamgate::{FetchError, OriginConfig, Subrequests};
use streamgate_bodies::{Cause, Data, data};
use tokio::time::{Instant, Sleep, sleep};

use crate::body::RequestBody;
use crate::fetching::Fetching;

/// What answers a gate's fetches, for all origins that its configuration names. Clones lead to the
/// same.
pub trait Origin: Clone + Send + Sync + 'static {
    /// The body of a response, which keeps the limits on pauses and on the time of an exchange.
    type Body: Body<Data = Bytes, Error = Cause> + Send + Unpin + 'static;

    /// Sends a request to an origin and waits for the head of its final response: interim ones
    /// (1xx) other than 101 are skipped, redirects not followed, and nothing is decoded.
    ///
    /// The URI of the request is absolute, with the authority of the origin's `url`, and its `Host`
    /// is set. The body is `None` if the request has none. If the head has a `Content-Length`, the
    /// body is as long; otherwise it has to be framed, as [`frame_upload`](crate::frame_upload)
    /// does. Dropping the future or the body of the response ends the exchange with the origin.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if no head arrives, or not in time.
    fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<RequestBody>>,
        terms: Terms,
    ) -> impl Future<Output = Result<Response<Self::Body>, FetchError>> + Send;
}

/// What an exchange asks of its fetches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// When the exchange must be over, its bodies included.
    pub deadline: Option<Instant>,
    /// Whether the client takes trailers (RFC 9110 §10.1.4), as the origin may want to hear in
    /// `TE`.
    pub trailers: bool,
}

impl Terms {
    /// Returns the terms of an exchange that begins now with a request of these fields, and that
    /// may take so long.
    pub(crate) fn of(fields: &HeaderMap, limit: Option<Duration>) -> Self {
        let codings = fields.get_all(TE).iter();
        let mut codings = codings.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
        Self {
            deadline: limit.map(|limit| Instant::now() + limit),
            trailers: codings.any(|it| it.trim_ascii().eq_ignore_ascii_case(b"trailers")),
        }
    }
}

/// What fetches fragments, in tasks of their own, since a page is polled only for itself.
pub(crate) struct Beside<O> {
    pub(crate) origin: O,
    pub(crate) terms: Terms,
}

impl<O: Origin> Subrequests for Beside<O> {
    type Response = Fetching<Response<Self::Body>>;
    type Body = Data<O::Body>;
    type Sleep = Sleep;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let (service, origin) = (self.origin.clone(), origin.clone());
        let terms = Terms {
            trailers: false,
            ..self.terms
        };
        Fetching::new(tokio::spawn(async move {
            let fetched = service.fetch(&origin, request.map(|()| None), terms);
            Ok(fetched.await?.map(data))
        }))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        sleep(time)
    }
}
