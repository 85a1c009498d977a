//! What holds for every stream, every page, and every way to cut them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::reader::{Row, json, page, rows};
use super::{COMPONENT, HTML, LIMIT, PUBLICS, public, show, stream, urls};

const FRAGMENTS: [&str; 26] = [
    "https://origin.example.com/",
    "http://origin.example.com",
    "//origin.example.com/a",
    "origin.example.com/",
    "https:\\/\\/origin.example.com\\/",
    "https%3A%2F%2Forigin.example.com",
    "https://elsewhere.test/",
    "https://",
    "origin",
    "h",
    "\\",
    "\"",
    "<b>",
    "</script>",
    "&amp;",
    "é",
    "漢字",
    "😀",
    "\u{2028}",
    "\t",
    "\0",
    " ",
    "1:T5,",
    ",",
    "self.__next_f.push([1,\"",
    "x",
];

fn content() -> impl Strategy<Value = String> {
    vec(select(&FRAGMENTS[..]), 0..8).prop_map(|fragments| fragments.concat())
}

/// Returns a row as React writes it.
fn row() -> impl Strategy<Value = Vec<u8>> {
    let counted = |tag: &str, content: &[u8]| {
        [format!("a:{tag}{:x},", content.len()).as_bytes(), content].concat()
    };
    prop_oneof![
        3 => content().prop_map(move |text| counted("T", (text + "\n//").as_bytes())),
        3 => content().prop_map(|line| format!("2:\"{line}\"\n").into_bytes()),
        1 => content().prop_map(|line| format!(":HL[\"{line}\"]\n").into_bytes()),
        1 => content().prop_map(move |text| counted("o", text.as_bytes())),
    ]
}

/// Returns a row that is no text.
fn binary() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..9)
        .prop_map(|bytes| [format!("b:g{:x},", bytes.len()).as_bytes(), &bytes].concat())
}

fn hosts() -> impl Strategy<Value = &'static str> {
    select(&PUBLICS[..])
}

/// Returns the pieces that bytes fall into.
pub(super) fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|ends| &bytes[ends[0]..ends[1]])
        .collect()
}

/// Returns a page that pushes a stream in pieces, as Next.js does.
fn pushing(pieces: &[&[u8]]) -> String {
    let mut page =
        "<a href='https://origin.example.com'>漢<script>self.__next_f.push([0])</script>"
            .to_owned();
    for piece in pieces {
        page += &match std::str::from_utf8(piece) {
            Ok(text) => format!(
                "<script>self.__next_f.push([1,\"{}\"])</script>",
                json(text)
            ),
            Err(_) => format!(
                "<script>self.__next_f.push([3,\"{}\"])</script>",
                base64(piece)
            ),
        };
    }
    page + "</html>"
}

/// A page that pushes a stream in pieces, as `rsc-html-stream` does.
fn pushing_data(pieces: &[&[u8]]) -> String {
    let script = |push: String| format!("<script>(self.__FLIGHT_DATA||=[]).push({push})</script>");
    let push = |piece: &&[u8]| match std::str::from_utf8(piece) {
        Ok(text) => {
            let json = serde_json::to_string(text).expect("a string");
            let json = json.replace("<!--", "<\\!--");
            json.replace("</script", "</\\script")
        }
        Err(_) => {
            let base64 = base64(piece);
            format!("Uint8Array.from(atob(\"{base64}\"), m => m.codePointAt(0))")
        }
    };
    pieces.iter().map(push).map(script).collect()
}

/// The text that a page pushes as `rsc-html-stream` does, in strings alone.
fn data(page: &str) -> String {
    let calls = page.split("(self.__FLIGHT_DATA||=[]).push(").skip(1);
    let text = |call: &str| {
        let json = call.split(")</script>").next().expect("a call");
        let json = json
            .replace("<\\!--", "<!--")
            .replace("</\\script", "</script");
        serde_json::from_str::<String>(&json).expect("a string")
    };
    calls.map(text).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | usize::from(*three.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * at) & 63]);
            text.push(if at > three.len() { '=' } else { digit });
        }
    }
    text
}

