//! Waits for several things of the host at a time. An exchange mostly waits in the call that wants
//! something; where it wants the first of several, each tells here what it waits for.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wasi::io::poll::{Pollable, poll};

thread_local! {
    /// What the futures that were polled last wait for, as far as they still do.
    static AWAITED: RefCell<Vec<Weak<Pollable>>> = const { RefCell::new(Vec::new()) };
}

/// Whether a future has woken its task.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end. Wherever it is pending, it has woken its task, or waits by [`ready`].
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    loop {
        AWAITED.take();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let awaited = AWAITED.take();
        let awaited: Vec<Rc<Pollable>> = awaited.iter().filter_map(Weak::upgrade).collect();
        if !woken.0.swap(false, Ordering::Relaxed) && !awaited.is_empty() {
            let awaited: Vec<&Pollable> = awaited.iter().map(Rc::as_ref).collect();
            poll(&awaited);
        }
    }
}

/// Waits until something is ready.
pub(crate) async fn ready(pollable: Pollable) {
    let pollable = Rc::new(pollable);
    poll_fn(|_| {
        if pollable.ready() {
            return Poll::Ready(());
        }
        AWAITED.with_borrow_mut(|awaited| awaited.push(Rc::downgrade(&pollable)));
        Poll::Pending
    })
    .await;
}
