//! Command line, configuration file and end of the process.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use crate::support::{Gate, answering, becomes, configuration, head, origin};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(arguments)
        .output()
        .expect("it runs")
}

#[test]
fn a_valid_configuration_is_found_valid() {
    let file = configuration("[origin]\nurl = \"https://origin.example.com\"\n");
    let output = run(&["check", file.to_str().expect("a path")]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("{}: ok\n", file.display())
    );
}

#[test]
fn a_broken_configuration_is_refused_with_its_place() {
    let file = configuration("[origin]\nurl = \"https://origin.example.com\"\nport = 80\n");
    let file = file.to_str().expect("a path");
    for arguments in [
        &["check", file][..],
        &["serve", "--config", file, "--listen", "127.0.0.1:0"],
    ] {
        let output = run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains(&format!("{file}:3")) && error.contains("port"),
            "{error}"
        );
    }
}

#[test]
fn an_origin_that_is_none_is_refused() {
    for origin in [
        "origin.example.com",
        "ftp://origin.example.com",
        "https://a/path",
        "https://a\"b",
    ] {
        let output = run(&["serve", "--listen", "127.0.0.1:0", "--origin", origin]);
        assert_eq!(output.status.code(), Some(2), "{origin}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("--origin"),
            "{origin}"
        );
    }
}

#[test]
fn a_taken_address_is_refused_with_the_option_to_change_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let gate = Gate::start(&["--origin", "http://127.0.0.1:9"]);
    for address in [taken.as_str(), gate.address()] {
        for threads in ["1", "2"] {
            let output = run(&["serve", "--listen", address, "--threads", threads]);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{error}");
            assert!(
                error.contains("is taken") && error.contains("--listen"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_changed_file_is_reloaded_and_a_broken_one_is_not() {
    let url = answering(
        b"HTTP/1.1 404 Not Found\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n",
    );
    let other =
        answering(b"HTTP/1.1 410 Gone\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n");
    let text = |url: &str| format!("[origin]\nurl = \"{url}\"\n");
    let file = configuration(&text(&url));
    let gate = Gate::start(&["--config", file.to_str().expect("a path")]);
    let status = || gate.get("/").split(' ').nth(1).map(str::to_owned);
    assert_eq!(status().as_deref(), Some("404"));
    std::fs::write(&file, "[origin]\nurl = 7\n").expect("the file is written");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(status().as_deref(), Some("404"));
    std::fs::write(&file, text(&other)).expect("the file is written");
    assert!(becomes(|| status().as_deref() == Some("410")));
}

#[test]
fn an_exchange_under_way_finishes_before_the_process_ends() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let start =
            b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 10\r\n\r\nfirst";
        stream.write_all(start).expect("the start");
        std::thread::sleep(Duration::from_millis(1000));
        stream.write_all(b"-last").expect("the end");
    });
    let mut gate = Gate::start(&["--origin", &url]);
    let mut client = gate.send(b"GET / HTTP/1.1\r\nhost: gate.test\r\n\r\n");
    let mut answer = String::new();
    head(&mut client).expect("a head");
    gate.terminate();
    client
        .read_to_string(&mut answer)
        .expect("the body, and the connection's end");
    assert_eq!(answer, "first-last");
    assert!(gate.end().success());
}
