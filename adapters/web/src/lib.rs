//! The WebAssembly of the npm package in `npm/`, whose modules call it and are its hosts.
//! `docs/web.md` is for those who use the package.

#![cfg(target_arch = "wasm32")]

mod rewriter;

use js_sys::Promise;
use streamgate::Naming;
use streamgate_js::{Asked, Host, Source};
use tracing::level_filters::LevelFilter;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wasm_bindgen_futures::future_to_promise;

pub use rewriter::Rewriter;

#[wasm_bindgen]
extern "C" {
    /// The variables of an environment.
    pub type Environment;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &Environment, name: &str) -> JsValue;
}

/// Starts logging. `level` is a level's name or `off`; any other value stands for `warn`.
#[wasm_bindgen]
pub fn log(level: &str) {
    streamgate_js::log(Some(level), LevelFilter::WARN);
}

/// A compiled configuration.
#[wasm_bindgen]
pub struct Gate(streamgate::Gate);

#[wasm_bindgen]
impl Gate {
    /// Compiles a configuration. `source` is its name in errors; `environment` holds the variables
    /// in values. `names_hosts`: whether the origin can be asked for another host than that of its
    /// URL.
    ///
    /// # Errors
    /// Throws an error with a line for each fault, which names source, line and key.
    #[wasm_bindgen(constructor)]
    pub fn new(
        text: &str,
        source: &str,
        environment: &Environment,
        names_hosts: bool,
    ) -> Result<Self, JsError> {
        let naming = match names_hosts {
            true => Naming::Free,
            false => Naming::OfUrl,
        };
        let variable = |name: &str| environment.get(name).as_string();
        let gate = streamgate::Gate::for_platform(text, source, naming, variable)?;
        Ok(Self(gate))
    }

    /// Returns the limits that the platform must keep, in milliseconds, as JSON. What is `null` has
    /// no limit.
    #[must_use]
    pub fn limits(&self) -> String {
        let limits = &self.0.config().limits;
        let fields = [
            ("head", Some(limits.head)),
            ("bodyIdle", limits.body_idle),
            ("eventsIdle", limits.events_idle),
            ("sendIdle", limits.send_idle),
            ("tunnelIdle", limits.tunnel_idle),
        ];
        let field = |(name, limit): (_, Option<std::time::Duration>)| {
            let limit =
                limit.map_or_else(|| "null".to_owned(), |limit| limit.as_millis().to_string());
            format!("\"{name}\":{limit}")
        };
        format!("{{{}}}", fields.map(field).join(","))
    }

    /// Serves one exchange. Resolves to what the host has made of the answer.
    pub fn serve(&self, asked: Asked, body: Option<Source>, host: Host) -> Promise {
        let gate = self.0.clone();
        future_to_promise(async move { streamgate_js::serve(&gate, &asked, body, &host).await })
    }
}
