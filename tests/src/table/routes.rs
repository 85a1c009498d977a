//! Routes: one site with several origins. Requests go to the right origin, and responses name none
//! of them.

use std::net::SocketAddr;

use super::fixture::{fill, image};
use super::requests::saw;
use crate::client::Request;
use crate::failure::{Failure, Verdict, ensure, show};
use crate::origin::{Answer, Play, Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{
    ALIAS, API, API_AT, BLOG, BLOG_AT, BLOG_HOST, CDN, CDN_AT, PUBLIC, STORE, Setup,
};
use crate::stage::Stage;

/// A page with URLs of all origins, including those that a configuration names by their ports.
const PAGE: &str = r#"<!DOCTYPE html><html><head><title>Shop</title><link rel=stylesheet href="{cdn}/s.css">
<style>body{background:url({cdn}/paper.png)}</style></head><body><a href='{main}/cart'>cart</a><a href={blog}/2026/hello>blog</a>
<img src="{cdn}/1x.png" srcset="{cdn}/1x.png 1x, {cdn}/raw.png 2x"><img src=/local.png>
<script>fetch("{api}/api/v1/cart"); var base = "{api}"; go({"img":"{cdn-escaped}\/a.png","host":"{cdn-at}/b.png"});</script>
<a href="https://cdn.example.net.evil.test/">x</a><a href="https://notcdn.example.net/">y</a>"#;

/// Makes the page as an origin sends it or as the client gets it, without its end.
fn page(stage: &Stage, public: bool) -> Vec<u8> {
    let cdn_at = format!("http://{}", stage.origin.other(CDN_AT));
    let www = |path: &str| format!("{PUBLIC}{path}");
    let blog_host = format!("https://{BLOG_HOST}");
    let (main, cdn, api, blog, cdn_at) = if public {
        (PUBLIC, &*www("/img"), PUBLIC, &*blog_host, www("/img"))
    } else {
        (ALIAS, CDN, API, BLOG, cdn_at)
    };
    PAGE.replace("{main}", main)
        .replace("{cdn}", cdn)
        .replace("{cdn-escaped}", &cdn.replace('/', "\\/"))
        .replace("{cdn-at}", &cdn_at)
        .replace("{api}", api)
        .replace("{blog}", blog)
        .into_bytes()
}

/// Makes a request for a path of this scenario below a route's path.
pub(super) fn below(stage: &Stage, route: &str, path: &str) -> Request {
    Request::new("GET", format!("{route}/{}{path}", stage.id))
}

/// Returns what the address that stands for an origin saw last.
fn asked_last(play: &Play, at: SocketAddr) -> Verdict<Received> {
    let Some(last) = play.exchanges().pop() else {
        return Err(Failure("no origin was asked".to_owned()));
    };
    ensure!(
        last.request.at == at,
        "the origin at {at} was to be asked, {} was",
        last.request.at
    );
    Ok(last.request)
}

/// Checks that a request reaches an origin, which sees its own name and this target.
fn reaches(stage: &Stage, play: &Play, request: &Request, at: SocketAddr, target: &str) -> Verdict {
    stage.exchange(request)?.has_status(200)?.is_complete()?;
    let seen = asked_last(play, at)?;
    saw(&seen, "Host", at.to_string())?;
    ensure!(
        seen.target == target.as_bytes(),
        "the origin was asked for {}, not for {target}",
        show(&seen.target)
    );
    Ok(())
}

fn text() -> Answer {
    answer(200).of_type("text/plain").body("seen")
}

/// Requests that look as if they were for a route, but are not.
const LOOK_ALIKES: [&str; 6] = ["/imgx", "/IMG", "/img%2Fa", "/img;a", "/img.png", "/x/img"];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = of_requests();
    all.extend(of_responses());
    all.extend(of_faults());
    all
}

