//! URL mapping in the places and the spellings that pages contain.

use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::Setup;

/// A media type and text of that type, as the origin sends it and as the client gets it.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "every-candidate-of-a-srcset-is-mapped",
        "text/html",
        "<img srcset=\"https://origin.example.com/1.png 1x,https://origin.example.com/2.png 2x, //origin.example.com/3.png 3x\">\
         <link imagesrcset='//origin.example.com/a 640w,//origin.example.com/b 1280w'>",
        "<img srcset=\"https://www.example.com/1.png 1x,https://www.example.com/2.png 2x, //www.example.com/3.png 3x\">\
         <link imagesrcset='//www.example.com/a 640w,//www.example.com/b 1280w'>",
    ),
    (
        "a-style-element-is-mapped",
        "text/html",
        "<style>@import'//origin.example.com/a.css';b{background:url(//origin.example.com/b.png),url(\"https://origin.example.com/c.png\")}</style>",
        "<style>@import'//www.example.com/a.css';b{background:url(//www.example.com/b.png),url(\"https://www.example.com/c.png\")}</style>",
    ),
    (
        "a-style-attribute-with-references-is-mapped",
        "text/html",
        "<p style=\"background:url(&quot;https://origin.example.com/a.png&quot;),url(&#39;//origin.example.com/b.png&#39;),\
         url(&#x27;https:&#x2F;&#x2F;origin.example.com&#x2F;c.png&#x27;)\">",
        "<p style=\"background:url(&quot;https://www.example.com/a.png&quot;),url(&#39;//www.example.com/b.png&#39;),\
         url(&#x27;https:&#x2F;&#x2F;www.example.com&#x2F;c.png&#x27;)\">",
    ),
    (
        "json-in-an-attribute-is-mapped",
        "text/html",
        r#"<div data-a='{"u":"https:\/\/origin.example.com\/a","h":"origin.example.com"}' data-b="{&quot;u&quot;:&quot;https:\/\/origin.example.com\/b&quot;,&quot;h&quot;:&quot;origin.example.com&quot;}">"#,
        r#"<div data-a='{"u":"https:\/\/www.example.com\/a","h":"www.example.com"}' data-b="{&quot;u&quot;:&quot;https:\/\/www.example.com\/b&quot;,&quot;h&quot;:&quot;www.example.com&quot;}">"#,
    ),
    (
        "json-in-a-json-string-is-mapped",
        "application/json",
        r#"{"a":"{\"u\":\"https:\\\/\\\/origin.example.com\\\/a\",\"h\":\"origin.example.com\"}"}"#,
        r#"{"a":"{\"u\":\"https:\\\/\\\/www.example.com\\\/a\",\"h\":\"www.example.com\"}"}"#,
    ),
    (
        "a-percent-encoded-url-in-a-query-is-mapped",
        "text/html",
        "<a href=\"https://share.test/?u=https%3A%2F%2Forigin.example.com%2Fa%3Fb%3D1&amp;v=https%253a%252f%252forigin.example.com%252f\
         &amp;h=origin.example.com&amp;j=%7B%22h%22%3A%22origin.example.com%22%7D\">",
        "<a href=\"https://share.test/?u=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1&amp;v=https%253a%252f%252fwww.example.com%252f\
         &amp;h=www.example.com&amp;j=%7B%22h%22%3A%22www.example.com%22%7D\">",
    ),
    (
        "references-without-a-semicolon-are-mapped",
        "text/html",
        "<a href='https&#58&#47&#47origin.example.com&#47a'><a href=\"https:&#x2f&#x2Forigin.example.com/\"><b title=&#34//origin.example.com&#34>",
        "<a href='https&#58&#47&#47www.example.com&#47a'><a href=\"https:&#x2f&#x2Fwww.example.com/\"><b title=&#34//www.example.com&#34>",
    ),
    (
        "css-escapes-are-mapped",
        "text/css",
        "a{background:url(https\\3a\\2f\\2forigin.example.com\\2f a.png)}b{background:url(https\\3A \\2F \\2F origin.example.com\\2F b.png)}\
         i{background:url(\\00002f\\00002forigin\\2e example\\2e com/c.png)}",
        "a{background:url(https\\3a\\2f\\2fwww.example.com\\2f a.png)}b{background:url(https\\3A \\2F \\2F www.example.com\\2F b.png)}\
         i{background:url(\\00002f\\00002fwww\\2e example\\2e com/c.png)}",
    ),
    (
        "javascript-escapes-are-mapped",
        "text/javascript",
        r#"a="https:\u{2f}\u{2F}origin.example.com\u{2f}";b='\x2f\x2forigin.example.com';c="https\u003a\u002f\u002forigin.example.com";d=/^https?:\/\/x|https:\/\/origin\.example\.com\//"#,
        r#"a="https:\u{2f}\u{2F}www.example.com\u{2f}";b='\x2f\x2fwww.example.com';c="https\u003a\u002f\u002fwww.example.com";d=/^https?:\/\/x|https:\/\/www\.example\.com\//"#,
    ),
    (
        "escaped-letters-of-a-url-are-mapped",
        "text/html",
        "<a href='&#104;ttps://&#111;rigin.example.com/a'><a href='https://%6Frigin.example.%63om/b'><a href='?u=%68ttps%3A%2F%2Forigin.example.com'>",
        "<a href='https://www.example.com/a'><a href='https://www.example.com/b'><a href='?u=https%3A%2F%2Fwww.example.com'>",
    ),
    (
        "escaped-escapes-are-mapped",
        "text/html",
        r#"<a href='?j=%22https%3A%5C%2F%5C%2Forigin.example.com%5C%2Fa%22&k=%255C%252F'><a data-a='"https:&#92;/&bsol;/x","https:&bsol;/&bsol;/origin.example.com&bsol;/b"'><script>a="https:\u0026#47;\u0026#47;origin.example.com";b="%22%26%2347%3B%26%2347%3Borigin.example.com"</script>"#,
        r#"<a href='?j=%22https%3A%5C%2F%5C%2Fwww.example.com%5C%2Fa%22&k=%255C%252F'><a data-a='"https:&#92;/&bsol;/x","https:&bsol;/&bsol;/www.example.com&bsol;/b"'><script>a="https:\u0026#47;\u0026#47;www.example.com";b="%22%26%2347%3B%26%2347%3Bwww.example.com"</script>"#,
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let text = |&(id, media_type, sent, mapped): &(
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    )| {
        exchange(
            id,
            Setup::Map,
            move |_| answer(200).of_type(media_type).body(sent),
            |get| get,
            move |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(mapped)?;
                Ok(())
            },
        )
    };
    let mut all: Vec<_> = TEXTS.iter().map(text).collect();
    all.push(exchange(
        "every-spelling-is-mapped-one-byte-at-a-time",
        Setup::Map,
        |_| {
            let sent: String = TEXTS
                .iter()
                .map(|(.., sent, _)| format!("{sent}\n"))
                .collect();
            answer(200)
                .of_type("text/plain")
                .chunks(sent.as_bytes().chunks(1))
        },
        |get| get,
        |_, response, _| {
            let mapped: String = TEXTS
                .iter()
                .map(|(.., mapped)| format!("{mapped}\n"))
                .collect();
            response.has_status(200)?.has_decoded(mapped)?;
            Ok(())
        },
    ));
    all
}
