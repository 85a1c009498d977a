//! Structure rules: conditions on the request, and what they make of a page for caches.

use super::fixture::varies_by;
use crate::client::Response;
use crate::failure::{Failure, Verdict, ensure};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;

/// What a page says of itself to caches.
#[derive(Clone, Copy)]
enum Told {
    /// Nothing that its origin has not said.
    Nothing,
    /// `Vary` names these fields.
    Vary(&'static [&'static str]),
    /// It is for one user, by the cookies.
    Cookies,
    /// It is for one user, who must ask again.
    Client,
}

struct Case {
    id: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    /// Whether the rule acts.
    acts: bool,
    told: Told,
}

const fn case(
    id: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    acts: bool,
    told: Told,
) -> Case {
    Case {
        id,
        path,
        fields,
        acts,
        told,
    }
}

const PHONE: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36";

const CASES: &[Case] = &[
    case(
        "a-rule-for-get-acts-on-get",
        "/when-method",
        &[],
        true,
        Told::Nothing,
    ),
    case(
        "a-rule-for-a-host-acts-there",
        "/when-host",
        &[],
        true,
        Told::Nothing,
    ),
    case(
        "a-rule-for-another-host-does-not-act",
        "/when-no-host",
        &[],
        false,
        Told::Nothing,
    ),
    case(
        "a-rule-for-a-parameter-acts-with-it",
        "/when-query?a=1&preview=yes",
        &[],
        true,
        Told::Nothing,
    ),
    case(
        "a-rule-for-a-parameter-does-not-act-without-it",
        "/when-query?preview=no",
        &[],
        false,
        Told::Nothing,
    ),
    case(
        "a-rule-for-a-field-acts-with-it",
        "/when-header",
        &[("X-Beta", "on")],
        true,
        Told::Vary(&["x-beta"]),
    ),
    case(
        "a-rule-for-a-field-does-not-act-without-it",
        "/when-header",
        &[],
        false,
        Told::Vary(&["x-beta"]),
    ),
    case(
        "a-rule-for-a-cookie-acts-with-it",
        "/when-cookie",
        &[("Cookie", "b=2; session=1")],
        true,
        Told::Cookies,
    ),
    case(
        "a-rule-for-a-cookie-does-not-act-without-it",
        "/when-cookie",
        &[],
        false,
        Told::Cookies,
    ),
    case(
        "a-rule-for-a-country-acts-there",
        "/when-country",
        &[("X-Country", "at")],
        true,
        Told::Client,
    ),
    case(
        "a-rule-for-a-country-does-not-act-elsewhere",
        "/when-country",
        &[("X-Country", "US")],
        false,
        Told::Client,
    ),
    case(
        "a-client-hint-says-which-device-asks",
        "/when-mobile",
        &[("Sec-CH-UA-Mobile", "?1")],
        true,
        Told::Vary(&["sec-ch-ua-mobile"]),
    ),
    case(
        "without-a-hint-the-user-agent-says-it",
        "/when-mobile",
        &[("User-Agent", PHONE)],
        true,
        Told::Vary(&["sec-ch-ua-mobile", "user-agent"]),
    ),
    case(
        "a-rule-for-a-status-does-not-act-on-another",
        "/when-status",
        &[],
        false,
        Told::Nothing,
    ),
    case(
        "a-rule-acts-if-any-of-its-conditions-is-true",
        "/when-any?preview",
        &[("Cookie", "session=1")],
        true,
        Told::Nothing,
    ),
    case(
        "a-condition-that-cannot-decide-does-not-count",
        "/when-all",
        &[("Cookie", "session=1")],
        false,
        Told::Nothing,
    ),
    case(
        "a-script-is-held-until-a-cookie-says-so",
        "/consent",
        &[],
        true,
        Told::Cookies,
    ),
    case(
        "a-script-runs-once-a-cookie-says-so",
        "/consent",
        &[("Cookie", "consent=yes")],
        false,
        Told::Cookies,
    ),
];

/// What the origin says of its page to caches.
const CACHE: &str = "public, max-age=60, s-maxage=600";

