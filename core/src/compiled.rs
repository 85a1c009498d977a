//! A configuration made ready to serve: what is compiled once and used by every exchange.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};

use crate::config::{Config, OriginConfig};
use crate::document::{self, DocumentPostProcessor};
use crate::head::fields::Mapping;
use crate::html::HtmlRules;
use crate::map::{Origin, Public, Scheme, UrlMap};

/// A configuration compiled once per instance (native: per process): patterns, selectors, fingerprint. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Compiled>);

#[derive(Clone)]
struct Compiled {
    config: Config,
    public: Option<Public>,
    urls: UrlMap,
    authorities: Vec<String>,
    rules: HtmlRules,
    post_processors: Vec<Arc<dyn DocumentPostProcessor>>,
    fingerprint: u64,
}

/// Why a configuration cannot be compiled. One that was read with [`Config::from_toml`] always can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidConfig(String);

impl Gate {
    /// Compiles a configuration.
    ///
    /// ```
    /// use streamgate::{Gate, config::Config};
    ///
    /// let config = Config::from_toml("[origin]\nurl = 'https://origin.example.com'", "streamgate.toml")?;
    /// let gate = Gate::new(config)?;
    /// assert_eq!(gate.config().origin.url.host(), Some("origin.example.com"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidConfig`], for a configuration made by hand with a value that [`Config::from_toml`] would have refused.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        let invalid = |error: &dyn fmt::Display| InvalidConfig(error.to_string());
        let public = config
            .origin
            .public
            .as_ref()
            .map(Public::try_from)
            .transpose()
            .map_err(|error| invalid(&error))?;
        let origins = origins(&config.origin)?;
        let mapped = origins
            .iter()
            .map(|(scheme, authority)| Origin::new(*scheme, authority));
        let urls = UrlMap::new(
            mapped
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| invalid(&error))?,
        );
        let authorities = origins
            .into_iter()
            .map(|(_, authority)| authority)
            .collect();
        let rules = HtmlRules::compile(&config.html).map_err(|error| invalid(&error))?;
        let post_processors = document::built_in(&config.document.post_processors)
            .map_err(|error| invalid(&error))?;
        let fingerprint = config.fingerprint();
        Ok(Self(Arc::new(Compiled {
            config,
            public,
            urls,
            authorities,
            rules,
            post_processors,
            fingerprint,
        })))
    }

    /// Adds a document post-processor, which runs after those of the configuration. The gate then buffers HTML (truth
    /// table, row 11).
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

    /// What it was compiled from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Tells configurations apart that rewrite differently; part of each rewritten response's `ETag`.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    pub(crate) fn public(&self) -> Option<&Public> {
        self.0.public.as_ref()
    }

    pub(crate) fn urls(&self) -> &UrlMap {
        &self.0.urls
    }

    pub(crate) fn rules(&self) -> &HtmlRules {
        &self.0.rules
    }

    pub(crate) fn mapping<'a>(&'a self, public: &'a Public) -> Mapping<'a> {
        Mapping {
            urls: &self.0.urls,
            authorities: &self.0.authorities,
            public,
        }
    }

    pub(crate) fn post_processes(&self) -> bool {
        !self.0.post_processors.is_empty()
    }

    pub(crate) fn post_process(
        &self,
        request: &Request<()>,
        response: &mut Response<()>,
        body: Bytes,
    ) -> Bytes {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
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

/// Every origin that stands for the public host: the one that is fetched from, by its address and by its name, and its
/// aliases. As scheme and normalised authority.
fn origins(config: &OriginConfig) -> Result<Vec<(Scheme, String)>, InvalidConfig> {
    let scheme = config.url.scheme_str().unwrap_or("http");
    let named = config
        .host
        .as_ref()
        .map(|host| Uri::try_from(format!("{scheme}://{host}")));
    let named = named
        .transpose()
        .map_err(|error| InvalidConfig(format!("origin.host: {error}")))?;
    std::iter::once(&config.url)
        .chain(&named)
        .chain(&config.aliases)
        .map(|uri| {
            let origin =
                Public::try_from(uri).map_err(|error| InvalidConfig(format!("{uri}: {error}")))?;
            Ok((origin.scheme(), origin.authority().to_owned()))
        })
        .collect()
}
