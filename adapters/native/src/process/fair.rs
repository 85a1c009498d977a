//! Tasks that give way to the thread's sockets, and to each other.
//!
//! A body that makes much work wakes its task again and again. The runtime then polls the task some
//! sixty times before it looks at its sockets once; and where several tasks do so, what comes in at
//! a socket waits for all of them. Here, the sockets are looked at after each of these polls.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::task::yield_now;

/// How long a poll must take to be work that others wait for.
const LONG: Duration = Duration::from_micros(100);

/// A future that, when it wakes itself, is polled again only once the sockets have been looked at.
/// Of those whose polls take long, one is polled then, in turn.
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
        fair.own.leave_front();
        fair.own.state.store(POLLED, Ordering::SeqCst);
        let start = Instant::now();
        let polled = fair
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&fair.waker));
        let woken = fair.own.state.swap(IDLE, Ordering::SeqCst) == WOKEN;
        if polled.is_pending() && woken {
            if start.elapsed() < LONG {
                wake_behind_sockets(cx.waker());
            } else {
                fair.own.enter();
            }
        }
        polled
    }
}

impl<F> Drop for Fair<F> {
    fn drop(&mut self) {
        self.own.leave();
    }
}

thread_local! {
    /// The futures of this thread that wait for their turn. The first one is woken, or is going to
    /// be woken, behind the sockets.
    static QUEUE: RefCell<VecDeque<Arc<Own>>> = const { RefCell::new(VecDeque::new()) };
    /// Wakes the first in the queue.
    static FIRST: Waker = Arc::new(First).into();
}

struct First;

impl Wake for First {
    fn wake(self: Arc<Self>) {
        let first = QUEUE.with_borrow(|queue| queue.front().cloned());
        if let Some(first) = first {
            first.with(|task| task.wake_by_ref());
        }
    }
}

/// Wakes, once the runtime has looked at its sockets.
fn wake_behind_sockets(waker: &Waker) {
    // Its first poll asks the runtime for that.
    let _ = pin!(yield_now()).poll(&mut Context::from_waker(waker));
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
    /// Joins the queue.
    fn enter(self: &Arc<Self>) {
        let alone = QUEUE.with_borrow_mut(|queue| {
            if !queue.iter().any(|other| Arc::ptr_eq(other, self)) {
                queue.push_back(self.clone());
            }
            queue.len() == 1
        });
        if alone {
            FIRST.with(wake_behind_sockets);
        }
    }

    /// Leaves the queue if this is the first in it.
    fn leave_front(self: &Arc<Self>) {
        let others = QUEUE.with_borrow_mut(|queue| {
            queue.pop_front_if(|first| Arc::ptr_eq(first, self))?;
            (!queue.is_empty()).then_some(())
        });
        if others.is_some() {
            FIRST.with(wake_behind_sockets);
        }
    }

    /// Leaves the queue for good.
    fn leave(self: &Arc<Self>) {
        self.leave_front();
        QUEUE.with_borrow_mut(|queue| queue.retain(|other| !Arc::ptr_eq(other, self)));
    }

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

    /// A future that has `turns` long turns, and notes each.
    fn long(name: char, turns: usize, notes: Rc<RefCell<String>>) -> impl Future<Output = ()> {
        let mut left = turns;
        poll_fn(move |cx| {
            std::thread::sleep(LONG);
            notes.borrow_mut().push(name);
            left -= 1;
            if left == 0 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    #[test]
    fn long_turns_are_had_one_by_one() {
        let notes = Rc::<RefCell<String>>::default();
        let noted = notes.clone();
        LocalSet::new().block_on(&runtime().expect("a runtime"), async move {
            let tasks =
                ['a', 'b', 'c'].map(|it| spawn_local(Fair::new(long(it, 5, noted.clone()))));
            let dropped = spawn_local(Fair::new(long('x', usize::MAX, noted.clone())));
            // Goes on each time that the sockets have been looked at.
            let own = noted.clone();
            let looks = spawn_local(async move {
                loop {
                    own.borrow_mut().push('-');
                    yield_now().await;
                }
            });
            let [a, b, c] = tasks;
            a.await.expect("it ends");
            dropped.abort();
            b.await.expect("it ends");
            c.await.expect("it ends");
            looks.abort();
        });
        let notes = notes.borrow();
        // The first turns come as the tasks are spawned.
        let (_, later) = notes.split_once('-').expect("a look");
        // It goes on before or behind the turn between two looks, so two turns may stand together.
        for three in later.as_bytes().windows(3) {
            assert!(three.contains(&b'-'), "{notes}");
        }
        for name in ['a', 'b', 'c'] {
            assert_eq!(notes.matches(name).count(), 5, "{notes}");
        }
        assert!(notes.matches('x').count() <= 6, "{notes}");
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
