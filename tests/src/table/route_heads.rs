//! Heads of a site with several origins, in both directions, as real servers write them.

use super::requests::saw;
use super::routes::below;
use crate::client::Request;
use crate::failure::{Verdict, ensure};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{API_AT, BLOG_AT, BLOG_HOST, CDN_AT, PUBLIC, Setup};
use crate::stage::Stage;

/// Names of fields, the values that an origin sends, and the values that the client must get.
type Fields = [(&'static str, &'static str, &'static str)];

/// WordPress on a host of its own.
const WORDPRESS: &Fields = &[
    (
        "Link",
        "<https://blog.example.net/wp-json/>; rel=\"https://api.w.org/\", <https://blog.example.net/?p=1>; rel=shortlink",
        "<https://blog.example.com/wp-json/>; rel=\"https://api.w.org/\", <https://blog.example.com/?p=1>; rel=shortlink",
    ),
    (
        "X-Pingback",
        "https://blog.example.net/xmlrpc.php",
        "https://blog.example.com/xmlrpc.php",
    ),
    (
        "Set-Cookie",
        "wordpress_test_cookie=WP%20Cookie%20check; path=/; domain=.blog.example.net; secure",
        "wordpress_test_cookie=WP%20Cookie%20check; path=/; domain=blog.example.com; secure",
    ),
    ("X-Redirect-By", "WordPress", "WordPress"),
];

/// A shop whose images are on a CDN, with Cloudflare in front of it.
const SHOP: &Fields = &[
    (
        "Content-Security-Policy",
        "block-all-mixed-content; frame-ancestors 'none'; upgrade-insecure-requests; img-src 'self' data: cdn.example.net *.example.net; \
         connect-src https://api.example.net wss://origin.example.com; script-src https://cdn.example.net/lib/ 'nonce-cdn.example.net' \
         'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='; font-src *.example.net; report-uri https://origin.example.com/csp?source=shop",
        "block-all-mixed-content; frame-ancestors 'none'; upgrade-insecure-requests; img-src 'self' data: www.example.com *.example.net blog.example.com; \
         connect-src https://www.example.com wss://www.example.com; script-src https://www.example.com/img/lib/ 'nonce-cdn.example.net' \
         'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='; font-src *.example.net www.example.com blog.example.com; report-uri https://www.example.com/csp?source=shop",
    ),
    (
        "Report-To",
        r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x"},{"url":"https:\/\/cdn.example.net\/r"}],"group":"cf-nel","max_age":604800}"#,
        r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x"},{"url":"https:\/\/www.example.com\/img\/r"}],"group":"cf-nel","max_age":604800}"#,
    ),
    (
        "NEL",
        r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
        r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
    ),
    (
        "Link",
        "<https://cdn.example.net>; rel=\"preconnect\", <https://cdn.example.net/s.css>; as=\"style\"; rel=\"preload\", </_next/static/a.js>; rel=preload",
        "<https://www.example.com/img>; rel=\"preconnect\", <https://www.example.com/img/s.css>; as=\"style\"; rel=\"preload\", </_next/static/a.js>; rel=preload",
    ),
    (
        "Permissions-Policy",
        "payment=(self \"https://api.example.net\")",
        "payment=(self \"https://www.example.com\")",
    ),
    (
        "Timing-Allow-Origin",
        "https://cdn.example.net, https://other.test",
        "https://www.example.com, https://other.test",
    ),
    (
        "Speculation-Rules",
        "\"/cdn-cgi/speculation\"",
        "\"/cdn-cgi/speculation\"",
    ),
    (
        "Set-Cookie",
        "_shop=1; path=/; domain=origin.example.com; SameSite=Lax; Partitioned",
        "_shop=1; path=/; domain=www.example.com; SameSite=Lax; Partitioned",
    ),
    (
        "WWW-Authenticate",
        "Bearer realm=\"https://origin.example.com/token\"",
        "Bearer realm=\"https://www.example.com/token\"",
    ),
    (
        "HX-Redirect",
        "https://cdn.example.net/a?b",
        "https://www.example.com/img/a?b",
    ),
    (
        "Turbo-Location",
        "https://origin.example.com/cart",
        "https://www.example.com/cart",
    ),
    (
        "X-Action-Redirect",
        "https://origin.example.com/products/1;push",
        "https://www.example.com/products/1;push",
    ),
    (
        "X-Nextjs-Redirect",
        "https://origin.example.com/x",
        "https://www.example.com/x",
    ),
    (
        "HX-Trigger",
        r#"{"note":{"url":"https://cdn.example.net/t"}}"#,
        r#"{"note":{"url":"https://www.example.com/img/t"}}"#,
    ),
    (
        "Operation-Location",
        "https://origin.example.com/operations/7",
        "https://www.example.com/operations/7",
    ),
    ("Clear-Site-Data", "\"cache\"", "\"cache\""),
];

/// A script of the CDN, which knows nothing of the path that it is below.
const CDN_SCRIPT: &Fields = &[
    ("SourceMap", "/js/app.js.map", "/img/js/app.js.map"),
    ("Service-Worker-Allowed", "/", "/img/"),
    (
        "HX-Location",
        r##"{"path":"/a", "target":"#a"}"##,
        r##"{"path":"/img/a", "target":"#a"}"##,
    ),
    (
        "Link",
        "</js/b.js>; rel=modulepreload, <c.js>; rel=preload",
        "</img/js/b.js>; rel=modulepreload, <c.js>; rel=preload",
    ),
    ("Content-Location", "/js/app.v2.js", "/img/js/app.v2.js"),
    (
        "Reporting-Endpoints",
        "main=\"/reports\"",
        "main=\"/img/reports\"",
    ),
    (
        "Set-Cookie",
        "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/; HttpOnly",
        "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/img; HttpOnly",
    ),
    (
        "Access-Control-Allow-Origin",
        "https://origin.example.com",
        "https://www.example.com",
    ),
];

/// Checks that the client gets the fields as they must be.
fn mapped(
    stage: &Stage,
    request: &Request,
    media_type: &'static str,
    fields: &'static Fields,
) -> Verdict {
    let head = fields
        .iter()
        .fold(answer(200).of_type(media_type), |head, (name, sent, _)| {
            head.field(name, sent)
        });
    stage.always(head.field("Alt-Svc", "h3=\":443\"; ma=86400").body("x"));
    let response = stage.exchange(request)?;
    response.has_status(200)?.lacks("Alt-Svc")?.is_complete()?;
    fields
        .iter()
        .try_for_each(|(name, _, expected)| response.has(name, expected).map(drop))
}

/// Returns what an origin saw of a request, at any of its addresses.
fn seen(stage: &Stage, request: &Request) -> Verdict<Received> {
    let play = stage.always(answer(200).of_type("text/plain").body("seen"));
    stage.exchange(request)?.has_status(200)?.is_complete()?;
    play.only_request()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = of_responses();
    all.extend(of_requests());
    all
}

fn of_responses() -> Vec<Scenario> {
    vec![
        scenario(
            "the-head-of-a-blog-on-a-host-of-its-own-names-that-host",
            Setup::Routes,
            |stage| {
                mapped(
                    stage,
                    &stage.get("/x").with("Host", BLOG_HOST),
                    "text/html",
                    WORDPRESS,
                )
            },
        ),
        scenario(
            "the-head-of-a-shop-page-names-none-of-its-origins",
            Setup::Routes,
            |stage| mapped(stage, &stage.get("/x"), "text/html", SHOP),
        ),
        scenario(
            "the-head-of-a-script-below-a-path-points-below-it",
            Setup::Routes,
            |stage| {
                mapped(
                    stage,
                    &below(stage, "/img", "/js/app.js"),
                    "text/javascript",
                    CDN_SCRIPT,
                )
            },
        ),
        scenario(
            "redirects-of-a-route-point-to-where-they-can-be-followed",
            Setup::Routes,
            |stage| {
                for (route, sent, expected) in [
                    ("/img", "/b.png?v=/c", "/img/b.png?v=/c"),
                    ("/img", "b.png", "b.png"),
                    (
                        "/img",
                        "https://cdn.example.net/b",
                        "https://www.example.com/img/b",
                    ),
                    (
                        "/img",
                        "https://blog.example.net/b",
                        "https://blog.example.com/b",
                    ),
                    ("/img", "//elsewhere.test/b", "//elsewhere.test/b"),
                    ("/files", "/bucket/7/b?x", "/files/b?x"),
                    ("/api", "/api/v2", "/api/v2"),
                    (
                        "/api",
                        "https://api.example.net/api/v2",
                        "https://www.example.com/api/v2",
                    ),
                    (
                        "",
                        "https://cdn.example.net/b",
                        "https://www.example.com/img/b",
                    ),
                    ("", "/b", "/b"),
                    (
                        "",
                        "https:///cdn.example.net/b",
                        "https://www.example.com/img/b",
                    ),
                    ("", r"/\cdn.example.net\b?\", r"//www.example.com/img/b?\"),
                    ("/img", r"\\elsewhere.test\b", r"\\elsewhere.test\b"),
                ] {
                    stage.always(answer(302).field("Location", sent).body(""));
                    let response = stage.exchange(&below(stage, route, "/x"))?;
                    response.has_status(302)?.has("Location", expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-refresh-of-a-route-points-below-its-path",
            Setup::Routes,
            |stage| {
                for (sent, expected) in [
                    ("0;url=/b", "0;url=/img/b"),
                    ("5; URL='/b?c;d'", "5; URL='/img/b?c;d'"),
                    ("30", "30"),
                ] {
                    stage.always(answer(200).html().field("Refresh", sent).body("x"));
                    let response = stage.exchange(&below(stage, "/img", "/x"))?;
                    response.has_status(200)?.has("Refresh", expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "cookies-of-routes-are-scoped-to-where-the-browser-got-them",
            Setup::Routes,
            |stage| {
                for (route, sent, expected) in [
                    (
                        "/img",
                        "a=1; Path=/x; Secure; SameSite=None; Partitioned",
                        "a=1; Path=/img/x; Secure; SameSite=None; Partitioned",
                    ),
                    (
                        "/img",
                        "__Host-a=1; Path=/; Secure",
                        "__Host-a=1; Path=/; Secure",
                    ),
                    (
                        "/img",
                        "a=1; path=/; domain=.cdn.example.net; Priority=High",
                        "a=1; path=/img; domain=www.example.com; Priority=High",
                    ),
                    ("/files", "a=1; Path=/bucket/7/x", "a=1; Path=/files/x"),
                    ("/files", "a=1; Path=/", "a=1; Path=/files"),
                    // Origins below this domain have two public hosts.
                    (
                        "/api",
                        "sid=1; Path=/; Domain=example.net; HttpOnly",
                        "sid=1; Path=/; Domain=example.com; HttpOnly",
                    ),
                    (
                        "/api",
                        "sid=1; Path=/; Domain=elsewhere.test; HttpOnly",
                        "sid=1; Path=/; HttpOnly",
                    ),
                ] {
                    stage.always(
                        answer(200)
                            .of_type("image/png")
                            .field("Set-Cookie", sent)
                            .body("x"),
                    );
                    let response = stage.exchange(&below(stage, route, "/x"))?;
                    response.has_status(200)?.has("Set-Cookie", expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-preflight-request-to-an-api-works-as-the-browser-expects",
            Setup::Routes,
            |stage| {
                let head =
                    answer(204).field("Access-Control-Allow-Origin", "https://origin.example.com");
                let head = head
                    .field("Access-Control-Allow-Methods", "PUT")
                    .field("Vary", "Origin");
                let play = stage.always(head.bare());
                let request = Request::new("OPTIONS", format!("/api/{}/x", stage.id))
                    .field("Origin", PUBLIC)
                    .field("Access-Control-Request-Method", "PUT")
                    .field("Access-Control-Request-Headers", "x-a, content-type");
                let response = stage.exchange(&request)?;
                response
                    .has_status(204)?
                    .has("Access-Control-Allow-Origin", PUBLIC)?
                    .has("Vary", "Origin")?;
                let asked = play.only_request()?;
                saw(&asked, "Access-Control-Request-Method", "PUT")?;
                saw(
                    &asked,
                    "Access-Control-Request-Headers",
                    "x-a, content-type",
                )?;
                saw(
                    &asked,
                    "Origin",
                    format!("http://{}", stage.origin.other(API_AT)),
                )
            },
        ),
    ]
}

fn of_requests() -> Vec<Scenario> {
    vec![
        scenario(
            "a-referer-names-the-origin-of-its-page",
            Setup::Routes,
            |stage| {
                let at = |number| format!("http://{}", stage.origin.other(number));
                for (sent, expected) in [
                    (
                        "https://www.example.com/page?q",
                        format!("{}/page?q", stage.origin.url()),
                    ),
                    (
                        "https://www.example.com/img/a.html",
                        format!("{}/a.html", at(CDN_AT)),
                    ),
                    (
                        "https://www.example.com/imgs/a.html",
                        format!("{}/imgs/a.html", stage.origin.url()),
                    ),
                    (
                        "https://www.example.com/api/docs",
                        format!("{}/api/docs", at(API_AT)),
                    ),
                    (
                        "https://blog.example.com/img/a",
                        format!("{}/img/a", at(BLOG_AT)),
                    ),
                    (
                        "https://www.example.com.evil.test/img/a",
                        "https://www.example.com.evil.test/img/a".to_owned(),
                    ),
                ] {
                    for request in [stage.get("/x"), below(stage, "/img", "/x")] {
                        let seen = seen(stage, &request.field("Referer", sent))?;
                        saw(&seen, "Referer", &expected)?;
                    }
                }
                Ok(())
            },
        ),
        scenario(
            "the-origin-field-names-the-origin-of-the-requesting-page",
            Setup::Routes,
            |stage| {
                let at = |number| format!("http://{}", stage.origin.other(number));
                for (origin, referer, expected) in [
                    (PUBLIC, "https://www.example.com/page", stage.origin.url()),
                    (PUBLIC, "https://www.example.com/api/form", at(API_AT)),
                    (
                        "https://blog.example.com",
                        "https://blog.example.com/",
                        at(BLOG_AT),
                    ),
                    (
                        "https://elsewhere.test",
                        "https://elsewhere.test/api/",
                        "https://elsewhere.test".to_owned(),
                    ),
                ] {
                    let request = Request::new("POST", format!("/api/{}/x", stage.id)).body(b"a=b");
                    let request = request.field("Origin", origin).field("Referer", referer);
                    saw(&seen(stage, &request)?, "Origin", &expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "the-origin-field-names-the-requested-application-where-no-path-is-told",
            Setup::Routes,
            |stage| {
                let api = format!("http://{}", stage.origin.other(API_AT));
                let form = Request::new("POST", format!("/api/{}/x", stage.id)).body(b"a=b");
                let form = form.field("Origin", PUBLIC);
                for request in [
                    form.clone().field("Referer", "https://www.example.com/"),
                    form,
                ] {
                    let seen = seen(stage, &request)?;
                    saw(&seen, "Origin", &api)?;
                    saw(&seen, "Host", stage.origin.other(API_AT).to_string())?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-destination-is-below-the-route-of-its-request-or-refused",
            Setup::Routes,
            |stage| {
                let play = stage.always(answer(201).of_type("text/plain").body("moved"));
                let moves = |destination: &str| {
                    let path = format!("/files/{}/a", stage.id);
                    Request::new("GET", path).field("Destination", destination)
                };
                for out in [
                    "/b",
                    "/files/../b",
                    "https://www.example.com/img/b",
                    "https://www.example.com/files/x%2fy/../../b",
                    "https://elsewhere.test/files/b",
                ] {
                    stage
                        .exchange(&moves(out))?
                        .has_status(400)?
                        .is_complete()?;
                }
                ensure!(play.exchanges().is_empty(), "an origin was asked");
                let below = moves("https://www.example.com/files/b");
                stage.exchange(&below)?.has_status(201)?.is_complete()?;
                let own = format!("http://{}/bucket/7/b", stage.origin.other(CDN_AT));
                saw(&play.only_request()?, "Destination", own)
            },
        ),
        scenario(
            "an-origin-learns-which-path-it-is-below",
            Setup::Forwarded,
            |stage| {
                let request = below(stage, "/img", "/x").field("X-Forwarded-Prefix", "/evil");
                let told = seen(stage, &request)?;
                saw(&told, "X-Forwarded-Prefix", "/img")?;
                saw(&told, "X-Forwarded-Host", "www.example.com")?;
                for request in [stage.get("/x"), below(stage, "/api", "/x")] {
                    let told = seen(stage, &request.field("X-Forwarded-Prefix", "/evil"))?;
                    let prefix = told.fields.text("x-forwarded-prefix");
                    ensure!(
                        prefix.is_none(),
                        "the origin got X-Forwarded-Prefix {prefix:?}"
                    );
                }
                Ok(())
            },
        ),
        scenario(
            "a-clients-claims-about-its-url-do-not-reach-an-origin",
            Setup::Routes,
            |stage| {
                const SAID: [&str; 8] = [
                    "X-Original-URL",
                    "X-Rewrite-URL",
                    "X-Forwarded-Port",
                    "X-Forwarded-Server",
                    "X-Forwarded-Ssl",
                    "X-Forwarded-Scheme",
                    "X-Host",
                    "X-Original-Host",
                ];
                for request in [stage.get("/x"), below(stage, "/img", "/x")] {
                    let request = SAID
                        .iter()
                        .fold(request, |request, name| request.field(name, "/evil"));
                    let told = seen(stage, &request)?;
                    for name in SAID {
                        let value = told.fields.text(&name.to_ascii_lowercase());
                        let said = value.is_some_and(|value| value.contains("evil"));
                        ensure!(!said, "the origin got {name} of the client");
                    }
                }
                Ok(())
            },
        ),
        scenario(
            "an-origin-learns-its-own-public-host",
            Setup::Forwarded,
            |stage| {
                let told = seen(stage, &stage.get("/x").with("Host", BLOG_HOST))?;
                saw(&told, "Host", stage.origin.other(BLOG_AT).to_string())?;
                saw(&told, "X-Forwarded-Host", BLOG_HOST)?;
                saw(&told, "X-Forwarded-Proto", "https")?;
                let forwarded = told.fields.text("forwarded").unwrap_or_default();
                ensure!(
                    forwarded.contains("host=\"blog.example.com\"")
                        && forwarded.contains("proto=https"),
                    "the origin got Forwarded {forwarded:?}"
                );
                Ok(())
            },
        ),
    ]
}
