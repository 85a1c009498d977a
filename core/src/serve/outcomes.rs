//! Carrying a decision out: one function for each outcome, and for each way to buffer.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{Fetched, Serving};
use crate::body::ByteStream;
use crate::edge::{Edge, FetchError};
use crate::gate;
use crate::head::{remove, response};
use crate::pipeline::{Collected, Pipeline, Transform, collect_up_to};
use crate::rewrite::{self, Rewrite};

impl Serving<'_> {
    /// Rows 1, 3, 5, 7, 8: the platform sends the origin's body itself.
    pub(super) async fn pass_through<E: Edge>(
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
    pub(super) async fn stream<E: Edge>(
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
    pub(super) async fn bodiless<E: Edge>(
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
    pub(super) async fn buffer_unmodified<E: Edge>(
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
    pub(super) async fn buffer_rewritten<E: Edge>(
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
        encode: Vec<Box<dyn Transform>>,
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
}

/// Announces a buffered body's length in bytes; one that the platform has yet to encode, it measures itself.
fn set_content_length(head: &mut HeaderMap, length: usize, platform_encodes: bool) {
    if platform_encodes && length > 0 {
        remove(head, |name| name == header::CONTENT_LENGTH);
    } else {
        head.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}
