//! `streamgate bench`, before scripted origins. What it measures is any time.

use std::io::Write;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{HTML, configuration, head, origin, site};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .arg("bench")
        .args(arguments)
        .output()
        .expect("it runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = bench(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert_eq!(error, "");
    String::from_utf8(output.stdout).expect("text")
}

fn time(way: &Value, part: &str, which: &str) -> f64 {
    way[part][which].as_f64().expect("a number")
}

#[test]
fn each_way_is_measured_as_often_and_in_turn() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let url = origin(move |mut stream| {
        while let Some(head) = head(&mut stream) {
            noted
                .lock()
                .expect("a list")
                .push(head.contains("cdn-loop:"));
            let body = "<p>a page</p>";
            let answer = format!(
                "HTTP/1.1 {HTML}content-length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let page = format!("{url}/news");
    let text = printed(&["--rounds", "4", "--json", &page]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["url"], "https://www.example.com/news");
    assert_eq!(report["decision"], "stream; row=12; reason=processable");
    assert_eq!(report["rounds"], 4);
    let ways = report["ways"].as_array().expect("a list");
    let names: Vec<_> = ways.iter().map(|way| way["way"].as_str()).collect();
    assert_eq!(names, [Some("direct"), Some("buffered"), Some("gated")]);
    for way in ways {
        assert_eq!(
            (&way["status"], &way["bytes"]),
            (&Value::from(200), &Value::from(13)),
            "{way}"
        );
        for part in ["head", "first_byte", "whole"] {
            let [min, median, max] = ["min", "median", "max"].map(|which| time(way, part, which));
            assert!(0.0 < min && min <= median && median <= max, "{way}");
        }
        for which in ["min", "median", "max"] {
            let [head, first, whole] =
                ["head", "first_byte", "whole"].map(|part| time(way, part, which));
            assert!(head <= first && first <= whole, "{way}");
        }
    }
    // Nothing leaves a gate that buffers before all of it does.
    assert_eq!(ways[1]["head"], ways[1]["whole"]);
    // Each way was taken once before, and then once in each round.
    let asked = asked.lock().expect("a list");
    assert_eq!(asked.len(), 15);
    for round in asked.chunks(3) {
        assert_eq!(
            round.iter().filter(|through| **through).count(),
            2,
            "{asked:?}"
        );
    }
}

#[test]
fn what_was_measured_is_a_table() {
    let url = site(|_| {
        (
            "200 OK\r\ncontent-type: image/png\r\n".to_owned(),
            String::new(),
        )
    });
    let text = printed(&["--rounds", "1", &url]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "https://www.example.com/");
    assert_eq!(
        lines[1],
        "  pass-through; row=3; reason=not-processable, 1 round"
    );
    let firsts = lines.iter().map(|line| line.split_whitespace().next());
    let firsts: Vec<_> = firsts.skip(3).flatten().collect();
    assert_eq!(
        firsts,
        ["Milliseconds:", "head", "direct", "buffered", "gated"]
    );
    assert!(lines[5].ends_with("   200       0"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let silent = origin(drop);
    let broken = origin(|mut stream| {
        let _ = head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na");
    });
    let wrong = configuration("[origin]\nurl = \"nonsense\"\n");
    let wrong = wrong.to_str().expect("a path");
    for (arguments, code, expected) in [
        (&[silent.as_str()][..], 1, "the gate answers: "),
        (&[&broken], 1, "the body ended early"),
        (&["--config", wrong, "/"], 1, "origin.url"),
        (&["www.example.com"], 1, "a URL starts with http://"),
        (&["--rounds", "0", "/"], 2, "--rounds"),
    ] {
        let output = bench(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(output.stdout.is_empty());
    }
}
