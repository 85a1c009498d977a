//! How long the gate waits for a peer.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A limit on the time between two steps of a peer, and perhaps on all of them.
#[derive(Debug)]
pub struct Patience {
    limit: Option<Duration>,
    deadline: Option<Instant>,
    /// Made at the first wait.
    alarm: Option<Pin<Box<Sleep>>>,
    pub(crate) waiting: bool,
    lift: Option<Lift>,
}

/// Which limit a peer has reached.
#[derive(Debug, Clone, Copy)]
pub enum Overdue {
    /// The time between two steps.
    Step(Duration),
    /// The time of the whole exchange.
    Exchange {
        /// Whether the peer's next step was awaited.
        awaited: bool,
    },
}

/// A switch that lifts the limit on the steps of a peer. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Lift(Arc<AtomicBool>);

impl Lift {
    /// Lifts the limit until the guard is dropped.
    #[must_use]
    pub fn hold(&self) -> Lifted {
        self.0.store(true, Ordering::Relaxed);
        Lifted(self.clone())
    }
}

/// A limit on steps that does not count at present.
#[derive(Debug)]
pub struct Lifted(Lift);

impl Drop for Lifted {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

impl Patience {
    /// Makes a limit of `limit` for each step, and until `deadline` for all.
    pub fn new(limit: Option<Duration>, deadline: Option<Instant>) -> Self {
        Self {
            limit,
            deadline,
            alarm: None,
            waiting: false,
            lift: None,
        }
    }

    /// Lets `lift` lift the limit for each step.
    pub fn lifted_by(self, lift: Lift) -> Self {
        Self {
            lift: Some(lift),
            ..self
        }
    }

    /// Returns whether the limit on steps does not count at present.
    fn is_lifted(&self) -> bool {
        let lift = self.lift.as_ref();
        lift.is_some_and(|lift| lift.0.load(Ordering::Relaxed))
    }

    /// Notes that the peer has made a step.
    pub fn step(&mut self) {
        self.waiting = false;
    }

    /// Returns whether the time of the exchange is over, whatever the peer does.
    pub(crate) fn is_past(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits for the peer's next step; ready if the wait has been too long.
    pub fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<Overdue> {
        if self.is_past() {
            return Poll::Ready(Overdue::Exchange { awaited: true });
        }
        if !self.waiting {
            let step = self.limit.map(|limit| Instant::now() + limit);
            let Some(end) = step.into_iter().chain(self.deadline).min() else {
                return Poll::Pending;
            };
            match &mut self.alarm {
                Some(alarm) => alarm.as_mut().reset(end),
                None => self.alarm = Some(Box::pin(sleep_until(end))),
            }
            self.waiting = true;
        }
        let rung = self.alarm.as_mut().map(|alarm| alarm.as_mut().poll(cx));
        match (rung, self.limit) {
            (Some(Poll::Ready(())), _) if self.is_past() => {
                Poll::Ready(Overdue::Exchange { awaited: true })
            }
            (Some(Poll::Ready(())), Some(_)) if self.is_lifted() => {
                self.waiting = false;
                self.poll_overdue(cx)
            }
            (Some(Poll::Ready(())), Some(limit)) => Poll::Ready(Overdue::Step(limit)),
            _ => Poll::Pending,
        }
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(limit) => write!(f, "nothing within {limit:?}"),
            Self::Exchange { .. } => f.write_str("the exchange takes longer than limits.exchange"),
        }
    }
}
