//! Each warning, and beside it what must not be warned of.

use crate::config::Config;
use crate::config::tests::parse;

const ORIGIN: &str = "origin.url = 'https://o.example'\n";

/// Returns the warnings for a text behind [`ORIGIN`], without the name of the file.
fn warnings(text: &str) -> Vec<String> {
    let text = format!("{ORIGIN}{text}");
    let config = parse(&text);
    let warnings = config.warnings(&text, "f.toml");
    warnings
        .iter()
        .map(|warning| {
            assert!(warning.help().is_some(), "{warning}");
            let line = warning.to_string();
            line.trim_start_matches("f.toml:").to_owned()
        })
        .collect()
}

/// Checks that a text has one warning, and that each of `others` has none.
fn assert_warned(text: &str, expected: &str, others: &[&str]) {
    assert_eq!(warnings(text), [expected], "{text}");
    for other in others {
        assert_eq!(warnings(other), [""; 0], "{other}");
    }
}

#[test]
fn what_the_book_and_the_demo_have_is_meant() {
    let book = include_str!("../../../../docs/configuration.md");
    let examples = book.split("```toml\n").skip(1);
    let examples = examples.filter_map(|rest| rest.split("```").next());
    for example in examples.chain([Config::BUILT_IN]) {
        let origin = match example.contains("[origin]") {
            true => "",
            false => ORIGIN,
        };
        let text = format!("{origin}{example}");
        let warnings = parse(&text).warnings(&text, "f.toml");
        assert_eq!(warnings, [], "{example}");
    }
}

#[test]
fn warnings_are_told_in_the_order_of_their_places() {
    let text = "map.websocket_limit = '1 MiB'\ngate.trusted_proxies = ['10.0.0.0/8']\n\
                origin.idle_connections = 0\norigin.idle_timeout = '1 s'";
    let lines = warnings(text);
    let starts: Vec<_> = lines.iter().map(|line| line.get(..2)).collect();
    assert_eq!(starts, [Some("2:"), Some("3:"), Some("5:")]);
}

#[test]
fn a_gate_behind_a_proxy_has_its_public_host() {
    assert_warned(
        "gate.trusted_proxies = ['10.0.0.0/8']",
        "2: gate.trusted_proxies: the gate is behind a proxy, and without origin.public its pages \
         name whichever host a request names",
        &[
            "origin.public = 'https://www.example'\ngate.trusted_proxies = ['10.0.0.0/8']",
            "gate.public_hosts = ['www.example']\ngate.trusted_proxies = ['10.0.0.0/8']",
            "gate.trusted_proxies = []",
        ],
    );
}

#[test]
fn a_gate_serves_a_host() {
    assert_warned(
        "gate.public_hosts = []",
        "2: gate.public_hosts: no host is served: every request that names one gets status 421",
        &[
            "gate.public_hosts = []\norigin.public = 'https://www.example'",
            "gate.public_hosts = ['www.example']",
        ],
    );
}

#[test]
fn a_rule_has_a_type_that_is_processable() {
    const RULE: &str = "[[html]]\nselect = 'p'\nremove = true\n";
    let listed = |types: &str, more: &str| format!("gate.processable = {types}\n{RULE}{more}");
    assert_warned(
        &listed("['text/css', '+json']", ""),
        "3: html[0]: the rule never acts, as gate.processable does not have text/html",
        &[
            &listed("['text/html']", ""),
            RULE,
            "gate.processable = ['text/css']",
        ],
    );
    assert_warned(
        &listed(
            "['text/html']",
            "when = { media_type = ['+xml', 'text/xml'] }",
        ),
        "6: html[0].when: the rule never acts, as gate.processable does not have +xml or text/xml",
        &[
            &listed("['image/svg+xml']", "when = { media_type = '+xml' }"),
            &listed("['+xml']", "when = { media_type = 'image/svg+xml' }"),
            &listed(
                "['text/xml']",
                "when = { media_type = ['+xml', 'text/xml'] }",
            ),
        ],
    );
    assert_warned(
        &format!("map.scope = 'attributes'\n{RULE}when = {{ media_type = '+xml' }}"),
        "6: html[0].when: the rule never acts with map.scope = \"attributes\", by which HTML alone \
         is rewritten",
        &[
            &format!("map.scope = 'attributes'\n{RULE}"),
            &format!("{RULE}when = {{ media_type = '+xml' }}"),
            &format!(
                "map.scope = 'attributes'\n{RULE}when = {{ media_type = ['+xml', 'text/html'] }}"
            ),
        ],
    );
}

