//! Which keys change the fingerprint.

use std::collections::BTreeSet;

use super::Config;
use crate::config::tests::{known_keys, parse};

/// Every key, with a value that is not its default.
const EVERYTHING: &str = r#"
[origin]
url = "https://o.example"
addresses = ["10.0.0.5"]
public = "https://www.example"
host = "h.example"
tls_name = "t.example"
aliases = ["http://a.example"]
identity = "forwarded"
forwarded = ["x-forwarded-for", "x-forwarded-host"]
connect_timeout = "1 s"
first_byte_timeout = "2 s"
idle_timeout = "6 s"
idle_connections = 7
[gate]
processable = ["Text/HTML", "+json"]
no_transform = "ignore"
buffer_limit = 2048
public_hosts = ["c.example"]
explain = true
server_timing = true
learn_preloads = true
trace_context = "span"
country_field = "X-Country"
trusted_proxies = ["10.0.0.0/8"]
[map]
scope = "attributes"
integrity = "keep"
request_fields = ["X-Page"]
queries = ["/go?to"]
response_fields = ["X-Next"]
back = true
back_types = ["application/json"]
back_limit = 4096
back_only = ["text"]
back_except = ["next"]
websocket = true
websocket_limit = 512
cookie_domain = "www.example"
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
[[html]]
select = "s"
append = "{country}"
values = true
when = { method = "GET", host = "a", status = 404, query = "b", header = { c = "d" }, cookie = { e = true }, device = "mobile", country = "AT", random = 0.5, not = { path = "/f" }, any = [{ path = "/g" }], all = [{ path = "/h" }] }
[[fragment]]
select = "nav"
place = "inner"
src = "/fragment?{query.q}"
fetch = "lazy"
deadline = "7 s"
fallback = "12"
max_size = 4097
cookies = ["c1"]
client_address = true
rewrite = "page"
out_of_order = true
values = true
when = { path = "/f/*" }
[[fragment]]
comment = "m1"
src = "/m"
[[fragment]]
esi = true
[[route]]
name = "images"
path = "/img"
public = "https://img.example"
origin = "https://CDN.example:443/assets/"
addresses = ["10.0.0.6"]
prefix = "keep"
host = "r.example"
tls_name = "u.example"
aliases = ["http://b.example"]
identity = "transparent"
forwarded = ["forwarded"]
connect_timeout = "3 s"
first_byte_timeout = "4 s"
idle_timeout = "8 s"
idle_connections = 9
back = false
back_only = ["/a"]
back_except = ["/a/b"]
[[route.html]]
select = "s"
prepend = "11"
[document]
post_processors = ["preload-links"]
"#;

