//! `streamgate explain`, on the saved heads in `tests/explain` and before real origins. What it
//! prints for a head is in the file of the same name that ends with `.txt`. With
//! `STREAMGATE_WRITE_EXPECTED=1` the test writes them.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::check::assert_expected;
use crate::support::{Gate, answering, configuration, origin};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain");

/// What is explained beside each head, and the row that decides. Row 0: the gate answers by itself.
const KINDS: &[(&str, u8, &[&str])] = &[
    ("image", 3, &["https://origin.example.com/a.png"]),
    ("page", 12, &["--config", "site.toml", "--body", "/news"]),
    (
        "not-modified",
        2,
        &["--request-header", "If-None-Match: W/\"a\"", "/news"],
    ),
    ("head", 2, &["--method", "HEAD"]),
    ("no-content", 2, &["--config", "site.toml"]),
    ("error-page", 10, &["--config", "site.toml", "--body"]),
    ("error-page-without-its-body", 10, &["--body"]),
    ("error-image", 4, &["--body"]),
    ("redirect", 4, &["--config", "site.toml"]),
    (
        "part",
        9,
        &["--request-header", "Range: bytes=0-9", "/app.css"],
    ),
    (
        "part-of-an-image",
        3,
        &["--request-header", "Range: bytes=0-9", "/a.png"],
    ),
    ("unknown-coding", 7, &[]),
    ("no-transform", 5, &[]),
    (
        "upgrade",
        1,
        &[
            "--request-header",
            "Connection: Upgrade",
            "--request-header",
            "Upgrade: websocket",
            "/live",
        ],
    ),
    ("charset", 8, &[]),
    ("document", 11, &["--config", "document.toml", "--body"]),
    ("excepted", 3, &["--config", "site.toml", "/signed/a"]),
    ("json", 12, &["--config", "site.toml", "--body"]),
    ("lengths", 12, &["--config", "site.toml", "--body"]),
    ("route-root", 0, &["--config", "site.toml", "/img"]),
    ("no-type", 3, &[]),
    (
        "personal",
        12,
        &[
            "--config",
            "personal.toml",
            "--body",
            "--request-header",
            "Cookie: name=Ann",
            "/news",
        ],
    ),
];

fn explain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .current_dir(FOLDER)
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

