//! What browsers are to fetch, and where they report.

use super::{API, BLOG, IMG, MAIN, check};

#[test]
fn links_and_maps_lead_to_where_the_browser_can_ask() {
    check(&[
        // WordPress.
        (
            BLOG,
            "link",
            "<https://example.wordpress.com/wp-json/>; rel=\"https://api.w.org/\"",
            "<https://blog.example.com/wp-json/>; rel=\"https://api.w.org/\"",
        ),
        (
            BLOG,
            "x-pingback",
            "https://example.wordpress.com/xmlrpc.php",
            "https://blog.example.com/xmlrpc.php",
        ),
        (IMG, "x-pingback", "/xmlrpc.php", "/img/xmlrpc.php"),
        // Next.js.
        (
            MAIN,
            "link",
            "</_next/static/media/a-s.p.woff2>; rel=preload; as=\"font\"; crossorigin=\"\"; type=\"font/woff2\"",
            "</_next/static/media/a-s.p.woff2>; rel=preload; as=\"font\"; crossorigin=\"\"; type=\"font/woff2\"",
        ),
        (
            IMG,
            "link",
            "</_next/image?url=%2Fa.png&w=640>; rel=preload; as=\"image\"; imagesrcset=\"/_next/image?w=640 640w, /_next/image?w=828 828w,b.png\"; imagesizes=\"100vw\", </b>; rel=next",
            "</img/_next/image?url=%2Fa.png&w=640>; rel=preload; as=\"image\"; imagesrcset=\"/img/_next/image?w=640 640w, /img/_next/image?w=828 828w,b.png\"; imagesizes=\"100vw\", </img/b>; rel=next",
        ),
        // GitHub's pagination, and RFC 8288's own examples.
        (
            API,
            "link",
            "<https://api.example.net/api/repos/1/issues?page=2>; rel=\"next\", <https://api.example.net/api/repos/1/issues?page=9>; rel=\"last\"",
            "<https://www.example.com/api/repos/1/issues?page=2>; rel=\"next\", <https://www.example.com/api/repos/1/issues?page=9>; rel=\"last\"",
        ),
        (
            IMG,
            "link",
            "</>; rel=\"http://example.net/foo\"; anchor=\"/foo\"; title=\"</not>; /a\"",
            "</img/>; rel=\"http://example.net/foo\"; anchor=\"/img/foo\"; title=\"</not>; /a\"",
        ),
        (
            IMG,
            "link",
            "<https://cdn.example.net/a.css>;rel=preload;as=style, <//elsewhere.test/b>; rel=x",
            "<https://www.example.com/img/a.css>;rel=preload;as=style, <//elsewhere.test/b>; rel=x",
        ),
        (
            IMG,
            "link",
            r#"</a>; title="a \"b\"; anchor=\"/c"; anchor="/d", </e>; title="\\"; anchor = /f;rel=x, </g>; anchor=/h"#,
            r#"</img/a>; title="a \"b\"; anchor=\"/c"; anchor="/img/d", </img/e>; title="\\"; anchor = /img/f;rel=x, </img/g>; anchor=/img/h"#,
        ),
        (
            MAIN,
            "link",
            "</a>; anchor=https://cdn.example.net/b; rel=x",
            "</a>; anchor=https://www.example.com/img/b; rel=x",
        ),
        (IMG, "link", "</a>; title=\"</b>", "</img/a>; title=\"</b>"),
        (IMG, "link", "</a>; title=\"\\", "</img/a>; title=\"\\"),
        (IMG, "link", "</a>; anchor=", "</img/a>; anchor="),
        (IMG, "link", "</a", "</img/a"),
        (IMG, "sourcemap", "/js/a.js.map", "/img/js/a.js.map"),
        (IMG, "x-sourcemap", "a.js.map", "a.js.map"),
        (
            MAIN,
            "sourcemap",
            "https://cdn.example.net/a.map",
            "https://www.example.com/img/a.map",
        ),
        (IMG, "service-worker-allowed", "/", "/img/"),
        (MAIN, "service-worker-allowed", "/", "/"),
        (API, "service-worker-allowed", "/", "/"),
        // Cloudflare's Speed Brain.
        (
            MAIN,
            "speculation-rules",
            "\"/cdn-cgi/speculation\"",
            "\"/cdn-cgi/speculation\"",
        ),
        (
            IMG,
            "speculation-rules",
            "\"/rules/prefetch.json\", \"https://cdn.example.net/r.json\"",
            "\"/img/rules/prefetch.json\", \"https://www.example.com/img/r.json\"",
        ),
    ]);
}

#[test]
fn reports_go_through_the_gate() {
    check(&[
        (
            IMG,
            "reporting-endpoints",
            r#"a="x\"y", b="/reports""#,
            r#"a="x\"y", b="/img/reports""#,
        ),
        (
            IMG,
            "report-to",
            r#"{"group":"a\"b\\","endpoints":[{"url":"/r"}]}"#,
            r#"{"group":"a\"b\\","endpoints":[{"url":"/img/r"}]}"#,
        ),
        (
            IMG,
            "reporting-endpoints",
            "default=\"/reports\", csp=\"https://cdn.example.net/csp?a=b\", x=\"https://elsewhere.test/r\"",
            "default=\"/img/reports\", csp=\"https://www.example.com/img/csp?a=b\", x=\"https://elsewhere.test/r\"",
        ),
        // Cloudflare's own, which is nobody's origin.
        (
            MAIN,
            "report-to",
            r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x%3D"}],"group":"cf-nel","max_age":604800}"#,
            r#"{"endpoints":[{"url":"https:\/\/a.nel.cloudflare.com\/report\/v4?s=x%3D"}],"group":"cf-nel","max_age":604800}"#,
        ),
        (
            MAIN,
            "nel",
            r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
            r#"{"success_fraction":0,"report_to":"cf-nel","max_age":604800}"#,
        ),
        (
            IMG,
            "report-to",
            r#"{"group":"url","endpoints":[{"url": "/r", "priority":1},{"url":"\/s"}]}, {"endpoints":[{"url":"https:\/\/cdn.example.net\/t"}]}"#,
            r#"{"group":"url","endpoints":[{"url": "/img/r", "priority":1},{"url":"/img/s"}]}, {"endpoints":[{"url":"https:\/\/www.example.com\/img\/t"}]}"#,
        ),
        (
            IMG,
            "expect-ct",
            "max-age=0, report-uri=\"https://cdn.example.net/ct\"",
            "max-age=0, report-uri=\"https://www.example.com/img/ct\"",
        ),
    ]);
}
