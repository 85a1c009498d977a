//! Which `integrity` attributes are removed.

use proptest::prelude::*;

use super::{LIMIT, resources, rewrite};
use crate::config::DEFAULT_PROCESSABLE;
use crate::csp::Policies;
use crate::integrity::Page;
use crate::integrity::remover::Remover;
use crate::pipeline::{BLOCK, Transform};

fn stage(processable: &[&str]) -> Page {
    super::stage(processable, "")
}

fn removed(processable: &[&str], page: &str) -> String {
    super::rewritten(processable, "", page)
}

#[test]
fn the_attribute_of_an_own_resource_goes_with_the_space_before_it() {
    for (page, expected) in [
        (
            "<script src=/a.js integrity=sha384-x>",
            "<script src=/a.js>",
        ),
        (
            "<script integrity='sha384-x' src=/a.js>",
            "<script src=/a.js>",
        ),
        (
            "<SCRIPT SRC=a.js INTEGRITY=\"sha384-x\" defer>",
            "<SCRIPT SRC=a.js defer>",
        ),
        (
            "<script\n  src=a.js\n  integrity=\"x\"\n></script>",
            "<script\n  src=a.js\n></script>",
        ),
        (
            "<script src=a.js integrity = \"a b\" crossorigin>",
            "<script src=a.js crossorigin>",
        ),
        (
            "<script src=\"a.js\"integrity=\"x\"defer>",
            "<script src=\"a.js\"defer>",
        ),
        ("<script a integrity=\"x\"b src=c>", "<script a b src=c>"),
        ("<script src=a integrity integrity=y>", "<script src=a>"),
        ("<script/integrity=x/src=a>", "<script/integrity=x/src=a>"),
        ("<script src=a integrity=>", "<script src=a>"),
        (
            "<link rel=stylesheet href=/a.css integrity=x/>",
            "<link rel=stylesheet href=/a.css>",
        ),
        (
            "<link rel=stylesheet href=/a.css integrity=\"x\" />",
            "<link rel=stylesheet href=/a.css />",
        ),
        (
            "<script src='https://www.example.com/a' integrity=x>",
            "<script src='https://www.example.com/a'>",
        ),
        (
            "<script src='HTTPS://WWW.example.com:443' integrity=x>",
            "<script src='HTTPS://WWW.example.com:443'>",
        ),
        (
            "<script src=//img.example.com:8443/a integrity=x>",
            "<script src=//img.example.com:8443/a>",
        ),
        (
            "<script src='https:&#x2F;&sol;www.example.com/a' integrity=x>",
            "<script src='https:&#x2F;&sol;www.example.com/a'>",
        ),
        ("<script src=' a.js' integrity=x>", "<script src=' a.js'>"),
        (
            "<!-- <script src=a integrity=x> -->",
            "<!-- <script src=a> -->",
        ),
        (
            "<noscript><link rel=stylesheet href=a integrity=x></noscript>",
            "<noscript><link rel=stylesheet href=a></noscript>",
        ),
        (
            "<script>w('<script src=\"a\" integrity=\"x\">')</script>",
            "<script>w('<script src=\"a\">')</script>",
        ),
        (
            "<script src=a integrity=x></script><script src=b integrity=y>",
            "<script src=a></script><script src=b>",
        ),
        (
            "<link rel=preload as=script href=a integrity=x>",
            "<link rel=preload as=script href=a>",
        ),
        (
            "<link rel=preload as=fetch href=a integrity=x>",
            "<link rel=preload as=fetch href=a>",
        ),
        (
            "<link rel=modulepreload href=a integrity=x>",
            "<link rel=modulepreload href=a>",
        ),
        (
            "<script data-a='<b>' src=a integrity=x>",
            "<script data-a='<b>' src=a>",
        ),
    ] {
        assert_eq!(removed(DEFAULT_PROCESSABLE, page), expected, "{page}");
    }
}

