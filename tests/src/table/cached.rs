//! The cache: what is answered from it as RFC 9111 says, and what never is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::client::{Request, Response};
use crate::codings::encode;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure};
use crate::origin::{Answer, Play, Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// The platforms without a cache: there, what must not come from one does not, and what could does
/// not either.
const WITHOUT: [(Runtime, &str); 5] = [
    (Runtime::Wasi, NO_CACHE),
    (Runtime::Wasi3, NO_CACHE),
    (Runtime::Node, NO_STORE),
    (Runtime::Deno, NO_STORE),
    (Runtime::Bun, NO_STORE),
];
const NO_CACHE: &str = "wasi:http has no cache, and a program keeps nothing between requests";
const NO_STORE: &str = "the package stores nothing: a server of its own has a cache before it";

/// Plays an origin that numbers its pages, with the fields that `fields` adds.
fn numbered(
    stage: &Stage,
    fields: impl Fn(&Received, crate::origin::Head) -> crate::origin::Head + Send + Sync + 'static,
) -> Arc<Play> {
    let count = AtomicUsize::new(0);
    stage.script(move |request: &Received| -> Answer {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let head = fields(request, answer(200).html());
        if request.method == "HEAD" {
            return head.bare();
        }
        head.body(format!("<a href=\"{ALIAS}/{number}\">a</a>"))
    })
}

/// How long the Cache API, which nobody waits for, may take to have stored something.
const SETTLING: Duration = Duration::from_millis(200);

/// Makes a request, after what was answered before is stored.
fn ask(stage: &Stage, request: &Request) -> Verdict<Response> {
    if stage.runtime == Runtime::Cloudflare {
        std::thread::sleep(SETTLING);
    }
    stage.exchange(request)
}

/// Returns the number of a page, whose URL must be the public one, and what the cache says.
fn page(stage: &Stage, request: &Request) -> Verdict<(usize, String, Response)> {
    let response = ask(stage, request)?;
    response.has_status(200)?.is_complete()?;
    let status = status(stage, &response)?;
    let body = String::from_utf8_lossy(&response.decoded()?).into_owned();
    let number = body
        .strip_prefix(&format!("<a href=\"{PUBLIC}/"))
        .and_then(|rest| rest.strip_suffix("\">a</a>"))
        .and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| Failure(format!("the page is {body:?}")))?;
    Ok((number, status, response))
}

fn has_cache(stage: &Stage) -> bool {
    !WITHOUT.iter().any(|(runtime, _)| *runtime == stage.runtime)
}

/// Returns what the cache says of a response: nothing where there is none.
fn status(stage: &Stage, response: &Response) -> Verdict<String> {
    let status = response.fields.text("cache-status");
    if !has_cache(stage) {
        ensure!(status.is_none(), "Cache-Status is {status:?}, of no cache");
        return Ok(String::new());
    }
    status.ok_or_else(|| Failure("there is no Cache-Status".to_owned()))
}

/// Checks what the cache says of a response, where there is one.
fn says(stage: &Stage, status: &str, expected: &str) -> Verdict {
    ensure!(
        status.contains(expected) || !has_cache(stage),
        "Cache-Status is {status:?}, without {expected:?}"
    );
    Ok(())
}

/// Asks twice, and checks which pages come, and what the cache says of the second.
fn twice(
    stage: &Stage,
    first: &Request,
    second: &Request,
    pages: [usize; 2],
    expected: &str,
) -> Verdict {
    let (one, ..) = page(stage, first)?;
    let (two, status, _) = page(stage, second)?;
    ensure!(
        [one, two] == pages,
        "the pages are {one} and {two}, not {pages:?}"
    );
    says(stage, &status, expected)
}

/// A scenario of two requests to an origin that numbers its pages.
fn two(
    id: &str,
    fields: &'static [(&'static str, &'static str)],
    change: fn(Request) -> Request,
    pages: [usize; 2],
    says: &'static str,
) -> Scenario {
    scenario(id, Setup::Cached, move |stage| {
        numbered(stage, |_, head| {
            fields
                .iter()
                .fold(head, |head, (name, value)| head.field(name, value))
        });
        let (first, second) = (stage.get("/x"), change(stage.get("/x")));
        twice(stage, &first, &second, pages, says)
    })
}

const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=600")];

