//! Builds the adapters beside the checks: optimising a whole program keeps only one core busy for a
//! minute and more; meanwhile the others compile and run tests.

use std::{
    cell::OnceCell,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    build::{self, Adapter},
    paths, process,
};

/// The builds of adapters, one after the other.
pub(crate) struct Builds {
    adapters: Vec<Adapter>,
    results: OnceCell<Receiver<Built>>,
}

/// A finished build.
struct Built {
    result: Result<()>,
    /// The output of the programs that built the adapter.
    log: String,
    took: Duration,
}

impl Builds {
    /// Plans to build the adapters in this order.
    pub(crate) fn of(adapters: impl IntoIterator<Item = Adapter>) -> Self {
        Self {
            adapters: adapters.into_iter().collect(),
            results: OnceCell::new(),
        }
    }

    /// Starts to build, unless it was started before.
    pub(crate) fn start(&self) {
        self.results();
    }

    /// Returns the results of the thread that builds.
    fn results(&self) -> &Receiver<Built> {
        self.results.get_or_init(|| {
            let adapters = self.adapters.clone();
            let (sender, results) = mpsc::channel();
            // The thread ends early only if nobody waits for the results.
            thread::spawn(move || adapters.into_iter().try_for_each(|a| sender.send(build(a))));
            results
        })
    }

    /// Waits for the next build, prints its output, and returns the time that it took.
    ///
    /// # Errors
    /// Returns an error if the build failed.
    pub(crate) fn wait(&self) -> Result<Duration> {
        let Ok(Built { result, log, took }) = self.results().recv() else {
            bail!("the builds have ended before");
        };
        print!("{log}");
        result.map(|()| took)
    }
}

fn build(adapter: Adapter) -> Built {
    let start = Instant::now();
    let log = paths::logs().join(format!("build-{}.log", adapter.name()));
    let (result, log) = process::with_log(&log, || build::run(&[adapter]));
    Built {
        result,
        log,
        took: start.elapsed(),
    }
}
