//! The live view: who gets it, what it tells, and that a configuration from it counts.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::{Gate, PATIENCE, answering, becomes, configuration, get, head, origin};

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 17\r\n\r\n\
    <body><p>x</body>";

/// A gate with a view, before an origin that answers with a page.
struct Viewed {
    gate: Gate,
    view: String,
}

impl Viewed {
    fn start(file: &std::path::Path) -> Self {
        Self::in_environment(file, &[])
    }

    fn in_environment(file: &std::path::Path, variables: &[(&str, &str)]) -> Self {
        let file = file.to_str().expect("a path");
        let arguments = ["--config", file, "--ui", "127.0.0.1:0"];
        let (gate, mut stdout) = Gate::in_environment(&arguments, Stdio::null(), variables);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let view = line.trim_end().strip_prefix("the live view is http://");
        let view = view.expect(&line).to_owned();
        Self { gate, view }
    }

    /// Sends a request to the view, as a page of the view sends it, with further fields.
    fn send(&self, method: &str, path: &str, fields: &str, body: &str) -> TcpStream {
        let mut client = TcpStream::connect(&self.view).expect("a connection");
        client.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let (view, length) = (&self.view, body.len());
        write!(
            client,
            "{method} {path} HTTP/1.1\r\nhost: {view}\r\ncontent-length: {length}\r\n{fields}\
             connection: close\r\n\r\n{body}"
        )
        .expect("the request leaves");
        client
    }

    /// Sends a request as a page of the view does, and returns the whole answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let fields = format!("origin: http://{}\r\n", self.view);
        self.ask_with(method, path, &fields, body)
    }

    fn ask_with(&self, method: &str, path: &str, fields: &str, body: &str) -> String {
        let client = self.send(method, path, fields, body);
        std::io::read_to_string(client).expect("an answer")
    }

    /// Listens to the events, and returns them from the next one on.
    fn events(&self) -> impl BufRead {
        let mut stream = self.send("GET", "/events", "", "");
        let head = head(&mut stream).expect("a head");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        let mut events = BufReader::new(stream);
        // The first words are sent once the viewer is known.
        read_until(&mut events, ":");
        events
    }
}

/// Reads lines until one has the text, and returns it.
fn read_until(lines: &mut impl BufRead, text: &str) -> String {
    loop {
        let mut line = String::new();
        let read = lines.read_line(&mut line).expect("a line in time");
        assert!(read > 0, "there is no {text:?}");
        if line.contains(text) {
            return line;
        }
    }
}

fn configured(more: &str) -> String {
    format!("[origin]\nurl = \"{}\"\n{more}", answering(PAGE))
}

#[test]
fn each_exchange_is_an_event_once_it_has_ended() {
    let viewed = Viewed::start(&configuration(&configured("")));
    let mut events = viewed.events();
    viewed.gate.get("/news?secret=1");
    read_until(&mut events, "event: exchange");
    let data = read_until(&mut events, "data: ");
    for part in [
        r#""row":12"#,
        r#""decision":"stream""#,
        r#""reason":"processable""#,
        r#""path":"/news""#,
        r#""status":200"#,
    ] {
        assert!(data.contains(part), "{part} is not in {data}");
    }
    assert!(!data.contains("secret"), "{data}");
}

#[test]
fn a_configuration_counts_at_once_and_is_written_nowhere() {
    let text = configured("");
    let file = configuration(&text);
    let viewed = Viewed::start(&file);
    let mut events = viewed.events();
    let edited = format!("{text}[[html]]\nselect = 'p'\nappend = '<i>edited</i>'\n");
    let answer = viewed.ask("POST", "/configuration", &edited);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("[]"), "{answer}");
    read_until(&mut events, "event: configuration");
    assert!(becomes(|| viewed.gate.get("/").contains("<i>edited</i>")));
    assert!(viewed.ask("GET", "/configuration", "").contains("edited"));
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
    // A change of the file counts again.
    let changed = format!("{text}[[html]]\nselect = 'p'\nappend = '<i>changed</i>'\n");
    std::fs::write(&file, changed).expect("the file is written");
    assert!(becomes(|| viewed.gate.get("/").contains("<i>changed</i>")));
    assert!(viewed.ask("GET", "/configuration", "").contains("changed"));
}

