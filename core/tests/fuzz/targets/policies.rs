//! Content Security Policies: a policy keeps its directives, its keywords, nonces and hashes, and
//! gets no source but public ones in the place of, or beside, those that allowed an origin.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue, header};
use streamgate::Gate;

use super::edge::{Origin, exchange, request, response};
use super::input::{Input, halves, show};

static GATES: LazyLock<[Gate; 2]> = LazyLock::new(|| {
    [
        "",
        "[[route]]\npath = '/img'\norigin = 'https://cdn.example.net/assets'\n\
         [[route]]\npublic = 'https://shop.example.com'\norigin = 'http://shop.example.org:81'",
    ]
    .map(|routes| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\n\
             [[html]]\nselect = 'body'\nappend = '<script>x()</script>'\nnonce = true\n{routes}"
        );
        Gate::from_toml(&text, "fuzz").unwrap()
    })
});

/// What the public sources of all sites have in them.
const PUBLIC: [&str; 2] = ["www.example.com", "shop.example.com"];

/// Directives whose values are no sources.
const NAMES: [&str; 3] = ["report-to", "trusted-types", "sandbox"];

/// Policies, one in each line; an empty line; a page.
pub(crate) fn csp(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let gate = input.choose(&*GATES);
    let lengths = input.lengths();
    let (policies, page) = halves(input.rest());
    let mut head = response(200, b"content-type: text/html");
    for policy in policies.split(|&byte| byte == b'\n') {
        if let Ok(policy) = HeaderValue::from_bytes(policy) {
            head.headers_mut()
                .append(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    let serve = |lengths: &[usize]| {
        let origin = Origin {
            head: head.clone(),
            chunks: super::common::cut(page, lengths).collect(),
        };
        let asked = request("GET", "https://www.example.com/", b"").unwrap();
        let seen = exchange(gate, asked.map(|()| None), &origin);
        (lines(seen.head.headers()), seen.body)
    };
    let (after, whole) = serve(&[usize::MAX]);
    let (_, other) = serve(&lengths);
    assert_eq!(show(&other), show(&whole), "by {lengths:?}");
    let before = lines(head.headers());
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        check(before, after);
    }
}

fn lines(head: &HeaderMap) -> Vec<Vec<u8>> {
    let lines = head.get_all(header::CONTENT_SECURITY_POLICY).iter();
    lines.map(|line| line.as_bytes().to_vec()).collect()
}

fn check(before: &[u8], after: &[u8]) {
    let split = |policy: &[u8]| -> Vec<Vec<u8>> {
        let directives = policy.split(|byte| matches!(byte, b';' | b','));
        directives.map(<[u8]>::to_vec).collect()
    };
    let (before, after) = (split(before), split(after));
    assert_eq!(before.len(), after.len(), "directives");
    for (before, after) in before.iter().zip(&after) {
        let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after))
        else {
            continue;
        };
        check_directive(before, after);
    }
}

fn check_directive(before: &str, after: &str) {
    let tokens = |directive: &str| -> Vec<String> {
        let tokens = directive.split([' ', '\t']).filter(|it| !it.is_empty());
        tokens.map(str::to_owned).collect()
    };
    let (old, new) = (tokens(before), tokens(after));
    assert_eq!(old.first(), new.first(), "the name of {before:?}");
    let is_name = old
        .first()
        .is_some_and(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()));
    if is_name || old.is_empty() {
        assert_eq!(before, after);
        return;
    }
    let quoted = |tokens: &[String]| -> Vec<String> {
        let quoted = tokens.iter().filter(|token| token.starts_with('\''));
        quoted.cloned().collect()
    };
    // The values of this one are URLs, whatever quotes are in them.
    if !old[0].eq_ignore_ascii_case("report-uri") {
        assert_eq!(quoted(&old), quoted(&new), "{before:?}");
    }
    for token in new.iter().filter(|token| !old.contains(token)) {
        let is_public = PUBLIC.iter().any(|host| token.contains(host));
        assert!(is_public, "{token:?} in {after:?} of {before:?}");
    }
    // Only what may stand for an origin has a replacement.
    let names_one = |token: &String| {
        let token = token.to_ascii_lowercase();
        token.contains("example") || token.contains(['*', '/', '%', ':'])
    };
    for token in old.iter().skip(1).filter(|token| !names_one(token)) {
        assert!(new.contains(token), "{token:?} is not in {after:?}");
    }
}
