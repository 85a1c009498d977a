//! The gate: a configuration made ready to serve, compiled once and used by every exchange.
//!
//! [`decide`] decides, from the heads alone. Carrying a decision out is left to [`crate::serve()`].

mod decision;
mod outcome;
mod representation;

pub use decision::{Exchange, admit, asks_for_upgrade, decide, decide_representation};
pub use outcome::{Decision, NotImplemented, Outcome, Reason, Ruling};
pub use representation::Representation;

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, Uri};

use crate::config::{Config, InvalidConfig, Scope};
use crate::document::{self, DocumentPostProcessor};
use crate::site::Site;

/// A configuration compiled once per instance (native: per process): patterns, selectors,
/// fingerprint. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Compiled>);

#[derive(Clone)]
struct Compiled {
    config: Config,
    site: Site,
    post_processors: Vec<Arc<dyn DocumentPostProcessor>>,
    fingerprint: u64,
}

impl Gate {
    /// Compiles a configuration.
    ///
    /// ```
    /// use streamgate::{Gate, config::Config};
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
        let site = Site::new(&config)?;
        let post_processors = document::built_in(&config.document.post_processors)
            .map_err(|error| InvalidConfig::of(&error))?;
        let fingerprint = config.fingerprint();
        Ok(Self(Arc::new(Compiled {
            config,
            site,
            post_processors,
            fingerprint,
        })))
    }

    /// Adds a document post-processor, which runs after those of the configuration. The gate then
    /// buffers HTML (truth table, row 11).
    #[must_use]
    pub fn with_post_processor(self, post_processor: Arc<dyn DocumentPostProcessor>) -> Self {
        let mut compiled = Arc::unwrap_or_clone(self.0);
        let mut hasher = fnv::FnvHasher::with_key(compiled.fingerprint);
        hasher.write(post_processor.name().as_bytes());
        hasher.write(&post_processor.fingerprint().to_le_bytes());
        compiled.fingerprint = hasher.finish();
        compiled.post_processors.push(post_processor);
        Self(Arc::new(compiled))
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

    /// Returns the input of a decision on a response. `public_host_known` says whether the public
    /// host is configured, or named by the request.
    #[must_use]
    pub fn exchange<'a>(
        &'a self,
        method: &'a Method,
        response: &'a Response<()>,
        representation: &'a Representation,
        public_host_known: bool,
    ) -> Exchange<'a> {
        Exchange {
            method,
            response,
            representation,
            config: &self.config().gate,
            public_host_known,
            html_only: self.config().map.scope == Scope::Attributes,
            post_processed: !self.0.post_processors.is_empty(),
        }
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
        document::post_process(&self.0.post_processors, path, response.headers_mut(), body)
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
