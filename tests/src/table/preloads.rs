//! Learned preloads: what the last streams of a page have shown, announced with the next one.

use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// What a runtime shows that forgets everything between exchanges.
const FORGETFUL: &str = "expected the links [\"<";

const FASTLY: &str = "each request gets an instance of the program of its own, with memory of its \
    own (docs/fastly.md), so nothing is learned";
const WASI: &str = "`wasmtime serve` makes an instance for each exchange of wasi:http 0.2 \
    (docs/wasi.md), so nothing is learned";

const SHEET: &str = "<link rel=stylesheet href=/s.css>";
const SHEET_LINK: &str = "</s.css>; rel=preload; as=style";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        learning(
            "what-two-streams-have-shown-is-announced-with-the-next",
            shown,
        ),
        learning("what-differs-between-streams-is-not-announced", differing),
        learning("a-page-for-one-client-teaches-nothing", personal),
        learning("a-page-that-breaks-off-teaches-nothing", broken),
    ]
}

fn learning(id: &str, play: impl Fn(&Stage) -> Verdict + Send + Sync + 'static) -> Scenario {
    scenario(id, Setup::Learning, play)
        .not_on(Runtime::Fastly, FORGETFUL, FASTLY)
        .not_on(Runtime::Wasi, FORGETFUL, WASI)
}

/// Asks for a page, and checks its `Link` fields.
fn asks(stage: &Stage, request: &Request, links: &[&str]) -> Verdict {
    let response = stage.exchange(request)?;
    response.has_status(200)?.is_complete()?;
    let fields = response.fields.all("Link");
    let found: Vec<_> = fields.map(String::from_utf8_lossy).collect();
    // A platform may join the lines of a field.
    ensure!(
        found.join(", ") == links.join(", "),
        "expected the links {links:?}, got {found:?}"
    );
    Ok(())
}

fn page(head: &str) -> Answer {
    with("ETag", "\"a\"", head)
}

/// Makes a page with a field and with what is in its head.
fn with(name: &str, value: &str, head: &str) -> Answer {
    let page = format!("<!doctype html><html><head>{head}</head><body><p>a</p></body></html>");
    answer(200).html().field(name, value).body(page)
}

fn shown(stage: &Stage) -> Verdict {
    let head = format!(
        "<link rel=stylesheet href={ALIAS}/a.css><link rel=stylesheet href=/gone.css>\
         <link rel=preload as=font type=font/woff2 href=f.woff2 crossorigin>\
         <script src=/named.js></script><script async src=/late.js></script></head>\
         <body><img src=/small.png><img fetchpriority=high src={ALIAS}/hero.jpg>"
    );
    let named = "</named.js>; rel=preload; as=script";
    let whole = with("Link", named, &head);
    stage.script(move |request| match request.method.as_str() {
        "HEAD" => answer(200).html().field("Link", named).bare(),
        _ => whole.clone(),
    });
    let get = stage.get("/x");
    for _ in 0..2 {
        asks(stage, &get, &[named])?;
    }
    let sheet = format!("<{PUBLIC}/a.css>; rel=preload; as=style");
    let hero = format!("<{PUBLIC}/hero.jpg>; rel=preload; as=image; fetchpriority=high");
    let font = "<f.woff2>; rel=preload; as=font; crossorigin";
    let links = [named, &sheet, font, &hero];
    asks(stage, &get, &links)?;
    // The query makes no other page, and a path does.
    asks(stage, &stage.get("/x?page=2"), &links)?;
    asks(stage, &stage.get("/y"), &[named])?;
    asks(stage, &stage.request("HEAD", "/x"), &links)
}

fn differing(stage: &Stage) -> Verdict {
    // A platform may ask twice, so that the requests are not counted: they say their numbers.
    stage.script(|request| {
        let number = request.target.split(|&byte| byte == b'?').nth(1);
        let number = number.map(String::from_utf8_lossy).unwrap_or_default();
        let number: usize = number.parse().unwrap_or_default();
        let signed = format!("<link rel=stylesheet href=/a.css?signed={number}>");
        match number {
            3.. => page("<link rel=stylesheet href=/t.css>"),
            _ => page(&format!("{signed}{SHEET}")),
        }
    });
    let links = [&[][..], &[], &[SHEET_LINK], &[SHEET_LINK]];
    let links = links
        .into_iter()
        .chain([&[][..], &["</t.css>; rel=preload; as=style"]]);
    for (number, links) in links.enumerate() {
        asks(stage, &stage.get(&format!("/x?{number}")), links)?;
    }
    Ok(())
}

fn personal(stage: &Stage) -> Verdict {
    let of = |control| with("Cache-Control", control, SHEET);
    let get = stage.get("/x");
    stage.always(of("max-age=0"));
    for _ in 0..3 {
        asks(stage, &get.clone().field("Cookie", "session=1"), &[])?;
    }
    stage.always(of("private"));
    for _ in 0..3 {
        asks(stage, &get, &[])?;
    }
    stage.always(of("public"));
    for links in [&[][..], &[], &[SHEET_LINK]] {
        asks(stage, &get.clone().field("Cookie", "session=1"), links)?;
    }
    Ok(())
}

fn broken(stage: &Stage) -> Verdict {
    let get = stage.get("/x");
    for _ in 0..3 {
        let part = answer(200)
            .html()
            .chunked()
            .chunk(format!("<head>{SHEET}</head><p>"));
        let play = stage.always(part.wait(1).close());
        let mut response = stage.send(&get)?;
        let sheet = |start: &[u8]| crate::fields::contains(start, b"<p>");
        response.read_until("the start", |response| sheet(&response.decoded_start()))?;
        play.open(1);
        response.read_to_end()?;
    }
    stage.always(page(SHEET));
    for links in [&[][..], &[], &[SHEET_LINK]] {
        asks(stage, &get, links)?;
    }
    Ok(())
}
