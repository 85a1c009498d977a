//! The gate's reports: on each decision to the log, and to a client that the gate cannot serve.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::Serving;
use super::line::End;
use super::observed::Treatment;
use super::storing::Tee;
use crate::answer;
use crate::body::ByteStream;
use crate::edge::{Edge, FetchError};
use crate::gate::{Decision, NotImplemented, Outcome};
use crate::map::BaseUrl;
use crate::site::BadRequest;

/// The field that tells the gate's decision and its reason, if `explain` is set.
const STREAMGATE: HeaderName = HeaderName::from_static("streamgate");

impl<E: Edge> Serving<'_, E> {
    pub(super) async fn bad_request(
        &self,
        edge: E,
        fault: &BadRequest,
    ) -> Result<E::Sent, E::SendError> {
        self.fault(
            edge,
            StatusCode::BAD_REQUEST,
            "http_request_error",
            &fault.to_string(),
            fault,
        )
        .await
    }

    /// Answers a request that names a host for which the gate is not configured (RFC 9110
    /// §15.5.20).
    pub(super) async fn misdirected(
        &self,
        edge: E,
        host: &BaseUrl,
    ) -> Result<E::Sent, E::SendError> {
        let told = "This gate does not serve the host that the request names.";
        let status = StatusCode::MISDIRECTED_REQUEST;
        let reason = format!("{} is not among gate.public_hosts", host.authority());
        self.fault(edge, status, "http_request_denied", told, &reason)
            .await
    }

    pub(super) async fn not_implemented(
        &self,
        edge: E,
        refused: &NotImplemented,
    ) -> Result<E::Sent, E::SendError> {
        let told = "This gate cannot carry what the request asks for.";
        let status = StatusCode::NOT_IMPLEMENTED;
        self.fault(edge, status, "http_request_denied", told, refused)
            .await
    }

    pub(super) async fn unfetched(
        &self,
        edge: E,
        error: &FetchError,
    ) -> Result<E::Sent, E::SendError> {
        let (status, name) = (error.status(), error.proxy_status());
        if let FetchError::ClientGone(_) = error {
            // The platform wants an answer. Nobody gets it, so that the exchange has none.
            tracing::debug!(path = self.target.path(), %error, "not answered");
            let response = answer::fault(status, name, error.told());
            return edge.send_buffered(self.for_method(response)).await;
        }
        self.fault(edge, status, name, error.told(), error).await
    }

    /// Answers for a fault of the request or of the origin. The client is told less than the log.
    pub(super) async fn fault(
        &self,
        edge: E,
        status: StatusCode,
        error: &'static str,
        told: &str,
        reason: &(dyn fmt::Display + Sync),
    ) -> Result<E::Sent, E::SendError> {
        let mut response = answer::fault(status, error, told);
        self.account
            .answers(&mut response, Treatment::Answered(error));
        tracing::warn!(
            method = %self.method,
            path = self.target.path(),
            route = self.view.route.label(),
            status = status.as_u16(),
            error,
            %reason,
            "answered by the gate"
        );
        let response = self.for_method(response);
        self.send_buffered(edge, response).await
    }

    /// Returns a response of the gate's own as the request's method has it: to `HEAD`, without its
    /// body.
    fn for_method(&self, response: Response<Bytes>) -> Response<Bytes> {
        if self.method == Method::HEAD {
            return response.map(|_| Bytes::new());
        }
        response
    }

    /// Answers a request that a gate of the same configuration has sent on before.
    pub(super) async fn looped(&self, edge: E) -> Result<E::Sent, E::SendError> {
        let told = "The request has come back to the gate that sent it on.";
        let status = StatusCode::LOOP_DETECTED;
        self.fault(
            edge,
            status,
            "proxy_loop_detected",
            told,
            &"CDN-Loop names this gate",
        )
        .await
    }

    /// Answers a request that wants nothing but what is stored, where nothing is (RFC 9111
    /// §5.2.1.7).
    pub(super) async fn only_if_cached(&self, edge: E) -> Result<E::Sent, E::SendError> {
        let told = "Nothing is stored that answers the request.";
        let status = StatusCode::GATEWAY_TIMEOUT;
        let reason = "Cache-Control has only-if-cached";
        self.fault(edge, status, "http_request_denied", told, &reason)
            .await
    }

    /// Answers an `OPTIONS` or `TRACE` whose last recipient is the gate (RFC 9110 §7.6.2). It does
    /// not show what it got in a `TRACE`.
    pub(super) async fn last(&self, edge: E) -> Result<E::Sent, E::SendError> {
        if self.method == Method::TRACE {
            return self.not_implemented(edge, &NotImplemented::Trace).await;
        }
        self.own(edge, answer::nothing(), "options").await
    }

    /// Answers a request for the root of a route with the root's URL.
    pub(super) async fn moved(&self, edge: E, root: HeaderValue) -> Result<E::Sent, E::SendError> {
        self.own(edge, answer::moved(root), "route-root").await
    }

    /// Sends an answer of the gate's own. Nothing is fetched, so no row of the truth table applies.
    async fn own(
        &self,
        edge: E,
        mut response: Response<Bytes>,
        reason: &'static str,
    ) -> Result<E::Sent, E::SendError> {
        tracing::info!(
            method = %self.method,
            path = self.target.path(),
            route = self.view.route.label(),
            status = response.status().as_u16(),
            reason,
            "answered by the gate"
        );
        self.account
            .answers(&mut response, Treatment::Answered(reason));
        let outcome = Outcome::Buffered.name();
        self.say(
            response.headers_mut(),
            &format_args!("{outcome}; reason={reason}"),
        );
        let response = self.for_method(response);
        self.send_buffered(edge, response).await
    }

    /// Reports a decision: in the log, and, if so configured, in the response's head.
    pub(super) fn explain(&self, response: &mut Response<()>, decision: Decision) {
        self.begin_to_store(response, decision);
        tracing::info!(
            method = %self.method,
            path = self.target.path(),
            route = self.view.route.label(),
            status = response.status().as_u16(),
            outcome = decision.outcome.name(),
            row = decision.reason.row(),
            reason = decision.reason.name(),
            over_limit = decision.over_limit,
            cache = self.account.cache(),
            "decided"
        );
        self.account.answers(response, Treatment::Decided(decision));
        self.say(response.headers_mut(), &decision);
    }

    /// Sends a response whose body is complete.
    pub(super) async fn send_buffered(
        &self,
        edge: E,
        response: Response<Bytes>,
    ) -> Result<E::Sent, E::SendError> {
        if let Some(storage) = self.storage.take() {
            storage.store(response.body());
        }
        let length = response.body().len();
        if length > 0 {
            self.account.begins();
        }
        let sent = edge.send_buffered(response).await;
        if sent.is_ok() {
            self.account.counts.send(length);
        }
        self.account.sent(sent, Some(End::Whole))
    }

    /// Sends a response whose body the platform carries by itself.
    pub(super) async fn send_unmodified(
        &self,
        edge: E,
        response: Response<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        let sent = edge.send_unmodified(response).await;
        self.account.sent(sent, Some(End::HandedOver))
    }

    /// Sends a body as it comes.
    pub(super) async fn send_stream(
        &self,
        edge: E,
        response: Response<()>,
        body: impl ByteStream + Unpin + 'static,
    ) -> Result<E::Sent, E::SendError> {
        let body = self.account.counting(Tee::new(body, self.storage.take()));
        self.account
            .sent(edge.stream_to_client(response, body).await, None)
    }

    /// Tells in a response's head why the response is as it is, if so configured.
    fn say(&self, head: &mut HeaderMap, what: &dyn fmt::Display) {
        if !self.gate.config().gate.explain {
            return;
        }
        let route = self.view.route.label();
        let route = route.map_or_else(String::new, |label| format!("; route=\"{label}\""));
        if let Ok(value) = HeaderValue::try_from(format!("{what}{route}")) {
            head.insert(STREAMGATE, value);
        }
    }
}
