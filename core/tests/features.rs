//! The behaviour without each of the crate's features. With all of them, there is nothing to test
//! here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "seen by this test alone, which uses a part of it"
)]
mod support;

#[cfg(not(feature = "zstd"))]
mod without_zstd {
    use crate::support::{By, exchange, gate, request, scripted};

    #[test]
    fn a_body_in_zstd_passes_through_and_is_not_asked_for() {
        let fields = [("content-type", "text/html"), ("content-encoding", "zstd")];
        let asked = [("accept-encoding", "zstd, br;q=0.5")];
        let seen = exchange(&gate(""), request("GET", &asked), &|_| {
            Ok(scripted(200, &fields, &["(\u{b5}/\u{fd} and a frame)"]))
        });
        assert_eq!(
            (seen.by, seen.text()),
            (By::Unmodified, "(\u{b5}/\u{fd} and a frame)")
        );
        assert_eq!(seen.field("content-encoding"), Some("zstd"));
        let explained = seen.field("streamgate").unwrap();
        assert!(explained.starts_with("pass-through; row=7;"), "{explained}");
        assert_eq!(seen.requests[0].headers()["accept-encoding"], "br;q=0.5");
    }
}

#[cfg(not(feature = "br-encode"))]
mod without_br_encode {
    use std::io::Write;

    use streamgate::Pipeline;
    use streamgate::internals::Coding;
    use streamgate::internals::decode;

    use crate::support::{By, Scripted, Seen, exchange, gate, request, scripted};

    const PAGE: &[u8] = b"<a href=https://origin.example.com/a>";
    const MAPPED: &str = "<a href=https://www.example.com/a>";

    /// A response of the origin in `br`.
    fn in_br(status: u16, media_type: &str) -> Scripted {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
        encoder.write_all(PAGE).unwrap();
        let fields = [("content-type", media_type), ("content-encoding", "br")];
        Scripted {
            chunks: vec![encoder.into_inner().leak()],
            ..scripted(status, &fields, &[])
        }
    }

    fn answer_to(accepted: &str) -> Seen {
        let request = request("GET", &[("accept-encoding", accepted)]);
        exchange(&gate(""), request, &|_| Ok(in_br(200, "text/html")))
    }

    #[test]
    fn br_is_decoded_and_answered_in_the_next_best_coding() {
        let seen = answer_to("br, gzip;q=0.5");
        assert_eq!(
            seen.requests[0].headers()["accept-encoding"],
            "br, gzip;q=0.5"
        );
        assert_eq!(seen.field("content-encoding"), Some("gzip"));
        let decoded = Pipeline::new(decode::stages(&[Coding::Gzip])).run_to_vec(&seen.body);
        assert_eq!(decoded.unwrap(), MAPPED.as_bytes());
    }

    #[test]
    fn a_client_that_takes_br_alone_gets_the_page_without_a_coding() {
        let seen = answer_to("br");
        assert_eq!((seen.by, seen.text()), (By::Stream, MAPPED));
        assert_eq!(seen.field("content-encoding"), None);
    }

    #[test]
    fn a_body_that_passes_through_stays_in_br() {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(in_br(200, "image/svg"))
        });
        assert_eq!(seen.by, By::Unmodified);
        assert_eq!(seen.field("content-encoding"), Some("br"));
        assert_eq!(seen.body, in_br(200, "image/svg").chunks.concat());
    }
}

#[cfg(not(feature = "idna"))]
mod without_idna {
    use streamgate::BaseUrl;
    use streamgate::Config;
    use streamgate::Scheme;
    use streamgate::internals::{Origin, UrlMap};

    #[test]
    fn an_international_host_is_configured_in_ascii() {
        let error = Config::from_toml("origin.url = 'https://bücher.example'", "gate.toml");
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("must be written in ASCII (xn--…)"),
            "{error}"
        );
        assert!(error.contains("without the feature `idna`"), "{error}");
        let ascii = "origin.url = 'https://xn--bcher-kva.example'";
        assert!(Config::from_toml(ascii, "gate.toml").is_ok());
    }

    #[test]
    fn an_international_host_is_mapped_in_ascii_only() {
        let origin = Origin::new(Scheme::Https, "xn--bcher-kva.example").unwrap();
        let public = BaseUrl::new(Scheme::Https, "www.example.com").unwrap();
        let page = "https://xn--bcher-kva.example/a https://bücher.example/b".as_bytes();
        let mapped = UrlMap::new([origin]).map_bytes(&public, page).into_owned();
        assert_eq!(
            String::from_utf8(mapped).unwrap(),
            "https://www.example.com/a https://bücher.example/b"
        );
    }
}

