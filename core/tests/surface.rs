//! Holds the list of the names that the crate offers. A name is added or taken away here on
//! purpose, never by accident.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// The names at the root of the crate, without those that are hidden from its documentation.
const OFFERED: &[&str] = &[
    "AccessLog",
    "BLOCK",
    "BaseUrl",
    "Blocking",
    "BodyError",
    "ByteStream",
    "CacheConfig",
    "CacheStatus",
    "CertificateFiles",
    "Claim",
    "ClientAddress",
    "Clock",
    "Config",
    "ConfigError",
    "ConfigFinding",
    "Counts",
    "Decision",
    "Document",
    "DocumentPostProcessor",
    "DrainConfig",
    "Edge",
    "FetchError",
    "Frames",
    "Gate",
    "GateBuilder",
    "Insertion",
    "InvalidConfig",
    "LimitsConfig",
    "LogEntry",
    "MapError",
    "Messages",
    "Naming",
    "NoSubrequests",
    "Observed",
    "OriginConfig",
    "Outbound",
    "Outcome",
    "Pipeline",
    "PostProcessError",
    "Reason",
    "Record",
    "Refusal",
    "Rewritten",
    "Scheme",
    "SpanId",
    "StartTag",
    "StartTagError",
    "Store",
    "Stored",
    "StoredBody",
    "Subrequests",
    "Trace",
    "TraceId",
    "Traced",
    "Transform",
    "TransformError",
    "Treatment",
    "TriedRow",
    "UrlCount",
    "UrlKind",
    "Walk",
    "WebSocket",
    "is_key_of",
    "is_public_suffix",
    "refuse",
    "serve",
];

#[test]
fn the_crate_offers_these_names_and_no_module() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let source = std::fs::read_to_string(file).unwrap();
    let public = source
        .split("\n\n")
        .filter(|item| !item.contains("#[doc(hidden)]"))
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("pub "));
    let mut offered: Vec<&str> = public
        .flat_map(|item| {
            let path = item
                .strip_prefix("use ")
                .and_then(|item| item.strip_suffix(';'));
            let names = path.and_then(|path| path.rsplit_once("::"));
            let (_, names) = names.unwrap_or_else(|| panic!("{item:?} is no `use` in one line"));
            names.trim_matches(['{', '}']).split(", ")
        })
        .collect();
    offered.sort_unstable();
    assert_eq!(offered, OFFERED);
}