#[test]
fn what_the_gate_does_not_change_keeps_its_attribute() {
    for page in [
        "<script src=https://cdn.example.net/a.js integrity=x>",
        "<script src=//cdn.example.net/a.js integrity=x>",
        "<script src=https://www.example.com.evil.test/ integrity=x>",
        "<script src=https://www.example.com:8443/ integrity=x>",
        "<script src=http://www.example.com/ integrity=x>",
        "<script src=https://www.example.com@evil.test/ integrity=x>",
        "<script src=https:a integrity=x>",
        "<script src='\\\\cdn.example.net/a' integrity=x>",
        "<script src='data:text/javascript,1' integrity=x>",
        "<script integrity=x>",
        "<link rel=stylesheet integrity=x>",
        "<link rel=preload as=font href=a.woff2 integrity=x>",
        "<img src=a integrity=x>",
        "<script src=a data-integrity=x>",
        "<script src=a data-x='integrity=y'>",
        "<script src=a>integrity</script>",
        "<scripts src=a integrity=x>",
        "<script>s.src='a';s.integrity='x'</script>",
        "<script>w(\"<script src=\\\"https://cdn.example.net/a\\\" integrity=\\\"x\\\">\")</script>",
        "<script src=a integrity=x",
        "<scrip",
        "integrity",
    ] {
        assert_eq!(removed(DEFAULT_PROCESSABLE, page), page);
    }
}

#[test]
fn a_script_that_joins_a_tag_of_strings_stays() {
    for script in [
        "s='<script src='+u+(i?' integrity='+i:'')+'></scr'+'ipt>'; f(a>b)",
        "document.write(\"<script src=/a.js integrity=\" + h + '></scr'+'ipt>'); f(\"a\")",
        "document.write(\"<script src=/a.js integrity=\" + h + \"></scr\"+\"ipt>\")",
        "s='<script src=/a.js integrity='+''+h+'></scr'+'ipt>'",
        "s='<script src='+u+' integrity=sha384-x></scr'+'ipt>'",
        "s=\"<link rel=stylesheet href=\" + u + \" integrity=\" + i + \">\"",
        "s=`<script src=${u} integrity=sha384-x></scr`",
        "s=`<script src=/${u}.js integrity=sha384-x></scr`",
        "s=`<script src=/a.js integrity=${i}></scr`",
        "s=`<script src=/a.js integrity=\"${i}\"></scr`",
        "s='<script src=/a.js integrity=sha384-x'+y+'>'",
    ] {
        let page = format!("<script>{script}</script>");
        assert_eq!(removed(DEFAULT_PROCESSABLE, &page), page);
    }
}

#[test]
fn a_value_of_hashes_goes_however_it_is_written() {
    for value in [
        "\"\"",
        "'sha256-a+/=\n\tsha512-b-_?c'",
        "sha384&#45;x&#x3D;",
        "' sha384-x&plus;'",
    ] {
        let page = format!("<script src=a integrity={value}>");
        assert_eq!(removed(DEFAULT_PROCESSABLE, &page), "<script src=a>");
    }
}

#[test]
fn what_is_not_processable_is_not_changed() {
    let script = "<script src=a integrity=x>";
    let style = "<link rel=stylesheet href=a integrity=x>";
    let style_preload = "<link rel=preload as=style href=a integrity=x>";
    assert_eq!(removed(&["text/css"], script), script);
    assert_eq!(
        removed(&["text/css"], style),
        "<link rel=stylesheet href=a>"
    );
    assert_eq!(removed(&["application/javascript"], style), style);
    assert_eq!(
        removed(&["application/javascript"], style_preload),
        style_preload
    );
    assert_eq!(
        removed(&["application/javascript"], script),
        "<script src=a>"
    );
    assert!(resources(&["text/html", "+json"]).is_none());
}

#[test]
fn a_tag_that_is_too_long_flows_past() {
    let tag = |filling: usize| {
        format!(
            "<script src=a integrity=x data-x='{}'>",
            "y".repeat(filling)
        )
    };
    let rest = "<script src=a integrity=x>";
    let length = tag(0).len();
    let longest = tag(8192 - length);
    let page = format!("{longest}{rest}");
    let expected = page.replace(" integrity=x", "");
    for size in [1, 1000, 8192, 65_536] {
        let cuts: Vec<usize> = (0..page.len()).step_by(size).collect();
        assert!(
            rewrite(stage(&["text/javascript"]), page.as_bytes(), &cuts) == expected.as_bytes(),
            "{size}"
        );
        let longer = format!("{}{rest}", tag(8193 - length));
        let expected = longer.replace(rest, "<script src=a>");
        assert!(
            rewrite(stage(&["text/javascript"]), longer.as_bytes(), &cuts) == expected.as_bytes(),
            "{size}"
        );
    }
}

