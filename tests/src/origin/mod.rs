//! A scripted origin over raw TCP. It answers what a scenario tells it to, including lies, and
//! records what it was asked.

mod answer;
mod connection;
mod play;
mod received;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::failure::Verdict;
pub(crate) use answer::{Answer, Head, Step, answer};
pub(crate) use play::{Exchange, Finish, Play};
pub(crate) use received::Received;

/// A listening origin. One serves every scenario of a runtime, so that every configuration names
/// the same origin. Its further addresses stand for the origins of routes; a script sees at which
/// one a request arrived.
pub(crate) struct Origin {
    address: SocketAddr,
    others: [SocketAddr; OTHERS],
    /// A socket that is bound and never listens.
    deaf: Socket,
    shared: Arc<Shared>,
    listening: Mutex<Option<Listening>>,
}

/// How many further addresses an origin has.
pub(crate) const OTHERS: usize = 3;

/// The URLs of an origin, without a path.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    /// The URL that most scenarios use.
    pub(crate) main: String,
    /// The URLs of the further addresses.
    pub(crate) others: [String; OTHERS],
    /// A URL at which connections are refused.
    pub(crate) deaf: String,
}

struct Shared {
    plays: Mutex<HashMap<String, Arc<Play>>>,
    /// The generation of connections; those of an older one are closed as soon as they are idle.
    generation: AtomicU64,
}

struct Listening {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Origin {
    /// Listens on a free port of the loopback interface.
    pub(crate) fn start() -> Verdict<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            plays: Mutex::default(),
            generation: AtomicU64::new(0),
        });
        let listening = Mutex::new(Some(listen(listener, Arc::clone(&shared))?));
        let mut others = [address; OTHERS];
        for other in &mut others {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            *other = listener.local_addr()?;
            listen(listener, Arc::clone(&shared))?;
        }
        let deaf = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        deaf.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        Ok(Self {
            address,
            others,
            deaf,
            shared,
            listening,
        })
    }

    /// Returns where the origin listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns one of the further addresses.
    pub(crate) fn other(&self, number: usize) -> SocketAddr {
        self.others[number]
    }

    /// Returns all URLs of the origin.
    pub(crate) fn urls(&self) -> Verdict<Urls> {
        let deaf = self.deaf.local_addr()?.as_socket();
        Ok(Urls {
            main: self.url(),
            others: self.others.map(|address| format!("http://{address}")),
            deaf: deaf.map_or_else(String::new, |address| format!("http://{address}")),
        })
    }

    /// Returns the URL of the origin, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, answers requests whose path has the segment `id` by a script.
    pub(crate) fn play(
        &self,
        id: &str,
        script: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Arc<Play> {
        let play = Arc::new(Play::new(script));
        self.shared
            .plays
            .lock()
            .unwrap()
            .insert(id.to_owned(), Arc::clone(&play));
        play
    }

    /// Returns how each of the answers starts that a script has given so far, but for those with
    /// fragments.
    pub(crate) fn answers(&self, id: &str) -> Vec<Vec<u8>> {
        let plays = self.shared.plays.lock().unwrap();
        let exchanges = plays.get(id).map(|play| play.exchanges());
        let exchanges = exchanges.unwrap_or_default().into_iter();
        exchanges
            .filter(|exchange| !exchange.request.is_for_a_fragment())
            .map(|exchange| exchange.start)
            .collect()
    }

    /// Ends a script and cuts whatever it is in the middle of.
    pub(crate) fn end(&self, id: &str) {
        if let Some(play) = self.shared.plays.lock().unwrap().remove(id) {
            play.end();
        }
    }

    /// Closes every idle connection, as servers do after a while.
    pub(crate) fn close_idle(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        // Connections check the generation at every tick.
        std::thread::sleep(connection::TICK * 4);
    }

    /// Refuses connections while `during` runs. The port stays reserved.
    pub(crate) fn refusing<T>(&self, during: impl FnOnce() -> Verdict<T>) -> Verdict<T> {
        let listening = self
            .listening
            .lock()
            .unwrap()
            .take()
            .expect("an origin listens");
        listening.stop.store(true, Ordering::SeqCst);
        listening.thread.join().expect("the accepting thread ends");
        self.close_idle();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&self.address.into())?; // bound but not listening: connections are refused
        let outcome = during();
        socket.listen(128)?;
        *self.listening.lock().unwrap() = Some(listen(socket.into(), Arc::clone(&self.shared))?);
        outcome
    }
}

fn listen(listener: TcpListener, shared: Arc<Shared>) -> Verdict<Listening> {
    listener.set_nonblocking(true)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        while !stopped.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || connection::serve(stream, &shared));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    });
    Ok(Listening { stop, thread })
}
