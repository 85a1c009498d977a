//! The origins of a configuration, as what answers the gate's fetches.

use std::sync::Arc;

use http::{Request, Response};
use streamgate::{FetchError, OriginConfig};
use streamgate_tower::{Origin, RequestBody, Terms};

use crate::client::{Client, OriginBody};

/// The clients of one thread, one for each way of fetching from origins. Clones share them.
#[derive(Clone)]
pub(crate) struct Origins(Arc<[Client]>);

impl Origins {
    /// Takes the clients.
    pub(crate) fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        Self(clients.into_iter().collect())
    }

    /// Returns the client that fetches from an origin.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if there is none, which means that the origin is not one of the
    /// gate's.
    pub(crate) fn client(&self, origin: &OriginConfig) -> Result<&Client, FetchError> {
        let known = |client: &&Client| client.origin.is_fetched_as(origin);
        let client = self.0.iter().find(known);
        client.ok_or_else(|| FetchError::Other("no client for it".to_owned()))
    }
}

impl Origin for Origins {
    type Body = OriginBody;

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<RequestBody>>,
        terms: Terms,
    ) -> Result<Response<OriginBody>, FetchError> {
        self.client(origin)?.send(request, terms).await
    }
}
