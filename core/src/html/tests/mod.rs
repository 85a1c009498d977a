//! The rules on pages, whole and in pieces. Whatever the pieces, the output must be the same.

mod actions;
mod attributes;
mod implied;
mod nonce;
mod properties;
mod stage;
mod text;
mod when;

use encoding_rs::{Encoding, UTF_8};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};

use super::{HtmlRules, PageRules};
use crate::config::Config;
use crate::media_type::MediaType;
use crate::pipeline::Transform;

fn compile(rules: &str) -> HtmlRules {
    let text = format!("origin.url = 'https://o.example'\n{rules}");
    let config = Config::from_toml(&text, "f.toml").expect(rules);
    HtmlRules::compile(&config.html, "html").expect(rules)
}

/// Returns what comes out of `input` in pieces that end at `cuts`.
fn rewrite(mut stage: Box<dyn Transform>, input: &[u8], cuts: &[usize]) -> Vec<u8> {
    let (mut out, mut sent) = (Vec::new(), Vec::new());
    let mut start = 0;
    for end in cuts.iter().copied().chain([input.len()]) {
        let end = end.clamp(start, input.len());
        let mut piece = &input[start..end];
        loop {
            stage.push(&mut piece, &mut out).expect("no input fails");
            let full = out.len() >= crate::pipeline::BLOCK;
            assert!(full || piece.is_empty());
            sent.append(&mut out);
            if !full {
                break;
            }
        }
        start = end;
    }
    stage.finish(&mut out).expect("no input fails");
    sent.append(&mut out);
    sent
}

/// Returns a response with this head.
fn response(head: HeaderMap) -> Response<()> {
    let mut response = Response::new(());
    *response.headers_mut() = head;
    response
}

/// Returns the rules for a page of a type, at the path `/news/a`.
fn on_page(rules: &HtmlRules, media_type: &str) -> PageRules {
    let mut head = HeaderMap::new();
    head.insert(
        CONTENT_TYPE,
        HeaderValue::from_str(media_type).expect("a field value"),
    );
    let media_type = MediaType::of(&head).expect("a media type");
    rules.on_page("/news/a", &media_type, &response(head), None)
}

fn stage(rules: &HtmlRules, encoding: &'static Encoding) -> Box<dyn Transform> {
    on_page(rules, "text/html")
        .rewriter(Some(encoding), None, None)
        .expect("something to do")
}

/// Checks one page whole, byte by byte, and cut once at each place.
fn assert_rewritten(rules: &str, input: &str, expected: &str) {
    let page = on_page(&compile(rules), "text/html");
    assert_page(rules, &page, input, expected);
}

fn assert_page(rules: &str, page: &PageRules, input: &str, expected: &str) {
    let stage = || {
        page.rewriter(Some(UTF_8), None, None)
            .expect("something to do")
    };
    let each: Vec<usize> = (0..input.len()).collect();
    let once = (0..=input.len()).map(|cut| vec![cut]);
    for cuts in once.chain([each]) {
        let output = rewrite(stage(), input.as_bytes(), &cuts);
        assert_eq!(
            String::from_utf8_lossy(&output),
            expected,
            "{rules}\n{input}\ncut at {cuts:?}"
        );
    }
}

const PARAGRAPH: &str = "[[html]]\nselect = 'p.x'\n";
const HEAD: &str = "[[html]]\nselect = 'head'\nprepend = '[H]'\n";
const BODY: &str = "[[html]]\nselect = 'body'\nappend = '[B]'\n";
