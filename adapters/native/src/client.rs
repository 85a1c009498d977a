//! The origin's side of an exchange: a place on a connection, and an answer in time or the reason
//! for its absence.

mod body;
mod pool;
mod upload;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HOST, TE, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri, Version};
use hyper::body::Incoming;
use rustls::ClientConfig;
use streamgate::FetchError;
use streamgate::{LimitsConfig, OriginConfig};
use streamgate_tower::{RequestBody, Terms, frame_upload};
use tokio::time::timeout_at;

use crate::connect::Dialler;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::places::{Place, Places};
use pool::{Connection, Failed, Pool};
use upload::Upload;

pub(crate) use body::OriginBody;

/// The longest head that is accepted, of a request or of a response, in bytes. hyper reads this
/// much at once, so it may accept a head of up to twice the length.
pub(crate) const HEAD_LIMIT: u32 = 64 * 1024;

/// How often a request is sent: once more after a connection that ended, and once after an origin
/// that refused.
const ATTEMPTS: u32 = 3;

/// The least time in which an origin may read nothing, however soon it is to answer: what it takes
/// is seen in steps, and it may take them slowly.
const SHORTEST_SEND_IDLE: Duration = Duration::from_secs(30);

/// A client of one origin.
pub(crate) struct Client {
    /// The origin that the client was made for; the client serves every origin that is [fetched
    /// alike](OriginConfig::is_fetched_as).
    pub(crate) origin: OriginConfig,
    limits: LimitsConfig,
    /// How long the origin may take nothing of a request's body.
    send_idle: Option<Duration>,
    requests: Arc<Places>,
    dialler: Arc<Dialler>,
    pool: Pool,
}

