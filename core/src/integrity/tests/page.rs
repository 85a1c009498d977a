//! What stays of a page for the sake of its policy, and what of its import map.

use proptest::prelude::*;

use super::{LIMIT, rewrite, rewritten, stage};
use crate::config::DEFAULT_PROCESSABLE;

const O: &str = "https://origin.example.com";
const W: &str = "https://www.example.com";

/// Checks a page. In the expected one, `{o}` stands for the public host, too.
fn check(policy: &str, page: &str, expected: &str) {
    let (page, expected) = (page.replace("{o}", O), expected.replace("{o}", W));
    let expected = expected.replace("{raw}", O);
    assert_eq!(
        rewritten(DEFAULT_PROCESSABLE, policy, &page),
        expected,
        "{policy}\n{page}"
    );
}

#[test]
fn texts_under_a_policy_with_hashes_stay() {
    let page = "<title>{o}</title><script>'{o}/a'</script><style>a{b:url({o}/b)}</style><p>{o}/c";
    let both =
        "<title>{o}</title><script>'{raw}/a'</script><style>a{b:url({raw}/b)}</style><p>{o}/c";
    let script =
        "<title>{o}</title><script>'{raw}/a'</script><style>a{b:url({o}/b)}</style><p>{o}/c";
    let style =
        "<title>{o}</title><script>'{o}/a'</script><style>a{b:url({raw}/b)}</style><p>{o}/c";
    for (policy, expected) in [
        ("", page),
        ("default-src 'self'", page),
        ("script-src 'unsafe-inline'; style-src 'nonce-a'", page),
        ("default-src 'sha256-a'", both),
        ("script-src 'sha256-a'", script),
        ("style-src 'sha256-a' 'unsafe-inline'", style),
        ("script-src 'self', style-src 'sha256-a'", style),
    ] {
        check(policy, page, expected);
    }
}

#[test]
fn elements_that_the_policy_allows_otherwise_or_not_at_all_are_mapped() {
    let policy = "default-src 'sha256-a' 'nonce-N'";
    for page in [
        "<script nonce=N>'{o}/a'</script>",
        "<style nonce='N'>'{o}/a'</style>",
        "<script type=application/json>'{o}/a'</script>",
        "<script type='application/ld+json'>'{o}/a'</script>",
        "<script src='{o}/a.js'>'{o}/a'</script>",
        "<script data-a='{o}/a'></script><p onclick='{o}/a'>{o}</p>",
        "<svg><script href={o} />{o}/</svg>",
        "<textarea><script>'{o}/a'</script></textarea>",
        "<!-- <script>'{o}/a'</script> -->",
        "<title><style>'{o}/a'</style></title>",
    ] {
        check(policy, page, page);
    }
}

#[test]
fn what_stays_is_the_text_alone() {
    let policy = "script-src 'sha256-a'";
    for (page, expected) in [
        (
            "<script\nid='{o}'>'{o}/a'</SCRIPT\n>{o}/b",
            "<script\nid='{o}'>'{raw}/a'</SCRIPT\n>{o}/b",
        ),
        (
            "<script type=module>'{o}/a'</script><script type=importmap>{\"imports\":{\"a\":\"{o}/a\"}}</script>",
            "<script type=module>'{raw}/a'</script><script type=importmap>{\"imports\":{\"a\":\"{raw}/a\"}}</script>",
        ),
        (
            "<script><!-- <script>'{o}/'</script>'{o}/'--></script>{o}/",
            "<script><!-- <script>'{raw}/'</script>'{raw}/'--></script>{o}/",
        ),
        ("a='{o}<script>{o}", "a='{o}<script>{raw}"),
        ("<script></script>{o}/", "<script></script>{o}/"),
        // A script's string that looks like a tag stays, too.
        (
            "<script>w('<script src=\"/a\" integrity=\"x\">')</script><script src=/a integrity=x>",
            "<script>w('<script src=\"/a\" integrity=\"x\">')</script><script src=/a>",
        ),
        (
            "<link a='<script>{o}/</script>'",
            "<link a='<script>{o}/</script>'",
        ),
    ] {
        check(policy, page, expected);
    }
}

#[test]
fn a_policy_in_the_head_counts_from_there_on() {
    let meta = "<META content=\"script-src &#39;sha256-a'\" http-equiv='Content-Security-Policy'>";
    for (page, expected) in [
        (
            "<head><script>'{o}/a'</script>M<script>'{o}/b'</script></head><script>'{o}/c'</script>",
            "<head><script>'{o}/a'</script>M<script>'{raw}/b'</script></head><script>'{raw}/c'</script>",
        ),
        (
            "<!doctype html><title>{o}</title><link href=a>M<body><script>'{o}/b'</script>",
            "<!doctype html><title>{o}</title><link href=a>M<body><script>'{raw}/b'</script>",
        ),
        (
            "<head><script>\"M\"</script><!-- M --></head><script>'{o}/b'</script>",
            "<head><script>\"M\"</script><!-- M --></head><script>'{o}/b'</script>",
        ),
        (
            "<body>M<script>'{o}/b'</script>",
            "<body>M<script>'{o}/b'</script>",
        ),
        (
            "</head>M<script>'{o}/b'</script>",
            "</head>M<script>'{o}/b'</script>",
        ),
        (
            "<p>M<script>'{o}/b'</script>",
            "<p>M<script>'{o}/b'</script>",
        ),
    ] {
        check("", &page.replace('M', meta), &expected.replace('M', meta));
    }
    let other =
        "<meta http-equiv=refresh content=\"script-src 'sha256-a'\"><script>'{o}/b'</script>";
    check("", other, other);
}

