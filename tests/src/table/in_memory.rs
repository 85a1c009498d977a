//! The scenarios that the in-memory edge of core's examples passes: those of whole messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use streamgate::Gate;

use super::*;
use crate::driver::{Runtime, example};
use crate::explained::Exchanges;
use crate::failure::Failure;
use crate::origin::Origin;
use crate::run::play;
use crate::setup::Setup;
use crate::stage::Stage;

/// Scenarios of these topics that need more than whole messages: the client must have got the start
/// of a body before the origin goes on with it.
const STREAMED: [&str; 6] = [
    "gzip-that-ends-early-looks-truncated",
    "br-that-ends-early-looks-truncated",
    "zstd-that-ends-early-looks-truncated",
    "react-rows-arrive-before-the-origin-continues",
    "react-pushes-arrive-before-the-origin-continues",
    "a-page-that-declares-no-charset-flows-once-its-head-has-ended",
];

/// Returns the scenarios that need of a connection no more than that a request comes in and a
/// response goes out. The other topics are about connections, uploads, time, and memory.
fn of_whole_messages() -> Vec<Scenario> {
    let mut scenarios: Vec<_> = [
        decisions::scenarios(),
        left_alone::scenarios(),
        errors::scenarios(),
        documents::scenarios(),
        types::scenarios(),
        lengths::scenarios(),
        feeds::scenarios(),
        codings::scenarios(),
        ranges::scenarios(),
        validators::scenarios(),
        heads::scenarios(),
        redirects::scenarios(),
        requests::scenarios(),
        forwarded::scenarios(),
        back::scenarios(),
        mapping::scenarios(),
        mapping_hosts::scenarios(),
        mapping_spellings::scenarios(),
        flight::scenarios(),
        routes::scenarios(),
        route_heads::scenarios(),
        sites::scenarios(),
        elements::scenarios(),
        charsets::scenarios(),
        integrity::scenarios(),
        rules::scenarios(),
        rules_actions::scenarios(),
        rules_conditions::scenarios(),
        rules_nonces::scenarios(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let ids: BTreeSet<_> = scenarios
        .iter()
        .map(|scenario| scenario.id.clone())
        .collect();
    for id in STREAMED {
        assert!(ids.contains(id), "there is no scenario {id}");
    }
    scenarios.retain(|scenario| !STREAMED.contains(&scenario.id.as_str()));
    scenarios
}

#[test]
fn the_in_memory_edge_passes_the_scenarios_of_whole_messages() {
    let origin = Arc::new(Origin::start().unwrap());
    let urls = origin.urls().unwrap();
    let mut fronts = BTreeMap::new();
    let mut front = |setup: Setup| {
        *fronts.entry(setup).or_insert_with(|| {
            let gate = Gate::from_toml(&setup.text(&urls, &[]), &setup.to_string());
            example::start(gate.unwrap()).unwrap()
        })
    };
    let scenarios = Arc::new(of_whole_messages());
    let mut failures = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let stage = Stage {
            // The scenarios have no word for a fifth runtime; it is to do what the native one does.
            runtime: Runtime::Native,
            front: front(scenario.setup),
            second: scenario.second.map(&mut front),
            origin: Arc::clone(&origin),
            id: scenario.id.clone(),
            deadline: Instant::now() + scenario.limit,
            meter: None,
            log: None,
            exchanges: Exchanges::default(),
        };
        if let Err(Failure(why)) = play(&scenarios, number, stage) {
            failures.push(format!("{}: {why}", scenario.id));
        }
        origin.end(&scenario.id);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // What `streamgate explain` shows is what was decided: see `example::compare`.
    let compared = example::COMPARED.load(Ordering::Relaxed);
    assert!(compared >= scenarios.len(), "{compared}");
    println!(
        "{} scenarios pass, with {compared} decisions",
        scenarios.len()
    );
}
