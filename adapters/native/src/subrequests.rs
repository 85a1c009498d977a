//! Fetches beside that of the page, for fragments.

use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};
use streamgate::{OriginConfig, Subrequests};
use streamgate_hyper::{Data, Fetching, data};
use tokio::task::spawn_local;
use tokio::time::{Instant, Sleep, sleep};

use crate::client::OriginBody;
use crate::edge::Deployment;

/// What fetches with the clients of a thread.
pub(crate) struct Beside {
    pub(crate) deployment: Rc<Deployment>,
    /// When the exchange must be over.
    pub(crate) deadline: Option<Instant>,
}

impl Subrequests for Beside {
    type Response = Fetching<Response<Self::Body>>;
    type Body = Data<OriginBody>;
    type Sleep = Sleep;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let deployment = Rc::clone(&self.deployment);
        let (origin, deadline) = (origin.clone(), self.deadline);
        Fetching::new(spawn_local(async move {
            let client = deployment.client(&origin)?;
            let request = request.map(|()| None);
            let response = client.send(request, false, deadline).await?;
            Ok(response.map(data))
        }))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        sleep(time)
    }
}
