//! Scenarios: what they consist of, and how they are made.

use std::time::Duration;

use crate::client::{Request, Response};
use crate::driver::Runtime;
use crate::failure::Verdict;
use crate::origin::{Answer, Play};
use crate::setup::Setup;
use crate::stage::Stage;

/// A scripted origin, a request, and what the client must observe.
pub(crate) struct Scenario {
    /// A sentence about behaviour, in kebab case.
    pub(crate) id: String,
    /// The configuration that the scenario runs under.
    pub(crate) setup: Setup,
    /// A second configuration that the scenario also needs a runtime with.
    pub(crate) second: Option<Setup>,
    /// How long the scenario may take.
    pub(crate) limit: Duration,
    /// Plays the scenario. Returns `Ok` if everything was observed that must be.
    pub(crate) play: Box<dyn Fn(&Stage) -> Verdict + Send + Sync>,
    /// The runtimes on which the scenario cannot pass.
    pub(crate) unsupported: Vec<Unsupported>,
}

/// A runtime on which a scenario cannot pass.
#[derive(Clone, Copy)]
pub(crate) struct Unsupported {
    /// The runtime.
    pub(crate) runtime: Runtime,
    /// A part of the failure that this runtime shows; any other failure is a fault of the gate.
    pub(crate) seen: &'static str,
    /// The platform's reason.
    pub(crate) reason: &'static str,
}

/// Makes a scenario that a function plays.
pub(crate) fn scenario(
    id: impl Into<String>,
    setup: Setup,
    play: impl Fn(&Stage) -> Verdict + Send + Sync + 'static,
) -> Scenario {
    Scenario {
        id: id.into(),
        setup,
        second: None,
        limit: Duration::from_secs(10),
        play: Box::new(play),
        unsupported: Vec::new(),
    }
}

/// Makes a scenario of one exchange from the origin's answer, a request for the path `/x`, and a
/// check of the complete response.
pub(crate) fn exchange(
    id: impl Into<String>,
    setup: Setup,
    answer: impl Fn(&Stage) -> Answer + Send + Sync + 'static,
    request: impl Fn(Request) -> Request + Send + Sync + 'static,
    check: impl Fn(&Stage, &Response, &Play) -> Verdict + Send + Sync + 'static,
) -> Scenario {
    scenario(id, setup, move |stage| {
        let play = stage.always(answer(stage));
        let response = stage.exchange(&request(stage.get("/x")))?;
        check(stage, &response, &play)
    })
}

impl Scenario {
    /// Sets another time limit, in seconds.
    pub(crate) fn within(mut self, seconds: u64) -> Self {
        self.limit = Duration::from_secs(seconds);
        self
    }

    /// Adds a second configuration.
    pub(crate) fn and(mut self, second: Setup) -> Self {
        self.second = Some(second);
        self
    }

    /// Lists the scenario as unsupported on a runtime. There it must fail with a sentence that
    /// contains `seen`, for a reason that the runtime's documentation or source supports.
    pub(crate) fn not_on(
        mut self,
        runtime: Runtime,
        seen: &'static str,
        reason: &'static str,
    ) -> Self {
        self.unsupported.push(Unsupported {
            runtime,
            seen,
            reason,
        });
        self
    }

    /// Lists the scenario as unsupported on WASI HTTP in both versions.
    pub(crate) fn not_on_wasi(self, seen: &'static str, reason: &'static str) -> Self {
        self.not_on(Runtime::Wasi, seen, reason)
            .not_on(Runtime::Wasi3, seen, reason)
    }

    /// Returns why the scenario cannot pass on a runtime, or `None` if it must pass there.
    pub(crate) fn unsupported_on(&self, runtime: Runtime) -> Option<Unsupported> {
        self.unsupported
            .iter()
            .find(|unsupported| unsupported.runtime == runtime)
            .copied()
    }
}
