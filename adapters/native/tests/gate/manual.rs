//! `streamgate completions`, `streamgate man` and the ends of `--help`.

use std::fs;
use std::process::{Command, Output};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn streamgate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(arguments)
        .output()
        .expect("it runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = streamgate(arguments);
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Returns the names of all commands, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").expect(&help);
    let (list, _) = list.split_once("\n\n").expect(&help);
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names = names.map(str::to_owned).filter(|name| name != "help");
    let names: Vec<_> = names.collect();
    assert!(names.iter().any(|name| name == "explain"), "{names:?}");
    names
}

#[test]
fn completions_of_each_shell_have_every_command() {
    for shell in SHELLS {
        let script = printed(&["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.contains("deny-warnings"), "{shell}");
    }
    assert_eq!(streamgate(&["completions", "tcl"]).status.code(), Some(2));
}

#[test]
#[cfg(unix)]
fn bash_completes_commands_and_their_options() {
    let run = r#"
        eval "$("$0" completions bash)"
        complete_it() {
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _streamgate streamgate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            echo "${COMPREPLY[@]}"
        }
        complete_it streamgate exp
        complete_it streamgate check --deny
    "#;
    let program = env!("CARGO_BIN_EXE_streamgate");
    let output = Command::new("bash").args(["-c", run, program]).output();
    let output = output.expect("bash runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, "explain\n--deny-warnings\n");
}

#[test]
fn each_command_has_a_manual_page_with_examples_and_exit_status() {
    let folder = std::env::temp_dir().join(format!("streamgate-man-{}", std::process::id()));
    printed(&["man", "--dir", folder.to_str().expect("a path")]);
    let commands = commands();
    for command in &commands {
        let page = printed(&["man", command]);
        for section in [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH EXAMPLE",
            ".SH \"EXIT STATUS\"",
        ] {
            assert!(page.contains(section), "{command}: no {section}\n{page}");
        }
        let file = folder.join(format!("streamgate-{command}.1"));
        assert_eq!(fs::read_to_string(&file).expect("a page"), page);
    }
    let page = fs::read_to_string(folder.join("streamgate.1")).expect("a page");
    assert_eq!(page, printed(&["man"]));
    assert!(
        commands
            .iter()
            .all(|it| page.contains(&format!("streamgate\\-{it}(1)"))),
        "{page}"
    );
    let files = fs::read_dir(&folder).expect("a folder").count();
    assert_eq!(files, commands.len() + 1);
    fs::remove_dir_all(folder).expect("it is removed");
    let output = streamgate(&["man", "serv"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(error, "streamgate: there is no command serv\n");
}

#[test]
fn each_help_has_an_example_and_the_exit_status() {
    for command in commands() {
        let help = printed(&[&command, "--help"]);
        assert!(help.contains("Example"), "{help}");
        assert!(
            help.contains(&format!("  streamgate {command}"))
                || help.contains(&format!("| streamgate {command}")),
            "{help}"
        );
        assert!(help.contains("Exit status:\n  0  "), "{help}");
    }
}
