//! `streamgate crawl`, before scripted origins.

use std::io::Write;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{HTML, answering, configuration, head, origin, site};

fn crawl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .arg("crawl")
        .args(arguments)
        .output()
        .expect("it runs")
}

/// Crawls, and returns the exit status and what is printed. No bar is drawn where no terminal is.
fn printed(arguments: &[&str]) -> (Option<i32>, String) {
    let output = crawl(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains('\x1b'), "{text}");
    (output.status.code(), text)
}

/// A configuration with an origin, and more.
fn configured(url: &str, more: &str) -> String {
    let public = "https://www.example.com";
    let text = format!("[origin]\nurl = \"{url}\"\npublic = \"{public}\"\n{more}");
    configuration(&text).to_str().expect("a path").to_owned()
}

#[test]
fn a_site_without_faults_is_clean() {
    let url = site(|path| match path {
        "/" => {
            let page = "<a href=/second>2</a><img src=/a.png><form action=/form></form>\
                        <a href=https://elsewhere.test/>e</a> me@127.0.0.1";
            (HTML.to_owned(), page.to_owned())
        }
        "/second" => (
            "302 Found\r\nlocation: /third\r\n".to_owned(),
            String::new(),
        ),
        "/third" => (HTML.to_owned(), "<a href=/lost>l</a>".to_owned()),
        "/a.png" => (
            "200 OK\r\ncontent-type: image/png\r\n".to_owned(),
            "p".to_owned(),
        ),
        "/form" => panic!("nobody submits forms"),
        _ => (
            "404 Not Found\r\ncontent-type: text/plain\r\n".to_owned(),
            String::new(),
        ),
    });
    let (code, text) = printed(&[&url]);
    let expected = format!(
        "Visited\n  {url}: 2 pages, 3 others, 1 KiB\n  \
         1 place names an origin on purpose\n  1 address is an error at the origin, too\n\n\
         Found\n  0 leaks, 0 broken links, 0 unfinished bodies\n"
    );
    assert_eq!(text, expected);
    assert_eq!(code, Some(0));
}

/// A site with a leak of each kind. The gate maps no playlists, and no fields that it does not
/// know.
fn leaking(path: &str, own: &str) -> (String, String) {
    match path {
        "/" => {
            let page = format!("<a href={own}/b>b</a><video src=/a.m3u8></video>");
            (HTML.to_owned(), page)
        }
        "/b" => (format!("{HTML}x-own: at {own}/c\r\n"), String::new()),
        _ => {
            let fields = "200 OK\r\ncontent-type: application/x-mpegurl\r\n";
            (
                fields.to_owned(),
                format!("#EXTM3U\n{own}/1.ts\n{own}/2.ts\n"),
            )
        }
    }
}

