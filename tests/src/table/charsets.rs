//! Charsets: which one a page is in, and that the page stays in it.

use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;

/// The page's URL, which the gate maps.
const SENT: &[u8] = b"<a href='https://origin.example.com/a'>";
const MAPPED: &[u8] = b"<a href='https://www.example.com/a'>";

/// A page whose body is implied after this start: `<nav>é漢</nav>` is inserted there.
struct Page {
    id: &'static str,
    media_type: &'static str,
    start: &'static [u8],
    /// The inserted markup, in the charset of the page.
    inserted: &'static [u8],
    /// Text in the charset of the page.
    text: &'static [u8],
}

const PAGES: &[Page] = &[
    Page {
        id: "a-shift-jis-page-gets-markup-in-shift-jis",
        media_type: "text/html; charset=Shift_JIS",
        start: b"<title>\x8A\xBF\x83\x5C</title>",
        inserted: b"<nav>&#233;\x8A\xBF</nav>",
        text: b"\x83\x5C\x83\x41",
    },
    Page {
        id: "a-charset-in-a-meta-element-counts",
        media_type: "text/html",
        start: b"<!doctype html><!-- <meta charset=big5> --><meta charset=\"windows-1252\">",
        inserted: b"<nav>\xE9&#28450;</nav>",
        text: b"caf\xE9 \x80",
    },
    Page {
        id: "a-charset-in-a-meta-pragma-counts",
        media_type: "text/html",
        start: b"<meta content='text/html; charset=GB2312' http-equiv='Content-Type'>",
        inserted: b"<nav>\xA8\xA6\x9D\x68</nav>",
        text: b"\xD6\xD0\xCE\xC4",
    },
    Page {
        id: "the-charset-of-the-content-type-overrides-a-meta-element",
        media_type: "text/html; charset=Big5",
        start: b"<meta charset=utf-8>",
        inserted: b"<nav>&#233;\xBA\x7E</nav>",
        text: b"\xA4\xA4\xA4\xE5",
    },
    Page {
        id: "a-byte-order-mark-overrides-the-charset-of-the-content-type",
        media_type: "text/html; charset=windows-1252",
        start: b"\xEF\xBB\xBF<meta charset=gbk>",
        inserted: b"<nav>\xC3\xA9\xE6\xBC\xA2</nav>",
        text: b"\xC3\xA9",
    },
    Page {
        id: "the-last-of-several-types-in-one-field-counts",
        media_type: "text/html, text/html; charset=utf-8",
        start: b"<title>t</title>",
        inserted: b"<nav>\xC3\xA9\xE6\xBC\xA2</nav>",
        text: b"\xC3\xA9",
    },
    Page {
        id: "a-database-name-for-utf-8-means-utf-8",
        media_type: "text/html; charset='utf8mb4'",
        start: b"<title>t</title>",
        inserted: b"<nav>\xC3\xA9\xE6\xBC\xA2</nav>",
        text: b"\xC3\xA9",
    },
    Page {
        id: "a-page-without-a-charset-gets-character-references",
        media_type: "text/html",
        start: b"<!doctype html><title>t</title>",
        inserted: b"<nav>&#233;&#28450;</nav>",
        text: b"caf\xE9 \xC3\xA9",
    },
];

/// Pages that pass through: id, media type, body.
const PASSING: &[(&str, &str, &[u8])] = &[
    (
        "a-page-with-a-utf-16-byte-order-mark-passes-through",
        "text/html; charset=utf-8",
        b"\xFF\xFE<\0p\0>\0https://origin.example.com/<p>",
    ),
    (
        "a-page-that-declares-iso-2022-jp-passes-through",
        "text/html",
        b"<meta charset=iso-2022-jp><a href='https://origin.example.com/a'>\x1B$B4A;z\x1B(B</a>",
    ),
    (
        "a-feed-that-declares-iso-2022-jp-passes-through",
        "application/rss+xml",
        b"<?xml version='1.0' encoding='ISO-2022-JP'?><rss><link>https://origin.example.com/a</link></rss>",
    ),
];

/// Makes an answer in pieces, the first of which cuts what tells the charset.
fn cut(media_type: &str, body: &[u8]) -> Answer {
    answer(200).of_type(media_type).chunks(body.chunks(17))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let pages = PAGES.iter().map(|page| {
        scenario(page.id, Setup::Markup, move |stage| {
            let sent = [page.start, SENT, page.text].concat();
            stage.always(cut(page.media_type, &sent));
            let response = stage.exchange(&stage.get("/charset"))?;
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has("Content-Type", page.media_type)?
                .has_decoded([page.start, page.inserted, MAPPED, page.text].concat())?;
            Ok(())
        })
    });
    let passing = PASSING.iter().map(|&(id, media_type, body)| {
        scenario(id, Setup::Markup, move |stage| {
            stage.always(cut(media_type, body));
            let response = stage.exchange(&stage.get("/charset"))?;
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has_decoded(body)?;
            Ok(())
        })
    });
    let far = scenario(
        "a-charset-after-the-first-1024-bytes-does-not-count",
        Setup::Markup,
        |stage| {
            let comment = format!("<!--{}-->", "x".repeat(1024)).into_bytes();
            let meta = b"<meta charset=iso-2022-jp>";
            stage.always(cut("text/html", &[&comment, &meta[..], SENT].concat()));
            let response = stage.exchange(&stage.get("/x"))?;
            response
                .has_status(200)?
                .has_decoded([&comment, &meta[..], MAPPED].concat())?;
            Ok(())
        },
    );
    let early = scenario(
        "a-page-that-declares-no-charset-flows-once-its-head-has-ended",
        Setup::Markup,
        |stage| {
            let (first, rest) = ("<!doctype html><title>t</title><p>first", "<p>rest");
            let play = stage.always(
                answer(200)
                    .of_type("text/html")
                    .chunked()
                    .chunk(first)
                    .wait(1)
                    .chunk(rest)
                    .last_chunk(),
            );
            let mut response = stage.send(&stage.get("/x"))?;
            response.read_until("the first paragraph", |response| {
                response.decoded_start().ends_with(b"<p>first")
            })?;
            play.open(1);
            response.read_to_end()?;
            response.has_decoded(format!("{first}{rest}"))?;
            Ok(())
        },
    );
    pages.chain(passing).chain([far, early]).collect()
}
