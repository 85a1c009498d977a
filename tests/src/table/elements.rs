//! URL mapping in the places where HTML has URLs, and where only some browsers find them.

use super::fixture::fill;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

const PAGES: &[(&str, &str)] = &[
    (
        "a-base-is-mapped-and-urls-relative-to-it-stay",
        "<base href=\"{o}/news/\"><a href=\"today.html\">today</a><base target=_top href='{o}'>",
    ),
    (
        "every-candidate-of-srcset-and-imagesrcset-is-mapped",
        "<img srcset=\"{o}/1.jpg 1x,{o}/2.jpg 2x, {o}/a,b.jpg 640w\"><source srcset='{o}/3.webp'>\
         <link rel=preload as=image imagesrcset=\"{o}/4.jpg 400w, {o}/5.jpg 800w\" imagesizes=50vw>",
    ),
    (
        "a-refresh-is-mapped",
        "<meta http-equiv=refresh content=\"5; url={o}/next\"><meta http-equiv=\"Refresh\" content=\"0;URL='{o}/b'\">",
    ),
    (
        "a-template-is-mapped",
        "<template><a href=\"{o}/a\">a</a><template><img src={o}/b></template></template>",
    ),
    (
        "svg-in-a-page-is-mapped",
        "<svg><use xlink:href=\"{o}/s.svg#a\"/><image href='{o}/i.png'/><style>a{fill:url({o}/f.svg#x)}</style></svg>",
    ),
    (
        "a-noscript-is-mapped",
        "<noscript><img src=\"{o}/pixel.gif\"><link rel=stylesheet href={o}/n.css></noscript>",
    ),
    (
        "comments-including-conditional-ones-are-mapped",
        "<!-- {o}/c --><!--[if lt IE 9]><script src=\"{o}/shiv.js\"></script><![endif]-->\
         <!--[if !IE]><!--><link href='{o}/a.css'><!--<![endif]--><![if IE]><img src={o}/b><![endif]>",
    ),
    (
        "a-style-attribute-and-an-event-handler-are-mapped",
        "<p style=\"background:url({o}/p.png)\" onclick='go(\"{o}/x\")' data-u='{\"u\":\"{e}\\/y\"}'>",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    PAGES
        .iter()
        .map(|&(id, template)| {
            exchange(
                id,
                Setup::Map,
                move |_| answer(200).html().chunks(fill(template, ALIAS).chunks(11)),
                |get| get,
                move |_, response, _| {
                    response
                        .has_status(200)?
                        .decided("stream", 12)?
                        .has_decoded(fill(template, PUBLIC))?;
                    Ok(())
                },
            )
        })
        .collect()
}
