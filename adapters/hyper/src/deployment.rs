//! A gate, and what its exchanges share.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::Body;
use streamgate::{Gate, LimitsConfig, Refusal};
use streamgate_bodies::Cause;
use streamgate_store_memory::Memory;

use crate::edge::HyperEdge;
use crate::exchange::Exchange;
use crate::origin::{Origin, Terms};

/// A gate, and what its exchanges share. Clones share it.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The gate.
    pub gate: Arc<Gate>,
    /// What the cache stores, if the configuration asks for one.
    pub cache: Option<Arc<Memory>>,
    /// Takes the lines of the access log, if the configuration has `access_log`.
    pub access_log: Option<fn(&str)>,
}

impl Deployment {
    /// Takes a gate, whose cache stores in memory of its own, if it has one.
    #[must_use]
    pub fn new(gate: Arc<Gate>) -> Self {
        let cache = gate.config().cache.as_ref();
        Self {
            cache: cache.map(|config| Arc::new(Memory::new(config))),
            gate,
            access_log: None,
        }
    }

    /// Returns the limits that exchanges keep.
    #[must_use]
    pub fn limits(&self) -> &LimitsConfig {
        &self.gate.config().limits
    }

    /// Serves a client's request. The body of the response goes on with the exchange.
    pub fn exchange<O, B>(&self, origin: O, request: Request<B>) -> Exchange
    where
        O: Origin,
        B: Body<Data = Bytes, Error: Into<Cause>> + Send + 'static,
    {
        self.edge(origin, request.headers()).exchange(request)
    }

    /// Answers a request that is not served.
    pub fn refuse<O: Origin>(&self, origin: O, refusal: Refusal) -> Exchange {
        self.edge(origin, &HeaderMap::new()).refuse(refusal)
    }

    /// Begins an exchange.
    pub(crate) fn edge<O: Origin>(&self, origin: O, fields: &HeaderMap) -> HyperEdge<O> {
        let terms = Terms::of(fields, self.limits().exchange);
        HyperEdge::new(self.clone(), origin, terms)
    }
}