/// Keys, and changes of [`EVERYTHING`] that change the fingerprint.
const CHANGING: &[(&str, &str, &str)] = &[
    ("origin.url", "https://o.example", "https://p.example"),
    (
        "origin.public",
        "public = \"https://www.example\"\n",
        "public = \"https://w.www.example\"\n",
    ),
    ("origin.host", "h.example", "i.example"),
    ("origin.tls_name", "t.example", "v.example"),
    ("origin.aliases", "http://a.example", "https://a.example"),
    ("origin.aliases", "[\"http://a.example\"]", "[]"),
    (
        "origin.identity",
        "identity = \"forwarded\"",
        "identity = \"transparent\"",
    ),
    ("origin.forwarded", ", \"x-forwarded-host\"", ""),
    ("gate.processable", "\"+json\"", "\"+xml\""),
    ("gate.processable", ", \"+json\"", ""),
    ("gate.no_transform", "no_transform = \"ignore\"", ""),
    ("gate.buffer_limit", "2048", "2049"),
    ("fragment.select", "\"nav\"", "\"aside\""),
    ("fragment.place", "place = \"inner\"\n", ""),
    ("fragment.src", "\"/fragment?", "\"/fragments?"),
    (
        "fragment.values",
        "out_of_order = true\nvalues = true\n",
        "out_of_order = true\n",
    ),
    ("fragment.fetch", "fetch = \"lazy\"\n", ""),
    ("fragment.deadline", "\"7 s\"", "\"8 s\""),
    (
        "fragment.fallback",
        "fallback = \"12\"",
        "fallback = \"13\"",
    ),
    ("fragment.max_size", "4097", "4098"),
    ("fragment.cookies", "[\"c1\"]", "[\"c2\"]"),
    ("fragment.client_address", "client_address = true\n", ""),
    ("fragment.rewrite", "rewrite = \"page\"\n", ""),
    ("fragment.out_of_order", "out_of_order = true\n", ""),
    ("fragment.when", "/f/*", "/g/*"),
    ("fragment.comment", "\"m1\"", "\"m2\""),
    ("fragment.esi", "[[fragment]]\nesi = true\n", ""),
    ("map.scope", "scope = \"attributes\"", ""),
    ("map.integrity", "integrity = \"keep\"", ""),
    ("map.request_fields", "[\"X-Page\"]", "[]"),
    ("map.queries", "[\"/go?to\"]", "[]"),
    ("map.response_fields", "[\"X-Next\"]", "[\"X-Then\"]"),
    ("map.back", "back = true\n", ""),
    ("map.back_types", "[\"application/json\"]", "[\"+json\"]"),
    ("map.back_limit", "4096", "4097"),
    ("map.back_only", "back_only = [\"text\"]\n", ""),
    ("map.back_except", "[\"next\"]", "[\"then\"]"),
    ("map.websocket", "websocket = true\n", ""),
    ("map.websocket_limit", "512", "513"),
    ("map.cookie_domain", "cookie_domain = \"www.example\"\n", ""),
    ("map.except", "[\"/signed/*\"]", "[]"),
    // The two do not go together.
    (
        "map.except_tags",
        "scope = \"attributes\"",
        "except_tags = [\"p\"]",
    ),
    ("html.select", "\"p\"", "\"p.x\""),
    ("html.prepend", "prepend = \"1\"", "prepend = \"1 \""),
    ("html.append", "append = \"2\"", ""),
    (
        "html.before",
        "before = \"3\"\nafter = \"4\"",
        "before = \"34\"",
    ),
    ("html.after", "after = \"4\"", "after = \"5\""),
    ("html.set", "b = \"5\"", "c = \"5\""),
    ("html.set", "A = \"6\"", "A = \"7\""),
    ("html.once", "\nonce = true", ""),
    ("html.remove", "remove = true", "append = \"x\""),
    ("html.inner", "inner = \"<link>\"", "append = \"<link>\""),
    ("html.unset", "\"D\", ", "\"e\", "),
    ("html.rename", "rename = \"Em\"", ""),
    ("html.nonce", "nonce = true", ""),
    ("html.unwrap", "unwrap = true", ""),
    ("html.when.path", "path = \"/a/*\", ", ""),
    ("html.when.media_type", ", \"+xml\"]", "]"),
    (
        "html.values",
        "append = \"{country}\"\nvalues = true",
        "append = \"{country}\"",
    ),
    ("html.when.method", "\"GET\"", "\"POST\""),
    ("html.when.host", "host = \"a\"", "host = \"b\""),
    ("html.when.status", "404", "\"4xx\""),
    ("html.when.query", "query = \"b\"", "query = \"c\""),
    ("html.when.header", "c = \"d\"", "c = \"e\""),
    ("html.when.cookie", "{ e = true }", "{ e = false }"),
    ("html.when.device", "\"mobile\"", "\"desktop\""),
    ("html.when.country", "\"AT\"", "\"DE\""),
    ("html.when.random", "random = 0.5", "random = 0.25"),
    ("html.when.not", "\"/f\"", "\"/e\""),
    ("html.when.any", "\"/g\"", "\"/e\""),
    ("html.when.all", "\"/h\"", "\"/e\""),
    ("html.replace_text.with", "with = \"8\"", "with = \"\""),
    (
        "html.replace_text.find",
        "find = \"9\", with = \"10\"",
        "find = \"10\", with = \"9\"",
    ),
    ("html", "[[html]]\nselect = \"q\"\nremove = true", ""),
    ("route.path", "path = \"/img\"", "path = \"/pic\""),
    ("route.public", "https://img.example", "https://pic.example"),
    ("route.origin", "CDN.example", "cdm.example"),
    ("route.origin", "/assets/", "/files/"),
    ("route.prefix", "prefix = \"keep\"", ""),
    ("route.host", "r.example", "s.example"),
    ("route.tls_name", "u.example", "v.example"),
    ("route.back", "back = false\n", ""),
    ("route.back_only", "[\"/a\"]", "[]"),
    ("route.back_except", "\"/a/b\"", "\"/a/c\""),
    ("route.aliases", "http://b.example", "https://b.example"),
    (
        "route.identity",
        "identity = \"transparent\"",
        "identity = \"origin\"",
    ),
    (
        "route.forwarded",
        "forwarded = [\"forwarded\"]",
        "forwarded = []",
    ),
    ("route.html", "select = \"s\"", "select = \"t\""),
    (
        "route.html",
        "[[route.html]]\nselect = \"s\"\nprepend = \"11\"",
        "",
    ),
    (
        "route.html",
        "[[route.html]]\nselect = \"s\"\nprepend = \"11\"",
        "html = []",
    ),
    ("document.post_processors", "[\"preload-links\"]", "[]"),
];

