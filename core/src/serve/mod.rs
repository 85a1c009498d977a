//! One exchange, put together: the only place where fetching, deciding and answering meet.

mod account;
mod cached;
mod caching;
mod fragments;
mod from_cache;
mod line;
mod observed;
mod outcomes;
mod report;
mod settling;
mod storing;
mod upload;

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};

use crate::asked::Asked;
use crate::back::Back;
use crate::cache::Store;
use crate::coding::AcceptEncoding;
use crate::config::TraceContext;
use crate::edge::{Edge, FetchError, Outbound};
use crate::fragment::Late;
use crate::gate::{
    self, Decision, Exchange, Gate, NotImplemented, Outcome, Representation, Ruling,
};
use crate::head::hop_by_hop::is_coded_for_transfer;
use crate::head::request::for_origin;
use crate::head::validators::{Fingerprints, Translation};
use crate::head::{cdn_loop, lengths, max_forwards, remove};
use crate::map::BaseUrl;
use crate::preload::Visit;
use crate::site::{self, BadRequest, View};
use crate::stages::platform_decodes;
use crate::trace;
use crate::websocket::{self, WebSocket};
use account::Account;
use caching::{FromCache, LookedUp, Renewal, Settled, Slot};
use storing::{Storage, Storing};

pub use observed::{Observed, Treatment};

/// Serves one exchange: fetches, decides, answers. The request's URI is absolute if the platform
/// knows scheme and host, its version is HTTP/1.1 if the platform does not tell it, and its
/// extensions hold the [`crate::ClientAddress`] if the platform tells it. A body of `None` means
/// that the request has none.
///
/// # Errors
/// Returns [`Edge::SendError`] if the client could not be answered at all. Faults of the request
/// and of the origin are answered with the status that they deserve.
pub async fn serve<E: Edge>(
    edge: E,
    gate: &Gate,
    request: Request<Option<E::RequestBody>>,
) -> Result<E::Sent, E::SendError> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, ());
    let (requested, fault) = match site::requested_host(&request) {
        Ok(requested) => (requested, None),
        Err(fault) => (None, Some(fault)),
    };
    let view = gate.site().view(requested.as_ref(), request.uri().path());
    let random = |bytes: &mut [u8]| edge.random(bytes);
    let mut asked = gate.asked(
        &request,
        requested.as_ref(),
        view,
        || edge.country(),
        random,
    );
    if let Some(asked) = &mut asked
        && let Some(trace) = trace::of(request.headers())
    {
        asked.traces(&trace.id);
    }
    let fingerprints = gate.fingerprints(view, asked.as_deref());
    let by_query = asked.is_some();
    let visit = gate
        .learned()
        .and_then(|learned| Visit::of(learned, &request, requested.as_ref(), by_query));
    let mut serving = Serving {
        gate,
        requested: requested.as_ref(),
        view,
        method: request.method().clone(),
        target: request.uri().clone(),
        accepted: AcceptEncoding::from_headers(request.headers()),
        uploads: body.is_some(),
        renews: request.extensions().get::<Renewal>().is_some(),
        asked,
        fingerprints,
        account: Account::open(&edge, gate, &request, view.rules().counts()),
        late: Mutex::default(),
        invalidates: Slot::default(),
        storing: Slot::default(),
        storage: Slot::default(),
        visit,
    };
    match (fault, &requested) {
        (Some(fault), _) => serving.bad_request(edge, &fault).await,
        (None, Some(host)) if !gate.site().is_served_as(host) => {
            serving.misdirected(edge, host).await
        }
        (None, _) => serving.run(edge, request, requested.as_ref(), body).await,
    }
}

/// The client's side of an exchange underway, which does not change. Of the request it keeps only
/// the parts that are needed once the head has become the head for the origin.
struct Serving<'a, E: Edge> {
    gate: &'a Gate,
    /// The host that the client asked for.
    requested: Option<&'a BaseUrl>,
    view: View<'a>,
    method: Method,
    target: Uri,
    accepted: AcceptEncoding,
    /// Whether the request has a body.
    uploads: bool,
    /// Whether the request is the cache's own.
    renews: bool,
    /// What is known of the request, if rules need it.
    asked: Option<Box<Asked>>,
    fingerprints: Fingerprints,
    account: Account,
    /// The fragments, until it is known what the page is.
    late: Mutex<Option<Late<E::Subrequests>>>,
    /// The cache, if what the response names is to be forgotten there.
    invalidates: Slot<Arc<dyn Store>>,
    /// A response that may be stored once its head for the client is there.
    storing: Slot<Storing>,
    /// What stores the body of the response.
    storage: Slot<Storage>,
    /// The request, if pages are learned from.
    visit: Option<Visit>,
}

/// The origin's side of an exchange, decided upon.
struct Fetched<B> {
    response: Response<()>,
    representation: Representation,
    body: B,
    /// Whether the platform decodes the body by itself as it is read.
    decoded: bool,
    decision: Decision,
}