fn of_requests() -> Vec<Scenario> {
    vec![
        scenario(
            "requests-reach-the-origin-of-their-path-and-host",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let id = &stage.id;
                let (cdn, api) = (stage.origin.other(CDN_AT), stage.origin.other(API_AT));
                let main = stage.origin.address();
                reaches(stage, &play, &stage.get("/x"), main, &format!("/{id}/x"))?;
                let image = below(stage, "/img", "/a.png");
                reaches(stage, &play, &image, cdn, &format!("/{id}/a.png"))?;
                let call = below(stage, "/api", "/v1");
                reaches(stage, &play, &call, api, &format!("/api/{id}/v1"))
            },
        ),
        scenario(
            "a-route-strips-its-path-and-keeps-the-rest-byte-for-byte",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let cdn = stage.origin.other(CDN_AT);
                for rest in [
                    "",
                    "/",
                    "/a%2Fb%20c",
                    "/a;b=c?q=%20&&=?x=/img",
                    "?a=b",
                    "/a//b",
                    "/a?",
                ] {
                    let target = format!("/{}{rest}", stage.id);
                    let request = below(stage, "/img", rest);
                    reaches(stage, &play, &request, cdn, &target)?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-route-that-keeps-its-path-requests-it",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let target = format!("/api/{}/v1/a%2Fb?q=%20", stage.id);
                let request = Request::new("GET", target.clone());
                reaches(stage, &play, &request, stage.origin.other(API_AT), &target)
            },
        ),
        scenario(
            "the-path-of-an-origin-precedes-the-requested-path",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let target = format!("/bucket/7/{}/a.png?v=1", stage.id);
                let request = below(stage, "/files", "/a.png?v=1");
                reaches(stage, &play, &request, stage.origin.other(CDN_AT), &target)
            },
        ),
        scenario(
            "the-longest-path-of-several-routes-wins",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let id = &stage.id;
                let raw = below(stage, "/img/raw", "/a.png");
                let blog = stage.origin.other(BLOG_AT);
                reaches(stage, &play, &raw, blog, &format!("/{id}/a.png"))?;
                let longer = below(stage, "/img/rawer", "/a.png");
                let cdn = stage.origin.other(CDN_AT);
                reaches(stage, &play, &longer, cdn, &format!("/rawer/{id}/a.png"))
            },
        ),
        scenario(
            "a-routes-own-host-leads-to-that-route",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                let blog = stage.origin.other(BLOG_AT);
                let target = format!("/{}/2026/hello?p=1", stage.id);
                let request = stage
                    .request_for("GET", target.clone())
                    .with("Host", BLOG_HOST);
                reaches(stage, &play, &request, blog, &target)?;
                // The paths of the site do not exist on that host.
                let target = format!("/img/{}/a.png", stage.id);
                let request = stage
                    .request_for("GET", target.clone())
                    .with("Host", BLOG_HOST);
                reaches(stage, &play, &request, blog, &target)
            },
        ),
        scenario(
            "the-bare-path-of-a-route-leads-to-its-root",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                for (path, root) in [("/img", "/img/"), ("/img/raw", "/img/raw/")] {
                    for (method, query) in [("GET", ""), ("HEAD", ""), ("GET", "?a=/b&c=%20")] {
                        let request = Request::new(method, format!("{path}{query}"));
                        let response = stage.exchange(&request)?;
                        response
                            .has_status(308)?
                            .has("Location", format!("{root}{query}"))?
                            .is_complete()?;
                    }
                }
                ensure!(play.exchanges().is_empty(), "an origin was asked");
                Ok(())
            },
        ),
        scenario(
            "paths-that-only-resemble-a-routes-path-reach-the-main-origin",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                for path in LOOK_ALIKES {
                    let target = format!("{path}/{}/a.png", stage.id);
                    let request = Request::new("GET", target.clone());
                    reaches(stage, &play, &request, stage.origin.address(), &target)?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-path-that-leads-out-of-a-route-does-not-reach-its-origin",
            Setup::Routes,
            |stage| {
                let play = stage.always(text());
                // Encoded slashes are not slashes to the URL standard, so no platform resolves
                // these before the gate sees them.
                for path in [
                    "..%2f..%2fother",
                    "..%5Cother",
                    "a%2F..%2F../..%2Fother",
                    "a%2Fb/..%2F../other",
                    "a%5Cb/..%5C../other",
                ] {
                    let path = format!("/files/{path}/{}/a.png", stage.id);
                    let refused = stage.exchange(&Request::new("GET", path))?;
                    refused.has_status(400)?.is_complete()?;
                }
                ensure!(play.exchanges().is_empty(), "an origin was asked");
                // Some platforms resolve these. The main origin is then asked, as for any other
                // path.
                for path in ["/files/..", "/img/../..", "/files/%2e%2e", "/api/.."] {
                    let path = format!("{path}/{}/a.png", stage.id);
                    let response = stage.exchange(&Request::new("GET", path.clone()))?;
                    let resolved = play.exchanges().pop();
                    let by_the_main_origin =
                        resolved.is_none_or(|one| one.request.at == stage.origin.address());
                    ensure!(by_the_main_origin, "a route's origin was asked for {path}");
                    ensure!(
                        [200, 400].contains(&response.status),
                        "{path} is answered with {}",
                        response.status
                    );
                }
                Ok(())
            },
        ),
        scenario(
            "a-post-to-an-api-below-a-path-keeps-its-body",
            Setup::Routes,
            |stage| {
                let play = stage.always(answer(201).of_type("application/json").body("{}"));
                let request = Request::new("POST", format!("/api/{}/items", stage.id))
                    .field("Content-Type", "application/json")
                    .body(br#"{"url":"https://www.example.com/img/a.png"}"#);
                stage
                    .exchange(&request)?
                    .has_status(201)?
                    .has_decoded("{}")?;
                let seen = asked_last(&play, stage.origin.other(API_AT))?;
                ensure!(
                    seen.method == "POST" && seen.whole,
                    "the origin got {} of a body",
                    seen.body.len()
                );
                ensure!(
                    seen.body == br#"{"url":"https://www.example.com/img/a.png"}"#,
                    "the origin got {}",
                    show(&seen.body)
                );
                saw(&seen, "Content-Type", "application/json")
            },
        ),
    ]
}

