//! Who may read, and what a page may load.

use super::{IMG, MAIN, check};

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
