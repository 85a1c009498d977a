//! Late fragments at the seam: what is put into a page as it comes, and what never costs the page.

use crate::client::{Request, Response};
use crate::codings::{Encoder, encode};
use crate::failure::{Verdict, ensure};
use crate::fields::contains;
use crate::fragments;
use crate::origin::{Answer, Finish, Play, Received, Step, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC};
use crate::stage::Stage;

/// The page, up to the seam and from it on.
pub(super) const TOP: &str = "<html><head><title>t</title></head><body><nav>a";
pub(super) const REST: &str = "</nav><h1>b</h1></body></html>";

/// Ids, fragments as their origin answers them, and what is in the page instead.
fn at_the_seam() -> Vec<(&'static str, Answer, &'static str)> {
    let html = |body: &str| answer(200).html().body(body);
    let part = || answer(200).html().chunked().chunk("<p>c<b>d");
    vec![
        (
            "a-late-fragment-gives-its-fallback",
            html("late").first(Step::Stall),
            "<i>none</i>",
        ),
        (
            "a-fragment-that-stalls-is-closed",
            part().stall(),
            "<p>c<b>d</b></p>",
        ),
        (
            "a-fragment-with-an-error-gives-its-fallback",
            answer(500).html().body("error"),
            "<i>none</i>",
        ),
        (
            "a-fragment-that-moves-gives-its-fallback",
            answer(302)
                .html()
                .field("Location", "/elsewhere")
                .body("moved"),
            "<i>none</i>",
        ),
        (
            "a-fragment-whose-origin-refuses-gives-its-fallback",
            html("never"),
            "<i>none</i>",
        ),
        (
            "a-fragment-without-a-head-gives-its-fallback",
            Answer::raw("").close(),
            "<i>none</i>",
        ),
        (
            "a-fragment-that-is-not-html-gives-its-fallback",
            answer(200).of_type("application/json").body("{}"),
            "<i>none</i>",
        ),
        (
            "a-fragment-that-announces-too-much-gives-its-fallback",
            html(&"x".repeat(5000)),
            "<i>none</i>",
        ),
        (
            "a-fragment-without-content-leaves-nothing",
            answer(204).bare(),
            "",
        ),
        (
            "a-fragment-in-gzip-is-decoded",
            answer(200)
                .html()
                .field("Content-Encoding", "gzip")
                .body(encode("gzip", b"<p>c</p>")),
            "<p>c</p>",
        ),
        (
            "a-fragment-in-brotli-is-decoded",
            answer(200)
                .html()
                .field("Content-Encoding", "br")
                .body(encode("br", b"<p>c</p>")),
            "<p>c</p>",
        ),
        (
            "a-fragment-that-does-not-decode-gives-its-fallback",
            answer(200)
                .html()
                .field("Content-Encoding", "gzip")
                .body("<p>no gzip</p>"),
            "<i>none</i>",
        ),
        (
            "a-fragment-comes-in-the-charset-of-its-page",
            answer(200)
                .of_type("text/html; charset=iso-8859-1")
                .body(b"<p>caf\xE9</p>"),
            "<p>café</p>",
        ),
        (
            "a-fragment-in-an-unknown-charset-gives-its-fallback",
            answer(200).of_type("text/html; charset=none").body("<p>"),
            "<i>none</i>",
        ),
        (
            "urls-in-a-fragment-are-mapped",
            html(&format!("<a href={ALIAS}/x>c</a>")),
            "<a href=https://www.example.com/x>c</a>",
        ),
        (
            "a-fragment-can-be-left-as-it-is",
            html("<a href=https://origin.example.com/x><em>c</em></a>"),
            "<a href=https://origin.example.com/x><em>c</em></a>",
        ),
        (
            "rules-act-on-a-fragment-if-it-says-so",
            html("<em>c</em>"),
            "<strong>c</strong>",
        ),
        (
            "a-fragment-leaves-the-page-around-it-as-it-was",
            html("</nav></div><body class=x><p>c<i>d</p><script>if (1 </p><!-- ' <a title=\""),
            "<p>c<i>d</p></i>",
        ),
    ]
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (id, coding) in [
        (
            "the-top-of-a-page-arrives-before-its-fragment-has-begun",
            "identity",
        ),
        (
            "the-top-of-a-page-in-gzip-arrives-before-its-fragment-has-begun",
            "gzip",
        ),
        (
            "the-top-of-a-page-in-brotli-arrives-before-its-fragment-has-begun",
            "br",
        ),
    ] {
        all.push(of_pages(id, move |stage| top_first(stage, coding)));
    }
    all.push(of_pages("a-fragment-arrives-as-it-is-sent", in_parts));
    all.push(of_pages(
        "a-fragment-is-asked-for-while-its-page-is-awaited",
        |stage| {
            let fragment = answer(200).html().body("c");
            let page = page().first(Step::Wait(1));
            let play = pages(stage, page, fragment);
            let response = once_asked(stage, &play)?;
            response.has_decoded(around("c"))?;
            Ok(())
        },
    ));
    all.push(of_pages(
        "a-lazy-fragment-is-asked-for-once-its-page-has-a-head",
        |stage| {
            let page = answer(200).html().chunked().chunk("<html>");
            let page = page.wait(1).chunk(&TOP[6..]).chunk(REST).last_chunk();
            let play = pages(stage, page, answer(200).html().body("c"));
            let response = once_asked(stage, &play)?;
            response.has_decoded(around("c"))?;
            Ok(())
        },
    ));
    for (id, fragment, expected) in at_the_seam() {
        all.push(of_pages(id, move |stage| {
            let play = pages(stage, page(), fragment.clone());
            let mut response = stage.send(&visit(stage))?;
            response.read_to_end()?;
            play.open(1);
            response.has_status(200)?.decided("stream", 12)?;
            response.has_decoded(around(expected))?;
            Ok(())
        }));
    }
    for (id, body, end) in [
        ("a-fragment-that-breaks-off-is-closed", "<p>c<b>d", true),
        (
            "a-fragment-that-grows-too-long-is-closed",
            "<p>c<b>d",
            false,
        ),
    ] {
        all.push(of_pages(id, move |stage| broken(stage, body, end)));
    }
    all.extend([
        of_pages("a-fragment-without-a-seam-costs-nothing", |stage| {
            let bare = "<html><body>a</body></html>";
            pages(
                stage,
                answer(200).html().body(bare),
                answer(200).html().body("c").first(Step::Stall),
            );
            let response = stage.exchange(&visit(stage))?;
            response.has_status(200)?.has_decoded(bare)?;
            Ok(())
        }),
        of_pages("a-fragment-stands-at-a-comment", |stage| {
            let sent = "<body>a<!-- cart --><b>b</b><!--cart--><!--other--></body>";
            pages(
                stage,
                answer(200).html().body(sent),
                answer(200).html().body("c"),
            );
            let response = stage.exchange(&visit(stage))?;
            response.has_decoded("<body>ac<b>b</b><!--cart--><!--other--></body>")?;
            Ok(())
        }),
        of_pages("fragments-stand-at-includes", includes),
        of_pages("fragments-stand-in-every-place", |stage| {
            let sent = "<body><nav>a</nav><p>b</p><p class=b>c</p><img></body>";
            let number = |request: &Received| {
                request
                    .target
                    .split(|&b| b == b'?')
                    .nth(1)
                    .map(<[u8]>::to_vec)
            };
            stage.script(move |request| match number(request) {
                Some(number) => answer(200).html().body(number),
                None => answer(200).html().body(sent),
            });
            let response = stage.exchange(&visit(stage))?;
            response.has_decoded("<body>1<nav>2a3</nav>4<p>5</p>6<img>78</body>")?;
            Ok(())
        }),
        of_pages(
            "a-page-does-not-wait-for-a-fragment-out-of-order",
            |stage| out_of_order(stage, ""),
        ),
        of_pages(
            "a-fragment-out-of-order-comes-with-the-nonce-of-its-page",
            |stage| out_of_order(stage, "AbC1"),
        ),
        of_pages(
            "a-fragment-out-of-order-that-fails-leaves-its-fallback",
            |stage| {
                pages(stage, page(), answer(500).html().body("error"));
                let response = stage.exchange(&visit(stage))?;
                response.has_decoded(around(ROOM))?;
                Ok(())
            },
        ),
        of_pages("many-includes-are-all-fetched", |stage| {
            let numbers = 1..=14;
            let include = |n: u8| format!("<esi:include src=\"f?{n}\"/>");
            let includes: String = numbers.clone().map(include).collect();
            pages_by_query(stage, format!("<body>{includes}</body>"));
            let response = stage.exchange(&visit(stage))?;
            let filled: String = numbers.map(|n| format!("[{n}]")).collect();
            response.has_decoded(format!("<body>{filled}</body>"))?;
            Ok(())
        }),
    ]);
    all
}

