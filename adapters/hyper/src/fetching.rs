//! A fetch in a task of its own.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use streamgate::FetchError;
use tokio::task::JoinHandle;

/// The end of a fetch that a task makes, whether or not it is polled. Dropping it ends the task.
#[derive(Debug)]
pub(crate) struct Fetching<T>(JoinHandle<Result<T, FetchError>>);

impl<T> Fetching<T> {
    /// Waits for the end of a task.
    #[must_use]
    pub(crate) fn new(task: JoinHandle<Result<T, FetchError>>) -> Self {
        Self(task)
    }
}

impl<T> Future for Fetching<T> {
    type Output = Result<T, FetchError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(joined.unwrap_or_else(|error| Err(FetchError::Other(error.to_string()))))
    }
}

impl<T> Drop for Fetching<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
