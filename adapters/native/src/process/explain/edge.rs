//! The platform of an exchange that is explained: it asks the origin, or gives a saved response,
//! and keeps what goes by.

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Empty, Stream, StreamExt, TryStreamExt};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyDataStream;
use streamgate::{
    BodyError, ByteStream, Decision, Edge, FetchError, Gate, NoSubrequests, OriginConfig, Outbound,
    Treatment,
};
use streamgate_tower::{Origin as _, Terms};

use super::saved::Saved;
use crate::client::OriginBody;
use crate::origins::Origins;
use crate::process::visit;

/// The longest body that is read whole, in bytes.
const MOST: usize = 16 * 1024 * 1024;

/// What answers the gate's requests.
pub(super) enum Origin {
    /// The origins themselves.
    Live {
        origins: Origins,
        /// Whether whole bodies are read.
        reads: bool,
    },
    /// A saved response.
    Saved(Saved),
}

/// A request to an origin, and what came of it.
pub(super) struct Fetched {
    pub(super) request: Request<()>,
    pub(super) response: Result<Response<()>, FetchError>,
    /// The body as it came, if it was read or saved.
    pub(super) body: Option<Bytes>,
}

/// An exchange as it went by.
pub(super) struct Explained {
    pub(super) fetched: Vec<Fetched>,
    /// The head for the client.
    pub(super) sent: Response<()>,
    /// What is decided if the body is not known, on which the answer depends.
    pub(super) unsent: Option<Decision>,
}

/// What has gone by so far.
#[derive(Clone, Default)]
pub(super) struct Watched(Rc<RefCell<Vec<Fetched>>>);

/// The platform.
pub(super) struct Watching {
    origin: Origin,
    watched: Watched,
}

/// The body of a response.
pub(super) enum Body {
    Live(OriginBody),
    Held(Bytes),
}

impl Origin {
    /// Makes clients of the origins of a gate.
    ///
    /// # Errors
    /// Returns a sentence if there can be no TLS.
    pub(super) fn live(gate: &Gate, reads: bool) -> Result<Self, String> {
        let origins = visit::origins(gate)?;
        Ok(Self::Live { origins, reads })
    }
}

impl Watched {
    /// Returns the exchange that has gone by.
    pub(super) fn explained(self, sent: Response<()>) -> Explained {
        Explained {
            fetched: self.0.take(),
            sent,
            unsent: None,
        }
    }
}

impl Explained {
    /// Makes an exchange that went by as a `HEAD` stand for one of this method and decision.
    pub(super) fn standing_for(mut self, method: &Method, decision: Decision) -> Self {
        for fetched in &mut self.fetched {
            fetched.request.method_mut().clone_from(method);
        }
        let head = self.sent.extensions().get::<Treatment>().copied();
        let told = self.sent.headers_mut().get_mut("streamgate");
        if let (Some(told), Some(Treatment::Decided(head))) = (told, head)
            && let Ok(text) = told.to_str()
            && let Ok(text) = text
                .replace(&head.to_string(), &decision.to_string())
                .parse()
        {
            *told = text;
        }
        self.unsent = Some(decision);
        self
    }
}

impl Watching {
    pub(super) fn new(origin: Origin, watched: Watched) -> Self {
        Self { origin, watched }
    }

    async fn ask(
        &self,
        origin: &OriginConfig,
        request: Request<()>,
    ) -> Result<Response<Body>, FetchError> {
        let (origins, reads) = match &self.origin {
            Origin::Saved(saved) => {
                let body = saved.body.clone().unwrap_or_default();
                return Ok(saved.head.clone().map(|()| Body::Held(body)));
            }
            Origin::Live { origins, reads } => (origins, *reads),
        };
        let request = request.map(|()| None);
        let response = origins.fetch(origin, request, Terms::default());
        let response = response.await?;
        if !reads {
            return Ok(response.map(Body::Live));
        }
        let (head, body) = response.into_parts();
        let mut body = BodyDataStream::new(body);
        let mut whole = BytesMut::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| FetchError::Body(error.to_string()))?;
            if whole.len().saturating_add(chunk.len()) > MOST {
                let why = format!("it is longer than {} MiB", MOST / 1024 / 1024);
                return Err(FetchError::Body(why));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Response::from_parts(head, Body::Held(whole.freeze())))
    }
}

/// Returns the head of a response.
fn head_of<B>(response: &Response<B>) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = response.status();
    *head.headers_mut() = response.headers().clone();
    head.extensions_mut().clone_from(response.extensions());
    head
}

impl Edge for Watching {
    /// No request has a body.
    type RequestBody = Infallible;
    type RequestStream = Empty<Result<Bytes, BodyError>>;
    type Body = Body;
    type Stream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>;
    type Sent = Response<()>;
    type SendError = Infallible;
    type Subrequests = NoSubrequests;

    fn upgrades(&self, _: &HeaderValue) -> bool {
        true
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Body>, FetchError> {
        let request = request.map(|_| ());
        let response = self.ask(origin, request.clone()).await;
        let body = match (&response, &self.origin) {
            (_, Origin::Saved(saved)) => saved.body.clone(),
            (Ok(response), Origin::Live { .. }) => match response.body() {
                Body::Held(body) => Some(body.clone()),
                Body::Live(_) => None,
            },
            (Err(_), Origin::Live { .. }) => None,
        };
        self.watched.0.borrow_mut().push(Fetched {
            request,
            response: response.as_ref().map(head_of).map_err(Clone::clone),
            body,
        });
        response
    }

    fn receive(&self, body: Infallible) -> Self::RequestStream {
        match body {}
    }

    fn read(&self, body: Body) -> Self::Stream {
        match body {
            Body::Live(body) => Box::pin(BodyDataStream::new(body).map_err(BodyError::incomplete)),
            Body::Held(body) => Box::pin(stream::iter([Ok(body)])),
        }
    }

    async fn send_unmodified(self, response: Response<Body>) -> Result<Response<()>, Infallible> {
        Ok(head_of(&response))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        _: S,
    ) -> Result<Response<()>, Infallible> {
        Ok(head)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Response<()>, Infallible> {
        Ok(head_of(&response))
    }
}
