//! What an exchange tells of itself: the line of the access log, `Server-Timing`, and its trace.

use super::requests::{saw, saw_no, seen};
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::{Fields, contains};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// A `traceparent`, cut where the parent stands in it.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-";
const PARENT: &str = "00f067aa0ba902b7";

/// Returns a page with three URLs of origins, on which three of the rules act.
fn page() -> String {
    format!(
        "<head><link href=\"{ALIAS}/s.css\"></head><body><h1>a</h1><img src=\"{ALIAS}/i.png\">\
         <h1>b</h1><script>u = \"{}\\/x\"</script></body>",
        ALIAS.replace('/', r"\/")
    )
}

/// What the rules do to [`page`], as the log has it.
const RULES: &str = r#""rules":{"html[0]":1,"html[1]":1,"html[2]":2,"html[4]":1}"#;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "the-line-of-a-page-tells-what-was-rewritten",
            Setup::Observed,
            |stage| {
                let page = page();
                stage.always(answer(200).html().chunked().chunk(&page).last_chunk());
                let request = stage.get("/x?token=SECRET");
                let response = stage.exchange(&request.field("Cookie", "s=SECRET"))?;
                response.has_status(200)?.is_complete()?;
                let (sent, received) = (response.body.len(), page.len());
                let path = format!(
                    "\"method\":\"GET\",\"path\":\"/{}/x\",\"protocol\"",
                    stage.id
                );
                stage.logs(&path)?;
                stage.logs(&format!("\"status\":200,\"sent\":{sent},"))?;
                stage.logs(
                    "\"decision\":\"stream\",\"row\":12,\"reason\":\"processable\",\
                     \"error\":null,\"origin_status\":200,\"origin_head\":0.",
                )?;
                stage.logs(&format!("\"origin_sent\":{received},\"urls\":3,{RULES}"))?;
                stage.logs_no("SECRET")
            },
        ),
        scenario(
            "the-line-of-a-page-that-breaks-off-says-so-and-what-was-rewritten",
            Setup::Observed,
            |stage| {
                let page = page();
                let play = stage.always(answer(200).html().chunked().chunk(&page).wait(1).close());
                let mut response = stage.send(&stage.get("/x"))?;
                // a head that has left: a runtime may drop what it has not sent when a page fails
                response.read_until("the first image", |response| {
                    contains(&response.decoded_start(), b"<img")
                })?;
                play.open(1);
                response.read_to_end()?;
                stage.logs(
                    "\"reason\":\"processable\",\"error\":\"response_unfinished\",\
                     \"origin_status\":200,",
                )?;
                stage.logs(&format!("\"origin_sent\":{},\"urls\":3,", page.len()))
            },
        ),
        scenario(
            "the-line-of-an-image-has-its-decision",
            Setup::Observed,
            |stage| {
                stage.always(answer(203).of_type("image/png").body("pixels"));
                let response = stage.exchange(&stage.get("/x"))?;
                response.has_status(203)?.has_body("pixels")?;
                stage.logs(
                    "\"decision\":\"pass-through\",\"row\":3,\"reason\":\"not-processable\",\
                     \"error\":null,\"origin_status\":203,",
                )
            },
        ),
        scenario(
            "the-line-of-a-failure-has-its-reason",
            Setup::Observed,
            |stage| {
                stage.always(answer(200).field("Content-Length", "1").length(2).close());
                stage.exchange(&stage.get("/x"))?.has_status(502)?;
                stage.logs("\"decision\":\"gate\",\"row\":null,\"reason\":\"")?;
                stage.logs("\"origin_sent\":null,\"urls\":0,\"rules\":{}")
            },
        ),
        exchange(
            "server-timing-stands-beside-the-origins-own",
            Setup::Observed,
            |_| {
                let timed = answer(200).html().field("Server-Timing", "db;dur=53");
                let timed = timed.field("Server-Timing", "cache;desc=\"a, b\"");
                timed.body("<p>a</p>")
            },
            |get| get,
            |_, response, _| {
                let timings = timings(&response.fields);
                let [own @ .., gate] = &timings[..] else {
                    return Err(Failure("there is no Server-Timing".to_owned()));
                };
                ensure!(gate == "gate;desc=\"stream 12\"", "{timings:?}");
                let expected = ["db;dur=53", "cache;desc=\"a, b\""];
                ensure!(
                    own.len() == 3 && own[..2] == expected && own[2].starts_with("origin;dur="),
                    "{timings:?}"
                );
                Ok(())
            },
        ),
        exchange(
            "server-timing-is-the-origins-alone-by-default",
            Setup::Map,
            |_| {
                let timed = answer(200).of_type("image/png");
                timed.field("Server-Timing", "db;dur=53").body("pixels")
            },
            |get| get,
            |_, response, _| {
                response.has("Server-Timing", "db;dur=53")?;
                Ok(())
            },
        ),
        scenario(
            "a-trace-goes-on-with-the-gates-span-for-its-parent",
            Setup::Observed,
            |stage| {
                let client = format!("{TRACE}{PARENT}-01");
                let request = stage.get("/x").field("traceparent", &client);
                let request = seen(stage, &request.field("tracestate", "congo=t61rcWkgMzE"))?;
                let (trace, parent, flags) = trace(&request)?;
                ensure!(trace == TRACE && flags == "-01", "{trace}, {flags}");
                ensure!(parent != PARENT, "the parent is the client's");
                saw(&request, "tracestate", "congo=t61rcWkgMzE")?;
                stage.logs("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"")
            },
        ),
        scenario(
            "a-trace-begins-at-the-gate-where-there-is-no-valid-one",
            Setup::Observed,
            |stage| {
                let client = format!("{TRACE}0000000000000000-01");
                let request = stage.get("/x").field("traceparent", &client);
                let request = seen(stage, &request.field("tracestate", "congo=t61rcWkgMzE"))?;
                let (first, _, flags) = trace(&request)?;
                ensure!(first != TRACE && flags == "-03", "{first}, {flags}");
                saw_no(&request, "tracestate")
            },
        ),
        scenario("a-trace-passes-on-by-default", Setup::Map, |stage| {
            let request = stage.get("/x").field("traceparent", "whatever it is");
            let request = seen(stage, &request.field("tracestate", "a,b"))?;
            saw(&request, "traceparent", "whatever it is")?;
            saw(&request, "tracestate", "a,b")
        }),
        scenario(
            "a-redirect-that-passes-has-a-server-timing-too",
            Setup::Observed,
            |stage| {
                let moved = answer(302).field("Location", format!("{ALIAS}/y"));
                stage.always(moved.body(""));
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(302)?
                    .has("Location", format!("{PUBLIC}/y"))?;
                let timings = timings(&response.fields);
                ensure!(timings.len() == 2, "{timings:?}");
                Ok(())
            },
        ),
    ]
}

/// Returns the metrics of a `Server-Timing`, however many lines it has. Between two of them there
/// is a comma and a space; so there is in one description.
fn timings(fields: &Fields) -> Vec<String> {
    let lines: Vec<String> = fields.all("server-timing").map(text).collect();
    let text = lines.join(", ").replace("a, b", "a\0b");
    let metrics = text.split(", ").filter(|metric| !metric.is_empty());
    metrics.map(|metric| metric.replace('\0', ", ")).collect()
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// Cuts the `traceparent` of a request into what precedes the parent, the parent, and the rest.
fn trace(request: &Received) -> Verdict<(String, String, String)> {
    let lines: Vec<_> = request.fields.all("traceparent").map(text).collect();
    let [line] = &lines[..] else {
        return Err(Failure(format!("not one traceparent: {lines:?}")));
    };
    ensure!(line.len() == 55, "no traceparent: {line}");
    let (trace, rest) = line.split_at(TRACE.len());
    let (parent, flags) = rest.split_at(PARENT.len());
    Ok((trace.to_owned(), parent.to_owned(), flags.to_owned()))
}
