//! `streamgate check`, on files in `tests/check`. What it prints for a file is in the file of the
//! same name that ends with `.txt`, and as JSON in the one that ends with `.json`. With
//! `STREAMGATE_WRITE_EXPECTED=1` the test writes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::configuration;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check");

/// Checks a file of a folder.
fn check(folder: &Path, arguments: &[&str], file: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .current_dir(folder)
        .arg("check")
        .args(arguments)
        .arg(file)
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// Returns the names of the configurations in a folder.
fn configurations(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    names
}

/// Compares what is printed with what is expected, or writes that.
pub(crate) fn assert_expected(file: &Path, printed: &str) {
    if std::env::var_os("STREAMGATE_WRITE_EXPECTED").is_some() {
        fs::write(file, printed).expect("it is written");
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert_eq!(printed, expected, "{}", file.display());
}

/// Checks each configuration of a folder, and returns how many there are.
fn check_all(folder: &str, status: i32) -> usize {
    let folder = PathBuf::from(FOLDER).join(folder);
    let names = configurations(&folder);
    for name in &names {
        let output = check(&folder, &[], name);
        assert_eq!(output.status.code(), Some(status), "{name}");
        let printed = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert_expected(&folder.join(name).with_extension("txt"), &printed);

        let output = check(&folder, &["--json"], name);
        assert_eq!(output.status.code(), Some(status), "{name}");
        assert_eq!(text(&output.stderr), "", "{name}");
        let list = text(&output.stdout);
        assert_expected(&folder.join(name).with_extension("json"), list);
        let list: Vec<Value> = serde_json::from_str(list).expect("JSON");
        assert!(!list.is_empty(), "{name}");
        for entry in list {
            assert_eq!(entry["file"], name.as_str(), "{entry}");
            // What a person is told, a machine is, and the other way round.
            let place = format!("{name}:{}:{}\n", entry["line"], entry["column"]);
            assert!(printed.contains(&place), "{name}: {place}");
            assert!(
                printed.contains(entry["message"].as_str().expect("a message")),
                "{entry}"
            );
        }
    }
    names.len()
}

#[test]
fn each_broken_configuration_is_told_in_full() {
    assert!(check_all("broken", 1) >= 30);
}

#[test]
fn each_configuration_that_is_surely_not_meant_is_told_in_full() {
    assert!(check_all("warned", 0) >= 5);
}

#[test]
fn warnings_fail_a_check_that_denies_them() {
    let folder = PathBuf::from(FOLDER).join("warned");
    let output = check(&folder, &["--deny-warnings"], "switches.toml");
    assert_eq!(output.status.code(), Some(1));
    let file = configuration("[origin]\nurl = \"https://origin.example.com\"\n");
    let file = file.to_str().expect("a path");
    let output = check(&folder, &["--deny-warnings"], file);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_valid_configuration_is_an_empty_list() {
    let file = configuration("[origin]\nurl = \"https://origin.example.com\"\n");
    let output = check(Path::new("."), &["--json"], file.to_str().expect("a path"));
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "[]\n");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = Path::new(FOLDER);
    let output = check(folder, &[], "missing.toml");
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.starts_with("streamgate: missing.toml: "), "{error}");
    let output = check(folder, &["--json"], "missing.toml");
    assert_eq!(output.status.code(), Some(1));
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["line"], Value::Null);
}

#[test]
fn what_is_wrong_with_the_command_line_names_the_option() {
    for (command, option) in [
        (&["serve", "--origin", "notaurl"][..], "--origin <URL>"),
        (&["rewrite", "--public", "notaurl"], "--public <URL>"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(command)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        let expected = format!(
            "error: invalid value 'notaurl' for '{option}': \"notaurl\" is no origin: it must \
             start with http:// or https://\n"
        );
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn what_is_wrong_with_the_environment_names_the_variable() {
    let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "streamgate=loud")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.starts_with("streamgate: RUST_LOG: "), "{error}");
}

#[test]
fn the_book_shows_what_is_printed() {
    let book = include_str!("../../../../docs/commands.md");
    let example = book.split("```toml wrong\n").nth(1).expect("an example");
    let example = example.split("```").next().expect("its end");
    let file = configuration(example);
    let output = check(Path::new("."), &[], file.to_str().expect("a path"));
    let name = file.display().to_string();
    let printed = text(&output.stderr).replace(&name, "streamgate.toml");
    assert!(
        book.contains(&format!("```text\n{printed}```")),
        "{printed}"
    );
}
