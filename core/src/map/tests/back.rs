//! What goes out and comes back is what it was.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{check, origin, public, stream};
use crate::map::{BaseUrl, Origin, UrlMap};

/// Sites: the origins under the names by which they know themselves, and the public URL. Two dots
/// and more, one dot, none; ports; addresses; paths.
fn sites() -> Vec<(Vec<Origin>, BaseUrl)> {
    let of = |url: &str, at: &str, below: &str| {
        let limited = match at {
            "" => Ok(origin(url)),
            at => origin(url).at(at),
        };
        let limited = limited.expect("a path");
        match below {
            "" => limited,
            below => limited.below(below).expect("a path"),
        }
    };
    let main = "https://origin.example.com";
    vec![
        (vec![origin(main)], public("https://www.site.test")),
        (vec![origin(main)], public("https://site.test")),
        (vec![origin(main)], public("http://site.test:8080")),
        (
            vec![origin("http://my.name")],
            public("https://www.site.test"),
        ),
        (
            vec![origin("http://127.0.0.1:8081")],
            public("https://www.site.test"),
        ),
        (vec![origin("http://10.0.0.7")], public("http://site.test")),
        (
            vec![origin("http://localhost:3000")],
            public("https://www.site.test"),
        ),
        (
            vec![
                origin(main),
                of("https://cdn.example.net", "/assets", "/img"),
                of("https://raw.example.net", "", "/img/raw"),
                of("https://api.example.net", "/api", "/api"),
                origin("http://127.0.0.1:8081").to(public("https://blog.site.test")),
            ],
            public("https://site.test"),
        ),
    ]
}

fn maps(origins: &[Origin], public: &BaseUrl) -> (UrlMap, UrlMap) {
    let back = origins.iter().map(|origin| origin.exchanged(public));
    (UrlMap::new(origins.to_vec()), UrlMap::new(back))
}

/// The ways to write a character that are undone exactly. Escapes that end with their digits are
/// none: one that was closed for the public host stays closed.
const SPELLINGS: [(&str, &str, &str); 12] = [
    (":", "/", "\""),
    (":", "\\/", "\\\""),
    (":", "\\\\\\/", "\\\\\\\""),
    ("\\u003A", "\\u002F", "\\u0022"),
    ("\\x3a", "\\x2f", "\\x22"),
    ("%3A", "%2F", "%22"),
    ("%253A", "%252F", "%2522"),
    ("&#58;", "&#47;", "&#34;"),
    ("&colon;", "&sol;", "&quot;"),
    (":", "/", "&quot;"),
    ("%3A", "%5C%2F", "%5C%22"),
    ("\\u0026#58;", "\\u0026#47;", "\\u0026quot;"),
];

/// Generates a text with the URLs of a site's origins, and the way to write them.
fn texts(origins: &[Origin]) -> impl Strategy<Value = String> + use<> {
    texts_in(origins, &SPELLINGS)
}

