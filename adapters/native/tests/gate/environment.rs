//! Variables of the environment in the configuration.

use std::process::{Command, Output, Stdio};

use crate::support::configuration;

const VARIABLE: &str = "STREAMGATE_TEST_VALUE";

/// Runs the command without input, with the variable or without it.
fn run(arguments: &[&str], value: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_streamgate"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove(VARIABLE);
    if let Some(value) = value {
        command.env(VARIABLE, value);
    }
    command.output().expect("it runs")
}

fn complaint(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(1));
    std::str::from_utf8(&output.stderr).expect("text")
}

#[test]
fn a_value_comes_from_the_environment_and_is_in_no_complaint() {
    let file = configuration("[origin]\nurl = 'https://${STREAMGATE_TEST_VALUE}'\n");
    let name = file.to_str().expect("a path");
    let arguments = ["rewrite", "--config", name];
    for arguments in [&arguments[..], &["check", name]] {
        assert!(run(arguments, Some("o.example")).status.success());
        let bad = run(arguments, Some("not a host"));
        assert!(!complaint(&bad).contains("not a host"));
    }
    let bad = run(&arguments, Some("not a host"));
    let place = format!("{name}:2: origin.url: ");
    assert!(complaint(&bad).contains(&place), "{}", complaint(&bad));
    let unset = run(&arguments, None);
    let expected = format!("{place}the variable {VARIABLE} is not set");
    assert!(
        complaint(&unset).contains(&expected),
        "{}",
        complaint(&unset)
    );
}
