//! The HTTP client of the exporter: hyper, with the TLS of the gate.

use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};

use crate::connect;

/// How long the answer of a collector may be, in bytes.
const ANSWER: usize = 64 * 1024;

/// The client.
#[derive(Debug)]
pub(super) struct Client(Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// Makes a client, which must be used within a runtime.
    ///
    /// # Errors
    /// Returns an error if there can be no TLS.
    pub(super) fn new() -> Result<Self, rustls::Error> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(connect::tls()?)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Hyper::builder(TokioExecutor::new()).build(connector)))
    }
}

impl HttpClient for Client {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let response = self.0.request(request.map(Full::new)).await?;
            let (head, body) = response.into_parts();
            if !head.status.is_success() {
                // The exporter would tell the URL, which may hold a key, and the answer.
                return Err(format!("it answers with {}", head.status.as_u16()).into());
            }
            let body = Limited::new(body, ANSWER).collect().await?.to_bytes();
            Ok(Response::from_parts(head, body))
        })
    }
}
