//! What an action inserts, and how it gets into a page.

use std::borrow::Cow;

use lol_html::html_content::{ContentType, EndTag, StreamingHandler, StreamingHandlerSink};
use lol_html::send::Element;

use super::markup::Markup;
use super::sink::Sink;
use crate::fragment::Mark;

/// What an action inserts.
pub(super) enum Inserted {
    Markup(Markup),
    /// Nothing that is there yet: the page is told to wait here for a fragment.
    Seam(SeamOf),
}

/// The fragment of a seam.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeamOf {
    /// Its place in the configuration.
    pub(super) fragment: usize,
    /// Whether a script comes with it, which wants the nonce of the page.
    pub(super) nonce: bool,
}

impl Inserted {
    /// Returns whether it depends on the page's nonces.
    pub(super) fn needs_nonces(&self) -> bool {
        match self {
            Self::Markup(markup) => markup.has_places(),
            Self::Seam(seam) => seam.nonce,
        }
    }
}

/// What is inserted, with all that is known of the page by now.
pub(super) enum Ready<'m> {
    Markup(Cow<'m, str>),
    Seam(Sink, Mark),
}

impl Ready<'_> {
    pub(super) fn before(self, element: &mut Element<'_, '_>) {
        match self {
            Self::Markup(markup) => element.before(&markup, ContentType::Html),
            Self::Seam(sink, mark) => element.streaming_before(marking(sink, mark)),
        }
    }

    pub(super) fn prepend(self, element: &mut Element<'_, '_>) {
        match self {
            Self::Markup(markup) => element.prepend(&markup, ContentType::Html),
            Self::Seam(sink, mark) => element.streaming_prepend(marking(sink, mark)),
        }
    }

    pub(super) fn inner(self, element: &mut Element<'_, '_>) {
        match self {
            Self::Markup(markup) => element.set_inner_content(&markup, ContentType::Html),
            Self::Seam(sink, mark) => element.streaming_set_inner_content(marking(sink, mark)),
        }
    }

    /// Inserts it right after a start tag that is the whole element.
    pub(super) fn after_tag(self, element: &mut Element<'_, '_>) {
        let tag = element.start_tag();
        match self {
            Self::Markup(markup) => tag.after(&markup, ContentType::Html),
            Self::Seam(sink, mark) => tag.streaming_after(marking(sink, mark)),
        }
    }

    pub(super) fn before_end(self, end: &mut EndTag<'_>) {
        match self {
            Self::Markup(markup) => end.before(&markup, ContentType::Html),
            Self::Seam(sink, mark) => end.streaming_before(marking(sink, mark)),
        }
    }

    pub(super) fn after_end(self, end: &mut EndTag<'_>) {
        match self {
            Self::Markup(markup) => end.after(&markup, ContentType::Html),
            Self::Seam(sink, mark) => end.streaming_after(marking(sink, mark)),
        }
    }
}

/// Returns what writes nothing, and notes where it would have been written: lol_html calls it once
/// all that comes before has been written.
pub(super) fn marking(sink: Sink, mark: Mark) -> Box<dyn StreamingHandler + Send> {
    Box::new(move |_: &mut StreamingHandlerSink<'_>| {
        sink.mark(mark);
        Ok(())
    })
}
