//! The tasks of an exchange, and what they wait for. The host's calls block, or return a pollable:
//! a task tells here which one it waits for, and the host waits for those of all tasks at a time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use wasi::io::poll::{Pollable, poll};

thread_local! {
    /// What starts tasks beside those that run.
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
    /// What the tasks that were polled last wait for. Each owns its wait: a pollable must not
    /// outlive the stream that it is of.
    static AWAITED: RefCell<Vec<(Weak<Wait>, Waker)>> = const { RefCell::new(Vec::new()) };
}

struct Wait {
    pollable: Pollable,
    is_over: Cell<bool>,
}

/// Starts a task beside the others.
pub(crate) fn spawn_local(task: impl Future<Output = ()> + 'static) {
    let spawner = SPAWNER.with_borrow(Option::clone);
    let spawned = spawner.is_some_and(|spawner| spawner.spawn_local(task).is_ok());
    debug_assert!(spawned, "only tasks start tasks");
}

/// Runs a task, and those that it starts, to their end. Wherever one is pending, it has woken
/// itself, or waits for another, or by [`ready`]; one that waits for nothing is dropped.
pub(crate) fn run(task: impl Future<Output = ()> + 'static) {
    let mut tasks = LocalPool::new();
    SPAWNER.set(Some(tasks.spawner()));
    spawn_local(task);
    loop {
        tasks.run_until_stalled();
        let (waits, wakers): (Vec<_>, Vec<_>) = AWAITED.take().into_iter().unzip();
        let waits: Vec<Rc<Wait>> = waits.iter().filter_map(Weak::upgrade).collect();
        if waits.is_empty() {
            return;
        }
        let pollables: Vec<_> = waits.iter().map(|wait| &wait.pollable).collect();
        for index in poll(&pollables) {
            waits[index as usize].is_over.set(true);
        }
        drop(waits);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Waits until something is ready. Other tasks have their turn meanwhile, even if it is.
pub(crate) async fn ready(pollable: Pollable) {
    let wait = Rc::new(Wait {
        pollable,
        is_over: Cell::new(false),
    });
    // Whoever looks a second time, before the host was waited for, wants to know what is there now.
    let mut is_asked_again = false;
    poll_fn(|context| {
        if wait.is_over.get() || (is_asked_again && wait.pollable.ready()) {
            return Poll::Ready(());
        }
        is_asked_again = true;
        let awaited = (Rc::downgrade(&wait), context.waker().clone());
        AWAITED.with_borrow_mut(|all| all.push(awaited));
        Poll::Pending
    })
    .await;
}
