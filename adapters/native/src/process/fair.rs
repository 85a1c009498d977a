//! Tasks that give way to the thread's sockets, too.
//!
//! A body that makes much work wakes its task again and again. The runtime then polls the task some
//! sixty times before it looks at its sockets once.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::task::yield_now;

/// A future that, when it wakes itself, is polled again only once the sockets have been looked at.
pub(super) struct Fair<F> {
    future: Pin<Box<F>>,
    own: Arc<Own>,
    /// The waker of `own`.
    waker: Waker,
}

impl<F: Future> Fair<F> {
    /// Wraps the future of a task.
    pub(super) fn new(future: F) -> Self {
        let own = Arc::new(Own {
            state: AtomicU8::new(IDLE),
            task: Mutex::new(Waker::noop().clone()),
        });
        Self {
            future: Box::pin(future),
            waker: Arc::clone(&own).into(),
            own,
        }
    }
}

impl<F: Future> Future for Fair<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let fair = self.get_mut();
        fair.own.with(|task| task.clone_from(cx.waker()));
        fair.own.state.store(POLLED, Ordering::SeqCst);
        let polled = fair
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&fair.waker));
        let woken = fair.own.state.swap(IDLE, Ordering::SeqCst) == WOKEN;
        if polled.is_pending() && woken {
            // Its first poll asks the runtime for a wake behind the sockets.
            let _ = pin!(yield_now()).poll(cx);
        }
        polled
    }
}

/// The future is not being polled.
const IDLE: u8 = 0;
/// The future is being polled.
const POLLED: u8 = 1;
/// The future was woken while it was being polled.
const WOKEN: u8 = 2;

/// What a future's wakers share.
struct Own {
    state: AtomicU8,
    /// The waker of the task that the future is of.
    task: Mutex<Waker>,
}

impl Own {
    fn with<T>(&self, look: impl FnOnce(&mut Waker) -> T) -> T {
        look(&mut self.task.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wake for Own {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let seen = self
            .state
            .compare_exchange(POLLED, WOKEN, Ordering::SeqCst, Ordering::SeqCst);
        if seen == Err(IDLE) {
            self.with(|task| task.wake_by_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::{LocalSet, spawn_local};

    use super::*;
    use crate::process::listen::runtime;

    #[test]
    fn a_task_that_wakes_itself_leaves_the_sockets_their_turn() {
        let turns = Rc::new(Cell::new(0_u32));
        let counted = turns.clone();
        let busy = poll_fn(move |cx: &mut Context<'_>| {
            counted.set(counted.get() + 1);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        LocalSet::new().block_on(&runtime().expect("a runtime"), async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            spawn_local(async move {
                let (mut echo, _) = listener.accept().await.expect("a connection");
                let mut byte = [0];
                while echo.read_exact(&mut byte).await.is_ok() {
                    echo.write_all(&byte).await.expect("a reader");
                }
            });
            let mut client = TcpStream::connect(address).await.expect("a connection");
            spawn_local(Fair::new(busy));
            let before = turns.get();
            for _ in 0..100 {
                client.write_all(b"x").await.expect("it is sent");
                client.read_exact(&mut [0]).await.expect("it comes back");
            }
            // Each echo takes a few looks at the sockets, and the busy task gets one turn for each.
            let each = (turns.get() - before) / 100;
            assert!((1..30).contains(&each), "{each} turns for each echo");
        });
    }

    #[test]
    fn a_wake_from_elsewhere_is_not_lost() {
        let (tell, told) = tokio::sync::oneshot::channel();
        LocalSet::new().block_on(&runtime().expect("a runtime"), async move {
            let waiting = spawn_local(Fair::new(told));
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                let _ = tell.send(7);
            });
            assert_eq!(waiting.await.expect("the task ends"), Ok(7));
        });
    }
}
