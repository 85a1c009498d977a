//! The cache's part in an exchange: what is looked up before the origin is asked, and what becomes
//! of the origin's answer.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use super::caching::{Caching, FromCache, LookedUp, Role, Settled};
use super::storing::{Storage, Storing};
use super::{Fetched, Serving};
use crate::body::{BodyError, ByteStream};
use crate::cache::{
    self, CacheStatus, Claim, Handling, Kind, Part, Received, Record, Selecting, Stored,
    StoredBody, StoredResponse, Use, Varies,
};
use crate::config::CacheConfig;
use crate::edge::{Edge, FetchError};
use crate::gate::{Decision, Outcome};
use crate::head::validators::{self, Translation};
use crate::head::{fields, lengths, remove, response};
use crate::media_type::MediaType;

/// Marks a request of the cache's own, which renews what is stored.
#[derive(Debug, Clone, Copy)]
struct Renewal;

/// How often a request waits for another one that fetches the same: first it learns by what fields
/// the responses differ, then it waits for the one that it selects.
const MOST_WAITS: u8 = 2;

/// What is stored for a request.
enum Found {
    Nothing(Handling),
    Unstorable,
    Response(Stored),
}

impl<'a> Serving<'a> {
    /// Looks for a stored answer. `client` is the head of the client's request, and `outbound` the
    /// head for the origin, which gets the validators of what is stored.
    pub(super) async fn look_up<E: Edge>(
        &self,
        edge: &E,
        client: Option<Request<()>>,
        outbound: &mut Request<()>,
        translation: &mut Translation,
    ) -> LookedUp<'a> {
        let caching = client.and_then(|client| self.caching(edge, client, outbound));
        let Some(mut caching) = caching else {
            return LookedUp::Ask(None);
        };
        if caching.role == Role::Looks {
            if let Some(answer) = caching.answer(edge, self).await {
                return LookedUp::Answer(answer);
            }
            if self.heeds() && cache::is_only_if_cached(caching.client.headers()) {
                self.account.caches(caching.status);
                return LookedUp::Nothing;
            }
            caching.ask(outbound, translation, self.gate.fingerprint());
        }
        caching.asked = (caching.now)();
        self.account.caches(caching.status.clone());
        LookedUp::Ask(Some(Box::new(caching)))
    }

    /// Returns whether the client's own directives count.
    fn heeds(&self) -> bool {
        let cache = self.gate.config().cache.as_ref();
        cache.is_some_and(|cache| cache.client_directives)
    }

    /// Returns the cache for an exchange. Returns `None` if the platform has none, or nothing can
    /// be stored under the request's name.
    fn caching<E: Edge>(
        &self,
        edge: &E,
        mut client: Request<()>,
        outbound: &mut Request<()>,
    ) -> Option<Caching<'a>> {
        let config = self.gate.config().cache.as_ref()?;
        let (store, clock) = (edge.cache()?, edge.clock()?);
        // No rule of the gate depends on anything else of a request yet.
        let by_rules = [];
        let fingerprint = self.gate.fingerprint();
        let primary = cache::primary(fingerprint, self.requested?, &self.target, &by_rules);
        let (role, status) = match self.why_past(config, client.headers()) {
            None => (Role::Looks, CacheStatus::of(Handling::UriMiss)),
            Some("method") => (self.role_of_method(), CacheStatus::of(Handling::Method)),
            Some(why) => {
                let status = CacheStatus::of(Handling::Bypass).because(why);
                (Role::Passes, status)
            }
        };
        if role == Role::Looks {
            // No response depends on those that are left, so none may.
            for head in [client.headers_mut(), outbound.headers_mut()] {
                remove(head, |name| *name == header::COOKIE);
            }
        }
        Some(Caching {
            store,
            config,
            now: clock.since_epoch,
            outbound: outbound.headers().clone(),
            client,
            primary,
            varies: None,
            stale: None,
            lead: None,
            role,
            status,
            asked: Duration::ZERO,
        })
    }

    /// Returns why a request goes past the cache, if it does.
    fn why_past(&self, config: &CacheConfig, client: &HeaderMap) -> Option<&'static str> {
        if !matches!(self.method, Method::GET | Method::HEAD) {
            Some("method")
        } else if config.excepts(self.target.path()) {
            Some("except")
        } else if self.uploads {
            Some("request-body")
        } else if cache::has_personal_cookie(client, &config.ignore_cookies) {
            Some("cookie")
        } else if client.contains_key(header::IF_MATCH)
            || client.contains_key(header::IF_UNMODIFIED_SINCE)
        {
            Some("precondition")
        } else if cache::asks_for_parts(client) {
            Some("range")
        } else if config.client_directives && cache::forbids_storing(client) {
            Some("request-no-store")
        } else {
            None
        }
    }

    /// Returns what becomes of the cache with a method other than `GET` and `HEAD`: one that may
    /// change something, as every unknown one may (RFC 9110 §9.2.1).
    fn role_of_method(&self) -> Role {
        const SAFE: [&str; 6] = ["OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "QUERY"];
        match SAFE.contains(&self.method.as_str()) {
            true => Role::Passes,
            false => Role::Invalidates,
        }
    }

    /// Decides what becomes of the origin's answer, or of its failure.
    pub(super) fn settle<B>(
        &self,
        caching: Option<Box<Caching<'a>>>,
        translation: &Translation,
        fetched: Result<Fetched<B>, FetchError>,
    ) -> Settled<Fetched<B>> {
        let Some(mut caching) = caching else {
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
                    self.invalidates.set(Some(caching.store.clone()));
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
            let renewed = self.renew(&caching, response, fetched, translation, now);
            caching.status = CacheStatus::of(Handling::Revalidated)
                .lasting(renewed.terms.fresh_for(now))
                .forwarded(status);
            return Settled::Answer(caching.give(renewed, stale, now));
        }
        self.store(caching, &fetched, now);
        Settled::Fetched(Ok(fetched))
    }

    /// Renews what is stored by a `304` (RFC 9111 §4.3.4).
    fn renew<B>(
        &self,
        caching: &Caching<'_>,
        response: &StoredResponse,
        fetched: Fetched<B>,
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
        match received.terms(caching.config) {
            Ok(terms) => {
                let renewed = renewed.on(terms);
                let record = Record(Kind::Response(renewed.clone()));
                caching.store.update(&caching.key(self), record);
                renewed
            }
            Err(_) => {
                caching.store.remove(&caching.key(self));
                renewed
            }
        }
    }

    /// Sees to it that the response is stored as the client gets it, if it may be.
    fn store<B>(&self, mut caching: Box<Caching<'a>>, fetched: &Fetched<B>, now: Duration) {
        let head = fetched.response.headers();
        let received = Received {
            method: &self.method,
            request: caching.client.headers(),
            status: fetched.response.status(),
            response: head,
            asked: caching.asked,
            received: now,
        };
        let terms = received.terms(caching.config).and_then(|terms| {
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
                let left_out = cache::fields_left_out(head);
                self.storing
                    .set(Some(Storing::new(caching, terms, left_out)));
            }
            Err(why) => {
                let is_lasting = self.method == Method::GET
                    && matches!(why, "no-store" | "private" | "set-cookie" | "no-freshness");
                if is_lasting && !is_failure(fetched.response.status()) {
                    let record = Record(Kind::Unstorable);
                    if let Some(insertion) = caching.store.insert(&caching.key(self), record) {
                        insertion.finish();
                    }
                }
                caching.lead = None;
                if caching.status.why().is_none() {
                    self.account.caches(caching.status.because(why));
                }
            }
        }
    }

    /// Answers from the cache.
    pub(super) async fn answer_from_cache<E: Edge>(
        &self,
        edge: E,
        found: FromCache,
    ) -> Result<E::Sent, E::SendError> {
        let FromCache {
            response,
            length,
            body,
            client,
            now,
            status,
        } = found;
        self.account.caches(status);
        let (mut head, part) = response.answer(&client, length, now);
        self.explain(&mut head, response.decision);
        let is_head = self.method == Method::HEAD;
        match (part, body) {
            _ if is_head || length == 0 => {
                self.send_buffered(edge, head.map(|()| Bytes::new())).await
            }
            (Part::Nothing | Part::Unsatisfiable, _) => {
                self.send_buffered(edge, head.map(|()| Bytes::new())).await
            }
            (Part::Whole, StoredBody::Whole(bytes)) => {
                self.send_buffered(edge, head.map(|()| bytes)).await
            }
            (Part::Bytes { from, to }, StoredBody::Whole(bytes)) => {
                let bytes = cut(&bytes, from, to);
                self.send_buffered(edge, head.map(|()| bytes)).await
            }
            (Part::Whole, StoredBody::Chunks(chunks)) => self.send_stream(edge, head, chunks).await,
            (Part::Bytes { from, to }, StoredBody::Chunks(chunks)) => {
                self.send_stream(edge, head, Box::pin(part_of(chunks, from, to)))
                    .await
            }
        }
    }

    /// Keeps a request's own head, if the cache may need it.
    pub(super) fn kept_for_cache(
        &self,
        request: &Request<()>,
        offer: Option<&HeaderValue>,
    ) -> Option<Request<()>> {
        let is_cached = self.gate.config().cache.is_some() && offer.is_none();
        is_cached.then(|| request.clone())
    }
}

