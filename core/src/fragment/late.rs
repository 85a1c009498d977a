//! The fragments of one exchange: begun, waited for, opened.

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use encoding_rs::Encoding;
use futures::future::{Either, LocalBoxFuture, select};
use futures::{StreamExt, future};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::asking::Asking;
use super::contained::Contained;
use super::reason::Reason;
use super::seams::{Mark, Seams};
use super::transcode::Transcode;
use crate::body::announced;
use crate::config::{FragmentConfig, Rewrite, Start};
use crate::counts::Counts;
use crate::edge::{Subbody, Subrequests, Subresponse};
use crate::gate::Representation;
use crate::html::encode_markup;
use crate::media_type::{Charset, MediaType};
use crate::pipeline::{Pipeline, Rewritten};
use crate::stages::{self, Part};

/// The fragments of one exchange.
pub(crate) struct Late {
    asking: Rc<Asking>,
    platform: Option<Rc<dyn Subrequests>>,
    counts: Counts,
    pub(crate) seams: Seams,
    /// The fragments that the configuration has for the path of the page, by their places in it.
    acting: Vec<usize>,
    /// What is under way, or waits for its turn, by the places of the fragments, and for includes
    /// by what they name.
    begun: HashMap<(usize, Option<String>), Begun>,
    /// How many fetches there were.
    asked: usize,
}

/// A fetch, and its deadline.
struct Begun {
    response: Subresponse,
    path: String,
    late: LocalBoxFuture<'static, ()>,
}

/// A fragment on its way into the page.
pub(crate) struct Due {
    /// The place of the fragment in the configuration.
    pub(crate) fragment: usize,
    pub(crate) opening: LocalBoxFuture<'static, Result<Opened, Reason>>,
}

impl Late {
    /// Prepares for the fragments of a page. Returns `None` if the configuration has none for it.
    pub(crate) fn of(
        asking: Asking,
        platform: Option<Rc<dyn Subrequests>>,
        counts: Counts,
    ) -> Option<Self> {
        let fragments = asking.gate.site().fragments();
        let acting: Vec<usize> = fragments.on_page(&asking.path).collect();
        (!acting.is_empty()).then(|| Self {
            asking: Rc::new(asking),
            platform,
            counts,
            seams: Seams::default(),
            acting,
            begun: HashMap::new(),
            asked: 0,
        })
    }

    /// Begins the fetches that need not wait for the head of the page.
    pub(crate) fn begin_eager(&mut self) {
        if self.asking.is_for_a_page {
            self.begin_all(|fragment| fragment.start == Start::Eager);
        }
    }

    /// Begins the fetches for a page whose head is there.
    pub(crate) fn begin_lazy(&mut self) {
        self.begin_all(|_| true);
    }

    fn begin_all(&mut self, is_wanted: impl Fn(&FragmentConfig) -> bool) {
        for fragment in self.acting.clone() {
            let config = self.config(fragment);
            if let Some(src) = config
                .filter(|config| !config.src.is_empty() && is_wanted(config))
                .map(|config| config.src.clone())
            {
                self.begin_if_room((fragment, None), &src);
            }
        }
    }

    /// Begins the fetches of includes that the page has shown by now.
    pub(crate) fn foresee(&mut self) {
        for Mark { fragment, src, .. } in self.seams.coming() {
            if let Some(src) = src
                && let Ok(path) = self.asking.resolve(&src)
            {
                self.begin_if_room((fragment, Some(src)), &path);
            }
        }
    }

    fn config(&self, fragment: usize) -> Option<&FragmentConfig> {
        self.asking.gate.config().fragments.get(fragment)
    }

    /// Begins a fetch unless it has begun, or there would be too many at a time: one more is
    /// always left for the seam that the page waits at.
    fn begin_if_room(&mut self, key: (usize, Option<String>), path: &str) {
        let at_once = self.platform.as_ref().map_or(0, |it| it.at_once());
        let is_free = self.begun.len() < at_once.saturating_sub(1);
        if is_free
            && !self.begun.contains_key(&key)
            && let Ok(begun) = self.begin(key.0, path)
        {
            self.begun.insert(key, begun);
        }
    }

    fn begin(&mut self, fragment: usize, path: &str) -> Result<Begun, Reason> {
        let platform = self.platform.clone().ok_or(Reason::Unsupported)?;
        if self.asked >= platform.in_all() {
            return Err(Reason::TooMany);
        }
        self.asked += 1;
        let config = self.config(fragment).ok_or(Reason::Source)?;
        let request = self.asking.request(config, path)?;
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let view = self.asking.view(&path);
        let origin = view.route.origin();
        Ok(Begun {
            response: platform.fetch(origin, request, config.deadline),
            late: platform.sleep(config.deadline),
            path,
        })
    }

    /// Takes the fragment that belongs at a seam, and begins its fetch if that has not begun.
    pub(crate) fn take(&mut self, mark: &Mark) -> Due {
        let fragment = mark.fragment;
        let opening = self.open(mark).unwrap_or_else(|reason| {
            Box::pin(future::ready(Err(reason))) as LocalBoxFuture<'static, _>
        });
        Due { fragment, opening }
    }

