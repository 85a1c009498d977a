//! Runs scenarios on runtimes, a given number of runtimes at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::driver::{Instance, Runtime, Start, Template};
use crate::explained::Exchanges;
use crate::failure::{Failure, Verdict};
use crate::log::Log;
use crate::matrix::{Cell, Outcome};
use crate::meter::Meter;
use crate::origin::{Origin, Urls};
use crate::scenario::{Scenario, Unsupported};
use crate::setup::Setup;
use crate::stage::Stage;

/// The paths and names that a run needs.
pub(crate) struct Places {
    /// The folder of the artifacts.
    pub(crate) edge: PathBuf,
    /// The folder where instances keep configurations and logs.
    pub(crate) work: PathBuf,
    /// The origins that real pages are mapped from.
    pub(crate) aliases: Vec<String>,
    /// What starts [`Runtime::Command`].
    pub(crate) command: Option<Template>,
}

/// Runs every scenario on every runtime, `jobs` runtimes at a time.
pub(crate) fn run(
    scenarios: &Arc<Vec<Scenario>>,
    runtimes: &[Runtime],
    jobs: usize,
    places: &Places,
) -> Vec<Cell> {
    let waiting = Mutex::new(runtimes.iter().copied());
    let cells = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, runtimes.len().max(1)) {
            scope.spawn(|| {
                loop {
                    // The lock ends with this statement, so that it does not last through the run.
                    let next = waiting.lock().unwrap().next();
                    let Some(runtime) = next else { break };
                    let of_runtime = on_runtime(scenarios, runtime, places);
                    cells.lock().unwrap().extend(of_runtime);
                }
            });
        }
    });
    cells.into_inner().unwrap()
}

fn on_runtime(scenarios: &Arc<Vec<Scenario>>, runtime: Runtime, places: &Places) -> Vec<Cell> {
    let mut by_setup: BTreeMap<Setup, Vec<usize>> = BTreeMap::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        by_setup.entry(scenario.setup).or_default().push(number);
    }
    let origin = match Origin::start() {
        Ok(origin) => Arc::new(origin),
        Err(failure) => panic!("the scripted origin cannot listen: {failure:?}"),
    };
    let urls = match origin.urls() {
        Ok(urls) => urls,
        Err(failure) => panic!("the scripted origin has no address: {failure:?}"),
    };
    let mut cells = Vec::new();
    let mut compared = 0;
    for numbers in by_setup.into_values() {
        let mut instances = Instances::new(runtime, places, &urls);
        for number in numbers {
            let began = Instant::now();
            let scenario = &scenarios[number];
            let fronts = instances.of(scenario.setup).and_then(|front| {
                let second = scenario.second.map(|second| instances.of(second));
                Ok((front, second.transpose()?))
            });
            let outcome = match fronts {
                // A runtime that does not start is a failure, even where the table lists the
                // scenario as unsupported.
                Err(Failure(why)) => (Outcome::Fail, why, String::new()),
                Ok((front, second)) => {
                    let stage = Stage {
                        runtime,
                        front,
                        second,
                        origin: Arc::clone(&origin),
                        id: scenario.id.clone(),
                        deadline: Instant::now() + scenario.limit,
                        meter: instances.meter(scenario.setup),
                        log: instances.log(scenario.setup),
                        exchanges: Exchanges::default(),
                    };
                    let exchanges = stage.exchanges.clone();
                    let played = play(scenarios, number, stage);
                    origin.end(&scenario.id);
                    let played = played.and_then(|()| match runtime {
                        Runtime::Native => {
                            let program = places.edge.join("streamgate");
                            let file = |front| instances.configuration(front);
                            compared += exchanges.compare(&program, file)?;
                            Ok(())
                        }
                        _ => Ok(()),
                    });
                    judge(scenario, runtime, played)
                }
            };
            let cell = Cell {
                scenario: scenario.id.clone(),
                runtime: runtime.to_string(),
                outcome: outcome.0,
                reason: outcome.1,
                seen: outcome.2,
                took: began.elapsed(),
            };
            if cell.outcome == Outcome::Fail {
                eprintln!(
                    "{runtime:<10} FAIL {}\n           {}",
                    cell.scenario, cell.reason
                );
            }
            cells.push(cell);
        }
    }
    if runtime == Runtime::Native {
        println!("`streamgate explain` says of {compared} exchanges what was decided");
    }
    cells
}

/// Plays a scenario on a thread of its own, so that neither a panic nor an endless wait keeps the
/// others from running.
pub(crate) fn play(scenarios: &Arc<Vec<Scenario>>, number: usize, stage: Stage) -> Verdict {
    let (tell, told) = channel();
    let patience =
        stage.deadline.saturating_duration_since(Instant::now()) + Duration::from_secs(5);
    let scenarios = Arc::clone(scenarios);
    std::thread::spawn(move || {
        let _ = tell.send((scenarios[number].play)(&stage));
    });
    told.recv_timeout(patience).unwrap_or_else(|error| {
        Err(Failure(match error {
            RecvTimeoutError::Timeout => "the scenario does not end".to_owned(),
            RecvTimeoutError::Disconnected => "the scenario panicked (see above)".to_owned(),
        }))
    })
}

