//! The bodies of the fuzz targets: each takes any bytes, and panics if a property does not hold for
//! them. `fuzz/` makes programs of them for libFuzzer, and `main.rs` beside this folder replays
//! seeds.
//!
//! A property is a promise of the book, or an independent and simple reading of the same input. No
//! target looks at how core is built.
#![allow(clippy::unwrap_used, reason = "a target fails by panicking")]

mod back;
mod codings;
#[path = "../../common/mod.rs"]
mod common;
mod configuration;
mod decision;
mod edge;
mod flight;
mod heads;
mod html;
mod input;
mod map;
mod messages;
mod multipart;
mod policies;
mod routes;
mod tree;
mod validators;

/// A target: its name, and what it does with the bytes of a fuzzer.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    ("back", back::back),
    ("br", codings::br),
    ("config", configuration::config),
    ("csp", policies::csp),
    ("decide", decision::decide),
    ("deflate", codings::deflate),
    ("flight", flight::flight),
    ("gzip", codings::gzip),
    ("heads", heads::heads),
    ("html", html::html),
    ("map", map::map),
    ("multipart", multipart::multipart),
    ("routes", routes::routes),
    ("validators", validators::validators),
    ("websocket", messages::websocket),
    #[cfg(feature = "zstd")]
    ("zstd", codings::zstd),
];
