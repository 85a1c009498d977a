//! The mapper against its naive twin, and properties of every text and every way to cut it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{naive, origin, public, stream};
use crate::map::{BaseUrl, Origin, UrlMap};

pub(super) fn origins() -> Vec<Origin> {
    vec![
        origin("https://origin.example.com"),
        origin("http://origin.example.com:8081"),
        origin("https://a-b.example.com")
            .below("/img")
            .expect("a path"),
        origin("http://127.0.0.1:8081"),
        origin("http://10.0.0.7"),
        origin("https://b.example.com.test").to(public("http://[::1]:3000")),
        origin("http://localhost"),
        origin("http://[::1]:8081"),
        based("https://a-b.example.com", "/img", "/img"),
        based("https://a-b.example.com", "/img/x", "/x"),
        based("https://cdn.example.com", "/a.b", "/c"),
        based("https://api.example.com", "/v1", "/v1"),
        origin("https://my.name"),
        origin("https://xn--bcher-kva.example"),
        origin("https://xn--e1afmkfd.xn--p1ai")
            .below("/ru")
            .expect("a path"),
    ]
}

/// Returns so few origins that the finder looks for them one by one.
pub(super) fn few_origins() -> Vec<Origin> {
    let mut few = origins();
    few.retain(|origin| {
        [
            "origin.example.com",
            "a-b.example.com",
            "xn--bcher-kva.example",
        ]
        .contains(&&*origin.host)
    });
    few
}

/// Returns origins that the finder looks for by one byte.
fn rare_origins() -> Vec<Origin> {
    let other = origin("https://a-b.gazette.com").below("/img");
    vec![origin("https://origin.gazette.com"), other.expect("a path")]
}

/// Returns a text in which hosts are those of [`rare_origins`], and one word of prose is part of
/// one.
fn renamed(text: &[u8]) -> Vec<u8> {
    let mut renamed = text.to_vec();
    for at in 0..text.len() {
        if let Some(word) = renamed.get_mut(at..at + b"example".len())
            && word.eq_ignore_ascii_case(b"example")
        {
            for (to, letter) in word.iter_mut().zip(b"gazette") {
                *to = letter & (*to | !0x20);
            }
        }
    }
    renamed.extend_from_slice(b" Gazette");
    renamed
}

fn based(url: &str, base: &str, below: &str) -> Origin {
    let based = origin(url).at(base).expect("a path");
    based.below(below).expect("a path")
}

/// The parts of texts: everything that the patterns look at, near misses, and noise.
const FRAGMENTS: &str = r#"
    https http HTTPS wss ws ftp x s u user user:pw@ 0 2f 2F 8081
    origin.example.com ORIGIN.Example.com notorigin.example.com origin.example.comm example.com
    a-b.example.com a\x2db.example.com b.example.com.test 127.0.0.1 10.0.0.7 localhost [::1]
    origin%2Eexample%2ecom origin\.example\.com origin&#46;example&period;com
    .evil.test -evil _ é 。 . .. %2E @ %40 &#64; ? #
    : \: %3A %253a \u003A \x3a &#58; &#x3A; &colon;
    / // \/ \/\/ \\\/\\\/ %2F %2F%2f %252F%252F \u002F\u002f \x2f\x2F &#x2F;&#x2f; &#47;&#47;
    &sol;&sol;
    &amp;#47;&amp;#47; /%2F :// :\/\/ %3A%2F%2F ://origin.example.com https://origin.example.com
    https://a-b.example.com/ "//origin.example.com "origin.example.com/ "//img.
    :8081 :443 :80 :0443 :99999 :123456 %3A8081
    " ' \" &quot; %22 \u0022 = %3D %253D ( , > < \n \\n %20 \ \\\\\\\\ % %2 %25 & &amp; &am &# &#x ;
    a-path-of-more-than-thirty-two-bytes
    %68 %6F &#104; &#x74 \x70 o%72igin.example.com or%69gin.example.com
    &#47 &#047&#47 &#x2f &#x2F&#x2f &#58 &#34 &#x22 &amp;#47 \2f \2f\2f \00002f \3a \2e \22 \2 \\2f
    \u{2f} \u{2F}\u{2f} \u{
    /img /img/x /img/x/ /a.b /v1 %2Fimg \/img img x /a a-b.example.com/img cdn.example.com/a.b
    api.example.com
    'my.name' "my.name" my.name >my.name< %22my.name%22 my.name" ) ] } ; | ! ${ + *
    %5C %255C %5C%2F %5C%2F%5C%2F %5C/ \u005C \u005C/\u005C/ \\u005C\/ &#92; &bsol;/&bsol;/
    &#92;&#92;&#92;/ %26 %2347%3B %26sol%3B \%
    \u0026 #47; \u0026#47;\u0026#47; \u0026amp;#47; amp; sol; #x2F; %5Cu002f %5C%22 %26quot%3B
    \u0026quot; &amp;bsol; %26%2392%3B
    “ ” » \u201c &#8220; %E2%80%9C %e2 %80 、 ： ／ ª   .” .» .. 
    xn--bcher-kva.example bücher.example BÜCHER.example b%C3%BCcher.example b\u00fccher.example
    b&#252;cher.example ü %C3 %BC
    xn--e1afmkfd.xn--p1ai пример.рф Пример.РФ %D0%BFример.рф \u043f &#1087; &#x43f ример.рф ы р
    \ud83d\udca9 \ud83d
    origin\\.example\\.com my\.name ^ $ (/ )/ )? ^\/\/ (/\/\/ return/ \. \d word in not
"#;

fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let fragments = FRAGMENTS.split_ascii_whitespace().chain([
        " ",
        "\n",
        "\r\n",
        "\0",
        "\\2f ",
        "\\3a \\2f\r\n\\2f\t",
        "on my.name now",
        "s:26:\"https://origin.example.com",
        "s:3:\\\"a\\\"; s:9:&quot;",
        "s:40:\"",
        " my.name ",
        "return my.name",
        "\\n my.name",
        "\"my.name is",
        "\"my.name in ",
        ">my.name instanceof",
        "a\\61\r\nhttps://origin.example.com/",
        "\\61\nhttps://origin.example.com/",
        "\\61 https://origin.example.com/",
        "\\61\r\n",
        "a https://origin.example.com/ \\2f http://origin.example.com/b",
        "\"https://a-b.example.com/ \nhttp://a-b.example.com\"",
        "an origin\\.example\\.com ",
    ]);
    select(fragments.collect::<Vec<_>>()).prop_map(|fragment| fragment.as_bytes().to_vec())
}

