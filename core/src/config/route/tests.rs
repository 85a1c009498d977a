//! Every fault of a route with its exact text, and what reaches the checked types.

use std::time::Duration;

use http::Uri;

use crate::config::{Config, OriginConfig, Prefix};

const SITE: &str = "origin = { url = 'https://o.example', public = 'https://www.example' }\n";

fn parse(text: &str) -> Config {
    Config::from_toml(text, "f.toml").expect(text)
}

#[test]
fn a_route_that_is_wrong_is_refused_with_line_and_key() {
    let needs = "no path of a route:";
    let faults = [
        ("", "2: route[0].origin: missing".to_owned()),
        (
            "origin='https://a.example'",
            "2: route[0]: the route takes no request: give it path, public, or both".to_owned(),
        ),
        (
            "path='img'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "img" is {needs} it must start with a slash"#),
        ),
        (
            "path=''\norigin='https://a.example'",
            format!(r#"3: route[0].path: "" is {needs} it must start with a slash"#),
        ),
        (
            "path='/img/'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/img/" is {needs} it must not end with a slash"#),
        ),
        (
            "path='/'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/" is {needs} it must not end with a slash"#),
        ),
        (
            "path='/a//b'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/a//b" is {needs} it has an empty segment"#),
        ),
        (
            "path='/a/../b'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/a/../b" is {needs} it has a dot segment"#),
        ),
        (
            "path='/.'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/." is {needs} it has a dot segment"#),
        ),
        (
            "path='/a?b'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/a?b" is {needs} it must have no query and no fragment"#),
        ),
        (
            "path='/a#b'\norigin='https://a.example'",
            format!(r#"3: route[0].path: "/a#b" is {needs} it must have no query and no fragment"#),
        ),
        (
            "path='/caf%C3%A9'\norigin='https://a.example'",
            format!(
                r#"3: route[0].path: "/caf%C3%A9" is {needs} a segment consists of letters, digits, '-', '.', '_' and '~'"#
            ),
        ),
        (
            "path='/a'\norigin='a.example'",
            r#"4: route[0].origin: "a.example" is no origin: it must start with http:// or https://"#
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example/b?c'",
            r#"4: route[0].origin: "https://a.example/b?c" is no origin: its path: it must have no query and no fragment"#
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example/b/../c'",
            r#"4: route[0].origin: "https://a.example/b/../c" is no origin: its path: it has a dot segment"#
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\nprefix='drop'",
            "5: route[0].prefix: unknown variant `drop`, expected `strip` or `keep`".to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\nname=''",
            "5: route[0].name: the name is empty".to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\nhost='a/b'",
            r#"5: route[0].host: "a/b" is no host: "a/b" is no host name"#
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\naliases=['https://b.example/c']",
            r#"5: route[0].aliases[0]: "https://b.example/c" is no origin: it must end after host and port"#
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\nfirst_byte_timeout='0 s'",
            r#"5: route[0].first_byte_timeout: "0 s" leaves no time"#.to_owned(),
        ),
        (
            "path='/a'\nurl='https://a.example'",
            "2: route[0].origin: missing\nf.toml:4: route[0].url: unknown key (known here: name, path, public, origin, addresses, prefix, host, tls_name, aliases, identity, forwarded, connect_timeout, first_byte_timeout, idle_timeout, idle_connections, back, back_only, back_except, html)"
                .to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\n[[route.html]]\nselect='p'",
            "5: route[0].html[0]: ".to_owned(),
        ),
        (
            "path='/a'\norigin='https://a.example'\n[[route.html]]\nselect='p>'\nremove=true",
            r#"6: route[0].html[0].select: "p>" is no selector: Dangling combinator in selector"#
                .to_owned(),
        ),
    ];
    for (text, expected) in faults {
        let text = format!("{SITE}[[route]]\n{text}");
        let error = Config::from_toml(&text, "f.toml").expect_err(&text);
        let error = error.to_string();
        assert!(error.starts_with(&format!("f.toml:{expected}")), "{error}");
    }
}

#[test]
fn routes_that_do_not_go_together_are_refused_at_the_key_that_is_to_change() {
    for (text, expected) in [
        (
            "[origin]\nurl='https://o.example'\n[[route]]\norigin='https://a.example'\npublic='https://img.example'",
            "f.toml:5: route[0].public: a route with a public host of its own needs origin.public",
        ),
        (
            "[origin]\nurl='https://o.example'\n[[route]]\npath='/a'\norigin='https://a.example'\n[[route]]\norigin='https://b.example'\npath='/a'",
            "f.toml:8: route[1].path: route[0] takes the same requests",
        ),
        (
            "[origin]\nurl='https://o.example'\npublic='https://www.example'\n[[route]]\npath='/a'\norigin='https://a.example'\n[[route]]\npublic='https://www.example:443'\norigin='https://b.example'\npath='/a'",
            "f.toml:10: route[1].path: route[0] takes the same requests",
        ),
        (
            "[origin]\nurl='https://o.example'\npublic='https://www.example'\n[[route]]\npublic='https://a.example'\norigin='https://a.test'\n[[route]]\norigin='https://b.test'\npublic='https://a.example'",
            "f.toml:9: route[1].public: route[0] takes the same requests",
        ),
        (
            "[origin]\nurl='https://o.example'\npublic='https://www.example'\n[[route]]\npublic='https://www.example'\norigin='https://a.test'",
            "f.toml:5: route[0].public: origin.public is the host of [origin]: give the route a path",
        ),
        (
            "[origin]\nurl='https://o.example'\npublic='https://www.example'\n[[route]]\npublic='https://b.example.'\norigin='https://a.test'\n[[route]]\norigin='https://b.test'\npublic='http://b.example:443'",
            "f.toml:9: route[1].public: route[0] takes the same requests",
        ),
    ] {
        let error = Config::from_toml(text, "f.toml").expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
    let text = format!(
        "{SITE}[[route]]\npath='/a'\norigin='https://a.test'\n[[route]]\npath='/a'\npublic='https://b.example'\norigin='https://a.test'"
    );
    assert_eq!(parse(&text).routes.len(), 2);
}

#[test]
fn the_public_host_of_the_site_is_no_routes_own_however_it_is_written() {
    for same in [
        "https://www.example",
        "http://www.example",
        "https://WWW.example.",
        "https://www.example:443",
        "https://www.example:80",
        "http://www.example.:443",
    ] {
        let whole = format!("{SITE}[[route]]\norigin='https://a.test'\npublic='{same}'");
        let error = Config::from_toml(&whole, "f.toml").expect_err(same);
        assert_eq!(
            error.to_string(),
            "f.toml:4: route[0].public: origin.public is the host of [origin]: give the route a path"
        );
        let twice = format!(
            "{SITE}[[route]]\npath='/a'\norigin='https://a.test'\n[[route]]\norigin='https://b.test'\npublic='{same}'\npath='/a'"
        );
        let error = Config::from_toml(&twice, "f.toml").expect_err(same);
        assert_eq!(
            error.to_string(),
            "f.toml:8: route[1].path: route[0] takes the same requests"
        );
        let below = parse(&format!(
            "{SITE}[[route]]\npath='/a'\norigin='https://a.test'\npublic='{same}'"
        ));
        assert_eq!(below.routes[0].origin.public, None, "{same}");
    }
    for other in ["https://example", "https://www.example:8443"] {
        let own = parse(&format!(
            "{SITE}[[route]]\norigin='https://a.test'\npublic='{other}'"
        ));
        assert!(own.routes[0].origin.public.is_some(), "{other}");
    }
}

const EVERYTHING: &str = r#"
[origin]
url = "https://o.example"
public = "https://www.example"
[[route]]
name = "images"
path = "/img"
public = "https://img.example"
origin = "https://CDN.example:443/assets/"
prefix = "keep"
host = "h.example"
aliases = ["http://a.example"]
addresses = ["10.0.0.5", "[::1]:8443"]
connect_timeout = "1 s"
first_byte_timeout = "2 s"
idle_timeout = "3 s"
idle_connections = 5
[[route.html]]
select = "p"
remove = true
[[route]]
path = "/api"
origin = "http://127.0.0.1:8081"
"#;

#[test]
fn every_key_of_a_route_reaches_its_field() {
    let config = parse(EVERYTHING);
    let [first, second] = config.routes.as_slice() else {
        panic!("two routes")
    };
    assert_eq!(
        (first.path.as_str(), first.base.as_str()),
        ("/img", "/assets")
    );
    assert_eq!(first.prefix, Prefix::Keep);
    assert_eq!(first.origin.name, "images");
    assert_eq!(first.origin.url, "https://cdn.example/");
    assert_eq!(
        first.origin.public,
        Some(Uri::from_static("https://img.example/"))
    );
    assert_eq!(first.origin.host.as_deref(), Some("h.example"));
    assert_eq!(first.origin.aliases, ["http://a.example/"]);
    let addresses = ["10.0.0.5:443", "[::1]:8443"].map(|it| it.parse().expect("an address"));
    assert_eq!(first.origin.addresses, addresses);
    assert_eq!(first.origin.connect_timeout, Duration::from_secs(1));
    assert_eq!(first.origin.first_byte_timeout, Duration::from_secs(2));
    assert_eq!(first.origin.idle_timeout, Duration::from_secs(3));
    assert_eq!(first.origin.idle_connections, 5);
    assert_eq!(first.html.as_ref().map(Vec::len), Some(1));

    assert_eq!((second.path.as_str(), second.base.as_str()), ("/api", ""));
    assert_eq!(second.prefix, Prefix::Strip);
    assert_eq!(second.origin.name, "");
    assert_eq!(second.origin.addresses, []);
    assert_eq!((&second.origin.public, &second.origin.host), (&None, &None));
    assert_eq!(second.origin.connect_timeout, Duration::from_secs(5));
    assert_eq!(second.origin.first_byte_timeout, Duration::from_secs(30));
    assert!(second.html.is_none());
    assert_eq!(config.origin.name, "origin");
}

#[test]
fn origins_that_are_fetched_alike_are_one() {
    let config = parse(
        "[origin]\nurl = 'http://a.example'
        [[route]]\npath = '/a'\norigin = 'http://a.example/x'\nname = 'x'
        [[route]]\npath = '/b'\norigin = 'http://b.example'
        [[route]]\npath = '/c'\norigin = 'http://b.example'\nhost = 'c.example'
        [[route]]\npath = '/d'\norigin = 'http://b.example'\nfirst_byte_timeout = '1 s'
        [[route]]\npath = '/e'\norigin = 'http://b.example'\nconnect_timeout = '1 s'
        [[route]]\npath = '/f'\norigin = 'https://b.example'
        [[route]]\npath = '/h'\norigin = 'http://b.example'\nidle_timeout = '1 s'
        [[route]]\npath = '/j'\norigin = 'http://b.example'\naddresses = ['10.0.0.5']
        [[route]]\npath = '/i'\norigin = 'http://b.example'\nidle_connections = 1
        [[route]]\npath = '/g'\norigin = 'http://b.example'\naliases = ['http://g.example']",
    );
    let distinct = config.distinct_origins();
    assert_eq!(distinct.len(), 9);
    for route in &config.routes {
        let alike = |origin: &&&OriginConfig| origin.is_fetched_as(&route.origin);
        assert_eq!(distinct.iter().filter(alike).count(), 1, "{}", route.path);
    }
}

proptest::proptest! {
    #[test]
    fn no_route_makes_the_parser_panic(text in "(?s)[\\[\\]{}=.,'\"a-z:/ \n\\\\#é0-9]{0,80}") {
        let _ = Config::from_toml(&format!("{SITE}[[route]]\npath = '''{text}'''\norigin='https://a.test'"), "f.toml");
        let _ = Config::from_toml(&format!("{SITE}[[route]]\npath = '/a'\norigin = '''https://a.test{text}'''"), "f.toml");
    }
}
