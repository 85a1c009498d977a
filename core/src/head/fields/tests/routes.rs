//! Fields of real sites with several origins, as the browser gets them.

use super::of_site;

/// A shop whose images, API and blog live elsewhere.
const SITE: &str = r#"
[origin]
url = "https://origin.example.com"
public = "https://www.example.com"
aliases = ["https://old.example.com:8443"]

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
path = "/files"
origin = "https://s3.eu-central-1.amazonaws.com/assets.example"

[[route]]
path = "/api"
origin = "https://api.example.net"
prefix = "keep"

[[route]]
public = "https://blog.example.com"
origin = "https://example.wordpress.com"
"#;

const MAIN: &str = "https://www.example.com/x";
const IMG: &str = "https://www.example.com/img/x";
const FILES: &str = "https://www.example.com/files/x";
const API: &str = "https://www.example.com/api/x";
const BLOG: &str = "https://blog.example.com/x";

/// Checks rows of: request, field, as the origin sends it, as the browser gets it.
fn check(table: &[(&'static str, &'static str, &str, &str)]) {
    check_for(SITE, table);
}

fn check_for(site: &str, table: &[(&'static str, &'static str, &str, &str)]) {
    for (url, name, sent, expected) in table {
        assert_eq!(
            of_site(site, url, name, sent),
            [*expected],
            "{url}: {name}: {sent}"
        );
    }
}

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

#[test]
fn links_and_maps_lead_to_where_the_browser_can_ask() {
    check(&[
        // WordPress.
        (
            BLOG,
            "link",
            "<https://example.wordpress.com/wp-json/>; rel=\"https://api.w.org/\"",
            "<https://blog.example.com/wp-json/>; rel=\"https://api.w.org/\"",
        ),
        (
            BLOG,
            "x-pingback",
            "https://example.wordpress.com/xmlrpc.php",
            "https://blog.example.com/xmlrpc.php",
        ),
        (IMG, "x-pingback", "/xmlrpc.php", "/img/xmlrpc.php"),
        // Next.js.
        (
            MAIN,
            "link",
            "</_next/static/media/a-s.p.woff2>; rel=preload; as=\"font\"; crossorigin=\"\"; type=\"font/woff2\"",
            "</_next/static/media/a-s.p.woff2>; rel=preload; as=\"font\"; crossorigin=\"\"; type=\"font/woff2\"",
        ),
        (
            IMG,
            "link",
            "</_next/image?url=%2Fa.png&w=640>; rel=preload; as=\"image\"; imagesrcset=\"/_next/image?w=640 640w, /_next/image?w=828 828w,b.png\"; imagesizes=\"100vw\", </b>; rel=next",
            "</img/_next/image?url=%2Fa.png&w=640>; rel=preload; as=\"image\"; imagesrcset=\"/img/_next/image?w=640 640w, /img/_next/image?w=828 828w,b.png\"; imagesizes=\"100vw\", </img/b>; rel=next",
        ),
        // GitHub's pagination, and RFC 8288's own examples.
        (
            API,
            "link",
            "<https://api.example.net/api/repos/1/issues?page=2>; rel=\"next\", <https://api.example.net/api/repos/1/issues?page=9>; rel=\"last\"",
            "<https://www.example.com/api/repos/1/issues?page=2>; rel=\"next\", <https://www.example.com/api/repos/1/issues?page=9>; rel=\"last\"",
        ),
        (
            IMG,
            "link",
            "</>; rel=\"http://example.net/foo\"; anchor=\"/foo\"; title=\"</not>; /a\"",
            "</img/>; rel=\"http://example.net/foo\"; anchor=\"/img/foo\"; title=\"</not>; /a\"",
        ),
        (
            IMG,
            "link",
            "<https://cdn.example.net/a.css>;rel=preload;as=style, <//elsewhere.test/b>; rel=x",
            "<https://www.example.com/img/a.css>;rel=preload;as=style, <//elsewhere.test/b>; rel=x",
        ),
        (
            IMG,
            "link",
            r#"</a>; title="a \"b\"; anchor=\"/c"; anchor="/d", </e>; title="\\"; anchor = /f;rel=x, </g>; anchor=/h"#,
            r#"</img/a>; title="a \"b\"; anchor=\"/c"; anchor="/img/d", </img/e>; title="\\"; anchor = /img/f;rel=x, </img/g>; anchor=/img/h"#,
        ),
        (
            MAIN,
            "link",
            "</a>; anchor=https://cdn.example.net/b; rel=x",
            "</a>; anchor=https://www.example.com/img/b; rel=x",
        ),
        (IMG, "link", "</a>; title=\"</b>", "</img/a>; title=\"</b>"),
        (IMG, "link", "</a>; title=\"\\", "</img/a>; title=\"\\"),
        (IMG, "link", "</a>; anchor=", "</img/a>; anchor="),
        (IMG, "link", "</a", "</img/a"),
        (IMG, "sourcemap", "/js/a.js.map", "/img/js/a.js.map"),
        (IMG, "x-sourcemap", "a.js.map", "a.js.map"),
        (
            MAIN,
            "sourcemap",
            "https://cdn.example.net/a.map",
            "https://www.example.com/img/a.map",
        ),
        (IMG, "service-worker-allowed", "/", "/img/"),
        (MAIN, "service-worker-allowed", "/", "/"),
        (API, "service-worker-allowed", "/", "/"),
        // Cloudflare's Speed Brain.
        (
            MAIN,
            "speculation-rules",
            "\"/cdn-cgi/speculation\"",
            "\"/cdn-cgi/speculation\"",
        ),
        (
            IMG,
            "speculation-rules",
            "\"/rules/prefetch.json\", \"https://cdn.example.net/r.json\"",
            "\"/img/rules/prefetch.json\", \"https://www.example.com/img/r.json\"",
        ),
    ]);
}

