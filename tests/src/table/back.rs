//! Bodies of requests with URLs that the gate made public: the origin gets its own again.

use std::time::Duration;

use crate::blocks::Blocks;
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure, same_bytes};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{BLOG_HOST, CDN_AT, PUBLIC, Setup};
use crate::stage::Stage;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The default of `map.back_limit`, in bytes.
const LIMIT: usize = 1 << 20;

/// A form with a hidden field, as WordPress has it, and a field with JSON.
const FIELDS: &str = "log=me%40www.example.com&redirect_to={u}%2Fwp-admin%2F&a=%7e+b\
    &state=%7B%22u%22%3A%22{s}%5C%2Fa%22%7D";

/// State as Livewire signs it: JSON in a string of JSON.
const STATE: &str = r#"{"state":"{\"u\":\"{s}\\\/note\"}","mac":"1"}"#;

/// A file beside a field.
const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"next\"\r\n\r\n{u}/a\r\n\
    --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
    Content-Type: text/plain\r\n\r\nhttps://www.example.com/file\r\n--b--\r\n";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "a-form-comes-back-with-the-origins-urls",
            Setup::Map,
            |stage| {
                let public = filled(FIELDS, PUBLIC, &percent_encoded);
                let own = filled(FIELDS, &stage.origin.url(), &percent_encoded);
                arrives(stage, &of_a_page(stage, FORM).body(&public), &own)
            },
        ),
        scenario(
            "signed-state-in-json-comes-back-as-the-origin-signed-it",
            Setup::Map,
            |stage| {
                let public = filled(STATE, PUBLIC, &escaped_twice);
                let own = filled(STATE, &stage.origin.url(), &escaped_twice);
                arrives(stage, &of_a_page(stage, JSON).body(&public), &own)
            },
        ),
        scenario(
            "a-form-in-parts-comes-back-with-the-origins-urls-and-the-same-file",
            Setup::Map,
            |stage| {
                let of_type = "multipart/form-data; boundary=b";
                let public = filled(PARTS, PUBLIC, &str::to_owned);
                let own = filled(PARTS, &stage.origin.url(), &str::to_owned);
                arrives(stage, &of_a_page(stage, of_type).body(&public), &own)
            },
        ),
        scenario(
            "json-in-chunks-comes-back-with-the-origins-urls",
            Setup::Map,
            |stage| {
                let body = |url: &str| Blocks {
                    before: b"[".to_vec(),
                    unit: format!("\"{url}/a\",").into_bytes(),
                    count: 1000,
                    after: b"0]".to_vec(),
                };
                let request = of_a_page(stage, JSON).chunked_body(body(PUBLIC));
                body(&stage.origin.url()).check(&uploaded(stage, &request)?.body)
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected a body of",
            "workerd ends a failed chunked body with a clean last chunk (`~HttpChunkedEntityWriter` \
             in kj/compat/http.c++), so the gate does not change such a body",
        ),
        scenario(
            "a-public-url-below-a-route-comes-back-as-the-routes-origin",
            Setup::Routes,
            |stage| {
                let cdn = stage.origin.other(CDN_AT);
                let public = format!("[\"{PUBLIC}/img/a.png\",\"{PUBLIC}/b\"]");
                let own = format!("[\"http://{cdn}/a.png\",\"{}/b\"]", stage.origin.url());
                let request = of_a_page(stage, JSON).body(public.as_bytes());
                arrives(stage, &request, own.as_bytes())
            },
        ),
        scenario(
            "only-the-values-that-a-route-names-come-back-with-the-origins-urls",
            Setup::Sites,
            |stage| {
                let posts = |text: &str, key: &str| {
                    let posts = format!("[{{\"text\":\"{text}/a\",\"key\":\"{key}/a\"}}]");
                    format!("{{\"posts\":{posts},\"next\":\"{key}/b\"}}").into_bytes()
                };
                let own = stage.origin.url();
                let request = of_a_page(stage, JSON).body(&posts(PUBLIC, PUBLIC));
                arrives(stage, &request, &posts(&own, &own))?;
                let request = request.with("Host", BLOG_HOST);
                arrives(stage, &request, &posts(&own, PUBLIC))
            },
        ),
        scenario("a-body-that-no-page-sends-stays", Setup::Map, |stage| {
            let foreign = ("Origin", "https://elsewhere.test");
            let request = of_a_page(stage, JSON);
            stays(stage, &request.clone().without("Origin"))?;
            stays(stage, &request.with(foreign.0, foreign.1))
        }),
        scenario(
            "a-body-that-is-coded-or-signed-or-a-part-stays",
            Setup::Map,
            |stage| {
                for (name, value) in [
                    ("Content-Encoding", "x-custom"),
                    ("Content-Digest", "sha-256=:eA==:"),
                    ("Content-MD5", "eA=="),
                    ("Signature-Input", "sig=()"),
                    ("Authorization", "AWS4-HMAC-SHA256 Credential=x"),
                    ("X-Amz-Content-Sha256", "x"),
                    ("Content-Range", "bytes 0-9/20"),
                ] {
                    stays(stage, &of_a_page(stage, JSON).field(name, value))?;
                }
                Ok(())
            },
        ),
        scenario("a-body-of-another-type-stays", Setup::Map, |stage| {
            let offset = "application/offset+octet-stream";
            for media_type in ["application/octet-stream", "application/connect+json", offset] {
                stays(stage, &of_a_page(stage, media_type))?;
            }
            Ok(())
        }),
        scenario("a-body-over-the-limit-stays", Setup::Map, |stage| {
            let unit = format!("\"{PUBLIC}/a\",").into_bytes();
            let body = Blocks {
                before: b"[".to_vec(),
                count: LIMIT / unit.len() + 1,
                unit,
                after: b"0]".to_vec(),
            };
            let request = of_a_page(stage, JSON).length_body(body.clone());
            body.check(&uploaded(stage, &request)?.body)
        }),
        scenario(
            "bodies-stay-if-the-configuration-says-so",
            Setup::Scripts,
            |stage| stays(stage, &of_a_page(stage, JSON)),
        ),
        scenario(
            "an-origin-that-is-told-the-public-host-gets-bodies-as-they-came",
            Setup::Forwarded,
            |stage| stays(stage, &of_a_page(stage, JSON)),
        ),
        scenario(
            "a-body-that-comes-back-cut-short-is-incomplete-at-the-origin",
            Setup::Map,
            |stage| cut_short(stage, "Content-Length", "1000", &str::to_owned),
        ),
        scenario(
            "a-body-that-comes-back-in-chunks-and-cut-short-is-incomplete-at-the-origin",
            Setup::Map,
            |stage| {
                let in_chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
                cut_short(stage, "Transfer-Encoding", "chunked", &in_chunk)
            },
        ),
    ]
}

