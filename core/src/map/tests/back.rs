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
    vec((select(names), pieces, select(SPELLINGS.to_vec())), 0..6).prop_map(|parts| {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_goes_out_and_comes_back_is_what_it_was(
        (origins, public, text) in cases(), cuts in vec(any::<Index>(), 0..6)
    ) {
        let (there, back) = maps(&origins, &public);
        let out = there.map_bytes(&public, text.as_bytes()).into_owned();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(out.len() + 1)).collect();
        cuts.extend([0, out.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|ends| &out[ends[0]..ends[1]]);
        let returned = stream(&back, &public, chunks);
        prop_assert_eq!(
            String::from_utf8_lossy(&returned),
            text.as_str(),
            "out: {:?}",
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