#[test]
fn a_rule_has_a_path_that_is_not_left_out() {
    let text = |except: &str, paths: &str| {
        format!(
            "map.except = {except}\n[[html]]\nselect = 'p'\nremove = true\n\
             when = {{ path = {paths} }}"
        )
    };
    assert_warned(
        &text("['/a/*']", "'/a/b*'"),
        "6: html[0].when: the rule never acts, as map.except leaves out all its paths",
        &[
            &text("['/a/*']", "['/a/b*', '/b']"),
            &text("['/a/*']", "'/a*'"),
            &text("['/a/*.js']", "'/a/*'"),
            &text("[]", "'/a/*'"),
        ],
    );
    assert_warned(
        "map.except = ['*']\n[[html]]\nselect = 'p'\nremove = true",
        "3: html[0]: the rule never acts, as map.except leaves out all its paths",
        &["map.except = ['/*/*']\n[[html]]\nselect = 'p'\nremove = true"],
    );
}

#[test]
fn a_rule_of_a_route_has_a_path_of_the_route() {
    let text = |paths: &str| {
        format!(
            "[[route]]\npath = '/shop'\norigin = 'https://s.example'\n[[route.html]]\n\
             select = 'p'\nremove = true\nwhen = {{ path = {paths} }}"
        )
    };
    assert_warned(
        &text("'/news/*'"),
        "8: route[0].html[0].when: the rule never acts, as the route takes /shop alone",
        &[
            &text("'/shop/news/*'"),
            &text("'/shop'"),
            &text("'/s*'"),
            &text("'*.html'"),
            &text("['/news/*', '/shop/*']"),
        ],
    );
}

#[test]
fn a_rule_for_all_has_a_path_that_no_route_with_rules_takes() {
    let text = |html: &str, paths: &str, more: &str| {
        format!(
            "origin.public = 'https://www.example'\n[[html]]\nselect = 'p'\nremove = true\n\
             when = {{ path = {paths} }}\n[[route]]\npath = '/shop'\n\
             origin = 'https://s.example'\n{html}\n{more}"
        )
    };
    let deeper = "[[route]]\npath = '/shop/b'\norigin = 'https://b.example'";
    let elsewhere = "[[route]]\npublic = 'https://b.example'\norigin = 'https://c.example'";
    assert_warned(
        &text("html = []", "['/shop/*', '/shop']", ""),
        "6: html[0].when: the rule never acts, as a route with rules of its own takes all its paths",
        &[
            &text("", "['/shop/*', '/shop']", ""),
            &text("html = []", "['/shop/*', '/news/*']", ""),
            &text("html = []", "'/shop*'", ""),
            &text("html = []", "'/shop/*'", deeper),
            &text("html = []", "'/shop/*'", elsewhere),
        ],
    );
}

#[test]
fn a_rule_has_elements_that_no_rule_before_it_takes_away() {
    let rules = |first: &str, second: &str| {
        format!("[[html]]\nselect = 'p.ad'\n{first}\n[[html]]\n{second}")
    };
    let second = "select = 'p.ad'\nset = { class = 'x' }";
    assert_warned(
        &rules("remove = true", second),
        "6: html[1].select: the rule never acts, as html[0] takes these elements away",
        &[
            &rules("remove = true\nonce = true", second),
            &rules("remove = true\nwhen = { path = '/a/*' }", second),
            &rules("set = { id = 'a' }", second),
            &rules("remove = true", "select = 'p'\nset = { class = 'x' }"),
            "[[html]]\nselect = 'head'\nremove = true\n[[html]]\nselect = 'head'\nprepend = '<p>'",
        ],
    );
    assert_warned(
        &rules(
            "unwrap = true\nwhen = { path = '/a/*' }",
            "select = 'p.ad'\nafter = '<b>'\nwhen = { path = '/a/b' }",
        ),
        "7: html[1].select: the rule never acts, as html[0] takes these elements away",
        &[&rules(
            "unwrap = true\nwhen = { path = '/a/*' }",
            "select = 'p.ad'\nafter = '<b>'\nwhen = { path = ['/a/b', '/b'] }",
        )],
    );
}

#[test]
fn a_rule_has_elements_that_the_parser_finds() {
    let rule = |select: &str| format!("[[html]]\nselect = {select}\nremove = true");
    let expected = "3: html[0].select: the rule never acts: the parser takes what is in such an \
                    element for text";
    let others: Vec<String> = [
        "'noscript'",
        "'img.noscript'",
        "'div noscript'",
        "'noscript img, img'",
        "'[title=\"noscript img\"]'",
        "':not(noscript) img'",
        "'script'",
    ]
    .map(rule)
    .into();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    assert_warned(&rule("'noscript img'"), expected, &others);
    assert_warned(
        &rule("\"noscript > img[src*='a b'], NoScript.a a\""),
        expected,
        &[&format!(
            "{}\nwhen = {{ media_type = '+xml' }}",
            rule("'noscript img'")
        )],
    );
}

