//! A line for each exchange, on standard output.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdout, Stdio};

use crate::support::{Gate, answering, configuration, head, origin};

const IMAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 5\r\nset-cookie: s=SECRET\r\n\r\nimage";

/// A request that holds a secret wherever one may be.
const SECRETIVE: &[u8] = b"POST /account?token=SECRET HTTP/1.1\r\nhost: SECRET.test\r\n\
    authorization: Bearer SECRET\r\ncookie: s=SECRET\r\nreferer: http://a/?SECRET\r\n\
    user-agent: SECRET\r\nx-forwarded-for: 203.0.113.9, 198.51.100.7\r\n\
    connection: close\r\ncontent-length: 6\r\n\r\nSECRET";

fn logging(url: &str, more: &str) -> (Gate, BufReader<ChildStdout>) {
    let file = configuration(&format!("[origin]\nurl = \"{url}\"\n{more}"));
    let arguments = ["--config", file.to_str().expect("a path")];
    Gate::talking(&arguments, Stdio::null())
}

fn line(stdout: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

#[test]
fn a_line_of_text_tells_what_happened_and_no_secret() {
    let (gate, mut stdout) = logging(&answering(IMAGE), "[access_log]\nformat = 'text'");
    assert!(gate.ask(SECRETIVE).ends_with("image"));
    let line = line(&mut stdout);
    assert!(line.starts_with("127.0.0.1 - - [2"), "{line}");
    assert!(
        line.contains("Z] \"POST /account HTTP/1.1\" 200 5 6 0."),
        "{line}"
    );
    let decided = " pass-through not-processable - row=3 first_byte=0.";
    assert!(line.contains(decided), "{line}");
    assert!(line.contains(" origin=200 origin_head=0."), "{line}");
    assert!(line.ends_with(" origin_sent=5"), "{line}");
    assert!(!line.contains("SECRET"), "{line}");
}

#[test]
fn a_line_of_json_has_the_client_that_a_trusted_proxy_names() {
    for (trusted, client) in [
        ("[]", "127.0.0.1"),
        ("['127.0.0.1']", "198.51.100.7"),
        ("['127.0.0.0/8', '198.51.100.0/24']", "203.0.113.9"),
    ] {
        let more = format!("[access_log]\nformat = 'json'\n[gate]\ntrusted_proxies = {trusted}");
        let (gate, mut stdout) = logging(&answering(IMAGE), &more);
        assert!(gate.ask(SECRETIVE).ends_with("image"));
        let line = line(&mut stdout);
        let object: serde_json::Value = serde_json::from_str(&line).expect(&line);
        assert_eq!(object["client"], client);
        assert_eq!(object["path"], "/account");
        assert_eq!(
            (&object["sent"], &object["received"]),
            (&5.into(), &6.into())
        );
        assert_eq!(object["status"], 200);
        assert!(!line.contains("SECRET"), "{line}");
    }
}

#[test]
fn what_goes_wrong_is_on_its_line() {
    let url = origin(|mut stream| {
        let request = head(&mut stream).expect("a request");
        if request.starts_with("GET /cut ") {
            let start =
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>";
            stream.write_all(start).expect("a start");
        }
    });
    let (gate, mut stdout) = logging(&url, "[access_log]\nformat = 'text'");
    assert!(gate.get("/cut").starts_with("HTTP/1.1 200"));
    let cut = line(&mut stdout);
    assert!(
        cut.contains(" stream processable response_unfinished row=12 "),
        "{cut}"
    );
    assert!(gate.get("/").starts_with("HTTP/1.1 502"));
    let closed = line(&mut stdout);
    let end = " gate connection_terminated connection_terminated first_byte=0.";
    assert!(closed.contains(end), "{closed}");
}

/// A client that leaves while the page still comes: the line has what was done until then.
#[test]
fn a_client_that_leaves_has_a_line_with_what_was_done_until_then() {
    let url = origin(|mut stream| {
        head(&mut stream).expect("a request");
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n\
             40\r\n<p>https://o.example/a</p><p>https://o.example/b</p>            \r\n";
        stream.write_all(page.as_bytes()).expect("a start");
        // Until the gate gives the page up.
        let _ = stream.read(&mut [0; 64]);
    });
    let more = "aliases = ['https://o.example']\n[access_log]\nformat = 'json'\n\
         [[html]]\nselect = 'p'\nset = { id = 'a' }\n";
    let (gate, mut stdout) = logging(&url, more);
    let mut client = gate.send(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("a.test/b") {
        let mut piece = [0; 4096];
        let read = client.read(&mut piece).expect("a page");
        assert!(read > 0, "the page ended");
        seen.extend_from_slice(&piece[..read]);
    }
    drop(client);
    let line = line(&mut stdout);
    let object: serde_json::Value = serde_json::from_str(&line).expect(&line);
    assert_eq!(object["error"], "client_gone", "{line}");
    assert_eq!(object["urls"], 2, "{line}");
    assert_eq!(object["rules"], serde_json::json!({"html[0]": 2}), "{line}");
    assert_eq!(object["origin_sent"], 64, "{line}");
}
