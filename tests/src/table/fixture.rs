//! Pages and images that scenarios share. A page is a template, in which `{o}` stands for the
//! origin that it points at.

use std::fmt::Write;

use crate::blocks::Blocks;
use crate::client::Response;
use crate::failure::{Verdict, ensure};

/// A small page with URLs in the places where pages have them.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>The news</title>
<link rel="stylesheet" href="{o}/style.css"><link rel=canonical href='{o}/news/'>
<style>body { background: url({o}/paper.png) }</style>
<script type="application/ld+json">{"@id": "{o}/#site", "url": "{e}\/"}</script></head>
<body><h1>The news</h1><p>Read <a href="{o}/a?b=1&amp;c=2#d">more</a> or <a href={o}>home</a>.</p>
<img src="/local.png" srcset="{o}/1x.png 1x, {o}/2x.png 2x" alt="caf&eacute; café">
</body></html>
"#;

/// Fills the small page with a scheme and host.
pub(super) fn page(host: &str) -> Vec<u8> {
    fill(PAGE, host)
}

/// Fills a template with a scheme and host: `{o}` as it is, `{e}` with its slashes escaped as JSON
/// allows.
pub(super) fn fill(template: &str, host: &str) -> Vec<u8> {
    template
        .replace("{o}", host)
        .replace("{e}", &host.replace('/', "\\/"))
        .into_bytes()
}

/// Checks that `Vary` names a field.
pub(super) fn varies_by(response: &Response, field: &str) -> Verdict {
    ensure!(
        response.fields.has_member("vary", field),
        "Vary does not name {field}"
    );
    Ok(())
}

/// Returns 4,000 bytes with the signature of a PNG.
pub(super) fn image() -> Vec<u8> {
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    image.extend_from_slice(&Blocks::noise(1).unit[..3992]);
    image
}

/// An article of a long page, with every element that pages use often.
fn article(number: usize) -> String {
    format!(
        "<article id=\"a{number}\" class=\"teaser wide\"><h2><a href=\"{{o}}/news/{number}.html\" data-n={number}>Über \
         headline {number}</a></h2><picture><source srcset=\"{{o}}/i/{number}-640.webp 640w, {{o}}/i/{number}-1280.webp \
         1280w\"><img src=\"{{o}}/i/{number}.jpg\" alt=''></picture><p>Lorem ipsum dolor sit amet, <em>consetetur</em> \
         sadipscing elitr &amp; sed diam; ein Satz mit Umlauten: äöüß – “quoted”.</p><script>track({{\"u\":\"{{e}}\\/t?\
         id={number}\"}});</script><a href=\"https://elsewhere.example/origin.example.com/{number}\">elsewhere</a>\
         </article>\n"
    )
}

/// Makes a news page of some 100 KB as servers send it, with metadata in the head, articles, inline
/// scripts, comments and a footer.
pub(super) fn news_page(host: &str) -> Vec<u8> {
    let mut template = String::from(
        "<!DOCTYPE html>\n<html lang=\"de\" class=\"no-js\">\n<!-- {o} is in a comment too -->\n<head>\n<meta charset=utf-8>\n\
         <base href=\"{o}/\">\n<meta property=\"og:url\" content=\"{o}/\">\n<script>window.cfg={\"api\":\"{e}\\/api\"}</script>\n\
         </head>\n<body>\n<h1>News</h1>\n",
    );
    for number in 0..220 {
        template.push_str(&article(number));
    }
    let _ = write!(
        template,
        "<svg><use href=\"{{o}}/sprite.svg#x\"/></svg>\n</body>\n</html>\n"
    );
    fill(&template, host)
}

/// Makes a page of at least some length whose articles repeat.
pub(super) fn long_page(length: usize, host: &str) -> Blocks {
    let unit: String = (0..100).map(article).collect();
    let unit = fill(&unit, host);
    Blocks {
        before: b"<!DOCTYPE html><html><head><title>Long</title></head><body>\n".to_vec(),
        // The mapped length would do as well: the count must only be the same for both hosts.
        count: length.div_ceil(fill(&(0..100).map(article).collect::<String>(), "https://x").len()),
        unit,
        after: b"</body></html>\n".to_vec(),
    }
}