#[test]
fn reports_go_through_the_gate() {
    check(&[
        (
            IMG,
            "reporting-endpoints",
            r#"a="x\"y", b="/reports""#,
            r#"a="x\"y", b="/img/reports""#,
        ),
        (
            IMG,
            "report-to",
            r#"{"group":"a\"b\\","endpoints":[{"url":"/r"}]}"#,
            r#"{"group":"a\"b\\","endpoints":[{"url":"/img/r"}]}"#,
        ),
        (
            IMG,
            "reporting-endpoints",
            "default=\"/reports\", csp=\"https://cdn.example.net/csp?a=b\", x=\"https://elsewhere.test/r\"",
            "default=\"/img/reports\", csp=\"https://www.example.com/img/csp?a=b\", x=\"https://elsewhere.test/r\"",
        ),
        // Cloudflare's own, which is nobody's origin.
        (
            MAIN,
            "report-to",
            r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x%3D"}],"group":"cf-nel","max_age":604800}"#,
            r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x%3D"}],"group":"cf-nel","max_age":604800}"#,
        ),
        (
            MAIN,
            "nel",
            r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
            r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
        ),
        (
            IMG,
            "report-to",
            r#"{"group":"url","endpoints":[{"url": "/r", "priority":1},{"url":"\/s"}]}, {"endpoints":[{"url":"https:\/\/cdn.example.net\/t"}]}"#,
            r#"{"group":"url","endpoints":[{"url": "/img/r", "priority":1},{"url":"/img/s"}]}, {"endpoints":[{"url":"https:\/\/www.example.com\/img\/t"}]}"#,
        ),
        (
            IMG,
            "expect-ct",
            "max-age=0, report-uri=\"https://cdn.example.net/ct\"",
            "max-age=0, report-uri=\"https://www.example.com/img/ct\"",
        ),
    ]);
}