/// Makes a request that a page of the site sends, with a body of a type.
fn of_a_page(stage: &Stage, media_type: &str) -> Request {
    let request = stage.request("POST", "/x").field("Origin", PUBLIC);
    request.field("Content-Type", media_type)
}

/// Fills a URL into a body: as a whole, and in the escaping of a string.
fn filled(body: &str, url: &str, escape: &dyn Fn(&str) -> String) -> Vec<u8> {
    let in_string = match body {
        FIELDS => percent_encoded(&url.replace('/', "\\/")),
        _ => escape(url),
    };
    let body = body.replace("{u}", &escape(url)).replace("{s}", &in_string);
    body.into_bytes()
}

fn percent_encoded(text: &str) -> String {
    let text = text.replace(':', "%3A").replace('/', "%2F");
    text.replace('\\', "%5C")
}

fn escaped_twice(text: &str) -> String {
    text.replace('/', r"\\\/")
}

/// Sends a request, and returns what the origin got.
fn uploaded(stage: &Stage, request: &Request) -> Verdict<Received> {
    let play = stage.always(answer(200).of_type("text/plain").body("ok"));
    let response = stage.exchange(request)?;
    response.has_status(200)?.has_decoded("ok")?;
    let got = play.only_request()?;
    ensure!(got.whole, "the origin got a body without its end");
    Ok(got)
}

/// Checks what the origin gets of a body of known length, and that its length is told.
fn arrives(stage: &Stage, request: &Request, expected: &[u8]) -> Verdict {
    let got = uploaded(stage, request)?;
    same_bytes("the request's body", expected, &got.body)?;
    let length = got.fields.text("content-length");
    ensure!(
        length == Some(expected.len().to_string()),
        "the origin got Content-Length {length:?}, and {} bytes",
        expected.len()
    );
    Ok(())
}

/// Checks that the origin gets a body with public URLs as it came.
fn stays(stage: &Stage, request: &Request) -> Verdict {
    let body = format!("[\"{PUBLIC}/a\",\"https:\\/\\/www.example.com\"]");
    arrives(
        stage,
        &request.clone().body(body.as_bytes()),
        body.as_bytes(),
    )
}

/// Checks that the origin sees no request that looks complete if the client breaks off.
fn cut_short(
    stage: &Stage,
    framing: &str,
    value: &str,
    framed: &dyn Fn(&str) -> String,
) -> Verdict {
    let play = stage.always(answer(200).of_type("text/plain").body("ok"));
    let mut connection = stage.connect()?;
    let head = of_a_page(stage, JSON).field(framing, value).head();
    connection.write(&head)?;
    connection.write(framed(&format!("[\"{PUBLIC}/a\",")).as_bytes())?;
    drop(connection);
    std::thread::sleep(Duration::from_millis(300));
    let exchanges = play.exchanges();
    let whole = exchanges.iter().any(|exchange| exchange.request.whole);
    ensure!(!whole, "the origin got a body that looks whole");
    // The gate still works.
    let response = stage.exchange(&stage.get("/y"))?;
    response.has_status(200)?.has_decoded("ok")?;
    Ok(())
}