impl Caching<'_> {
    /// Returns the answer that is stored, if one may be used. Otherwise it is known afterwards what
    /// is stored, and whether this exchange fetches for others.
    async fn answer<E: Edge>(&mut self, edge: &E, serving: &Serving<'_>) -> Option<FromCache> {
        let is_renewal = self.client.extensions().get::<Renewal>().is_some();
        let mut waits = 0;
        loop {
            let found = self.find(serving).await;
            let is_unstorable = matches!(found, Found::Unstorable);
            match found {
                Found::Nothing(handling) => self.status = CacheStatus::of(handling),
                Found::Unstorable => self.status = CacheStatus::of(Handling::UriMiss),
                Found::Response(found) => {
                    match self.judge(edge, serving, found, is_renewal, waits) {
                        Ok(answer) => return Some(answer),
                        Err(true) => {}
                        Err(false) => return None,
                    }
                }
            }
            let request = self.client.headers();
            let is_partial = request.contains_key(header::RANGE)
                || request.contains_key(header::IF_NONE_MATCH)
                || request.contains_key(header::IF_MODIFIED_SINCE);
            if is_unstorable
                || serving.method == Method::HEAD
                || (is_partial && self.stale.is_none())
                || cache::is_only_if_cached(request)
            {
                return None;
            }
            match self.store.claim(&self.key(serving)) {
                Claim::Leads(lead) => {
                    self.lead = Some(lead);
                    return None;
                }
                Claim::Follows(wait) if waits < MOST_WAITS => {
                    wait.await;
                    waits += 1;
                }
                Claim::Follows(_) => return None,
            }
        }
    }

    /// Returns what is stored for the request.
    async fn find(&mut self, serving: &Serving<'_>) -> Found {
        let store = self.store.clone();
        self.varies = None;
        let mut found = store.get(&self.primary).await;
        let mut missed = Handling::UriMiss;
        if let Some(stored) = &found
            && let Kind::Varies(varies) = &stored.record.0
        {
            self.varies = Some(varies.clone());
            found = store.get(&self.key(serving)).await;
            missed = Handling::VaryMiss;
        }
        match found {
            None => Found::Nothing(missed),
            Some(stored) => match &stored.record.0 {
                Kind::Response(_) => Found::Response(stored),
                Kind::Unstorable => Found::Unstorable,
                Kind::Varies(_) => Found::Nothing(missed),
            },
        }
    }

    /// Returns the answer, if what is stored may be used. Otherwise returns whether the exchange may
    /// wait for others.
    fn judge<E: Edge>(
        &mut self,
        edge: &E,
        serving: &Serving<'_>,
        found: Stored,
        is_renewal: bool,
        waits: u8,
    ) -> Result<FromCache, bool> {
        let Some(response) = stored(&found).cloned() else {
            return Err(true);
        };
        let now = (self.now)();
        let heeds = self.config.client_directives;
        let handling = match response.usable(self.client.headers(), now, heeds) {
            Use::Fresh(left) => {
                let handling = match waits {
                    0 => Handling::Hit,
                    _ => Handling::Collapsed,
                };
                self.status = CacheStatus::of(handling).lasting(Ok(left));
                return Ok(self.give(response, found, now));
            }
            Use::Stale(since) => {
                self.status = CacheStatus::of(Handling::Stale).lasting(Err(since));
                return Ok(self.give(response, found, now));
            }
            Use::WhileRevalidate(since) if !is_renewal && self.renews(edge, serving) => {
                self.status = CacheStatus::of(Handling::Stale)
                    .lasting(Err(since))
                    .because("while-revalidate");
                return Ok(self.give(response, found, now));
            }
            Use::Never => {
                self.status = CacheStatus::of(Handling::Bypass).because("authorization");
                return Err(false);
            }
            Use::WhileRevalidate(_) | Use::Expired => Handling::Expired,
            Use::Request => Handling::Request,
        };
        self.status = CacheStatus::of(handling);
        self.stale = Some(found);
        Err(true)
    }

    /// Has what is stored renewed in the background. Returns whether that is being done.
    fn renews<E: Edge>(&self, edge: &E, serving: &Serving<'_>) -> bool {
        match self.store.claim(&self.key(serving)) {
            Claim::Follows(_) => true,
            Claim::Leads(lead) => {
                // The renewal claims it for itself.
                drop(lead);
                let mut request = self.client.clone();
                *request.method_mut() = Method::GET;
                remove(request.headers_mut(), |name| {
                    matches!(
                        *name,
                        header::IF_NONE_MATCH
                            | header::IF_MODIFIED_SINCE
                            | header::RANGE
                            | header::IF_RANGE
                            | header::CACHE_CONTROL
                    )
                });
                request.extensions_mut().insert(Renewal);
                edge.renew(request)
            }
        }
    }

    /// Makes the request for the origin one about what is stored.
    fn ask(&self, outbound: &mut Request<()>, translation: &mut Translation, fingerprint: u64) {
        let Some(response) = self.stale.as_ref().and_then(stored) else {
            return;
        };
        let mut conditions = response.conditions();
        // To a HEAD, the origin answers what the client asks.
        if conditions.is_empty() || *self.client.method() != Method::GET {
            return;
        }
        *translation = validators::translate(&mut conditions, fingerprint);
        let head = outbound.headers_mut();
        remove(head, |name| {
            matches!(
                *name,
                header::IF_NONE_MATCH
                    | header::IF_MODIFIED_SINCE
                    | header::RANGE
                    | header::IF_RANGE
            )
        });
        head.extend(conditions);
    }

    /// Returns the key of the response that the request selects.
    fn key(&self, serving: &Serving<'_>) -> String {
        match &self.varies {
            None => self.primary.clone(),
            Some(varies) => self.key_by(varies, serving),
        }
    }

    /// Returns the key of the response that the request selects by these fields.
    pub(super) fn key_by(&self, varies: &Varies, serving: &Serving<'_>) -> String {
        let selecting = Selecting {
            outbound: &self.outbound,
            client: self.client.headers(),
            accepted: &serving.accepted,
        };
        varies.key(&self.primary, &selecting)
    }

    fn give(&self, response: StoredResponse, stored: Stored, now: Duration) -> FromCache {
        FromCache {
            response,
            length: stored.length,
            body: stored.body,
            client: self.client.headers().clone(),
            now,
            status: self.status.clone(),
        }
    }
}

