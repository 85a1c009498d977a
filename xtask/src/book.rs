//! The commands of the book are those that there are.

use clap::{CommandFactory, Parser};
use streamgate_book::{commands, mentions};

use super::Cli;

#[test]
fn every_command_of_the_book_is_understood() {
    let typed = commands(&["cargo", "xtask"]);
    assert!(typed.len() >= 8, "{}", typed.len());
    for command in typed {
        if let Err(error) = Cli::try_parse_from(command.words.iter().skip(1)) {
            panic!("{}: {error}", command.place);
        }
    }
    for mention in mentions(&["cargo", "xtask"]) {
        mention.check(&Cli::command(), 2).unwrap();
    }
}