/// What a request has come to, and so how it is answered.
enum Reached<B> {
    BadRequest(BadRequest),
    NotImplemented(NotImplemented),
    Moved(HeaderValue),
    Looped,
    Last,
    Stored(Box<FromCache>),
    /// Nothing is stored, and the client wants nothing else.
    NotStored,
    Unfetched(FetchError),
    Switched(Fetched<B>, Box<WebSocket>),
    Fetched(Fetched<B>, Translation),
}

impl<'a, E: Edge> Serving<'a, E> {
    async fn run(
        &mut self,
        edge: E,
        request: Request<()>,
        requested: Option<&BaseUrl>,
        body: Option<E::RequestBody>,
    ) -> Result<E::Sent, E::SendError> {
        let reached = self.reach(&edge, request, requested, body).await;
        match reached {
            Reached::BadRequest(fault) => self.bad_request(edge, &fault).await,
            Reached::NotImplemented(refused) => self.not_implemented(edge, &refused).await,
            Reached::Moved(root) => self.moved(edge, root).await,
            Reached::Looped => self.looped(edge).await,
            Reached::Last => self.last(edge).await,
            Reached::Stored(found) => self.answer_from_cache(edge, found).await,
            Reached::NotStored => self.only_if_cached(edge).await,
            Reached::Unfetched(error) => self.unfetched(edge, &error).await,
            Reached::Switched(fetched, websocket) => self.switch(edge, fetched, *websocket).await,
            Reached::Fetched(fetched, translation) => match fetched.decision.outcome {
                Outcome::PassThrough => self.pass_through(edge, fetched).await,
                Outcome::Stream => self.stream(edge, fetched).await,
                // Few exchanges are, and it would take room in each.
                Outcome::Buffered => Box::pin(self.buffer(edge, fetched)).await,
                Outcome::Bodiless => self.bodiless(edge, fetched, &translation).await,
            },
        }
    }