pub(super) fn of_pages(
    id: &str,
    play: impl Fn(&Stage) -> Verdict + Send + Sync + 'static,
) -> Scenario {
    scenario(id, fragments::setup_of(id), play)
}

/// Returns a request for a page, as browsers send it.
pub(super) fn visit(stage: &Stage) -> Request {
    stage.get("/x").field("Accept", "text/html,*/*;q=0.8")
}

pub(super) fn page() -> Answer {
    answer(200).html().body([TOP, REST].concat())
}

pub(super) fn around(fragment: &str) -> String {
    [TOP, fragment, REST].concat()
}

/// Makes the origin answer requests for the fragment and for the page.
pub(super) fn pages(stage: &Stage, page: Answer, fragment: Answer) -> std::sync::Arc<Play> {
    stage.script(move |request| match request.is_for_a_fragment() {
        true => fragment.clone(),
        false => page.clone(),
    })
}

/// Waits until the origin is asked for the fragment.
pub(super) fn asked(stage: &Stage, play: &Play) -> Verdict<Received> {
    play.wait("the request for the fragment", stage.deadline, |seen| {
        let mut requests = seen.iter().map(|exchange| &exchange.request);
        requests
            .find(|request| request.is_for_a_fragment())
            .cloned()
    })
}

/// Asks for the page, which goes on once the fragment has been asked for.
pub(super) fn once_asked(stage: &Stage, play: &Play) -> Verdict<Response> {
    let mut connection = stage.connect()?;
    connection.send(&visit(stage))?;
    asked(stage, play)?;
    play.open(1);
    let mut response = connection.response("GET")?;
    response.read_to_end()?;
    Ok(response)
}

