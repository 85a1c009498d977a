//! Soaks the native gate for seconds, by the command line, in a process without the servers of
//! other tests.

// What cannot be prepared fails the test.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

const SOAK: &str = env!("CARGO_BIN_EXE_streamgate-conformance");

#[test]
fn a_few_seconds_of_the_native_gate_lose_nothing() {
    let folder = Path::new(SOAK).parent().unwrap();
    build(folder);
    let json = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak.json");
    let output = Command::new(SOAK)
        // A machine that builds and tests at the same time can be slow.
        .args(["soak", "--minutes", "0.1", "--limit", "20"])
        .args(["--runtime", "native", "--edge"])
        .arg(folder)
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    assert!(said.contains(" changes of the configuration"), "{said}");
    let reports = std::fs::read_to_string(json).unwrap();
    let reports: serde_json::Value = serde_json::from_str(&reports).unwrap();
    let [report] = &reports.as_array().unwrap()[..] else {
        panic!("one runtime, one report: {reports}");
    };
    assert_eq!(report["runtime"], "native");
    assert!(report["requests"].as_u64() > Some(0));
    assert_eq!(
        (&report["lost"], &report["corrupted"]),
        (&0.into(), &0.into())
    );
}

/// Builds the native gate as the tests are built, beside the program in `folder`.
fn build(folder: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "streamgate-native"]);
    cargo.arg("--target-dir").arg(folder.parent().unwrap());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
}
