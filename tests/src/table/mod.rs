//! The table: what every runtime must do, by topic.

mod back;
mod bodies;
mod cached;
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
mod late_fragments_asked;
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

/// The name of a topic, and scenarios of it.
type Topic = (&'static str, fn() -> Vec<Scenario>);

/// The topics in the order of the matrix.
const TOPICS: [Topic; 47] = [
    (UPGRADES, upgrades::scenarios),
    (UPGRADES, messages::scenarios),
    (DECISIONS, decisions::scenarios),
    (DECISIONS, left_alone::scenarios),
    (ERRORS, errors::scenarios),
    (DOCUMENTS, documents::scenarios),
    (TYPES, types::scenarios),
    (TYPES, lengths::scenarios),
    (TYPES, feeds::scenarios),
    (CODINGS, codings::scenarios),
    (VALIDATORS, ranges::scenarios),
    (VALIDATORS, validators::scenarios),
    (CACHE, cached::scenarios),
    (HEADS, heads::scenarios),
    (HEADS, redirects::scenarios),
    (REQUESTS, requests::scenarios),
    (REQUESTS, forwarded::scenarios),
    (REQUESTS, refused::scenarios),
    (UPLOADS, bodies::scenarios),
    (BACK, back::scenarios),
    (MAPPING, mapping::scenarios),
    (MAPPING, mapping_hosts::scenarios),
    (MAPPING, mapping_spellings::scenarios),
    (FLIGHT, flight::scenarios),
    (ROUTES, routes::scenarios),
    (ROUTES, route_heads::scenarios),
    (ROUTES, sites::scenarios),
    (MAPPING, elements::scenarios),
    (CHARSETS, charsets::scenarios),
    (INTEGRITY, integrity::scenarios),
    (RULES, rules::scenarios),
    (RULES, rules_actions::scenarios),
    (RULES, rules_conditions::scenarios),
    (RULES, rules_nonces::scenarios),
    (RULES, rules_values::scenarios),
    (RULES, rules_asked::scenarios),
    (FRAGMENTS, late_fragments::scenarios),
    (FRAGMENTS, late_fragments_asked::scenarios),
    (PRELOADS, preloads::scenarios),
    (STREAMING, streaming::scenarios),
    (STREAMING, connections::scenarios),
    (FAULTS, faults::scenarios),
    (FAULTS, waits::scenarios),
    (FAULTS, framing::scenarios),
    (LARGE, large::scenarios),
    (LARGE, memory::scenarios),
    (OBSERVING, observing::scenarios),
];

const UPGRADES: &str = "WebSockets and other upgrades";
const DECISIONS: &str = "what is left alone";
const ERRORS: &str = "error pages";
const DOCUMENTS: &str = "documents that are held whole";
const TYPES: &str = "media types, feeds, data";
const CODINGS: &str = "content codings";
const VALIDATORS: &str = "ranges, `ETag`, 304";
const CACHE: &str = "the cache";
const HEADS: &str = "heads of responses, redirects";
const REQUESTS: &str = "heads of requests, refusals";
const UPLOADS: &str = "uploads";
const BACK: &str = "bodies of requests, mapped back";
const MAPPING: &str = "URLs in bodies";
const FLIGHT: &str = "React's payloads";
const ROUTES: &str = "several origins and hosts";
const CHARSETS: &str = "charsets";
const INTEGRITY: &str = "hashes, CSP, `integrity`";
const RULES: &str = "structure rules";
const FRAGMENTS: &str = "late fragments";
const PRELOADS: &str = "learned preloads";
const STREAMING: &str = "streaming, backpressure, connections";
const FAULTS: &str = "origins that fail or are slow, framing";
const LARGE: &str = "large pages, bounded memory";
const OBSERVING: &str = "access log, times, traces";

/// Every scenario, in the order of the matrix, with its topic.
pub(crate) fn all() -> Vec<Scenario> {
    let of_topic = |(topic, scenarios): Topic| {
        scenarios()
            .into_iter()
            .map(move |scenario| Scenario { topic, ..scenario })
    };
    TOPICS
        .into_iter()
        .flat_map(of_topic)
        .map(web::list)
        .collect()
}

#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod tests;