#[test]
fn the_parser_finds_nothing_in_these_elements() {
    for name in super::rules::TEXT_ONLY {
        let text = format!("{ORIGIN}[[html]]\nselect = '{name} i'\nremove = true");
        assert_eq!(parse(&text).warnings(&text, "f.toml").len(), 1, "{name}");
        let gate = crate::Gate::from_toml(&text, "f.toml").unwrap();
        let page = http::Response::builder().header("content-type", "text/html");
        let public = "https://www.example".parse().unwrap();
        let pipeline = gate.rewriter(&http::Request::new(()), &page.body(()).unwrap(), &public);
        let page = format!("<p><i>a</i></p><{name}><i>b</i></{name}><i>c</i>");
        let rewritten = pipeline.unwrap().run_to_vec(page.as_bytes()).unwrap();
        assert_eq!(rewritten, page.as_bytes(), "{name}");
    }
}

#[test]
fn a_replacement_replaces_something() {
    let rule = |texts: &str| format!("[[html]]\nselect = 'p'\nreplace_text = {texts}");
    assert_warned(
        &rule("{ find = 'a', with = 'a' }"),
        "4: html[0].replace_text: it changes nothing, as find and with are the same",
        &[
            &rule("{ find = 'a', with = 'b' }"),
            // The first keeps the second from what it finds.
            &rule("[{ find = 'ab', with = 'ab' }, { find = 'a', with = 'c' }]"),
        ],
    );
    assert_warned(
        &rule("[{ find = 'Old', with = 'New' }, { find = 'Old Co', with = 'New Co' }]"),
        "4: html[0].replace_text[1]: it is never found, as replace_text[0] is found there first",
        &[
            &rule("[{ find = 'Old Co', with = 'New Co' }, { find = 'Old', with = 'New' }]"),
            &rule("[{ find = 'Q&', with = 'x' }, { find = 'Q&amp;A', with = 'y' }]"),
        ],
    );
}

#[test]
fn a_pattern_fits_what_browsers_send() {
    assert_warned(
        "map.except = ['/a', '/über uns/*']",
        "2: map.except[1]: it fits no path: browsers send such characters percent-encoded",
        &["map.except = ['/%C3%BCber%20uns/*']"],
    );
    let rule =
        |path: &str| format!("[[html]]\nselect = 'p'\nremove = true\nwhen = {{ path = {path} }}");
    assert_warned(
        &rule("'/ü'"),
        "5: html[0].when.path: it fits no path: browsers send such characters percent-encoded",
        &[&rule("'/%C3%BC'")],
    );
    assert_warned(
        &rule("['/ü']"),
        "5: html[0].when.path[0]: it fits no path: browsers send such characters percent-encoded",
        &[],
    );
}

#[test]
fn a_list_of_types_has_types_that_can_be_rewritten() {
    assert_warned(
        "gate.processable = ['text/html', 'application/grpc-web+json']",
        "2: gate.processable[1]: its messages carry their lengths, which mapped URLs make wrong",
        &["gate.processable = ['text/html', '+json']"],
    );
    assert_warned(
        "map.scope = 'attributes'\ngate.processable = ['text/html', 'text/css']",
        "3: gate.processable[1]: it has no effect with map.scope = \"attributes\", by which HTML \
         alone is rewritten",
        &[
            "map.scope = 'attributes'\ngate.processable = ['text/html']",
            "gate.processable = ['text/html', 'text/css']",
        ],
    );
    assert_warned(
        "map.scope = 'attributes'\ngate.processable = []",
        "2: map.scope: nothing is mapped: it leaves HTML alone to be rewritten, which \
         gate.processable does not have",
        &["map.scope = 'attributes'", "gate.processable = []"],
    );
}

#[test]
fn a_post_processor_has_documents() {
    let text = |more: &str| format!("document.post_processors = ['preload-links']\n{more}");
    let expected = "2: document.post_processors: no document is ever processed, as no response of \
                    type text/html is";
    assert_warned(
        &text("gate.processable = ['text/css', '+xml']"),
        expected,
        &[
            &text(""),
            &text("gate.processable = ['text/html']"),
            &text("map.except = ['/a/*']"),
        ],
    );
    assert_warned(&text("map.except = ['/*']"), expected, &[]);
}

