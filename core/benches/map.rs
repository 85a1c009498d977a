//! Measures the speed of URL mapping on pages with no, few and many URLs of the origin, beside a
//! plain search and a plain copy.
//!
//! Run with `cargo bench -p streamgate --bench map`. Each number is the best of many passes, in 10⁹
//! bytes per second.

use std::hint::black_box;
use std::time::Instant;

use memchr::memmem;
use streamgate::BaseUrl;
use streamgate::Transform;
use streamgate::internals::{Origin, UrlMap};
use streamgate::{MapError, Scheme};

const HOST: &str = "origin.gazette.example";
const PASSES: usize = 100;
const CHUNK: usize = 64 * 1024;

/// Markup of some 300 bytes without a URL of the origin.
const MARKUP: &str = r#"
<article class="teaser teaser--wide" data-track="{&quot;section&quot;:&quot;politics&quot;,&quot;position&quot;:4}">
  <h2><a href="/politics/the-example-of-a-headline?ref=front">The example of a headline</a></h2>
  <p>Examples of prose, such as a page has between its links; some of it is "quoted", some is not.</p>
</article>
"#;

fn main() -> Result<(), MapError> {
    let map = UrlMap::new([Origin::new(Scheme::Https, HOST)?]);
    let public = BaseUrl::new(Scheme::Https, "www.example.org")?;
    let link = format!("<img src=\"https://{HOST}/a/picture.jpg\">");
    let rows = [
        ("no URL of the origin", usize::MAX, link.as_str()),
        ("one every 64 KiB", 200, &link),
        ("one every 4 KiB", 12, &link),
        ("one every 330 bytes", 1, &link),
        ("its name every 330 bytes", 1, "<p>So the Gazette says.</p>"),
    ];
    println!(
        "{:24} {:>8} {:>8} {:>8}",
        "", "mapped", "searched", "copied"
    );
    for (name, every, insert) in rows {
        let page = page(every, insert);
        let mut out = Vec::new();
        let mapped = throughput(&page, || {
            let mut mapper = map.to(&public);
            for mut chunk in page.chunks(CHUNK) {
                while !chunk.is_empty() {
                    out.clear();
                    let pushed = mapper.push(&mut chunk, &mut out);
                    assert!(pushed.is_ok());
                }
            }
            black_box(&out);
        });
        let finder = memmem::Finder::new(HOST);
        let searched = throughput(&page, || {
            black_box(finder.find_iter(&page).count());
        });
        let mut copy = Vec::new();
        let copied = throughput(&page, || {
            for chunk in page.chunks(CHUNK) {
                copy.clear();
                copy.extend_from_slice(chunk);
                black_box(&copy);
            }
        });
        println!("{name:24} {mapped:8.1} {searched:8.1} {copied:8.1}");
    }
    for number in [4, 8, 16, 32] {
        let sites = (0..number).map(|number| format!("static.gazette{number}.example"));
        let origins: Result<Vec<_>, _> = sites
            .map(|host| Origin::new(Scheme::Https, &host))
            .collect();
        let map = UrlMap::new(origins?);
        let page = page(usize::MAX, "");
        let mapped = throughput(&page, || {
            black_box(map.map_bytes(&public, &page));
        });
        println!("{:24} {mapped:8.1}", format!("none of {number} origins"));
    }
    Ok(())
}

/// Returns a page of about a megabyte with a text inserted behind every `every`th piece of markup.
fn page(every: usize, insert: &str) -> Vec<u8> {
    let mut page = String::new();
    for index in 1..=2_500_usize {
        page.push_str(MARKUP);
        if index.is_multiple_of(every) {
            page.push_str(insert);
        }
    }
    page.into_bytes()
}

fn throughput(page: &[u8], mut pass: impl FnMut()) -> f64 {
    let best = (0..PASSES).map(|_| {
        let start = Instant::now();
        pass();
        start.elapsed().as_secs_f64()
    });
    page.len() as f64 / best.fold(f64::MAX, f64::min) / 1e9
}
