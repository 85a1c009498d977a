//! One exchange, put together: the only place where fetching, deciding and answering meet.

use http::Request;

use crate::config::Config;
use crate::edge::Edge;

/// A configuration compiled once per instance (native: per process): patterns, selectors, fingerprint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate {
    config: std::sync::Arc<Config>,
}

impl Gate {
    /// Compiles a configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config: std::sync::Arc::new(config),
        }
    }

    /// What it was compiled from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// Serves one exchange: fetches, decides, answers. The request's URI is absolute where the platform knows scheme and host.
///
/// # Errors
/// [`Edge::SendError`], when the client could not be answered at all. Faults of request and origin are answered.
pub async fn serve<E: Edge>(
    edge: E,
    gate: &Gate,
    request: Request<Option<E::RequestBody>>,
) -> Result<E::Sent, E::SendError> {
    let _ = (edge, gate, request);
    unimplemented!("being written")
}
