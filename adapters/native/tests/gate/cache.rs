//! The cache: what is answered from it, and what never is.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Gate, becomes, configuration, head, origin};

/// An origin that numbers its answers, whose head `fields` says for a path.
fn numbering(fields: impl Fn(&str) -> String + Send + Sync + Clone + 'static) -> String {
    let count = Arc::new(AtomicUsize::new(0));
    origin(move |mut stream: TcpStream| {
        while let Some(request) = head(&mut stream) {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!("<p>answer {number}</p>");
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n{}\r\n{body}",
                fields(&request)
            );
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

fn cached(url: &str, more: &str) -> Gate {
    let text = format!("origin.url = \"{url}\"\n[cache]\nenabled = true\n{more}");
    let file = configuration(&text);
    Gate::start(&["--config", file.to_str().expect("a path")])
}

/// Returns the number of the answer.
fn number(answer: &str) -> &str {
    let (_, rest) = answer.split_once("<p>answer ").expect(answer);
    rest.split_once('<').expect(answer).0
}

fn ask(gate: &Gate, request: &str) -> String {
    gate.ask(format!("{request}\r\nhost: gate.test\r\nconnection: close\r\n\r\n").as_bytes())
}

fn fresh(_: &str) -> String {
    "cache-control: max-age=600\r\n".to_owned()
}

#[test]
fn a_page_is_answered_from_the_cache_as_it_was_made() {
    let gate = cached(&numbering(fresh), "");
    let first = gate.get("/a");
    assert!(
        first.contains("cache-status: streamgate; fwd=uri-miss; stored\r\n"),
        "{first}"
    );
    let second = gate.get("/a");
    assert!(second.contains("<p>answer 1</p>"), "{second}");
    assert!(
        second.contains("cache-status: streamgate; hit; ttl="),
        "{second}"
    );
    assert!(second.contains("\r\nage: "), "{second}");
    assert!(gate.get("/b").contains("<p>answer 2</p>"));
    let head = ask(&gate, "HEAD /a HTTP/1.1");
    assert!(
        head.contains("content-length: 15\r\n") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn what_may_not_be_shared_is_not() {
    let private = |request: &str| {
        match request.split(' ').nth(1) {
            Some("/private") => "cache-control: private, max-age=600\r\n",
            Some("/no-store") => "cache-control: no-store\r\n",
            Some("/cookie") => "cache-control: max-age=600\r\nset-cookie: a=1\r\n",
            Some("/star") => "cache-control: max-age=600\r\nvary: *\r\n",
            Some("/silent") => "",
            _ => "cache-control: max-age=600\r\n",
        }
        .to_owned()
    };
    let gate = cached(&numbering(private), "");
    for (path, why) in [
        ("/private", "private"),
        ("/no-store", "no-store"),
        ("/cookie", "set-cookie"),
        ("/star", "vary"),
        ("/silent", "no-freshness"),
    ] {
        let (first, second) = (gate.get(path), gate.get(path));
        assert!(first.contains(&format!("; detail={why}\r\n")), "{first}");
        assert_ne!(number(&first), number(&second), "{path}");
    }
    gate.get("/");
    for (credentials, why) in [
        ("cookie: s=1", "cookie"),
        ("authorization: x", "authorization"),
    ] {
        let answer = ask(&gate, &format!("GET / HTTP/1.1\r\n{credentials}"));
        let status = format!("cache-status: streamgate; fwd=bypass; detail={why}");
        assert!(answer.contains(&status), "{answer}");
        assert!(!answer.contains("<p>answer 11</p>"), "{answer}");
    }
}

#[test]
fn no_method_but_get_and_head_is_answered_and_one_that_changes_forgets() {
    let gate = cached(&numbering(fresh), "");
    assert!(gate.get("/a").contains("<p>answer 1</p>"));
    let options = ask(&gate, "OPTIONS /a HTTP/1.1");
    assert!(options.contains("<p>answer 2</p>"), "{options}");
    assert!(gate.get("/a").contains("<p>answer 1</p>"));
    let post = ask(&gate, "POST /a HTTP/1.1\r\ncontent-length: 0");
    assert!(post.contains("<p>answer 3</p>"), "{post}");
    assert!(
        post.contains("cache-status: streamgate; fwd=method\r\n"),
        "{post}"
    );
    assert!(gate.get("/a").contains("<p>answer 4</p>"));
}

#[test]
fn a_head_fills_nothing_for_a_get() {
    let gate = cached(&numbering(fresh), "");
    ask(&gate, "HEAD /a HTTP/1.1");
    assert!(gate.get("/a").contains("<p>answer 2</p>"));
    assert!(gate.get("/a").contains("<p>answer 2</p>"));
}

#[test]
fn hosts_and_what_vary_names_are_told_apart() {
    let varying = |_: &str| {
        "cache-control: max-age=600\r\nvary: accept-language, accept-encoding\r\n".to_owned()
    };
    let gate = cached(&numbering(varying), "");
    let ask = |host: &str, language: &str, coding: &str| {
        let request = format!(
            "GET / HTTP/1.1\r\nhost: {host}\r\naccept-language: {language}\r\n\
             accept-encoding: {coding}\r\nconnection: close\r\n\r\n"
        );
        gate.ask(request.as_bytes())
    };
    assert!(ask("a.test", "en", "gzip, br").contains("answer 1</p>"));
    assert!(ask("a.test", "de", "gzip, br").contains("answer 2</p>"));
    assert!(ask("b.test", "en", "gzip, br").contains("answer 3</p>"));
    // Worded otherwise, it is the same.
    assert!(ask("a.test", "en", "br,gzip").contains("answer 1</p>"));
    assert!(ask("A.test:80", "en", "br, gzip, unknown").contains("answer 1</p>"));
    assert!(ask("a.test", "en", "identity").contains("answer 4</p>"));
}

#[test]
fn a_body_that_breaks_off_is_not_stored() {
    let url = origin(|mut stream: TcpStream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncache-control: max-age=600\r\n\
                  content-length: 100\r\n\r\n<p>part",
            );
        }
    });
    let gate = cached(&url, "");
    for _ in 0..2 {
        let answer = gate.get("/");
        assert!(answer.contains("fwd=uri-miss"), "{answer}");
    }
}

#[test]
fn a_client_that_leaves_stores_no_part() {
    let url = origin(|mut stream: TcpStream| {
        if head(&mut stream).is_some() {
            let start = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\
                cache-control: max-age=600\r\ntransfer-encoding: chunked\r\n\r\n3\r\n<p>\r\n";
            let _ = stream.write_all(start);
            std::thread::sleep(Duration::from_millis(300));
            let _ = stream.write_all(b"1\r\nx\r\n0\r\n\r\n");
        }
    });
    let gate = cached(&url, "");
    let mut client = gate.send(b"GET / HTTP/1.1\r\nhost: gate.test\r\n\r\n");
    let mut byte = [0];
    client
        .read_exact(&mut byte)
        .expect("the start of the answer");
    drop(client);
    let answer = gate.get("/");
    assert!(answer.contains("<p>") && answer.contains('x'), "{answer}");
    assert!(gate.get("/").contains("streamgate; hit"));
}

#[test]
fn one_of_several_requests_at_a_time_goes_to_the_origin() {
    let count = Arc::new(AtomicUsize::new(0));
    let asked = count.clone();
    let url = origin(move |mut stream: TcpStream| {
        while head(&mut stream).is_some() {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(500));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\
                cache-control: max-age=600\r\n\r\n<p>x";
            let _ = stream.write_all(answer);
        }
    });
    let gate = cached(&url, "");
    let answers: Vec<String> = std::thread::scope(|scope| {
        let asking = (0..8).map(|_| scope.spawn(|| gate.get("/")));
        let asking: Vec<_> = asking.collect();
        asking
            .into_iter()
            .map(|one| one.join().expect("an answer"))
            .collect()
    });
    assert!(answers.iter().all(|answer| answer.contains("<p>x")));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(
        answers.iter().any(|answer| answer.contains("; collapsed")),
        "{answers:?}"
    );
}

#[test]
fn what_is_stale_is_asked_for_again_by_its_validator() {
    let url = origin(|mut stream: TcpStream| {
        while let Some(request) = head(&mut stream) {
            let answer: &[u8] = match request.contains("if-none-match: \"v1\"\r\n") {
                true => b"HTTP/1.1 304 Not Modified\r\netag: \"v1\"\r\nx-new: 1\r\n\r\n",
                false => {
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\
                      cache-control: no-cache\r\netag: \"v1\"\r\n\r\n<p>x"
                }
            };
            let _ = stream.write_all(answer);
        }
    });
    let gate = cached(&url, "");
    let first = gate.get("/");
    let second = gate.get("/");
    assert!(
        second.starts_with("HTTP/1.1 200") && second.contains("<p>x"),
        "{second}"
    );
    assert!(
        second.contains("streamgate; fwd=stale; fwd-status=304"),
        "{second}"
    );
    assert!(second.contains("x-new: 1\r\n"), "{second}");
    let etag = |answer: &str| {
        let line = answer.lines().find(|line| line.starts_with("etag: "));
        line.expect("an ETag").to_owned()
    };
    assert_eq!(etag(&first), etag(&second));
    let condition = etag(&first).replacen("etag", "GET / HTTP/1.1\r\nif-none-match", 1);
    let third = ask(&gate, &condition);
    assert!(third.starts_with("HTTP/1.1 304"), "{third}");
}

#[test]
fn what_is_stale_is_better_than_an_error() {
    let count = Arc::new(AtomicUsize::new(0));
    let url = origin(move |mut stream: TcpStream| {
        while head(&mut stream).is_some() {
            let answer: &[u8] = match count.fetch_add(1, Ordering::SeqCst) {
                0 => {
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\
                      cache-control: max-age=0, stale-if-error=60\r\n\r\n<p>x"
                }
                1 => b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                _ => return,
            };
            let _ = stream.write_all(answer);
        }
    });
    let gate = cached(&url, "");
    for status in [
        "fwd=uri-miss; stored",
        "hit; fwd-status=503; detail=error",
        "hit; detail=error",
    ] {
        let answer = gate.get("/");
        assert!(answer.contains("<p>x"), "{answer}");
        assert!(
            answer.contains(&format!("cache-status: streamgate; {status}\r\n")),
            "{answer}"
        );
    }
}

#[test]
fn what_is_stale_is_used_while_it_is_renewed() {
    let stale = |_: &str| "cache-control: max-age=0, stale-while-revalidate=60\r\n".to_owned();
    let gate = cached(&numbering(stale), "");
    assert!(gate.get("/").contains("<p>answer 1</p>"));
    let second = gate.get("/");
    assert!(second.contains("<p>answer 1</p>"), "{second}");
    assert!(second.contains("; detail=while-revalidate\r\n"), "{second}");
    assert!(becomes(|| !gate.get("/").contains("<p>answer 1</p>")));
}

#[test]
fn bodies_are_stored_up_to_a_size() {
    let gate = cached(&numbering(fresh), "object_size = 14");
    assert!(gate.get("/").contains("<p>answer 1</p>"));
    let second = gate.get("/");
    assert!(second.contains("<p>answer 2</p>"), "{second}");
}

#[test]
fn ranges_of_what_passes_come_from_the_cache() {
    let url = origin(|mut stream: TcpStream| {
        while head(&mut stream).is_some() {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 10\r\n\
                etag: \"v\"\r\ncache-control: max-age=600\r\n\r\n0123456789";
            let _ = stream.write_all(answer);
        }
    });
    let gate = cached(&url, "");
    assert!(gate.get("/").ends_with("0123456789"));
    for (range, status, body) in [
        ("bytes=2-4", "206", "234"),
        ("bytes=-3", "206", "789"),
        ("bytes=8-", "206", "89"),
        ("bytes=10-", "416", ""),
        ("bytes=4-2", "200", "0123456789"),
    ] {
        let answer = ask(&gate, &format!("GET / HTTP/1.1\r\nrange: {range}"));
        let (head, rest) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(head.contains("streamgate; hit"), "{answer}");
        assert_eq!(rest, body, "{range}");
    }
    let other = ask(
        &gate,
        "GET / HTTP/1.1\r\nrange: bytes=2-4\r\nif-range: \"w\"",
    );
    assert!(other.starts_with("HTTP/1.1 200"), "{other}");
}

#[test]
fn what_is_purged_is_forgotten() {
    let tagged = |request: &str| {
        let tag = request
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .trim_matches('/')
            .to_owned();
        format!("cache-control: max-age=600\r\nsurrogate-key: all {tag}\r\n")
    };
    let url = numbering(tagged);
    let text =
        format!("origin.url = \"{url}\"\nadmin.listen = \"127.0.0.1:0\"\ncache.enabled = true\n");
    let (gate, admin) = Gate::with_admin(&configuration(&text));
    let purge = |arguments: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(["purge", "--admin", &admin])
            .args(arguments)
            .output();
        let output = run.expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let get = |path: &str| {
        let answer = ask(&gate, &format!("GET {path} HTTP/1.1"));
        number(&answer).to_owned()
    };
    let (a, b) = (get("/a"), get("/b"));
    assert_eq!((get("/a"), get("/b")), (a.clone(), b.clone()));
    assert_eq!(purge(&["--tag", "a"]), (true, "purged\n".to_owned()));
    let newer = get("/a");
    assert_ne!(newer, a);
    assert_eq!(get("/b"), b);
    assert!(purge(&["--url", "http://gate.test/b"]).0);
    assert_eq!(get("/a"), newer);
    assert_ne!(get("/b"), b);
    assert!(purge(&["--all"]).0);
    assert_ne!(get("/a"), newer);
    let (is_done, said) = purge(&["--url", "no url"]);
    assert!(!is_done && said.contains("\"no url\" is no URL"), "{said}");
}
