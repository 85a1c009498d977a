//! The body of a request on its way to the origin: as it came, or mapped back.

use http::{HeaderMap, HeaderValue, header};

use crate::back::Back;
use crate::body::{BodyError, announced};
use crate::edge::{Edge, FetchError, Outbound};
use crate::pipeline::{Collected, collect_up_to};

/// Returns why a request cannot be sent whose body cannot be read: what the platform says, if it
/// says so.
fn broken(error: &BodyError) -> FetchError {
    FetchError::of(error).unwrap_or_else(|| FetchError::RequestBody(error.to_string()))
}

/// Returns the body that the origin gets. A body that is mapped back and whose length is announced
/// is read before the request is sent, and `head` gets its new length.
///
/// # Errors
/// Returns [`FetchError::RequestBody`] if such a body is not as long as announced.
pub(super) async fn outbound<E: Edge>(
    edge: &E,
    head: &mut HeaderMap,
    body: Option<E::RequestBody>,
    back: Option<Back>,
) -> Result<Option<Outbound<E>>, FetchError> {
    let (body, back) = match (body, back) {
        (None, _) => return Ok(None),
        (Some(body), None) => return Ok(Some(Outbound::Unmodified(body))),
        (Some(body), Some(back)) => (edge.receive(body), back),
    };
    let Some(length) = back.length else {
        tracing::debug!("the request's body is mapped back as it streams");
        return Ok(Some(Outbound::Streamed(back.pipeline.over(body))));
    };
    let limit = usize::try_from(length).unwrap_or(usize::MAX);
    let read = collect_up_to(announced(body, Some(length), false), limit).await;
    let Collected::Whole(read) = read.map_err(|error| broken(&error))? else {
        return Err(FetchError::RequestBody(
            "it is longer than announced".into(),
        ));
    };
    let mapped = back.pipeline.run_to_vec(&read);
    let mapped = mapped.map_err(|error| broken(&error.into()))?;
    tracing::debug!(
        read = read.len(),
        sent = mapped.len(),
        "the request's body is mapped back"
    );
    head.insert(header::CONTENT_LENGTH, HeaderValue::from(mapped.len()));
    Ok(Some(Outbound::Whole(mapped.into())))
}