#[test]
fn an_origin_stays_an_origin() {
    check(&[
        (
            IMG,
            "access-control-allow-origin",
            "https://origin.example.com",
            "https://www.example.com",
        ),
        (
            IMG,
            "access-control-allow-origin",
            "http://ORIGIN.example.com:80",
            "https://www.example.com",
        ),
        (
            IMG,
            "access-control-allow-origin",
            "https://cdn.example.net",
            "https://www.example.com",
        ),
        (
            MAIN,
            "access-control-allow-origin",
            "https://example.wordpress.com",
            "https://blog.example.com",
        ),
        (
            MAIN,
            "access-control-allow-origin",
            "https://s3.eu-central-1.amazonaws.com",
            "https://www.example.com",
        ),
        (
            MAIN,
            "access-control-allow-origin",
            "https://old.example.com:8443",
            "https://www.example.com",
        ),
        (
            MAIN,
            "access-control-allow-origin",
            "https://old.example.com",
            "https://old.example.com",
        ),
        (MAIN, "access-control-allow-origin", "*", "*"),
        (MAIN, "access-control-allow-origin", "null", "null"),
        (
            IMG,
            "access-control-allow-origin",
            "https://cdn.example.net.evil.test",
            "https://cdn.example.net.evil.test",
        ),
        (
            IMG,
            "timing-allow-origin",
            "https://origin.example.com, https://cdn.example.net,https://elsewhere.test",
            "https://www.example.com, https://www.example.com,https://elsewhere.test",
        ),
        (
            IMG,
            "x-frame-options",
            "ALLOW-FROM https://origin.example.com/",
            "ALLOW-FROM https://www.example.com/",
        ),
        (IMG, "x-frame-options", "SAMEORIGIN", "SAMEORIGIN"),
        (
            MAIN,
            "permissions-policy",
            "geolocation=(self \"https://cdn.example.net\"), camera=(), fullscreen=(\"https://example.wordpress.com\")",
            "geolocation=(self \"https://www.example.com\"), camera=(), fullscreen=(\"https://blog.example.com\")",
        ),
        (
            MAIN,
            "clear-site-data",
            "\"cache\", \"cookies\"",
            "\"cache\", \"cookies\"",
        ),
        (
            MAIN,
            "cross-origin-resource-policy",
            "same-origin",
            "same-origin",
        ),
    ]);
}

#[test]
fn a_policy_allows_what_the_browser_is_shown() {
    for name in [
        "content-security-policy",
        "content-security-policy-report-only",
    ] {
        check(&[
            // GitHub's shape.
            (
                MAIN,
                name,
                "default-src 'none'; base-uri 'self'; child-src origin.example.com/assets-cdn/worker/; connect-src 'self' wss://origin.example.com cdn.example.net api.example.net/api/ *.example.net; font-src cdn.example.net; form-action 'self' origin.example.com example.wordpress.com; frame-ancestors 'none'; script-src cdn.example.net 'nonce-cdn.example.net' 'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='; upgrade-insecure-requests",
                "default-src 'none'; base-uri 'self'; child-src www.example.com/assets-cdn/worker/; connect-src 'self' wss://www.example.com www.example.com www.example.com/api/ *.example.net; font-src www.example.com; form-action 'self' www.example.com blog.example.com; frame-ancestors 'none'; script-src www.example.com 'nonce-cdn.example.net' 'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='; upgrade-insecure-requests",
            ),
            // A path that ends without a slash is one URL and no more (CSP Level 3 §6.7.2.11).
            (
                MAIN,
                name,
                "img-src https://cdn.example.net https://cdn.example.net/ https://cdn.example.net/lib/ https://cdn.example.net/a.js http://cdn.example.net:443",
                "img-src https://www.example.com https://www.example.com/img/ https://www.example.com/img/lib/ https://www.example.com/img/a.js http://cdn.example.net:443",
            ),
            (
                MAIN,
                name,
                "img-src https://s3.eu-central-1.amazonaws.com https://s3.eu-central-1.amazonaws.com/ https://s3.eu-central-1.amazonaws.com/assets.example/ s3.eu-central-1.amazonaws.com/assets.example/a.js https://s3.eu-central-1.amazonaws.com/other/",
                "img-src https://www.example.com https://www.example.com https://www.example.com/files/ www.example.com/files/a.js https://s3.eu-central-1.amazonaws.com/other/",
            ),
            (
                IMG,
                name,
                "img-src CDN.EXAMPLE.NET:443 cdn.example.net:* https://cdn.example.net:* ws://cdn.example.net cdn.example.net:8080 https://old.example.com:8443",
                "img-src www.example.com www.example.com:* https://www.example.com:* wss://www.example.com cdn.example.net:8080 https://www.example.com",
            ),
            (
                IMG,
                name,
                "script-src 'self' https: data: blob: *; report-uri /csp?a=b https://cdn.example.net/r; report-to cdn.example.net; sandbox allow-scripts",
                "script-src 'self' https: data: blob: *; report-uri /img/csp?a=b https://www.example.com/img/r; report-to cdn.example.net; sandbox allow-scripts",
            ),
            // Two policies in one line, and odd spacing.
            (
                MAIN,
                name,
                " Script-Src\tcdn.example.net;;img-src  cdn.example.net ,default-src cdn.example.net,",
                " Script-Src\twww.example.com;;img-src  www.example.com ,default-src www.example.com,",
            ),
        ]);
    }
}

