//! The tasks of an exchange, and what they wait for. The host's calls block, or return a pollable:
//! a task tells here which one it waits for, and the host waits for those of all tasks at a time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use wasi::clocks::monotonic_clock::{now, subscribe_instant};
use wasi::io::poll::{Pollable, poll};

thread_local! {
    /// What starts tasks beside those that run.
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
    /// What the tasks that were polled last wait for. Each owns its wait: a pollable must not
    /// outlive the stream that it is of.
    static AWAITED: RefCell<Vec<(Weak<Awaited>, Waker)>> = const { RefCell::new(Vec::new()) };
    /// The times that they wait for.
    static TIMES: RefCell<Vec<(Weak<u64>, Waker)>> = const { RefCell::new(Vec::new()) };
    /// A pollable of a time. It stays if the tasks come to wait for later ones: most times are
    /// limits that are not met, and a call of the host takes longer than a look at one.
    static ALARM: RefCell<Option<(u64, Pollable)>> = const { RefCell::new(None) };
    /// A time that has passed.
    static PASSED: Cell<u64> = const { Cell::new(0) };
    /// How often the host was waited for.
    static ROUND: Cell<usize> = const { Cell::new(1) };
}

struct Awaited {
    pollable: Pollable,
    is_over: Cell<bool>,
}

/// What can be waited for again and again.
pub(crate) struct Wait(Rc<Awaited>);

impl Wait {
    pub(crate) fn new(pollable: Pollable) -> Self {
        let is_over = Cell::new(false);
        Self(Rc::new(Awaited { pollable, is_over }))
    }

    /// Waits until it is ready. Other tasks have their turn meanwhile, even if it is.
    pub(crate) async fn ready(&self) {
        let Self(wait) = self;
        wait.is_over.set(false);
        let mut asked_in = 0;
        poll_fn(|context| {
            // Whoever looks a second time, before the host was waited for, wants to know what is
            // there now.
            let is_asked_again = asked_in == ROUND.get();
            if wait.is_over.get() || (is_asked_again && wait.pollable.ready()) {
                return Poll::Ready(());
            }
            asked_in = ROUND.get();
            let awaited = (Rc::downgrade(wait), context.waker().clone());
            AWAITED.with_borrow_mut(|all| all.push(awaited));
            Poll::Pending
        })
        .await;
    }
}

/// Waits until something is ready, as [`Wait::ready`] does.
pub(crate) async fn ready(pollable: Pollable) {
    Wait::new(pollable).ready().await;
}

/// Waits for so many nanoseconds from now on.
pub(crate) fn wait(nanoseconds: u64) -> impl Future<Output = ()> {
    let time = Rc::new(now().saturating_add(nanoseconds));
    poll_fn(move |context| {
        if PASSED.get() >= *time {
            return Poll::Ready(());
        }
        let awaited = (Rc::downgrade(&time), context.waker().clone());
        TIMES.with_borrow_mut(|all| all.push(awaited));
        Poll::Pending
    })
}

/// Starts a task beside the others.
pub(crate) fn spawn_local(task: impl Future<Output = ()> + 'static) {
    let spawner = SPAWNER.with_borrow(Option::clone);
    let spawned = spawner.is_some_and(|spawner| spawner.spawn_local(task).is_ok());
    debug_assert!(spawned, "only tasks start tasks");
}

/// Runs a task, and those that it starts, to their end. Wherever one is pending, it has woken
/// itself, or waits for another, or by a [`Wait`] or [`wait`]; one that waits for nothing is
/// dropped.
pub(crate) fn run(task: impl Future<Output = ()> + 'static) {
    let mut tasks = LocalPool::new();
    SPAWNER.set(Some(tasks.spawner()));
    spawn_local(task);
    loop {
        tasks.run_until_stalled();
        let (waits, wakers): (Vec<_>, Vec<_>) = AWAITED.take().into_iter().unzip();
        let (times, sleepers): (Vec<_>, Vec<_>) = TIMES.take().into_iter().unzip();
        let waits: Vec<_> = waits.iter().filter_map(Weak::upgrade).collect();
        let time = times.iter().filter_map(Weak::upgrade).min();
        if waits.is_empty() && time.is_none() {
            return drop(ALARM.take());
        }
        wait_for_one(&waits, time.as_deref().copied());
        drop(waits);
        wakers.into_iter().chain(sleepers).for_each(Waker::wake);
    }
}

/// Lets the host wait until something is ready, or until `time` at the latest.
fn wait_for_one(waits: &[Rc<Awaited>], time: Option<u64>) {
    ROUND.set(ROUND.get() + 1);
    if let ([wait], None) = (waits, time) {
        wait.pollable.block();
        return wait.is_over.set(true);
    }
    let alarm = time.map(|time| {
        let kept = ALARM.take().filter(|(at, _)| *at <= time);
        kept.unwrap_or_else(|| (time, subscribe_instant(time)))
    });
    let pollables = waits.iter().map(|wait| &wait.pollable);
    let pollables: Vec<_> = pollables.chain(alarm.iter().map(|(_, at)| at)).collect();
    let mut passed = PASSED.get();
    for index in poll(&pollables) {
        match waits.get(index as usize) {
            Some(wait) => wait.is_over.set(true),
            None => passed = alarm.as_ref().map_or(passed, |(at, _)| *at),
        }
    }
    PASSED.set(passed);
    if let Some(alarm) = alarm.filter(|(at, _)| *at > passed) {
        ALARM.set(Some(alarm));
    }
}
