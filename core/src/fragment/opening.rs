//! A fragment from its request to its last byte.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use encoding_rs::Encoding;
use futures::Stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::asking::Asking;
use super::contained::Contained;
use super::reason::Reason;
use super::transcode::Transcode;
use crate::body::{Announced, announced};
use crate::config::{FragmentConfig, Rewrite};
use crate::counts::Counts;
use crate::edge::Subrequests;
use crate::gate::Representation;
use crate::media_type::{Charset, MediaType};
use crate::pipeline::{Pipeline, Rewritten};
use crate::stages::{self, Part, Subject};

/// A fetch, and its deadline.
pub(super) struct Begun<P: Subrequests> {
    pub(super) response: Pin<Box<P::Response>>,
    pub(super) late: Pin<Box<P::Sleep>>,
    /// The path that is asked for.
    pub(super) path: String,
}

/// What it takes to open a fragment.
pub(super) struct Known<P> {
    pub(super) asking: Arc<Asking>,
    pub(super) platform: Arc<P>,
    pub(super) counts: Counts,
    /// The charset of the page.
    pub(super) charset: Option<&'static Encoding>,
    pub(super) config: FragmentConfig,
}

/// A fragment of which nothing can be given out yet.
pub(crate) struct Opening<P: Subrequests>(State<P>);

enum State<P: Subrequests> {
    /// Its head is not there.
    Waiting(Begun<P>, Known<P>),
    /// Its first bytes are not there.
    Reading(Opened<P>, Known<P>),
    /// It is known what it comes to.
    Done(Reason),
}

impl<P: Subrequests> Opening<P> {
    /// Opens a fragment.
    pub(super) fn of(begun: Begun<P>, known: Known<P>) -> Self {
        Self(State::Waiting(begun, known))
    }

    /// Makes a fragment that cannot be opened.
    pub(super) fn refused(reason: Reason) -> Self {
        Self(State::Done(reason))
    }

    /// Waits for the first bytes of the fragment that can be given out.
    ///
    /// # Errors
    /// [`Reason`], if the fragment is not for the page.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Opened<P>, Reason>> {
        loop {
            match &mut self.0 {
                State::Waiting(begun, _) => {
                    let arrived = match begun.response.as_mut().poll(cx) {
                        Poll::Ready(response) => response.map_err(Reason::Fetch),
                        Poll::Pending => {
                            ready!(begun.late.as_mut().poll(cx));
                            Err(Reason::Late)
                        }
                    };
                    let State::Waiting(begun, known) = self.take() else {
                        continue;
                    };
                    let Begun { late, path, .. } = begun;
                    match arrived.and_then(|response| known.opened(&path, response, late)) {
                        Ok(opened) => self.0 = State::Reading(opened, known),
                        Err(reason) => return Poll::Ready(Err(reason)),
                    }
                }
                State::Reading(opened, _) => {
                    while opened.first.is_empty() && !opened.is_over {
                        match ready!(opened.poll_read(cx)) {
                            Ok(bytes) => opened.first = bytes,
                            Err(reason) => return Poll::Ready(Err(reason)),
                        }
                    }
                    let State::Reading(mut opened, known) = self.take() else {
                        continue;
                    };
                    // What has begun gets the same time again to end.
                    opened.late = Box::pin(known.platform.sleep(known.config.deadline));
                    return Poll::Ready(Ok(opened));
                }
                State::Done(_) => {
                    let State::Done(reason) = self.take() else {
                        continue;
                    };
                    return Poll::Ready(Err(reason));
                }
            }
        }
    }

    fn take(&mut self) -> State<P> {
        std::mem::replace(&mut self.0, State::Done(Reason::Unsupported))
    }
}

impl<P: Subrequests> Known<P> {
    /// Reads the head of a fragment.
    fn opened(
        &self,
        path: &str,
        response: Response<P::Body>,
        late: Pin<Box<P::Sleep>>,
    ) -> Result<Opened<P>, Reason> {
        let (head, body) = response.into_parts();
        let is_empty = match head.status {
            StatusCode::NO_CONTENT => true,
            status if status.is_success() => false,
            status => return Err(Reason::Status(status.as_u16())),
        };
        Ok(Opened {
            body: Box::pin(self.body(path, &head.headers, body, is_empty)?),
            late,
            contained: Contained::default(),
            first: Bytes::new(),
            left: self.config.max_size,
            is_over: false,
        })
    }