fn of_responses() -> Vec<Scenario> {
    vec![
        scenario(
            "a-page-with-urls-of-three-origins-has-all-of-them-mapped",
            Setup::Routes,
            |stage| {
                stage.always(answer(200).html().body(page(stage, false)));
                let response = stage.exchange(&stage.get("/x"))?;
                let mut expected = page(stage, true);
                expected.extend_from_slice(b"<!--site-->");
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario(
            "a-page-of-any-route-has-the-urls-of-all-origins-mapped",
            Setup::Routes,
            |stage| {
                stage.always(answer(200).html().body(page(stage, false)));
                for (request, end) in [
                    (below(stage, "/img", "/x"), "<!--site-->"),
                    (below(stage, "/api", "/x"), "<!--api-->"),
                    (stage.get("/x").with("Host", BLOG_HOST), "<!--site-->"),
                ] {
                    let mut expected = page(stage, true);
                    expected.extend_from_slice(end.as_bytes());
                    stage
                        .exchange(&request)?
                        .has_status(200)?
                        .has_decoded(expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "of-several-origins-on-one-host-the-longest-path-is-mapped-and-the-rest-stays",
            Setup::Routes,
            |stage| {
                let cdn = format!("http://{}", stage.origin.other(CDN_AT));
                let text = |store: &str, escaped: &str, cdn: &str, files: &str, api: &str| {
                    format!(
                        "{store}/a.png {escaped}\\/b.png \"{store}\" {STORE}/bucket/70/a {STORE}/ \
                         {files}/c.png {cdn}/bucket/c.png \"{api}\" {api}/api/v1 {API}/apis {API}/login\n"
                    )
                };
                let (store, files) = (format!("{STORE}/bucket/7"), format!("{PUBLIC}/files"));
                let escaped = |url: &str| url.replace('/', "\\/");
                let sent = text(
                    &store,
                    &escaped(&store),
                    &cdn,
                    &format!("{cdn}/bucket/7"),
                    API,
                );
                let image = format!("{PUBLIC}/img");
                let expected = text(&files, &escaped(&files), &image, &files, PUBLIC);
                stage.always(answer(200).of_type("text/plain").body(sent));
                stage
                    .exchange(&stage.get("/x"))?
                    .has_status(200)?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario(
            "a-style-sheet-below-a-path-is-mapped",
            Setup::Routes,
            |stage| {
                const SHEET: &str = "@import \"{o}/base.css\";a{background:url({o}/a.png)}@font-face{src:url(../f.woff2)}";
                stage.always(answer(200).of_type("text/css").body(fill(SHEET, CDN)));
                let response = stage.exchange(&below(stage, "/img", "/s.css"))?;
                let expected = fill(SHEET, &format!("{PUBLIC}/img"));
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario(
            "json-of-an-api-is-mapped-in-its-own-escaping",
            Setup::Routes,
            |stage| {
                const JSON: &str = r#"{"image":"{e}\/img.png","link":"{o}/img?u=%7B","n":[1,2]}"#;
                stage.always(
                    answer(200)
                        .of_type("application/json")
                        .body(fill(JSON, CDN)),
                );
                let response = stage.exchange(&below(stage, "/api", "/v1"))?;
                let expected = fill(JSON, &format!("{PUBLIC}/img"));
                response.has_status(200)?.has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario(
            "a-routes-own-rules-replace-those-of-the-site",
            Setup::Routes,
            |stage| {
                stage.always(answer(200).html().body("<body><p>x</p></body>"));
                for (route, expected) in [
                    ("/api", "<body><p>x</p><!--api--></body>"),
                    ("/img", "<body><p>x</p><!--site--></body>"),
                ] {
                    let response = stage.exchange(&below(stage, route, "/x"))?;
                    response.has_status(200)?.has_decoded(expected)?;
                }
                Ok(())
            },
        ),
        scenario(
            "an-image-below-a-path-passes-through",
            Setup::Routes,
            |stage| {
                stage.always(
                    answer(200)
                        .of_type("image/png")
                        .field("ETag", "\"i1\"")
                        .body(image()),
                );
                let response = stage.exchange(&below(stage, "/img", "/a.png"))?;
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?;
                response.has("ETag", "\"i1\"")?.has_body(image())?;
                Ok(())
            },
        ),
        scenario(
            "a-range-of-an-image-below-a-path-passes-through",
            Setup::Routes,
            |stage| {
                let head = answer(206)
                    .of_type("image/png")
                    .field("Content-Range", "bytes 0-99/4000");
                let play = stage.always(head.body(&image()[..100]));
                let request = below(stage, "/img", "/a.png").field("Range", "bytes=0-99");
                let response = stage.exchange(&request)?;
                response.has_status(206)?.decided("pass-through", 3)?;
                response
                    .has("Content-Range", "bytes 0-99/4000")?
                    .has_body(&image()[..100])?;
                saw(
                    &asked_last(&play, stage.origin.other(CDN_AT))?,
                    "Range",
                    "bytes=0-99",
                )
            },
        ),
        scenario(
            "a-range-request-for-a-page-below-a-path-is-repeated-there",
            Setup::Routes,
            |stage| {
                let play = stage.script(|request: &Received| {
                    if request.fields.get("range").is_some() {
                        answer(206)
                            .html()
                            .field("Content-Range", "bytes 0-4/12")
                            .body("<p>on")
                    } else {
                        answer(200).html().body("<p>one two</")
                    }
                });
                let request = below(stage, "/api", "/x").field("Range", "bytes=0-4");
                stage
                    .exchange(&request)?
                    .has_status(200)?
                    .has_decoded("<p>one two</<!--api-->")?;
                let at = play
                    .exchanges()
                    .iter()
                    .map(|one| one.request.at)
                    .collect::<Vec<_>>();
                ensure!(at == [stage.origin.other(API_AT); 2], "asked were {at:?}");
                Ok(())
            },
        ),
        scenario("a-page-below-a-path-earns-a-304", Setup::Routes, |stage| {
            let play = stage.script(|request: &Received| {
                let known = request.fields.text("if-none-match").as_deref() == Some("\"v1\"");
                let head = answer(if known { 304 } else { 200 }).field("ETag", "\"v1\"");
                if known {
                    head.bare()
                } else {
                    head.html().body("<p>x")
                }
            });
            let first = stage.exchange(&below(stage, "/img", "/x"))?;
            first.has_status(200)?.is_complete()?;
            let etag = first.fields.text("etag").unwrap_or_default();
            ensure!(etag.starts_with("W/\"v1"), "the page's ETag is {etag:?}");
            let again =
                stage.exchange(&below(stage, "/img", "/x").field("If-None-Match", &etag))?;
            again.has_status(304)?.has("ETag", &etag)?.has_body("")?;
            asked_last(&play, stage.origin.other(CDN_AT)).map(drop)
        }),
        scenario(
            "an-error-page-of-a-route-is-mapped",
            Setup::Routes,
            |stage| {
                stage.always(
                    answer(404)
                        .html()
                        .body(fill("<p><a href={o}/>home</a>", CDN)),
                );
                let response = stage.exchange(&below(stage, "/img", "/x"))?;
                response
                    .has_status(404)?
                    .decided("buffered", 10)?
                    .has_its_length()?;
                let expected = fill(
                    "<p><a href={o}/>home</a><!--site-->",
                    &format!("{PUBLIC}/img"),
                );
                response.has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario(
            "the-gate-says-which-route-it-took",
            Setup::Routes,
            |stage| {
                stage.always(text());
                for (request, said) in [
                    (below(stage, "/img", "/x"), "; route=\"/img\""),
                    (below(stage, "/img/raw", "/x"), "; route=\"/img/raw\""),
                    (
                        stage.get("/x").with("Host", BLOG_HOST),
                        "; route=\"blog.example.com\"",
                    ),
                    (stage.get("/x"), "; reason=processable"),
                ] {
                    let response = stage.exchange(&request)?;
                    let field = response
                        .has_status(200)?
                        .fields
                        .text("streamgate")
                        .unwrap_or_default();
                    ensure!(
                        field.ends_with(said),
                        "the gate said {field:?}, without {said}"
                    );
                }
                Ok(())
            },
        ),
    ]
}

fn of_faults() -> Vec<Scenario> {
    vec![
        scenario(
            "a-silent-route-is-a-504-after-its-own-timeout",
            Setup::Routes,
            |stage| {
                // The route's time is 2 s; the site's, 30 s, is longer than this scenario may take.
                stage.always(Answer::raw("").stall());
                let response = stage.exchange(&below(stage, "/slow", "/x"))?;
                response.has_status(504)?.is_complete()?;
                Ok(())
            },
        )
        .within(20),
        scenario(
            "a-route-that-refuses-connections-is-a-502-and-the-site-still-works",
            Setup::Routes,
            |stage| {
                stage.always(answer(200).html().body("<p>x"));
                let refused = stage.exchange(&below(stage, "/deaf", "/x"))?;
                refused.has_status(502)?.is_complete()?;
                let urls = stage.origin.urls()?;
                let address = urls.deaf.trim_start_matches("http://");
                ensure!(
                    !String::from_utf8_lossy(&refused.body).contains(address),
                    "the 502 names the origin: {}",
                    show(&refused.body)
                );
                stage
                    .exchange(&stage.get("/x"))?
                    .has_status(200)?
                    .has_decoded("<p>x<!--site-->")?;
                stage
                    .exchange(&below(stage, "/api", "/x"))?
                    .has_status(200)?
                    .has_decoded("<p>x<!--api-->")?;
                Ok(())
            },
        ),
        scenario(
            "a-truncated-page-of-one-route-does-not-affect-the-others",
            Setup::Routes,
            |stage| {
                stage.script(|request: &Received| {
                    if request.target.starts_with(b"/api/") {
                        answer(404).html().length(5000).send("<p>half").close()
                    } else {
                        answer(200).html().body("<p>x")
                    }
                });
                stage
                    .exchange(&below(stage, "/api", "/x"))?
                    .has_status(502)?
                    .is_complete()?;
                stage
                    .exchange(&below(stage, "/img", "/x"))?
                    .has_status(200)?
                    .has_decoded("<p>x<!--site-->")?;
                Ok(())
            },
        ),
    ]
}
