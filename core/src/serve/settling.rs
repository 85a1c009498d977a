//! What becomes of the origin's answer where there is a cache: it renews what is stored, is stored
//! itself, or gives way to what is better than it.

use std::time::Duration;

use http::{HeaderMap, Method, Response, StatusCode, header};

use super::cached::stored;
use super::caching::{Caching, Role, Settled};
use super::storing::{Storage, Storing};
use super::{Fetched, Serving};
use crate::asked::Depends;
use crate::cache::{
    self, CacheStatus, Handling, Kind, Lacks, Received, Record, StoredResponse, Varies,
};
use crate::config::CacheConfig;
use crate::edge::{Edge, FetchError};
use crate::gate::{Decision, Outcome, Reason};
use crate::head::validators::Translation;
use crate::head::{fields, lengths, response};
use crate::media_type::MediaType;

impl<E: Edge> Serving<'_, E> {
    /// Decides what becomes of the origin's answer, or of its failure.
    pub(super) fn settle<B>(
        &self,
        caching: Option<Box<Caching>>,
        translation: &Translation,
        fetched: Result<Fetched<B>, FetchError>,
    ) -> Settled<Fetched<B>> {
        let config = self.gate.config().cache.as_ref();
        let Some((mut caching, config)) = caching.zip(config) else {
            return Settled::Fetched(fetched);
        };
        let status = fetched
            .as_ref()
            .ok()
            .map(|fetched| fetched.response.status());
        match caching.role {
            Role::Passes => return Settled::Fetched(fetched),
            Role::Invalidates => {
                if status.is_some_and(|status| status.is_success() || status.is_redirection()) {
                    caching.store.remove(&caching.primary);
                    self.invalidates.set(caching.store.clone());
                }
                return Settled::Fetched(fetched);
            }
            Role::Looks => {}
        }
        let now = (caching.now)();
        if status.is_none_or(is_failure)
            && let Some(stale) = caching.stale.take_if(|stale| {
                stored(stale).is_some_and(|response| response.is_better_than_an_error(now))
            })
            && let Some(response) = stored(&stale).cloned()
        {
            caching.status = CacheStatus::of(Handling::Stale)
                .because("error")
                .forwarded(status);
            return Settled::Answer(caching.give(response, stale, now));
        }
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return Settled::Fetched(Err(error)),
        };
        if status == Some(StatusCode::NOT_MODIFIED)
            && self.method == Method::GET
            && let Some(stale) = caching.stale.take()
            && let Some(response) = stored(&stale)
        {
            let renewed = self.renew((&caching, config), response, &fetched, translation, now);
            caching.status = CacheStatus::of(Handling::Revalidated)
                .lasting(renewed.terms.fresh_for(now))
                .forwarded(status);
            return Settled::Answer(caching.give(renewed, stale, now));
        }
        self.store(caching, config, &fetched, now);
        Settled::Fetched(Ok(fetched))
    }

    /// Renews what is stored by a `304` (RFC 9111 §4.3.4).
    fn renew<B>(
        &self,
        (caching, config): (&Caching, &CacheConfig),
        response: &StoredResponse,
        fetched: &Fetched<B>,
        translation: &Translation,
        now: Duration,
    ) -> StoredResponse {
        let mut head = fetched.response.headers().clone();
        let age = head.get(header::AGE).cloned();
        let left_out = cache::fields_left_out(&head);
        let policies = fields::policies(&head, self.view);
        response::unmodified(&mut head, self.view);
        translation.confirm(&mut head);
        if response.decision.reason.rewrites() {
            response::confirmed(&mut head);
            if MediaType::of(response.head()).is_some_and(|media_type| media_type.is_page()) {
                self.forget_integrity(&mut head, &policies);
            }
        }
        if !response.is_meant_by(&head) {
            return response.clone();
        }
        let renewed = response.renewed(&head, response.terms, &left_out);
        let mut whole = renewed.head().clone();
        if let Some(age) = age {
            whole.insert(header::AGE, age);
        }
        let received = Received {
            method: &self.method,
            request: caching.client.headers(),
            status: renewed.status(),
            response: &whole,
            asked: caching.asked,
            received: now,
        };
        match received.terms(config) {
            Ok(terms) => {
                let renewed = renewed.on(terms);
                let record = Record(Kind::Response(renewed.clone()));
                caching.store.update(&caching.key(), record);
                renewed
            }
            Err(_) => {
                caching.store.remove(&caching.key());
                renewed
            }
        }
    }

    /// Sees to it that the response is stored as the client gets it, if it may be.
    fn store<B>(
        &self,
        mut caching: Box<Caching>,
        config: &CacheConfig,
        fetched: &Fetched<B>,
        now: Duration,
    ) {
        let head = fetched.response.headers();
        let received = Received {
            method: &self.method,
            request: caching.client.headers(),
            status: fetched.response.status(),
            response: head,
            asked: caching.asked,
            received: now,
        };
        let terms = received.terms(config).and_then(|terms| {
            let is_events = |media_type: MediaType| media_type.essence() == "text/event-stream";
            let passes = fetched.decision.outcome == Outcome::PassThrough;
            if MediaType::of(head).is_some_and(is_events) {
                Err("event-stream")
            } else if passes && fetched.decoded {
                // Read, it would be other bytes than the head describes.
                Err("platform-body")
            } else if passes && head.contains_key(header::TRAILER) {
                Err("trailers")
            } else {
                Ok(terms)
            }
        });
        match terms {
            Ok(terms) => {
                self.storing.set(Storing {
                    caching,
                    terms,
                    left_out: cache::fields_left_out(head),
                    was_for_one: cache::is_for_one(head),
                    common: None,
                });
            }
            Err(why) => {
                if !is_failure(fetched.response.status()) {
                    self.note_unstorable(&caching, why);
                }
                caching.lead = None;
                if caching.status.why().is_none() {
                    self.account.caches(caching.status.because(why));
                }
            }
        }
    }

    /// Notes that no request need wait for another one, if the reason lasts.
    fn note_unstorable(&self, caching: &Caching, why: &str) {
        let is_lasting = matches!(why, "no-store" | "private" | "set-cookie" | "no-freshness");
        if is_lasting
            && self.method == Method::GET
            && let Some(insertion) = caching
                .store
                .insert(&caching.key(), Record(Kind::Unstorable))
        {
            insertion.finish();
        }
    }

    /// Keeps the head of a response for the cache before it says what is only about one client:
    /// whether there are `fragments` in it, and on what it `depends`.
    pub(super) fn keep_common(&self, head: &HeaderMap, fragments: bool, depends: &Depends) {
        let lacks = Lacks {
            fragments,
            dependence: depends.is_any(),
        };
        // What is for this very request is told in the head, and not stored.
        if lacks != Lacks::default() && !depends.is_on_request() {
            self.storing
                .change(|storing| storing.common = Some((head.clone(), lacks)));
        }
    }

    /// Begins to store a response, of which this is the head for the client, if it may be stored.
    pub(super) fn begin_to_store(&self, response: &Response<()>, decision: Decision) {
        if let Some(store) = self.invalidates.take()
            && let Some(requested) = self.requested
        {
            let base = format!(
                "{}://{}",
                requested.scheme().as_str(),
                requested.authority()
            );
            for target in changed(response, &base) {
                let fingerprint = self.gate.fingerprint();
                store.remove(&cache::primary(fingerprint, requested, &target));
            }
        }
        let Some(mut storing) = self.storing.take() else {
            return;
        };
        let status = storing.caching.status.clone();
        let is_common = decision.reason != Reason::PostProcessed;
        let mut kept = Response::new(());
        *kept.status_mut() = response.status();
        let (response, lacks) = match storing.common.take().filter(|_| is_common) {
            Some((head, lacks)) => {
                *kept.headers_mut() = head;
                (&kept, lacks)
            }
            None => (response, Lacks::default()),
        };
        // What extensions make of a page for one client: what rules do is told apart by the key.
        let head = response.headers();
        let own = if head.contains_key(header::SET_COOKIE) {
            Some("set-cookie")
        } else if !storing.was_for_one && cache::is_for_one(head) {
            Some("private")
        } else {
            None
        };
        if let Some(why) = own {
            self.note_unstorable(&storing.caching, why);
            self.account.caches(status.because(why));
            return;
        }
        let status = match self.storage_of(storing, response, decision, lacks) {
            Ok(storage) => {
                self.storage.set(storage);
                status.stored()
            }
            Err(why) => status.because(why),
        };
        self.account.caches(status);
    }

    /// Returns what stores a response.
    ///
    /// # Errors
    /// Returns the reason if there is nothing that does.
    fn storage_of(
        &self,
        storing: Storing,
        response: &Response<()>,
        decision: Decision,
        lacks: Lacks,
    ) -> Result<Storage, &'static str> {
        let Storing {
            mut caching,
            terms,
            left_out,
            ..
        } = storing;
        let most = caching.object_size;
        let announced = lengths::said(response.headers());
        if announced.is_some_and(|length| usize::try_from(length).map_or(true, |it| it > most)) {
            return Err("too-large");
        }
        // Nanoseconds tell apart what was there before and after an invalidation.
        let epoch = u64::try_from((caching.now)().as_nanos()).unwrap_or_default();
        let varies = match (
            Varies::of(response.headers(), lacks.dependence, epoch)?,
            caching.varies.take(),
        ) {
            (Some(varies), Some(older)) => {
                let varies = varies.with(&older);
                Some((varies != older, varies))
            }
            (Some(varies), None) => Some((true, varies)),
            (None, Some(older)) => Some((false, older)),
            (None, None) => None,
        };
        let key = match &varies {
            None => caching.primary.clone(),
            Some((is_new, varies)) => {
                if *is_new {
                    let record = Record(Kind::Varies(varies.clone()));
                    let insertion = caching.store.insert(&caching.primary, record);
                    insertion.ok_or("no-place")?.finish();
                }
                caching.key_by(varies)
            }
        };
        let response = StoredResponse::new(response, terms, decision, &left_out, lacks);
        let record = Record(Kind::Response(response));
        let insertion = caching.store.insert(&key, record).ok_or("no-place")?;
        Ok(Storage {
            insertion,
            left: most,
            announced,
            _lead: caching.lead.take(),
        })
    }
}

/// Returns whether a status is an error that something stale is better than (RFC 5861 §4).
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// Tells what a response's head names as changed with it, of the same host: `Location` and
/// `Content-Location` (RFC 9111 §4.4).
fn changed(head: &Response<()>, base: &str) -> Vec<http::Uri> {
    let names = [header::LOCATION, header::CONTENT_LOCATION];
    let values = names
        .iter()
        .filter_map(|name| head.headers().get(name)?.to_str().ok());
    let uris = values.filter_map(|value| {
        let value = value.split('#').next().unwrap_or_default();
        let path = match value.strip_prefix(base) {
            Some("") => "/",
            Some(rest) if rest.starts_with(['/', '?']) => rest,
            None if value.starts_with('/') && !value.starts_with("//") => value,
            Some(_) | None => return None,
        };
        path.parse().ok()
    });
    uris.collect()
}
