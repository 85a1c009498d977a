//! Streams that React wrote, and pages as Next.js writes them around these
//! (`core/tests/data/flight/README.md`).

use super::reader::{page, rows};
use super::{COMPONENT, HTML, LIMIT, PUBLICS, mapped};

const TEXT: &[u8] = include_bytes!("../../../tests/data/flight/text.rsc");
const BINARY: &[u8] = include_bytes!("../../../tests/data/flight/binary.rsc");
const TEXT_PAGE: &str = include_str!("../../../tests/data/flight/text.html");
const BINARY_PAGE: &str = include_str!("../../../tests/data/flight/binary.html");

/// Returns the rows of a stream with another host in all but the binary ones.
fn expected(stream: &[u8], host: &str) -> Vec<(String, Vec<u8>)> {
    let replace = |(tag, content): (String, Vec<u8>)| {
        if tag.ends_with([':', 'T']) {
            let content = String::from_utf8(content).expect("UTF-8");
            let content = content.replace("origin.example.com", host);
            (tag, content.into_bytes())
        } else {
            (tag, content)
        }
    };
    rows(stream).into_iter().map(replace).collect()
}

#[test]
fn the_fixtures_have_what_they_are_for() {
    let kinds = |stream| {
        let kind = |(tag, _): (String, _)| tag.rsplit(':').next().map(str::to_owned);
        rows(stream)
            .into_iter()
            .filter_map(kind)
            .collect::<Vec<_>>()
    };
    for kind in ["T", ""] {
        assert!(kinds(TEXT).iter().any(|known| known == kind), "{kind}");
    }
    for kind in ["T", "", "o", "g"] {
        assert!(kinds(BINARY).iter().any(|known| known == kind), "{kind}");
    }
    assert_eq!(page(TEXT_PAGE).0, TEXT);
    assert_eq!(page(BINARY_PAGE).0, BINARY);
    assert!(BINARY_PAGE.contains("push([3,"));
}

#[test]
fn components_have_mapped_urls_and_true_lengths() {
    for host in PUBLICS {
        for stream in [TEXT, BINARY] {
            let got = mapped(COMPONENT, host, LIMIT, stream);
            assert_eq!(rows(&got), expected(stream, host), "{host}");
        }
    }
}

#[test]
fn pages_have_mapped_urls_and_true_lengths() {
    for host in PUBLICS {
        let got = mapped(HTML, host, LIMIT, TEXT_PAGE.as_bytes());
        let got = String::from_utf8(got).expect("UTF-8");
        assert!(!got.contains("origin.example.com"), "{host}");
        let ((stream, html), (_, before)) = (page(&got), page(TEXT_PAGE));
        assert_eq!(rows(&stream), expected(TEXT, host), "{host}");
        assert_eq!(html, before.replace("origin.example.com", host));
    }
}

#[test]
fn a_page_with_base64_stays_readable() {
    for host in PUBLICS {
        let got = mapped(HTML, host, LIMIT, BINARY_PAGE.as_bytes());
        let (stream, _) = page(&String::from_utf8(got).expect("UTF-8"));
        let tags = |rows: Vec<(String, Vec<u8>)>| rows.into_iter().map(|(tag, _)| tag);
        assert!(tags(rows(&stream)).eq(tags(rows(BINARY))), "{host}");
        // To the same host nothing changes.
        let back = mapped(HTML, "origin.example.com", LIMIT, BINARY_PAGE.as_bytes());
        assert_eq!(page(&String::from_utf8(back).expect("UTF-8")).0, BINARY);
    }
}
