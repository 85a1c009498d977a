//! The truth table, row 12: every processable type is mapped as it streams.

use super::fixture::fill;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

const TYPES: &[(&str, &str, &str)] = &[
    (
        "a-style-sheet",
        "text/css",
        "@import '{o}/base.css'; a { background: url(\"{o}/a.png\") url({o}/b.png) }",
    ),
    (
        "a-script",
        "text/javascript",
        "fetch('{o}/api'); const s = \"{e}\\/x\"; import(`{o}/m.js`);",
    ),
    (
        "json",
        "application/json",
        r#"{"plain":"{o}/a","escaped":"{e}\/b","n":[1,2.5e3,null]}"#,
    ),
    (
        "linked-data",
        "application/ld+json",
        r#"{"@context":"https://schema.org","@id":"{o}/#me"}"#,
    ),
    (
        "a-feed",
        "application/rss+xml",
        "<?xml version=\"1.0\"?><rss><link>{o}/</link><guid>{o}/1</guid></rss>",
    ),
    (
        "a-sitemap",
        "text/xml; charset=utf-8",
        "<urlset><url><loc>{o}/a</loc></url></urlset>",
    ),
    (
        "an-svg-image",
        "image/svg+xml",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"{o}/a.png\"/></svg>",
    ),
    (
        "a-manifest",
        "application/manifest+json",
        r#"{"start_url":"{o}/?pwa","icons":[{"src":"{e}\/i.png"}]}"#,
    ),
    (
        "a-component",
        "text/x-component",
        "1:[\"$\",\"a\",null,{\"href\":\"{o}/a\"}]\n2:I[\"x\"]\n",
    ),
    (
        "a-turbo-stream",
        "text/vnd.turbo-stream.html; charset=utf-8",
        "<turbo-stream action=\"append\"><template><a href=\"{o}/p\">x</a></template></turbo-stream>",
    ),
    (
        "a-navigation-of-react-router",
        "text/x-script",
        r#"[{"_1":2},"data",{"_3":4},"ok",1,"u","{o}/x"]"#,
    ),
    (
        "a-navigation-of-sveltekit",
        "text/sveltekit-data",
        "{\"type\":\"chunk\",\"id\":1,\"data\":[\"{o}/x\"]}\n",
    ),
    (
        "an-answer-of-an-astro-action",
        "application/json+devalue",
        r#"[{"link":1},"{o}/x"]"#,
    ),
    (
        "json-line-by-line",
        "application/x-ndjson",
        "{\"u\":\"{o}/x\"}\n{\"u\":\"{e}\\/y\"}\n",
    ),
    (
        "deferred-data-of-graphql",
        "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
        "\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{\"u\":\"{o}/1\",\"hasNext\":true}\r\n\
         ---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{\"u\":\"{o}/2\",\"hasNext\":false}\r\n-----\r\n",
    ),
    (
        "plain-text",
        "text/plain",
        "Sitemap: {o}/sitemap.xml\nUser-agent: *\n",
    ),
    (
        "xhtml",
        "application/xhtml+xml",
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><a href='{o}/'/></body></html>",
    ),
    (
        "a-type-in-any-letter-case",
        "TEXT/HTML ;Charset=UTF-8",
        "<a href='{o}/x'>x</a>",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    TYPES
        .iter()
        .map(|&(name, media_type, template)| {
            exchange(
                format!("row-12-{name}-is-mapped-as-it-streams"),
                Setup::Map,
                move |_| answer(200).of_type(media_type).body(fill(template, ALIAS)),
                |get| get,
                move |_, response, _| {
                    response
                        .has_status(200)?
                        .decided("stream", 12)?
                        .has("Content-Type", media_type)?;
                    response
                        .has_decoded(fill(template, PUBLIC))?
                        .lacks("Content-Length")?;
                    Ok(())
                },
            )
        })
        .collect()
}