/// Starts the origin of [`leaking`], which names itself by its `Host`.
fn leaky() -> String {
    origin(|mut stream| {
        while let Some(head) = head(&mut stream) {
            let path = head.split(' ').nth(1).unwrap_or_default();
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            let own = format!("http://{}", host.unwrap_or_default());
            let (fields, body) = leaking(path, &own);
            let length = body.len();
            let answer = format!("HTTP/1.1 {fields}content-length: {length}\r\n\r\n{body}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn what_is_left_of_an_origin_is_found_in_bodies_and_heads() {
    let url = leaky();
    let file = configured(&url, "");
    let (code, text) = printed(&["--config", &file]);
    assert_eq!(code, Some(1), "{text}");
    let playlist = format!("…#EXTM3U [{url}]/1.ts {url}/2.ts …");
    for part in [
        "\nNames of an origin\n",
        "  https://www.example.com/a.m3u8  (pass-through; row=3; reason=not-processable)\n    \
         from https://www.example.com/\n",
        &format!("    URL at 8: {playlist}\n"),
        &format!("    URL at 3: in the field x-own, …at [{url}]/c…\n"),
        "  3 leaks, 0 broken links, 0 unfinished bodies\n",
    ] {
        assert!(text.contains(part), "no {part}\n{text}");
    }
    let (code, text) = printed(&["--config", &file, "--json"]);
    assert_eq!(code, Some(1));
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["pages"], 2);
    let findings = report["findings"].as_array().expect("a list");
    let playlist = findings.iter().find(|it| it["at"] == 8).expect("a finding");
    let expected = json!({
        "kind": "leak",
        "at": 8,
        "place": "URL",
        "url": "https://www.example.com/a.m3u8",
        "from": "https://www.example.com/",
        "decision": "pass-through; row=3; reason=not-processable",
        "text": format!("…#EXTM3U [{url}]/1.ts {url}/2.ts …"),
    });
    assert_eq!(playlist, &expected);
    // What the list has, the gate maps.
    let types = "[gate]\nprocessable = [\"text/html\", \"application/x-mpegurl\"]\n";
    let (code, text) = printed(&["--config", &configured(&url, types)]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("  1 leak,"), "{text}");
}

#[test]
fn what_the_gate_breaks_is_found() {
    // The origin insists on its own name, and the configuration tells it the public one.
    let url = origin(|mut stream| {
        while let Some(head) = head(&mut stream) {
            let is_public = head.contains("host: www.example.com");
            let answer: &[u8] = match (head.starts_with("GET / "), is_public) {
                (true, _) => {
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 11\r\n\r\n\
                      <a href=/a>"
                }
                (_, false) => b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
                (_, true) => b"HTTP/1.1 421 Misdirected\r\ncontent-length: 0\r\n\r\n",
            };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    let (code, text) = printed(&[
        "--config",
        &configured(&url, "identity = \"transparent\"\n"),
    ]);
    assert_eq!(code, Some(1), "{text}");
    let expected = "\nBroken links\n  https://www.example.com/a  \
                    (buffered; row=4; reason=not-processable-error)\n    \
                    from https://www.example.com/\n    421, where the origin answers 200\n";
    assert!(text.contains(expected), "{text}");
    let (code, text) = printed(&["--config", &configured(&url, "")]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn bodies_that_break_off_are_found() {
    let url = origin(|mut stream| {
        let _ = head(&mut stream);
        let fields = "content-type: text/html\r\ncontent-length: 99";
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{fields}\r\n\r\n<p>");
    });
    let (code, text) = printed(&[&url]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("\nBodies that end unfinished\n"), "{text}");
    assert!(
        text.contains("  0 leaks, 0 broken links, 1 unfinished body\n"),
        "{text}"
    );
}

#[test]
fn all_public_hosts_are_visited() {
    let shop = site(|path| match path {
        "/cart" => (HTML.to_owned(), "<a href=/pay>p</a>".to_owned()),
        path => (HTML.to_owned(), format!("<p>{path}")),
    });
    let own = shop.clone();
    let url = site(move |_| (HTML.to_owned(), format!("<a href={own}/cart>c</a>")));
    let route = format!("[[route]]\npublic = \"https://shop.example.com\"\norigin = \"{shop}\"\n");
    let (code, text) = printed(&["--config", &configured(&url, &route)]);
    assert!(text.contains(": 3 pages, 0 others, 1 KiB\n"), "{text}");
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn it_visits_no_more_pages_than_it_may() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let url = site(|path| {
        let number = ASKED.fetch_add(1, Ordering::Relaxed);
        (HTML.to_owned(), format!("<a href={path}x{number}>a</a>"))
    });
    let (code, text) = printed(&[&url, "--pages", "3"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(": 3 pages, 0 others, 1 KiB\n"), "{text}");
    assert!(
        text.contains("not all of it: there is more than --pages allows\n"),
        "{text}"
    );
    assert_eq!(ASKED.load(Ordering::Relaxed), 3);
}

#[test]
fn a_hostile_site_is_crawled_within_bounds() {
    // 100,000 links, of which the first 10,000 are looked at, and 20 kept for each page wanted.
    let url = site(|path| match path {
        "/" => {
            let links = (0..100_000).map(|number| format!("<a href=/{number}></a>"));
            (HTML.to_owned(), links.collect())
        }
        _ => (HTML.to_owned(), "<a href=/0></a><a href=/></a>".to_owned()),
    });
    let (code, text) = printed(&[&url, "--pages", "3"]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        ": 3 pages, 0 others,",
        "  not all of it: there is more than --pages allows\n",
        "  99941 links are not followed, as there are too many\n",
    ] {
        assert!(text.contains(line), "no {line}\n{text}");
    }
}

#[test]
fn many_findings_are_counted_and_the_first_are_told() {
    // Each of twenty pages has 300 leaks, which the gate does not map.
    let url = origin(|mut stream| {
        while let Some(head) = head(&mut stream) {
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            let leaks = format!("http://{}/ ", host.unwrap_or_default()).repeat(300);
            let parts = (0..20).map(|number| format!("<video src=/{number}></video>"));
            let (of_type, body) = match head.starts_with("GET / ") {
                true => ("text/html", parts.collect()),
                false => ("application/x-mpegurl", leaks),
            };
            let length = body.len();
            let fields = format!("content-type: {of_type}\r\ncontent-length: {length}");
            if write!(stream, "HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{body}").is_err() {
                return;
            }
        }
    });
    let file = configured(&url, "");
    let (code, text) = printed(&["--config", &file]);
    assert_eq!(code, Some(1), "{text}");
    for line in [
        "    and 95 more (--json)\n",
        "  and 5000 more, which are counted only\n",
        "  6000 leaks, 0 broken links, 0 unfinished bodies\n",
    ] {
        assert!(text.contains(line), "no {line}\n{text}");
    }
    let (_, text) = printed(&["--config", &file, "--json"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1000));
    assert_eq!(report["more"]["leaks"], 5000);
}

#[test]
fn what_is_not_searched_to_its_end_is_told() {
    let url = site(|path| match path {
        "/" => {
            let parts = "<script src=/long></script><script src=/coded></script>";
            (HTML.to_owned(), parts.to_owned())
        }
        "/long" => (HTML.to_owned(), " ".repeat(5 * 1024 * 1024)),
        _ => {
            let head = "200 OK\r\ncontent-type: text/javascript\r\ncontent-encoding: x\r\n";
            (head.to_owned(), "a".to_owned())
        }
    });
    let (code, text) = printed(&[&url]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "  1 body is not read beyond 4 MiB\n",
        "  1 body is not searched: the gate cannot undo the coding\n",
    ] {
        assert!(text.contains(line), "no {line}\n{text}");
    }
    let (_, text) = printed(&[&url, "--json"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    for (count, expected) in [("long", 1), ("late", 0), ("undecoded", 1)] {
        assert_eq!(report[count], expected, "{count}: {text}");
    }
}

#[test]
fn an_address_that_is_too_long_stops_nothing() {
    let url = site(|path| match path {
        "/" => {
            let links = format!("<a href=/{}>a</a><a href=/b>b</a>", "a".repeat(70_000));
            (HTML.to_owned(), links)
        }
        _ => (HTML.to_owned(), String::new()),
    });
    let (code, text) = printed(&[&url]);
    assert!(
        text.contains("  1 link is too long to be asked for\n"),
        "{text}"
    );
    assert!(text.contains(": 2 pages, 0 others,"), "{text}");
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_coded_page_is_searched_decoded() {
    // `<a href=/b>` in gzip, stored.
    let url = answering(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\
          content-length: 34\r\n\r\n\
          \x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x0b\0\xf4\xff<a href=/b>\xfd\xd6\x6b\x64\x0b\0\0\0",
    );
    let (code, text) = printed(&[&url]);
    assert!(text.contains(": 2 pages, 0 others, 1 KiB\n"), "{text}");
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_site_of_which_no_page_is_seen_is_not_clean() {
    for head in [
        "301 Moved\r\nlocation: https://elsewhere.test/\r\n",
        "302 Found\r\nlocation: /\r\n",
        "200 OK\r\ncontent-type: text/html\r\ncontent-encoding: compress\r\n",
    ] {
        let url = site(move |_| (head.to_owned(), "<a href=/a>".to_owned()));
        let output = crawl(&[&url]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{head}: {said}");
        assert!(said.contains("no page was seen"), "{head}: {said}");
    }
}

#[test]
fn what_a_head_has_the_browser_fetch_is_visited() {
    let url = site(|path| match path {
        "/" => {
            let link = "link: </a.js>; rel=modulepreload, </b.css>; rel=preload; as=style\r\n";
            (format!("{HTML}{link}"), String::new())
        }
        _ => ("200 OK\r\n".to_owned(), String::new()),
    });
    let (code, text) = printed(&[&url]);
    assert!(text.contains(": 1 page, 2 others, 0 KiB\n"), "{text}");
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_site_below_a_path_is_begun_there() {
    let url = site(|path| match path {
        "/kit" => (HTML.to_owned(), "<a href=/kit/list>l</a>".to_owned()),
        "/kit/list" => (HTML.to_owned(), String::new()),
        _ => (
            "404 Not Found\r\ncontent-type: text/plain\r\n".to_owned(),
            String::new(),
        ),
    });
    let (code, text) = printed(&[&url, "--start", "/kit"]);
    assert!(text.contains(": 2 pages, 0 others, 1 KiB\n"), "{text}");
    assert_eq!(code, Some(0), "{text}");
    let output = crawl(&[&url]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--start PATH begins elsewhere"), "{error}");
}

#[test]
fn what_cannot_be_crawled_is_refused() {
    let silent = origin(drop);
    let broken = configured("nonsense", "");
    for (arguments, code, expected) in [
        (
            &[silent.as_str()][..],
            1,
            "https://www.example.com/ cannot be had: 502",
        ),
        (&["--config", &broken], 1, "origin.url"),
        (&["www.example.com"], 2, "http:// or https://"),
        (
            &[silent.as_str(), "--start", "//a.test"],
            2,
            "it is no path",
        ),
        (&[], 2, "ORIGIN"),
    ] {
        let output = crawl(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(output.stdout.is_empty());
    }
}
