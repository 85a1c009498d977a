//! The body of a response, rewritten for those who have the response already.

use http::Response;
use http::StatusCode;
use streamgate::{BaseUrl, Pipeline};
use streamgate_js_http::{Asked, Rewritten, Source, from_text, read, request};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Gate;

/// What the gate does to the body of a response.
#[wasm_bindgen]
pub struct Rewriter {
    pipeline: Pipeline,
    decision: String,
}

#[wasm_bindgen]
impl Rewriter {
    /// Decides by the head of a request, whose target is absolute, and by that of its response.
    ///
    /// # Errors
    /// Throws an error if one of the heads is not valid.
    #[wasm_bindgen(constructor)]
    pub fn new(gate: &Gate, asked: &Asked, status: u16, fields: &str) -> Result<Self, JsError> {
        let request = request(asked, None)?.map(drop);
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status)?;
        *response.headers_mut() = from_text(fields);
        let uri = request.uri();
        let own = format!(
            "{}://{}",
            uri.scheme_str().unwrap_or("https"),
            uri.authority().map_or("", |authority| authority.as_str())
        );
        let public = match &gate.0.config().origin.public {
            Some(public) => BaseUrl::try_from(public)?,
            None => own.parse::<BaseUrl>()?,
        };
        let (pipeline, decision) = match gate.0.rewriter(&request, &response, &public) {
            Ok(pipeline) => {
                let walk = gate.0.walk(&request, &response, false);
                (pipeline, walk.decision.map(|decision| decision.to_string()))
            }
            Err(decision) => (Pipeline::default(), Some(decision.to_string())),
        };
        Ok(Self {
            pipeline,
            decision: decision.unwrap_or_default(),
        })
    }

    /// Returns what the gate decides, in the words of the `Streamgate` field.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn decision(&self) -> String {
        self.decision.clone()
    }

    /// Returns what becomes of a body.
    #[must_use]
    pub fn over(self, body: Source) -> Rewritten {
        Rewritten::for_client(self.pipeline.over(read(Some(body))))
    }
}
