//! The gate: a configuration made ready to serve, compiled once and used by every exchange.
//!
//! [`decide`] decides, from the heads alone. Carrying a decision out is left to [`crate::serve()`].

mod admission;
mod builder;
mod decision;
mod extensions;
mod outcome;
mod representation;
mod walk;

pub(crate) use admission::{admit, switches_as_offered};
pub use builder::GateBuilder;
pub(crate) use decision::{Exchange, decide, decide_representation};
pub use outcome::{Decision, Outcome, Reason};
pub(crate) use outcome::{NotImplemented, Ruling};
pub(crate) use representation::Representation;
pub use walk::{TriedRow, Walk};

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use fnv::FnvHasher;
use http::{HeaderMap, Method, Request, Response, Uri};

use crate::asked::Asked;
use crate::config::{Config, InvalidConfig, Scope, fits};
use crate::document;
use crate::head::validators::Fingerprints;
use crate::html::StartTagHandler;
use crate::map::BaseUrl;
use crate::pipeline::Transform;
use crate::preload::Learned;
use crate::site::{Site, View};
use extensions::Extensions;

/// A configuration compiled once per instance (native: per process): patterns, selectors,
/// fingerprint. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Compiled>);

struct Compiled {
    config: Config,
    site: Site,
    extensions: Extensions,
    fingerprint: u64,
    /// What was learned of pages, if that is wanted.
    learned: Option<Arc<Learned>>,
}

impl Gate {
    /// Compiles a configuration.
    ///
    /// ```
    /// use streamgate::{Config, Gate};
    ///
    /// let text = "[origin]\nurl = 'https://origin.example.com'";
    /// let config = Config::from_toml(text, "streamgate.toml")?;
    /// let gate = Gate::new(config)?;
    /// assert_eq!(gate.config().origin.url.host(), Some("origin.example.com"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`InvalidConfig`] if a configuration made by hand has a value that
    /// [`Config::from_toml`] would have refused.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        Self::compile(config, Extensions::default())
    }

    fn compile(config: Config, mut extensions: Extensions) -> Result<Self, InvalidConfig> {
        let site = Site::new(&config)?;
        let post_processors = document::built_in(&config.document.post_processors)
            .map_err(|error| InvalidConfig::of(&error))?;
        extensions.post_processors.splice(0..0, post_processors);
        let fingerprint = extensions.fingerprint(config.fingerprint());
        // What a post-processor removes must not be announced.
        let learns = config.gate.learn_preloads && extensions.post_processors.is_empty();
        Ok(Self(Arc::new(Compiled {
            learned: learns.then(Arc::default),
            config,
            site,
            extensions,
            fingerprint,
        })))
    }

    /// Returns the configuration that the gate was compiled from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Returns a number that differs between configurations that rewrite differently. It is part of
    /// each rewritten response's `ETag`.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    /// Returns the input of a decision on a response to a request for `path`. `public_host_known`
    /// says whether the public host is configured, or named by the request.
    #[must_use]
    pub(crate) fn exchange<'a>(
        &'a self,
        method: &'a Method,
        path: &str,
        response: &'a Response<()>,
        representation: &'a Representation,
        public_host_known: bool,
    ) -> Exchange<'a> {
        let map = &self.config().map;
        Exchange {
            method,
            response,
            representation,
            config: &self.config().gate,
            public_host_known,
            html_only: map.scope == Scope::Attributes,
            excepted: map.except.iter().any(|pattern| fits(pattern, path)),
            post_processed: self.post_processes(),
        }
    }

    /// Returns whether documents are post-processed, and therefore buffered (truth table, row 11).
    #[must_use]
    pub fn post_processes(&self) -> bool {
        !self.0.extensions.post_processors.is_empty()
    }

    /// Returns the handlers of start tags that the gate was built with.
    pub(crate) fn start_tags(&self) -> &[StartTagHandler] {
        &self.0.extensions.start_tags
    }

    /// Makes the stages that the gate was built with, for the response to a request for `path`.
    pub(crate) fn transforms(&self, path: &str, head: &HeaderMap) -> Vec<Box<dyn Transform>> {
        let transforms = self.0.extensions.transforms.iter();
        transforms.filter_map(|make| make(path, head)).collect()
    }

    /// Returns what is known of a request, if the rules for the response need it. `country` and
    /// `random` are what the platform can say.
    pub(crate) fn asked(
        &self,
        request: &Request<()>,
        requested: Option<&BaseUrl>,
        view: View<'_>,
        country: impl FnOnce() -> Option<String>,
        random: impl Fn(&mut [u8]) -> bool,
    ) -> Option<Box<Asked>> {
        let fragments = self.site().fragments().needs(request.uri().path());
        let needs = view.rules().needs().or(fragments);
        needs.request.then(|| {
            let field = self.config().gate.country_field.as_ref();
            let host = requested.map(BaseUrl::authority);
            Box::new(Asked::new(request, host, field, needs, country, random))
        })
    }

    /// Returns the fingerprints of what the gate makes of responses to a request.
    pub(crate) fn fingerprints(&self, view: View<'_>, asked: Option<&Asked>) -> Fingerprints {
        let personal = asked.map(|asked| {
            let fragments = self.site().fragments().fingerprint(asked);
            (view.rules().fingerprint(asked), fragments)
        });
        let personal = personal.filter(|personal| *personal != (None, None));
        Fingerprints {
            gate: self.fingerprint(),
            personal: personal.map(|personal| {
                let mut hasher = FnvHasher::with_key(self.fingerprint());
                personal.hash(&mut hasher);
                hasher.finish()
            }),
        }
    }

    /// Returns what was learned of pages, if the gate learns.
    pub(crate) fn learned(&self) -> Option<&Arc<Learned>> {
        self.0.learned.as_ref()
    }

    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    /// Hands a document to the post-processors. `target` is the request target that the client
    /// asked for.
    pub(crate) fn post_process(
        &self,
        target: &Uri,
        response: &mut Response<()>,
        body: Bytes,
    ) -> Bytes {
        let path = target.path_and_query().map_or("/", |path| path.as_str());
        let post_processors = &self.0.extensions.post_processors;
        document::post_process(post_processors, path, response.headers_mut(), body)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("config", self.config())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
