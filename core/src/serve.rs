//! One exchange, put together: the only place where fetching, deciding and answering meet.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use crate::answer;
use crate::body::ByteStream;
use crate::coding::AcceptEncoding;
use crate::compiled::Gate;
use crate::edge::{Edge, FetchError};
use crate::gate::{self, Decision, Exchange, Outcome};
use crate::head::fields::Mapping;
use crate::head::remove;
use crate::head::request::{self, BadRequest};
use crate::head::response;
use crate::head::validators::Translation;
use crate::map::Public;
use crate::pipeline::{Collected, Pipeline, collect_up_to};
use crate::rewrite::{self, Rewrite};

/// The field that says what the gate decided and why, where `explain` is set.
const STREAMGATE: HeaderName = HeaderName::from_static("streamgate");

/// Serves one exchange: fetches, decides, answers. The request's URI is absolute where the platform knows scheme and
/// host, and its extensions hold the [`request::ClientAddress`] where the platform tells it. A body of `None` means that
/// the request has none.
///
/// # Errors
/// [`Edge::SendError`], when the client could not be answered at all. Faults of the request and of the origin are
/// answered with the status that they deserve.
pub async fn serve<E: Edge>(
    edge: E,
    gate: &Gate,
    request: Request<Option<E::RequestBody>>,
) -> Result<E::Sent, E::SendError> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, ());
    let public = match request::requested_host(&request) {
        Ok(requested) => gate.public().cloned().or(requested),
        Err(fault) => {
            let serving = Serving::new(gate, request, None);
            return serving.bad_request(edge, &fault).await;
        }
    };
    Serving::new(gate, request, public).run(edge, body).await
}

/// One exchange underway: the client's side of it, which does not change.
struct Serving<'g> {
    gate: &'g Gate,
    request: Request<()>,
    public: Option<Public>,
    accepted: AcceptEncoding,
}

/// The origin's side of an exchange, decided upon.
struct Fetched<B> {
    response: Response<()>,
    body: B,
    decision: Decision,
    translation: Translation,
}

impl<'g> Serving<'g> {
    fn new(gate: &'g Gate, request: Request<()>, public: Option<Public>) -> Self {
        let accepted = AcceptEncoding::from_headers(request.headers());
        Self {
            gate,
            request,
            public,
            accepted,
        }
    }

    async fn run<E: Edge>(
        self,
        edge: E,
        body: Option<E::RequestBody>,
    ) -> Result<E::Sent, E::SendError> {
        let upgrade = self
            .request
            .headers()
            .get(header::UPGRADE)
            .is_some_and(|protocol| edge.upgrades(protocol));
        if let Some(decision) = gate::refuse(&self.request, upgrade) {
            let reason = format!("{decision}: this gate cannot carry what the request asks for");
            return self
                .fault(
                    edge,
                    StatusCode::NOT_IMPLEMENTED,
                    "http_request_denied",
                    &reason,
                )
                .await;
        }
        let upgrade = upgrade && gate::asks_for_upgrade(&self.request);
        let outbound = request::for_origin(
            &self.request,
            &self.gate.config().origin,
            self.public.as_ref(),
            self.gate.fingerprint(),
            upgrade,
        );
        let (outbound, translation) = match outbound {
            Ok(outbound) => outbound,
            Err(fault) => return self.bad_request(edge, &fault).await,
        };
        let (response, body, decision) = match self.fetch(&edge, outbound, body).await {
            Ok(fetched) => fetched,
            Err(error) => return self.unfetched(edge, &error).await,
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS && !upgrade {
            let error = FetchError::Protocol("it switched protocols without being asked".into());
            return self.unfetched(edge, &error).await;
        }
        let fetched = Fetched {
            response,
            body,
            decision,
            translation,
        };
        match decision.outcome {
            Outcome::PassThrough => self.pass_through(edge, fetched).await,
            Outcome::Stream => self.stream(edge, fetched).await,
            Outcome::Buffered if decision.reason == gate::Reason::Bodiless => {
                self.bodiless(edge, fetched).await
            }
            Outcome::Buffered if decision.reason.rewrites() => {
                self.buffer_rewritten(edge, fetched).await
            }
            Outcome::Buffered => self.buffer_unmodified(edge, fetched).await,
            Outcome::Refetch | Outcome::NotImplemented => {
                let error = FetchError::Other("the gate came to no outcome".into());
                self.unfetched(edge, &error).await
            }
        }
    }

    /// Fetches, and once more without `Range` where the gate says so (row 9).
    async fn fetch<E: Edge>(
        &self,
        edge: &E,
        mut outbound: Request<()>,
        body: Option<E::RequestBody>,
    ) -> Result<(Response<()>, E::Body, Decision), FetchError> {
        let mut can_refetch = body.is_none() && outbound.headers().contains_key(header::RANGE);
        let mut body = body;
        loop {
            let (parts, ()) = outbound.clone().into_parts();
            let response = edge.fetch(Request::from_parts(parts, body.take())).await?;
            let (parts, native) = response.into_parts();
            let response = Response::from_parts(parts, ());
            let decision = gate::decide(&self.exchange(&response, can_refetch));
            if decision.outcome != Outcome::Refetch {
                return Ok((response, native, decision));
            }
            tracing::info!(path = self.request.uri().path(), %decision, "asking the origin again, without Range");
            drop(native);
            remove(outbound.headers_mut(), |name| {
                name == header::RANGE || name == header::IF_RANGE
            });
            can_refetch = false;
        }
    }

    /// Rows 1, 3, 5, 7, 8: the platform sends the origin's body itself.
    async fn pass_through<E: Edge>(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response::unmodified(response.headers_mut(), self.mapping().as_ref());
        }
        self.explain(&mut response, decision);
        edge.send_unmodified(response.map(|()| body)).await
    }