/// Rows whose text is mapped in some spelling.
fn expected(stream: &[u8], map: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Row> {
    let one = |(tag, content): Row| {
        let mapped = if tag.ends_with('o') {
            content
        } else {
            map(content)
        };
        (tag, mapped)
    };
    rows(stream).into_iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_component_has_mapped_rows_of_true_lengths(
        all in vec(prop_oneof![4 => row(), 1 => binary()], 0..6), host in hosts(), cuts in vec(any::<Index>(), 0..6)
    ) {
        let body = all.concat();
        let whole = stream(COMPONENT, host, LIMIT, [&body[..]]);
        let map = |content: Vec<u8>| urls().map_bytes(&public(host), &content).into_owned();
        let binary = |rows: Vec<Row>| rows.into_iter().filter(|(tag, _)| tag.ends_with('g')).collect::<Vec<_>>();
        prop_assert_eq!(binary(rows(&whole)), binary(rows(&body)));
        let text = |rows: Vec<Row>| rows.into_iter().filter(|(tag, _)| !tag.ends_with('g')).collect::<Vec<_>>();
        prop_assert_eq!(text(rows(&whole)), text(expected(&body, map)));
        prop_assert_eq!(&stream(COMPONENT, host, LIMIT, body.chunks(1)), &whole);
        prop_assert_eq!(&stream(COMPONENT, host, LIMIT, pieces(&body, &cuts)), &whole);
    }

    #[test]
    fn a_page_has_mapped_rows_of_true_lengths(
        all in vec(row(), 0..6), host in hosts(), pushes in vec(any::<Index>(), 0..8), cuts in vec(any::<Index>(), 0..6)
    ) {
        let body = String::from_utf8(all.concat()).unwrap();
        let pushes: Vec<Index> = pushes.into_iter().filter(|cut| body.is_char_boundary(cut.index(body.len() + 1))).collect();
        let html = pushing(&pieces(body.as_bytes(), &pushes));
        let whole = stream(HTML, host, LIMIT, [html.as_bytes()]);
        let map = |content: Vec<u8>| {
            let spelled = json(&String::from_utf8(content).unwrap());
            let mapped = String::from_utf8(urls().map_bytes(&public(host), spelled.as_bytes()).into_owned()).unwrap();
            serde_json::from_str::<String>(&format!("\"{mapped}\"")).unwrap().into_bytes()
        };
        let (got, outside) = page(&show(&whole));
        prop_assert_eq!(rows(&got), expected(body.as_bytes(), map));
        prop_assert_eq!(outside, page(&html).1.replace("origin.example.com", host));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, html.as_bytes().chunks(1))), show(&whole));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, pieces(html.as_bytes(), &cuts))), show(&whole));
    }

    #[test]
    fn a_page_of_data_has_mapped_rows_of_true_lengths(
        all in vec(row(), 0..6), host in hosts(), pushes in vec(any::<Index>(), 0..8), cuts in vec(any::<Index>(), 0..6)
    ) {
        let body = String::from_utf8(all.concat()).unwrap();
        let pushes: Vec<Index> = pushes.into_iter().filter(|cut| body.is_char_boundary(cut.index(body.len() + 1))).collect();
        let html = pushing_data(&pieces(body.as_bytes(), &pushes));
        let whole = stream(HTML, host, LIMIT, [html.as_bytes()]);
        let alike = |content: Vec<u8>| show(&content).replace("origin.example.com", host).replace("http://", "https://").into_bytes();
        let alike = |rows: Vec<Row>| rows.into_iter().map(|(tag, content)| (tag, alike(content))).collect::<Vec<_>>();
        prop_assert_eq!(alike(rows(data(&show(&whole)).as_bytes())), alike(rows(body.as_bytes())));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, html.as_bytes().chunks(1))), show(&whole));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, pieces(html.as_bytes(), &cuts))), show(&whole));
    }

    #[test]
    fn a_page_with_binary_pushes_stays_readable(
        all in vec(prop_oneof![2 => row(), 1 => binary()], 0..6), host in hosts(),
        pushes in vec(any::<Index>(), 0..8), cuts in vec(any::<Index>(), 0..6)
    ) {
        let body = all.concat();
        let html = pushing(&pieces(&body, &pushes));
        let whole = stream(HTML, host, LIMIT, [html.as_bytes()]);
        let alike = |content: Vec<u8>| show(&content).replace("origin.example.com", host).replace("http://", "https://").into_bytes();
        let alike = |rows: Vec<Row>| rows.into_iter().map(|(tag, content)| (tag, alike(content))).collect::<Vec<_>>();
        let (got, _) = page(&show(&whole));
        prop_assert_eq!(alike(rows(&got)), alike(rows(&body)));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, html.as_bytes().chunks(1))), show(&whole));
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, pieces(html.as_bytes(), &cuts))), show(&whole));
    }

    #[test]
    fn any_bytes_come_out_the_same_however_they_are_cut(
        all in vec(prop_oneof![row(), binary(), content().prop_map(String::into_bytes), vec(any::<u8>(), 0..4)], 0..8),
        kind in select(vec![COMPONENT, HTML]), limit in 0..80_usize, cuts in vec(any::<Index>(), 0..6)
    ) {
        let mut body = all.concat();
        if kind == HTML {
            let calls = b"\"])</script><script>__next_f.push([3,\"";
            body = body.split(|&byte| byte == b'x').collect::<Vec<_>>().join(&calls[..]);
            let calls = b"\")</script><script>__FLIGHT_DATA.push(\"";
            body = body.split(|&byte| byte == b'h').collect::<Vec<_>>().join(&calls[..]);
        }
        let whole = stream(kind, "w.example", limit, [&body[..]]);
        prop_assert_eq!(show(&stream(kind, "w.example", limit, body.chunks(1))), show(&whole));
        prop_assert_eq!(show(&stream(kind, "w.example", limit, pieces(&body, &cuts))), show(&whole));
    }

    #[test]
    fn what_has_no_url_of_the_origin_stays(all in vec(prop_oneof![row(), binary(), vec(any::<u8>(), 0..4)], 0..8)) {
        let body = String::from_utf8_lossy(&all.concat()).replace("origin", "o").into_bytes();
        prop_assert_eq!(show(&stream(COMPONENT, "w.example", LIMIT, body.chunks(7))), show(&body));
    }

    #[test]
    fn a_page_without_calls_is_mapped_as_any_text(all in vec(content(), 0..20), host in hosts()) {
        let body = all.concat().replace("push", "pull");
        let expected = urls().map_bytes(&public(host), body.as_bytes()).into_owned();
        prop_assert_eq!(show(&stream(HTML, host, LIMIT, body.as_bytes().chunks(13))), show(&expected));
    }
}