fn texts_in(
    origins: &[Origin],
    spellings: &[(&'static str, &'static str, &'static str)],
) -> impl Strategy<Value = String> + use<> {
    let names: Vec<(String, String)> = origins
        .iter()
        .map(|origin| {
            let port = origin
                .port
                .map_or_else(String::new, |port| format!(":{port}"));
            let scheme = origin.scheme.as_str().to_owned();
            (scheme, format!("{}{port}{}", origin.host, origin.base))
        })
        .collect();
    let pieces = select(vec![
        "Q{s}://{n}/aQ",
        "Q{s}://{n}Q",
        "Q//{n}/b?c=d&e=fQ",
        "Q{n}/aQ",
        "Q{n}Q",
        "({n})",
        " {n} ",
        "see {n}, and ",
        "{n}. ",
        "={n}&",
        "ws:{s}://{n}/x",
        "me@{n}",
        "x{n}",
        "{n}.evil",
        "-{n}-",
        "{s}://u:p@{n}/",
        ">{n}<",
        "'{n}'",
        "[{s}://{n}/]",
        "Q{s}://{n}/images/xQ",
        "é{n}é",
        " ",
        "Q",
        "www.site",
        "other.test",
        "https://other.test/a",
        "+{n}+",
        "a=b&c={s}://{n}/&d",
        "\n",
    ]);
    vec((select(names), pieces, select(spellings.to_vec())), 0..6).prop_map(|parts| {
        parts
            .iter()
            .fold(String::new(), |text, (name, piece, spelling)| {
                let (colon, slash, quote) = spelling;
                // The colon of a port is escaped like its neighbours, or nothing tells how it was.
                let is_told =
                    piece.contains('/') || (piece.contains('Q') && colon.starts_with('%'));
                let colon = if is_told { colon } else { ":" };
                let piece = piece.replace("{s}", &name.0).replace("{n}", &name.1);
                let piece = piece
                    .replace(':', "\0")
                    .replace('/', slash)
                    .replace('Q', quote);
                text + " " + &piece.replace('\0', colon)
            })
    })
}

fn cases() -> impl Strategy<Value = (Vec<Origin>, BaseUrl, String)> {
    select(sites()).prop_flat_map(|(origins, public)| {
        texts(&origins).prop_map(move |text| (origins.clone(), public.clone(), text))
    })
}

/// Generates the same without escapes.
fn plain_cases() -> impl Strategy<Value = (Vec<Origin>, BaseUrl, String)> {
    select(sites()).prop_flat_map(|(origins, public)| {
        texts_in(&origins, &SPELLINGS[..1])
            .prop_map(move |text| (origins.clone(), public.clone(), text))
    })
}

/// An escaping of single characters: before the digits, behind them, and whether they are decimal.
/// Those without an end have none because their digits end them.
type Digits = (&'static str, &'static str, bool);

/// All families of escapings that the mapper knows, with an end and without.
const DIGITS: [Digits; 10] = [
    ("\\", "", false),
    ("\\0000", "", false),
    ("&#x", "", false),
    ("&#", "", true),
    ("&#x", ";", false),
    ("&#", ";", true),
    ("\\u00", "", false),
    ("\\u{", "}", false),
    ("\\x", "", false),
    ("%", "", false),
];

/// The characters that are escaped: those around a host, and two letters.
const ESCAPED: &str = ":/\"om";

/// Writes each of [`ESCAPED`] in a text as an escape, which a white space ends (CSS) or a semicolon
/// (HTML) where the next character would continue it.
fn escape((before, behind, is_decimal): Digits, text: &str) -> String {
    let mut escaped = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !ESCAPED.contains(character) {
            escaped.push(character);
            continue;
        }
        let code = u32::from(character);
        let digits = if is_decimal {
            code.to_string()
        } else {
            format!("{code:02x}")
        };
        let continues = |next: &char| next.is_ascii_hexdigit() || next.is_whitespace();
        let end = match before {
            "\\" | "\\0000" if characters.peek().is_some_and(continues) => " ",
            "&#" | "&#x" if characters.peek().is_some_and(char::is_ascii_hexdigit) => ";",
            _ => "",
        };
        escaped += &format!(
            "{before}{digits}{behind}{}",
            if behind == end { "" } else { end }
        );
    }
    escaped
}

/// Reads a text that was written so, as a browser would read it.
fn unescape((before, behind, is_decimal): Digits, text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once(before) {
        read += plain;
        let radix = if is_decimal { 10 } else { 16 };
        // Of CSS and of references, as many digits count as there are.
        let most = if matches!(before, "\\u00" | "\\x" | "%") {
            2
        } else {
            6
        };
        let length = escape
            .chars()
            .take(most)
            .take_while(|it| it.is_digit(radix))
            .count();
        let (digits, more) = escape.split_at(length);
        rest = match u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
        {
            Some(character) => {
                read.push(character);
                match before {
                    "\\" | "\\0000" => more.strip_prefix(' ').unwrap_or(more),
                    "&#" | "&#x" => more.strip_prefix(';').unwrap_or(more),
                    _ => more.strip_prefix(behind).unwrap_or(more),
                }
            }
            None => {
                read += before;
                escape
            }
        };
    }
    read + rest
}

/// Returns what a text becomes on its way out, and what that, cut anywhere, becomes on its way
/// back.
fn there_and_back(
    there: &UrlMap,
    back: &UrlMap,
    public: &BaseUrl,
    text: &str,
    cuts: &[Index],
) -> (Vec<u8>, Vec<u8>) {
    let out = there.map_bytes(public, text.as_bytes()).into_owned();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(out.len() + 1)).collect();
    cuts.extend([0, out.len()]);
    cuts.sort_unstable();
    let chunks = cuts.windows(2).map(|ends| &out[ends[0]..ends[1]]);
    let returned = stream(back, public, chunks);
    (out, returned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_goes_out_and_comes_back_is_what_it_was(
        (origins, public, text) in cases(), cuts in vec(any::<Index>(), 0..6)
    ) {
        let (there, back) = maps(&origins, &public);
        let (out, returned) = there_and_back(&there, &back, &public, &text, &cuts);
        prop_assert_eq!(
            String::from_utf8_lossy(&returned),
            text.as_str(),
            "out: {:?}",
            String::from_utf8_lossy(&out)
        );
    }

    #[test]
    fn what_comes_back_escaped_by_digits_means_what_it_meant(
        (origins, public, text) in plain_cases(),
        digits in select(DIGITS.to_vec()),
        cuts in vec(any::<Index>(), 0..6)
    ) {
        let (there, back) = maps(&origins, &public);
        let text = escape(digits, &text);
        let (out, returned) = there_and_back(&there, &back, &public, &text, &cuts);
        prop_assert_eq!(
            unescape(digits, &String::from_utf8_lossy(&returned)),
            unescape(digits, &text),
            "text: {:?}, out: {:?}",
            text,
            String::from_utf8_lossy(&out)
        );
    }

    #[test]
    fn what_came_from_elsewhere_is_seen_as_it_was_written(
        (origins, public, text) in cases()
    ) {
        // The text of a person who writes of the public host: the origin stores it, and sends it.
        let (there, back) = maps(&origins, &public);
        let written = there.map_bytes(&public, text.as_bytes()).into_owned();
        let stored = back.map_bytes(&public, &written).into_owned();
        let seen = there.map_bytes(&public, &stored).into_owned();
        prop_assert_eq!(String::from_utf8_lossy(&seen), String::from_utf8_lossy(&written));
    }
}

#[test]
fn a_name_alone_counts_where_the_origins_name_would() {
    let (origin_url, site) = ("https://origin.example.com", public("https://site.test"));
    let (_, back) = maps(&[origin(origin_url)], &site);
    check(
        &back,
        &site,
        &[
            ("see site.test for more", "see origin.example.com for more"),
            ("me@site.test", "me@site.test"),
            ("www.site.test", "www.site.test"),
        ],
    );
    let site = public("https://www.site.test");
    let (_, back) = maps(&[origin("http://my.name")], &site);
    check(
        &back,
        &site,
        &[
            // Nobody would make `my.name` public again there.
            ("if (www.site.test) {}", "if (www.site.test) {}"),
            ("see www.site.test for more", "see my.name for more"),
            ("\"www.site.test\"", "\"my.name\""),
            ("see https://www.site.test", "see http://my.name"),
        ],
    );
    let site = public("http://localhost");
    let (_, back) = maps(&[origin(origin_url)], &site);
    check(
        &back,
        &site,
        &[
            ("a localhost of many", "a localhost of many"),
            ("http://localhost/", "https://origin.example.com/"),
        ],
    );
}