#[test]
fn what_belongs_to_a_switch_has_it_on() {
    assert_warned(
        "map.websocket_limit = '1 MiB'",
        "2: map.websocket_limit: it has no effect without map.websocket = true",
        &["map.websocket_limit = '1 MiB'\nmap.websocket = true"],
    );
    assert_warned(
        "map.websocket = true\nmap.scope = 'attributes'",
        "2: map.websocket: no message is mapped with map.scope = \"attributes\"",
        &["map.websocket = true", "map.scope = 'attributes'"],
    );
    assert_warned(
        "map.integrity = 'remove'\nmap.scope = 'attributes'",
        "2: map.integrity: nothing is removed with map.scope = \"attributes\", by which no script \
         changes",
        &[
            "map.integrity = 'remove'",
            "map.integrity = 'keep'\nmap.scope = 'attributes'",
        ],
    );
    let route = "[[route]]\npath = '/a'\norigin = 'https://a.example'\n";
    assert_warned(
        "map.back = false\nmap.back_limit = '1 MiB'",
        "3: map.back_limit: it has no effect with map.back = false",
        &[
            "map.back = true\nmap.back_limit = '1 MiB'",
            "map.back = false",
            &format!("map.back = false\nmap.back_limit = '1 MiB'\n{route}back = true"),
        ],
    );
    assert_warned(
        "map.scope = 'attributes'\nmap.back_only = ['a']",
        "3: map.back_only: it has no effect with map.scope = \"attributes\" unless map.back is true",
        &["map.scope = 'attributes'\nmap.back = true\nmap.back_only = ['a']"],
    );
    assert_warned(
        &format!("{route}back = false\nback_except = ['a']"),
        "6: route[0].back_except: it has no effect, as back is false for this route",
        &[&format!("{route}back_except = ['a']")],
    );
}

#[test]
fn a_limit_can_be_reached() {
    assert_warned(
        "limits.connections = 100\nlimits.connections_per_client = 200",
        "3: limits.connections_per_client: it is never reached, as all clients together may have \
         100 connections",
        &[
            "limits.connections = 200\nlimits.connections_per_client = 100",
            "limits.connections = 'off'\nlimits.connections_per_client = 100",
            "limits.connections = 1",
        ],
    );
    assert_warned(
        "[[route]]\npath = '/a'\norigin = 'https://a.example'\nidle_connections = 0\n\
         idle_timeout = '1 s'",
        "6: route[0].idle_timeout: no connection is kept that it could be about, as \
         idle_connections is 0",
        &[
            "origin.idle_connections = 0",
            "origin.idle_timeout = '1 s'\norigin.idle_connections = 1",
        ],
    );
}

#[test]
fn an_alias_leaves_routes_their_urls() {
    let text = |alias: &str, route: &str| {
        format!("origin.aliases = ['{alias}']\n[[route]]\npath = '/img'\n{route}")
    };
    assert_warned(
        &text("http://img.example", "origin = 'https://img.example'"),
        "2: origin.aliases[0]: it hides route[0], which is of this origin: its URLs lead to [origin]",
        &[
            &text(
                "https://img.example",
                "origin = 'https://img.example/assets'",
            ),
            &text(
                "https://img.example",
                "origin = 'https://img.example'\nprefix = 'keep'",
            ),
            &text("https://img.example:8443", "origin = 'https://img.example'"),
        ],
    );
}

#[test]
fn what_stands_in_a_variable_is_not_shown() {
    let text = "
        origin.url = 'https://o.example'
        map.except = ['/${SECRET} ü']
        [[route]]
        path = '/${SECRET}'
        origin = 'https://p.example'
        [[route.html]]
        select = 'p'
        remove = true
        when.path = '/elsewhere/*'
    ";
    let environment = |_: &str| Some("hidden".to_owned());
    let config = Config::from_toml_with(text, "f", environment).expect("a configuration");
    let warnings = config.warnings(text, "f");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    for warning in warnings {
        let shown = format!("{warning} {:?}", warning.help());
        assert!(shown.contains('…') && !shown.contains("hidden"), "{shown}");
    }
}

#[test]
fn a_fragment_that_never_stands_in_a_page_is_told() {
    let fragment = "[[fragment]]\nselect = 'p'\nsrc = '/f'\n";
    assert_warned(
        &format!("gate.processable = ['text/css']\n{fragment}"),
        "3: fragment[0]: it never stands in a page, as no response of type text/html is rewritten",
        &[fragment],
    );
    assert_warned(
        &format!("map.except = ['/a/*']\n{fragment}when.path = '/a/b'"),
        "6: fragment[0].when: it never stands in a page, as map.except leaves out all its paths",
        &[&format!(
            "map.except = ['/a/*']\n{fragment}when.path = '/b'"
        )],
    );
    assert_warned(
        "[[fragment]]\nesi = true\n[[fragment]]\nesi = true",
        "5: fragment[1].esi: it finds no include, as fragment[0] takes all of them",
        &["[[fragment]]\nesi = true\nwhen.path = '/a'\n[[fragment]]\nesi = true"],
    );
    assert_warned(
        &format!("document.post_processors = ['preload-links']\n{fragment}out_of_order = true"),
        "6: fragment[0].out_of_order: it changes nothing that a browser sees: \
         document.post_processors wait for the whole page",
        &[&format!("{fragment}out_of_order = true")],
    );
}