#[test]
fn what_a_wildcard_allowed_of_the_sites_origins_is_allowed_beside_it() {
    let name = "content-security-policy";
    for (sent, expected) in [
        (
            "img-src *.example.net",
            "img-src *.example.net www.example.com",
        ),
        (
            "img-src 'self' https://*.example.net:443;font-src *.EXAMPLE.net",
            "img-src 'self' https://*.example.net:443 https://www.example.com;font-src *.EXAMPLE.net www.example.com",
        ),
        (
            "img-src *.example.net:* wss://*.example.net x.test",
            "img-src *.example.net:* www.example.com:* wss://*.example.net wss://www.example.com x.test",
        ),
        (
            "img-src *.wordpress.com/wp-content/ *.net/lib/",
            "img-src *.wordpress.com/wp-content/ blog.example.com/wp-content/ *.net/lib/ www.example.com/img/lib/",
        ),
        (
            "img-src https://*.amazonaws.com",
            "img-src https://*.amazonaws.com https://www.example.com",
        ),
        // Nothing twice, wherever it stands.
        (
            "img-src *.example.net cdn.example.net *.api.example.net",
            "img-src *.example.net www.example.com *.api.example.net",
        ),
        (
            "img-src www.example.com *.example.net",
            "img-src www.example.com *.example.net",
        ),
        // It stands for none of them, or for the public host as well.
        (
            "img-src *.cdn.example.net *.example.net:8080 *.notexample.net *.elsewhere.test *",
            "img-src *.cdn.example.net *.example.net:8080 *.notexample.net *.elsewhere.test *",
        ),
        (
            "img-src *.example.com https://*.example.com",
            "img-src *.example.com https://*.example.com",
        ),
        ("trusted-types *.example.net", "trusted-types *.example.net"),
        (
            "report-uri https://*.example.net/",
            "report-uri https://*.example.net/",
        ),
    ] {
        check(&[(MAIN, name, sent, expected)]);
    }
}