#[test]
fn metadata_stays_where_the_policy_needs_it() {
    let page = "<script src=/a.js integrity=sha384-a></script>\
        <link rel=modulepreload href=/a.js integrity=sha384-a>\
        <link rel=stylesheet href=/a.css integrity=sha384-a>\
        <script type=importmap>{\"integrity\":{\"/a.js\":\"sha384-a\",\"/b.js\":\"sha384-b\"}}</script>";
    let gone = "<script src=/a.js></script><link rel=modulepreload href=/a.js>\
        <link rel=stylesheet href=/a.css><script type=importmap>{\"integrity\":{}}</script>";
    let needed = "<script src=/a.js integrity=sha384-a></script>\
        <link rel=modulepreload href=/a.js integrity=sha384-a><link rel=stylesheet href=/a.css>\
        <script type=importmap>{\"integrity\":{\"/a.js\":\"sha384-a\",\"/b.js\":\"sha384-b\"}}</script>";
    for (policy, expected) in [
        ("", gone),
        ("script-src 'self'", gone),
        (
            "script-src 'sha384-b' 'self'",
            &gone.replace("{}", "{\"/a.js\":\"sha384-a\",\"/b.js\":\"sha384-b\"}"),
        ),
        ("script-src 'sha384-a'", needed),
        ("script-src 'sha384-a' https://elsewhere.test", needed),
    ] {
        check(policy, page, expected);
    }
    let meta = "<meta http-equiv=content-security-policy content=\"script-src 'sha384-a'\">";
    check(
        "",
        &format!("{page}{meta}{page}"),
        &format!("{gone}{meta}{needed}"),
    );
}

#[test]
fn the_modules_of_the_site_leave_an_import_map() {
    for (page, expected) in [
        (
            "<script type=importmap>{\"integrity\":{\"{o}/a.js\":\"sha384-a\",\"https://cdn.example.net/b.js\":\"sha384-b\"}}</script>",
            "<script type=importmap>{\"integrity\":{\"https://cdn.example.net/b.js\":\"sha384-b\"}}</script>",
        ),
        (
            "<SCRIPT id=a TYPE='ImportMap'>\n{\"integrity\": {\"./a.js\": \"sha384-a\"}}\n</SCRIPT>",
            "<SCRIPT id=a TYPE='ImportMap'>\n{\"integrity\": {}}\n</SCRIPT>",
        ),
        (
            "<script type=importmap>{\"integrity\":{\"/a.js\":\"\"}",
            "<script type=importmap>{\"integrity\":{\"/a.js\":\"\"}",
        ),
        (
            "<script type=importmap-shim>{\"integrity\":{\"/a.js\":\"\"}}</script>",
            "<script type=importmap-shim>{\"integrity\":{\"/a.js\":\"\"}}</script>",
        ),
        (
            "importmap <script>importmap</script>",
            "importmap <script>importmap</script>",
        ),
        (
            "<script type=importmap></scr",
            "<script type=importmap></scr",
        ),
    ] {
        check("", page, expected);
    }
    let long = |spaces: usize| {
        let map = format!(
            "{{\"integrity\":{{\"/a.js\":\"x\"}}{}}}",
            " ".repeat(spaces)
        );
        format!("<script type=importmap>{map}</script><script src=/a integrity=x></script>")
    };
    let length = long(0).len()
        - "<script type=importmap></script>".len()
        - "<script src=/a integrity=x></script>".len();
    let fits = long(LIMIT - length);
    let expected = fits
        .replace("\"/a.js\":\"x\"", "")
        .replace(" integrity=x", "");
    check("", &fits, &expected);
    for more in [1, 7, 8, 9, 5000] {
        let too_long = long(LIMIT - length + more);
        check("", &too_long, &too_long.replace(" integrity=x", ""));
    }
}

proptest! {
    #[test]
    fn no_cut_changes_what_comes_out(
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "<script", "<style", "<meta http-equiv=content-security-policy content=\"script-src 'sha256-a'\">", " nonce=N",
            " type=importmap", ">", "</script>", "</style>", "</head>", "<body>", "https://origin.example.com/", "'", "<!--",
            "-->", " integrity=sha384-a", " src=/a", "{\"integrity\":{\"/a\":\"sha384-a\"}}", "<", "</", "text", " ",
        ]), 0..40),
        cuts in proptest::collection::vec(0..400_usize, 0..6),
        policy in proptest::sample::select(vec!["", "style-src 'sha256-a'", "script-src 'sha384-a' 'nonce-N'"]),
    ) {
        let page = tokens.concat();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = rewrite(stage(DEFAULT_PROCESSABLE, policy), page.as_bytes(), &[]);
        let each: Vec<usize> = (0..page.len()).collect();
        prop_assert_eq!(&rewrite(stage(DEFAULT_PROCESSABLE, policy), page.as_bytes(), &cuts), &whole);
        prop_assert_eq!(&rewrite(stage(DEFAULT_PROCESSABLE, policy), page.as_bytes(), &each), &whole);
    }
}
