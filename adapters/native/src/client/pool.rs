//! Connections to one origin: HTTP/1.1 ones are kept for the next exchange, HTTP/2 ones are shared.

mod connection;
mod kept;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use http::HeaderMap;
use hyper_util::client::legacy::connect::Connection as _;
use streamgate::{FetchError, OriginConfig};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::Instant;

pub(super) use self::connection::{Connection, Failed, Http1, Lease, http1_over};
use self::connection::{Shared, http2_over};
pub(super) use self::kept::Kept;
use self::kept::{Connections, Idle, Waiting, forget_when_idle, idle_time};
use crate::connect::{Dialler, Way};

/// How many turns of the thread's other tasks to wait for a connection that becomes free.
const TURNS: usize = 3;

/// The connections of one client.
pub(super) struct Pool {
    dialler: Arc<Dialler>,
    /// How long the origin may take nothing of what is sent to it.
    send_idle: Option<Duration>,
    /// How long an HTTP/1.1 connection may be idle before it is closed.
    idle_timeout: Duration,
    connections: Arc<Mutex<Connections>>,
    /// Held while a connection is dialled that may turn out to be HTTP/2, which others can share.
    dialling: tokio::sync::Mutex<()>,
}

impl Pool {
    /// Makes a pool without connections, for an origin that the dialler dials. `only_http1` is true
    /// if the dialler offers nothing else.
    pub(super) fn new(
        dialler: Arc<Dialler>,
        only_http1: bool,
        origin: &OriginConfig,
        send_idle: Option<Duration>,
    ) -> Self {
        let connections = Connections::new(only_http1, origin.idle_connections);
        Self {
            dialler,
            send_idle,
            idle_timeout: origin.idle_timeout,
            connections: Arc::new(Mutex::new(connections)),
            dialling: tokio::sync::Mutex::default(),
        }
    }

    /// Returns a place on a kept or shared connection that leads that way, or on a new one; and
    /// whether it is a new one. Behind an attempt that has failed, it is no connection that may be
    /// about to end, as one that was kept may be.
    ///
    /// # Errors
    /// [`FetchError`], when no connection can be had.
    pub(super) async fn connect(&self, way: &Way) -> Result<(Connection, bool), FetchError> {
        let began = Instant::now();
        if let Some(connection) = self.kept(way) {
            return Ok((connection, false));
        }
        if self.with(|connections| connections.only_http1) {
            return self.dial_or_wait(way).await;
        }
        // A connection that others can share is dialled once, and for all who wait for it.
        let _turn = self.dialling.lock().await;
        if let Some(connection) = self.kept(way) {
            return Ok((connection, false));
        }
        let failed = self.with(|connections| connections.failed.clone());
        if let Some((_, error)) = failed.filter(|(when, _)| *when > began) {
            return Err(error);
        }
        let dialled = self.dial(way).await;
        if let Err(error) = &dialled {
            let failed = (Instant::now(), error.clone());
            self.with(|connections| connections.failed = Some(failed));
        }
        Ok((dialled?, true))
    }

    /// Returns a place on an existing connection. HTTP/1.1 connections may be about to end, so they
    /// do not count behind an attempt that has failed.
    fn kept(&self, way: &Way) -> Option<Connection> {
        self.with(|connections| {
            connections.shared.retain(|shared| !shared.is_closed());
            let leads = |address| self.dialler.leads(address, way);
            let mut shared = connections.shared.iter();
            let free = shared.find(|shared| shared.has_room() && leads(shared.address()));
            if let Some(shared) = free {
                return Some(shared.place());
            }
            if way.failed.is_some() {
                return None;
            }
            let now = Instant::now();
            let idle = &mut connections.idle;
            while let Some(last) = idle.iter().rposition(|idle| leads(idle.sender.address)) {
                let Idle { sender, until, .. } = idle.remove(last)?;
                if sender.requests.is_ready() && now < until {
                    return Some(Connection::Http1(sender));
                }
            }
            None
        })
    }

    /// Dials, but takes an HTTP/1.1 connection that becomes free before the new one stands.
    async fn dial_or_wait(&self, way: &Way) -> Result<(Connection, bool), FetchError> {
        let (free, freed) = oneshot::channel();
        if way.failed.is_none() {
            let address = way.order.first().copied();
            self.with(|connections| {
                let waiting = &mut connections.waiting;
                waiting.retain(|waiting| !waiting.free.is_closed());
                waiting.push_back(Waiting { address, free });
            });
        }
        let dialled = async {
            // A connection whose exchange has just ended is free after the next turn of its task.
            for _ in 0..TURNS {
                yield_now().await;
            }
            self.dial(way).await
        };
        tokio::select! {
            biased;
            Ok(sender) = freed => Ok((Connection::Http1(sender), false)),
            dialled = dialled => Ok((dialled?, true)),
        }
    }

    /// Dials, on the heap: few exchanges do, and within each of them it would be 8 KB.
    fn dial<'a>(&'a self, way: &'a Way) -> BoxFuture<'a, Result<Connection, FetchError>> {
        Box::pin(async {
            let (stream, address) = self.dialler.dial(way, true).await?;
            let http2 = stream.connected().is_negotiated_h2();
            self.with(|connections| connections.only_http1 = !http2);
            match http2 {
                true => http2_over(stream, address, self.send_idle)
                    .await
                    .map(|shared| self.share(shared)),
                false => http1_over(stream, address, self.send_idle)
                    .await
                    .map(Connection::Http1),
            }
        })
    }

    /// Gives places on a connection to other exchanges too, and returns the first place.
    fn share(&self, shared: Shared) -> Connection {
        let place = shared.place();
        let load = Arc::clone(shared.load());
        self.with(|connections| connections.shared.push(shared));
        tokio::spawn(forget_when_idle(Arc::downgrade(&self.connections), load));
        place
    }

    /// Gives no more places on a connection whose origin refuses requests.
    pub(super) fn forget(&self, connection: &Connection) {
        if let Connection::Http2(_, Lease(load)) = connection {
            self.with(|connections| {
                let others = |shared: &Shared| !Arc::ptr_eq(shared.load(), load);
                connections.shared.retain(others);
            });
        }
    }

    /// Returns what keeps an HTTP/1.1 connection for the next exchange, once this exchange is over;
    /// `head` is the response's head. Returns `None` if the connection must not be kept.
    pub(super) fn keep(&self, sender: Http1, head: &HeaderMap) -> Option<Kept> {
        let idle = idle_time(head, self.idle_timeout)?;
        Some(Kept {
            sender: Some(sender),
            idle,
            connections: Arc::downgrade(&self.connections),
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Connections) -> T) -> T {
        change(
            &mut self
                .connections
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}