#[test]
fn cookies_are_for_where_the_browser_has_them_from() {
    check(&[
        // S3 and CloudFront, Cloudflare, Shopify, Rails.
        (
            IMG,
            "set-cookie",
            "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/",
            "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/img",
        ),
        (
            IMG,
            "set-cookie",
            "__cf_bm=abc.1-2; path=/; expires=Wed, 21-Oct-26 07:28:00 GMT; domain=.cdn.example.net; HttpOnly; Secure; SameSite=None",
            "__cf_bm=abc.1-2; path=/img; expires=Wed, 21-Oct-26 07:28:00 GMT; domain=www.example.com; HttpOnly; Secure; SameSite=None",
        ),
        (
            IMG,
            "set-cookie",
            "a=1; Path=/x; Secure; Partitioned; Priority=High; Foo=/x",
            "a=1; Path=/img/x; Secure; Partitioned; Priority=High; Foo=/x",
        ),
        (
            IMG,
            "set-cookie",
            "a=/x;PATH= /x ;secure",
            "a=/x;PATH=/img/x;secure",
        ),
        (IMG, "set-cookie", "a=1", "a=1"),
        (IMG, "set-cookie", "a=1; Path", "a=1; Path"),
        (IMG, "set-cookie", "a=1; Path=", "a=1; Path="),
        (IMG, "set-cookie", "path=/; Path=/b", "path=/; Path=/img/b"),
        (
            IMG,
            "set-cookie",
            "__Host-id=1; Path=/; Secure",
            "__Host-id=1; Path=/; Secure",
        ),
        (
            IMG,
            "set-cookie",
            "__host-id=1; Secure; path=/",
            "__host-id=1; Secure; path=/",
        ),
        (
            IMG,
            "set-cookie",
            "__Secure-id=1; Path=/; Secure",
            "__Secure-id=1; Path=/img; Secure",
        ),
        (FILES, "set-cookie", "a=1; Path=/", "a=1; Path=/files"),
        (
            FILES,
            "set-cookie",
            "a=1; Path=/assets.example",
            "a=1; Path=/files",
        ),
        (
            FILES,
            "set-cookie",
            "a=1; Path=/assets.example/b",
            "a=1; Path=/files/b",
        ),
        (FILES, "set-cookie", "a=1; Path=/other", "a=1; Path=/other"),
        (
            API,
            "set-cookie",
            "sid=1; Path=/; Domain=api.example.net; SameSite=Strict",
            "sid=1; Path=/; Domain=www.example.com; SameSite=Strict",
        ),
        (API, "set-cookie", "sid=1; Path=/api/", "sid=1; Path=/api/"),
        // A domain that the public host does not belong to would have the browser refuse the
        // cookie.
        (
            API,
            "set-cookie",
            "sid=1; Domain=example.net; Path=/",
            "sid=1; Path=/",
        ),
        (
            BLOG,
            "set-cookie",
            "wp=1; path=/wp-admin; domain=.example.wordpress.com",
            "wp=1; path=/wp-admin; domain=blog.example.com",
        ),
        (
            BLOG,
            "set-cookie",
            "wp=1; domain=.example.com",
            "wp=1; domain=.example.com",
        ),
        (
            MAIN,
            "set-cookie",
            "_shopify_y=1; domain=origin.example.com; path=/; SameSite=Lax",
            "_shopify_y=1; domain=www.example.com; path=/; SameSite=Lax",
        ),
    ]);
}

#[test]
fn international_public_names_come_as_they_are_on_the_wire() {
    let config = "[origin]\nurl = 'https://xn--rsprung-d2a.example'\npublic = 'https://www.xn--mnchen-3ya.example'";
    assert_eq!(
        of_site(
            config,
            "https://www.xn--mnchen-3ya.example/",
            "location",
            "https://XN--rsprung-D2A.example/stra%C3%9Fe"
        ),
        ["https://www.xn--mnchen-3ya.example/stra%C3%9Fe"]
    );
}

proptest::proptest! {
    #[test]
    fn no_value_makes_the_mapping_panic_and_none_is_lost(value in "[ -~]{0,60}") {
        for name in [
            "location", "refresh", "link", "set-cookie", "report-to", "reporting-endpoints", "permissions-policy",
            "content-security-policy", "speculation-rules",
        ] {
            for url in [MAIN, IMG, FILES, API, BLOG] {
                proptest::prop_assert_eq!(of_site(SITE, url, name, value.trim()).len(), 1);
            }
        }
    }

    #[test]
    fn what_names_no_origin_stays_byte_for_byte(value in "[ -~]{0,60}") {
        for name in ["location", "refresh", "link", "report-to", "content-security-policy", "permissions-policy"] {
            for url in [MAIN, API] {
                if !value.contains("example") {
                    proptest::prop_assert_eq!(of_site(SITE, url, name, value.trim()), [value.trim()]);
                }
            }
        }
    }
}
