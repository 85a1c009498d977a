//! Sites of several public hosts: the cookies that they share, the hosts that requests may name,
//! and paths that are excepted.

use crate::client::Request;
use crate::failure::{Verdict, ensure};
use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, BLOG_HOST, PUBLIC, Setup};
use crate::stage::Stage;

/// State whose signature counts on every byte of it.
const SIGNED: &str = r#"{"url":"https://origin.example.com/a","mac":"c0ffee"}"#;

/// A page with state in tags and in a script, where `{p}` stands for URLs that are mapped.
const STATEFUL: &str = r#"<div title="{p}/t" class=a><p data-state='{"u":"https://origin.example.com/a"}' id="https://origin.example.com">
    <a href="{p}/b">{p}</a></p><script type=application/json data-state>"https://origin.example.com/c"</script>
    <script>"{p}/d"</script></div>"#;

/// Serialised PHP, as the origin sends it and as the client gets it.
const SERIALISED: (&str, &str) = (
    r#"s:28:"https://origin.example.com/a"; &quot; s:26:&quot;https://origin.example.com&quot;; "https://origin.example.com/a""#,
    r#"s:28:"https://origin.example.com/a"; &quot; s:26:&quot;https://origin.example.com&quot;; "https://www.example.com/a""#,
);

fn page() -> Answer {
    answer(200)
        .html()
        .body("<a href='https://origin.example.com/a'>a</a>")
}

/// Sends a request that names a host.
fn named(stage: &Stage, host: &str) -> Request {
    stage.get("/x").with("Host", host)
}

/// Checks that a request for a host is answered by the origin.
fn is_served(stage: &Stage, host: &str) -> Verdict {
    stage
        .exchange(&named(stage, host))?
        .has_status(200)?
        .has_decoded(format!("<a href='{PUBLIC}/a'>a</a>"))?;
    Ok(())
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "a-cookie-for-a-parent-of-several-origins-is-for-the-parent-of-their-public-hosts",
            Setup::Sites,
            |stage| {
                stage.always(
                    answer(200)
                        .of_type("text/plain")
                        .field("Set-Cookie", "a=1; Domain=internal.test; Path=/")
                        .body("seen"),
                );
                for host in ["www.example.com", BLOG_HOST] {
                    let response = stage.exchange(&named(stage, host))?;
                    response
                        .has_status(200)?
                        .has("Set-Cookie", "a=1; Domain=example.com; Path=/")?;
                }
                Ok(())
            },
        ),
        scenario(
            "a-request-for-a-host-that-is-not-listed-is-misdirected",
            Setup::Sites,
            |stage| {
                let play = stage.always(page());
                is_served(stage, "www.example.com")?;
                is_served(stage, "preview.example.com")?;
                is_served(stage, BLOG_HOST)?;
                let asked = play.exchanges().len();
                stage
                    .exchange(&named(stage, "evil.test"))?
                    .has_status(421)?
                    .has("Cache-Control", "no-store")?;
                ensure!(
                    play.exchanges().len() == asked,
                    "the origin was asked for a host that is not served"
                );
                Ok(())
            },
        ),
        scenario(
            "the-answers-to-an-excepted-path-pass-through",
            Setup::Sites,
            |stage| {
                stage.always(answer(200).of_type("application/json").body(SIGNED));
                stage
                    .exchange(&stage.get("/signed/state"))?
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_decoded(SIGNED)?;
                Ok(())
            },
        ),
        exchange(
            "a-tag-that-is-excepted-stays-and-what-is-in-its-element-is-mapped",
            Setup::Sites,
            |_| {
                let page = STATEFUL.replace("{p}", ALIAS);
                answer(200).html().chunks(page.as_bytes().chunks(7))
            },
            |get| get,
            |_, response, _| {
                let expected = STATEFUL.replace("{p}", PUBLIC);
                response.has_status(200)?.has_decoded(expected)?;
                Ok(())
            },
        ),
        exchange(
            "a-url-whose-length-is-written-before-it-stays",
            Setup::Map,
            |_| answer(200).html().body(SERIALISED.0),
            |get| get,
            |_, response, _| {
                response.has_status(200)?.has_decoded(SERIALISED.1)?;
                Ok(())
            },
        ),
    ]
}