/// Keys, and changes of [`EVERYTHING`] that do not change the fingerprint: no body depends on the
/// key, or the value is only written in another way.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("origin.url", "https://o.example", "HTTPS://O.EXAMPLE:443/"),
    (
        "origin.forwarded",
        "\"x-forwarded-for\", \"x-forwarded-host\"",
        "\"X-Forwarded-Host\", \"x-forwarded-for\"",
    ),
    ("origin.addresses", "10.0.0.5", "10.0.0.5:8443"),
    ("origin.connect_timeout", "\"1 s\"", "\"5 s\""),
    ("origin.first_byte_timeout", "\"2 s\"", "\"5 s\""),
    ("origin.idle_timeout", "\"6 s\"", "\"5 s\""),
    (
        "origin.idle_connections",
        "connections = 7",
        "connections = 5",
    ),
    (
        "gate.processable",
        "\"Text/HTML\", \"+json\"",
        "\"+JSON\", \"text/html\", \"+json\"",
    ),
    ("gate.buffer_limit", "2048", "\"2 KiB\""),
    ("gate.public_hosts", "[\"c.example\"]", "[]"),
    ("gate.explain", "explain = true", "explain = false"),
    (
        "gate.server_timing",
        "server_timing = true",
        "server_timing = false",
    ),
    (
        "gate.learn_preloads",
        "learn_preloads = true",
        "learn_preloads = false",
    ),
    ("gate.trace_context", "\"span\"", "\"pass\""),
    ("gate.country_field", "\"X-Country\"", "\"X-Land\""),
    ("gate.trusted_proxies", "10.0.0.0/8", "10.0.0.1"),
    ("map.request_fields", "\"X-Page\"", "\"x-page\""),
    ("html.set", "b = \"5\", A = \"6\"", "a = \"6\", b = \"5\""),
    ("html.unset", "\"D\", \"c\", \"d\"", "\"c\", \"d\""),
    ("html.when.path", "path = \"/a/*\"", "path = [\"/a/*\"]"),
    (
        "html.replace_text",
        "{ find = \"7\", with = \"8\" }",
        "[{ find = \"7\", with = \"8\" }]",
    ),
    ("route.name", "\"images\"", "\"pictures\""),
    (
        "route.origin",
        "CDN.example:443/assets/",
        "cdn.example/assets",
    ),
    ("route.addresses", "10.0.0.6", "10.0.0.7"),
    ("route.connect_timeout", "\"3 s\"", "\"5 s\""),
    ("route.first_byte_timeout", "\"4 s\"", "\"5 s\""),
    ("route.idle_timeout", "\"8 s\"", "\"5 s\""),
    (
        "route.idle_connections",
        "connections = 9",
        "connections = 5",
    ),
];

/// Applies a change to [`EVERYTHING`].
fn changed(old: &str, new: &str) -> Config {
    assert!(EVERYTHING.contains(old), "{old}");
    parse(&EVERYTHING.replace(old, new))
}

#[test]
fn the_fingerprint_changes_with_whatever_can_change_a_body() {
    let base = parse(EVERYTHING).fingerprint();
    for (key, old, new) in CHANGING {
        assert_ne!(changed(old, new).fingerprint(), base, "{key}: {new}");
    }
}

#[test]
fn the_fingerprint_does_not_change_with_what_no_body_shows() {
    let base = parse(EVERYTHING).fingerprint();
    for (key, old, new) in LEFT_OUT {
        assert_eq!(changed(old, new).fingerprint(), base, "{key}: {new}");
    }
}

#[test]
fn each_key_is_known_to_change_the_fingerprint_or_not_to() {
    let tested: BTreeSet<String> = CHANGING
        .iter()
        .chain(LEFT_OUT)
        .map(|(key, _, _)| (*key).to_owned())
        .collect();
    for (table, header) in [
        ("origin", "[origin]"),
        ("gate", "[gate]"),
        ("map", "[map]"),
        ("html", "[[html]]"),
        ("fragment", "[[fragment]]"),
        ("html.when", "[html.when]"),
        ("html.replace_text", "[html.replace_text]"),
        ("route", "[[route]]"),
        ("document", "[document]"),
    ] {
        let header = match table {
            "html.when" | "html.replace_text" => format!("[[html]]\nselect = 'p'\n{header}"),
            _ => header.to_owned(),
        };
        for key in known_keys(&header) {
            let key = format!("{table}.{key}");
            let is_tested = tested.iter().any(|tested| {
                tested
                    .strip_prefix(&key)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            assert!(is_tested, "{key}");
        }
    }
}

#[test]
fn values_do_not_run_into_each_other() {
    let print =
        |rules: &str| parse(&format!("origin.url = 'https://o.example'\n{rules}")).fingerprint();
    for (one, other) in [
        (
            "[[html]]\nselect='p'\nset={a='bc'}",
            "[[html]]\nselect='p'\nset={ab='c'}",
        ),
        (
            "[[html]]\nselect='p'\nunset=['a','b']",
            "[[html]]\nselect='p'\nunset=['ab']",
        ),
        (
            "[[html]]\nselect='p'\nbefore='a'",
            "[[html]]\nselect='p'\nafter='a'",
        ),
    ] {
        assert_ne!(print(one), print(other), "{one}");
    }
}
