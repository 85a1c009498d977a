//! The table: what every runtime must do, by topic.

mod back;
mod bodies;
mod charsets;
mod codings;
mod connections;
mod decisions;
mod documents;
mod elements;
mod errors;
mod faults;
mod feeds;
mod fixture;
mod flight;
mod forwarded;
mod framing;
mod heads;
mod integrity;
mod large;
mod late_fragments;
mod left_alone;
mod lengths;
mod mapping;
mod mapping_hosts;
mod mapping_spellings;
mod memory;
mod messages;
mod observing;
mod preloads;
mod ranges;
mod redirects;
mod refused;
mod requests;
mod route_heads;
mod routes;
mod rules;
mod rules_actions;
mod rules_asked;
mod rules_conditions;
mod rules_nonces;
mod rules_values;
mod sites;
mod streaming;
mod types;
mod upgrades;
mod validators;
mod waits;
mod web;

use crate::scenario::Scenario;

/// Why a WASI program cannot remove a field that `Connection` names.
const NO_CONNECTION: &str = "wasi:http forbids connection-management fields, and Wasmtime removes \
    `Connection` from a head before the program sees it (wasmtime-wasi-http src/lib.rs, \
    `DEFAULT_FORBIDDEN_HEADERS`), so the program cannot know which fields it named";

/// Why a Worker cannot choose `Host`.
const WORKERS_HOST: &str = "fetch sends the URL's authority as `Host`, whatever the head says (a \
    plain worker that sets `Host` shows the same)";

/// Why a WASI program cannot choose `Host`.
const WASI_HOST: &str = "wasi:http sends the request's authority as `Host` and forbids the field \
    (wasmtime-wasi-http src/lib.rs, `DEFAULT_FORBIDDEN_HEADERS`)";

/// Every scenario, in the order of the matrix.
pub(crate) fn all() -> Vec<Scenario> {
    [
        upgrades::scenarios(),
        messages::scenarios(),
        decisions::scenarios(),
        left_alone::scenarios(),
        errors::scenarios(),
        documents::scenarios(),
        preloads::scenarios(),
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
        refused::scenarios(),
        bodies::scenarios(),
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
        rules_values::scenarios(),
        rules_asked::scenarios(),
        late_fragments::scenarios(),
        streaming::scenarios(),
        connections::scenarios(),
        faults::scenarios(),
        waits::scenarios(),
        framing::scenarios(),
        large::scenarios(),
        memory::scenarios(),
        observing::scenarios(),
    ]
    .into_iter()
    .flatten()
    .map(web::list)
    .collect()
}

#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod tests;
