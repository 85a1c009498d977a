//! What is valid, and what a route inherits.

use super::*;
use crate::config::Config;
use crate::config::tests::parse;

/// Returns the identity and the fields of `[origin]` and of a route, given their keys.
fn of(origin: &str, route: &str) -> [(Identity, Vec<ForwardedField>); 2] {
    let config = parse(&format!(
        "[origin]\nurl = 'https://o.example'\n{origin}\n[[route]]\npath = '/r'\norigin = 'https://r.example'\n{route}"
    ));
    [&config.origin, &config.routes[0].origin].map(|origin| {
        let fields = origin.forwarded.iter().copied().collect();
        (origin.identity, fields)
    })
}

#[test]
fn a_route_has_the_identity_of_the_origin_unless_it_has_one_of_its_own() {
    use ForwardedField::{For, Forwarded, Host};
    use Identity::{Origin, Transparent};
    let all = || ForwardedField::ALL.to_vec();
    for (origin, route, expected) in [
        (
            "",
            "",
            [
                (Origin, vec![For, Forwarded]),
                (Origin, vec![For, Forwarded]),
            ],
        ),
        (
            "identity = 'forwarded'",
            "",
            [(Identity::Forwarded, all()), (Identity::Forwarded, all())],
        ),
        (
            "identity = 'transparent'",
            "identity = 'origin'",
            [(Transparent, all()), (Origin, vec![For, Forwarded])],
        ),
        ("forwarded = []", "", [(Origin, vec![]), (Origin, vec![])]),
        (
            "forwarded = []",
            "identity = 'transparent'",
            [(Origin, vec![]), (Transparent, all())],
        ),
        (
            "identity = 'forwarded'\nforwarded = ['X-Forwarded-Host']",
            "forwarded = ['forwarded']",
            [
                (Identity::Forwarded, vec![Host]),
                (Identity::Forwarded, vec![Forwarded]),
            ],
        ),
    ] {
        assert_eq!(of(origin, route), expected, "{origin} {route}");
    }
}

#[test]
fn a_field_that_is_unknown_or_contradicts_the_identity_is_refused() {
    for (text, expected) in [
        (
            "identity = 'public'",
            "3: origin.identity: unknown variant `public`, expected one of `origin`, `forwarded`, `transparent`",
        ),
        (
            "forwarded = ['x-forwarded-for', 'x-real-ip']",
            "3: origin.forwarded[1]: \"x-real-ip\" is no field that the gate sends (known: x-forwarded-for, x-forwarded-host, x-forwarded-proto, x-forwarded-prefix, forwarded)",
        ),
        (
            "forwarded = ['x-forwarded-proto']",
            "3: origin.forwarded: x-forwarded-proto tells the public host, which identity = \"origin\" keeps from the origin: identity = \"forwarded\" does not",
        ),
        (
            "[[route]]\npath = '/r'\norigin = 'https://r.example'\nforwarded = ['x-forwarded-host']",
            "6: route[0].forwarded: x-forwarded-host tells the public host, which identity = \"origin\" keeps from the origin: identity = \"forwarded\" does not",
        ),
    ] {
        let text = format!("[origin]\nurl = 'https://o.example'\n{text}");
        let error = Config::from_toml(&text, "f.toml").expect_err(&text);
        assert_eq!(error.to_string(), format!("f.toml:{expected}"));
    }
}
