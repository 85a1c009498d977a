//! Clients that ask the gate all at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::{Connection, Request};
use crate::failure::Verdict;

/// How long all clients may take together.
const PATIENCE: Duration = Duration::from_secs(300);

/// What became of requests: how many had a status, or a failure.
pub(super) type Counts = BTreeMap<String, usize>;

/// Lets `clients` clients send `each` requests one after the other, on connections that stay open.
/// `pause` says how long the client of a number waits before a request.
pub(super) fn ask(
    address: SocketAddr,
    (clients, each): (usize, usize),
    request: &Request,
    pause: impl Fn(usize, usize) -> Duration + Sync,
) -> Counts {
    let deadline = Instant::now() + PATIENCE;
    let one = |client: usize| {
        let mut counts = Counts::new();
        let mut kept = None;
        for number in 0..each {
            std::thread::sleep(pause(client, number));
            let outcome = match exchange(address, &mut kept, request, deadline) {
                Ok(status) => status.to_string(),
                Err(failure) => failure.0,
            };
            *counts.entry(outcome).or_default() += 1;
        }
        counts
    };
    let mut sum = Counts::new();
    std::thread::scope(|scope| {
        let one = &one;
        let running: Vec<_> = (0..clients)
            .map(|client| scope.spawn(move || one(client)))
            .collect();
        for client in running {
            for (outcome, count) in client.join().unwrap() {
                *sum.entry(outcome).or_default() += count;
            }
        }
    });
    sum
}

/// Sends one request on the connection that is kept, or on a new one. Returns the status of a
/// response that came whole.
fn exchange(
    address: SocketAddr,
    kept: &mut Option<Connection>,
    request: &Request,
    deadline: Instant,
) -> Verdict<u16> {
    let connection = match kept.take() {
        Some(connection) => connection,
        None => Connection::open(address, deadline, None)?,
    };
    let (response, again) = connection.exchange(request)?;
    *kept = again;
    Ok(response.status)
}
