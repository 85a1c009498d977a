//! Late fragments around the page: for which requests they are fetched, what of a request they get,
//! and what the page says of them.

use super::forwarded::{NO_ADDRESS, WASI_ADDRESS, from_an_address};
use super::late_fragments::{
    REST, TOP, around, asked, ended, of_pages, once_asked, page, pages, visit,
};
use super::requests::{saw, saw_no};
use crate::client::Request;
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::contains;
use crate::fragments;
use crate::origin::{Received, Step, answer};
use crate::scenario::Scenario;
use crate::stage::Stage;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        of_pages("a-fragment-gets-the-cookies-that-it-names", |stage| {
            let cookies = "a=1; cart=2; carts=3; lang=\"de\"; session=4";
            let request = fragment_request(stage, &visit(stage).field("Cookie", cookies))?;
            saw(&request, "Cookie", "cart=2; lang=\"de\"")
        }),
        of_pages("a-fragment-gets-nothing-of-its-client", |stage| {
            let visit = visit(stage)
                .field("Cookie", "a=1")
                .field("Authorization", "Basic eA==");
            let visit = visit
                .field("X-Forwarded-For", "192.0.2.9")
                .field("User-Agent", "u/1");
            let request = fragment_request(stage, &visit.field("Range", "bytes=0-"))?;
            for name in [
                "Cookie",
                "Authorization",
                "X-Forwarded-For",
                "Forwarded",
                "Range",
            ] {
                saw_no(&request, name)?;
            }
            saw(&request, "Accept", "text/html")
        }),
        of_pages(
            "a-fragment-gets-the-address-of-its-client-if-it-says-so",
            |stage| {
                let (visit, address) = from_an_address(stage);
                let request = fragment_request(stage, &visit.field("Accept", "text/html"))?;
                saw(&request, "X-Forwarded-For", address)
            },
        )
        .not_on_wasi(NO_ADDRESS, WASI_ADDRESS),
        of_pages("a-page-with-fragments-is-for-one-client", |stage| {
            let page = answer(200)
                .html()
                .field("ETag", "\"a\"")
                .field("Expires", "0");
            let page = page.field("Last-Modified", "Tue, 24 Nov 2026 14:15:03 GMT");
            let page = page.field("Cache-Control", "public, max-age=600, s-maxage=60");
            let page = page.field("CDN-Cache-Control", "max-age=60");
            pages(
                stage,
                page.body([TOP, REST].concat()),
                answer(200).html().body("c"),
            );
            let response = stage.exchange(&visit(stage))?;
            response.has("Cache-Control", "private, no-cache")?;
            for name in [
                "ETag",
                "Last-Modified",
                "Expires",
                "CDN-Cache-Control",
                "Content-Length",
            ] {
                response.lacks(name)?;
            }
            response.has_decoded(around("c"))?;
            Ok(())
        }),
        of_pages("a-head-request-fetches-no-fragment", |stage| {
            let play = pages(
                stage,
                answer(200).html().field("ETag", "\"a\"").bare(),
                answer(200).html().body("c"),
            );
            let request = stage.request("HEAD", "/x").field("Accept", "text/html");
            let response = stage.exchange(&request)?;
            response
                .has_status(200)?
                .has("Cache-Control", "private, no-cache")?
                .lacks("ETag")?;
            play.only_request()?;
            Ok(())
        }),
        of_pages("an-image-fetches-no-lazy-fragment", |stage| {
            let play = pages(
                stage,
                answer(200).of_type("image/png").body("pixels"),
                answer(200).html().body("c"),
            );
            let response = stage.exchange(&visit(stage))?;
            response.decided("pass-through", 3)?.has_body("pixels")?;
            play.only_request()?;
            Ok(())
        }),
        of_pages("an-image-ends-the-fetch-of-a-fragment", |stage| {
            let fragment = answer(200).html().body("c").first(Step::Stall);
            let image = answer(200)
                .of_type("image/png")
                .body("pixels")
                .first(Step::Wait(1));
            let play = pages(stage, image, fragment);
            let response = once_asked(stage, &play)?;
            response.has_body("pixels")?;
            ended(stage, &play)
        }),
        of_pages("an-error-page-gets-no-fragment", |stage| {
            let sent = [TOP, REST].concat();
            let page = answer(404).html().field("ETag", "\"a\"").body(&sent);
            let play = pages(stage, page, answer(200).html().body("c"));
            let response = stage.exchange(&visit(stage))?;
            response.has_status(404)?.has_decoded(&sent)?;
            response.lacks("Cache-Control")?;
            play.only_request()?;
            Ok(())
        }),
        of_pages("a-page-that-is-left-alone-gets-no-fragment", |stage| {
            let page = answer(200)
                .html()
                .field("Cache-Control", "no-transform")
                .body(TOP);
            let play = pages(stage, page, answer(200).html().body("c"));
            let response = stage.exchange(&visit(stage))?;
            response.outcome("pass-through")?.has_body(TOP)?;
            play.only_request()?;
            Ok(())
        }),
        of_pages(
            "a-client-that-leaves-at-a-seam-ends-the-fetch-of-the-fragment",
            |stage| {
                let play = pages(
                    stage,
                    page(),
                    answer(200).html().body("c").first(Step::Stall),
                );
                let mut response = stage.send(&visit(stage))?;
                response.read_until("the top", |response| {
                    contains(&response.decoded_start(), b"<nav>a")
                })?;
                asked(stage, &play)?;
                drop(response);
                ended(stage, &play)
            },
        ),
        of_pages("the-line-of-a-page-tells-of-its-fragments", |stage| {
            pages(stage, page(), answer(503).html().body("no"));
            let response = stage.exchange(&visit(stage))?;
            response.has_decoded(around("<i>none</i>"))?;
            let place = fragments::place_of(&stage.id);
            let place = place.ok_or_else(|| Failure("there is no fragment".to_owned()))?;
            stage.logs(&format!(
                "\"fragments\":{{\"fragment[{place}]\":\"status\"}}"
            ))
        }),
        of_pages(
            "a-fragment-is-asked-for-with-values-of-the-request",
            |stage| {
                let visit = stage
                    .get("/x%26%C3%A9?q=a%26b%3D/%20c")
                    .field("Accept", "text/html");
                let request = fragment_request(stage, &visit.field("Cookie", "u=x&y"))?;
                let target = String::from_utf8_lossy(&request.target).into_owned();
                let expected = format!("/{}/f?u=x%26y&q=a%26b%3D%2F%20c&s=x%26%C3%A9", stage.id);
                ensure!(target == expected, "the fragment is {target:?}");
                Ok(())
            },
        ),
        of_pages("values-in-a-fallback-are-text", |stage| {
            pages(stage, page(), answer(500).html().body("error"));
            let response = stage.exchange(&visit(stage).field("Cookie", "u=<b>&"))?;
            response.has_decoded(around("<i>&lt;b&gt;&amp;</i>"))?;
            Ok(())
        }),
        of_pages(
            "a-fragment-for-a-cookie-stands-in-the-page-with-it",
            |stage| {
                let visit = visit(stage).field("Cookie", "member=1");
                fragment_request(stage, &visit)?;
                Ok(())
            },
        ),
        of_pages(
            "a-page-without-its-fragment-for-a-cookie-depends-on-cookies",
            |stage| {
                let sent = [TOP, REST].concat();
                let page = answer(200).html().field("ETag", "\"a\"").body(&sent);
                let play = pages(stage, page, answer(200).html().body("c"));
                let response = stage.exchange(&visit(stage))?;
                response
                    .has("Cache-Control", "private")?
                    .has_decoded(sent)?;
                let vary = response.fields.text("vary").unwrap_or_default();
                ensure!(
                    vary.to_ascii_lowercase().contains("cookie"),
                    "Vary names no Cookie: {vary}"
                );
                ensure!(
                    response.fields.text("etag").is_some(),
                    "the page has no ETag"
                );
                play.only_request()?;
                Ok(())
            },
        ),
        of_pages(
            "a-page-is-confirmed-unless-its-fragment-comes-or-goes",
            confirmed,
        ),
    ]
}