/// What all threads share of one origin.
#[derive(Clone)]
pub(crate) struct Common {
    /// The requests to it that are under way.
    pub(crate) requests: Arc<Places>,
    /// Which of its addresses have failed.
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Client {
    /// Makes a client without connections.
    pub(crate) fn new(
        origin: &OriginConfig,
        limits: &LimitsConfig,
        tls: &ClientConfig,
        common: Common,
    ) -> Self {
        let cleartext = origin.url.scheme() != Some(&Scheme::HTTPS);
        let Common {
            requests,
            health,
            metrics,
        } = common;
        let dialler = Arc::new(Dialler::new(origin, tls, health, metrics));
        // An origin that reads nothing is as silent as one that does not answer.
        let silence = origin.first_byte_timeout.max(SHORTEST_SEND_IDLE);
        let send_idle = limits.send_idle.map(|limit| limit.min(silence));
        Self {
            pool: Pool::new(dialler.clone(), cleartext, origin, send_idle),
            send_idle,
            limits: limits.clone(),
            requests,
            dialler,
            origin: origin.clone(),
        }
    }

    /// Sends a request and waits for the head of its final response.
    ///
    /// A request is sent again where it is known that the origin has not acted upon it (RFC 9113
    /// §8.7), or where it may be repeated and a kept connection turns out to have ended (RFC 9112
    /// §9.3.1), or a new one ended and there is another address to turn to; and, with a body, as
    /// long as all that was read of the body is held.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if no head arrives, or not before the deadline.
    pub(crate) async fn send(
        &self,
        request: Request<Option<RequestBody>>,
        terms: Terms,
    ) -> Result<Response<OriginBody>, FetchError> {
        let place = self.place()?;
        let (mut head, body) = request.into_parts();
        head.extensions.clear();
        let upload = Upload::new(body);
        let sent = pin!(self.send_repeatedly(head, &upload, terms, place));
        match terms.deadline {
            None => sent.await,
            Some(deadline) => timeout_at(deadline, sent)
                .await
                .unwrap_or_else(|_| Err(upload.overdue())),
        }
    }

    async fn send_repeatedly(
        &self,
        head: Parts,
        upload: &Upload,
        terms: Terms,
        place: Place,
    ) -> Result<Response<OriginBody>, FetchError> {
        if head.headers.contains_key(UPGRADE) {
            // `Upgrade` is a field of HTTP/1.1 (RFC 9110 §7.8), and the connection is not shared.
            let (stream, address) = self.dialler.dial(&self.dialler.way(None), false).await?;
            let connection = pool::http1_over(stream, address, self.limits.send_idle).await?;
            let mut connection = Connection::Http1(connection);
            let answer = self.attempt(&mut connection, head, upload).await;
            self.note(&answer, address, true);
            return match answer {
                Ok(response) => Ok(OriginBody::of(
                    response,
                    &self.limits,
                    terms.deadline,
                    place,
                )),
                Err(failed) => Err(failed.error),
            };
        }
        let mut attempts = 0;
        let mut failed_at = None;
        loop {
            attempts += 1;
            let way = self.dialler.way(failed_at);
            let (mut connection, dialled) = self.pool.connect(&way).await?;
            let address = connection.address();
            let mut outbound = head.clone();
            if terms.trailers && connection.version() == Version::HTTP_2 {
                // Servers of gRPC insist on it. Over HTTP/1.1, trailers come unasked.
                let te = HeaderValue::from_static("trailers");
                outbound.headers.insert(TE, te);
            }
            let answer = self.attempt(&mut connection, outbound, upload).await;
            self.note(&answer, address, dialled);
            let failed = match answer {
                Ok(response) => {
                    upload.release();
                    let response = OriginBody::of(response, &self.limits, terms.deadline, place);
                    return Ok(self.keep(connection, response));
                }
                Err(failed) => failed,
            };
            // A kept connection may have ended before the origin knew of the request; a new one has
            // not, but another address may do better.
            let elsewhere = !dialled || self.dialler.has_several();
            let ended = elsewhere && matches!(failed.error, FetchError::Closed(_));
            let repeatable = head.method.is_idempotent() || !upload.may_be_through();
            let again = failed.unprocessed || (ended && repeatable);
            if !again || !upload.is_whole() || attempts == ATTEMPTS {
                return Err(failed.error);
            }
            tracing::debug!(error = %failed.error, "sending the request again");
            self.pool.forget(&connection);
            failed_at = Some(address);
        }
    }

    /// Notes how an attempt at an address went. A kept connection that has ended says nothing about
    /// the address, and what is the client's fault does not either.
    fn note<T>(&self, answer: &Result<T, Failed>, address: SocketAddr, dialled: bool) {
        match answer.as_ref().map_err(|failed| &failed.error) {
            Ok(_) => self.dialler.answered(address),
            Err(error @ FetchError::Closed(_)) if dialled => self.dialler.failed(address, error),
            Err(error @ FetchError::Timeout(_)) => self.dialler.failed(address, error),
            Err(error @ (FetchError::Closed(_) | FetchError::Protocol(_))) => {
                self.dialler.count(error);
            }
            Err(_) => {}
        }
    }

    /// Takes a place among the requests to the origin.
    fn place(&self) -> Result<Place, FetchError> {
        let most = self.limits.origin_requests;
        self.requests.take(most).ok_or_else(|| {
            let most = most.unwrap_or_default();
            FetchError::Overloaded(format!("{most} requests are on their way to it already"))
        })
    }

    /// Sends a request once.
    async fn attempt(
        &self,
        connection: &mut Connection,
        mut head: Parts,
        upload: &Upload,
    ) -> Result<Response<Incoming>, Failed> {
        self.address(&mut head, connection.version())
            .map_err(|error| Failed {
                error,
                unprocessed: true,
            })?;
        if connection.version() == Version::HTTP_11 && !upload.is_absent() {
            frame_upload(&mut head.headers);
        }
        // hyper drops the body once it is sent: the time for the first byte begins then.
        let (body, sent) = upload.lend();
        let overdue = async {
            if let Some(sent) = sent {
                tokio::select! {
                    biased;
                    _ = sent => {}
                    limit = upload.stuck(self.send_idle) => {
                        return format!("it took nothing of the request's body within {limit:?}");
                    }
                }
            }
            let limit = self.origin.first_byte_timeout;
            tokio::time::sleep(limit).await;
            format!("no response head within {limit:?}")
        };
        let result = tokio::select! {
            biased;
            result = connection.send(Request::from_parts(head, body)) => result,
            why = overdue => Err(Failed {
                error: FetchError::Timeout(why),
                unprocessed: false,
            }),
        };
        result.map_err(|failed| match upload.broken() {
            Some(error) => Failed {
                error,
                unprocessed: false,
            },
            None => failed,
        })
    }

    /// Writes the target as the connection's HTTP version has it: in HTTP/2 the authority is in
    /// `:authority` alone (RFC 9113 §8.3.1), in HTTP/1.1 it is in `Host` (RFC 9112 §3.2).
    fn address(&self, head: &mut Parts, version: Version) -> Result<(), FetchError> {
        let invalid = |error: http::Error| FetchError::Unsupported(error.to_string());
        head.version = version;
        let mut target = std::mem::take(&mut head.uri).into_parts();
        let path = target.path_and_query.take();
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if version == Version::HTTP_2 {
            let host = head.headers.remove(HOST);
            let authority = host.as_ref().map_or(Ok(target.authority), |host| {
                Authority::try_from(host.as_bytes()).map(Some)
            });
            let authority = authority
                .map_err(|e| invalid(http::Error::from(e)))?
                .ok_or_else(|| FetchError::Unsupported("no authority".to_owned()))?;
            let uri = Uri::builder().scheme(Scheme::HTTPS).authority(authority);
            head.uri = uri.path_and_query(path).build().map_err(invalid)?;
            return Ok(());
        }
        head.uri = path.into();
        Ok(())
    }

    /// Frees the connection for the next exchange, once the response is through.
    fn keep(&self, connection: Connection, response: Response<OriginBody>) -> Response<OriginBody> {
        match connection {
            Connection::Http1(sender) => {
                let kept = self.pool.keep(sender, response.headers());
                response.map(|body| body.keeping(kept))
            }
            Connection::Http2(_, lease) => response.map(|body| body.holding(lease)),
        }
    }
}

#[cfg(test)]
mod tests;