pub(super) fn scenarios() -> Vec<Scenario> {
    let same = |request: Request| request;
    let all = vec![
        two(
            "a-fresh-page-comes-from-the-cache-whatever-does-not-count",
            &[
                ("Cache-Control", "max-age=600"),
                ("Vary", "Accept-Encoding"),
            ],
            |request| {
                request
                    .field("Cookie", "_ga_1=1; _ga=2")
                    .field("Accept-Encoding", "identity, unheard-of")
            },
            [1, 1],
            "streamgate; hit; ttl=",
        ),
        two(
            "a-page-for-one-client-is-not-stored",
            &[("Cache-Control", "private, max-age=600")],
            same,
            [1, 2],
            "detail=private",
        ),
        two(
            "a-page-that-sets-a-cookie-is-not-stored",
            &[("Cache-Control", "max-age=600"), ("Set-Cookie", "s=1")],
            same,
            [1, 2],
            "detail=set-cookie",
        ),
        two(
            "a-page-that-does-not-say-how-long-it-is-fresh-is-not-stored",
            &[],
            same,
            [1, 2],
            "detail=no-freshness",
        ),
        two(
            "a-page-that-varies-by-everything-is-not-stored",
            &[("Cache-Control", "max-age=600"), ("Vary", "*")],
            same,
            [1, 2],
            "detail=vary",
        ),
        two(
            "a-request-with-a-cookie-goes-past-the-cache",
            FRESH,
            |request| request.field("Cookie", "s=1"),
            [1, 2],
            "fwd=bypass; detail=cookie",
        ),
        two(
            "a-request-with-credentials-goes-past-the-cache",
            FRESH,
            |request| request.field("Authorization", "Basic x"),
            [1, 2],
            "fwd=bypass; detail=authorization",
        ),
        two(
            "a-client-that-wants-it-anew-gets-it-anew",
            FRESH,
            |request| request.field("Cache-Control", "no-cache"),
            [1, 2],
            "fwd=request; stored",
        ),
        two(
            "a-page-is-for-its-language-alone",
            &[
                ("Cache-Control", "max-age=600"),
                ("Vary", "Accept-Language, Accept-Encoding"),
            ],
            |request| request.field("Accept-Language", "de"),
            [1, 2],
            "fwd=vary-miss; stored",
        ),
        scenario(
            "a-head-comes-from-the-cache-and-fills-nothing",
            Setup::Cached,
            |stage| {
                numbered(stage, |_, head| head.field("Cache-Control", "max-age=600"));
                let head = stage.request("HEAD", "/x");
                status(stage, &ask(stage, &head)?)?;
                twice(stage, &stage.get("/x"), &stage.get("/x"), [2, 2], "hit")?;
                let response = ask(stage, &head)?;
                response.has_status(200)?.has_body("")?;
                says(stage, &status(stage, &response)?, "hit")
            },
        ),
        scenario(
            "a-post-is-never-answered-from-the-cache-and-forgets",
            Setup::Cached,
            |stage| {
                numbered(stage, |_, head| head.field("Cache-Control", "max-age=600"));
                let post = stage.request("POST", "/x").body(b"a=1");
                twice(stage, &stage.get("/x"), &post, [1, 2], "fwd=method")?;
                twice(stage, &stage.get("/x"), &stage.get("/x"), [3, 3], "hit")
            },
        ),
        scenario(
            "a-page-of-one-host-is-not-for-another",
            Setup::Cached,
            |stage| {
                numbered(stage, |_, head| head.field("Cache-Control", "max-age=600"));
                let other = stage.get("/x").with("Host", "other.example.com");
                twice(stage, &stage.get("/x"), &other, [1, 2], "fwd=uri-miss")
            },
        ),
        scenario(
            "a-stale-page-is-validated-and-comes-from-the-cache",
            Setup::Cached,
            |stage| {
                let play = stage.script(|request: &Received| {
                    let condition = request.fields.text("if-none-match");
                    match condition.as_deref() {
                        Some("\"v1\"") => answer(304).field("ETag", "\"v1\"").bare(),
                        _ => {
                            let head = answer(200).html().field("ETag", "\"v1\"");
                            head.field("Cache-Control", "no-cache")
                                .body(format!("<a href=\"{ALIAS}/1\">a</a>"))
                        }
                    }
                });
                let (_, _, first) = page(stage, &stage.get("/x"))?;
                let (_, status, second) = page(stage, &stage.get("/x"))?;
                let expected = "fwd=stale; fwd-status=304";
                says(stage, &status, expected)?;
                let etag = first.fields.text("etag").unwrap_or_default();
                second.has("ETag", &etag)?;
                let third = ask(stage, &stage.get("/x").field("If-None-Match", &etag))?;
                third.has_status(304)?.has("ETag", &etag)?;
                let asked = play.exchanges().len();
                ensure!(asked == 3, "the origin was asked {asked} times");
                Ok(())
            },
        ),
        scenario(
            "a-stale-page-is-better-than-an-error",
            Setup::Cached,
            |stage| {
                let count = AtomicUsize::new(0);
                stage.script(
                    move |_: &Received| match count.fetch_add(1, Ordering::SeqCst) {
                        0 => {
                            let head = answer(200).html();
                            let head = head.field("Cache-Control", "max-age=0, stale-if-error=60");
                            head.body(format!("<a href=\"{ALIAS}/1\">a</a>"))
                        }
                        _ => answer(503).html().body("out of order"),
                    },
                );
                let says = "hit; fwd-status=503; detail=error";
                twice(stage, &stage.get("/x"), &stage.get("/x"), [1, 1], says)
            },
        ),
        scenario(
            "a-page-that-breaks-off-is-not-stored",
            Setup::Cached,
            |stage| {
                let play = stage.script(|request| {
                    let time = request.fields.text("x-time").and_then(|it| it.parse().ok());
                    let head = answer(200).html().field("Cache-Control", "max-age=600");
                    let body = head.chunked().chunk("<p>part");
                    body.wait(time.unwrap_or(u32::MAX)).close()
                });
                // Where there is no cache, a second request shows nothing.
                let times = if has_cache(stage) { 2 } else { 1 };
                for time in 1..=times {
                    let request = stage.get("/x").field("X-Time", time.to_string());
                    let mut response = stage.send(&request)?;
                    says(stage, &status(stage, &response)?, "fwd=uri-miss")?;
                    // A server may drop a head together with a body that breaks off at once.
                    response.read_until("the first bytes", |response| !response.body.is_empty())?;
                    play.open(time);
                    response.read_to_end()?;
                    // A client of workerd cannot tell, with or without a cache.
                    if stage.runtime != Runtime::Cloudflare {
                        response.is_seen_as_cut()?;
                    }
                }
                Ok(())
            },
        ),
        scenario(
            "a-page-comes-from-the-cache-and-its-fragment-does-not",
            Setup::Cached,
            template,
        ),
        scenario(
            "a-page-is-stored-apart-for-each-answer-to-its-rules",
            Setup::Cached,
            |stage| {
                let count = AtomicUsize::new(0);
                stage.script(move |_: &Received| {
                    let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                    let head = answer(200).html().field("Cache-Control", "max-age=600");
                    head.body(format!("<p>{number}</p>"))
                });
                let mut pages = Vec::new();
                for cookie in ["_ga=1", "beta=1", "_ga=2", "beta=2"] {
                    let request = stage.get("/asked").field("Cookie", cookie);
                    let response = ask(stage, &request)?;
                    response.has("Cache-Control", "max-age=600, private")?;
                    let vary = response.fields.text("vary").unwrap_or_default();
                    ensure!(vary.eq_ignore_ascii_case("cookie"), "Vary is {vary:?}");
                    pages.push(String::from_utf8_lossy(&response.decoded()?).into_owned());
                }
                ensure!(
                    pages == ["<p>1</p>", "<p>2!</p>", "<p>1</p>", "<p>2!</p>"],
                    "the pages are {pages:?}"
                );
                Ok(())
            },
        ),
    ];
    let marked = |scenario: Scenario| {
        let Some((_, seen)) = SHOWN.iter().find(|(id, _)| *id == scenario.id) else {
            return scenario;
        };
        WITHOUT
            .into_iter()
            .fold(scenario, |scenario, (runtime, reason)| {
                scenario.not_on(runtime, seen, reason)
            })
    };
    all.into_iter().map(marked).collect()
}