/// Returns the outcome, the reason, and what was observed if that is not the reason.
fn judge(scenario: &Scenario, runtime: Runtime, played: Verdict) -> (Outcome, String, String) {
    let nothing = String::new;
    match (played, scenario.unsupported_on(runtime)) {
        (Ok(()), None) => (Outcome::Pass, nothing(), nothing()),
        (Ok(()), Some(Unsupported { reason, .. })) => {
            let why = format!("passes, though it is listed as unsupported: {reason}");
            (Outcome::Fail, why, nothing())
        }
        (Err(Failure(why)), Some(Unsupported { seen, reason, .. })) if why.contains(seen) => {
            (Outcome::Unsupported, reason.to_owned(), why)
        }
        (Err(Failure(why)), Some(Unsupported { seen, .. })) => {
            let why = format!("fails otherwise than it is listed with, {seen:?}: {why}");
            (Outcome::Fail, why, nothing())
        }
        (Err(Failure(why)), None) => (Outcome::Fail, why, nothing()),
    }
}

/// The running instances of one runtime, by configuration.
pub(crate) struct Instances<'a> {
    /// The runtime.
    pub(crate) runtime: Runtime,
    places: &'a Places,
    origin: &'a Urls,
    running: BTreeMap<Setup, Instance>,
    /// Why the runtime did not start with a configuration; it is not tried again for each scenario.
    failed: BTreeMap<Setup, String>,
}

impl<'a> Instances<'a> {
    /// Makes a set of which none runs yet.
    pub(crate) fn new(runtime: Runtime, places: &'a Places, origin: &'a Urls) -> Self {
        Self {
            runtime,
            places,
            origin,
            running: BTreeMap::new(),
            failed: BTreeMap::new(),
        }
    }

    /// Returns where the instance with this configuration listens. An instance that is gone is
    /// started again, so that a crash fails only the scenario that caused it.
    pub(crate) fn of(&mut self, setup: Setup) -> Verdict<std::net::SocketAddr> {
        if let Some(instance) = self.running.get_mut(&setup)
            && !instance.has_ended()
        {
            return Ok(instance.address);
        }
        if let Some(why) = self.failed.get(&setup) {
            return Err(Failure(why.clone()));
        }
        self.running.remove(&setup);
        let folder = self.folder(setup);
        let Places {
            edge,
            aliases,
            command,
            ..
        } = self.places;
        let start = Start {
            edge,
            folder,
            config: setup.text(self.origin, aliases),
            backends: setup.backends(self.origin),
            trusted: None,
            command: command.clone(),
        };
        let instance = Instance::start(self.runtime, &start).map_err(|Failure(why)| {
            let why = format!("the runtime does not start: {why}");
            self.failed.insert(setup, why.clone());
            Failure(why)
        })?;
        let address = instance.address;
        self.running.insert(setup, instance);
        Ok(address)
    }

    /// Returns the configuration of the instance that listens at an address.
    fn configuration(&self, front: std::net::SocketAddr) -> Option<PathBuf> {
        let mut running = self.running.iter();
        let (setup, _) = running.find(|(_, instance)| instance.address == front)?;
        Some(self.folder(*setup).join("streamgate.toml"))
    }

    /// Returns the folder of the instance with this configuration.
    fn folder(&self, setup: Setup) -> PathBuf {
        self.places.work.join(format!("{}-{setup}", self.runtime))
    }

    /// Returns a meter of the instance with this configuration.
    fn meter(&self, setup: Setup) -> Option<Meter> {
        self.running.get(&setup).map(Instance::meter)
    }

    /// Returns the log of the instance with this configuration, from now on.
    fn log(&self, setup: Setup) -> Option<Log> {
        Log::from_now(self.running.get(&setup)?.log()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::scenario;

    #[test]
    fn only_the_failure_that_is_listed_makes_a_cell_unsupported() {
        let listed = scenario("id", Setup::Map, |_| Ok(())).not_on(
            Runtime::Wasi,
            "got 426",
            "the host's reason",
        );
        for (runtime, played, expected) in [
            (
                Runtime::Wasi,
                Some("expected 101, got 426"),
                Outcome::Unsupported,
            ),
            (Runtime::Wasi, Some("expected 101, got 500"), Outcome::Fail),
            (Runtime::Wasi, None, Outcome::Fail),
            (
                Runtime::Native,
                Some("expected 101, got 426"),
                Outcome::Fail,
            ),
            (Runtime::Native, None, Outcome::Pass),
        ] {
            let verdict = played.map_or(Ok(()), |why| Err(Failure(why.to_owned())));
            let outcome = judge(&listed, runtime, verdict).0;
            assert_eq!(outcome, expected, "{runtime}: {played:?}");
        }
    }
}
