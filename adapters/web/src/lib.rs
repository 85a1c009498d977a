//! streamgate on web-standard runtimes: what the modules of the npm package in `npm/` call.
//! `docs/web.md` is for those who use it.
//!
//! Heads cross the boundary as texts, in which each character is a byte (`ByteString` of Web IDL),
//! and bodies as objects that are read chunk by chunk.

#![cfg(target_arch = "wasm32")]

mod body;
mod edge;
mod head;
mod js;
mod log;
mod rewriter;

use http::Request;
use js_sys::Promise;
use streamgate::{ClientAddress, Naming, Refusal};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wasm_bindgen_futures::future_to_promise;

use crate::edge::Exchange;
use crate::js::{Asked, Environment, Host, Source};

pub use body::Rewritten;
pub use log::log;
pub use rewriter::Rewriter;

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
    pub fn serve(&self, asked: &Asked, body: Option<Source>, host: Host) -> Promise {
        let gate = self.0.clone();
        let request = request(asked, body);
        future_to_promise(async move {
            let refuse = |refusal| streamgate::refuse(Exchange::new(&host), refusal);
            let request = match request {
                Ok(request) => request,
                Err(error) => {
                    tracing::warn!(%error, "the request is not valid");
                    return refuse(Refusal::BadRequest).await;
                }
            };
            match streamgate::serve(Exchange::new(&host), &gate, request).await {
                Ok(sent) => Ok(sent),
                Err(thrown) => {
                    let error = js::message(&thrown);
                    tracing::error!(error, "the runtime refuses the response");
                    refuse(Refusal::BadResponse).await
                }
            }
        })
    }
}

/// Returns the request for core. Its body stays the host's.
fn request(asked: &Asked, body: Option<Source>) -> Result<Request<Option<Source>>, http::Error> {
    let mut request = Request::builder()
        .method(asked.method().as_str())
        .uri(head::bytes(&asked.target()).as_slice())
        .body(body)?;
    *request.headers_mut() = head::from_text(&asked.fields());
    if asked.version() == "1.0" {
        *request.version_mut() = http::Version::HTTP_10;
    }
    if let Some(Ok(address)) = asked.address().map(|address| address.parse()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    Ok(request)
}

/// Returns an error of JavaScript's with a `kind`, by which the other side of the boundary knows it.
fn error_of(kind: Option<&str>, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    if let Some(kind) = kind {
        // It fails on no ordinary object.
        let _ = js_sys::Reflect::set(&error, &"kind".into(), &kind.into());
    }
    error.into()
}
