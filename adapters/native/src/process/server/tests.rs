use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use streamgate::{Config, Gate, Transform, TransformError};

use super::*;
use crate::connect;

/// A stage with a fault.
struct Faulty;

impl Transform for Faulty {
    fn push(&mut self, _: &mut &[u8], _: &mut Vec<u8>) -> Result<(), TransformError> {
        panic!("a fault of the gate's own");
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), TransformError> {
        Ok(())
    }
}

fn origin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\nconnection: close\r\n\r\n<p>x",
            );
        }
    });
    format!("[origin]\nurl = \"http://{address}\"\n")
}

#[test]
fn a_panic_ends_its_exchange_and_nothing_else() {
    let config = Config::from_toml(&origin(), "test").expect("a configuration");
    let gate = Gate::builder().transform("faulty", |path, _| {
        (path == "/faulty").then(|| Box::new(Faulty) as Box<dyn Transform>)
    });
    let set_up = SetUp {
        gate: gate.build(config).expect("a gate"),
        tls: None,
        text: "".into(),
    };
    let (setups, _) = watch::channel(set_up);
    let (phases, _) = watch::channel(Phase::Serving);
    let tls = connect::tls().expect("TLS");
    let [listener] = &crate::process::bind(([127, 0, 0, 1], 0).into(), 1).expect("a port")[..]
    else {
        panic!("one socket for one thread");
    };
    let listener = listener.try_clone().expect("a socket");
    let address = listener.local_addr().expect("an address");
    let shared = Shared {
        tls,
        admission: Admission::new(None),
        requests: PlacesOf::default(),
        health: SharedBy::default(),
        metrics: Arc::new(Metrics::new()),
        cache: Newest::default(),
    };
    crate::process::listen::spawn(
        listener,
        setups.subscribe(),
        phases.subscribe(),
        shared.into(),
    )
    .expect("a thread");
    let ask = |path: &str| {
        let mut client = TcpStream::connect(address).expect("a connection");
        write!(
            client,
            "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        )
        .expect("a request");
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    for _ in 0..2 {
        assert!(!ask("/faulty").contains("\r\n0\r\n"), "a clean end");
        assert!(ask("/").ends_with("<p>x\r\n0\r\n\r\n"));
    }
}
