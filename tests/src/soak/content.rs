//! The bodies of a soak: what the origin has, what the client must get, and their hashes. What the
//! gate must make of a body is computed naively, by replacing text in the whole of it.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

use super::exchange::{Exchange, Kind, PUBLIC};
use crate::dice::Dice;

/// What the rules of the configuration insert into every page: behind which text, and what.
pub(super) const AT_THE_START: (&str, &str) = ("<head>", r#"<script src="/_sg/tag.js"></script>"#);
/// The same before the end of the body.
pub(super) const AT_THE_END: (&str, &str) = ("</body>", "<!--end-->");

/// Returns the representation that the origin has, without a coding. `base` is the URL of the
/// origin, without a path.
pub(super) fn original(exchange: &Exchange, base: &str) -> Vec<u8> {
    let mut dice = exchange.dice(4);
    let length = exchange.length();
    match exchange.kind {
        Kind::Page | Kind::NotFound | Kind::Revalidated | Kind::HeadOfPage => {
            page(&mut dice, length, base).into_bytes()
        }
        Kind::Style => style(&mut dice, length, base).into_bytes(),
        Kind::Data => data(&mut dice, length, base).into_bytes(),
        Kind::SentBack => data(&mut dice, length, PUBLIC).into_bytes(),
        Kind::Empty | Kind::Redirect => Vec::new(),
        _ => {
            // A URL of the origin within an image is no URL, and stays.
            let mut noise = dice.noise(length / 2);
            noise.extend(format!("{base}/a.png").bytes());
            noise.extend(dice.noise(length / 2));
            noise
        }
    }
}

/// Returns what the client must get of a representation, without a coding.
pub(super) fn expected(exchange: &Exchange, base: &str) -> Vec<u8> {
    let body = original(exchange, base);
    if !exchange.kind.is_rewritten() {
        return body;
    }
    let body = mapped(&body, base, PUBLIC);
    if matches!(exchange.kind, Kind::Style | Kind::Data) {
        return body;
    }
    let (head, tag) = AT_THE_START;
    let (end, comment) = AT_THE_END;
    let body = replaced(&body, head, &format!("{head}{tag}"));
    replaced(&body, end, &format!("{comment}{end}"))
}

/// Returns what the origin must get of the body of a request.
pub(super) fn sent_back(exchange: &Exchange, base: &str) -> Vec<u8> {
    let body = original(exchange, base);
    match exchange.kind {
        Kind::SentBack => mapped(&body, PUBLIC, base),
        _ => body,
    }
}

/// Returns what the origin says about the body of a request that it got.
pub(super) fn receipt(body: &[u8]) -> String {
    format!("{:016x} of {} bytes\n", hash(body), body.len())
}

/// Returns a hash of some bytes.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Replaces one URL without a path by another, in the three spellings that the bodies have.
fn mapped(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    SPELLINGS.iter().fold(body.to_vec(), |body, spelling| {
        replaced(&body, &spelling(from), &spelling(to))
    })
}

/// The spellings of URLs: plain, in a string of JSON, and in a query.
const SPELLINGS: [fn(&str) -> String; 3] = [
    str::to_owned,
    |url| url.replace('/', "\\/"),
    |url| url.replace(':', "%3A").replace('/', "%2F"),
];

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    // All bodies that are rewritten are text.
    String::from_utf8_lossy(body).replace(from, to).into_bytes()
}

const WORDS: [&str; 12] = [
    "harbour",
    "tide",
    "lighthouse",
    "quay",
    "größer",
    "regatta",
    "fog",
    "漁",
    "rope",
    "keel",
    "a",
    "of",
];

/// Returns some words.
fn words(dice: &mut Dice) -> String {
    let count = 1 + dice.below(12);
    let words: Vec<_> = (0..count).map(|_| *dice.one_of(&WORDS)).collect();
    words.join(" ")
}