    /// Returns the body as the page takes it: decoded, in the page's charset, and mapped.
    fn body(
        &self,
        path: &str,
        head: &HeaderMap,
        body: P::Body,
        is_empty: bool,
    ) -> Result<Rewritten<Announced<P::Body>>, Reason> {
        let representation = Representation::of(head);
        let is_html = representation.media_type().is_some_and(MediaType::is_html);
        if !is_html && !is_empty {
            return Err(Reason::NotHtml);
        }
        let most = self.config.max_size;
        let length = representation.length();
        let is_too_long = |length| usize::try_from(length).map_or(true, |length| length > most);
        if length.is_some_and(is_too_long) {
            return Err(Reason::TooLong);
        }
        let codings = representation.codings().map_err(|_| Reason::Unreadable)?;
        let mut stages: Vec<_> = stages::limited(codings, Some(most)).collect();
        match representation.charset() {
            Charset::Unknown => return Err(Reason::Unreadable),
            Charset::Known(charset) if self.charset != Some(charset) => {
                stages.push(Box::new(Transcode::new(charset, self.charset)));
            }
            Charset::Unstated | Charset::Known(_) => {}
        }
        if self.config.rewrite != Rewrite::Nothing {
            let mut response = Response::new(());
            *response.headers_mut() = self.head();
            let part = Part::Fragment {
                is_ruled: self.config.rewrite == Rewrite::Page,
            };
            let subject = Subject {
                view: self.asking.view(&self.asking.path),
                target: &path.parse().map_err(|_| Reason::Source)?,
                response: &response,
                representation: &Representation::of(response.headers()),
                asked: self.asking.asked.as_deref(),
                visit: None,
            };
            // The page itself is for nobody else, so nothing depends on what the fragment does.
            let (work, _) = stages::work(&self.asking.gate, &subject, part, &self.counts);
            stages.extend(work);
        }
        Ok(Pipeline::new(stages).over(announced(body, length, false)))
    }

    /// Returns what the head of the fragment would say in the charset of the page.
    fn head(&self) -> HeaderMap {
        let charset = self.charset.map_or("us-ascii", |charset| charset.name());
        let mut head = HeaderMap::new();
        let media_type = format!("text/html; charset={charset}");
        if let Ok(media_type) = HeaderValue::try_from(media_type) {
            head.insert(header::CONTENT_TYPE, media_type);
        }
        head
    }
}

/// A fragment that has begun.
pub(crate) struct Opened<P: Subrequests> {
    body: Pin<Box<Rewritten<Announced<P::Body>>>>,
    late: Pin<Box<P::Sleep>>,
    contained: Contained,
    first: Bytes,
    /// How many bytes it may yet have.
    left: usize,
    is_over: bool,
}

impl<P: Subrequests> Opened<P> {
    /// Returns the next bytes, perhaps none. Returns `None` behind the last.
    ///
    /// # Errors
    /// [`Reason`], if the fragment ends before its end. What is open is then closed by
    /// [`Self::close`].
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Reason>>> {
        let first = std::mem::take(&mut self.first);
        if !first.is_empty() {
            return Poll::Ready(Some(Ok(first)));
        }
        if self.is_over {
            return Poll::Ready(None);
        }
        self.poll_read(cx).map(Some)
    }

    /// Returns the next bytes that can be given out, perhaps none.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Reason>> {
        let mut out = Vec::new();
        match self.body.as_mut().poll_next(cx) {
            Poll::Pending => {
                ready!(self.late.as_mut().poll(cx));
                return Poll::Ready(Err(Reason::Late));
            }
            Poll::Ready(None) => self.is_over = true,
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(Reason::of_body(error))),
            Poll::Ready(Some(Ok(bytes))) => {
                let Some(left) = self.left.checked_sub(bytes.len()) else {
                    return Poll::Ready(Err(Reason::TooLong));
                };
                self.left = left;
                self.contained.push(&bytes, &mut out);
            }
        }
        Poll::Ready(Ok(out.into()))
    }

    /// Returns the end tags of what is open, and drops the body, which cancels its fetch.
    pub(crate) fn close(self) -> Bytes {
        let mut out = Vec::new();
        self.contained.close(&mut out);
        out.into()
    }
}
