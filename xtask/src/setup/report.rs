//! What set-up tells the user.

use std::{cell::Cell, time::Instant};

use anyhow::Result;

/// Prints what is found and what is installed.
pub(super) struct Report {
    /// Whether to name what was found, too.
    everything: bool,
    installed: Cell<u32>,
}

impl Report {
    /// Names everything.
    pub(super) fn everything() -> Self {
        Self {
            everything: true,
            installed: Cell::new(0),
        }
    }

    /// Names only what has to be installed.
    pub(super) fn installations() -> Self {
        Self {
            everything: false,
            installed: Cell::new(0),
        }
    }

    /// `what` is there already.
    pub(super) fn found(&self, what: &str) {
        if self.everything {
            println!("  found      {what}");
        }
    }

    /// Installs `what`, saying so before, with how long it takes, and after, with how long it took.
    ///
    /// # Errors
    /// Those of the installation.
    pub(super) fn installing(
        &self,
        what: &str,
        takes: &str,
        install: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let start = Instant::now();
        println!("  installing {what} ({takes})");
        install()?;
        println!("  installed  {what} in {} s", start.elapsed().as_secs());
        self.installed.set(self.installed.get() + 1);
        Ok(())
    }

    /// The last line's middle.
    pub(super) fn outcome(&self) -> String {
        match self.installed.get() {
            0 => "nothing was installed".to_owned(),
            1 => "1 thing was installed".to_owned(),
            installed => format!("{installed} things were installed"),
        }
    }
}
