//! Gates that do more than their configuration says: extensions in code.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;

use super::Gate;
use super::extensions::Extensions;
use crate::config::{Config, InvalidConfig};
use crate::document::DocumentPostProcessor;
use crate::html::{StartTag, StartTagError, StartTagHandler};
use crate::pipeline::Transform;

/// Makes a [`Gate`] with extensions of three kinds, from the cheapest to the dearest: handlers of
/// start tags, stages of the pipeline, and document post-processors.
///
/// Each extension has a name, which is part of each rewritten response's `ETag`. Put a version into
/// the name, and change it whenever the extension makes something else of the same response:
/// otherwise browsers go on to show what they have.
///
/// ```
/// use http::{HeaderMap, Request, Response};
/// use streamgate::{BaseUrl, Config, Gate};
///
/// let config = Config::from_toml("origin.url = 'https://o.example'", "streamgate.toml")?;
/// let gate = Gate::builder()
///     .on_start_tag("lazy/1", "img[src]", |tag| tag.set_attribute("loading", "lazy"))
///     .build(config)?;
///
/// let response = Response::builder().header("content-type", "text/html").body(())?;
/// let public: BaseUrl = "https://www.example.com".parse()?;
/// let pipeline = gate.rewriter(&Request::new(()), &response, &public)?;
/// let page = pipeline.run_to_vec(b"<img src=/a.png>")?;
/// assert_eq!(page, br#"<img src=/a.png loading="lazy">"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct GateBuilder {
    extensions: Extensions,
    /// The first selector that lol_html does not take.
    fault: Option<InvalidConfig>,
}

impl GateBuilder {
    /// Adds a handler that lol_html calls for each start tag in HTML that a CSS selector matches,
    /// after the structure rules of the configuration.
    ///
    /// If the handler fails, or lol_html reaches its memory limit, then the rest of the page flows
    /// without structure rules and handlers, and the log says so.
    #[must_use]
    pub fn on_start_tag<F>(mut self, name: &str, selector: &str, handler: F) -> Self
    where
        F: Fn(&mut StartTag<'_, '_>) -> Result<(), StartTagError> + Send + Sync + 'static,
    {
        match StartTagHandler::new(selector, handler) {
            Ok(handler) => self.extensions.start_tags.push(handler),
            Err(error) if self.fault.is_none() => self.fault = Some(InvalidConfig::of(&error)),
            Err(_) => {}
        }
        self.mark([name, selector].join("\n").into_bytes());
        self
    }

    /// Adds a stage, which gets the decoded body after URL mapping and structure rules. `make` is
    /// called for each response that is rewritten, with the path of the client's request and the
    /// fields of the origin's response as they came. It returns `None` if the stage has nothing to
    /// do.
    ///
    /// The stage must know the media types and the charsets that it can change. The gate leaves it
    /// out of bodies in a charset that is no superset of ASCII.
    #[must_use]
    pub fn transform<F>(mut self, name: &str, make: F) -> Self
    where
        F: Fn(&str, &HeaderMap) -> Option<Box<dyn Transform>> + Send + Sync + 'static,
    {
        self.extensions.transforms.push(Arc::new(make));
        self.mark(name.as_bytes().to_vec());
        self
    }

    /// Adds a document post-processor, which runs after those of the configuration. The gate then
    /// buffers HTML (truth table, row 11).
    #[must_use]
    pub fn post_processor(mut self, post_processor: impl DocumentPostProcessor + 'static) -> Self {
        let mut mark = post_processor.name().as_bytes().to_vec();
        mark.extend(post_processor.fingerprint().to_le_bytes());
        self.extensions
            .post_processors
            .push(Arc::new(post_processor));
        self.mark(mark);
        self
    }

    /// Compiles a configuration into a gate with these extensions.
    ///
    /// # Errors
    /// Returns [`InvalidConfig`] if a selector is not one that lol_html takes, or if a value of the
    /// configuration was changed to one that [`Config::from_toml`] would have refused.
    pub fn build(self, config: Config) -> Result<Gate, InvalidConfig> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Gate::compile(config, self.extensions),
        }
    }

    fn mark(&mut self, mark: Vec<u8>) {
        self.extensions.marks.push(mark);
    }
}

impl fmt::Debug for GateBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateBuilder").finish_non_exhaustive()
    }
}

impl Gate {
    /// Makes a gate that does more than its configuration says.
    #[must_use]
    pub fn builder() -> GateBuilder {
        GateBuilder::default()
    }
}
