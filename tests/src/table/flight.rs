//! React server components: text rows, whose length in bytes stays true, in a body of their own and
//! in the pages of Next.js.

use std::fmt::Write;

use super::fixture::fill;
use crate::codings::encode;
use crate::failure::{Verdict, ensure};
use crate::fields::contains;
use crate::origin::{Answer, Head, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, SMALL_LIMIT, Setup};
use crate::stage::Stage;

/// A text as React writes it in a row of its own, with characters of one to four bytes.
const TEXT: &str = "Größe 漢字 😀: {o}/a?b=1 und {o} \"x\"\n<b>{o}/ende</b>";

/// Makes a text row that points at a scheme and host.
fn text_row(id: &str, text: &str, host: &str) -> Vec<u8> {
    let text = fill(text, host);
    [format!("{id}:T{:x},", text.len()).as_bytes(), &text].concat()
}

/// Makes a stream with hints, lines and texts that points at a scheme and host.
fn stream(host: &str) -> Vec<u8> {
    let lines = "0:{\"tree\":[\"$\",\"a\",null,{\"href\":\"{o}/b\",\"children\":\"$1\"}],\
        \"text\":\"$a\"}\n";
    [
        fill(
            ":HL[\"{o}/style.css\",\"style\"]\n:N1795543226339.3\n",
            host,
        ),
        text_row("1", TEXT, host),
        fill(lines, host),
        text_row("a", &TEXT.repeat(40), host),
        text_row("b", "no URL at all", host),
    ]
    .concat()
}

fn component() -> Head {
    answer(200).of_type("text/x-component")
}

/// Escapes text as Next.js does inside a JSON string in a script.
fn json(text: &[u8]) -> String {
    let mut json = String::new();
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '<' | '>' | '&' => {
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json
}

/// Makes a page that calls `push` with these arguments and points at a scheme and host.
fn page(host: &str, calls: &[String]) -> Vec<u8> {
    let mut page = "<!DOCTYPE html><html><head><link rel=stylesheet href={o}/s.css></head><body>\
        <a href=\"{o}/x\">漢</a><script>(self.__next_f=self.__next_f||[]).push([0])</script>"
        .replace("{o}", host);
    for call in calls {
        let _ = write!(page, "<script>self.__next_f.push([{call}])</script>");
    }
    (page + "<!-- " + host + "/ --></body></html>").into_bytes()
}

/// Makes a page whose rows are in calls of `rsc-html-stream`, which escapes as little as it can.
fn data_page(host: &str) -> Vec<u8> {
    let stream = stream(host);
    let rows = String::from_utf8_lossy(&stream);
    let json = rows
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!(
        "<!DOCTYPE html><html><body><a href=\"{host}/x\">漢</a>\
         <script>(self.__FLIGHT_DATA||=[]).push(\"{json}\")</script></body></html>"
    )
    .into_bytes()
}

/// Makes each call of a page make the array that it pushes to.
fn assigning(page: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page);
    let callee = "(self.__next_f=self.__next_f||[]).push([1,";
    page.replace("self.__next_f.push([1,", callee).into_bytes()
}

/// Makes a call that pushes text.
fn push(text: &[u8]) -> String {
    format!("1,\"{}\"", json(text))
}

/// Makes a scenario in which one body is mapped to another.
fn mapped(
    id: &str,
    answer: impl Fn() -> Answer + Send + Sync + 'static,
    expected: impl Fn() -> Vec<u8> + Send + Sync + 'static,
) -> Scenario {
    exchange(
        id,
        Setup::Map,
        move |_| answer(),
        |get| get.field("Accept-Encoding", "gzip, br"),
        move |_, response, _| {
            response.has_status(200)?.decided("stream", 12)?;
            response.has_decoded(expected())?;
            Ok(())
        },
    )
}

/// A typed array whose bytes look like rows and URLs.
fn typed_array() -> Vec<u8> {
    let bytes = b"\0\xff\xfe\n1:T5,https://origin.example.com/\n2:\"https://origin.example.com/\"";
    [format!("c:o{:x},", bytes.len()).as_bytes(), bytes].concat()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = components();
    all.extend(pages());
    all
}