/// Generates a URL whose characters are all written in one way, behind a character that may be its
/// boundary.
fn url() -> impl Strategy<Value = Vec<u8>> {
    let before = select(vec![
        "",
        " ",
        "\"",
        "x",
        "=",
        "%3D",
        "\\n",
        "&quot;",
        "\\u0022",
        "/",
        "&#34",
        "\\22 ",
        "%22",
        ">",
        "@",
        "é",
        "%5C%22",
        "\\u0026quot;",
        "%26#34%3B",
        "&#92;&quot;",
        "“",
        "«",
        "\u{a0}",
        "%E2%80%9C",
        "\\u201c",
        "：",
    ]);
    let scheme = select(vec!["https", "http", "WSS", "ws", "", ""]);
    let escaping = select(vec![
        (":", "/"),
        (":", "\\/"),
        ("\\u003a", "\\u002F"),
        (":", "\\x2f"),
        ("%3A", "%2F"),
        ("%3A", "/"),
        ("%253a", "%252f"),
        ("&#x3A;", "&#x2f;"),
        ("&#58;", "&#47;"),
        ("&colon;", "&sol;"),
        ("&#58", "&#47"),
        ("&#x3a", "&#x2f"),
        ("\\3a ", "\\2f "),
        ("\\3a", "\\2f"),
        ("\\u{3a}", "\\u{2f}"),
        ("%3A", "%5C%2F"),
        ("%253A", "%255C%252F"),
        (":", "&bsol;/"),
        (":", "\\u005C/"),
        ("&#58;", "&#92;&#47;"),
        ("\\u0026#58;", "\\u0026#47;"),
        ("%26colon%3B", "%26sol%3B"),
        ("%26%2358%3B", "%26%2347%3B"),
    ]);
    let host = select(vec![
        "origin.example.com",
        "Origin%2eexample.com",
        "a-b.example.com",
        "127.0.0.1",
        "10.0.0.7",
        "b.example.com.test",
        "localhost",
        "[::1]",
        "or%69gin.example.com",
        "api.example.com",
        "cdn.example.com",
        "my.name",
        "bücher.example",
        "b%c3%9ccher.example",
        "xn--bcher-kva.example",
        "пример.рф",
        "%D0%9Fример.рф",
    ]);
    let after = select(vec![
        "", ":8081", ":443", ":80", ".", ".test", "@", "/", "\"", ":pw@", ":", "/img", "/img/x\"",
        "/img/xy", "/a.b/", "/a.bc", "/v1?", "/v1%20", "%22", ">", "<", " ", "&#34", "\\22", "ы",
        "=", ",", ".”", ".\u{a0}", ":80.“", ".é",
    ]);
    (before, scheme, escaping, 0..3_usize, host, after).prop_map(
        |(before, scheme, (colon, slash), slashes, host, after)| {
            let colon_behind = if scheme.is_empty() { "" } else { colon };
            let after = after.replace(':', colon).replace('/', slash);
            [
                before,
                scheme,
                colon_behind,
                &slash.repeat(slashes.max(scheme.len().min(2))),
                host,
                &after,
            ]
            .concat()
            .into_bytes()
        },
    )
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => fragment(),
        4 => url(),
        1 => (fragment(), any::<Index>())
            .prop_map(|(bytes, index)| bytes[..index.index(bytes.len())].to_vec()),
        1 => (fragment(), 0..100_usize).prop_map(|(bytes, times)| bytes.repeat(times)),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn publics() -> impl Strategy<Value = BaseUrl> {
    select(vec![
        "https://www.example.org",
        "http://localhost:8080",
        "https://p.test:8443",
        "https://3d.test:8443",
        "https://fa.test.",
    ])
    .prop_map(public)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_mapper_gives_what_its_naive_twin_gives(text in texts(), public in publics()) {
        for origins in [few_origins(), origins()] {
            let expected = naive::map(&origins, &public, &text);
            let mapped = UrlMap::new(origins).map_bytes(&public, &text).into_owned();
            prop_assert_eq!(
                String::from_utf8_lossy(&mapped),
                String::from_utf8_lossy(&expected),
                "of {:?}",
                String::from_utf8_lossy(&text)
            );
        }
    }

    #[test]
    fn the_mapper_of_a_rare_byte_gives_what_its_naive_twin_gives(
        text in texts(), public in publics(), step in 1..40_usize, misfits in 0..80_usize,
    ) {
        // After so many of them, hosts are looked for by pairs again.
        let text = ["z".repeat(misfits).into_bytes(), renamed(&text)].concat();
        let expected = naive::map(&rare_origins(), &public, &text);
        let map = UrlMap::new(rare_origins());
        let mapped = map.map_bytes(&public, &text).into_owned();
        prop_assert_eq!(
            String::from_utf8_lossy(&mapped),
            String::from_utf8_lossy(&expected),
            "of {:?}",
            String::from_utf8_lossy(&text)
        );
        prop_assert_eq!(stream(&map, &public, text.chunks(step)), expected);
    }

    #[test]
    fn a_text_without_an_origin_is_not_touched(text in texts(), public in publics()) {
        let map = UrlMap::new([origin("https://origin.nowhere.invalid")]);
        prop_assert_eq!(stream(&map, &public, text.chunks(7)), text);
    }

    #[test]
    fn any_bytes_are_mapped_without_a_panic(text in vec(any::<u8>(), 0..600), public in publics()) {
        let map = UrlMap::new(origins());
        let expected = naive::map(&origins(), &public, &text);
        prop_assert_eq!(stream(&map, &public, text.chunks(11)), expected);
    }

    #[test]
    fn there_and_back_gives_the_original(
        paths in vec("[a-z0-9/?=&; ]{0,12}", 0..12),
        form in select(vec![
            "\"https://HOST/", "'//HOST", "\"HOST/", "https:\\/\\/HOST\\/", "https%3A%2F%2FHOST%2F",
            "\"wss://HOST?", "https&#x3A;&#x2F;&#x2F;HOST", "https\\u003A\\u002F\\u002FHOST\\u002f",
            "https://user:pw@HOST/", "'HOST'", "=HOST&", "<b>HOST</b>", "HOST,",
            "https:&#47&#47HOST", "https\\3a\\2f\\2f HOST\\2f ", "https:\\u{2f}\\u{2f}HOST",
        ])
    ) {
        let url = form.replace("HOST", "origin.example.com");
        let text = paths.iter().fold(String::new(), |text, path| text + " " + &url + "/" + path);
        let (origin_url, public_url) = ("https://origin.example.com", "https://www.site.test");
        let there = UrlMap::new([origin(origin_url)]);
        let there = there.map_bytes(&public(public_url), text.as_bytes()).into_owned();
        prop_assert!(!String::from_utf8_lossy(&there).contains("origin.example.com"));
        let back = UrlMap::new([origin(public_url)]);
        let back = back.map_bytes(&public(origin_url), &there).into_owned();
        prop_assert_eq!(String::from_utf8_lossy(&back), text);
    }
}

proptest! {
    // Each case tries every cut (of a long text, some 256).
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn how_a_text_is_cut_never_changes_the_output(
        text in texts(), public in publics(), cuts in vec(any::<Index>(), 0..8)
    ) {
        let map = UrlMap::new(origins());
        let expected = map.map_bytes(&public, &text).into_owned();
        prop_assert_eq!(&stream(&map, &public, text.chunks(1)), &expected, "byte by byte");
        for cut in (0..=text.len()).step_by(1 + text.len() / 256) {
            let (head, tail) = text.split_at(cut);
            prop_assert_eq!(&stream(&map, &public, [head, tail]), &expected, "cut at {}", cut);
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|ends| &text[ends[0]..ends[1]]);
        prop_assert_eq!(&stream(&map, &public, chunks), &expected, "cut at {:?}", &cuts);
    }
}