fn stored(stored: &Stored) -> Option<&StoredResponse> {
    match &stored.record.0 {
        Kind::Response(response) => Some(response),
        Kind::Varies(_) | Kind::Unstorable => None,
    }
}

/// Returns whether a status is an error that something stale is better than (RFC 5861 §4).
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// Returns the bytes of a whole body from one place to before another.
fn cut(bytes: &Bytes, from: u64, to: u64) -> Bytes {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let (from, to) = (place(from), place(to));
    bytes.slice(from.min(to)..to)
}

/// Returns the bytes of a body in chunks from one place to before another.
fn part_of(body: impl ByteStream + Unpin, from: u64, to: u64) -> impl ByteStream {
    stream::unfold((body, 0_u64), move |(mut body, mut at)| async move {
        while at < to {
            let chunk = match body.next().await? {
                Ok(chunk) => chunk,
                Err(error) => return Some((Err::<Bytes, BodyError>(error), (body, to))),
            };
            let begins = at;
            at = at.saturating_add(chunk.len() as u64);
            let within = cut(
                &chunk,
                from.saturating_sub(begins),
                to.saturating_sub(begins),
            );
            if !within.is_empty() {
                return Some((Ok(within), (body, at)));
            }
        }
        None
    })
}

impl Serving<'_> {
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
                store.remove(&cache::primary(fingerprint, requested, &target, &[]));
            }
        }
        let Some(storing) = self.storing.take() else {
            return;
        };
        let status = storing.caching.status.clone();
        let status = match self.storage_of(storing, response, decision) {
            Ok(storage) => {
                self.storage.set(Some(storage));
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
        storing: Storing<'_>,
        response: &Response<()>,
        decision: Decision,
    ) -> Result<Storage, &'static str> {
        let Storing {
            mut caching,
            terms,
            left_out,
        } = storing;
        let most = caching.config.object_size;
        let announced = lengths::said(response.headers());
        if announced.is_some_and(|length| usize::try_from(length).map_or(true, |it| it > most)) {
            return Err("too-large");
        }
        // Nanoseconds tell apart what was there before and after an invalidation.
        let epoch = u64::try_from((caching.now)().as_nanos()).unwrap_or_default();
        let varies = match (
            Varies::of(response.headers(), epoch)?,
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
                caching.key_by(varies, self)
            }
        };
        let response = StoredResponse::new(response, terms, decision, &left_out);
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
            Some(_) => return None,
            None if value.starts_with('/') && !value.starts_with("//") => value,
            None => return None,
        };
        path.parse().ok()
    });
    uris.collect()
}
