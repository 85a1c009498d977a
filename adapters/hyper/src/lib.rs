//! What the adapters over hyper share, those of the native gate and of the tower service: bodies
//! that keep limits and fail visibly, upgraded connections, what the cache stores, and what hyper
//! needs of heads.

#![forbid(unsafe_code)]

mod bounded;
mod errors;
mod fallible;
mod fetching;
mod memory;
mod patience;
mod source;
mod upgrade;
mod websocket;

use std::error::Error;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::MapErr;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, Uri, Version};
use http_body::Body;
use http_body_util::{BodyDataStream, BodyExt};
use streamgate::{BodyError, Clock};

pub use bounded::Bounded;
pub use errors::{causes, chain, found, of_upload};
pub use fallible::Fallible;
pub use fetching::Fetching;
pub use memory::{Memory, Shared};
pub use patience::{Lift, Lifted, Overdue, Patience, Timed};
pub use source::Source;
pub use upgrade::join;

/// Why a body cannot be read to its end: any error, as servers and clients of `http_body` have
/// them.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The clocks of the process.
pub const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The data of a body: its trailers end here.
pub type Data<B> = MapErr<BodyDataStream<B>, fn(Cause) -> BodyError>;

/// Returns the data of a body.
pub fn data<B: Body<Data = Bytes, Error = Cause>>(body: B) -> Data<B> {
    body.into_data_stream().map_err(BodyError::incomplete)
}

/// Takes the authority from the target of a request that has no `Host`. HTTP/1.1 requires `Host`
/// beside an absolute target too (RFC 9112 §3.2): core refuses the request, as the target names no
/// host either.
pub fn require_host(head: &mut Parts) {
    if head.version == Version::HTTP_11 && !head.headers.contains_key(HOST) {
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(Uri::default, Uri::from);
    }
}

/// Says that a request's body of unknown length comes in chunks. Without the field, hyper sends no
/// such body with `GET` or `HEAD`.
pub fn frame_upload(fields: &mut HeaderMap) {
    if !fields.contains_key(CONTENT_LENGTH) {
        let chunked = HeaderValue::from_static("chunked");
        fields.insert(TRANSFER_ENCODING, chunked);
    }
}

/// Lets the connection's own version frame a response.
pub fn framed<T>(mut response: Response<T>) -> Response<T> {
    *response.version_mut() = Version::HTTP_11;
    response
}
