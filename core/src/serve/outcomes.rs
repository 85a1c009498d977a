//! Carries decisions out: one function for each outcome.

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::line::End;
use super::storing::Recorded;
use super::{Fetched, Serving};
use crate::asked::{Asked, Depends};
use crate::body::announced;
use crate::csp::Policies;
use crate::edge::{Edge, FetchError};
use crate::fragment::Spliced;
use crate::gate::{self, Decision, Outcome, Representation};
use crate::head::validators::{self, Translation};
use crate::head::{fields, remove, response};
use crate::integrity;
use crate::media_type::MediaType;
use crate::pipeline::{Collected, Pipeline, Transform, collect_up_to};
use crate::preload::Visit;
use crate::stages::{self, Part, Stages, Subject};
use crate::websocket::{self, WebSocket};

impl<E: Edge> Serving<'_, E> {
    /// Lets the platform send the origin's body itself: rows 1, 3, 5, 7 and 8, a part whose whole
    /// cannot be had (row 9), and rows 4 and 6 over the limit, or where reading would decode.
    pub(super) async fn pass_through(
        &self,
        edge: E,
        fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        // Cancels their fetches.
        drop(self.take_fragments());
        let length = fetched.length_on_the_wire();
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        match response.status() {
            StatusCode::SWITCHING_PROTOCOLS => {
                response::switching(response.headers_mut(), self.view);
            }
            _ => response::unmodified(response.headers_mut(), self.view),
        }
        self.explain(&mut response, decision);
        if let Some(storage) = self.storage.take() {
            // What is stored must be read.
            self.storage.set(storage);
            let body = announced(self.account.reading(edge.read(body)), length, self.uploads);
            return self.send_stream(edge, response, Box::pin(body)).await;
        }
        self.send_unmodified(edge, response.map(|()| body)).await
    }

    /// Lets the platform join client and origin to a WebSocket whose messages are mapped: row 1. If
    /// the origin has selected an extension, which it was not offered, the frames may be anything,
    /// and pass through: it is for the client to fail the connection (RFC 6455 §4.1).
    pub(super) async fn switch(
        &self,
        edge: E,
        mut fetched: Fetched<E::Body>,
        websocket: WebSocket,
    ) -> Result<E::Sent, E::SendError> {
        if !websocket::is_plain(fetched.response.headers()) {
            let path = self.target.path();
            let reason = "the origin has selected an extension, or another protocol";
            tracing::warn!(path, reason, "messages of a WebSocket pass unmodified");
            return self.pass_through(edge, fetched).await;
        }
        response::switching(fetched.response.headers_mut(), self.view);
        self.explain(&mut fetched.response, fetched.decision);
        let response = fetched.response.map(|()| fetched.body);
        let sent = edge.send_websocket(response, websocket).await;
        self.account.sent(sent, Some(End::HandedOver))
    }

    /// Sends the body while it is rewritten: row 12, and rows 10 and 11 over the limit.
    pub(super) async fn stream(
        &self,
        edge: E,
        mut fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        let after = self.after_fragments(&fetched);
        let Stages {
            mut rewrite,
            encode,
            ..
        } = self.rewrite_head(&mut fetched);
        self.explain(&mut fetched.response, fetched.decision);
        let length = fetched.length_on_the_wire();
        let body = announced(
            self.account.reading(edge.read(fetched.body)),
            length,
            self.uploads,
        );
        if let Some(late) = self.take_fragments() {
            let page = Pipeline::new(rewrite).over(Box::pin(body));
            let page = Recorded::new(page, late.seams.clone(), self.storage.take());
            if self.renews {
                // Nobody gets it.
                return self.send_stream(edge, fetched.response, page).await;
            }
            let after = after.into_iter().chain(encode).collect();
            let body = Pipeline::new(after).over(Spliced::new(page, late));
            return self.send_stream(edge, fetched.response, body).await;
        }
        rewrite.extend(encode);
        let body = Pipeline::new(rewrite).over(body);
        self.send_stream(edge, fetched.response, body).await
    }

    /// Sends only a head, the one that the `GET` would have had after the gate: row 2.
    pub(super) async fn bodiless(
        &self,
        edge: E,
        mut fetched: Fetched<E::Body>,
        translation: &Translation,
    ) -> Result<E::Sent, E::SendError> {
        // Cancels their fetches.
        drop(self.take_fragments());
        let status = fetched.response.status();
        let policies = fields::policies(fetched.response.headers(), self.view);
        let has_representation = !matches!(
            status,
            StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT
        );
        let as_get = self.exchange(&fetched.response, &fetched.representation);
        if has_representation && gate::decide_representation(&as_get).reason.rewrites() {
            self.rewrite_head(&mut fetched);
        } else {
            response::unmodified(fetched.response.headers_mut(), self.view);
        }
        let head = fetched.response.headers_mut();
        match status {
            StatusCode::NOT_MODIFIED if translation.confirm(head) => {
                response::confirmed(head);
                if let Some(asked) = &self.asked
                    && validators::fingerprint(head) == self.fingerprints.personal
                {
                    self.may_depend(asked).tell(head);
                }
                // A browser takes the fields of a 304 for those of the page that it has. The
                // media type may be left out.
                if MediaType::of(head).is_none_or(|media_type| media_type.is_page()) {
                    self.forget_integrity(head, &policies);
                }
            }
            StatusCode::NO_CONTENT => remove(head, |name| name == header::CONTENT_LENGTH),
            StatusCode::RESET_CONTENT => {
                head.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
            }
            _ => {}
        }
        self.explain(&mut fetched.response, fetched.decision);
        drop(fetched.body);
        let response = fetched.response.map(|()| Bytes::new());
        self.send_buffered(edge, response).await
    }

    /// Reads the whole body before the head is sent, so that a body that breaks off becomes a clean
    /// 502: rows 4, 6, 10 and 11. A body over the limit gets the row's second choice, which loses
    /// nothing.
    pub(super) async fn buffer(
        &self,
        edge: E,
        mut fetched: Fetched<E::Body>,
    ) -> Result<E::Sent, E::SendError> {
        if self.announces_too_much(&fetched) {
            fetched.decision = fetched.decision.over_limit();
            return match fetched.decision.outcome {
                Outcome::PassThrough => self.pass_through(edge, fetched).await,
                _ => self.stream(edge, fetched).await,
            };
        }
        let after = self.after_fragments(&fetched);
        let Stages {
            rewrite,
            encode,
            content_encoding,
        } = if fetched.decision.reason.rewrites() {
            self.rewrite_head(&mut fetched)
        } else {
            response::unmodified(fetched.response.headers_mut(), self.view);
            Stages::default()
        };
        let length = fetched.length_on_the_wire();
        let Fetched {
            mut response,
            body,
            decision,
            ..
        } = fetched;
        let body = announced(self.account.reading(edge.read(body)), length, self.uploads);
        let body = Pipeline::new(rewrite).over(body);
        let body = match self.take_fragments() {
            Some(late) => {
                let body = Spliced::new(body, late);
                Pipeline::new(after).over(body).left_stream()
            }
            None => body.right_stream(),
        };
        match collect_up_to(body, self.gate.config().gate.buffer_limit).await {
            Ok(Collected::Whole(mut body)) => {
                if decision.reason == gate::Reason::PostProcessed {
                    body = self.gate.post_process(&self.target, &mut response, body);
                    response::set_content_encoding(response.headers_mut(), content_encoding);
                }
                self.send_encoded(edge, response, decision, body, encode)
                    .await
            }
            Ok(Collected::Over(body)) => {
                remove(response.headers_mut(), |name| {
                    name == header::CONTENT_LENGTH
                });
                self.explain(&mut response, decision.over_limit());
                let body = Pipeline::new(encode).over(body);
                self.send_stream(edge, response, body).await
            }
            Err(error) => {
                let known = FetchError::of(&error);
                let error = known.unwrap_or_else(|| FetchError::Body(error.to_string()));
                self.unfetched(edge, &error).await
            }
        }
    }

    /// Encodes a whole body and sends it with its length.
    async fn send_encoded(
        &self,
        edge: E,
        mut response: Response<()>,
        decision: Decision,
        mut body: Bytes,
        encode: Vec<Box<dyn Transform>>,
    ) -> Result<E::Sent, E::SendError> {
        if !encode.is_empty() {
            body = match Pipeline::new(encode).run_to_vec(&body) {
                Ok(encoded) => encoded.into(),
                Err(error) => {
                    return self
                        .unfetched(edge, &FetchError::Body(error.to_string()))
                        .await;
                }
            };
        }
        self.explain(&mut response, decision);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        let response = response.map(|()| body);
        self.send_buffered(edge, response).await
    }

    /// Turns the head into the head of the rewritten response, and composes the stages that rewrite
    /// the body.
    fn rewrite_head<B>(&self, fetched: &mut Fetched<B>) -> Stages {
        let Fetched {
            response,
            representation,
            ..
        } = fetched;
        let visit = self.visit(response, representation);
        let subject = Subject {
            view: self.view,
            target: &self.target,
            response,
            representation,
            asked: self.asked.as_deref(),
            visit,
        };
        let part = Part::Page(self.seams());
        let (work, mut depends) = stages::work(self.gate, &subject, part, &self.account.counts);
        let most = self.gate.config().limits.max_decoded;
        let rewrite = Stages::around(work, representation, fetched.decoded, &self.accepted, most);
        let policies = fields::policies(response.headers(), self.view);
        let visit = visit.filter(|_| !depends.is_any());
        let fragments = self.fragments_of(response, representation, &mut depends);
        let personal = self.fingerprints.personal.filter(|_| depends.is_any());
        let fingerprint = personal.unwrap_or(self.fingerprints.gate);
        response::rewritten(response, self.view, fingerprint);
        if representation.media_type().is_some_and(MediaType::is_page) {
            self.forget_integrity(response.headers_mut(), &policies);
        }
        response::set_content_encoding(response.headers_mut(), rewrite.content_encoding.clone());
        self.keep_common(response.headers(), !fragments.is_empty(), &depends);
        if !fragments.is_empty() {
            response::composed(response.headers_mut());
        }
        depends.tell(response.headers_mut());
        if let Some(visit) = visit {
            visit.announce(response.headers_mut());
        }
        rewrite
    }

    /// Returns what a page of which nothing is known depends on, at most.
    pub(super) fn may_depend(&self, asked: &Asked) -> Depends {
        let mut depends = Depends::default();
        self.view.rules().may_depend(asked, &mut depends);
        self.acting_fragments(None, &mut depends);
        depends
    }

    /// Returns the request, if its response is a page from which may be learned, or of which
    /// something may be known.
    pub(super) fn visit<T>(
        &self,
        response: &Response<T>,
        representation: &Representation,
    ) -> Option<&Visit> {
        let is_html = representation.media_type().is_some_and(MediaType::is_html);
        let is_page = response.status() == StatusCode::OK && is_html;
        self.visit.as_ref().filter(|_| is_page)
    }

    /// Edits the head of a page whose body loses integrity metadata, if pages do.
    pub(super) fn forget_integrity(&self, head: &mut HeaderMap, policies: &Policies) {
        if integrity::is_in_head(head)
            && let Some(resources) = stages::changed_resources(self.gate, self.view)
        {
            integrity::edit_head(head, &resources, policies);
        }
    }

    /// Returns whether the body is longer than may be buffered, according to its head.
    fn announces_too_much<B>(&self, fetched: &Fetched<B>) -> bool {
        let limit = self.gate.config().gate.buffer_limit;
        let length = fetched.representation.length();
        length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
    }
}

impl<B> Fetched<B> {
    /// Returns how many bytes [`Edge::read`] gives, where the head says so and the platform does
    /// not decode them.
    fn length_on_the_wire(&self) -> Option<u64> {
        self.representation.length().filter(|_| !self.decoded)
    }
}
