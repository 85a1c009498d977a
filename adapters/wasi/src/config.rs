//! Where the configuration comes from: the environment, else what is built in.

use std::error::Error;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use streamgate::Gate;
use streamgate::config::Config;

/// The environment variable that holds the configuration's text.
const VARIABLE: &str = "STREAMGATE_CONFIG";
/// The configuration that is built in.
const BUILT_IN: &str = include_str!("../../../streamgate.toml");
/// What a client reads while the configuration is not valid.
const REFUSAL: &str = "streamgate: the configuration is not valid; the log says where\n";

/// The gate of the variable `STREAMGATE_CONFIG`, where it is not set of the built-in configuration.
///
/// # Errors
/// When the configuration is not valid; with source, line and key.
pub(crate) fn gate() -> Result<Gate, Box<dyn Error>> {
    let config = match std::env::var(VARIABLE) {
        Ok(text) => Config::from_toml(&text, VARIABLE)?,
        // Not set: a host's strings are UTF-8, so that there is no other reason.
        Err(_) => Config::from_toml(BUILT_IN, "streamgate.toml (built in)")?,
    };
    Ok(Gate::new(config)?)
}

/// What every request gets while the configuration is not valid.
pub(crate) fn refusal() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(REFUSAL.as_bytes()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
