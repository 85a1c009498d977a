//! URL mapping: any text is mapped alike however it is cut, there and back. Under libFuzzer, it is
//! mapped as the naive twin in core's tests does; of the seeds, a test beside that twin says so.

use std::sync::LazyLock;

use streamgate::internals::{Origin, UrlMap};
use streamgate::{BLOCK, BaseUrl, Transform};

use super::common::cut;
use super::input::{Input, show};

struct Site {
    #[cfg_attr(not(fuzzing), allow(dead_code, reason = "the twin takes them"))]
    origins: Vec<Origin>,
    map: UrlMap,
    public: BaseUrl,
}

/// Sites with several origins each, and with one: names with dots and without, ports, addresses,
/// international hosts, and paths.
static SITES: LazyLock<Vec<Site>> = LazyLock::new(|| {
    let few = ["https://origin.example.com"].map(origin).to_vec();
    let many = vec![
        origin("https://origin.example.com"),
        origin("http://origin.example.com:8081"),
        origin("https://a-b.example.com").below("/img").unwrap(),
        origin("http://127.0.0.1:8081"),
        origin("https://b.example.com.test").to(public("http://[::1]:3000")),
        origin("http://localhost"),
        origin("http://[::1]:8081"),
        based("https://a-b.example.com", "/img/x", "/x"),
        based("https://api.example.com", "/v1", "/v1"),
        origin("https://my.name"),
        origin("https://xn--bcher-kva.example"),
    ];
    let mut sites = Vec::new();
    for origins in [few, many] {
        for url in [
            "https://www.example.org",
            "http://localhost:8080",
            "https://3d.test:8443",
        ] {
            let public = public(url);
            let back = origins
                .iter()
                .map(|origin| origin.exchanged(&public))
                .collect();
            sites.extend([origins.clone(), back].map(|origins: Vec<Origin>| Site {
                map: UrlMap::new(origins.clone()),
                public: public.clone(),
                origins,
            }));
        }
    }
    sites
});

fn origin(url: &str) -> Origin {
    Origin::try_from(&url.parse::<http::Uri>().unwrap()).unwrap()
}

fn based(url: &str, base: &str, below: &str) -> Origin {
    origin(url)
        .at(base)
        .and_then(|based| based.below(below))
        .unwrap()
}

fn public(url: &str) -> BaseUrl {
    url.parse().unwrap()
}

pub(crate) fn map(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let site = input.choose(&SITES);
    let lengths = input.lengths();
    let text = input.rest();
    let whole = site.map.map_bytes(&site.public, text).into_owned();
    for lengths in [&[1][..], &lengths] {
        let streamed = stream(site, cut(text, lengths));
        assert_eq!(
            show(&streamed),
            show(&whole),
            "by {lengths:?}, of {:?}",
            show(text)
        );
    }
    #[cfg(fuzzing)]
    {
        let naive = streamgate::internals::naively_mapped(&site.origins, &site.public, text);
        assert_eq!(show(&whole), show(&naive), "of {:?}", show(text));
    }
}

fn stream<'a>(site: &Site, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut mapper = site.map.to(&site.public);
    let mut whole = Vec::new();
    for mut chunk in chunks {
        while !chunk.is_empty() {
            let mut out = Vec::new();
            mapper.push(&mut chunk, &mut out).unwrap();
            assert!(out.len() < 2 * BLOCK);
            whole.append(&mut out);
        }
    }
    mapper.finish(&mut whole).unwrap();
    whole
}