#[test]
fn a_configuration_that_is_not_valid_is_told_and_changes_nothing() {
    let text = configured("");
    let viewed = Viewed::start(&configuration(&text));
    let wrong = format!("{text}publik = 'x'\n");
    for (path, status) in [("/check", 200), ("/configuration", 422)] {
        let answer = viewed.ask("POST", path, &wrong);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        for part in [
            r#""line": 3"#,
            r#""key": "origin.publik""#,
            r#""severity": "error""#,
        ] {
            assert!(answer.contains(part), "{part} is not in {answer}");
        }
    }
    let shown = viewed.ask("GET", "/configuration", "");
    assert!(!shown.contains("publik"), "{shown}");
    assert!(viewed.gate.get("/").starts_with("HTTP/1.1 200"));
}

#[test]
fn no_more_of_the_environment_can_be_had_than_the_file_names() {
    let origin = answering(PAGE);
    let (_, address) = origin.split_once("://").expect("a URL");
    let text = "[origin]\nurl = \"http://${STREAMGATE_TEST_ORIGIN}\"\n";
    let variables = [
        ("STREAMGATE_TEST_ORIGIN", address),
        ("STREAMGATE_TEST_SECRET", "hunter2"),
    ];
    let viewed = Viewed::in_environment(&configuration(text), &variables);
    let shown = viewed.ask("GET", "/configuration", "");
    assert!(
        shown.contains(r#""origin":"http://${STREAMGATE_TEST_ORIGIN}""#),
        "{shown}"
    );
    let rule = |value: &str| format!("{text}[[html]]\nselect = 'p'\nappend = '<b>{value}</b>'\n");
    let unset = "the variable STREAMGATE_TEST_SECRET is not set";
    let why = "the variable STREAMGATE_TEST_SECRET counts as not set here";
    for edited in [
        rule("${STREAMGATE_TEST_SECRET}"),
        "[origin]\nurl = 'http://${STREAMGATE_TEST_SECRET}.test'\n".to_owned(),
    ] {
        for (path, status) in [("/check", 200), ("/configuration", 422)] {
            let answer = viewed.ask("POST", path, &edited);
            let status = format!("HTTP/1.1 {status}");
            assert!(answer.starts_with(&status), "{answer}");
            assert!(answer.contains(unset) && answer.contains(why), "{answer}");
            assert!(!answer.contains("hunter2"), "{answer}");
        }
    }
    // A default takes the place of what does not count.
    let answer = viewed.ask(
        "POST",
        "/configuration",
        &rule("${STREAMGATE_TEST_SECRET:-mild}"),
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(why), "{answer}");
    assert!(becomes(|| viewed.gate.get("/").contains("<b>mild</b>")));
    // What the file names keeps its value.
    let answer = viewed.ask(
        "POST",
        "/configuration",
        &rule("${STREAMGATE_TEST_ORIGIN:-none}"),
    );
    assert!(answer.ends_with("[]"), "{answer}");
    let named = format!("<b>{address}</b>");
    assert!(becomes(|| viewed.gate.get("/").contains(&named)));
}

#[test]
fn no_file_that_a_text_names_is_read() {
    let text = configured("");
    let viewed = Viewed::start(&configuration(&text));
    let there = configuration("no certificate");
    let there = there.to_str().expect("a path");
    let answers = |file: &str| {
        let edited = format!("{text}[tls]\ncertificate = '{file}'\nkey = '{file}'\n");
        [("/check", 200), ("/configuration", 422)].map(|(path, status)| {
            let answer = viewed.ask("POST", path, &edited);
            let status = format!("HTTP/1.1 {status}");
            assert!(answer.starts_with(&status), "{answer}");
            assert!(answer.contains("leave [tls] out, or --ui"), "{answer}");
            assert!(answer.contains(r#""line": 3"#), "{answer}");
            let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
            body.to_owned()
        })
    };
    assert_eq!(answers(there), answers("/nowhere/at/all.pem"));
}

#[test]
fn one_page_arrives_three_times_and_its_changes_are_told() {
    let text = configured("[[html]]\nselect = 'p'\nappend = '<i>new</i>'\n");
    let viewed = Viewed::start(&configuration(&text));
    let begun = viewed.ask("POST", "/runs", "/page");
    assert!(begun.ends_with(r#"{"run":1}"#), "{begun}");
    let arrived = viewed.ask("GET", "/runs/1", "");
    for way in ["direct", "buffered", "gated"] {
        let of_way = || arrived.lines().filter(|line| line.contains(way));
        assert!(
            of_way().any(|line| line.contains(r#""status":200"#)),
            "{arrived}"
        );
        assert!(
            of_way().any(|line| line.contains(r#""error":null"#)),
            "{arrived}"
        );
        let page = viewed.ask("GET", &format!("/runs/1/{way}"), "");
        assert!(page.contains("content-security-policy: sandbox;"), "{page}");
        assert_eq!(page.contains("<i>new</i>"), way != "direct", "{page}");
    }
    let changes = viewed.ask("GET", "/runs/1/changes", "");
    assert!(
        changes.contains(r#"{"change":"new","text":"<body><p>x<i>new</i>"#),
        "{changes}"
    );
    for (path, status) in [("no-path", 400), ("http://a.example/", 400)] {
        let answer = viewed.ask("POST", "/runs", path);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    for path in ["/runs/2", "/runs/x", "/runs/1/x", "/nothing"] {
        assert!(
            viewed.ask("GET", path, "").starts_with("HTTP/1.1 404"),
            "{path}"
        );
    }
}

#[test]
fn an_origin_that_is_silent_or_breaks_off_is_told() {
    let cut = origin(|mut stream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>x",
            );
        }
    });
    let viewed = Viewed::start(&configuration(&format!("[origin]\nurl = \"{cut}\"\n")));
    viewed.ask("POST", "/runs", "/");
    let arrived = viewed.ask("GET", "/runs/1", "");
    let ends: Vec<_> = arrived
        .lines()
        .filter(|line| line.contains(r#""what":"end""#))
        .collect();
    assert_eq!(ends.len(), 3, "{arrived}");
    assert!(
        ends.iter().all(|end| !end.contains(r#""error":null"#)),
        "{arrived}"
    );
}

#[test]
fn nobody_but_the_view_itself_is_answered() {
    let viewed = Viewed::start(&configuration(&configured("")));
    let edited = "[origin]\nurl = 'http://127.0.0.1:9'\n";
    // A rebound name, which `get` has as its host.
    assert!(get(&viewed.view, "/").starts_with("HTTP/1.1 403"));
    for fields in [
        "",
        "origin: http://gate.example\r\n",
        "origin: null\r\n",
        &format!("origin: http://{}\r\n", viewed.gate.address()),
        &format!(
            "origin: http://{}\r\nsec-fetch-site: same-site\r\n",
            viewed.view
        ),
    ] {
        for path in ["/configuration", "/check", "/runs"] {
            let answer = viewed.ask_with("POST", path, fields, edited);
            assert!(
                answer.starts_with("HTTP/1.1 403"),
                "{path} {fields}: {answer}"
            );
        }
    }
    let answer = viewed.ask_with("GET", "/events", "sec-fetch-site: cross-site\r\n", "");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(
        viewed
            .ask("DELETE", "/configuration", "")
            .starts_with("HTTP/1.1 405")
    );
    assert!(viewed.gate.get("/").starts_with("HTTP/1.1 200"));
    let page = viewed.ask_with("GET", "/", "", "");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'; script-src 'self';"));
    assert!(!page.to_lowercase().contains("access-control-allow-origin"));
}

#[test]
fn the_demo_has_it() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args([
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--origin-listen",
            "127.0.0.1:0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the demo starts");
    let mut said = BufReader::new(demo.stdout.take().expect("its output"));
    let line = read_until(&mut said, "the live view is http://");
    let (_, view) = line.trim_end().split_once("http://").expect("a URL");
    let port = view.rsplit_once(':').expect("a port").1;
    let mut client = TcpStream::connect(view).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let request = format!("GET / HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
    client
        .write_all(request.as_bytes())
        .expect("the request leaves");
    let head = head(&mut client).expect("an answer");
    demo.kill().expect("it is stopped");
    demo.wait().expect("its end");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[test]
fn a_gate_without_it_has_no_trace_of_it() {
    let gate = Gate::start(&[
        "--config",
        configuration(&configured("")).to_str().expect("a path"),
    ]);
    let events = gate.get("/events");
    assert!(events.contains("<body>"), "{events}");
}

#[test]
fn it_is_refused_off_this_machine() {
    let file = configuration(&configured(""));
    let file = file.to_str().expect("a path");
    for (arguments, named) in [
        (
            ["--listen", "127.0.0.1:0", "--ui=0.0.0.0:0"],
            "--ui 0.0.0.0:0",
        ),
        (
            ["--listen", "0.0.0.0:0", "--ui=127.0.0.1:0"],
            "--listen 0.0.0.0:0",
        ),
        (["--listen", "[::]:0", "--ui"], "--listen [::]:0"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(["serve", "--config", file])
            .args(arguments)
            .output()
            .expect("the gate runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(named) && said.contains("can be reached from others"),
            "{said}"
        );
    }
}
