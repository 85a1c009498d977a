//! Each example does what it is for.

use std::collections::BTreeSet;
use std::fs;

use http::{Request, Response};
use streamgate::{BaseUrl, Gate};
use streamgate_book::{pages, root};

/// What a page of an example becomes.
struct Case {
    /// The file, without its extension.
    example: &'static str,
    /// The URL that the browser asks for.
    url: &'static str,
    media_type: &'static str,
    body: &'static str,
    expected: &'static str,
}

const CASES: [Case; 11] = [
    Case {
        example: "single-origin",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<a href="https://origin.example.com/a">a</a><script>u = "https:\/\/origin.example.com"</script>"#,
        expected: r#"<a href="https://www.example.com/a">a</a><script>u = "https:\/\/www.example.com"</script>"#,
    },
    Case {
        example: "three-origins",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<img src="https://cdn.example.net/assets/a.png"><p data-api="https://api.example.net/api/v1"><a href="//origin.example.com/">"#,
        expected: r#"<img src="https://www.example.com/img/a.png"><p data-api="https://www.example.com/api/v1"><a href="//www.example.com/">"#,
    },
    Case {
        example: "three-origins",
        url: "https://www.example.com/api/v1",
        media_type: "application/json",
        body: r#"{"next":"https:\/\/api.example.net\/api\/v1?page=2","cover":"https://cdn.example.net/assets/b.png"}"#,
        expected: r#"{"next":"https:\/\/www.example.com\/api\/v1?page=2","cover":"https://www.example.com/img/b.png"}"#,
    },
    Case {
        example: "tag-injection",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<head><meta http-equiv="Content-Security-Policy" content="script-src 'nonce-abc'"></head>"#,
        expected: r#"<head><script src="/tag.js" async></script><meta http-equiv="Content-Security-Policy" content="script-src 'nonce-abc'"></head>"#,
    },
    Case {
        example: "script-removal",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<script src="https://tracker.example.org/t.js"></script><script src="/own.js"></script><a href="/" onclick="track('home')">home</a>"#,
        expected: r#"<script src="/own.js"></script><a href="/">home</a>"#,
    },
    Case {
        example: "staging-banner",
        url: "https://staging.example.com/",
        media_type: "text/html",
        body: "<head><title>Example</title></head><body><h1>Example</h1>",
        expected: r#"<head><title>Staging: Example</title><meta name="robots" content="noindex"></head><body><p role="status">Staging: nothing here is final.</p><h1>Example</h1>"#,
    },
    Case {
        example: "nextjs",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<head></head><script>self.__next_f.push([1,"1:T1b,https://origin.example.com/2:[]\n"])</script>"#,
        expected: r#"<head><link rel="stylesheet" href="/brand.css"></head><script>self.__next_f.push([1,"1:T18,https://www.example.com/2:[]\n"])</script>"#,
    },
    Case {
        example: "nextjs",
        url: "https://www.example.com/?_rsc=1",
        media_type: "text/x-component",
        body: "1:T1b,https://origin.example.com/2:[]\n",
        expected: "1:T18,https://www.example.com/2:[]\n",
    },
    Case {
        example: "wordpress",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<head><meta name="generator" content="WordPress"><link rel="pingback" href="http://origin.example.com/xmlrpc.php"></head>"#,
        expected: r#"<head><link rel="pingback" href="https://www.example.com/xmlrpc.php"></head>"#,
    },
    Case {
        example: "shop",
        url: "https://www.example.com/",
        media_type: "text/html",
        body: r#"<head></head><form action="https://checkout.example.net/cart">"#,
        expected: r#"<head><script src="/tag.js" async></script></head><form action="https://checkout.example.com/cart">"#,
    },
    Case {
        example: "shop",
        url: "https://checkout.example.com/cart",
        media_type: "text/html",
        body: r#"<head></head><a href="https://origin.example.com/">back to the shop</a>"#,
        expected: r#"<head></head><a href="https://www.example.com/">back to the shop</a>"#,
    },
];

#[test]
fn each_example_makes_of_a_body_what_it_says() {
    for case in &CASES {
        let file = format!("examples/{}.toml", case.example);
        let text = fs::read_to_string(root().join(&file)).expect(&file);
        let gate = Gate::from_toml(&text, &file).expect(&file);
        let public = gate.config().origin.public.as_ref().expect(&file);
        let public = BaseUrl::try_from(public).expect(&file);
        let request = Request::get(case.url).body(()).expect(case.url);
        let response = Response::builder()
            .header("content-type", case.media_type)
            .body(())
            .expect(case.media_type);
        let pipeline = gate.rewriter(&request, &response, &public).expect(&file);
        let body = pipeline.run_to_vec(case.body.as_bytes()).expect(&file);
        assert_eq!(
            String::from_utf8_lossy(&body),
            case.expected,
            "{file} {}",
            case.url
        );
    }
}

#[test]
fn each_example_has_a_case_and_is_in_the_book() {
    let entries = fs::read_dir(root().join("examples")).expect("examples");
    let names = entries.map(|entry| entry.expect("examples").file_name().display().to_string());
    let names: BTreeSet<String> = names.collect();
    let tried = CASES.iter().map(|case| format!("{}.toml", case.example));
    assert_eq!(names, tried.collect());
    let links = pages().into_iter().flat_map(|page| page.links());
    let linked =
        links.filter_map(|link| link.target.strip_prefix("../examples/").map(str::to_owned));
    let linked: BTreeSet<String> = linked.collect();
    assert_eq!(names, linked);
}
