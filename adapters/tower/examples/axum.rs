//! An axum server with two routes of its own, and the gate for everything else.
//!
//! `cargo run -p streamgate-tower --example axum` serves it on `http://127.0.0.1:8080`, before an
//! origin that it starts itself.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use streamgate::{ClientAddress, Gate};
use streamgate_tower::GateService;
use tokio::net::TcpListener;

/// Makes the server before an origin.
fn app(origin: SocketAddr) -> Result<Router, Box<dyn Error>> {
    let config = format!(
        "
        [origin]
        url     = 'http://{origin}'
        aliases = ['https://cms.example.net']
        public  = 'https://www.example.com'

        [[html]]
        select = 'body'
        append = '<p>Served by streamgate.</p>'
        "
    );
    let gate = Arc::new(Gate::from_toml(&config, "streamgate.toml")?);
    let client = Client::builder(TokioExecutor::new()).build_http();
    Ok(Router::new()
        .route("/health", get(|| async { "well" }))
        .route("/api/time", get(|| async { "noon" }))
        .fallback_service(GateService::new(gate, client))
        .layer(middleware::from_fn(tell_the_client)))
}

/// Tells the gate the client's address, which its origin learns by `X-Forwarded-For`.
async fn tell_the_client(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = ClientAddress(peer.ip().to_canonical());
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// Makes an origin whose page names it.
fn origin() -> Router {
    let page = "<body><a href=https://cms.example.net/news>News</a></body>";
    let image = || async { ([("content-type", "image/gif")], "GIF89a").into_response() };
    Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route("/dot.gif", get(image))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let behind = TcpListener::bind("127.0.0.1:0").await?;
    let app = app(behind.local_addr()?)?;
    tokio::spawn(async { axum::serve(behind, origin()).await });
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn the_server_answers_its_own_routes_and_the_gate_the_rest() -> Result<(), Box<dyn Error>>
    {
        let behind = TcpListener::bind("127.0.0.1:0").await?;
        let app = app(behind.local_addr()?)?;
        tokio::spawn(async { axum::serve(behind, origin()).await });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async { axum::serve(listener, service).await });

        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        for (path, status, body) in [
            ("/health", 200, "well"),
            ("/api/time", 200, "noon"),
            (
                "/",
                200,
                "<body><a href=https://www.example.com/news>News</a><p>Served by streamgate.</p></body>",
            ),
            ("/dot.gif", 200, "GIF89a"),
            ("/gone", 404, ""),
        ] {
            let request = Request::get(format!("http://{address}{path}")).body(Body::empty())?;
            let response = client.request(request).await?;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(
                response.into_body().collect().await?.to_bytes(),
                body,
                "{path}"
            );
        }
        Ok(())
    }
}