/// Explains what must be explicable.
fn explained(arguments: &[&str]) -> String {
    let output = explain(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    assert_eq!(error, "", "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn as_json(arguments: &[&str]) -> Value {
    let text = explained(&[&["--json"], arguments].concat());
    serde_json::from_str(&text).expect("JSON")
}

/// Replaces what depends on the whole configuration: the fingerprint of the gate.
fn without_fingerprint(text: &str) -> String {
    let is_digit = |char: &char| char.is_ascii_hexdigit();
    let mut rest = text;
    let mut out = String::new();
    while let Some(char) = rest.chars().next() {
        let digits = rest.chars().take_while(is_digit).count();
        let taken = if digits == 0 { char.len_utf8() } else { digits };
        match digits {
            16 => out.push_str("FINGERPRINT"),
            _ => out.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    out
}

#[test]
fn each_kind_of_exchange_is_explained() {
    for (kind, row, arguments) in KINDS {
        let file = format!("{kind}.http");
        let arguments = [&["--head", &file], *arguments].concat();
        let text = without_fingerprint(&explained(&arguments));
        assert_expected(&PathBuf::from(FOLDER).join(format!("{kind}.txt")), &text);
        let report = as_json(&arguments);
        let decided = report["decision"]["row"].as_u64().unwrap_or_default();
        assert_eq!(decided, u64::from(*row), "{kind}");
        // The last row that was tried is the one that decides.
        let tried = report["fetches"].as_array().expect("a list").last();
        let last = tried.and_then(|fetch| fetch["rows"].as_array()?.last());
        let last = last.map_or(0, |row| row["row"].as_u64().unwrap_or_default());
        assert_eq!(last, decided, "{kind}");
    }
}

/// Returns what the gate itself says of a response in its field.
fn decided(origin: &str, more: &str, request: &str) -> Option<String> {
    let text = format!("[origin]\nurl = \"{origin}\"\n[gate]\nexplain = true\n{more}");
    let file = configuration(&text);
    let gate = Gate::start(&["--config", file.to_str().expect("a path")]);
    let answer = gate.ask(request.as_bytes());
    let field = answer
        .lines()
        .find_map(|line| line.strip_prefix("streamgate: "));
    field.map(str::to_owned)
}

/// Returns what is explained of the same response.
fn shown(origin: &str, more: &str, arguments: &[&str]) -> Option<String> {
    let file = configuration(&format!("[origin]\nurl = \"{origin}\"\n{more}"));
    let file = file.to_str().expect("a path");
    let report = as_json(&[&["--config", file], arguments].concat());
    let decision = report["decision"].as_object()?;
    let over = match decision["over_limit"] == true {
        true => "; over-limit",
        false => "",
    };
    Some(format!(
        "{}; row={}; reason={}{over}",
        decision["outcome"].as_str()?,
        decision["row"],
        decision["reason"].as_str()?
    ))
}

#[test]
fn what_is_explained_of_an_origin_is_what_the_gate_does() {
    const SMALL: &str = "[gate]\nbuffer_limit = 4\n";
    for (answer, method, more) in [
        ("200 OK\r\ncontent-type: image/png", "GET", ""),
        ("200 OK\r\ncontent-type: text/html", "GET", ""),
        ("200 OK\r\ncontent-type: text/html", "HEAD", ""),
        ("404 Not Found\r\ncontent-type: text/html", "GET", ""),
        ("404 Not Found\r\ncontent-type: text/html", "GET", SMALL),
        ("404 Not Found\r\ncontent-type: image/png", "GET", ""),
        ("404 Not Found\r\ncontent-type: image/png", "GET", SMALL),
        (
            "200 OK\r\ncontent-type: text/html\r\ncache-control: no-transform",
            "GET",
            "",
        ),
        (
            "200 OK\r\ncontent-type: text/html\r\ncontent-encoding: compress",
            "GET",
            "",
        ),
        (
            "200 OK\r\ncontent-type: text/html; charset=utf-16",
            "GET",
            "",
        ),
        (
            "200 OK\r\ncontent-type: text/html",
            "GET",
            "[document]\npost_processors = [\"preload-links\"]\n",
        ),
    ] {
        let body = if method == "HEAD" { "" } else { "<p>a</p>" };
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 8\r\n\r\n{body}");
        let origin = answering(answer.clone().leak().as_bytes());
        let request =
            format!("{method} /x HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n");
        // One table of that name is enough.
        let explaining = more.replace("[gate]\n", "");
        let decided = decided(&origin, &explaining, &request).expect("a decision");
        for arguments in [
            &["/x", "--method", method][..],
            &["/x", "--method", method, "--body"],
        ] {
            let shown = shown(&origin, more, arguments);
            assert_eq!(shown.as_deref(), Some(decided.as_str()), "{answer}");
        }
    }
}

#[test]
fn a_coded_body_is_compared_decoded() {
    let mut coded = Vec::new();
    let page = b"<p>https://origin.example.com/a</p>";
    brotli_of(page, &mut coded);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: br\r\ncontent-length: \
         {}\r\n\r\n",
        coded.len()
    );
    let answer = [head.as_bytes(), &coded].concat();
    let origin = answering(answer.leak());
    let more = "aliases = [\"https://origin.example.com\"]\npublic = \"https://www.example.com\"\n\
                [[html]]\nselect = \"b\"\nremove = true\n\
                [[html]]\nselect = \"p\"\nset = { class = \"x\" }\n";
    let file = configuration(&format!("[origin]\nurl = \"{origin}\"\n{more}"));
    let file = file.to_str().expect("a path");
    let report = as_json(&["--config", file, "--body", "/a"]);
    let acted = serde_json::json!([{ "rule": "html[1]", "elements": 1 }]);
    assert_eq!(report["body"]["rules"], acted);
    assert_eq!(report["stages"][0], "decode br");
    let urls = &report["body"]["urls"];
    assert_eq!(urls[0]["kind"], "https://host");
    assert_eq!(
        (&urls[0]["mapped"], &urls[0]["left"]),
        (&1.into(), &0.into())
    );
    let changes = report["body"]["changes"].as_array().expect("a list");
    let new = changes.iter().find(|line| line["change"] == "new");
    let new = new.and_then(|line| line["text"].as_str());
    assert_eq!(new, Some("<p class=\"x\">https://www.example.com/a</p>"));
}

fn brotli_of(text: &[u8], coded: &mut Vec<u8>) {
    let mut writer = brotli::CompressorWriter::new(coded, 4096, 5, 22);
    writer.write_all(text).expect("it is coded");
}

#[test]
fn a_url_without_a_configuration_is_of_the_origin() {
    let origin =
        answering(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n");
    let report = as_json(&[&format!("{origin}/a.png?b#c")]);
    assert_eq!(report["request"]["url"], "https://www.example.com/a.png?b");
    assert_eq!(
        report["fetches"][0]["request"]["url"],
        format!("{origin}/a.png?b")
    );
    assert_eq!(report["decision"]["row"], 3);
}

#[test]
fn an_origin_that_does_not_answer_is_explained_too() {
    let origin = origin(drop);
    let text = explained(&[&format!("{origin}/")]);
    assert!(text.contains("The origin does not answer\n"), "{text}");
    assert!(text.contains("answered by the gate itself: "), "{text}");
}

#[test]
fn a_head_may_come_through_a_pipe() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(["explain", "--head", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = process.stdin.take().expect("its input");
    stdin
        .write_all(b"HTTP/2 200 \r\ncontent-type: font/woff2\r\n\r\n")
        .expect("the head");
    drop(stdin);
    let output = process.wait_with_output().expect("its end");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("pass-through; row=3; reason=not-processable"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_explained_is_refused_with_its_place() {
    let file = configuration("HTTP/1.1 200 OK\r\nno field\r\n\r\n");
    let file = file.to_str().expect("a path");
    for (arguments, expected) in [
        (&["--head", file][..], format!("streamgate: {file}:2: ")),
        (
            &["--head", "missing.http"],
            "streamgate: missing.http: ".to_owned(),
        ),
        (
            &["www.example.com"],
            "streamgate: www.example.com: a URL starts with ".to_owned(),
        ),
    ] {
        let output = explain(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.starts_with(&expected), "{error}");
    }
    for arguments in [&[][..], &["--request-header", "no field", "/"]] {
        assert_eq!(explain(arguments).status.code(), Some(2));
    }
}

#[test]
fn the_book_shows_what_is_printed() {
    let book = include_str!("../../../../docs/commands.md");
    let image = include_str!("../explain/image.txt");
    let (_, shown) = image.split_once("Rows of the gate\n").expect("rows");
    let (shown, _) = shown.split_once("\nThe log\n").expect("a log");
    assert!(
        book.contains(&format!("```text\nRows of the gate\n{shown}```")),
        "{shown}"
    );
}