    fn open(
        &mut self,
        mark: &Mark,
    ) -> Result<LocalBoxFuture<'static, Result<Opened, Reason>>, Reason> {
        let config = self.config(mark.fragment).cloned().ok_or(Reason::Source)?;
        let begun = match self.begun.remove(&(mark.fragment, mark.src.clone())) {
            Some(begun) => begun,
            None => {
                let path = match &mark.src {
                    Some(src) => self.asking.resolve(src)?,
                    None => config.src.clone(),
                };
                self.begin(mark.fragment, &path)?
            }
        };
        let opening = Opening {
            asking: Rc::clone(&self.asking),
            platform: self.platform.clone().ok_or(Reason::Unsupported)?,
            counts: self.counts.clone(),
            charset: self.seams.charset(),
            config,
        };
        Ok(Box::pin(opening.open(begun)))
    }

    /// Returns the markup that stands in for a fragment.
    pub(crate) fn fallback(&self, fragment: usize) -> Bytes {
        let fallback = self.config(fragment).map(|it| it.fallback.as_str());
        encode_markup(fallback.unwrap_or_default(), self.seams.charset()).into()
    }

    /// Returns whether a fragment lets the page go on.
    pub(crate) fn is_out_of_order(&self, fragment: usize) -> bool {
        self.config(fragment).is_some_and(|it| it.out_of_order)
    }

    /// Notes what has become of a fragment.
    pub(crate) fn note(&self, fragment: usize, end: Result<(), &Reason>) {
        self.counts
            .fragment(fragment, end.map_or_else(Reason::name, |()| "filled"));
        if let Err(reason) = end {
            let path = self.asking.path.as_str();
            tracing::warn!(path, fragment, %reason, "a fragment gives its fallback");
        }
    }

    /// Notes that a fragment has ended before its end.
    pub(crate) fn note_cut(&self, fragment: usize, reason: &Reason) {
        self.counts.fragment(fragment, "cut");
        let path = self.asking.path.as_str();
        tracing::warn!(path, fragment, %reason, "a fragment is cut");
    }
}

/// What it takes to open a fragment.
struct Opening {
    asking: Rc<Asking>,
    platform: Rc<dyn Subrequests>,
    counts: Counts,
    charset: Option<&'static Encoding>,
    config: FragmentConfig,
}

impl Opening {
    /// Waits for the first bytes of a fragment that can be given out.
    async fn open(self, begun: Begun) -> Result<Opened, Reason> {
        let Begun {
            response,
            path,
            mut late,
        } = begun;
        let response = match select(response, &mut late).await {
            Either::Left((response, _)) => response.map_err(Reason::Fetch)?,
            Either::Right(_) => return Err(Reason::Late),
        };
        let (head, body) = response.into_parts();
        let is_empty = match head.status {
            StatusCode::NO_CONTENT => true,
            status if status.is_success() => false,
            status => return Err(Reason::Status(status.as_u16())),
        };
        let mut opened = Opened {
            body: self.body(&path, &head.headers, body, is_empty)?,
            late,
            contained: Contained::default(),
            first: Bytes::new(),
            left: self.config.max_size,
            is_over: false,
        };
        while opened.first.is_empty() && !opened.is_over {
            match opened.read().await {
                Ok(bytes) => opened.first = bytes,
                Err(reason) => return Err(reason),
            }
        }
        // What has begun gets the same time again to end.
        opened.late = self.platform.sleep(self.config.deadline);
        Ok(opened)
    }

    /// Returns the body as the page takes it: decoded, in the page's charset, and mapped.
    fn body(
        &self,
        path: &str,
        head: &HeaderMap,
        body: Subbody,
        is_empty: bool,
    ) -> Result<Rewritten<Subbody>, Reason> {
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
            // The page itself is for nobody else, so nothing depends on what the fragment does.
            let (work, _) = stages::work(
                &self.asking.gate,
                self.asking.view(&self.asking.path),
                &path.parse().map_err(|_| Reason::Source)?,
                &response,
                None,
                &Representation::of(response.headers()),
                &self.counts,
                part,
            );
            stages.extend(work);
        }
        let body = announced(body, length, false).boxed_local();
        Ok(Pipeline::new(stages).over(body))
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
pub(crate) struct Opened {
    body: Rewritten<Subbody>,
    late: LocalBoxFuture<'static, ()>,
    contained: Contained,
    first: Bytes,
    /// How many bytes it may yet have.
    left: usize,
    is_over: bool,
}

impl Opened {
    /// Returns the next bytes. Returns `None` behind the last.
    ///
    /// # Errors
    /// [`Reason`], if the fragment ends before its end. What is open is then closed by
    /// [`Self::close`].
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Reason> {
        let first = std::mem::take(&mut self.first);
        if !first.is_empty() {
            return Ok(Some(first));
        }
        if self.is_over {
            return Ok(None);
        }
        self.read().await.map(Some)
    }

    /// Returns the next bytes that can be given out, perhaps none.
    async fn read(&mut self) -> Result<Bytes, Reason> {
        let mut out = Vec::new();
        match select(self.body.next(), &mut self.late).await {
            Either::Right(_) => return Err(Reason::Late),
            Either::Left((None, _)) => self.is_over = true,
            Either::Left((Some(Err(error)), _)) => return Err(Reason::of_body(error)),
            Either::Left((Some(Ok(bytes)), _)) => {
                let left = self.left.checked_sub(bytes.len());
                self.left = left.ok_or(Reason::TooLong)?;
                self.contained.push(&bytes, &mut out);
            }
        }
        Ok(out.into())
    }

    /// Returns the end tags of what is open, and drops the body, which cancels its fetch.
    pub(crate) fn close(self) -> Bytes {
        let mut out = Vec::new();
        self.contained.close(&mut out);
        out.into()
    }
}
