//! A companion of the gate: something that runs in the same process for as long as the gate does.

use std::net::SocketAddr;

use futures::future::LocalBoxFuture;

/// A companion that the process runs beside the gate and lets introduce itself. The process knows
/// no more about it.
pub(crate) trait Companion {
    /// Tells the terminal about the companion, once the gate listens on `gate`.
    fn announce(&self, gate: SocketAddr);

    /// Runs forever, on the thread that waits for signals.
    fn run(self: Box<Self>) -> LocalBoxFuture<'static, ()>;
}