    /// Goes as far with a request as it gets without an answer.
    async fn reach(
        &mut self,
        edge: &E,
        mut request: Request<()>,
        requested: Option<&BaseUrl>,
        body: Option<E::RequestBody>,
    ) -> Reached<E::Body> {
        let offer = match gate::admit(&request, |protocol| edge.upgrades(protocol)) {
            Ok(offer) => offer,
            Err(refused) => return Reached::NotImplemented(refused),
        };
        if let Some(error) = self.too_large(request.headers()) {
            return Reached::Unfetched(error);
        }
        if let Some(root) = self.root().filter(|_| offer.is_none()) {
            return Reached::Moved(root);
        }
        if cdn_loop::has_passed(request.headers(), self.gate.fingerprint()) {
            return Reached::Looped;
        }
        let goes_on = max_forwards::count_down(&self.method, request.headers_mut());
        if !goes_on || self.is_about_the_server() {
            return Reached::Last;
        }
        let asking = match offer {
            None if self.method != Method::HEAD => self.asking(requested, &request),
            _ => None,
        };
        // By the client's own head: in the one for the origin, public URLs are the origin's.
        let back = body
            .as_ref()
            .and_then(|_| Back::of(&request, self.view))
            .filter(|back| offer.is_none() && (back.length.is_some() || edge.streams_uploads()));
        let websocket = offer
            .as_ref()
            .and_then(|_| WebSocket::of(&request, self.view, &self.gate.config().map))
            .filter(|_| self.reads_messages(edge));
        let client = self.kept_for_cache(&request, offer.as_ref());
        let outbound = for_origin(
            request,
            &self.accepted,
            self.view,
            self.fingerprints,
            offer.clone(),
        );
        let (mut outbound, mut translation) = match outbound {
            Ok(outbound) => outbound,
            Err(fault) => return Reached::BadRequest(fault),
        };
        let head = outbound.headers_mut();
        if websocket.is_some() {
            // Such as compression: the gate reads what RFC 6455 itself defines.
            remove(head, |name| *name == websocket::EXTENSIONS);
        }
        if self.gate.config().gate.trace_context == TraceContext::Span
            && let Some(trace) = trace::enter(head, |bytes| edge.random(bytes))
        {
            self.account.traces(trace);
            if let Some(asked) = &mut self.asked {
                asked.traces(&trace.id);
            }
        }
        if let Some(asking) = asking {
            self.begin_fragments(edge, asking);
        }
        let body = match upload::outbound(edge, head, body, back).await {
            Ok(body) => body,
            Err(error) => return Reached::Unfetched(error),
        };
        let looked_up = self
            .look_up(edge, client, &mut outbound, &mut translation)
            .await;
        let caching = match looked_up {
            LookedUp::Answer(found) => return Reached::Stored(found),
            LookedUp::Nothing => return Reached::NotStored,
            LookedUp::Ask(caching) => caching,
        };
        let fetched = self.fetch(edge, outbound, body).await;
        let fetched = match self.settle(caching, &translation, fetched) {
            Settled::Answer(found) => return Reached::Stored(found),
            Settled::Fetched(Ok(fetched)) => fetched,
            Settled::Fetched(Err(error)) => return Reached::Unfetched(error),
        };
        if fetched.response.status() == StatusCode::SWITCHING_PROTOCOLS
            && !gate::switches_as_offered(offer.as_ref(), fetched.response.headers())
        {
            let error = FetchError::Protocol("it switched to what it was not offered".into());
            return Reached::Unfetched(error);
        }
        if is_coded_for_transfer(fetched.response.headers()) {
            // The gate has asked for no such coding (RFC 9112 §6.1).
            let error = FetchError::Protocol("a transfer coding other than chunked".into());
            return Reached::Unfetched(error);
        }
        if let Some(websocket) = websocket
            && fetched.response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            return Reached::Switched(fetched, Box::new(websocket));
        }
        Reached::Fetched(fetched, translation)
    }

    /// Returns the failure of a request whose head announces a longer body than there may be.
    fn too_large(&self, head: &HeaderMap) -> Option<FetchError> {
        let most = self.gate.config().limits.request_body?;
        let length = lengths::said(head)?;
        let is_longer = usize::try_from(length).map_or(true, |length| length > most);
        is_longer.then(|| FetchError::RequestTooLarge(format!("{length} bytes, of {most} allowed")))
    }

    /// Returns whether the platform lets the gate read the messages of a WebSocket. If not, the log
    /// says so, as the configuration asks for it.
    fn reads_messages(&self, edge: &E) -> bool {
        if !edge.maps_messages() {
            let path = self.target.path();
            let reason = "the platform carries them itself";
            tracing::warn!(path, reason, "messages of a WebSocket pass unmodified");
        }
        edge.maps_messages()
    }

    /// Returns the URL of the route's root, at which relative URLs of the page lead below the
    /// route, if the request asks for the page by the route's bare path.
    fn root(&self) -> Option<HeaderValue> {
        let safe = matches!(self.method, Method::GET | Method::HEAD);
        let root = self.view.route.root_of(&self.target).filter(|_| safe)?;
        HeaderValue::try_from(root).ok()
    }

    /// Returns whether the request is an `OPTIONS *`, which asks about the server and not about
    /// anything that an origin has (RFC 9110 §9.3.7).
    fn is_about_the_server(&self) -> bool {
        self.method == Method::OPTIONS && self.target.path() == "*"
    }

    /// Fetches, and fetches once more without `Range` if the gate says so (row 9).
    async fn fetch(
        &self,
        edge: &E,
        outbound: Request<()>,
        body: Option<Outbound<E>>,
    ) -> Result<Fetched<E::Body>, FetchError> {
        let mut again = if body.is_none() {
            whole(&outbound)
        } else {
            None
        };
        let (parts, ()) = outbound.into_parts();
        let mut outbound = Request::from_parts(parts, body);
        let began = self.account.now();
        loop {
            let response = edge.fetch(self.view.route.origin(), outbound).await;
            let status = response.as_ref().ok().map(Response::status);
            self.account.fetched(began, status);
            let (mut parts, body) = response?.into_parts();
            lengths::unite(&mut parts.headers)
                .map_err(|_| FetchError::Protocol("it gives its body several lengths".into()))?;
            let response = Response::from_parts(parts, ());
            let representation = Representation::of(response.headers());
            match gate::decide(&self.exchange(&response, &representation), again.take()) {
                Ruling::Final(decision) => {
                    let decoded = platform_decodes(edge, response.headers());
                    let decision = if decoded { decision.unread() } else { decision };
                    return Ok(Fetched {
                        decoded,
                        response,
                        representation,
                        body,
                        decision,
                    });
                }
                Ruling::Refetch(request) => {
                    let path = self.target.path();
                    let decision = Ruling::Refetch(());
                    tracing::info!(path, %decision, "asking the origin again, without Range");
                    outbound = request.map(|()| None);
                }
            }
        }
    }

    fn exchange<'b>(
        &'b self,
        response: &'b Response<()>,
        representation: &'b Representation,
    ) -> Exchange<'b> {
        let public_host_known = self.view.public.is_some();
        self.gate.exchange(
            &self.method,
            self.target.path(),
            response,
            representation,
            public_host_known,
        )
    }
}

/// Returns the request for the whole of a representation that a request asks a part of. Returns
/// `None` if the request asks for no part, or must not be sent twice.
fn whole(outbound: &Request<()>) -> Option<Request<()>> {
    // Range is defined for GET alone (RFC 9110 §14.2), and only safe requests may be sent twice.
    let safe = matches!(*outbound.method(), Method::GET | Method::HEAD);
    if !safe || !outbound.headers().contains_key(header::RANGE) {
        return None;
    }
    let mut whole = outbound.clone();
    remove(whole.headers_mut(), |name| {
        name == header::RANGE || name == header::IF_RANGE
    });
    Some(whole)
}
