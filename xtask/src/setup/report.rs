//! Tells the user about the set-up's progress, and where its time went.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::process::Clock;

/// Prints what is found and what is installed. Steps that run in parallel share a report.
pub(crate) struct Report {
    /// Whether to name what was found, too.
    everything: bool,
    start: Instant,
    installed: Mutex<Vec<(String, Duration)>>,
}

impl Report {
    /// Makes a report of everything that is found or installed.
    pub(super) fn everything() -> Self {
        Self::new(true)
    }

    /// Makes a report of installations only.
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

    /// Reports that `what` already exists.
    pub(super) fn found(&self, what: &str) {
        if self.everything {
            println!("  found      {what}");
        }
    }

    /// Installs `what`. Reports its purpose and expected duration before, and its actual duration
    /// afterwards; both with the time since the set-up began.
    ///
    /// # Errors
    /// Returns the error of the installation.
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
