//! Structure rules: values of the request in what they insert, each escaped for its place.

use super::fixture::varies_by;
use crate::failure::{Verdict, ensure};
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::Setup;
use crate::stage::Stage;

/// Id, path, fields of the request, and what the rules put before the page's `<main>`.
type InItsPlace = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const PLACES: &[InItsPlace] = &[
    (
        "a-value-in-a-text-is-text",
        "/text?q=%3Cb%3E%26+%C3%A9",
        &[],
        "<p>&lt;b&gt;&amp; &#233;</p>",
    ),
    (
        "a-value-in-an-attribute-stays-in-its-quotes",
        "/attribute?q=%22%3E%3Cscript%3E%27",
        &[],
        "<i title=\"&quot;&gt;&lt;script&gt;&#39;\"></i>",
    ),
    (
        "a-value-in-a-url-is-a-part-of-it",
        "/url?q=a%26b%3D/..%23&s=..",
        &[],
        "<a href=\"/none/x?q=a%26b%3D%2F..%23\">a</a>",
    ),
    (
        "a-value-in-a-script-is-a-text-of-it",
        "/script?q=%22%3C/script%3E%5C%27",
        &[],
        "<script>var q = \"\\u0022\\u003c\\u002fscript\\u003e\\u005c\\u0027\";</script>",
    ),
    (
        "a-value-that-is-not-set-has-its-default",
        "/default",
        &[],
        "<p>guest, , &lt;none&gt;, {country}, {}</p>",
    ),
    (
        "a-value-is-what-the-request-says",
        "/default?q=2",
        &[("Cookie", "a=1; name=Ann"), ("X-Seen", "yes")],
        "<p>Ann, yes, 2, {country}, {}</p>",
    ),
    (
        "a-value-is-the-path-that-was-asked-for",
        "/path/a%20b?c",
        &[],
        "<link rel=\"canonical\" href=\"https://www.example.com@path\">",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let places = PLACES.iter().map(|&(id, path, fields, expected)| {
        scenario(id, Setup::Personal, move |stage| {
            stage.always(answer(200).html().body("<main>a</main>"));
            let mut request = stage.get(path);
            // What stands before the path depends on where the scenario runs.
            let asked = String::from_utf8_lossy(&request.head()).into_owned();
            let target = asked.split(' ').nth(1).unwrap_or_default().to_owned();
            let target = target.split('?').next().unwrap_or_default();
            for (name, value) in fields {
                request = request.field(name, value);
            }
            let response = stage.exchange(&request)?;
            let expected = expected.replace("@path", target);
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has_decoded(format!("{expected}<main>a</main>"))?;
            Ok(())
        })
    });
    let mut all: Vec<Scenario> = places.collect();
    all.extend([
        exchange(
            "a-value-set-in-an-attribute-is-escaped",
            Setup::Personal,
            |_| answer(200).html().body("<em>a</em>"),
            |get| get.field("X-Seen", "a\"><b>"),
            |_, response, _| {
                response.has_decoded("<em title=\"a&quot;&gt;&lt;b&gt;!\">a</em>")?;
                varies_by(response, "x-seen")?;
                response.lacks("cache-control")?;
                Ok(())
            },
        ),
        scenario(
            "a-value-in-a-replaced-text-is-text-and-stays-out-of-scripts",
            Setup::Personal,
            |stage| {
                stage.always(
                    answer(200)
                        .html()
                        .body("<u>NAME<script>'NAME'</script></u>"),
                );
                let request = stage.get("/replaced").field("Cookie", "name=<b>");
                let response = stage.exchange(&request)?;
                response.has_decoded("<u>&lt;b&gt;<script>'NAME'</script></u>")?;
                Ok(())
            },
        ),
        scenario(
            "the-nonce-of-the-page-is-a-value",
            Setup::Personal,
            |stage| {
                let head = answer(200).html();
                let policy = "script-src 'nonce-c2Vl'";
                stage.always(
                    head.field("Content-Security-Policy", policy)
                        .body("<main>a</main>"),
                );
                let response = stage.exchange(&stage.get("/nonce-value"))?;
                response.has_decoded("<b data-nonce=\"c2Vl\"></b><main>a</main>")?;
                response.lacks("vary")?.lacks("cache-control")?;
                Ok(())
            },
        ),
        scenario(
            "a-page-with-the-name-of-its-request-is-not-stored",
            Setup::Personal,
            |stage| {
                let trace = "0af7651916cd43dd8448eb211c80319c";
                let id = |fields: &[(&str, String)]| -> Verdict<String> {
                    stage.always(
                        answer(200)
                            .html()
                            .field("ETag", "\"1\"")
                            .body("<main>a</main>"),
                    );
                    let mut request = stage.get("/id");
                    for (name, value) in fields {
                        request = request.field(name, value);
                    }
                    let response = stage.exchange(&request)?;
                    response.lacks("etag")?;
                    ensure!(
                        response.fields.has_member("cache-control", "no-store"),
                        "the page may be stored"
                    );
                    let page = String::from_utf8(response.decoded()?)?;
                    Ok(page.replace("<p>", "").replace("</p><main>a</main>", ""))
                };
                let (one, other) = (id(&[])?, id(&[])?);
                ensure!(
                    one.len() == 32 && one != other,
                    "the names are {one} and {other}"
                );
                let traced = id(&[("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))])?;
                ensure!(
                    traced == trace,
                    "the name is {traced}, not that of the trace"
                );
                Ok(())
            },
        ),
        scenario(
            "values-make-a-validator-of-their-own",
            Setup::Personal,
            |stage| {
                let play = tagged(stage);
                let page = |name: &str, etag: Option<&str>| {
                    let mut request = stage
                        .get("/default")
                        .field("Cookie", format!("name={name}"));
                    if let Some(etag) = etag {
                        request = request.field("If-None-Match", etag);
                    }
                    stage.exchange(&request)
                };
                let of_ann = page("Ann", None)?;
                let ann = of_ann.fields.text("etag").unwrap_or_default();
                let bob = page("Bob", None)?.fields.text("etag").unwrap_or_default();
                ensure!(
                    ann != bob && ann.starts_with("W/"),
                    "the validators are {ann} and {bob}"
                );
                let again = page("Ann", Some(&ann))?;
                again.has_status(304)?.has("etag", &ann)?;
                varies_by(&again, "cookie")?;
                ensure!(
                    again.fields.list("cache-control") == of_ann.fields.list("cache-control"),
                    "the 304 says another thing of caches than the page"
                );
                page("Bob", Some(&ann))?
                    .has_status(200)?
                    .has("etag", &bob)?;
                let last = play.exchanges();
                let last = last
                    .last()
                    .and_then(|it| it.request.fields.text("if-none-match"));
                ensure!(last.is_none(), "the origin is asked about {last:?}");
                Ok(())
            },
        ),
    ]);
    all
}

/// Plays an origin with a page under an `ETag`.
fn tagged(stage: &Stage) -> std::sync::Arc<crate::origin::Play> {
    stage.script(|request: &crate::origin::Received| {
        let known = request.fields.list("if-none-match").is_some();
        let head = answer(if known { 304 } else { 200 })
            .field("ETag", "\"v1\"")
            .field("Cache-Control", "max-age=60");
        if known {
            head.bare()
        } else {
            head.html().body("<main>a</main>")
        }
    })
}