/// Waits until the connection of the fragment has ended, because of the gate.
pub(super) fn ended(stage: &Stage, play: &Play) -> Verdict {
    let finish = play.wait("the end of the fragment", stage.deadline, |seen| {
        let fragment = seen
            .iter()
            .find(|exchange| exchange.request.is_for_a_fragment());
        fragment?.finish
    })?;
    ensure!(
        finish == Finish::PeerClosed,
        "the fragment ended otherwise: {finish:?}"
    );
    Ok(())
}

fn top_first(stage: &Stage, coding: &str) -> Verdict {
    let page = answer(200).html().body([TOP, REST].concat());
    let fragment = answer(200).html().body("<b>c</b>").first(Step::Wait(1));
    let play = pages(stage, page, fragment);
    let mut response = stage.send(&visit(stage).field("Accept-Encoding", coding))?;
    response.read_until("the top", |response| {
        contains(&response.decoded_start(), TOP.as_bytes())
    })?;
    play.open(1);
    response.read_to_end()?;
    response.has_decoded(around("<b>c</b>"))?;
    Ok(())
}

fn in_parts(stage: &Stage) -> Verdict {
    let mut encoder = Encoder::new("gzip");
    let fragment = answer(200)
        .html()
        .field("Content-Encoding", "gzip")
        .chunked();
    let fragment = fragment.chunk(encoder.push(b"<p>first</p>")).wait(1);
    let fragment = fragment.chunk(encoder.push(b"<p>second</p>"));
    let fragment = fragment.chunk(encoder.finish()).last_chunk();
    let play = pages(stage, page(), fragment);
    let mut response = stage.send(&visit(stage))?;
    response.read_until("the first part", |response| {
        contains(&response.decoded_start(), b"<p>first</p>")
    })?;
    play.open(1);
    response.read_to_end()?;
    response.has_decoded(around("<p>first</p><p>second</p>"))?;
    Ok(())
}

