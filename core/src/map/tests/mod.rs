//! Tests: one table for each question that a reader may have, and properties against a naive twin.

mod back;
mod bare;
mod bases;
mod ends;
mod expressions;
#[cfg(feature = "idna")]
mod international;
mod mapped;
mod marks;
mod properties;
mod seeds;
mod serialised;
mod spellings;
mod streaming;
mod untouched;

use super::{BaseUrl, Origin, UrlMap, naive};
use crate::pipeline::Transform;

fn origin(url: &str) -> Origin {
    Origin::try_from(&url.parse::<http::Uri>().expect("a URI")).expect("an origin")
}

fn public(url: &str) -> BaseUrl {
    BaseUrl::try_from(&url.parse::<http::Uri>().expect("a URI")).expect("a public URL")
}

/// Maps chunks as they stream.
fn stream<'a>(
    map: &UrlMap,
    public: &BaseUrl,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut mapper = map.to(public);
    let mut whole = Vec::new();
    for mut chunk in chunks {
        while !chunk.is_empty() {
            let mut out = Vec::new();
            mapper
                .push(&mut chunk, &mut out)
                .expect("mapping never fails");
            whole.extend(out);
        }
    }
    mapper.finish(&mut whole).expect("mapping never fails");
    whole
}

/// Checks rows of input and output, mapped as a whole and byte by byte.
fn check(map: &UrlMap, public: &BaseUrl, rows: &[(&str, &str)]) {
    for (input, output) in rows {
        let mapped = map.map_bytes(public, input.as_bytes());
        assert_eq!(String::from_utf8_lossy(&mapped), *output, "of {input}");
        let streamed = stream(map, public, input.as_bytes().chunks(1));
        assert_eq!(
            String::from_utf8_lossy(&streamed),
            *output,
            "of {input}, byte by byte"
        );
    }
}

fn check_default(rows: &[(&str, &str)]) {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    check(&map, &public("https://www.example.org"), rows);
}

fn check_untouched(inputs: &[&str]) {
    let rows: Vec<_> = inputs.iter().map(|input| (*input, *input)).collect();
    check_default(&rows);
}