fn is_told(response: &Response, told: Told) -> Verdict {
    let private = |more: &str| {
        for member in ["private", "max-age=60"]
            .into_iter()
            .chain(more.split_whitespace())
        {
            ensure!(
                response.fields.has_member("cache-control", member),
                "Cache-Control lacks {member}"
            );
        }
        for member in ["public", "s-maxage=600"] {
            ensure!(
                !response.fields.has_member("cache-control", member),
                "Cache-Control still has {member}"
            );
        }
        Ok(())
    };
    match told {
        Told::Nothing => {
            response
                .has("cache-control", CACHE)?
                .lacks("vary")?
                .lacks("set-cookie")?;
            Ok(())
        }
        Told::Vary(fields) => {
            response.has("cache-control", CACHE)?;
            fields
                .iter()
                .try_for_each(|field| varies_by(response, field))
        }
        Told::Cookies => private("").and_then(|()| varies_by(response, "cookie")),
        Told::Client => private("no-cache"),
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    const PAGE: &str = "<main>a</main><script src=\"/a.js\"></script>";
    let cases = CASES.iter().map(|case| {
        scenario(case.id, Setup::Personal, move |stage| {
            stage.always(answer(200).html().field("Cache-Control", CACHE).body(PAGE));
            let request = case
                .fields
                .iter()
                .fold(stage.get(case.path), |request, (name, value)| {
                    request.with(name, value)
                });
            let response = stage.exchange(&request)?;
            let page = match (case.acts, case.path) {
                (false, _) => PAGE.to_owned(),
                (true, "/consent") => PAGE.replace(
                    "<script src=\"/a.js\">",
                    "<script src=\"/a.js\" data-consent=\"a\" type=\"text/plain\">",
                ),
                (true, _) => format!("<hr>{PAGE}"),
            };
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has_decoded(page)?;
            is_told(&response, case.told)
        })
    });
    let mut all: Vec<Scenario> = cases.collect();
    all.extend([
        scenario("a-rule-for-a-status-acts-on-it", Setup::Personal, |stage| {
            stage.always(answer(404).html().body("<main>a</main>"));
            let response = stage.exchange(&stage.get("/when-status"))?;
            response
                .has_status(404)?
                .has_decoded("<hr><main>a</main>")?
                .lacks("vary")?;
            Ok(())
        }),
        scenario(
            "a-head-says-of-caches-what-the-page-says",
            Setup::Personal,
            |stage| {
                stage.always(answer(200).html().field("Cache-Control", CACHE).length(14));
                let request = stage
                    .request("HEAD", "/when-cookie")
                    .field("Cookie", "session=1");
                let response = stage.exchange(&request)?;
                response.has_status(200)?;
                is_told(&response, Told::Cookies)
            },
        ),
        scenario(
            "what-is-no-page-stays-as-cacheable-as-it-was",
            Setup::Personal,
            |stage| {
                let style = answer(200)
                    .of_type("text/css")
                    .field("Cache-Control", CACHE);
                stage.always(style.body("a{}"));
                let response = stage.exchange(&stage.get("/when-cookie"))?;
                response.has_status(200)?.has_decoded("a{}")?;
                is_told(&response, Told::Nothing)
            },
        ),
        scenario(
            "a-visitor-stays-in-the-same-bucket",
            Setup::Personal,
            |stage| {
                stage.always(answer(200).html().body("<main>a</main>"));
                let first = stage.exchange(&stage.get("/when-random"))?;
                varies_by(&first, "cookie")?;
                ensure!(
                    first.fields.has_member("cache-control", "private"),
                    "the page is for all"
                );
                let cookie = first.fields.text("set-cookie").unwrap_or_default();
                let pair = cookie.split(';').next().unwrap_or_default().to_owned();
                ensure!(
                    pair.strip_prefix("streamgate_bucket=")
                        .is_some_and(|it| it.len() == 6),
                    "the cookie is {cookie}"
                );
                for _ in 0..3 {
                    let again =
                        stage.exchange(&stage.get("/when-random").field("Cookie", &pair))?;
                    again.has_decoded(first.decoded()?)?.lacks("set-cookie")?;
                }
                for (number, page) in [
                    ("000000", "<hr><main>a</main>"),
                    ("999999", "<main>a</main>"),
                ] {
                    let pair = format!("streamgate_bucket={number}");
                    let response =
                        stage.exchange(&stage.get("/when-random").field("Cookie", pair))?;
                    response.has_decoded(page)?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-page-is-confirmed-only-for-whom-it-is",
            Setup::Personal,
            |stage| {
                stage.script(|request: &Received| {
                    let known = request.fields.list("if-none-match").is_some();
                    let head = answer(if known { 304 } else { 200 }).field("ETag", "\"v1\"");
                    if known {
                        head.bare()
                    } else {
                        head.html().body("<main>a</main>")
                    }
                });
                let page = |path: &str, cookie: &str, etag: Option<&str>| {
                    let mut request = stage.get(path).field("Cookie", cookie);
                    if let Some(etag) = etag {
                        request = request.field("If-None-Match", etag);
                    }
                    stage.exchange(&request)
                };
                let etag = |response: &Response| {
                    response
                        .fields
                        .text("etag")
                        .ok_or(Failure("there is no ETag".to_owned()))
                };
                let with = etag(&page("/when-cookie", "session=1", None)?)?;
                let without = etag(&page("/when-cookie", "b=1", None)?)?;
                ensure!(with != without, "both pages have the ETag {with}");
                let again = page("/when-cookie", "session=2; c=3", Some(&with))?;
                again.has_status(304)?.has("etag", &with)?;
                is_told_again(&again)?;
                page("/when-cookie", "b=1", Some(&with))?.has_status(200)?;
                // On a path of no rule that asks, the request says nothing.
                let plain = etag(&page("/plain", "session=1", None)?)?;
                let again = page("/plain", "b=1", Some(&plain))?;
                again.has_status(304)?.lacks("cache-control")?;
                Ok(())
            },
        ),
    ]);
    all
}

/// Checks that a 304 says of caches what the page has said.
fn is_told_again(response: &Response) -> Verdict {
    ensure!(
        response.fields.has_member("cache-control", "private"),
        "the 304 is for all"
    );
    varies_by(response, "cookie")
}
