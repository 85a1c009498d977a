//! One response as it arrives: what came when.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, Response};
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest body that is kept, in bytes.
pub(super) const MOST: usize = 2 * 1024 * 1024;

/// The most parts of a body that are kept.
pub(super) const PARTS: usize = 10_000;

/// What is known of the head of a response.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) media_type: Option<String>,
    pub(super) location: Option<String>,
    /// What the gate says of its decision.
    pub(super) decision: Option<String>,
}

/// Something that has arrived.
#[derive(Debug, Clone)]
pub(super) enum What {
    Head(Head),
    Part(Bytes),
    /// The end, and what went wrong.
    End(Option<String>),
}

impl What {
    /// Returns the part of the body, if it is one.
    pub(super) fn part(self) -> Option<Bytes> {
        match self {
            Self::Part(part) => Some(part),
            Self::Head(_) | Self::End(_) => None,
        }
    }
}

/// What has arrived of a response so far.
#[derive(Debug)]
pub(super) struct Arrivals {
    began: Instant,
    list: RefCell<Vec<(Duration, What)>>,
    news: watch::Sender<()>,
}

impl Head {
    pub(super) fn of<B>(response: &Response<B>) -> Self {
        let fields = response.headers();
        Self {
            status: response.status().as_u16(),
            media_type: text(fields, &CONTENT_TYPE),
            location: text(fields, &LOCATION),
            decision: text(fields, &HeaderName::from_static("streamgate")),
        }
    }
}

fn text(fields: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(fields.get(name)?.to_str().ok()?.to_owned())
}

impl Arrivals {
    /// Begins to wait for a response.
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            list: RefCell::default(),
            news: watch::channel(()).0,
        }
    }

    /// Notes that something has arrived now.
    pub(super) fn note(&self, what: What) {
        self.list.borrow_mut().push((self.began.elapsed(), what));
        self.news.send_replace(());
    }

    /// Returns what has arrived or arrives as the `index`th, with the time since the beginning;
    /// `None` behind the end.
    pub(super) async fn get(&self, index: usize) -> Option<(Duration, What)> {
        let mut news = self.news.subscribe();
        loop {
            let (found, has_ended) = {
                let list = self.list.borrow();
                let has_ended = matches!(list.last(), Some((_, What::End(_))));
                (list.get(index).cloned(), has_ended)
            };
            if found.is_some() || has_ended {
                return found;
            }
            news.changed().await.ok()?;
        }
    }

    /// Returns the body, once all of it that is kept is there, and whether that is the whole.
    pub(super) async fn body(&self) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        let mut is_whole = false;
        let mut index = 0;
        while let Some((_, what)) = self.get(index).await {
            is_whole = matches!(what, What::End(None));
            body.extend(what.part().unwrap_or_default());
            index += 1;
        }
        (body, is_whole)
    }
}
