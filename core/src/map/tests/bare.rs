//! Hosts without slashes before them.

use super::{check, check_default, check_untouched, origin, public};
use crate::map::UrlMap;

#[test]
fn a_host_that_a_path_follows_is_a_url() {
    check_default(&[
        ("\"origin.example.com/a\"", "\"www.example.org/a\""),
        ("=origin.example.com/a", "=www.example.org/a"),
        ("(origin.example.com/a)", "(www.example.org/a)"),
        (">origin.example.com/a<", ">www.example.org/a<"),
        ("\"origin.example.com:443/a\"", "\"www.example.org/a\""),
        (r#""origin.example.com\/a""#, r#""www.example.org\/a""#),
    ]);
}

#[test]
fn a_host_of_two_dots_is_a_value_wherever_one_can_be() {
    check_default(&[
        (
            r#"{"domain":"origin.example.com"}"#,
            r#"{"domain":"www.example.org"}"#,
        ),
        (
            "'origin.example.com' == location.hostname",
            "'www.example.org' == location.hostname",
        ),
        ("?host=origin.example.com&x", "?host=www.example.org&x"),
        ("?host=origin.example.com#x", "?host=www.example.org#x"),
        ("%3Dorigin.example.com%26x", "%3Dwww.example.org%26x"),
        ("<a>origin.example.com</a>", "<a>www.example.org</a>"),
        (
            "Served from: origin.example.com @ 2019",
            "Served from: www.example.org @ 2019",
        ),
        (
            "See origin.example.com. Or origin.example.com: it",
            "See www.example.org. Or www.example.org: it",
        ),
        ("origin.example.com", "www.example.org"),
        ("[origin.example.com]", "[www.example.org]"),
        (
            "(origin.example.com, origin.example.com)",
            "(www.example.org, www.example.org)",
        ),
        (r"\norigin.example.com\n", r"\nwww.example.org\n"),
        (r"\torigin.example.com;", r"\twww.example.org;"),
        ("Origin.Example.COM|", "www.example.org|"),
        ("'origin.example.com:443'", "'www.example.org'"),
        ("`origin.example.com`", "`www.example.org`"),
        ("\"origin.example.com?a\"", "\"www.example.org?a\""),
        (
            "img-src origin.example.com 'self'",
            "img-src www.example.org 'self'",
        ),
    ]);
}

#[test]
fn a_host_of_two_dots_is_mapped_behind_whatever_is_no_part_of_a_name() {
    check_default(&[
        (
            "id:1;tar:origin.example.com;x",
            "id:1;tar:www.example.org;x",
        ),
        ("&origin.example.com&", "&www.example.org&"),
        ("&amp;origin.example.com/a", "&amp;www.example.org/a"),
        ("?origin.example.com", "?www.example.org"),
        ("{origin.example.com}", "{www.example.org}"),
    ]);
}

#[test]
fn a_word_that_is_no_host_of_ours_stays() {
    check_untouched(&[
        "me@origin.example.com",
        "mailto:me@origin.example.com/",
        "'origin.example.com@elsewhere.test'",
        "https://cdn.elsewhere.test/origin.example.com/a.js",
        "https://cdn.elsewhere.test/origin.example.com",
        "x.origin.example.com",
        "x.origin.example.com/a",
        "-origin.example.com",
        "_origin.example.com",
        "xorigin.example.com",
        "origin.example.comx",
        "\"origin.example.com.js\"",
        "\"origin.example.com-x\"",
        "origin.example.com:8080/a",
        "\"origin.example.com:8080\"",
        "(origin.example.com(1))",
        "(origin.example.com[1])",
        "=origin.example.com=1",
        "=origin.example.com+1",
        "*.origin.example.com",
        "前往origin.example.com",
    ]);
}

#[test]
fn a_host_of_one_dot_is_a_value_between_quotes_or_tags() {
    let map = UrlMap::new([origin("https://my.name"), origin("http://its.name:8081")]);
    let www = public("https://www.example.org");
    check(
        &map,
        &www,
        &[
            ("'my.name'", "'www.example.org'"),
            ("\"my.name\"", "\"www.example.org\""),
            ("`my.name`", "`www.example.org`"),
            ("%22my.name%22", "%22www.example.org%22"),
            ("%2522my.name%2522", "%2522www.example.org%2522"),
            ("&quot;my.name&quot;", "&quot;www.example.org&quot;"),
            ("&#39;my.name&#39;", "&#39;www.example.org&#39;"),
            (r#"\"my.name\""#, r#"\"www.example.org\""#),
            (r#"\\\"my.name\\\""#, r#"\\\"www.example.org\\\""#),
            (r"\u0022my.name\u0022", r"\u0022www.example.org\u0022"),
            ("<b>my.name</b>", "<b>www.example.org</b>"),
            ("&gt;my.name&lt;", "&gt;www.example.org&lt;"),
            ("my.name", "www.example.org"),
            ("\"my.name/a\"", "\"www.example.org/a\""),
            ("=its.name:8081,", "=www.example.org,"),
            ("'my.name:443'", "'www.example.org'"),
        ],
    );
    let stays = [
        "x=my.name;",
        "(my.name)",
        " my.name ",
        "'my.name\"",
        "'my.name in lights'",
        r#"\"my.name""#,
        "\"my.name&quot;",
        "\"%22my.name\"",
        "<my.name>",
        "x>my.name>y",
        "'my.name.length'",
        "'its.name'",
    ];
    check(&map, &www, &stays.map(|text| (text, text)));
}

#[test]
fn a_host_of_one_dot_is_a_word_of_a_sentence() {
    let map = UrlMap::new([origin("https://my.name"), origin("http://localhost:8081")]);
    let www = public("https://www.example.org");
    let sentences = [
        "<p>You are on HOST now.</p>",
        r#"{"text":"You are on HOST now."}"#,
        r#"push("[\"You are on HOST now.\"]")"#,
        "<p>Welcome to HOST</p>",
        "<b>HOST is great</b>",
        "'HOST is great'",
        "&quot;HOST is great&quot;",
        "© 2026 HOST",
        "é HOST, and",
        "– HOST!",
        "the site (of us), see HOST: it",
        "write to HOST",
        "on HOST (new)",
        "on HOST – now",
        "“HOST é",
        "A HOST in lights",
        r"\nInternationalisation HOST is",
    ];
    for sentence in sentences {
        for host in ["my.name", "localhost:8081"] {
            let rows = ["www.example.org", host].map(|it| sentence.replace("HOST", it));
            check(&map, &www, &[(&rows[1], &rows[0])]);
        }
    }
    let stays = [
        "return my.name;",
        "if(x) a; else my.name.b()",
        "x instanceof my.name",
        "for (const a of my.name)",
        "typeof my.name == x",
        "throw my.name",
        r"\n my.name",
        r"\treturn my.name",
        r"\u000ainstanceof my.name",
        "a = my.name;",
        "f(a, my.name)",
        "{{ my.name }}",
        "{% if my.name %}",
        "'my.name in lights'",
        "'my.name and more'",
        "\"my.name && x\"",
        "x my.name = 1",
        "x my.name { color: red }",
        "x my.name(1)",
        "x my.name[1]",
        "x my.name.length",
        "x\nmy.name",
        "x  my.name",
        "x\tmy.name",
    ];
    check(&map, &www, &stays.map(|text| (text, text)));
}

#[test]
fn a_host_without_a_dot_is_none_unless_it_has_a_port() {
    let map = UrlMap::new([origin("http://localhost"), origin("http://test:8081")]);
    let rows = [
        ("=localhost/2", "=localhost/2"),
        ("'localhost'", "'localhost'"),
        ("<b>localhost</b>", "<b>localhost</b>"),
        ("=test/2", "=test/2"),
        ("'test'", "'test'"),
        ("{a:1,test:8081}", "{a:1,test:8081}"),
        ("'test:8081/'", "'www.example.org/'"),
        ("'test:8081'", "'www.example.org'"),
        ("'//localhost/'", "'//www.example.org/'"),
        ("http://localhost", "https://www.example.org"),
    ];
    check(&map, &public("https://www.example.org"), &rows);
}

#[test]
fn an_ipv4_address_is_a_host_behind_slashes_or_with_its_port_only() {
    let map = UrlMap::new([origin("http://127.0.0.1"), origin("http://10.0.0.7:8080")]);
    check(
        &map,
        &public("https://www.example.org"),
        &[
            ("http://127.0.0.1/a", "https://www.example.org/a"),
            ("'//127.0.0.1'", "'//www.example.org'"),
            ("p + '://127.0.0.1'", "p + '://www.example.org'"),
            ("'127.0.0.1:80'", "'www.example.org'"),
            ("at 127.0.0.1:80, see", "at www.example.org, see"),
            ("at 10.0.0.7:8080.", "at www.example.org."),
            ("=10.0.0.7:8080/a", "=www.example.org/a"),
        ],
    );
    let stays = [
        "'127.0.0.1'",
        "['localhost', '127.0.0.1'].includes(location.hostname)",
        "mask='127.0.0.1/8'",
        "=127.0.0.1/a",
        "<b>127.0.0.1</b>",
        "127.0.0.1",
        "loopback is 127.0.0.1.",
        "http://127.0.0.1:5000/agent",
        "10.0.0.7",
        "'10.0.0.7'",
    ];
    check(
        &map,
        &public("https://www.example.org"),
        &stays.map(|text| (text, text)),
    );
}

#[test]
fn what_is_put_behind_a_host_is_escaped_as_what_is_before_it() {
    let map = UrlMap::new([origin("https://img.example.com")
        .below("/img")
        .expect("a path")]);
    check(
        &map,
        &public("https://www.example.org:8443"),
        &[
            ("'img.example.com'", "'www.example.org:8443/img'"),
            (
                "%22img.example.com%22",
                "%22www.example.org%3A8443%2Fimg%22",
            ),
            (
                "%253Dimg.example.com%2526",
                "%253Dwww.example.org%253A8443%252Fimg%2526",
            ),
        ],
    );
}
