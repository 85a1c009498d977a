//! Every default, and every key.

mod refused;

use super::*;

const ORIGIN: &str = "origin.url = 'https://o.example'\n";

pub(super) fn parse(text: &str) -> Config {
    Config::from_toml(text, "f.toml").expect(text)
}

/// Returns the keys that the table which `header` opens can have.
pub(super) fn known_keys(header: &str) -> Vec<String> {
    let error = Config::from_toml(&format!("{header}\nnone-such = 1"), "f.toml").expect_err(header);
    let mut helps = error.faults().iter().filter_map(|fault| fault.help());
    let known = helps.find_map(|help| help.strip_prefix("known here: "));
    let known = known.expect(header).split(", ");
    known.map(str::to_owned).collect()
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let config = parse(ORIGIN);
    assert_eq!(config.origin.url, "https://o.example/");
    assert_eq!((&config.origin.public, &config.origin.host), (&None, &None));
    assert!(config.origin.aliases.is_empty());
    assert_eq!(config.origin.identity, Identity::Origin);
    assert_eq!(config.origin.forwarded, Identity::Origin.forwarded());
    assert_eq!(config.origin.connect_timeout, Duration::from_secs(5));
    assert_eq!(config.origin.idle_timeout, Duration::from_secs(4));
    assert_eq!(config.origin.idle_connections, 256);
    assert_eq!(config.origin.first_byte_timeout, Duration::from_secs(30));
    assert_eq!(config.gate.processable, DEFAULT_PROCESSABLE);
    assert_eq!(config.gate.no_transform, NoTransform::Respect);
    assert_eq!(config.gate.buffer_limit, 1_048_576);
    assert_eq!(config.gate.public_hosts, None);
    assert!(!config.gate.explain);
    assert!(!config.gate.server_timing);
    assert!(!config.gate.learn_preloads);
    assert_eq!(config.gate.trace_context, TraceContext::Pass);
    assert_eq!(config.map.scope, Scope::Everywhere);
    assert_eq!(config.map.cookie_domain, None);
    assert!(config.map.except.is_empty());
    assert_eq!(config.map.integrity, Integrity::Remove);
    assert!(config.map.request_fields.is_empty() && config.map.response_fields.is_empty());
    assert!(config.html.is_empty());
    assert!(config.document.post_processors.is_empty());
}

const EVERYTHING: &str = r#"
[origin]
url = "https://o.example"
public = "https://www.example"
host = "h.example"
tls_name = "t.example"
aliases = ["http://a.example"]
addresses = ["10.0.0.5", "10.0.0.6:8443"]
identity = "transparent"
forwarded = ["forwarded"]
connect_timeout = "1 s"
first_byte_timeout = "2 s"
idle_timeout = "3 s"
idle_connections = 0
[gate]
processable = ["Text/HTML", "+json"]
no_transform = "ignore"
buffer_limit = 2048
public_hosts = ["A.example", "b.example:8443"]
explain = true
server_timing = true
learn_preloads = true
trace_context = "span"
[map]
scope = "attributes"
integrity = "remove"
request_fields = ["X-Page"]
response_fields = ["X-Next", "x-then"]
cookie_domain = ".WWW.example"
except = ["/signed/*"]
[[html]]
select = "p"
prepend = "1"
append = "2"
before = "3"
after = "4"
set = { b = "5", A = "6" }
once = true
[[html]]
select = "q"
remove = true
[[html]]
select = "i"
inner = "<link>"
unset = ["D", "c", "d"]
rename = "Em"
nonce = true
when = { path = "/a/*", media_type = ["Text/HTML", "+xml"] }
[[html]]
select = "b"
unwrap = true
replace_text = { find = "7", with = "8" }
[[html]]
select = "u"
replace_text = [{ find = "7", with = "" }, { find = "9", with = "10" }]
[document]
post_processors = ["preload-links"]
"#;

