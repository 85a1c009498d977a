//! Inserted scripts and styles take the nonce of the page's policy.

use encoding_rs::UTF_8;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::response;
use super::{assert_page, compile, on_page};
use crate::html::PageRules;
use crate::media_type::MediaType;

pub(super) fn with_policy(rules: &str, policy: &str) -> PageRules {
    let mut head = HeaderMap::new();
    head.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    let value = HeaderValue::from_str(policy).expect("a field value");
    head.insert(CONTENT_SECURITY_POLICY, value);
    let media_type = MediaType::of(&head).expect("a media type");
    compile(rules).on_page("/", &media_type, &response(head), None)
}

const EVERYWHERE: &str = "[[html]]\nselect = 'p'\nnonce = true\nbefore = '<script>1</script>'\nprepend = '<style>2</style>'\n\
                          append = '<script nonce=own>3</script>'\nafter = '<link rel=stylesheet>'";
const HEAD: &str = "[[html]]\nselect = 'head'\nnonce = true\nprepend = '<script>1</script>'\nappend = '<script>2</script>'\n";
const BODY: &str = "[[html]]\nselect = 'body'\nnonce = true\nprepend = '<script>3</script>'\nappend = '<script>4</script>'\n";
const META: &str = "<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-M'\">";

#[test]
fn each_insertion_takes_the_nonce_of_the_head() {
    let page = with_policy(EVERYWHERE, "script-src 'nonce-S'; style-src 'nonce-C'");
    assert_page(
        EVERYWHERE,
        &page,
        "<p>a</p>",
        "<script nonce=\"S\">1</script><p><style nonce=\"C\">2</style>a<script nonce=own>3</script></p>\
         <link nonce=\"C\" rel=stylesheet>",
    );
    let inner = "[[html]]\nselect = 'p'\nnonce = true\ninner = '<script>1</script>'";
    let page = with_policy(inner, "default-src 'nonce-S'");
    assert_page(
        inner,
        &page,
        "<p>a</p>",
        "<p><script nonce=\"S\">1</script></p>",
    );
}

#[test]
fn what_is_implied_takes_it_too() {
    let rules = format!("{HEAD}{BODY}");
    let page = with_policy(&rules, "script-src 'nonce-S'");
    assert_page(
        &rules,
        &page,
        "<!doctype html><title>t</title><p>a",
        "<!doctype html><script nonce=\"S\">1</script><script nonce=\"S\">2</script><title>t</title>\
         <script nonce=\"S\">3</script><p>a<script nonce=\"S\">4</script>",
    );
}

#[test]
fn a_policy_in_a_meta_element_counts_for_what_comes_after_it() {
    let rules = format!("{HEAD}{BODY}");
    let page = on_page(&compile(&rules), "text/html");
    for (meta, nonce) in [
        (META, " nonce=\"M\""),
        (
            "<meta HTTP-EQUIV=content-security-policy content='default-src &#39;nonce-M&#39;'>",
            " nonce=\"M\"",
        ),
        (
            "<meta http-equiv=refresh content=\"script-src 'nonce-M'\">",
            "",
        ),
        (
            "<meta http-equiv=content-security-policy-report-only content=\"script-src 'nonce-M'\">",
            "",
        ),
        (
            "<template><meta http-equiv=content-security-policy content=\"script-src 'nonce-M'\"></template>",
            "",
        ),
        (
            "<!-- <meta http-equiv=content-security-policy content=\"script-src 'nonce-M'\"> -->",
            "",
        ),
        (
            "<meta http-equiv=content-security-policy content=\"script-src 'nonce-&quot;'\">",
            "",
        ),
    ] {
        assert_page(
            &rules,
            &page,
            &format!("<head>{meta}</head><body>a</body>"),
            &format!(
                "<head><script>1</script>{meta}<script{nonce}>2</script></head>\
                 <body><script{nonce}>3</script>a<script{nonce}>4</script></body>"
            ),
        );
    }
    let late = format!("<head></head><body>{META}</body>");
    let expected = format!(
        "<head><script>1</script><script>2</script></head><body><script>3</script>{META}<script>4</script></body>"
    );
    assert_page(&rules, &page, &late, &expected);
}

#[test]
fn a_policy_in_a_body_does_not_count_be_the_body_written_or_not() {
    let append = "[[html]]\nselect = 'body'\nnonce = true\nappend = '<script>4</script>'\n";
    let element = "[[html]]\nselect = 'i'\nnonce = true\ninner = '<script>5</script>'\n";
    for (before, nonce) in [
        ("<title>x</title>", " nonce=\"M\""),
        ("<head></head>", " nonce=\"M\""),
        ("<title>x</title><p>a</p>", ""),
        ("<title>x</title>a", ""),
        ("<div>", ""),
        ("<head></head><div>", ""),
        ("</head><body>", ""),
    ] {
        let (start, end) = (format!("{before}{META}"), "<p>b<i>");
        for (rules, expected) in [
            (append, format!("{start}{end}<script{nonce}>4</script>")),
            (element, format!("{start}{end}<script{nonce}>5</script>")),
        ] {
            let page = on_page(&compile(rules), "text/html");
            assert_page(rules, &page, &format!("{start}{end}"), &expected);
        }
    }
}

#[test]
fn the_heads_policy_comes_before_one_in_the_page() {
    let rules = format!("{HEAD}{BODY}");
    let page = with_policy(&rules, "script-src 'nonce-S'");
    assert_page(
        &rules,
        &page,
        &format!("<head>{META}</head><body>"),
        &format!(
            "<head><script nonce=\"S\">1</script>{META}<script nonce=\"S\">2</script></head>\
             <body><script nonce=\"S\">3</script><script nonce=\"S\">4</script>"
        ),
    );
}

#[test]
fn no_rule_takes_a_nonce_unless_it_is_told_to() {
    let rules = "[[html]]\nselect = 'p'\nprepend = '<script>1</script>'";
    let page = with_policy(rules, "script-src 'nonce-S'");
    assert_page(rules, &page, "<p>", "<p><script>1</script>");
    assert!(page.rewriter(Some(UTF_8), None, None).is_some());
}
