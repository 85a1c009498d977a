//! The end of the process: told by a signal, and made in steps that lose no request.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Clients are served.
    Serving,
    /// Clients are served on, and hear with each answer that their connection closes.
    Draining,
    /// Nobody new is served, and what is under way ends.
    Closing,
    /// What is under way is left unfinished.
    Ended,
}

/// How long a client has been silent that cannot have a request on its way any more, when the
/// connection that it keeps for the next one is closed.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// Takes the gate out of service: new clients are served for `delay` yet, and then all exchanges
/// end.
pub(super) async fn drain(phases: &watch::Sender<Phase>, delay: Option<Duration>) {
    if let Some(delay) = delay {
        phases.send_replace(Phase::Draining);
        sleep(delay).await;
    }
    phases.send_replace(Phase::Closing);
    phases.closed().await;
}

/// How long the threads have to reset the connections of what is left unfinished.
const RESETTING: Duration = Duration::from_secs(1);

/// Leaves all that is under way unfinished, visibly for its clients.
pub(super) async fn end(phases: &watch::Sender<Phase>) {
    phases.send_replace(Phase::Ended);
    let _ = timeout(RESETTING, phases.closed()).await;
}

/// Which signal has told the process to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// SIGINT, by a person at a terminal.
    Interrupt,
    /// SIGTERM, by a service manager.
    Terminate,
}

/// The signals that tell the process to stop.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Starts to listen, in the context of a runtime.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(unix)]
            terminate: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::terminate()).ok()
            },
        }
    }

    /// Resolves at the next signal.
    pub(super) async fn told(&mut self) -> Told {
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            tokio::select! {
                _ = terminate.recv() => return Told::Terminate,
                _ = tokio::signal::ctrl_c() => return Told::Interrupt,
            }
        }
        let _ = tokio::signal::ctrl_c().await;
        Told::Interrupt
    }
}
