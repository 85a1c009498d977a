//! What is looked up in the cache before the origin is asked.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Request, header};

use super::Serving;
use super::caching::{Caching, FromCache, LookedUp, Renewal, Role};
use crate::cache::{
    self, CacheStatus, Claim, Handling, Kind, Selecting, Stored, StoredResponse, Use, Varies,
};
use crate::config::CacheConfig;
use crate::edge::Edge;
use crate::head::remove;
use crate::head::validators::{self, Translation};

/// How often a request waits for another one that fetches the same: first it learns by what fields
/// the responses differ, then it waits for the one that it selects.
const MOST_WAITS: u8 = 2;

/// What is stored for a request.
enum Found {
    Nothing(Handling),
    Unstorable,
    Response(Stored),
}

impl<E: Edge> Serving<'_, E> {
    /// Looks for a stored answer. `client` is the head of the client's request, and `outbound` the
    /// head for the origin, which gets the validators of what is stored.
    pub(super) async fn look_up(
        &self,
        edge: &E,
        client: Option<Request<()>>,
        outbound: &mut Request<()>,
        translation: &mut Translation,
    ) -> LookedUp {
        let caching = client.and_then(|client| self.caching(edge, client, outbound));
        let Some(mut caching) = caching else {
            return LookedUp::Ask(None);
        };
        if caching.role == Role::Looks {
            if let Some(answer) = caching.answer(edge).await {
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
    fn caching(
        &self,
        edge: &E,
        mut client: Request<()>,
        outbound: &mut Request<()>,
    ) -> Option<Caching> {
        let config = self.gate.config().cache.as_ref()?;
        let (store, clock) = (edge.cache()?, edge.clock()?);
        let primary = cache::primary(self.gate.fingerprint(), self.requested?, &self.target);
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
            if self.method == Method::HEAD {
                // Range is defined for GET alone (RFC 9110 §14.2).
                remove(client.headers_mut(), |name| *name == header::RANGE);
            }
        }
        Some(Caching {
            store,
            object_size: config.object_size,
            now: clock.since_epoch,
            outbound: outbound.headers().clone(),
            accepted: self.accepted.clone(),
            by_rules: self.fingerprints.personal,
            heeds: self.heeds(),
            is_renewal: self.renews,
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
        } else if self.method == Method::GET && cache::asks_for_parts(client) {
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

impl Caching {
    /// Returns the answer that is stored, if one may be used. Otherwise it is known afterwards what
    /// is stored, and whether this exchange fetches for others.
    async fn answer<E: Edge>(&mut self, edge: &E) -> Option<Box<FromCache>> {
        let mut waits = 0;
        loop {
            let found = self.find().await;
            let is_unstorable = matches!(found, Found::Unstorable);
            match found {
                Found::Nothing(handling) => self.status = CacheStatus::of(handling),
                Found::Unstorable => self.status = CacheStatus::of(Handling::UriMiss),
                Found::Response(found) => match self.judge(edge, found, waits) {
                    Ok(answer) => return Some(answer),
                    Err(true) => {}
                    Err(false) => return None,
                },
            }
            let request = self.client.headers();
            let is_partial = request.contains_key(header::RANGE)
                || request.contains_key(header::IF_NONE_MATCH)
                || request.contains_key(header::IF_MODIFIED_SINCE);
            if is_unstorable
                || *self.client.method() == Method::HEAD
                || (is_partial && self.stale.is_none())
                || cache::is_only_if_cached(request)
            {
                return None;
            }
            match self.store.claim(&self.key()) {
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
    async fn find(&mut self) -> Found {
        let store = self.store.clone();
        self.varies = None;
        let mut found = store.get(&self.primary).await;
        let mut missed = Handling::UriMiss;
        if let Some(stored) = &found
            && let Kind::Varies(varies) = &stored.record.0
        {
            self.varies = Some(varies.clone());
            found = store.get(&self.key()).await;
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

    /// Returns the answer, if what is stored may be used. Otherwise returns whether the exchange
    /// may wait for others.
    fn judge<E: Edge>(
        &mut self,
        edge: &E,
        found: Stored,
        waits: u8,
    ) -> Result<Box<FromCache>, bool> {
        let Some(response) = stored(&found).cloned() else {
            return Err(true);
        };
        let now = (self.now)();
        let heeds = self.heeds;
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
            Use::WhileRevalidate(since) if !self.is_renewal && self.renews(edge) => {
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
    fn renews<E: Edge>(&self, edge: &E) -> bool {
        match self.store.claim(&self.key()) {
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
    pub(super) fn key(&self) -> String {
        match &self.varies {
            None => self.primary.clone(),
            Some(varies) => self.key_by(varies),
        }
    }

    /// Returns the key of the response that the request selects by these fields.
    pub(super) fn key_by(&self, varies: &Varies) -> String {
        let selecting = Selecting {
            outbound: &self.outbound,
            client: self.client.headers(),
            accepted: &self.accepted,
            by_rules: self.by_rules,
        };
        varies.key(&self.primary, &selecting)
    }

    pub(super) fn give(
        &self,
        response: StoredResponse,
        stored: Stored,
        now: Duration,
    ) -> Box<FromCache> {
        Box::new(FromCache {
            response,
            length: stored.length,
            body: stored.body,
            client: self.client.headers().clone(),
            now,
            status: self.status.clone(),
        })
    }
}

pub(super) fn stored(stored: &Stored) -> Option<&StoredResponse> {
    match &stored.record.0 {
        Kind::Response(response) => Some(response),
        Kind::Varies(_) | Kind::Unstorable => None,
    }
}