fn page(dice: &mut Dice, length: usize, base: &str) -> String {
    let [plain, json, query] = SPELLINGS.map(|spelling| spelling(base));
    let mut page = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"{plain}/s.css\"></head><body>\n",
        words(dice)
    );
    while page.len() < length {
        let (number, words) = (dice.below(10_000), words(dice));
        let _ = match dice.below(7) {
            0 => writeln!(
                page,
                "<p>{words} <a href=\"{plain}/p/{number}\">{words}</a></p>"
            ),
            1 => writeln!(page, "<img src='{plain}/i/{number}.png' alt='{words}'>"),
            2 => writeln!(
                page,
                "<script>go({{\"at\":\"{json}\\/p\\/{number}\"}});</script>"
            ),
            3 => writeln!(
                page,
                "<a href=\"/share?u={query}%2Fp%2F{number}\">{words}</a>"
            ),
            4 => writeln!(page, "<!-- {plain}/c/{number} --><div>{words}</div>"),
            5 => writeln!(
                page,
                "<a href=\"https://other.example.org/{number}\">{words}</a>"
            ),
            _ => writeln!(page, "<p class=\"c{number}\">{words}</p>"),
        };
    }
    page.push_str("</body></html>\n");
    page
}

fn style(dice: &mut Dice, length: usize, base: &str) -> String {
    let mut style = format!("@import url(\"{base}/base.css\");\n");
    while style.len() < length {
        let number = dice.below(10_000);
        let _ = match dice.below(3) {
            0 => writeln!(style, ".a{number}{{background:url({base}/i/{number}.png)}}"),
            1 => writeln!(style, ".b{number}{{cursor:url('{base}/c.cur'),auto}}"),
            _ => writeln!(style, ".c{number}{{margin:{number}px 0;color:#123}}"),
        };
    }
    style
}

fn data(dice: &mut Dice, length: usize, base: &str) -> String {
    let [plain, json, query] = SPELLINGS.map(|spelling| spelling(base));
    let mut data = "[".to_owned();
    while data.len() < length {
        let (number, words) = (dice.below(10_000), words(dice));
        let _ = writeln!(
            data,
            "{{\"id\":{number},\"url\":\"{json}\\/p\\/{number}\",\"image\":\"{plain}/i.png\",\
             \"share\":\"/share?u={query}%2Fp\",\"text\":\"{words}\"}},"
        );
    }
    data.push_str("null]\n");
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Runtime;
    use crate::fields::contains;

    const BASE: &str = "http://127.0.0.1:4711";

    #[test]
    fn every_body_is_made_anew_and_no_two_are_the_same() {
        let bodies: Vec<_> = (0..200)
            .map(|seed| Exchange::new(seed, Runtime::Native))
            .filter(|exchange| !matches!(exchange.kind, Kind::Empty | Kind::Redirect))
            .map(|exchange| {
                let body = original(&exchange, BASE);
                assert_eq!(body, original(&exchange, BASE));
                body
            })
            .collect();
        for (at, body) in bodies.iter().enumerate() {
            assert!(!bodies[..at].contains(body), "{at}");
        }
    }

    #[test]
    fn a_body_that_is_rewritten_names_the_origin_in_each_spelling_and_then_no_more() {
        for seed in 0..400 {
            let exchange = Exchange::new(seed, Runtime::Native);
            let body = expected(&exchange, BASE);
            let names_origin = contains(&body, b"127.0.0.1");
            if exchange.kind.is_rewritten() {
                assert!(!names_origin, "{exchange:?}");
            } else if exchange.kind == Kind::Image {
                assert!(names_origin && body == original(&exchange, BASE));
            }
            if exchange.kind == Kind::Data {
                let original = original(&exchange, BASE);
                for spelling in SPELLINGS {
                    assert!(contains(&original, spelling(BASE).as_bytes()));
                    assert!(contains(&body, spelling(PUBLIC).as_bytes()));
                }
            }
        }
    }
}
