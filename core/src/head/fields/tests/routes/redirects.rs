//! Where browsers and their scripts are led.

use super::{API, BLOG, FILES, IMG, MAIN, SITE, check, check_for};

#[test]
fn redirects_lead_to_where_the_browser_can_ask() {
    check(&[
        // WordPress and Shopify redirect by full URL, Rails by full URL of the Host it got, Express
        // by path.
        (
            MAIN,
            "location",
            "https://origin.example.com/login?next=%2Fcart",
            "https://www.example.com/login?next=%2Fcart",
        ),
        (
            MAIN,
            "location",
            "https://cdn.example.net/a.png?v=1",
            "https://www.example.com/img/a.png?v=1",
        ),
        (
            MAIN,
            "location",
            "https://example.wordpress.com/2024/05/hello/",
            "https://blog.example.com/2024/05/hello/",
        ),
        (MAIN, "location", "/cart", "/cart"),
        (IMG, "location", "/a.png", "/img/a.png"),
        (IMG, "location", "/", "/img/"),
        (IMG, "location", "/?a=/b", "/img/?a=/b"),
        (IMG, "location", "a.png", "a.png"),
        (
            IMG,
            "location",
            "/img/login?next=/",
            "/img/img/login?next=/",
        ),
        (IMG, "location", "/imgs", "/img/imgs"),
        (IMG, "location", "?a", "?a"),
        (
            IMG,
            "location",
            "//cdn.example.net/a",
            "//www.example.com/img/a",
        ),
        (IMG, "location", "//elsewhere.test/a", "//elsewhere.test/a"),
        (
            IMG,
            "location",
            "/\\elsewhere.test/a",
            "/\\elsewhere.test/a",
        ),
        (
            IMG,
            "location",
            "https://cdn.example.net/b#c",
            "https://www.example.com/img/b#c",
        ),
        (
            IMG,
            "location",
            "https://origin.example.com/b",
            "https://www.example.com/b",
        ),
        (API, "location", "/api/v2/items/7", "/api/v2/items/7"),
        (API, "location", "/login", "/login"),
        (FILES, "location", "/assets.example/b", "/files/b"),
        (
            FILES,
            "location",
            "/assets.example?list-type=2",
            "/files?list-type=2",
        ),
        (
            FILES,
            "location",
            "/assets.example.org/b",
            "/assets.example.org/b",
        ),
        (FILES, "location", "/login", "/login"),
        (BLOG, "location", "/wp-login.php", "/wp-login.php"),
        (
            BLOG,
            "location",
            "https://example.wordpress.com/wp-admin/",
            "https://blog.example.com/wp-admin/",
        ),
        (IMG, "content-location", "/a.en.html", "/img/a.en.html"),
        (IMG, "refresh", "0;url=/b", "0;url=/img/b"),
        (IMG, "refresh", "5; URL='/b?c;d'", "5; URL='/img/b?c;d'"),
        (
            IMG,
            "refresh",
            "5, \"/b\" trailing",
            "5, \"/img/b\" trailing",
        ),
        (IMG, "refresh", "3;/b", "3;/img/b"),
        (IMG, "refresh", "3; urlaub/b", "3; urlaub/b"),
        (IMG, "refresh", "30", "30"),
        (
            IMG,
            "refresh",
            "5; url=https://cdn.example.net/b",
            "5; url=https://www.example.com/img/b",
        ),
    ]);
}

/// Flask, Symfony and Spring honour X-Forwarded-Prefix, where they are told to.
#[test]
fn what_an_origin_that_is_told_its_path_puts_below_it_stays() {
    let site = SITE.replace("[origin]", "[origin]\nidentity = 'forwarded'");
    check_for(
        &site,
        &[
            (IMG, "location", "/img/login?next=/", "/img/login?next=/"),
            (IMG, "location", "/imgs", "/img/imgs"),
            (IMG, "location", "/a", "/img/a"),
            (
                IMG,
                "set-cookie",
                "JSESSIONID=1; Path=/img; HttpOnly",
                "JSESSIONID=1; Path=/img; HttpOnly",
            ),
        ],
    );
}

