//! Hosts in regular expressions.

use super::{check, check_default, check_untouched, origin, public};
use crate::map::UrlMap;

#[test]
fn an_expression_tests_for_the_public_host() {
    let place = |text: &str, backslash: &str, host: &str| {
        let host = host.replace('.', &format!("{backslash}."));
        text.replace("HOST", &host).replace('~', backslash)
    };
    for backslash in ["\\", "\\\\", "\\\\\\\\"] {
        for text in [
            "/^HOST$/.test(location.hostname)",
            "/^(www~.)?HOST$/",
            "/(^|~.)HOST$/",
            "/HOST/.test(location.href)",
            "/^(?:https?:)?~/~/HOST~//",
            "[/HOST/, /other/]",
            "\"^HOST$\"",
            "/^https?:~/~/HOST/",
            "/^(?:a~.test|HOST)$/",
            "/^~/~/HOST/",
            "/~/~/HOST/",
            "/(?:https:|http:)~/~/HOST/",
            "/^HOST(:~d+)?$/",
            "/^HOST:~d+/",
            "/^HOST[/:]/",
            "/^HOST~/a/",
            "/~bHOST~b/i",
            "/HOST.*$/",
            "/^HOST~.?$/",
            "return/HOST/.test(x)",
            "if(x)/HOST/.test(y)",
            "<p>/HOST/</p>",
            "&quot;^HOST$&quot;",
            "HOST",
        ] {
            let before = place(text, backslash, "origin.example.com");
            let after = place(text, backslash, "www.example.org");
            check_default(&[(&before, &after)]);
            let map = UrlMap::new([origin("https://my.name")]);
            let before = place(text, backslash, "my.name");
            check(
                &map,
                &public("https://www.example.org"),
                &[(&before, &after)],
            );
        }
    }
}

#[test]
fn dots_without_backslashes_are_mapped_in_expressions_where_nothing_else_can_be() {
    check_default(&[
        ("/^origin.example.com$/", "/^www.example.org$/"),
        ("/^[origin.example.com]$/", "/^[www.example.org]$/"),
        ("`origin.example.com${path}`", "`www.example.org${path}`"),
    ]);
    check_untouched(&[
        "/origin.example.com/",
        "(/origin.example.com/)",
        "?//origin.example.com/",
        ")origin.example.com",
        ")//origin.example.com",
        "x(origin.example.com(1))",
    ]);
}

#[test]
fn an_expression_for_something_else_stays() {
    check_untouched(&[
        r"/^https:\/\/cdn\.test\/origin\.example\.com\/a/",
        r#""https://cdn\\.test/origin\\.example\\.com/a""#,
        r"/cdn/origin\.example\.com/",
        r"/\.origin\.example\.com$/",
        r"/^www\.origin\.example\.com$/",
        r"/^origin\.example\.com\.[a-z]+$/",
        r"/^origin\.example\.com\.(uk|nz)$/",
        r"/^origin\.example\.com\.evil/",
        r"/^origin\.example\.com-x/",
        r"/^me@origin\.example\.com$/",
        r"/\/origin\.example\.com/",
        r"\w+\/\/origin\.example\.com",
    ]);
    let map = UrlMap::new([origin("http://127.0.0.1")]);
    let rows = [(r"/^127\.0\.0\.1$/", r"/^127\.0\.0\.1$/")];
    check(&map, &public("https://www.example.org"), &rows);
}

#[test]
fn a_path_behind_a_host_does_not_end_the_expression() {
    let map = UrlMap::new([origin("https://img.example.com")
        .below("/img")
        .expect("a path")]);
    check(
        &map,
        &public("https://www.example.org:8443"),
        &[
            (r"/^img\.example\.com$/", r"/^www\.example\.org:8443\/img$/"),
            (r"/img\.example\.com/", r"/www\.example\.org:8443\/img/"),
            (
                r"/^\/\/img\.example\.com\/a/",
                r"/^\/\/www\.example\.org:8443\/img\/a/",
            ),
            (
                r#""^img\\.example\\.com$""#,
                r#""^www\\.example\\.org:8443\\/img$""#,
            ),
        ],
    );
}