#[test]
fn every_key_reaches_its_field() {
    let config = parse(EVERYTHING);
    assert_eq!(config.origin.url, "https://o.example/");
    assert_eq!(
        config.origin.public,
        Some(Uri::from_static("https://www.example/"))
    );
    assert_eq!(config.origin.host.as_deref(), Some("h.example"));
    assert_eq!(config.origin.tls_name.as_deref(), Some("t.example"));
    assert_eq!(config.origin.aliases, ["http://a.example/"]);
    let addresses = ["10.0.0.5:443", "10.0.0.6:8443"].map(|it| it.parse().expect("an address"));
    assert_eq!(config.origin.addresses, addresses);
    assert_eq!(config.origin.identity, Identity::Transparent);
    assert_eq!(
        config.origin.forwarded,
        BTreeSet::from([ForwardedField::Forwarded])
    );
    assert_eq!(config.origin.connect_timeout, Duration::from_secs(1));
    assert_eq!(config.origin.first_byte_timeout, Duration::from_secs(2));
    assert_eq!(config.origin.idle_timeout, Duration::from_secs(3));
    assert_eq!(config.origin.idle_connections, 0);
    assert_eq!(config.gate.processable, ["text/html", "+json"]);
    assert_eq!(config.gate.no_transform, NoTransform::Ignore);
    assert_eq!(config.gate.buffer_limit, 2048);
    let hosts = ["a.example", "b.example:8443"].map(str::to_owned);
    assert_eq!(config.gate.public_hosts, Some(hosts.to_vec()));
    assert!(config.gate.explain);
    assert!(config.gate.server_timing);
    assert!(config.gate.learn_preloads);
    assert_eq!(config.gate.trace_context, TraceContext::Span);
    assert_eq!(config.map.scope, Scope::Attributes);
    assert_eq!(config.map.integrity, Integrity::Remove);
    assert_eq!(config.map.request_fields, ["x-page"]);
    assert_eq!(config.map.response_fields, ["x-next", "x-then"]);
    assert_eq!(config.map.cookie_domain.as_deref(), Some("www.example"));
    assert_eq!(config.map.except, ["/signed/*"]);
    let [first, second, third, fourth, fifth] = config.html.as_slice() else {
        panic!("five rules")
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let replacement = |find: &str, with: &str| TextReplacement {
        find: find.to_owned(),
        with: with.to_owned(),
    };
    let insert = |position, markup: &str| HtmlAction::Insert(position, markup.to_owned());
    assert_eq!((first.select.as_str(), first.once), ("p", true));
    assert_eq!(
        first.actions,
        [
            insert(Position::Prepend, "1"),
            insert(Position::Append, "2"),
            insert(Position::Before, "3"),
            insert(Position::After, "4"),
            HtmlAction::Set(vec![pair("a", "6"), pair("b", "5")]),
        ]
    );
    assert_eq!((second.select.as_str(), second.once), ("q", false));
    assert_eq!(second.actions, [HtmlAction::Remove]);
    assert_eq!(
        third.actions,
        [
            insert(Position::Inner, "<link>"),
            HtmlAction::Unset(vec!["c".to_owned(), "d".to_owned()]),
            HtmlAction::Rename("em".to_owned()),
        ]
    );
    assert!(third.nonce && !second.nonce);
    assert_eq!(third.when.paths, ["/a/*"]);
    assert_eq!(third.when.media_types, ["text/html", "+xml"]);
    assert_eq!(second.when, crate::condition::When::default());
    assert_eq!(
        fourth.actions,
        [
            HtmlAction::ReplaceText(vec![replacement("7", "8")]),
            HtmlAction::Unwrap,
        ]
    );
    assert_eq!(
        fifth.actions,
        [HtmlAction::ReplaceText(vec![
            replacement("7", ""),
            replacement("9", "10")
        ])]
    );
    assert_eq!(config.document.post_processors, ["preload-links"]);
}

#[test]
fn a_certificate_is_for_the_name_that_the_origin_is_called_by() {
    for (keys, expected) in [
        ("", "o.example"),
        ("host = 'h.example'", "h.example"),
        ("host = 'h.example:8443'", "h.example"),
        ("host = '[::1]:8443'", "::1"),
        (
            "host = 'h.example:8443'\ntls_name = 't.example'",
            "t.example",
        ),
        ("tls_name = '[2001:db8::1]'", "2001:db8::1"),
    ] {
        let config = parse(&format!("[origin]\nurl = 'https://o.example:444'\n{keys}"));
        assert_eq!(config.origin.certified_name(), expected, "{keys}");
    }
}

#[test]
fn integrity_attributes_can_be_kept() {
    let config = parse(&format!("{ORIGIN}[map]\nintegrity = 'keep'"));
    assert_eq!(config.map.integrity, Integrity::Keep);
}

#[test]
fn the_configuration_that_is_built_in_is_valid() {
    parse(include_str!("../../../streamgate.toml"));
}