fn components() -> Vec<Scenario> {
    vec![
        mapped(
            "react-text-rows-that-shrink-get-their-new-length",
            || component().body(stream(ALIAS)),
            || stream(PUBLIC),
        ),
        scenario(
            "react-text-rows-that-grow-get-their-new-length",
            Setup::Map,
            |stage| {
                let origin = stage.origin.url();
                ensure!(
                    origin.len() < PUBLIC.len(),
                    "{origin} is not the shorter one"
                );
                stage.always(component().body(stream(&origin)));
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(stream(PUBLIC))?;
                Ok(())
            },
        ),
        mapped(
            "react-text-rows-cut-at-every-byte-get-their-new-length",
            || component().chunks(stream(ALIAS).chunks(1)),
            || stream(PUBLIC),
        ),
        mapped(
            "react-text-rows-in-gzip-get-their-new-length",
            || {
                let body = encode("gzip", &stream(ALIAS));
                component()
                    .field("Content-Encoding", "gzip")
                    .chunks(body.chunks(100))
            },
            || stream(PUBLIC),
        ),
        mapped(
            "react-typed-arrays-are-untouched",
            || component().body([stream(ALIAS), typed_array(), stream(ALIAS)].concat()),
            || [stream(PUBLIC), typed_array(), stream(PUBLIC)].concat(),
        ),
        mapped(
            "react-text-rows-without-urls-of-the-origin-stay",
            || component().body(stream("https://elsewhere.example")),
            || stream("https://elsewhere.example"),
        ),
        exchange(
            "a-react-text-row-over-the-buffer-limit-keeps-text-and-length",
            Setup::Tight,
            |_| component().body([text_row("1", &long(), ALIAS), stream(ALIAS)].concat()),
            |get| get,
            |_, response, _| {
                let expected = [text_row("1", &long(), ALIAS), stream(PUBLIC)].concat();
                response.has_status(200)?.has_decoded(expected)?;
                Ok(())
            },
        ),
        mapped(
            "a-body-that-only-claims-to-be-a-react-component-is-mapped-as-text",
            || component().body(fill("<p>T1b,{o}/</p>\n1:T1b,{o}/", ALIAS)),
            || fill("<p>T1b,{o}/</p>\n1:T1b,{o}/", PUBLIC),
        ),
        scenario(
            "react-rows-arrive-before-the-origin-continues",
            Setup::Map,
            |stage| {
                let last = fill("f:\"{o}/last\"\n", ALIAS);
                let whole = [stream(PUBLIC), fill("f:\"{o}/last\"\n", PUBLIC)].concat();
                let sent = component()
                    .chunked()
                    .chunk(stream(ALIAS))
                    .wait(1)
                    .chunk(last)
                    .last_chunk();
                arrives(stage, sent, &stream(PUBLIC), &whole)
            },
        ),
    ]
}

