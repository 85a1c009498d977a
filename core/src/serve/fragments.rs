//! What an exchange does for the fragments of its page.

use std::sync::{MutexGuard, PoisonError};

use http::{Method, Request, Response, StatusCode};

use super::{Fetched, Serving};
use crate::asked::Depends;
use crate::edge::Edge;
use crate::fragment::{Asking, Late};
use crate::gate::Representation;
use crate::html::PageSeams;
use crate::map::BaseUrl;
use crate::media_type::MediaType;
use crate::pipeline::Transform;
use crate::stages;

impl<E: Edge> Serving<'_, E> {
    /// Notes what fragments may need of the client's request. Returns `None` if there are none for
    /// its page.
    pub(super) fn asking(
        &self,
        requested: Option<&BaseUrl>,
        request: &Request<()>,
    ) -> Option<Asking> {
        let acting = self.acting_fragments(None, &mut Depends::default());
        (!acting.is_empty()).then(|| Asking::of(self.gate, requested, request))
    }

    /// Begins the fragments that need not wait for the head of the page: they are fetched while the
    /// page is.
    pub(super) fn begin_fragments(&self, edge: &E, asking: Asking) {
        let asking = asking.knowing(self.asked.clone());
        let platform = edge.subrequests().filter(|_| !self.renews);
        let mut late = Late::new(asking, platform, self.account.counts.clone());
        let acting = self.acting_fragments(None, &mut Depends::default());
        let acting = acting.iter().filter(|(_, holds)| *holds == Some(true));
        let acting: Vec<usize> = acting.map(|(fragment, _)| *fragment).collect();
        if self.method == Method::GET {
            late.begin_eager(&acting);
        }
        *self.late() = Some(late);
    }

    /// Returns the fragments that may stand in the page, by their places in the configuration, and
    /// whether they do. Notes in `depends` what that depends on.
    pub(super) fn acting_fragments(
        &self,
        status: Option<StatusCode>,
        depends: &mut Depends,
    ) -> Vec<(usize, Option<bool>)> {
        let fragments = self.gate.site().fragments();
        fragments.on_page(self.target.path(), self.asked.as_deref(), status, depends)
    }

    /// Takes the fragments, for the body of the page. Dropping them cancels their fetches.
    pub(super) fn take_fragments(&self) -> Option<Late<E::Subrequests>> {
        self.late().take()
    }

    fn late(&self) -> MutexGuard<'_, Option<Late<E::Subrequests>>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the fragments that stand in a representation that is rewritten: none in an error
    /// page. Notes in `depends` what that depends on.
    pub(super) fn fragments_of<T>(
        &self,
        response: &Response<T>,
        representation: &Representation,
        depends: &mut Depends,
    ) -> Vec<usize> {
        let is_html = representation.media_type().is_some_and(MediaType::is_html);
        let status = response.status();
        if !status.is_success() || !is_html || self.view.public.is_none() {
            return Vec::new();
        }
        let acting = self.acting_fragments(Some(status), depends);
        acting.into_iter().map(|(fragment, _)| fragment).collect()
    }

    /// Returns how the seams of a page are found.
    pub(super) fn seams(&self) -> Option<PageSeams> {
        self.late().as_ref().map(Late::page_seams)
    }

    /// Begins the fetches of a page that was decided to be rewritten, and cancels those of anything
    /// else. Returns the stages for the page with its fragments.
    pub(super) fn after_fragments<B>(&self, fetched: &Fetched<B>) -> Vec<Box<dyn Transform>> {
        let (response, representation) = (&fetched.response, &fetched.representation);
        let acting = match fetched.decision.reason.rewrites() {
            true => self.fragments_of(response, representation, &mut Depends::default()),
            false => Vec::new(),
        };
        let mut late = self.late();
        if acting.is_empty() {
            *late = None;
        }
        let Some(late) = late.as_mut() else {
            return Vec::new();
        };
        late.begin_lazy(&acting);
        let head = fetched.response.headers();
        stages::after_seams(self.gate, self.target.path(), head, &late.seams)
    }
}
