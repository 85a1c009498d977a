//! The clients of a gate's origins.

use streamgate::{FetchError, OriginConfig};

use crate::client::Client;

/// Returns the client that asks an origin.
///
/// # Errors
/// Returns a [`FetchError`] if there is none, which means that the origin is not one of the gate's.
pub(in super::super) fn client_of<'a>(
    clients: &'a [Client],
    origin: &OriginConfig,
) -> Result<&'a Client, FetchError> {
    let mut clients = clients.iter();
    let client = clients.find(|client| client.origin.is_fetched_as(origin));
    client.ok_or_else(|| FetchError::Other("no client for it".to_owned()))
}
