//! An origin at several addresses, which die under load and come back.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

use crate::support::{
    Gate, OK, ask, becomes, configuration, configured, get, head, says, says_all,
};

/// One address of an origin, which can die.
struct Server {
    address: SocketAddr,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    requests: AtomicUsize,
    is_dead: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl Server {
    /// Starts one that answers [`OK`].
    fn start(address: impl Into<SocketAddr>) -> Self {
        let listener = TcpListener::bind(address.into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<State>::default();
        let own = state.clone();
        let listening = spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if own.is_dead.load(Ordering::SeqCst) {
                    return;
                }
                let copy = stream.try_clone().expect("a socket");
                own.connections.lock().expect("a lock").push(copy);
                let own = own.clone();
                spawn(move || own.serve(stream));
            }
        });
        Self {
            address,
            state,
            listening,
        }
    }

    /// Ends all connections at once, between two answers or not, and listens no more.
    fn die(self) -> SocketAddr {
        self.state.is_dead.store(true, Ordering::SeqCst);
        for connection in self.state.connections.lock().expect("a lock").iter() {
            let _ = connection.shutdown(Shutdown::Both);
        }
        let _ = TcpStream::connect(self.address); // Wakes it.
        self.listening.join().expect("it ends");
        self.address
    }

    fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream) {
        while head(&mut stream).is_some() {
            self.requests.fetch_add(1, Ordering::SeqCst);
            if stream.write_all(OK).is_err() {
                return;
            }
        }
    }
}

/// Returns a configuration of an origin at these addresses.
fn at(addresses: &[SocketAddr], more: &str) -> String {
    let addresses: Vec<_> = addresses.iter().map(|it| format!("'{it}'")).collect();
    let addresses = addresses.join(", ");
    format!("[origin]\nurl = 'http://origin.test'\naddresses = [{addresses}]\n{more}")
}

/// Two addresses that no other test has, so that nobody takes the port of a server that is dead.
fn loopback(test: u8) -> [([u8; 4], u16); 2] {
    [1, 2].map(|host| ([127, 1, test, host], 0))
}

/// Clients that ask again and again, until they are told to stop. Each returns how many requests it
/// has made, and the heads of those that failed.
fn load(gate: &Gate, is_over: &Arc<AtomicBool>) -> Vec<JoinHandle<(usize, Vec<String>)>> {
    let clients = (0..8).map(|_| {
        let mut client = gate.send(b"");
        let is_over = is_over.clone();
        spawn(move || {
            let (mut made, mut failed) = (0, Vec::new());
            while !is_over.load(Ordering::SeqCst) {
                made += 1;
                let head = ask(&mut client);
                if !head.starts_with("HTTP/1.1 200") {
                    failed.push(head);
                }
            }
            (made, failed)
        })
    });
    clients.collect()
}

#[test]
fn an_address_that_dies_under_load_costs_no_request_and_comes_back() {
    let [one, other] = loopback(1).map(Server::start);
    let text = at(&[one.address, other.address], "");
    let (gate, log) = configured(&text);
    let is_over = Arc::<AtomicBool>::default();
    let clients = load(&gate, &is_over);
    assert!(becomes(|| one.requests() > 100 && other.requests() > 100));
    let dead = one.die();
    let before = other.requests();
    assert!(becomes(|| other.requests() > before + 200));
    let back = Server::start(dead);
    assert!(becomes(|| back.requests() > 100));
    is_over.store(true, Ordering::SeqCst);
    for client in clients {
        let (made, failed) = client.join().expect("a client");
        assert!(failed.is_empty(), "of {made}: {failed:?}");
    }
    says(log, "address of the origin failed");
}

#[test]
fn a_dead_address_beside_a_live_one_costs_no_request() {
    let [dead, live] = loopback(2).map(Server::start);
    let dead = dead.die();
    let text = at(&[dead, live.address], "[admin]\nlisten = '127.0.0.1:0'\n");
    let (gate, admin) = Gate::with_admin(&configuration(&text));
    for method in ["GET", "POST", "PUT", "GET"].repeat(5) {
        let request = format!(
            "{method} / HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\
             content-length: 2\r\n\r\nhi"
        );
        let answer = gate.ask(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200"), "{method}: {answer}");
    }
    let metrics = get(&admin, "/metrics");
    let failed = "streamgate_origin_failures_total{origin=\"http://origin.test\",\
                  reason=\"connection_refused\"} ";
    assert!(metrics.contains(failed), "{metrics}");
}

#[test]
fn where_all_addresses_are_dead_the_log_says_why() {
    let [one, other] = loopback(3).map(Server::start).map(Server::die);
    let (gate, log) = configured(&at(&[one, other], ""));
    let answer = gate.get("/");
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(!answer.contains("127.0.0"), "{answer}");
    let said = [one, other].map(|address| {
        [
            format!("{address}: Connection refused"),
            format!("address={address}"),
        ]
    });
    let said: Vec<_> = said.as_flattened().iter().map(String::as_str).collect();
    says_all(log, &[&said[..], &["left_out=1s"]].concat());
}