    /// Row 12.
    async fn stream<E: Edge>(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        let Rewrite {
            mut rewrite,
            encode,
            ..
        } = self.rewrite_head(&edge, &mut response);
        rewrite.extend(encode);
        self.explain(&mut response, decision);
        let body = Pipeline::new(rewrite).over(edge.read(body));
        edge.stream_to_client(response, body).await
    }

    /// Row 2: only a head, the one that the `GET` would have had after the gate.
    async fn bodiless<E: Edge>(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        let Fetched {
            mut response,
            body,
            decision,
            translation,
        } = fetched;
        drop(body);
        let as_get = gate::decide_representation(&self.exchange(&response, false));
        let mapping = self.mapping();
        match response.status() {
            StatusCode::NOT_MODIFIED => {
                response::unmodified(response.headers_mut(), mapping.as_ref());
                if translation.confirm(response.headers_mut()) {
                    response::no_longer_the_origins(response.headers_mut());
                }
            }
            StatusCode::NO_CONTENT => {
                response::unmodified(response.headers_mut(), mapping.as_ref());
                remove(response.headers_mut(), |name| {
                    name == header::CONTENT_LENGTH
                });
            }
            StatusCode::RESET_CONTENT => {
                response::unmodified(response.headers_mut(), mapping.as_ref());
                response
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(0));
            }
            _ if as_get.reason.rewrites() => {
                self.rewrite_head(&edge, &mut response);
            }
            _ => response::unmodified(response.headers_mut(), mapping.as_ref()),
        }
        self.explain(&mut response, decision);
        edge.send_buffered(response.map(|()| Bytes::new())).await
    }

    /// Rows 4 and 6: the body whole and as it is, so that one that breaks off becomes a clean 502.
    async fn buffer_unmodified<E: Edge>(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        if self.announces_too_much(&fetched.response) {
            let decision = fetched.decision.over_limit();
            return self
                .pass_through(
                    edge,
                    Fetched {
                        decision,
                        ..fetched
                    },
                )
                .await;
        }
        let platform_encodes = rewrite::platform_codes(&edge, fetched.response.headers());
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        response::unmodified(response.headers_mut(), self.mapping().as_ref());
        match collect_up_to(edge.read(body), self.gate.config().gate.buffer_limit).await {
            Ok(Collected::Whole(body)) => {
                self.explain(&mut response, decision);
                set_content_length(response.headers_mut(), body.len(), platform_encodes);
                edge.send_buffered(response.map(|()| body)).await
            }
            Ok(Collected::Over(body)) => {
                self.explain(&mut response, decision.over_limit());
                remove(response.headers_mut(), |name| {
                    name == header::CONTENT_LENGTH
                });
                edge.stream_to_client(response, body).await
            }
            Err(error) => {
                self.unfetched(edge, &FetchError::Body(error.to_string()))
                    .await
            }
        }
    }

    /// Rows 10 and 11: the body whole, rewritten and, on row 11, post-processed; streamed when it is over the limit.
    async fn buffer_rewritten<E: Edge>(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        if self.announces_too_much(&fetched.response) {
            let decision = fetched.decision.over_limit();
            return self
                .stream(
                    edge,
                    Fetched {
                        decision,
                        ..fetched
                    },
                )
                .await;
        }
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        let Rewrite {
            rewrite,
            encode,
            platform_encodes,
            ..
        } = self.rewrite_head(&edge, &mut response);
        let rewritten = Pipeline::new(rewrite).over(edge.read(body));
        match collect_up_to(rewritten, self.gate.config().gate.buffer_limit).await {
            Ok(Collected::Whole(body)) => {
                let body = match decision.reason {
                    gate::Reason::PostProcessed => {
                        self.gate.post_process(&self.request, &mut response, body)
                    }
                    _ => body,
                };
                let body = if encode.is_empty() {
                    body
                } else {
                    match Pipeline::new(encode).run_to_vec(&body) {
                        Ok(encoded) => Bytes::from(encoded),
                        Err(error) => {
                            return self
                                .unfetched(edge, &FetchError::Other(error.to_string()))
                                .await;
                        }
                    }
                };
                self.explain(&mut response, decision);
                set_content_length(response.headers_mut(), body.len(), platform_encodes);
                edge.send_buffered(response.map(|()| body)).await
            }
            Ok(Collected::Over(rewritten)) => {
                self.explain(&mut response, decision.over_limit());
                self.stream_encoded(edge, response, rewritten, encode).await
            }
            Err(error) => {
                self.unfetched(edge, &FetchError::Body(error.to_string()))
                    .await
            }
        }
    }

    async fn stream_encoded<E: Edge, S: ByteStream + 'static>(
        &self,
        edge: E,
        response: Response<()>,
        rewritten: S,
        encode: Vec<Box<dyn crate::pipeline::Transform>>,
    ) -> Result<E::Sent, E::SendError> {
        if encode.is_empty() {
            edge.stream_to_client(response, rewritten).await
        } else {
            edge.stream_to_client(response, Pipeline::new(encode).over(rewritten))
                .await
        }
    }

    /// Turns the head into the one of the rewritten response, and composes what rewrites the body.
    fn rewrite_head<E: Edge>(&self, edge: &E, response: &mut Response<()>) -> Rewrite {
        let head = response.headers_mut();
        let rewrite = Rewrite::compose(edge, self.gate, head, self.public.as_ref(), &self.accepted);
        response::rewritten(head, self.mapping().as_ref(), self.gate.fingerprint());
        response::set_content_encoding(head, rewrite.content_encoding.clone());
        rewrite
    }

    /// Whether the body is longer than what may be buffered, by its own head.
    fn announces_too_much(&self, response: &Response<()>) -> bool {
        let length = response
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        length
            .and_then(|value| value.trim().parse::<u64>().ok())
            .is_some_and(|length| {
                usize::try_from(length)
                    .map_or(true, |length| length > self.gate.config().gate.buffer_limit)
            })
    }

    fn exchange<'a>(&'a self, response: &'a Response<()>, can_refetch: bool) -> Exchange<'a> {
        Exchange {
            request: &self.request,
            response,
            config: &self.gate.config().gate,
            public_host_known: self.public.is_some(),
            post_processed: self.gate.post_processes(),
            can_refetch,
        }
    }

    fn mapping(&self) -> Option<Mapping<'_>> {
        self.public.as_ref().map(|public| self.gate.mapping(public))
    }

    async fn bad_request<E: Edge>(
        &self,
        edge: E,
        fault: &BadRequest,
    ) -> Result<E::Sent, E::SendError> {
        self.fault(edge, StatusCode::BAD_REQUEST, "http_request_error", fault)
            .await
    }

    async fn unfetched<E: Edge>(
        &self,
        edge: E,
        error: &FetchError,
    ) -> Result<E::Sent, E::SendError> {
        self.fault(edge, error.status(), error.proxy_status(), error)
            .await
    }

    /// Answers for a fault of the request or of the origin.
    async fn fault<E: Edge>(
        &self,
        edge: E,
        status: StatusCode,
        error: &'static str,
        reason: &dyn fmt::Display,
    ) -> Result<E::Sent, E::SendError> {
        let mut response = answer::fault(status, error, &reason.to_string());
        tracing::warn!(
            method = %self.request.method(),
            path = self.request.uri().path(),
            status = status.as_u16(),
            error,
            %reason,
            "answered by the gate"
        );
        if self.request.method() == Method::HEAD {
            response = response.map(|_| Bytes::new());
        }
        edge.send_buffered(response).await
    }

    /// Says what was decided: in the log, and where it is configured in the response's head.
    fn explain(&self, response: &mut Response<()>, decision: Decision) {
        tracing::info!(
            method = %self.request.method(),
            path = self.request.uri().path(),
            status = response.status().as_u16(),
            outcome = decision.outcome.name(),
            row = decision.reason.row(),
            reason = decision.reason.name(),
            over_limit = decision.over_limit,
            "decided"
        );
        if self.gate.config().gate.explain
            && let Ok(value) = HeaderValue::try_from(decision.to_string())
        {
            response.headers_mut().insert(STREAMGATE, value);
        }
    }
}

/// Announces a buffered body's length in bytes; one that the platform has yet to encode, it measures itself.
fn set_content_length(head: &mut HeaderMap, length: usize, platform_encodes: bool) {
    if platform_encodes && length > 0 {
        remove(head, |name| name == header::CONTENT_LENGTH);
    } else {
        head.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}
