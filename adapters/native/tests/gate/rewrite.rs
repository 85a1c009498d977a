//! `streamgate rewrite` between two pipes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::configuration;

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .arg("rewrite")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// Rewrites a whole input.
fn rewritten(arguments: &[&str], input: &[u8]) -> Output {
    let mut process = start(arguments);
    let mut stdin = process.stdin.take().expect("its input");
    let input = input.to_vec();
    // It may write before it has read everything.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = process.wait_with_output().expect("its end");
    writer.join().expect("the input left");
    output
}

fn text(output: &Output) -> (&str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).expect("text");
    (text(&output.stdout), text(&output.stderr))
}

fn with_origin(more: &str) -> std::path::PathBuf {
    configuration(&format!(
        "[origin]\nurl = \"https://origin.example.com\"\n{more}"
    ))
}

fn named(file: &Path) -> &str {
    file.to_str().expect("a path")
}

const RULE: &str = "[[html]]\nselect = \"p\"\nset = { class = \"x\" }\n";
const PAGE: &[u8] = b"<p><a href=https://origin.example.com/a>a</a></p>";

#[test]
fn a_page_is_rewritten_as_the_gate_does() {
    let file = with_origin(RULE);
    let output = rewritten(&["--config", named(&file)], PAGE);
    assert!(output.status.success());
    let page = "<p class=\"x\"><a href=https://www.example.com/a>a</a></p>";
    assert_eq!(text(&output), (page, ""));
}

#[test]
fn the_public_url_is_the_one_named_else_the_configured_one() {
    let file = with_origin("public = \"https://news.example\"\n");
    for (more, expected) in [
        (&[][..], "https://news.example/a"),
        (
            &["--public", "http://localhost:8080"],
            "http://localhost:8080/a",
        ),
    ] {
        let arguments = [&["--config", named(&file), "--type", "text/css"], more].concat();
        let output = rewritten(&arguments, b"https://origin.example.com/a");
        assert_eq!(text(&output), (expected, ""));
    }
}

#[test]
fn any_type_is_taken_and_one_that_the_gate_leaves_says_why() {
    let file = with_origin(RULE);
    for (media_type, input, expected, reason) in [
        (
            "application/json",
            &br#"{"u":"https:\/\/origin.example.com\/"}"#[..],
            &br#"{"u":"https:\/\/www.example.com\/"}"#[..],
            "",
        ),
        (
            "text/html; charset=windows-1252",
            b"<p>\xe9 https://origin.example.com",
            b"<p class=\"x\">\xe9 https://www.example.com",
            "",
        ),
        ("image/png", PAGE, PAGE, "not-processable"),
        (
            "text/html; charset=utf-16",
            PAGE,
            PAGE,
            "unsupported-charset",
        ),
        ("nonsense", PAGE, PAGE, "not-processable"),
    ] {
        let arguments = ["--config", named(&file), "--type", media_type];
        let output = rewritten(&arguments, input);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{media_type}: {error}");
        assert_eq!(output.stdout, expected, "{media_type}");
        assert_eq!(error.is_empty(), reason.is_empty(), "{media_type}: {error}");
        assert!(error.contains(reason), "{media_type}: {error}");
    }
}

#[test]
fn a_part_is_written_before_the_next_one_is_read() {
    let file = with_origin("");
    let mut process = start(&["--config", named(&file)]);
    let mut stdin = process.stdin.take().expect("its input");
    let mut stdout = process.stdout.take().expect("its output");
    for _ in 0..3 {
        stdin.write_all(PAGE).expect("a part");
        // The rest of the input does not exist yet.
        let mut part = [0; b"<p><a href=https://www.example.com/a>a</a></p>".len()];
        stdout.read_exact(&mut part).expect("a part");
        assert_eq!(&part, b"<p><a href=https://www.example.com/a>a</a></p>");
    }
    drop(stdin);
    assert!(process.wait().expect("its end").success());
}

#[test]
fn nobody_reading_the_output_is_a_quiet_end() {
    let file = with_origin("");
    let mut process = start(&["--config", named(&file)]);
    let mut stdin = process.stdin.take().expect("its input");
    drop(process.stdout.take());
    while stdin.write_all(&PAGE.repeat(1000)).is_ok() {}
    let output = process.wait_with_output().expect("its end");
    assert!(output.status.success());
    assert_eq!(text(&output), ("", ""));
}

#[test]
fn a_broken_configuration_is_refused_as_by_check() {
    let file = with_origin("port = 80\n");
    let output = rewritten(&["--config", named(&file)], b"");
    let (stdout, error) = text(&output);
    assert_eq!((output.status.code(), stdout), (Some(1), ""));
    assert!(error.contains(&format!("{}:3", named(&file))), "{error}");
}

#[test]
fn a_post_processor_is_said_not_to_run() {
    let file = with_origin("[document]\npost_processors = [\"preload-links\"]\n");
    let output = rewritten(&["--config", named(&file)], PAGE);
    let (stdout, error) = text(&output);
    assert_eq!(stdout, "<p><a href=https://www.example.com/a>a</a></p>");
    assert!(error.contains("post_processors"), "{error}");
}