#[test]
fn what_browsers_take_for_the_origin_is_mapped_however_it_is_written() {
    for name in ["location", "content-location"] {
        for (sent, expected) in [
            (r"https:\\origin.example.com", "https://www.example.com"),
            (r"\\origin.example.com\x", "//www.example.com/x"),
            (r"/\origin.example.com", "//www.example.com"),
            (r"\/origin.example.com/?\a", r"//www.example.com/?\a"),
            ("https:///origin.example.com/x", "https://www.example.com/x"),
            ("///cdn.example.net/x", "//www.example.com/img/x"),
            (
                r"HTTP:/\/\cdn.example.net\a\b#\",
                r"https://www.example.com/img/a/b#\",
            ),
            (
                r"https:\\s3.eu-central-1.amazonaws.com\assets.example\b",
                "https://www.example.com/files/b",
            ),
            (
                r"https://cdn.example.net\x",
                "https://www.example.com/img/x",
            ),
        ] {
            check(&[(MAIN, name, sent, expected)]);
        }
        for elsewhere in [
            r"https:\\elsewhere.test",
            r"\\elsewhere.test\x?u=a",
            r"/\origin.example.com.evil.test",
            "https:///notorigin.example.com/x",
            r"https:\\s3.eu-central-1.amazonaws.com\other",
            r"ftp:\\origin",
            "https:a",
            r"https:/a\b",
            r"/a\b",
            r"\a",
            r"\\",
            "///",
        ] {
            check(&[(MAIN, name, elsewhere, elsewhere)]);
        }
    }
    check(&[(
        MAIN,
        "location",
        r"\\elsewhere.test\x?u=https://origin.example.com/",
        r"\\elsewhere.test\x?u=https://www.example.com/",
    )]);
}

#[test]
fn scripts_are_led_to_where_the_browser_can_ask() {
    for name in [
        "hx-redirect",
        "hx-location",
        "hx-push-url",
        "hx-replace-url",
        "turbo-location",
        "x-inertia-location",
        "x-redirect",
        "x-action-redirect",
        "x-nextjs-redirect",
        "x-nextjs-rewrite",
        "x-middleware-rewrite",
        "x-remix-redirect",
        "turbolinks-location",
        "x-xhr-redirected-to",
        "x-pjax-url",
        "x-up-location",
        "x-ic-redirect",
        "hx-push",
        "operation-location",
        "odata-entityid",
    ] {
        check(&[
            (
                MAIN,
                name,
                "https://cdn.example.net/a?b",
                "https://www.example.com/img/a?b",
            ),
            (MAIN, name, r"\\origin.example.com\a", "//www.example.com/a"),
            (IMG, name, "/a?b", "/img/a?b"),
            (IMG, name, "a", "a"),
            (IMG, name, "false", "false"),
            (API, name, "/api/a", "/api/a"),
        ]);
    }
    check(&[
        (
            IMG,
            "hx-location",
            r##" {"path":"/a", "target":"#path", "values":{"x":"/b"}}"##,
            r##" {"path":"/img/a", "target":"#path", "values":{"x":"/b"}}"##,
        ),
        (
            IMG,
            "hx-location",
            r#"{"source":"path","path":"https:\/\/cdn.example.net\/a"}"#,
            r#"{"source":"path","path":"https:\/\/www.example.com\/img\/a"}"#,
        ),
        // A Server Action of Next.js says how the redirect is put into the history.
        (
            MAIN,
            "x-action-redirect",
            "https://origin.example.com/products/1;push",
            "https://www.example.com/products/1;push",
        ),
        (IMG, "x-action-redirect", "/;push", "/img/;push"),
        (
            MAIN,
            "x-action-redirect",
            r"\\cdn.example.net\a;replace",
            "//www.example.com/img/a;replace",
        ),
    ]);
}

#[test]
fn events_for_scripts_name_the_urls_that_the_browser_knows() {
    for name in [
        "hx-trigger",
        "hx-trigger-after-settle",
        "hx-trigger-after-swap",
        "x-up-events",
    ] {
        check(&[
            (
                MAIN,
                name,
                r#"{"note":{"url":"https:\/\/cdn.example.net\/t"}}"#,
                r#"{"note":{"url":"https:\/\/www.example.com\/img\/t"}}"#,
            ),
            (
                MAIN,
                name,
                "[{ type: 'note', url: 'https://origin.example.com/t' }]",
                "[{ type: 'note', url: 'https://www.example.com/t' }]",
            ),
            (IMG, name, "/a, b", "/a, b"),
        ]);
    }
}