/// A page that depends on a cookie is asked for again, with and without it.
fn confirmed(stage: &Stage) -> Verdict {
    stage.script(|request| {
        if request.is_for_a_fragment() {
            return answer(200).html().body("c");
        }
        let known = request.fields.text("if-none-match").as_deref() == Some("\"v1\"");
        let head = answer(if known { 304 } else { 200 }).field("ETag", "\"v1\"");
        match known {
            true => head.bare(),
            false => head.html().body([TOP, REST].concat()),
        }
    });
    let first = stage.exchange(&visit(stage))?;
    let etag = first.fields.text("etag");
    let etag = etag.ok_or_else(|| Failure("there is no ETag".to_owned()))?;
    let again = visit(stage).field("If-None-Match", etag.as_str());
    let confirmed = stage.exchange(&again)?;
    confirmed
        .has_status(304)?
        .has("Cache-Control", "private")?
        .has("ETag", &etag)?;
    let now = stage.exchange(&again.field("Cookie", "member=1"))?;
    now.has_status(200)?
        .lacks("ETag")?
        .has_decoded(around("c"))?;
    Ok(())
}

fn fragment_request(stage: &Stage, visit: &Request) -> Verdict<Received> {
    let play = pages(stage, page(), answer(200).html().body("c"));
    let response = stage.exchange(visit)?;
    response.has_decoded(around("c"))?;
    asked(stage, &play)
}