#[test]
fn no_byte_is_parsed_again_for_another_word_or_tag() {
    for unit in [
        format!("<script {}", "integrity ".repeat(800)),
        "if(x) s=\"<link \"; o.integrity=1;".to_owned(),
        "<script integrity <link integrity ".to_owned(),
        format!("<script a>{}", "integrity ".repeat(50)),
        format!("<script a='{}'>integrity ", "b".repeat(500)),
        "<script src=a integrity=x>".to_owned(),
    ] {
        let page = unit.repeat((256 << 10) / unit.len());
        let resources = resources(DEFAULT_PROCESSABLE).expect("something to do");
        let (mut remover, mut out) = (Remover::new(resources, LIMIT), Vec::new());
        for piece in page.as_bytes().chunks(BLOCK) {
            remover.push(piece, &Policies::default(), &mut out);
        }
        remover.pause(&Policies::default(), &mut out);
        // What is parsed at the end of a piece is parsed again with the next.
        let limit = 2 * page.len();
        assert!(remover.parsed <= limit, "{} {unit:.40}", remover.parsed);
    }
}

#[test]
fn what_follows_the_start_of_a_tag_without_an_end_stays_up_to_the_limit() {
    let tag = "<script src=a integrity=x>";
    let quoted = |filling: usize| format!("<link integrity a=\"{}{tag}", " ".repeat(filling));
    let page = |filling: usize| format!("{}{}\"", quoted(filling), " ".repeat(10_000));
    let inside = page(8192 - quoted(0).len());
    assert_eq!(removed_in_pieces(&inside), inside);
    let behind = page(8192 - quoted(0).len() + tag.len());
    assert_eq!(
        removed_in_pieces(&behind),
        behind.replace(" integrity=x", "")
    );
}

/// However it is cut.
fn removed_in_pieces(page: &str) -> String {
    let whole = removed_whole(page);
    for size in [1, 7, 1000, 8191, 8192, 8193] {
        let cuts: Vec<usize> = (0..page.len()).step_by(size).collect();
        let cut = rewrite(stage(DEFAULT_PROCESSABLE), page.as_bytes(), &cuts);
        assert!(cut == whole, "{size}");
    }
    String::from_utf8(whole).expect("pages here are UTF-8")
}

#[test]
fn no_more_is_held_back_than_a_tag_that_has_not_ended() {
    for (page, out) in [
        ("<p>a<script src=a", "<p>a"),
        ("<p>a<scr", "<p>a"),
        ("<p>a<script src=a>b<", "<p>a<script src=a>b"),
        ("<p>a<script src=a>b", "<p>a<script src=a>b"),
        ("<p class=", "<p class="),
        ("a<link a><b", "a<link a><b"),
    ] {
        let (mut stage, mut written) = (stage(&["text/css"]), Vec::new());
        stage
            .push(&mut page.as_bytes(), &mut written)
            .expect("no input fails");
        assert_eq!(String::from_utf8_lossy(&written), out, "{page}");
    }
}

proptest! {
    #[test]
    fn no_cut_changes_which_attributes_are_removed(
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "<script ", "<LINK ", "<link", "<scr", "ipt ", "src=a ", "href=/b ", "integrity", "=x", "='y'", "=\"z\"", " ",
            ">", "<", "'", "\"", "rel=stylesheet ", "text", "/", "\n", "Integrity=q ", "é", "</script>",
        ]), 0..40),
        cuts in proptest::collection::vec(0..200_usize, 0..6),
    ) {
        let page = tokens.concat();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = rewrite(stage(DEFAULT_PROCESSABLE), page.as_bytes(), &[]);
        let each: Vec<usize> = (0..page.len()).collect();
        prop_assert_eq!(&rewrite(stage(DEFAULT_PROCESSABLE), page.as_bytes(), &cuts), &whole);
        prop_assert_eq!(&rewrite(stage(DEFAULT_PROCESSABLE), page.as_bytes(), &each), &whole);
    }

    #[test]
    fn a_page_without_the_word_is_never_changed(page in "(?s)[a-hj-z<>'\"= /scriptlnk\n]{0,300}") {
        prop_assume!(!page.to_ascii_lowercase().contains("integrity"));
        prop_assert_eq!(removed_whole(&page), page.as_bytes());
    }
}

fn removed_whole(page: &str) -> Vec<u8> {
    rewrite(stage(DEFAULT_PROCESSABLE), page.as_bytes(), &[])
}