#[test]
fn a_dictionary_is_for_what_the_browser_can_ask() {
    let name = "use-as-dictionary";
    check(&[
        (
            MAIN,
            name,
            r#"match="/js/*", match-dest=("script"), id="/js/1""#,
            r#"match="/js/*", match-dest=("script"), id="/js/1""#,
        ),
        (
            IMG,
            name,
            r#"id="/js/1", match="/js/*""#,
            r#"id="/js/1", match="/img/js/*""#,
        ),
        (
            IMG,
            name,
            r#"match="https://cdn.example.net/js/*";x"#,
            r#"match="https://www.example.com/img/js/*";x"#,
        ),
    ]);
}

#[test]
fn fields_that_the_configuration_names_are_mapped_like_a_location() {
    let site = format!("{SITE}[map]\nresponse_fields = ['X-Next', 'Location']");
    check_for(
        &site,
        &[
            (
                MAIN,
                "x-next",
                "https://origin.example.com/a",
                "https://www.example.com/a",
            ),
            (IMG, "x-next", "/a", "/img/a"),
            (
                MAIN,
                "x-next",
                r#"{"url":"https://cdn.example.net/a"}"#,
                r#"{"url":"https://www.example.com/img/a"}"#,
            ),
            (IMG, "location", "/a", "/img/a"),
            (
                MAIN,
                "x-other",
                "https://origin.example.com/a",
                "https://origin.example.com/a",
            ),
        ],
    );
}

#[test]
fn a_challenge_names_the_urls_that_the_browser_knows() {
    let name = "www-authenticate";
    check(&[
        (
            API,
            name,
            "Basic realm=\"https://api.example.net/\", charset=\"UTF-8\"",
            "Basic realm=\"https://api.example.net/\", charset=\"UTF-8\"",
        ),
        (
            API,
            name,
            "Bearer realm=\"https://origin.example.com/token\",service=\"origin.example.com\",scope=\"a\"",
            "Bearer realm=\"https://www.example.com/token\",service=\"origin.example.com\",scope=\"a\"",
        ),
        (
            API,
            name,
            "Bearer resource_metadata=\"https://api.example.net/api/.well-known/x\"",
            "Bearer resource_metadata=\"https://www.example.com/api/.well-known/x\"",
        ),
        (
            MAIN,
            name,
            "Digest realm=\"https://origin.example.com\", nonce=\"x\"",
            "Digest realm=\"https://origin.example.com\", nonce=\"x\"",
        ),
        // IIS.
        (
            MAIN,
            name,
            "Basic realm=\"origin.example.com\"",
            "Basic realm=\"www.example.com\"",
        ),
        (MAIN, name, "Negotiate YWJj/A==", "Negotiate YWJj/A=="),
        (IMG, name, "Basic realm=\"/a\"", "Basic realm=\"/a\""),
    ]);
}

#[test]
fn who_a_response_came_through_is_nobody_that_the_browser_cannot_ask() {
    check(&[
        (
            MAIN,
            "via",
            "1.1 varnish, HTTP/2 Origin.example.com:8080 (origin.example.com), 1.1 cdn.example.net",
            "1.1 varnish, HTTP/2 www.example.com (www.example.com), 1.1 www.example.com",
        ),
        (
            BLOG,
            "via",
            "1.1 example.wordpress.com,1.1 x.example.wordpress.com",
            "1.1 blog.example.com,1.1 x.example.wordpress.com",
        ),
        (
            MAIN,
            "proxy-status",
            "origin.example.com; error=connection_timeout; next-hop=\"api.example.net:443\", \"Elsewhere\"; received-status=502",
            "www.example.com; error=connection_timeout; next-hop=\"www.example.com\", \"Elsewhere\"; received-status=502",
        ),
        // PHP's built-in server.
        (MAIN, "host", "Origin.example.com", "www.example.com"),
        (MAIN, "host", "www.example.com", "www.example.com"),
    ]);
}