fn broken(stage: &Stage, begins: &str, breaks_off: bool) -> Verdict {
    let fragment = answer(200).html().chunked().chunk(begins).wait(1);
    let fragment = match breaks_off {
        true => fragment.close(),
        false => fragment
            .chunk(format!("<i title='{}", "x".repeat(5000)))
            .last_chunk(),
    };
    let play = pages(stage, page(), fragment);
    let mut response = stage.send(&visit(stage))?;
    response.read_until("its start", |response| {
        contains(&response.decoded_start(), begins.as_bytes())
    })?;
    play.open(1);
    response.read_to_end()?;
    response.has_decoded(around(&format!("{begins}</b></p>")))?;
    Ok(())
}

fn includes(stage: &Stage) -> Verdict {
    let id = &stage.id;
    let sent = format!(
        "<body><esi:include src=\"/{id}/f?1\"/>a<b><esi:include src='{ALIAS}/{id}/f?2&amp;x'></esi:include></b>\
         <esi:remove>gone</esi:remove><esi:include src=\"f\"/>\
         <esi:include src=\"https://elsewhere.example/f\"/>b<esi:include/></body>"
    );
    pages_by_query(stage, sent);
    let response = stage.exchange(&visit(stage))?;
    response.has_decoded("<body>[1]a<b>[2&x]</b>[]<i>none</i>b<i>none</i></body>")?;
    Ok(())
}

/// Makes the origin answer requests for fragments with their queries.
fn pages_by_query(stage: &Stage, page: String) {
    stage.script(move |request| {
        let query = request.target.split(|&byte| byte == b'?').nth(1);
        match request.is_for_a_fragment() {
            true => answer(200)
                .html()
                .body([b"[", query.unwrap_or_default(), b"]"].concat()),
            false => answer(200).html().body(&page),
        }
    });
}

/// What stands where a fragment belongs until it is there.
const ROOM: &str = "<template id=\"sg-seam-0\"></template><i>none</i><!--/sg-seam-0-->";

fn out_of_order(stage: &Stage, nonce: &str) -> Verdict {
    let mut page = answer(200).html();
    if !nonce.is_empty() {
        page = page.field(
            "Content-Security-Policy",
            format!("script-src 'nonce-{nonce}'"),
        );
    }
    let fragment = answer(200)
        .html()
        .body("<b>c</b></template>")
        .first(Step::Wait(1));
    let play = pages(stage, page.body([TOP, REST].concat()), fragment);
    let mut response = stage.send(&visit(stage))?;
    let whole = around(ROOM);
    response.read_until("the whole page", |response| {
        contains(&response.decoded_start(), whole.as_bytes())
    })?;
    play.open(1);
    response.read_to_end()?;
    response.is_complete()?;
    let nonce = match nonce {
        "" => String::new(),
        nonce => format!(" nonce=\"{nonce}\""),
    };
    let end = format!("{whole}<template><b>c</b></template><script{nonce}>(function(");
    let got = response.decoded()?;
    ensure!(
        got.starts_with(end.as_bytes()) && got.ends_with(b"</script>"),
        "the fragment came otherwise: {}",
        String::from_utf8_lossy(&got)
    );
    ensure!(
        !contains(&got, PUBLIC.as_bytes()),
        "the page names its host"
    );
    Ok(())
}
