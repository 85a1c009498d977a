//! What the book shows of a terminal is what one sees there.

use std::fs;
use std::process::Command;

use serde_json::Value;
use streamgate_book::{pages, root};

const PROGRAM: &str = env!("CARGO_BIN_EXE_streamgate");

/// Runs each line behind `$ ` in blocks marked `console`, from the root of the repository.
#[test]
#[cfg(unix)]
fn what_the_book_types_prints_what_it_shows() {
    let folder = std::path::Path::new(PROGRAM).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.display());
    let blocks = pages().into_iter().flat_map(|page| page.blocks());
    let mut typed = 0;
    for block in blocks.filter(|block| block.info.first().is_some_and(|word| word == "console")) {
        for shown in format!("\n{}", block.text).split("\n$ ").skip(1) {
            let (line, shown) = shown.split_once('\n').unwrap_or((shown, ""));
            let mut shell = Command::new("sh");
            shell
                .args(["-c", line])
                .current_dir(root())
                .env("PATH", &path);
            let output = shell.output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout);
            assert_eq!(
                printed.trim_end(),
                shown.trim_end(),
                "{}: {line}",
                block.place
            );
            typed += 1;
        }
    }
    assert!(typed >= 4, "{typed}");
}

#[test]
fn the_schema_that_the_command_prints_is_that_in_the_book() {
    let output = Command::new(PROGRAM).arg("schema").output().unwrap();
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let committed = fs::read(root().join("docs/streamgate.schema.json")).unwrap();
    assert!(printed == serde_json::from_slice::<Value>(&committed).unwrap());
}
