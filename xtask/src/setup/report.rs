//! What set-up tells the user, and where its time went.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::process::Clock;

/// Prints what is found and what is installed. Steps that run side by side share one.
pub(crate) struct Report {
    /// Whether to name what was found, too.
    everything: bool,
    start: Instant,
    installed: Mutex<Vec<(String, Duration)>>,
}

impl Report {
    /// Names everything.
    pub(super) fn everything() -> Self {
        Self::new(true)
    }

    /// Names only what has to be installed.
    pub(super) fn installations() -> Self {
        Self::new(false)
    }

    fn new(everything: bool) -> Self {
        Self {
            everything,
            start: Instant::now(),
            installed: Mutex::default(),
        }
    }

    /// Says that `what` is there already.
    pub(super) fn found(&self, what: &str) {
        if self.everything {
            println!("  found      {what}");
        }
    }

    /// Installs `what`. Says so before, with what it is for and how long it takes, and after, with
    /// how long it took; each with the time since the set-up began.
    ///
    /// # Errors
    /// Those of the installation.
    pub(super) fn installing(
        &self,
        what: &str,
        purpose: &str,
        takes: &str,
        install: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let began = Instant::now();
        let since = || Clock(self.start.elapsed());
        println!("  {} installing {what}: {purpose} ({takes})", since());
        install()?;
        let took = began.elapsed();
        println!("  {} installed  {what} in {}", since(), Clock(took));
        let mut installed = self
            .installed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        installed.push((what.to_owned(), took));
        Ok(())
    }

    /// Returns each installation with the time that it took, in the order in which they ended.
    pub(super) fn installed(&self) -> Vec<(String, Duration)> {
        let installed = self.installed.lock();
        installed.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the time since the set-up began.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}