/// A page with a fragment is asked for by two clients, and once it is stale.
fn template(stage: &Stage) -> Verdict {
    let count = AtomicUsize::new(0);
    stage.script(move |request: &Received| {
        if request.is_for_a_fragment() {
            let cookie = request.fields.text("cookie").unwrap_or_default();
            return answer(200).html().body(format!("[{cookie}]"));
        }
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let head = answer(200)
            .html()
            .field("ETag", "\"v1\"")
            .field("Cache-Control", "max-age=600")
            .field("Content-Encoding", "gzip");
        let page = format!("<p>{number}</p><!--cart--><i>b</i>");
        head.body(encode("gzip", page.as_bytes()))
    });
    let mut pages = Vec::new();
    for cookie in ["cart=1", "cart=2"] {
        let request = stage.get("/with-cart").field("Accept", "text/html");
        let request = request
            .field("Accept-Encoding", "gzip")
            .field("Cookie", cookie);
        let response = ask(stage, &request)?;
        response
            .has("Cache-Control", "private, no-cache")?
            .lacks("ETag")?
            .lacks("Age")?
            .is_complete()?;
        ensure!(response.coding() == "gzip", "the page is not coded");
        pages.push(String::from_utf8_lossy(&response.decoded()?).into_owned());
    }
    ensure!(
        pages == ["<p>1</p>[cart=1]<i>b</i>", "<p>1</p>[cart=2]<i>b</i>"],
        "the pages are {pages:?}"
    );
    Ok(())
}

/// The scenarios in which something comes from the cache, and what is seen where there is none.
const SHOWN: [(&str, &str); 6] = [
    (
        "a-page-comes-from-the-cache-and-its-fragment-does-not",
        "\"<p>2</p>[cart=2]",
    ),
    (
        "a-page-is-stored-apart-for-each-answer-to-its-rules",
        "\"<p>3</p>\"",
    ),
    (
        "a-fresh-page-comes-from-the-cache-whatever-does-not-count",
        "the pages are 1 and 2",
    ),
    (
        "a-head-comes-from-the-cache-and-fills-nothing",
        "the pages are 2 and 3",
    ),
    (
        "a-post-is-never-answered-from-the-cache-and-forgets",
        "the pages are 3 and 4",
    ),
    (
        "a-stale-page-is-better-than-an-error",
        "expected status 200, got 503",
    ),
];
