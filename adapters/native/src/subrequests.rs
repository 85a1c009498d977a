//! Fetches beside that of the page, for fragments.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::LocalBoxStream;
use futures::{StreamExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::BodyExt;
use streamgate::{BodyError, FetchError, OriginConfig, Subrequests};
use streamgate_hyper::Fetching;
use tokio::task::spawn_local;
use tokio::time::{Instant, Sleep, sleep};

use crate::client::Client;
use crate::edge::Deployment;

/// What fetches with the clients of a thread.
pub(crate) struct Beside {
    pub(crate) deployment: Rc<Deployment>,
    /// When the exchange must be over.
    pub(crate) deadline: Option<Instant>,
}

impl Subrequests for Beside {
    type Response = Fetching<Response<Self::Body>>;
    type Body = LocalBoxStream<'static, Result<Bytes, BodyError>>;
    type Sleep = Sleep;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let deployment = Rc::clone(&self.deployment);
        let (origin, deadline) = (origin.clone(), self.deadline);
        Fetching::new(spawn_local(async move {
            let known = |client: &&Client| client.origin.is_fetched_as(&origin);
            let client = deployment.clients.iter().find(known);
            let client = client.ok_or_else(|| FetchError::Other("no client for it".to_owned()))?;
            let request = request.map(|()| None);
            let response = client.send(request, false, deadline).await?;
            Ok(response.map(|body| {
                let body = body.into_data_stream().map_err(BodyError::incomplete);
                body.boxed_local()
            }))
        }))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        sleep(time)
    }
}
