//! What an exchange does for the fragments of its page.

use std::sync::{MutexGuard, PoisonError};

use http::{Method, Request, Response};

use super::{Fetched, Serving};
use crate::edge::Edge;
use crate::fragment::{Asking, Late};
use crate::gate::Representation;
use crate::html::PageSeams;
use crate::map::BaseUrl;
use crate::media_type::MediaType;
use crate::pipeline::Transform;
use crate::stages;

impl<E: Edge> Serving<'_, E> {
    /// Prepares for the fragments of the page, and begins those that need not wait for its head:
    /// they are fetched while the page is.
    pub(super) fn prepare_fragments(
        &self,
        edge: &E,
        requested: Option<&BaseUrl>,
        request: &Request<()>,
    ) {
        if self.gate.config().fragments.is_empty() {
            return;
        }
        let asking = Asking::of(self.gate, requested, request);
        let mut late = Late::of(asking, edge.subrequests(), self.account.counts.clone());
        if let Some(late) = &mut late
            && self.method == Method::GET
        {
            late.begin_eager();
        }
        *self.late() = late;
    }

    /// Takes the fragments, for the body of the page. Dropping them cancels their fetches.
    pub(super) fn take_fragments(&self) -> Option<Late<E::Subrequests>> {
        self.late().take()
    }

    fn late(&self) -> MutexGuard<'_, Option<Late<E::Subrequests>>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether fragments may stand in a representation that is rewritten: an error page is
    /// none that they are for.
    pub(super) fn may_have_fragments<T>(
        &self,
        response: &Response<T>,
        representation: &Representation,
    ) -> bool {
        let is_html = representation.media_type().is_some_and(MediaType::is_html);
        let mut acting = self.gate.site().fragments().on_page(self.target.path());
        response.status().is_success() && is_html && acting.next().is_some()
    }

    /// Returns how the seams of a page are found.
    pub(super) fn seams(&self) -> Option<PageSeams> {
        let seams = self.late().as_ref()?.seams.clone();
        let fragments = self.gate.site().fragments();
        Some(fragments.finding(self.target.path(), seams))
    }

    /// Begins the fetches of a page that was decided to be rewritten, and cancels those of anything
    /// else. Returns the stages for the page with its fragments.
    pub(super) fn after_fragments<B>(&self, fetched: &Fetched<B>) -> Vec<Box<dyn Transform>> {
        let is_page = fetched.decision.reason.rewrites()
            && self.view.public.is_some()
            && self.may_have_fragments(&fetched.response, &fetched.representation);
        let mut late = self.late();
        if !is_page {
            *late = None;
        }
        let Some(late) = late.as_mut() else {
            return Vec::new();
        };
        late.begin_lazy();
        let head = fetched.response.headers();
        stages::after_seams(self.gate, self.target.path(), head, &late.seams)
    }
}
