//! One script in action: the gates that hold its answers back, and the record of what the origin
//! saw.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::received::Received;
use crate::failure::{Verdict, fail};

type Script = Box<dyn Fn(&Received) -> Answer + Send + Sync>;

/// A script, its gates and its record.
pub(crate) struct Play {
    script: Script,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    gate: u32,
    over: bool,
    exchanges: Vec<Exchange>,
}

/// What the origin saw of one request and its answer.
#[derive(Clone)]
pub(crate) struct Exchange {
    /// The request.
    pub(crate) request: Received,
    /// The first bytes of the answer, head included.
    pub(crate) start: Vec<u8>,
    /// How many bytes of the answer, head included, the kernel has taken.
    pub(crate) written: u64,
    /// How the answer ended, or `None` while it has not.
    pub(crate) finish: Option<Finish>,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The script was played to its end.
    Played,
    /// The peer closed the connection first.
    PeerClosed,
    /// The scenario was over first.
    Over,
}

impl Play {
    pub(super) fn new(script: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            script: Box::new(script),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn answer(&self, request: &Received) -> Answer {
        (self.script)(request)
    }

    /// Opens all gates up to this number; answers that wait for them continue.
    pub(crate) fn open(&self, gate: u32) {
        self.change(|state| state.gate = state.gate.max(gate));
    }

    pub(super) fn end(&self) {
        self.change(|state| state.over = true);
    }

    pub(super) fn is_over(&self) -> bool {
        self.state.lock().unwrap().over
    }

    /// Waits a little for a gate, and returns whether it is open.
    pub(super) fn passes(&self, gate: u32, patience: Duration) -> bool {
        let state = self.state.lock().unwrap();
        let closed = |state: &mut State| state.gate < gate && !state.over;
        self.changed
            .wait_timeout_while(state, patience, closed)
            .unwrap()
            .0
            .gate
            >= gate
    }

    pub(super) fn begin(&self, request: Received) -> usize {
        self.change(|state| {
            state.exchanges.push(Exchange {
                request,
                start: Vec::new(),
                written: 0,
                finish: None,
            });
            state.exchanges.len() - 1
        })
    }

    pub(super) fn record(&self, exchange: usize, note: impl FnOnce(&mut Exchange)) {
        self.change(|state| note(&mut state.exchanges[exchange]));
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        changed
    }

    /// Returns the exchanges so far, in the order of arrival.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.state.lock().unwrap().exchanges.clone()
    }

    /// Returns the only request that arrived. Fails if there was none, or several.
    pub(crate) fn only_request(&self) -> Verdict<Received> {
        let state = self.state.lock().unwrap();
        match state.exchanges.as_slice() {
            [one] => Ok(one.request.clone()),
            several => fail!("the origin expected one request, got {}", several.len()),
        }
    }

    /// Waits until `holds` returns a value for the exchanges so far.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        deadline: Instant,
        mut holds: impl FnMut(&[Exchange]) -> Option<T>,
    ) -> Verdict<T> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(value) = holds(&state.exchanges) {
                return Ok(value);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                fail!("the origin waited in vain for {what}");
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }
}
