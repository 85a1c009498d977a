//! What a scenario plays on: a runtime in front, the scripted origin behind it, a client, and a
//! deadline.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::client::{Connection, Request, Response};
use crate::driver::Runtime;
use crate::explained::Exchanges;
use crate::failure::{Failure, Verdict};
use crate::log::Log;
use crate::meter::Meter;
use crate::origin::{Answer, Origin, Play, Received};

/// One scenario on one runtime.
pub(crate) struct Stage {
    /// The runtime.
    pub(crate) runtime: Runtime,
    /// Where the runtime listens.
    pub(crate) front: SocketAddr,
    /// Where the runtime with the scenario's second configuration listens.
    pub(crate) second: Option<SocketAddr>,
    /// The origin.
    pub(crate) origin: Arc<Origin>,
    /// The scenario's id, which is the first segment of its paths.
    pub(crate) id: String,
    /// The time at which the scenario fails at the latest.
    pub(crate) deadline: Instant,
    /// A meter of the runtime's memory; `None` if the process in front is not ours.
    pub(crate) meter: Option<Meter>,
    /// The runtime's log from the scenario's start on; `None` if the process in front is not ours.
    pub(crate) log: Option<Log>,
    /// What the runtime has decided so far.
    pub(crate) exchanges: Exchanges,
}

impl Stage {
    /// Makes the origin answer this scenario's requests by a script.
    pub(crate) fn script(
        &self,
        script: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Arc<Play> {
        self.origin.play(&self.id, script)
    }

    /// Makes the origin give the same answer to every request.
    pub(crate) fn always(&self, answer: Answer) -> Arc<Play> {
        self.script(move |_| answer.clone())
    }

    /// Makes a request for `path`, which starts with `/`, below this scenario's own path.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        self.request_for(method, format!("/{}{path}", self.id))
    }

    /// Makes a request for a target that need not be below this scenario's own path.
    pub(crate) fn request_for(&self, method: &str, target: impl Into<Vec<u8>>) -> Request {
        Request::new(method, target).by_a_front(self.runtime.needs_a_front())
    }

    /// Makes a `GET` request for `path` below this scenario's own path.
    pub(crate) fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// Opens a connection to the runtime.
    pub(crate) fn connect(&self) -> Verdict<Connection> {
        Connection::open(self.front, self.deadline, None)
    }

    /// Sends a request and waits for the response's head.
    pub(crate) fn send(&self, request: &Request) -> Verdict<Response> {
        self.send_to(self.front, request)
    }

    /// Sends a request to one of the runtimes and waits for the response's head.
    pub(crate) fn send_to(&self, front: SocketAddr, request: &Request) -> Verdict<Response> {
        let before = self.origin.answers(&self.id).len();
        let (response, is_alone) = self.exchanges.play(|| {
            let mut connection = Connection::open(front, self.deadline, None)?;
            connection.send(request)?;
            connection.response(&request.method)
        });
        let response = response?;
        if is_alone {
            let answers = self.origin.answers(&self.id);
            let answers = answers.get(before..).unwrap_or_default();
            self.exchanges.keep(front, request, &response, answers);
        }
        Ok(response)
    }

    /// Sends a request and reads the response to its end, however it ends.
    pub(crate) fn exchange(&self, request: &Request) -> Verdict<Response> {
        let mut response = self.send(request)?;
        response.read_to_end()?;
        Ok(response)
    }

    /// Checks that the runtime logs a line that contains `words`.
    pub(crate) fn logs(&self, words: &str) -> Verdict {
        let no_log = || Failure("there is no runtime that logs".to_owned());
        self.log.as_ref().ok_or_else(no_log)?.says(words)
    }

    /// Checks that no line of the runtime's log so far contains `words`.
    pub(crate) fn logs_no(&self, words: &str) -> Verdict {
        self.log.as_ref().map_or(Ok(()), |log| log.lacks(words))
    }

    /// Sends a request whose answer consists of a head and a part of the body, then waits for gate
    /// 1 of its play, and then fails. The client must get the head, then nothing but a start of
    /// `expected`, and must be able to tell that the body is incomplete.
    pub(crate) fn is_cut(&self, request: &Request, play: &Play, expected: &[u8]) -> Verdict {
        let mut response = self.send(request)?;
        response.has_status(200)?;
        response.read_until("the first bytes", |response| !response.body.is_empty())?;
        play.open(1);
        response.read_to_end()?;
        response.starts(expected)?.is_seen_as_cut()?;
        Ok(())
    }
}
