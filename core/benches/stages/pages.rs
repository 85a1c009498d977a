//! The pages that are measured, made the same way each time. The benchmark against the peers, in
//! `bench/`, serves the same ones.

use std::fmt::Write;

/// The scheme and host of the origin, as its pages name it.
pub(crate) const ORIGIN: &str = "https://origin.gazette.example";
/// What takes its place.
pub(crate) const PUBLIC: &str = "https://www.example.com";
/// The element that a rule puts at the start of `head`.
pub(crate) const TAG: &str = "<script src=\"/_sg/tag.js\"></script>";

/// The number of links of the standard page.
pub(crate) const LINKS: usize = 5_000;
/// The length of the standard article, in bytes, or somewhat more.
pub(crate) const ARTICLE: usize = 180_000;

const WORDS: [&str; 32] = [
    "the",
    "of",
    "a",
    "council",
    "and",
    "in",
    "harbour",
    "to",
    "was",
    "for",
    "on",
    "that",
    "by",
    "ferry",
    "new",
    "with",
    "after",
    "mayor",
    "said",
    "it",
    "would",
    "between",
    "öffentlich",
    "bridge",
    "from",
    "last",
    "year",
    "an",
    "evening",
    "report",
    "Gazette",
    "example",
];

/// Returns a page that is little else than links to the origin: 94 bytes for each.
pub(crate) fn link_heavy(links: usize) -> String {
    let mut page = head("Every article");
    page.push_str("<ul>\n");
    for index in 0..links {
        let _ = writeln!(
            page,
            "<li><a href=\"{ORIGIN}/news/article-{index:05}.html\">Headline {index:05}</a></li>"
        );
    }
    page.push_str("</ul>\n</body></html>\n");
    page
}

/// Returns an article of at least `length` bytes, as a newspaper has them: prose, images with
/// sources for several widths, teasers whose links have no host, scripts with data, a style sheet.
/// Some kilobyte has a URL of the origin.
pub(crate) fn article(length: usize) -> String {
    let mut page = head("An evening at the harbour");
    let mut dice = Dice(7);
    let mut number = 0;
    while page.len() < length {
        number += 1;
        let _ = match number % 8 {
            1 => writeln!(
                page,
                "<figure><img src=\"{ORIGIN}/img/{number}.jpg\" srcset=\"{ORIGIN}/img/{number}-640.jpg \
                 640w, {ORIGIN}/img/{number}-1280.jpg 1280w\" alt=\"{}\"></figure>",
                prose(&mut dice, 6)
            ),
            3 => writeln!(
                page,
                "<aside class=\"teaser teaser--wide\" data-track=\"{{&quot;section&quot;:&quot;news&quot;,\
                 &quot;position&quot;:{number}}}\"><h2><a href=\"/news/{number}.html?ref=front\">{}</a>\
                 </h2></aside>",
                prose(&mut dice, 7)
            ),
            5 => writeln!(
                page,
                "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"url\":\
                 \"{}\\/news\\/{number}.html\",\"headline\":\"{}\"}}</script>",
                ORIGIN.replace('/', "\\/"),
                prose(&mut dice, 8)
            ),
            7 => writeln!(
                page,
                "<script>window.gazette.push({{slot:\"inline-{number}\",sizes:[[300,250],[728,90]],\
                 targeting:{{section:\"news\",terms:\"{}\"}}}});</script>",
                prose(&mut dice, 9)
            ),
            _ => writeln!(
                page,
                "<p class=\"story__text\">{}</p>",
                prose(&mut dice, 70)
            ),
        };
    }
    page.push_str("</body></html>\n");
    page
}

/// Returns a page of Next.js: markup, and the same once more as a stream of React in scripts.
pub(crate) fn flight(length: usize) -> String {
    let mut page = article(length / 2);
    let end = page.len() - "</body></html>\n".len();
    page.truncate(end);
    page.push_str("<script>(self.__next_f=self.__next_f||[]).push([0])</script>\n");
    let mut dice = Dice(11);
    let mut row = 0;
    while page.len() < length {
        row += 1;
        let text = format!("{} {ORIGIN}/news/{row}.html", prose(&mut dice, 180));
        let _ = write!(
            page,
            "<script>self.__next_f.push([1,\"{row:x}:T{:x},{text}\"])</script>\n\
             <script>self.__next_f.push([1,\"f{row:x}:[\\\"$\\\",\\\"a\\\",null,{{\\\"href\\\":\
             \\\"{ORIGIN}/news/{row}.html\\\",\\\"children\\\":\\\"${row:x}\\\"}}]\\n\"])</script>\n",
            text.len()
        );
    }
    page.push_str("</body></html>\n");
    page
}

/// Returns a page of 1 KB with four links to the origin.
pub(crate) fn small() -> String {
    let mut page = head("A note");
    let mut dice = Dice(3);
    for index in 0..4 {
        let _ = writeln!(
            page,
            "<p><a href=\"{ORIGIN}/n/{index}\">{}</a></p>",
            prose(&mut dice, 4)
        );
    }
    while page.len() < 1024 - "<p></p>\n</body></html>\n".len() - 60 {
        let _ = writeln!(page, "<p>{}</p>", prose(&mut dice, 6));
    }
    page.push_str("</body></html>\n");
    page
}

/// Returns bytes that no coding makes shorter, as an image has them.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut dice = Dice(5);
    (0..length).map(|_| dice.roll(256) as u8).collect()
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <link rel=\"canonical\" href=\"{ORIGIN}/\">\n\
         <style>.story__text{{margin:0 auto;max-width:40em}}.teaser--wide{{display:grid}}</style>\n\
         </head><body class=\"page\">\n<h1>{title}</h1>\n"
    )
}

fn prose(dice: &mut Dice, words: usize) -> String {
    let words: Vec<_> = (0..words).map(|_| WORDS[dice.roll(WORDS.len())]).collect();
    words.join(" ")
}

/// A generator of numbers that are the same each time (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    /// Returns a number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}
