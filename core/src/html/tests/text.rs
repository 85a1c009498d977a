//! Text that is replaced.

use encoding_rs::{BIG5, Encoding, GB18030, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::{assert_page, assert_rewritten, compile, on_page, rewrite, stage};
use crate::html::MEMORY_LIMIT;

fn replace(select: &str, find: &str, with: &str) -> String {
    format!(
        "[[html]]\nselect = '{select}'\nreplace_text = {{ find = '{find}', with = '{with}' }}\n"
    )
}

#[test]
fn text_is_replaced_in_an_element_and_in_all_that_it_holds() {
    for (page, expected) in [
        ("<p>Acme</p>", "<p>New</p>"),
        (
            "Acme<p>Acme Acme<b>x Acme</b></p>Acme",
            "Acme<p>New New<b>x New</b></p>Acme",
        ),
        ("<p>acme AcmeAcme Acm</p>", "<p>acme NewNew Acm</p>"),
        (
            "<p>Ac<!-- -->me A<b>c</b>me</p>",
            "<p>Ac<!-- -->me A<b>c</b>me</p>",
        ),
        (
            "<p title=Acme>x<!--Acme--></p>",
            "<p title=Acme>x<!--Acme--></p>",
        ),
        ("<p>AAcme Acm", "<p>ANew Acm"),
        ("<p>Acme<p>Acme", "<p>New<p>New"),
        ("<div><p>Acme</div>Acme", "<div><p>New</div>Acme"),
        (
            "<p><template>Acme</template></p>",
            "<p><template>New</template></p>",
        ),
        (
            "<p><noscript>Acme</noscript><iframe>Acme</iframe>Acme",
            "<p><noscript>Acme</noscript><iframe>Acme</iframe>New",
        ),
        (
            "<p><svg><text>Acme</text><![CDATA[Acme]]></svg>",
            "<p><svg><text>New</text><![CDATA[New]]></svg>",
        ),
    ] {
        assert_rewritten(&replace("p", "Acme", "New"), page, expected);
    }
}

#[test]
fn the_first_text_that_fits_is_replaced_and_what_takes_its_place_is_not_looked_at_again() {
    let rules = "[[html]]\nselect = 'p'\nreplace_text = [{ find = 'ab', with = 'b' }, { find = 'abc', with = 'x' },\n\
                 { find = 'b', with = 'ab' }, { find = 'cd', with = '' }]";
    for (page, expected) in [
        ("<p>abc b cd</p>", "<p>bc ab </p>"),
        ("<p>aab</p>", "<p>ab</p>"),
        ("<p>acdbd</p>", "<p>aabd</p>"),
    ] {
        assert_rewritten(rules, page, expected);
    }
    let longest_first = "[[html]]\nselect = 'p'\nreplace_text = [{ find = 'abc', with = 'x' }, { find = 'ab', with = 'y' }]";
    assert_rewritten(longest_first, "<p>abd abc ab</p>", "<p>yd x y</p>");
}

#[test]
fn a_later_rule_sees_what_an_earlier_one_made() {
    let rules = format!("{}{}", replace("p", "a", "bc"), replace("b", "cc", "d"));
    assert_rewritten(&rules, "<p>a<b>aca c</b>cc</p>", "<p>bc<b>bdbc c</b>cc</p>");
}

#[test]
fn once_is_one_element() {
    let rules = format!("{}once = true", replace("p", "a", "b"));
    assert_rewritten(
        &rules,
        "<p>a<i>a</i></p><p>a</p>",
        "<p>b<i>b</i></p><p>a</p>",
    );
    assert_rewritten(
        &replace("body", "a", "b"),
        "a<body>a</body>",
        "a<body>b</body>",
    );
}

#[test]
fn what_takes_the_place_is_text() {
    for (find, with, page, expected) in [
        ("x", "<b>&amp;", "<p>x</p>", "<p>&lt;b&gt;&amp;amp;</p>"),
        ("x", "a & b", "<title>x</title>", "<title>a &amp; b</title>"),
        (
            "x",
            "a & b",
            "<textarea>x</textarea>",
            "<textarea>a &amp; b</textarea>",
        ),
        ("3", "three", "<p>1 <3 &3", "<p>1 <&#116;hree &&#116;hree"),
        ("T", "Tx", "<p>AT&T</p>", "<p>ATx&&#84;x</p>"),
        ("3", "", "<p>1 <3 3", "<p>1 <3 "),
        (
            "x",
            "i",
            "<title></xtitle </titxle</title>",
            "<title></&#105;title </tit&#105;le</title>",
        ),
        (
            "x",
            "a<b && c",
            "<script>if (x) 1</script>",
            "<script>if (a<b && c) 1</script>",
        ),
        ("x", "a > b", "<style>x{}</style>", "<style>a > b{}</style>"),
    ] {
        assert_rewritten(&replace("*", find, with), page, expected);
    }
}

#[test]
fn no_replacement_ends_a_script_or_a_style_sheet_or_begins_another() {
    for (find, with, page) in [
        ("x", "</script>", "<script>x</script>"),
        ("x", "a</SCRIPT", "<script>x</script>"),
        ("x", "/script", "<script>'<x>'</script>"),
        ("x", "", "<script>'</xscript>'</script>"),
        ("x", "<!--", "<script>x</script>"),
        ("x", "<", "<script>x!--<script></script>"),
        ("!--", "", "<script><!--<script></script></script>"),
        ("</", "", "<style>'</stile>'</style>"),
        ("x", "</", "<style>x</style>"),
        ("x", "", "<title></tixtle></title>"),
        ("x", "", "<title><x/title></title>"),
        ("x", "]]>", "<svg><![CDATA[x]]></svg>"),
        ("x", "]", "<svg><![CDATA[ax]>]]></svg>"),
    ] {
        assert_rewritten(&replace("*", find, with), page, page);
    }
}

#[test]
fn a_character_reference_is_one_character() {
    for (find, with, page, expected) in [
        (
            "&amp;",
            "and",
            "<p>a &amp; b &amp c & d",
            "<p>a and b &amp c & d",
        ),
        (
            "o",
            "0",
            "<p>&copy 2024, &copyo o",
            "<p>&copy 2024, &copy&#48; 0",
        ),
        ("&copy 2", "x", "<p>&copy 2024 &copy; 2", "<p>x024 &copy; 2"),
        ("1", "2", "<p>&#169 1 &#x11g1", "<p>&#169 2 &#x11g&#50;"),
        ("amp", "x", "<p>&amp; amp", "<p>&amp; x"),
        ("&", "+", "<p>&amp; & &#38; &a", "<p>&amp; + &#38; +a"),
        ("#39", "x", "<p>&#39; #39", "<p>&#39; x"),
        ("a&", "x", "<p>a& a&amp;", "<p>x a&amp;"),
        (";", ",", "<p>&lt; ; &; x;", "<p>&lt; , &&#44; x,"),
        ("Q&amp;A", "FAQ", "<p>Q&amp;A Q&A", "<p>FAQ Q&A"),
        ("amp;", "x", "<script>&amp;</script>", "<script>&x</script>"),
    ] {
        assert_rewritten(&replace("*", find, with), page, expected);
    }
    let long = format!("<p>&{};x", "a".repeat(60));
    assert_rewritten(&replace("p", "x", "y"), &long, &long.replace('x', "y"));
}

fn in_charset(rules: &str, page: &[u8], charset: &'static Encoding) -> Vec<u8> {
    let rules = compile(rules);
    let whole = rewrite(stage(&rules, charset), page, &[]);
    let each: Vec<usize> = (0..page.len()).collect();
    assert_eq!(rewrite(stage(&rules, charset), page, &each), whole);
    whole
}

#[test]
fn characters_are_compared_whole_in_the_charset_of_the_page() {
    for (charset, find, with, page, expected) in [
        // \x83A is one character
        (
            SHIFT_JIS,
            "A",
            "漢",
            &b"<p>A\x83A\x83</p>"[..],
            &b"<p>\x8A\xBF\x83A\x83</p>"[..],
        ),
        (SHIFT_JIS, "ア", "é", b"<p>A\x83A</p>", b"<p>A&#233;</p>"),
        (BIG5, "\\\\", "x", b"<p>\\\xA5\\</p>", b"<p>x\xA5\\</p>"),
        (
            GB18030,
            "0",
            "x",
            b"<p>0\x810\x8100</p>",
            b"<p>x\x810\x810x</p>",
        ),
        (
            WINDOWS_1252,
            "é",
            "ü€漢",
            b"<p>\xE9\xFF</p>",
            b"<p>\xFC\x80&#28450;\xFF</p>",
        ),
        (
            WINDOWS_1252,
            "漢",
            "x",
            b"<p>&#28450;\xE6\xBC\xA2</p>",
            b"<p>&#28450;\xE6\xBC\xA2</p>",
        ),
        (
            UTF_8,
            "é",
            "e",
            b"<p>\xC3\xA9\xC3\xFF</p>",
            b"<p>e\xC3\xFF</p>",
        ),
    ] {
        let find = find.replace("\\\\", "\\");
        let output = in_charset(&replace("p", &find, with), page, charset);
        assert_eq!(output, expected, "{} {find}", charset.name());
    }
}

#[test]
fn where_the_charset_is_not_known_text_is_taken_for_utf_8_and_written_in_ascii() {
    let page = on_page(&compile(&replace("p", "é", "ü")), "text/html");
    let stage = page.rewriter(None, None, None).expect("something to do");
    assert_eq!(
        rewrite(stage, b"<p>\xC3\xA9\xE9</p>", &[]),
        b"<p>&#252;\xE9</p>"
    );
}

#[test]
fn a_script_that_pushes_server_components_stays_from_there_on() {
    for (find, page, expected) in [
        (
            "Acme",
            "<script>Acme;self.__next_f.push([1,\"a:T4,Acme\"]);Acme</script><p>Acme</p><script>Acme</script>",
            "<script>New;self.__next_f.push([1,\"a:T4,Acme\"]);Acme</script><p>New</p><script>New</script>",
        ),
        (
            "f.__next_f",
            "<script>f._ f.__next_f f.__next_f</script>",
            "<script>f._ f.__next_f f.__next_f</script>",
        ),
        (
            "_",
            "<script>____next_g_",
            "<script>NewNewNewNewnextNewgNew",
        ),
        ("_", "<script>____next_f_", "<script>NewNew__next_f_"),
        ("q", "<script>q__next_", "<script>New__next_"),
        (
            "Acme",
            "<script>Acme;(self.__FLIGHT_DATA||=[]).push(\"a:T4,Acme\")</script>",
            "<script>New;(self.__FLIGHT_DATA||=[]).push(\"a:T4,Acme\")</script>",
        ),
        (
            "_",
            "<script>__FLIGHT__FLIGHT_DATA_",
            "<script>NewNewFLIGHT__FLIGHT_DATA_",
        ),
        (
            "q",
            "<p>__next_f q<style>__next_f q",
            "<p>__next_f New<style>__next_f New",
        ),
    ] {
        assert_rewritten(&replace("*", find, "New"), page, expected);
    }
}

#[test]
fn in_xml_scripts_and_style_sheets_are_left_alone() {
    let rules = format!("{}when.media_type = '+xml'", replace("*", "x", "<y"));
    let page = on_page(&compile(&rules), "application/xhtml+xml");
    assert_page(
        &rules,
        &page,
        "<p>x</p><script>x</script><style>x</style><title>x</title>",
        "<p>&lt;y</p><script>x</script><style>x</style><title>&lt;y</title>",
    );
}

#[test]
fn what_was_held_back_is_not_lost_when_lol_html_gives_up() {
    let page = format!("<p>ab<img alt='{}'>ab</p>", "x".repeat(2 * MEMORY_LIMIT));
    let rules = compile(&format!(
        "{}{}",
        replace("p", "abc", "1"),
        replace("p", "ab", "2")
    ));
    let output = rewrite(stage(&rules, UTF_8), page.as_bytes(), &[4]);
    assert!(output == page.as_bytes());
}
