//! What is made of bodies: their data, what is in memory, and any body.

use bytes::Bytes;
use futures::stream::{self, MapErr, TryStreamExt};
use http::Response;
use http::header::CONTENT_LENGTH;
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyDataStream, BodyExt, Full, StreamBody};
use streamgate::BodyError;

use crate::Cause;

/// The data of a body: its trailers end here.
pub type Data<B> = MapErr<BodyDataStream<B>, fn(Cause) -> BodyError>;

/// Returns the data of a body.
pub fn data<B: Body<Data = Bytes, Error = Cause>>(body: B) -> Data<B> {
    body.into_data_stream().map_err(BodyError::incomplete)
}

/// A peer's body, whatever server or client it comes from.
pub type AnyBody = UnsyncBoxBody<Bytes, Cause>;

/// Forgets what a body is made of.
pub fn any<B>(body: B) -> AnyBody
where
    B: Body<Data = Bytes, Error: Into<Cause>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Takes a response whose body is in memory.
pub fn whole(response: Response<Bytes>) -> Response<UnsyncBoxBody<Bytes, BodyError>> {
    let declared = response.headers().contains_key(CONTENT_LENGTH);
    response.map(|bytes| match bytes.is_empty() && declared {
        // hyper drops the `Content-Length` of a response to `HEAD` or of a 304, unless it does not
        // know that the body is empty.
        true => StreamBody::new(stream::empty()).boxed_unsync(),
        false => Full::new(bytes)
            .map_err(|never| match never {})
            .boxed_unsync(),
    })
}

/// Reads a body until it ends or breaks off, for the sake of what is done on the way.
pub async fn exhaust<B: Body + Unpin>(mut body: B) {
    while let Some(Ok(_)) = body.frame().await {}
}