fn pages() -> Vec<Scenario> {
    vec![
        mapped(
            "react-rows-in-a-next-page-get-their-new-length",
            || {
                answer(200)
                    .html()
                    .chunks(page(ALIAS, &[push(&stream(ALIAS))]).chunks(1))
            },
            || page(PUBLIC, &[push(&stream(PUBLIC))]),
        ),
        // Bytes that are held move into the push that decides them; the client joins the pushes.
        mapped(
            "a-react-text-row-across-pushes-gets-its-new-length",
            || {
                let row = text_row("1", TEXT, ALIAS);
                let calls = [&row[..3], &row[3..30], &row[30..], b"2:\"$1\"\n"].map(push);
                answer(200).html().body(page(ALIAS, &calls))
            },
            || {
                let calls = [b"", b"", &text_row("1", TEXT, PUBLIC)[..], b"2:\"$1\"\n"].map(push);
                page(PUBLIC, &calls)
            },
        ),
        mapped(
            "a-url-across-react-pushes-is-mapped",
            || {
                let calls =
                    ["0:\"https://orig", "in.example.com/a\"\n"].map(|text| push(text.as_bytes()));
                answer(200).html().chunks(page(ALIAS, &calls).chunks(7))
            },
            || {
                page(
                    PUBLIC,
                    &["0:\"", "https://www.example.com/a\"\n"].map(|text| push(text.as_bytes())),
                )
            },
        ),
        mapped(
            "react-pushes-of-binary-data-are-untouched-and-do-not-end-the-mapping",
            || {
                // This is `c:o4,` and the bytes ff 0a fe 3a.
                let calls = [
                    push(b"1:1\n"),
                    "3,\"YzpvNCz/Cv46\"".into(),
                    push(&stream(ALIAS)),
                ];
                answer(200).html().body(page(ALIAS, &calls))
            },
            || {
                page(
                    PUBLIC,
                    &[
                        push(b"1:1\n"),
                        "3,\"YzpvNCz/Cv46\"".into(),
                        push(&stream(PUBLIC)),
                    ],
                )
            },
        ),
        mapped(
            "other-calls-in-a-next-page-are-mapped-as-text",
            || {
                answer(200).html().body(page(
                    ALIAS,
                    &[format!("2,{{\"url\":\"{ALIAS}/\"}}"), push(b"1:1\n")],
                ))
            },
            || {
                page(
                    PUBLIC,
                    &[format!("2,{{\"url\":\"{PUBLIC}/\"}}"), push(b"1:1\n")],
                )
            },
        ),
        mapped(
            "react-rows-in-a-page-of-rsc-html-stream-get-their-new-length",
            || answer(200).html().chunks(data_page(ALIAS).chunks(7)),
            || data_page(PUBLIC),
        ),
        mapped(
            "react-rows-in-a-call-that-makes-its-array-get-their-new-length",
            || {
                let body = assigning(&page(ALIAS, &[push(&stream(ALIAS))]));
                answer(200).html().body(body)
            },
            || assigning(&page(PUBLIC, &[push(&stream(PUBLIC))])),
        ),
        mapped(
            "react-rows-that-cannot-be-followed-stay-whole",
            || {
                let calls = [push(b"0:1\n?"), push(&text_row("1", TEXT, ALIAS))];
                answer(200).html().body(page(ALIAS, &calls))
            },
            || {
                let calls = [push(b"0:1\n?"), push(&text_row("1", TEXT, ALIAS))];
                page(PUBLIC, &calls)
            },
        ),
        // Text that people write to a page must not get into its scripts.
        mapped(
            "text-outside-scripts-that-looks-like-a-react-push-is-mapped-as-text",
            || answer(200).html().chunks(comments(ALIAS).chunks(11)),
            || comments(PUBLIC),
        ),
        scenario(
            "react-pushes-arrive-before-the-origin-continues",
            Setup::Map,
            |stage| {
                let calls =
                    |host: &str| [push(&stream(host)), push(&fill("f:\"{o}/last\"\n", host))];
                let (sent, whole) = (page(ALIAS, &calls(ALIAS)), page(PUBLIC, &calls(PUBLIC)));
                let first = page(ALIAS, &calls(ALIAS)[..1]).len() - END.len() - ALIAS.len();
                let visible = page(PUBLIC, &calls(PUBLIC)[..1]).len() - END.len() - PUBLIC.len();
                let (first, last) = sent.split_at(first);
                let sent = answer(200)
                    .html()
                    .chunked()
                    .chunk(first)
                    .wait(1)
                    .chunk(last)
                    .last_chunk();
                arrives(stage, sent, &whole[..visible], &whole)
            },
        ),
    ]
}

/// Makes a page with unfinished rows in text that people wrote, before and after its own rows.
fn comments(host: &str) -> Vec<u8> {
    let call = format!("self.__next_f.push([1,\"1a:T400,{host}/\"])");
    let written = format!(
        "<p>{call}</p><!-- {call} --><textarea>{call}</textarea><p title='<script>{call}</script>'>\
         <script type=application/json>{call}</script>"
    );
    [
        written.as_bytes(),
        &page(host, &[push(&text_row("1", "no URL at all", host))]),
        written.as_bytes(),
    ]
    .concat()
}

/// The end of [`page`], without the host.
const END: &str = "<!-- / --></body></html>";

/// Makes a text that is over the buffer limit.
fn long() -> String {
    TEXT.repeat(SMALL_LIMIT / TEXT.len() + 1)
}

/// Checks that `visible` arrives before gate 1 of the answer opens, and `whole` afterwards.
fn arrives(stage: &Stage, sent: Answer, visible: &[u8], whole: &[u8]) -> Verdict {
    let play = stage.always(sent);
    let mut response = stage.send(&stage.get("/x").field("Accept-Encoding", "identity"))?;
    response.read_until("the first rows", |response| {
        contains(&response.decoded_start(), visible)
    })?;
    play.open(1);
    response.read_to_end()?;
    response.has_status(200)?.has_decoded(whole)?;
    Ok(())
}
