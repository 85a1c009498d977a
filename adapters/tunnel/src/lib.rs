//! Upgraded connections (RFC 9110 §7.8): two byte streams joined, once both sides have agreed. The
//! native gate and the tower service carry them so.

#![forbid(unsafe_code)]

mod websocket;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response, StatusCode, Version};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use streamgate::WebSocket;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::time::{Instant, sleep_until};

/// Returns the upgraded connection that a client's request may lead to: HTTP/1.1 has such (RFC 9110
/// §7.8).
pub fn upgrade<B>(request: &mut Request<B>) -> Option<OnUpgrade> {
    let upgrades = request.version() == Version::HTTP_11;
    upgrades.then(|| hyper::upgrade::on(request))
}

/// Joins the client's connection with that of a response by which the origin changes its protocol,
/// if `client` says that the client's can do so too. With a `websocket`, the messages in it are
/// mapped.
///
/// They are joined as soon as both are upgraded, until both have closed or either has failed, or
/// neither has sent anything for `idle`. Closing one direction closes that direction only.
pub fn join<B>(
    client: Option<OnUpgrade>,
    response: &mut Response<B>,
    idle: Option<Duration>,
    websocket: Option<WebSocket>,
) {
    let is_upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let Some(client) = client.filter(|_| is_upgraded) else {
        return;
    };
    let origin = hyper::upgrade::on(response);
    tokio::spawn(async move {
        let (client, origin) = match tokio::try_join!(client, origin) {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::warn!(%error, "upgrade not completed"),
        };
        let heard = Arc::new(Mutex::new(Instant::now()));
        let client = Heard::new(client, &heard);
        let origin = Heard::new(origin, &heard);
        tokio::select! {
            carried = carry(client, origin, websocket) => {
                if let Err(error) = carried {
                    tracing::debug!(%error, "upgraded connection broken off");
                }
            }
            idle = silence(&heard, idle) => {
                let reason = format!("nothing sent within {idle:?} (limits.tunnel_idle)");
                tracing::info!(reason, "upgraded connection closed");
            }
        }
    });
}

/// Carries both directions until both have ended, or either has failed.
async fn carry(
    mut client: Heard,
    mut origin: Heard,
    websocket: Option<WebSocket>,
) -> io::Result<()> {
    match websocket {
        None => copy_bidirectional(&mut client, &mut origin).await.map(drop),
        Some(websocket) => websocket::carry(client, origin, websocket).await,
    }
}

/// Resolves once nothing has been heard for `limit`.
async fn silence(heard: &Mutex<Instant>, limit: Option<Duration>) -> Duration {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    loop {
        let end = *heard.lock().unwrap_or_else(PoisonError::into_inner) + limit;
        if Instant::now() >= end {
            return limit;
        }
        sleep_until(end).await;
    }
}

/// An upgraded connection that notes when its peer was last heard.
struct Heard {
    io: TokioIo<Upgraded>,
    at: Arc<Mutex<Instant>>,
}

impl Heard {
    fn new(io: Upgraded, at: &Arc<Mutex<Instant>>) -> Self {
        Self {
            io: TokioIo::new(io),
            at: at.clone(),
        }
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buf));
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