#[cfg(not(feature = "flight"))]
mod without_flight {
    use streamgate::BaseUrl;
    use streamgate::Config;
    use streamgate::Scheme;
    use streamgate::internals::MediaType;
    use streamgate::internals::flight_stage;
    use streamgate::internals::{Origin, UrlMap};

    use crate::support::{By, exchange, gate, request, scripted};

    const ROWS: &str = "1:T1c,https://origin.example.com/a2:\"$1\"\n";

    #[test]
    fn a_payload_passes_through() {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(scripted(
                200,
                &[("content-type", "text/x-component")],
                &[ROWS],
            ))
        });
        assert_eq!((seen.by, seen.text()), (By::Unmodified, ROWS));
    }

    #[test]
    fn a_payload_cannot_be_configured_to_be_rewritten() {
        let config = "origin.url = 'https://origin.example.com'\n\
            gate.processable = ['text/html', 'text/x-component']";
        let error = Config::from_toml(config, "gate.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains("without the feature `flight`"), "{error}");
    }

    #[test]
    fn a_payload_stays_whole_in_a_body_of_its_own_and_in_a_page() {
        let url = "https://origin.example.com/a";
        let page = format!(
            "<a href={url}>\
             <script>a='{url}';self.__next_f.push([1,\"1:T1c,{url}\"]);if(1>0)b='{url}'</script \n>\
             {url} __next_f.push {url}\
             <script>self.__next_f.push([1,\"2:\\\"{url}\\\"\\n\"])</SCRIPT><p>{url}</p>\
             <script>c='{url}'</script>"
        );
        let public = "https://www.example.com/a";
        let mapped = format!(
            "<a href={public}>\
             <script>a='{public}';self.__next_f.push([1,\"1:T1c,{url}\"]);if(1>0)b='{url}'</script \n>\
             {public} __next_f.push {public}\
             <script>self.__next_f.push([1,\"2:\\\"{url}\\\"\\n\"])</SCRIPT><p>{public}</p>\
             <script>c='{public}'</script>"
        );
        for (media_type, body, expected) in [
            ("text/x-component", ROWS, ROWS),
            ("text/html", &page, &mapped),
        ] {
            for length in 1..=body.len() {
                let found = rewritten(media_type, body, length);
                assert_eq!(found, expected, "{media_type} by {length}");
            }
        }
    }

    #[test]
    fn a_large_page_comes_out_in_blocks() {
        let page = "<script>__next_f.push([1,\"https://origin.example.com/\"])</script>\n";
        let page = page.repeat(4000);
        assert_eq!(rewritten("text/html", &page, page.len()), page);
    }

    /// Rewrites a body in chunks of this length.
    fn rewritten(media_type: &str, body: &str, length: usize) -> String {
        let origin = Origin::new(Scheme::Https, "origin.example.com").unwrap();
        let public = BaseUrl::new(Scheme::Https, "www.example.com").unwrap();
        let mut head = http::HeaderMap::new();
        head.insert("content-type", media_type.parse().unwrap());
        let media_type = MediaType::of(&head);
        let urls = UrlMap::new([origin]);
        let mut stage = flight_stage(&urls, &public, 1 << 20, media_type.as_ref());
        let mut whole = Vec::new();
        for mut chunk in body.as_bytes().chunks(length) {
            while !chunk.is_empty() {
                let mut out = Vec::new();
                stage.push(&mut chunk, &mut out).unwrap();
                assert!(out.len() < 2 * streamgate::BLOCK);
                whole.append(&mut out);
            }
        }
        stage.finish(&mut whole).unwrap();
        String::from_utf8(whole).unwrap()
    }
}
